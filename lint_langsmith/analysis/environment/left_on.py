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
from lint_langsmith.remembered import remembered
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


class _Stays(NamedTuple):
    """A flag that is on for a process."""

    given: Given
    process: Process
    is_template: bool


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
            for stays in self._left_on(file, off.after):
                name = stays.given.setting.name
                asking = self._asking(file, name)
                if asking.isdisjoint(file.block_chain(off.block)) and not self._is_changed(
                    name
                ):
                    return LeftOn(off.span, off.names, off.is_removed, *stays)
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

    @remembered
    def _left_on(self, file: File, after: tuple[str, ...]) -> tuple[_Stays, ...]:
        """The flags, each once, that turn tracing on for a program of a file by the first of some names."""
        names = tuple(filter(self._is_read, after))
        found: dict[str, _Stays] = {}
        for process in self._processes.all if names else ():
            stays = _deciding(process, names)
            if (
                stays is not None
                and stays.given.setting.file != file
                and self._runs(process, file)
            ):
                found.setdefault(stays.given.setting.name, stays)
        return tuple(found.values())

    def _runs(self, process: Process, file: File) -> bool:
        return (
            process.code == "project"
            and process.is_exported
            and process.entries is not None
            and self._processes.programs.is_run_by(file.relative, process.entries)
        )

    @remembered
    def _asking(self, file: File, name: str) -> frozenset[int]:
        """The blocks of a file that run under a condition which names a flag."""
        found: set[int] = set()
        for branch in file.model.branches:
            parts = descend(branch.test, file.model.calls)
            if any(isinstance(part, ir.Text) and part.value == name for part in parts):
                found.update((branch.body, branch.orelse))
        return frozenset(found)

    @remembered
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


def _deciding(process: Process, names: Sequence[str]) -> _Stays | None:
    """The first of some flags that is set and not blank, by a source or the template of one; None where that is off."""
    for name in names:
        for source in process.sources:
            given, is_template = source.given.get(name), False
            if given is None:
                given, is_template = source.meant.get(name), True
            if given is not None and (given.value is None or given.value.strip()):
                is_on = given.value is not None and meaning(given.value) == "on"
                return _Stays(given, process, is_template) if is_on else None
    return None
