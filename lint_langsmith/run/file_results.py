"""What the rules say of one file, and how it becomes findings: by its settings, at its places on the disk."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.ir.model import Comment
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.config.targets import Target, compiled
from lint_langsmith.findings import Finding, Related, Severity, Span, Violation
from lint_langsmith.redaction import redact
from lint_langsmith.rules import registry, selection
from lint_langsmith.rules.registry import Rule
from lint_langsmith.sdk.keys import find_all
from lint_langsmith.source.text import LineIndex


class FileResult(NamedTuple):
    """What was found in one file, and what decides over it: the rules that ran, comments and statements."""

    target: Target
    root: Path
    found: Sequence[tuple[str, Violation]]
    rules: Sequence[Rule]
    comments: Sequence[Comment]
    statements: Sequence[tuple[int, int]]
    lines: Sequence[str] = ()
    translate: Callable[[Finding], Finding] = lambda finding: finding


def left_out(target: Target) -> frozenset[str]:
    """The codes of the rules that the settings leave out for a file; what was not checked is always said."""
    ignores = target.config.settings.per_file_ignores
    matches = {
        pattern: compiled((pattern,), target.config.directory).match(target.name)
        for pattern in ignores
    }
    selectors = selection.per_file(ignores, matches)
    named = (rule for rule in registry.all_rules() if selection.is_named(rule, selectors))
    return frozenset(rule.code for rule in named if rule.code not in selection.ALWAYS_SAID)


def finding_of(code: str, violation: Violation, judged: FileResult) -> Finding:
    """A violation as a finding of the file, with the severity of its settings and without keys."""
    settings = judged.target.config.settings
    rule = next(rule for rule in registry.all_rules() if rule.code == code)
    configured = selection.severity_of(rule, settings)
    return Finding(
        code=rule.code,
        name=rule.name,
        severity=Severity[configured.upper()]
        if configured
        else violation.severity or rule.severity,
        persona=violation.persona or rule.persona,
        message=redact(violation.message),
        help=redact(violation.help) if violation.help is not None else None,
        path=Path(os.path.relpath(judged.target.name, judged.root)).as_posix(),
        span=violation.at,
        related=violation.related,
        fix=violation.fix,
        secrets=violation.secrets,
        cell=violation.cell,
    )


def on_disk(finding: Finding, *, project: Project, file: File, hidden: Hidden) -> Finding:
    """A finding with all its places as they are on the disk: rules see a notebook as one program."""
    related = tuple(_related_on_disk(place, project) for place in finding.related)
    secrets = hidden.of(finding)
    if file.places is None:
        return msgspec.structs.replace(finding, related=related, secrets=secrets)
    span, cell = file.places.span(finding.span)
    fix = finding.fix
    edits = [file.places.edit(edit) for edit in fix.edits] if fix is not None else []
    whole = tuple(edit for edit in edits if edit is not None)
    if fix is not None:
        fix = msgspec.structs.replace(fix, edits=whole) if len(whole) == len(edits) else None
    return msgspec.structs.replace(
        finding, span=span, cell=cell, secrets=secrets, related=related, fix=fix
    )


class Hidden:
    """What no report may show of a file: not what a finding says alone, but every key, whichever rules ran.

    Findings share one tuple of places on the disk: a file may have thousands of findings and thousands of keys.
    """

    def __init__(self, file: File, analysis: Analysis) -> None:
        self._file = file
        self._analysis = analysis

    def of(self, finding: Finding) -> tuple[Span, ...]:
        """The places on the disk that a report of a finding hides."""
        known, shared = self._all
        further = tuple(span for span in finding.secrets if span not in known)
        return (*self._on_disk(further), *shared) if further else shared

    @functools.cached_property
    def _all(self) -> tuple[frozenset[Span], tuple[Span, ...]]:
        spans = tuple(dict.fromkeys(self._find()))
        return frozenset(spans), self._on_disk(spans)

    def _on_disk(self, spans: tuple[Span, ...]) -> tuple[Span, ...]:
        places = self._file.places
        return spans if places is None else tuple(places.span(span)[0] for span in spans)

    def _find(self) -> list[Span]:
        file, secrets = self._file, self._analysis.secrets
        try:
            return [
                *(occurrence.span for occurrence in secrets.of(file)),
                *secrets.pieces(file),
            ]
        except Exception:  # noqa: BLE001 - a failure of folding is reported where it was needed; plain keys stay hidden
            index = LineIndex(file.text)
            return [index.span(key.start, key.end) for key in find_all(file.text)]


def _related_on_disk(place: Related, project: Project) -> Related:
    file = project.try_load(place.path) if place.path.endswith(".ipynb") else None
    if file is None or file.places is None:
        return place
    return msgspec.structs.replace(place, span=file.places.span(place.span)[0])
