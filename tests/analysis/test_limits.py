"""Every limit of the analysis stands in `limits.py`, with its reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ANALYSIS = Path(__file__).parents[2] / "lint_langsmith" / "analysis"

# Numbers that bound nothing. What stands for "none", "absent" or "behind everything"; how things are written or shown;
# from when on another way of doing the same is quicker.
NO_LIMITS = {
    "credentials/secrets.py: _TOO_LONG_TO_SHOW",
    "exceptions/exception_parts.py: ABSENT",
    "project/contents.py: _CHUNK",
    "project/contents.py: _WORTH_SPREADING",
    "project/place.py: LATEST",
    "project/parser_pool.py: _WORTH_SHARING",
    "project/version.py: _BARE",
    "project/version.py: _SHOWN",
    "project/word_search.py: _WORTH_A_STEM",
    "readers/dockerfile.py: _FEWEST_OF_STAGE",
    "values/library_folding.py: _LONGER_DECODED",
}


def numbers(path: Path) -> Iterator[str]:
    """The module's own names for integers."""
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        if (
            isinstance(statement, ast.AnnAssign)
            and statement.value is not None
            and is_integer(statement.value)
        ):
            yield ast.unparse(statement.target)
        elif isinstance(statement, ast.Assign) and is_integer(statement.value):
            yield from map(ast.unparse, statement.targets)


def is_integer(expr: ast.expr) -> bool:
    if isinstance(expr, ast.BinOp):
        return is_integer(expr.left) and is_integer(expr.right)
    if isinstance(expr, ast.UnaryOp):
        return is_integer(expr.operand)
    return isinstance(expr, ast.Constant) and type(expr.value) is int


def test_no_other_module_of_the_analysis_has_a_limit_of_its_own() -> None:
    found = {
        f"{path.relative_to(ANALYSIS).as_posix()}: {name}"
        for path in ANALYSIS.rglob("*.py")
        if path.name != "limits.py"
        for name in numbers(path)
    }
    assert found == NO_LIMITS


def test_every_limit_has_its_reason() -> None:
    lines = (ANALYSIS / "limits.py").read_text(encoding="utf-8").splitlines()
    assert len(list(numbers(ANALYSIS / "limits.py"))) > 20
    for number, line in enumerate(lines):
        if ": Final = " in line:
            before = next(
                lines[back]
                for back in range(number - 1, 0, -1)
                if ": Final = " not in lines[back]
            )
            assert before.startswith("# "), line
            assert not before.startswith("# --"), line
