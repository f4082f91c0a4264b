"""Functions under `@traceable`, with what the decorator is given."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith.analysis.fixed_point import Known, Summaries
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Place, is_test
from lint_langsmith.analysis.project.view import in_scope_files
from lint_langsmith.analysis.values.abstract import (
    ExternalName,
    FunctionRef,
    Outcome,
    Value,
    function_of,
)
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.remembered import remembered

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluator import Evaluator

_TRACEABLE: Final = "langsmith.traceable"
_NAME: Final = "traceable"


class TracedFunction(NamedTuple):
    """A function that is traced; `arguments` are those of its `@traceable`."""

    function: FunctionRef
    arguments: Sequence[ir.Argument]


def traceable(function: FunctionRef, values: Evaluator) -> Sequence[ir.Argument] | None:
    """The arguments of the `@traceable` of a function; None where it has none."""
    file = function.file
    scope = file.model.scopes[function.scope]
    place = Place(scope.parent, scope.outer_block, scope.order)
    for decorator in scope.decorators:
        names = values.decorator_name(file, decorator, place)
        if any(values.project.sdk.is_same(name, _TRACEABLE) for name in names):
            return _given(file, decorator, place, values)
    return None


def _given(
    file: File, decorator: ir.Expr, place: Place, values: Evaluator
) -> Sequence[ir.Argument] | None:
    """What `@traceable(…)` is given, also before: `traced = traceable(name="x")`; None where that can't be told."""
    if isinstance(decorator, ir.CallRef):
        return file.model.calls[decorator.site].args
    if not any(isinstance(value, Outcome) for value in values.of(file, decorator, place)):
        return ()
    bindings = lookup(file, decorator.id, place) if isinstance(decorator, ir.Name) else ()
    calls = [row.value for row in bindings if isinstance(row.value, ir.CallRef)]
    return file.model.calls[calls[0].site].args if len(calls) == len(bindings) == 1 else None


class TracedFunctions:
    """The functions of one project that are traced."""

    def __init__(self, values: Evaluator) -> None:
        """`values` resolves decorators."""
        self._project = values.project
        self._view = values.view
        self._values = values

    def arguments(self, function: FunctionRef) -> Sequence[ir.Argument] | None:
        """The arguments of the `@traceable` of a function; None where it has none."""
        return traceable(function, self._values)

    @remembered
    def of(self, file: File) -> Sequence[TracedFunction]:
        """The traced functions of a file, in the order of their definitions."""
        return tuple(self._find(file))

    def _find(self, file: File) -> Iterator[TracedFunction]:
        for index, scope in enumerate(file.model.scopes):
            if scope.kind == "function" and scope.decorators:
                given = self.arguments(FunctionRef(file, index))
                if given is not None:
                    yield TracedFunction(FunctionRef(file, index), given)

    def of_project(self) -> Iterator[TracedFunction]:
        """The traced functions of all files that are no tests, also where another file gives them the decorator."""
        for file in in_scope_files(self._project, self._view):
            yield from self.of(file)
        for name in self._getting_it_elsewhere:
            other = self._project.try_load(name)
            if other is not None:
                yield from self.of(other)

    @functools.cached_property
    def is_used(self) -> bool:
        """Whether the project traces any function of its own, tests left out."""
        return next(self.of_project(), None) is not None

    @functools.cached_property
    def _getting_it_elsewhere(self) -> Sequence[str]:
        """The files out of scope that may get the decorator from one in scope: `from app.tracing import traced`."""
        found: set[str] = set()
        for file in in_scope_files(self._project, self._view):
            importers = [
                name
                for name in self._project.imports.importers(file.relative)
                if name not in self._view.in_scope and not is_test(name)
            ]
            for exported in self._exported_names(file) if importers else ():
                found.update(
                    name for name in importers if self._project.mentions(name, exported)
                )
        return sorted(found)

    def _exported_names(self, file: File) -> Iterator[str]:
        """The names under which importers of a module get the decorator."""
        if _NAME not in file.code:
            return
        for (scope, name), bindings in file.bindings.items():
            # Most modules have no name for it: to evaluate all of theirs would take long.
            is_candidate = any(
                row.member == _NAME or not ir.is_data(row.value) for row in bindings
            )
            if scope == 0 and is_candidate:
                values = self._values.exported(file, name)
                if any(self._is_decorator(value) for value in values):
                    yield name

    def _is_decorator(self, value: Value) -> bool:
        return isinstance(value, ExternalName) and self._project.sdk.is_same(
            value.name, _TRACEABLE
        )

    def traces(self, function: FunctionRef) -> bool:
        """Whether a function of the project is traced, or surely calls one that is."""
        return self._tracing.of(function)

    @functools.cached_property
    def _tracing(self) -> Summaries[FunctionRef, bool]:
        return Summaries(self._successors, bottom=False, compute=self._is_tracing)

    def _successors(self, function: FunctionRef) -> Sequence[FunctionRef]:
        return [callee for callees in self._called(function) for callee in callees]

    def _is_tracing(self, function: FunctionRef, known: Known) -> bool:
        is_traced = self.arguments(function) is not None
        return is_traced or any(all(map(known, callees)) for callees in self._called(function))

    def _called(self, function: FunctionRef) -> Iterator[Sequence[FunctionRef]]:
        """For each call in a function that runs functions of the project and nothing else: those that it may run."""
        for site in function.file.sites_by_function.get(function.scope, ()):
            callees = self._values.callee(function.file, site)
            functions = [
                called for callee in callees if (called := function_of(callee)) is not None
            ]
            if functions and len(functions) == len(callees):
                yield functions
