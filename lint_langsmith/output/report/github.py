"""`github`: workflow commands that GitHub Actions turns into annotations of a pull request's lines.

Encoded as the runner decodes (ActionCommand.cs): it keeps ten annotations of a severity in a step, drops columns of
spans over several lines, and takes a relative path as relative to the repository. So paths are relative: an absolute
one of a container, or of a checkout in a folder of the workspace, would lead nowhere.
"""

from __future__ import annotations

from typing import Final

from lint_langsmith.findings import Finding, Severity
from lint_langsmith.output.printable import one_line
from lint_langsmith.output.report.base import Report, summary
from lint_langsmith.output.report.places import place

_COMMANDS: Final = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "notice",
}
_SHOWN: Final = 10
_LONGEST: Final = 4000


def write(report: Report) -> str:
    """The commands, the most important first, and plain lines for what the runner would not show."""
    lines: list[str] = []
    order = sorted(
        range(len(report.findings)), key=lambda index: -report.findings[index].severity
    )
    for severity in (Severity.ERROR, Severity.WARNING, Severity.INFO):
        of_kind = [index for index in order if report.findings[index].severity is severity]
        lines += [_command(report, index) for index in of_kind[:_SHOWN]]
        lines += [_plain(report, index) for index in of_kind[_SHOWN:]]
        if len(of_kind) > _SHOWN:
            count = len(of_kind) - _SHOWN
            lines.append(
                f"and {count} more of severity {severity.label}: GitHub shows {_SHOWN} of a kind in a step"
            )
    if report.findings:
        lines.append(summary(report))
    return "".join(f"{line}\n" for line in lines)


def _command(report: Report, index: int) -> str:
    finding = report.findings[index]
    properties = {
        "title": f"{finding.code} {finding.name}",
        "file": report.in_repository(report.absolute(index)),
        "line": str(finding.span.line),
        "endLine": str(finding.span.end_line),
    }
    if (
        finding.span.line == finding.span.end_line
        and finding.span.end_column > finding.span.column
    ):
        properties |= {
            "col": str(finding.span.column),
            "endColumn": str(finding.span.end_column),
        }
    head = ",".join(f"{key}={escape_property(value)}" for key, value in properties.items())
    return f"::{_COMMANDS[finding.severity]} {head}::{escape_message(_message(report, index, finding))}"


def _message(report: Report, index: int, finding: Finding) -> str:
    text = f"{place(report, index)}: {finding.code} {finding.message}"
    if finding.help:
        text += f"\nhelp: {finding.help}"
    text = f"{text}\n{finding.url}"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _plain(report: Report, index: int) -> str:
    finding = report.findings[index]
    return f"{place(report, index)}: {finding.code} {finding.name} {one_line(finding.message)}"


def escape_message(text: str) -> str:
    """Encode the text behind the second `::`."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """Encode the value of a property."""
    return escape_message(text).replace(":", "%3A").replace(",", "%2C")
