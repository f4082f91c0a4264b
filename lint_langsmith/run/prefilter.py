"""Files that are none of our business, told without an analysis of their project: most of what a hook is given.

A file that does not name LangSmith matters only through another one that does: it gets a client from it, or is called
by it with one. Either leads along imports. So where no chain of files that import each other by name connects the two,
there is nothing to analyse. What can't be shown quickly is not shown: the analysis decides.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from lint_langsmith.analysis.project.byte_gate import is_relevant, look_at
from lint_langsmith.analysis.project.import_graph import survey
from lint_langsmith.config.targets import Target, Targets
from lint_langsmith.remembered import remembered
from lint_langsmith.source import project_roots
from lint_langsmith.source.discover import DEFAULT_EXCLUDES
from lint_langsmith.source.files import is_folder, listing, read
from lint_langsmith.source.kinds import CODE, CODE_SUFFIXES, kind_of
from lint_langsmith.source.text import UnreadableFileError

# Beyond these the analysis, which knows the cache and several processes, is the quicker way.
_MOST_TARGETS: Final = 50
# So many are soon read once more.
_FIRST_TARGETS: Final = 30
_MOST_FILES: Final = 500
_MOST_BYTES: Final = 8 * 1024 * 1024
_JOINED: Final = (b"\\\n", b"\\\r\n")
# Where the pages of an application share a client although none of them imports another.
_SHARED: Final = b"session_state"
# `from . import client` names no module but the package around the file.
_OF_PACKAGE: Final = rb"from\s+\.[\s.\\]*import\b"


class _TooMuchError(Exception):
    """To look closely costs more than it is worth."""


def are_unrelated(targets: Targets, cwd: Path) -> bool:
    """Whether nothing can be said of any of the files; False where that is not certain."""
    if len(targets.files) > _MOST_TARGETS or any(target.is_stdin for target in targets.files):
        return False
    neighbours: dict[Path, _Neighbours] = {}
    try:
        return all(_is_unrelated(target, cwd, neighbours) for target in targets.files)
    except (UnreadableFileError, _TooMuchError):
        return False


def need_parsing(targets: Targets) -> bool:
    """Whether one of the first files is Python that names LangSmith: this is told in no time."""
    return any(map(_is_relevant_python, targets.files[:_FIRST_TARGETS]))


def _is_relevant_python(target: Target) -> bool:
    try:
        return (
            target.name.endswith(".py")
            and not target.is_stdin
            and is_relevant(look_at(read(target.name)))
        )
    except UnreadableFileError:
        return False


def _is_unrelated(target: Target, cwd: Path, neighbours: dict[Path, _Neighbours]) -> bool:
    if target.problem is not None:
        return False
    content = read(target.path)
    kind = kind_of(PurePosixPath(target.path), content)
    if survey(content, kind, target.path.as_posix()).relevant:
        return False
    if kind not in CODE:
        return True  # only of code is more to be said than what stands in it
    if _SHARED in content:
        return False
    root = project_roots.project_root(target.path, cwd)
    if root not in neighbours:
        neighbours[root] = _Neighbours(root)
    return not neighbours[root].lead_to_langsmith(
        target.path.relative_to(root).as_posix(), content
    )


class _Neighbours:
    """The code of a project. Files that git ignores are among it: they can only connect more."""

    def __init__(self, root: Path) -> None:
        self._contents = dict(_code_below(root))
        self._words = {
            name: _words_of_imports(content) for name, content in self._contents.items()
        }

    def lead_to_langsmith(self, name: str, content: bytes) -> bool:
        """Whether files that import each other connect a file with one that has to do with LangSmith."""
        words = {**self._words, name: _words_of_imports(content)}
        open_ends, seen = [name], {name}
        while open_ends:
            current = open_ends.pop()
            for other in words.keys() - seen:
                if _leads(current, other, words[current]) or _leads(
                    other, current, words[other]
                ):
                    if self._is_relevant(other):
                        return True
                    seen.add(other)
                    open_ends.append(other)
        return False

    @remembered
    def _is_relevant(self, name: str) -> bool:
        content = self._contents[name]
        return survey(content, kind_of(PurePosixPath(name), content), name).relevant


def _code_below(root: Path) -> Iterator[tuple[str, bytes]]:
    """The files with code below a folder, by their paths relative to it."""
    folders, files, size = [str(root)], 0, 0
    while folders:
        for entry in listing(folders.pop()):
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in DEFAULT_EXCLUDES:
                    folders.append(entry.path)
            elif entry.is_symlink() and is_folder(entry.path):
                raise _TooMuchError
            elif entry.name.endswith(CODE_SUFFIXES) and _is_inside(entry, root):
                content = read(entry.path)
                files, size = files + 1, size + len(content)
                if files > _MOST_FILES or size > _MOST_BYTES:
                    raise _TooMuchError
                yield entry.path[len(str(root)) + 1 :].replace(os.sep, "/"), content


def _is_inside(entry: os.DirEntry[str], root: Path) -> bool:
    """Whether a file belongs to the checkout: a link may lead out of it."""
    return not entry.is_symlink() or project_roots.root_of(str(root)).holds(entry.path)


def _words_of_imports(content: bytes) -> frozenset[bytes]:
    """The words of the statements, calls and magics that import something; `.` for the package around the file."""
    found: set[bytes] = set()
    for sign in (b"import", b"%run"):
        at = content.find(sign)
        while at >= 0:
            start, end = _statement(content, at)
            text = content[start:end]
            found.update(re.findall(rb"\w+", text))
            if re.search(_OF_PACKAGE, text):
                found.add(b".")
            at = content.find(sign, end)
    return frozenset(found)


def _statement(content: bytes, at: int) -> tuple[int, int]:
    """The offsets of the lines of a statement, in brackets or joined by backslashes, that has a word at an offset."""
    start = content.rfind(b"\n", 0, at) + 1
    while content.endswith(_JOINED, 0, start):
        start = content.rfind(b"\n", 0, start - 1) + 1
    end = _line_end(content, at)
    if b"(" in content[at:end]:
        closing = content.find(b")", at)
        end = max(end, _line_end(content, closing)) if closing >= 0 else len(content)
    while content.endswith(_JOINED, 0, end):
        end = _line_end(content, end)
    return start, end


def _line_end(content: bytes, at: int) -> int:
    """The offset behind the end of the line."""
    return content.find(b"\n", at) + 1 or len(content)


def _leads(name: str, other: str, words: frozenset[bytes]) -> bool:
    """Whether a file may get at what another one has: it imports its name, or takes its fixtures without a word."""
    folder, _, file = other.rpartition("/")
    is_below = name.startswith(f"{folder}/" if folder else "")
    if file == "conftest.py" and is_below:
        return True
    if file.startswith("__init__."):
        return (is_below and b"." in words) or folder.rpartition("/")[2].encode() in words
    return file.partition(".")[0].encode() in words
