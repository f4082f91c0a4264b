"""Where a checkout ends: the top of its git work tree, what lies inside it, and which links lead to a path."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from lint_langsmith.source import files
from lint_langsmith.source.text import UnreadableFileError


class Root(NamedTuple):
    """The folder that a run stays in, by the path it was named by and by its real one."""

    path: str
    real: str

    @classmethod
    def at(cls, folder: str) -> Root:
        """The root that is a folder."""
        return cls(folder, files.real(folder))

    def holds(self, path: str) -> bool:
        """Whether what a path leads to, through all links, lies inside."""
        return is_below(files.real(path), self.real)

    def link_to(self, path: str) -> str | None:
        """The link below the root by which a path leads to a file: the path itself, or a folder around it."""
        for part in around(path):
            if part == self.path:
                return None
            if files.is_link(part):
                return part
        return None


class Boundary(NamedTuple):
    """What belongs to the checkouts that a run was asked about. Of other files nothing is shown, none is written."""

    roots: tuple[Root, ...]

    def root(self, path: str) -> Root | None:
        """The innermost root that a path lies in, by the names alone."""
        inside = [root for root in self.roots if is_below(path, root.path)]
        return max(inside, key=lambda root: len(root.path), default=None)

    def is_foreign(self, path: str) -> bool:
        """Whether a path leads out of the checkout: a person may name such a file, but no more than read it."""
        root = self.root(path)
        return root is None or not root.holds(path)

    def why_not_written(self, path: str) -> str | None:
        """Why a file must not be written; None for one that may be."""
        root = self.root(path)
        if root is None:
            return f"it lies outside of {', '.join(sorted(root.path for root in self.roots))}"
        return self.link_to(path)

    def link_to(self, path: str) -> str | None:
        """Why a file that a person names to be written must not be: a link of the checkout leads to it elsewhere."""
        root = self.root(path)
        # Of the whole file system nothing is a checkout's: `/dev/stdout` is a link, too.
        link = (
            root.link_to(path)
            if root is not None and os.path.dirname(root.path) != root.path  # noqa: PTH120
            else None
        )
        if link is None:
            return None
        return "it is a link" if link == path else f"{link} is a link"


def is_below(path: str, folder: str) -> bool:
    """Whether a path is a folder or lies in it, by the names alone."""
    return path == folder or path.startswith(os.path.join(folder, ""))  # noqa: PTH118 - with the separator behind it


def around(path: str) -> Iterator[str]:
    """A path, and the folders around it up to the top of the file system."""
    while True:
        yield path
        above = os.path.dirname(path)  # noqa: PTH120 - asked of very many paths
        if above == path:
            return
        path = above


def is_top(folder: str) -> bool:
    """Whether a folder is the top of a git work tree; a submodule is a part of the tree around it."""
    mark = os.path.join(folder, ".git")  # noqa: PTH118 - asked of very many folders
    if not files.exists(mark):
        return False
    return files.is_folder(mark) or not _is_submodule(folder, mark)


def work_tree(folder: str) -> str | None:
    """The top of the git work tree around a folder; None where there is none."""
    return next((part for part in around(folder) if is_top(part)), None)


def _is_submodule(folder: str, mark: str) -> bool:
    try:
        link = git_link(files.read(mark, files.LARGEST_CONFIGURATION))
        git = os.path.normpath(os.path.join(folder, link))  # noqa: PTH118 - paths as text
    except UnreadableFileError:
        return False
    return any(
        is_below(git, os.path.join(part, ".git", "modules"))  # noqa: PTH118 - paths as text
        for part in Path(folder).parents
    )


def git_link(content: bytes) -> str:
    """The path in a `.git` file of a submodule or a linked work tree."""
    return os.fsdecode(content.removeprefix(b"gitdir:").strip())
