"""Functions and classes of a program whose statements are run on constants: their values, and what calls return."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.model import Expr
from lint_langsmith.analysis.limits import INLINED
from lint_langsmith.analysis.project.file import File, last_name
from lint_langsmith.analysis.values.constants import OverBudgetError
from lint_langsmith.analysis.values.folded import NOTHING, Folded, Function
from lint_langsmith.analysis.values.program_objects import Class, Instance
from lint_langsmith.analysis.values.program_places import Places
from lint_langsmith.analysis.values.program_state import Cell, Frame
from lint_langsmith.analysis.values.statements import Flow

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


class Definitions(Places, abc.ABC):
    """The functions and classes of one file, as values."""

    def __init__(self, values: Evaluation, file: File) -> None:
        """`values` answers for names that the file gets from elsewhere."""
        super().__init__(values, file)
        self._results: list[Folded | None] = []
        self._depth = 0
        # The classes that were made, by their scopes, and an object of each for its methods that nobody calls.
        self._classes: dict[int, Class] = {}
        self._examples: dict[int, Instance] = {}

    @abc.abstractmethod
    def _block(self, block: int, scope: int, first: int = 0) -> Flow:
        """Run the statements of a block (`constant_propagation.py`)."""

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

    def parent_object(self) -> Folded | None:
        """What `super()` is in the method that is running: the object, whose class begins at its bases."""
        frame = self.frame
        scope = self.file.model.scopes[frame.scope]
        cls = self._classes.get(scope.parent)
        cell = frame.cells.get(scope.params[0].name) if scope.params else None
        if cls is None or cell is None or not isinstance(cell.value, Instance):
            return None
        return Instance(Class(Frame(-1), cls.bases, (), ()), cell.value.frame)

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

    # -- calls -------------------------------------------------------------------------------------------------------

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


def _kind_of(scope: ir.Scope) -> str:
    """How a class hands a function out."""
    kinds = [
        _KINDS.get(part.name if isinstance(part, ir.Attribute) else getattr(part, "id", ""))
        for part in scope.decorators
    ]
    return next((kind for kind in kinds if kind is not None), "method")


def _called(file: File, expr: Expr) -> Expr:
    return file.model.calls[expr.site].func if isinstance(expr, ir.CallRef) else expr
