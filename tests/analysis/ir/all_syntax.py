"""A program with all kinds of expressions and statements, for tests of what becomes of each: a page of its own."""

from __future__ import annotations

import sys
from typing import Final

import casebook

_PAGE: Final = casebook.FIXTURES / "analysis" / "ir" / "all_syntax.md"
_LINES_OF_3_11: Final = 3  # at its end


def _program() -> str:
    _, _, behind = _PAGE.read_text(encoding="utf-8").partition("```py\n")
    lines = behind.partition("```")[0].splitlines(keepends=True)
    return "".join(lines if sys.version_info >= (3, 11) else lines[:-_LINES_OF_3_11])


PROGRAM: Final = _program()
