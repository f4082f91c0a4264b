"""Reports: one writer per format, each a pure function from a `Report` to text. The last thing it does is to redact."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from lint_langsmith.findings import Finding, Severity, redact


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a run as reports see it.

    `sources` gives the text of a file by its root and path, `roots` the project root of each finding (same order).
    `hidden` counts the findings that other personas would see; `files` those that were looked at; `unsafe` says
    whether unsafe fixes count.
    """

    findings: tuple[Finding, ...]
    roots: tuple[Path, ...]
    sources: Callable[[Path, str], str | None]
    cwd: Path
    files: int
    hidden: int = 0
    colour: bool = False
    unsafe: bool = False

    def is_fixable(self, finding: Finding) -> bool:
        """Whether `--fix`, with the other options as they are, would fix a finding."""
        return finding.is_fixable(unsafe=self.unsafe)

    def count(self, severity: Severity) -> int:
        """How many findings have a severity."""
        return sum(finding.severity is severity for finding in self.findings)

    def absolute(self, index: int) -> Path:
        """The absolute path of a finding's file."""
        return self.roots[index] / self.findings[index].path

    def shown(self, index: int) -> str:
        """The path of a finding's file as a terminal can open it: relative to the working directory if it is below."""
        return self.near(self.absolute(index))

    def near(self, path: Path) -> str:
        """An absolute path as a terminal can open it."""
        return path.relative_to(self.cwd).as_posix() if path.is_relative_to(self.cwd) else path.as_posix()


Writer: TypeAlias = Callable[[Report], str]


class UnknownFormatError(Exception):
    """A format or template field that does not exist."""


def writer(name: str) -> Writer:
    """The writer of a format, or of a template (which is what holds a brace).

    Raises:
        UnknownFormatError: there is no such format or field; the message names the nearest one.
    """
    if "{" in name:
        from lint_langsmith.report.template import template  # noqa: PLC0415 - loaded when it is used

        return _redacted(template(name))
    module = FORMATS.get(name)
    if module is None:
        near = difflib.get_close_matches(name, FORMATS, n=1, cutoff=0.4)
        hint = f", did you mean `{near[0]}`?" if near else ""
        raise UnknownFormatError(
            f"unknown output format `{name}`{hint} (there are: {', '.join(FORMATS)}, or a template)"
        )
    return _redacted(module())


def _redacted(write: Writer) -> Writer:
    return lambda report: redact(write(report))


def _full() -> Writer:
    from lint_langsmith.report.full import write  # noqa: PLC0415 - loaded when it is used

    return write


def _concise() -> Writer:
    from lint_langsmith.report.concise import write  # noqa: PLC0415 - loaded when it is used

    return write


def _json() -> Writer:
    from lint_langsmith.report.json import write  # noqa: PLC0415 - loaded when it is used

    return write


def _github() -> Writer:
    from lint_langsmith.report.github import write  # noqa: PLC0415 - loaded when it is used

    return write


FORMATS: Final[Mapping[str, Callable[[], Writer]]] = {
    "full": _full,
    "concise": _concise,
    "json": _json,
    "github": _github,
}


def summary(report: Report) -> str:
    """One line: how many findings of each severity, in how many files, and what other personas would see."""
    counts = [
        (report.count(severity), severity.label) for severity in (Severity.ERROR, Severity.WARNING, Severity.INFO)
    ]
    parts = [f"{count} {label}{'s' if count != 1 and label != 'info' else ''}" for count, label in counts if count]
    files = len({report.absolute(index) for index in range(len(report.findings))})
    more = f"; {report.hidden} more under `--persona auditor`" if report.hidden else ""
    if not parts:
        return f"no findings in {report.files} file{'s' if report.files != 1 else ''}{more}"
    return f"found {', '.join(parts)} in {files} file{'s' if files != 1 else ''}{_fixable(report)}{more}"


def _fixable(report: Report) -> str:
    """What `--fix` could do, and what it could do besides with `--unsafe-fixes`."""
    now = sum(report.is_fixable(finding) for finding in report.findings)
    besides = sum(finding.fix is not None for finding in report.findings) - now
    option = "--fix --unsafe-fixes" if report.unsafe else "--fix"
    parts = [f"{now} fixable with `{option}`"] if now else []
    if besides:
        parts.append(f"{besides} {'more ' if now else 'fixable '}with `--fix --unsafe-fixes`")
    return "".join(f"; {part}" for part in [", ".join(parts)] if part)
