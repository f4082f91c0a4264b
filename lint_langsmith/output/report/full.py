"""`full`: each finding with its source line, the marked span, related places and help, for reading in a terminal."""

from __future__ import annotations

import unicodedata
from typing import Final

from lint_langsmith.findings import Applicability, Severity, Span
from lint_langsmith.output.printable import counted, one_line
from lint_langsmith.output.report.base import Report, closing, hint
from lint_langsmith.output.report.places import excerpt_of, place, place_of
from lint_langsmith.output.terminal import link

_COLOURS: Final = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.INFO: "36"}
_WIDEST: Final = 140
_TAB: Final = "    "
# Control characters, format characters, halves of surrogate pairs, separators of lines and paragraphs.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def write(report: Report) -> str:
    """The findings, each a block of lines, and a summary."""
    blocks = [_block(report, index) for index in range(len(report.findings))]
    blocks.append("".join(f"{line}\n" for line in (*closing(report), *hint(report))))
    return "\n".join(block for block in blocks if block)


def _block(report: Report, index: int) -> str:
    finding = report.findings[index]
    paint = _Paint(report.colour)
    rule = f"{finding.code} {finding.name}"
    rule = link(finding.url, rule) if report.links else rule
    head = paint(_COLOURS[finding.severity], f"{finding.severity.label}[{rule}]")
    fixable = " [*]" if report.is_fixable(finding) else ""
    lines = [f"{head}{fixable}: {paint('1', one_line(finding.message))}"]
    lines.append(f"  {paint('34', '-->')} {place(report, index)}")
    lines += _excerpt(report, index, paint)
    root = report.roots[index]
    for related in finding.related[:5]:
        where = place_of(report, root, related.path, related.span)
        lines.append(f"   {paint('34', '=')} {where}: {one_line(related.message)}")
    if len(finding.related) > 5:
        more = counted(len(finding.related) - 5, "more place")
        lines.append(f"   {paint('34', '=')} and {more}")
    if finding.help:
        lines.append(f"   {paint('34', '=')} help: {one_line(finding.help)}")
    if finding.fix is not None:
        safety = "" if finding.fix.applicability is Applicability.SAFE else " (unsafe)"
        lines.append(f"   {paint('34', '=')} fix{safety}: {one_line(finding.fix.title)}")
    return "".join(f"{line}\n" for line in lines)


class _Paint:
    """Colours text, or leaves it."""

    def __init__(self, colour: bool) -> None:
        self._colour = colour

    def __call__(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour else text


def _excerpt(report: Report, index: int, paint: _Paint) -> list[str]:
    lines, span, hidden = excerpt_of(report, index)
    if not 1 <= span.line <= len(lines):
        return []
    shown, start, end = marked(lines[span.line - 1], span, hidden.on(span.line))
    number = str(span.line)
    bar = paint("34", "|")
    colour = _COLOURS[report.findings[index].severity]
    mark = " " * start + paint(colour, "^" * max(1, end - start))
    return [f"{number:>5} {bar} {shown}", f"{'':>5} {bar} {mark}"]


def marked(raw: str, span: Span, secrets: list[Span]) -> tuple[str, int, int]:
    """A source line for the terminal, with the columns at which the mark starts and ends.

    Secrets are masked, tabs made blanks, control characters made visible, and long lines cut around the mark.
    """
    start = span.column - 1
    line = raw.rstrip()
    end = span.end_column - 1 if span.end_line == span.line else len(line)
    first = max(0, start - 60) if len(raw) > _WIDEST else 0
    last = max(end, first + _WIDEST) if end - first < 2 * _WIDEST else first + _WIDEST
    cells = [
        cell.replace("\t", _TAB) for cell in masked_cells(line, span.line, secrets, first, last)
    ]
    lead = "…" if first else ""
    tail = "…" if last < len(line) else ""
    before = lead + "".join(cells[: start - first])
    middle = "".join(cells[start - first : max(0, min(end, last) - first)])
    return lead + "".join(cells) + tail, _width(before), _width(before) + _width(middle)


def masked_cells(
    line: str, number: int, secrets: list[Span], first: int, last: int
) -> list[str]:
    """The characters of a line from `first` to before `last`, 0-based, as they may be shown.

    `*` stands for what is secret; control characters are made visible. Only what is shown is looked at: a line may hold
    thousands of keys, and is shown for each of them.
    """
    secrets = [secret for secret in secrets if _overlaps(secret, number, first, last)]
    cells: list[str] = []
    for position, character in enumerate(line[first:last], start=first):
        hidden = any(_covers(secret, number, position + 1) for secret in secrets)
        visible = character == "\t" or unicodedata.category(character) not in _UNSEEN
        cells.append("*" if hidden else character if visible else "�")
    return cells


def _overlaps(secret: Span, line: int, first: int, last: int) -> bool:
    """Whether a span has a part between two 0-based columns of a line."""
    return (secret.line, secret.column) <= (line, last) and (
        secret.end_line,
        secret.end_column,
    ) > (line, first + 1)


def _covers(secret: Span, line: int, column: int) -> bool:
    return (secret.line, secret.column) <= (line, column) < (secret.end_line, secret.end_column)


def _width(text: str) -> int:
    """The columns that a terminal needs: wide characters take two, combining ones none."""
    return sum(
        0
        if unicodedata.combining(item)
        else 2
        if unicodedata.east_asian_width(item) in {"W", "F"}
        else 1
        for item in text
    )
