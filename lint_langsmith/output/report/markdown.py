"""`markdown`: a table of the findings, for step summaries and comments on pull requests."""

from __future__ import annotations

import re
from typing import Final

from lint_langsmith.output.printable import one_line
from lint_langsmith.output.report.base import Report, summary
from lint_langsmith.output.report.places import place

# GitHub takes 1 MiB of a step's summary, and nothing of a longer one.
_LARGEST: Final = 900_000


def write(report: Report) -> str:
    """A heading, a summary, and a row per finding, the most severe first."""
    lines = ["### lint-langsmith", "", f"{_sentence(summary(report))}."]
    if report.findings:
        lines += ["", "| | rule | place | finding |", "| --- | --- | --- | --- |"]
    order = sorted(
        range(len(report.findings)), key=lambda index: -report.findings[index].severity
    )
    size = 0
    for count, index in enumerate(order):
        row = _row(report, index)
        size += len(row.encode("utf-8", errors="replace")) + 1
        if size > _LARGEST:
            lines += ["", f"… and {len(order) - count} more."]
            break
        lines.append(row)
    return "".join(f"{line}\n" for line in lines)


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _row(report: Report, index: int) -> str:
    finding = report.findings[index]
    help_ = f"<br>{cell(finding.help)}" if finding.help else ""
    rule = f"[{finding.code} {finding.name}]({finding.url})"
    return f"| {finding.severity.label} | {rule} | {code(place(report, index))} | {cell(finding.message)}{help_} |"


def cell(text: str) -> str:
    """Text in a cell of a table: what is between backticks is code, the rest is no Markdown and no HTML."""
    text = one_line(text)
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return _plain(text)
    return "".join(
        code(part) if index % 2 else _plain(part) for index, part in enumerate(parts)
    )


def code(text: str) -> str:
    """Text as code, also when it holds backticks; a bar is escaped even there."""
    text = one_line(text).replace("|", "\\|")
    longest = max((len(ticks) for ticks in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    space = " " if longest or not text.strip() else ""
    return f"{fence}{space}{text}{space}{fence}" if text else ""


def _plain(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|#~@!])", r"\\\1", text)
