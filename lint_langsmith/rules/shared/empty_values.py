"""Values that say that there is nothing: `None`, `False`, an empty text or collection."""

from __future__ import annotations

from typing import Final

from lint_langsmith.analysis.ir import model as ir

_NOTHING: Final = frozenset({"None", "False"})
_EMPTY_COLLECTIONS: Final = frozenset(
    {ir.Sequence("list", ()), ir.Sequence("tuple", ()), ir.Mapping((), ())}
)


def is_empty(expr: ir.Expr | None) -> bool:
    """Whether an expression is `None`, `False`, an empty text or collection, or a tuple of such."""
    if isinstance(expr, ir.Sequence) and expr.kind == "tuple":
        return all(map(_is_one_empty, expr.items))
    return _is_one_empty(expr)


def _is_one_empty(expr: ir.Expr | None) -> bool:
    if isinstance(expr, ir.Constant):
        return expr.literal in _NOTHING
    if isinstance(expr, ir.Text):
        return not expr.value
    return expr is None or expr in _EMPTY_COLLECTIONS


def spelled_empty(expr: ir.Expr | None) -> str:
    """How an empty value is written; a tuple of several in words."""
    if isinstance(expr, ir.Constant):
        return f"`{expr.literal}`"
    if isinstance(expr, ir.Text):
        return '`""`'
    if isinstance(expr, ir.Mapping):
        return "`{}`"
    if isinstance(expr, ir.Sequence):
        return "`[]`" if expr.kind == "list" else "`()`" if not expr.items else "empty values"
    return "`None`"
