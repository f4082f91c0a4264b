"""Files that an editor has open, judged: their findings, and the diagnostics of their documents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from lsprotocol import types
from pygls.workspace import PositionCodec

from lint_langsmith.config.options import Options
from lint_langsmith.config.targets import find_targets
from lint_langsmith.findings import Finding, Related, Severity
from lint_langsmith.integrations.lsp_documents import Source, range_in, range_of
from lint_langsmith.run.engine import check
from lint_langsmith.source import files
from lint_langsmith.source.kinds import text_of
from lint_langsmith.source.text import UnreadableFileError, split_lines

SOURCE: Final = "lint-langsmith"
_SEVERITIES: Final = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
}


class Judged(NamedTuple):
    """A file with its findings, and the diagnostics of its documents by their addresses."""

    source: Source
    findings: tuple[Finding, ...]
    diagnostics: Mapping[str, Sequence[types.Diagnostic]]


def judge(now: Sequence[Source], codec: PositionCodec, *, has_related: bool) -> list[Judged]:
    """The findings in what is open; what is excluded has none."""
    found: dict[Path, list[tuple[Path, Finding]]] = defaultdict(list)
    if now:
        cwd = Path.cwd()
        overlay = {source.path: source.content for source in now}
        options = Options(paths=tuple(map(str, overlay)), force_exclude=True)
        outcome = check(options, find_targets(options, cwd, overlay), cwd, overlay)
        for root, finding in outcome.findings:
            found[root / finding.path].append((root, finding))
    by_path = {source.path: source for source in now} if has_related else None
    return [_with_diagnostics(source, found[source.path], by_path, codec) for source in now]


def without_findings(source: Source) -> Judged:
    """A file in which nothing was found, since nothing could be asked."""
    return Judged(source, (), {document.uri: () for document in source.documents})


def _with_diagnostics(
    source: Source,
    found: Sequence[tuple[Path, Finding]],
    by_path: Mapping[Path, Source] | None,
    codec: PositionCodec,
) -> Judged:
    diagnostics: dict[str, list[types.Diagnostic]] = {
        document.uri: [] for document in source.documents
    }
    for root, finding in found:
        place = source.locate(finding.span)
        if place is not None:
            document, span = place
            shown = diagnostic(finding, range_of(span, document))
            if by_path is not None and finding.related:
                places = (_related(item, root, by_path, codec) for item in finding.related)
                shown.related_information = [item for item in places if item is not None]
            diagnostics[document.uri].append(shown)
    return Judged(source, tuple(finding for _, finding in found), diagnostics)


def diagnostic(finding: Finding, at: types.Range) -> types.Diagnostic:
    """A finding as the editor has it."""
    message = (
        finding.message if finding.help is None else f"{finding.message}\nhelp: {finding.help}"
    )
    return types.Diagnostic(
        range=at,
        message=message,
        severity=_SEVERITIES[finding.severity],
        code=finding.code,
        code_description=types.CodeDescription(finding.url),
        source=SOURCE,
        tags=[types.DiagnosticTag.Unnecessary] if finding.code == "LS901" else None,
    )


def _related(
    related: Related, root: Path, by_path: Mapping[Path, Source], codec: PositionCodec
) -> types.DiagnosticRelatedInformation | None:
    """A related place, in what is open or on the disk; None where neither shows it."""
    path = root / related.path
    source = by_path.get(path)
    if source is not None:
        place = source.locate(related.span)
        if place is None:
            return None
        document, span = place
        location = types.Location(document.uri, range_of(span, document))
    else:
        try:
            lines = split_lines(text_of(PurePosixPath(path), files.read(path)))
        except UnreadableFileError:
            return None
        location = types.Location(path.as_uri(), range_in(lines, related.span, codec))
    return types.DiagnosticRelatedInformation(location, related.message)
