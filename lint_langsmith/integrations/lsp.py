"""The language server: findings as you type, quick fixes, "ignore on this line", and the rule's page on hover.

All open documents are judged together, as they are in the editor, in the project that lies around them on the disk.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol
from pygls.uris import to_fs_path
from pygls.workspace import ServerTextPosition, ServerTextRange, TextDocument

from lint_langsmith import __version__
from lint_langsmith.config.config import ConfigError
from lint_langsmith.config.options import Options, UsageError
from lint_langsmith.config.targets import find_targets
from lint_langsmith.findings import Edit, Finding, Severity, Span
from lint_langsmith.output.printable import printable
from lint_langsmith.results.add_ignore import ignore_edit
from lint_langsmith.rules import registry
from lint_langsmith.run.engine import check
from lint_langsmith.source.edits import apply_edits
from lint_langsmith.source.text import encode, split_lines

# So long the typing must rest before the documents are judged.
_PAUSE: Final = 0.2
_SOURCE: Final = "lint-langsmith"
_FIX_ALL: Final = "source.fixAll.lint-langsmith"
_CODE: Final = re.compile(r"LS[0-9]{3}")
_SEVERITIES: Final = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
}


# What the editor has given itself and takes back literally: its documents' names and texts.
_LITERAL: Final = frozenset({"uri", "targetUri", "newText", "changes", "documentChanges"})


class _Protocol(LanguageServerProtocol):
    """The protocol, with no key in what it sends."""

    def _send_data(self, data: Any) -> None:
        """Send a message; every message passes here: diagnostics, actions, errors, the log."""
        if data:
            data = _fit(json.loads(json.dumps(data, default=self._serialize_message)))
        super()._send_data(data)


def _fit(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {key: item if key in _LITERAL else _fit(item) for key, item in value.items()}
    return [_fit(item) for item in value] if isinstance(value, list) else value


class _Formatter(logging.Formatter):
    """Lines of the log without keys, in tracebacks, too."""

    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record))


class Server(LanguageServer):
    """What the editor has open, and what was found in it."""

    def __init__(self) -> None:
        super().__init__(_SOURCE, __version__, protocol_cls=_Protocol)
        self._open: set[str] = set()
        self._found: dict[str, tuple[str, tuple[Finding, ...]]] = {}
        self._changes = 0
        self._judging = asyncio.Lock()

    def opened(self, uri: str) -> None:
        """Take a document in."""
        self._open.add(uri)

    def closed(self, uri: str) -> None:
        """Let a document go, and its diagnostics with it."""
        self._open.discard(uri)
        self._found.pop(uri, None)
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    async def judge(self) -> None:
        """Judge all open documents when no further change comes for a moment."""
        self._changes += 1
        change = self._changes
        await asyncio.sleep(_PAUSE)
        async with self._judging:
            if change != self._changes:
                return
            documents = [self.workspace.get_text_document(uri) for uri in sorted(self._open)]
            texts = {document.uri: document.source for document in documents}
            versions = {document.uri: document.version for document in documents}
            try:
                found = await asyncio.to_thread(_judged, texts)
            except (UsageError, ConfigError) as error:
                self.window_show_message(
                    types.ShowMessageParams(types.MessageType.Error, f"{_SOURCE}: {error}")
                )
                found = dict.fromkeys(texts, ())
            for uri in sorted(self._open & texts.keys()):
                news = (texts[uri], found[uri])
                if self._found.get(uri) != news:
                    self._found[uri] = news
                    self._publish(uri, versions[uri])

    def _publish(self, uri: str, version: int | None) -> None:
        text, findings = self._found[uri]
        document = self._document(uri, text)
        diagnostics = [_diagnostic(finding, document) for finding in findings]
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri, diagnostics, version)
        )

    def _document(self, uri: str, text: str) -> TextDocument:
        """A document as it was when it was judged, in the units in which the client counts columns."""
        return TextDocument(uri, text, position_codec=self.workspace.position_codec)

    def current(self, uri: str) -> tuple[TextDocument, Sequence[Finding]]:
        """A document with its findings; none when it has changed since it was judged, for their places may be wrong."""
        document = self.workspace.get_text_document(uri)
        text, findings = self._found.get(uri, ("", ()))
        return document, findings if text == document.source else ()


def _judged(texts: dict[str, str]) -> dict[str, tuple[Finding, ...]]:
    """The findings in documents by their URIs; what is excluded has none."""
    paths = {uri: Path(name) for uri in texts if (name := to_fs_path(uri)) is not None}
    found: dict[str, list[Finding]] = defaultdict(list)
    if paths:
        cwd = Path.cwd()
        options = Options(paths=tuple(str(path) for path in paths.values()), force_exclude=True)
        overlay = {path: _encoded(texts[uri]) for uri, path in paths.items()}
        outcome = check(options, find_targets(options, cwd, overlay), cwd, overlay)
        uris = {path: uri for uri, path in paths.items()}
        for root, finding in outcome.findings:
            found[uris[root / finding.path]].append(finding)
    return {uri: tuple(found[uri]) for uri in texts}


def _encoded(text: str) -> bytes:
    """The bytes that the document would have on the disk, as far as they matter."""
    try:
        return encode(text, text.encode())
    except (SyntaxError, UnicodeEncodeError):
        return text.encode(errors="replace")


# -- findings as the editor has them ---------------------------------------------------------------------------------


def _range(span: Span, document: TextDocument) -> types.Range:
    lines = split_lines(document.source)
    last = len(lines)
    start = ServerTextPosition(min(span.line, last) - 1, span.column - 1)
    end = ServerTextPosition(min(span.end_line, last) - 1, span.end_column - 1)
    return document.position_codec.range_to_client_units(lines, ServerTextRange(start, end))


def _diagnostic(finding: Finding, document: TextDocument) -> types.Diagnostic:
    message = (
        finding.message if finding.help is None else f"{finding.message}\nhelp: {finding.help}"
    )
    return types.Diagnostic(
        range=_range(finding.span, document),
        message=message,
        severity=_SEVERITIES[finding.severity],
        code=finding.code,
        code_description=types.CodeDescription(finding.url),
        source=_SOURCE,
        tags=[types.DiagnosticTag.Unnecessary] if finding.code == "LS901" else None,
    )


def _touches(span: Span, asked: types.Range) -> bool:
    """Whether a finding is on one of the lines that the editor asks about."""
    return span.line - 1 <= asked.end.line and asked.start.line <= span.end_line - 1


def _text_edits(edits: Iterable[Edit], document: TextDocument) -> list[types.TextEdit]:
    return [types.TextEdit(_range(edit.span, document), edit.content) for edit in edits]


def _action(
    title: str,
    kind: types.CodeActionKind | str,
    edits: list[types.TextEdit],
    document: TextDocument,
    finding: Finding | None = None,
) -> types.CodeAction:
    return types.CodeAction(
        title=title,
        kind=kind,
        edit=types.WorkspaceEdit(changes={document.uri: edits}),
        diagnostics=[_diagnostic(finding, document)] if finding is not None else None,
        is_preferred=(finding is not None and finding.is_fixable(unsafe=False)) or None,
    )


def _actions(finding: Finding, document: TextDocument) -> list[types.CodeAction]:
    """The fix of a finding, and a comment that ignores it."""
    actions = []
    if finding.fix is not None:
        edits = _text_edits(finding.fix.edits, document)
        title = (
            finding.fix.title
            if finding.is_fixable(unsafe=False)
            else f"{finding.fix.title} (unsafe)"
        )
        actions.append(_action(title, types.CodeActionKind.QuickFix, edits, document, finding))
    ignore = ignore_edit(
        Path(to_fs_path(document.uri) or ""), _encoded(document.source), finding
    )
    if ignore is not None:
        title = f"Ignore {finding.code} {finding.name} on this line"
        action = _action(
            title,
            types.CodeActionKind.QuickFix,
            _text_edits([ignore], document),
            document,
            finding,
        )
        action.is_preferred = None
        actions.append(action)
    return actions


def _fix_all(findings: Iterable[Finding], document: TextDocument) -> list[types.CodeAction]:
    groups = [
        finding.fix.edits
        for finding in findings
        if finding.fix is not None and finding.is_fixable(unsafe=False)
    ]
    new = apply_edits(document.source, groups).text
    if new == document.source:
        return []
    lines = split_lines(document.source)
    whole = Span(1, 1, len(lines), len(lines[-1]) + 1)
    edits = _text_edits([Edit(whole, new)], document)
    return [_action("Fix all that lint-langsmith can fix safely", _FIX_ALL, edits, document)]


# -- what the editor asks --------------------------------------------------------------------------------------------


def make_server() -> Server:
    """The server with all that it answers to."""
    server = Server()

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def did_open(params: types.DidOpenTextDocumentParams) -> None:
        server.opened(params.text_document.uri)
        await server.judge()

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def did_change(_params: types.DidChangeTextDocumentParams) -> None:
        await server.judge()

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    async def did_save(_params: types.DidSaveTextDocumentParams) -> None:
        await server.judge()

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseTextDocumentParams) -> None:
        server.closed(params.text_document.uri)

    kinds = [types.CodeActionKind.QuickFix, _FIX_ALL]

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=kinds)
    )
    def code_action(params: types.CodeActionParams) -> list[types.CodeAction]:
        return code_actions(server, params)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(params: types.HoverParams) -> types.Hover | None:
        return page_at(server, params)

    return server


def code_actions(server: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
    """Fixes and ignores for the findings on the lines asked about, and the fix of all."""
    document, findings = server.current(params.text_document.uri)
    only = params.context.only
    actions: list[types.CodeAction] = []
    if only is None or types.CodeActionKind.QuickFix in only:
        for finding in findings:
            if _touches(finding.span, params.range):
                actions += _actions(finding, document)
    if only is None or any(
        _FIX_ALL.startswith(str(getattr(kind, "value", kind))) for kind in only
    ):
        actions += _fix_all(findings, document)
    return actions


def page_at(server: Server, params: types.HoverParams) -> types.Hover | None:
    """The page of the rule whose finding, or whose code in a comment, is under the pointer."""
    document, findings = server.current(params.text_document.uri)
    lines = split_lines(document.source)
    at = document.position_codec.position_from_client_units(lines, params.position)
    line, column = at.line + 1, at.character + 1
    codes = [finding.code for finding in findings if _is_in(line, column, finding.span)]
    if line <= len(lines):
        codes += [
            match[0]
            for match in _CODE.finditer(lines[line - 1])
            if match.start() < column <= match.end()
        ]
    pages = [
        f"# {rule.code} {rule.name}\n\n{rule.doc}"
        for rule in registry.all_rules()
        if rule.code in dict.fromkeys(codes)
    ]
    if not pages:
        return None
    return types.Hover(
        types.MarkupContent(types.MarkupKind.Markdown, "\n\n---\n\n".join(pages))
    )


def _is_in(line: int, column: int, span: Span) -> bool:
    return (span.line, span.column) <= (line, column) <= (span.end_line, span.end_column)


def serve() -> None:
    """Speak with the editor over standard input and output until it goes."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter())
    logging.getLogger().addHandler(handler)
    make_server().start_io()
