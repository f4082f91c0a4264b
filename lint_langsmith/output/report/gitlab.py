"""`gitlab`: a Code Quality report, which GitLab shows in merge requests.

GitLab shows one entry of a fingerprint only, and not `check_name`: so fingerprints are told apart, and the description
begins with the code.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from lint_langsmith.findings import Severity
from lint_langsmith.output.printable import valid
from lint_langsmith.output.report.base import Report
from lint_langsmith.rules import registry
from lint_langsmith.source.fingerprint import fingerprint

_SEVERITIES: Final = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def write(report: Report) -> str:
    """The array; empty when nothing is found, so that GitLab sees that the job ran."""
    seen: dict[str, int] = {}
    return (
        json.dumps(
            [_entry(report, index, seen) for index in range(len(report.findings))], indent=2
        )
        + "\n"
    )


def _entry(report: Report, index: int, seen: dict[str, int]) -> dict[str, Any]:
    finding = report.findings[index]
    path = valid(report.in_repository(report.absolute(index)))
    origin = finding.origin
    identity = (
        fingerprint(finding, report.text(index), report.secrets(index))
        if origin is None
        else origin.identity
    )
    known = f"{path}\0{identity}"
    seen[known] = seen.get(known, 0) + 1
    unique = hashlib.sha256(f"{known}\0{seen[known]}".encode(errors="replace")).hexdigest()[:32]
    help_ = f" ({finding.help})" if finding.help else ""
    return {
        "description": valid(f"{finding.code}: {finding.message}{help_}"),
        "check_name": finding.name,
        "fingerprint": unique,
        "severity": "critical"
        if finding.code in registry.secret_codes()
        else _SEVERITIES[finding.severity],
        "location": {
            "path": path,
            "lines": {"begin": finding.span.line, "end": finding.span.end_line},
        },
    }
