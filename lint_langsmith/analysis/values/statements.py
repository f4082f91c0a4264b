"""The statements of a file in the order in which they run, by the blocks they stand in: rows of the IR put together."""

from __future__ import annotations

import enum
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from lint_langsmith.analysis.ir import model as ir

Row: TypeAlias = "ir.Store | ir.CallRef | ir.Return | None"

# Scopes whose rows are parts of an expression.
_EXPRESSIONS: Final = frozenset({"comprehension", "lambda"})


class Flow(enum.Enum):
    """How control leaves a statement; `UNSURE` where that depends on what is unknown."""

    FALLS = "falls"
    ENDS = "ends"
    BREAKS = "break"
    CONTINUES = "continue"
    UNSURE = "unsure"


class Event(NamedTuple):
    """A statement: bindings of one statement, a row of another table, or blocks (`kind` and the row that owns them)."""

    order: int
    block: int
    row: Row = None
    bindings: tuple[ir.Binding, ...] = ()
    kind: str = ""
    owner: int = -1
    is_yield: bool = False

    @property
    def is_walrus(self) -> bool:
        """Whether it is an assignment within an expression."""
        return bool(self.bindings) and self.bindings[0].kind == "walrus"


def statements(model: ir.FileModel) -> Mapping[int, Sequence[Event]]:
    """The statements of each block."""
    found: dict[int, list[Event]] = defaultdict(list)
    for event in _rows(model):
        scope = model.scopes[model.blocks[event.block].scope]
        if scope.kind not in _EXPRESSIONS:
            found[event.block].append(event)
    for event in _nested(model, found):
        found[event.block].append(event)
    return {
        block: sorted(events, key=lambda event: event.order) for block, events in found.items()
    }


def _rows(model: ir.FileModel) -> Iterator[Event]:
    yield from _bindings(model)
    for store in model.stores:
        yield Event(store.order, store.block, store)
    for site, call in enumerate(model.calls):
        use = call.awaited_use or call.use
        if use.kind == "statement":
            yield Event(call.order, call.block, ir.CallRef(site))
    for row in model.returns:
        if model.scopes[row.scope].kind != "lambda":
            yield Event(row.order, row.block, row)
    for row in model.yields:
        yield Event(row.order, row.block, row, is_yield=True)


def _bindings(model: ir.FileModel) -> Iterator[Event]:
    """The bindings of each statement: those between which nothing else happens and no statement begins."""
    starts = sorted({first for first, _ in model.statements})
    run: list[ir.Binding] = []
    for row in model.bindings:
        goes_on = (
            run
            and (row.block, row.kind) == (run[-1].block, run[-1].kind)
            and row.order == run[-1].order + 1
            and bisect_right(starts, row.span.line) == bisect_right(starts, run[-1].span.line)
        )
        if run and not goes_on:
            yield Event(run[0].order, run[0].block, bindings=tuple(run))
            run = []
        run.append(row)
    if run:
        yield Event(run[0].order, run[0].block, bindings=tuple(run))


def _nested(model: ir.FileModel, found: Mapping[int, Sequence[Event]]) -> Iterator[Event]:
    """The statements that have blocks, each where the first row in them stands."""
    first: dict[int, int] = {}
    for block, events in found.items():
        at, order = block, min(event.order for event in events)
        while at >= 0 and order < first.get(at, order + 1):
            first[at] = order
            at = model.blocks[at].parent if model.blocks[at].kind != "scope" else -1
    places: dict[tuple[int, str, int], int] = {}
    for number, order in first.items():
        row = model.blocks[number]
        if row.kind != "scope":
            kind = _KINDS.get(row.kind, row.kind)
            key = (row.parent, kind, row.owner)
            places[key] = min(order, places.get(key, order))
    # An `if` may have nothing in it but `continue`.
    for number, branch in enumerate(model.branches):
        body = model.blocks[branch.body]
        places[body.parent, body.kind, number] = branch.order
    for (parent, kind, owner), order in places.items():
        yield Event(order, parent, kind=kind, owner=owner)


_KINDS: Final = {
    "else": "if",
    "loop-else": "loop",
    "handler": "try",
    "try-else": "try",
    "finally": "try",
}
