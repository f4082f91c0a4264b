"""The keys in the objects of a repository: each process reads a part of the objects from a git of its own.

A place is looked at more closely only around the few byte strings of which one stands in every key (`key_signs.py`).
Keys are decoded as LS101 decodes them: in base64, with escapes, in pieces that stand side by side; in Python also those
that are put together from constants elsewhere in the file.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from lint_langsmith import lazy_re
from lint_langsmith.findings import Span
from lint_langsmith.history.repository import Content, Listed, Repository
from lint_langsmith.redaction import mask
from lint_langsmith.sdk.keys import Key, find_whole
from lint_langsmith.source.key_signs import KEY_SIGNS
from lint_langsmith.source.literals import finder_of
from lint_langsmith.workers.pool import spread

# Nothing that belongs to a key stands further from one of its signs.
_AROUND: Final = 600
_UTF16_SIGN: Final = "lsv2_".encode("utf-16-le")[:-1]
_SIGNS: Final = (*KEY_SIGNS, _UTF16_SIGN)
# What every key has besides: ten digits in a row, however its parts are put together, or it stands in base64.
_DIGITS: Final = lazy_re.compile(rb"[0-9a-fA-F]{8}|[A-Za-z0-9+/_-]{40}|[\\%&\0]")
# A key in pieces that are not side by side: literals with nothing but digits of one, together as many as it has.
_PIECES: Final = lazy_re.compile(
    rb"[\"'](?:lsv2_[ps][tk])?_?([0-9a-f]{4,32}(?:_[0-9a-f]{0,10})?)[\"']"
)
_KEY_DIGITS: Final = 42
# The beginning of one: the literal, or what stands in it as it is, ends there.
_BEGINNING: Final = lazy_re.compile(rb"lsv2(?:_(?:[ps][tk]_?)?)?[0-9a-f_]{0,40}[\"'{%]")
# Python that is larger is generated: no key is put together in it.
_LARGEST_FOLDED: Final = 1 << 20
# Each process gets so many parts: few enough that git's cache of deltas is of use, more than one, for balance.
_PARTS: Final = 4


class Hit(msgspec.Struct, frozen=True, array_like=True):
    """A key in an object, without the key: the SHA-256 of it, and its masked form.

    `how` says how it is written: plainly (empty), in `base64`, with `escapes`, or in `parts`. Of a message the lines of
    `span` are counted from where it begins.
    """

    oid: str
    object_kind: str
    digest: str
    shown: str
    key_kind: str
    how: str
    span: Span


class _Part(msgspec.Struct, array_like=True):
    folder: str
    oids: list[str]


class Found(NamedTuple):
    """What a search has found in how many objects."""

    hits: tuple[Hit, ...]
    objects: int


def search(repository: Repository, listed: Listed, jobs: int) -> Found:
    """The keys in some objects of a repository, sorted, found by `jobs` processes.

    Raises:
        StreamError: git could not read an object.
    """
    chunks = (
        msgspec.msgpack.encode(_Part(os.fspath(repository.folder), [*oids]))
        for oids in _parts(listed, jobs * _PARTS)
    )
    hits: list[Hit] = []
    for answer in spread(_search_part, chunks, jobs):
        hits += msgspec.msgpack.decode(answer, type=list[Hit])
    return Found(tuple(sorted(set(hits), key=_order)), len(listed.oids))


def _order(hit: Hit) -> tuple[str, str, Span]:
    return hit.digest, hit.oid, hit.span


def _parts(listed: Listed, count: int) -> Iterator[Sequence[str]]:
    """The objects in `count` parts of about as many bytes, each in the order in which git reads them best."""
    most = sum(listed.sizes) // count + 1
    part: list[str] = []
    size = 0
    for oid, one in zip(listed.oids, listed.sizes, strict=True):
        part.append(oid)
        size += one
        if size >= most:
            yield part
            part, size = [], 0
    if part:
        yield part


def _search_part(chunk: bytes) -> bytes:
    part = msgspec.msgpack.decode(chunk, type=_Part)
    repository = Repository(Path(part.folder))
    hits = [hit for content in repository.contents(part.oids) for hit in hits_in(content)]
    return msgspec.msgpack.encode(hits)


def hits_in(content: Content) -> Iterator[Hit]:
    """The keys in a part of an object."""
    places = finder_of(_SIGNS).find(content.piece)
    if not places:
        return
    begin, shift = 0, content.lines
    if content.kind != "blob":
        # Lines of a message are counted from where it begins, behind the lines about it.
        begin = content.piece.find(b"\n\n") + 2
        shift = -content.piece.count(b"\n", 0, begin)
    places_of_signs = sorted(at for found in places.values() for at in found)
    seen: set[tuple[str, Span]] = set()
    lines = _Lines(content.piece, shift)
    for start, end in _windows(places_of_signs, content.piece):
        window = content.piece[start:end]
        if _DIGITS.search(window) is None:
            continue
        for key, first, last in _keys_in(window):
            span = lines.span(start + first, start + last)
            if (key.value, span) not in seen:
                seen.add((key.value, span))
                yield _hit(content, key, span, _spelling(key))
    if not seen and _may_be_composed(content.piece):
        for key, span in _composed(content.piece):
            yield _hit(content, key, span, "parts")


def _windows(places: Sequence[int], piece: bytes) -> Iterator[tuple[int, int]]:
    """What is around some places, by offsets: stretches that overlap are one."""
    start = end = -1
    for at in places:
        first, last = max(0, at - _AROUND), min(len(piece), at + _AROUND)
        if first > end >= 0:
            yield start, end
            start = first
        elif end < 0:
            start = first
        end = last
    if end >= 0:
        yield start, end


def _keys_in(window: bytes) -> Iterator[tuple[Key, int, int]]:
    """The whole keys in some bytes, each with its offsets in bytes."""
    if _UTF16_SIGN in window:
        at = window.find(_UTF16_SIGN) % 2
        text, width = window[at:].decode("utf-16-le", "replace"), 2
    else:
        # Each byte is a character: what a key is made of is ASCII in every encoding that files have.
        at, text, width = 0, window.decode("latin-1"), 1
    for key in find_whole(text, joints=True):
        yield key, at + key.start * width, at + key.end * width


class _Lines:
    """The lines of a piece, for one place after the other: what lies between two is counted once.

    Lines are counted `shift` more; what is before a message is in its first one.
    """

    def __init__(self, piece: bytes, shift: int) -> None:
        self._piece = piece
        self._shift = shift
        self._at = 0
        self._line = 1
        self._column = 1

    def span(self, start: int, end: int) -> Span:
        """What stands between two offsets, in one line."""
        if start < self._at:
            self._at, self._line, self._column = 0, 1, 1
        between = self._piece[self._at : start]
        self._at = start
        self._line += between.count(b"\n")
        in_line = between[between.rfind(b"\n") + 1 :]
        is_new = len(in_line) < len(between)
        self._column = (1 if is_new else self._column) + _characters(in_line)
        line = max(1, self._line + self._shift)
        width = _characters(self._piece[start:end])
        return Span(line, self._column, line, self._column + width)


def _characters(part: bytes) -> int:
    return len(part.decode("utf-8", "replace"))


def _spelling(key: Key) -> str:
    return "base64" if key.encoded else "escapes" if key.escaped else ""


def _hit(content: Content, key: Key, span: Span, how: str) -> Hit:
    digest = hashlib.sha256(key.value.encode()).hexdigest()
    return Hit(content.oid, content.kind, digest, mask(key.value), key.kind, how, span)


# -- keys that are put together --------------------------------------------------------------------------------------


def _may_be_composed(piece: bytes) -> bool:
    """Whether a Python file may put a key together: it has a beginning, and literals that are digits of one."""
    return (
        len(piece) <= _LARGEST_FOLDED
        and _BEGINNING.search(piece) is not None
        and sum(map(len, _PIECES.findall(piece))) >= _KEY_DIGITS
    )


def _composed(piece: bytes) -> Iterator[tuple[Key, Span]]:
    from lint_langsmith.history.folding import composed_keys  # noqa: PLC0415 - imports the analysis

    return composed_keys(piece)
