"""Programs that take their key out of the environment, and then build a client or trace.

What is not known to be gone counts as there: the other name of the key, if anything in the project names it or loads a
file of variables that is not here, and whatever code may bring a key in again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lint_langsmith.analysis.environment.removals import Removal
from lint_langsmith.analysis.project.file import File
from lint_langsmith.remembered import remembered
from lint_langsmith.sdk.variables import KEYS

if TYPE_CHECKING:
    from lint_langsmith.analysis.credentials.key_timing import KeyTiming
    from lint_langsmith.analysis.environment.processes import Processes
    from lint_langsmith.analysis.environment.sdk_reads import SdkReads
    from lint_langsmith.analysis.environment.variables import Environment
    from lint_langsmith.analysis.sdk_use.sdk_calls import Construction
    from lint_langsmith.analysis.values.call_graph import CallGraph


class KeyRemovals:
    """The keys that the programs of one project take out of their own environment."""

    def __init__(
        self,
        processes: Processes,
        environment: Environment,
        timing: KeyTiming,
        sdk_reads: SdkReads,
        call_graph: CallGraph,
    ) -> None:
        """`timing` says where keys come in, `processes` which files a program loads, `sdk_reads` when it traces."""
        self._processes = processes
        self._environment = environment
        self._timing = timing
        self._sdk_reads = sdk_reads
        self._call_graph = call_graph

    def before(self, client: Construction, variables: Sequence[str]) -> Removal | None:
        """What has taken the key out of the environment before a client reads it, if nothing put one back.

        `variables` are those in which the client finds a key.
        """
        file, call = client.file, client.call
        found = [
            removal
            for removal in self._environment.removals(file)
            if self._has_run(removal, client) and removal.has_run_before(call.block)
        ]
        if not found or not self._is_all(file, found, variables):
            return None
        return found[-1]

    def at_end(self, file: File) -> Removal | None:
        """What takes the key out of the environment of a program while a module of it is imported, for good."""
        found = [
            removal
            for removal in self._environment.removals(file)
            if file.function_of(removal.scope) == 0 and removal.has_run_before(0)
        ]
        if not found or not self._is_alone(file):
            return None
        last = found[-1]
        if any(supply.span >= last.span for supply in self._timing.of(file)):
            return None
        if any(freeze.span < last.span for freeze in self._sdk_reads.of(file)):
            return None  # the client of all traces has read the key by then
        return last if self._is_all(file, found, KEYS) else None

    def _has_run(self, removal: Removal, client: Construction) -> bool:
        """Whether a removal runs before a client is built, and nothing brings a key in between."""
        file, call = client.file, client.call
        around, own = file.function_of(call.scope), file.function_of(removal.scope)
        supplies = self._timing.of(file)
        if own == around:
            return removal.span < call.span and not any(
                removal.span < supply.span < call.span for supply in supplies
            )
        return (
            own == 0
            and self._is_alone(file)
            and not self._is_called_before(removal)
            and not any(supply.span >= removal.span for supply in supplies)
        )

    def _is_alone(self, file: File) -> bool:
        """Whether no other file of its program brings variables in."""
        python, programs = self._processes.python, self._processes.programs
        return programs.together(file.relative, python.suppliers) in ([], [file.relative])

    def _is_called_before(self, removal: Removal) -> bool:
        """Whether the module has called a function of the project by then, which may have built the client."""
        file = removal.file
        for site in file.sites_by_function.get(0, ()):
            is_before = file.model.calls[site].span < removal.span
            if is_before and any(True for _ in self._call_graph.calls(file, site)):
                return True
        return False

    def _is_all(self, file: File, found: Sequence[Removal], variables: Sequence[str]) -> bool:
        """Whether nothing is left from which the key could be read."""
        if any(removal.is_of_all for removal in found):
            return True
        gone = frozenset().union(*(removal.names for removal in found))
        left = [name for name in variables if name not in gone]
        return not left or not self._may_be_set(file, tuple(left))

    @remembered
    def _may_be_set(self, file: File, variables: tuple[str, ...]) -> bool:
        """Whether any of some variables may be set: something names it, or a source of the program is not here."""
        programs, python = self._processes.programs, self._processes.python
        sources = python.loads(
            [*programs.together(file.relative, python.suppliers), file.relative]
        )
        return any(not source.is_whole for source in sources) or any(
            self._processes.is_named(name) for name in variables
        )
