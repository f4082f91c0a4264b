"""The language server: findings as you type, quick fixes, "ignore on this line", and what is known of a line on hover.

All open documents and notebooks are judged together, as they are in the editor, in the project that lies around them on
the disk; and again when a file there changes on which a finding may depend.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol
from pygls.workspace import TextDocument

from lint_langsmith import __version__, lazy_re
from lint_langsmith.config.config import ConfigError
from lint_langsmith.config.options import Options, UsageError
from lint_langsmith.config.targets import find_targets
from lint_langsmith.findings import Span
from lint_langsmith.integrations.lsp_actions import KINDS, SELECT, code_actions
from lint_langsmith.integrations.lsp_diagnostics import SOURCE, Judged, judge, without_findings
from lint_langsmith.integrations.lsp_documents import Source, sources
from lint_langsmith.output.printable import printable
from lint_langsmith.rules import registry
from lint_langsmith.run.why import Explainer, Fact, fact_lines
from lint_langsmith.source.text import split_lines

# So long the typing must rest before the documents are judged.
_PAUSE: Final = 0.2
# Files on the disk on which findings in open documents may depend: code, variables, dependencies, configuration.
_WATCHED: Final = (
    "**/*.{py,pyi,ipynb,toml,lock,txt,cfg,ini,json,yaml,yml,env,sh}",
    "**/.env*",
    "**/{Dockerfile,Containerfile,Pipfile,Procfile,Makefile,.gitignore}*",
)
_NOTEBOOKS: Final = types.NotebookDocumentSyncOptions(
    notebook_selector=[
        types.NotebookDocumentFilterWithCells(cells=[types.NotebookCellLanguage("python")])
    ],
    save=True,
)
_CODE: Final = lazy_re.compile(r"LS[0-9]{3}")


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
        super().__init__(
            SOURCE,
            __version__,
            protocol_cls=_Protocol,
            notebook_document_sync=_NOTEBOOKS,
        )
        self._open: set[str] = set()
        self._notebooks: set[str] = set()
        self._judged: dict[str, Judged] = {}
        self._published: dict[str, tuple[str, Sequence[types.Diagnostic]]] = {}
        self._explainer: Explainer | None = None
        self._changes = 0
        self._judging = asyncio.Lock()

    def opened(self, uri: str, *, notebook: bool = False) -> None:
        """Take a document or a notebook in."""
        (self._notebooks if notebook else self._open).add(uri)

    def closed(self, uri: str) -> None:
        """Let a document or a notebook go, and its diagnostics with it."""
        self._open.discard(uri)
        self._notebooks.discard(uri)
        judged = self._judged.pop(uri, None)
        shown = [uri] if judged is None else [item.uri for item in judged.source.documents]
        self._clear(shown)

    async def judge(self) -> None:
        """Judge all that is open when no further change comes for a moment."""
        self._changes += 1
        change = self._changes
        await asyncio.sleep(_PAUSE)
        async with self._judging:
            if change != self._changes:
                return
            self._explainer = None
            now = [*sources(self._open, self._notebooks, self.workspace)]
            codec, has_related = self.workspace.position_codec, self._takes_related()
            try:
                found = await asyncio.to_thread(judge, now, codec, has_related=has_related)
            except (UsageError, ConfigError) as error:
                self.window_show_message(
                    types.ShowMessageParams(types.MessageType.Error, f"{SOURCE}: {error}")
                )
                found = [without_findings(source) for source in now]
            for judged in found:
                if judged.source.uri in self._open | self._notebooks:
                    self._renew(judged)

    def _renew(self, judged: Judged) -> None:
        """Publish what is new of a file, and take back what documents had that it has no more."""
        before = self._judged.get(judged.source.uri)
        self._judged[judged.source.uri] = judged
        present = {document.uri for document in judged.source.documents}
        if before is not None:
            self._clear(item.uri for item in before.source.documents if item.uri not in present)
        for document in judged.source.documents:
            news = (document.source, judged.diagnostics[document.uri])
            if self._published.get(document.uri) != news:
                self._published[document.uri] = news
                self.text_document_publish_diagnostics(
                    types.PublishDiagnosticsParams(document.uri, news[1], document.version)
                )

    def _clear(self, uris: Iterable[str]) -> None:
        for uri in uris:
            self._published.pop(uri, None)
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    def _takes_related(self) -> bool:
        documents = self.client_capabilities.text_document
        shown = documents.publish_diagnostics if documents is not None else None
        return bool(shown is not None and shown.related_information)

    def shows_documents(self) -> bool:
        """Whether the editor can be asked to select something."""
        window = self.client_capabilities.window
        return bool(window and window.show_document and window.show_document.support)

    def watches(self) -> bool:
        """Whether the editor can be asked to tell of files that change on the disk."""
        workspace = self.client_capabilities.workspace
        watching = workspace.did_change_watched_files if workspace is not None else None
        return bool(watching is not None and watching.dynamic_registration)

    def current(self, uri: str) -> tuple[Judged, TextDocument] | None:
        """The file of a document with its findings; None when it has changed since it was judged."""
        for judged in self._judged.values():
            for document in judged.source.documents:
                if document.uri == uri:
                    is_same = judged.source.is_of(self.workspace)
                    return (judged, document) if is_same else None
        return None

    async def explain(self, judged: Judged, line: int) -> Sequence[Fact]:
        """What is known of a 1-based line of a file; nothing of a file that is not linted."""
        async with self._judging:
            now = [item.source for item in self._judged.values()]
            if self._explainer is None:
                with suppress(UsageError, ConfigError):
                    self._explainer = await asyncio.to_thread(_explainer, now)
            explainer, name = self._explainer, str(judged.source.path)
            if explainer is None or not explainer.knows(name):
                return []
            return await asyncio.to_thread(explainer.facts, name, line)


def _explainer(now: Sequence[Source]) -> Explainer:
    cwd = Path.cwd()
    overlay = {source.path: source.content for source in now}
    options = Options(paths=tuple(map(str, overlay)), force_exclude=True, cache=False, jobs=1)
    linted = find_targets(options, cwd, overlay).files
    return Explainer([target.name for target in linted], cwd, options, overlay)


# -- what the editor asks --------------------------------------------------------------------------------------------


def make_server() -> Server:
    """The server with all that it answers to."""
    server = Server()
    _sync_documents(server)
    _sync_notebooks(server)
    _watch_files(server)

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=[*KINDS])
    )
    def code_action(params: types.CodeActionParams) -> list[types.CodeAction]:
        current = server.current(params.text_document.uri)
        if current is None:
            return []
        return code_actions(*current, params, can_select=server.shows_documents())

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> types.Hover | None:
        return await known_at(server, params)

    @server.command(SELECT)
    async def select(uri: str, at: types.Range) -> None:
        shown = types.ShowDocumentParams(uri, take_focus=True, selection=at)
        await server.window_show_document_async(shown)

    return server


def _sync_documents(server: Server) -> None:
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


def _sync_notebooks(server: Server) -> None:
    @server.feature(types.NOTEBOOK_DOCUMENT_DID_OPEN)
    async def did_open(params: types.DidOpenNotebookDocumentParams) -> None:
        server.opened(params.notebook_document.uri, notebook=True)
        await server.judge()

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
    async def did_change(_params: types.DidChangeNotebookDocumentParams) -> None:
        await server.judge()

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_SAVE)
    async def did_save(_params: types.DidSaveNotebookDocumentParams) -> None:
        await server.judge()

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseNotebookDocumentParams) -> None:
        server.closed(params.notebook_document.uri)


def _watch_files(server: Server) -> None:
    @server.feature(types.INITIALIZED)
    async def initialized(_params: types.InitializedParams) -> None:
        if server.watches():
            watchers = [types.FileSystemWatcher(pattern) for pattern in _WATCHED]
            options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
            watching = types.Registration(
                "files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options
            )
            await server.client_register_capability_async(types.RegistrationParams([watching]))

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    async def did_change(_params: types.DidChangeWatchedFilesParams) -> None:
        await server.judge()


async def known_at(server: Server, params: types.HoverParams) -> types.Hover | None:
    """The pages of the rules under the pointer, and what is known of the line."""
    pages = _pages_at(server, params)
    current = server.current(params.text_document.uri)
    if current is not None:
        judged, document = current
        line = judged.source.line_in_file(document, params.position.line + 1)
        facts = await server.explain(judged, line) if line is not None else []
        known = [*fact_lines(fact for fact in facts if fact.place is not None)]
        if known:
            pages.append("\n".join(["```text", *known, "```"]))
    if not pages:
        return None
    return types.Hover(
        types.MarkupContent(types.MarkupKind.Markdown, "\n\n---\n\n".join(pages))
    )


def _pages_at(server: Server, params: types.HoverParams) -> list[str]:
    """The page of each rule whose finding, or whose code in a comment, is under the pointer."""
    document = server.workspace.get_text_document(params.text_document.uri)
    lines = split_lines(document.source)
    at = document.position_codec.position_from_client_units(lines, params.position)
    line, column = at.line + 1, at.character + 1
    codes = []
    current = server.current(params.text_document.uri)
    if current is not None:
        source = current[0].source
        places = [
            (finding.code, source.locate(finding.span)) for finding in current[0].findings
        ]
        codes = [
            code
            for code, place in places
            if place is not None
            and place[0].uri == params.text_document.uri
            and _is_in(line, column, place[1])
        ]
    if line <= len(lines):
        codes += [
            match[0]
            for match in _CODE.finditer(lines[line - 1])
            if match.start() < column <= match.end()
        ]
    return [
        f"# {rule.code} {rule.name}\n\n{rule.doc}"
        for rule in registry.all_rules()
        if rule.code in codes
    ]


def _is_in(line: int, column: int, span: Span) -> bool:
    return (span.line, span.column) <= (line, column) <= (span.end_line, span.end_column)


def serve() -> None:
    """Speak with the editor over standard input and output until it goes."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter())
    logging.getLogger().addHandler(handler)
    make_server().start_io()
