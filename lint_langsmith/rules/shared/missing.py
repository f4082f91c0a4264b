"""What a handler takes for missing, or for there already: what the code makes, or reads, instead."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain
from typing import Final

from lint_langsmith.analysis import limits
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.exceptions.outcome import MissedHandler
from lint_langsmith.analysis.fixed_point import closure
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.walk import descend
from lint_langsmith.analysis.project.file import File, last_name, within
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall, written
from lint_langsmith.analysis.values.abstract import FunctionRef
from lint_langsmith.analysis.values.call_graph import CALLS
from lint_langsmith.rules.shared.handlers import contents, uses_error

# How the names of methods begin that ask whether something is there, and of those that make it.
ASKS: Final = ("read_", "get", "has_", "list_", "pull_", "retrieve", "query", "search")
MAKES: Final = ("create", "push", "clone", "upload", "put")


def calls_in_try(caught: MissedHandler, calls: Sequence[ApiCall]) -> list[ApiCall]:
    """Those of the calls that stand in the body of a handler's own `try`."""
    return [call for call in calls if call.file is caught.file and _stands_in(call, caught)]


def makes_what_is_missing(
    caught: MissedHandler, calls: Sequence[ApiCall], analysis: Analysis
) -> bool:
    """Whether the code makes what it did not find because of a handler."""
    asked = calls_in_try(caught, calls)
    return (
        bool(asked)
        and not is_told_apart(caught)
        and any(True for _ in made_instead(caught, asked, analysis))
    )


def _stands_in(call: ApiCall, caught: MissedHandler) -> bool:
    """Whether the call stands in the body of the handler's own `try`."""
    return caught.file.model.tries[caught.owner].body in call.file.block_chain(call.call.block)


def is_told_apart(caught: MissedHandler) -> bool:
    """Whether what is missing has a handler of its own before this one, or the handler looks at the error."""
    file, handler = caught.file, caught.handler
    earlier = (
        other
        for other in file.model.tries[caught.owner].handlers
        if other.block < handler.block
    )
    if any(
        "NotFound" in name or "Conflict" in name
        for other in earlier
        for name in _spelled(other.type)
    ):
        return True
    return _tests_error(file, handler)


def _tests_error(file: File, handler: ir.Handler) -> bool:
    """Whether a condition in a handler is about its error, or about what the handler made of it: `if "409" in text:`.

    That it is shown beside a condition about something else tells nothing apart.
    """
    if handler.name is None:
        return False
    about = {handler.name}
    for row in contents(file, handler.block).bindings:
        if _mentions(file, row.value, about):
            about.add(row.name)
    branches = file.rows_by_block.branches(within(file, handler.block))
    return any(_mentions(file, branch.test, about) for branch in branches)


def _mentions(file: File, expr: ir.Expr | None, names: AbstractSet[str]) -> bool:
    return any(
        isinstance(part, ir.Name) and part.id in names
        for part in descend(expr, file.model.calls)
    )


def _spelled(expr: ir.Expr | None) -> Iterator[str]:
    items = expr.items if isinstance(expr, ir.Sequence) else (expr,)
    for item in items:
        if item is not None:
            yield last_name(item)


def made_instead(
    caught: MissedHandler, asked: Sequence[ApiCall], analysis: Analysis
) -> Iterator[tuple[ApiCall, ApiCall]]:
    """The calls in a handler, or behind it, that make what a call of the `try` asked for; or the other way round.

    Each comes behind that call. A key that was refused will be refused there as well.
    """
    file = caught.file
    blocks = _open_within(file, caught.handler.block) | _taken_for_missing(caught, asked)
    inside = ((first, call) for call in _made_in(file, blocks, analysis) for first in asked)
    further = chain(inside, _made_behind(caught, asked, analysis))
    yield from (pair for pair in further if _is_get_or_create(*pair))


def _behind(caught: MissedHandler) -> int:
    """The block that goes on behind the `try` when the handler is done; -1 where it tells of the error, or leaves."""
    file, handler = caught.file, caught.handler
    if file.model.blocks[handler.block].ends != "falls" or uses_error(file, handler):
        return -1
    return file.model.blocks[file.model.tries[caught.owner].body].parent


def _made_behind(
    caught: MissedHandler, asked: Sequence[ApiCall], analysis: Analysis
) -> Iterator[tuple[ApiCall, ApiCall]]:
    """The calls behind the `try`, in no branch, that can be refused and make what a call of it asked for.

    By the arguments: `read_dataset(name)`, `create_dataset(name)`. What is read in the end may be read by a key that
    may make nothing.
    """
    block = _behind(caught)
    for first in asked if block >= 0 else ():
        named = {written(arg.value) for arg in first.call.args} - {""}
        behind = {
            call.site: call
            for name in named
            for call in _calls_behind(caught, block, name, analysis)
        }
        for _, call in sorted(behind.items()):
            if (
                call.name.startswith(MAKES)
                and call.method is not None
                and _raises(call, analysis)
            ):
                yield first, call


def _calls_behind(
    caught: MissedHandler, block: int, name: str, analysis: Analysis
) -> Sequence[ApiCall]:
    """The next calls of the API behind a handler that stand in a block and get an argument that is written so."""
    calls = analysis.clients.api_calls_with(caught.file, block, name)
    first = bisect_right(calls, caught.handler.span, key=lambda call: call.span)
    return calls[first : first + limits.ROWS_BEHIND]


def _taken_for_missing(caught: MissedHandler, asked: Sequence[ApiCall]) -> frozenset[int]:
    """The blocks behind the `try` that run where what was asked for is still empty: `if found is None:`.

    None where the handler tells of the error, or does not get there.
    """
    if _behind(caught) < 0:
        return frozenset()
    found: set[int] = set()
    for block in where_still_empty(caught, asked):
        found |= _open_within(caught.file, block)
    return frozenset(found)


def where_still_empty(caught: MissedHandler, asked: Sequence[ApiCall]) -> Iterator[int]:
    """The blocks of the `if`s behind the `try` for what it has not found, or for a flag that says that it did."""
    file, handler = caught.file, caught.handler
    body = file.model.tries[caught.owner].body
    sites = [ir.CallRef(call.site) for call in asked]
    bound = contents(file, body).bindings
    names = {
        row.name
        for row in bound
        if row.value == ir.Constant("True") or _gives(file, row.value, sites)
    }
    parent = file.model.blocks[body].parent
    for name in sorted(names):
        blocks = file.rows_by_block.where_empty(parent, name)
        first = bisect_right(blocks, handler.block)
        yield from blocks[first : first + limits.ROWS_BEHIND]


def _gives(file: File, expr: ir.Expr | None, sites: Sequence[ir.CallRef]) -> bool:
    """Whether an expression is the result of one of some calls: `await find()`, `list(find())`."""
    if isinstance(expr, ir.Await):
        expr = expr.value
    if expr in sites:
        return True
    passed = file.model.calls[expr.site].args if isinstance(expr, ir.CallRef) else ()
    return any(arg.value in sites for arg in passed)


def _made_in(file: File, blocks: frozenset[int], analysis: Analysis) -> Iterator[ApiCall]:
    """The calls of the API that can be refused in some blocks, and in the project's functions that are called there."""
    yield from _refused_in(file, blocks, analysis)

    def called(function: FunctionRef) -> Iterator[FunctionRef]:
        return _called_in(function.file, _open_blocks(function), analysis)

    for function in closure(_called_in(file, blocks, analysis), called, limits.FUNCTIONS):
        yield from _refused_in(function.file, _open_blocks(function), analysis)


def _refused_in(file: File, blocks: frozenset[int], analysis: Analysis) -> Iterator[ApiCall]:
    for site in file.rows_by_block.sites(blocks):
        for call in analysis.clients.api_calls_at(file, site):
            if call.method is not None and _raises(call, analysis):
                yield call


def _called_in(file: File, blocks: frozenset[int], analysis: Analysis) -> Iterator[FunctionRef]:
    for site in file.rows_by_block.sites(blocks):
        edges = analysis.values.relevant_only.call_graph.calls(file, site)
        yield from (edge.callee for edge in edges if edge.kind in CALLS)


def _open_blocks(function: FunctionRef) -> frozenset[int]:
    """The blocks of a function that stand in no `try` of it."""
    return _open_within(function.file, function.file.model.scopes[function.scope].block)


def _open_within(file: File, body: int) -> frozenset[int]:
    """A block and those inside of it, without those that stand in a `try` that is inside of it as well."""
    return frozenset(
        block for block in within(file, body) if not _is_in_try_below(file, block, body)
    )


def _is_in_try_below(file: File, block: int, body: int) -> bool:
    return any(file.model.blocks[outer].kind == "try" for outer in _up_to(file, block, body))


def _up_to(file: File, block: int, last: int) -> Iterator[int]:
    for current in file.block_chain(block):
        if current == last:
            return
        yield current


def _raises(call: ApiCall, analysis: Analysis) -> bool:
    return bool(tuple(analysis.outcomes.points(call)))


def _is_get_or_create(first: ApiCall, second: ApiCall) -> bool:
    """Whether one call asks for something and the other one makes it: `read_dataset` and `create_dataset`."""
    things = _thing(first), _thing(second)
    if things[0] not in things[1] and things[1] not in things[0]:
        return False
    asks, makes = first.name.startswith(ASKS), first.name.startswith(MAKES)
    return (asks and second.name.startswith(MAKES)) or (
        makes and second.name.startswith((*ASKS, "update", "delete"))
    )


def _thing(call: ApiCall) -> str:
    """What a call is about: `dataset` for `read_dataset` and `list_datasets`, the resource for `retrieve`."""
    _, found, thing = call.name.removesuffix("_exists").partition("_")
    return thing.rstrip("s") if found else call.owner
