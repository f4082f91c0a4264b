"""`grouped`: the findings under the path of their file."""

from __future__ import annotations

from lint_langsmith.output.printable import one_line, safe_path
from lint_langsmith.output.report.base import Report, by_file, closing
from lint_langsmith.output.report.concise import title
from lint_langsmith.output.report.places import position


def write(report: Report) -> str:
    """A path, its findings indented with their places in a column, a blank line; and a summary."""
    lines: list[str] = []
    for path, indices in by_file(report).items():
        lines.append(f"{safe_path(report.near(path))}:")
        found = [report.findings[index] for index in indices]
        places = [
            position(report, report.roots[index], finding.path, finding.span)
            for index, finding in zip(indices, found, strict=True)
        ]
        width = max(map(len, places))
        for place, finding in zip(places, found, strict=True):
            lines.append(
                f"  {place:<{width}}  {title(report, finding)} {one_line(finding.message)}"
            )
        lines.append("")
    lines.extend(closing(report))
    return "".join(f"{line}\n" for line in lines)
