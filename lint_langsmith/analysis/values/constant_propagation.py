"""Constant propagation: the texts that a file's statements make, run in order as far as all is known.

Folding (`constant_folding.py`) takes one expression, whose names are bound once. Here names and the collections they
stand for change on the way: `key += part`, `parts.append(part)`, `table["a"] = half`, in straight code, in loops whose
items are known, and in functions of the file that are called with what is known. What an unknown test guards is run on
both sides, and joined; of a loop of unknown rounds the first is run, and what it changes is unknown; so is whatever
something unknown gets hold of. A budget per statement of a scope bounds all of it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.model import Expr
from lint_langsmith.analysis.project.file import File, Place
from lint_langsmith.analysis.values.call_effects import CallEffects
from lint_langsmith.analysis.values.constant_folding import Folding
from lint_langsmith.analysis.values.constants import OverBudgetError
from lint_langsmith.analysis.values.folded import (
    NOTHING,
    Folded,
    Resolver,
)
from lint_langsmith.analysis.values.program_definitions import Definitions
from lint_langsmith.analysis.values.program_objects import Objects
from lint_langsmith.analysis.values.program_state import Cell, Frame, Made
from lint_langsmith.analysis.values.statements import Event, Flow, statements
from lint_langsmith.sdk.keys import find_keys

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluation import Evaluation

# Bindings whose value is run.
_VALUED: Final = frozenset({"assign", "augmented", "walrus", "match", "with"})
# Bindings that give no value, or one that was there before.
_NOT_RUN: Final = frozenset(
    {"global", "nonlocal", "annotation", "import", "star-import", "function", "parameter"}
)


_FLOWS: Final = {"falls": Flow.FALLS, "break": Flow.BREAKS, "continue": Flow.CONTINUES}


class Propagation(Definitions):
    """Runs the statements of one file."""

    def __init__(self, values: Evaluation, file: File) -> None:
        """`values` answers for names that the file gets from elsewhere."""
        super().__init__(values, file)
        self._events = statements(file.model)
        self._finished: dict[int, Frame] = {}
        self._effects = CallEffects(self)
        self.objects = Objects(self)
        resolver = Resolver(
            self._text,
            self._collection,
            result=self._effects.result,
            function=self.function,
            known=self._given,
            closure=self._closure,
            method=self._method,
        )
        self.folding = Folding(resolver, file, self._new_budget())

    def run(self) -> Sequence[Made]:
        """The texts that the statements of the module make, and those of its functions, by themselves."""
        scopes = self.file.model.scopes
        self.frames = {0: Frame(0)}
        self._finished[0] = self.frames[0]
        self._run_scope(0, scopes[0].block)
        for number, scope in enumerate(scopes):
            if scope.kind == "function":
                example = self._example(scope)
                mark = self.state.mark()
                frame = Frame(number)
                if example is not None:
                    frame.cells[scope.params[0].name] = Cell(example)
                self.frames = {
                    **{at: self._finished[at] for at in self._around(scope.parent)},
                    number: frame,
                }
                self._finished[number] = frame
                self._results = []
                self._run_scope(number, scope.block)
                kept = dict(self.frames[number].cells)
                self.state.take_back(mark)
                self._finished[number].cells = kept
        # A key that comes whole from elsewhere is reported there.
        whole = {key.value for text in self.given for key in find_keys(text)}
        return tuple(row for row in self.made if not _holds_one(row.text, whole))

    def _around(self, scope: int) -> Iterator[int]:
        while scope >= 0:
            if scope in self._finished:
                yield scope
            scope = self.file.model.scopes[scope].parent

    # -- control flow ------------------------------------------------------------------------------------------------

    def _run_scope(self, scope: int, block: int) -> None:
        """Run the statements of a scope, each with a budget of its own."""
        for event in self._events.get(block, ()):
            mark = self.state.mark()
            self.folding.budget = self._new_budget()
            try:
                flow = self._event(event, scope)
            except (RecursionError, OverBudgetError):
                self.state.forget(mark)
                continue
            if flow not in {Flow.FALLS, Flow.UNSURE}:
                return

    def _block(self, block: int, scope: int, first: int = 0) -> Flow:
        """Run the statements of a block, from the one with a number on."""
        if block < 0:
            return Flow.FALLS
        for event in self._events.get(block, ())[first:]:
            flow = self._event(event, scope)
            if flow is not Flow.FALLS:
                return flow
        return _FLOWS.get(self.file.model.blocks[block].ends, Flow.ENDS)

    def _event(self, event: Event, scope: int) -> Flow:
        self.folding.budget.look_at()
        self.place = Place(scope, event.block, event.order)
        self._effects.forget()
        row, model = event.row, self.file.model
        if event.bindings:
            self._bind(event.bindings)
        elif isinstance(row, ir.Store):
            self._store(row)
        elif isinstance(row, ir.CallRef):
            self.value(row)
        elif isinstance(row, ir.Return):
            value = self.value(row.value) if row.value is not None else NOTHING
            self._results.extend(self._items_of(value) if row.delegated else (value,))
            return Flow.FALLS if event.is_yield else Flow.ENDS
        elif event.kind == "if":
            return self._branch(model.branches[event.owner], scope)
        elif event.kind == "case":
            return self._case(model.branches[event.owner], scope)
        elif event.kind == "loop":
            return self._loop(event.owner, scope)
        elif event.kind == "try":
            return self._try(model.tries[event.owner], scope)
        elif event.kind == "with":
            return self._block(model.withs[event.owner].body, scope)
        return Flow.FALLS

    def _items_of(self, value: Folded | None) -> Sequence[Folded | None]:
        """What `yield from` yields."""
        items = self.folding.items(value)
        return items if items is not None else (None,)

    def _branch(self, row: ir.Branch, scope: int) -> Flow:
        test = self.folding.truth(row.test)
        if test is not None:
            return self._block(row.body if test else row.orelse, scope)
        return self._either((row.body, row.orelse), scope)

    def _case(self, row: ir.Branch, scope: int) -> Flow:
        """A case of a `match`: of one that may not be taken the names are unknown behind it."""
        return self._either((row.body, -1), scope)

    def _either(self, blocks: Sequence[int], scope: int) -> Flow:
        """Run several blocks of which one runs, and join what they do."""
        mark, place = self.state.mark(), self.place
        flows: list[Flow] = []
        falling = []
        for block in blocks:
            flow = self._block(block, scope)
            self.place = place
            changes = self.state.take_back(mark)
            flows.append(flow)
            if flow is Flow.FALLS:
                falling.append(changes)
        if not falling:
            return flows[0] if len(set(flows)) == 1 else Flow.UNSURE
        self.state.join(falling)
        if len(falling) < len(blocks):
            # It went on here or did not: the results of the function are not known.
            self._results.append(None)
        return (
            Flow.UNSURE
            if {Flow.BREAKS, Flow.CONTINUES, Flow.UNSURE} & set(flows)
            else Flow.FALLS
        )

    def _loop(self, number: int, scope: int) -> Flow:
        row, behind = self.file.model.loops[number], self._behind_loops.get(number, -1)
        mark = self.state.mark()
        items = self.folding.items(self.value(row.iter)) if row.iter is not None else None
        flow = Flow.FALLS
        if row.test is not None:
            flow = self._while(row, scope)
        elif items is None:
            self._block(row.body, scope)
            flow = Flow.UNSURE
        else:
            for item in items:
                self._bind_items(row, item)
                flow = self._block(row.body, scope)
                if flow not in {Flow.FALLS, Flow.CONTINUES}:
                    break
        if flow is Flow.UNSURE:
            self._either((behind, -1), scope)
            self.state.forget(mark)
        elif flow in {Flow.FALLS, Flow.CONTINUES}:
            return self._block(behind, scope)
        return flow if flow is Flow.ENDS else Flow.FALLS

    @functools.cached_property
    def _behind_loops(self) -> Mapping[int, int]:
        """The blocks that run behind loops which no `break` leaves, by the loops."""
        blocks = enumerate(self.file.model.blocks)
        return {row.owner: number for number, row in blocks if row.kind == "loop-else"}

    def _while(self, row: ir.Loop, scope: int) -> Flow:
        events = self._events.get(row.body, ())
        # What a test binds (`while part := …`) stands in the body of its loop.
        first = 1 if events and events[0].is_walrus else 0
        while True:
            self.folding.budget.look_at()
            self._effects.forget()
            if first:
                self._bind(events[0].bindings)
            test = self.folding.truth(row.test) if row.test is not None else None
            if test is not True:
                if test is None:
                    self._block(row.body, scope, first)
                return Flow.FALLS if test is False else Flow.UNSURE
            flow = self._block(row.body, scope, first)
            if flow not in {Flow.FALLS, Flow.CONTINUES}:
                return flow

    def _try(self, row: ir.Try, scope: int) -> Flow:
        flow = self._block(row.body, scope)
        if flow is Flow.FALLS:
            flow = self._block(row.orelse, scope)
        for handler in row.handlers:
            mark = self.state.mark()
            if self._block(handler.block, scope) is Flow.FALLS:
                self.state.forget(mark)
            else:
                self.state.take_back(mark)
        ended = self._block(row.finalbody, scope)
        return flow if ended is Flow.FALLS else ended

    # -- bindings and stores -----------------------------------------------------------------------------------------

    def _bind_items(self, row: ir.Loop, item: Folded) -> None:
        """Bind what a loop takes of one item."""
        for event in self._events.get(row.body, ()):
            if not event.bindings or event.bindings[0].kind != "for":
                return
            frame = self.frames[event.bindings[0].scope]
            for binding in event.bindings:
                whole = binding.via == "element"
                part = item if whole else taken(binding, item, event.bindings)
                self.state.bind(frame, binding.name, Cell(part))

    def _bind(self, bindings: Sequence[ir.Binding]) -> None:
        """Bind the names of one statement, all of whose values are there before the first of them is bound."""
        first = bindings[0]
        if first.kind == "for":
            return  # bound by the loop, item by item
        if first.kind == "class":
            self._class(first)
            return
        if first.kind == "function":
            self._define(first)
            return
        values: list[tuple[Expr, Cell]] = []
        cells = []
        for binding in bindings:
            known = next((cell for expr, cell in values if expr == binding.value), None)
            cell = known if known is not None else self._cell(binding)
            if binding.value is not None:
                values.append((binding.value, cell))
            if binding.via not in {"direct", "enter"}:
                cell = Cell(taken(binding, cell.value, bindings))
            cells.append(cell)
        for binding, cell in zip(bindings, cells, strict=True):
            self._give(binding, cell)

    def _cell(self, binding: ir.Binding) -> Cell:
        value = binding.value
        if value is None or binding.kind not in _VALUED:
            return Cell(None)
        if binding.kind == "with":
            return Cell(self._entered(value))
        if isinstance(value, ir.Name) and binding.kind == "assign":
            shared = self.cell_of(value)
            if shared is not None:
                return shared
        if binding.kind == "augmented" and not _is_sum(binding):
            return Cell(None)
        return Cell(self.value(value, binding.span))

    def _give(self, binding: ir.Binding, cell: Cell) -> None:
        if binding.kind in _NOT_RUN:
            return
        frame = self.frame_of(binding.name, binding.scope)
        known = frame.cells.get(binding.name)
        if binding.kind == "augmented" and known is not None and isinstance(known.value, tuple):
            self.state.put(known, cell.value)  # a list is lengthened in place
        elif binding.kind == "delete":
            self.state.bind(frame, binding.name, Cell(None))
        else:
            self.state.bind(frame, binding.name, cell)

    def _entered(self, manager: Expr) -> Folded | None:
        """What `with manager as name` binds."""
        value = self.value(manager)
        if isinstance(value, tuple):  # what a generator under `contextmanager` yields
            return value[0] if len(value) == 1 else None
        return self.folding.special(value, "__enter__") if value is not None else None


def taken(
    binding: ir.Binding, value: Folded | None, others: Sequence[ir.Binding]
) -> Folded | None:
    """What a name takes of a value that a statement takes apart."""
    if not isinstance(value, (tuple, str)):
        return None
    if binding.via == "rest" and binding.part is not None:
        index, count = binding.part
        behind = count - index - 1
        if len(value) < count - 1:
            return None
        return tuple(value[index : len(value) - behind])
    if binding.part is not None:
        index, count = binding.part
        return value[index] if len(value) == count else None
    star = next((row for row in others if row.via == "rest" and row.part is not None), None)
    if star is None or star.part is None:
        return None
    index, count = others.index(binding), star.part[1]
    if len(others) != count or len(value) < count - 1:
        return None
    return value[index] if index < star.part[0] else value[index - count]


def _holds_one(text: str, values: Iterable[str]) -> bool:
    return any(value in text for value in values)


def _is_sum(binding: ir.Binding) -> bool:
    """Whether a binding is `name += value`: of other operators only the value is known."""
    value = binding.value
    return (
        isinstance(value, ir.Binary)
        and value.op == "+"
        and isinstance(value.left, ir.Name)
        and value.left.id == binding.name
    )
