"""From the code of a notebook's cells, as one text, to where it stands in the notebook's JSON, and back."""

from __future__ import annotations

import bisect
import json
from collections.abc import Sequence
from typing import NamedTuple

from lint_langsmith.findings import Edit, Span
from lint_langsmith.source.text import LineIndex


class Segment(NamedTuple):
    """A stretch of the joined text, and where it stands; an escape is one character there and several here."""

    start: int
    length: int
    raw: int
    raw_length: int
    cell: int


class Places:
    """Translates positions. The joined text is what rules see; the raw one is what is on the disk.

    What stands outside of all code (outputs, Markdown) has no line in the joined text: it gets the lines behind its
    end, counted on, so that every rule can name a place there, and no place there is taken for one of the code.
    """

    def __init__(
        self,
        text: str,
        raw: str,
        segments: Sequence[Segment],
        cells: Sequence[tuple[int, int]] = (),
    ) -> None:
        """`segments` are in order; what none of them covers (the ends of cells) belongs to the one before.

        `cells` are the offsets in the JSON at which each cell begins and ends.
        """
        self._index = LineIndex(text)
        self._raw_index = LineIndex(raw)
        self._lines = self._index.span(len(text), len(text)).line
        self.segments = segments
        self._starts = [segment.start for segment in segments]
        self._raw_starts = [segment.raw for segment in segments]
        self.cells = cells

    def span(self, span: Span) -> tuple[Span, int | None]:
        """The span in the notebook's JSON, and the 1-based number of the cell, of all kinds, that it begins in."""
        if span.line > self._lines:
            outside = Span(
                span.line - self._lines,
                span.column,
                span.end_line - self._lines,
                span.end_column,
            )
            return outside, self._cell_at(self._raw_index.offset(outside.line, outside.column))
        start = self._index.offset(span.line, span.column)
        end = self._index.offset(span.end_line, span.end_column)
        raw_start, cell = self._raw(start)
        raw_end = self._raw_end(end - 1) if end > start else raw_start
        return self._raw_index.span(raw_start, max(raw_start, raw_end)), cell

    def edit(self, edit: Edit) -> Edit | None:
        """The edit of the JSON that makes an edit of the code; None for one that reaches over the end of a cell."""
        if edit.span.end_line > self._lines:
            return None
        start = self._index.offset(edit.span.line, edit.span.column)
        end = self._index.offset(edit.span.end_line, edit.span.end_column)
        raw_start, cell = self._raw(start)
        if end > start and self._raw(end - 1)[1] != cell:
            return None
        raw_end = self._raw_end(end - 1) if end > start else raw_start
        content = json.dumps(edit.content, ensure_ascii=False)[1:-1]
        return Edit(self._raw_index.span(raw_start, raw_end), content)

    def text_offset(self, raw: int) -> int | None:
        """The offset in the joined text of an offset in the JSON; None where no code stands."""
        at = bisect.bisect_right(self._raw_starts, raw) - 1
        if at < 0:
            return None
        segment = self.segments[at]
        if raw >= segment.raw + segment.raw_length:
            return None
        return segment.start + min(raw - segment.raw, segment.length - 1)

    def outside(self, start: int, end: int) -> Span:
        """The span between two 0-based offsets in the JSON, as rules name it."""
        span = self._raw_index.span(start, end)
        return Span(
            span.line + self._lines, span.column, span.end_line + self._lines, span.end_column
        )

    def _cell_at(self, raw: int) -> int | None:
        """The number of the cell around an offset in the JSON; None for the notebook's own metadata."""
        at = bisect.bisect_right(self.cells, raw, key=lambda cell: cell[0])
        return at if at and raw < self.cells[at - 1][1] else None

    def cell_start(self, line: int) -> int:
        """The first line of the joined text that is of the same cell as a line of it."""
        _, cell = self._raw(self._index.offset(line, 1))
        first = self.segments[
            bisect.bisect_left(self.segments, cell or 0, key=lambda segment: segment.cell)
        ]
        return self._index.span(first.start, first.start).line

    def _raw(self, offset: int) -> tuple[int, int | None]:
        at = bisect.bisect_right(self._starts, offset) - 1
        if at < 0:
            return 0, None
        segment = self.segments[at]
        inside = offset - segment.start
        if inside >= segment.length:
            return segment.raw + segment.raw_length, segment.cell
        return segment.raw + (
            inside if segment.length == segment.raw_length else 0
        ), segment.cell

    def _raw_end(self, offset: int) -> int:
        """The offset behind a character."""
        at = bisect.bisect_right(self._starts, offset) - 1
        if at < 0:
            return 0
        segment = self.segments[at]
        if segment.length != segment.raw_length:
            return segment.raw + segment.raw_length
        return segment.raw + min(offset - segment.start + 1, segment.raw_length)
