"""Repositories that someone else has made: nothing in their folders of git hides a key, and nothing has us wait."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import casebook
import pytest
from click.testing import CliRunner
from positions import Repo, in_a_file_that_was_deleted

from lint_langsmith import git
from lint_langsmith.cli import main

KEY: Final = casebook.Keys("hostile repositories")["KEY"]
_NO_PARENT: Final = 0x70000000


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(tmp_path / "repo", KEY)


def keys(folder: Path) -> list[dict[str, Any]]:
    """What a search finds."""
    result = CliRunner().invoke(main, ["history", "--no-cache", "-f", "json", str(folder)])
    assert KEY[:20] not in result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)["keys"]
    return found


def grafted(repo: Repo) -> None:
    """A list of commits that should have no parents."""
    (repo.folder / ".git" / "info").mkdir(exist_ok=True)
    (repo.folder / ".git" / "info" / "grafts").write_text(repo.git("rev-parse", "HEAD") + "\n")


def in_a_false_commit_graph(repo: Repo) -> None:
    """A table of commits in which none has a parent."""
    repo.git("commit-graph", "write", "--reachable")
    path = repo.folder / ".git" / "objects" / "info" / "commit-graph"
    graph = bytearray(path.read_bytes())
    entry = graph.index(b"CDAT")
    at, end = (
        int.from_bytes(graph[entry + skip : entry + skip + 8], "big") for skip in (4, 16)
    )
    for commit in range(at, end, 36):  # a tree, two parents, and the date
        graph[commit + 20 : commit + 24] = _NO_PARENT.to_bytes(4, "big")
    path.chmod(0o644)
    path.write_bytes(graph)
    # Both are what git believes: the key is out of its sight.
    assert repo.git("log", "--format=%P").strip() == ""


def shown_in_part(repo: Repo) -> None:
    repo.git("config", "diff.relative", "true")


def in_an_order_that_is_not_there(repo: Repo) -> None:
    repo.git("config", "diff.orderFile", str(repo.folder / "nowhere"))


def painted(repo: Repo) -> None:
    for name in ("color.ui", "color.diff"):
        repo.git("config", name, "always")


@pytest.mark.parametrize(
    "trap",
    [grafted, in_a_false_commit_graph, shown_in_part, in_an_order_that_is_not_there, painted],
    ids=lambda trap: trap.__name__,
)
def test_nothing_beside_the_objects_hides_a_key(
    repo: Repo, trap: Callable[[Repo], None]
) -> None:
    in_a_file_that_was_deleted(repo)
    (repo.folder / "sub").mkdir()
    (repo.folder / "sub" / "x").touch()
    repo.commit("more")
    trap(repo)
    (key,) = keys(repo.folder / "sub")
    assert (key["came_in"]["path"], key["went_out"]["path"]) == ("a.env", "a.env")


def test_what_stands_at_head_is_found_from_every_folder(repo: Repo) -> None:
    (repo.folder / "sub").mkdir()
    (repo.folder / "sub" / "x").touch()
    repo.commit("add", a__py=f"K = '{KEY}'\n")
    (key,) = keys(repo.folder / "sub")
    assert [place["path"] for place in key["at_head"]] == ["a.py"]


def test_the_folder_says_which_repository_is_asked(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git gives its hooks the name of their repository in a variable."""
    in_a_file_that_was_deleted(repo)
    other = Repo(tmp_path / "other", KEY)
    monkeypatch.setenv("GIT_DIR", str(other.folder / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.folder))
    assert len(keys(repo.folder)) == 1


@pytest.mark.parametrize("end", ["\u2028", "\u0085"])
def test_a_name_with_the_end_of_a_line_is_one_name(repo: Repo, end: str) -> None:
    repo.commit("add", a__py=f"K = '{KEY}'\n")
    repo.git("branch", f"b{end}c")
    (key,) = keys(repo.folder)
    assert key["branches"] == [f"b{end}c", "main"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
@pytest.mark.parametrize("command", [["history"], ["check", "--since", "HEAD"]])
def test_what_never_answers_is_not_waited_for(
    repo: Repo, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit("add", a__py=f"K = '{KEY}'\n")
    os.mkfifo(repo.folder / ".git" / "pipe")
    with (repo.folder / ".git" / "config").open("a", encoding="utf-8") as config:
        config.write("[include]\n\tpath = pipe\n")
    monkeypatch.setattr(git, "PATIENCE", 0.2)
    monkeypatch.chdir(repo.folder)
    result = CliRunner().invoke(main, [*command, "--no-cache", "."])
    assert result.exit_code == 2
    assert "git does not answer" in result.stderr


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_nor_is_an_output_that_never_comes(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    oid = repo.git("rev-parse", "HEAD:README")
    path = repo.folder / ".git" / "objects" / oid[:2] / oid[2:]
    path.unlink()
    os.mkfifo(path)
    monkeypatch.setattr(git, "PATIENCE", 0.2)
    with (
        pytest.raises(git.StreamError, match="does not answer"),
        git.streamed(repo.folder, "cat-file", "--batch", stdin=f"{oid}\n".encode()) as output,
    ):
        output.read()
