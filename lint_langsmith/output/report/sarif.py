"""`sarif`: SARIF 2.1.0, as GitHub code scanning wants it.

GitHub takes 25,000 results of a run and 100 locations of a result, reads paths relative to the repository and the
fingerprint `primaryLocationLineHash`, and shows neither fixes nor snippets; other viewers show the fixes.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from lint_langsmith import __version__
from lint_langsmith.findings import DOCS_URL, Finding, Fix, Persona, Related, Severity, Span
from lint_langsmith.output.report.base import Report
from lint_langsmith.redaction import redact
from lint_langsmith.rules import registry
from lint_langsmith.rules.registry import Rule
from lint_langsmith.source.fingerprint import fingerprint, line_hashes

_SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PROBLEMS: Final = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "recommendation",
}
_PRECISIONS: Final = {
    Persona.REGULAR: "high",
    Persona.PEDANTIC: "medium",
    Persona.AUDITOR: "low",
}
# Above 7.0 GitHub calls an alert of high severity, above 4.0 of medium.
_SECURITY: Final = {Severity.ERROR: "8.9", Severity.WARNING: "6.5", Severity.INFO: "3.0"}
_RESULTS: Final = 25_000
_LOCATIONS: Final = 100
_TEXT: Final = 1024


def write(report: Report) -> str:
    """The log with one run, indented."""
    rules = _rules(report)
    found = {finding.code for finding in report.findings}
    numbers = {rule.code: number for number, rule in enumerate(rules)}
    by_severity = sorted(
        range(len(report.findings)), key=lambda index: -report.findings[index].severity
    )
    order = sorted(by_severity[:_RESULTS])
    run = {
        "tool": {
            "driver": {
                "name": "lint-langsmith",
                "informationUri": DOCS_URL,
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(rule, is_found=rule.code in found) for rule in rules],
            }
        },
        "invocations": [_invocation(report, len(order))],
        "columnKind": "unicodeCodePoints",
        "results": [_result(report, index, numbers) for index in order],
    }
    return (
        json.dumps(
            {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]},
            indent=1,
            ensure_ascii=False,
        )
        + "\n"
    )


# -- rules -----------------------------------------------------------------------------------------------------------


def _rules(report: Report) -> Sequence[Rule]:
    """The rules that ran, whatever they found: GitHub takes one that is missing for one that was switched off."""
    codes = {rule.code for rule in report.rules()} | {
        finding.code for finding in report.findings
    }
    return [rule for rule in registry.all_rules() if rule.code in codes]


def _rule(rule: Rule, *, is_found: bool) -> dict[str, Any]:
    """A rule. Pages are many times as long as findings: only those of rules that found something are in the log."""
    short = {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": _cut(rule.summary)},
        "helpUri": f"{DOCS_URL}/rules/{rule.name}/",
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }
    if not is_found:
        return short
    what = re.search(r"## What it does\n(.*?)\n\n", rule.doc + "\n\n", re.DOTALL)
    about = " ".join(what[1].split()) if what else rule.summary
    return {
        **short,
        "fullDescription": {"text": _cut(about)},
        "help": {"text": f"{rule.summary}. {short['helpUri']}", "markdown": rule.doc},
        "properties": _properties(rule),
    }


def _properties(rule: Rule) -> dict[str, Any]:
    weaknesses = [
        f"external/cwe/cwe-{number}"
        for number in sorted(set(re.findall(r"CWE-(\d+)", rule.doc)))
    ]
    is_secret = rule.is_about_secrets
    properties: dict[str, Any] = {
        "tags": [*(["security"] if is_secret else []), "langsmith", *weaknesses],
        "precision": _PRECISIONS[rule.persona],
        "problem.severity": _PROBLEMS[rule.severity],
    }
    if is_secret:
        properties["security-severity"] = _SECURITY[rule.severity]
    return properties


def _cut(text: str) -> str:
    return text if len(text) <= _TEXT else text[: _TEXT - 1] + "…"


# -- results ---------------------------------------------------------------------------------------------------------


def _result(report: Report, index: int, numbers: dict[str, int]) -> dict[str, Any]:
    finding = report.findings[index]
    related = finding.related[:_LOCATIONS]
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": numbers.get(finding.code, -1),
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(finding, related)},
        "locations": [
            {"physicalLocation": _place(report, report.absolute(index), finding.span)}
        ],
        "partialFingerprints": _fingerprints(report, index),
    }
    if finding.origin is not None:
        result["properties"] = {"commit": finding.origin.commit, "date": finding.origin.date}
    if related:
        result["relatedLocations"] = [
            {"id": number, **_related(report, index, item)}
            for number, item in enumerate(related, start=1)
        ]
    steps = sorted((item for item in related if item.step), key=lambda item: item.step)
    if steps:
        result["codeFlows"] = [{"threadFlows": [{"locations": _flow(report, index, steps)}]}]
    if finding.fix is not None:
        result["fixes"] = [_fix(report, index, finding.fix)]
    return result


def _message(finding: Finding, related: Sequence[Related]) -> str:
    """The message as a sentence that stands alone, then the help, then links to the related places."""
    parts = [f"{finding.message}."]
    if finding.help:
        parts.append(f"{finding.help[0].upper()}{finding.help[1:]}.")
    parts += [
        f"[{_escaped(item.message)}]({number})." for number, item in enumerate(related, start=1)
    ]
    return "\n".join(parts)


def _escaped(text: str) -> str:
    """The text of a link in a plain message (SARIF 3.11.6)."""
    return re.sub(r"([\\\[\]])", r"\\\1", text.replace("\n", " "))


def _place(report: Report, path: Path, span: Span) -> dict[str, Any]:
    return {"artifactLocation": {"uri": _uri(report, path)}, "region": _region(span)}


def _uri(report: Report, path: Path) -> str:
    """Relative to the repository, percent-encoded; a file outside of it by its absolute URI."""
    path = Path(redact(path.as_posix()))
    if path.is_relative_to(report.base):
        return _quoted(path.relative_to(report.base))
    return "file://" + _quoted(path)


def _quoted(path: Path) -> str:
    """The path as a part of an address: bytes that are no UTF-8 (Linux), halves of characters (Windows) as they are."""
    name = path.as_posix()
    try:
        return quote(name, safe="/", errors="surrogateescape")
    except UnicodeEncodeError:
        return quote(name, safe="/", errors="surrogatepass")


def _region(span: Span) -> dict[str, int]:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _related(report: Report, index: int, related: Related) -> dict[str, Any]:
    place = _place(report, report.roots[index] / related.path, related.span)
    return {"physicalLocation": place, "message": {"text": related.message}}


def _flow(report: Report, index: int, steps: Sequence[Related]) -> list[dict[str, Any]]:
    """The way of an exception from the entry point to where it is raised; viewers show it step by step."""
    return [{"location": _related(report, index, step)} for step in steps]


def _fingerprints(report: Report, index: int) -> dict[str, str]:
    finding = report.findings[index]
    if finding.origin is not None:
        return {"lintLangsmith/v1": finding.origin.identity}
    found = {
        "lintLangsmith/v1": fingerprint(finding, report.text(index), report.secrets(index))
    }
    content = report.contents(report.roots[index], finding.path)
    hashes = _line_hashes(content) if content is not None else []
    if finding.span.line <= len(hashes):
        found["primaryLocationLineHash"] = hashes[finding.span.line - 1]
    return found


@functools.lru_cache(maxsize=8)
def _line_hashes(content: bytes) -> list[str]:
    return line_hashes(content)


def _fix(report: Report, index: int, fix: Fix) -> dict[str, Any]:
    replacements = [
        {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.content}}
        for edit in fix.edits
    ]
    location = {"uri": _uri(report, report.absolute(index))}
    return {
        "description": {"text": fix.title},
        "artifactChanges": [{"artifactLocation": location, "replacements": replacements}],
    }


# -- the run itself --------------------------------------------------------------------------------------------------


def _invocation(report: Report, shown: int) -> dict[str, Any]:
    notifications = [
        {
            "level": "error",
            "message": {"text": f"{finding.message}."},
            "locations": [
                {"physicalLocation": _place(report, report.absolute(index), finding.span)}
            ],
        }
        for index, finding in enumerate(report.findings)
        if finding.code in {"LS900", "LS999"}
    ]
    if shown < len(report.findings):
        text = f"{len(report.findings) - shown} results were left out: GitHub takes {_RESULTS} of a run."
        notifications.append({"level": "warning", "message": {"text": text}})
    return {
        "executionSuccessful": not report.failed,
        "workingDirectory": {"uri": "file://" + _quoted(report.base) + "/"},
        "toolExecutionNotifications": notifications,
    }
