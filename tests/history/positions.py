"""Repositories with a key in every position that one can have in a history; no key is in this file."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from lint_langsmith.history.repository import PIECE


class Repo:
    """A repository that is made for a test, and the key that goes into it."""

    def __init__(self, folder: Path, key: str) -> None:
        self.folder = folder
        self.key = key
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")
        self.commit("first", README="hello\n")

    def git(self, *arguments: str, stdin: str = "") -> str:
        """Run git, as somebody with a name."""
        names = {
            f"GIT_{who}_{what}": "x@example.org"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        }
        dates = {
            "GIT_COMMITTER_DATE": "2025-03-02T10:00:00+02:00",
            "GIT_AUTHOR_DATE": "2025-03-02T10:00:00+02:00",
        }
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            input=stdin,
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, **names, **dates, "GIT_CONFIG_GLOBAL": os.devnull},
        )
        return done.stdout.strip()

    def commit(self, message: str, **files: str | None) -> str:
        """Write files (None deletes one; `__` in a name is a dot), and commit all."""
        for name, text in files.items():
            path = self.folder / name.replace("__", ".")
            if text is None:
                path.unlink()
            else:
                path.write_text(text, encoding="utf-8")
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")


def on_a_branch(repo: Repo) -> None:
    repo.git("checkout", "-q", "-b", "feature")
    repo.commit("try", a__py=f"K = '{repo.key}'\n")
    repo.git("checkout", "-q", "main")


def in_a_tagged_commit(repo: Repo) -> None:
    on_a_branch(repo)
    repo.git("tag", "v1", "feature")
    repo.git("branch", "-q", "-D", "feature")


def in_a_message_of_a_tag(repo: Repo) -> None:
    repo.git("tag", "-a", "v1", "-m", f"released with {repo.key}")


def in_a_merge(repo: Repo) -> None:
    """Only the merge itself has the key: none of its parents does."""
    repo.git("checkout", "-q", "-b", "feature")
    repo.commit("theirs", a__py="K = 1\n")
    repo.git("checkout", "-q", "main")
    repo.commit("ours", a__py="K = 2\n")
    subprocess.run(
        ["git", "merge", "-q", "feature"], cwd=repo.folder, capture_output=True, check=False
    )
    repo.commit("merge", a__py=f"K = '{repo.key}'\n")
    repo.commit("clean", a__py="K = 3\n")


def in_a_file_that_was_renamed(repo: Repo) -> None:
    repo.commit("add", a__py=f"K = '{repo.key}'\n")
    repo.git("mv", "a.py", "b.py")
    repo.commit("move")


def in_a_file_that_was_deleted(repo: Repo) -> None:
    repo.commit("add", a__env=f"LANGSMITH_API_KEY={repo.key}\n")
    repo.commit("remove", a__env=None)


def in_a_commit_message(repo: Repo) -> None:
    repo.commit(f"use it\n\nLANGSMITH_API_KEY={repo.key}")


def in_a_note(repo: Repo) -> None:
    repo.git("notes", "add", "-m", f"run with {repo.key}")


def split_into_literals(repo: Repo) -> None:
    repo.commit("add", a__py=f"K = '{repo.key[:20]}' '{repo.key[20:]}'\n")


def split_into_variables(repo: Repo) -> None:
    repo.commit(
        "add",
        a__py=f"A = '{repo.key[:8]}'\nB = '{repo.key[8:]}'\n\n\ndef f():\n    return A + B\n",
    )


def in_base64(repo: Repo) -> None:
    repo.commit("add", a__yaml=f"key: {base64.b64encode(repo.key.encode()).decode()}\n")


def in_utf16(repo: Repo) -> None:
    (repo.folder / "a.txt").write_bytes(f"the key\r\n{repo.key}\r\n".encode("utf-16"))
    repo.commit("add")


def in_binary(repo: Repo) -> None:
    (repo.folder / "a.db").write_bytes(b"\0\1\2" * 500 + repo.key.encode() + b"\0\xff")
    repo.commit("add")


def in_a_large_file(repo: Repo) -> None:
    """The key lies over the end of a piece."""
    (repo.folder / "a.log").write_bytes(
        b"a line\n" * (PIECE // 7 - 3) + repo.key.encode() + b"\nmore\n"
    )
    repo.commit("add")


POSITIONS: Final[Sequence[Callable[[Repo], None]]] = (
    *(
        on_a_branch,
        in_a_tagged_commit,
        in_a_message_of_a_tag,
        in_a_merge,
        in_a_file_that_was_renamed,
    ),
    *(in_a_file_that_was_deleted, in_a_commit_message, in_a_note, split_into_literals),
    *(split_into_variables, in_base64, in_utf16, in_binary, in_a_large_file),
)
