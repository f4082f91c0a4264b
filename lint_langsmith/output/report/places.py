"""Where findings stand, as a person reads it: in a notebook by cell, with the cell's source and not its JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lint_langsmith.findings import Span, SpansByLine
from lint_langsmith.output.printable import safe_path
from lint_langsmith.output.report.base import Report, lines_of
from lint_langsmith.redaction import key_like
from lint_langsmith.source.text import LineIndex

if TYPE_CHECKING:
    from lint_langsmith.source.cells import Cells, CellSpan


class Excerpt(NamedTuple):
    """Lines of a file, or of a cell, with a span in them and the spans that must not be shown."""

    lines: Sequence[str]
    span: Span
    hidden: SpansByLine


def place(report: Report, index: int) -> str:
    """Path and position of a finding: `app.py:3:10`, `eval.ipynb:cell 7:3:10`, `eval.ipynb:cell 7 output`."""
    finding = report.findings[index]
    return place_of(report, report.roots[index], finding.path, finding.span)


def place_of(report: Report, root: Path, path: str, span: Span) -> str:
    """Path and position of any span, such as a related place."""
    return f"{safe_path(report.near(root / path))}:{position(report, root, path, span)}"


def position(report: Report, root: Path, path: str, span: Span) -> str:
    """A place without its path."""
    _, found = _cell(report, root, path, span)
    if found is None:
        return f"{span.line}:{span.column}"
    if found.span is None:
        return f"cell {found.cell} output"
    return f"cell {found.cell}:{found.span.line}:{found.span.column}"


def excerpt(report: Report, root: Path, path: str, span: Span) -> Excerpt:
    """What is shown of the source around a span."""
    cells, found = _cell(report, root, path, span)
    if cells is None or found is None or found.span is None:
        lines = lines_of(report.sources(root, path) or "")
        return Excerpt(lines, span, report.hidden_of(root, path))
    hidden = _hidden_in(report, root / path, cells, found.cell)
    return Excerpt(lines_of(cells.text(found.cell)), found.span, hidden)


def excerpt_of(report: Report, index: int) -> Excerpt:
    """What is shown of the source around a finding."""
    finding = report.findings[index]
    return excerpt(report, report.roots[index], finding.path, finding.span)


def _cell(
    report: Report, root: Path, path: str, span: Span
) -> tuple[Cells | None, CellSpan | None]:
    """The cells of a notebook, and the place of a span in them; None for other files, and outside of all cells."""
    text = report.sources(root, path) if path.lower().endswith(".ipynb") else None
    if text is None:
        return None, None
    from lint_langsmith.source.cells import cells_of  # noqa: PLC0415 - only for notebooks

    cells = cells_of(text)
    return cells, cells.place(span) if cells is not None else None


def _hidden_in(report: Report, path: Path, cells: Cells, number: int) -> SpansByLine:
    """What must not be shown of the source of one cell: its secrets, and what spells a key."""
    known = report.masks_by_cell.get((path, number))
    if known is None:
        places = map(cells.place, report.masks.get(path, ()))
        secrets = [
            found.span for found in places if found and found.cell == number and found.span
        ]
        text = cells.text(number)
        index = LineIndex(text)
        known = SpansByLine(
            (*secrets, *(index.span(start, end) for start, end in key_like(text)))
        )
        report.masks_by_cell[path, number] = known
    return known
