"""Keys in histories: each position that a key can have in a repository, found once, placed, and never shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import casebook
import pytest
from click.testing import CliRunner, Result
from positions import (
    POSITIONS,
    Repo,
    in_a_commit_message,
    in_a_file_that_was_deleted,
    in_a_note,
    in_base64,
    on_a_branch,
)

from lint_langsmith.cli import main
from lint_langsmith.history.repository import OVERLAP, PIECE, Content, Repository
from lint_langsmith.history.search import hits_in

_KEYS: Final = casebook.Keys("history")
KEY: Final = _KEYS["KEY"]
OTHER: Final = _KEYS["KEY2"]
LEGACY: Final = _KEYS["LEGACY_KEY"]
FORMATS: Final = (
    *("full", "concise", "grouped", "json", "jsonl", "github", "gitlab", "junit", "sarif"),
    *("pylint", "rdjson", "azure", "markdown", "csv", "html"),
)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(tmp_path / "repo", KEY)


def search(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(main, ["history", *map(str, arguments)])
    assert KEY not in result.output
    assert KEY[:20] not in result.output
    return result


def keys(*arguments: str | Path) -> list[dict[str, Any]]:
    """What a search finds."""
    result = search(*arguments, "-f", "json")
    found: list[dict[str, Any]] = json.loads(result.stdout)["keys"]
    return found


# -- positions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", POSITIONS, ids=lambda place: place.__name__)
def test_a_key_is_found_wherever_it_stands(repo: Repo, place: Callable[[Repo], None]) -> None:
    place(repo)
    (key,) = keys(repo.folder, "--no-cache", "-j1")
    assert key["key"].startswith("lsv2_pt_***")
    assert key["came_in"]["commit"]
    assert search(repo.folder).exit_code == 1


def test_a_clean_history_says_what_was_looked_at(repo: Repo) -> None:
    result = search(repo.folder, "-f", "full")
    assert result.exit_code == 0
    assert result.stdout == "no keys in 2 objects of 1 repository\n"


# -- the way of a key ------------------------------------------------------------------------------------------------


def test_a_key_that_went_out_is_told_with_both_commits(repo: Repo) -> None:
    repo.commit("before", other="x\n")
    first = repo.commit("add", a__py=f"import os\n\nK = '{KEY}'\n")
    repo.commit("edit", a__py=f"import os\n\n\nK = '{KEY}'  # mine\n")
    last = repo.commit("remove", a__py="import os\n")
    repo.commit("after", other="y\n")
    (key,) = keys(repo.folder)
    assert key["came_in"] == {
        "commit": first,
        "date": "2025-03-02T08:00:00Z",
        "path": "a.py",
        "line": 3,
        "column": 6,
    }
    assert key["went_out"] == {"commit": last, "date": "2025-03-02T08:00:00Z", "path": "a.py"}
    assert (key["at_head"], key["versions"], key["branches"]) == ([], 2, ["main"])


def test_a_key_that_still_stands_is_told_with_its_place(repo: Repo) -> None:
    repo.commit("add", a__py=f"K = '{KEY}'\n")
    head = repo.commit("edit", a__py=f"\nK = '{KEY}'\n")
    (key,) = keys(repo.folder)
    assert key["went_out"] is None
    assert [(place["commit"], place["path"], place["line"]) for place in key["at_head"]] == [
        (head, "a.py", 2)
    ]


def test_a_key_that_came_back_and_went_again_is_told_by_the_last_time(repo: Repo) -> None:
    first = repo.commit("add", a__py=f"K = '{KEY}'\n")
    repo.commit("remove", a__py="K = 1\n")
    repo.commit("again", a__py=f"K = '{KEY}'\n")
    last = repo.commit("remove again", a__py="K = 2\n")
    (key,) = keys(repo.folder)
    assert (key["came_in"]["commit"], key["went_out"]["commit"]) == (first, last)


def test_a_key_in_two_files_is_one_key(repo: Repo) -> None:
    repo.commit(
        "add", a__py=f"K = '{KEY}'\n", b__py=f"\nK = '{KEY}'\n", c__py=f"K = '{OTHER}'\n"
    )
    assert sorted(len(key["at_head"]) for key in keys(repo.folder)) == [1, 2]


def test_the_lines_of_a_message_are_counted_from_where_it_begins(repo: Repo) -> None:
    in_a_commit_message(repo)
    (key,) = keys(repo.folder)
    assert (key["in"], key["came_in"]["line"]) == ("commit message", 3)


def test_the_oldest_of_several_messages_counts(repo: Repo) -> None:
    first = repo.commit(f"use {KEY}")
    repo.commit(f"use {KEY} again")
    (key,) = keys(repo.folder)
    assert (key["came_in"]["commit"], key["versions"]) == (first, 2)


def test_branches_are_those_that_have_the_commit(repo: Repo) -> None:
    repo.git("branch", "old")
    on_a_branch(repo)
    repo.git("branch", "copy", "feature")
    (key,) = keys(repo.folder)
    assert key["branches"] == ["copy", "feature"]


def test_a_dead_key_does_not_fail_the_run(repo: Repo) -> None:
    repo.commit("add", a__py=f"K = '{LEGACY}'\n")
    result = search(repo.folder, "-f", "full")
    assert "dead since 2024-10-22" in result.stdout
    assert result.exit_code == 0


# -- what is searched ------------------------------------------------------------------------------------------------


def test_what_nothing_leads_to_is_searched_when_asked_for(repo: Repo) -> None:
    repo.commit("add", a__py=f"K = '{KEY}'\n")
    repo.git("reset", "-q", "--hard", "HEAD~1")
    assert keys(repo.folder) == []
    (key,) = keys(repo.folder, "--unreachable")
    assert key["came_in"]["path"] == "a.py"  # the reflog has its commit
    repo.git("reflog", "expire", "--expire=now", "--all")
    (key,) = keys(repo.folder, "--unreachable")
    assert key["in"] == "no ref"


def test_a_stash_is_searched_when_asked_for(repo: Repo) -> None:
    (repo.folder / "README").write_text(KEY, encoding="utf-8")
    repo.git("stash")
    assert keys(repo.folder) == []
    assert len(keys(repo.folder, "--unreachable")) == 1


def test_since_leaves_out_what_was_there_before(repo: Repo) -> None:
    repo.commit("add", a__py=f"K = '{KEY}'\n")
    repo.commit("more", b__py=f"K = '{OTHER}'\n")
    (key,) = keys(repo.folder, "--since", "HEAD~1")
    assert key["came_in"]["path"] == "b.py"
    assert search(repo.folder, "--since", "--all").exit_code == 2
    assert "no commit `nowhere`" in search(repo.folder, "--since", "nowhere").stderr


def test_what_is_pushed_is_searched(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    before = repo.commit("add", a__py=f"K = '{KEY}'\n")
    after = repo.commit("more", b__py=f"K = '{OTHER}'\n")
    pushed = f"refs/heads/main {after} refs/heads/main {before}\n"
    command = ["history", "--pushed", str(repo.folder), "-f", "json"]
    found = json.loads(CliRunner().invoke(main, command, input=pushed).stdout)["keys"]
    assert [key["came_in"]["path"] for key in found] == ["b.py"]
    gone = f"(delete) {'0' * 40} refs/heads/old {before}\n"
    assert CliRunner().invoke(main, command, input=gone).exit_code == 0
    monkeypatch.setenv("PRE_COMMIT_FROM_REF", before)
    monkeypatch.setenv("PRE_COMMIT_TO_REF", after)
    assert [key["came_in"]["path"] for key in keys(repo.folder, "--pushed")] == ["b.py"]


@pytest.mark.parametrize("options", [("--bare",), ("--mirror",), ()])
def test_every_kind_of_clone_is_searched(
    repo: Repo, tmp_path: Path, options: tuple[str, ...]
) -> None:
    in_a_file_that_was_deleted(repo)
    repo.git("clone", "-q", *options, str(repo.folder), str(tmp_path / "clone"))
    assert len(keys(tmp_path / "clone")) == 1


def test_a_linked_work_tree_is_searched(repo: Repo, tmp_path: Path) -> None:
    in_a_file_that_was_deleted(repo)
    repo.git("worktree", "add", "-q", str(tmp_path / "tree"))
    assert len(keys(tmp_path / "tree")) == 1


def test_a_shallow_clone_says_so(repo: Repo, tmp_path: Path) -> None:
    in_a_file_that_was_deleted(repo)
    repo.git("clone", "-q", "--depth", "1", f"file://{repo.folder}", str(tmp_path / "clone"))
    assert "a shallow clone" in search(tmp_path / "clone", "-f", "full").stdout


def test_what_a_partial_clone_lacks_is_counted_and_not_fetched(
    repo: Repo, tmp_path: Path
) -> None:
    in_a_file_that_was_deleted(repo)
    repo.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    repo.git("clone", "-q", "--filter=blob:none", f"file://{repo.folder}", str(clone))
    assert "1 object missing" in search(clone, "-f", "full").stdout


def test_a_folder_that_is_no_repository_is_an_error(tmp_path: Path, repo: Repo) -> None:
    in_a_note(repo)
    result = search(tmp_path / "nowhere", repo.folder, "-f", "full")
    assert result.exit_code == 2
    assert "found 1 key" in result.stdout  # the other one is searched nevertheless


def test_nothing_that_a_repository_configures_is_run(repo: Repo, tmp_path: Path) -> None:
    in_a_file_that_was_deleted(repo)
    touch = f"touch {tmp_path / 'run'}"
    for name in (
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "diff.external",
        "core.alternateRefsCommand",
    ):
        repo.git("config", name, touch)
    repo.git(
        "replace", repo.git("rev-parse", "HEAD~1:a.env"), repo.git("rev-parse", "HEAD:README")
    )
    assert len(keys(repo.folder)) == 1
    assert not (tmp_path / "run").exists()


# -- once again ------------------------------------------------------------------------------------------------------


def objects_read(repo: Repo, monkeypatch: pytest.MonkeyPatch, *options: str) -> int:
    """How many objects a search reads."""
    read: list[int] = []
    original = Repository.contents

    def counting(repository: Repository, oids: Sequence[str]) -> Iterator[Content]:
        read.append(len(oids))
        return original(repository, oids)

    monkeypatch.setattr(Repository, "contents", counting)
    search(repo.folder, "-j1", *options)
    monkeypatch.undo()
    return sum(read)


def test_what_was_searched_is_not_searched_again(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    cache = f"--cache-dir={tmp_path / 'cache'}"
    first = repo.commit("add", a__py=f"K = '{KEY}'\n")
    assert objects_read(repo, monkeypatch, cache) == 4
    assert objects_read(repo, monkeypatch, cache) == 0
    assert [key["came_in"]["commit"] for key in keys(repo.folder, cache)] == [first]
    repo.commit("remove", a__py="K = 1\n")
    assert objects_read(repo, monkeypatch, cache) == 2
    (key,) = keys(repo.folder, cache)
    assert (key["came_in"]["commit"], key["at_head"]) == (first, [])


def test_a_history_that_was_written_anew_is_judged_anew(repo: Repo, tmp_path: Path) -> None:
    cache = f"--cache-dir={tmp_path / 'cache'}"
    repo.commit("add", a__py=f"K = '{KEY}'\n")
    assert len(keys(repo.folder, cache)) == 1
    repo.git("reset", "-q", "--hard", "HEAD~1")
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("gc", "-q", "--prune=now")
    assert keys(repo.folder, cache) == []


def test_no_cache_has_a_key(repo: Repo, tmp_path: Path) -> None:
    in_a_commit_message(repo)
    in_base64(repo)
    search(repo.folder, f"--cache-dir={tmp_path / 'cache'}")
    written = [path.read_bytes() for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert any(b"lsv2_pt_***" in content for content in written)
    assert not any(KEY.encode()[8:24] in content for content in written)


# -- what is printed -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_says_it(repo: Repo, form: str) -> None:
    repo.commit("add", a__py=f"K = '{KEY}'\n")
    result = search(repo.folder, "-f", form)
    assert "a.py" in result.stdout
    assert "x@example.org" not in result.stdout
    assert result.exit_code == 1


def test_what_holds_a_key_is_counted(repo: Repo) -> None:
    for end in ("\n", "\n\n"):
        repo.commit("edit", a__py=f"K = '{KEY}'{end}", b__py=f"K = '{OTHER}'\n")
    repo.commit(f"use {LEGACY}")
    said = search(repo.folder).stdout
    assert "in 2 versions of a file\n" in said
    assert "in 1 version of a file\n" in said
    assert "in 1 commit message\n" in said


@pytest.mark.parametrize("form", ["github", "azure"])
def test_annotations_are_for_what_stands_at_head(repo: Repo, form: str) -> None:
    in_a_file_that_was_deleted(repo)
    result = search(repo.folder, "-f", form)
    assert (result.stdout.strip(), result.exit_code) == ("", 1)


def test_sarif_has_the_commit(repo: Repo) -> None:
    commit = repo.commit("add", a__py=f"K = '{KEY}'\n")
    repo.commit("remove", a__py=None)
    (result,) = json.loads(search(repo.folder, "-f", "sarif").stdout)["runs"][0]["results"]
    assert result["properties"]["commit"] == commit


def test_names_with_commands_and_keys_are_made_harmless(repo: Repo) -> None:
    (repo.folder / f"{KEY}\x1b[31m.txt").write_text(KEY, encoding="utf-8")
    repo.commit("add")
    repo.git("branch", f"b-{KEY}")
    for form in ("full", "json", "csv"):
        assert "\x1b" not in search(repo.folder, "-f", form).stdout


def test_a_baseline_puts_a_key_away_without_having_it(repo: Repo, tmp_path: Path) -> None:
    in_a_file_that_was_deleted(repo)
    path = tmp_path / "known.json"
    assert search(repo.folder, "--write-baseline", path).exit_code == 0
    assert KEY[:20] not in path.read_text()
    result = search(repo.folder, "--baseline", path, "-f", "full")
    assert (result.exit_code, result.stdout.splitlines()[-1].rpartition("; ")[2]) == (
        0,
        "1 more in the baseline",
    )
    repo.commit("more", b__py=f"K = '{OTHER}'\n")
    assert search(repo.folder, "--baseline", path).exit_code == 1


def test_no_baseline_is_written_through_a_link(repo: Repo, tmp_path: Path) -> None:
    in_a_file_that_was_deleted(repo)
    (tmp_path / "other.json").write_text("mine")
    (repo.folder / "known.json").symlink_to(tmp_path / "other.json")
    result = search(repo.folder, "--write-baseline", repo.folder / "known.json")
    assert result.exit_code == 2
    assert (tmp_path / "other.json").read_text() == "mine"


def test_a_broken_object_is_an_error_and_no_silence(repo: Repo) -> None:
    in_a_file_that_was_deleted(repo)
    blob = repo.git("rev-parse", "HEAD~1:a.env")
    path = repo.folder / ".git" / "objects" / blob[:2] / blob[2:]
    path.chmod(0o644)
    path.write_bytes(b"x")
    for jobs in ("-j1", "-j2"):
        result = search(repo.folder, "--no-cache", jobs)
        assert "1 object cannot be read" in result.stderr
        assert result.exit_code == 2


@pytest.mark.parametrize(
    "text", ["", "[]", '{"version": 2, "keys": []}', '{"version": 1, "findings": []}']
)
def test_a_baseline_of_another_kind_is_refused(repo: Repo, tmp_path: Path, text: str) -> None:
    path = tmp_path / "known.json"
    path.write_text(text)
    assert search(repo.folder, "--baseline", path).exit_code == 2


def test_each_piece_of_a_large_object_knows_how_many_lines_are_before_it(repo: Repo) -> None:
    line = "x" * 99 + "\n"
    count = PIECE * 5 // 2 // len(line)
    repo.commit("add", a__txt=line * count + f"K = '{KEY}'\n")
    (key,) = keys(repo.folder)
    assert (key["came_in"]["line"], key["came_in"]["column"]) == (count + 1, 6)


def test_a_piece_that_begins_within_a_key_has_it_whole() -> None:
    text = f"\n{KEY}\n".encode()
    assert len(text) < OVERLAP
    (hit,) = hits_in(Content("0" * 40, "blob", text, 41))
    assert (hit.span.line, hit.span.column, hit.span.end_column) == (43, 1, 1 + len(KEY))
