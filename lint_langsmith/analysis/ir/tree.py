"""Syntax trees by libcst: the checks that it makes of every node are left out, whatever it raises is one error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import libcst as cst

from lint_langsmith import lazy_re
from lint_langsmith.interruption import raise_if_interrupted


class ParserError(Exception):
    """libcst can't parse a text. `line` and `column` are 1-based, where it has told them."""

    def __init__(self, line: int, column: int) -> None:
        super().__init__(f"line {line}, column {column}")
        self.line = line
        self.column = column


def tree_of_python(text: str) -> cst.Module:
    """The tree of a text that CPython can parse, without the checks of libcst's nodes: an eighth of a parse.

    They are for trees that are made by hand: libcst's own comment on them would avoid "validating the tree when parsing
    a file", but there is no switch for it. One of them finds what CPython finds no sooner than it compiles.

    Raises:
        ParserError: libcst can't parse it.
    """
    if _BARE_HANDLER.search(text):
        return tree_by_libcst(text)
    cst.CSTNode.__post_init__ = _unchecked  # type: ignore[method-assign]
    try:
        return tree_by_libcst(text)
    finally:
        cst.CSTNode.__post_init__ = _CHECKED  # type: ignore[method-assign]


def tree_by_libcst(text: str) -> cst.Module:
    """The tree of a text, with all checks.

    Raises:
        ParserError: libcst can't parse it, whatever it raises: errors of syntax and of its nodes' checks, faults of its
            own (`CSTLogicError` on template strings), what Rust makes of a panic, and of half a surrogate pair.
    """
    return parsed_by(cst.parse_module, text)


Tree = TypeVar("Tree")


def parsed_by(parse: Callable[[str], Tree], text: str) -> Tree:
    """What one of libcst's functions makes of a text.

    Raises:
        ParserError: as `tree_by_libcst`.
        RecursionError: it is nested too deeply.
    """
    try:
        return parse(text)
    except (KeyboardInterrupt, SystemExit, GeneratorExit, RecursionError, MemoryError):
        raise
    except BaseException as error:  # noqa: BLE001 - a panic of Rust's is no Exception
        raise_if_interrupted()
        raise ParserError(*_told_place(error)) from None


def _told_place(error: BaseException) -> tuple[int, int]:
    """The 1-based line and column that libcst tells of an error; the beginning where it tells none, or fails at it."""
    try:
        return getattr(error, "editor_line", 1), getattr(error, "editor_column", 1)
    except Exception:  # noqa: BLE001 - it looks for the line in the text, and may not find it
        return 1, 1


def _unchecked(self: cst.CSTNode) -> None:
    """Takes the place of the checks."""


_BARE_HANDLER: Final = lazy_re.compile(r"\bexcept[\s\\]*:")


_CHECKED: Final = cst.CSTNode.__post_init__
