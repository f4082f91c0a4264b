"""The expressions within an expression: the one iterator for all who look for something in it.

What an expression may evaluate to is asked of the evaluator (`values/evaluator.py`); this is about what stands there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias, TypeGuard

from lint_langsmith.analysis.ir import model as ir

Kinds: TypeAlias = "tuple[type[ir.Expr], ...]"


def children(expr: ir.Expr, calls: Sequence[ir.Call] = ()) -> Iterator[ir.Expr]:
    """The expressions directly within one, in the order of its fields.

    Those of a call are its function and its arguments: they are in `calls`, the calls of the file, without which a call
    has none.
    """
    if isinstance(expr, ir.CallRef):
        if calls:
            call = calls[expr.site]
            yield call.func
            yield from (arg.value for arg in call.args)
        return
    for field in expr.__struct_fields__:
        value = getattr(expr, field)
        for item in value if isinstance(value, tuple) else (value,):
            if _is_expression(item):
                yield item


def _is_expression(item: object) -> TypeGuard[ir.Expr]:
    return isinstance(item, ir.Node)


def descend(
    expr: ir.Expr | None, calls: Sequence[ir.Call] = (), *, through: Kinds | None = None
) -> Iterator[ir.Expr]:
    """An expression and those within it, each before its own parts; nothing for None.

    Only expressions of the kinds in `through` are looked into, if it is given.
    """
    stack = [] if expr is None else [expr]
    while stack:
        current = stack.pop()
        yield current
        if through is None or isinstance(current, through):
            stack.extend(reversed([*children(current, calls)]))


def alternatives(expr: ir.Expr | None) -> Iterator[ir.Expr]:
    """The expressions one of which an expression evaluates to: `a if test else b`, `a or b`; itself for all others."""
    stack = [] if expr is None else [expr]
    while stack:
        current = stack.pop()
        if isinstance(current, ir.Conditional):
            stack += (current.orelse, current.body)
        elif isinstance(current, ir.Boolean):
            stack += reversed(current.values)
        else:
            yield current


def last_name(expr: ir.Expr) -> str:
    """`c` of `a.b.c`; empty for what has no name."""
    if type(expr) is ir.Attribute:
        return expr.name
    return expr.id if type(expr) is ir.Name else ""


def parts(expr: ir.Expr) -> tuple[ir.Expr, ...]:
    """The items of a list or tuple that stands there itself; any other expression alone."""
    return expr.items if isinstance(expr, ir.Sequence) else (expr,)
