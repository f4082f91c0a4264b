"""`pylint`: pylint's parseable lines, `path:line: [CODE(name)] message`, which many CI servers read."""

from __future__ import annotations

from lint_langsmith.output.printable import one_line, safe_path
from lint_langsmith.output.report.base import Report


def write(report: Report) -> str:
    """The lines; none when nothing is found."""
    return "".join(
        f"{safe_path(report.shown(index))}:{finding.span.line}: [{finding.code}({finding.name})] "
        f"{one_line(finding.message)}\n"
        for index, finding in enumerate(report.findings)
    )
