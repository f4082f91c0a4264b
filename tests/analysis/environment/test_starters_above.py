"""What starts a script from above the project, a part of a larger repository; and where nothing is known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.limits import DEPLOYMENT_BYTES
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.config.settings import Settings


def analysis_of(root: Path, *names: str) -> Analysis:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("import langsmith\n", encoding="utf-8")
    return Analysis(Project(root, Settings(), [root / name for name in names]))


@pytest.mark.parametrize(
    ("name", "text", "started"),
    [
        ("Makefile", "run:\n\tpython app/job.py\n", {"job.py"}),
        ("README.md", "python app/job.py\n", set()),
        ("notes.txt", "python app/job.py\n", set()),
        (".vscode/tasks.json", '{"command": "python app/job.py"}\n', set()),
        ("start.sh", "python app/job.py\n", {"job.py"}),
        ("start.sh", "# python app/job.py\necho python app/job.py\n", set()),
        ("start.sh", "python app/job.py\n" + "#" * DEPLOYMENT_BYTES, set()),
    ],
)
def test_files_above_the_project(
    tmp_path: Path, name: str, text: str, started: set[str]
) -> None:
    analysis = analysis_of(tmp_path, "job.py", "other.py")

    def above() -> Iterator[tuple[str, bytes]]:
        yield name, text.encode()

    assert analysis.processes.starters(above).started == started


def test_outside_of_a_checkout_nothing_is_known(tmp_path: Path) -> None:
    assert not analysis_of(tmp_path, "job.py").starters.is_known
    (tmp_path / "inside" / ".git").mkdir(parents=True)
    assert analysis_of(tmp_path / "inside", "job.py").starters.is_known


@pytest.mark.parametrize(
    ("name", "is_known"), [(".gitignore", True), ("app/.gitignore", False), ("LICENSE", False)]
)
def test_an_archive_of_a_repository_has_no_folder_of_git(
    tmp_path: Path, name: str, is_known: bool
) -> None:
    assert analysis_of(tmp_path, "job.py", name).starters.is_known is is_known
