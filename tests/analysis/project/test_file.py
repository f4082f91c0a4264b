"""The indices of a file: each row of the program is found under what it is asked by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from lint_langsmith.analysis.ir.lower import lower
from lint_langsmith.analysis.project.file import File

PROGRAM = """\
import os.path
from a.b import c as d, e
from .f import *
x: int = d(e)


class C(D):
    y: str = "t"
    z: int

    def m(self, p=x):
        global g
        self.k = g = p.q.r(lambda: p)
        self.k["i"] = [j.l for j in p]

        def n():
            nonlocal p
            p = yield self.k.s
            return p

        return n


def o(t):
    if t:
        u = t.v
        while u:
            t.w.append(u)
            u = h(*[C, d.e], u=t)
    return lambda: x.a["b"].c


(
    os
    .path
)
"""


def loaded(text: str = PROGRAM, name: str = "pkg/mod.py") -> File:
    return File(Path(name), name, text, lower(text), "pkg.mod")


FILE = loaded()
SCOPES = {FILE.qualified_scope(number): number for number in range(len(FILE.model.scopes))}


def lines(rows: Iterable[Any]) -> list[int]:
    """Where rows stand."""
    return [
        row.span.line if hasattr(row, "span") else getattr(row, "target", row).span.line
        for row in rows
    ]


def by_line(table: Mapping[Any, Iterable[Any]]) -> dict[Any, list[int]]:
    return {key: lines(rows) for key, rows in table.items()}


def sites(table: Mapping[Any, Iterable[int]]) -> dict[Any, list[int]]:
    """Call sites as their lines."""
    return {key: lines(FILE.model.calls[site] for site in rows) for key, rows in table.items()}


def scope(name: str) -> int:
    for number, row in enumerate(FILE.model.scopes):
        if row.name == name:
            return number
    raise AssertionError(name)


def test_bindings_by_scope_and_name() -> None:
    assert lines(FILE.bindings[0, "x"]) == [4]
    assert lines(FILE.bindings[0, "g"]) == [13]  # declared `global` in the method
    assert lines(FILE.bindings[scope("m"), "g"]) == [12, 13]
    assert lines(FILE.bindings[scope("m"), "p"]) == [11, 18]  # declared `nonlocal` within it
    assert lines(FILE.bindings[scope("n"), "p"]) == [17, 18]
    assert lines(FILE.bindings[scope("C"), "y"]) == [8]
    assert (0, "y") not in FILE.bindings
    assert FILE.global_names == {(scope("m"), "g")}
    assert FILE.shared_names == {"g", "p"}


def test_bindings_by_scope_and_function() -> None:
    assert lines(FILE.bindings_by_scope[scope("C")]) == [8, 9, 11]
    assert lines(FILE.annotated_by_scope[scope("C")]) == [8, 9]
    assert lines(FILE.annotated_by_scope[0]) == [4]
    assert FILE.names_by_scope[scope("C")] == ["y", "z", "m"]
    assert lines(FILE.bindings_by_function[scope("o")]) == [24, 26, 29]
    assert lines(FILE.bindings_by_function[scope("m")]) == [11, 11, 12, 13, 14, 16]
    assert {FILE.model.bindings[0].name} == {"os"}
    assert {FILE.definitions[scope(name)].name for name in "Cmno"} == set("Cmno")
    assert set(FILE.definitions) == {scope(name) for name in "Cmno"}


def test_imports() -> None:
    assert FILE.packages == {"os", "a"}
    assert lines(FILE.star_imports) == [3]
    assert FILE.other_names == {"c": {"d"}, "v": {"u"}, "x": {"p"}, "p": {"j"}}
    assert {"d", "e", "r", "h", "c", "v"} <= FILE.named_code
    assert not {"g", "k", "y"} & FILE.named_code


def test_calls_by_name_function_base_and_arguments() -> None:
    assert sites(FILE.calls_by_name) == {"d": [4], "r": [13], "append": [28], "h": [29]}
    assert sites(FILE.sites_by_function) == {0: [4], scope("m"): [13], scope("o"): [28, 29]}
    assert sites(FILE.sites_by_base) == {"d": [4], "h": [29]}
    assert sites(FILE.sites_by_argument) == {
        "e": [4, 29],
        "": [13],
        "u": [28],
        "C": [29],
        "t": [29],
    }
    assert {name: sites(rows) for name, rows in FILE.method_calls.items()} == {
        ("r", "q"): {scope("C"): [13]},
        ("append", "w"): {scope("o"): [28]},
    }
    below = FILE.sites_by_method
    assert (
        sites(below[0, "h"])
        == sites(below[None, "h"])
        == sites(below[scope("o"), "h"])
        == {"": [29]}
    )
    assert (scope("m"), "h") not in below
    (loop,) = [number for number, row in enumerate(FILE.model.blocks) if row.kind == "loop"]
    assert sites(FILE.sites_by_block)[loop] == [28, 29]


def test_reads() -> None:
    assert lines(FILE.reads_by_name["x"]) == [11]
    assert lines(FILE.reads_by_name["e"]) == [4]
    assert lines(FILE.reads_by_name["p"]) == [13, 14, 19]
    assert lines(FILE.reads_below[0, "p"]) == [13, 14, 19]
    assert lines(FILE.reads_below[scope("n"), "p"]) == [19]
    assert (scope("o"), "p") not in FILE.reads_below


def test_attributes() -> None:
    loads = {"r": [13], "l": [14], "s": [18], "v": [26], "append": [28], "e": [29], "c": [30]}
    loads["path"] = [34]
    chains = {"q": [13], "k": [18], "w": [28], "a": [30]}
    reads = FILE.attribute_reads.items()
    found = {name: [row.expr.span.line for row in rows] for name, rows in reads}
    assert found == {**loads, **chains}
    by_attribute = FILE.loads_by_attribute.items()
    assert {name: [row.expr.span.line for row in rows] for name, rows in by_attribute} == loads
    (load,) = FILE.loads_by_attribute["c"]
    through = {FILE.source(span) for span, rows in FILE.loads_through.items() if load in rows}
    assert through == {"x", "x.a", 'x.a["b"]', 'x.a["b"].c'}


def test_stores() -> None:
    assert by_line(FILE.stores_by_attribute) == {"k": [13]}
    assert by_line(FILE.stores_by_function) == {scope("m"): [13, 14]}
    assert {name: by_line(rows) for name, rows in FILE.item_stores.items()} == {
        "k": {scope("C"): [14]}
    }
    (store,) = FILE.stores_by_attribute["k"]
    assert dict(FILE.methods_around(store)) == {scope("C"): scope("m")}


def test_returns_and_yields() -> None:
    lambdas = {number for number, row in enumerate(FILE.model.scopes) if row.kind == "lambda"}
    named = {scope("m"), scope("n"), scope("o")}
    assert set(FILE.returns_by_scope) == named | lambdas
    assert [len(rows) for rows in FILE.returns_by_scope.values()] == [1] * 5
    assert list(FILE.yields_by_scope) == [scope("n")]
    assert FILE.yielding_blocks == {FILE.model.scopes[scope("n")].block}


def test_scopes() -> None:
    assert FILE.outermost[scope("n")] == FILE.outermost[scope("m")] == scope("C")
    assert FILE.outermost[0] == 0
    assert FILE.outermost[scope("o")] == scope("o")
    assert FILE.function_of(scope("C")) == 0
    assert FILE.function_of(scope("list")) == scope("m")
    assert FILE.function_of(scope("n")) == scope("n")
    visible = [(row.scope, row.is_running) for row in FILE.visible_from(scope("n"))]
    assert [row for row, _ in visible] == [scope("n"), scope("m"), 0]
    visible_in_class = [row.scope for row in FILE.visible_from(scope("C"))]
    assert visible_in_class == [scope("C"), 0]
    assert [row.is_running for row in FILE.visible_from(scope("list"))] == [True, True, False]
    assert FILE.qualified_scope(scope("n")) == "C.m.n"
    assert FILE.is_local("p", scope("m"))
    assert not FILE.is_local("g", scope("m"))
    assert not FILE.is_local("x", 0)


def test_blocks() -> None:
    loop = next(number for number, row in enumerate(FILE.model.blocks) if row.kind == "loop")
    kinds = [FILE.model.blocks[block].kind for block in FILE.block_chain(loop)]
    assert kinds == ["loop", "if", "scope", "scope"]
    around, loops = FILE.around(loop)
    assert around == set(FILE.block_chain(loop))
    assert loops == {loop}
    branch = FILE.model.blocks[loop].parent
    assert set(FILE.blocks_within(branch)) == {branch, loop}
    orders = {row.span.line: row.order for row in FILE.model.bindings if row.name == "u"}
    assert FILE.last_binding_in(loop) == orders[29]
    assert FILE.last_binding_in(branch) == orders[29]
    assert FILE.last_binding_in(0) == max(row.order for row in FILE.model.bindings)
    plain = loaded("def f():\n    g()\n")
    assert plain.last_binding_in(1) == -1


def test_statements_and_text() -> None:
    assert FILE.statement_at(4) == (4, 4)
    assert FILE.statement_at(34) == (33, 36)
    assert FILE.statement_at(5) == (5, 5)
    assert FILE.source(FILE.model.calls[0].span) == "d(e)"
    (load,) = FILE.loads_by_attribute["path"]
    assert FILE.source(load.expr.span) == "os\n    .path"


@pytest.mark.parametrize(
    ("name", "package"), [("pkg/mod.py", "pkg"), ("pkg/mod/__init__.py", "pkg.mod")]
)
def test_relative_imports_start_from_the_package(name: str, package: str) -> None:
    assert loaded("x = 1\n", name).package == package


@pytest.mark.parametrize(
    ("name", "is_test"),
    [
        ("test_x.py", True),
        ("x_test.py", True),
        ("a/x_tests.py", True),
        ("conftest.py", True),
        ("tests.py", True),
        ("a/test.py", True),
        ("tests/a/b.py", True),
        ("testing.py", False),
        ("contest.py", False),
        ("a/latest.py", False),
    ],
)
def test_files_of_a_test_suite_are_known_by_their_names(name: str, is_test: bool) -> None:
    assert loaded("def test_one(): pass\n", name).is_test is is_test


@pytest.mark.parametrize(
    ("text", "name", "is_test"),
    [
        ("x = 1\n", "test_x.py", False),
        ("import pytest\n", "test_x.py", True),
        ("from unittest.mock import Mock\n", "test_x.py", True),
        ("class Cases(TestCase): pass\n", "x_test.py", True),
        ("class TestX: pass\n", "x_test.py", True),
        ("x = 1\n", "conftest.py", True),
        ("x = 1\n", "tests/helper.py", True),
        ("if __name__ == '__main__':\n    x = 1\n", "tests/evaluate.py", False),
        ("if x == '__main__':\n    def test_x(): pass\n", "tests/evaluate.py", True),
        ("if x:\n    x = 1\n", "tests/evaluate.py", True),
        ("x = 1\n", "tests/__init__.py", True),
    ],
)
def test_a_script_that_is_named_like_a_test_is_none(
    text: str, name: str, is_test: bool
) -> None:
    assert loaded(text, name).is_test is is_test


def test_loads_and_operands_of_names() -> None:
    file = loaded(
        "a.b.c\nd[0].e\nf().g\nprint(a | b.c, (d + 1) | e, f())\nif a | g:\n    x = h | 1\n"
    )
    read = {
        name: sorted({file.source(load.expr.span) for load in rows})
        for name, rows in file.loads_by_base.items()
    }
    assert read == {"a": ["a.b.c"], "d": ["d[0].e"], "b": ["b.c"]}
    assert sorted((span.line, span.column) for span in file.operand_spans) == [
        (4, 7),
        (4, 17),
        (4, 26),
        (6, 9),
    ]


def test_nonlocal_names_belong_to_the_nearest_function_that_binds_them() -> None:
    file = loaded(
        "def a():\n    x = 1\n    def b():\n        def c():\n            nonlocal x\n            x = 2\n"
        "        nonlocal x\n        return c\n    return b\n"
    )
    outer = next(number for number, row in enumerate(file.model.scopes) if row.name == "a")
    assert lines(file.bindings[outer, "x"]) == [2, 6]


def test_the_source_of_a_span() -> None:
    file = loaded("a(\n    1,\n    2,\n)\nb(3)\nc(4,\n  5)\n")
    sources = [file.source(call.span) for call in file.model.calls]
    assert sources == ["a(\n    1,\n    2,\n)", "b(3)", "c(4,\n  5)"]
