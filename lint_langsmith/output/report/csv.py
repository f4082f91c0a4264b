"""`csv`: a table for spreadsheets, with a line of column names; RFC 4180, UTF-8."""

from __future__ import annotations

import csv
import io
from typing import Final

from lint_langsmith.output.printable import one_line
from lint_langsmith.output.report.base import Report

COLUMNS: Final = (
    "path",
    "line",
    "column",
    "code",
    "name",
    "severity",
    "message",
    "help",
    "fixable",
    "url",
    "cell",
)
# A spreadsheet runs a cell that begins with one of these as a formula; with a quote before it, it is text
# (OWASP, "CSV Injection").
_FORMULA: Final = ("=", "+", "-", "@")


def write(report: Report) -> str:
    """The table; the column names alone when nothing is found. Lines and columns count from 1, in code points."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for index, finding in enumerate(report.findings):
        cells = (
            report.shown(index),
            finding.span.line,
            finding.span.column,
            finding.code,
            finding.name,
            finding.severity.label,
            finding.message,
            finding.help or "",
            "yes" if report.is_fixable(finding) else "no",
            finding.url,
            finding.cell or "",
        )
        table.writerow([plain(str(cell)) for cell in cells])
    return text.getvalue()


def plain(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula, on one line."""
    cell = one_line(cell)
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
