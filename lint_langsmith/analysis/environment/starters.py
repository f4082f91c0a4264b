"""What starts a script: a person at a terminal, or something in the checkout that runs it where nobody looks.

A job, an image, a unit, a makefile or another program of the project starts a script by its path or by its module. What
stands in prose (a README's `python upload.py`) is for a person to type. Outside of a checkout nothing is known: whoever
copies a file somewhere may have anything start it.
"""

from __future__ import annotations

import functools
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.limits import DEPLOYMENT_BYTES
from lint_langsmith.source.kinds import kind_of
from lint_langsmith.source.root import work_tree
from lint_langsmith.source.text import decode_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lint_langsmith.analysis.environment.checkout import Checkout
    from lint_langsmith.analysis.environment.process import Process
    from lint_langsmith.analysis.project.project import Project

# What git reads at the top of a repository, and nothing else: an archive of it, which services unpack, has no `.git`.
_OF_REPOSITORIES: Final = (".gitignore", ".gitattributes", ".gitmodules")
# Kinds of files that nobody runs.
_NEVER_RUN: Final = frozenset({"markdown", "rst", "dotenv"})
# Text with another suffix is prose or data; without one it may be a crontab, or a Jenkinsfile.
_PROGRAMS: Final = frozenset(
    {
        ".js",
        ".mjs",
        ".cjs",
        ".ts",
        ".rb",
        ".go",
        ".groovy",
        ".gradle",
        ".nix",
        ".cron",
        ".crontab",
    }
)
# An editor's: a person presses the button.
_EDITORS: Final = lazy_re.compile(r"(?:^|/)\.(?:vscode|idea|run)/")
# Configurations of systems whose jobs get what stands in a project's settings, without a word of it in the file. What a
# workflow of GitHub passes on, it names.
_CI_FOLDERS: Final = frozenset({".circleci", ".gitlab", ".buildkite"})
_CI_FILES: Final = (
    *(".gitlab-ci.", ".travis.", "bitbucket-pipelines.", "azure-pipelines"),
    *("appveyor.", ".appveyor."),
)
_JENKINS: Final = "Jenkinsfile"
# A command line with Python in it, or a script that is started by its path.
_COMMAND: Final = lazy_re.compile(
    r"(?i)\b(?:python[0-9.]*|pypy3?|uvx?|poetry|pipenv|pdm|hatch|rye|conda|exec|subprocess|popen|os\.system|runpy)\b"
    r"|(?:^|[\s\"'@;&|])\./"
)
# One of these, in small letters, is in each such line: a text is searched for them as a whole, and few lines are left
# for the expression, which takes a hundred times as long.
_COMMAND_WORDS: Final = (
    *("python", "pypy", "uv", "poetry", "pipenv", "pdm", "hatch", "rye", "conda"),
    *("exec", "subprocess", "popen", "os.system", "runpy", "./"),
)
# What is printed, or stands in a comment, is for a person.
_TOLD: Final = lazy_re.compile(r"[ \t]*(?:#|//|@?(?:echo|printf)\b|print\()")
# A script by its path, a module by its name.
_NAMING: Final = (b".py", b"-m")
# Calls by which a program starts another one.
_STARTING: Final = (b"subprocess", b"os.system", b"os.exec", b"os.spawn", b"runpy")


class Starters:
    """Tells what starts the scripts of one project."""

    def __init__(
        self,
        project: Project,
        checkout: Checkout,
        deployed: Callable[[], tuple[Process, ...]],
        started_by: Callable[[str], frozenset[str]],
        above: Callable[[], Iterator[tuple[str, bytes]]],
    ) -> None:
        """`deployed` has the processes that something else than code describes, `started_by` reads a command.

        `above` has the files above the project, where it is a part of a larger repository, with what is in them.
        """
        self._project = project
        self._checkout = checkout
        self._deployed = deployed
        self._started_by = started_by
        self._above = above

    @functools.cached_property
    def is_known(self) -> bool:
        """Whether what starts a script is there to be read: in a checkout, or an archive of one."""
        in_git = work_tree(str(self._project.root)) is not None
        return in_git or any(map(self._project.is_file, _OF_REPOSITORIES))

    @functools.cached_property
    def started(self) -> frozenset[str]:
        """The files that something in the checkout starts, so that nobody looks when they run."""
        return self._described | self._in_commands

    @functools.cached_property
    def _described(self) -> frozenset[str]:
        """The files in which a process begins that a deployment, a workflow or a script describes."""
        found: set[str] = set()
        for process in self._deployed():
            if not _is_of_editor(process):
                found.update(process.entries or ())
        return frozenset(found)

    @functools.cached_property
    def _in_commands(self) -> frozenset[str]:
        """The files that a command in any file of the checkout starts."""
        found: set[str] = set()
        for name in self._may_start():
            if any(word in self._checkout.content(name) for word in _NAMING):
                found.update(self._named_in(name, self._checkout.text(name)) - {name})
        for name, content in self._above():
            if self._is_read(name) and len(content) <= DEPLOYMENT_BYTES:
                found.update(self._named_in(name, decode_text(content)))
        return frozenset(found)

    @functools.cached_property
    def in_ci(self) -> Mapping[str, str]:
        """The files that jobs start whose variables may stand in a project's settings, each with what starts it."""
        found: dict[str, str] = {}
        for name in filter(_is_of_ci, sorted(self._checkout.names)):
            for started in sorted(self._named_in(name, self._checkout.text(name))):
                found.setdefault(started, name)
        for name, content in self._above():
            if _is_of_ci(name) and len(content) <= DEPLOYMENT_BYTES:
                for started in sorted(self._named_in(name, decode_text(content))):
                    found.setdefault(started, name)
        return found

    def _named_in(self, name: str, text: str) -> frozenset[str]:
        """The files that the commands in a text start; of several of one name those below the folder of the text."""
        folder = name.rpartition("/")[0]
        found: set[str] = set()
        for line in _commands(text):
            started = self._started_by(line)
            near = {other for other in started if other.startswith(f"{folder}/")}
            found.update(near or started)
        return frozenset(found)

    @staticmethod
    def _is_read(name: str) -> bool:
        path = PurePosixPath(name)
        kind = kind_of(path)
        may_run = kind != "text" or not path.suffix or path.suffix in _PROGRAMS
        return may_run and kind not in _NEVER_RUN and not _EDITORS.search(name)

    def _may_start(self) -> Iterator[str]:
        yield from filter(self._is_read, self._checkout.names)
        for name in sorted(self._project.python_names):
            content = self._checkout.content(name)
            if any(word in content for word in _STARTING):
                yield name


def _is_of_ci(name: str) -> bool:
    """Whether a file configures jobs of such a system."""
    path = PurePosixPath(name)
    if path.name.startswith(_JENKINS):
        return True
    in_folder = not _CI_FOLDERS.isdisjoint(path.parts[:-1])
    return path.suffix in {".yml", ".yaml"} and (in_folder or path.name.startswith(_CI_FILES))


def _is_of_editor(process: Process) -> bool:
    return any(_EDITORS.search(source.path or "") for source in process.sources)


def _commands(text: str) -> Iterator[str]:
    """The lines of a file that look like commands, and those behind them: `command:` may have its own line."""
    behind = len(text)
    for start, end in _command_lines(text):
        if behind < start:
            yield from _not_told(text, behind)
        yield text[start:end].rstrip()
        behind = end + 1
    if behind < len(text):
        yield from _not_told(text, behind)


def _not_told(text: str, start: int) -> Iterator[str]:
    """The line that begins at an offset, if it is no comment, and prints nothing."""
    line = text[start : _end_of_line(text, start)].rstrip()
    if not _TOLD.match(line):
        yield line


def _command_lines(text: str) -> Iterator[tuple[int, int]]:
    """The 0-based offsets between which a line that looks like a command stands, in order."""
    small = text.lower()
    if len(small) != len(text):  # one letter in capitals is two small ones
        small = text
    starts: set[int] = set()
    for word in _COMMAND_WORDS:
        at = small.find(word)
        while at >= 0:
            starts.add(small.rfind("\n", 0, at) + 1)
            at = small.find(word, _end_of_line(small, at))
    for start in sorted(starts):
        end = _end_of_line(text, start)
        line = text[start:end]
        if _COMMAND.search(line) is not None and not _TOLD.match(line):
            yield start, end


def _end_of_line(text: str, start: int) -> int:
    end = text.find("\n", start)
    return end if end >= 0 else len(text)
