"""What the call graph reaches by edges of chosen kinds, and the calls of a method's name on something unknown."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from lint_langsmith.analysis import limits
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.analysis.project.view import View
from lint_langsmith.analysis.values.abstract import FunctionRef
from lint_langsmith.analysis.values.call_graph import CALLS, RUNS, EdgeKind
from lint_langsmith.config.settings import Settings
from lint_langsmith.source import discover

_PROGRAM = """import threading


class Thing:
    def __init__(self):
        inner()

    def use(self):
        inner()


def inner():
    pass


def callee():
    Thing().use()


def handed():
    callee()


def main():
    threading.Thread(target=handed).start()
    callee()
"""


def _project(root: Path, files: Mapping[str, str]) -> Project:
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8")
    return Project(root, Settings(), discover.walk(root).files)


def _function(analysis: Analysis, name: str, file: str = "main.py") -> FunctionRef:
    found = analysis.project.try_load(file)
    assert found is not None
    (scope,) = [number for number, row in enumerate(found.model.scopes) if row.name == name]
    return FunctionRef(found, scope)


def _name(function: FunctionRef) -> str:
    return function.file.model.scopes[function.scope].name or function.file.relative


@pytest.mark.parametrize(
    ("kinds", "down", "up"),
    [
        (frozenset({"direct"}), "callee", "inner __init__ use"),
        (CALLS, "callee use inner", "inner __init__ use callee handed main"),
        (RUNS, "callee use __init__ inner", "inner __init__ use callee handed main"),
        (frozenset({"method"}), "callee use", "inner"),
        (frozenset({"constructor"}), "callee __init__", "inner"),
    ],
)
def test_kinds_of_edges(tmp_path: Path, kinds: frozenset[EdgeKind], down: str, up: str) -> None:
    analysis = Analysis(_project(tmp_path, {"main.py": _PROGRAM}))
    graph = analysis.call_graph
    found = [_name(row) for row in graph.reachable([_function(analysis, "callee")], kinds)]
    assert found == down.split()
    found = [_name(row) for row in graph.reaching([_function(analysis, "inner")], kinds)]
    assert found == up.split()


def test_what_gets_a_function_counts_where_it_is_asked_for(tmp_path: Path) -> None:
    analysis = Analysis(_project(tmp_path, {"main.py": _PROGRAM}))
    handed = _function(analysis, "handed")
    found = [_name(row) for row in analysis.call_graph.reaching([handed], RUNS)]
    assert found == ["handed"]
    found = [_name(row) for row in analysis.call_graph.reaching([handed], RUNS | {"callback"})]
    assert found == ["handed", "main"]


def test_tests_reach_nothing(tmp_path: Path) -> None:
    test = "from main import inner\n\n\ndef test():\n    inner()\n"
    analysis = Analysis(_project(tmp_path, {"main.py": _PROGRAM, "test_main.py": test}))
    found = [_name(row) for row in analysis.call_graph.reaching([_function(analysis, "inner")])]
    assert found == ["inner", "__init__", "use", "callee", "handed", "main"]


def test_as_many_functions_as_are_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = "".join(f"def f{n}():\n    f{n + 1}()\n" for n in range(9)) + "def f9(): ...\n"
    analysis = Analysis(_project(tmp_path, {"main.py": chain}))
    monkeypatch.setattr(limits, "FUNCTIONS", 4)
    graph = analysis.call_graph
    # Those from which it begins are not counted.
    assert len([*graph.reachable([_function(analysis, "f0")])]) == 1 + 4
    assert len([*graph.reaching([_function(analysis, "f9")])]) == 1 + 4


_METHOD = (
    "class Thing:\n    def work(self): ...\n    def __call__(self): ...\n\ndef plain(): ...\n"
)
_USE = (
    "def use(thing):\n    thing.work()\n    thing.plain()\n    thing.__call__()\n    work()\n"
)


def _unknown(analysis: Analysis, name: str) -> list[str]:
    function = _function(analysis, name, "b.py")
    return [
        f"{file.relative}:{file.model.calls[site].span.line}"
        for file, site in analysis.call_graph.calls_on_unknown(function)
    ]


def test_calls_on_something_unknown(tmp_path: Path) -> None:
    files = {
        "b.py": _METHOD,
        "c.py": _USE,
        "d.py": "from b import Thing\n\nThing().work()\n",
        "test_c.py": _USE,
    }
    project = _project(tmp_path, files)
    analysis = Analysis(project)
    assert _unknown(analysis, "work") == ["c.py:2"]
    assert _unknown(analysis, "plain") == []  # no method
    assert _unknown(analysis, "__call__") == []  # anything has one
    names = frozenset(files)
    narrow = Analysis(project, View(names, names))
    assert _unknown(narrow, "work") == []


@pytest.mark.parametrize(
    ("limit", "number", "is_known"),
    [
        ("CALLING_FILES", 3, True),  # b.py names it as well
        ("CALLING_FILES", 2, False),
        ("NAMED_FILES", 3, True),
        ("NAMED_FILES", 2, False),
    ],
)
def test_methods_whose_name_many_files_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, number: int, is_known: bool
) -> None:
    analysis = Analysis(_project(tmp_path, {"b.py": _METHOD, "c.py": _USE, "d.py": _USE}))
    monkeypatch.setattr(limits, limit, number)
    assert bool(_unknown(analysis, "work")) == is_known
