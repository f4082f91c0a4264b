"""Which files may hold the configuration of a project, in it and in the repository around it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_langsmith.analysis.credentials.configuration_files import (
    ConfigurationFiles,
    is_data,
    is_found_by_name,
    repository_above,
)
from lint_langsmith.analysis.credentials.evidence import interest
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.config.settings import Settings
from lint_langsmith.source import discover, files


def write(root: Path, *names: str, text: str = "x: 1\n") -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def above(root: Path, project: str) -> list[str]:
    folders = repository_above(root / project)
    return [folder.relative_to(root).as_posix() for folder in folders]


def test_the_repository_around_a_project(tmp_path: Path) -> None:
    write(tmp_path, "repo/.git/HEAD", "repo/a/b/c/d/e/main.py", "own/.git/HEAD", "own/main.py")
    assert above(tmp_path, "own") == []
    assert above(tmp_path, "repo/a") == ["repo"]
    assert above(tmp_path, "repo/a/b/c/d/e") == [
        "repo/a/b/c/d",
        "repo/a/b/c",
        "repo/a/b",
        "repo/a",
        "repo",
    ]


@pytest.mark.parametrize(
    "name", ["compose.yaml", "docker-compose.yml", ".github/x", "package.json"]
)
def test_a_copy_without_git(tmp_path: Path, name: str) -> None:
    write(tmp_path, f"top/{name}", "top/a/b/c/d/main.py")
    assert above(tmp_path, "top/a") == ["top"]
    assert above(tmp_path, "top/a/b/c") == ["top/a/b", "top/a", "top"]
    assert above(tmp_path, "top/a/b/c/d") == []  # it lies too far above


def test_what_is_above_the_home_is_not_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "compose.yaml", "home/project/main.py")
    monkeypatch.setattr(files, "home", lambda: tmp_path / "home")
    assert above(tmp_path, "home/project") == []
    monkeypatch.setattr(files, "home", lambda: None)
    assert above(tmp_path, "home/project") == ["home", "."]


def test_the_files_that_count(tmp_path: Path) -> None:
    root = tmp_path / "repo/services/app"
    write(
        tmp_path / "repo",
        *(".git/HEAD", ".env", ".env.example", "compose.yaml", "notes.txt", "main.py"),
        *(".github/workflows/ci.yml", ".github/other.yml", "services/values.yaml"),
    )
    write(root, ".env", "main.py", "settings.toml", "data.csv", "docs/setup.md")
    write(root, "report.json", text='{"rule": "client-without-credentials"}')
    write(root, "by_hand.toml", text='ignore = ["client-without-credentials"]')
    project = Project(root, Settings(), discover.walk(root).files)
    assert [name for name, _ in ConfigurationFiles(project).contents()] == [
        *(".env", "by_hand.toml", "docs/setup.md", "settings.toml"),
        "../values.yaml",
        *("../../.env.example", "../../.github/workflows/ci.yml", "../../compose.yaml"),
    ]
    configuration = ConfigurationFiles(project)
    assert configuration.content("../values.yaml") == b"x: 1\n"
    assert configuration.content("../gone.yaml") is None
    assert configuration.content("report.json") is None


def test_a_link_out_of_the_repository_is_none_of_its_files(tmp_path: Path) -> None:
    write(tmp_path, "outside.yaml", "repo/.git/HEAD", "repo/inside.yaml", "repo/app/main.py")
    (tmp_path / "repo/out.yaml").symlink_to(tmp_path / "outside.yaml")
    (tmp_path / "repo/in.yaml").symlink_to(tmp_path / "repo/inside.yaml")
    root = tmp_path / "repo/app"
    found = ConfigurationFiles(Project(root, Settings(), discover.walk(root).files)).contents()
    assert [name for name, _ in found] == ["../in.yaml", "../inside.yaml"]


@pytest.mark.parametrize(
    ("base", "data", "found"),
    [
        ("langgraph.json", True, True),
        ("langgraph.dev.JSON", True, True),
        ("package.json", True, True),
        ("tasks.jsonc", True, True),
        ("prod-values.json", True, True),
        ("results.json", True, False),
        ("pyproject.toml", True, True),
        ("fly.staging.toml", True, True),
        ("package.toml", True, False),
        ("compose.yaml", False, False),
        ("json", False, False),
    ],
)
def test_files_of_data(base: str, data: bool, found: bool) -> None:
    assert (is_data(base), is_found_by_name(base)) == (data, found)


def test_where_a_reader_looks_first() -> None:
    names = [
        *("app/.env", "b.env.example", "COMPOSE.yaml", "Dockerfile", "langgraph.json"),
        *(".github/ci.yml", "a.toml", "z.toml"),
    ]
    names_by_name = sorted(names)
    assert names_by_name != names
    assert sorted(names_by_name, key=interest) == names
