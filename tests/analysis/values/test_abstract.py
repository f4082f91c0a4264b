"""Values as sets: each once, and only so many."""

from __future__ import annotations

import pytest

from lint_langsmith.analysis.limits import ALTERNATIVES
from lint_langsmith.analysis.values.abstract import ANY, UNKNOWN, Literal, Values, distinct

A, B = Literal("a"), Literal("b")
MANY = tuple(Literal(str(number)) for number in range(ALTERNATIVES + 1))


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ((), ANY),
        ((A,), (A,)),
        ((A, A), (A,)),
        ((A, B), (A, B)),
        ((B, A, B), (B, A)),
        (MANY[:-1], MANY[:-1]),
        (MANY, (*MANY[:-1], UNKNOWN)),
    ],
)
def test_each_value_counts_once(values: Values, found: Values) -> None:
    assert distinct(values) == found
    assert distinct(iter(values)) == found
