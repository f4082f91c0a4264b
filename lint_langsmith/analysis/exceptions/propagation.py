"""One exception on its way: from what it waits in to where it comes up, and outwards to where it is caught or ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from lint_langsmith.analysis.entry_points.entry_points import Entry
from lint_langsmith.analysis.entry_points.frameworks import Role
from lint_langsmith.analysis.exceptions import uses
from lint_langsmith.analysis.exceptions.deferred import HANDING_OUT, RELEASES, Held, Layers, Passing, holds, passed
from lint_langsmith.analysis.exceptions.handlers import Guards, Met, Missed, own_nature
from lint_langsmith.analysis.exceptions.raised import Thrown, Verdict
from lint_langsmith.analysis.exceptions.retry_outcome import makes_retrying
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Place, Placed
from lint_langsmith.analysis.stack import StackExhaustedError, on_new_stack
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.analysis.values.call_graph import instances, property_reads
from lint_langsmith.analysis.values.evaluator import PROPERTIES, Bound, ClassRef, FunctionRef, Member, Symbol, Value
from lint_langsmith.findings import Span

if TYPE_CHECKING:
    from lint_langsmith.analysis.exceptions.outcome import Flow
    from lint_langsmith.analysis.values.evaluator import Evaluator

# A coroutine of a function that gives a generator is two.
_MAX_LAYERS: Final = 8
# Calls on one stack, each with up to ten frames of Python's; see `stack.py`.
_MAX_LEVELS: Final = 200
_NO_USE: Final = ir.Use("other")
_GROUPS: Final = frozenset({"asyncio.TaskGroup.create_task", "anyio.create_task_group.start_soon"})
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


class Point(NamedTuple):
    """Where an exception comes up.

    `handed_on` marks a lazy result that the function returns instead of using; `grouped` what comes up in an exception
    group, where a task group ends.
    """

    file: File
    scope: int
    block: int
    order: int
    span: Span
    handed_on: bool = False
    grouped: bool = False


class Step(NamedTuple):
    """A call on the way of an exception, as its author reads it, and where it stands.

    The first step of a way that begins in a function of the project is that function, where it is defined.
    """

    label: str
    file: File
    span: Span
    block: int


# The last step, and those before it.
_Path: TypeAlias = "tuple[Step, _Path] | None"


class Escape(NamedTuple):
    """A way out: what runs it, the steps from there to the raise, and the handlers on it that can't catch.

    `thrown` is what comes out in the end: a retry mechanism may have put the exception into one of its own.
    """

    entry: Entry
    path: tuple[Step, ...]
    missed: tuple[Missed, ...]
    thrown: Thrown


class Trail(NamedTuple):
    """What an exception has met so far.

    `label` names what raises when it comes up next; `returns` are the functions of the project into which it was
    carried as an argument, each with the call to which it goes back; `left` is true once it has left a function.
    """

    label: str
    thrown: Thrown
    path: _Path = None
    missed: tuple[Missed, ...] = ()
    returns: tuple[tuple[FunctionRef, Held], ...] = ()
    left: bool = False

    def way_back(self, function: FunctionRef) -> Held | None:
        """The call of a function to which the exception returns, where it came into the function by that call."""
        return next((held for entered, held in self.returns if entered == function), None)

    def into(self, function: FunctionRef, call: Held) -> Trail:
        """The trail within a function that gets the exception as an argument.

        A function that hands it on to itself returns, in the end, to the call by which it came in.
        """
        return self if self.way_back(function) is not None else self._replace(returns=(*self.returns, (function, call)))

    def out_of(self, function: FunctionRef) -> Trail:
        """The trail behind the return to the call of a function: what was called in it is done."""
        entered = [function for function, _ in self.returns]
        return self._replace(returns=self.returns[: entered.index(function)])

    def steps(self) -> tuple[Step, ...]:
        """The calls on the way, the outermost first."""
        found: list[Step] = []
        path = self.path
        while path is not None:
            step, path = path
            found.append(step)
        return tuple(found)


class Walk:
    """Follows one exception; remembers where it has been."""

    def __init__(self, values: Evaluator, flow: Flow) -> None:
        self._values = values
        self._guards: Guards = flow.guards
        self._entries = flow.entries
        self._commands = flow.commands
        self._framework_handlers = flow.framework_handlers
        self._seen: set[tuple[object, ...]] = set()
        # The functions that are being left, by their numbers from the raise outwards; the numbers of those to which
        # ways led back; and how many ways came to an end of some kind.
        self._leaving: dict[FunctionRef, int] = {}
        self._led_back: list[int] = []
        self._ended = 0
        self._most_steps = flow.most_steps
        self._levels = 0
        self._lost = False
        self.points: list[Point] = []
        self.escapes: list[Escape] = []
        self.caught: list[Missed] = []
        self.held: list[Missed] = []
        self.unsure = False
        self.handed_out = False

    # -- what it waits in --------------------------------------------------------------------------------------------

    def carry(self, held: Held, trail: Trail) -> None:
        """Follow a value to where it raises."""
        if len(self._seen) > self._most_steps:
            self.unsure = True
        elif self._levels < _MAX_LEVELS:
            self._levels += 1
            try:
                self._carry(held, trail)
            finally:
                self._levels -= 1
        else:
            self._carry_on_new_stack(held, trail)

    def _carry_on_new_stack(self, held: Held, trail: Trail) -> None:
        levels, self._levels = self._levels, 0
        try:
            on_new_stack(self.carry, held, trail)
        except StackExhaustedError:
            self.unsure = True
        finally:
            self._levels = levels

    def _carry(self, held: Held, trail: Trail) -> None:
        if not held.layers:
            self._raised(held, trail)
            return
        if len(held.layers) > _MAX_LAYERS:  # what goes round and round, and waits once more each time
            self._lost = True
            return
        if not self._is_new("carry", held.file.relative, held.place, held.use, held.layers, trail.returns):
            return
        first, use = held.layers[0], held.use
        if first == "error" and held.is_raised:
            self._raised(held, trail)
        elif use.kind in RELEASES[first]:
            self._release(held, trail)
        elif first == "each" and use.kind in HANDING_OUT:
            self._hand_out(held, trail)
        elif use.kind == "generator" and use.outer is not None:
            self.carry(_scope_held(held.file, use.outer, (first,)), trail)
        elif use.kind == "argument" and use.outer is not None:
            self._pass(held, use.outer, trail)
        elif use.kind in {"return", "yield"}:
            self._hand_on(held, trail)
        elif use.kind in {"assign", "with", "async-with"}:
            self._named(held, trail)
        elif use.kind in {"element", "star"} and use.inside is not None:
            self._inside(held, use.inside, trail)
        elif first == "each" and use.kind == "subscript" and (taken := [*uses.items(held)]):
            for item in taken:
                self.carry(item, trail)
        elif use.kind == "store":
            self._stored(held, trail)
        elif use.kind == "receiver" and (taken_by := uses.of_method(held)) is not None:
            self.carry(taken_by, trail)
        elif use.kind not in {"statement", "format", "receiver"} or (
            use.kind == "receiver" and "callable" in held.layers
        ):
            self._lost = True

    def _is_new(self, *key: object) -> bool:
        known = key in self._seen
        self._seen.add(key)
        return not known

    def _release(self, held: Held, trail: Trail) -> None:
        rest, use = held.layers[1:], held.use
        if use.kind == "callee" and use.outer is not None:
            self.carry(uses.call_held(held.file, use.outer, rest), trail)
        elif rest:
            row = held.file.model.calls[held.expr.site] if isinstance(held.expr, ir.CallRef) else None
            awaited = row.awaited_use if row is not None else None
            self.carry(held._replace(layers=rest, use=awaited or _NO_USE), trail)
        else:
            self._raised(held, trail)

    def _inside(self, held: Held, inside: ir.Use, trail: Trail) -> None:
        """A value that is put into a collection, or a collection whose content is."""
        if inside.kind == "unpack":
            # `a, b = first(), second()`: each name has a value of its own.
            for binding in held.file.model.bindings:
                if binding.via == "direct" and binding.value == held.expr:
                    self._bound(held, binding, held.layers, trail)
        layers = held.layers if held.use.kind == "star" else ("each", *held.layers)
        self.carry(held._replace(layers=layers, use=inside), trail)

    def _hand_out(self, held: Held, trail: Trail) -> None:
        """What is in a collection gets the name of a loop's variable."""
        for binding in held.file.model.bindings:
            if binding.via in {"element", "entry"} and binding.value is not None and holds(binding.value, held.expr):
                self._bound(held, binding, held.layers[1:], trail)

    def _named(self, held: Held, trail: Trail) -> None:
        for binding in held.file.model.bindings:
            if binding.name in held.use.names and binding.value is not None and holds(binding.value, held.expr):
                self._bound(held, binding, held.layers, trail)

    def _bound(self, held: Held, binding: ir.Binding, layers: Layers, trail: Trail) -> None:
        """The uses of a name that stands for the value."""
        self._uses(held.file, binding.name, (binding,), layers, trail)

    def _uses(self, file: File, name: str, bindings: Sequence[ir.Binding], layers: Layers, trail: Trail) -> None:
        for held in uses.of_name(file, name, bindings, layers):
            self.carry(held, trail)

    def _stored(self, held: Held, trail: Trail) -> None:
        """`self.job = value` and `jobs[name] = value`: what it is taken from there."""
        for store in held.file.model.stores:
            if holds(store.value, held.expr):
                self._kept(held.file, store.target, held.file.place(store), held.layers, trail)

    def _kept(self, file: File, target: ir.Expr, place: Placed, layers: Layers, trail: Trail) -> None:
        """A name, an attribute or an item of a collection holds the value from now on."""
        if isinstance(target, ir.Name):
            self._uses(file, target.id, lookup(file, target.id, place), layers, trail)
        elif isinstance(target, ir.Subscript):
            self._kept(file, target.value, place, ("each", *layers), trail)
        elif isinstance(target, ir.Attribute) and (
            found := [*uses.of_attribute(self._values, file, target, place, layers)]
        ):
            for held in found:
                self.carry(held, trail)
        else:
            self._lost = True

    # -- calls that get it -------------------------------------------------------------------------------------------

    def _pass(self, held: Held, site: int, trail: Trail) -> None:
        file = held.file
        call = file.model.calls[site]
        found = next(((at, arg) for at, arg in enumerate(call.args) if holds(arg.value, held.expr)), None)
        if found is None:
            self._lost = True
            return
        position, argument = found
        callees = self._values.callee(file, site)
        own = [callee.function if isinstance(callee, Bound) else callee for callee in callees]
        targets = [callee for callee in own if isinstance(callee, FunctionRef)]
        for target in targets:
            self._enter(held, site, target, position, trail)
        if targets:
            return
        names = {_qualified(callee) for callee in callees}
        role = self._entries.registration(file, site) if held.layers[0] == "callable" else None
        if role is not None:
            self._registered(held, role, trail)
        elif names & _GROUPS:
            self._grouped(held, call, trail)
        elif any(isinstance(callee, ClassRef) for callee in callees) and held.layers[0] != "callable":
            self._lost = True
        elif held.layers[0] == "callable":
            self._called_there(held, site, Passing(names, call, position, argument, held.layers), callees, trail)
        else:
            self._affected(held, site, Passing(names, call, position, argument, held.layers), trail)

    def _called_there(self, held: Held, site: int, passing: Passing, callees: Sequence[Value], trail: Trail) -> None:
        """A function gets to a call of a library, which may try it again until it gives up."""
        verdict, thrown = self._guards.exhaustion.of_call(held.file, passing.call, callees, trail.thrown)
        trail = trail._replace(thrown=thrown)
        if verdict != "no":
            self._ended += 1
            self.unsure = self.unsure or verdict == "unsure"
        elif makes_retrying(callees):
            self.carry(uses.call_held(held.file, site, held.layers), trail)
        else:
            self._affected(held, site, passing, trail)

    def _affected(self, held: Held, site: int, passing: Passing, trail: Trail) -> None:
        """What a call of a library does with the value."""
        effect = passed(passing)
        if effect.what == "raises":
            self._raised(held, trail)
        elif effect.what == "gives":
            self.carry(uses.call_held(held.file, site, effect.layers), trail)
        elif effect.what == "adds" and isinstance(passing.call.func, ir.Attribute):
            # `tasks.append(value)`: a collection holds it from now on.
            self._kept(held.file, passing.call.func.value, held.file.place(passing.call), effect.layers, trail)
        else:
            self._ended += 1

    def _registered(self, held: Held, role: Role, trail: Trail) -> None:
        """Something that is called by a thread or a framework: what it raises ends there."""
        self._ended += 1
        if role == "caught":
            return
        if not trail.left:
            self.points.append(_point(held))
        step = Step(trail.label, held.file, held.span, held.place.block)
        self._begin(Entry(role, held.file, certain=True), trail._replace(path=(step, trail.path)))

    def _begin(self, entry: Entry, trail: Trail, function: FunctionRef | None = None) -> None:
        """A way out that begins with a framework, in `function`, unless the framework catches the exception."""
        served = function is not None and self._entries.declared.makes_graph(function)
        if entry.kind == "agent" and not served and self._runs_may_catch(trail.thrown):
            # Which of them runs this function can't be told.
            self.unsure = True
        elif not self._framework_handlers.catches(entry.kind, trail.thrown.outer, function):
            self.escapes.append(Escape(entry, trail.steps(), trail.missed, trail.thrown))

    def _runs_may_catch(self, thrown: Thrown) -> bool:
        runs = self._entries.agent_runs()
        return any(self._guards.local(file, call.block, thrown).verdict != "no" for file, call in runs)

    def _grouped(self, held: Held, call: ir.Call, trail: Trail) -> None:
        """A task of a group: what it raises leaves the group's `async with`, in an exception group."""
        file = held.file
        base = call.func.value if isinstance(call.func, ir.Attribute) else None
        bindings = lookup(file, base.id, file.place(call)) if isinstance(base, ir.Name) else ()
        managers = [binding.value for binding in bindings if binding.kind == "with"]
        for row in file.model.withs:
            if any(manager in managers for manager, _ in row.items):
                block = file.model.blocks[row.body]
                place = Place(block.scope, block.parent, row.order)
                grouped = trail._replace(thrown=trail.thrown._replace(grouped=True))
                self._raised(held._replace(place=place, layers=()), grouped)

    def _enter(self, held: Held, site: int, target: FunctionRef, position: int, trail: Trail) -> None:
        """A function of the project gets the value: what it does with its parameter counts."""
        scope = target.file.model.scopes[target.scope]
        inner = trail.into(target, uses.call_held(held.file, site, ()))
        for param in scope.params:
            argument = self._values.call_graph.argument(held.file, site, target, param.name)
            if argument is not None and holds(argument, held.expr):
                self._parameter(target, param.name, held.layers, inner)
                return
        rest = next((param.name for param in scope.params if param.stars == 1), None)
        keyword = held.file.model.calls[site].args[position].keyword
        if rest is not None and keyword is None:
            self._parameter(target, rest, ("each", *held.layers), inner)
        else:
            self._raised(held, trail)

    def _parameter(self, target: FunctionRef, name: str, layers: Layers, trail: Trail) -> None:
        bindings = target.file.bindings.get((target.scope, name), ())
        self._uses(target.file, name, tuple(row for row in bindings if row.kind == "parameter"), layers, trail)

    # -- where it comes up -------------------------------------------------------------------------------------------

    def _raised(self, held: Held, trail: Trail) -> None:
        """The exception comes up where `held` is used."""
        if not trail.left:
            self.points.append(_point(held)._replace(grouped=trail.thrown.grouped))
        step = Step(trail.label, held.file, held.span, held.place.block)
        self._leave(held.file, held.place.block, trail._replace(path=(step, trail.path)))

    def _leave(self, file: File, block: int, trail: Trail) -> None:
        """Follow the exception out of a function, to where it is caught or ends the program."""
        found = self._guards.local(file, block, trail.thrown)
        self.held.extend(found.held)
        if found.caught_by is not None:
            self.caught.append(found.caught_by)
        self.unsure = self.unsure or found.verdict == "unsure"
        if found.verdict != "no":
            self._ended += 1
            return
        trail = trail._replace(missed=(*trail.missed, *found.missed), thrown=found.thrown)
        scope = file.model.scopes[found.scope]
        if found.scope == 0:
            self._ended += 1
            self.escapes.append(Escape(self._entries.module(file, block), trail.steps(), trail.missed, trail.thrown))
        elif scope.kind == "comprehension":
            self._expression(file, found.scope, trail)
        else:
            self._function(FunctionRef(file, found.scope), trail)

    def _expression(self, file: File, scope: int, trail: Trail) -> None:
        """A generator expression raises where it is gone through."""
        if not trail.left:
            self.points.pop()
        is_async = any(read.use == ir.Use("await") and read.scope == scope for read in file.model.reads)
        layers: Layers = ("async-iterator",) if is_async else ("iterator",)
        self.carry(_scope_held(file, scope, layers), trail._replace(path=trail.path and trail.path[1]))

    def _function(self, function: FunctionRef, trail: Trail) -> None:
        back = trail.way_back(function)
        if not self._is_new("function", function, back, trail.thrown):
            if function in self._leaving:
                self._led_back.append(self._leaving[function])
            else:
                self._ended += 1
            return
        met = Met.none()
        verdict, thrown = self._decorated(function, trail.thrown, met)
        self.held.extend(met.held)
        self.unsure = self.unsure or verdict == "unsure"
        if verdict != "no":
            self._ended += 1
            return
        trail = trail._replace(missed=(*trail.missed, *met.missed), thrown=thrown)
        outer = trail._replace(label=f"{function_name(function)}()", left=True)
        nature = self._guards.nature(function)
        if back is not None:
            self.carry(back._replace(layers=nature), outer.out_of(function))
        else:
            self._out_of(function, nature, trail, outer)

    def _out_of(self, function: FunctionRef, nature: Layers, trail: Trail, outer: Trail) -> None:
        """Go on in what runs a function; where nothing does, or only what it runs itself, the way begins here."""
        ended, led_back = self._ended, len(self._led_back)
        self._leaving[function] = len(self._leaving)
        followed = self._onwards(function, nature, outer)
        for file, row in self._commands.starts(function):
            followed = True
            self.carry(uses.call_held(file, file.model.calls.index(row), ()), outer)
        number = self._leaving.pop(function)
        loops = self._led_back[led_back:] if self._ended == ended else []
        entry = self._framework_handlers.entry(function, trail.thrown.outer)
        if entry is not None and entry.kind == "cli" and followed:
            entry = entry._replace(certain=False)
        begins = entry is not None and (entry.certain or loops or not followed)
        if begins and not entry.certain and loops and min(loops) < number:  # type: ignore[union-attr]
            return
        del self._led_back[led_back:]
        self._ended += 1
        if entry is not None and begins and (entry.certain or not self._is_never_called(function)):
            self._begin(entry, trail._replace(path=(_definition(function), trail.path)), function)

    def _decorated(self, function: FunctionRef, thrown: Thrown, met: Met) -> tuple[Verdict, Thrown]:
        verdict, thrown = self._guards.decorators(function, own_nature(function), thrown, met)
        if verdict == "no" and self._group_catches(function, thrown):
            return "yes", thrown
        return verdict, thrown

    def _group_catches(self, function: FunctionRef, thrown: Thrown) -> bool:
        """Whether the group class of a command line wraps `super().invoke(ctx)` in a handler."""
        for cls in self._commands.group_classes(function):
            file = cls.file
            for site in (*file.calls_by_name.get("invoke", ()), *file.calls_by_name.get("main", ())):
                row = file.model.calls[site]
                method = file.model.scopes[file.function_of(row.scope)]
                if method.parent == cls.scope and self._guards.local(file, row.block, thrown).verdict == "yes":
                    return True
        return False

    def _hand_on(self, held: Held, trail: Trail) -> None:
        """A value that a function returns, or yields, raises where its callers use it."""
        function = FunctionRef(held.file, held.file.function_of(held.place.scope))
        back = trail.way_back(function)
        if not self._is_new("hand on", function, back, held.layers):
            return
        if not trail.left and "error" not in held.layers:
            self.points.append(_point(held)._replace(handed_on=True))
        layers: Layers = ("each", *held.layers) if held.use.kind == "yield" else held.layers
        if held.file.model.scopes[function.scope].is_async and held.use.kind == "return":
            layers = ("awaitable", *layers)
        step = Step(trail.label, held.file, held.span, held.place.block)
        outer = trail._replace(label=f"{function_name(function)}()", path=(step, trail.path))
        if back is not None:
            self.carry(back._replace(layers=layers), outer.out_of(function))
        elif not self._onwards(function, layers, outer):
            self.handed_out = True
            self._lost = self._lost or layers[0] == "callable"

    # -- who runs a function -----------------------------------------------------------------------------------------

    def _onwards(self, function: FunctionRef, layers: Layers, trail: Trail) -> bool:
        """Go on in everything that runs a function; `layers` is how its calls raise; false for nothing."""
        sure, maybe = self._values.call_graph.of(function)
        references = [*self._references(function)]
        reads, made = [*self._reads(function)], [*self._instances(function)]
        for file, site in sure or (() if references else maybe):
            self.carry(uses.call_held(file, site, layers), trail)
        followed = bool(sure or (maybe and not references) or reads or made)
        for held in reads:
            self.carry(held._replace(layers=layers), trail)
        for held in made:
            inner = layers if held.layers == ("callable",) else ()
            self.carry(held._replace(layers=(*held.layers, *inner)), trail)
        for held in references:
            lost, self._lost = self._lost, False
            self.carry(held._replace(layers=(*held.layers, *layers)), trail)
            followed = followed or not self._lost
            self._lost = lost
        return followed

    def _references(self, function: FunctionRef) -> Iterator[Held]:
        """Where a function is a value: passed on, named anew, put into a collection."""
        scope = function.file.model.scopes[function.scope]
        if scope.kind == "lambda":
            if not self._is_registration(function.file, scope.use or _NO_USE, function):
                yield _scope_held(function.file, function.scope, ("callable",))
            return
        for file in self._values.call_graph.possible(function.file, scope.name):
            for read in file.reads_by_name.get(scope.name, ()):
                held = Held(file, ir.Name(read.name, read.span), read.use, file.place(read), read.span, ("callable",))
                if self._refers(held, function):
                    yield held
            for load in file.loads_by_attribute.get(scope.name, ()):
                held = Held(file, load.expr, load.use, file.place(load), load.expr.span, ("callable",))
                if self._refers(held, function):
                    yield held

    def _refers(self, held: Held, function: FunctionRef) -> bool:
        """Whether an expression gives a function as a value, other than to call it or to hand it to a framework."""
        if held.use.kind in {"decorator", "callee"} or self._is_registration(held.file, held.use, function):
            return False
        values = self._values.of(held.file, held.expr, held.place)
        return any((value.function if isinstance(value, Bound) else value) == function for value in values)

    def _reads(self, function: FunctionRef) -> Iterator[Held]:
        """Where a property is read that the function computes."""
        if any(name in PROPERTIES for name in self._values.decorator_names(function)):
            for file, read in property_reads(function, self._values):
                place = Place(read.scope, read.block, read.order)
                yield Held(file, read.expr, _NO_USE, place, read.expr.name_span, ())

    def _is_registration(self, file: File, use: ir.Use, function: FunctionRef) -> bool:
        """Whether a function is handed to a framework, which is an entry point of its own."""
        while use.inside is not None:
            use = use.inside
        if use.kind != "argument" or use.outer is None:
            return False
        return self._entries.registration(file, use.outer, function) is not None

    def _instances(self, function: FunctionRef) -> Iterator[Held]:
        """For a method that Python itself calls: the instances of its class, where they are made."""
        scope = function.file.model.scopes[function.scope]
        if scope.name in _SPECIAL and function.file.model.scopes[scope.parent].kind == "class":
            for file, site in instances(function, self._values):
                yield uses.call_held(file, site, _SPECIAL[scope.name])

    def _is_never_called(self, function: FunctionRef) -> bool:
        """A function within a function that is only defined: nothing outside can get at it."""
        file = function.file
        scope = file.model.scopes[function.scope]
        within = file.model.scopes[scope.parent].kind in {"function", "lambda"}
        return within and not scope.decorators and not any(True for _ in self._references(function))


def _qualified(value: Value) -> str:
    """The name of what is called; empty for what has none."""
    if isinstance(value, Symbol):
        return value.name
    if isinstance(value, Member) and isinstance(value.receiver.cls, Symbol):
        return f"{value.receiver.cls.name}.{value.name}"
    return ""


def _scope_held(file: File, scope: int, layers: Layers) -> Held:
    """A lambda or comprehension as a value."""
    row = file.model.scopes[scope]
    parent = file.model.blocks[row.block].parent
    nothing = ir.Opaque(())
    expr = ir.Lambda(scope, nothing) if row.kind == "lambda" else ir.Comprehension("generator", scope, nothing, nothing)
    return Held(file, expr, row.use or _NO_USE, Place(row.parent, parent, row.order), row.span, layers)


def _point(held: Held) -> Point:
    return Point(held.file, held.place.scope, held.place.block, held.place.order, held.span)


def _definition(function: FunctionRef) -> Step:
    """The function that an exception leaves for good."""
    return Step(f"{function_name(function)}()", function.file, function.file.model.scopes[function.scope].span, -1)


def function_name(function: FunctionRef) -> str:
    """The dotted name of a function in its file; `<lambda>` for one without."""
    scope = function.file.model.scopes[function.scope]
    return scope.name if scope.kind == "lambda" else function.file.qualified_scope(function.scope) or scope.name
