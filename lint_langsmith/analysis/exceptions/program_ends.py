"""Which ends of functions are ends of the program, told from the finished graph of states.

An exception that leaves a function ends the program only where nothing runs the function. Whether something does
depends on values that could not be followed (`lost`), which is a fixed point over the graph; and in a circle of
functions that nothing else runs, the path begins at the one that was reached first.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence

from lint_langsmith.analysis.entry_points.entry_points import EntryPoint
from lint_langsmith.analysis.exceptions.states import Key, Result, Transfer
from lint_langsmith.analysis.fixed_point import Known, Summaries, components


class ProgramEnds:
    """Which ends of functions are ends of the program, told from the finished graph of states."""

    def __init__(
        self,
        transfers: Mapping[Key, Transfer],
        successors: Mapping[Key, Sequence[Key]],
        by_reference: Mapping[Key, Sequence[Key]],
        opened: set[Key],
        *,
        may_be_circular: bool,
    ) -> None:
        """`opened` are the ends of functions from which all goes on that runs the function."""
        self._may_be_circular = may_be_circular
        self._transfers = transfers
        self._successors = successors
        self._by_reference = by_reference
        self._opened = opened
        self._lost: Summaries[Key, bool] = Summaries(
            self._behind, bottom=False, compute=self._is_lost
        )

    def entry(self, key: Key) -> EntryPoint | None:
        """The entry point that begins at the end of a function; None where only what runs it counts."""
        entry = self._transfers[key].entry
        if entry is None:
            return None
        followed = self._is_followed(key, self._lost.of)
        if entry.kind == "cli" and followed:
            entry = entry._replace(certain=False)
        return entry if entry.certain or not followed or key in self._first_of_circles else None

    def hands_out(self) -> bool:
        """Whether a function hands out a value in which the exception waits, and nothing is known to use it."""
        return any(
            _is_handed_on(key) and not self._is_followed(key, self._lost.of)
            for key in self._opened
        )

    # -- values that get lost ----------------------------------------------------------------------------------------

    def _behind(self, key: Key) -> Sequence[Key]:
        return (*self._successors.get(key, ()), *self._by_reference.get(key, ()))

    def _is_lost(self, key: Key, known: Known) -> bool:
        """Whether something behind a state can't be followed; a function as a value may be lost at no harm."""
        transfer = self._transfers.get(key)
        if transfer is None:
            return False
        if transfer.lost or any(map(known, self._successors.get(key, ()))):
            return True
        at = key[0]
        is_callable = isinstance(at, Result) and at.handed_on and at.layers[0] == "callable"
        return is_callable and key in self._opened and not self._is_followed(key, known)

    def _is_followed(self, key: Key, known: Known) -> bool:
        """Whether something that was followed runs a function."""
        references = self._by_reference.get(key, ())
        return self._transfers[key].followed or not all(map(known, references))

    # -- circles of functions ----------------------------------------------------------------------------------------

    @functools.cached_property
    def _first_of_circles(self) -> frozenset[Key]:
        return (
            frozenset(self._find_first_of_circles()) if self._may_be_circular else frozenset()
        )

    def _find_first_of_circles(self) -> Iterator[Key]:
        """Of each circle of functions that nothing else runs, the function that was reached first."""
        order = {key: number for number, key in enumerate(self._transfers)}
        runs: dict[Key, bool] = {}
        for component in components(order, self._behind):
            functions = [
                key for key in component if key in self._opened and not _is_handed_on(key)
            ]
            is_run = self._is_run(component, runs)
            if functions and len(component) > 1 and not is_run:
                yield min(functions, key=order.__getitem__)
            # A function is an end of its own, whoever runs it.
            runs.update(dict.fromkeys(component, is_run or bool(functions)))

    def _is_run(self, component: Sequence[Key], runs: Mapping[Key, bool]) -> bool:
        """Whether something outside of a circle runs what is in it, catches the exception or ends it."""
        for key in component:
            transfer = self._transfers.get(key)
            if transfer is not None and (
                transfer.ended or (transfer.entry is not None and transfer.entry.certain)
            ):
                return True
        return any(runs.get(other, False) for key in component for other in self._behind(key))


def _is_handed_on(key: Key) -> bool:
    return isinstance(key[0], Result) and key[0].handed_on
