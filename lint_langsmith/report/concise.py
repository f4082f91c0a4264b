"""`concise`: a line per finding, as editors and eyes read it: `path:line:column: CODE name [*] message`."""

from __future__ import annotations

from lint_langsmith.findings import Finding
from lint_langsmith.report import Report, closing
from lint_langsmith.terminal import link


def write(report: Report) -> str:
    """The lines, and a summary when there is something to sum up."""
    lines = []
    for index, finding in enumerate(report.findings):
        place = f"{safe_path(report.shown(index))}:{finding.span.line}:{finding.span.column}"
        lines.append(f"{place}: {title(report, finding)} {one_line(finding.message)}")
    lines.extend(closing(report))
    return "".join(f"{line}\n" for line in lines)


def title(report: Report, finding: Finding) -> str:
    """Code and name, with a mark when `--fix` would fix it; a link to the rule's page where links are taken."""
    rule = f"{finding.code} {finding.name}"
    return f"{link(finding.url, rule) if report.links else rule}{' [*]' if report.is_fixable(finding) else ''}"


def safe_path(path: str) -> str:
    """A path that no CI runner takes for a command, and that stays on its line."""
    path = one_line(path)
    return f"./{path}" if path.startswith("::") else path


def one_line(text: str) -> str:
    """Line ends made visible."""
    return text.replace("\r", "\\r").replace("\n", "\\n")
