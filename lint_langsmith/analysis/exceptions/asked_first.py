"""Whether a future is asked for its exception before its result is taken: `if future.exception() is None:`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lint_langsmith.analysis.exceptions.predicate_subject import Asked
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.walk import descend
from lint_langsmith.analysis.project.file import File, Place, span_of
from lint_langsmith.analysis.project.place import LATEST

if TYPE_CHECKING:
    from lint_langsmith.analysis.exceptions.predicates import Predicates
    from lint_langsmith.analysis.exceptions.raised import RaisedError


def is_asked_first(file: File, site: int, thrown: RaisedError, predicates: Predicates) -> bool:
    """Whether the call at `site` takes the result of a future only where the future has not failed."""
    call = file.model.calls[site]
    if not isinstance(call.func, ir.Attribute) or call.func.name != "result":
        return False
    asking = [*_asking(file, call)]
    if not asking:
        return False
    subjects = frozenset[ir.Expr](ir.CallRef(other) for other in asking)
    names = frozenset(
        row.name
        for other in asking
        for row in file.bound_calls.get(other, ())
        if row.value == ir.CallRef(other)
    )
    asked = Asked(file, file.place(call), thrown, names, subjects=subjects)
    return predicates.is_reached(call.block, asked) == "no" or any(
        _leaves(file, branch, asked, predicates) for branch in _branches_before(file, call)
    )


def _asking(file: File, call: ir.Call) -> Iterator[int]:
    """The calls of `exception()` of the same future, before the call and in the same function."""
    for site in file.calls_by_name.get("exception", ()):
        other = file.model.calls[site]
        if (
            isinstance(other.func, ir.Attribute)
            and isinstance(call.func, ir.Attribute)
            and other.order < call.order
            and file.function_of(other.scope) == file.function_of(call.scope)
            and _is_same(file, other.func.value, call.func.value)
        ):
            yield site


def _is_same(file: File, one: ir.Expr, other: ir.Expr) -> bool:
    """Whether two names, or attributes, are written alike."""
    kinds = (ir.Name, ir.Attribute)
    return (
        isinstance(one, kinds)
        and isinstance(other, kinds)
        and file.source(one.span) == file.source(other.span)
    )


def _branches_before(file: File, call: ir.Call) -> Iterator[ir.Branch]:
    """The `if` statements that end before a call, in a block that the call stands in."""
    around = {*file.block_chain(call.block)}
    for branch in file.model.branches:
        if branch.body < 0 or {branch.body, branch.orelse} & around:
            continue
        body = file.model.blocks[branch.body]
        spans = [span for part in descend(branch.test) if (span := span_of(file, part))]
        if body.kind == "if" and body.parent in around and spans and min(spans) < call.span:
            yield branch


def _leaves(file: File, branch: ir.Branch, asked: Asked, predicates: Predicates) -> bool:
    """Whether control leaves an `if` statement for good where the future has failed."""
    row = file.model.blocks[branch.body]
    truth = predicates.of(
        branch.test, asked._replace(place=Place(row.scope, row.parent, LATEST))
    )
    taken = branch.body if truth == "yes" else branch.orelse if truth == "no" else -1
    return taken >= 0 and file.model.blocks[taken].ends != "falls"
