"""Names of the SDK in imports: what a file imports of its own project is not parsed to tell them apart."""

from __future__ import annotations

from pathlib import Path

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.analysis.sdk_use.sdk_names import imports
from lint_langsmith.config.settings import DEFAULTS
from lint_langsmith.source import discover


def test_modules_of_the_project_are_told_by_their_paths(tmp_path: Path) -> None:
    """A checkout of langchain itself has modules of the names that the tables speak of."""
    files = {
        "pyproject.toml": "[project]\nname = 'langchain'\n",
        "langchain/__init__.py": "",
        "langchain/hub.py": "def pull(name): ...\n",
        "langchain/use.py": "from langchain.hub import pull\nfrom langsmith import Client\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    discover.forget()
    project = Project(tmp_path, DEFAULTS, discover.walk_project(tmp_path))
    file = Analysis(project).project.try_load("langchain/use.py")
    assert file is not None
    assert [found.module for found in imports(file, project)] == ["langsmith"]
    assert "langchain/hub.py" not in project.files._files
