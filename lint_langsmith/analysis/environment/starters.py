"""What starts a script: a person at a terminal, or something in the checkout that runs it where nobody looks.

A job, an image, a unit, a makefile or another program of the project starts a script by its path or by its module. What
stands in prose (a README's `python upload.py`) is for a person to type. Outside of a git checkout nothing is known:
whoever copies a file somewhere may have anything start it.
"""

from __future__ import annotations

import functools
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from lint_langsmith.source.kinds import kind_of
from lint_langsmith.source.root import is_top

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lint_langsmith.analysis.entry_points.declared import Declared
    from lint_langsmith.analysis.environment.checkout import Checkout
    from lint_langsmith.analysis.environment.process import Process
    from lint_langsmith.analysis.environment.programs import Programs
    from lint_langsmith.analysis.project.project import Project

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
_EDITORS: Final = re.compile(r"(?:^|/)\.(?:vscode|idea|run)/")
# A command line with Python in it, or a script that is started by its path.
_COMMAND: Final = re.compile(
    r"(?i)\b(?:python[0-9.]*|pypy3?|uvx?|poetry|pipenv|pdm|hatch|rye|conda|exec|subprocess|popen|os\.system|runpy)\b"
    r"|(?:^|[\s\"'@;&|])\./"
)
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
        programs: Programs,
        deployed: Callable[[], tuple[Process, ...]],
        started_by: Callable[[str], frozenset[str]],
    ) -> None:
        """`deployed` has the processes that something else than code describes, `started_by` reads a command."""
        self._project = project
        self._checkout = checkout
        self._programs = programs
        self._deployed = deployed
        self._started_by = started_by

    def is_run_by_hand(self, name: str, declared: Declared) -> bool:
        """Whether only a person starts a script, as far as a whole checkout shows.

        `declared` knows the commands that the project installs: people other than the author type those.
        """
        return self._is_checkout and not any(
            self._programs.is_run_by(name, started)
            for started in (self._described, declared.command_files, self._in_commands)
        )

    @functools.cached_property
    def _is_checkout(self) -> bool:
        return is_top(str(self._project.root))

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
            content = self._checkout.content(name)
            if any(word in content for word in _NAMING):
                found.update(self._started_by(_commands(self._checkout.text(name))) - {name})
        return frozenset(found)

    def _may_start(self) -> Iterator[str]:
        for name in self._checkout.names:
            path = PurePosixPath(name)
            kind = kind_of(path)
            is_read = kind != "text" or not path.suffix or path.suffix in _PROGRAMS
            if is_read and kind not in _NEVER_RUN and not _EDITORS.search(name):
                yield name
        for name in sorted(self._project.python_names):
            content = self._checkout.content(name)
            if any(word in content for word in _STARTING):
                yield name


def _is_of_editor(process: Process) -> bool:
    return any(_EDITORS.search(source.path or "") for source in process.sources)


def _commands(text: str) -> str:
    """The lines of a file that look like commands, each with the one behind it: `command:` has its own line."""
    lines = text.splitlines()
    kept = {number for number, line in enumerate(lines) if _COMMAND.search(line)}
    return "\n".join(
        line for number, line in enumerate(lines) if number in kept or number - 1 in kept
    )
