"""Programs that load no file of variables, although such a file is where the others of the project get their key.

`load_dotenv()` in `main.py` says nothing about a script beside it that a person starts: it has no key unless the shell
has one. Whatever else may give it one makes this unknown: a command, an image or a job that starts it, a page that
tells to export the key or to source the file.
"""

from __future__ import annotations

import functools
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.credentials.configuration_files import is_prose
from lint_langsmith.analysis.credentials.deployment import hands_over
from lint_langsmith.analysis.credentials.mentions import supplies
from lint_langsmith.analysis.credentials.supplying_words import word_of
from lint_langsmith.analysis.project.file import is_test
from lint_langsmith.remembered import remembered
from lint_langsmith.source.kinds import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lint_langsmith.analysis.credentials.configuration_files import ConfigurationFiles
    from lint_langsmith.analysis.credentials.evidence import Evidence
    from lint_langsmith.analysis.environment.processes import Processes
    from lint_langsmith.analysis.environment.starters import Starters
    from lint_langsmith.analysis.project.file import File
    from lint_langsmith.analysis.project.project import Project
    from lint_langsmith.analysis.sdk_use.sdk_calls import Construction

# What brings a file of variables into a shell, or before a command: `source .env`, `export $(cat .env | xargs)`,
# `dotenv run`, direnv, and pipenv, which loads the file by itself.
_SOURCED: Final = lazy_re.compile(
    r"(?m)\bsource[ \t]+[\w./-]{0,80}\.env\b|(?:^|[;&|][ \t]{0,9})\.[ \t]+[\w./-]{0,80}\.env\b"
    r"|\bcat[ \t]+[\w./-]{0,80}\.env\b|\.env[\w.]{0,20}[ \t]{0,9}\|[ \t]{0,9}xargs"
    r"|\bdotenv[ \t]+(?:run|-)|\bdotenvx?[ \t]+run\b|dotenv-load|\bdirenv\b|\bpipenv[ \t]+run\b"
)
_SELF_LOADING: Final = lazy_re.compile(r"(?:^|/)(?:Pipfile|\.envrc)\Z")
# How a page sets a variable in a shell: of Unix, PowerShell and Windows.
_EXPORTED: Final = lazy_re.compile(
    r"[ \t$>#*`-]{0,9}(?:export\b|setx?[ \t]|env[ \t]|\$env:|%env\b)"
)
# How code asks for a variable that it does not load.
_ASKING: Final = lazy_re.compile(r"\benviron\b|\bgetenv\b")


class Elsewhere(NamedTuple):
    """The file that has the key, as messages name it, and the files that load such a one, which a program does not."""

    described: str
    loading: tuple[str, ...]


class LoadedElsewhere:
    """Tells which programs of one project go without the file that the others load."""

    def __init__(
        self,
        project: Project,
        evidence: Evidence,
        configuration: ConfigurationFiles,
        processes: Processes,
        starters: Starters,
    ) -> None:
        """`processes` tells which files run together, `starters` what starts a script."""
        self._project = project
        self._evidence = evidence
        self._configuration = configuration
        self._programs = processes.programs
        self._starters = starters

    def of(self, client: Construction, variables: tuple[str, ...]) -> Elsewhere | None:
        """What the program of a client does not load, where nothing else gives it a key."""
        script = self._evidence.script_of(client)
        if script is None or self._evidence.missing_modules.of(client) is not None:
            return None
        if script in self._starters.started or script in self._starters.in_ci:
            return None
        return self._beside(script, variables)

    @remembered
    def _beside(self, script: str, variables: tuple[str, ...]) -> Elsewhere | None:
        described = self._described(variables)
        if described is None or self._is_from_shell(script, variables):
            return None
        if any(self._may_supply(name, script, variables) for name in self._naming(variables)):
            return None
        loading = tuple(name for name in self._loading if not self._runs(script, name))
        is_own = len(loading) < len(self._loading)
        return None if is_own or not loading else Elsewhere(described, loading)

    def _runs(self, script: str, name: str) -> bool:
        return self._programs.is_run_by(name, frozenset({script}))

    @functools.cached_property
    def _code(self) -> tuple[File, ...]:
        """The Python files, but for tests and notebooks, that may have to do with variables."""
        found = (
            self._project.try_load(name)
            for name in self._evidence.supplying_names
            if not is_test(name)
        )
        return tuple(file for file in found if file is not None and file.kind == "python")

    @functools.cached_property
    def _loading(self) -> tuple[str, ...]:
        """The files that load a file of variables in a program that has to do with LangSmith."""
        loads = self._evidence.environment.loads
        return tuple(
            file.relative
            for file in self._code
            if loads(file) and self._programs.together(file.relative, self._project.relevant)
        )

    @remembered
    def _naming(self, variables: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(
            file.relative for file in self._code if self._evidence.names_key(file, variables)
        )

    def _may_supply(self, name: str, script: str, variables: tuple[str, ...]) -> bool:
        """Whether a file that names the key runs in a script, or shows that the shell has the key.

        A program that asks for a variable and loads no file gets it from the shell.
        """
        if self._runs(script, name):
            return True
        file = self._project.try_load(name)
        word = word_of(variables)
        asks = file is None or any(
            word.search(line) is not None and _ASKING.search(line) is not None
            for line in file.code.splitlines()
        )
        return asks and not self._programs.together(name, self._loading)

    @remembered
    def _described(self, variables: tuple[str, ...]) -> str | None:
        """The file of variables that has the key, the template of one, or the page that shows what stands in one."""
        word = word_of(variables)
        pages: list[str] = []
        for name, content in self._configuration.contents():
            text = content.decode("utf-8", "replace")
            if word.search(text) is None:
                continue
            if kind_of(PurePosixPath(name), b"") == "dotenv":
                return f"`{name}`"
            if is_prose(name) and ".env" in text and _shown_in(text, word):
                pages.append(name)
        return f"the `.env` that `{pages[0]}` describes" if pages else None

    def _is_from_shell(self, script: str, variables: tuple[str, ...]) -> bool:
        """Whether a page or a configuration shows another way for the key than that file."""
        return self._is_supplied(variables) or any(
            _is_about(name, text, script) for name, text in self._sourcing
        )

    @functools.cached_property
    def _sourcing(self) -> tuple[tuple[str, str], ...]:
        """The configuration files that have a shell read a file of variables, with their text."""
        texts = (
            (name, content.decode("utf-8", "replace"))
            for name, content in self._configuration.contents()
        )
        return tuple((name, text) for name, text in texts if _SOURCED.search(text) is not None)

    @remembered
    def _is_supplied(self, variables: tuple[str, ...]) -> bool:
        """Whether anything but a file of variables may give the key to whatever program."""
        if any(map(_SELF_LOADING.search, self._project.other_names)):
            return True
        word = word_of(variables)
        for name, content in self._configuration.contents():
            if hands_over(content):
                return True
            if is_prose(name) and _exported_in(content.decode("utf-8", "replace"), word):
                return True
        return any(self._others(variables))

    def _others(self, variables: tuple[str, ...]) -> Iterator[str]:
        """The configuration files, but for pages and files of variables, that may supply the key."""
        word = word_of(variables)
        named = self._evidence.is_named_in_code
        for name, content in self._configuration.contents():
            kind = kind_of(PurePosixPath(name), b"")
            is_told = kind in {"dotenv", "notebook"} or is_prose(name)
            if not is_told and supplies(name, content.decode("utf-8", "replace"), word, named):
                yield name


def _shown_in(text: str, word: re.Pattern[str]) -> bool:
    """Whether a page has a line of a file of variables that is about the key."""
    lines = (line.strip().partition("=") for line in text.splitlines())
    return any(equals and word.fullmatch(name.strip()) for name, equals, _ in lines)


def _exported_in(text: str, word: re.Pattern[str]) -> bool:
    """Whether a page tells its reader to set the key in the shell."""
    return any(
        word.search(line) is not None and _EXPORTED.match(line) is not None
        for line in text.splitlines()
    )


def _is_about(name: str, text: str, script: str) -> bool:
    """Whether a file speaks of a script: it lies in a folder around it, or has its name."""
    folder = name.rpartition("/")[0]
    return not folder or script.startswith(f"{folder}/") or script.rpartition("/")[2] in text
