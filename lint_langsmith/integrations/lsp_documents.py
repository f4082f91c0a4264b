"""What an editor has open, as files to be linted, and the way back from the files to its documents.

A text document is a file of its own. The cells of a notebook are documents, and together one file: the JSON that a
notebook with these cells would have on the disk, without outputs, which editors do not send.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from lsprotocol import types
from pygls.uris import to_fs_path
from pygls.workspace import (
    PositionCodec,
    ServerTextPosition,
    ServerTextRange,
    TextDocument,
    Workspace,
)

from lint_langsmith.findings import Edit, Finding, Span
from lint_langsmith.source.cells import Cells, cells_of
from lint_langsmith.source.edits import apply_edits
from lint_langsmith.source.text import encode, split_lines


class Source(NamedTuple):
    """A file made of what is open: its address and path, its text, and its documents (of a notebook a cell each)."""

    uri: str
    path: Path
    text: str
    documents: tuple[TextDocument, ...]
    cells: Cells | None = None

    @property
    def content(self) -> bytes:
        """The bytes that the file would have on the disk, as far as they matter."""
        try:
            return encode(self.text, self.text.encode())
        except (SyntaxError, UnicodeEncodeError):
            return self.text.encode(errors="replace")

    def locate(self, span: Span) -> tuple[TextDocument, Span] | None:
        """The document in which a span of the file begins, and the span in it; None where no document shows it."""
        if self.cells is None:
            return self.documents[0], span
        found = self.cells.place(span)
        if found is None or found.span is None:
            return None
        return self.documents[found.cell - 1], found.span

    def line_in_file(self, document: TextDocument, line: int) -> int | None:
        """The 1-based line of the file for a 1-based line of a document."""
        if self.cells is None:
            return line
        return self.cells.raw_line(self._number(document), line)

    def is_of(self, workspace: Workspace) -> bool:
        """Whether the documents are still as they were."""
        return all(
            document.source == workspace.get_text_document(document.uri).source
            for document in self.documents
        )

    def edited(self, edits: Iterable[Edit]) -> dict[str, list[types.TextEdit]] | None:
        """Edits of the file as edits of its documents, by their addresses; None where one has no place there."""
        found: dict[str, list[types.TextEdit]] = {}
        for edit in edits:
            place = self.locate(edit.span)
            if place is None:
                return None
            document, span = place
            content = edit.content if self.cells is None else json.loads(f'"{edit.content}"')
            found.setdefault(document.uri, []).append(
                types.TextEdit(range_of(span, document), content)
            )
        return found

    def fixed(self, findings: Iterable[Finding]) -> dict[str, list[types.TextEdit]]:
        """What all safe fixes make of the documents, by their addresses: those that change, as a whole."""
        groups = [
            finding.fix.edits
            for finding in findings
            if finding.fix is not None and finding.is_fixable(unsafe=False)
        ]
        new = apply_edits(self.text, groups).text
        after = cells_of(new) if self.cells is not None else None
        found = {}
        for number, document in enumerate(self.documents, start=1):
            text = new if after is None else after.text(number)
            if text != document.source:
                found[document.uri] = [types.TextEdit(_whole(document), text)]
        return found

    def _number(self, document: TextDocument) -> int:
        return 1 + [item.uri for item in self.documents].index(document.uri)


def text_source(uri: str, workspace: Workspace) -> Source | None:
    """The file of a text document; None for a document that is no file."""
    name = to_fs_path(uri)
    if name is None:
        return None
    document = _snapshot(uri, workspace)
    return Source(uri, Path(name), document.source, (document,))


def notebook_source(uri: str, workspace: Workspace) -> Source | None:
    """The file of a notebook; None for one that is no file, or that is not open any more."""
    name = to_fs_path(uri)
    notebook = workspace.get_notebook_document(notebook_uri=uri)
    if name is None or notebook is None:
        return None
    documents = tuple(_snapshot(cell.document, workspace) for cell in notebook.cells)
    body = {
        "cells": [
            _cell(cell, document)
            for cell, document in zip(notebook.cells, documents, strict=True)
        ],
        "metadata": _metadata(notebook),
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    text = json.dumps(body, indent=1, ensure_ascii=False)
    return Source(uri, Path(name), text, documents, cells_of(text))


def _cell(cell: types.NotebookCell, document: TextDocument) -> dict[str, Any]:
    source = document.source.splitlines(keepends=True)
    if cell.kind == types.NotebookCellKind.Markup:
        return {"cell_type": "markdown", "metadata": {}, "source": source}
    language = document.language_id
    metadata = {"vscode": {"languageId": language}} if language else {}
    return {"cell_type": "code", "metadata": metadata, "outputs": [], "source": source}


def _metadata(notebook: types.NotebookDocument) -> dict[str, Any]:
    """What a notebook says of its language."""
    given: Any = notebook.metadata if isinstance(notebook.metadata, dict) else {}
    return {
        key: given[key]
        for key in ("kernelspec", "language_info")
        if isinstance(given.get(key), dict)
    }


def _snapshot(uri: str, workspace: Workspace) -> TextDocument:
    """A document as it is now: the workspace's own changes under who is judging it."""
    document = workspace.get_text_document(uri)
    return TextDocument(
        uri,
        document.source,
        document.version,
        document.language_id,
        position_codec=workspace.position_codec,
    )


# -- ranges ----------------------------------------------------------------------------------------------------------


def range_of(span: Span, document: TextDocument) -> types.Range:
    """A span of a document in the units in which the editor counts columns."""
    return range_in(split_lines(document.source), span, document.position_codec)


def range_in(lines: Sequence[str], span: Span, codec: PositionCodec) -> types.Range:
    """A span of some lines in the units in which the editor counts columns."""
    last = len(lines)
    start = ServerTextPosition(min(span.line, last) - 1, span.column - 1)
    end = ServerTextPosition(min(span.end_line, last) - 1, span.end_column - 1)
    return codec.range_to_client_units(lines, ServerTextRange(start, end))


def _whole(document: TextDocument) -> types.Range:
    lines = split_lines(document.source)
    return range_of(Span(1, 1, len(lines), len(lines[-1]) + 1), document)


def sources(
    uris: Iterable[str], notebooks: Iterable[str], workspace: Workspace
) -> Iterator[Source]:
    """The files of the text documents and notebooks that are open."""
    for uri in sorted(uris):
        source = text_source(uri, workspace)
        if source is not None:
            yield source
    for uri in sorted(notebooks):
        source = notebook_source(uri, workspace)
        if source is not None:
            yield source
