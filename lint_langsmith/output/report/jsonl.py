"""`jsonl`: one JSON object per line and finding, as `json` has it, for tools that read as they go."""

from __future__ import annotations

import json

from lint_langsmith.output.report.base import Report
from lint_langsmith.output.report.json import objects


def write(report: Report) -> str:
    """The lines; none when nothing is found."""
    return "".join(f"{json.dumps(item, ensure_ascii=False)}\n" for item in objects(report))
