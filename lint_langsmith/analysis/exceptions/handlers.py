"""What an exception meets on its way out of one function: handlers, `finally`, context managers, decorators."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith.analysis.entry_points.frameworks import spells_route
from lint_langsmith.analysis.exceptions import library_catchers
from lint_langsmith.analysis.exceptions.asked_first import is_asked_first
from lint_langsmith.analysis.exceptions.deferred import RELEASES, Layers
from lint_langsmith.analysis.exceptions.fallbacks import falls_back
from lint_langsmith.analysis.exceptions.handler_effect import HandlerEffect
from lint_langsmith.analysis.exceptions.passed_arguments import Passed, passed_at
from lint_langsmith.analysis.exceptions.predicates import Asked, Predicates
from lint_langsmith.analysis.exceptions.raised import (
    GROUP,
    RaisedError,
    Verdict,
    agreed,
    all_of,
    one_of,
    opposite,
)
from lint_langsmith.analysis.exceptions.retry_outcome import RETRY_ERROR, RetryOutcome
from lint_langsmith.analysis.exceptions.retry_policies import RetryPolicies
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Place, Placed, last_name, parts
from lint_langsmith.analysis.values.abstract import function_of
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.analysis.values.evaluator import (
    UNKNOWN,
    Bound,
    ClassRef,
    Constant,
    ExternalAttribute,
    ExternalName,
    FunctionRef,
    Group,
    Instance,
    Parameter,
    Value,
    Values,
)

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluator import Evaluator

_SUPPRESSORS: Final = frozenset(
    {"contextlib.suppress", "pytest.raises", "unittest.TestCase.assertRaises"}
)
_STACKS: Final = frozenset({"contextlib.ExitStack", "contextlib.AsyncExitStack"})
_TASK_GROUPS: Final = frozenset(
    {"asyncio.TaskGroup", "asyncio.taskgroups.TaskGroup", "anyio.create_task_group"}
)
_MANAGER_MAKERS: Final = frozenset(
    {"contextlib.contextmanager", "contextlib.asynccontextmanager"}
)
# Packages whose exceptions are known to be no relatives of LangSmith's. A name from elsewhere may stand for anything.
_KNOWN_PACKAGES: Final = sys.stdlib_module_names | {
    *(
        "langsmith",
        "langgraph_sdk",
        "builtins",
        "requests",
        "httpx",
        "httpx2",
        "aiohttp",
        "urllib3",
        "openai",
    ),
    *("anthropic", "pydantic"),
    *(
        "pydantic_core",
        "tenacity",
        "botocore",
        "sqlalchemy",
        "redis",
        "fastapi",
        "starlette",
        "flask",
        "werkzeug",
    ),
    *(
        "jinja2",
        "yaml",
        "langgraph",
        "langchain",
        "langchain_core",
        "click",
        "typer",
        "websockets",
        "google",
        "grpc",
    ),
}

_OLD_NAMES: Final = {
    "builtins.IOError": "builtins.OSError",
    "builtins.EnvironmentError": "builtins.OSError",
}

# What is left of an exception that gets no further.
_NO_MORE: Final = RaisedError(())


class MissedHandler(NamedTuple):
    """A handler on the way that can't catch the exception.

    `grouped` when that is because it comes in a group, `wrapped` because it comes in an exception of that name.
    """

    file: File
    handler: ir.Handler
    owner: int
    grouped: bool = False
    wrapped: str = ""


class HandlersPassed(NamedTuple):
    """The handlers on a way: those that can't catch the exception, and those that keep it but for the last round."""

    missed: list[MissedHandler]
    held: list[MissedHandler]

    @classmethod
    def none(cls) -> HandlersPassed:
        """Nothing so far."""
        return cls([], [])

    def local(
        self,
        verdict: Verdict,
        scope: int,
        caught_by: MissedHandler | None = None,
        thrown: RaisedError = _NO_MORE,
    ) -> FunctionExit:
        """The end of the way."""
        return FunctionExit(
            verdict, scope, tuple(self.missed), tuple(self.held), caught_by, thrown
        )

    def add(self, further: FunctionExit) -> None:
        """Further handlers, within a function that stands around."""
        self.missed.extend(further.missed)
        self.held.extend(further.held)


class FunctionExit(NamedTuple):
    """How far an exception gets within one function: `scope` is the function it leaves, when it does."""

    verdict: Verdict
    scope: int
    missed: tuple[MissedHandler, ...]
    held: tuple[MissedHandler, ...] = ()
    caught_by: MissedHandler | None = None
    thrown: RaisedError = _NO_MORE


class FunctionHandlers:
    """Judges what may catch an exception in one project."""

    def __init__(self, values: Evaluator, passed: Passed | None = None) -> None:
        """`values` resolves names; `passed` has the arguments of a function that is judged as it is called once."""
        self._passed: Final[Passed] = passed or {}
        self._sdk = values.project.sdk
        self._values = values
        self._truth = Predicates(values, self.any_catches)
        self.policies = RetryPolicies(values, catches=self.any_catches, says=self.says)
        self.exhaustion = RetryOutcome(values, self.policies)

    def is_asked_first(self, file: File, site: int, thrown: RaisedError) -> bool:
        """Whether a call takes the result of a future only where the future has not failed."""
        return is_asked_first(file, site, thrown, self._truth)

    def falls_back(self, file: File, site: int, thrown: RaisedError) -> Verdict:
        """Whether another runnable takes over where the one that a call makes raises the exception."""
        return falls_back(file, site, thrown, self._values, self.any_catches)

    # -- one function ------------------------------------------------------------------------------------------------

    def local(self, file: File, block: int, thrown: RaisedError) -> FunctionExit:
        """Follow an exception that is raised in `block` to the end of its function, or of the module.

        A generator expression is a function in this: what is raised in it leaves it where it is iterated.
        """
        met = HandlersPassed.none()
        while block >= 0:
            row = file.model.blocks[block]
            if row.kind in {"try", "handler", "try-else"} and self._discards(file, row.owner):
                return met.local("yes", -1)
            if row.kind == "try":
                found, thrown = self._try(file, row.owner, thrown, met)
                if found is not None:
                    return found
            elif row.kind == "with":
                attempt = self.exhaustion.attempt(file, row.owner)
                if attempt is not None:
                    verdict, thrown = self.exhaustion.of_attempt(file, attempt, thrown)
                    row = file.model.blocks[attempt.loop]
                else:
                    verdict = self._with(file, row.owner, thrown, met)
                if verdict != "no":
                    return met.local(verdict, -1)
                thrown = thrown.put(self.makes_groups(file, block))
            elif row.kind == "scope" and _is_left(file, row.owner):
                return met.local("no", row.owner, thrown=thrown)
            block = row.parent
        return met.local("no", 0, thrown=thrown)

    def _try(
        self, file: File, owner: int, thrown: RaisedError, met: HandlersPassed
    ) -> tuple[FunctionExit | None, RaisedError]:
        """What the handlers of one try do with the exception; None when it goes on outwards, as what comes with it."""
        statement = file.model.tries[owner]
        for handler in statement.handlers:
            # `except*` looks into a group, `except` at the group itself.
            hidden = thrown.grouped and not statement.star
            verdict = agreed(
                self.catches(file, handler, GROUP if hidden else mro)
                for mro in thrown.alternatives
            )
            if verdict == "no":
                met.missed.append(self._missed(file, handler, owner, thrown, hidden=hidden))
                continue
            if verdict == "unsure":
                return met.local("unsure", -1), thrown
            reaction = HandlerEffect(self._truth, file, handler, thrown)
            goes_on = reaction.goes_on()
            if goes_on != "yes":
                caught_by = MissedHandler(file, handler, owner) if goes_on == "no" else None
                return met.local(opposite(goes_on), -1, caught_by), thrown
            if reaction.tries_again():
                met.held.append(MissedHandler(file, handler, owner))
            return None, thrown._replace(grouped=True) if statement.star else thrown
        return None, thrown

    def _missed(
        self, file: File, handler: ir.Handler, owner: int, thrown: RaisedError, *, hidden: bool
    ) -> MissedHandler:
        wrapped = RETRY_ERROR if RETRY_ERROR in thrown.mro else ""
        return MissedHandler(
            file,
            handler,
            owner,
            hidden and self.catches(file, handler, thrown.mro) == "yes",
            wrapped,
        )

    def _discards(self, file: File, owner: int) -> bool:
        """A `finally` that returns throws the exception away."""
        finalbody = file.model.tries[owner].finalbody
        return finalbody >= 0 and file.model.blocks[finalbody].ends in {
            "return",
            "break",
            "continue",
        }

    # -- handlers ----------------------------------------------------------------------------------------------------

    def catches(self, file: File, handler: ir.Handler, mro: tuple[str, ...]) -> Verdict:
        """Whether a handler catches an exception of a class with these bases."""
        return (
            "yes"
            if handler.type is None
            else self.any_catches(self.classes(file, handler), mro)
        )

    def classes(self, file: File, handler: ir.Handler) -> Values:
        """The classes that a handler names, those of a tuple one by one; none for a bare `except:`.

        They are what their names stand for when the body of the `try` has run.
        """
        if handler.type is None:
            return ()
        place = handler_place(file, handler)
        if not self._passed:
            return tuple(_flat(self._values.of(file, handler.type, place)))
        named = (self._named(file, part, place) for part in parts(handler.type))
        return tuple(_flat(value for values in named for value in values))

    def _named(self, file: File, expr: ir.Expr, place: Place) -> Values:
        """What a handler names stands for: a parameter for what is passed where its function is called."""
        rows = lookup(file, expr.id, place) if isinstance(expr, ir.Name) else ()
        for row in rows:
            passed = self._passed.get((FunctionRef(file, row.scope), row.name))
            if passed is not None and row.kind == "parameter":
                return passed
        return self._values.of(file, expr, place)

    def says(self, predicate: FunctionRef, thrown: RaisedError) -> Verdict:
        """Whether a function gives something true for an exception, its first argument."""
        file = predicate.file
        params = file.model.scopes[predicate.scope].params
        place = Place(predicate.scope, -1, 0)
        return self._truth.given(
            predicate, Asked(file, place, thrown, frozenset(row.name for row in params))
        )

    def any_catches(self, values: Values, mro: tuple[str, ...]) -> Verdict:
        """Whether one of several classes catches an exception of a class with these bases."""
        return one_of(self._catches(value, mro) for value in values)

    def _catches(self, value: Value, mro: tuple[str, ...]) -> Verdict:
        if isinstance(value, ExternalName):
            name = value.name
            canonical = self._sdk.canonical(name) if self._sdk.owns(name) else name
            if (canonical or name) in mro or _is_exported_as(name, mro):
                return "yes"
            return "no" if name.partition(".")[0] in _KNOWN_PACKAGES else "unsure"
        if isinstance(value, Group):
            return self.any_catches(tuple(_flat((value,))), mro)
        # A class of the project's own is never a base of an SDK class.
        if isinstance(value, (ClassRef, Constant)):
            return "no"
        return "unsure"

    # -- context managers --------------------------------------------------------------------------------------------

    def _with(
        self, file: File, owner: int, thrown: RaisedError, met: HandlersPassed
    ) -> Verdict:
        row = file.model.withs[owner]
        place = Place(
            file.model.blocks[row.body].scope, file.model.blocks[row.body].parent, row.order
        )
        verdicts = []
        for manager, _ in row.items:
            for made_in, site in self._made(file, manager, place):
                verdicts.append(self._manager(made_in, site, thrown, met))
                verdicts.extend(
                    self._manager(made_in, inner, thrown, met)
                    for inner in self._entered(made_in, site, row.body)
                )
                verdicts.extend(self._pushed(made_in, site, row.body, thrown))
        return one_of(verdicts)

    def makes_groups(self, file: File, block: int) -> bool:
        """Whether the block is of a `with` over a task group, which puts what its body raises into an exception group.

        Found by running them: asyncio of Python 3.11 to 3.13, anyio 4.
        """
        owner = file.model.blocks[block].owner
        row = file.model.withs[owner]
        place = Place(
            file.model.blocks[row.body].scope, file.model.blocks[row.body].parent, row.order
        )
        return any(
            isinstance(callee, ExternalName) and callee.name in _TASK_GROUPS
            for manager, _ in row.items
            for made_in, site in self._made(file, manager, place)
            for callee in self._values.callee(made_in, site)
        )

    def _made(self, file: File, manager: ir.Expr, place: Placed) -> Iterator[tuple[File, int]]:
        """The calls that make a context manager: it stands in the `with`, or has a name."""
        if isinstance(manager, ir.CallRef):
            yield file, manager.site
        elif isinstance(manager, ir.Name):
            for binding in lookup(file, manager.id, place):
                if isinstance(binding.value, ir.CallRef):
                    yield file, binding.value.site

    def _entered(self, file: File, stack: int, body: int) -> Iterator[int]:
        """The context managers that are put on an `ExitStack` at the beginning of its block."""
        for call in self._put_on(file, stack, body, ("enter_context", "enter_async_context")):
            first = call.args[0].value
            if isinstance(first, ir.CallRef):
                yield first.site

    def _pushed(
        self, file: File, stack: int, body: int, thrown: RaisedError
    ) -> Iterator[Verdict]:
        """What the exit functions, and managers, that are pushed on an `ExitStack` make of the exception."""
        for call in self._put_on(file, stack, body, ("push", "push_async_exit")):
            for value in self._values.of(file, call.args[0].value, file.place(call)):
                if isinstance(value, Instance) and isinstance(value.cls, ClassRef):
                    yield self._exit_method(value.cls, thrown)
                elif isinstance(value, Bound):
                    yield self._truth.given(
                        value.function, _asked_in_exit(value.function, thrown)
                    )
                elif isinstance(value, FunctionRef):
                    yield self._truth.given(
                        value, _asked_in_exit(value, thrown, of_class=False)
                    )
                elif value == UNKNOWN or isinstance(value, Parameter):
                    yield "unsure"

    def _put_on(
        self, file: File, stack: int, body: int, methods: Iterable[str]
    ) -> Iterator[ir.Call]:
        """The calls with an argument of some methods of an `ExitStack` at the beginning of its block."""
        if not any(
            isinstance(value, ExternalName) and value.name in _STACKS
            for value in self._values.callee(file, stack)
        ):
            return
        for name in methods:
            for site in file.calls_by_name.get(name, ()):
                call = file.model.calls[site]
                if call.block == body and call.args and self._is_on(file, call, stack):
                    yield call

    def _is_on(self, file: File, call: ir.Call, stack: int) -> bool:
        base = call.func.value if isinstance(call.func, ir.Attribute) else None
        return isinstance(base, ir.Name) and any(
            binding.value == ir.CallRef(stack)
            for binding in lookup(file, base.id, file.place(call))
        )

    def _manager(
        self, file: File, site: int, thrown: RaisedError, met: HandlersPassed
    ) -> Verdict:
        """Whether the context manager that a call makes swallows the exception."""
        verdicts: list[Verdict] = []
        for callee in self._values.callee(file, site):
            if _suppresses(callee):
                verdicts.append(self._suppressor(file, site, thrown))
            elif library_catchers.catches(callee):
                verdicts.append(self._of_library(file, site, thrown))
            elif isinstance(callee, (FunctionRef, Bound, ClassRef)):
                called = self._called(callee, file, site)
                verdicts.append(called.own_manager(callee, thrown, met))
        return one_of(verdicts)

    def _suppressor(self, file: File, site: int, thrown: RaisedError) -> Verdict:
        call = file.model.calls[site]
        values = tuple(
            value
            for arg in call.args
            if arg.keyword is None
            for value in self._values.of(file, arg.value, file.place(call))
        )
        verdict = agreed(self.any_catches(values, mro) for mro in thrown.alternatives)
        if not thrown.grouped or verdict == "no":
            return verdict
        # Since Python 3.12 `suppress` looks into a group; before, it does not.
        return "yes" if self.any_catches(values, GROUP) == "yes" else "unsure"

    def _of_library(self, file: File, site: int | None, thrown: RaisedError) -> Verdict:
        """Whether a decorator or a manager of a library that catches, called at `site`, catches the exception."""
        given = file.model.calls[site].args if site is not None else ()
        if any((arg.keyword, arg.value) == library_catchers.RERAISING for arg in given):
            return "no"
        if any(arg.keyword in library_catchers.NARROWED for arg in given):
            return "unsure"
        classes = [
            arg.value
            for arg in given
            if arg.keyword is None or arg.keyword in library_catchers.CLASSES
        ]
        if site is None or not classes:
            return "yes"
        place = file.place(file.model.calls[site])
        values = tuple(value for cls in classes for value in self._values.of(file, cls, place))
        return agreed(self.any_catches(values, mro) for mro in thrown.alternatives)

    def own_manager(
        self, callee: FunctionRef | Bound | ClassRef, thrown: RaisedError, met: HandlersPassed
    ) -> Verdict:
        """A context manager of the project: a generator with a `try` around its `yield`, or a class with `__exit__`."""
        if isinstance(callee, ClassRef):
            return self._exit_method(callee, thrown)
        function = callee.function if isinstance(callee, Bound) else callee
        return self.around_yield(function, thrown, met)

    def around_yield(
        self, function: FunctionRef, thrown: RaisedError, met: HandlersPassed | None = None
    ) -> Verdict:
        """Whether a generator catches what is raised at its `yield`; `met` gets the handlers that it passes."""
        verdicts: list[Verdict] = []
        for row in function.file.yields_by_scope.get(function.scope, ()):
            found = self.local(function.file, row.block, thrown)
            if met is not None:
                met.add(found)
            verdicts.append(found.verdict)
        return agreed(verdicts) if verdicts else "no"

    # -- `__exit__` --------------------------------------------------------------------------------------------------

    def _exit_method(self, cls: ClassRef, thrown: RaisedError) -> Verdict:
        """Whether the `__exit__` of a class gives something true for the exception."""
        return one_of(
            self._truth.given(method.function, _asked_in_exit(method.function, thrown))
            for name in ("__exit__", "__aexit__")
            for method in self._values.attribute(Instance(cls), name)
            if isinstance(method, Bound)
        )

    # -- decorators --------------------------------------------------------------------------------------------------

    def decorators(
        self, function: FunctionRef, nature: Layers, thrown: RaisedError, met: HandlersPassed
    ) -> tuple[Verdict, RaisedError]:
        """Whether a decorator of a function catches what the function raises; `nature` is how its calls raise.

        With it comes what the decorated function raises, if it does.
        """
        scope = function.file.model.scopes[function.scope]
        place = Place(scope.parent, scope.outer_block, scope.order)
        for decorator, values in self._decorators(function):
            verdict: Verdict = "no"
            if nature in {(), ("awaitable",)}:
                verdict, thrown = self.exhaustion.of_decorator(
                    function.file, decorator, place, thrown
                )
            for value in values if verdict == "no" else ():
                if isinstance(value, ClassRef):
                    verdict = self._decorating_class(decorator, value, nature, thrown)
                elif library_catchers.catches(value):
                    site = decorator.site if isinstance(decorator, ir.CallRef) else None
                    verdict = self._of_library(function.file, site, thrown)
                    is_known = nature in {(), ("awaitable",)} or verdict == "no"
                    verdict = verdict if is_known else "unsure"
                else:
                    site = decorator.site if isinstance(decorator, ir.CallRef) else None
                    called = self._called(value, function.file, site)
                    verdict = called.decorator(value, nature, thrown, met)
                if verdict != "no":
                    break
            if verdict != "no":
                return verdict, thrown
        return "no", thrown

    def _decorators(self, function: FunctionRef) -> Iterator[tuple[ir.Expr, Values]]:
        """The decorators of a function, from the inside out; each with what it may be, or what is called to make it."""
        file = function.file
        scope = file.model.scopes[function.scope]
        place = Place(scope.parent, scope.outer_block, scope.order)
        for decorator in reversed(scope.decorators):
            func = (
                file.model.calls[decorator.site].func
                if isinstance(decorator, ir.CallRef)
                else decorator
            )
            values = self._values.of(file, func, place)
            is_own = any(function_of(value) is not None for value in values)
            if is_own or not spells_route(file, decorator):
                yield decorator, values

    def _decorating_class(
        self, decorator: ir.Expr, cls: ClassRef, nature: Layers, thrown: RaisedError
    ) -> Verdict:
        """A class of the project: its instances may be context managers that decorate; else nothing is known."""
        if isinstance(decorator, ir.CallRef) and self._is_manager(cls):
            return "no" if nature else self._exit_method(cls, thrown)
        return "unsure"

    def _called(self, value: Value, file: File, site: int | None) -> FunctionHandlers:
        """The handlers of a function of the project, which may name what is passed to it where it is called."""
        function = value.function if isinstance(value, Bound) else value
        if site is None or not isinstance(function, FunctionRef):
            return self
        passed = passed_at(self._values, function, file, site)
        return FunctionHandlers(self._values, passed) if passed else self

    def decorator(
        self, value: Value, nature: Layers, thrown: RaisedError, met: HandlersPassed
    ) -> Verdict:
        """Whether a decorator, or what makes it, catches what the decorated function raises."""
        if isinstance(value, Bound):
            value = value.function
        if isinstance(value, FunctionRef):
            if self.makes_managers(value):
                return self.own_manager(value, thrown, met) if _enters(value, nature) else "no"
            return self._own_decorator(value, nature, thrown, met)
        # What can't be resolved may catch; libraries' decorators (routes, caches, traceable) let it through.
        return "unsure" if value == UNKNOWN or isinstance(value, Parameter) else "no"

    def makes_managers(self, function: FunctionRef) -> bool:
        """Whether a generator function is made a context manager by its decorator."""
        return any(name in _MANAGER_MAKERS for name in self._values.decorator_names(function))

    def _is_manager(self, cls: ClassRef) -> bool:
        """Whether instances can decorate functions: the function runs within the context manager then."""
        bases = {
            base.name for base in self._values.ancestry(cls) if isinstance(base, ExternalName)
        }
        return bool(bases & {"contextlib.ContextDecorator", "contextlib.AsyncContextDecorator"})

    def _own_decorator(
        self, decorator: FunctionRef, nature: Layers, thrown: RaisedError, met: HandlersPassed
    ) -> Verdict:
        """A decorator of the project catches when each use of the decorated function in it stands in a handler."""
        verdicts: list[Verdict] = []
        for call in self.wrapping_calls(decorator):
            if not _is_used_there(call, nature):
                verdicts.append("no")
                continue
            found = self.local(decorator.file, call.block, thrown)
            met.add(found)
            verdicts.append(found.verdict)
        return all_of(verdicts) if verdicts else "no"

    def wrapping_calls(self, decorator: FunctionRef) -> Iterator[ir.Call]:
        """The calls that a decorator of the project makes of the function that it decorates."""
        file = decorator.file
        for call in file.model.calls:
            within = isinstance(call.func, ir.Name) and call.scope != decorator.scope
            if within and self._parameter_owner(
                file, last_name(call.func), call.scope, decorator.scope
            ):
                yield call

    def _parameter_owner(self, file: File, name: str, scope: int, decorator: int) -> bool:
        """Whether `name`, called in `scope`, is a parameter of a function around it, up to the decorator itself."""
        current = file.model.scopes[scope].parent
        found = False
        while current >= 0:
            found = found or any(
                param.name == name for param in file.model.scopes[current].params
            )
            if current == decorator:
                return found
            current = file.model.scopes[current].parent
        return False

    def nature(self, function: FunctionRef) -> Layers:
        """How a call of a function raises what is raised in its body: at once, or in what the call gives."""
        layers = own_nature(function)
        for _, values in self._decorators(function):
            for value in values:
                if isinstance(value, ExternalName) and value.name in _MANAGER_MAKERS:
                    layers = ("manager",)
                elif isinstance(value, FunctionRef) and not self.makes_managers(value):
                    layers = self._wrapped(value, layers)
        return layers

    def _wrapped(self, decorator: FunctionRef, layers: Layers) -> Layers:
        for call in self.wrapping_calls(decorator):
            wrapper = own_nature(
                FunctionRef(decorator.file, decorator.file.function_of(call.scope))
            )
            if wrapper or _is_used_there(call, layers):
                return wrapper
        return layers


def own_nature(function: FunctionRef) -> Layers:
    """How a call of a function, without its decorators, raises what is raised in its body."""
    scope = function.file.model.scopes[function.scope]
    if scope.is_generator:
        return ("async-iterator",) if scope.is_async else ("iterator",)
    return ("awaitable",) if scope.is_async else ()


def _is_left(file: File, scope: int) -> bool:
    row = file.model.scopes[scope]
    return row.kind in {"function", "lambda"} or (
        row.kind == "comprehension" and row.name == "generator"
    )


def _is_used_there(call: ir.Call, nature: Layers) -> bool:
    """Whether a call makes what it gives raise at once."""
    return not nature or call.use.kind in RELEASES[nature[0]]


def _enters(manager: FunctionRef, nature: Layers) -> bool:
    """Whether a context manager that decorates a function is still entered when the function raises."""
    is_async = manager.file.model.scopes[manager.scope].is_async
    return nature == (("awaitable",) if is_async else ())


def _is_exported_as(name: str, mro: tuple[str, ...]) -> bool:
    """Whether a package exports one of the classes under a shorter name: `requests.HTTPError`, `builtins.IOError`."""
    name = _OLD_NAMES.get(name, name)
    package, last = name.partition(".")[0], name.rpartition(".")[2]
    if package == "langsmith":  # whose names the tables know
        return False
    return any(
        base.partition(".")[0] == package and base.rpartition(".")[2] == last for base in mro
    )


def _suppresses(callee: Value) -> bool:
    if isinstance(callee, ExternalAttribute):
        return callee.name in {"assertRaises", "assertRaisesRegex"}
    return isinstance(callee, ExternalName) and callee.name in _SUPPRESSORS


def _asked_in_exit(
    function: FunctionRef, thrown: RaisedError, *, of_class: bool = True
) -> Asked:
    """What `__exit__`, or a function in its place, may ask: the class of the exception, itself, its traceback."""
    params = function.file.model.scopes[function.scope].params[of_class:]
    return Asked(
        function.file,
        Place(function.scope, -1, 0),
        thrown,
        frozenset(param.name for param in params),
    )


def handler_place(file: File, handler: ir.Handler) -> Place:
    """Where the classes of a handler are evaluated: in the block around the `try`, when its body has run."""
    block = file.model.blocks[handler.block]
    return Place(block.scope, block.parent, handler.order)


def _flat(values: Iterable[Value]) -> Iterator[Value]:
    """Values, those in a collection one by one."""
    for value in values:
        if isinstance(value, Group):
            for items in value.items:
                yield from _flat(items)
        else:
            yield value
