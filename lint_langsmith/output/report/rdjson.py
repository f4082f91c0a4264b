"""`rdjson`: reviewdog's diagnostic format. Its columns count UTF-8 bytes, from 1, ends exclusive."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from lint_langsmith.findings import DOCS_URL, Severity, Span
from lint_langsmith.output.report.base import Report, lines_of

_SEVERITIES: Final = {
    Severity.ERROR: "ERROR",
    Severity.WARNING: "WARNING",
    Severity.INFO: "INFO",
}


def write(report: Report) -> str:
    """The object, indented."""
    content = {
        "source": {"name": "lint-langsmith", "url": DOCS_URL},
        "diagnostics": [_diagnostic(report, index) for index in range(len(report.findings))],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _diagnostic(report: Report, index: int) -> dict[str, Any]:
    finding = report.findings[index]
    lines = report.lines(index)
    help_ = f"\n{finding.help}" if finding.help else ""
    diagnostic: dict[str, Any] = {
        "message": f"{finding.message}{help_}",
        "location": {"path": report.shown(index), "range": _range(finding.span, lines)},
        "severity": _SEVERITIES[finding.severity],
        "code": {"value": finding.code, "url": finding.url},
    }
    # Of a fix with several edits a reviewer could take the half, so only whole ones are suggested.
    if finding.fix is not None and len(finding.fix.edits) == 1:
        (edit,) = finding.fix.edits
        diagnostic["suggestions"] = [{"range": _range(edit.span, lines), "text": edit.content}]
    if finding.related:
        diagnostic["related_locations"] = [
            {
                "message": related.message,
                "location": {
                    "path": report.near(report.roots[index] / related.path),
                    "range": _range(related.span, _lines(report, index, related.path)),
                },
            }
            for related in finding.related
        ]
    return diagnostic


def _lines(report: Report, index: int, path: str) -> Sequence[str]:
    return lines_of(report.sources(report.roots[index], path) or "")


def _range(span: Span, lines: Sequence[str]) -> dict[str, Any]:
    return {
        "start": {"line": span.line, "column": _in_bytes(span.line, span.column, lines)},
        "end": {
            "line": span.end_line,
            "column": _in_bytes(span.end_line, span.end_column, lines),
        },
    }


def _in_bytes(line: int, column: int, lines: Sequence[str]) -> int:
    """A column in code points as one in bytes."""
    if not 1 <= line <= len(lines):
        return column
    before = lines[line - 1][: column - 1]
    return len(before.encode("utf-8", errors="replace")) + column - len(before)
