"""What a finding is known by in its file when lines move: its rule, the function around it, its bare statement.

Nothing of it comes from a secret: what is secret is masked before anything is hashed.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from lint_langsmith.findings import Finding, Span, SpansByLine
from lint_langsmith.redaction import redact
from lint_langsmith.source.kinds import kind_of
from lint_langsmith.source.text import comments, split_lines

_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_LONGEST: Final = 20


class _Block(NamedTuple):
    """A statement or definition: its lines (of a compound statement those of its header), and a definition's name."""

    first: int
    last: int
    end: int
    name: str


def fingerprint(finding: Finding, text: str, secrets: SpansByLine) -> str:
    """32 hexadecimal digits: equal for findings that a reader would call the same one, wherever the lines are now.

    `text` is the file, `secrets` are the spans in it that must not be known from the result.
    """
    layout = _layout(text, is_python=_is_python(finding, text))
    scope = layout.scopes.get(finding.span.line, "")
    statement = _normal(_statement(finding, layout, secrets))
    parts = (finding.code, scope, statement)
    return hashlib.sha256("\0".join(parts).encode("utf-8", errors="replace")).hexdigest()[:32]


class _Layout(NamedTuple):
    """The lines of a file; of Python also the statement (first and last line), scope and comment of each line."""

    lines: Sequence[str]
    statements: Mapping[int, tuple[int, int]]
    scopes: Mapping[int, str]
    comments: Mapping[int, int]


@functools.lru_cache(maxsize=8)
def _layout(text: str, *, is_python: bool) -> _Layout:
    statements: dict[int, tuple[int, int]] = {}
    scopes: dict[int, str] = {}
    blocks = _blocks(text) if is_python else ()
    # What is wider comes first, so that the narrowest statement and the innermost scope stand in the end.
    for block in sorted(blocks, key=lambda block: (block.first, -block.end)):
        for line in range(block.first, block.last + 1):
            known = statements.get(line)
            if known is None or block.last - block.first <= known[1] - known[0]:
                statements[line] = (block.first, block.last)
        if block.name:
            scope = f"{scopes.get(block.first, '')}.{block.name}".lstrip(".")
            scopes.update(dict.fromkeys(range(block.first, block.end + 1), scope))
    remarks = {line: column for line, column, _, _ in comments(text)} if is_python else {}
    return _Layout(split_lines(text), statements, scopes, remarks)


def _is_python(finding: Finding, text: str) -> bool:
    """Of other files, which may look like it (JSON does), lines are what a finding is in."""
    return kind_of(PurePosixPath(finding.path), text[:200].encode(errors="replace")) == "python"


def _blocks(text: str) -> tuple[_Block, ...]:
    """The statements and definitions of Python source; none where it is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    found: list[_Block] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt | ast.ExceptHandler):
            end = node.end_lineno or node.lineno
            body = [
                child.lineno
                for child in ast.iter_child_nodes(node)
                if isinstance(child, ast.stmt)
            ]
            last = max(node.lineno, min(body) - 1) if body else end
            name = node.name if isinstance(node, _FUNCTIONS) else ""
            first = min(
                [node.lineno, *(item.lineno for item in getattr(node, "decorator_list", ()))]
            )
            found.append(_Block(first, last, end, name))
    return tuple(found)


def _statement(finding: Finding, layout: _Layout, secrets: SpansByLine) -> str:
    """The lines of a finding's statement: comments cut off (what suppresses it is no part of it), secrets masked."""
    line = min(finding.span.line, len(layout.lines))
    first, last = layout.statements.get(line, (line, line))
    kept = []
    for number in range(first, min(last, first + _LONGEST) + 1):
        cut = layout.comments.get(number)
        is_in_comment = (
            number == finding.span.line and cut is not None and finding.span.column >= cut
        )
        code = (
            layout.lines[number - 1]
            if cut is None or is_in_comment
            else layout.lines[number - 1][: cut - 1]
        )
        kept.append(_masked(code, number, secrets.on(number)))
    return "\n".join(kept)


def _masked(line: str, number: int, secrets: Iterable[Span]) -> str:
    """A line with what is secret of it taken out."""
    for span in sorted(set(secrets), reverse=True):
        if span.line <= number <= span.end_line:
            start = span.column - 1 if number == span.line else 0
            end = span.end_column - 1 if number == span.end_line else len(line)
            line = f"{line[:start]}***{line[end:]}"
    return line


def _normal(statement: str) -> str:
    """Without blanks, trailing commas and the choice of quotes: what a formatter does makes no difference.

    Nor does it, in a notebook, whether a line is the last of its cell.
    """
    statement = re.sub(r'(?:\\n)?",?$', "", statement.rstrip())
    return re.sub(r",(?=[)\]}])", "", re.sub(r"\s+", "", redact(statement)).replace("'", '"'))


def line_hashes(content: bytes) -> list[str]:
    """The `primaryLocationLineHash` of every line, as GitHub's upload action computes it (fingerprints.ts).

    A rolling hash over the next hundred UTF-16 units without blanks and tabs, line ends all alike, then an end mark
    and zeros; the number behind the colon counts equal hashes in the file.
    """
    units, starts = _units(content)
    padded = [*units, *[0] * 100]
    power = pow(37, 100, _MODULUS)
    value = 0
    for unit in padded[:100]:
        value = (value * 37 + unit) % _MODULUS
    wanted = set(starts)
    at: dict[int, int] = {}
    for position in range(len(units)):
        if position in wanted:
            at[position] = value
        if position + 100 < len(padded):
            value = (value * 37 + padded[position + 100] - power * padded[position]) % _MODULUS
    seen: dict[int, int] = {}
    hashes = []
    for start in starts:
        seen[at[start]] = seen.get(at[start], 0) + 1
        hashes.append(f"{at[start]:x}:{seen[at[start]]}")
    return hashes


_MODULUS: Final = 2**64
_END: Final = 65535


def _units(content: bytes) -> tuple[list[int], list[int]]:
    """The UTF-16 units that count, and at which of them each line starts."""
    text = re.sub(r"\r\n|\r", "\n", content.decode("utf-8", errors="replace"))
    encoded = re.sub(r"[ \t]", "", text).encode("utf-16-le", errors="surrogatepass")
    units = [
        int.from_bytes(encoded[offset : offset + 2], "little")
        for offset in range(0, len(encoded), 2)
    ]
    units.append(_END)
    starts = [0, *(position + 1 for position, unit in enumerate(units) if unit == 10)]
    return units, starts
