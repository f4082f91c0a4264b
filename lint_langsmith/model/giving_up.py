"""Handlers that try again a few times and raise what they caught in the last round: `if attempt == 2: raise`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from lint_langsmith.model import data
from lint_langsmith.model.file import File


def gives_up(file: File, handler: data.Handler, raises: Sequence[data.Raise], left: Sequence[int]) -> bool:
    """Whether a handler raises again what it has caught when rounds have run out, whatever that is.

    `raises` are its statements that do so, `left` the blocks in it that are left for somewhere else. All that decides
    between them must be counters: a test of the exception itself may be one for a 403.
    """
    ways = {block: _decided_by(file, handler, block) for block in (*left, *(row.block for row in raises))}
    if any(ways[block] is None for block in left):
        return False
    return any(
        ways[row.block] or (ways[row.block] is not None and bool(left) and all(ways[block] for block in left))
        for row in raises
    )


def _decided_by(file: File, handler: data.Handler, block: int) -> int | None:
    """By how many tests of counters it is decided whether a block of a handler runs; None where others decide too."""
    tests = 0
    for current in file.block_chain(block):
        if current == handler.block:
            return tests
        row = file.model.blocks[current]
        if row.kind in {"if", "else"}:
            if not _is_reached(file, handler, row.kind, file.model.branches[row.owner].test):
                return None
            tests += 1
        elif row.kind != "with":
            return None
    return None


def _is_reached(file: File, handler: data.Handler, kind: str, test: data.Expr) -> bool:
    """Whether a branch is taken at the latest when a counter says so: `if not is_transient(error) or tries == 3:`."""
    enough = "or" if kind == "if" else "and"
    parts = test.values if isinstance(test, data.Boolean) and test.op == enough else (test,)
    return any(_is_of_counter(file, handler, part) for part in parts)


def _is_of_counter(file: File, handler: data.Handler, test: data.Expr) -> bool:
    """Whether a test asks how often something was tried, and nothing of the exception."""
    scope = file.model.blocks[handler.block].scope
    names = set(_names(file, test))
    bound = [row for name in names for row in file.bindings.get((scope, name), ())]
    inside = {row.name for row in bound if row.block == handler.block and row.kind != "augmented"}
    counted = any(
        row.kind == "augmented" or (row.kind == "for" and _is_around(file, row.block, handler)) for row in bound
    )
    return counted and handler.name not in names and not inside


def _is_around(file: File, block: int, handler: data.Handler) -> bool:
    """Whether what a block begins with is bound anew each time that the handler may run."""
    return block in file.block_chain(handler.block)


def _names(file: File, expr: object) -> Iterator[str]:
    """The names in an expression, also in the calls that it makes."""
    if isinstance(expr, data.Name):
        yield expr.id
    elif isinstance(expr, data.CallRef):
        call = file.model.calls[expr.site]
        yield from _names(file, call.func)
        for arg in call.args:
            yield from _names(file, arg.value)
    elif isinstance(expr, tuple):
        for part in expr:
            yield from _names(file, part)
    elif isinstance(expr, msgspec.Struct):
        for field in expr.__struct_fields__:
            yield from _names(file, getattr(expr, field))
