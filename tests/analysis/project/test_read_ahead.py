"""Modules that classes and decorators build upon are parsed by other processes before they are asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_langsmith.analysis.project.file_store import FileStore
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.config.settings import Settings


def project(folder: Path, jobs: int) -> Project:
    """A package with a class whose base and decorator are in other modules; `far.py` gives a function that it calls."""
    texts = {
        "app/run.py": (
            "from .base import Base\nimport app.marks as marks\nfrom app.far import help\n"
            "@marks.known('x')\nclass Run(Base):\n    def go(self): help()\n"
        ),
        "app/base.py": "class Base: pass\n",
        "app/marks.py": "def known(name): return lambda cls: cls\n",
        "app/far.py": "def help(): pass\n",
        "app/__init__.py": "",
    }
    for name, text in texts.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return Project(folder, Settings(), [folder / name for name in texts], jobs=jobs)


@pytest.mark.parametrize(("jobs", "begun"), [(2, ["app/base.py", "app/marks.py"]), (1, [])])
def test_bases_and_decorators_are_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int, begun: list[str]
) -> None:
    told: list[str] = []
    monkeypatch.setattr(FileStore, "read_ahead", lambda _self, names: told.extend(names))
    under_test = project(tmp_path, jobs)
    under_test.load(tmp_path / "app/run.py")
    under_test.load(tmp_path / "app/run.py")
    assert sorted(told) == begun


def test_what_was_begun_is_what_is_there(tmp_path: Path) -> None:
    alone, helped = project(tmp_path, 1), project(tmp_path, 2)
    helped.files.get_ready(2)
    for one in (alone, helped):
        one.load(tmp_path / "app/run.py")
    names = ("app/run.py", "app/base.py", "app/marks.py", "app/far.py")
    assert [helped.load(tmp_path / name).model for name in names] == [
        alone.load(tmp_path / name).model for name in names
    ]
    helped.files._parsing.end()
