"""What all writers of reports have in common: the outcome of a run, and how it is counted and summed up."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import msgspec

from lint_langsmith.findings import Finding, Severity, Span, SpansByLine
from lint_langsmith.output.printable import counted
from lint_langsmith.redaction import key_like, redact
from lint_langsmith.rules.registry import Rule
from lint_langsmith.source.text import LineIndex, split_lines


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a run as reports see it.

    `roots` has the project root of each finding (same order); `sources` and `contents` give the text and the bytes of
    a file by its root and path. `base` is the top of the repository, or the working directory where there is none:
    what services take paths from. `files` were looked at; `hidden` counts the findings that other personas would see,
    `known` those in the baseline;
    `rules` gives those that ran; `failed` says that something went wrong. `unsafe` says whether unsafe fixes count.
    `colour` and `links` are for terminals that take them; with `quiet` the texts end with the findings. `masks` is made
    from the findings; `masks_by_line` and `masks_by_cell` (of a notebook) keep what was asked of it.
    """

    findings: tuple[Finding, ...]
    roots: tuple[Path, ...]
    sources: Callable[[Path, str], str | None]
    contents: Callable[[Path, str], bytes | None]
    cwd: Path
    base: Path
    files: int
    hidden: int = 0
    known: int = 0
    rules: Callable[[], Sequence[Rule]] = tuple
    failed: bool = False
    unsafe: bool = False
    colour: bool = False
    links: bool = False
    quiet: bool = False
    masks: dict[Path, list[Span]] = msgspec.field(default_factory=dict)
    masks_by_line: dict[tuple[Path, bool], SpansByLine] = msgspec.field(default_factory=dict)
    masks_by_cell: dict[tuple[Path, int], SpansByLine] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Gather what must not be shown of each file: an excerpt must not show what another finding hides."""
        if not self.masks:
            last: tuple[Span, ...] = ()
            for index, finding in enumerate(self.findings):
                if (
                    finding.secrets and finding.secrets is not last
                ):  # the findings of a file share them
                    last = finding.secrets
                    known = self.masks.get(self.absolute(index), ())
                    self.masks[self.absolute(index)] = [*dict.fromkeys((*known, *last))]

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
        """An absolute path as a terminal can open it; a key in it is masked, as in every path that is shown."""
        return redact(
            path.relative_to(self.cwd).as_posix()
            if path.is_relative_to(self.cwd)
            else path.as_posix()
        )

    def in_repository(self, path: Path) -> str:
        """An absolute path as a service knows it: relative to the repository if it is in it."""
        return redact(
            path.relative_to(self.base).as_posix()
            if path.is_relative_to(self.base)
            else path.as_posix()
        )

    def text(self, index: int) -> str:
        """The text of a finding's file; empty when it can't be read."""
        return self.sources(self.roots[index], self.findings[index].path) or ""

    def lines(self, index: int) -> Sequence[str]:
        """The lines of a finding's file, without their ends."""
        return lines_of(self.text(index))

    def secrets(self, index: int) -> SpansByLine:
        """The spans of a finding's file that must not be shown."""
        return self._by_line(self.absolute(index), "")

    def hidden_of(self, root: Path, path: str) -> SpansByLine:
        """The spans of any file that no excerpt shows: its secrets, and what spells a key, over several lines too."""
        return self._by_line(root / path, self.sources(root, path) or "")

    def _by_line(self, path: Path, text: str) -> SpansByLine:
        known = self.masks_by_line.get((path, bool(text)))
        if known is None:
            known = SpansByLine(
                (*self.masks.get(path, ()), *(_spelled_in(text) if text else ()))
            )
            self.masks_by_line[path, bool(text)] = known
        return known


@functools.lru_cache(maxsize=8)
def lines_of(text: str) -> Sequence[str]:
    """The lines of a text without their ends; many findings ask for those of one file."""
    return split_lines(text)


@functools.lru_cache(maxsize=8)
def _spelled_in(text: str) -> Sequence[Span]:
    index = LineIndex(text)
    return [index.span(start, end) for start, end in key_like(text)]


Writer: TypeAlias = Callable[[Report], str]


class UnknownFormatError(Exception):
    """A format or template field that does not exist."""


def by_file(report: Report) -> dict[Path, list[int]]:
    """The indices of the findings of each file, by its absolute path, in the order of the report."""
    found: dict[Path, list[int]] = {}
    for index in range(len(report.findings)):
        found.setdefault(report.absolute(index), []).append(index)
    return found


def closing(report: Report) -> tuple[str, ...]:
    """The lines with which a text for people ends."""
    return (summary(report),) if (report.findings or report.hidden) and not report.quiet else ()


def hint(report: Report) -> tuple[str, ...]:
    """Where a reader finds more."""
    return (
        (
            "`lint-langsmith rule CODE` explains a rule, `lint-langsmith why FILE:LINE` a finding",
        )
        if report.findings and not report.quiet
        else ()
    )


def summary(report: Report) -> str:
    """One line: how many findings of each severity, in how many files, and what other personas would see."""
    counts = [
        (report.count(severity), severity.label)
        for severity in (Severity.ERROR, Severity.WARNING, Severity.INFO)
    ]
    parts = [
        f"{count} {label}{'s' if count != 1 and label != 'info' else ''}"
        for count, label in counts
        if count
    ]
    files = len({report.absolute(index) for index in range(len(report.findings))})
    more = f"; {report.known} more in the baseline" if report.known else ""
    more += f"; {report.hidden} more under `--persona auditor`" if report.hidden else ""
    if not parts:
        return f"no findings in {counted(report.files, 'file')}{more}"
    return f"found {', '.join(parts)} in {counted(files, 'file')}{_fixable(report)}{more}"


def _fixable(report: Report) -> str:
    """What `--fix` could do, and what it could do besides with `--unsafe-fixes`."""
    now = sum(report.is_fixable(finding) for finding in report.findings)
    besides = sum(finding.fix is not None for finding in report.findings) - now
    option = "--fix --unsafe-fixes" if report.unsafe else "--fix"
    parts = [f"{now} fixable with `{option}`"] if now else []
    if besides:
        parts.append(f"{besides} {'more ' if now else 'fixable '}with `--fix --unsafe-fixes`")
    return "".join(f"; {part}" for part in [", ".join(parts)] if part)
