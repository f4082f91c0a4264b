"""`jsonl`: one JSON object per line and finding, as `json` has it, for tools that read as they go."""

from __future__ import annotations

import json

from lint_langsmith.report import Report
from lint_langsmith.report.json import finding_object


def write(report: Report) -> str:
    """The lines; none when nothing is found."""
    return "".join(f"{json.dumps(finding_object(finding), ensure_ascii=False)}\n" for finding in report.findings)
