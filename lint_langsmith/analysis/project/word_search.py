"""Which of some words a file holds, as bits: looked for in an order in which most files need only a few searches."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Sequence
from typing import Final, TypeAlias

from lint_langsmith.source.literals import IS_FAST, finder_of


def marks_of(content: bytes, words: tuple[str, ...]) -> int:
    """Which words stand in the content.

    Without an automaton, one that holds another is not looked for where that is missing; the bits of stems are above
    those of the words.
    """
    if IS_FAST:
        return sum(1 << number for number in finder_of(_encoded(words)).find(content))
    bits = 0
    for bit, inside, literal in _plan(words):
        if bits & inside == inside and literal in content:
            bits |= bit
    return bits


@functools.lru_cache(maxsize=16)
def _encoded(words: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(word.encode() for word in words)


_Plan: TypeAlias = list[tuple[int, int, bytes]]


@functools.lru_cache(maxsize=16)
def _plan(words: tuple[str, ...]) -> _Plan:
    """The words in an order to look for them in: for each its bit, the bits of the words inside it, and its bytes."""
    literals = [word.encode() for word in words]
    literals += _stems(literals)
    plan = []
    for bit, literal in sorted(enumerate(literals), key=lambda item: len(item[1])):
        inside = sum(
            1 << other
            for other, part in enumerate(literals)
            if part in literal and part != literal
        )
        plan.append((1 << bit, inside, literal))
    return plan


def _parts(literal: bytes) -> set[bytes]:
    """The parts of a word that may be a stem."""
    return {
        literal[at : at + size] for size in _STEM_SIZES for at in range(len(literal) - size + 1)
    }


def _stems(literals: Sequence[bytes]) -> list[bytes]:
    """What several of the words have in common: where that is missing, all of them are, and most files have none."""
    stems: list[bytes] = []
    left = set(literals)
    while left:
        counts = Counter(part for literal in left for part in _parts(literal))
        best = max(counts, key=lambda part: (counts[part], len(part), part), default=b"")
        if counts[best] < _WORTH_A_STEM:
            break
        stems.append(best)
        left -= {literal for literal in left if best in literal}
    return [stem for stem in stems if stem not in literals]


_STEM_SIZES: Final = (3, 4, 5)
_WORTH_A_STEM: Final = 4
