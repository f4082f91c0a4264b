"""Where each libcst node stands.

libcst knows positions only by printing the whole tree again, which costs twice the parse. CPython's own parser knows
them for free in a sixth of it, for every file that the running Python can parse, so the two trees are walked side by
side. Where CPython can't parse the file (syntax newer than the running Python), or the trees do not match, libcst's
slow way is taken.
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterator
from typing import Any

import libcst as cst

from lint_langsmith.analysis.ir.model import NOWHERE
from lint_langsmith.analysis.ir.node_pairs import PAIRS, suite
from lint_langsmith.analysis.ir.tree import tree_of_python
from lint_langsmith.analysis.limits import PIECE_CHARACTERS
from lint_langsmith.findings import Span
from lint_langsmith.source.text import LineIndex, split_lines


class Positions:
    """Spans of nodes of one tree; a node without a known place gives the start of the file."""

    def __init__(self, spans: dict[int, Span]) -> None:
        """`spans` maps the identity of a node (which the caller keeps alive) to its span."""
        self._spans = spans
        self._whole = NOWHERE

    def span(self, node: cst.CSTNode) -> Span:
        """The span of a node, parentheses around it left out."""
        return self._spans.get(id(node), self._whole)

    @contextlib.contextmanager
    def inside(self, node: cst.CSTNode) -> Iterator[None]:
        """While it lasts, nodes without a known place have that of `node`: an f-string, a type in quotes."""
        before, self._whole = self._whole, self.span(node)
        try:
            yield
        finally:
            self._whole = before


def positions(tree: cst.Module, text: str, peer: ast.Module | None) -> Positions:
    """Find the place of every expression and statement of `tree`, which was parsed from `text`.

    `peer` is CPython's own tree of the text, if it can parse it.
    """
    if peer is not None:
        with contextlib.suppress(ValueError, RecursionError, MismatchError):
            return Positions(_Aligner(text).align(tree, peer))
    return Positions(_measure(tree))


def in_pieces(text: str, peer: ast.Module) -> Iterator[tuple[cst.Module, Positions]]:
    """A program in trees of some hundred kilobytes, with the places that their nodes have in the whole `text`.

    A libcst tree takes several hundred bytes for each byte of source. What a machine has written is megabytes long, and
    its statements need not be there all at once.

    Raises:
        MismatchError: libcst sees a piece differently than CPython, whose tree of the text `peer` is. It is used up.
        ParserError: libcst can't parse a piece.
    """
    aligner = _Aligner(text)
    for part, statements in _pieces(text, peer.body):
        tree = tree_of_python(part)
        yield tree, Positions(aligner.align(tree, ast.Module(statements, [])))


def _pieces(text: str, body: list[ast.stmt]) -> Iterator[tuple[str, list[ast.stmt]]]:
    """The text cut between statements that begin on a line of their own, with the statements of each part.

    They are taken out of `body`: what is done is not kept.
    """
    index = LineIndex(text)
    start, statements = 0, list[ast.stmt]()
    body.reverse()
    while body:
        statement = body.pop()
        decorators = getattr(statement, "decorator_list", ())
        line = min(part.lineno for part in (statement, *decorators))
        begin = index.offset(line, 1)
        if (
            statements
            and begin - start > PIECE_CHARACTERS
            and line > (statements[-1].end_lineno or 0)
        ):
            yield text[start:begin], statements
            start, statements = begin, []
        statements.append(statement)
    yield text[start:], statements


def _measure(tree: cst.Module) -> dict[int, Span]:
    from libcst.metadata import MetadataWrapper, PositionProvider  # noqa: PLC0415 - the slow way's own import

    ranges = MetadataWrapper(tree, unsafe_skip_copy=True).resolve(PositionProvider)
    return {
        id(node): Span(
            place.start.line, place.start.column + 1, place.end.line, place.end.column + 1
        )
        for node, place in ranges.items()
    }


class MismatchError(Exception):
    """The two trees do not describe the same program."""


class _Aligner:
    """Walks both trees side by side, with an explicit stack: nesting depth is the linted file's choice."""

    def __init__(self, text: str) -> None:
        self._is_ascii = text.isascii()
        # Of lines with other characters the bytes, in which CPython counts.
        lines = [] if self._is_ascii else split_lines(text)
        self._lines = [None if line.isascii() else line.encode() for line in lines]

    def align(self, tree: cst.Module, peer: ast.Module) -> dict[int, Span]:
        """The places of nodes by their identity; the tree is all of the text, or a part with the statements of `peer`.

        Raises:
            MismatchError: the two do not have the same statements.
        """
        spans: dict[int, Span] = {}
        is_ascii, lines = self._is_ascii, self._lines
        stack = suite(tree.body, peer.body)
        while stack:
            node, other = stack.pop()
            if node is None or other is None:
                if node is not other:
                    raise MismatchError
                continue
            kind = type(node)
            pairs_of = PAIRS.get(kind)
            try:
                if kind is not cst.Parameters:
                    line, end = other.lineno, other.end_lineno
                    # In ASCII, as nearly all lines are, CPython's 0-based bytes are as good as characters.
                    plain = is_ascii or (lines[line - 1] is None and lines[end - 1] is None)
                    spans[id(node)] = (
                        Span(line, other.col_offset + 1, end, other.end_col_offset + 1)
                        if plain
                        else self._span(other)
                    )
                if pairs_of is not None:
                    stack.extend(pairs_of(node, other))
            except AttributeError:
                raise MismatchError from None
        return spans

    def _span(self, node: Any) -> Span:
        return Span(
            node.lineno,
            self._column(node.lineno, node.col_offset),
            node.end_lineno,
            self._column(node.end_lineno, node.end_col_offset),
        )

    def _column(self, line: int, byte_offset: int) -> int:
        content = self._lines[line - 1]
        return (
            byte_offset + 1
            if content is None
            else len(content[:byte_offset].decode(errors="replace")) + 1
        )
