"""Beside other linters: the plugin in a real flake8, and our comments under a real ruff."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from lint_langsmith.integrations.flake8 import Plugin

ROOT = Path(__file__).parents[2]
BAD = "import langsmith.nothing_like_this\n"


def run(
    folder: Path, *command: str, stdin: str | None = None, path: str = ""
) -> subprocess.CompletedProcess[str]:
    variables = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, (path, str(ROOT)))),
        "PYTHONUTF8": "1",
    }
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        input=stdin,
        env=variables,
        encoding="utf-8",
    )


def entry_points() -> str:
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    start = lines.index('[project.entry-points."flake8.extension"]')
    return "[flake8.extension]\n" + lines[start + 1].replace('"', "") + "\n"


@pytest.fixture
def registered(tmp_path: Path) -> str:
    """A folder with the entry point as an installation has it; empty where the installation itself has it."""
    if any(
        point.value.startswith("lint_langsmith")
        for point in metadata.entry_points(group="flake8.extension")
    ):
        return ""
    info = tmp_path / "site" / "lint_langsmith_plugin-0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: lint-langsmith-plugin\nVersion: 0\n"
    )
    (info / "entry_points.txt").write_text(entry_points())
    return str(info.parent)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").touch()
    (folder / "a.py").write_text(BAD)
    (folder / "good.py").write_text("print('hello')\n")
    return folder


def flake8(
    folder: Path, registered: str, *args: str, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    return run(folder, "flake8", "--isolated", *args, stdin=stdin, path=registered)


def test_flake8_reports_what_we_report(project: Path, registered: str) -> None:
    ours = run(
        project, "lint_langsmith", "-f", "{path}:{line}:{column}: {code} {name} {message}"
    ).stdout
    theirs = flake8(project, registered, "--select", "LS")
    assert theirs.returncode == 1
    assert theirs.stdout.replace("./", "") == ours
    assert ours.startswith("a.py:1:8: LS501")
    installed = importlib.metadata.version("lint-langsmith")
    assert f"lint-langsmith: {installed}" in flake8(project, registered, "--version").stdout


def test_flake8_runs_it_unasked_and_its_own_noqa_counts(project: Path, registered: str) -> None:
    (project / "b.py").write_text(BAD.rstrip() + "  # noqa\n")
    (project / "c.py").write_text(BAD.rstrip() + "  # noqa: LS501\n")
    found = flake8(project, registered).stdout
    assert found.count("LS501") == 1
    assert "LS9" not in found


def test_flake8_reads_the_project_around_a_file_and_its_configuration(
    project: Path, registered: str
) -> None:
    (project / "client.py").write_text("from langsmith import Client\n\nclient = Client()\n")
    assert (
        "client.py:3:10: LS201"
        in flake8(project, registered, "--select", "LS", "client.py").stdout
    )
    (project / ".env.example").write_text("LANGSMITH_API_KEY=\n")
    assert flake8(project, registered, "--select", "LS", "client.py").stdout == ""
    (project / "lint-langsmith.toml").write_text('ignore = ["LS501"]\n')
    assert flake8(project, registered, "--select", "LS").stdout == ""
    (project / "lint-langsmith.toml").write_text('exclude = ["a.py"]\n')
    assert flake8(project, registered, "--select", "LS").stdout == ""


def test_flake8_from_standard_input(project: Path, registered: str) -> None:
    found = flake8(
        project, registered, "-", "--stdin-display-name", "good.py", stdin="x = 1\n" + BAD
    )
    assert "good.py:2:8: LS501" in found.stdout


@pytest.mark.slow
def test_several_processes_give_the_same(project: Path, registered: str) -> None:
    for number in range(6):
        (project / f"m{number}.py").write_text(BAD)
    alone = flake8(project, registered, "-j", "1", "--select", "LS").stdout
    assert flake8(project, registered, "-j", "2", "--select", "LS").stdout == alone
    assert alone.count("LS501") == 7


def test_a_message_stays_on_its_line(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import ast

    monkeypatch.chdir(project)
    (found,) = Plugin(ast.parse(BAD), "a.py", [BAD]).run()
    assert found[:2] == (1, 7)
    assert "\n" not in found[2]


# -- ruff ------------------------------------------------------------------------------------------------------------

COMMENTS = (
    "import langsmith.nothing  # noqa: LS501\nx = 1  # lint-langsmith: ignore[LS301] why\n"
)


def ruff(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return run(folder, "ruff", "check", "--no-cache", "--select", "RUF1,PGH", *args)


def test_ruff_leaves_our_comments_alone_with_external(project: Path) -> None:
    (project / "a.py").write_text(COMMENTS)
    assert (
        "RUF100" in ruff(project).stdout + ruff(project).stderr
        or "RUF102" in ruff(project).stdout
    )
    (project / "pyproject.toml").write_text('[tool.ruff.lint]\nexternal = ["LS"]\n')
    result = ruff(project)
    assert result.returncode == 0, result.stdout
    ruff(project, "--fix", "--unsafe-fixes")
    assert (project / "a.py").read_text() == COMMENTS


def test_we_leave_ruffs_comments_alone(project: Path) -> None:
    text = (
        "import langsmith  # noqa: F401\nx = 1  # ruff: ignore[E501] why\n# ruff: noqa: F401\n"
    )
    (project / "a.py").write_text(text)
    result = run(project, "lint_langsmith", "--fix", "--persona", "pedantic", "a.py")
    assert result.returncode == 0, result.stdout
    assert (project / "a.py").read_text() == text
