"""`concise`: a line per finding, as editors and eyes read it: `path:line:column: CODE name [*] message`."""

from __future__ import annotations

from lint_langsmith.findings import Finding
from lint_langsmith.output.printable import one_line
from lint_langsmith.output.report.base import Report, closing
from lint_langsmith.output.report.places import place
from lint_langsmith.output.terminal import link


def write(report: Report) -> str:
    """The lines, and a summary when there is something to sum up."""
    lines = []
    for index, finding in enumerate(report.findings):
        lines.append(
            f"{place(report, index)}: {title(report, finding)} {one_line(finding.message)}"
        )
    lines.extend(closing(report))
    return "".join(f"{line}\n" for line in lines)


def title(report: Report, finding: Finding) -> str:
    """Code and name, with a mark when `--fix` would fix it; a link to the rule's page where links are taken."""
    rule = f"{finding.code} {finding.name}"
    return f"{link(finding.url, rule) if report.links else rule}{' [*]' if report.is_fixable(finding) else ''}"
