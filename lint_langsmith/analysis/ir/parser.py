"""Parsing: the tree that libcst makes of a text, with the places that CPython's own parser knows of it."""

from __future__ import annotations

import ast
import contextlib
import sys
import warnings
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias, TypeVar

import libcst as cst

from lint_langsmith.analysis import limits
from lint_langsmith.analysis.ir.positions import MismatchError, Positions, in_pieces, positions
from lint_langsmith.analysis.ir.tree import (
    ParserError,
    parsed_by,
    tree_by_libcst,
    tree_of_python,
)
from lint_langsmith.analysis.limits import PARSED_DEPTH, PIECEWISE_CHARACTERS, PIECEWISE_TOKENS
from lint_langsmith.findings import Span
from lint_langsmith.source.parse_cost import Cost, cost_of, is_cheap
from lint_langsmith.source.text import UnreadableFileError

Made = TypeVar("Made")
Pieces: TypeAlias = Iterable[tuple[cst.Module, Positions]]


def parsed(text: str, make: Callable[[Pieces], Made]) -> Made:
    """What `make` makes of a program, which it gets in one tree, or in several that each have some of its statements.

    Raises:
        UnreadableFileError: libcst can't parse it, or would take too much for it.
    """
    cost = cost_of(text) if len(text) > limits.FILE_TOKENS else None
    if cost is not None:
        _refuse_large(text, cost)
    peer = _peer(text)
    if cost is None and (peer is None or not is_cheap(text)):
        cost = cost_of(text)
    if cost is not None:
        _refuse_costly(text, cost, is_python=peer is not None)
    if peer is not None and (
        len(text) > PIECEWISE_CHARACTERS
        or (cost is not None and cost.tokens > PIECEWISE_TOKENS)
    ):
        with contextlib.suppress(MismatchError, ParserError, RecursionError):
            return make(in_pieces(text, peer))
        peer = _peer(text)  # the pieces have used it up
    try:
        tree = tree_by_libcst(text) if peer is None else tree_of_python(text)
    except ParserError as error:
        raise _unparsable(text, error) from None
    except RecursionError:
        raise UnreadableFileError(_TOO_DEEP) from None
    try:
        return make([(tree, positions(tree, text, peer))])
    except RecursionError:
        raise UnreadableFileError("cannot be analysed: nested too deeply") from None


def expression(text: str) -> cst.BaseExpression | None:
    """The tree of an expression that stands in quotes; None for what is none, or is longer than any type."""
    if len(text) > limits.QUOTED_TYPE:
        return None
    try:
        _refuse_costly(text, cost_of(text), is_python=False)
        return parsed_by(cst.parse_expression, text)
    except (ParserError, RecursionError, UnreadableFileError):
        return None


def _refuse_costly(text: str, cost: Cost, *, is_python: bool) -> None:
    """Refuse a text that would take minutes or the memory of the machine, or end the process."""
    longest = limits.FLAT_CHAIN if is_python else limits.CHAIN
    if cost.brackets > limits.BRACKETS or cost.chain > longest or cost.clauses > longest:
        raise UnreadableFileError(_TOO_DEEP)
    if cost.patterns > limits.PATTERN_BRACKETS:
        raise UnreadableFileError(
            "cannot be parsed: the pattern of a `case` is nested too deeply"
        )
    _refuse_large(text, cost)


def _refuse_large(text: str, cost: Cost) -> None:
    most = limits.file_tokens(len(text))
    if cost.tokens > most:
        raise _too_large(f"it has {cost.tokens:,} tokens, of which {most:,} at most are parsed")
    if cost.heaviest > limits.STATEMENT_TOKENS:
        one = f"one statement has {cost.heaviest:,} tokens"
        raise _too_large(f"{one}, of which {limits.STATEMENT_TOKENS:,} at most are parsed")


def _too_large(why: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"is too large to be parsed: {why}",
        help="move the data into a file of another format (JSON), or split the file",
    )


_TOO_DEEP: Final = "cannot be parsed: nested too deeply"


def _peer(text: str) -> ast.Module | None:
    """CPython's own tree; None for what it can't parse, which may be newer than the running Python.

    It is asked first, because it has limits where libcst takes quadratic time, and in the end the stack of the process.

    Raises:
        UnreadableFileError: no Python can parse a file that is nested so deeply.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # the linted file's own invalid escapes are not our caller's business
            tree = ast.parse(text)
    except (RecursionError, MemoryError):
        raise UnreadableFileError(_TOO_DEEP) from None
    except SyntaxError as fault:
        if "too many" in fault.msg:  # parentheses, levels of indentation
            line, column = fault.lineno or 1, max(1, fault.offset or 1)
            raise UnreadableFileError(
                f"is not valid Python: {fault.msg}", Span(line, column, line, column + 1)
            ) from None
        return None
    except ValueError:
        return None
    if _is_deep(tree):
        raise UnreadableFileError(_TOO_DEEP)
    return tree


def _is_deep(tree: ast.Module) -> bool:
    """Whether an expression is nested more deeply than any that a person writes: a chain of hundreds of calls."""
    suites: list[ast.AST] = [tree]
    while suites:
        for child in ast.iter_child_nodes(suites.pop()):
            if isinstance(child, _STATEMENTS):
                suites.append(child)
            elif _is_long(child) and _depth_reaches(child, PARSED_DEPTH):
                return True
    return False


_STATEMENTS: Final = (ast.stmt, ast.excepthandler, ast.match_case)


def _is_long(node: ast.AST) -> bool:
    """Whether so much can stand in a part of a statement that it may be nested deeply: most are not looked into."""
    if isinstance(node, (ast.expr, ast.pattern, ast.keyword)):
        lines, columns = (node.end_lineno or 0) - node.lineno, node.end_col_offset or 0
        return lines > PARSED_DEPTH // 20 or columns > 2 * PARSED_DEPTH
    return any(map(_is_long, ast.iter_child_nodes(node)))  # parameters, items of `with`


def _depth_reaches(expr: ast.AST, limit: int) -> bool:
    level = [expr]
    for _ in range(limit):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return False
    return True


def _unparsable(text: str, error: ParserError) -> UnreadableFileError:
    """CPython says better than libcst where and what is wrong, when it can't parse the file either."""
    is_python = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(
                text, "<linted>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True
            )  # runs nothing
        is_python = True
    except SyntaxError as fault:
        line, column = fault.lineno or 1, max(1, fault.offset or 1)
        return UnreadableFileError(
            f"is not valid Python: {fault.msg}", Span(line, column, line, column + 1)
        )
    except (ValueError, RecursionError, MemoryError):
        pass
    place = Span(error.line, error.column, error.line, error.column + 1)
    libcst = f"libcst {_libcst_version()}"
    if not is_python:
        return UnreadableFileError(f"cannot be parsed as Python (by {libcst})", place)
    python = "{}.{}".format(*sys.version_info)
    return UnreadableFileError(
        f"cannot be parsed by {libcst}, though Python {python} can parse it",
        place,
        "write this place in another way, or update libcst; what is said of other files does not depend on it",
    )


def _libcst_version() -> str:
    from importlib.metadata import version  # noqa: PLC0415 - only for the message

    return version("libcst")
