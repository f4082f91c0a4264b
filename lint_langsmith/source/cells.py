"""A notebook as its reader sees it: cells with lines of their own, and which of them a place in the JSON is."""

from __future__ import annotations

import bisect
import functools
from collections.abc import Sequence
from typing import NamedTuple

from lint_langsmith.findings import Span
from lint_langsmith.source.notebook import OUTPUTS, cells_in, segments_of
from lint_langsmith.source.places import Segment
from lint_langsmith.source.text import LineIndex
from lint_langsmith.source.tree import MalformedError, Node, parse_json


class CellSpan(NamedTuple):
    """A span of a notebook: the 1-based number of its cell, and its place in the cell's source.

    `span` is None for what stands elsewhere in the cell, as in an output.
    """

    cell: int
    span: Span | None


class _Cell(NamedTuple):
    start: int
    end: int
    text: str
    segments: tuple[Segment, ...]
    lines: LineIndex


class Cells:
    """The cells of one notebook, by the places of its JSON."""

    def __init__(self, raw: str, cells: Sequence[_Cell]) -> None:
        self._raw_index = LineIndex(raw)
        self._cells = cells
        self._starts = [cell.start for cell in cells]

    def place(self, span: Span) -> CellSpan | None:
        """The cell in which a span of the JSON begins; None outside of all cells."""
        start = self._raw_index.offset(span.line, span.column)
        end = self._raw_index.offset(span.end_line, span.end_column)
        number = bisect.bisect_right(self._starts, start)
        if number == 0 or start >= self._cells[number - 1].end:
            return None
        cell = self._cells[number - 1]
        if start == end:
            at = _text_offset(cell, start, or_behind=True)
            return CellSpan(number, None if at is None else cell.lines.span(at, at))
        first, last = _text_offset(cell, start), _text_offset(cell, end - 1)
        if first is None:
            return CellSpan(number, None)
        return CellSpan(number, cell.lines.span(first, (first if last is None else last) + 1))

    def text(self, number: int) -> str:
        """The source of a cell by its 1-based number."""
        return self._cells[number - 1].text

    def raw_line(self, number: int, line: int) -> int | None:
        """The 1-based line of the JSON at which a line of a cell's source begins; None for one that it has not."""
        if not 1 <= number <= len(self._cells):
            return None
        cell = self._cells[number - 1]
        if not 1 <= line <= cell.text.count("\n") + 1:
            return None
        offset = cell.lines.offset(line, 1)
        for segment in cell.segments:
            if segment.start <= offset < segment.start + segment.length:
                is_escape = segment.length != segment.raw_length
                raw = segment.raw + (0 if is_escape else offset - segment.start)
                return self._raw_index.span(raw, raw).line
        return None


@functools.lru_cache(maxsize=8)
def cells_of(raw: str) -> Cells | None:
    """The cells of a notebook's JSON; None for what is no notebook."""
    try:
        root = parse_json(raw, OUTPUTS)
    except MalformedError:
        return None
    return Cells(
        raw, [_cell(raw, number, cell) for number, cell in enumerate(cells_in(root), start=1)]
    )


def _cell(raw: str, number: int, cell: Node) -> _Cell:
    source = cell.get("source") or cell.get("input")
    strings = () if source is None else source.items if source.kind == "list" else (source,)
    parts: list[str] = []
    segments: list[Segment] = []
    length = 0
    for string in strings:
        if string.quoted and string.text:
            segments += segments_of(raw, string, length, number)
            parts.append(string.text)
            length += len(string.text)
    text = "".join(parts)
    return _Cell(cell.start, cell.end, text, tuple(segments), LineIndex(text))


def _text_offset(cell: _Cell, raw: int, *, or_behind: bool = False) -> int | None:
    """The offset in the source of a cell of an offset in the JSON; None outside of the source.

    The place `or_behind` a string is one where something can be inserted, but no character stands.
    """
    at = bisect.bisect_right(cell.segments, raw, key=lambda segment: segment.raw) - 1
    if at < 0:
        return None
    segment = cell.segments[at]
    behind = segment.raw + segment.raw_length
    if raw > behind or (raw == behind and not or_behind):
        return None
    return segment.start + min(raw - segment.raw, segment.length - (raw < behind))
