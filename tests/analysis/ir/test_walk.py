"""The iterator over expressions: it meets what stands in an expression, each part once and before its own parts."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.lower import lower
from lint_langsmith.analysis.ir.walk import alternatives, children, descend


def lowered(text: str) -> tuple[ir.Expr, tuple[ir.Call, ...]]:
    model = lower(f"x = {text}\n")
    (value,) = [row.value for row in model.bindings if row.name == "x"]
    assert value is not None
    return value, model.calls


def names(parts: Iterable[ir.Expr]) -> str:
    return " ".join(part.id for part in parts if isinstance(part, ir.Name))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a", "a"),
        ("a.b[c]", "a c"),
        ("a(b, *c, d=e)", "a b c e"),
        ("(a, [b, {c: d, **e}])", "a b c d e"),
        ("a if b else c", "b a c"),
        ("a or b and c", "a b c"),
        ("not a + -b", "a b"),
        ("a < b <= c", "a b c"),
        ("f'{a}{b!r}'", "a b"),
        ("lambda: a", "a"),
        ("[a for a in b]", "a b"),
        ("(y := a)", "a"),
        ("a[b:c]", "a b c"),
        ("1", ""),
    ],
)
def test_all_parts_are_met(text: str, found: str) -> None:
    expr, calls = lowered(text)
    assert names(descend(expr, calls)) == found


def test_a_part_comes_before_its_own() -> None:
    expr, calls = lowered("a.b(c.d)")
    met = list(descend(expr, calls))
    assert met[0] == expr
    assert [type(part).__name__ for part in met] == [
        *("CallRef", "Attribute", "Name", "Attribute", "Name"),
    ]
    assert list(descend(expr)) == [expr]  # what a call is made of stands in another table
    assert list(children(expr)) == []
    assert list(descend(None)) == []


def test_only_what_is_asked_for_is_looked_into() -> None:
    expr, calls = lowered("a or (b and not c) or d(e)")
    assert names(descend(expr, calls, through=(ir.Boolean,))) == "a b"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a", "a"),
        ("a if b else c", "a c"),
        ("a or (b if c else d) or e", "a b d e"),
        ("[a]", ""),
    ],
)
def test_what_an_expression_evaluates_to(text: str, found: str) -> None:
    expr, _ = lowered(text)
    assert names(alternatives(expr)) == found
    assert list(alternatives(None)) == []
