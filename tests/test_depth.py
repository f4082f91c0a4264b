"""Nesting that no one writes ends the analysis of a file, not the process, and not after minutes."""

from __future__ import annotations

import pytest

from lint_langsmith.model.lower import lower
from lint_langsmith.source.text import UnreadableFileError


@pytest.mark.parametrize(
    "expression",
    [
        "f(" * 3000 + ")" * 3000,
        "a" + ".b()" * 3000,
        "a" + ".b()" * 700,
        "1" + " + 1" * 3000,
        "not " * 3000 + "x",
        "lambda: " * 3000 + "x",
        "(" * 100_000,
    ],
    ids=["nested calls", "chain of calls", "shorter chain", "sum", "not", "lambda", "parentheses"],
)
def test_nesting_is_refused(expression: str) -> None:
    with pytest.raises(UnreadableFileError, match=r"nested too deeply|too many|is no Python"):
        lower(f"import langsmith\n\nx = {expression}\n")


def test_what_people_write_is_not_refused() -> None:
    chain = "(\n    a\n" + "    .filter(x=1)\n" * 150 + ")"
    table = "[\n" + "    {'a': [1, (2, 3)], 'b': f(g(h(1)))},\n" * 2000 + "]"
    model = lower(f"import langsmith\n\nx = {chain}\ny = {table}\n")
    assert len(model.calls) == 150 + 3 * 2000
