"""Which context managers swallow an exception that is raised in the body of their `with`.

`suppress` and the like, those of libraries (`library_catchers.py`), an `ExitStack` with what is put on it, and the
project's own: generators with a handler around their `yield`, and classes whose `__exit__` returns something true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.exceptions import library_catchers
from lint_langsmith.analysis.exceptions.predicate_subject import Asked
from lint_langsmith.analysis.exceptions.predicates import Predicates
from lint_langsmith.analysis.exceptions.raised import (
    GROUP,
    RaisedError,
    Verdict,
    agreed,
    one_of,
)
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Place
from lint_langsmith.analysis.project.place import LATEST
from lint_langsmith.analysis.values.abstract import (
    UNKNOWN,
    Bound,
    ClassRef,
    ExternalAttribute,
    ExternalName,
    FunctionRef,
    Instance,
    Parameter,
    Value,
)
from lint_langsmith.analysis.values.bindings import lookup

if TYPE_CHECKING:
    from lint_langsmith.analysis.exceptions.function_exit import FollowLocally, HandlersPassed
    from lint_langsmith.analysis.exceptions.handler_classes import HandlerClasses
    from lint_langsmith.analysis.values.evaluator import Evaluator

_SUPPRESSORS: Final = frozenset(
    {"contextlib.suppress", "pytest.raises", "unittest.TestCase.assertRaises"}
)
_STACKS: Final = frozenset({"contextlib.ExitStack", "contextlib.AsyncExitStack"})
# Their methods that put a context manager on them.
_ENTERED: Final = ("enter_context", "enter_async_context")
_PUSHED: Final = ("push", "push_async_exit")
_TASK_GROUPS: Final = frozenset(
    {
        "asyncio.TaskGroup",
        "asyncio.taskgroups.TaskGroup",
        "anyio.create_task_group",
        "trio.open_nursery",
    }
)
_MANAGER_MAKERS: Final = frozenset(
    {"contextlib.contextmanager", "contextlib.asynccontextmanager"}
)
_DECORATING_BASES: Final = frozenset(
    {"contextlib.ContextDecorator", "contextlib.AsyncContextDecorator"}
)


class ContextManagers:
    """Judges context managers of one project."""

    def __init__(
        self,
        values: Evaluator,
        classes: HandlerClasses,
        predicates: Predicates,
        follow: FollowLocally,
        as_called: Callable[[Value, File, int | None], ContextManagers],
    ) -> None:
        """`follow` follows an exception within a function; `as_called` judges a function with what a call passes."""
        self._values = values
        self._classes = classes
        self._predicates = predicates
        self._follow = follow
        self._as_called = as_called

    # -- `with` ------------------------------------------------------------------------------------------------------

    def swallow(
        self,
        file: File,
        owner: int,
        thrown: RaisedError,
        met: HandlersPassed,
        order: int = LATEST,
    ) -> Verdict:
        """Whether the managers of a `with` (`owner` is its row) swallow the exception; `met` gets what it passes.

        Those that are put on an `ExitStack` do what is raised behind that, at `order`, as by what is put on it later.
        """
        body = file.model.withs[owner].body
        verdicts: list[Verdict] = []
        for made_in, site in self._made(file, owner):
            verdicts.append(self._manager(made_in, site, thrown, met))
            verdicts.extend(
                self._manager(made_in, inner, thrown, met)
                for inner in self._entered(made_in, site, body, order)
            )
            verdicts.extend(self._pushed(made_in, site, body, thrown, order))
        return one_of(verdicts)

    def is_stack(self, file: File, owner: int) -> bool:
        """Whether a `with` is one over an `ExitStack`."""
        return any(
            self._calls_one_of(made_in, site, _STACKS)
            for made_in, site in self._made(file, owner)
        )

    def makes_groups(self, file: File, block: int) -> bool:
        """Whether the block is of a `with` over a task group, which puts what its body raises into an exception group.

        Found by running them: asyncio of Python 3.11 to 3.13, anyio 4, trio 0.35.
        """
        for made_in, site in self._made(file, file.model.blocks[block].owner):
            if self._calls_one_of(made_in, site, _TASK_GROUPS):
                return True
        return False

    def _made(self, file: File, owner: int) -> Iterator[tuple[File, int]]:
        """The calls that make the context managers of a `with`: they stand there, or have a name."""
        row = file.model.withs[owner]
        body = file.model.blocks[row.body]
        place = Place(body.scope, body.parent, row.order)
        for manager, _ in row.items:
            yield from ((file, site) for site in _making(file, manager, place))

    def _calls_one_of(self, file: File, site: int, names: frozenset[str]) -> bool:
        """Whether a call may be of a function or class with one of these names."""
        return any(
            isinstance(callee, ExternalName) and callee.name in names
            for callee in self._values.callee(file, site)
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
                verdicts.append(self.of_library(file, site, thrown))
            elif isinstance(callee, (FunctionRef, Bound, ClassRef)):
                called = self._as_called(callee, file, site)
                verdicts.append(called.own(callee, thrown, met))
        return one_of(verdicts)

    def exits(self, file: File, owner: int) -> Iterator[FunctionRef]:
        """The methods of the project's own that are told what is raised in the body of a `with`."""
        for made_in, site in self._made(file, owner):
            for callee in self._values.callee(made_in, site):
                if isinstance(callee, ClassRef):
                    yield from (method.function for method in self._exit_methods(callee))

    # -- those of libraries ------------------------------------------------------------------------------------------

    def _suppressor(self, file: File, site: int, thrown: RaisedError) -> Verdict:
        call = file.model.calls[site]
        place = file.place(call)
        values: list[Value] = []
        for arg in call.args:
            if arg.keyword is None:
                values.extend(self._values.of(file, arg.value, place))
        verdict = self._classes.any_catches_raised(tuple(values), thrown)
        if not thrown.grouped or verdict == "no":
            return verdict
        # Since Python 3.12 `suppress` looks into a group; before, it does not.
        return "yes" if self._classes.any_catches(tuple(values), GROUP) == "yes" else "unsure"

    def of_library(self, file: File, site: int | None, thrown: RaisedError) -> Verdict:
        """Whether a decorator or a manager of a library that catches, called at `site`, catches the exception."""
        if site is None:
            return "yes"
        call = file.model.calls[site]
        if any((arg.keyword, arg.value) == library_catchers.RERAISING for arg in call.args):
            return "no"
        if any(arg.keyword in library_catchers.NARROWED for arg in call.args):
            return "unsure"
        place = file.place(call)
        values: list[Value] = []
        for arg in call.args:
            if arg.keyword is None or arg.keyword in library_catchers.CLASSES:
                values.extend(self._values.of(file, arg.value, place))
        return self._classes.any_catches_raised(tuple(values), thrown) if values else "yes"

    # -- `ExitStack` -------------------------------------------------------------------------------------------------

    def _entered(self, file: File, stack: int, body: int, order: int) -> Iterator[int]:
        """The context managers that are put on an `ExitStack` at the beginning of its block."""
        for call in self._put_on(file, stack, body, _ENTERED + _PUSHED, order):
            yield from _making(file, call.args[0].value, file.place(call))

    def _pushed(
        self, file: File, stack: int, body: int, thrown: RaisedError, order: int
    ) -> Iterator[Verdict]:
        """What the exit functions, and objects, that are pushed on an `ExitStack` make of the exception."""
        for call in self._put_on(file, stack, body, _PUSHED, order):
            for value in self._values.of(file, call.args[0].value, file.place(call)):
                if isinstance(value, Instance) and isinstance(value.cls, ClassRef):
                    yield self.exit_method(value.cls, thrown)
                elif isinstance(value, Bound):
                    yield self._exit_returns(value.function, thrown, first=1)
                elif isinstance(value, FunctionRef):
                    yield self._exit_returns(value, thrown, first=0)
                elif value == UNKNOWN or isinstance(value, Parameter):
                    yield "unsure"

    def _put_on(
        self, file: File, stack: int, body: int, methods: Iterable[str], order: int
    ) -> Iterator[ir.Call]:
        """The calls with an argument of some methods of an `ExitStack`, in its block and before something.

        What has been taken off again until then, by `pop_all`, is on it no more.
        """
        if not self._calls_one_of(file, stack, _STACKS):
            return
        emptying = self._on_stack(file, stack, ("pop_all", "close", "aclose"))
        emptied = max((call.order for call in emptying if call.order < order), default=-1)
        for call in self._on_stack(file, stack, methods):
            if call.block == body and call.args and emptied <= call.order < order:
                yield call

    def _on_stack(self, file: File, stack: int, methods: Iterable[str]) -> Iterator[ir.Call]:
        """The calls of some methods of an `ExitStack`."""
        for name in methods:
            for site in file.calls_by_name.get(name, ()):
                call = file.model.calls[site]
                if _is_on(file, call, stack):
                    yield call

    # -- the project's own -------------------------------------------------------------------------------------------

    def own(
        self, callee: FunctionRef | Bound | ClassRef, thrown: RaisedError, met: HandlersPassed
    ) -> Verdict:
        """A context manager of the project: a generator with a `try` around its `yield`, or a class with `__exit__`."""
        if isinstance(callee, ClassRef):
            return self.exit_method(callee, thrown)
        function = callee.function if isinstance(callee, Bound) else callee
        return self.around_yield(function, thrown, met)

    def around_yield(
        self, function: FunctionRef, thrown: RaisedError, met: HandlersPassed | None = None
    ) -> Verdict:
        """Whether a generator catches what is raised at its `yield`; `met` gets the handlers that it passes."""
        verdicts: list[Verdict] = []
        for row in function.file.yields_by_scope.get(function.scope, ()):
            found = self._follow(function.file, row.block, thrown)
            if met is not None:
                met.add(found)
            verdicts.append(found.verdict)
        return agreed(verdicts) if verdicts else "no"

    def exit_method(self, cls: ClassRef, thrown: RaisedError) -> Verdict:
        """Whether the `__exit__` of a class returns something true for the exception."""
        return one_of(
            self._exit_returns(method.function, thrown, first=1)
            for method in self._exit_methods(cls)
        )

    def _exit_methods(self, cls: ClassRef) -> Iterator[Bound]:
        for name in ("__exit__", "__aexit__"):
            for method in self._values.attribute(Instance(cls), name):
                if isinstance(method, Bound):
                    yield method

    def _exit_returns(self, function: FunctionRef, thrown: RaisedError, first: int) -> Verdict:
        """Whether an exit function returns something true, whose parameters from `first` on are of the exception."""
        params = function.file.model.scopes[function.scope].params[first:]
        names = frozenset(
            param.name for param in params
        )  # the class, the exception, its traceback
        place = Place(function.scope, -1, 0)
        return self._predicates.given(function, Asked(function.file, place, thrown, names))

    def made_by(self, function: FunctionRef) -> bool:
        """Whether the decorator of a generator function makes a context manager of it."""
        return any(name in _MANAGER_MAKERS for name in self._values.decorator_names(function))

    def can_decorate(self, cls: ClassRef) -> bool:
        """Whether instances of a class can decorate functions: the function runs within the context manager then."""
        for base in self._values.ancestry(cls):
            if isinstance(base, ExternalName) and base.name in _DECORATING_BASES:
                return True
        return False


def makes_managers(decorator: Value) -> bool:
    """Whether a decorator makes a context manager of a generator function."""
    return isinstance(decorator, ExternalName) and decorator.name in _MANAGER_MAKERS


def _is_on(file: File, call: ir.Call, stack: int) -> bool:
    """Whether a method is called on what the call at `stack` has made."""
    base = call.func.value if isinstance(call.func, ir.Attribute) else None
    if not isinstance(base, ir.Name):
        return False
    made = ir.CallRef(stack)
    return any(binding.value == made for binding in lookup(file, base.id, file.place(call)))


def _making(file: File, manager: ir.Expr, place: Place) -> Iterator[int]:
    """The calls that make a context manager: one stands there, or has a name."""
    if isinstance(manager, ir.CallRef):
        yield manager.site
    elif isinstance(manager, ir.Name):
        for binding in lookup(file, manager.id, place):
            if isinstance(binding.value, ir.CallRef):
                yield binding.value.site


def _suppresses(callee: Value) -> bool:
    if isinstance(callee, ExternalAttribute):
        return callee.name in {"assertRaises", "assertRaisesRegex"}
    return isinstance(callee, ExternalName) and callee.name in _SUPPRESSORS
