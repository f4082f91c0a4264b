"""Shell scripts, Makefiles and `.envrc`: what they export to a program, and what `docker run` hands over.

Executed (`tests/analysis/environment/test_loaders_executed.py` runs them again): bash 5.2 and dash (`export`, `set -a`,
`A=1 command`, `.` and `source`: of several assignments the last one counts, and a variable that is only assigned
reaches no program), GNU make 4.3 (a variable of the makefile, or of a file that it includes, reaches a recipe if it is
exported: by name, by a bare `export` or by `.EXPORT_ALL_VARIABLES`), `docker create -e` 28.2.2 (`-e NAME` hands through
what the shell has). Documented: direnv runs `.envrc` in bash and takes over what it exports.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.environment.checkout import located
from lint_langsmith.analysis.environment.loaders.command_files import loaded_by
from lint_langsmith.analysis.environment.loaders.docker_run import (
    CONTAINER_HINTS,
    Command,
    ContainerRuns,
    before,
    commands,
    settings_by_line,
    without_here,
)
from lint_langsmith.analysis.environment.process import (
    Given,
    Process,
    Source,
    given_by,
    outside,
)
from lint_langsmith.analysis.limits import DEPLOYMENT_BYTES
from lint_langsmith.analysis.project.contents import sought
from lint_langsmith.sdk.variables import KEYS

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.checkout import Checkout
    from lint_langsmith.analysis.environment.loaders.dockerfile import Images
    from lint_langsmith.analysis.environment.writes import Setting
    from lint_langsmith.analysis.project.file import File

_HINTS: Final = (b"TRACING", b"LANGSMITH_", b"LANGCHAIN_", b"env")
_MAKE: Final = lazy_re.compile(r"(?i)(?:.*/)?(?:gnu)?makefile(?:\..+)?|.*\.mk")
_STARTS_SCRIPTS: Final = lazy_re.compile(
    r"(?i)dockerfile|containerfile|procfile|\.(?:ya?ml|service|tf|toml|json)$"
)
_DIRENV: Final = lazy_re.compile(r"(?:.*/)?\.envrc")
# Sets a variable for the programs behind it; the name stands where the match ends.
_EXPORTED: Final = lazy_re.compile(
    r"(?:^|[;&|({]|\bthen|\bdo|:)[ \t]*(?:override[ \t]+)?(?:export|setenv|(?:declare|typeset)[ \t]+-\w{0,9}x\w{0,9}"
    r"|set[ \t]+-\w{0,9}x\w{0,9}|(?i:set|setx))[ \t]+(?:[\w]+=\S*[ \t]+)*[\"']?$|(?i:\$env:)$"
)
_EXPORT_ALL: Final = lazy_re.compile(
    r"(?m)^[ \t]*(?:set[ \t]+-\w{0,9}a\w{0,9}|set[ \t]+-o[ \t]+allexport|export|\.EXPORT_ALL_VARIABLES:.*)[ \t]*$"
)
# `export $(shell sed 's/=.*//' .env)`, `export $(grep -v '^#' .env | xargs)`
_EXPORTS_OUTPUT: Final = lazy_re.compile(r"\bexport[ \t]+[\"']?\$\(")
_EXPORTS_NAMES: Final = lazy_re.compile(
    r"(?m)^[ \t]*export[ \t]+(?P<names>[A-Za-z_][\w \t]{0,300})$"
)
# Only assignments stand before the name: it is for the command behind them (or for the script alone).
_PREFIX: Final = lazy_re.compile(
    r"(?:^|[;&|({]|\bthen|\bdo|\bexec|\benv)[ \t@+-]*(?:\w+=\S*[ \t]+)*$"
)
_SOURCED: Final = lazy_re.compile(
    r"(?:^|[;&|({]|\bthen|\bdo)[ \t]*"
    r"(?:source|\.|-?include|sinclude|dotenv(?:_if_exists)?|source_env(?:_if_exists)?)"
    r"[ \t]+[\"']?(?P<path>[^\s\"';&|)]{1,300})"
    # `export $(grep -v '^#' .env | xargs)`; what only shows a file hands nothing on.
    r"|(?:\$\(|`)[^\n`)]{0,100}?\b(?:cat|grep|sed|xargs)\b[^\n|)`]{0,100}[ \t]"
    r"(?P<read>[^\s\"';&|)`]{0,300}\.?env(?:\.[\w.]{1,50})?)(?=[\s)|\"'`]|$)"
    # `while read -r line; do export "$line"; done < .env`
    r"|\bdone[ \t]{0,9}<[ \t]{0,9}[\"']?(?P<looped>[^\s\"';&|)]{0,300}\.?env(?:\.[\w.]{1,50})?)(?=[\s;&|\"']|$)"
)
# `dotenv` of direnv without a path.
_DOTENV_ALONE: Final = lazy_re.compile(r"(?m)^[ \t]*dotenv(?:_if_exists)?[ \t]*$")
_SETS_NO_KEY: Final = lazy_re.compile(
    r"(?:^|/)(?:activate\w*|\w*conda\.sh|nvm\.sh|\.?venv/.*)$"
)
# Hands variables to what it starts, or reads them from elsewhere.
_FETCHES: Final = lazy_re.compile(
    r"\b(?:doppler|infisical|chamber|sops|teller|envchain|envconsul|berglas|dotenvx|aws-vault)\b"
    r"|\bop[ \t]+run\b|\beval\b|<\(|\bdotenv[ \t]+(?:run|-[ef])|source_up"
)
_QUIET: Final = lazy_re.compile(r"^[ \t]*(?:echo|printf|#)")


class _Script(NamedTuple):
    """The commands of a file, and which variables it exports wherever it sets them."""

    file: File
    commands: tuple[Command, ...]
    exports_all: bool
    exported: frozenset[str]

    @property
    def text(self) -> str:
        return "\n".join(command.text for command in self.commands)

    def exports_files(self) -> bool:
        """Whether what it reads from files reaches the programs: make keeps it to itself unless it is told to."""
        is_make = _MAKE.fullmatch(self.file.relative) is not None
        return not is_make or self.exports_all or _EXPORTS_OUTPUT.search(self.text) is not None


class Scripts:
    """The programs that scripts of one project start."""

    def __init__(self, checkout: Checkout, images: Images) -> None:
        """`images` tells what a command starts, and what is built."""
        self._checkout = checkout
        self._images = images
        self._containers = ContainerRuns(checkout, images)

    def processes(self) -> Iterator[Process]:
        """One for each script that starts Python, and one for each container that it runs."""
        for file in self._checkout.files("shell", _HINTS):
            if len(file.text) <= DEPLOYMENT_BYTES:
                by_line = settings_by_line(self._checkout.settings(file))
                yield from self._of_script(file, commands(file.lines, by_line))
        for file in self._checkout.files("yaml", CONTAINER_HINTS):
            if len(file.text) <= DEPLOYMENT_BYTES:
                yield from self._of_jobs(file)

    def _of_jobs(self, file: File) -> Iterator[Process]:
        """The containers that jobs start whose own variables are kept elsewhere: GitLab's, CircleCI's, Azure's."""
        by_line = settings_by_line(self._checkout.settings(file))
        for command in commands(file.lines, by_line):
            if command.runs_container:
                yield from self._containers.of(file, command)

    def _of_script(self, file: File, found: Sequence[Command]) -> Iterator[Process]:
        own: list[Command] = []
        for command in found:
            if command.runs_container:
                yield from self._containers.of(file, command)
            elif not command.is_elsewhere:
                own.append(command)
        text = "\n".join(command.text for command in own if not _QUIET.match(command.text))
        is_shell_of_all = _DIRENV.fullmatch(file.relative) is not None
        if is_shell_of_all or self._images.runs_python(text):
            exported = [match["names"].split() for match in _EXPORTS_NAMES.finditer(text)]
            script = _Script(
                file,
                tuple(own),
                _EXPORT_ALL.search(text) is not None,
                frozenset().union(*exported),
            )
            yield Process(
                f"what `{file.relative}` starts",
                "project",
                tuple(self._sources(script)),
                (self._images.started_by(text) or None) if not is_shell_of_all else None,
                file.relative.rpartition("/")[0] if is_shell_of_all else "",
            )

    # -- what a script exports ---------------------------------------------------------------------------------------

    def _sources(self, script: _Script) -> Iterator[Source]:
        """What a script sets and reads, the last first."""
        given: dict[str, Given] = {}
        found: list[Source] = []
        exports_files = script.exports_files()
        for command in script.commands:
            for path in _paths(command.text) if exports_files else ():
                found.append(_own(script.file, given))
                given = {}
                found.append(self._sourced(script.file, path))
            given.update(given_by(self._exported(command, script)))
        found.append(_own(script.file, given))
        yield from (source for source in reversed(found) if source.given or not source.is_whole)
        names = {name for source in found for name in source.given}
        text = script.text
        folder = script.file.relative.rpartition("/")[0]
        yield from loaded_by(self._checkout, text, folder)
        if _FETCHES.search(text) or any(key in text for key in KEYS if key not in names):
            yield outside(f"what `{script.file.relative}` reads")
        if self._is_started_elsewhere(script.file.relative):
            yield outside(f"what starts `{script.file.relative}`")
        if not any(source.given for source in found):
            yield _own(script.file, {})

    def _is_started_elsewhere(self, name: str) -> bool:
        """Whether an image, a manifest, a unit or a workflow may start a script, with variables of its own."""
        word = sought(name.rpartition("/")[2])
        return any(
            word in self._checkout.content(other)
            for other in self._checkout.names
            if other != name and _STARTS_SCRIPTS.search(other) is not None
        )

    def _exported(self, command: Command, script: _Script) -> list[Setting]:
        """What is set on a line and reaches a program."""
        runs_python = bool(command.settings) and self._images.runs_python(command.text)
        return [
            setting
            for setting in command.settings
            if script.exports_all
            or setting.name in script.exported
            or _EXPORTED.search(before(setting))
            or (runs_python and _PREFIX.search(before(setting)))
        ]

    def _sourced(self, file: File, path: str) -> Source:
        """A file that a script reads, from its own folder or from the top of the project."""
        path = without_here(path)
        folder = file.relative.rpartition("/")[0]
        here = located(folder, path)
        base = folder if here is not None and self._checkout.has(here) else ""
        return self._checkout.variables(base, path, "shell")


def _paths(text: str) -> Iterator[str]:
    """The files that a command reads variables from."""
    if text.lstrip().startswith("#"):
        return
    for match in _SOURCED.finditer(text):
        path = match["path"] or match["read"] or match["looped"]
        if _SETS_NO_KEY.search(path) is None:
            yield path
    if _DOTENV_ALONE.search(text):
        yield ".env"


def _own(file: File, given: Mapping[str, Given]) -> Source:
    return Source(f"`{file.relative}`", given, file.relative)
