"""References in values of compose, as its specification fills them in."""

from __future__ import annotations

import pytest

from lint_langsmith.analysis.environment.interpolation import Filled, fill_in

VALUES = {"SET": "a", "EMPTY": ""}


@pytest.mark.parametrize(
    ("text", "value", "is_fallback"),
    [
        ("plain", "plain", False),
        ("", "", False),
        ("$SET", "a", False),
        ("x${SET}y$SET.", "xaya.", False),
        ("$$SET", "$SET", False),
        ("$GONE", None, False),
        ("${GONE}", None, False),
        ("${GONE-b}", "b", True),
        ("${GONE:-b}", "b", True),
        ("${GONE:-}", "", True),
        ("${EMPTY-b}", "", False),
        ("${EMPTY:-b}", "b", True),
        ("${EMPTY}", "", False),
        ("${SET:-b}", "a", False),
        ("${SET:-b}${GONE:-c}", "ac", True),
        ("${GONE:-c}${SET}", "ca", True),
        ("${SET?no}", "a", False),
        ("${GONE?no}", None, False),
        ("${GONE:?no}", None, False),
        ("${EMPTY:?no}", None, False),
        ("${EMPTY?no}", "", False),
        ("${SET+b}", "b", False),
        ("${GONE+b}", None, False),
        ("${EMPTY+b}", "b", False),
        ("${EMPTY:+b}", None, False),
        ("${SET:+b}", "b", False),
        ("a$", None, False),
        ("${", None, False),
        ("${SET", None, False),
        ("${GONE:-${SET}}", None, False),
        ("$1", None, False),
    ],
)
def test_references_are_filled_in(text: str, value: str | None, is_fallback: bool) -> None:
    assert fill_in(text, VALUES.get) == Filled(value, is_fallback)
