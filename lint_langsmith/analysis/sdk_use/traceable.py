"""Functions under `@traceable`, with what the decorator is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import Place
from lint_langsmith.analysis.values.evaluator import FunctionRef

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluator import Evaluator

_TRACEABLE: Final = "langsmith.traceable"


def traceable(function: FunctionRef, values: Evaluator) -> Sequence[ir.Argument] | None:
    """The arguments of the `@traceable` of a function; None where it has none."""
    file = function.file
    scope = file.model.scopes[function.scope]
    place = Place(scope.parent, scope.outer_block, scope.order)
    for decorator in scope.decorators:
        names = values.decorator_name(file, decorator, place)
        if any(values.project.sdk.is_same(name, _TRACEABLE) for name in names):
            return file.model.calls[decorator.site].args if isinstance(decorator, ir.CallRef) else ()
    return None
