"""Arguments that `functools.partial` holds for a later call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, last_name
from lint_langsmith.analysis.values.bindings import lookup

_PARTIAL: Final = "partial"


def is_partial(file: File, expr: ir.CallRef) -> bool:
    """Whether a call is one of `functools.partial`."""
    return last_name(file.model.calls[expr.site].func) == _PARTIAL and bool(
        file.model.calls[expr.site].args
    )


def held_arguments(file: File, expr: ir.Expr, call: ir.Call) -> Iterator[ir.Argument]:
    """The arguments that `functools.partial` holds, where `expr` in a call is one, or a name of one."""
    if _PARTIAL not in file.calls_by_name:
        return  # asked of every call, several times
    partials: list[ir.Expr | None] = [expr]
    if isinstance(expr, ir.Name):
        partials = [binding.value for binding in lookup(file, expr.id, call)]
    elif isinstance(expr, ir.Attribute):
        partials = [store.value for store in file.stores_by_attribute.get(expr.name, ())]
    for partial in partials:
        if isinstance(partial, ir.CallRef) and is_partial(file, partial):
            yield from file.model.calls[partial.site].args
