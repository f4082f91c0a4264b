"""`html`: one page that needs nothing else: what was found by rule and by file, and the source around each finding."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from lint_langsmith.findings import Applicability, Severity, Span
from lint_langsmith.output.printable import counted
from lint_langsmith.output.report.base import Report, by_file, summary
from lint_langsmith.output.report.full import masked_cells
from lint_langsmith.output.report.html_page import page, prose, text
from lint_langsmith.output.report.places import (
    Excerpt,
    excerpt,
    excerpt_of,
    place_of,
    position,
)

_AROUND = 2
_MOST_LINES = 12
_WIDEST = 300


def write(report: Report) -> str:
    """The page. Nothing in it is loaded from elsewhere or run; it follows the reader's light or dark mode."""
    body = [
        "<header><h1>lint-langsmith</h1>",
        f'<p class="summary">{prose(summary(report))}</p>',
        _counts(report),
        "</header><main>",
    ]
    if report.findings:
        body += [_by_rule(report), _by_path(report)]
        body += [
            _file(report, path, indices, number)
            for number, (path, indices) in enumerate(by_file(report).items())
        ]
    else:
        body.append('<p class="none">Nothing was found.</p>')
    return page("lint-langsmith report", "\n".join([*body, "</main>"]))


def _counts(report: Report) -> str:
    boxes = [
        f'<li class="{severity.label}"><b>{report.count(severity)}</b> {_plural(severity, report)}</li>'
        for severity in (Severity.ERROR, Severity.WARNING, Severity.INFO)
    ]
    return f'<ul class="counts">{"".join(boxes)}</ul>'


def _plural(severity: Severity, report: Report) -> str:
    return (
        severity.label
        if report.count(severity) == 1 or severity is Severity.INFO
        else f"{severity.label}s"
    )


def _by_rule(report: Report) -> str:
    counts = Counter((finding.code, finding.name, finding.url) for finding in report.findings)
    worst: dict[str, Severity] = {}
    for finding in report.findings:
        worst[finding.code] = max(finding.severity, worst.get(finding.code, finding.severity))
    rows = [
        f'<tr><td><span class="tag {worst[code].label}">{worst[code].label}</span></td>'
        f'<td><a href="{text(url)}">{text(code)} {text(name)}</a></td><td class="number">{count}</td></tr>'
        for (code, name, url), count in sorted(
            counts.items(), key=lambda item: (-worst[item[0][0]], item[0])
        )
    ]
    head = "<tr><th>severity</th><th>rule</th><th>findings</th></tr>"
    return f"<section><h2>By rule</h2><table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table></section>"


def _by_path(report: Report) -> str:
    rows = [
        f'<tr><td><a href="#file-{number}">{text(report.near(path))}</a></td>'
        f'<td class="number">{len(indices)}</td></tr>'
        for number, (path, indices) in enumerate(by_file(report).items())
    ]
    head = "<tr><th>file</th><th>findings</th></tr>"
    return f"<section><h2>By file</h2><table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table></section>"


def _file(report: Report, path: Path, indices: Iterable[int], number: int) -> str:
    findings = "\n".join(_finding(report, index) for index in indices)
    return f'<section class="file" id="file-{number}"><h2>{text(report.near(path))}</h2>\n{findings}</section>'


def _finding(report: Report, index: int) -> str:
    finding = report.findings[index]
    where = position(report, report.roots[index], finding.path, finding.span)
    fixable = '<span class="tag fixable">fixable</span>' if report.is_fixable(finding) else ""
    heading = (
        f'<span class="tag {finding.severity.label}">{finding.severity.label}</span>{fixable} '
        f'<a href="{text(finding.url)}">{text(finding.code)} {text(finding.name)}</a> '
        f'<span class="place">{where}</span>'
    )
    parts = [
        f'<article class="{finding.severity.label}" id="finding-{index}"><h3>{heading}</h3>',
        f'<p class="message">{prose(finding.message)}</p>',
        _excerpt(excerpt_of(report, index)),
    ]
    if finding.help:
        parts.append(f'<p class="help"><b>Help:</b> {prose(finding.help)}</p>')
    if finding.fix is not None:
        safety = "" if finding.fix.applicability is Applicability.SAFE else " (unsafe)"
        parts.append(f'<p class="help"><b>Fix{safety}:</b> {prose(finding.fix.title)}</p>')
    if finding.related:
        parts.append(_related(report, index))
    return "\n".join([*parts, "</article>"])


def _related(report: Report, index: int) -> str:
    """The related places; the way of an exception in order, each with its line."""
    root = report.roots[index]
    items = []
    for related in report.findings[index].related:
        where = place_of(report, root, related.path, related.span)
        source = _excerpt(excerpt(report, root, related.path, related.span), around=0)
        items.append(
            f'<li><span class="place">{text(where)}</span> {prose(related.message)}{source}</li>'
        )
    kind = "ol" if any(related.step for related in report.findings[index].related) else "ul"
    opened = " open" if len(items) <= 5 else ""
    label = counted(len(items), "related place")
    return f"<details{opened}><summary>{label}</summary><{kind}>{''.join(items)}</{kind}></details>"


def _excerpt(shown: Excerpt, around: int = _AROUND) -> str:
    """The lines of a span and some around it, the span marked, secrets masked."""
    lines, span, secrets = shown
    if not any(lines) or not 1 <= span.line <= len(lines):
        return ""
    first = max(1, span.line - around)
    last = min(len(lines) - (not lines[-1]), span.end_line + around, span.line + _MOST_LINES)
    rows = [
        _row(lines[number - 1], number, span, secrets.on(number))
        for number in range(first, last + 1)
    ]
    return f'<pre class="source"><code>{"".join(rows)}</code></pre>'


def _row(line: str, number: int, span: Span, secrets: list[Span]) -> str:
    is_marked = span.line <= number <= span.end_line
    start = (
        (span.column - 1 if number == span.line else len(line) - len(line.lstrip()))
        if is_marked
        else 0
    )
    end = (
        (span.end_column - 1 if number == span.end_line else len(line.rstrip()))
        if is_marked
        else 0
    )
    first = max(0, start - _WIDEST // 2) if len(line) > _WIDEST else 0
    last = min(len(line), first + _WIDEST)
    cells = [html.escape(cell) for cell in masked_cells(line, number, secrets, first, last)]
    parts = ["…" if first else "", *(cells[: start - first] if is_marked else cells)]
    if is_marked:
        inner = cells[start - first : max(0, min(end, last) - first)]
        parts += ["<mark>", *inner, "</mark>", *cells[max(start, end) - first :]]
    parts.append("…" if last < len(line) else "")
    kind = ' class="at"' if number == span.line else ""
    return f"<span{kind}><i>{number}</i>{''.join(parts)}\n</span>"
