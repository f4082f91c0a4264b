"""Which decorators catch what the decorated function raises, and how its calls raise then.

Retry decorators, those of libraries (`library_catchers.py`), context managers that decorate, and the project's own:
one catches when each use of the decorated function in it stands in a handler.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith.analysis.entry_points.frameworks import of_decorator, spells_route
from lint_langsmith.analysis.exceptions import library_catchers
from lint_langsmith.analysis.exceptions.context_managers import ContextManagers, makes_managers
from lint_langsmith.analysis.exceptions.deferred import RELEASES, Layers
from lint_langsmith.analysis.exceptions.raised import RaisedError, Verdict, all_of
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Place
from lint_langsmith.analysis.values.abstract import (
    UNKNOWN,
    Bound,
    ClassRef,
    ExternalName,
    FunctionRef,
    Instance,
    Parameter,
    Value,
    Values,
    function_of,
)
from lint_langsmith.analysis.values.functions import (
    class_of,
    constructor_of,
    positional_names,
    uncalled,
)

if TYPE_CHECKING:
    from lint_langsmith.analysis.exceptions.function_exit import FollowLocally, HandlersPassed
    from lint_langsmith.analysis.exceptions.retry_outcome import RetryOutcome
    from lint_langsmith.analysis.values.evaluator import Evaluator


# What runs the functions that a web framework gives back as they are (flask 3.1, fastapi 0.165).
_SERVED: Final = frozenset({"route", "websocket"})


class _Escaping(NamedTuple):
    """An exception that leaves a function of `file`: how calls of the function raise it, and the handlers so far."""

    file: File
    nature: Layers
    thrown: RaisedError
    met: HandlersPassed


class Decorators:
    """Judges the decorators of functions of one project."""

    def __init__(
        self,
        values: Evaluator,
        managers: ContextManagers,
        exhaustion: RetryOutcome,
        follow: FollowLocally,
        as_called: Callable[[Value, File, int | None], Decorators],
    ) -> None:
        """`follow` follows an exception within a function; `as_called` judges a function with what a call passes."""
        self._values = values
        self._managers = managers
        self._exhaustion = exhaustion
        self._follow = follow
        self._as_called = as_called

    # -- what they catch ---------------------------------------------------------------------------------------------

    def catch(
        self, function: FunctionRef, nature: Layers, thrown: RaisedError, met: HandlersPassed
    ) -> tuple[Verdict, RaisedError]:
        """Whether a decorator of a function catches what the function raises; `nature` is how its calls raise.

        With it comes what the decorated function raises, if it does.
        """
        for decorator, values in self._of(function, as_served=True):
            if _raises_in_call(nature):
                verdict, thrown = self._exhaustion.of_decorator(
                    function.file, decorator, defined_at(function), thrown
                )
                if verdict != "no":
                    return verdict, thrown
            for value in values:
                escaping = _Escaping(function.file, nature, thrown, met)
                verdict = self._one(decorator, value, escaping)
                if verdict != "no":
                    return verdict, thrown
        return "unsure" if self._remakes(function) else "no", thrown

    def _of(
        self, function: FunctionRef, *, as_served: bool = False
    ) -> Iterator[tuple[ir.Expr, Values]]:
        """The decorators of a function, from the inside out; each with what it may be, or what is called to make it.

        `as_served`: only those beneath one that hands the function to a web framework, which gives it back as it is.
        """
        file = function.file
        place = defined_at(function)
        for decorator in reversed(file.model.scopes[function.scope].decorators):
            names = self._values.decorator_name(file, decorator, place)
            if as_served and any(of_decorator(name) in _SERVED for name in names):
                return
            values = self._values.of(file, uncalled(file, decorator), place)
            is_own = any(function_of(value) is not None for value in values)
            if is_own or not spells_route(file, decorator):
                yield decorator, values
        cls = class_of(function)
        if cls is not None:
            yield from self._of_view(cls)

    def _of_view(self, cls: ClassRef) -> Iterator[tuple[ir.Expr, Values]]:
        """What a class of flask's views lists as `decorators` of the function that it is served by (flask 3.1)."""
        bases = self._values.ancestry(cls)
        if not any(
            isinstance(base, ExternalName) and base.name.startswith("flask.views.")
            for base in bases
        ):
            return
        for own in bases:
            if isinstance(own, ClassRef):
                yield from self._listed(own)

    def _listed(self, cls: ClassRef) -> Iterator[tuple[ir.Expr, Values]]:
        file = cls.file
        for row in file.bindings.get((cls.scope, "decorators"), ()):
            for item in row.value.items if isinstance(row.value, ir.Sequence) else ():
                yield item, self._values.of(file, uncalled(file, item), file.place(row))

    def _remakes(self, function: FunctionRef) -> bool:
        """Whether a decorator of its class may put something else in the place of a method: it calls `setattr`."""
        cls = class_of(function)
        if cls is None:
            return False
        file = cls.file
        row = file.model.scopes[cls.scope]
        place = Place(row.parent, row.outer_block, row.order)
        return any(
            made.file.function_of(made.file.model.calls[site].scope) == made.scope
            for decorator in row.decorators
            for value in self._values.of(file, uncalled(file, decorator), place)
            if (made := function_of(value)) is not None
            for site in made.file.calls_by_name.get("setattr", ())
        )

    def _one(self, decorator: ir.Expr, value: Value, escaping: _Escaping) -> Verdict:
        """Whether a decorator catches, if it is `value`, or what that makes."""
        file, nature, thrown, met = escaping
        site = decorator.site if isinstance(decorator, ir.CallRef) else None
        if isinstance(value, ClassRef):
            called = self._as_called(value, file, site)
            return called.of_class(value, escaping, is_called=site is not None)
        if library_catchers.catches(value):
            verdict = self._managers.of_library(file, site, thrown)
            return verdict if _raises_in_call(nature) or verdict == "no" else "unsure"
        return self._as_called(value, file, site).own(value, nature, thrown, met)

    def of_class(self, cls: ClassRef, escaping: _Escaping, *, is_called: bool) -> Verdict:
        """A class of the project: an object of it that decorates, or takes the place of the function."""
        _, nature, thrown, met = escaping
        if is_called and self._managers.can_decorate(cls):
            return "no" if nature else self._managers.exit_method(cls, thrown)
        method = next(
            (
                value.function
                for value in self._values.attribute(Instance(cls), "__call__")
                if isinstance(value, Bound)
            ),
            None,
        )
        if method is None:
            return "unsure"
        calls = wrapping_calls(method) if is_called else _calls_of_kept(cls, method)
        verdicts = [*self._around(method.file, calls, nature, thrown, met)]
        return all_of(verdicts) if verdicts else "unsure"

    def own(
        self, value: Value, nature: Layers, thrown: RaisedError, met: HandlersPassed
    ) -> Verdict:
        """Whether a decorator of the project, or what makes it, catches what the decorated function raises."""
        function = value.function if isinstance(value, Bound) else value
        if not isinstance(function, FunctionRef):
            # What can't be resolved may catch; libraries' decorators (routes, caches, traceable) let it through.
            is_open = function == UNKNOWN or isinstance(function, Parameter)
            return "unsure" if is_open else "no"
        if not self._managers.made_by(function):
            return self._wrapper(function, nature, thrown, met)
        return self._managers.own(function, thrown, met) if _enters(function, nature) else "no"

    def _wrapper(
        self, decorator: FunctionRef, nature: Layers, thrown: RaisedError, met: HandlersPassed
    ) -> Verdict:
        """A decorator of the project catches when each use of the decorated function in it stands in a handler."""
        calls = wrapping_calls(decorator)
        verdicts = [*self._around(decorator.file, calls, nature, thrown, met)]
        return all_of(verdicts) if verdicts else "no"

    def _around(
        self,
        file: File,
        calls: Iterable[ir.Call],
        nature: Layers,
        thrown: RaisedError,
        met: HandlersPassed,
    ) -> Iterator[Verdict]:
        """Whether each of some calls of the decorated function stands in a handler."""
        for call in calls:
            if not _is_used_there(call, nature):
                yield "no"
                continue
            found = self._follow(file, call.block, thrown)
            met.add(found)
            yield found.verdict

    # -- how calls raise ---------------------------------------------------------------------------------------------

    def nature(self, function: FunctionRef) -> Layers:
        """How a call of a function raises what is raised in its body: at once, or in what the call returns."""
        layers = own_nature(function)
        for _, values in self._of(function):
            for value in values:
                if makes_managers(value):
                    layers = ("manager",)
                elif isinstance(value, FunctionRef) and not self._managers.made_by(value):
                    layers = _wrapped_nature(value, layers)
        return layers


def own_nature(function: FunctionRef) -> Layers:
    """How a call of a function, without its decorators, raises what is raised in its body."""
    scope = function.file.model.scopes[function.scope]
    if scope.is_generator:
        return ("async-iterator",) if scope.is_async else ("iterator",)
    return ("awaitable",) if scope.is_async else ()


def _wrapped_nature(decorator: FunctionRef, layers: Layers) -> Layers:
    """How a call raises of what a decorator of the project has made of a function."""
    file = decorator.file
    for call in wrapping_calls(decorator):
        wrapper = own_nature(FunctionRef(file, file.function_of(call.scope)))
        if wrapper or _is_used_there(call, layers):
            return wrapper
    return layers


def wrapping_calls(decorator: FunctionRef) -> Sequence[ir.Call]:
    """The calls that a decorator of the project makes of the function that it decorates."""
    return decorator.file.calls_of_parameters.get(decorator.scope, ())


def _calls_of_kept(cls: ClassRef, method: FunctionRef) -> Iterator[ir.Call]:
    """The calls, in a method, of the attribute in which objects of its class keep what they were made with."""
    made = constructor_of(cls)
    if made is None:
        return
    file, taken = cls.file, positional_names(made)[:1]
    kept = {
        store.target.name
        for store in file.stores_by_function.get(made.scope, ())
        if isinstance(store.target, ir.Attribute)
        and isinstance(store.value, ir.Name)
        and store.value.id in taken
    }
    for name in sorted(kept):
        for site in file.calls_by_name.get(name, ()):
            call = file.model.calls[site]
            if (
                isinstance(call.func, ir.Attribute)
                and file.function_of(call.scope) == method.scope
            ):
                yield call


def defined_at(function: FunctionRef) -> Place:
    """Where the decorators of a function are evaluated."""
    scope = function.file.model.scopes[function.scope]
    return Place(scope.parent, scope.outer_block, scope.order)


def _raises_in_call(nature: Layers) -> bool:
    """Whether a function raises while its call runs, or is awaited."""
    return nature in {(), ("awaitable",)}


def _is_used_there(call: ir.Call, nature: Layers) -> bool:
    """Whether a call makes what it returns raise at once."""
    return not nature or call.use.kind in RELEASES[nature[0]]


def _enters(manager: FunctionRef, nature: Layers) -> bool:
    """Whether a context manager that decorates a function is still entered when the function raises."""
    is_async = manager.file.model.scopes[manager.scope].is_async
    return nature == (("awaitable",) if is_async else ())
