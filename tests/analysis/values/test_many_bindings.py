"""Names that are bound many times: each use sees those that may reach it, the last ones of very many."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_langsmith.analysis import limits
from lint_langsmith.analysis.ir.lower import lower
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.values.bindings import lookup, module_bindings

MANY = limits.most_bindings(10_000)


def loaded(text: str) -> File:
    return File(Path("mod.py"), "mod.py", text, lower(text), "mod")


def seen(file: File, line: int) -> list[tuple[str, int]]:
    """The bindings of `x` that the call on a line may see, by their kinds and lines, the last one first."""
    (call,) = [row for row in file.model.calls if row.span.line == line]
    return [(row.kind, row.span.line) for row in lookup(file, "x", call)]


@pytest.mark.parametrize("number", [2, limits.FEW_BINDINGS, limits.FEW_BINDINGS + 1, 30])
def test_each_condition_adds_a_binding(number: int) -> None:
    file = loaded("x = 0\n" + "if a: x = 1\n" * (number - 1) + "use()\nuse()\n")
    wanted = [("assign", line) for line in range(number, 0, -1)]
    assert seen(file, number + 1) == wanted
    assert seen(file, number + 2) == wanted
    assert seen(file, number + 1) == wanted  # as it is remembered


def test_what_is_bound_surely_hides_what_was_before() -> None:
    file = loaded("if a: x = 0\n" * 20 + "x = 1\nuse()\nif a: x = 2\nuse()\ndel x\nuse()\n")
    assert seen(file, 22) == [("assign", 21)]
    assert seen(file, 24) == [("assign", 23), ("assign", 21)]
    assert seen(file, 26) == []


def test_a_loop_brings_back_what_is_bound_behind_a_use() -> None:
    body = "    use()\n" + "    if a: x = 1\n" * 20
    file = loaded(f"x = 0\nfor i in y:\n{body}x = 2\nuse()\n")
    assert [line for _, line in seen(file, 3)] == [*range(23, 3, -1), 1]
    assert seen(file, 25) == [("assign", 24)]


def test_of_very_many_the_last_ones_are_seen_and_the_rest_is_anything() -> None:
    file = loaded("if a: x = 0\n" * (MANY + 10) + "use()\n")
    limit = limits.most_bindings(len(file.text))
    found = seen(file, MANY + 11)
    assert [line for _, line in found[:-1]] == [*range(MANY + 10, MANY + 10 - limit, -1)]
    assert found[-1][0] == "match"


def test_importers_see_the_last_ones_as_well() -> None:
    few = loaded("x = 1\nx = 2\nx: int\ndel x\n")
    assert [row.span.line for row in module_bindings(few, "x")] == [1, 2, 3]
    file = loaded("if a: x = 0\n" * (MANY + 10))
    limit = limits.most_bindings(len(file.text))
    found = module_bindings(file, "x")
    assert len(found) == limit + 1
    assert [found[0].kind, found[1].span.line] == ["match", MANY + 11 - limit]
    assert module_bindings(file, "x") is found
    assert not module_bindings(file, "y")


def test_a_function_that_declares_the_name_may_have_run() -> None:
    text = (
        "x = 0\ndef f():\n    global x\n    x = 1\n    del x\n"
        + "if a: x = 2\n" * 10
        + "use()\n"
    )
    found = {line for _, line in seen(loaded(text), 16)}
    assert found == {1, 4, *range(6, 16)}
