"""Constant propagation: the texts that a file's statements make, run in order as far as all is known.

Folding (`constant_folding.py`) takes one expression, whose names are bound once. Here names and the collections they
stand for change on the way: `key += part`, `parts.append(part)`, `table["a"] = half`, in straight code, in loops whose
items are known, and in functions of the file that are called with what is known. What an unknown test guards is run on
both sides, and joined; of a loop of unknown rounds the first is run, and what it changes is unknown; so is whatever
something unknown gets hold of. A budget per statement of a scope bounds all of it.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.model import NOWHERE, Expr
from lint_langsmith.analysis.limits import (
    INLINED,
    folded_characters,
    propagation_steps,
)
from lint_langsmith.analysis.project.file import File, Place, last_name, span_of
from lint_langsmith.analysis.values.call_effects import CallEffects
from lint_langsmith.analysis.values.constant_folding import Folding
from lint_langsmith.analysis.values.constants import Budget, OverBudgetError
from lint_langsmith.analysis.values.folded import (
    NOTHING,
    Collection,
    Folded,
    Function,
    Object,
    Resolver,
)
from lint_langsmith.analysis.values.mutation import with_item
from lint_langsmith.analysis.values.program_names import Names
from lint_langsmith.analysis.values.program_objects import Class, Instance, Objects
from lint_langsmith.analysis.values.program_state import Cell, Frame, Made, Target
from lint_langsmith.analysis.values.statements import Event, statements
from lint_langsmith.findings import Span
from lint_langsmith.sdk.keys import find_keys
from lint_langsmith.source.key_signs import has_part

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluation import Evaluation

# Decorators that leave a function what it is.
_HARMLESS: Final = frozenset(
    {"lru_cache", "cache", "contextmanager", "wraps", "final", "override", "abstractmethod"}
)
# Those that say how a class hands it out (`folded.Function`).
_KINDS: Final = {
    "staticmethod": "static",
    "classmethod": "class",
    "property": "property",
    "cached_property": "property",
    "setter": "setter",
    "deleter": "setter",
}
# Bindings whose value is run.
_VALUED: Final = frozenset({"assign", "augmented", "walrus", "match", "with"})
# Bindings that give no value, or one that was there before.
_NOT_RUN: Final = frozenset(
    {"global", "nonlocal", "annotation", "import", "star-import", "function", "parameter"}
)
_ENVIRONMENT: Final = "os.environ"


class Flow(enum.Enum):
    """How control leaves a statement; `UNSURE` where that depends on what is unknown."""

    FALLS = "falls"
    ENDS = "ends"
    BREAKS = "break"
    CONTINUES = "continue"
    UNSURE = "unsure"


_FLOWS: Final = {"falls": Flow.FALLS, "break": Flow.BREAKS, "continue": Flow.CONTINUES}


class Propagation(Names):
    """Runs the statements of one file."""

    def __init__(self, values: Evaluation, file: File) -> None:
        """`values` answers for names that the file gets from elsewhere."""
        super().__init__(file)
        self.made: dict[Made, None] = {}
        # The texts of names that the file has from elsewhere, and of those that are bound once.
        self.given: set[str] = set()
        self._values = values
        self._events = statements(file.model)
        self._spans = {row.expr: row.span for row in file.model.composites}
        self._finished: dict[int, Frame] = {}
        self._environment = Cell({})
        self._results: list[Folded | None] = []
        self._depth = 0
        self._effects = CallEffects(self)
        self.objects = Objects(self)
        # The classes that were made, by their scopes, and an object of each for its methods that nobody calls.
        self._classes: dict[int, Class] = {}
        self._examples: dict[int, Instance] = {}
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

    def _example(self, scope: ir.Scope) -> Instance | None:
        """An object of the class that has a method, made without arguments, for the run of the method by itself."""
        cls = self._classes.get(scope.parent)
        if cls is None or not scope.params or _kind_of(scope) not in {"method", "property"}:
            return None
        if scope.parent not in self._examples:
            self.folding.budget = self._new_budget()
            try:
                made = self.objects.construct(cls, (), {})
                self._examples[scope.parent] = (
                    made if isinstance(made, Instance) else Instance(cls, Frame(-1))
                )
            except (RecursionError, OverBudgetError):
                self._examples[scope.parent] = Instance(cls, Frame(-1))
        return self._examples[scope.parent]

    def _around(self, scope: int) -> Iterator[int]:
        while scope >= 0:
            if scope in self._finished:
                yield scope
            scope = self.file.model.scopes[scope].parent

    def _new_budget(self) -> Budget:
        size = len(self.file.text)
        return Budget(propagation_steps(size), folded_characters(size))

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
            return self._loop(model.loops[event.owner], scope)
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

    def _loop(self, row: ir.Loop, scope: int) -> Flow:
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
            self.state.forget(mark)
        return flow if flow is Flow.ENDS else Flow.FALLS

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

    def _class(self, binding: ir.Binding) -> None:
        """Run the body of a class: its names are attributes then."""
        place, number = self.place, binding.target
        scope = self.file.model.scopes[number]
        bases = [self.folding.of(base) for base in scope.bases]
        foreign = [self.function(base) or "" for base in scope.bases]
        frame = self.frames[number] = Frame(number)
        self._block(scope.block, number)
        del self.frames[number]
        self.place = place
        made = Class(
            frame,
            [base for base in bases if isinstance(base, Class)],
            [name for name in foreign if name],
            self._fields(number),
        )
        self._classes[number] = made
        self.state.bind(self.frame_of(binding.name, binding.scope), binding.name, Cell(made))

    def _fields(self, scope: int) -> Sequence[str]:
        """The names that the body of a class annotates."""
        rows = (row for row in self.file.bindings_by_scope.get(scope, ()) if row.annotation)
        return list(dict.fromkeys(row.name for row in rows))

    def _define(self, binding: ir.Binding) -> None:
        """Bind the name of a function to it, as its decorators leave it."""
        scope = self.file.model.scopes[binding.target]
        if _kind_of(scope) == "setter":
            return
        value: Folded | None = self._function_of(scope)
        for decorator in reversed(scope.decorators):
            name = last_name(_called(self.file, decorator))
            if name not in _HARMLESS and name not in _KINDS:
                made = self.folding.of(decorator)
                value = made.run((value,), {}) if isinstance(made, Function) else None
        frame = self.frame_of(binding.name, binding.scope)
        self.state.bind(frame, binding.name, Cell(value))

    def _function_of(self, scope: ir.Scope) -> Function:
        """A function of the file, with the frames that it sees."""
        frames = self.frames

        def run(
            plain: Sequence[Folded | None], named: Mapping[str, Folded | None]
        ) -> Folded | None:
            names = self.folding.parameters(scope.params, plain, named)
            return self.inlined(scope, names, frames) if names is not None else None

        return Function(run, _kind_of(scope))

    def _closure(self, function: Function) -> Function:
        """A lambda, with the frames that it sees."""
        frames, place = self.frames, self.place

        def run(
            plain: Sequence[Folded | None], named: Mapping[str, Folded | None]
        ) -> Folded | None:
            before = (self.frames, self.place)
            self.frames, self.place = frames, place
            try:
                return function.run(plain, named)
            finally:
                self.frames, self.place = before

        return Function(run)

    def _method(self, value: Folded, name: str) -> Function | None:
        """A special method of an object."""
        return self.objects.method(value, name)

    def _store(self, row: ir.Store) -> None:
        if row.value is None and row.added is not None:
            target: Expr = row.target
            value = self.folding.added([target, row.added])
            self.note(value, row.target.span)
        else:
            value = self.value(row.value, row.target.span) if row.value is not None else None
        if isinstance(row.target, ir.Attribute):
            if self.function(row.target) == _ENVIRONMENT:  # `os.environ |= …`
                self._update_environment(value)
                return
            found = self.place_of(row.target)
            if found is not None:
                self.state.bind(*found, Cell(value))
            return
        self.put_item(row.target, value, is_deleted=row.deleted)

    def _update_environment(self, value: Folded | None) -> None:
        held = self._environment.value
        is_known = isinstance(held, Mapping) and isinstance(value, Mapping)
        self.state.put(self._environment, {**held, **value} if is_known else {})  # type: ignore[dict-item]

    def put_item(self, target: ir.Subscript, value: Folded | None, *, is_deleted: bool) -> None:
        """Put a value under an index, or delete what is there."""
        named = self._effects.namespace(target.value)
        index = self.index(target.index)
        if named is not None:
            if isinstance(index, str):
                self.state.bind(named, index, Cell(value))
            return
        base = self.target(target.value)
        if base is not None:
            known = value is not None or is_deleted
            self.change(
                base,
                lambda held: (
                    with_item(self.folding.budget, held, index, value)
                    if known and index is not None
                    else None
                ),
            )

    def index(self, expr: Expr) -> Folded | slice | None:
        """An index, or the bounds of a slice."""
        return (
            self.folding.bounds(expr) if isinstance(expr, ir.Opaque) else self.folding.of(expr)
        )

    def change(
        self, target: Target, change: Callable[[Folded], Folded | None]
    ) -> Folded | None:
        """Change the value at a target, and so those around it; unknown where the change is."""
        values: list[Folded | None] = [target.cell.value]
        for index in target.path:
            values.append(item_of(values[-1], index))
        made = change(values[-1]) if values[-1] is not None else None
        for index, held in zip(reversed(target.path), reversed(values[:-1]), strict=True):
            made = (
                with_item(self.folding.budget, held, index, made)
                if made is not None and held is not None
                else None
            )
        self.state.put(target.cell, made)
        return made

    def argument(self, expr: Expr, span: Span | None = None) -> Folded | None:
        """What an argument is: a value, or a function that is handed on."""
        value = self.value(expr, span)
        return value if value is not None else self.folding.argument(expr)

    def parent_object(self) -> Folded | None:
        """What `super()` is in the method that is running: the object, whose class begins at its bases."""
        frame = self.frame
        scope = self.file.model.scopes[frame.scope]
        cls = self._classes.get(scope.parent)
        cell = frame.cells.get(scope.params[0].name) if scope.params else None
        if cls is None or cell is None or not isinstance(cell.value, Instance):
            return None
        return Instance(Class(Frame(-1), cls.bases, (), ()), cell.value.frame)

    def set_attribute(self, owner: Expr, name: str, value: Folded | None) -> None:
        """`setattr(owner, name, value)`."""
        found = self.place_of(ir.Attribute(owner, name, NOWHERE, NOWHERE))
        if found is not None:
            self.state.bind(*found, Cell(value))

    def get_attribute(self, owner: Expr, name: str) -> Folded | None:
        """`getattr(owner, name)`."""
        return self.folding.of(ir.Attribute(owner, name, NOWHERE, NOWHERE))

    def attribute(self, expr: ir.Attribute) -> Cell | None:
        """The cell of an attribute of a name."""
        owner = self.folding.of(expr.value)
        if isinstance(owner, Object):
            return self.objects.attribute(owner, expr.name)
        if self.function(expr) == _ENVIRONMENT:
            return self._environment
        found = self.attribute_of(expr)
        return found[0].cells.get(found[1]) if found is not None else None

    def place_of(self, expr: ir.Attribute) -> tuple[Frame, str] | None:
        """Where the cell of an attribute is kept: by the object, or by the path where that is not known."""
        owner = self.folding.of(expr.value)
        if isinstance(owner, (Class, Instance)):
            return owner.frame, expr.name
        return self.attribute_of(expr)

    def target(self, expr: Expr) -> Target | None:
        """Where the collection lies that an expression stands for, to change it there."""
        if isinstance(expr, ir.Subscript):
            base, index = self.target(expr.value), self.index(expr.index)
            return (
                base and index is not None and Target(base.cell, (*base.path, index))
            ) or None
        cell = self._known(expr)
        return Target(cell) if cell is not None else None

    def _known(self, expr: Expr) -> Cell | None:
        if isinstance(expr, ir.Name):
            cell = self.cell_of(expr)
            return (
                self._environment
                if cell is None and self.function(expr) == _ENVIRONMENT
                else cell
            )
        return self.attribute(expr) if isinstance(expr, ir.Attribute) else None

    # -- what folding asks -------------------------------------------------------------------------------------------

    def value(self, expr: Expr, span: Span | None = None) -> Folded | None:
        """What an expression is; a text that it makes is noted."""
        value = self.folding.of(expr)
        if not isinstance(expr, (ir.Name, ir.Attribute, ir.Text, ir.Bytes)):
            self.note(value, self._spans.get(expr) or span or span_of(self.file, expr))
        return value

    def note(self, value: Folded | None, span: Span | None) -> None:
        """Keep a text that was made, and its place."""
        if isinstance(value, str) and span is not None and has_part(value):
            self.made[Made(value, span)] = None

    def _given(self, expr: Expr) -> Collection | None:
        """What statements have given a name or attribute; None where they have not."""
        cell = self._known(expr)
        return Collection(cell.value) if cell is not None else None

    def _text(self, expr: Expr) -> str | None:
        text = self._resolver.text(expr)
        if text is not None:
            self.given.add(text)
        return text

    def _collection(self, expr: Expr) -> Collection:
        found = self._resolver.collection(expr)
        self.given.update(found.texts)
        return found

    @property
    def _resolver(self) -> Resolver:
        return self._values.resolver(self.file, self.place)

    def function(self, expr: Expr) -> str | None:
        """The qualified name of what comes from outside of the project."""
        root = expr
        while isinstance(root, ir.Attribute):
            root = root.value
        if isinstance(root, ir.Name) and self.find(root.id, self.place.scope) is not None:
            return None
        return self._resolver.function(expr)

    @property
    def environment(self) -> Cell:
        """What the program has put into its environment."""
        return self._environment

    # -- calls of functions of the file ------------------------------------------------------------------------------

    def callee(self, func: Expr) -> Function | None:
        """The function or class of this file that is called."""
        value = self.folding.of(func)
        if isinstance(value, Class):
            cls = value
            return Function(lambda plain, named: self.objects.construct(cls, plain, named))
        if isinstance(value, Instance):
            return self.objects.method(value, "__call__")
        return value if isinstance(value, Function) else None

    def inlined(
        self,
        scope: ir.Scope,
        names: Mapping[str, Folded | None],
        frames: Mapping[int, Frame],
    ) -> Folded | None:
        """What a function returns, or yields one by one, whose parameters stand for these values."""
        number = self.file.model.blocks[scope.block].scope
        if self._depth >= INLINED:
            return None
        before = (self.frames, self._results, self.place, self.folding.names)
        known = self._effects.known
        frame = Frame(number)
        frame.cells = {name: Cell(value) for name, value in names.items()}
        self.frames = {**frames, number: frame}
        self._results, self.folding.names = [], {}
        self._depth += 1
        try:
            flow = self._block(scope.block, number)
            results = self._results
        finally:
            self._depth -= 1
            self.frames, self._results, self.place, self.folding.names = before
            self._effects.known = known
        if flow is Flow.UNSURE or None in results:
            return None
        given = [value for value in results if value is not None]
        if scope.is_generator:
            return tuple(given)
        return given[0] if len(given) == 1 else None if given else NOTHING


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


def item_of(value: Folded | None, index: Folded | slice) -> Folded | None:
    """What a collection has under an index."""
    if isinstance(value, Mapping):
        return value.get(index) if isinstance(index, (str, int)) else None
    if (
        isinstance(value, tuple)
        and isinstance(index, int)
        and -len(value) <= index < len(value)
    ):
        return value[index]
    return None


def _kind_of(scope: ir.Scope) -> str:
    """How a class hands a function out."""
    kinds = [
        _KINDS.get(part.name if isinstance(part, ir.Attribute) else getattr(part, "id", ""))
        for part in scope.decorators
    ]
    return next((kind for kind in kinds if kind is not None), "method")


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


def _called(file: File, expr: Expr) -> Expr:
    return file.model.calls[expr.site].func if isinstance(expr, ir.CallRef) else expr
