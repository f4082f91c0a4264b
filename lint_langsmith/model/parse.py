"""Parsing: the tree that libcst makes of a text, with the places that CPython's own parser knows of it."""

from __future__ import annotations

import ast
import contextlib
import warnings
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias, TypeVar

import libcst as cst

from lint_langsmith.findings import Span
from lint_langsmith.model.positions import LARGE, MismatchError, Positions, in_pieces, positions, tree_of_python
from lint_langsmith.source.text import UnreadableFileError

# What libcst raises on text that is no Python: what its grammar knows better, its nodes find (two bare `except:`).
NO_PYTHON: Final = (cst.ParserSyntaxError, cst.CSTValidationError)

Made = TypeVar("Made")
Pieces: TypeAlias = Iterable[tuple[cst.Module, Positions]]


def parsed(text: str, make: Callable[[Pieces], Made]) -> Made:
    """What `make` makes of a program, which it gets in one tree, or in several that each have some of its statements.

    Raises:
        UnreadableFileError: libcst can't parse it.
    """
    peer = _peer(text)
    if peer is not None and len(text) > LARGE:
        with contextlib.suppress(MismatchError, *NO_PYTHON, RecursionError):
            return make(in_pieces(text, peer))
        peer = _peer(text)  # the pieces have used it up
    try:
        tree = cst.parse_module(text) if peer is None else tree_of_python(text)
    except NO_PYTHON as error:
        raise _unparsable(text, error) from None
    except RecursionError:
        raise UnreadableFileError("cannot be parsed: nested too deeply") from None
    try:
        return make([(tree, positions(tree, text, peer))])
    except RecursionError:
        raise UnreadableFileError("cannot be analysed: nested too deeply") from None


def _peer(text: str) -> ast.Module | None:
    """CPython's own tree; None for what it can't parse, which may be newer than the running Python.

    It is asked first, because it has limits where libcst takes quadratic time, and in the end the stack of the process.

    Raises:
        UnreadableFileError: no Python can parse a file that is nested so deeply.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the linted file's own invalid escapes are not our caller's business
            tree = ast.parse(text)
    except (RecursionError, MemoryError):
        raise UnreadableFileError("cannot be parsed: nested too deeply") from None
    except SyntaxError as fault:
        if "too many" in fault.msg:  # parentheses, levels of indentation
            line, column = fault.lineno or 1, max(1, fault.offset or 1)
            raise UnreadableFileError(f"is no Python: {fault.msg}", Span(line, column, line, column + 1)) from None
        return None
    except ValueError:
        return None
    if _is_deep(tree):
        raise UnreadableFileError("cannot be parsed: nested too deeply")
    return tree


def _is_deep(tree: ast.Module) -> bool:
    """Whether an expression is nested more deeply than any that a person writes: a chain of hundreds of calls."""
    suites: list[list[Any]] = [tree.body]
    while suites:
        for statement in suites.pop():
            expr = getattr(statement, "value", None) or getattr(statement, "test", None)
            if isinstance(expr, ast.expr) and _is_long(expr) and _depth_reaches(expr, _DEEPEST):
                return True
            for name in ("body", "orelse", "finalbody", "handlers", "cases"):
                suite = getattr(statement, name, None)
                if isinstance(suite, list):
                    suites.append(suite)
    return False


def _is_long(expr: ast.expr) -> bool:
    """Whether so much can stand in an expression that it may be nested deeply: most are not looked into."""
    return (expr.end_lineno or 0) - expr.lineno > _DEEPEST // 20 or (expr.end_col_offset or 0) > 2 * _DEEPEST


def _depth_reaches(expr: ast.AST, limit: int) -> bool:
    level = [expr]
    for _ in range(limit):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return False
    return True


# libcst takes seconds for a chain of a thousand calls: its time grows with the square of the depth.
_DEEPEST: Final = 400


def _unparsable(text: str, error: Exception) -> UnreadableFileError:
    """CPython says better than libcst where and what is wrong, when it can't parse the file either."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "<linted>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)  # runs nothing
    except SyntaxError as fault:
        line, column = fault.lineno or 1, max(1, fault.offset or 1)
        return UnreadableFileError(f"is no Python: {fault.msg}", Span(line, column, line, column + 1))
    except (ValueError, RecursionError, MemoryError):
        pass
    line, column = getattr(error, "editor_line", 1), getattr(error, "editor_column", 1)
    place = Span(line, column, line, column + 1)
    return UnreadableFileError(f"cannot be parsed as Python (by libcst {_libcst_version()})", place)


def _libcst_version() -> str:
    from importlib.metadata import version  # noqa: PLC0415 - only for the message

    return version("libcst")
