"""Nesting that no one writes ends the analysis of a file, not the process, and not after minutes."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from linting import lint

from lint_langsmith.analysis.ir import parser, positions
from lint_langsmith.analysis.ir.lower import lower
from lint_langsmith.analysis.values import bindings, object_places
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
    ids=[
        "nested calls",
        "chain of calls",
        "shorter chain",
        "sum",
        "not",
        "lambda",
        "parentheses",
    ],
)
def test_nesting_is_refused(expression: str) -> None:
    with pytest.raises(
        UnreadableFileError, match=r"nested too deeply|too many|is not valid Python"
    ):
        lower(f"import langsmith\n\nx = {expression}\n")


def test_a_long_program_is_lowered_in_pieces_as_it_is_in_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    step = (
        '@decorated("ä")  # é\nclass Step{0}:\n    """Doc."""\n\n    def run(self) -> "list[str]":\n'
        "        return [run.name for run in client.list_runs(limit={0})]; x = 1\n\n\n"
        "a = 1; b = 2\nif a:\n    Step{0}().run(f'{{a}} ü {{b}}')\n\n\n"
    )
    text = '"""Doc."""\nfrom __future__ import annotations\r\n' + "".join(
        map(step.format, range(60))
    )
    whole = lower(text)
    monkeypatch.setattr(parser, "PIECEWISE_CHARACTERS", 1000)
    monkeypatch.setattr(positions, "PIECE_CHARACTERS", 300)
    assert len(list(positions.in_pieces(text, ast.parse(text)))) > 10
    assert lower(text) == whole


def test_what_people_write_is_not_refused() -> None:
    chain = "(\n    a\n" + "    .filter(x=1)\n" * 150 + ")"
    table = "[\n" + "    {'a': [1, (2, 3)], 'b': f(g(h(1)))},\n" * 2000 + "]"
    model = lower(f"import langsmith\n\nx = {chain}\ny = {table}\n")
    assert len(model.calls) == 150 + 3 * 2000


@pytest.mark.parametrize(
    "step",
    [
        "query = query.filter(row[{0}])",
        "query = query + 'and {0}'",
        "query += f'and {{row}}'",
        "query = narrowed(query)",
        "query, other = other, query",
        "query = [*query, row]",
        "query = {{**query, '{0}': row}}",
        "query = {{'{0}': query}}",
    ],
    ids=["method", "sum", "lengthened", "function", "swap", "list", "dict", "nested"],
)
def test_a_name_that_is_bound_anew_throughout_a_loop_is_followed_along_few_of_its_ways(
    tmp_path: Path, step: str
) -> None:
    steps = "".join(
        f"        if row[{number}]:\n            {step.format(number)}\n"
        for number in range(60)
    )
    (tmp_path / "app.py").write_text(
        "from langsmith import Client\n\n\ndef found(rows, query, other):\n"
        "    client = Client(api_key=other)\n    for row in rows:\n"
        f"{steps}    return list(client.list_runs(filter=query))\n\n\n"
        "def narrowed(query):\n    return query or other\n",
        encoding="utf-8",
    )
    assert "LS301" in lint(tmp_path, "--no-cache").codes


def test_lists_of_one_name_in_many_functions_are_each_looked_at_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long program calls a list `found` in every function: twice the functions, twice the look-ups, and few more."""
    step = (
        "\n\ndef step_{0}(name):\n    found = [name]\n    table = {{}}\n    for run in make(name):\n"
        "        found.append(run.name)\n        table[run.name] = run\n    return found\n"
    )
    lookups = 0

    def counting(*args: Any) -> Any:
        nonlocal lookups
        lookups += 1
        return bindings.lookup(*args)

    monkeypatch.setattr(object_places, "lookup", counting)
    counts = []
    for size in (50, 200):
        (tmp_path / "program.py").write_text(
            "from langsmith import Client\n\nclient = Client()\n"
            + "".join(step.format(number) for number in range(size))
        )
        lookups = 0
        lint(tmp_path)
        counts.append(lookups)
    assert 0 < counts[1] < 6 * counts[0]
