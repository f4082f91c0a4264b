"""Where a function is called by its name: in which order, and in which view of the project."""

from __future__ import annotations

from pathlib import Path

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.analysis.project.view import View
from lint_langsmith.analysis.values.abstract import FunctionRef
from lint_langsmith.config.settings import Settings
from lint_langsmith.source import discover

_CALLER = "import langsmith\nfrom b import go\n\ngo({})\n"
_TWO = "if flag:\n    def go(x): ...\nelse:\n    def go(x): ...\n"


def _project(root: Path, files: dict[str, str]) -> Project:
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8")
    return Project(root, Settings(), discover.walk(root).files)


def _callers(analysis: Analysis, number: int = 0) -> list[str]:
    """The files that call one of the functions `go` of `b.py`."""
    file = analysis.project.try_load("b.py")
    assert file is not None
    scopes = [index for index, row in enumerate(file.model.scopes) if row.name == "go"]
    sites = analysis.values.call_graph.sites(FunctionRef(file, scopes[number]))
    return [caller.relative for caller, _ in sites]


def test_calls_of_its_own_file_come_before_those_of_others(tmp_path: Path) -> None:
    own = "import langsmith\n\n\ndef go(x): ...\n\n\ngo(0)\n"
    files = {"a.py": _CALLER.format(1), "b.py": own, "c.py": _CALLER.format(2)}
    analysis = Analysis(_project(tmp_path, files))
    assert _callers(analysis) == ["b.py", "a.py", "c.py"]


def test_each_function_of_a_name_is_asked_about_in_each_view(tmp_path: Path) -> None:
    """What is known of the calls of a name by the first function says of the second what this view shows."""
    project = _project(tmp_path, {"a.py": _CALLER.format(1), "b.py": _TWO})
    names = frozenset({"b.py"})
    shared: dict[object, object] = {}
    narrow = Analysis(project, View(names, names), shared)
    wide = Analysis(project, View(names), shared, narrow)
    assert [_callers(narrow, 0), _callers(narrow, 1)] == [[], []]
    assert [_callers(wide, 0), _callers(wide, 1)] == [["a.py"], ["a.py"]]
