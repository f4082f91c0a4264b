"""What operations on constants may make: each asks its budget for exactly what it makes, before it makes it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from lint_langsmith.analysis.values import constants
from lint_langsmith.analysis.values.abstract import UNKNOWN, Constant, Group, Literal, Table
from lint_langsmith.analysis.values.constants import Budget, OverBudgetError

FIELD = re.compile("x")


@pytest.mark.parametrize(
    ("cost", "made", "make"),
    [
        (6, "ababab", lambda budget: constants.repeated(budget, "ab", 3)),
        (0, "", lambda budget: constants.repeated(budget, "ab", 0)),
        (5, "a--bc", lambda budget: constants.joined(budget, "--", ["a", "bc"])),
        (1, "a", lambda budget: constants.joined(budget, "--", ["a"])),
        (0, "", lambda budget: constants.joined(budget, "--", [])),
        (3, "abc", lambda budget: constants.method(budget, "ABC", "lower", [])),
        (5, "abbba", lambda budget: constants.method(budget, "axa", "replace", ["x", "bbb"])),
        (4, "bbxa", lambda budget: constants.method(budget, "axa", "replace", ["a", "bb", 1])),
        (5, "ayya", lambda budget: constants.filled(budget, FIELD, lambda _: "yy", "axa")),
        (4, "zz", lambda budget: constants.substituted(budget, "$a", {"a": "zz"})),
    ],
)
def test_budgets_are_exact(cost: int, made: str, make: Callable[[Budget], Any]) -> None:
    assert make(Budget(100, cost)) == made
    if cost:
        with pytest.raises(OverBudgetError):
            make(Budget(100, cost - 1))


def test_items_are_looked_at() -> None:
    assert constants.method(Budget(3, 9), "a,b,c", "split", [","]) == ("a", "b", "c")
    with pytest.raises(OverBudgetError):
        constants.method(Budget(2, 9), "a,b,c", "split", [","])


@pytest.mark.parametrize(
    ("value", "expected"), [("a", "a"), (7, "7"), (-7, "-7"), (None, None), (("a",), None)]
)
def test_what_is_shown_of_a_constant(value: object, expected: str | None) -> None:
    assert constants.shown(value) == expected


def test_numbers_and_characters() -> None:
    assert [constants.number(text) for text in ("12", "0x1f", "1_0", "1.5", "None")] == [
        12,
        31,
        10,
        None,
        None,
    ]
    assert constants.character(97) == "a"
    assert constants.character(-1) is None
    assert constants.character("a") is None


def test_many_items_are_not_told_apart() -> None:
    few = [(Literal(str(number)),) for number in range(256)]
    assert len(Group.of(few).items) == 256
    assert Group.of([*few, (Literal("a"),)]).items == ((*(row[0] for row in few), UNKNOWN),)
    assert Group.of([(Literal("a"),)] * 257).items == ((Literal("a"),),)
    assert len(Table.of((row[0].text, row) for row in few).items) == 256
    assert Table.of([("k", (Constant("1"),))] * 257).items == ((None, (Constant("1"),)),)


def test_what_is_in_a_collection_at_all_depths_is_bounded() -> None:
    inner = Group.of([(Constant("1"),)] * 199)
    assert inner.size == 200
    assert Group.of([(inner,)] * 9).size == 1801
    large = Group.of([(inner,)] * 10)
    assert large.items == ((UNKNOWN,),) * 10
    assert large.size == 11
