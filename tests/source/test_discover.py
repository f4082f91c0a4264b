"""Which files are found, and to which project they belong."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from lint_langsmith.analysis.project.contents import relative_name
from lint_langsmith.source.discover import (
    ENVIRONMENT,
    forget,
    walk,
    walk_project,
)
from lint_langsmith.source.globs import Patterns
from lint_langsmith.source.project_roots import project_root


def touch(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def environment(folder: Path) -> None:
    touch(folder, "bin/python", "lib/python3.12/site-packages/p.py")
    (folder / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.12.1\n")


def found(root: Path) -> list[str]:
    return [relative_name(root, path) for path in walk(root).files]


def test_sorted_and_without_what_no_one_writes(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "b.py",
        "a/z.py",
        "a/b/c.py",
        "node_modules/x.py",
        ".venv/y.py",
        "my env/lib/z.py",
    )
    touch(tmp_path, "site-packages/p.py", "__pycache__/q.py")
    environment(tmp_path / "my env")
    assert found(tmp_path) == ["a/b/c.py", "a/z.py", "b.py"]


def test_gitignore_files_at_every_level(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "keep.py",
        "gen.py",
        "sub/gen.py",
        "sub/out/x.py",
        "sub/keep.py",
        "deep/er/only.py",
    )
    (tmp_path / ".gitignore").write_text("gen.py\n/deep/er/\n")
    (tmp_path / "sub" / ".gitignore").write_text("out/\n!gen.py\n")
    names = [name for name in found(tmp_path) if name.endswith(".py")]
    assert names == ["keep.py", "sub/gen.py", "sub/keep.py"]
    assert len(walk(tmp_path, respect_gitignore=False).files) == 8


def test_the_gitignore_above_counts_and_git_agrees(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    touch(tmp_path, "src/a.py", "src/b_gen.py", "src/x/c.py", "src/x/y/d.py", "src/skip/e.py")
    (tmp_path / ".gitignore").write_text("*_gen.py\nsrc/x/*\n!src/x/y\nskip/\n")
    (tmp_path / ".git" / "info" / "exclude").write_text("d.py\n")
    command = ["git", "-C", str(tmp_path), "ls-files", "-co", "--exclude-standard", "src"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert [f"src/{name}" for name in found(tmp_path / "src")] == sorted(listed)


def test_what_is_tracked_is_not_ignored(tmp_path: Path) -> None:
    git = ("git", "-C", str(tmp_path))
    subprocess.run([*git, "init", "-q"], check=True)
    touch(
        tmp_path,
        ".env",
        "backend/.env",
        "kept/secret/a.py",
        "kept/secret/b.py",
        "kept/other/c.py",
        "a.log",
    )
    (tmp_path / ".gitignore").write_text(".env\nsecret/\nother/\n*.log\n")
    subprocess.run([*git, "add", "-f", "backend/.env", "kept/secret/a.py"], check=True)
    listed = subprocess.run(
        [*git, "ls-files", "-co", "--exclude-standard"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert found(tmp_path) == sorted(listed.stdout.split())
    assert found(tmp_path) == [".gitignore", "backend/.env", "kept/secret/a.py"]


def test_a_line_of_gitignore_that_is_no_pattern_matches_nothing(tmp_path: Path) -> None:
    touch(tmp_path, "keep.py", "gen.py", "odd")
    (tmp_path / ".gitignore").write_text("gen.py\nodd\\\n!\n")
    assert found(tmp_path) == [".gitignore", "keep.py", "odd"]


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    touch(tmp_path, "a/b/x.py")
    (tmp_path / "a" / "b" / "up").symlink_to(tmp_path / "a", target_is_directory=True)
    assert found(tmp_path) == ["a/b/x.py"]
    assert any("link back" in skipped.reason for skipped in walk(tmp_path).skipped)


def test_a_link_out_of_the_folder_that_leads_back_into_it_ends(tmp_path: Path) -> None:
    touch(tmp_path, "top/x.py", "beside/y.py")
    (tmp_path / ".git").mkdir()
    (tmp_path / "top" / "out").symlink_to(tmp_path, target_is_directory=True)
    assert found(tmp_path / "top") == ["out/beside/y.py", "x.py"]
    assert [skipped.path.name for skipped in walk(tmp_path / "top").skipped] == [".git", "top"]


def test_an_environment_is_left_out_whether_or_not_it_is_ignored(tmp_path: Path) -> None:
    touch(tmp_path, "one/a.py", "two/b.py", "top/c.py")
    for name in ("one", "two", "top"):
        environment(tmp_path / name)
    (tmp_path / ".gitignore").write_text("two\n")
    (tmp_path / ".git").mkdir()
    reasons = {skipped.path.name: skipped.reason for skipped in walk(tmp_path).skipped}
    assert (reasons["one"], reasons["two"]) == (ENVIRONMENT, ENVIRONMENT)
    assert tmp_path.joinpath("one").as_posix() not in walk(tmp_path).folders
    assert found(tmp_path / "top") == ["bin/python", "c.py", "pyvenv.cfg"], (
        "the folder that was named is"
    )


def test_a_dangling_link_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere.py")
    assert found(tmp_path) == []


@pytest.mark.parametrize(
    "pattern", ["tests", "tests/", "./tests", "/tests", "tests/**", "{root}/tests"]
)
def test_every_spelling_of_a_path_matches(tmp_path: Path, pattern: str) -> None:
    patterns = Patterns([pattern.replace("{root}", str(tmp_path))], tmp_path)
    assert patterns.match(tmp_path / "tests" / "test_a.py")
    assert not patterns.match(tmp_path / "src" / "a.py")
    assert not patterns.match(tmp_path.parent / "tests" / "a.py")


def test_the_root_is_the_nearest_mark(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "pyproject.toml",
        "pkg/a.py",
        "inner/setup.py",
        "inner/b.py",
        "wt/.git",
        "wt/c.py",
    )
    assert project_root(tmp_path / "pkg" / "a.py", tmp_path) == tmp_path
    assert project_root(tmp_path / "inner" / "b.py", tmp_path) == tmp_path / "inner"
    assert project_root(tmp_path / "wt" / "c.py", tmp_path) == tmp_path / "wt"


def test_without_a_mark_the_working_directory_or_the_package(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "main.py",
        "sub/a.py",
        "lib/pkg/__init__.py",
        "lib/pkg/in/__init__.py",
        "lib/pkg/in/x.py",
    )
    if any(
        (folder / "pyproject.toml").exists() or (folder / ".git").exists()
        for folder in tmp_path.parents
    ):
        pytest.skip("the temporary folder lies in a project")
    assert project_root(tmp_path / "sub" / "a.py", tmp_path) == tmp_path
    assert (
        project_root(tmp_path / "lib" / "pkg" / "in" / "x.py", tmp_path / "sub")
        == tmp_path / "lib"
    )


def test_folders_beside_each_other_are_projects_of_their_own(tmp_path: Path) -> None:
    touch(tmp_path, "README.md", "one/src/a.py", "two/.env", "two/b.py")
    if any(
        (folder / "pyproject.toml").exists() or (folder / ".git").exists()
        for folder in tmp_path.parents
    ):
        pytest.skip("the temporary folder lies in a project")
    assert project_root(tmp_path / "one" / "src" / "a.py", tmp_path) == tmp_path / "one"
    assert project_root(tmp_path / "two" / "b.py", tmp_path) == tmp_path / "two"
    assert project_root(tmp_path / "c.py", tmp_path) == tmp_path


def test_packages_beside_their_metadata_are_one_program(tmp_path: Path) -> None:
    touch(tmp_path, "pkg/__init__.py", "pkg-1.0.dist-info/METADATA", "other/__init__.py")
    if any(
        (folder / "pyproject.toml").exists() or (folder / ".git").exists()
        for folder in tmp_path.parents
    ):
        pytest.skip("the temporary folder lies in a project")
    assert project_root(tmp_path / "pkg" / "__init__.py", tmp_path) == tmp_path
    assert project_root(tmp_path / "other" / "__init__.py", tmp_path) == tmp_path


@pytest.mark.parametrize(
    "beside",
    ["requirements.txt", "dev-requirements.in", ".gitignore", ".github/workflows/x.yml"],
)
def test_what_stands_at_the_top_of_a_checkout_makes_one_program(
    tmp_path: Path, beside: str
) -> None:
    touch(tmp_path, "app/a.py", "web/b.py")
    if any(
        (folder / "pyproject.toml").exists() or (folder / ".git").exists()
        for folder in tmp_path.parents
    ):
        pytest.skip("the temporary folder lies in a project")
    assert project_root(tmp_path / "app" / "a.py", tmp_path) == tmp_path / "app"
    forget()
    touch(tmp_path, beside)
    assert project_root(tmp_path / "app" / "a.py", tmp_path) == tmp_path


def test_a_package_is_imported_from_the_folder_that_it_lies_in(tmp_path: Path) -> None:
    touch(tmp_path, "pkg/__init__.py", "pkg/sub/a.py", "README.md")
    if any(
        (folder / "pyproject.toml").exists() or (folder / ".git").exists()
        for folder in tmp_path.parents
    ):
        pytest.skip("the temporary folder lies in a project")
    assert project_root(tmp_path / "pkg" / "sub" / "a.py", tmp_path) == tmp_path


def test_a_nested_setup_is_a_part_of_its_work_tree(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "repo/.git/HEAD",
        "repo/lib/setup.py",
        "repo/lib/a.py",
        "repo/app/pyproject.toml",
        "repo/app/b.py",
    )
    assert project_root(tmp_path / "repo" / "lib" / "a.py", tmp_path) == tmp_path / "repo"
    assert (
        project_root(tmp_path / "repo" / "app" / "b.py", tmp_path) == tmp_path / "repo" / "app"
    )


def test_a_project_is_all_its_files(tmp_path: Path) -> None:
    touch(tmp_path, "a.py", ".env.example", ".github/workflows/ci.yml", "compose.yaml")
    names = {relative_name(tmp_path, path) for path in walk_project(tmp_path)}
    assert names == {"a.py", ".env.example", ".github/workflows/ci.yml", "compose.yaml"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_can_not_be_read_is_named(tmp_path: Path) -> None:
    touch(tmp_path, "closed/a.py")
    (tmp_path / "closed").chmod(0)
    try:
        assert any("cannot be read" in skipped.reason for skipped in walk(tmp_path).skipped)
    finally:
        (tmp_path / "closed").chmod(0o755)
