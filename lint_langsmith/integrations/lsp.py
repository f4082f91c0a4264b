"""The language server: findings while one types, quick fixes, and the page of a rule under the pointer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.workspace import PositionCodec, TextDocument

from lint_langsmith import __version__
from lint_langsmith.config import ConfigError
from lint_langsmith.findings import Applicability, Edit, Finding, Severity, Span
from lint_langsmith.integrations.document import findings_of
from lint_langsmith.options import UsageError
from lint_langsmith.rules.registry import all_rules

# How long the keyboard must rest before a document is looked at, in seconds.
REST: Final = 0.3
_SEVERITIES: Final = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
}


class Server(LanguageServer):
    """Keeps the findings of each open document, as of the version that was looked at last."""

    def __init__(self) -> None:
        super().__init__("lint-langsmith", __version__)
        self.found: dict[str, tuple[Finding, ...]] = {}
        self.waiting: dict[str, asyncio.Task[None]] = {}

    def documents(self) -> Iterator[TextDocument]:
        """The documents that are open and lie on a disk."""
        for document in self.workspace.text_documents.values():
            if document.uri.startswith("file:"):
                yield document

    def look_soon(self, uri: str, *, after: float = 0.0) -> None:
        """Look at a document when the keyboard rests; a later change puts it off."""
        earlier = self.waiting.pop(uri, None)
        if earlier is not None:
            earlier.cancel()
        self.waiting[uri] = asyncio.ensure_future(self._look(uri, after))

    async def _look(self, uri: str, after: float) -> None:
        await asyncio.sleep(after)
        document = self.workspace.get_text_document(uri)
        version, content = document.version, document.source.encode()
        others = {path_of(other.uri): other.source.encode() for other in self.documents() if other.uri != uri}
        cwd = Path(self.workspace.root_path) if self.workspace.root_path else path_of(uri).parent
        try:
            # The analysis takes its time; the editor must not wait for it.
            found = await asyncio.to_thread(findings_of, path_of(uri), content, others, cwd)
        except (ConfigError, UsageError) as error:
            found = ()
            self.window_show_message(types.ShowMessageParams(types.MessageType.Error, f"lint-langsmith: {error}"))
        if document.version == version:
            self.found[uri] = found
            self.publish(document)

    def publish(self, document: TextDocument) -> None:
        """Tell the editor what was found in a document."""
        diagnostics = [diagnostic(finding, document) for finding in self.found.get(document.uri, ())]
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(document.uri, diagnostics, document.version),
        )


server = Server()


# -- what the editor tells -------------------------------------------------------------------------------------------


@server.feature(types.TEXT_DOCUMENT_DID_OPEN)
async def did_open(ls: Server, params: types.DidOpenTextDocumentParams) -> None:
    """A document is there: look at it at once."""
    ls.look_soon(params.text_document.uri)


@server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
async def did_change(ls: Server, params: types.DidChangeTextDocumentParams) -> None:
    """A document changes."""
    ls.look_soon(params.text_document.uri, after=REST)


@server.feature(types.TEXT_DOCUMENT_DID_SAVE)
async def did_save(ls: Server, params: types.DidSaveTextDocumentParams) -> None:
    """What one file says can change what is found in the others."""
    del params
    for document in ls.documents():
        ls.look_soon(document.uri)


@server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
async def did_close(ls: Server, params: types.DidCloseTextDocumentParams) -> None:
    """A document is no longer the editor's."""
    uri = params.text_document.uri
    ls.found.pop(uri, None)
    waiting = ls.waiting.pop(uri, None)
    if waiting is not None:
        waiting.cancel()
    ls.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))


# -- what the editor asks --------------------------------------------------------------------------------------------


@server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions([types.CodeActionKind.QuickFix]))
def code_actions(ls: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
    """The fixes of the findings in a range."""
    document = ls.workspace.get_text_document(params.text_document.uri)
    actions: list[types.CodeAction] = []
    for finding in _touching(ls, document, params.range):
        actions.extend(_fix(finding, document))
    return actions


@server.feature(types.TEXT_DOCUMENT_HOVER)
def hover(ls: Server, params: types.HoverParams) -> types.Hover | None:
    """The pages of the rules whose findings are under the pointer."""
    document = ls.workspace.get_text_document(params.text_document.uri)
    place = types.Range(params.position, params.position)
    codes = {finding.code: finding for finding in _touching(ls, document, place)}
    pages = [f"# {rule.code} {rule.name}\n\n{rule.doc}" for rule in all_rules() if rule.code in codes]
    if not pages:
        return None
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, "\n\n---\n\n".join(pages)))


def _touching(ls: Server, document: TextDocument, wanted: types.Range) -> Iterator[Finding]:
    for finding in ls.found.get(document.uri, ()):
        found = range_of(finding.span, document)
        if found.start <= wanted.end and wanted.start <= found.end:
            yield finding


def _fix(finding: Finding, document: TextDocument) -> Iterator[types.CodeAction]:
    if finding.fix is not None:
        is_safe = finding.fix.applicability is Applicability.SAFE
        title = finding.fix.title if is_safe else f"{finding.fix.title} (may change what the program does)"
        yield types.CodeAction(
            title=f"{finding.code}: {title}",
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[diagnostic(finding, document)],
            is_preferred=is_safe,
            edit=_edit(finding.fix.edits, document),
        )


def _edit(edits: Iterable[Edit], document: TextDocument) -> types.WorkspaceEdit:
    changes = [types.TextEdit(range_of(edit.span, document), edit.content) for edit in edits]
    return types.WorkspaceEdit(changes={document.uri: changes})


# -- findings in the editor's words ----------------------------------------------------------------------------------


def diagnostic(finding: Finding, document: TextDocument) -> types.Diagnostic:
    """A finding as editors show it."""
    message = f"{finding.message}\n{finding.help}" if finding.help else finding.message
    return types.Diagnostic(
        range=range_of(finding.span, document),
        message=message,
        severity=_SEVERITIES[finding.severity],
        code=finding.code,
        code_description=types.CodeDescription(finding.url),
        source="lint-langsmith",
        data=finding.name,
    )


def range_of(span: Span, document: TextDocument) -> types.Range:
    """A span (1-based, code points) as a range (0-based, in the units that the editor counts in)."""
    codec: PositionCodec = document.position_codec
    start = types.Position(span.line - 1, span.column - 1)
    end = types.Position(span.end_line - 1, span.end_column - 1)
    return codec.range_to_client_units(document.lines, types.Range(start, end))


def path_of(uri: str) -> Path:
    """The path of a `file:` URI."""
    path = unquote(urlsplit(uri).path)
    # On Windows there is a slash before the drive.
    return Path(path[1:] if path[2:3] == ":" else path)


def serve() -> None:
    """Serve over standard input and output until the editor goes."""
    server.start_io()
