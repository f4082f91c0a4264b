"""Entry points: where a program's own code begins, and so where an exception that nothing caught ends up."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from lint_langsmith.model import data
from lint_langsmith.model.file import File, Place, last_name
from lint_langsmith.model.values import (
    Bound,
    ClassRef,
    FunctionRef,
    Instance,
    Symbol,
    Value,
)

if TYPE_CHECKING:
    from lint_langsmith.model.project import Project

Kind: TypeAlias = Literal["test", "script", "cli", "page", "route", "task", "loop", "service", "library"]

_ROUTE_VERBS: Final = frozenset(
    {"get", "post", "put", "patch", "delete", "head", "options", "route", "api_route", "websocket", "middleware"},
)
_ROUTERS: Final = (
    "fastapi.", "flask.", "starlette.", "quart.", "sanic.", "litestar.", "aiohttp.web.", "bottle.", "robyn.",
    "blacksheep.", "falcon.",
)  # fmt: skip
_APPLICATIONS: Final = (
    "FastAPI",
    "Flask",
    "Starlette",
    "Quart",
    "Sanic",
    "Litestar",
    "Application",
    "App",
    "APIRouter",
    "Blueprint",
)
_COMMANDS: Final = ("click.", "typer.", "rich_click.", "fire.", "cyclopts.", "asyncclick.")
_TASKS: Final = ("celery.", "dramatiq.", "rq.", "huey.", "arq.", "prefect.", "airflow.", "modal.")
_PAGES: Final = frozenset({"streamlit", "gradio", "chainlit", "panel", "dash", "nicegui"})
_HANDLER_DECORATORS: Final = frozenset({"exception_handler", "errorhandler", "app_errorhandler", "error_handler"})
_HANDLER_CALLS: Final = frozenset({"add_exception_handler", "register_error_handler"})
_SCRIPT_NAMES: Final = frozenset({"__main__", "manage", "setup", "noxfile", "tasks", "fabfile"})


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

    def module(self, file: File, block: int) -> Entry:
        """What runs code that stands outside of every function."""
        if file.is_test:
            return Entry("test", file, certain=True)
        if self._is_page(file):
            return Entry("page", file, certain=True)
        if self._makes_application(file) and not self._under_main_guard(file, block):
            return Entry("service", file, certain=True)
        if self.is_script(file) or self._under_main_guard(file, block) or not self._is_imported(file):
            return Entry("cli" if self._reads_arguments(file) else "script", file, certain=True)
        return Entry("service", file, certain=True)

    def _makes_application(self, file: File) -> bool:
        """Whether a server loads the module: it makes the application that the server runs."""
        sites = (site for name in _APPLICATIONS for site in file.calls_by_name.get(name, ()))
        return any(
            isinstance(callee, Symbol) and callee.name.startswith(_ROUTERS)
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
        kind = self._decorated(function)
        if kind == "route":
            return None if self.framework_catches(mro) else Entry("route", file, certain=True)
        if kind is not None:
            return Entry(kind, file, certain=True)
        if self._is_page(file):
            return Entry("page", file, certain=False)
        if self.is_script(file):
            return Entry("cli" if self._reads_arguments(file) else "script", file, certain=False)
        return Entry("library", file, certain=False)

    def _decorated(self, function: FunctionRef) -> Kind | None:
        """What the decorators of a function say of who calls it."""
        for name in self._project.values.decorator_names(function):
            verb = name.rpartition(".")[2]
            if name.startswith(_ROUTERS) and verb in _ROUTE_VERBS:
                return "route"
            if name.startswith(_COMMANDS) and verb in {"command", "group", "callback"}:
                return "cli"
            if name.startswith(_TASKS) and verb in {"task", "actor", "job", "flow", "function"}:
                return "task"
        return "route" if self._routed_by_spelling(function) else None

    def _routed_by_spelling(self, function: FunctionRef) -> bool:
        """`@app.post("/feedback")`, where `app` comes from somewhere that can't be followed."""
        scope = function.file.model.scopes[function.scope]
        return any(self.spells_route(function.file, decorator) for decorator in scope.decorators)

    def spells_route(self, file: File, decorator: data.Expr) -> bool:
        """Whether a decorator has the form that web frameworks share: a verb, called with a path."""
        if not isinstance(decorator, data.CallRef):
            return False
        call = file.model.calls[decorator.site]
        path = call.args[0].value if call.args else None
        if not isinstance(call.func, data.Attribute) or not isinstance(path, data.Text):
            return False
        return call.func.name in _ROUTE_VERBS and path.value.startswith("/")

    def group_calls(self, function: FunctionRef) -> Iterator[tuple[File, data.Call]]:
        """Where the command line that a command belongs to is started: `cli()` behind `@cli.command()`."""
        file = function.file
        scope = file.model.scopes[function.scope]
        place = Place(scope.parent, scope.outer_block, scope.order)
        for decorator in scope.decorators:
            func = file.model.calls[decorator.site].func if isinstance(decorator, data.CallRef) else decorator
            if not isinstance(func, data.Attribute) or func.name not in {"command", "group", "callback"}:
                continue
            for group in self._project.values.of(file, func.value, place):
                if isinstance(group, (FunctionRef, Instance)):
                    yield from self._starts(group, file, last_name(func.value))

    def _starts(self, group: FunctionRef | Instance, file: File, name: str) -> Iterator[tuple[File, data.Call]]:
        owner = group.file if isinstance(group, FunctionRef) else group.origin[0] if group.origin else file
        for caller in self._project.possible_callers(owner, name):
            for site in caller.calls_by_name.get(name, ()):
                if group in self._project.values.callee(caller, site):
                    yield caller, caller.model.calls[site]

    def own_group_class(self, function: FunctionRef) -> Iterator[ClassRef]:
        """The project's own group classes, `@click.group(cls=SafeGroup)`, around a command."""
        file = function.file
        scope = file.model.scopes[function.scope]
        place = Place(scope.parent, scope.outer_block, scope.order)
        for decorator in scope.decorators:
            func = file.model.calls[decorator.site].func if isinstance(decorator, data.CallRef) else decorator
            if isinstance(func, data.Attribute):
                for group in self._project.values.of(file, func.value, place):
                    if isinstance(group, FunctionRef):
                        yield from self._group_classes(group)

    def _group_classes(self, group: FunctionRef) -> Iterator[ClassRef]:
        file = group.file
        scope = file.model.scopes[group.scope]
        for decorator in scope.decorators:
            if isinstance(decorator, data.CallRef):
                call = file.model.calls[decorator.site]
                for arg in call.args:
                    if arg.keyword == "cls":
                        values = self._project.values.of(file, arg.value, file.place(call))
                        yield from (value for value in values if isinstance(value, ClassRef))

    # -- scripts -----------------------------------------------------------------------------------------------------

    def is_script(self, file: File) -> bool:
        """Whether a file is run, not imported: it says so, or it works at the top and nothing imports it."""
        if file.text.startswith("#!") or file.path.stem in _SCRIPT_NAMES or self.main_guards(file):
            return True
        return self._works_at_the_top(file) and not self._is_imported(file)

    def main_guards(self, file: File) -> tuple[int, ...]:
        """The blocks under `if __name__ == "__main__":`."""
        return tuple(
            branch.body
            for branch in file.model.branches
            if isinstance(branch.test, data.Comparison)
            and "__main__"
            in {part.value for part in (branch.test.left, *branch.test.rights) if isinstance(part, data.Text)}
        )

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
        found: set[str] = set()
        project = self._project
        from lint_langsmith.model.imports import imported_words  # noqa: PLC0415 - asked for seldom

        words = imported_words(project)
        for name in (*project.relevant, *project.reached):
            stem = name.rpartition("/")[2].removesuffix(".py")
            importers = words.get(stem, ())
            if any(importer != name for importer in importers):
                found.add(name)
        return frozenset(found)

    def _reads_arguments(self, file: File) -> bool:
        return any(
            binding.kind == "import"
            and binding.module.partition(".")[0] in {"argparse", "click", "typer", "fire", "docopt", "cyclopts"}
            for binding in file.model.bindings
        )

    def _is_page(self, file: File) -> bool:
        return any(
            binding.kind == "import" and binding.level == 0 and binding.module.partition(".")[0] in _PAGES
            for binding in file.model.bindings
        )

    # -- frameworks --------------------------------------------------------------------------------------------------

    def framework_catches(self, mro: tuple[str, ...]) -> bool:
        """Whether a handler that the project registers with its web framework catches the exception in every route."""
        return any(self._project.flow._any_catches((value,), mro) == "yes" for value in self._registered)  # noqa: SLF001

    @functools.cached_property
    def _registered(self) -> tuple[Value, ...]:
        """The exception classes that are registered with the frameworks, and what middleware catches."""
        project = self._project
        found: list[Value] = []
        for word in (*sorted(_HANDLER_DECORATORS), *sorted(_HANDLER_CALLS)):
            for name in project.mentioning(word):
                file = project.try_load(name)
                for site in file.calls_by_name.get(word, ()) if file is not None else ():
                    found.extend(self._first_argument(file, site) if file is not None else ())
        return (*found, *self._caught_by_middleware())

    def _first_argument(self, file: File, site: int) -> tuple[Value, ...]:
        call = file.model.calls[site]
        if not call.args:
            return ()
        return self._project.values.of(file, call.args[0].value, file.place(call))

    def _caught_by_middleware(self) -> Iterator[Value]:
        """A middleware that wraps `await call_next(request)` in a broad handler catches for every route."""
        project = self._project
        for name in project.mentioning("call_next"):
            file = project.try_load(name)
            for site in file.calls_by_name.get("call_next", ()) if file is not None else ():
                if file is None:
                    continue
                call = file.model.calls[site]
                for base in ("langsmith.utils.LangSmithError", "langsmith.LangsmithError"):
                    error = project.sdk.canonical(base)
                    mro = project.sdk.error_mro(error) if error is not None else ()
                    if mro and project.flow.local(file, call.block, mro).verdict == "yes":
                        yield Symbol(mro[0])

    # -- functions as values -----------------------------------------------------------------------------------------

    def handed_over(self, function: FunctionRef) -> Iterator[tuple[File, int]]:
        """Calls that get the function as an argument: `asyncio.to_thread(f)`, `pool.submit(f)`, `Thread(target=f)`."""
        for site in function.file.sites_by_lambda.get(function.scope, ()):
            yield function.file, site
        for name in self._project.names_of(function):
            for file in self._project.possible_callers(function.file, name):
                for site in file.sites_by_argument.get(name, ()):
                    call = file.model.calls[site]
                    if any(self._is_reference(file, call, arg.value, name, function) for arg in call.args):
                        yield file, site

    def _is_reference(self, file: File, call: data.Call, expr: data.Expr, name: str, function: FunctionRef) -> bool:
        if last_name(expr) != name:
            return False
        values = self._project.values.of(file, expr, file.place(call))
        return any((value.function if isinstance(value, Bound) else value) == function for value in values)


def _is_set_up(call: data.Call) -> bool:
    """Set-up that libraries do at the top as well: logging, environment, registering things on an object."""
    name = call.func.name if isinstance(call.func, data.Attribute) else ""
    quiet = {"load_dotenv", "basicConfig", "filterwarnings", "simplefilter", "append", "insert", "setdefault"}
    bare = call.func.id if isinstance(call.func, data.Name) else name
    return bare in quiet or name.startswith(("add_", "include_", "register", "set_", "setup", "mount", "update"))


__all__ = ["Entries", "Entry", "Instance", "Kind"]
