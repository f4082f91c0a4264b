"""A run that has ended leaves nothing alive: the language server makes one at every pause in typing."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from lint_langsmith.analysis.environment.reads import reads_in_text
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.config.options import Options
from lint_langsmith.config.targets import find_targets
from lint_langsmith.run.engine import check

_RUNS = 5


def test_projects_and_files_are_freed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No project and no file of an earlier run is left; the last may be."""
    monkeypatch.chdir(tmp_path)
    for number in range(_RUNS):
        text = f"from langsmith import Client\nclient = Client()\nclient.read_run({number})\n"
        (tmp_path / "app.py").write_text(text, encoding="utf-8")
        (tmp_path / ".env").write_text(f"LANGSMITH_TRACING_{number}=true\n", encoding="utf-8")
        options = Options(paths=(".",), cache=False, jobs=1)
        check(options, find_targets(options, tmp_path), tmp_path, {})
    gc.collect()
    # Those of this test: others keep projects of their own, as a language server does.
    found = [item for item in gc.get_objects() if isinstance(item, (Project, File))]
    assert [item for item in found if isinstance(item, Project) and item.root == tmp_path] == []
    assert [
        item for item in found if isinstance(item, File) and item.path.is_relative_to(tmp_path)
    ] == []


@pytest.mark.parametrize("name", ["LANGSMITH_TRACING[", "LANGSMITH_(", "LANGSMITH.TRACING*"])
def test_a_name_is_no_expression(name: str) -> None:
    """What stands in a `.env` is looked for as it is written."""
    assert reads_in_text("app.js", f"process.env.{name} ", name)
    assert not reads_in_text("app.js", "process.env.LANGSMITHxTRACING", "LANGSMITH.TRACING")
