"""Where a project begins and a checkout ends, for a file: by the marks in the folders around it."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from pathlib import Path, PurePosixPath
from typing import Final

from lint_langsmith.source import files
from lint_langsmith.source.kinds import CODE, is_requirements, kind_of
from lint_langsmith.source.root import Boundary, Root, around, work_tree
from lint_langsmith.source.text import UnreadableFileError

ROOT_MARKS: Final = (
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "lint-langsmith.toml",
    ".lint-langsmith.toml",
    ".git",
)


# These say what is installed, not where a project begins.
_PARTS: Final = frozenset({"setup.py", "setup.cfg"})
# What installers put beside the packages of a distribution.
_METADATA: Final = (".dist-info", ".egg-info")
_OF_PROGRAMS: Final = CODE | {"dotenv", "compose", "dockerfile", "langgraph", "toml"}
# What stands at the top of one checkout, and not where several lie beside each other.
_OF_CHECKOUTS: Final = frozenset(
    {
        *(".gitignore", ".gitattributes", ".dockerignore", ".github", ".gitlab-ci.yml"),
        *(
            ".pre-commit-config.yaml",
            "Makefile",
            "Procfile",
            "Pipfile",
            "uv.lock",
            "poetry.lock",
        ),
    }
)


def project_root(path: str | Path, cwd: Path) -> Path:
    """The root of the project that a file belongs to: a function of the file and the working directory alone."""
    return root_around(os.path.dirname(path), cwd)  # noqa: PTH120 - a hot path


@functools.cache
def root_around(name: str, cwd: Path) -> Path:
    """The root of the project that the files in a folder belong to."""
    marked = _marked_around(name)
    if marked is not None:
        return marked
    folder = Path(name)
    if folder.is_relative_to(cwd) and cwd not in {files.home(), Path(cwd.anchor)}:
        if folder == cwd or _is_a_program(cwd):
            return cwd
        part = cwd / folder.relative_to(cwd).parts[0]
        return cwd if files.exists(part / "__init__.py") else part
    return _package_top(folder)


@functools.cache
def _is_a_program(folder: Path) -> bool:
    """Whether a folder without a mark has code or its configuration in it, and not just projects beside each other.

    Packages are imported from the folder that they lie in: those of a program, of a wheel that was unpacked, and those
    that were installed, with their metadata.
    """
    try:
        entries = files.listing(folder)
    except UnreadableFileError:
        return True
    return any(
        entry.name.endswith(_METADATA)
        or entry.name in _OF_CHECKOUTS
        or is_requirements(entry.name)
        or (entry.is_file() and kind_of(PurePosixPath(entry.name)) in _OF_PROGRAMS)
        for entry in entries
    )


def _package_top(folder: Path) -> Path:
    """The folder that the package around a folder lies in; that folder itself where there is none."""
    return next(
        (part for part in (folder, *folder.parents) if not files.exists(part / "__init__.py")),
        folder,
    )


@functools.cache
def _marked_around(folder: str) -> Path | None:
    """The nearest folder with a mark: that one, or one around it.

    In a git work tree a nested `setup.py` marks a part of what is around it: it has no settings of its own.
    """
    marked = [part for part in around(folder) if _is_marked(part)]
    if not marked:
        return None
    if work_tree_of(marked[0]) is not None:
        whole = next((part for part in marked if _is_marked_whole(part)), marked[0])
        return Path(whole)
    return Path(marked[0])


def _is_marked_whole(folder: str) -> bool:
    return any(
        files.exists(os.path.join(folder, mark))  # noqa: PTH118 - asked of very many folders
        for mark in ROOT_MARKS
        if mark not in _PARTS
    )


@functools.cache
def root_of(folder: str) -> Root:
    """Where the checkout that a folder lies in ends: the top of its git work tree, else that of the project, else it.

    What a link of a checkout leads to does not belong to it, whatever lies there.
    """
    top = _top_of(folder) or str(_package_top(Path(folder)))
    for part in around(top):
        outer = _top_of(os.path.dirname(part)) if files.is_link(part) else None  # noqa: PTH120 - paths as text
        if outer is not None:
            return root_of(outer)
    return Root.at(top)


def boundary(names: Iterable[str], cwd: Path) -> Boundary:
    """What the run may show and write: where the checkouts end that the paths of the command line lie in."""
    paths = [os.path.normpath(os.path.join(cwd, name)) for name in names]  # noqa: PTH118 - paths as text
    folders = [path if files.is_folder(path) else os.path.dirname(path) for path in paths]  # noqa: PTH120
    return Boundary(tuple({root_of(folder) for folder in (str(cwd), *folders)}))


@functools.cache
def work_tree_of(folder: str) -> str | None:
    """The top of the git work tree around a folder; None where there is none."""
    return work_tree(folder)


def _top_of(folder: str) -> str | None:
    top = work_tree_of(folder)
    if top is None:
        marked = _marked_around(folder)
        top = str(marked) if marked is not None else None
    return top


def repository(cwd: Path) -> Path:
    """The top of the git work tree around the working directory; that directory itself where there is none."""
    return next(
        (folder for folder in (cwd, *cwd.parents) if files.exists(folder / ".git")), cwd
    )


def _is_marked(folder: str) -> bool:
    known = _marked.get(folder)
    if known is None:
        known = any(files.exists(os.path.join(folder, mark)) for mark in ROOT_MARKS)  # noqa: PTH118 - many folders
        _marked[folder] = known
    return known


# Whether a folder has a mark of a project's root: of those that were walked through it is known without asking again.
_marked: Final[dict[str, bool]] = {}


def note_names(folder: str, names: AbstractSet[str]) -> None:
    """Keep what a walk has seen: whether a folder with these names in it has a mark."""
    _marked[folder] = not names.isdisjoint(ROOT_MARKS)


def forget() -> None:
    """Look again for marks: a run begins, and files may have come and gone since the last one."""
    _marked.clear()
    _marked_around.cache_clear()
    root_around.cache_clear()
    _is_a_program.cache_clear()
    root_of.cache_clear()
    work_tree_of.cache_clear()
