"""The block of a file that runs only where the file is the program: `if __name__ == "__main__":`."""

from __future__ import annotations

from lint_langsmith.analysis.ir import model as ir


def main_block(branch: ir.Branch) -> int:
    """The block that runs only where the file is the program (`if __name__ == "__main__":`); -1 for none."""
    if _holds_as_main(branch.test, holds=True):
        return branch.body
    return branch.orelse if _holds_as_main(branch.test, holds=False) else -1


def _holds_as_main(test: ir.Expr | None, *, holds: bool) -> bool:
    """Whether a test is true (or false, by `holds`) only where the file is the program."""
    if isinstance(test, ir.Unary) and test.op == "Not":
        return _holds_as_main(test.operand, holds=not holds)
    if isinstance(test, ir.Boolean):
        parts = (_holds_as_main(part, holds=holds) for part in test.values)
        return any(parts) if (test.op == "and") == holds else all(parts)
    if not isinstance(test, ir.Comparison) or len(test.ops) != 1:
        return False
    wanted = {"Equal", "Is", "In"} if holds else {"NotEqual", "IsNot", "NotIn"}
    sides = (test.left, test.rights[0])
    is_name = any(isinstance(side, ir.Name) and side.id == "__name__" for side in sides)
    return is_name and test.ops[0] in wanted and any(map(_has_main, sides))


def _has_main(expr: ir.Expr) -> bool:
    """`"__main__"`, or a list of names with it."""
    items = expr.items if isinstance(expr, ir.Sequence) else (expr,)
    return any(isinstance(item, ir.Text) and item.value == "__main__" for item in items)
