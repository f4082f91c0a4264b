"""Where a 403 appears, and what it meets on its way out: handlers, suppressors, decorators, callers, frameworks.

The exception is followed from the point where it is really raised (the call, the step of an iterator, the `await`)
outwards. At the end of a function it goes on in every caller that the project shows. It is caught if each way out
meets a handler that can catch it; a way that can't be followed to its end counts as `unsure` and is no finding.
"""

from __future__ import annotations

import functools
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

import msgspec

from lint_langsmith.findings import Span
from lint_langsmith.model import data
from lint_langsmith.model.callers import property_reads, reaches
from lint_langsmith.model.commands import Commands
from lint_langsmith.model.entries import Entries, Entry
from lint_langsmith.model.file import File, Place, last_name
from lint_langsmith.model.values import (
    PROPERTIES,
    UNKNOWN,
    Bound,
    ClassRef,
    Constant,
    FunctionRef,
    Group,
    Instance,
    Member,
    Outcome,
    Parameter,
    Symbol,
    Value,
    Values,
)

if TYPE_CHECKING:
    from lint_langsmith.model.clients import ApiCall
    from lint_langsmith.model.project import Project
    from lint_langsmith.sdk.table import When

Verdict: TypeAlias = Literal["yes", "no", "unsure"]

# Calls that hand an iterator on without taking a step of it.
_LAZY_WRAPPERS: Final = frozenset(
    {
        *(f"builtins.{name}" for name in ("enumerate", "map", "filter", "zip", "iter", "aiter")),
        *(f"itertools.{name}" for name in ("islice", "chain", "takewhile", "dropwhile", "groupby", "tee", "starmap")),
    },
)
# Calls that give something to await for a coroutine.
_TASK_MAKERS: Final = frozenset(
    {"asyncio.create_task", "asyncio.ensure_future", "asyncio.shield", "asyncio.wait_for", "asyncio.gather"},
)
# Methods of pools: what the job raises comes up where its result is asked for.
_POOL_METHODS: Final = frozenset({"submit", "apply_async", "map_async", "starmap_async", "call_soon", "call_later"})
_CONSUMING_USES: Final = frozenset(
    {"iterate", "async-iterate", "comprehension", "async-comprehension", "generator", "star", "yield-from", "receiver"},
)
_AWAITING_USES: Final = frozenset(
    {"await", "star", "element", "yield-from", "async-iterate", "async-comprehension", "async-with"},
)
_SUPPRESSORS: Final = frozenset({"contextlib.suppress", "pytest.raises", "unittest.TestCase.assertRaises"})
_MAX_CALLERS: Final = 400
# Packages whose exceptions are known to be no relatives of LangSmith's. A name from elsewhere may stand for anything.
_KNOWN_PACKAGES: Final = sys.stdlib_module_names | {
    *("langsmith", "builtins", "requests", "httpx", "httpx2", "aiohttp", "urllib3", "openai", "anthropic", "pydantic"),
    *("pydantic_core", "tenacity", "botocore", "sqlalchemy", "redis", "fastapi", "starlette", "flask", "werkzeug"),
    *("jinja2", "yaml", "langgraph", "langchain", "langchain_core", "click", "typer", "websockets", "google", "grpc"),
}


class Point(NamedTuple):
    """Where an exception comes up. `handed_on` marks a lazy result that the function returns instead of using."""

    file: File
    scope: int
    block: int
    order: int
    span: Span
    handed_on: bool = False


class Missed(NamedTuple):
    """A handler on the way that can't catch the exception."""

    file: File
    handler: data.Handler
    owner: int


class Step(NamedTuple):
    """A call on the way of an exception, as its author reads it, and where it stands.

    The first step of a way that begins in a function of the project is that function, where it is defined.
    """

    label: str
    file: File
    span: Span
    block: int


class Escape(NamedTuple):
    """A way out: what runs it, the steps from there to the raise, and the handlers on it that can't catch."""

    entry: Entry
    path: tuple[Step, ...]
    missed: tuple[Missed, ...]


class Fate(NamedTuple):
    """What becomes of the exception of one call. `points` is empty where it never comes up."""

    points: tuple[Point, ...]
    escapes: tuple[Escape, ...]
    unsure: bool
    caught_by: tuple[Missed, ...]
    handed_out: bool = False


class _Local(NamedTuple):
    """How far an exception gets within one function: `scope` is the function it leaves, when it does."""

    verdict: Verdict
    scope: int
    missed: tuple[Missed, ...]
    caught_by: Missed | None = None


class Flow:
    """Follows exceptions through one project."""

    def __init__(self, project: Project) -> None:
        """`project` resolves names and finds callers."""
        self._project = project
        self._fates: dict[tuple[int, int], Fate] = {}
        self.entries = Entries(project)
        self.commands = Commands(project)

    # -- the questions that rules ask --------------------------------------------------------------------------------

    def fate(self, call: ApiCall) -> Fate:
        """What becomes of the 403 of an API call."""
        key = (id(call.file), call.site)
        known = self._fates.get(key)
        if known is None:
            known = _common([self._fate(way) for way in self._ways(call)])
            self._fates[key] = known
        return known

    def _ways(self, call: ApiCall) -> Iterator[ApiCall]:
        """The call as each release that the project may use behaves, and as a backend with the new store answers."""
        yield call
        if call.method is None:
            return
        seen = {call.method.behaviour}
        for method in (call.method, *call.method.others):
            if method.behaviour not in seen:
                seen.add(method.behaviour)
                yield call._replace(method=method)
            if method.store_error is not None and _names_project(call):
                yield call._replace(method=msgspec.structs.replace(method, error=method.store_error))

    @functools.cached_property
    def missed_by_file(self) -> Mapping[str, Sequence[tuple[ApiCall, Missed]]]:
        """By file, the handlers that the 403s of the whole project pass on their ways out, each with the call."""
        table: dict[str, list[tuple[ApiCall, Missed]]] = defaultdict(list)
        for call in self._project.api_calls():
            fate = self.fate(call)
            if fate.unsure:
                continue
            passed = [missed for escape in fate.escapes if escape.entry.kind != "test" for missed in escape.missed]
            for missed in dict.fromkeys(passed):
                table[missed.file.relative].append((call, missed))
        return dict(table)

    @functools.cached_property
    def caught_by_file(self) -> Mapping[str, Mapping[Missed, Sequence[ApiCall]]]:
        """By file, the handlers that catch 403s of the project, each with the calls whose 403 it catches."""
        table: dict[str, dict[Missed, list[ApiCall]]] = defaultdict(dict)
        for call in self._project.api_calls():
            for caught in dict.fromkeys(self.fate(call).caught_by):
                if not caught.file.is_test:
                    table[caught.file.relative].setdefault(caught, []).append(call)
        return table

    def _fate(self, call: ApiCall) -> Fate:
        points = tuple(self.points(call))
        mro = self.error_mro(call)
        escapes: list[Escape] = []
        caught: list[Missed] = []
        unsure = handed_out = False
        for point in points:
            walk = _Walk(self, mro)
            walk.leave(point, (Step(call.label, point.file, point.span, point.block),))
            escapes.extend(walk.escapes)
            caught.extend(walk.caught)
            unsure = unsure or walk.unsure
            handed_out = handed_out or walk.handed_out
        return Fate(points, tuple(escapes), unsure, tuple(caught), handed_out)

    def error_mro(self, call: ApiCall) -> tuple[str, ...]:
        """The class that a 403 of the call raises, and its bases, by canonical name."""
        sdk = self._project.sdk
        error = call.method.error if call.method is not None and call.method.error else "langsmith.utils.LangSmithError"
        return sdk.error_mro(error)

    def points(self, call: ApiCall) -> Iterator[Point]:
        """Where the 403 of an API call comes up; nothing for calls that never raise one."""
        when = self._when(call)
        if when in {"background", "never"} or _is_offline(call):
            return
        if call.handed is not None:
            yield from self._handed(call)
        elif when == "call":
            yield _here(call.file, call.call)
        elif when == "enter":
            if call.call.use.kind in {"with", "async-with"}:
                yield _here(call.file, call.call)
        else:
            yield from self._later(call.file, call.site, awaited=when == "await")

    def _handed(self, call: ApiCall) -> Iterator[Point]:
        """Where a method raises that is handed to another call, to be called in a thread or pool."""
        name = last_name(call.call.func)
        if name in {"to_thread", "run_in_executor", "run_sync", "run_in_threadpool", "sync_to_async"}:
            yield from self._later(call.file, call.site, awaited=True)
        elif name not in _POOL_METHODS or call.call.use.kind == "receiver":
            yield _here(call.file, call.call)

    def _when(self, call: ApiCall) -> When:
        """How the exception comes up with the arguments of the call: some make it queue its data instead."""
        method = call.method
        if method is None:
            return "call"
        passed = {arg.keyword for arg in call.call.args if arg.value != data.Constant("None")}
        unpacked = any(arg.stars == 2 for arg in call.call.args)
        queues = bool(method.unless) and (passed.issuperset(method.unless) or unpacked)
        return method.unless_when if queues and self._batches(call) else method.when

    def _batches(self, call: ApiCall) -> bool:
        """Whether the client queues runs at all: not with `auto_batch_tracing=False`."""
        if call.origin is None:
            return True
        file, site = call.origin
        return not any(
            arg.keyword == "auto_batch_tracing" and arg.value == data.Constant("False")
            for arg in file.model.calls[site].args
        )

    def returned_points(self, function: FunctionRef, caller: File, row: data.Call) -> Iterator[Point]:
        """Where a caller meets what a function of the project raises: a coroutine at `await`, a generator later."""
        scope = function.file.model.scopes[function.scope]
        if (scope.is_async or scope.is_generator) and row.use.kind not in {"with", "async-with", "decorator"}:
            site = next(index for index, call in enumerate(caller.model.calls) if call is row)
            callees = self._project.values.callee(caller, site)
            if last_name(row.func) == scope.name or any(reaches(callee, function, self._project) for callee in callees):
                yield from self._later(caller, site, awaited=scope.is_async and not scope.is_generator)
                return
        yield _here(caller, row)

    # -- lazy results ------------------------------------------------------------------------------------------------

    def _later(self, file: File, site: int, *, awaited: bool) -> Iterator[Point]:
        """Where the result of a call, a lazy iterator or a coroutine, is used in a way that makes it raise."""
        call = file.model.calls[site]
        use = call.use if awaited or call.awaited_use is None else call.awaited_use
        yield from self._used(file, call, use, site, awaited=awaited)

    def _used(
        self, file: File, row: data.Call | data.Read, use: data.Use, site: int, *, awaited: bool
    ) -> Iterator[Point]:
        if (awaited and use.kind in _AWAITING_USES) or (not awaited and use.kind in _CONSUMING_USES):
            yield _here(file, row)
        elif use.kind == "argument" and use.outer is not None:
            yield from self._passed(file, row, use.outer, awaited=awaited)
        elif use.kind == "return":
            yield _here(file, row)._replace(handed_on=True)
        elif use.kind in {"assign", "with", "async-with"}:
            for name in use.names:
                yield from self._name_used(file, row, name, site, awaited=awaited)

    def _passed(self, file: File, row: data.Call | data.Read, outer: int, *, awaited: bool) -> Iterator[Point]:
        callees = self._project.values.callee(file, outer)
        wrappers = _TASK_MAKERS if awaited else _LAZY_WRAPPERS
        makes_task = awaited and last_name(file.model.calls[outer].func) in {"create_task", "ensure_future"}
        if makes_task or any(isinstance(callee, Symbol) and callee.name in wrappers for callee in callees):
            yield from self._later(file, outer, awaited=awaited)
        else:
            yield _here(file, row)

    def _name_used(
        self, file: File, row: data.Call | data.Read, name: str, site: int, *, awaited: bool
    ) -> Iterator[Point]:
        """The uses of a name that holds the result of the call at `site`."""
        for read in file.model.reads:
            if read.name != name or read.order < row.order or read.use.kind == "callee":
                continue
            if not self._in_scope(file, read.scope, row.scope):
                continue
            held = self._holds(file, read, site)
            if held:
                yield from self._used(file, read, read.use, site, awaited=awaited)

    def _in_scope(self, file: File, scope: int, outer: int) -> bool:
        while scope >= 0:
            if scope == outer:
                return True
            scope = file.model.scopes[scope].parent
        return False

    def _holds(self, file: File, read: data.Read, site: int) -> bool:
        from lint_langsmith.model.names import lookup  # noqa: PLC0415 - only lazy results need it

        reference = data.CallRef(site)
        for binding in lookup(file, read.name, file.place(read)):
            value = binding.value
            while isinstance(value, (data.Await, data.Walrus)):
                value = value.value
            if value == reference or (isinstance(value, data.Conditional) and reference in {value.body, value.orelse}):
                return True
        return False

    # -- handlers ----------------------------------------------------------------------------------------------------

    def local(self, file: File, block: int, mro: tuple[str, ...]) -> _Local:
        """Follow an exception that comes up in `block` to the end of its function (or of the module)."""
        missed: list[Missed] = []
        while block >= 0:
            row = file.model.blocks[block]
            if row.kind == "try":
                found = self._try(file, row.owner, mro, missed)
                if found is not None:
                    return found
            elif row.kind == "with":
                verdict = self._with(file, row.owner, mro)
                if verdict != "no":
                    return _Local(verdict, -1, tuple(missed))
            elif row.kind == "scope":
                scope = file.model.scopes[row.owner]
                if scope.kind in {"function", "lambda"}:
                    return _Local("no", row.owner, tuple(missed))
            if row.kind in {"try", "handler", "try-else"} and self._discards(file, row.owner):
                return _Local("yes", -1, tuple(missed))
            block = row.parent
        return _Local("no", 0, tuple(missed))

    def _try(self, file: File, owner: int, mro: tuple[str, ...], missed: list[Missed]) -> _Local | None:
        """What the handlers of one try do with the exception; None when it goes on outwards."""
        for handler in file.model.tries[owner].handlers:
            verdict = self.catches(file, handler, mro)
            here = Missed(file, handler, owner)
            if verdict == "no":
                missed.append(here)
            elif verdict == "unsure":
                return _Local("unsure", -1, tuple(missed))
            elif self.passes_on(file, handler):
                return None
            else:
                return _Local("yes", -1, tuple(missed), here)
        return None

    def _discards(self, file: File, owner: int) -> bool:
        """A `finally` that returns throws the exception away."""
        finalbody = file.model.tries[owner].finalbody
        return finalbody >= 0 and file.model.blocks[finalbody].ends in {"return", "break", "continue"}

    def catches(self, file: File, handler: data.Handler, mro: tuple[str, ...]) -> Verdict:
        """Whether a handler catches an exception of a class with these bases."""
        if handler.type is None:
            return "yes"
        block = file.model.blocks[handler.block]
        place = Place(block.scope, block.parent, _handler_order(file, handler))
        return self._any_catches(self._project.values.of(file, handler.type, place), mro)

    def catches_value(self, value: Value, mro: tuple[str, ...]) -> Verdict:
        """Whether a handler for this class, or tuple of classes, catches an exception with these bases."""
        return self._catches(value, mro)

    def _any_catches(self, values: Values, mro: tuple[str, ...]) -> Verdict:
        verdicts = {self._catches(value, mro) for value in values}
        return "yes" if "yes" in verdicts else "unsure" if "unsure" in verdicts else "no"

    def _catches(self, value: Value, mro: tuple[str, ...]) -> Verdict:
        if isinstance(value, Symbol):
            name = value.name
            canonical = self._project.sdk.canonical(name) if name.startswith("langsmith.") else name
            if (canonical or name) in mro:
                return "yes"
            return "no" if name.partition(".")[0] in _KNOWN_PACKAGES else "unsure"
        if isinstance(value, Group):
            return self._any_catches(tuple(item for items in value.items for item in items), mro)
        # A class of the project's own is never a base of an SDK class.
        if isinstance(value, (ClassRef, Constant)):
            return "no"
        return "unsure"

    def passes_on(self, file: File, handler: data.Handler) -> bool:
        """Whether a handler lets the exception go on: it always ends in raising that same exception."""
        if file.model.blocks[handler.block].ends != "raise":
            return False
        raises = [row for row in file.model.raises if self._raised_in(file, row, handler.block)]
        if any(self._is_within(file, block, handler.block) for block in _left_blocks(file)):
            return False
        return all(
            row.value is None or (isinstance(row.value, data.Name) and row.value.id == handler.name) for row in raises
        )

    def _is_within(self, file: File, block: int, outer: int) -> bool:
        for current in file.block_chain(block):
            if current == outer:
                return True
            if file.model.blocks[current].kind == "scope":
                return False
        return False

    def _raised_in(self, file: File, row: data.Raise, block: int) -> bool:
        for current in file.block_chain(row.block):
            if current == block:
                return True
            kind = file.model.blocks[current].kind
            if kind in {"scope", "try", "handler"}:
                return False
        return False

    # -- context managers and decorators -----------------------------------------------------------------------------

    def _with(self, file: File, owner: int, mro: tuple[str, ...]) -> Verdict:
        row = file.model.withs[owner]
        verdicts = {self._manager(file, manager, mro) for manager, _ in row.items}
        return "yes" if "yes" in verdicts else "unsure" if "unsure" in verdicts else "no"

    def _manager(self, file: File, manager: data.Expr, mro: tuple[str, ...]) -> Verdict:
        """Whether a context manager swallows the exception."""
        if not isinstance(manager, data.CallRef):
            return "no"
        call = file.model.calls[manager.site]
        verdict: Verdict = "no"
        for callee in self._project.values.callee(file, manager.site):
            suppresses = isinstance(callee, Symbol) and callee.name in _SUPPRESSORS
            if suppresses or _asserts_raise(callee):
                values = tuple(
                    value
                    for arg in call.args
                    if arg.keyword is None
                    for value in self._project.values.of(file, arg.value, file.place(call))
                )
                verdict = self._any_catches(values, mro)
            elif isinstance(callee, (FunctionRef, Bound, ClassRef)):
                verdict = self._own_manager(callee, mro)
            if verdict != "no":
                return verdict
        return verdict

    def _own_manager(self, callee: FunctionRef | Bound | ClassRef, mro: tuple[str, ...]) -> Verdict:
        """A context manager of the project: a generator with a `try` around its `yield`, or a class with `__exit__`."""
        if isinstance(callee, ClassRef):
            return self._exit_method(callee)
        function = callee.function if isinstance(callee, Bound) else callee
        for row in function.file.yields_by_scope.get(function.scope, ()):
            found = self.local(function.file, row.block, mro)
            if found.verdict != "no":
                return found.verdict
        return "no"

    def _exit_method(self, cls: ClassRef) -> Verdict:
        for name in ("__exit__", "__aexit__"):
            for method in self._project.values.attribute(Instance(cls), name):
                if isinstance(method, Bound):
                    results = self._project.values.results(method.function)
                    if Constant("True") in results:
                        return "yes"
                    if any(not isinstance(result, Constant) for result in results):
                        return "unsure"
        return "no"

    def decorators(self, function: FunctionRef, mro: tuple[str, ...]) -> Verdict:
        """Whether a decorator of a function catches what the function raises."""
        file = function.file
        scope = file.model.scopes[function.scope]
        place = Place(scope.parent, scope.outer_block, scope.order)
        for decorator in scope.decorators:
            func = file.model.calls[decorator.site].func if isinstance(decorator, data.CallRef) else decorator
            if self.entries.spells_route(file, decorator):
                continue
            for value in self._project.values.of(file, func, place):
                verdict = self._decorator(value, mro)
                if verdict != "no":
                    return verdict
        return "no"

    def callback(self, file: File, site: int, function: FunctionRef, mro: tuple[str, ...]) -> Verdict:
        """Whether the function of the project that a call hands `function` to calls it in a handler."""
        call = file.model.calls[site]
        verdicts: set[Verdict] = set()
        for callee in self._project.values.callee(file, site):
            target = callee.function if isinstance(callee, Bound) else callee
            if not isinstance(target, FunctionRef):
                return "no"
            for param in target.file.model.scopes[target.scope].params:
                argument = self._project.argument(file, site, target, param.name)
                if argument is None or function not in self._project.values.of(file, argument, file.place(call)):
                    continue
                verdicts.update(self._calls_of(target, param.name, mro))
        return "no" if not verdicts or "no" in verdicts else "unsure" if "unsure" in verdicts else "yes"

    def _calls_of(self, target: FunctionRef, name: str, mro: tuple[str, ...]) -> Iterator[Verdict]:
        """What becomes of the exception where a function calls its parameter."""
        for call in target.file.model.calls:
            named = isinstance(call.func, data.Name) and call.func.id == name
            if named and target.file.function_of(call.scope) == target.scope:
                yield self.local(target.file, call.block, mro).verdict

    def group_catches(self, function: FunctionRef, mro: tuple[str, ...]) -> bool:
        """Whether the group class of a command line wraps `super().invoke(ctx)` in a handler."""
        for cls in self.commands.group_classes(function):
            file = cls.file
            for site in (*file.calls_by_name.get("invoke", ()), *file.calls_by_name.get("main", ())):
                row = file.model.calls[site]
                method = file.model.scopes[file.function_of(row.scope)]
                if method.parent == cls.scope and self.local(file, row.block, mro).verdict == "yes":
                    return True
        return False

    def _decorator(self, value: Value, mro: tuple[str, ...]) -> Verdict:
        if isinstance(value, Bound):
            value = value.function
        if isinstance(value, FunctionRef):
            return self._own_decorator(value, mro)
        # What can't be resolved may catch; libraries' decorators (routes, caches, traceable) let it through.
        return "unsure" if value == UNKNOWN or isinstance(value, (ClassRef, Parameter)) else "no"

    def _own_decorator(self, decorator: FunctionRef, mro: tuple[str, ...]) -> Verdict:
        """A decorator of the project catches when each call of the decorated function in it stands in a handler."""
        file = decorator.file
        verdicts: list[Verdict] = []
        for call in file.model.calls:
            if isinstance(call.func, data.Name) and call.scope != decorator.scope:
                owner = self._parameter_owner(file, call.func.id, call.scope, decorator.scope)
                if owner:
                    verdicts.append(self.local(file, call.block, mro).verdict)
        if not verdicts or "no" in verdicts:
            return "no"
        return "unsure" if "unsure" in verdicts else "yes"

    def _parameter_owner(self, file: File, name: str, scope: int, decorator: int) -> bool:
        """Whether `name`, called in `scope`, is a parameter of a function around it, up to the decorator itself."""
        current = file.model.scopes[scope].parent
        found = False
        while current >= 0:
            found = found or any(param.name == name for param in file.model.scopes[current].params)
            if current == decorator:
                return found
            current = file.model.scopes[current].parent
        return False


class _Walk:
    """One exception on its way out; remembers which functions it has already left."""

    def __init__(self, flow: Flow, mro: tuple[str, ...]) -> None:
        self._flow = flow
        self._mro = mro
        self._left: set[tuple[int, int]] = set()
        self._leaving: dict[tuple[int, int], int] = {}
        self.escapes: list[Escape] = []
        self.caught: list[Missed] = []
        self.unsure = False
        self.handed_out = False
        self.taken = False

    def leave(self, point: Point, path: tuple[Step, ...], missed: tuple[Missed, ...] = ()) -> int | None:
        """Follow the exception from a point to where it is caught or ends the program.

        Returns the number, from the raise outwards, of the function that the way leads back to, where functions call
        each other; None for a way that comes to an end.
        """
        if point.handed_on:
            self._hand_on(point, path, missed)
            return None
        found = self._flow.local(point.file, point.block, self._mro)
        if found.caught_by is not None:
            self.caught.append(found.caught_by)
        if found.verdict == "unsure":
            self.unsure = True
        if found.verdict != "no":
            return None
        missed = (*missed, *found.missed)
        if found.scope == 0:
            entry = self._flow.entries.module(point.file, point.block)
            self.escapes.append(Escape(entry, path, missed))
            return None
        return self._function(FunctionRef(point.file, found.scope), path, missed)

    def _function(self, function: FunctionRef, path: tuple[Step, ...], missed: tuple[Missed, ...]) -> int | None:
        key = (id(function.file), function.scope)
        if key in self._left or len(self._left) > _MAX_CALLERS:
            return self._leaving.get(key)
        self._left.add(key)
        verdict = self._flow.decorators(function, self._mro)
        if verdict == "no" and self._flow.group_catches(function, self._mro):
            verdict = "yes"
        if verdict == "unsure":
            self.unsure = True
        if verdict != "no":
            return None
        entry = self._flow.entries.function(function, self._mro)
        if entry is not None and entry.kind == "agent" and self._runs_may_catch():
            # Which of them runs this function can't be told.
            self.unsure, entry = True, None
        callers = [*self._callers(function), *self._flow.commands.starts(function)]
        reads = list(self._reads(function))
        if entry is not None and entry.kind == "cli" and callers:
            entry = entry._replace(certain=False)
        taken, self.taken = self.taken, False
        back = self._outwards(function, callers, reads, path, missed)
        if entry is not None and (entry.certain or not (taken or ((callers or reads) and back is None))):
            if not entry.certain and back is not None and back < len(self._leaving):
                return back
            self.escapes.append(Escape(entry, (_definition(function), *path), missed))
        return None

    def _outwards(
        self,
        function: FunctionRef,
        callers: Sequence[tuple[File, data.Call]],
        reads: Sequence[Point],
        path: tuple[Step, ...],
        missed: tuple[Missed, ...],
    ) -> int | None:
        """Go on in the callers; the number of the outermost function that they lead back to, if they all do."""
        key = (id(function.file), function.scope)
        self._leaving[key] = len(self._leaving)
        points = [point for caller, row in callers for point in self._flow.returned_points(function, caller, row)]
        ways = [self.leave(point, (_step(function, point), *path), missed) for point in (*points, *reads)]
        del self._leaving[key]
        led_back = [way for way in ways if way is not None]
        return min(led_back) if led_back and len(led_back) == len(ways) else None

    def _runs_may_catch(self) -> bool:
        runs = self._flow.entries.agent_runs()
        return any(self._flow.local(file, call.block, self._mro).verdict != "no" for file, call in runs)

    def _reads(self, function: FunctionRef) -> Iterator[Point]:
        """Where a property is read that the function computes."""
        project = self._flow._project  # noqa: SLF001 - one mechanism in two classes
        if any(name in PROPERTIES for name in project.values.decorator_names(function)):
            for file, read in property_reads(function, project):
                yield Point(file, read.scope, read.block, read.order, read.expr.name_span)

    def _callers(self, function: FunctionRef) -> Iterator[tuple[File, data.Call]]:
        """Call sites; where a function is handed to another call (`to_thread(f)`), that call stands for its own."""
        project = self._flow._project  # noqa: SLF001 - one mechanism in two classes
        sure, maybe = project.callers(function)
        entries = self._flow.entries
        passed = [
            (file, site)
            for file, site in entries.handed_over(function)
            if entries.registration(file, site, function) is None
        ]
        for file, site in sure or (() if passed else maybe):
            yield file, file.model.calls[site]
        for file, site in passed:
            verdict = self._flow.callback(file, site, function, self._mro)
            self.unsure = self.unsure or verdict == "unsure"
            if verdict == "no":
                yield file, file.model.calls[site]
            else:
                self.taken = True

    def _hand_on(self, point: Point, path: tuple[Step, ...], missed: tuple[Missed, ...]) -> None:
        """A lazy result that is returned raises where the callers use it."""
        scope = point.file.function_of(point.scope)
        function = FunctionRef(point.file, scope)
        key = (id(point.file), scope)
        if key in self._left:
            return
        self._left.add(key)
        sites = self._flow._project.call_sites(function)  # noqa: SLF001 - one mechanism in two classes
        for file, site in sites:
            for later in self._flow._later(file, site, awaited=False):  # noqa: SLF001 - likewise
                self.leave(later, (_step(function, later), *path), missed)
        self.handed_out = self.handed_out or not sites


def _common(fates: Sequence[Fate]) -> Fate:
    """What holds in each of several worlds, the newest release first: a 403 escapes only if it escapes in all."""
    newest = fates[0]
    for fate in fates:
        if not fate.escapes and not fate.handed_out:
            return fate
    if len(fates) == 1:
        return newest
    missed = [{passed for escape in fate.escapes for passed in escape.missed} for fate in fates]
    escapes = tuple(
        escape._replace(missed=tuple(passed for passed in escape.missed if all(passed in found for found in missed)))
        for escape in newest.escapes
    )
    return newest._replace(escapes=escapes, unsure=any(fate.unsure for fate in fates))


def _names_project(call: ApiCall) -> bool:
    """Whether a call says in which project a run is: without it, a new store is never asked."""
    parameters = call.method.parameters if call.method is not None else ()
    asked = {"project_id", "session_id"} & set(parameters)
    return not asked or any(arg.keyword in asked or arg.stars == 2 for arg in call.call.args)


def _is_offline(call: ApiCall) -> bool:
    """`evaluate(…, data=examples, upload_results=False)` asks nothing of the server: it need not list a data set."""
    args = {arg.keyword: arg.value for arg in call.call.args}
    return args.get("upload_results") == data.Constant("False") and not isinstance(
        args.get("data"), (data.Text, data.CallRef)
    )


def _left_blocks(file: File) -> Iterator[int]:
    """Blocks that are left in another way than by an exception."""
    for index, row in enumerate(file.model.blocks):
        if row.ends in {"return", "break", "continue"}:
            yield index


def _here(file: File, row: data.Call | data.Read) -> Point:
    span = row.callee_span if isinstance(row, data.Call) else row.span
    return Point(file, row.scope, row.block, row.order, span)


def _step(function: FunctionRef, point: Point) -> Step:
    """The use of a function of the project at which its exception comes up again."""
    return Step(f"{_function_name(function)}()", point.file, point.span, point.block)


def _definition(function: FunctionRef) -> Step:
    """The function that an exception leaves for good."""
    return Step(f"{_function_name(function)}()", function.file, function.file.model.scopes[function.scope].span, -1)


def _function_name(function: FunctionRef) -> str:
    return function.file.qualified_scope(function.scope) or function.file.model.scopes[function.scope].name


def _asserts_raise(callee: Value) -> bool:
    return isinstance(callee, Member) and callee.name in {"assertRaises", "assertRaisesRegex"}


def _handler_order(file: File, handler: data.Handler) -> int:
    """Handlers are judged by what is bound when the `try` has run."""
    first: Iterable[int] = (row.order for row in file.model.bindings if row.block == handler.block)
    return min(first, default=10**9)


__all__ = ["Escape", "Fate", "Flow", "Missed", "Outcome", "Point", "Step", "last_name"]
