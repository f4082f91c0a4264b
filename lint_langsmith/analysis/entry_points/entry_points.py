"""Entry points: where a program's own code begins, and so where an exception that nothing caught ends up."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith.analysis.entry_points import frameworks
from lint_langsmith.analysis.entry_points.declared import Declared
from lint_langsmith.analysis.entry_points.frameworks import Kind, Role
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, is_test, last_name, main_block, parts
from lint_langsmith.analysis.values.abstract import (
    UNKNOWN,
    Bound,
    ClassRef,
    Constant,
    ExternalAttribute,
    ExternalName,
    FunctionRef,
    Instance,
    Literal,
    Value,
    function_of,
)
from lint_langsmith.remembered import remembered

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluator import Evaluator

_SCRIPT_NAMES: Final = frozenset({"__main__", "manage", "setup", "noxfile", "tasks", "fabfile"})
# Objects that run a command of theirs when they are called.
_APPLICATIONS: Final = frozenset(
    {"typer.Typer", "cyclopts.App", "click.Group", "click.Command"}
)


_ARGUMENT_PARSERS: Final = frozenset(
    {"argparse", "click", "typer", "fire", "docopt", "cyclopts"}
)


class EntryPoint(NamedTuple):
    """The beginning of a way. `certain` is false where it is taken for one only because nothing calls it."""

    kind: Kind
    file: File
    certain: bool


class EntryPoints:
    """Tells the entry points of one project."""

    def __init__(self, values: Evaluator) -> None:
        """`values` resolves names."""
        self._project = values.project
        self._view = values.view
        self._values = values
        self.declared = Declared(values)

    def module(self, file: File, block: int) -> EntryPoint:
        """What runs code that stands outside of every function."""
        if file.is_test:
            return EntryPoint("test", file, certain=True)
        if file.kind == "notebook":
            return EntryPoint("notebook", file, certain=True)
        if self._imports(file, frameworks.RERUN):
            return EntryPoint("page", file, certain=True)
        if not self._under_main_guard(file, block) and self._is_served(file):
            return EntryPoint("service", file, certain=True)
        if (
            self.is_script(file)
            or self._under_main_guard(file, block)
            or not self._is_imported(file)
        ):
            return EntryPoint(
                "cli" if self._reads_arguments(file) else "script", file, certain=True
            )
        return EntryPoint(
            "script" if self._is_part_of_scripts(file) else "service", file, certain=True
        )

    def _is_part_of_scripts(self, file: File) -> bool:
        """Whether all that begins with a module's import is scripts and notebooks, as the importers' bytes show."""
        importing = [
            name
            for name in self.declared.importing(file)
            if name != file.relative and not is_test(name)
        ]
        starts = [name for name in importing if not self._project.imports.importers(name)]
        return bool(starts) and all(
            self._may_be_script(name) and not self._may_make_one(name) for name in starts
        )

    def _may_be_script(self, name: str) -> bool:
        return name.endswith(".ipynb") or self._project.mentions(name, "__main__")

    def runs_alone(self, file: File) -> bool:
        """Whether a file is a script that nothing imports and no server loads."""
        return (
            bool(self.main_guards(file))
            and not self._is_imported(file)
            and not self._is_served(file)
        )

    @remembered
    def _is_served(self, file: File) -> bool:
        """Whether a server loads the module: by itself, or because of what imports it, as it may run as well."""
        return self._is_loaded(file)

    def _is_loaded(self, file: File) -> bool:
        if self._makes_application(file) or self.declared.is_served(file):
            return True
        importing = self.declared.importing(file) if self.is_script(file) else ()
        # Most of what imports it makes no application, as its bytes show.
        loaded = (
            self._project.try_load(name)
            for name in importing
            if not is_test(name) and self._may_make_one(name)
        )
        return any(other is not None and self._makes_application(other) for other in loaded)

    def _may_make_one(self, name: str) -> bool:
        return any(self._project.mentions(name, word) for word in frameworks.APPLICATIONS)

    def _makes_application(self, file: File) -> bool:
        """Whether a server loads the module: it makes the application that the server runs."""
        sites = (
            site
            for name in frameworks.APPLICATIONS
            for site in file.calls_by_name.get(name, ())
        )
        return any(
            isinstance(callee, ExternalName) and callee.name.startswith(frameworks.WEB)
            for site in sites
            if file.function_of(file.model.calls[site].scope) == 0
            for callee in self._values.callee(file, site)
        )

    def function(self, function: FunctionRef) -> EntryPoint | None:
        """What calls a function from outside of the project; None where nothing does, or where it catches all."""
        file = function.file
        scope = file.model.scopes[function.scope]
        if file.is_test or scope.name.startswith("test_"):
            return EntryPoint("test", file, certain=False)
        role = self.role(function)
        if role == "caught":
            return None
        if role is not None:
            return EntryPoint(role, file, certain=True)
        if file.kind == "notebook":
            return EntryPoint("notebook", file, certain=False)
        if self.declared.makes_graph(function):
            return EntryPoint("agent", file, certain=True)
        if self._imports(file, frameworks.PAGES):
            return EntryPoint("page", file, certain=False)
        if self.is_script(file):
            return EntryPoint(
                "cli" if self._reads_arguments(file) else "script", file, certain=False
            )
        if self._starts_commands(function) or self.declared.is_command(function):
            return EntryPoint("cli", file, certain=True)
        return None if self._is_dead(function) else EntryPoint("library", file, certain=False)

    def _starts_commands(self, function: FunctionRef) -> bool:
        """Whether a function starts a command line: what a package names as its script (`def main(): app()`)."""
        file = function.file
        return function.scope in self._starting(file)

    @remembered
    def _starting(self, file: File) -> frozenset[int]:
        # All functions of a file at once: each would go through all of its calls.
        return frozenset(self._functions_with_commands(file))

    def _functions_with_commands(self, file: File) -> Iterator[int]:
        """The functions of a file, by their scopes, that call a command or an application of commands.

        To tell what all calls of a file call leads through most of the project. A command is made with one of few
        packages, so a file that can't get at them is not asked.
        """
        if file.relative in self._with_commands:
            for site, call in enumerate(file.model.calls):
                if any(map(self._is_command, self._values.callee(file, site))):
                    yield file.function_of(call.scope)

    @functools.cached_property
    def _with_commands(self) -> frozenset[str]:
        """The files that can get at a package that makes commands, as their import statements show."""
        return self._project.imports.leading_to(frameworks.COMMAND_PACKAGES)

    def _is_command(self, callee: Value) -> bool:
        if isinstance(callee, Instance):
            return isinstance(callee.cls, ExternalName) and callee.cls.name in _APPLICATIONS
        # Its decorators alone: who is handed it would be asked of all that the function calls.
        return isinstance(callee, FunctionRef) and self._decorated(callee) == "cli"

    def _is_dead(self, function: FunctionRef) -> bool:
        """Whether a function of a module is private and its name stands nowhere but in its definition."""
        file = function.file
        scope = file.model.scopes[function.scope]
        private = scope.name.startswith("_") and not scope.name.endswith("__")
        if (
            scope.parent != 0
            or not private
            or scope.decorators
            or self._may_be_called(function)
        ):
            return False
        read = scope.name in file.reads_by_name
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
        found = (value for site in sites for value in self._values.callee(file, site))
        return any(not isinstance(value, FunctionRef) or value == function for value in found)

    # -- who runs a function -----------------------------------------------------------------------------------------

    @remembered
    def role(self, function: FunctionRef) -> Role | None:
        """What runs a function, by its decorators, its place in a class, and the calls that it is handed to."""
        return (
            self._decorated(function) or self._of_class(function) or self._registered(function)
        )

    def _decorated(self, function: FunctionRef) -> Role | None:
        """What the decorators of a function say of who calls it."""
        for name in self._values.decorator_names(function):
            role = frameworks.of_decorator(name)
            if role is not None:
                return role
        return "route" if self._routed_by_spelling(function) else None

    def _routed_by_spelling(self, function: FunctionRef) -> bool:
        """`@app.post("/feedback")`, where `app` comes from somewhere that can't be followed."""
        scope = function.file.model.scopes[function.scope]
        return any(
            self._spells_route(function.file, decorator) for decorator in scope.decorators
        )

    def _spells_route(self, file: File, decorator: ir.Expr) -> bool:
        """Whether a decorator has the form of a route, and is not known to be the project's own code alone."""
        if not isinstance(decorator, ir.CallRef) or not frameworks.spells_route(
            file, decorator
        ):
            return False
        functions = [
            function_of(callee) for callee in self._values.callee(file, decorator.site)
        ]
        return not functions or not all(
            function is not None and self._gives_own(function) for function in functions
        )

    def _gives_own(self, function: FunctionRef) -> bool:
        """Whether a function of the project surely gives something of the project: no decorator of a framework."""
        own = (FunctionRef, Bound, ClassRef, Literal, Constant)
        return all(isinstance(value, own) for value in self._values.results(function))

    def _of_class(self, function: FunctionRef) -> Role | None:
        """Methods that a framework calls because of the class they are in, and functions that go by a known form."""
        file = function.file
        scope = file.model.scopes[function.scope]
        if file.model.scopes[scope.parent].kind == "class":
            if scope.name in frameworks.RESPONDERS and self._imports(
                file, frozenset({"falcon"})
            ):
                return "route"
            bases = self._values.ancestry(ClassRef(file, scope.parent))
            roles = (
                frameworks.of_method(scope.name, base.name)
                for base in bases
                if isinstance(base, ExternalName)
            )
            return next((role for role in roles if role is not None), None)
        # AWS calls a handler that is named in its settings; the names of the parameters are a convention.
        if scope.parent == 0 and [param.name for param in scope.params] == ["event", "context"]:
            return "function"
        return None

    def _registered(self, function: FunctionRef) -> Role | None:
        """What the calls that a function is handed to do with it."""
        roles = [
            self.registration(file, site, function) for file, site in self.handed_over(function)
        ]
        return next((role for role in roles if role is not None), None)

    def registration(
        self, file: File, site: int, function: FunctionRef | None = None
    ) -> Role | None:
        """What runs a function that is handed to the call at `site`; None for a call that runs it itself.

        `function` is the function, where it is one of the project.
        """
        call = file.model.calls[site]
        name = last_name(call.func)
        receiver = last_name(call.func.value) if isinstance(call.func, ir.Attribute) else ""
        if function is not None and self._is_given_as_startup(file, call, function):
            return "startup"
        for callee in self._values.callee(file, site):
            role = frameworks.of_registration(name, qualified(callee), receiver)
            if role is not None:
                return role
        return self._decorated_by_hand(file, call)

    def _decorated_by_hand(self, file: File, call: ir.Call) -> Role | None:
        """`app.post("/feedback")(handler)`: a decorator with its arguments, applied by a call."""
        if not isinstance(call.func, ir.CallRef):
            return None
        names = self._values.decorator_name(file, call.func, file.place(call))
        for name in names:
            role = frameworks.of_decorator(name)
            if role is not None:
                return role
        return "route" if self._spells_route(file, call.func) else None

    def _is_given_as_startup(self, file: File, call: ir.Call, function: FunctionRef) -> bool:
        """Whether a call gets the function as `lifespan=` or in `on_startup=[…]`."""
        given = [arg for arg in call.args if arg.keyword in frameworks.STARTUP_KEYWORDS]
        names = self._values.call_graph.names_of(function) if given else ()
        return any(
            self._is_reference(file, call, part, name, function)
            for arg in given
            for part in parts(arg.value)
            for name in names
        )

    def agent_runs(self) -> tuple[tuple[File, ir.Call], ...]:
        """Where the project, outside of its tests, runs a graph, a chain or an agent."""
        return self._agent_runs

    @functools.cached_property
    def _agent_runs(self) -> tuple[tuple[File, ir.Call], ...]:
        project = self._project
        words = [f".{word}(" for word in sorted(frameworks.AGENT_RUNS)]
        names = frozenset().union(*project.holding(words).values())
        files = filter(
            None, (project.try_load(name) for name in sorted(names) if not is_test(name))
        )
        return tuple(
            (file, file.model.calls[site])
            for file in files
            for word in sorted(frameworks.AGENT_RUNS)
            for site in file.calls_by_name.get(word, ())
        )

    # -- scripts -----------------------------------------------------------------------------------------------------

    @remembered
    def is_script(self, file: File) -> bool:
        """Whether a file is run, not imported: it says so, or it works at the top and nothing imports it."""
        return self._is_run(file)

    def _is_run(self, file: File) -> bool:
        if (
            file.kind == "notebook"
            or file.text.startswith("#!")
            or file.path.stem in _SCRIPT_NAMES
            or self.main_guards(file)
        ):
            return True
        return self._works_at_the_top(file) and not self._is_imported(file)

    @remembered
    def main_guards(self, file: File) -> tuple[int, ...]:
        """The blocks under `if __name__ == "__main__":`."""
        blocks = map(main_block, file.model.branches)
        return tuple(block for block in blocks if block >= 0)

    def _under_main_guard(self, file: File, block: int) -> bool:
        guards = set(self.main_guards(file))
        return any(current in guards for current in file.block_chain(block))

    def _works_at_the_top(self, file: File) -> bool:
        """Calls that stand as statements of the module: what an imported module seldom has."""
        return any(
            file.function_of(call.scope) == 0
            and call.use.kind in {"statement", "iterate"}
            and not _is_set_up(call)
            for call in file.model.calls
        )

    def _is_imported(self, file: File) -> bool:
        return file.relative in self._imported

    @functools.cached_property
    def _imported(self) -> frozenset[str]:
        """The files that a file with LangSmith in it imports, or that any other file of the project names to import."""
        imports = self._project.imports
        return frozenset(name for name in self._view.in_scope if imports.importers(name))

    def _reads_arguments(self, file: File) -> bool:
        return not file.packages.isdisjoint(_ARGUMENT_PARSERS)

    def _imports(self, file: File, packages: frozenset[str]) -> bool:
        return not file.packages.isdisjoint(packages)

    # -- functions as values -----------------------------------------------------------------------------------------

    def handed_over(self, function: FunctionRef) -> Iterator[tuple[File, int]]:
        """Calls that get the function as an argument: `asyncio.to_thread(f)`, `pool.submit(f)`, `Thread(target=f)`."""
        yield from self._made_and_handed_over(function)
        yield from self._values.call_graph.hand_overs(function)

    def _made_and_handed_over(self, function: FunctionRef) -> Iterator[tuple[File, int]]:
        """Calls that get a function from the function around it: `evaluate(make_target("v1"), …)`."""
        file = function.file
        maker = file.model.scopes[function.scope].parent
        if file.model.scopes[maker].kind != "function":
            return
        names = self._values.call_graph.names_of(function)
        if any(
            last_name(row.value) in names
            for row in file.returns_by_scope.get(maker, ())
            if row.value is not None
        ):
            for caller, site in self._values.call_graph.sites(FunctionRef(file, maker)):
                use = caller.model.calls[site].use
                if use.kind == "argument" and use.outer is not None:
                    yield caller, use.outer

    def _is_reference(
        self, file: File, call: ir.Call, expr: ir.Expr, name: str, function: FunctionRef
    ) -> bool:
        if last_name(expr) != name:
            return False
        values = self._values.of(file, expr, file.place(call))
        return any(
            (value.function if isinstance(value, Bound) else value) == function
            for value in values
        )


def qualified(callee: Value) -> str:
    """The qualified name of something from outside of the project; empty where it can't be told."""
    if isinstance(callee, ExternalName):
        return callee.name
    if isinstance(callee, ExternalAttribute) and isinstance(callee.receiver.cls, ExternalName):
        return f"{callee.receiver.cls.name}.{callee.name}"
    return "" if callee == UNKNOWN else "?"


def _is_set_up(call: ir.Call) -> bool:
    """Set-up that libraries do at the top as well: logging, environment, registering things on an object."""
    name = call.func.name if isinstance(call.func, ir.Attribute) else ""
    quiet = {
        "load_dotenv",
        "basicConfig",
        "filterwarnings",
        "simplefilter",
        "append",
        "insert",
        "setdefault",
    }
    bare = call.func.id if isinstance(call.func, ir.Name) else name
    return bare in quiet or name.startswith(
        ("add_", "include_", "register", "set_", "setup", "mount", "update")
    )


__all__ = ["EntryPoint", "EntryPoints", "Kind"]
