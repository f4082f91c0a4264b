"""What on the path of an exception may catch it and can't be resolved, and where that stands."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from lint_langsmith.analysis.exceptions.states import At, Deferred, Raised, Result
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.values.abstract import FunctionRef
from lint_langsmith.findings import Span

DoubtCause: TypeAlias = Literal[
    "handler", "decorator", "caller", "library", "framework", "limit"
]


class Doubt(NamedTuple):
    """Something on the path of an exception that may catch it and can't be resolved, and its place.

    `library` is a call outside of the project that gets what raises it; `limit` means that the path was cut.
    """

    cause: DoubtCause
    file: File
    span: Span


def doubt_at(at: At) -> Doubt:
    """What can't be resolved in a state: a handler where it is raised, a decorator or caller where it leaves."""
    if isinstance(at, Raised):
        return Doubt("handler", at.file, _handler_around(at))
    if isinstance(at, Deferred):
        return Doubt("library", at.held.file, at.held.span)
    return doubt_in("caller" if isinstance(at, Result) else "decorator", at.function)


def doubt_in(cause: DoubtCause, function: FunctionRef) -> Doubt:
    """What can't be resolved of a function, at its definition."""
    return Doubt(cause, function.file, function.file.model.scopes[function.scope].span)


def _handler_around(at: Raised) -> Span:
    """The first handler of the nearest `try` around a block, else the definition of its function."""
    model = at.file.model
    for block in at.file.block_chain(at.block):
        row = model.blocks[block]
        if row.kind == "try" and model.tries[row.owner].handlers:
            return model.tries[row.owner].handlers[0].span
    return model.scopes[model.blocks[at.block].scope].span
