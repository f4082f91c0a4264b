"""What runs a function: calls of it, uses of it as a value, reads of a property, objects with a special method.

Each is a value in which the exceptions of the function are deferred, at the place where the program has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.exceptions import uses
from lint_langsmith.analysis.exceptions.decorators import defined_at, wrapping_calls
from lint_langsmith.analysis.exceptions.deferred import ADDING, DeferredValue, Layers
from lint_langsmith.analysis.exceptions.states import Deferred, Move, Result
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Place, last_name
from lint_langsmith.analysis.values.abstract import ClassRef, FunctionRef, function_of
from lint_langsmith.analysis.values.attributes import PROPERTIES
from lint_langsmith.analysis.values.functions import (
    class_of,
    name_of,
    positional_names,
    uncalled,
)
from lint_langsmith.analysis.values.instances import PropertyReads, instances

if TYPE_CHECKING:
    from lint_langsmith.analysis.entry_points.entry_points import EntryPoints
    from lint_langsmith.analysis.values.evaluator import Evaluator

# Methods that Python calls: what an instance of their class raises in.
_SPECIAL: Final[dict[str, Layers]] = {
    "__call__": ("callable",),
    "__enter__": ("manager",),
    "__aenter__": ("manager",),
    "__iter__": ("iterator",),
    "__next__": ("iterator",),
    "__aiter__": ("async-iterator",),
    "__anext__": ("async-iterator",),
}


_GENERIC: Final = frozenset({"functools.singledispatch", "functools.singledispatchmethod"})


class FunctionRuns:
    """Finds what runs the functions of one project."""

    def __init__(self, values: Evaluator, entry_points: EntryPoints) -> None:
        """What is handed to a framework runs there: `entry_points` knows that."""
        self._values = values
        self._entry_points = entry_points
        self._reads = PropertyReads(values)
        self._computed_names: dict[ClassRef, Sequence[int]] = {}

    def callers(self, at: Result, most: int) -> tuple[list[Move], bool] | None:
        """Where what a function returns is used, and whether one of them surely runs it; None for more than `most`."""
        function, layers = at.function, at.layers
        sure, maybe = self._values.call_graph.of(function)
        references = [*self._references(function)]
        sure = (*sure, *self._dispatched(function))
        if not sure:
            references += self._by_computed_name(function)
        sites = sure or (() if references else maybe)
        if len(sites) > most:
            return None
        reads, objects = [*self._property_reads(function)], [*self._instances(function)]
        found = [uses.call_held(file, site, layers) for file, site in sites]
        found += [held._replace(layers=layers) for held in reads]
        for held in objects:
            inner = layers if held.layers == ("callable",) else ()
            found.append(held._replace(layers=(*held.layers, *inner)))
        label = f"{function_name(function)}()"
        moves = [Move(Deferred(held, at.thrown, at.left), label=label) for held in found]
        for held in references:
            inside = held._replace(layers=(*held.layers, *layers))
            moves.append(
                Move(Deferred(inside, at.thrown, at.left), label=label, by_reference=True)
            )
        return moves, bool(found)

    def _references(self, function: FunctionRef) -> Iterator[DeferredValue]:
        """Where a function is a value: passed on, named anew, put into a collection."""
        scope = function.file.model.scopes[function.scope]
        if scope.kind == "lambda":
            if not self._is_registration(function.file, scope.use or uses.NO_USE, function):
                yield uses.scope_held(function.file, function.scope, ("callable",))
            return
        for row in self._values.call_graph.references(function):
            if not self._is_registration(row.file, row.use, function):
                yield DeferredValue(
                    row.file, row.expr, row.use, row.place, row.expr.span, ("callable",)
                )
        yield from self._remade(function)
        yield from self._kept_by_decorators(function)

    def _remade(self, function: FunctionRef) -> Iterator[DeferredValue]:
        """Where a method of the decorated function gives it once more: `ask.retry_with(…)(…)`."""
        for file in self._values.name_users.possible(function.file, name_of(function)):
            for method in sorted(uses.REMADE):
                for site in file.calls_by_name.get(method, ()):
                    call = file.model.calls[site]
                    if isinstance(call.func, ir.Attribute) and function in self._values.of(
                        file, call.func.value, call
                    ):
                        yield uses.call_held(file, site, ("callable",))

    def _kept_by_decorators(self, function: FunctionRef) -> Iterator[DeferredValue]:
        """Where decorators of the project put the function, or what they make of it, into a table of theirs."""
        file = function.file
        for decorator in file.model.scopes[function.scope].decorators:
            for value in self._values.of(file, decorator, defined_at(function)):
                made_by = function_of(value)
                if made_by is not None:
                    yield from _kept_within(made_by)

    def _dispatched(self, function: FunctionRef) -> Iterator[tuple[File, int]]:
        """Calls of the generic function for one of whose types `@generic.register` has the function."""
        file = function.file
        for decorator in file.model.scopes[function.scope].decorators:
            func = uncalled(file, decorator)
            if isinstance(func, ir.Attribute) and func.name == "register":
                for value in self._values.of(file, func.value, defined_at(function)):
                    if isinstance(value, FunctionRef) and not _GENERIC.isdisjoint(
                        self._values.decorator_names(value)
                    ):
                        yield from self._values.call_graph.sites(value)

    def _by_computed_name(self, function: FunctionRef) -> Iterator[DeferredValue]:
        """Where a class takes a method of its own, or of what derives from it, by a name that is computed."""
        cls = class_of(function)
        for own in self._values.ancestry(cls) if cls is not None else ():
            if not isinstance(own, ClassRef):
                continue
            for site in self._computed(own):
                if _may_name(own.file.model.calls[site], name_of(function)):
                    yield uses.call_held(own.file, site, ("callable",))

    def _computed(self, cls: ClassRef) -> Sequence[int]:
        """The calls of `getattr` in the methods of a class."""
        if cls not in self._computed_names:
            file = cls.file
            by_class: dict[ClassRef, list[int]] = {cls: []}
            for site in file.calls_by_name.get("getattr", ()):
                function = file.function_of(file.model.calls[site].scope)
                within = class_of(FunctionRef(file, function))
                if within is not None:
                    by_class.setdefault(within, []).append(site)
            self._computed_names.update(by_class)
        return self._computed_names[cls]

    def _property_reads(self, function: FunctionRef) -> Iterator[DeferredValue]:
        """Where a property is read that the function computes."""
        if any(name in PROPERTIES for name in self._values.decorator_names(function)):
            for file, read in self._reads.of(function):
                place = Place(read.scope, read.block, read.order)
                yield DeferredValue(
                    file, read.expr, uses.NO_USE, place, read.expr.name_span, ()
                )

    def _is_registration(self, file: File, use: ir.Use, function: FunctionRef) -> bool:
        """Whether a function is handed to a framework, which is an entry point of its own."""
        while use.inside is not None:
            use = use.inside
        if use.kind != "argument" or use.outer is None:
            return False
        return self._entry_points.registration(file, use.outer, function) is not None

    def _instances(self, function: FunctionRef) -> Iterator[DeferredValue]:
        """For a method that Python itself calls: the instances of its class, where they are made."""
        scope = function.file.model.scopes[function.scope]
        if scope.name in _SPECIAL and function.file.model.scopes[scope.parent].kind == "class":
            for file, site in instances(function, self._values):
                yield uses.call_held(file, site, _SPECIAL[scope.name])

    def is_never_called(self, function: FunctionRef) -> bool:
        """A function within a function that is only defined: nothing outside can get at it."""
        file = function.file
        scope = file.model.scopes[function.scope]
        within = file.model.scopes[scope.parent].kind in {"function", "lambda"}
        return (
            within
            and not scope.decorators
            and not any(True for _ in self._references(function))
        )


def _may_name(call: ir.Call, name: str) -> bool:
    """Whether `getattr(self, …)` may give the method of that name."""
    if len(call.args) < 2 or last_name(call.args[0].value) not in {"self", "cls"}:
        return False
    given = call.args[1].value
    if isinstance(given, ir.Text):
        return given.value == name
    first = (
        given.left
        if isinstance(given, ir.Binary)
        else given.parts[0]
        if isinstance(given, ir.Template) and given.parts
        else None
    )
    return name.startswith(first.value) if isinstance(first, ir.Text) else name[0] != "_"


def _kept_within(decorator: FunctionRef) -> Iterator[DeferredValue]:
    """Where a decorator keeps its first argument, or a function within that calls it."""
    file = decorator.file
    taken = positional_names(decorator)[:1]
    wrappers = {file.function_of(call.scope) for call in wrapping_calls(decorator)}
    for row in file.bindings_by_function.get(decorator.scope, ()):
        is_taken = row.kind == "parameter" and row.name in taken
        if is_taken or (row.kind == "function" and row.target in wrappers):
            found = uses.of_name(file, row.name, (row,), ("callable",))
            yield from (held for held in found if _is_kept(held))


def _is_kept(held: DeferredValue) -> bool:
    """Whether a value is put into an attribute or a collection."""
    use = held.use
    while use.inside is not None:
        use = use.inside
    if use.kind != "argument" or use.outer is None:
        return use.kind == "store"
    func = held.file.model.calls[use.outer].func
    return isinstance(func, ir.Attribute) and func.name in ADDING


def function_name(function: FunctionRef) -> str:
    """The dotted name of a function in its file; `<lambda>` for one without."""
    scope = function.file.model.scopes[function.scope]
    return (
        scope.name
        if scope.kind == "lambda"
        else function.file.qualified_scope(function.scope) or scope.name
    )
