"""What an exception meets on its way out of one function: handlers, `finally`, context managers, decorators."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from lint_langsmith.model import data
from lint_langsmith.model.exhausted import RETRY_ERROR, Exhaustion
from lint_langsmith.model.file import File, Place, last_name
from lint_langsmith.model.giving_up import gives_up
from lint_langsmith.model.names import lookup
from lint_langsmith.model.pending import RELEASES, Layers
from lint_langsmith.model.values import (
    UNKNOWN,
    Bound,
    ClassRef,
    Constant,
    FunctionRef,
    Group,
    Instance,
    Member,
    Parameter,
    Symbol,
    Value,
    Values,
)

if TYPE_CHECKING:
    from lint_langsmith.model.project import Project

Verdict: TypeAlias = Literal["yes", "no", "unsure"]

_SUPPRESSORS: Final = frozenset({"contextlib.suppress", "pytest.raises", "unittest.TestCase.assertRaises"})
_STACKS: Final = frozenset({"contextlib.ExitStack", "contextlib.AsyncExitStack"})
_TASK_GROUPS: Final = frozenset({"asyncio.TaskGroup", "asyncio.taskgroups.TaskGroup", "anyio.create_task_group"})
_MANAGER_MAKERS: Final = frozenset({"contextlib.contextmanager", "contextlib.asynccontextmanager"})
# What is raised where several tasks fail together, and where `except*` lets something pass.
GROUP: Final = (
    *("builtins.ExceptionGroup", "builtins.BaseExceptionGroup", "builtins.Exception", "builtins.BaseException"),
)
# Packages whose exceptions are known to be no relatives of LangSmith's. A name from elsewhere may stand for anything.
_KNOWN_PACKAGES: Final = sys.stdlib_module_names | {
    *("langsmith", "builtins", "requests", "httpx", "httpx2", "aiohttp", "urllib3", "openai", "anthropic", "pydantic"),
    *("pydantic_core", "tenacity", "botocore", "sqlalchemy", "redis", "fastapi", "starlette", "flask", "werkzeug"),
    *("jinja2", "yaml", "langgraph", "langchain", "langchain_core", "click", "typer", "websockets", "google", "grpc"),
}


class Thrown(NamedTuple):
    """An exception: its class and bases by canonical name; `grouped` when it travels in an exception group.

    `or_mro` is what it may be instead, where what has wrapped it can't be told.
    """

    mro: tuple[str, ...]
    grouped: bool = False
    or_mro: tuple[str, ...] = ()

    @property
    def alternatives(self) -> tuple[tuple[str, ...], ...]:
        """The bases of each that it may be."""
        return (self.mro, self.or_mro) if self.or_mro else (self.mro,)

    @property
    def outer(self) -> tuple[str, ...]:
        """The bases by which `except` knows it: in a group, those of the group."""
        return GROUP if self.grouped else self.mro

    def put(self, grouped: bool) -> Thrown:
        """The exception, in a group from now on if `grouped`."""
        return self._replace(grouped=self.grouped or grouped)

    def wrapped(self, mro: tuple[str, ...], *, sure: bool) -> Thrown:
        """The exception in which something else, of these bases, has put this one; maybe, if that is not sure."""
        return Thrown(mro, or_mro=() if sure else self.mro)


class Missed(NamedTuple):
    """A handler on the way that can't catch the exception.

    `grouped` when that is because it comes in a group, `wrapped` because it comes in an exception of that name.
    """

    file: File
    handler: data.Handler
    owner: int
    grouped: bool = False
    wrapped: str = ""


class Local(NamedTuple):
    """How far an exception gets within one function: `scope` is the function it leaves, when it does."""

    verdict: Verdict
    scope: int
    missed: tuple[Missed, ...]
    caught_by: Missed | None = None
    thrown: Thrown = Thrown(())


class Guards:
    """Judges what may catch an exception in one project."""

    def __init__(self, project: Project) -> None:
        """`project` resolves names."""
        self._project = project
        self.exhaustion = Exhaustion(project)

    # -- one function ------------------------------------------------------------------------------------------------

    def local(self, file: File, block: int, thrown: Thrown) -> Local:
        """Follow an exception that comes up in `block` to the end of its function, or of the module.

        A generator expression is a function in this: what comes up in it leaves it where it is gone through.
        """
        missed: list[Missed] = []
        while block >= 0:
            row = file.model.blocks[block]
            if row.kind in {"try", "handler", "try-else"} and self._discards(file, row.owner):
                return Local("yes", -1, tuple(missed))
            if row.kind == "try":
                found, thrown = self._try(file, row.owner, thrown, missed)
                if found is not None:
                    return found
            elif row.kind == "with":
                attempt = self.exhaustion.attempt(file, row.owner)
                if attempt is not None:
                    verdict, thrown = self.exhaustion.of_attempt(file, attempt, thrown)
                    row = file.model.blocks[attempt.loop]
                else:
                    verdict = self._with(file, row.owner, thrown, missed)
                if verdict != "no":
                    return Local(verdict, -1, tuple(missed))
                thrown = thrown.put(self.makes_groups(file, block))
            elif row.kind == "scope" and _is_left(file, row.owner):
                return Local("no", row.owner, tuple(missed), thrown=thrown)
            block = row.parent
        return Local("no", 0, tuple(missed), thrown=thrown)

    def _try(self, file: File, owner: int, thrown: Thrown, missed: list[Missed]) -> tuple[Local | None, Thrown]:
        """What the handlers of one try do with the exception; None when it goes on outwards, as what comes with it."""
        statement = file.model.tries[owner]
        for handler in statement.handlers:
            # `except*` looks into a group, `except` at the group itself.
            hidden = thrown.grouped and not statement.star
            found = {self.catches(file, handler, GROUP if hidden else mro) for mro in thrown.alternatives}
            verdict: Verdict = found.pop() if len(found) == 1 else "unsure"
            if verdict == "no":
                missed.append(self._missed(file, handler, owner, thrown, hidden=hidden))
            elif verdict == "unsure":
                return Local("unsure", -1, tuple(missed)), thrown
            elif self.passes_on(file, handler):
                return None, thrown._replace(grouped=True) if statement.star else thrown
            else:
                return Local("yes", -1, tuple(missed), Missed(file, handler, owner)), thrown
        return None, thrown

    def _missed(self, file: File, handler: data.Handler, owner: int, thrown: Thrown, *, hidden: bool) -> Missed:
        wrapped = RETRY_ERROR if RETRY_ERROR in thrown.mro else ""
        return Missed(file, handler, owner, hidden and self.catches(file, handler, thrown.mro) == "yes", wrapped)

    def _discards(self, file: File, owner: int) -> bool:
        """A `finally` that returns throws the exception away."""
        finalbody = file.model.tries[owner].finalbody
        return finalbody >= 0 and file.model.blocks[finalbody].ends in {"return", "break", "continue"}

    # -- handlers ----------------------------------------------------------------------------------------------------

    def catches(self, file: File, handler: data.Handler, mro: tuple[str, ...]) -> Verdict:
        """Whether a handler catches an exception of a class with these bases."""
        if handler.type is None:
            return "yes"
        block = file.model.blocks[handler.block]
        place = Place(block.scope, block.parent, _handler_order(file, handler))
        return self.any_catches(self._project.values.of(file, handler.type, place), mro)

    def any_catches(self, values: Values, mro: tuple[str, ...]) -> Verdict:
        """Whether one of several classes catches an exception of a class with these bases."""
        return _any(self._catches(value, mro) for value in values)

    def _catches(self, value: Value, mro: tuple[str, ...]) -> Verdict:
        if isinstance(value, Symbol):
            name = value.name
            canonical = self._project.sdk.canonical(name) if name.startswith("langsmith.") else name
            if (canonical or name) in mro:
                return "yes"
            return "no" if name.partition(".")[0] in _KNOWN_PACKAGES else "unsure"
        if isinstance(value, Group):
            return self.any_catches(tuple(item for items in value.items for item in items), mro)
        # A class of the project's own is never a base of an SDK class.
        if isinstance(value, (ClassRef, Constant)):
            return "no"
        return "unsure"

    def passes_on(self, file: File, handler: data.Handler) -> bool:
        """Whether a handler lets the exception go on: it ends in raising that same exception, always or at last."""
        raises = [row for row in file.model.raises if self._raised_in(file, row, handler.block)]
        left = [block for block in _left_blocks(file) if self._is_within(file, block, handler.block)]
        same = [
            row
            for row in raises
            if row.value is None or (isinstance(row.value, data.Name) and row.value.id == handler.name)
        ]
        if file.model.blocks[handler.block].ends == "raise" and not left:
            return len(same) == len(raises)
        return gives_up(file, handler, same, left)

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

    # -- context managers --------------------------------------------------------------------------------------------

    def _with(self, file: File, owner: int, thrown: Thrown, missed: list[Missed]) -> Verdict:
        row = file.model.withs[owner]
        place = Place(file.model.blocks[row.body].scope, file.model.blocks[row.body].parent, row.order)
        verdicts = []
        for manager, _ in row.items:
            for made_in, site in self._made(file, manager, place):
                verdicts.append(self._manager(made_in, site, thrown, missed))
                verdicts.extend(
                    self._manager(made_in, inner, thrown, missed) for inner in self._entered(made_in, site, row.body)
                )
        return _any(verdicts)

    def makes_groups(self, file: File, block: int) -> bool:
        """Whether the block is of a `with` over a task group, which puts what its body raises into an exception group.

        Found by running them: asyncio of Python 3.11 to 3.13, anyio 4.
        """
        owner = file.model.blocks[block].owner
        row = file.model.withs[owner]
        place = Place(file.model.blocks[row.body].scope, file.model.blocks[row.body].parent, row.order)
        return any(
            isinstance(callee, Symbol) and callee.name in _TASK_GROUPS
            for manager, _ in row.items
            for made_in, site in self._made(file, manager, place)
            for callee in self._project.values.callee(made_in, site)
        )

    def _made(self, file: File, manager: data.Expr, place: Place) -> Iterator[tuple[File, int]]:
        """The calls that make a context manager: it stands in the `with`, or has a name."""
        if isinstance(manager, data.CallRef):
            yield file, manager.site
        elif isinstance(manager, data.Name):
            for binding in lookup(file, manager.id, place):
                if isinstance(binding.value, data.CallRef):
                    yield file, binding.value.site

    def _entered(self, file: File, stack: int, body: int) -> Iterator[int]:
        """The context managers that are put on an `ExitStack` at the beginning of its block."""
        if not any(
            isinstance(value, Symbol) and value.name in _STACKS for value in self._project.values.callee(file, stack)
        ):
            return
        for name in ("enter_context", "enter_async_context"):
            for site in file.calls_by_name.get(name, ()):
                call = file.model.calls[site]
                first = call.args[0].value if call.args else None
                if call.block == body and isinstance(first, data.CallRef) and self._is_on(file, call, stack):
                    yield first.site

    def _is_on(self, file: File, call: data.Call, stack: int) -> bool:
        base = call.func.value if isinstance(call.func, data.Attribute) else None
        return isinstance(base, data.Name) and any(
            binding.value == data.CallRef(stack) for binding in lookup(file, base.id, file.place(call))
        )

    def _manager(self, file: File, site: int, thrown: Thrown, missed: list[Missed]) -> Verdict:
        """Whether the context manager that a call makes swallows the exception."""
        verdicts: list[Verdict] = []
        for callee in self._project.values.callee(file, site):
            if _suppresses(callee):
                verdicts.append(self._suppressor(file, site, thrown))
            elif isinstance(callee, (FunctionRef, Bound, ClassRef)):
                verdicts.append(self._own_manager(callee, thrown, missed))
        return _any(verdicts)

    def _suppressor(self, file: File, site: int, thrown: Thrown) -> Verdict:
        call = file.model.calls[site]
        values = tuple(
            value
            for arg in call.args
            if arg.keyword is None
            for value in self._project.values.of(file, arg.value, file.place(call))
        )
        found = {self.any_catches(values, mro) for mro in thrown.alternatives}
        verdict: Verdict = found.pop() if len(found) == 1 else "unsure"
        if not thrown.grouped or verdict == "no":
            return verdict
        # Since Python 3.12 `suppress` looks into a group; before, it does not.
        return "yes" if self.any_catches(values, GROUP) == "yes" else "unsure"

    def _own_manager(self, callee: FunctionRef | Bound | ClassRef, thrown: Thrown, missed: list[Missed]) -> Verdict:
        """A context manager of the project: a generator with a `try` around its `yield`, or a class with `__exit__`."""
        if isinstance(callee, ClassRef):
            return self._exit_method(callee, thrown)
        function = callee.function if isinstance(callee, Bound) else callee
        for row in function.file.yields_by_scope.get(function.scope, ()):
            found = self.local(function.file, row.block, thrown)
            missed.extend(found.missed)
            if found.verdict != "no":
                return found.verdict
        return "no"

    # -- `__exit__` --------------------------------------------------------------------------------------------------

    def _exit_method(self, cls: ClassRef, thrown: Thrown) -> Verdict:
        """Whether the `__exit__` of a class gives something true for the exception."""
        return _any(
            self._gives_true(method.function, thrown)
            for name in ("__exit__", "__aexit__")
            for method in self._project.values.attribute(Instance(cls), name)
            if isinstance(method, Bound)
        )

    def _gives_true(self, function: FunctionRef, thrown: Thrown) -> Verdict:
        """What the first return that is reached gives."""
        file = function.file
        for row in file.returns_by_scope.get(function.scope, ()):
            reached = self._reached(file, row.block, thrown)
            if reached == "no":
                continue
            given = self._truth(file, row.value, file.place(row), thrown) if row.value is not None else "no"
            if reached == "yes" or given == "unsure":
                return given
            return "unsure" if given == "yes" else "no"
        return "no"

    def _reached(self, file: File, block: int, thrown: Thrown) -> Verdict:
        """Whether the branches around a block are taken."""
        verdicts: list[Verdict] = ["yes"]
        for current in file.block_chain(block):
            row = file.model.blocks[current]
            if row.kind == "scope":
                break
            if row.kind in {"if", "else"}:
                test = file.model.branches[row.owner].test
                truth = self._truth(file, test, Place(row.scope, row.parent, 10**9), thrown)
                verdicts.append(truth if row.kind == "if" else _not(truth))
            elif row.kind != "with":
                verdicts.append("unsure")
        return _all(verdicts)

    def _truth(self, file: File, expr: data.Expr, place: Place, thrown: Thrown) -> Verdict:
        """Whether an expression of `__exit__` is true when the exception comes: tests of its class are understood."""
        if isinstance(expr, data.Unary) and expr.op == "Not":
            return _not(self._truth(file, expr.operand, place, thrown))
        if isinstance(expr, data.Boolean):
            parts = [self._truth(file, part, place, thrown) for part in expr.values]
            return _all(parts) if expr.op == "and" else _any(parts)
        if isinstance(expr, data.Comparison):
            against_none = expr.rights == (data.Constant("None"),) and isinstance(expr.left, data.Name)
            return {"IsNot": "yes", "Is": "no"}.get(expr.ops[0], "unsure") if against_none else "unsure"  # type: ignore[return-value]
        if isinstance(expr, data.CallRef):
            return self._class_test(file, expr.site, thrown)
        values = self._project.values.of(file, expr, place)
        if all(isinstance(value, Constant) for value in values):
            return "yes" if Constant("True") in values else "no"
        return "unsure"

    def _class_test(self, file: File, site: int, thrown: Thrown) -> Verdict:
        """`isinstance(error, X)` and `issubclass(kind, X)`."""
        call = file.model.calls[site]
        names = {value.name for value in self._project.values.callee(file, site) if isinstance(value, Symbol)}
        if names & {"builtins.isinstance", "builtins.issubclass"} and len(call.args) == 2:
            classes = self._project.values.of(file, call.args[1].value, file.place(call))
            return self.any_catches(classes, thrown.outer)
        return "unsure"

    # -- decorators --------------------------------------------------------------------------------------------------

    def decorators(
        self, function: FunctionRef, nature: Layers, thrown: Thrown, missed: list[Missed]
    ) -> tuple[Verdict, Thrown]:
        """Whether a decorator of a function catches what the function raises; `nature` is how its calls raise.

        With it comes what the decorated function raises, if it does.
        """
        scope = function.file.model.scopes[function.scope]
        place = Place(scope.parent, scope.outer_block, scope.order)
        for decorator, values in self._decorators(function):
            verdict: Verdict = "no"
            if nature in {(), ("awaitable",)}:
                verdict, thrown = self.exhaustion.of_decorator(function.file, decorator, place, thrown)
            for value in values if verdict == "no" else ():
                if isinstance(value, ClassRef):
                    verdict = self._decorating_class(decorator, value, nature, thrown)
                else:
                    verdict = self._decorator(value, nature, thrown, missed)
                if verdict != "no":
                    break
            if verdict != "no":
                return verdict, thrown
        return "no", thrown

    def _decorators(self, function: FunctionRef) -> Iterator[tuple[data.Expr, Values]]:
        """The decorators of a function, from the inside out; each with what it may be, or what is called to make it."""
        file = function.file
        scope = file.model.scopes[function.scope]
        place = Place(scope.parent, scope.outer_block, scope.order)
        for decorator in reversed(scope.decorators):
            func = file.model.calls[decorator.site].func if isinstance(decorator, data.CallRef) else decorator
            if not self._project.flow.entries.spells_route(file, decorator):
                yield decorator, self._project.values.of(file, func, place)

    def _decorating_class(self, decorator: data.Expr, cls: ClassRef, nature: Layers, thrown: Thrown) -> Verdict:
        """A class of the project: its instances may be context managers that decorate; else nothing is known."""
        if isinstance(decorator, data.CallRef) and self._is_manager(cls):
            return "no" if nature else self._exit_method(cls, thrown)
        return "unsure"

    def _decorator(self, value: Value, nature: Layers, thrown: Thrown, missed: list[Missed]) -> Verdict:
        if isinstance(value, Bound):
            value = value.function
        if isinstance(value, FunctionRef):
            if self.makes_managers(value):
                return self._own_manager(value, thrown, missed) if _enters(value, nature) else "no"
            return self._own_decorator(value, nature, thrown, missed)
        # What can't be resolved may catch; libraries' decorators (routes, caches, traceable) let it through.
        return "unsure" if value == UNKNOWN or isinstance(value, Parameter) else "no"

    def makes_managers(self, function: FunctionRef) -> bool:
        """Whether a generator function is made a context manager by its decorator."""
        return any(name in _MANAGER_MAKERS for name in self._project.values.decorator_names(function))

    def _is_manager(self, cls: ClassRef) -> bool:
        """Whether instances can decorate functions: the function runs within the context manager then."""
        bases = {base.name for base in self._project.values.ancestry(cls) if isinstance(base, Symbol)}
        return bool(bases & {"contextlib.ContextDecorator", "contextlib.AsyncContextDecorator"})

    def _own_decorator(self, decorator: FunctionRef, nature: Layers, thrown: Thrown, missed: list[Missed]) -> Verdict:
        """A decorator of the project catches when each use of the decorated function in it stands in a handler."""
        verdicts: list[Verdict] = []
        for call in self.wrapping_calls(decorator):
            if not _is_used_there(call, nature):
                verdicts.append("no")
                continue
            found = self.local(decorator.file, call.block, thrown)
            missed.extend(found.missed)
            verdicts.append(found.verdict)
        return _every(verdicts)

    def wrapping_calls(self, decorator: FunctionRef) -> Iterator[data.Call]:
        """The calls that a decorator of the project makes of the function that it decorates."""
        file = decorator.file
        for call in file.model.calls:
            within = isinstance(call.func, data.Name) and call.scope != decorator.scope
            if within and self._parameter_owner(file, last_name(call.func), call.scope, decorator.scope):
                yield call

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

    def nature(self, function: FunctionRef) -> Layers:
        """How a call of a function raises what comes up in its body: at once, or in what the call gives."""
        layers = own_nature(function)
        for _, values in self._decorators(function):
            for value in values:
                if isinstance(value, Symbol) and value.name in _MANAGER_MAKERS:
                    layers = ("manager",)
                elif isinstance(value, FunctionRef) and not self.makes_managers(value):
                    layers = self._wrapped(value, layers)
        return layers

    def _wrapped(self, decorator: FunctionRef, layers: Layers) -> Layers:
        for call in self.wrapping_calls(decorator):
            wrapper = own_nature(FunctionRef(decorator.file, decorator.file.function_of(call.scope)))
            if wrapper or _is_used_there(call, layers):
                return wrapper
        return layers


def own_nature(function: FunctionRef) -> Layers:
    """How a call of a function, without its decorators, raises what comes up in its body."""
    scope = function.file.model.scopes[function.scope]
    if scope.is_generator:
        return ("async-iterator",) if scope.is_async else ("iterator",)
    return ("awaitable",) if scope.is_async else ()


def _is_left(file: File, scope: int) -> bool:
    row = file.model.scopes[scope]
    return row.kind in {"function", "lambda"} or (row.kind == "comprehension" and row.name == "generator")


def _is_used_there(call: data.Call, nature: Layers) -> bool:
    """Whether a call makes what it gives raise at once."""
    return not nature or call.use.kind in RELEASES[nature[0]]


def _enters(manager: FunctionRef, nature: Layers) -> bool:
    """Whether a context manager that decorates a function is still entered when the function raises."""
    is_async = manager.file.model.scopes[manager.scope].is_async
    return nature == (("awaitable",) if is_async else ())


def _suppresses(callee: Value) -> bool:
    if isinstance(callee, Member):
        return callee.name in {"assertRaises", "assertRaisesRegex"}
    return isinstance(callee, Symbol) and callee.name in _SUPPRESSORS


def _left_blocks(file: File) -> Iterator[int]:
    """Blocks that are left in another way than by an exception."""
    for index, row in enumerate(file.model.blocks):
        if row.ends in {"return", "break", "continue"}:
            yield index


def _handler_order(file: File, handler: data.Handler) -> int:
    """Handlers are judged by what is bound when the `try` has run."""
    first: Iterable[int] = (row.order for row in file.model.bindings if row.block == handler.block)
    return min(first, default=10**9)


def _any(verdicts: Iterable[Verdict]) -> Verdict:
    found = set(verdicts)
    return "yes" if "yes" in found else "unsure" if "unsure" in found else "no"


def _all(verdicts: Iterable[Verdict]) -> Verdict:
    found = set(verdicts)
    return "no" if "no" in found else "unsure" if "unsure" in found else "yes"


def _every(verdicts: Sequence[Verdict]) -> Verdict:
    """As `_all`, but nothing is no."""
    return _all(verdicts) if verdicts else "no"


def _not(verdict: Verdict) -> Verdict:
    return {"yes": "no", "no": "yes"}.get(verdict, "unsure")  # type: ignore[return-value]
