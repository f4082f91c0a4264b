"""`junit`: JUnit XML, a suite per file and a test case per finding, for CI servers that know tests only."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Final
from xml.etree import ElementTree as ET

from lint_langsmith import lazy_re
from lint_langsmith.output.printable import valid
from lint_langsmith.output.report.base import Report, by_file
from lint_langsmith.output.report.places import place

# Not even escaped may these stand in XML 1.0.
_ILLEGAL: Final = lazy_re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What kept us from looking is an error, what we saw a failure.
_ERRORS: Final = frozenset({"LS900", "LS999"})


def write(report: Report) -> str:
    """The document; a test that passes stands for a run that found nothing, since many servers refuse an empty one."""
    errors = sum(finding.code in _ERRORS for finding in report.findings)
    top = ET.Element(
        "testsuites", {"name": "lint-langsmith", **_counts(len(report.findings), errors)}
    )
    for path, indices in by_file(report).items():
        _suite(top, report, path, indices)
    if not report.findings:
        suite = ET.SubElement(
            top, "testsuite", {"name": "lint-langsmith", **_counts(0, 0, passed=1)}
        )
        ET.SubElement(suite, "testcase", name="no findings", classname="lint-langsmith")
        top.set("tests", "1")
    ET.indent(top)
    return f"<?xml version='1.0' encoding='utf-8'?>\n{ET.tostring(top, encoding='unicode')}\n"


def _counts(found: int, errors: int, passed: int = 0) -> dict[str, str]:
    return {
        "tests": str(found + passed),
        "failures": str(found - errors),
        "errors": str(errors),
        "skipped": "0",
    }


def _suite(top: ET.Element, report: Report, path: Path, indices: list[int]) -> None:
    name = _legal(report.near(path))
    errors = sum(report.findings[index].code in _ERRORS for index in indices)
    suite = ET.SubElement(top, "testsuite", {"name": name, **_counts(len(indices), errors)})
    for index in indices:
        finding = report.findings[index]
        case = ET.SubElement(
            suite,
            "testcase",
            name=f"{finding.code} {finding.name}",
            classname=PurePosixPath(name).with_suffix("").as_posix(),
            file=name,
            line=str(finding.span.line),
        )
        kind = "error" if finding.code in _ERRORS else "failure"
        failure = ET.SubElement(case, kind, type=finding.code, message=_legal(finding.message))
        help_ = f"\n{finding.help}" if finding.help else ""
        failure.text = _legal(
            f"{place(report, index)}: {finding.severity.label}: {finding.message}{help_}\n{finding.url}"
        )


def _legal(text: str) -> str:
    return _ILLEGAL.sub("�", valid(text))
