"""Where some literals stand in bytes: all of them found in one pass, with an Aho-Corasick automaton where there is one.

`ahocorasick_rs` (the extra `fast`) searches for all literals at once, for less than what a plain search for one of them
takes. Without it each literal is looked for by itself, and most of them not even that: a few `covers` stand in all of
them, and where a cover is missing its literals are. Both give the same answer (`test_literals.py`).
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import Any, Final, Protocol, TypeAlias

try:
    import ahocorasick_rs
except ImportError:  # an extra: the answers are the same without
    ahocorasick_rs = None

IS_FAST: Final = ahocorasick_rs is not None

# The offsets at which each literal that was found stands, in order, by the literal's number.
Places: TypeAlias = "dict[int, list[int]]"

# So much is searched at a time: what is found in a file of whatever size takes bounded memory until it is sorted in.
_PIECE: Final = 1 << 20


class Finder(Protocol):
    """A search for some literals."""

    def find(self, content: bytes) -> Places:
        """All places of all literals, also of those that overlap or contain each other."""

    def holds_any(self, content: bytes) -> bool:
        """Whether one of the literals stands in the content."""


def finder(literals: Sequence[bytes], covers: Sequence[bytes] = ()) -> Finder:
    """The quickest search there is for some literals, of which none is empty and no two are equal.

    Of the `covers` one stands in each literal; without any, each literal is its own.
    """
    return FastFinder(literals) if IS_FAST else PlainFinder(literals, covers)


class FastFinder:
    """All literals in one pass of an automaton.

    The automaton gives the leftmost, longest literals that do not overlap, which it finds several times faster than all
    of them. Each other place begins within one of those: `_within` says which literals may stand there, and where.
    """

    def __init__(self, literals: Sequence[bytes]) -> None:
        """`literals` are as for `finder`."""
        kind = ahocorasick_rs.MatchKind.LeftmostLongest
        self._automaton: Any = ahocorasick_rs.BytesAhoCorasick(literals, matchkind=kind)
        self._literals = literals
        # Of each literal when it is first found: to compare all of them takes longer than to search a hundred files.
        self._within: dict[int, tuple[tuple[int, int, bytes | None], ...]] = {}
        self._longest = max(map(len, literals))

    def find(self, content: bytes) -> Places:
        """All places of all literals."""
        found: Places = {}
        if len(content) <= _PIECE:
            self._add(found, content, 0, len(content))
            return found
        for start in range(0, len(content), _PIECE):
            # What begins in this piece may end in the next one.
            piece = content[start : start + _PIECE + self._longest - 1]
            self._add(found, piece, start, _PIECE)
        return found

    def _add(self, found: Places, piece: bytes, base: int, length: int) -> None:
        """Add what begins in the first `length` bytes of a piece, which stands at `base` in the content."""
        for number, start, _ in self._automaton.find_matches_as_indexes(piece):
            if start >= length:
                break
            if number not in self._within:
                self._within[number] = tuple(_within(self._literals[number], self._literals))
            found.setdefault(number, []).append(base + start)
            for other, shift, literal in self._within[number]:
                if start + shift < length and (
                    literal is None or piece.startswith(literal, start + shift)
                ):
                    found.setdefault(other, []).append(base + start + shift)

    def holds_any(self, content: bytes) -> bool:
        """Whether one of the literals stands in the content."""
        return bool(self._automaton.find_matches_as_indexes(content))


def _within(
    literal: bytes, literals: Sequence[bytes]
) -> Iterator[tuple[int, int, bytes | None]]:
    """Which literals may begin within one: the number and the offset of each; itself, if it may end behind the one."""
    for shift in range(len(literal)):
        rest = literal[shift:]
        for number, other in enumerate(literals):
            if shift == 0 and other == literal:
                continue
            if rest.startswith(other):
                yield number, shift, None
            # At the beginning itself the longest literal was found.
            elif shift and other.startswith(rest):
                yield number, shift, other


class PlainFinder:
    """Each literal looked for by itself, if its cover is there."""

    def __init__(self, literals: Sequence[bytes], covers: Sequence[bytes] = ()) -> None:
        """`literals` and `covers` are as for `finder`."""
        self._groups: list[tuple[bytes, list[tuple[int, bytes]]]] = [
            (cover, []) for cover in covers or literals
        ]
        for number, literal in enumerate(literals):
            group = next(members for cover, members in self._groups if cover in literal)
            group.append((number, literal))

    def find(self, content: bytes) -> Places:
        """All places of all literals."""
        found: Places = {}
        for cover, members in self._groups:
            if cover in content:
                for number, literal in members:
                    places = list(_places(content, literal))
                    if places:
                        found[number] = places
        return found

    def holds_any(self, content: bytes) -> bool:
        """Whether one of the literals stands in the content."""
        return any(
            cover in content and self._holds(content, members)
            for cover, members in self._groups
        )

    @staticmethod
    def _holds(content: bytes, members: Sequence[tuple[int, bytes]]) -> bool:
        return any(literal in content for _, literal in members)


def _places(content: bytes, literal: bytes) -> Iterator[int]:
    at = content.find(literal)
    while at >= 0:
        yield at
        at = content.find(literal, at + 1)


@functools.lru_cache(maxsize=16)
def finder_of(literals: tuple[bytes, ...]) -> Finder:
    """The search for some literals, kept for the next file."""
    return finder(literals)
