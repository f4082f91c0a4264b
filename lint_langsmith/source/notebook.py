"""Jupyter notebooks (nbformat 3 and 4): the code of the cells as one Python program, with the way back to the JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from lint_langsmith.findings import Span
from lint_langsmith.source.magics import Magic, python_of
from lint_langsmith.source.places import Places, Segment
from lint_langsmith.source.text import LineIndex, UnreadableFileError
from lint_langsmith.source.tree import MalformedError, Node, escapes, parse_json

# Most of a notebook, and nothing that a program does.
OUTPUTS: Final = frozenset({"outputs", "attachments"})
_PYTHON: Final = frozenset({"python", "ipython", "python3", "xpython", "sage"})


class CellFault(NamedTuple):
    """A cell that is no Python: where in the joined text, and why."""

    cell: int
    span: Span
    message: str


class Notebook(NamedTuple):
    """`text` is the cells as written, `code` the same with what is no Python blanked; both have the same lines.

    `magics` are with the 1-based line of `text` in place of that of their cell.
    """

    text: str
    code: str
    places: Places
    magics: tuple[Magic, ...]
    faults: tuple[CellFault, ...]


def read_notebook(raw: str) -> Notebook:
    """The notebook that the JSON text `raw` holds.

    Raises:
        UnreadableFileError: it is no JSON, or no notebook.
    """
    try:
        root = parse_json(raw, OUTPUTS)
    except MalformedError as error:
        place = LineIndex(raw).span(error.offset, error.offset)
        span = Span(place.line, place.column, place.line, place.column + 1)
        raise UnreadableFileError(f"is no notebook: {error.message}", span) from None
    if root.kind != "map" or (root.get("cells") is None and root.get("worksheets") is None):
        raise UnreadableFileError("is no notebook: it has no cells")
    builder = _Builder(raw, [(cell.start, cell.end) for cell in cells_in(root)])
    if _is_python(root):
        for number, cell in enumerate(cells_in(root), start=1):
            source = cell.get("source") or cell.get("input")
            if _is_code(cell) and source is not None:
                builder.add(number, source.items if source.kind == "list" else (source,))
    return builder.finish()


def _is_python(root: Node) -> bool:
    """Whether the kernel speaks Python; a notebook that does not say is taken to."""
    metadata = root.get("metadata")
    for key, field in (("language_info", "name"), ("kernelspec", "language")):
        info = metadata.get(key) if metadata is not None else None
        language = info.get(field) if info is not None else None
        if language is not None and language.text:
            return language.text.lower() in _PYTHON
    return True


def cells_in(root: Node) -> Iterator[Node]:
    """The cells of a notebook, of all kinds, in their order."""
    cells = root.get("cells")
    if cells is not None:
        yield from cells.items
    worksheets = root.get("worksheets")
    for sheet in worksheets.items if worksheets is not None else ():
        inner = sheet.get("cells")
        yield from inner.items if inner is not None else ()


def _is_code(cell: Node) -> bool:
    kind = cell.get("cell_type")
    if kind is None or kind.text != "code":
        return False
    metadata = cell.get("metadata")
    editor = metadata.get("vscode") if metadata is not None else None
    language = (editor.get("languageId") if editor is not None else None) or cell.get(
        "language"
    )
    return language is None or (language.text or "").lower() in _PYTHON


def segments_of(raw: str, string: Node, start: int, cell: int) -> Iterator[Segment]:
    """Where the characters of a JSON string stand: stretches without escapes, and each escape by itself.

    `start` is the offset that its first character has in the text that it is a part of.
    """
    at, end = string.start + 1, string.end - 1
    done = 0
    for index, offset, length in escapes(raw, at, end):
        if index > done:
            yield Segment(start + done, index - done, at, index - done, cell)
        yield Segment(start + index, 1, offset, length, cell)
        done, at = index + 1, offset + length
    rest = len(string.text or "") - done
    if rest > 0:
        yield Segment(start + done, rest, at, rest, cell)


class _Builder:
    """Joins the cells."""

    def __init__(self, raw: str, cells: Sequence[tuple[int, int]]) -> None:
        self._raw = raw
        self._cells = cells
        self._texts: list[str] = []
        self._codes: list[str] = []
        self._segments: list[Segment] = []
        self._magics: list[Magic] = []
        self._faults: list[CellFault] = []
        self._length = 0
        self._line = 1

    def add(self, number: int, strings: Sequence[Node]) -> None:
        """Take in a code cell; `strings` are the parts of its source."""
        before = self._length
        parts: list[str] = []
        for string in strings:
            if string.quoted and string.text:
                self._string(string, number)
                parts.append(string.text)
        text = "".join(parts)
        if not text.endswith(("\n", "\r")):
            text += "\n"
        self._length = before + len(text)
        cell = python_of(text)
        self._texts.append(text)
        self._codes.append(cell.code)
        self._magics += [
            magic._replace(line=self._line + magic.line - 1) for magic in cell.magics
        ]
        if cell.fault is not None:
            line = self._line + cell.fault.line - 1
            span = Span(line, cell.fault.column, line, cell.fault.column + 1)
            self._faults.append(CellFault(number, span, cell.fault.message))
        self._line += LineIndex(text).span(len(text), len(text)).line - 1

    def _string(self, string: Node, number: int) -> None:
        self._segments += segments_of(self._raw, string, self._length, number)
        self._length += len(string.text or "")

    def finish(self) -> Notebook:
        """The notebook."""
        text = "".join(self._texts)
        places = Places(text, self._raw, self._segments, self._cells)
        return Notebook(
            text, "".join(self._codes), places, tuple(self._magics), tuple(self._faults)
        )
