"""Variables that the project offers to whoever runs it, and that its code sets to a constant come what may.

Executed on langsmith 0.15.1 with python-dotenv 1.2.4: what `os.environ[NAME] = "…"` sets counts, whatever a shell, an
image or a `.env` said before, and `load_dotenv()` behind it leaves it alone (`override=True` does not).
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith.analysis.environment.flags import meaning
from lint_langsmith.analysis.environment.writes import runs_with_function, runs_with_module
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import is_test
from lint_langsmith.analysis.project.main_guard import main_block
from lint_langsmith.analysis.values.abstract import FunctionRef
from lint_langsmith.remembered import remembered
from lint_langsmith.sdk.hosts import is_api
from lint_langsmith.sdk.variables import ENDPOINTS, PROJECTS, TRACING_FLAGS

if TYPE_CHECKING:
    from lint_langsmith.analysis.entry_points.entry_points import EntryPoints
    from lint_langsmith.analysis.environment.processes import Processes
    from lint_langsmith.analysis.environment.reads import VariableReads
    from lint_langsmith.analysis.environment.variables import Environment
    from lint_langsmith.analysis.environment.writes import Setting
    from lint_langsmith.analysis.project.file import File, Placed
    from lint_langsmith.analysis.values.evaluator import Evaluator

_GROUPS: Final = (ENDPOINTS, PROJECTS, TRACING_FLAGS)
# Where a reader is told what he may set, the plainest first.
_OFFERING: Final = ("dotenv", "compose", "dockerfile", "markdown", "rst")
_LOADERS: Final = ("load_dotenv", "read_env")


class Overwritten(NamedTuple):
    """A setting of code, and what the project offers in its place, which has no effect."""

    setting: Setting
    offered: Setting


class OverwrittenVariables:
    """Tells where the code of one project overwrites a variable that the project offers."""

    def __init__(
        self,
        values: Evaluator,
        environment: Environment,
        readings: VariableReads,
        processes: Processes,
        entry_points: EntryPoints,
    ) -> None:
        """`readings` knows what code reads, `processes` what runs together, `entry_points` what is called."""
        self._project = values.project
        self._calls = values.call_graph
        self._environment = environment
        self._readings = readings
        self._processes = processes
        self._entry_points = entry_points

    @remembered
    def of(self, file: File) -> tuple[Overwritten, ...]:
        """The variables that a file of Python overwrites; of notebooks and tests none."""
        if file.kind != "python" or file.is_test:
            return ()
        return tuple(self._find(file))

    def _find(self, file: File) -> Iterator[Overwritten]:
        settings = [
            item for item in self._environment.settings(file) if item.name in self._all_names
        ]
        for names in _GROUPS:
            own = [item for item in settings if item.name in names]
            # Who sets a variable in several ways decides by something.
            if len({item.name for item in own}) == len(own):
                for setting in own:
                    offered = self._offered(setting, names)
                    if offered is not None:
                        yield Overwritten(setting, offered)

    @functools.cached_property
    def _all_names(self) -> frozenset[str]:
        return frozenset(name for names in _GROUPS for name in names)

    def _offered(self, setting: Setting, names: tuple[str, ...]) -> Setting | None:
        """What the project offers in place of a setting; None where it may have an effect."""
        place = setting.place
        if setting.how != "set" or place is None or not isinstance(setting.expr, ir.Text):
            return None
        if setting.name in TRACING_FLAGS and meaning(setting.expr.value) == "off":
            return None  # tracing is turned off on purpose
        own = names.index(setting.name)
        before = [item for name in names[:own] for item in self._offers(name)]
        if before:
            return None  # which is read first, and counts
        offers = (
            item
            for name in names[own:]
            for item in self._offers(name)
            if _is_beside(item.file, setting.file) and _is_lost(item, setting, names)
        )
        found = next(offers, None)
        if found is None or not self._project.sdk.reads_variable(setting.name):
            return None
        # The code may do with it what it does not do by the environment.
        if any(map(self._readings.is_read, names)) or self._is_overriding:
            return None
        is_run = self._is_in_program(setting.file) and self._runs(setting.file, place)
        return found if is_run else None

    def _is_in_program(self, file: File) -> bool:
        """Whether a program that traces may run a file: not one that nobody imports and that does nothing else."""
        programs = self._processes.programs
        return (
            programs.starts(file.relative) != {file.relative}
            or programs.traces(file.relative)
            or any(True for _ in self._environment.imported(file))
        )

    @remembered
    def _offers(self, name: str) -> tuple[Setting, ...]:
        """Where files of the project offer a variable, in the order in which a reader finds them."""
        files = (
            self._project.try_load(path)
            for path in sorted((*self._project.relevant_others, *self._project.sources.ignored))
            if self._project.mentions(path, name)
        )
        found = [
            setting
            for file in files
            if file is not None and file.kind in _OFFERING
            for setting in self._environment.settings(file)
            if setting.name == name
            and setting.how == "define"
            and not self._processes.is_for_others(setting)
        ]
        return tuple(sorted(found, key=lambda item: _OFFERING.index(item.file.kind)))

    @functools.cached_property
    def _is_overriding(self) -> bool:
        """Whether a program loads variables that beat those which are set already."""
        files = (
            self._project.try_load(path)
            for path in sorted(self._environment.suppliers)
            if not is_test(path)
        )
        return any(file is not None and _overrides(file) for file in files)

    @remembered
    def _mains(self, file: File) -> frozenset[int]:
        """The blocks of a file that run where it is the program."""
        return frozenset(map(main_block, file.model.branches)) - {-1}

    def _runs(self, file: File, place: Placed) -> bool:
        """Whether a statement runs whenever some program of the project does."""
        seen: set[FunctionRef] = set()
        pending = [(file, place)]
        while pending:
            where, at = pending.pop()
            if at.scope == 0:
                if runs_with_module(where, at) or at.block in self._mains(where):
                    return True
                continue
            function = FunctionRef(where, at.scope)
            if function in seen or not runs_with_function(where, at):
                continue
            seen.add(function)
            if self._entry_points.role(function) is not None:
                return True
            pending.extend(
                (caller, caller.model.calls[site])
                for caller, site in self._calls.sites(function)
                if not caller.is_test
            )
        return False


def _overrides(file: File) -> bool:
    """Whether a file loads variables with an argument that makes them beat those which are set."""
    sites = (site for name in _LOADERS for site in file.calls_by_name.get(name, ()))
    return any(
        arg.stars or arg.keyword in {"override", "overwrite"}
        for site in sites
        for arg in file.model.calls[site].args
    )


def _is_beside(offering: File, file: File) -> bool:
    """Whether a file lies in the folder of another one, or in one around that."""
    folder, slash, _ = offering.relative.rpartition("/")
    return file.relative.startswith(f"{folder}{slash}")


def _is_lost(offered: Setting, setting: Setting, names: tuple[str, ...]) -> bool:
    """Whether somebody who sets what is offered gets something else from the code.

    Who has an account in another region needs another address than the one that is offered.
    """
    wanted, given = (offered.value or "").strip().strip("\"'"), setting.value or ""
    if names is ENDPOINTS:
        return is_api(given)
    if names is TRACING_FLAGS:
        return {meaning(wanted), meaning(given)} == {"on", "off"}
    return offered.value is not None and wanted != given
