"""Programs that take their key out of the environment, and then build a client or trace.

What is not known to be gone counts as there: the other name of the key, if anything in the project names it or loads a
file of variables that is not here, and whatever code may bring a key in again.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from lint_langsmith.analysis.environment.removals import Removal
from lint_langsmith.analysis.limits import REMOVALS
from lint_langsmith.analysis.project.file import File
from lint_langsmith.findings import Span
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
        found = [
            removal
            for removal in self._run_before(client)
            if removal.has_run_before(client.call.block)
        ]
        return found[0] if found and self._is_all(client.file, found, variables) else None

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

    def _run_before(self, client: Construction) -> Sequence[Removal]:
        """The removals that run before a client is built, and behind which nothing brings a key in; the nearest first.

        They stand in the client's own function, or in the module, which runs before its functions do.
        """
        file, place = client.file, client.call.span
        around = file.function_of(client.call.scope)
        supplies = self._supplies(file)
        brought_in = bisect_left(supplies, place)
        rows = self._by_function(file).get(around, ())
        end = bisect_left(rows, place, key=_span)
        begin = bisect_right(rows, supplies[brought_in - 1], key=_span) if brought_in else 0
        own = rows[max(begin, end - REMOVALS) : end]
        return [*reversed(own), *(self._of_module(file) if around else ())]

    @remembered
    def _of_module(self, file: File) -> Sequence[Removal]:
        """Those of a module behind which it brings no key in, and before which it calls nothing; the last first."""
        rows = self._by_function(file).get(0, ())
        if not rows or not self._is_alone(file):
            return ()
        supplies, called = self._supplies(file), self._first_call(file)
        begin = bisect_right(rows, supplies[-1], key=_span) if supplies else 0
        end = len(rows) if called is None else bisect_right(rows, called, key=_span)
        return rows[max(begin, end - REMOVALS) : end][::-1]

    @remembered
    def _by_function(self, file: File) -> Mapping[int, Sequence[Removal]]:
        """The removals of a file by the functions in which they stand, in order."""
        table: dict[int, list[Removal]] = defaultdict(list)
        for removal in self._environment.removals(file):
            table[file.function_of(removal.scope)].append(removal)
        return table

    @remembered
    def _supplies(self, file: File) -> Sequence[Span]:
        """Where a file brings a key in, in order."""
        return sorted(supply.span for supply in self._timing.of(file))

    @remembered
    def _first_call(self, file: File) -> Span | None:
        """Where a module calls a function of the project for the first time: it may build the client."""
        calls = file.model.calls
        sites = sorted(file.sites_by_function.get(0, ()), key=lambda site: calls[site].span)
        for site in sites:
            if any(True for _ in self._call_graph.calls(file, site)):
                return calls[site].span
        return None

    def _is_alone(self, file: File) -> bool:
        """Whether no other file of its program brings variables in."""
        python, programs = self._processes.python, self._processes.programs
        return programs.together(file.relative, python.suppliers) in ([], [file.relative])

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


def _span(removal: Removal) -> Span:
    return removal.span
