"""Edits put together to a new text: those that would meet wait, imports at one place are merged."""

from __future__ import annotations

import bisect
import operator
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.findings import Edit
from lint_langsmith.source.text import LineIndex

_start: Final = operator.attrgetter("start")
_IMPORT: Final = lazy_re.compile(
    r"(?P<indent>[ \t]*)(?:import [\w.]+(?: as \w+)?|from (?P<module>[\w.]+) import [\w, ]+)\n"
)


class _Piece(NamedTuple):
    """An edit by offsets."""

    start: int
    end: int
    content: str

    @property
    def is_import(self) -> bool:
        """Whether it inserts nothing but an import statement on a line of its own."""
        return self.start == self.end and _IMPORT.fullmatch(self.content) is not None


class Merged(NamedTuple):
    """A text after edits, and which of the groups went in (the others met one that did)."""

    text: str
    taken: tuple[int, ...]


def apply_edits(text: str, groups: Sequence[Sequence[Edit]]) -> Merged:
    """Apply groups of edits, each wholly or not at all; the group that begins first goes first.

    Edits that overlap or touch do not go together, but equal ones count once, and imports at one place are merged.
    Line ends of what is inserted become those of the text. A group with a place outside the text is never taken.
    """
    index = LineIndex(text)
    resolved = [
        (number, _pieces(index, len(text), group)) for number, group in enumerate(groups)
    ]
    order = sorted((pieces[0], number, pieces) for number, pieces in resolved if pieces)
    accepted: list[_Piece] = []  # sorted
    taken: list[int] = []
    for _, number, pieces in order:
        if all(_goes_with(piece, accepted) for piece in pieces):
            for piece in pieces:
                if not _is_among(piece, accepted):
                    bisect.insort(accepted, piece)
            taken.append(number)
    return Merged(_splice(text, accepted), tuple(sorted(taken)))


def _pieces(index: LineIndex, length: int, edits: Iterable[Edit]) -> list[_Piece]:
    """The edits by offset, in order; none when one lies outside the text or two of them meet."""
    pieces: list[_Piece] = []
    for edit in edits:
        try:
            start = index.offset(edit.span.line, edit.span.column)
            end = index.offset(edit.span.end_line, edit.span.end_column)
        except IndexError:
            return []
        if not 0 <= start <= end <= length or index.span(start, end) != edit.span:
            return []
        pieces.append(_Piece(start, end, edit.content))
    pieces = sorted(set(pieces))
    apart = all(before.end <= after.start for before, after in pairwise(pieces))
    return pieces if apart else []


def _is_among(piece: _Piece, accepted: Sequence[_Piece]) -> bool:
    at = bisect.bisect_left(accepted, piece)
    return at < len(accepted) and accepted[at] == piece


def _goes_with(piece: _Piece, accepted: Sequence[_Piece]) -> bool:
    if _is_among(piece, accepted):
        return True
    # None of those that were accepted lie in each other: in their order the ends are in order as well.
    at = bisect.bisect_right(accepted, piece.end, key=_start)
    while at and accepted[at - 1].end >= piece.start:
        at -= 1
        if not _may_touch(piece, accepted[at]):
            return False
    return True


def _may_touch(piece: _Piece, other: _Piece) -> bool:
    """Whether two edits that overlap or touch go together: an import beside another edit, imports at one place."""
    if not (piece.is_import or other.is_import) or (
        piece.end > other.start and other.end > piece.start
    ):
        return False
    both_insert = piece.start == piece.end == other.start == other.end
    return not both_insert or (piece.is_import and other.is_import)


def _splice(text: str, pieces: Iterable[_Piece]) -> str:
    newline = dominant_newline(text)
    parts: list[str] = []
    position = 0
    for piece in _with_merged_imports(sorted(pieces)):
        parts += [text[position : piece.start], _with_newlines(piece.content, newline)]
        position = piece.end
    parts.append(text[position:])
    return "".join(parts)


def _with_merged_imports(pieces: Sequence[_Piece]) -> list[_Piece]:
    """Imports inserted at one place become one piece: sorted, names of one module in one statement."""
    merged: list[_Piece] = []
    for piece in pieces:
        if merged and piece.is_import and merged[-1].start == merged[-1].end == piece.start:
            merged[-1] = merged[-1]._replace(
                content=_joined_imports(merged[-1].content + piece.content)
            )
        else:
            merged.append(piece)
    return merged


def _joined_imports(lines: str) -> str:
    """Import statements, a line each: `import …` first, then `from …`, each by module."""
    plain: set[str] = set()
    names: dict[str, set[str]] = {}
    indent = re.match(r"[ \t]*", lines)
    for line in lines.splitlines():
        module, found, listed = line.strip().removeprefix("from ").partition(" import ")
        if found:
            names.setdefault(module, set()).update(name.strip() for name in listed.split(","))
        else:
            plain.add(line.strip())
    statements = [
        *sorted(plain),
        *(
            f"from {module} import {', '.join(sorted(names[module]))}"
            for module in sorted(names)
        ),
    ]
    return "".join(f"{indent[0] if indent else ''}{statement}\n" for statement in statements)


def dominant_newline(text: str) -> str:
    """The line end that a text uses most; LF for a text of one line."""
    windows = text.count("\r\n")
    counts = {
        "\n": text.count("\n") - windows,
        "\r\n": windows,
        "\r": text.count("\r") - windows,
    }
    return max(counts, key=lambda newline: counts[newline])


def _with_newlines(content: str, newline: str) -> str:
    return re.sub(r"\r\n|\r|\n", newline, content)
