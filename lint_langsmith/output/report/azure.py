"""`azure`: logging commands that Azure Pipelines turns into issues of a run.

Encoded as the agent decodes (azure-pipelines-agent, Command.cs): `;` and `]` end a property, `%` is `%AZP25`. Paths are
relative to the repository, as the agent makes them of absolute ones that lie below the folder of the sources.
"""

from __future__ import annotations

from typing import Final

from lint_langsmith.findings import Severity
from lint_langsmith.output.report.base import Report

# The agent knows these two kinds of issues only.
_TYPES: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "warning"}


def write(report: Report) -> str:
    """The commands; none when nothing is found."""
    return "".join(f"{_command(report, index)}\n" for index in range(len(report.findings)))


def _command(report: Report, index: int) -> str:
    finding = report.findings[index]
    properties = {
        "type": _TYPES[finding.severity],
        "sourcepath": report.in_repository(report.absolute(index)),
        "linenumber": str(finding.span.line),
        "columnnumber": str(finding.span.column),
        "code": finding.code,
    }
    head = "".join(f"{key}={escape_property(value)};" for key, value in properties.items())
    text = f"{finding.name}: {finding.message}"
    if finding.help:
        text += f"; {finding.help}"
    return f"##vso[task.logissue {head}]{escape_message(text)}"


def escape_message(text: str) -> str:
    """Encode the text behind the bracket."""
    return text.replace("%", "%AZP25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """Encode the value of a property."""
    return escape_message(text).replace("]", "%5D").replace(";", "%3B")
