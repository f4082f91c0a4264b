"""Entry points: where a program's own code begins, and so where an exception that nothing caught ends up."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith.analysis.entry_points import frameworks
from lint_langsmith.analysis.entry_points.declared import Declared
from lint_langsmith.analysis.entry_points.frameworks import Kind, Role
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Place, is_test, last_name, parts
from lint_langsmith.analysis.values.evaluator import (
    UNKNOWN,
    Bound,
    ClassRef,
    Constant,
    FunctionRef,
    Instance,
    Member,
    Symbol,
    Value,
)

if TYPE_CHECKING:
    from lint_langsmith.analysis.project.project import Project

_SCRIPT_NAMES: Final = frozenset({"__main__", "manage", "setup", "noxfile", "tasks", "fabfile"})
# Objects that run a command of theirs when they are called.
_APPLICATIONS: Final = frozenset({"typer.Typer", "cyclopts.App", "click.Group", "click.Command"})
_BROAD: Final = frozenset({"builtins.Exception", "builtins.BaseException"})


_ARGUMENT_PARSERS: Final = frozenset({"argparse", "click", "typer", "fire", "docopt", "cyclopts"})


class Entry(NamedTuple):
    """The beginning of a way. `certain` is false where it is taken for one only because nothing calls it."""

    kind: Kind
    file: File
    certain: bool


class Entries:
    """Tells the entry points of one project."""

    def __init__(self, project: Project) -> None:
        """`project` resolves names."""
        self._project = project
        self._scripts: dict[str, bool] = {}
        self._guards: dict[str, tuple[int, ...]] = {}
        self._served: dict[str, bool] = {}
        self._starting: dict[str, frozenset[int]] = {}
        self.declared = Declared(project)

    def module(self, file: File, block: int) -> Entry:
        """What runs code that stands outside of every function."""
        if file.is_test:
            return Entry("test", file, certain=True)
        if file.kind == "notebook":
            return Entry("notebook", file, certain=True)
        if self._imports(file, frameworks.RERUN):
            return Entry("page", file, certain=True)
        if not self._under_main_guard(file, block) and self._is_served(file):
            return Entry("service", file, certain=True)
        if self.is_script(file) or self._under_main_guard(file, block) or not self._is_imported(file):
            return Entry("cli" if self._reads_arguments(file) else "script", file, certain=True)
        return Entry("service", file, certain=True)

    def _is_served(self, file: File) -> bool:
        """Whether a server loads the module: by itself, or because of what imports it, as it may run as well."""
        known = self._served.get(file.relative)
        if known is None:
            known = self._served[file.relative] = self._is_loaded(file)
        return known

    def _is_loaded(self, file: File) -> bool:
        if self._makes_application(file) or self.declared.is_served(file):
            return True
        importing = self.declared.importing(file) if self.is_script(file) else ()
        # Most of what imports it makes no application, as its bytes show.
        loaded = (self._project.try_load(name) for name in importing if not is_test(name) and self._may_make_one(name))
        return any(other is not None and self._makes_application(other) for other in loaded)

    def _may_make_one(self, name: str) -> bool:
        return any(self._project.mentions(name, word) for word in frameworks.APPLICATIONS)

    def _makes_application(self, file: File) -> bool:
        """Whether a server loads the module: it makes the application that the server runs."""
        sites = (site for name in frameworks.APPLICATIONS for site in file.calls_by_name.get(name, ()))
        return any(
            isinstance(callee, Symbol) and callee.name.startswith(frameworks.WEB)
            for site in sites
            if file.function_of(file.model.calls[site].scope) == 0
            for callee in self._project.values.callee(file, site)
        )

    def function(self, function: FunctionRef, mro: tuple[str, ...]) -> Entry | None:
        """What calls a function from outside of the project; None where nothing does (a framework catches there)."""
        file = function.file
        scope = file.model.scopes[function.scope]
        if file.is_test or scope.name.startswith("test_"):
            return Entry("test", file, certain=False)
        role = self.role(function)
        if role == "caught":
            return None
        if role is not None:
            if self.framework_catches(role, mro, function) or (
                role == "route" and self._blueprint_catches(function, mro)
            ):
                return None
            return Entry(role, file, certain=True)
        if file.kind == "notebook":
            return Entry("notebook", file, certain=False)
        if self.declared.makes_graph(function):
            return Entry("agent", file, certain=True)
        if self._imports(file, frameworks.PAGES):
            return Entry("page", file, certain=False)
        if self.is_script(file):
            return Entry("cli" if self._reads_arguments(file) else "script", file, certain=False)
        if self._starts_commands(function) or self.declared.is_command(function):
            return Entry("cli", file, certain=True)
        return None if self._is_dead(function) else Entry("library", file, certain=False)

    def _starts_commands(self, function: FunctionRef) -> bool:
        """Whether a function starts a command line: what a package names as its script (`def main(): app()`)."""
        file = function.file
        known = self._starting.get(file.relative)
        if known is None:
            # All functions of a file at once: each would go through all of its calls.
            known = self._starting[file.relative] = frozenset(
                file.function_of(call.scope)
                for site, call in enumerate(file.model.calls)
                if any(map(self._is_command, self._project.values.callee(file, site)))
            )
        return function.scope in known

    def _is_command(self, callee: Value) -> bool:
        if isinstance(callee, Instance):
            return isinstance(callee.cls, Symbol) and callee.cls.name in _APPLICATIONS
        # Its decorators alone: who is handed it would be asked of all that the function calls.
        return isinstance(callee, FunctionRef) and self._decorated(callee) == "cli"

    def _is_dead(self, function: FunctionRef) -> bool:
        """Whether a function of a module is private and its name stands nowhere but in its definition."""
        file = function.file
        scope = file.model.scopes[function.scope]
        private = scope.name.startswith("_") and not scope.name.endswith("__")
        if scope.parent != 0 or not private or scope.decorators or self._may_be_called(function):
            return False
        read = any(row.name == scope.name for row in file.model.reads)
        # Another file can only mean this function if it names the module as well.
        module = PurePosixPath(file.relative).stem
        words = (scope.name,) if module == "__init__" else (scope.name, module)
        named = scope.name in file.sites_by_argument or any(
            name != file.relative for name in self._project.mentioning(*words)
        )
        return not read and not named

    def _may_be_called(self, function: FunctionRef) -> bool:
        """Whether a call in its file may be one of the function: not where the name still stands for another."""
        file = function.file
        sites = file.calls_by_name.get(file.model.scopes[function.scope].name, ())
        found = (value for site in sites for value in self._project.values.callee(file, site))
        return any(not isinstance(value, FunctionRef) or value == function for value in found)

    # -- who runs a function -----------------------------------------------------------------------------------------

    def role(self, function: FunctionRef) -> Role | None:
        """What runs a function, by its decorators, its place in a class, and the calls that it is handed to."""
        if function not in self._roles:
            self._roles[function] = self._decorated(function) or self._of_class(function) or self._registered(function)
        return self._roles[function]

    @functools.cached_property
    def _roles(self) -> dict[FunctionRef, Role | None]:
        return {}

    def _decorated(self, function: FunctionRef) -> Role | None:
        """What the decorators of a function say of who calls it."""
        for name in self._project.values.decorator_names(function):
            role = frameworks.of_decorator(name)
            if role is not None:
                return role
        return "route" if self._routed_by_spelling(function) else None

    def _routed_by_spelling(self, function: FunctionRef) -> bool:
        """`@app.post("/feedback")`, where `app` comes from somewhere that can't be followed."""
        scope = function.file.model.scopes[function.scope]
        return any(self.spells_route(function.file, decorator) for decorator in scope.decorators)

    def spells_route(self, file: File, decorator: ir.Expr) -> bool:
        """Whether a decorator has the form that web frameworks share: a verb, called with a path."""
        if not isinstance(decorator, ir.CallRef):
            return False
        call = file.model.calls[decorator.site]
        path = call.args[0].value if call.args else None
        if not isinstance(call.func, ir.Attribute) or not isinstance(path, ir.Text):
            return False
        return call.func.name in frameworks.ROUTE_VERBS and path.value.startswith("/")

    def _of_class(self, function: FunctionRef) -> Role | None:
        """Methods that a framework calls because of the class they are in, and functions that go by a known form."""
        file = function.file
        scope = file.model.scopes[function.scope]
        if scope.parent > 0 and file.model.scopes[scope.parent].kind == "class":
            if scope.name in frameworks.RESPONDERS and self._imports(file, frozenset({"falcon"})):
                return "route"
            for base in self._project.values.ancestry(ClassRef(file, scope.parent)):
                if isinstance(base, Symbol):
                    return frameworks.of_method(scope.name, base.name)
            return None
        # AWS calls a handler that is named in its settings; the names of the parameters are a convention.
        if scope.parent == 0 and [param.name for param in scope.params] == ["event", "context"]:
            return "function"
        return None

    def _registered(self, function: FunctionRef) -> Role | None:
        """What the calls that a function is handed to do with it."""
        roles = [self.registration(file, site, function) for file, site in self.handed_over(function)]
        return next((role for role in roles if role is not None), None)

    def registration(self, file: File, site: int, function: FunctionRef | None = None) -> Role | None:
        """What runs a function that is handed to the call at `site`; None for a call that runs it itself.

        `function` is the function, where it is one of the project.
        """
        call = file.model.calls[site]
        name = last_name(call.func)
        receiver = last_name(call.func.value) if isinstance(call.func, ir.Attribute) else ""
        if function is not None and any(arg.keyword in frameworks.STARTUP_KEYWORDS for arg in call.args):
            named = self._keyword_of(file, call, function)
            if named in frameworks.STARTUP_KEYWORDS:
                return "startup"
        for callee in self._project.values.callee(file, site):
            role = frameworks.of_registration(name, _qualified(callee), receiver)
            if role is not None:
                return role
        return self._decorated_by_hand(file, call)

    def _decorated_by_hand(self, file: File, call: ir.Call) -> Role | None:
        """`app.post("/feedback")(handler)`: a decorator with its arguments, applied by a call."""
        if not isinstance(call.func, ir.CallRef):
            return None
        names = self._project.values.decorator_name(file, call.func, file.place(call))
        for name in names:
            role = frameworks.of_decorator(name)
            if role is not None:
                return role
        return "route" if self.spells_route(file, call.func) else None

    def _keyword_of(self, file: File, call: ir.Call, function: FunctionRef) -> str | None:
        names = self._project.callers.names_of(function)
        for arg in call.args:
            if any(self._is_reference(file, call, part, name, function) for part in parts(arg.value) for name in names):
                return arg.keyword
        return None

    def agent_runs(self) -> tuple[tuple[File, ir.Call], ...]:
        """Where the project, outside of its tests, runs a graph, a chain or an agent."""
        return self._agent_runs

    @functools.cached_property
    def _agent_runs(self) -> tuple[tuple[File, ir.Call], ...]:
        project = self._project
        words = [f".{word}(" for word in sorted(frameworks.AGENT_RUNS)]
        names = frozenset().union(*project.holding(words).values())
        files = filter(None, (project.try_load(name) for name in sorted(names) if not is_test(name)))
        return tuple(
            (file, file.model.calls[site])
            for file in files
            for word in sorted(frameworks.AGENT_RUNS)
            for site in file.calls_by_name.get(word, ())
        )

    # -- scripts -----------------------------------------------------------------------------------------------------

    def is_script(self, file: File) -> bool:
        """Whether a file is run, not imported: it says so, or it works at the top and nothing imports it."""
        known = self._scripts.get(file.relative)
        if known is None:
            known = self._scripts[file.relative] = self._is_run(file)
        return known

    def _is_run(self, file: File) -> bool:
        if (
            file.kind == "notebook"
            or file.text.startswith("#!")
            or file.path.stem in _SCRIPT_NAMES
            or self.main_guards(file)
        ):
            return True
        return self._works_at_the_top(file) and not self._is_imported(file)

    def main_guards(self, file: File) -> tuple[int, ...]:
        """The blocks under `if __name__ == "__main__":`."""
        known = self._guards.get(file.relative)
        if known is None:
            known = self._guards[file.relative] = tuple(
                branch.body
                for branch in file.model.branches
                if isinstance(branch.test, ir.Comparison)
                and "__main__"
                in {part.value for part in (branch.test.left, *branch.test.rights) if isinstance(part, ir.Text)}
            )
        return known

    def _under_main_guard(self, file: File, block: int) -> bool:
        guards = set(self.main_guards(file))
        return any(current in guards for current in file.block_chain(block))

    def _works_at_the_top(self, file: File) -> bool:
        """Calls that stand as statements of the module: what an imported module seldom has."""
        return any(
            file.function_of(call.scope) == 0
            and (call.use.kind in {"statement", "iterate"} or (call.awaited_use or call.use).kind == "statement")
            and not _is_set_up(call)
            for call in file.model.calls
        )

    def _is_imported(self, file: File) -> bool:
        return file.relative in self._imported

    @functools.cached_property
    def _imported(self) -> frozenset[str]:
        """The files that a file with LangSmith in it imports, or that any other file of the project names to import."""
        project = self._project
        return frozenset(name for name in project.near if project.imports.importers(name))

    def _reads_arguments(self, file: File) -> bool:
        return not file.packages.isdisjoint(_ARGUMENT_PARSERS)

    def _imports(self, file: File, packages: frozenset[str]) -> bool:
        return not file.packages.isdisjoint(packages)

    # -- frameworks --------------------------------------------------------------------------------------------------

    def framework_catches(self, kind: Kind, mro: tuple[str, ...], function: FunctionRef | None = None) -> bool:
        """Whether a handler that the project registers with its framework catches the exception in such functions.

        `function` is the one that raises it, where that is known: middleware does not stand around itself.
        """
        if kind == "bot":
            return self._bot_has_handler
        if kind not in {"route", "websocket", "middleware"}:
            return False
        catching = [value for value in self._handlers if self._catches(value, mro)]
        broad = [value for value in catching if _is_broad(value)]
        if kind == "route":
            return bool(catching) or self._middleware_catches(mro)
        # A handler for everything stands around the middleware, the others inside of it; sockets see the others only.
        if kind == "middleware":
            return bool(broad) or self._middleware_catches(mro, function)
        return len(catching) > len(broad)

    def _catches(self, value: Value, mro: tuple[str, ...]) -> bool:
        if isinstance(value, Constant):
            return value.literal == "500"
        return self._project.flow.catches_value(value, mro) == "yes"

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
        values = self._project.values
        for file in self._files_with("sanic", ".exception("):
            for site in file.calls_by_name.get("exception", ()):
                if any(_qualified(callee).startswith("sanic.") for callee in values.callee(file, site)):
                    yield from self._first_argument(file, site)

    def _blueprints(self, file: File, decorator: ir.Expr) -> tuple[Value, ...]:
        """The blueprints that `@blueprint.errorhandler(…)` and `@blueprint.route(…)` stand for.

        What a blueprint handles are the errors of its own routes (flask 3.1); `app_errorhandler` is for all.
        """
        if not isinstance(decorator, ir.Attribute) or decorator.name == "app_errorhandler":
            return ()
        owners = self._project.values.of(file, decorator.value, Place(0, 0, 10**9))
        return tuple(
            owner
            for owner in owners
            if isinstance(owner, Instance) and isinstance(owner.cls, Symbol) and owner.cls.name.endswith(".Blueprint")
        )

    def _blueprint_catches(self, function: FunctionRef, mro: tuple[str, ...]) -> bool:
        """Whether the blueprint that a route belongs to has a handler of its own for the exception."""
        file = function.file
        decorators = file.model.scopes[function.scope].decorators
        funcs = [file.model.calls[item.site].func for item in decorators if isinstance(item, ir.CallRef)]
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
        return self._project.values.of(file, call.args[0].value, file.place(call))

    def _handlers_in_tables(self) -> Iterator[Value]:
        """`FastAPI(exception_handlers={LangSmithError: handler})`, in the call or under that name."""
        values = self._project.values
        for file in self._files_with(frameworks.HANDLER_TABLE):
            passed = [
                (arg.value, file.place(call))
                for call in file.model.calls
                for arg in call.args
                if arg.keyword == frameworks.HANDLER_TABLE
            ]
            named = [
                (row.value, file.place(row))
                for row in file.model.bindings
                if row.name == frameworks.HANDLER_TABLE and row.value is not None
            ]
            for table, place in (*passed, *named):
                for key in table.keys if isinstance(table, ir.Mapping) else ():
                    if key is not None:
                        yield from values.of(file, key, place)

    def _middleware_catches(self, mro: tuple[str, ...], inner: FunctionRef | None = None) -> bool:
        """Whether a middleware, around `inner` if that is one, calls the rest of the application in a handler."""
        flow = self._project.flow
        return self._django_catches or any(
            flow.local(file, call.block, mro).verdict == "yes"
            and (inner is None or self._stands_around(FunctionRef(file, file.function_of(call.scope)), inner))
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
            scope.name == "process_exception"
            and any(row.value is not None for row in file.returns_by_scope.get(index, ()))
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
        found = [
            (file, file.model.calls[site])
            for word, others in (("call_next", ()), ("handler", ("middleware",)), ("app", ("__call__", "receive")))
            for file in self._files_with(f"{word}(", *others)
            for site in file.calls_by_name.get(word, ())
            if self._calls_the_rest(file, file.model.calls[site], word)
        ]
        return tuple((file, call) for file, call in found if self._is_added(file, call))

    def _is_added(self, file: File, call: ir.Call) -> bool:
        """Whether the application gets a middleware: it is decorated, or its name is passed to something."""
        function = FunctionRef(file, file.function_of(call.scope))
        if file.model.scopes[function.scope].decorators:
            return True
        name = _middleware_name(function)
        others = (self._project.try_load(other) for other in self._project.mentioning(name))
        return any(other is not None and name in other.sites_by_argument for other in others)

    def _calls_the_rest(self, file: File, call: ir.Call, word: str) -> bool:
        method = file.model.scopes[file.function_of(call.scope)]
        if word == "app":
            return method.name == "__call__" and len(call.args) == 3
        return any(param.name == word for param in method.params) and len(call.args) == 1

    @functools.cached_property
    def _bot_has_handler(self) -> bool:
        """Whether the project tells a chat framework what to do with errors."""
        return any(
            word in file.calls_by_name or any(scope.name == word for scope in file.model.scopes)
            for word in frameworks.BOT_HANDLERS
            for file in self._files_with(word)
        ) or any(
            last_name(decorator) == "error"
            for file in self._files_with("slack_bolt", "error")
            for scope in file.model.scopes
            for decorator in scope.decorators
        )

    # -- functions as values -----------------------------------------------------------------------------------------

    def handed_over(self, function: FunctionRef) -> Iterator[tuple[File, int]]:
        """Calls that get the function as an argument: `asyncio.to_thread(f)`, `pool.submit(f)`, `Thread(target=f)`."""
        for site in function.file.sites_by_lambda.get(function.scope, ()):
            yield function.file, site
        yield from self._made_and_handed_over(function)
        yield from self._project.callers.hand_overs(function)

    def _made_and_handed_over(self, function: FunctionRef) -> Iterator[tuple[File, int]]:
        """Calls that get a function from the function around it: `evaluate(make_target("v1"), …)`."""
        file = function.file
        maker = file.model.scopes[function.scope].parent
        if maker <= 0 or file.model.scopes[maker].kind != "function":
            return
        names = self._project.callers.names_of(function)
        if any(last_name(row.value) in names for row in file.returns_by_scope.get(maker, ()) if row.value is not None):
            for caller, site in self._project.callers.sites(FunctionRef(file, maker)):
                use = caller.model.calls[site].use
                if use.kind == "argument" and use.outer is not None:
                    yield caller, use.outer

    def _is_reference(self, file: File, call: ir.Call, expr: ir.Expr, name: str, function: FunctionRef) -> bool:
        if last_name(expr) != name:
            return False
        values = self._project.values.of(file, expr, file.place(call))
        return any((value.function if isinstance(value, Bound) else value) == function for value in values)


def _middleware_name(function: FunctionRef) -> str:
    """The name of a middleware: of its class, or of the function."""
    scopes = function.file.model.scopes
    scope = scopes[function.scope]
    return scopes[scope.parent].name if scopes[scope.parent].kind == "class" else scope.name


def _is_broad(value: Value) -> bool:
    return isinstance(value, Constant) or (isinstance(value, Symbol) and value.name in _BROAD)


def _qualified(callee: Value) -> str:
    """The qualified name of something from outside of the project; empty where it can't be told."""
    if isinstance(callee, Symbol):
        return callee.name
    if isinstance(callee, Member) and isinstance(callee.receiver.cls, Symbol):
        return f"{callee.receiver.cls.name}.{callee.name}"
    return "" if callee == UNKNOWN else "?"


def _is_set_up(call: ir.Call) -> bool:
    """Set-up that libraries do at the top as well: logging, environment, registering things on an object."""
    name = call.func.name if isinstance(call.func, ir.Attribute) else ""
    quiet = {"load_dotenv", "basicConfig", "filterwarnings", "simplefilter", "append", "insert", "setdefault"}
    bare = call.func.id if isinstance(call.func, ir.Name) else name
    return bare in quiet or name.startswith(("add_", "include_", "register", "set_", "setup", "mount", "update"))


__all__ = ["Entries", "Entry", "Kind"]
