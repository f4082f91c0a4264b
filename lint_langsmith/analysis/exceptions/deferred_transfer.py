"""The transfer function of an exception that is deferred in a value: what the program does with the value.

It is raised where the value is used in the right way; until then it moves with the value: into a name, a collection,
an attribute, an argument, a result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from lint_langsmith.analysis.entry_points.entry_points import EntryPoint
from lint_langsmith.analysis.entry_points.frameworks import Role, is_streamed
from lint_langsmith.analysis.exceptions import uses
from lint_langsmith.analysis.exceptions.deferred import (
    HANDING_OUT,
    RELEASES,
    DeferredValue,
    Layers,
    Passing,
    passed,
)
from lint_langsmith.analysis.exceptions.handlers import FunctionHandlers
from lint_langsmith.analysis.exceptions.held_parts import HeldParts, holds
from lint_langsmith.analysis.exceptions.retry_outcome import makes_retrying
from lint_langsmith.analysis.exceptions.states import (
    Deferred,
    Ending,
    Entered,
    Move,
    Place,
    Point,
    Raised,
    Result,
    Transfer,
)
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.limits import LAYERS
from lint_langsmith.analysis.project import file as files
from lint_langsmith.analysis.project.file import File, Placed
from lint_langsmith.analysis.values.abstract import (
    ClassRef,
    ExternalAttribute,
    ExternalName,
    FunctionRef,
    Value,
    function_of,
)
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.analysis.values.call_arguments import passed_argument

if TYPE_CHECKING:
    from lint_langsmith.analysis.entry_points.entry_points import EntryPoints
    from lint_langsmith.analysis.exceptions.framework_ends import FrameworkEnds
    from lint_langsmith.analysis.values.evaluator import Evaluator

_ByUse: TypeAlias = "Callable[[Deferred], Transfer | None]"

_GROUPS: Final = frozenset(
    {
        "asyncio.TaskGroup.create_task",
        "anyio.create_task_group.start_soon",
        "trio.open_nursery.start_soon",
    }
)

_ERROR_GROUPS: Final = frozenset({"builtins.ExceptionGroup", "builtins.BaseExceptionGroup"})


class DeferredTransfers:
    """Follows values of one project."""

    def __init__(
        self,
        values: Evaluator,
        handlers: FunctionHandlers,
        entry_points: EntryPoints,
        ends: FrameworkEnds,
    ) -> None:
        """`entry_points` tells what is handed to a framework, `ends` what that catches."""
        self._values = values
        self._guards = handlers
        self._entry_points = entry_points
        self._ends = ends
        self._parts = HeldParts()
        self._by_use: Mapping[ir.UseKind, _ByUse] = {
            "generator": self._in_generator,
            "argument": self._passed,
            "return": self._handed_on,
            "yield": self._handed_on,
            "assign": self._named,
            "with": self._named,
            "async-with": self._named,
            "element": self._put_inside,
            "star": self._put_inside,
            "subscript": self._taken_from,
            "store": self._stored,
            "receiver": self._of_method,
        }

    # -- what it is deferred in --------------------------------------------------------------------------------------

    def of(self, at: Deferred) -> Transfer:
        """Follow a value to where it raises."""
        found = self._of(at)
        # An error that is only looked at, or gets lost, has been caught: nobody is left to raise it.
        is_kept = found.lost and "error" in at.held.layers
        return found._replace(lost=False, ended=True) if is_kept else found

    def _of(self, at: Deferred) -> Transfer:
        held = at.held
        if not held.layers:
            if isinstance(held.expr, ir.CallRef) and self._guards.is_asked_first(
                held.file, held.expr.site, at.thrown
            ):
                return Transfer(ended=True)
            return self._is_raised(at)
        if len(held.layers) > LAYERS:  # what is in a cycle, and is deferred once more each time
            return Transfer(lost=True)
        first, kind = held.layers[0], held.use.kind
        if first == "error" and held.is_raised:
            verdict = self._guards.is_raised_again(held, at.thrown)
            if verdict != "yes":
                return Transfer(ended=True, unsure=verdict == "unsure")
            return self._is_raised(at)
        if kind in RELEASES[first]:
            return self._released(at)
        if first == "each" and kind in HANDING_OUT:
            return self._moved(at, self._handed_out(held))
        by_use = self._by_use.get(kind)
        found = by_use(at) if by_use is not None else None
        return Transfer(lost=_is_lost(held)) if found is None else found

    def _moved(self, at: Deferred, further: Iterable[DeferredValue]) -> Transfer:
        """The same exception is deferred in these values from now on."""
        return Transfer(tuple(Move(at._replace(held=held)) for held in further))

    def _released(self, at: Deferred) -> Transfer:
        """The outermost layer comes off."""
        held = at.held
        rest, use = held.layers[1:], held.use
        if use.kind == "callee" and use.outer is not None:
            return self._moved(at, [uses.call_held(held.file, use.outer, rest)])
        if not rest:
            return self._is_raised(at)
        row = (
            held.file.model.calls[held.expr.site] if isinstance(held.expr, ir.CallRef) else None
        )
        awaited = row.awaited_use if row is not None else None
        return self._moved(at, [held._replace(layers=rest, use=awaited or uses.NO_USE)])

    def _in_generator(self, at: Deferred) -> Transfer | None:
        """A generator expression iterates over it."""
        held = at.held
        if held.use.outer is None:
            return None
        return self._moved(at, [uses.scope_held(held.file, held.use.outer, (held.layers[0],))])

    def _named(self, at: Deferred) -> Transfer:
        """A name stands for the value."""
        held = at.held
        names = [row for row in self._holding(held) if row.name in held.use.names]
        return self._moved(
            at, [other for row in names for other in _uses_of(held.file, row, held.layers)]
        )

    def _put_inside(self, at: Deferred) -> Transfer | None:
        """A value that is put into a collection, or a collection whose content is."""
        held, inside = at.held, at.held.use.inside
        if inside is None:
            return None
        further: list[DeferredValue] = []
        if inside.kind == "unpack":
            # `a, b = first(), second()`: each name has a value of its own.
            for row in self._holding(held):
                if row.via == "direct" and row.value == held.expr:
                    further += _uses_of(held.file, row, held.layers)
        layers = held.layers if held.use.kind == "star" else ("each", *held.layers)
        return self._moved(at, [*further, held._replace(layers=layers, use=inside)])

    def _taken_from(self, at: Deferred) -> Transfer | None:
        """An item of a collection; where one is put in or deleted, nothing is taken."""
        if at.held.layers[0] != "each":
            return None
        if not at.held.file.loads_through.get(at.held.span):
            return Transfer(ended=True)
        taken = [*uses.items(at.held)]
        return self._moved(at, taken) if taken else None

    def _of_method(self, at: Deferred) -> Transfer | None:
        """What a method gives that is called on the value."""
        taken_by = uses.of_method(at.held)
        return self._moved(at, [taken_by]) if taken_by is not None else None

    def _stored(self, at: Deferred) -> Transfer:
        """`self.job = value` and `jobs[name] = value`: what it is taken from there."""
        held = at.held
        stores = self._parts.stores(held.file, held.place.scope, held.expr)
        return Transfer.joined(
            self._kept(at, held.file, store.target, held.file.place(store), held.layers)
            for store in stores
        )

    def _holding(self, held: DeferredValue) -> Sequence[ir.Binding]:
        """The bindings of its function whose value is the expression that stands there, or has it in it."""
        return self._parts.bindings(held.file, held.place.scope, held.expr)

    def _handed_out(self, held: DeferredValue) -> Iterator[DeferredValue]:
        """What is in a collection gets the name of a loop's variable."""
        for row in self._holding(held):
            if row.via in {"element", "entry"}:
                yield from _uses_of(held.file, row, held.layers[1:])

    def _kept(
        self, at: Deferred, file: File, target: ir.Expr, place: Placed, layers: Layers
    ) -> Transfer:
        """A name, an attribute or an item of a collection holds the value from now on."""
        while isinstance(target, ir.Subscript):
            target, layers = target.value, ("each", *layers)
        if isinstance(target, ir.Name):
            return self._moved(
                at, uses.of_name(file, target.id, lookup(file, target.id, place), layers)
            )
        if isinstance(target, ir.Attribute):
            found = [*uses.of_attribute(self._values, file, target, place, layers)]
            if found:
                return self._moved(at, found)
        return Transfer(lost=True)

    def _handed_on(self, at: Deferred) -> Transfer:
        """A value that a function returns, or yields, raises where its callers use it."""
        held = at.held
        function = FunctionRef(held.file, held.file.function_of(held.place.scope))
        is_seen = at.left or "error" in held.layers
        points = () if is_seen else (_point(held)._replace(handed_on=True),)
        layers: Layers = ("each", *held.layers) if held.use.kind == "yield" else held.layers
        if held.file.model.scopes[function.scope].is_async and held.use.kind == "return":
            layers = ("awaitable", *layers)
        result = Result(function, layers, at.thrown, at.left, handed_on=True)
        return Transfer((Move(result, _place(held)),), points=points)

    # -- calls that get it -------------------------------------------------------------------------------------------

    def _passed(self, at: Deferred) -> Transfer | None:
        """The value is an argument of a call."""
        held, site = at.held, at.held.use.outer
        if site is None:
            return None
        position = self._parts.argument(held.file, site, held.expr)
        if position is None:
            return Transfer(lost=True)
        callees = self._values.callee(held.file, site)
        entered: list[Transfer] = []
        for callee in callees:
            target = function_of(callee)
            if target is not None:
                entered.append(self._enter(at, site, target, position))
        if entered:
            return Transfer.joined(entered)
        return self._passed_to_library(at, site, position, callees)

    def _enter(self, at: Deferred, site: int, target: FunctionRef, position: int) -> Transfer:
        """A function of the project gets the value: what it does with its parameter counts."""
        held = at.held
        scope = target.file.model.scopes[target.scope]
        for param in scope.params:
            argument = passed_argument(held.file, site, target, param.name)
            if argument is not None and holds(argument, held.expr):
                return _into(
                    at, site, Entered(target, param.name, held.layers, at.thrown, at.left)
                )
        rest = next((param.name for param in scope.params if param.stars == 1), None)
        if rest is not None and held.file.model.calls[site].args[position].keyword is None:
            return _into(
                at, site, Entered(target, rest, ("each", *held.layers), at.thrown, at.left)
            )
        return self._is_raised(at)

    def _passed_to_library(
        self, at: Deferred, site: int, position: int, callees: Sequence[Value]
    ) -> Transfer:
        """A call of a library, a framework or something unknown gets the value."""
        held = at.held
        call = held.file.model.calls[site]
        is_callable = held.layers[0] == "callable"
        names = {_qualified(callee) for callee in callees}
        role = self._entry_points.registration(held.file, site) if is_callable else None
        is_iterated = held.layers[0] in {"iterator", "async-iterator"}
        if is_iterated and any(map(is_streamed, names)):
            role = "route"
        if role is not None:
            return self._registered(at, role)
        if names & _GROUPS and not _left_by_group(held.layers):
            return self._grouped(at, call)
        if any(isinstance(callee, ClassRef) for callee in callees) and not is_callable:
            return Transfer(lost=True)
        if names & _ERROR_GROUPS and held.layers == ("each", "error"):
            group = uses.call_held(held.file, site, ("error",))
            return self._moved(at._replace(thrown=at.thrown.put(grouped=True)), [group])
        passing = Passing(names, call, position, call.args[position], held.layers)
        return (
            self._called_there(at, site, passing, callees)
            if is_callable
            else self._affected(at, site, passing)
        )

    def _called_there(
        self, at: Deferred, site: int, passing: Passing, callees: Sequence[Value]
    ) -> Transfer:
        """A function gets to a call of a library, which may try it again until it gives up."""
        held = at.held
        option = passing.argument.keyword
        if passing.method == "set_defaults" and option is not None:
            found = [*uses.of_option(self._values, held.file, option, held.layers)]
            return self._moved(at, found) if found else Transfer(ended=True, unsure=True)
        verdict, thrown = self._guards.exhaustion.of_call(
            held.file, passing.call, callees, at.thrown
        )
        if verdict != "no":
            return Transfer(ended=True, unsure=verdict == "unsure")
        at = at._replace(thrown=thrown)
        if makes_retrying(callees):
            return self._moved(at, [uses.call_held(held.file, site, held.layers)])
        return self._affected(at, site, passing)

    def _affected(self, at: Deferred, site: int, passing: Passing) -> Transfer:
        """What a call of a library does with the value."""
        file, effect = at.held.file, passed(passing)
        if effect.what == "raises":
            return self._is_raised(at)
        if effect.what == "gives":
            return self._moved(at, [uses.call_held(file, site, effect.layers)])
        if effect.what == "adds" and isinstance(passing.call.func, ir.Attribute):
            # `tasks.append(value)`: a collection holds it from now on.
            return self._kept(
                at, file, passing.call.func.value, file.place(passing.call), effect.layers
            )
        return Transfer(ended=True)

    def _registered(self, at: Deferred, role: Role) -> Transfer:
        """Something that is called by a thread or a framework: what it raises ends there."""
        if role == "caught":
            return Transfer(ended=True)
        held = at.held
        points = () if at.left else (_point(held),)
        ending = Ending(EntryPoint(role, held.file, certain=True), at.thrown, _place(held))
        verdict = self._ends.caught_around(ending.entry, at.thrown)
        endings = (ending,) if verdict == "no" else ()
        return Transfer(ended=True, unsure=verdict == "unsure", points=points, endings=endings)

    def _grouped(self, at: Deferred, call: ir.Call) -> Transfer:
        """A task of a group: what it raises leaves the group's `async with`, in an exception group."""
        file = at.held.file
        base = call.func.value if isinstance(call.func, ir.Attribute) else None
        bindings = lookup(file, base.id, file.place(call)) if isinstance(base, ir.Name) else ()
        managers = [binding.value for binding in bindings if binding.kind == "with"]
        grouped = at._replace(thrown=at.thrown._replace(grouped=True))
        parts: list[Transfer] = []
        for row in file.model.withs:
            if any(manager in managers for manager, _ in row.items):
                block = file.model.blocks[row.body]
                place = files.Place(block.scope, block.parent, row.order)
                parts.append(
                    self._is_raised(
                        grouped._replace(held=at.held._replace(place=place, layers=()))
                    )
                )
        return Transfer.joined(parts)

    def _is_raised(self, at: Deferred) -> Transfer:
        """The exception is raised where the value is used; in a generator expression, where that is iterated."""
        held = at.held
        around = uses.generator_around(held.file, held.place.block)
        if around is not None:
            return self._moved(at, [around])
        points = () if at.left else (_point(held)._replace(grouped=at.thrown.grouped),)
        block = held.place.block
        order = self._guards.order_that_counts(held.file, block, held.place.order)
        raised = Raised(held.file, block, at.thrown, order)
        return Transfer((Move(raised, _place(held)),), points=points)


def _into(at: Deferred, site: int, entered: Entered) -> Transfer:
    return Transfer((Move(entered, call=uses.call_held(at.held.file, site, ())),))


def _is_lost(held: DeferredValue) -> bool:
    """Whether what is done with a value may use it somewhere: not where it is thrown away, or only looked at."""
    kind = held.use.kind
    return kind not in {"statement", "format", "receiver"} or (
        kind == "receiver" and "callable" in held.layers
    )


def _uses_of(file: File, binding: ir.Binding, layers: Layers) -> Iterator[DeferredValue]:
    """The uses of a name that stands for a value."""
    return uses.of_name(file, binding.name, (binding,), layers)


def _left_by_group(layers: Layers) -> Layers:
    """What the result of a task is still deferred in, once its group has called and awaited what it was given."""
    awaited = layers[1:] if layers[0] == "callable" else layers
    return awaited[1:] if awaited[:1] == ("awaitable",) else awaited


def _qualified(value: Value) -> str:
    """The name of what is called; empty for what has none."""
    if isinstance(value, ExternalName):
        return value.name
    if isinstance(value, ExternalAttribute) and isinstance(value.receiver.cls, ExternalName):
        return f"{value.receiver.cls.name}.{value.name}"
    return ""


def _point(held: DeferredValue) -> Point:
    return Point(held.file, held.place.scope, held.place.block, held.place.order, held.span)


def _place(held: DeferredValue) -> Place:
    return Place(held.file, held.span, held.place.block)
