"""The rows of comments and of the lines of statements, to which suppressions belong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.source.text import comments

# Of `noqa`, one for everything, or one of our codes.
_SUPPRESSION_WORD: Final = lazy_re.compile(r"lint-langsmith|noqa(?!:)", re.IGNORECASE)
_OUR_CODE: Final = lazy_re.compile(r"LS[0-9]", re.IGNORECASE)


def suppressing_comments(text: str) -> tuple[ir.Comment, ...]:
    """The comments, for files that hold a suppression which may be ours: nothing else asks for them."""
    # To fold case and search for literals takes a tenth of the time that the expression takes.
    plain = text.lower()
    if not ("lint-langsmith" in plain or "noqa" in plain):
        return ()
    if not (_SUPPRESSION_WORD.search(text) or _names_our_code(text)):
        return ()
    return tuple(ir.Comment(*comment) for comment in comments(text))


def _names_our_code(text: str) -> bool:
    """Whether a code of ours stands behind `noqa:` on a line; each line is gone through once."""
    lines = (line for line in text.lower().split("\n") if "noqa:" in line)
    return any(_OUR_CODE.search(line, line.index("noqa:")) for line in lines)


def to_their_colons(
    statements: Iterable[tuple[int, int]], lines: Sequence[str]
) -> tuple[tuple[int, int], ...]:
    """Statements, headers up to their colons: these may stand below their last parts, behind brackets."""
    found = []
    for first, end in statements:
        last = line = end
        while line < len(lines) and (stripped := lines[line].strip())[:1] in {
            "",
            "#",
            ",",
            ")",
            "]",
            "}",
        }:
            line += 1
            last = line if stripped[:1] in {",", ")", "]", "}"} else last
        found.append((first, last))
    return tuple(found)
