"""Command lines that hand a file of variables to a program: docker, uv, dotenv, uvicorn, Make, shells, systemd, direnv.

Executed: `docker create --env-file` 28.2.2 (values are taken as they stand, quotes and all; a blank in a name is an
error), `uv run --env-file` 0.13.9 (nothing behind a line that can't be parsed is set), `dotenv run` of python-dotenv
1.2.4. Documented, and not executed: `EnvironmentFile=` (systemd.exec), `dotenv` (direnv stdlib), `env_file` (mise),
`envFile` (VS Code),
`runArgs` (devcontainers), `Pipfile` (pipenv loads `.env` by itself), Procfile (honcho and foreman do), `just` with
`dotenv-load`. What else the shell has, in which a command is started, is not known here: it is not asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.environment.loaders.command_files import named_files
from lint_langsmith.analysis.environment.process import Loader, Process, outside
from lint_langsmith.source.kinds import kind_of

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.checkout import Checkout
    from lint_langsmith.analysis.environment.loaders.dockerfile import Images

_PATH: Final = r"[\"']?(?P<path>[^\s\"',;|&)\]]{1,300})"


class _Way(NamedTuple):
    """A way to name a file of variables: a word of it, what stands before the path, and what reads it."""

    word: str
    pattern: re.Pattern[str]
    loader: Loader


def _way(word: str, pattern: str, loader: Loader) -> _Way:
    return _Way(word, lazy_re.compile(pattern + _PATH), loader)


_FILE: Final = r"--env-file(?:[ =]|[\"'],?[ \t]{0,99})"
_WAYS: Final = (
    # Compose fills its own file in with it: `compose.py` does.
    _way(
        "--env-file",
        rf"\b(?:docker|podman|nerdctl)[ \t]{{1,99}}(?!compose)(?:[^\n]|\\\n){{0,400}}?{_FILE}",
        "docker",
    ),
    _way("--env-file", rf"\buv[ \t]{{1,99}}run\b(?:[^\n]|\\\n){{0,200}}?{_FILE}", "dotenvy"),
    _way(
        "--env-file",
        rf"\b(?:uvicorn|flask|langgraph|chainlit)\b[^\n]{{0,200}}?{_FILE}",
        "python-dotenv",
    ),
    _way("dotenv", r"\bdotenv[ \t]{1,99}(?:--file|-f|-e)[ =]", "python-dotenv"),
    _way("EnvironmentFile", r"(?m:^)[ \t]{0,99}EnvironmentFile=-?", "systemd"),
    _way(
        "env", r"(?m:^|[;&|(`])[ \t]{0,99}(?:source|\.)[ \t]{1,99}(?=[^\n ]{0,300}env)", "shell"
    ),
    _way("include", r"(?m:^)[ \t]{0,99}-?include[ \t]{1,99}(?=[^\n ]{0,300}env)", "shell"),
    # What only shows a file, or looks for a word in it, hands nothing on.
    _way(
        ".env",
        r"(?:\$\(|`)[^\n`)]{0,100}?\b(?:cat|grep|sed|xargs)\b[^\n|)`]{0,100}[ \t](?=[^\n ]{0,300}\.env)",
        "shell",
    ),
    _way(
        "env",
        r"(?m:^)[ \t]{0,99}(?:dotenv|dotenv_if_exists|watch_file)[ \t]{1,99}(?=[^\n ]{0,300}env)",
        "direnv",
    ),
    _way(
        "file",
        r"(?m:^)[ \t]{0,99}(?:env_file|_\.file|file)[ \t]{0,99}=[ \t]{0,99}(?=[\"'][^\n ]{0,300}env)",
        "dotenvy",
    ),
    _way("envFile", r"\"envFile\"[ \t]{0,99}:[ \t]{0,99}(?=[\"'])", "python-dotenv"),
    _way(
        "env",
        r"\b(?:env_files|env_override_existing_values|dotenv_path)[ \t]{0,99}=[ \t]{0,99}",
        "python-dotenv",
    ),
    _way("--env-file", rf"\"{_FILE}", "docker"),
)
# These start a program as it is started without them, with a file of variables besides.
_HERE: Final = frozenset({"dotenvy", "python-dotenv"})
_HINTS: Final = (b"env-file", b"EnvironmentFile", b".env", b"dotenv", b"envFile", b"env_file")
# A start of a line, and a file that stands beside: these load `.env` without a word.
_BY_THEMSELVES: Final = ("Pipfile", "Procfile", ".flaskenv")
_DOTENV_RUN: Final = lazy_re.compile(
    r"\bdotenv[ \t]{1,99}run\b|(?m:^)[ \t]{0,99}dotenv[ \t]{0,99}$"
    r"|set[ \t]{1,99}dotenv-load(?![ \t]{0,99}:=[ \t]{0,99}false)|dotenv_if_exists[ \t]{0,99}$"
)
_WORKSPACE: Final = lazy_re.compile(
    r"\$\{workspace(?:Folder|Root)\}/|\$\(CURDIR\)/|\$PWD/|\$\(pwd\)/|\$\{PWD\}/|^\./"
)
_KINDS: Final = frozenset(
    {"shell", "ini", "json", "toml", "yaml", "workflow", "compose", "markdown", "rst"}
)


class Commands:
    """The commands in the files of one project that load files of variables."""

    def __init__(self, checkout: Checkout, images: Images) -> None:
        """`images` tells what a command starts."""
        self._checkout = checkout
        self._images = images

    def processes(self) -> Iterator[Process]:
        """One for each file of variables that a command names."""
        for name in self._checkout.names:
            if kind_of(PurePosixPath(name)) not in _KINDS:
                continue
            content = self._checkout.content(name)
            is_named = any(hint in content for hint in _HINTS)
            if is_named and kind_of(PurePosixPath(name), content) in _KINDS:
                yield from self._in_file(name)
        for base in _BY_THEMSELVES:
            if self._checkout.has(base):
                yield self._loading(base, "", ".env", self._by_itself(base), "")

    def _by_itself(self, base: str) -> Loader:
        """What reads `.env` for a file that starts programs: of a Procfile honcho, if the project names it."""
        is_honcho = base == "Procfile" and self._checkout.names_word("honcho")
        return "honcho" if is_honcho else "python-dotenv"

    def _in_file(self, name: str) -> Iterator[Process]:
        text, folder = self._checkout.text(name), name.rpartition("/")[0]
        for way in (way for way in _WAYS if way.word in text):
            for match in way.pattern.finditer(text):
                path = _WORKSPACE.sub("", match["path"])
                yield self._loading(
                    name, folder, path, way.loader, _command_around(text, match.start())
                )
        if _DOTENV_RUN.search(text):
            yield self._loading(name, folder, ".env", "python-dotenv", "")

    def _loading(
        self, name: str, folder: str, path: str, loader: Loader, command: str
    ) -> Process:
        """A command is started in the folder of its file, or at the top of the project."""
        here = f"{folder}/{path}" if folder else path
        base = folder if self._checkout.has(here) or not self._checkout.has(path) else ""
        source = self._checkout.variables(base, path, loader)
        others = (other for other in named_files(command) if other != path)
        files = (source, *(self._checkout.variables(base, other, loader) for other in others))
        entries = self._images.started_by(command) or None
        if entries and loader in _HERE and "API_KEY" not in command:
            return Process(f"a command of `{name}`", "project", files, entries)
        # What starts it, and what else it is given, is seen in part only.
        sources = (*files, outside(f"what else a command of `{name}` is given"))
        return Process(f"a command of `{name}`", "unknown", sources, entries)


def _command_around(text: str, at: int) -> str:
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    return text[start : end if end >= 0 else len(text)]
