"""What folding is told of names in tests that have no project: functions are those that they are spelled as."""

from __future__ import annotations

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.values.folded import Collection, Resolver


def _nothing(_: ir.Expr) -> None:
    """No name stands for anything."""


def _spelled(expr: ir.Expr) -> str | None:
    """The name of a function as an expression spells it; one without a module is a builtin."""
    if isinstance(expr, ir.Name):
        return f"builtins.{expr.id}"
    if not isinstance(expr, ir.Attribute) or not isinstance(expr.value, ir.Name):
        return None
    owner = expr.value.id
    prefix = "builtins." if owner in {"str", "bytes", "int"} else ""
    return f"{prefix}{owner}.{expr.name}"


SPELLED = Resolver(_nothing, lambda _: Collection(None), function=_spelled)
