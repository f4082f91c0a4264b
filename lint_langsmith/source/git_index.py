"""The index of a git work tree: which files are tracked.

Versions 2 and 3 hold whole paths, version 4 what differs from the path before. A split index holds what was added to a
shared one, and which of its entries are gone (`Documentation/gitformat-index.adoc`).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Final, NamedTuple

from lint_langsmith.source import files
from lint_langsmith.source.root import git_link
from lint_langsmith.source.text import UnreadableFileError

_HEAD: Final = 12
_STATS: Final = 40
# SHA-1, SHA-256. The header does not say which: the wrong one does not lead from entry to entry.
_HASHES: Final = (20, 32)
_EXTENDED: Final = 0x4000
_LONGEST: Final = 0xFFF
# The version in which the length of a path stands right before it. In version 3 more flags may stand between.
_PLAIN: Final = b"DIRC\0\0\0\2"
# An entry has so many bytes besides its path: a bitmap that speaks of more than an index can hold is broken.
_LEAST_ENTRY: Final = 62
_WORD: Final = 8
_WORD_BITS: Final = 64


class BrokenIndexError(Exception):
    """What should be an index of git is none."""


class GitFolders(NamedTuple):
    """The folders that git keeps a work tree in: its own (`index`), and what it shares with others (`info/exclude`)."""

    own: str
    shared: str


def git_folders(top: str) -> GitFolders | None:
    """The folders of git for the work tree with a top; None where its `.git` can't be followed."""
    git = os.path.join(top, ".git")  # noqa: PTH118 - paths as text, as all that is walked
    try:
        if files.is_file(git):  # of a linked work tree or a submodule
            git = os.path.join(top, git_link(files.read(git, files.LARGEST_CONFIGURATION)))  # noqa: PTH118
        common = os.path.join(git, "commondir")  # noqa: PTH118
        if not files.is_file(common):
            return GitFolders(git, git)
        name = os.fsdecode(files.read(common, files.LARGEST_CONFIGURATION).strip())
        return GitFolders(git, os.path.join(git, name))  # noqa: PTH118
    except UnreadableFileError:
        return None


class Index(NamedTuple):
    """The tracked paths of a work tree, and the files that they were read from.

    `paths` are those with a NUL before and behind each; or, `is_raw`, an index as it is, which holds them whole: to
    take it apart would take longer than all that is asked of it.
    """

    paths: bytes
    sources: tuple[str, ...]
    is_raw: bool = False

    def tracks(self, path: bytes, *, is_folder: bool) -> bool:
        """Whether a path, relative to the top of the work tree, is tracked, or something below it."""
        name = path + (b"/" if is_folder else b"\0")
        if not self.is_raw:
            return b"\0" + name in self.paths
        at = self.paths.find(name)
        while at >= 0:
            # In front of a path stand flags, the low twelve bits of which are its length.
            length = self.paths.find(b"\0", at) - at
            if int.from_bytes(self.paths[at - 2 : at], "big") & _LONGEST == min(
                length, _LONGEST
            ):
                return True
            at = self.paths.find(name, at + 1)
        return False


def read_index(folder: str) -> Index | None:
    """The index in a folder of git; None where there is none.

    Raises:
        UnreadableFileError: it can't be read, or is no index that we know.
    """
    path = os.path.join(folder, "index")  # noqa: PTH118
    if not files.exists(path):
        return None
    try:
        content = files.read(path, files.LARGEST_INDEX)
        if content[:8] == _PLAIN and b"link" not in content:
            return Index(content, (path,), is_raw=True)
        entries, link = _parsed(content)
        if link is None or not link.shared:
            return Index(_joined(entries), (path,))
        base = os.path.join(folder, f"sharedindex.{link.shared}")  # noqa: PTH118
        shared, _ = _parsed(files.read(base, files.LARGEST_INDEX))
    except BrokenIndexError:
        raise UnreadableFileError("is not an index of git that can be read") from None
    kept = [name for number, name in enumerate(shared) if number not in link.deleted]
    # An entry without a name takes the place of one of the shared index.
    return Index(_joined([*kept, *filter(None, entries)]), (path, base))


def tracked_paths(folder: str) -> list[bytes]:
    """Every tracked path by the index in a folder of git, taken apart: for whoever compares them in another way.

    Raises:
        UnreadableFileError: the index can't be read, or is no index that we know.
    """
    path = os.path.join(folder, "index")  # noqa: PTH118
    if not files.exists(path):
        return []
    try:
        entries, link = _parsed(files.read(path, files.LARGEST_INDEX))
        if link is None or not link.shared:
            return entries
        base = os.path.join(folder, f"sharedindex.{link.shared}")  # noqa: PTH118
        return [*entries, *_parsed(files.read(base, files.LARGEST_INDEX))[0]]
    except BrokenIndexError:
        raise UnreadableFileError("is not an index of git that can be read") from None


def _joined(entries: list[bytes]) -> bytes:
    return b"\0" + b"\0".join(entries) + b"\0"


class _Link(NamedTuple):
    """Of a split index: the name of the shared one, and the numbers of the entries in it that are gone."""

    shared: str
    deleted: frozenset[int]


def _parsed(content: bytes) -> tuple[list[bytes], _Link | None]:
    """The paths of an index, and what it says of a shared one."""
    version, count = (
        int.from_bytes(content[4:8], "big"),
        int.from_bytes(content[8:_HEAD], "big"),
    )
    if not content.startswith(b"DIRC") or version not in {2, 3, 4} or count > len(content):
        raise BrokenIndexError
    for size in _HASHES:
        with contextlib.suppress(BrokenIndexError, IndexError, ValueError):
            entries, end = _entries(content, version, count, size)
            return entries, _link(content, end, size)
    raise BrokenIndexError


def _entries(
    content: bytes, version: int, count: int, hash_size: int
) -> tuple[list[bytes], int]:
    """The paths, and the offset behind the last entry."""
    found: list[bytes] = []
    at, name = _HEAD, b""
    for _ in range(count):
        start = at
        at += _STATS + hash_size
        flags = int.from_bytes(content[at : at + 2], "big")
        at += 4 if flags & _EXTENDED and version > 2 else 2
        kept = 0
        if version == 4:
            cut, at = _number(content, at)
            if cut > len(name):
                raise BrokenIndexError
            kept = len(name) - cut
        end = content.index(b"\0", at)
        name = name[:kept] + content[at:end]
        if flags & _LONGEST != min(len(name), _LONGEST):
            raise BrokenIndexError
        found.append(name)
        # Whole paths are filled up to a multiple of eight, with one NUL at least.
        at = end + 1 if version == 4 else start + (end - start + _WORD) // _WORD * _WORD
    return found, at


def _number(content: bytes, at: int) -> tuple[int, int]:
    """A number of variable length, as in pack files, and the offset behind it."""
    byte = content[at]
    value = byte & 0x7F
    while byte & 0x80:
        at += 1
        byte = content[at]
        value = ((value + 1) << 7) | (byte & 0x7F)
        if value > len(content):
            raise BrokenIndexError
    return value, at + 1


def _link(content: bytes, at: int, hash_size: int) -> _Link | None:
    """The extension `link`, among those behind the entries and before the checksum."""
    while at + _WORD <= len(content) - hash_size:
        name, size = content[at : at + 4], int.from_bytes(content[at + 4 : at + 8], "big")
        at += _WORD
        if at + size > len(content):
            raise BrokenIndexError
        if name == b"link":
            body = content[at : at + size]
            shared = body[:hash_size].hex() if any(body[:hash_size]) else ""
            return _Link(shared, frozenset(_bits(body[hash_size:])))
        at += size
    return None


def _bits(content: bytes) -> Iterator[int]:
    """The numbers of the bits that are set in the first bitmap of a text: EWAH, words in runs."""
    if len(content) < _WORD:
        return
    total, count = int.from_bytes(content[:4], "big"), int.from_bytes(content[4:8], "big")
    if count * _WORD > len(content) or total > files.LARGEST_INDEX // _LEAST_ENTRY:
        raise BrokenIndexError
    words = [
        int.from_bytes(content[at : at + _WORD], "big")
        for at in range(_WORD, _WORD + count * _WORD, _WORD)
    ]
    number, bit = 0, 0
    while number < len(words):
        marker = words[number]
        run, literals = (marker >> 1 & 0xFFFFFFFF) * _WORD_BITS, marker >> 33
        if marker & 1:
            yield from range(bit, min(bit + run, total))
        bit += run
        for word in words[number + 1 : number + 1 + literals]:
            yield from (bit + place for place in range(_WORD_BITS) if word >> place & 1)
            bit += _WORD_BITS
        number += 1 + literals
