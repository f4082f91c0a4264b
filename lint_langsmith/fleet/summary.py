"""What a run over many repositories comes to: `summary.csv` and `summary.html`, the worst repositories first."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from lint_langsmith.findings import DOCS_URL, Severity
from lint_langsmith.fleet.jobs import is_fine
from lint_langsmith.fleet.store import Row
from lint_langsmith.output.printable import Medium, counted, printable
from lint_langsmith.output.report.csv import plain
from lint_langsmith.output.report.html_page import page, text

# More rows than these nobody reads in a browser: the table has all.
MOST_ROWS: Final = 1000
COLUMNS: Final = (
    *("repository", "status", "reason", "head", "rule", "name", "severity", "findings"),
    *("before", "change", "keys_at_head", "keys_in_history"),
)


class Totals(NamedTuple):
    """What all rows come to; `change` counts findings against the run before, of the repositories that were in both."""

    repositories: int
    examined: int
    failed: int
    with_findings: int
    keys_at_head: int
    keys_in_history: int
    errors: int
    warnings: int
    infos: int
    change: int


class RuleTotal(NamedTuple):
    """A rule over all repositories."""

    code: str
    name: str
    severity: Severity
    findings: int
    repositories: int
    change: int


class Summary(NamedTuple):
    """All rows, the worst first, with what they come to; `run` is the number of this run, `left` were not looked at."""

    rows: Sequence[Row]
    totals: Totals
    rules: Sequence[RuleTotal]
    run: int
    left: int


def summarized(rows: Iterable[Row], run: int, left: int) -> Summary:
    """The summary of a run; `left` repositories it did not come to."""
    ordered = sorted(rows, key=_badness)
    return Summary(ordered, _totals(ordered, run), _rules(ordered, run), run, left)


def _badness(row: Row) -> tuple[int, int, int, int, int, bool, str]:
    """Keys first, then errors, warnings, infos; what was not examined stands before what is clean."""
    errors, warnings, infos = severities(row)
    return (
        *(-row.keys_at_head, -row.keys_in_history, -errors, -warnings, -infos),
        is_fine(row.status),
        row.repository,
    )


def severities(row: Row) -> tuple[int, int, int]:
    """How many errors, warnings and infos a repository has."""
    found = dict.fromkeys(("error", "warning", "info"), 0)
    for count in row.counts:
        found[count.severity] += count.count
    return found["error"], found["warning"], found["info"]


def before(row: Row, run: int) -> dict[str, int] | None:
    """The findings by rule in the run before; None where that knows nothing of the repository."""
    if row.run != run:
        return row.by_rule  # it was not examined again, since nothing in it has changed
    return None if row.before is None else row.before.counts


def change(row: Row, run: int) -> int | None:
    """How many findings there are more than in the run before."""
    earlier = before(row, run)
    if earlier is None or not is_fine(row.status):
        return None
    return sum(row.by_rule.values()) - sum(earlier.values())


def _totals(rows: Sequence[Row], run: int) -> Totals:
    counts = [severities(row) for row in rows]
    return Totals(
        repositories=len(rows),
        examined=sum(is_fine(row.status) for row in rows),
        failed=sum(not is_fine(row.status) for row in rows),
        with_findings=sum(bool(row.counts) for row in rows),
        keys_at_head=sum(row.keys_at_head for row in rows),
        keys_in_history=sum(row.keys_in_history for row in rows),
        errors=sum(errors for errors, _, _ in counts),
        warnings=sum(warnings for _, warnings, _ in counts),
        infos=sum(infos for _, _, infos in counts),
        change=sum(change(row, run) or 0 for row in rows),
    )


def _rules(rows: Iterable[Row], run: int) -> list[RuleTotal]:
    found: dict[str, RuleTotal] = {}
    for row in rows:
        earlier = before(row, run)
        for count in row.counts:
            known = found.get(count.code) or RuleTotal(
                count.code, count.name, Severity.INFO, 0, 0, 0
            )
            severity = max(known.severity, Severity[count.severity.upper()])
            found[count.code] = known._replace(
                severity=severity, findings=known.findings + count.count
            )
        for code, number in row.by_rule.items():
            known = found[code]
            more = 0 if earlier is None else number - earlier.get(code, 0)
            found[code] = known._replace(
                repositories=known.repositories + 1, change=known.change + more
            )
    return sorted(found.values(), key=lambda rule: (-rule.severity, -rule.findings, rule.code))


# -- the table -------------------------------------------------------------------------------------------------------


def as_csv(summary: Summary) -> str:
    """A line for each repository and rule; one without a rule for a repository without findings."""
    content = io.StringIO()
    table = csv.writer(content, lineterminator="\n")
    table.writerow(COLUMNS)
    for row in summary.rows:
        for cells in _cells(row, summary.run):
            table.writerow([plain(cell) if isinstance(cell, str) else cell for cell in cells])
    return printable(content.getvalue())


def _cells(row: Row, run: int) -> Iterator[tuple[object, ...]]:
    about = (row.repository, row.status, row.reason, row.head)
    keys = (row.keys_at_head, row.keys_in_history)
    earlier = before(row, run)
    codes = {count.code for count in row.counts}
    for count in row.counts:
        yield (
            *(*about, count.code, count.name, count.severity, count.count),
            *(*_against(count.code, row, earlier), *keys),
        )
    for code in sorted(() if earlier is None else earlier):
        if code not in codes and is_fine(row.status):  # all of them are gone
            yield (*about, code, "", "", 0, *_against(code, row, earlier), *keys)
    if not row.counts and not earlier:
        yield (*about, "", "", "", 0, "", "", *keys)


def _against(code: str, row: Row, earlier: dict[str, int] | None) -> tuple[object, object]:
    """The findings of a rule in the run before, and how many there are more now; over all severities of the rule."""
    if earlier is None:
        return "", ""
    was = earlier.get(code, 0)
    return was, row.by_rule.get(code, 0) - was


# -- the page --------------------------------------------------------------------------------------------------------


def as_html(summary: Summary) -> str:
    """The page: what all comes to, what was not examined, each rule, each repository with findings."""
    totals = summary.totals
    failed = [row for row in summary.rows if not is_fine(row.status)]
    found = [
        row for row in summary.rows if row.counts or row.keys_at_head or row.keys_in_history
    ]
    body = [
        "<header><h1>lint-langsmith fleet</h1>",
        f'<p class="summary">{text(sentence(summary))}</p>',
        _boxes(totals),
        "</header><main>",
        _failures(failed),
        _table_of_rules(summary.rules),
        _table_of_repositories(found, summary.run),
        "" if failed or found else '<p class="none">Nothing was found.</p>',
        "</main>",
    ]
    return printable(page("lint-langsmith fleet", "\n".join(filter(None, body))), Medium.HTML)


def sentence(summary: Summary) -> str:
    """The summary in a line."""
    totals = summary.totals
    parts = [
        f"{_repositories(totals.examined)} examined",
        f"{totals.with_findings} with findings",
        *([f"{totals.failed} not examined"] if totals.failed else []),
        f"{counted(totals.keys_at_head, 'key')} at HEAD",
        f"{totals.keys_in_history} more in the history",
        *([f"{summary.left} left by an interruption"] if summary.left else []),
    ]
    return ", ".join(parts)


def _repositories(number: int) -> str:
    return f"{number:,} repository" if number == 1 else f"{number:,} repositories"


def _boxes(totals: Totals) -> str:
    boxes = (
        ("error", totals.keys_at_head, "keys at HEAD"),
        ("error", totals.keys_in_history, "keys in the history alone"),
        ("error", totals.errors, "errors"),
        ("warning", totals.warnings, "warnings"),
        ("info", totals.infos, "info"),
        ("info", _signed(totals.change), "findings since the run before"),
    )
    items = [
        f'<li class="{kind}"><b>{number}</b> {words}</li>' for kind, number, words in boxes
    ]
    return f'<ul class="counts">{"".join(items)}</ul>'


def _signed(number: int | None) -> str:
    if number is None:
        return "new"
    return f"{number:+d}" if number else "0"


def _section(title: str, head: Sequence[str], rows: Sequence[str]) -> str:
    """A table, of which not more rows are shown than anybody reads."""
    if not rows:
        return ""
    cells = "".join(f"<th>{word}</th>" for word in head)
    more = len(rows) - MOST_ROWS
    note = f"<p>{more:,} more are in summary.csv.</p>" if more > 0 else ""
    return (
        f"<section><h2>{title}</h2><table><thead><tr>{cells}</tr></thead>"
        f"<tbody>{''.join(rows[:MOST_ROWS])}</tbody></table>{note}</section>"
    )


def _row(*cells: str) -> str:
    return f"<tr>{''.join(cells)}</tr>"


def _cell(content: object) -> str:
    return f"<td>{text(str(content))}</td>"


def _number(content: object) -> str:
    return f'<td class="number">{text(str(content))}</td>'


def _failures(rows: Sequence[Row]) -> str:
    lines = [_row(_cell(row.repository), _cell(row.status), _cell(row.reason)) for row in rows]
    return _section("Not examined", ("repository", "status", "reason"), lines)


def _table_of_rules(rules: Sequence[RuleTotal]) -> str:
    lines = []
    for rule in rules:
        severity = rule.severity.label
        url = f"{DOCS_URL}/rules/{rule.name}/"
        name = f'<td><a href="{text(url)}">{text(rule.code)} {text(rule.name)}</a></td>'
        tag = f'<td><span class="tag {severity}">{severity}</span></td>'
        numbers = (rule.findings, rule.repositories, _signed(rule.change))
        lines.append(_row(tag, name, *map(_number, numbers)))
    head = ("severity", "rule", "findings", "repositories", "change")
    return _section("By rule", head, lines)


def _table_of_repositories(rows: Sequence[Row], run: int) -> str:
    lines = []
    for row in rows:
        rules = ", ".join(f"{code}: {number}" for code, number in row.by_rule.items())
        numbers = (
            *(row.keys_at_head, row.keys_in_history, *severities(row)),
            _signed(change(row, run)),
        )
        lines.append(_row(_cell(row.repository), _cell(rules), *map(_number, numbers)))
    head = (
        *("repository", "rules", "keys at HEAD", "keys in history", "errors", "warnings"),
        *("info", "change"),
    )
    return _section("By repository", head, lines)
