"""The parts by themselves: `pytest benchmarks/test_micro.py -n 0 -p pytest_benchmark`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

import lint_langsmith
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.ir.lower import lower
from lint_langsmith.analysis.project.file import Place
from lint_langsmith.analysis.project.import_graph import survey
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.analysis.project.words import COVERS, TABLE
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.config.settings import DEFAULTS
from lint_langsmith.source import discover
from lint_langsmith.source.literals import IS_FAST, FastFinder, PlainFinder

_FUNCTION = (
    "def step_{0}(name: str) -> list[str]:\n"
    "    found = []\n"
    "    try:\n"
    "        for run in client.list_runs(project_name=name, limit={0}):\n"
    "            found.append(f'{{run.id}}: {{run.name}}')\n"
    "    except ValueError as error:\n"
    "        print('step {0}', error)\n"
    "    return found or step_{1}(name)\n\n\n"
)
_SOURCE = "from langsmith import Client\n\nclient = Client()\n\n\n" + "".join(
    _FUNCTION.format(number, max(number - 1, 0)) for number in range(200)
)


def _project(folder: Path) -> Project:
    (folder / "pyproject.toml").touch()
    (folder / "program.py").write_text(_SOURCE, encoding="utf-8")
    return Project(folder, DEFAULTS, discover.walk(folder).files)


def _files() -> list[bytes]:
    return [
        path.read_bytes() for path in sorted(Path(lint_langsmith.__file__).parent.rglob("*.py"))
    ]


@pytest.mark.parametrize("kind", ["fast", "plain"])
def test_bytes(benchmark: Any, kind: str) -> None:
    """The places of all literals in our own files, with the automaton and without."""
    if kind == "fast" and not IS_FAST:
        pytest.skip("the extra `fast` is not installed")
    finder = FastFinder(TABLE) if kind == "fast" else PlainFinder(TABLE, COVERS)
    files = _files()
    assert benchmark(lambda: sum(len(finder.find(content)) for content in files)) > 100


def test_rows(benchmark: Any) -> None:
    """What the bytes of our own files tell: relevance, import lines, usual words."""
    files = _files()
    assert (
        benchmark(lambda: sum(survey(content, "python", "x.py").relevant for content in files))
        > 5
    )


def test_lower(benchmark: Any) -> None:
    """Source to model."""
    model = benchmark(lower, _SOURCE)
    assert len(model.calls) > 200


def test_names(benchmark: Any, tmp_path: Path) -> None:
    """Every name that is read, looked up."""
    file = _project(tmp_path).try_load("program.py")
    assert file is not None
    reads = [(row.name, Place(row.scope, row.block, row.order)) for row in file.model.reads]
    assert benchmark(lambda: sum(len(lookup(file, name, place)) for name, place in reads)) > 0


def test_flow(benchmark: Any, tmp_path: Path) -> None:
    """Every call that can raise, followed outwards, as deeply as a run may follow it."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(5000)

    def follow() -> int:
        analysis = Analysis(_project(tmp_path))
        return sum(1 for call in analysis.api_calls() if analysis.outcomes.fate(call))

    try:
        assert benchmark(follow) == 200
    finally:
        sys.setrecursionlimit(before)
