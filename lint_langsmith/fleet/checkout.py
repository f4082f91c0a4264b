"""The files of a commit in a folder, written by us: git's own checkout would run what a repository configures.

Filters, hooks and line ends stay out: what is written is what git keeps. Nothing is written outside of the folder,
whatever the names in a tree are, and nothing through a link of it: links are made last, and lead nowhere but by
whoever follows them, which the linter does not where they lead out.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from lint_langsmith import git
from lint_langsmith.history.repository import Repository
from lint_langsmith.source.files import LARGEST_SEARCHED

_LINK: Final = b"120000"
_SUBMODULE: Final = b"160000"
_AT_ONCE: Final = 1 << 20
_LONGEST_LINK: Final = 4096
# A pack of some megabytes may hold terabytes of zeros. The largest repositories that are known have 10 GiB of files.
MOST_BYTES: Final = 20 << 30


class TooLargeError(Exception):
    """A commit has more bytes than a checkout may take."""


class CheckedOut(NamedTuple):
    """How many files were written; how many objects were missing; how many names no checkout may have."""

    files: int
    missing: int
    left_out: int


class _Entry(NamedTuple):
    mode: bytes
    oid: str
    path: bytes


def check_out(repository: Repository, commit: str, folder: Path) -> CheckedOut:
    """Write the files of a commit to an empty folder, with an index of them, as if git had checked them out.

    `folder` is a real path, without links in it.

    Raises:
        StreamError: git can't read the commit.
        TooLargeError: it has too many bytes.
        OSError: there is no room.
    """
    listed = [entry for entry in _entries(repository, commit) if entry.mode != _SUBMODULE]
    entries = [entry for entry in listed if _is_safe(entry.path)]
    links: list[tuple[_Entry, bytes]] = []
    missing = left_out = written = 0
    for entry, size, output in _contents(repository, entries):
        if size < 0:
            missing += 1
        elif entry.mode == _LINK:
            links.append((entry, output.read(size)[:_LONGEST_LINK]))
        elif size <= LARGEST_SEARCHED and _write(folder, entry.path, output, size):
            written += 1
        else:
            left_out += 1
            _skip(output, size)
    left_out += len(listed) - len(entries) + sum(not _link(folder, *link) for link in links)
    _write_index(folder, entries)
    return CheckedOut(written, missing, left_out)


def _entries(repository: Repository, commit: str) -> Iterator[_Entry]:
    with git.streamed(
        *(repository.folder, "ls-tree", "-r", "-z", "--full-tree", commit),
        is_bare=repository.is_bare,
    ) as output:
        for line in output.read().split(b"\0"):
            about, _, path = line.partition(b"\t")
            if path:
                mode, _, oid = about.split()
                yield _Entry(mode, oid.decode(), path)


def _contents(
    repository: Repository, entries: Sequence[_Entry]
) -> Iterator[tuple[_Entry, int, BinaryIO]]:
    """The contents of entries: each with its size in bytes, which must be read from the stream; -1 for none there.

    Raises:
        TooLargeError: all together are too large.
    """
    total = 0
    with git.streamed(
        *(repository.folder, "cat-file", "--buffer", "--batch"),
        stdin="".join(f"{entry.oid}\n" for entry in entries).encode(),
        is_bare=repository.is_bare,
    ) as output:
        for entry in entries:
            _, kind, *size = output.readline().split()
            if kind == b"missing" or not size:
                yield entry, -1, output
                continue
            total += int(size[0])
            if total > MOST_BYTES:
                raise TooLargeError(f"its files have more than {MOST_BYTES >> 30} GiB")
            yield entry, int(size[0]), output
            output.read(1)  # the line feed behind it


def _is_safe(path: bytes) -> bool:
    """Whether a path of a tree stays in the folder, and out of git's own."""
    return not any(
        part in {b"", b".", b".."} or part.lower() == b".git" for part in path.split(b"/")
    )


def _write(folder: Path, path: bytes, output: BinaryIO, size: int) -> bool:
    """Write a file; False, with nothing read, where another file is in the way, which git would never make."""
    name = os.path.join(os.fsencode(folder), path)  # noqa: PTH118 - bytes
    try:
        os.makedirs(os.path.dirname(name), exist_ok=True)  # noqa: PTH103, PTH120 - bytes
        handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except (FileExistsError, NotADirectoryError):
        return False
    with os.fdopen(handle, "wb") as file:
        while size > 0:
            part = output.read(min(size, _AT_ONCE))
            if not part:
                raise git.StreamError("git ended in the middle of an object")
            file.write(part)
            size -= len(part)
    return True


def _skip(output: BinaryIO, size: int) -> None:
    while size > 0 and (part := output.read(min(size, _AT_ONCE))):
        size -= len(part)


def _link(folder: Path, entry: _Entry, target: bytes) -> bool:
    name = os.path.join(os.fsencode(folder), entry.path)  # noqa: PTH118 - bytes
    above = os.path.dirname(name)  # noqa: PTH120 - bytes
    # A link made before may be in the way: then this one would be made where that leads.
    if os.path.realpath(above) != os.path.normpath(above):
        return False
    try:
        os.makedirs(above, exist_ok=True)  # noqa: PTH103 - bytes
        os.symlink(target, name)  # noqa: PTH211 - bytes
    except (OSError, ValueError):
        return False
    return True


# -- the index -------------------------------------------------------------------------------------------------------

# An entry of version 2: ten numbers from `stat` of which none counts here, the object, and the length of the path.
_STAT: Final = struct.Struct("!10I")
_LONGEST_PATH: Final = 0xFFF


def _write_index(folder: Path, entries: Sequence[_Entry]) -> None:
    """Write git's index of the files, which makes each of them a tracked one, and the folder the top of a work tree."""
    parts = [b"DIRC", struct.pack("!II", 2, len(entries))]
    for entry in entries:
        head = _STAT.pack(*(0,) * 6, int(entry.mode, 8), 0, 0, 0)
        flags = struct.pack("!H", min(len(entry.path), _LONGEST_PATH))
        row = b"".join((head, bytes.fromhex(entry.oid), flags, entry.path))
        parts.append(row + bytes(8 - len(row) % 8))
    content = b"".join(parts)
    own = folder / ".git"
    own.mkdir()
    (own / "HEAD").write_text("ref: refs/heads/main\n", encoding="ascii")
    index = content + hashlib.sha1(content, usedforsecurity=False).digest()
    (own / "index").write_bytes(index)
