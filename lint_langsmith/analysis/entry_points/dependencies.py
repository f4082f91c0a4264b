"""The dependencies of a route: the functions that FastAPI runs around it.

Executed on fastapi 0.165: a dependency with `yield` stands around the route like a context manager. What the route
raises is raised again at the `yield`, where it may be caught, and made an `HTTPException`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Place, Placed
from lint_langsmith.analysis.values.abstract import ExternalName, FunctionRef
from lint_langsmith.analysis.values.bindings import lookup

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluator import Evaluator

_DEPENDS: Final = frozenset(
    {"fastapi.Depends", "fastapi.params.Depends", "fastapi.Security", "fastapi.params.Security"}
)


def dependencies(function: FunctionRef, values: Evaluator) -> Iterator[FunctionRef]:
    """The functions of the project that a route depends on, and those that they depend on, the nearest first."""
    seen = {function}
    pending = [function]
    while pending:
        current = pending.pop(0)
        for site in _sites(current):
            for found in _function(current.file, site, values):
                if found not in seen:
                    seen.add(found)
                    pending.append(found)
                    yield found


def _function(file: File, site: int, values: Evaluator) -> Iterator[FunctionRef]:
    """The function of the project that a call of `Depends` names."""
    call = file.model.calls[site]
    is_depends = any(
        isinstance(callee, ExternalName) and callee.name in _DEPENDS
        for callee in values.of(file, call.func, file.place(call))
    )
    if is_depends and call.args:
        for value in values.of(file, call.args[0].value, file.place(call)):
            if isinstance(value, FunctionRef):
                yield value


def _sites(function: FunctionRef) -> Iterator[int]:
    """The calls that stand where a function says what it depends on: in its parameters and its decorators."""
    file = function.file
    scope = file.model.scopes[function.scope]
    outside = Place(scope.parent, scope.outer_block, scope.order)
    for param in scope.params:
        yield from _calls_in(param.default)
        yield from _annotated(file, param.annotation, outside)
    for decorator in scope.decorators:
        call = file.model.calls[decorator.site] if isinstance(decorator, ir.CallRef) else None
        for arg in call.args if call is not None else ():
            if arg.keyword == "dependencies":
                yield from _calls_in(arg.value)


def _annotated(file: File, annotation: ir.Expr | None, place: Placed) -> Iterator[int]:
    """`Annotated[Client, Depends(get_client)]`, as it stands there or under a name of the file."""
    found = [annotation]
    if isinstance(annotation, ir.Name):
        found = [binding.value for binding in lookup(file, annotation.id, place)]
    for expr in found:
        if isinstance(expr, ir.Subscript):
            yield from _calls_in(expr.index)


def _calls_in(expr: ir.Expr | None) -> Iterator[int]:
    """The calls that an expression is, or that stand in its list."""
    for part in expr.items if isinstance(expr, ir.Sequence) else (expr,):
        if isinstance(part, ir.CallRef):
            yield part.site
