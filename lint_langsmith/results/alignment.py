"""Which lines of two texts are the same: as `difflib` tells it, in a time that doubles with the texts.

`difflib` compares each line with all that are like it, again for each part of the texts: of 4,000 lines of which every
other one is blank it needs minutes. Here the lines that each text has once are compared first, in an order that both
have (patience sorting, as in `git diff --patience`); they part the texts, and what is between is compared in turn. What
then remains without any such line is compared by `difflib` where it is short, and told apart where it is long.
"""

from __future__ import annotations

import difflib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

# So many lines of both texts are compared each with each: 0.1 ms a line at worst.
_SHORT: Final = 32
# How often parts are parted again: each time costs a pass over the lines. In eighteen projects it was three times.
_PASSES: Final = 12


class _Part(NamedTuple):
    """A stretch of lines of both texts, by numbers from 0."""

    first: int
    last: int
    other_first: int
    other_last: int


class Alignment(difflib.SequenceMatcher[str]):
    """Two texts side by side: what `difflib.SequenceMatcher` tells of them."""

    def __init__(self, before: Sequence[str], after: Sequence[str]) -> None:
        super().__init__(None, (), ())
        self._blocks = _blocks(_common(before, after), len(before), len(after))

    def get_matching_blocks(self) -> list[difflib.Match]:
        """The stretches that both texts have, in order; an empty one at their end."""
        return self._blocks


def unified(before: Sequence[str], after: Sequence[str], old: str, new: str) -> Iterator[str]:
    """The difference of two files, as `difflib.unified_diff` writes it; lines have their ends."""
    head = [f"--- {old}\n", f"+++ {new}\n"]
    for group in Alignment(before, after).get_grouped_opcodes():
        yield from head
        head = []
        _, first, _, other, _ = group[0]
        _, _, last, _, other_last = group[-1]
        yield f"@@ -{_range(first, last)} +{_range(other, other_last)} @@\n"
        for kind, start, end, other_start, other_end in group:
            if kind == "equal":
                yield from (f" {line}" for line in before[start:end])
                continue
            yield from (f"-{line}" for line in before[start:end])
            yield from (f"+{line}" for line in after[other_start:other_end])


def _range(start: int, end: int) -> str:
    """Lines as a unified difference numbers them: from 1, an empty stretch by the line before it."""
    length = end - start
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"


Pair: TypeAlias = tuple[int, int]


def _common(before: Sequence[str], after: Sequence[str]) -> list[Pair]:
    """The lines that are the same, by their numbers in both texts, in order."""
    found: list[Pair] = []
    parts = [_Part(0, len(before), 0, len(after))]
    for _ in range(_PASSES):
        smaller: list[_Part] = []
        for part in parts:
            inner = _without_ends(before, after, part, found)
            if inner.first == inner.last or inner.other_first == inner.other_last:
                continue
            anchors = _anchors(before, after, inner)
            if anchors:
                found += anchors
                smaller += _between(anchors, inner)
            else:
                found += _compared(before, after, inner)
        parts = smaller
    return sorted(found)


def _without_ends(
    before: Sequence[str], after: Sequence[str], part: _Part, found: list[Pair]
) -> _Part:
    """A part without the lines that are the same at its ends, which come to what is `found`."""
    first, last, other, other_last = part
    while first < last and other < other_last and before[first] == after[other]:
        found.append((first, other))
        first, other = first + 1, other + 1
    while first < last and other < other_last and before[last - 1] == after[other_last - 1]:
        last, other_last = last - 1, other_last - 1
        found.append((last, other_last))
    return _Part(first, last, other, other_last)


def _anchors(before: Sequence[str], after: Sequence[str], part: _Part) -> list[Pair]:
    """The lines that both texts have once in a part: as many as stand in the same order in both."""
    counts = Counter(before[part.first : part.last])
    others = Counter(after[part.other_first : part.other_last])
    places = {
        after[number]: number
        for number in range(part.other_first, part.other_last)
        if others[after[number]] == 1
    }
    pairs = [
        (number, places[before[number]])
        for number in range(part.first, part.last)
        if counts[before[number]] == 1 and before[number] in places
    ]
    return _rising(pairs)


def _rising(pairs: Sequence[Pair]) -> list[Pair]:
    """The longest run of pairs whose second numbers rise; the first ones do."""
    ends: list[int] = []  # the least second number with which a run of this length ends
    last: list[int] = []  # the pair with which it does
    previous: list[int] = []
    for number, (_, other) in enumerate(pairs):
        length = bisect_left(ends, other)
        previous.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [other]
        last[length : length + 1] = [number]
    run: list[Pair] = []
    number = last[-1] if last else -1
    while number >= 0:
        run.append(pairs[number])
        number = previous[number]
    return run[::-1]


def _between(anchors: Sequence[Pair], part: _Part) -> list[_Part]:
    """What lies between lines that are the same."""
    ends = [(part.first - 1, part.other_first - 1), *anchors, (part.last, part.other_last)]
    return [
        _Part(first + 1, last, other + 1, other_last)
        for (first, other), (last, other_last) in pairwise(ends)
        if last > first + 1 or other_last > other + 1
    ]


def _compared(before: Sequence[str], after: Sequence[str], part: _Part) -> list[Pair]:
    """What `difflib` says of a part, if it is short."""
    first, last, other, other_last = part
    if last - first > _SHORT or other_last - other > _SHORT:
        return []
    matcher = difflib.SequenceMatcher(None, before[first:last], after[other:other_last])
    return [
        (first + block.a + step, other + block.b + step)
        for block in matcher.get_matching_blocks()
        for step in range(block.size)
    ]


def _blocks(pairs: Sequence[Pair], length: int, other_length: int) -> list[difflib.Match]:
    """Pairs of lines that follow each other in both texts as one stretch, as `difflib` has them."""
    blocks: list[difflib.Match] = []
    for first, other in pairs:
        start, other_start, size = blocks[-1] if blocks else (0, 0, 0)
        if size and (start + size, other_start + size) == (first, other):
            blocks[-1] = difflib.Match(start, other_start, size + 1)
        else:
            blocks.append(difflib.Match(first, other, 1))
    return [*blocks, difflib.Match(length, other_length, 0)]
