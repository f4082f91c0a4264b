"""Where a program says that something is missing, because a function gives nothing after a 403."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from lint_langsmith.analysis import limits
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.exceptions.outcome import MissedHandler
from lint_langsmith.analysis.exceptions.uses import uses_of
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
from lint_langsmith.analysis.values.abstract import FunctionRef
from lint_langsmith.analysis.values.call_graph import CALLS
from lint_langsmith.findings import Span
from lint_langsmith.rules.shared.empty_values import is_empty
from lint_langsmith.rules.shared.handlers import contents, uses_error
from lint_langsmith.rules.shared.missing import ASKS, where_still_empty
from lint_langsmith.rules.shared.missing_words import answers_404, words_of_missing


class Denial(NamedTuple):
    """A block that says that something is missing, in these words or as a 404.

    `span` is its first call; None where it only returns a text.
    """

    file: File
    span: Span | None
    words: str = ""


def denial(
    caught: MissedHandler, asked: Sequence[ApiCall], analysis: Analysis
) -> Denial | None:
    """Where the program says that something is missing because of a handler, behind its `try` or in a caller.

    In words only where the handler does not show the error; a 404 misleads whoever gets it all the same.
    """
    if not asked or not all(call.name.startswith(ASKS) for call in asked):
        return None
    shown = uses_error(caught.file, caught.handler)
    for file, block in _where_missed(caught, asked, analysis):
        if answers_404(file, block, analysis):
            return Denial(file, _first_call(file, block))
        words = None if shown else words_of_missing(file, block, is_made=False)
        if words is not None:
            return Denial(file, _first_call(file, block), words)
    return None


def _first_call(file: File, block: int) -> Span | None:
    sites = contents(file, block).calls
    return min((file.model.calls[site].span for site in sites), default=None)


def _where_missed(
    caught: MissedHandler, asked: Sequence[ApiCall], analysis: Analysis
) -> Iterator[tuple[File, int]]:
    """The blocks that run where the `try`, or the function around it, has given nothing."""
    file = caught.file
    if file.model.blocks[caught.handler.block].ends == "falls":
        yield from ((file, block) for block in where_still_empty(caught, asked))
    scope = file.function_of(file.model.blocks[caught.handler.block].scope)
    if scope and gives_nothing(caught):
        callers = _callers(FunctionRef(file, scope), analysis)
        # Each of n handlers of a function would look at its n callers.
        for caller, site in islice(callers, limits.ROWS_BEHIND):
            yield from ((caller, block) for block in _where_empty(caller, site))


def gives_nothing(caught: MissedHandler) -> bool:
    """Whether a handler makes a function return nothing, or end without a result, that gives something otherwise."""
    file, handler = caught.file, caught.handler
    row, found = file.model.tries[caught.owner], contents(file, handler.block)
    scope = file.function_of(file.model.blocks[handler.block].scope)
    returns = file.returns_by_scope.get(scope, ())
    if found.raises or found.yields or not any(not is_empty(item.value) for item in returns):
        return False
    if found.returns:
        return all(is_empty(item.value) for item in found.returns)
    behind = [item for item in returns if item.order > handler.order]
    in_loop = bool(file.around(row.body)[1])
    falls = file.model.blocks[handler.block].ends == "falls" and not in_loop
    return falls and all(_is_left_empty(caught, item) for item in behind)


def _is_left_empty(caught: MissedHandler, returned: ir.Return) -> bool:
    """Whether a return behind a handler gives nothing, or a name that had, or got there, nothing."""
    file, handler, name = caught.file, caught.handler, returned.value
    if not isinstance(name, ir.Name):
        return is_empty(name)
    rows = file.bindings.get((returned.scope, name.id), ())
    before = [row for row in rows if row.order < handler.order]
    within = set(file.blocks_within(handler.block))
    # What stands in the `try` is what it gives otherwise.
    tried = set(file.blocks_within(file.model.tries[caught.owner].body))
    left = [row for row in before if row.block not in tried]
    reset = [row for row in rows if row.block in within]
    is_assigned = any(row.block in tried for row in before)
    last = (reset or left)[-1:]
    return is_assigned and bool(last) and last[0].kind == "assign" and is_empty(last[0].value)


def _callers(function: FunctionRef, analysis: Analysis) -> Iterator[tuple[File, int]]:
    """The calls of a function, and of those that return what it gives."""
    seen, pending = {function}, [function]
    while pending and len(seen) <= limits.FUNCTIONS:
        for edge in analysis.call_graph.callers(pending.pop()):
            caller = edge.caller
            if edge.kind not in CALLS or caller.file.is_test:
                continue
            yield caller.file, edge.site
            call = caller.file.model.calls[edge.site]
            is_returned = (call.awaited_use or call.use).kind == "return"
            if is_returned and caller not in seen:
                seen.add(caller)
                pending.append(caller)


def _where_empty(file: File, site: int) -> Iterator[int]:
    """The blocks that run where a call has given nothing: under a test of it, or of the name that has its result."""
    yield from file.rows_by_block.where_call_empty(site)
    call = file.model.calls[site]
    use = call.awaited_use or call.use
    name = use.names[0] if use.kind == "assign" and len(use.names) == 1 else ""
    given = (ir.CallRef(site), ir.Await(ir.CallRef(site)))
    for binding in file.bindings.get((call.scope, name), ()) if name else ():
        if binding.value in given and binding.via == "direct":
            yield from _where_name_empty(file, binding)


def _where_name_empty(file: File, binding: ir.Binding) -> Iterator[int]:
    reads, _ = uses_of(file, binding.name, binding)
    tests = {read.span for read in reads}
    for outer in file.block_chain(binding.block):
        for block in file.rows_by_block.where_empty(outer, binding.name):
            branch = file.model.branches[file.model.blocks[block].owner]
            if _names_in(branch.test, binding.name) & tests:
                yield block
        if file.model.blocks[outer].kind == "scope":
            return


def _names_in(test: ir.Expr, name: str) -> set[Span]:
    """Where a test of a name reads it."""
    while isinstance(test, (ir.Unary, ir.Comparison)):
        test = test.operand if isinstance(test, ir.Unary) else test.left
    return {test.span} if isinstance(test, ir.Name) and test.id == name else set()
