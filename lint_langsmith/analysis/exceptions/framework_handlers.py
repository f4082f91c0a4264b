"""The handlers that a project registers with its framework: what catches an exception outside of every function.

A web framework catches what leaves a route where a handler is registered for the class, or where a middleware calls the
rest of the application in a handler; a chat framework where the project tells it what to do with errors.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.entry_points import frameworks
from lint_langsmith.analysis.entry_points.dependencies import dependencies
from lint_langsmith.analysis.entry_points.entry_points import (
    EntryPoint,
    EntryPoints,
    Kind,
    qualified,
)
from lint_langsmith.analysis.exceptions.raised import RaisedError
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Place, is_test, last_name
from lint_langsmith.analysis.project.place import LATEST
from lint_langsmith.analysis.values.abstract import (
    UNKNOWN,
    ClassRef,
    Constant,
    ExternalName,
    FunctionRef,
    Instance,
    Value,
    Values,
)
from lint_langsmith.analysis.values.bindings import lookup, module_bindings
from lint_langsmith.analysis.values.functions import uncalled
from lint_langsmith.remembered import remembered

if TYPE_CHECKING:
    from lint_langsmith.analysis.exceptions.handlers import FunctionHandlers
    from lint_langsmith.analysis.values.evaluator import Evaluator

_MAKES_HANDLER: Final = "get_route_handler"
_BROAD: Final = frozenset({"builtins.Exception", "builtins.BaseException"})


class FrameworkHandlers:
    """The handlers that one project registers with its frameworks."""

    def __init__(
        self, values: Evaluator, entry_points: EntryPoints, guards: FunctionHandlers
    ) -> None:
        """`guards` says what a handler catches."""
        self._project = values.project
        self._values = values
        self._entry_points = entry_points
        self._guards = guards
        self._added: dict[str, bool] = {}

    def entry(self, function: FunctionRef, mro: tuple[str, ...]) -> EntryPoint | None:
        """What calls a function from outside of the project; None where nothing does, or a framework catches there."""
        entry = self._entry_points.function(function)
        if entry is None or self.catches(entry.kind, mro, function):
            return None
        return (
            None if entry.kind == "route" and self._blueprint_catches(function, mro) else entry
        )

    def catches(
        self, kind: Kind, mro: tuple[str, ...], function: FunctionRef | None = None
    ) -> bool:
        """Whether a handler that the project registers with its framework catches the exception in such functions.

        `function` is the one that raises it, where that is known: middleware does not stand around itself.
        """
        if kind == "bot":
            return self._bot_has_handler
        if kind not in {"route", "websocket", "middleware"}:
            return False
        catching, broad = self._catching(mro)
        if kind == "route":
            return (
                bool(catching)
                or self._middleware_catches(mro)
                or (function is not None and self._dependency_catches(function, mro))
                or (function is not None and self._route_class_catches(function, mro))
            )
        # A handler for everything stands around the middleware, the others inside of it; sockets see the others only.
        if kind == "middleware":
            return bool(broad) or self._middleware_catches(mro, function)
        return len(catching) > len(broad)

    @remembered
    def _catching(self, mro: tuple[str, ...]) -> tuple[Sequence[Value], Sequence[Value]]:
        """What handlers that catch an exception are registered for, and what of it is for everything."""
        catching = tuple(value for value in self._handlers if self._catches(value, mro))
        return catching, tuple(value for value in catching if _is_broad(value))

    def _dependency_catches(self, function: FunctionRef, mro: tuple[str, ...]) -> bool:
        """Whether a dependency of a route has its `yield` in a handler that catches what the route raises."""
        return any(
            dependency.file.yields_by_scope.get(dependency.scope)
            and self._guards.around_yield(dependency, RaisedError(mro)) == "yes"
            for dependency in dependencies(function, self._values)
        )

    def _catches(self, value: Value, mro: tuple[str, ...]) -> bool:
        if isinstance(value, Constant):
            return value.literal == "500"
        if value == UNKNOWN:  # it may be the class
            return True
        return self._guards.any_catches((value,), mro) == "yes"

    @functools.cached_property
    def _handlers(self) -> tuple[Value, ...]:
        """The exception classes and status codes that handlers are registered for with the web framework."""
        found: list[Value] = []
        for word in sorted(frameworks.HANDLER_DECORATORS | frameworks.HANDLER_CALLS):
            for file in self._files_with(word):
                for site in file.calls_by_name.get(word, ()):
                    if not self._blueprints(file, file.model.calls[site].func):
                        found.extend(self._first_argument(file, site))
        return (*found, *self._handlers_in_tables(), *self._handlers_of_sanic())

    def _handlers_of_sanic(self) -> Iterator[Value]:
        """`@app.exception(LangSmithError)`, where the object is sanic's."""
        values = self._values
        for file in self._files_with("sanic", ".exception("):
            for site in file.calls_by_name.get("exception", ()):
                if any(
                    qualified(callee).startswith("sanic.")
                    for callee in values.callee(file, site)
                ):
                    yield from self._first_argument(file, site)

    def _blueprints(self, file: File, decorator: ir.Expr) -> tuple[Value, ...]:
        """The blueprints that `@blueprint.errorhandler(…)` and `@blueprint.route(…)` stand for.

        What a blueprint handles are the errors of its own routes (flask 3.1); `app_errorhandler` is for all.
        """
        if not isinstance(decorator, ir.Attribute) or decorator.name == "app_errorhandler":
            return ()
        owners = self._values.of(file, decorator.value, Place(0, 0, LATEST))
        return tuple(
            owner
            for owner in owners
            if isinstance(owner, Instance)
            and isinstance(owner.cls, ExternalName)
            and owner.cls.name.endswith(".Blueprint")
        )

    def _blueprint_catches(self, function: FunctionRef, mro: tuple[str, ...]) -> bool:
        """Whether the blueprint that a route belongs to has a handler of its own for the exception."""
        file = function.file
        decorators = file.model.scopes[function.scope].decorators
        funcs = [
            file.model.calls[item.site].func
            for item in decorators
            if isinstance(item, ir.CallRef)
        ]
        own = {owner for func in funcs for owner in self._blueprints(file, func)}
        return bool(own) and any(
            self._catches(value, mro)
            for word in ("errorhandler", "register_error_handler")
            for other in self._files_with(word)
            for site in other.calls_by_name.get(word, ())
            if own.intersection(self._blueprints(other, other.model.calls[site].func))
            for value in self._first_argument(other, site)
        )

    def _files_with(self, *words: str) -> Iterator[File]:
        for name in sorted(frozenset.intersection(*(self._held[word] for word in words))):
            file = None if is_test(name) else self._project.try_load(name)
            if file is not None:
                yield file

    @functools.cached_property
    def _held(self) -> Mapping[str, frozenset[str]]:
        """The files that hold the words by which handlers are recognised."""
        return self._project.holding(frameworks.HANDLER_WORDS)

    def _first_argument(self, file: File, site: int) -> tuple[Value, ...]:
        call = file.model.calls[site]
        if not call.args:
            return ()
        return self._values.of(file, call.args[0].value, file.place(call))

    def _handlers_in_tables(self) -> Iterator[Value]:
        """`FastAPI(exception_handlers={LangSmithError: handler})`, in the call or under a name.

        What is in a table that can't be told may be anything.
        """
        for file in self._files_with(frameworks.HANDLER_TABLE):
            for call in file.model.calls:
                for arg in call.args:
                    if arg.keyword == frameworks.HANDLER_TABLE:
                        yield from self._keys(file, arg.value, file.place(call))
            for row in file.model.bindings:
                if row.name == frameworks.HANDLER_TABLE and isinstance(row.value, ir.Mapping):
                    yield from self._keys(file, row.value, file.place(row))

    def _keys(self, file: File, table: ir.Expr, place: Place) -> Iterator[Value]:
        """The keys of a dict, as it is displayed here or where the name is bound, and of what is stored in it."""
        if isinstance(table, ir.Mapping):
            for key in table.keys:
                yield from (UNKNOWN,) if key is None else self._values.of(file, key, place)
        elif isinstance(table, ir.Name):
            yield from self._keys_of_name(file, table.id, place)
        elif table != ir.Constant("None"):
            yield UNKNOWN

    def _keys_of_name(self, file: File, name: str, place: Place) -> Iterator[Value]:
        for row in lookup(file, name, place):
            home = self._values.find_module(file.module_of(row), importer=file)
            if isinstance(row.value, ir.Mapping):
                yield from self._keys(file, row.value, file.place(row))
            elif row.kind == "import" and home is not None and row.member is not None:
                for found in module_bindings(home, row.member):
                    is_table = isinstance(found.value, ir.Mapping)
                    value = found.value if is_table and found.value else ir.Opaque(())
                    yield from self._keys(home, value, home.place(found))
            else:
                yield UNKNOWN
        for store in file.model.stores:
            target = store.target
            if isinstance(target, ir.Subscript) and last_name(target.value) == name:
                yield from self._values.of(file, target.index, file.place(store))

    def _route_class_catches(self, function: FunctionRef, mro: tuple[str, ...]) -> bool:
        """Whether the router of a route has a class for its routes that calls them in a handler.

        `APIRouter(route_class=Guarded)`: what `get_route_handler` of the base class gives is called by what that of
        the derived class gives (fastapi 0.165).
        """
        file = function.file
        return any(
            self._route_class_of(owner, mro)
            for decorator in file.model.scopes[function.scope].decorators
            for owner in self._owners(file, decorator)
        )

    def _owners(self, file: File, decorator: ir.Expr) -> Values:
        """The object whose method a decorator is."""
        func = uncalled(file, decorator)
        if not isinstance(func, ir.Attribute):
            return ()
        return self._values.of(file, func.value, Place(0, 0, LATEST))

    def _route_class_of(self, owner: Value, mro: tuple[str, ...]) -> bool:
        if not isinstance(owner, Instance) or owner.origin is None:
            return False
        file, site = owner.origin
        call = file.model.calls[site]
        return any(
            self._calls_in_handler(value, mro)
            for arg in call.args
            if arg.keyword == "route_class"
            for value in self._values.of(file, arg.value, file.place(call))
            if isinstance(value, ClassRef)
        )

    def _calls_in_handler(self, cls: ClassRef, mro: tuple[str, ...]) -> bool:
        """Whether a class calls the handler that its base class has made in a handler for the exception."""
        file = cls.file
        made = {
            name
            for site in file.calls_by_name.get(_MAKES_HANDLER, ())
            for name in file.model.calls[site].use.names
        }
        return any(
            self._guards.local(file, file.model.calls[site].block, RaisedError(mro)).verdict
            == "yes"
            for name in sorted(made)
            for site in file.calls_by_name.get(name, ())
            if _is_within(file, file.model.calls[site].scope, cls.scope)
        )

    def _middleware_catches(
        self, mro: tuple[str, ...], inner: FunctionRef | None = None
    ) -> bool:
        """Whether a middleware, around `inner` if that is one, calls the rest of the application in a handler."""
        return self._django_catches or any(
            self._guards.local(file, call.block, RaisedError(mro)).verdict == "yes"
            and self._is_added(file, call)
            and (
                inner is None
                or self._stands_around(FunctionRef(file, file.function_of(call.scope)), inner)
            )
            for file, call in self._calls_of_the_rest
        )

    def _stands_around(self, outer: FunctionRef, inner: FunctionRef) -> bool:
        """Whether a middleware is outside of another: what is added last is outermost (starlette 1.10)."""
        names = _middleware_name(outer), _middleware_name(inner)
        if names[0] == names[1]:
            return False
        for file in self._files_with("add_middleware("):
            added = [
                last_name(arg.value)
                for site in file.calls_by_name.get("add_middleware", ())
                for arg in file.model.calls[site].args
            ]
            if all(name in added for name in names):
                return added.index(names[0]) > added.index(names[1])
        return True

    @functools.cached_property
    def _django_catches(self) -> bool:
        """Whether a middleware of Django has a `process_exception` that makes a response of what views raise."""
        return any(
            scope.name == "process_exception" and _returns_value(file, index)
            for file in self._files_with("process_exception")
            for index, scope in enumerate(file.model.scopes)
        )

    @functools.cached_property
    def _calls_of_the_rest(self) -> tuple[tuple[File, ir.Call], ...]:
        """Where middleware calls what it stands around.

        `await call_next(request)` (Starlette), `await handler(request)` under `@web.middleware` (aiohttp), and
        `await self.app(scope, receive, send)` (ASGI). Django's `get_response` never raises: there it is the method
        `process_exception` that gets the exception.
        """
        return tuple(
            (file, file.model.calls[site])
            for word, others in (
                ("call_next", ()),
                ("handler", ("middleware",)),
                ("app", ("__call__", "receive")),
            )
            for file in self._files_with(f"{word}(", *others)
            for site in file.calls_by_name.get(word, ())
            if self._calls_the_rest(file, file.model.calls[site], word)
        )

    def _is_added(self, file: File, call: ir.Call) -> bool:
        """Whether the application gets a middleware: it is decorated, or its name is passed to something."""
        function = FunctionRef(file, file.function_of(call.scope))
        if file.model.scopes[function.scope].decorators:
            return True
        name = _middleware_name(function)
        known = self._added.get(name)
        if known is None:
            others = (
                self._project.try_load(other)
                for other in self._project.mentioning(name)
                if not is_test(other) and self._project.may_read(other, name)
            )
            known = self._added[name] = any(
                other is not None and name in other.sites_by_argument for other in others
            )
        return known

    def _calls_the_rest(self, file: File, call: ir.Call, word: str) -> bool:
        method = file.model.scopes[file.function_of(call.scope)]
        if word == "app":
            return method.name == "__call__" and len(call.args) == 3
        return any(param.name == word for param in method.params) and len(call.args) == 1

    @functools.cached_property
    def _bot_has_handler(self) -> bool:
        """Whether the project tells a chat framework what to do with errors."""
        return any(
            word in file.calls_by_name or _defines(file, word)
            for word in frameworks.BOT_HANDLERS
            for file in self._files_with(word)
        ) or any(
            last_name(decorator) == "error"
            for file in self._files_with("slack_bolt", "error")
            for scope in file.model.scopes
            for decorator in scope.decorators
        )


def _is_within(file: File, scope: int, outer: int) -> bool:
    """Whether a scope is within another."""
    while scope >= 0 and scope != outer:
        scope = file.model.scopes[scope].parent
    return scope >= 0


def _returns_value(file: File, scope: int) -> bool:
    return any(row.value is not None for row in file.returns_by_scope.get(scope, ()))


def _defines(file: File, name: str) -> bool:
    """Whether a function or class of a file has a name."""
    return any(scope.name == name for scope in file.model.scopes)


def _middleware_name(function: FunctionRef) -> str:
    """The name of a middleware: of its class, or of the function."""
    scopes = function.file.model.scopes
    scope = scopes[function.scope]
    return scopes[scope.parent].name if scopes[scope.parent].kind == "class" else scope.name


def _is_broad(value: Value) -> bool:
    return isinstance(value, Constant) or (
        isinstance(value, ExternalName) and value.name in _BROAD
    )
