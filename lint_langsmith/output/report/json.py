"""`json`: one object with everything, versioned."""

from __future__ import annotations

import json
from typing import Any

from lint_langsmith.findings import Finding, Fix, Severity
from lint_langsmith.output.report.base import Report
from lint_langsmith.redaction import redact

SCHEMA_VERSION = 1


def write(report: Report) -> str:
    """The object, indented; positions are 1-based code points, ends exclusive.

    Paths are relative to `root`, the root of the finding's project, which a terminal can open from where it is: a run
    over several projects has files of the same path.
    """
    content = {
        "schema_version": SCHEMA_VERSION,
        "findings": objects(report),
        "summary": {
            "errors": report.count(Severity.ERROR),
            "warnings": report.count(Severity.WARNING),
            "infos": report.count(Severity.INFO),
            "files": report.files,
            "hidden": report.hidden,
            "rules": _by_rule(report),
        },
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def objects(report: Report) -> list[dict[str, Any]]:
    """The findings as JSON has them."""
    return [
        _object(finding, report.near(report.roots[index]))
        for index, finding in enumerate(report.findings)
    ]


def _object(finding: Finding, root: str) -> dict[str, Any]:
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.label,
        "persona": finding.persona.label,
        "message": finding.message,
        "help": finding.help,
        "path": redact(finding.path),
        "line": finding.span.line,
        "column": finding.span.column,
        "end_line": finding.span.end_line,
        "end_column": finding.span.end_column,
        "cell": finding.cell,
        "related": [
            {
                "path": redact(related.path),
                "line": related.span.line,
                "column": related.span.column,
                "message": related.message,
                "step": related.step,
            }
            for related in finding.related
        ],
        "fix": _fix(finding.fix),
        "url": finding.url,
        "root": root,
    }


def _fix(fix: Fix | None) -> dict[str, Any] | None:
    if fix is None:
        return None
    edits = [
        {
            "line": edit.span.line,
            "column": edit.span.column,
            "end_line": edit.span.end_line,
            "end_column": edit.span.end_column,
            "content": edit.content,
        }
        for edit in fix.edits
    ]
    return {"title": fix.title, "applicability": fix.applicability.value, "edits": edits}


def _by_rule(report: Report) -> dict[str, int]:
    counts: dict[str, int] = {}
    for finding in report.findings:
        counts[finding.code] = counts.get(finding.code, 0) + 1
    return dict(sorted(counts.items()))
