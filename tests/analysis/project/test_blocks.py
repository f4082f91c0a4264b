"""The rows of a file by their blocks, and what is asked of blocks and expressions of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.lower import lower
from lint_langsmith.analysis.project.blocks import RowsByBlock
from lint_langsmith.analysis.project.file import (
    File,
    last_name,
    main_block,
    parts,
    span_of,
    within,
)

PROGRAM = """\
def f(a):
    if a:
        b = a.c
        g(a)
        raise E
    else:
        for d in a:
            yield d
            a.e = d
            g(d)
    h(i for i in a if j(i))
    return a


if f:
    def k():
        m(f.n); return f
    class C:
        p = q(f)
"""


def loaded(text: str = PROGRAM) -> File:
    return File(Path("mod.py"), "mod.py", text, lower(text), "mod")


FILE = loaded()
ROWS = RowsByBlock(FILE.model)


def block_of(line: int) -> int:
    """The block of the call on a line."""
    rows = [row for row in FILE.model.calls if row.span.line == line]
    return rows[0].block


IF, LOOP, COMPREHENSION, INNER, CLASS = (block_of(line) for line in (4, 10, 11, 17, 19))
FUNCTION = FILE.model.blocks[IF].parent


def line_of(row: Any) -> int:
    """The line of a row, of what it gives, or of what it stores to."""
    for name in ("span", "target", "expr", "value", "test"):
        part = getattr(row, name, None)
        if part is not None:
            line: int = getattr(part, "line", 0) or part.span.line
            return line
    raise AssertionError(row)


@pytest.mark.parametrize(
    ("ask", "blocks", "lines"),
    [
        (ROWS.raises, [IF], [5]),
        (ROWS.raises, [LOOP, FUNCTION], []),
        (ROWS.returns, [FUNCTION], [12]),
        (ROWS.returns, [INNER, FUNCTION], [12, 17]),
        (ROWS.yields, [LOOP], [8]),
        (ROWS.yields, [IF], []),
        (ROWS.stores, [LOOP, IF], [9]),
        (ROWS.bindings, [IF], [3]),
        (ROWS.bindings, [LOOP], [7]),
        (ROWS.bindings, [CLASS], [19]),
        (ROWS.reads, [LOOP], [8, 9, 10]),
        (ROWS.loads, [INNER, IF], [3, 17]),
        (ROWS.loads, [LOOP], []),
        (ROWS.branches, [IF], [2]),
        (ROWS.branches, [LOOP], []),
    ],
)
def test_rows_of_blocks(
    ask: Callable[[Iterable[int]], Sequence[Any]], blocks: list[int], lines: list[int]
) -> None:
    assert [line_of(row) for row in ask(blocks)] == lines


def test_sites_of_blocks_are_in_order_and_told_once() -> None:
    def lines(*blocks: int) -> list[int]:
        return [FILE.model.calls[site].span.line for site in ROWS.sites(blocks)]

    assert lines(LOOP, IF, LOOP) == [4, 10]
    assert lines(COMPREHENSION) == [11]
    assert lines(CLASS, INNER) == [17, 19]
    assert lines() == lines(len(FILE.model.blocks)) == []


def test_a_branch_is_known_by_both_of_its_blocks() -> None:
    (branch,) = ROWS.branches([IF])
    assert ROWS.branches([branch.orelse]) == [branch]
    assert ROWS.branches([branch.body, branch.orelse]) == [branch]


EMPTY = """\
if {test}:
    f()
else:
    g()
"""


@pytest.mark.parametrize(
    ("test", "runs"),
    [
        ("x is None", "f"),
        ("x is not None", "g"),
        ("not x", "f"),
        ("x", "g"),
        ("x == None", ""),
        ("x is True", ""),
        ("x is y is None", ""),
        ("not x.y", ""),
        ("x.y is None", ""),
        ("-x", ""),
        ("x and y", ""),
        ("x()", ""),
    ],
)
def test_what_runs_where_a_name_is_empty(test: str, runs: str) -> None:
    file = loaded(EMPTY.format(test=test))
    rows = RowsByBlock(file.model)
    calls = [
        last_name(file.model.calls[site].func)
        for block in rows.where_empty(0, "x")
        for site in rows.sites([block])
    ]
    assert calls == ([runs] if runs else [])
    assert not rows.where_empty(1, "x")
    assert not rows.where_empty(0, "z")


def test_without_an_else_nothing_runs_where_a_name_is_empty() -> None:
    file = loaded("if x:\n    f()\n" * 3 + "if not x:\n    f()\n" * 2)
    blocks = RowsByBlock(file.model).where_empty(0, "x")
    assert len(blocks) == 2
    assert list(blocks) == sorted(blocks)


def test_blocks_that_run_with_a_block() -> None:
    """Those of comprehensions do, those of functions and classes do not; in the order of the file."""
    found = list(within(FILE, FUNCTION))
    assert found[0] == FUNCTION
    assert found == sorted(found)
    assert {IF, LOOP, COMPREHENSION} <= set(found)
    assert not {INNER, CLASS} & set(found)
    assert list(within(FILE, LOOP)) == [LOOP]
    assert set(FILE.blocks_within(0)) == set(range(len(FILE.model.blocks)))
    assert FILE.blocks_in(LOOP) == ()
    assert IF in FILE.blocks_in(FUNCTION)
    assert LOOP not in FILE.blocks_in(FUNCTION)
    assert FILE.rows_by_block.sites([LOOP]) == ROWS.sites([LOOP])


def test_the_last_call_of_a_function_and_the_scopes_of_it() -> None:
    file = loaded("f()\ndef g():\n    h()\n    def i():\n        j()\n    k()\nl()\n")
    names = {
        scope: last_name(call.func)
        for scope, order in file.last_calls.items()
        for call in file.model.calls
        if call.order == order
    }
    scopes = {row.name: number for number, row in enumerate(file.model.scopes)}
    assert names == {0: "l", scopes["g"]: "k", scopes["i"]: "j"}
    assert file.scopes_by_outermost[scopes["g"]] == [scopes["g"], scopes["i"]]
    assert file.scopes_by_outermost[0] == [0]


def test_the_bindings_whose_values_hold_a_call() -> None:
    file = loaded("a = f()\nb = [f(), g(f())]\nc: int\nd = 1\nif e := h():\n    pass\n")
    found = {
        (last_name(file.model.calls[site].func), row.name)
        for site, rows in file.bound_calls.items()
        for row in rows
    }
    assert found == {("f", "a"), ("f", "b"), ("g", "b"), ("h", "e")}
    assert [len(rows) for rows in file.bound_calls.values()] == [1] * 4


def test_values_and_where_they_stand() -> None:
    file = loaded(
        "a = x\nb.c = y\nz.d: int\ndef f():\n    return t\n    return\ng(u, *v, k=w)\n"
    )
    assert next(last_name(expr) for expr, _ in file.valued()) == "x"
    assert {last_name(expr) for expr, _ in file.valued()} - {""} == set("xytuvw")
    lines = {last_name(expr): place.order for expr, place in file.valued()}
    assert lines["x"] < lines["y"] < lines["u"] == lines["v"] == lines["w"]


def test_spans_names_and_parts_of_expressions() -> None:
    file = loaded("a = b.c(d)\ne = [1, f]\ng = f.h\n")
    called, listed, attribute = (
        row.value for row in file.model.bindings if row.value is not None
    )
    assert span_of(file, called) == file.model.calls[0].span
    assert span_of(file, ir.Constant("1")) is None
    span = span_of(file, attribute)
    assert span is not None
    assert (span.line, span.column, span.end_column) == (3, 5, 8)
    assert [last_name(expr) for expr in (called, attribute, *parts(listed))] == [
        "",
        "h",
        "",
        "f",
    ]
    assert parts(attribute) == (attribute,)


@pytest.mark.parametrize(
    ("test", "where"),
    [
        ('__name__ == "__main__"', "if"),
        ('"__main__" == __name__', "if"),
        ('__name__ in {"__main__", "__mp_main__"}', "if"),
        ('ready and __name__ == "__main__"', "if"),
        ('ready or __name__ == "__main__"', None),
        ('__name__ is "__main__"', "if"),
        ('__name__ != "__main__"', "else"),
        ('__name__ is not "__main__"', "else"),
        ('__name__ not in ["__main__"]', "else"),
        ('not __name__ == "__main__"', "else"),
        ('ready or __name__ != "__main__"', "else"),
        ('ready and __name__ != "__main__"', None),
        ('__name__ == "x"', None),
        ('name == "__main__"', None),
        ('f("__main__")', None),
        ('"__main__"', None),
    ],
)
def test_what_runs_in_the_program_itself_alone(test: str, where: str | None) -> None:
    model = loaded(f"if {test}:\n    pass\nelse:\n    pass\n").model
    block = main_block(model.branches[0])
    assert (model.blocks[block].kind if block >= 0 else None) == where
