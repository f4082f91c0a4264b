"""Tracing that a program turns off under one name, and that stays on under another.

The SDK reads four names for the flag, in an order (`sdk/variables.py`), so one that is taken out of the environment
leaves the others as they are, and one that is set to `false` those that are read before it: executed on langsmith
0.15.1 (`tests/sdk/test_left_on.py` asks the installed release again).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith.analysis.environment.flags import meaning
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.walk import descend
from lint_langsmith.sdk.variables import TRACING_FLAGS

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.process import Given, Process
    from lint_langsmith.analysis.environment.processes import Processes
    from lint_langsmith.analysis.environment.variables import Environment
    from lint_langsmith.analysis.project.file import File
    from lint_langsmith.analysis.project.project import Project
    from lint_langsmith.findings import Span

# `LANGCHAIN_TRACING` was another tracer's at first, for which langchain-core raises today: to remove it is tidying.
_OF_TODAY: Final = frozenset(TRACING_FLAGS) - {"LANGCHAIN_TRACING"}


class LeftOn(NamedTuple):
    """What turns tracing off under the names `names`, and the flag that stays on; in the template of a file or not."""

    span: Span
    names: tuple[str, ...]
    is_removed: bool
    stays: Given
    process: Process
    is_template: bool


class _Off(NamedTuple):
    """A place that turns flags off; `after` are the flags that count behind it, in the order of reading."""

    span: Span
    block: int
    names: tuple[str, ...]
    is_removed: bool
    after: tuple[str, ...]


class FlagsLeftOn:
    """The flags of one project that stay on where its code means to turn tracing off."""

    def __init__(
        self,
        project: Project,
        processes: Processes,
        environment: Environment,
        is_read: Callable[[str], bool],
    ) -> None:
        """`is_read` tells whether the project's release of langsmith reads a variable."""
        self._project = project
        self._processes = processes
        self._environment = environment
        self._is_read = is_read

    def of(self, file: File) -> LeftOn | None:
        """The first such place of a file."""
        for off in sorted(self._turned_off(file)):
            after = tuple(name for name in off.after if self._is_read(name))
            for process in self._processes.all if after else ():
                found = self._left_on(file, off, after, process)
                if found is not None:
                    return found
        return None

    def _turned_off(self, file: File) -> Iterator[_Off]:
        """What a file takes out as a whole, and what it sets to off."""
        removals = self._environment.removals(file, TRACING_FLAGS)
        removed = {name for removal in removals for name in removal.names}
        if removed & _OF_TODAY:
            after = tuple(name for name in TRACING_FLAGS if name not in removed)
            first = removals[0]
            names = tuple(name for name in TRACING_FLAGS if name in removed)
            yield _Off(first.span, first.block, names, is_removed=True, after=after)
        for setting in self._environment.settings(file):
            is_off = setting.value is not None and meaning(setting.value) == "off"
            if setting.name in TRACING_FLAGS and setting.how == "set" and is_off:
                before = TRACING_FLAGS[: TRACING_FLAGS.index(setting.name)]
                block = setting.place.block if setting.place is not None else 0
                yield _Off(setting.at, block, (setting.name,), is_removed=False, after=before)

    def _left_on(
        self, file: File, off: _Off, after: Sequence[str], process: Process
    ) -> LeftOn | None:
        if process.code != "project" or not process.is_exported or process.entries is None:
            return None
        if not self._processes.programs.is_run_by(file.relative, process.entries):
            return None
        given, is_template = _deciding(process, after)
        if given is None or given.value is None or meaning(given.value) != "on":
            return None
        name = given.setting.name
        if given.setting.file == file or self._is_changed(name) or _is_asked(file, off, name):
            return None
        return LeftOn(off.span, off.names, off.is_removed, given, process, is_template)

    def _is_changed(self, name: str) -> bool:
        """Whether any code of the project may set a flag, or take it out."""
        for path in self._project.mentioning("environ", "LANG"):
            file = self._project.try_load(path)
            if file is None:
                return True
            removed = self._environment.may_be_removed(file)
            set_here = {setting.name for setting in self._environment.settings(file)}
            if not file.is_test and (removed is None or name in removed or name in set_here):
                return True
        return False


def _deciding(process: Process, names: Sequence[str]) -> tuple[Given | None, bool]:
    """The first of some flags that is set and not blank, by a source or by the template of one."""
    for name in names:
        for source in process.sources:
            given, is_template = source.given.get(name), False
            if given is None:
                given, is_template = source.meant.get(name), True
            if given is not None and (given.value is None or given.value.strip()):
                return given, is_template
    return None, False


def _is_asked(file: File, off: _Off, name: str) -> bool:
    """Whether tracing is turned off under a condition that names the other flag."""
    around = set(file.block_chain(off.block))
    return any(
        isinstance(part, ir.Text) and part.value == name
        for branch in file.model.branches
        if branch.body in around or branch.orelse in around
        for part in descend(branch.test, file.model.calls)
    )
