"""Where a 403 appears, and what it meets on its way out: handlers, suppressors, decorators, callers, frameworks.

The exception is followed (`propagation.py`) from the point where it is really raised, the call, the step of an
iterator, the `await` (`deferred.py`), outwards past handlers, context managers and decorators (`handlers.py`,
`context_managers.py`, `decorators.py`). At the end of a function it goes on in everything that the project shows to run
it. It is caught if each path meets a handler that can catch it; one that can't be followed to its end counts as
`unsure` and is no finding.
"""

from __future__ import annotations

import functools
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from lint_langsmith.analysis import limits
from lint_langsmith.analysis.entry_points.commands import Commands
from lint_langsmith.analysis.exceptions.deferred import DeferredValue, Layers
from lint_langsmith.analysis.exceptions.framework_handlers import FrameworkHandlers
from lint_langsmith.analysis.exceptions.function_exit import FunctionExit, MissedHandler
from lint_langsmith.analysis.exceptions.handlers import FunctionHandlers
from lint_langsmith.analysis.exceptions.propagation import Propagated, Propagation
from lint_langsmith.analysis.exceptions.raised import RaisedError, Verdict
from lint_langsmith.analysis.exceptions.states import Deferred, Escape, Point, Step
from lint_langsmith.analysis.exceptions.transfer import Transfers
from lint_langsmith.analysis.exceptions.unresolved import Doubt
from lint_langsmith.analysis.exceptions.uses import call_held
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.sdk_use.arguments import fails_on_arguments
from lint_langsmith.analysis.sdk_use.prompts import is_refused
from lint_langsmith.analysis.values.abstract import (
    Bound,
    ClassRef,
    FunctionRef,
    Instance,
    Table,
)
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.findings import Span
from lint_langsmith.remembered import remembered

if TYPE_CHECKING:
    from lint_langsmith.analysis.entry_points.entry_points import EntryPoints
    from lint_langsmith.analysis.sdk_use.clients import Clients
    from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall, Construction
    from lint_langsmith.analysis.values.abstract import Value, Values
    from lint_langsmith.analysis.values.evaluator import Evaluator
    from lint_langsmith.sdk.table import Method, When

# What the result of a call holds, by how the 403 of a method is raised; None where it never is.
_LAYERS: Final[Mapping[When, Layers | None]] = {
    "call": (),
    "iteration": ("iterator",),
    "await": ("awaitable",),
    "async-iteration": ("async-iterator",),
    "await-iteration": ("awaitable", "async-iterator"),
    "enter": ("manager",),
    "background": None,
    "never": None,
}


class ExceptionOutcome(NamedTuple):
    """What becomes of the exception of one call. `points` is empty where it is never raised.

    `held_by` are handlers that try again and let it go on in the last round only; `doubts` say why it is unsure;
    `taken` where a framework catches what a function of the program lets go; `dangles` where a value in which it waits,
    or a function that raises it, gets to something that is not known.
    """

    points: tuple[Point, ...]
    escapes: tuple[Escape, ...]
    unsure: bool
    caught_by: tuple[MissedHandler, ...]
    handed_out: bool = False
    held_by: tuple[MissedHandler, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    taken: bool = False
    dangles: bool = False


# The method through which all others of a client send their requests.
_SENDING: Final = "request_with_retries"
_UNSURE: Final = ExceptionOutcome((), (), unsure=True, caught_by=())


class Outcomes:
    """Follows exceptions through one project."""

    def __init__(self, values: Evaluator, clients: Clients, entry_points: EntryPoints) -> None:
        """`values` resolves names and finds callers; `clients` has the calls whose exceptions are followed."""
        self._project = values.project
        self._values = values
        self._clients = clients
        self._fates: dict[tuple[File, int], ExceptionOutcome] = {}
        self.entries = entry_points
        self.commands = Commands(values)
        self.guards = FunctionHandlers(values)
        self.framework_handlers = FrameworkHandlers(values, entry_points, self.guards)
        self._transfers = Transfers(
            values,
            self.guards,
            entry_points,
            self.commands,
            self.framework_handlers,
        )

    def fate(self, call: ApiCall) -> ExceptionOutcome:
        """What becomes of the 403 of an API call."""
        key = (call.file, call.site)
        known = self._fates.get(key)
        if known is None:
            with self._project.sources.clock.phase("flow", 1):
                known = self._project.faults.contained(
                    call.file.relative, _UNSURE, lambda: self._in_releases(call)
                )
            self._fates[key] = known
        return known

    def _in_releases(self, call: ApiCall) -> ExceptionOutcome:
        meant = self._meant(call)
        releases = [self._fate(way) for way in self.ways(meant)]
        # What a handler catches in one release and not in another is not said to be caught.
        return _common([*releases, *map(self._fate, self._store_ways(meant))])._replace(
            caught_by=_in_all([fate.caught_by for fate in releases]),
            held_by=_in_all([fate.held_by for fate in releases]),
        )

    def _meant(self, call: ApiCall) -> ApiCall:
        """The call; of a made-up method (`client.get_project`) the one of the method that it surely stands for."""
        if call.method is not None:
            return call
        owner, _, name = (
            self._project.sdk.renamed(f"{call.owner}.{call.name}") or ""
        ).rpartition(".")
        return call._replace(method=self._project.sdk.methods(owner).get(name))

    def ways(self, call: ApiCall) -> Iterator[ApiCall]:
        """The call as each release that the project may use behaves, the one that is judged first before the others."""
        yield call
        seen = {call.method.behaviour} if call.method is not None else set()
        for method in call.method.others if call.method is not None else ():
            if method.behaviour not in seen:
                seen.add(method.behaviour)
                yield call._replace(method=method)

    def _store_ways(self, call: ApiCall) -> Iterator[ApiCall]:
        """The call as a backend with the new store answers."""
        for method in (call.method, *call.method.others) if call.method is not None else ():
            if method.store_error is not None and _names_project(call):
                yield call._replace(
                    method=msgspec.structs.replace(method, error=method.store_error)
                )

    @functools.cached_property
    def most_steps(self) -> int:
        """How many steps the exception of one call is followed each time; it depends on the project alone."""
        followed = sum(map(self._times_followed, self._clients.api_calls_of_project()))
        return max(limits.LEAST_STEPS, limits.STEPS // max(1, followed))

    def _times_followed(self, call: ApiCall) -> int:
        """How often an exception is followed: once for each way in which releases and backends raise it."""
        meant = self._meant(call)
        return sum(1 for _ in itertools.chain(self.ways(meant), self._store_ways(meant)))

    def points(self, call: ApiCall) -> tuple[Point, ...]:
        """Where the 403 of an API call is raised; nothing for calls that never raise one."""
        return self.fate(call).points

    @functools.cached_property
    def missed_by_file(self) -> Mapping[str, Sequence[tuple[ApiCall, MissedHandler]]]:
        """By file, the handlers that the 403s of the whole project pass on their ways out, each with the call."""
        table: dict[str, list[tuple[ApiCall, MissedHandler]]] = defaultdict(list)
        for call in self._clients.api_calls_of_project():
            for missed in dict.fromkeys(self._passed_handlers(call)):
                table[missed.file.relative].append((call, missed))
        return dict(table)

    def _passed_handlers(self, call: ApiCall) -> Iterator[MissedHandler]:
        """The handlers that the 403 of a call surely passes on its way out, those of tests left out."""
        fate = self.fate(call)
        if fate.unsure or not fate.escapes:
            # What catches it further out is unresolved, unless it is known, or is known to end it.
            if not fate.caught_by and not fate.taken and (fate.unsure or fate.dangles):
                yield from self._passed_where_raised(call, fate.points)
            return
        for escape in fate.escapes:
            if escape.entry.kind != "test":
                yield from escape.missed

    def _passed_where_raised(
        self, call: ApiCall, points: Sequence[Point]
    ) -> tuple[MissedHandler, ...]:
        """The handlers that a 403 passes in the functions in which it is raised, whatever becomes of it further out."""
        if any(point.handed_on or point.grouped or point.file.is_test for point in points):
            return ()
        meant = self._meant(call)
        releases = [
            self.error_mro(way) for way in (*self.ways(meant), *self._store_ways(meant))
        ]
        return _in_all([self._passed_at(points, mro) for mro in dict.fromkeys(releases)])

    def _passed_at(
        self, points: Sequence[Point], mro: tuple[str, ...]
    ) -> tuple[MissedHandler, ...]:
        exits = [self.local(point.file, point.block, mro) for point in points]
        return tuple(
            missed for found in exits if found.verdict == "no" for missed in found.missed
        )

    @functools.cached_property
    def caught_by_file(self) -> Mapping[str, Mapping[MissedHandler, Sequence[ApiCall]]]:
        """By file, the handlers that catch 403s of the project, each with the calls whose 403 it catches."""
        return self._by_file(lambda fate: fate.caught_by)

    @functools.cached_property
    def held_by_file(self) -> Mapping[str, Mapping[MissedHandler, Sequence[ApiCall]]]:
        """By file, the handlers that try again and let 403s go on in the last round only, each with the calls."""
        return self._by_file(lambda fate: fate.held_by)

    @functools.cached_property
    def ending_scripts(self) -> Mapping[str, Sequence[ApiCall]]:
        """By file with a script or a command, the calls of the project whose 403 ends nothing but such programs.

        Those of the file itself come first, the others by their files' names.
        """
        table: dict[str, list[ApiCall]] = defaultdict(list)
        for call in self._clients.api_calls_of_project():
            fate = self.fate(call)
            entries = {escape.entry for escape in fate.escapes if escape.entry.kind != "test"}
            if not fate.unsure and all(entry.kind in {"script", "cli"} for entry in entries):
                for name in sorted({entry.file.relative for entry in entries}):
                    table[name].append(call)
        for program, calls in table.items():
            calls.sort(key=functools.partial(_rank_in, program))
        return dict(table)

    def _by_file(
        self, of: Callable[[ExceptionOutcome], Sequence[MissedHandler]]
    ) -> Mapping[str, Mapping[MissedHandler, Sequence[ApiCall]]]:
        table: dict[str, dict[MissedHandler, list[ApiCall]]] = defaultdict(dict)
        for call in self._clients.api_calls_of_project():
            for found in dict.fromkeys(of(self.fate(call))):
                if not found.file.is_test:
                    table[found.file.relative].setdefault(found, []).append(call)
        return table

    def error_mro(self, call: ApiCall) -> tuple[str, ...]:
        """The class that a 403 of the call raises, and its bases, by canonical name."""
        method = self._meant(call).method
        error = method.error if method is not None else None
        return self._project.sdk.error_mro(error or "langsmith.utils.LangSmithError")

    # -- what rules and other parts of the model ask of one function ---------------------------------------------------

    def local(self, file: File, block: int, mro: tuple[str, ...]) -> FunctionExit:
        """Follow an exception of a class with these bases from `block` to the end of its function."""
        return self.guards.local(file, block, RaisedError(mro))

    def catches(self, file: File, handler: ir.Handler, mro: tuple[str, ...]) -> Verdict:
        """Whether a handler catches an exception of a class with these bases."""
        return self.guards.classes.catches(file, handler, mro)

    def classes(self, file: File, handler: ir.Handler) -> Values:
        """The classes that a handler names; none for a bare `except:`."""
        return self.guards.classes.of(file, handler)

    def catches_value(self, value: Value, mro: tuple[str, ...]) -> Verdict:
        """Whether a handler for this class, or tuple of classes, catches an exception with these bases."""
        return self.guards.any_catches((value,), mro)

    @remembered
    def returned_points(
        self, function: FunctionRef, caller: File, site: int
    ) -> tuple[Point, ...]:
        """Where a caller meets what a function of the project raises: a coroutine at `await`, a generator later."""
        held = call_held(caller, site, self.guards.decorators.nature(function))
        propagation = Propagation(self._transfers, self.most_steps, within=True)
        return propagation.follow(Deferred(held, RaisedError(()), left=False), "").points

    # -- calls -------------------------------------------------------------------------------------------------------

    def _fate(self, call: ApiCall) -> ExceptionOutcome:
        layers = _LAYERS[self.when(call.method, call)] if call.method is not None else None
        if (
            layers is None
            or _is_offline(call)
            or is_refused(call, self._values)
            or fails_on_arguments(call)
            or self._clients.addresses.is_local(call)
            or self._sends_by_itself(call)
        ):
            return ExceptionOutcome((), (), unsure=False, caught_by=())
        start = Deferred(_held(call, layers), RaisedError(self.error_mro(call)), left=False)
        return _fate_of(Propagation(self._transfers, self.most_steps).follow(start, call.label))

    def _sends_by_itself(self, call: ApiCall) -> bool:
        """Whether the client is of a class of the project whose way of sending lets no 403 of the SDK's own out."""
        file, site = call.origin or (call.file, -1)
        classes = self._values.callee(file, site) if site >= 0 else ()
        return any(
            not self._lets_out(method.function)
            for cls in classes
            if isinstance(cls, ClassRef)
            for method in self._values.attribute(Instance(cls), _SENDING)
            if isinstance(method, Bound)
        )

    def _lets_out(self, sending: FunctionRef) -> bool:
        """Whether a function sends by the SDK's method, and a 403 that this raises may get out of it."""
        file = sending.file
        return any(
            call.name == _SENDING
            and file.function_of(call.call.scope) == sending.scope
            and self.guards.local(
                file, call.call.block, RaisedError(self.error_mro(call))
            ).verdict
            != "yes"
            for call in self._clients.api_calls(file)
        )

    def when(self, method: Method, call: ApiCall) -> When:
        """How the exception is raised with the arguments of the call: some make it queue its data instead."""
        passed = self._passed(call) if method.unless else frozenset()
        queues = bool(method.unless) and passed.issuperset(method.unless)
        return method.unless_when if queues and self._batches(call) else method.when

    def _passed(self, call: ApiCall) -> frozenset[str]:
        """The keywords that a call passes, and what comes in a `**`, as far as its dict or its callers show that."""
        arguments = self._clients.arguments(call)
        found = {
            arg.keyword
            for arg in arguments
            if arg.keyword is not None and arg.value != ir.Constant("None")
        }
        for arg in arguments:
            if arg.stars == 2:
                found |= self._unpacked(call, arg.value)
        return frozenset(found)

    def _unpacked(self, call: ApiCall, expr: ir.Expr) -> set[str]:
        file, place = call.file, call.file.place(call.call)
        values = self._values.of(file, expr, place)
        found = {
            key
            for value in values
            if isinstance(value, Table)
            for key, _ in value.items
            if key is not None
        }
        for binding in lookup(file, expr.id, place) if isinstance(expr, ir.Name) else ():
            if binding.kind == "parameter":
                for caller, site in self._values.call_graph.sites(
                    FunctionRef(file, binding.scope)
                ):
                    found |= {
                        arg.keyword
                        for arg in caller.model.calls[site].args
                        if arg.keyword is not None
                    }
        return found

    def _batches(self, call: ApiCall) -> bool:
        """Whether the client queues runs at all: not with `auto_batch_tracing=False`.

        A client that comes from elsewhere is taken for one of those that the project makes.
        """
        if call.origin is not None:
            return call.origin not in self._unbatched
        return not self._unbatched or len(self._unbatched) < len(self._built)

    @functools.cached_property
    def _built(self) -> Mapping[tuple[File, int], Construction]:
        """The places where the project builds clients, other than in tests."""
        return {(found.file, found.site): found for found in self._clients.of_project()}

    @functools.cached_property
    def _unbatched(self) -> frozenset[tuple[File, int]]:
        return frozenset(
            place
            for place, made in self._built.items()
            if made.argument("auto_batch_tracing") == ir.Constant("False")
        )


def _rank_in(program: str, call: ApiCall) -> tuple[bool, str, Span]:
    return call.file.relative != program, call.file.relative, call.call.span


def _fate_of(found: Propagated) -> ExceptionOutcome:
    return ExceptionOutcome(
        points=found.points,
        escapes=found.escapes,
        unsure=found.unsure,
        caught_by=found.caught,
        handed_out=found.handed_out,
        held_by=found.held,
        doubts=found.doubts,
        taken=found.taken,
        dangles=found.dangles,
    )


def _held(call: ApiCall, layers: Layers) -> DeferredValue:
    """What the call gives; or the method, where it is handed to the call to be called there."""
    held = call_held(call.file, call.site, layers)
    if call.handed is None:
        return held
    return held._replace(
        expr=call.handed, use=ir.Use("argument", call.site), layers=("callable", *layers)
    )


def _common(fates: Sequence[ExceptionOutcome]) -> ExceptionOutcome:
    """What holds in each of several worlds, the newest release first: a 403 escapes only if it escapes in all."""
    newest = fates[0]
    for fate in fates:
        if not fate.escapes and not fate.handed_out:
            return fate
    if len(fates) == 1:
        return newest
    missed = frozenset.intersection(*map(_missed, fates))
    escapes = tuple(_with_missed(escape, missed) for escape in newest.escapes)
    doubts = dict.fromkeys(doubt for fate in fates for doubt in fate.doubts)
    unsure = any(fate.unsure for fate in fates)
    return newest._replace(escapes=escapes, unsure=unsure, doubts=tuple(doubts))


def _with_missed(escape: Escape, missed: frozenset[MissedHandler]) -> Escape:
    return escape._replace(missed=tuple(row for row in escape.missed if row in missed))


def _missed(fate: ExceptionOutcome) -> frozenset[MissedHandler]:
    """The handlers that a 403 passes on any of its paths."""
    return frozenset(row for escape in fate.escapes for row in escape.missed)


def _in_all(found: Sequence[tuple[MissedHandler, ...]]) -> tuple[MissedHandler, ...]:
    common = frozenset.intersection(*map(frozenset, found))
    return tuple(row for row in found[0] if row in common)


def _names_project(call: ApiCall) -> bool:
    """Whether a call says in which project a run is: without it, a new store is never asked."""
    parameters = call.method.parameters if call.method is not None else ()
    asked = {"project_id", "session_id"} & set(parameters)
    return not asked or any(arg.keyword in asked or arg.stars == 2 for arg in call.call.args)


def _is_offline(call: ApiCall) -> bool:
    """`evaluate(…, data=examples, upload_results=False)` asks nothing of the server: it need not list a data set."""
    args = {arg.keyword: arg.value for arg in call.call.args}
    return args.get("upload_results") == ir.Constant("False") and not isinstance(
        args.get("data"), (ir.Text, ir.CallRef)
    )


__all__ = [
    "DeferredValue",
    "Escape",
    "ExceptionOutcome",
    "MissedHandler",
    "Outcomes",
    "Point",
    "Step",
    "Verdict",
]
