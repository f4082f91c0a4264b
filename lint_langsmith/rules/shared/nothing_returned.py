"""Functions that return nothing where LangSmith refuses, and callers that use the result without asking for that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.exceptions.outcome import MissedHandler
from lint_langsmith.analysis.exceptions.uses import uses_of
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.values.abstract import FunctionRef, function_of
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.analysis.values.call_arguments import passed_argument
from lint_langsmith.analysis.values.call_graph import CALLS
from lint_langsmith.findings import Span
from lint_langsmith.rules.shared.handlers import contents

# What can't be done with None.
_FAILING: Final[frozenset[ir.UseKind]] = frozenset(
    {"iterate", "comprehension", "generator", "unpack", "star", "subscript", "receiver"}
)
# Behind these another name may stand for it, or something else in its place (`found or default`).
_RENAMING: Final[frozenset[ir.UseKind]] = frozenset({"assign", "store"})
_NONE: Final = ir.Constant("None")


class FailingUse(NamedTuple):
    """A use of what a function returns that fails for None; `caller` is the function that has called it."""

    file: File
    span: Span
    caller: FunctionRef


def failing_use(caught: MissedHandler, analysis: Analysis) -> FailingUse | None:
    """The first use, by a caller, of the result of the function around a handler by which it returns nothing."""
    file = caught.file
    scope = file.function_of(file.model.blocks[caught.handler.block].scope)
    if not scope or not _returns_nothing(caught, scope):
        return None
    for edge in analysis.call_graph.callers(FunctionRef(file, scope)):
        caller = edge.caller.file
        if edge.kind in CALLS and not caller.is_test:
            span = _of_call(caller, edge.site, analysis)
            if span is not None:
                return FailingUse(*span, edge.caller)
    return None


def _returns_nothing(caught: MissedHandler, scope: int) -> bool:
    """Whether a handler makes a function return None that else returns something."""
    file, handler = caught.file, caught.handler
    row, found = file.model.tries[caught.owner], contents(file, handler.block)
    if found.raises or found.yields or row.orelse >= 0 or row.finalbody >= 0:
        return False
    returns = file.returns_by_scope.get(scope, ())
    within = set(file.blocks_within(row.body))
    inside = [item for item in returns if item.block in within]
    if not any(item.value not in (None, _NONE) for item in inside):
        return False
    if found.returns:
        return all(item.value in (None, _NONE) for item in found.returns)
    is_last = not any(item.order > handler.order for item in returns)
    in_loop = bool(file.around(row.body)[1])
    return is_last and not in_loop and file.model.blocks[handler.block].ends == "falls"


def _of_call(file: File, site: int, analysis: Analysis) -> tuple[File, Span] | None:
    """The use of what a call gives that fails for None; in another function if it is passed on."""
    call = file.model.calls[site]
    use = call.awaited_use or call.use
    if use.kind in _FAILING:
        return file, call.span
    if use.kind == "argument" and use.outer is not None:
        return _of_argument(file, use.outer, ir.CallRef(site), analysis)
    if use.kind != "assign" or len(use.names) != 1:
        return None
    name = use.names[0]
    given = (ir.CallRef(site), ir.Await(ir.CallRef(site)))
    binding = next(
        (
            row
            for row in file.bindings.get((call.scope, name), ())
            if row.value in given and row.via == "direct"
        ),
        None,
    )
    if binding is None:
        return None
    found = _of_name(file, binding)
    return found or _passed(file, binding, analysis)


def _of_name(file: File, binding: ir.Binding) -> tuple[File, Span] | None:
    """The first failing use of a name that is never asked about."""
    name = binding.name
    reads, sites = uses_of(file, name, binding)
    if name in file.asked_names.get(file.function_of(binding.scope), ()):
        return None
    if any(_may_ask(file, read) for read in reads):
        return None
    spans = [
        read.span
        for read in reads
        if read.use.kind in _FAILING or read.span in file.operand_spans
    ]
    spans += [
        file.model.calls[site].callee_span
        for method, found in sites.items()
        if not method.startswith("__")
        for site in found
    ]
    spans += [
        load.expr.span
        for load in file.loads_by_base.get(name, ())
        if binding in lookup(file, name, file.place(load))
    ]
    return (file, min(spans)) if spans else None


def _may_ask(file: File, read: ir.Read) -> bool:
    """Whether a read is a test of the name, or gives it another one."""
    return read.use.kind in _RENAMING or (
        read.use.kind == "other" and read.span not in file.operand_spans
    )


def _passed(file: File, binding: ir.Binding, analysis: Analysis) -> tuple[File, Span] | None:
    """The same in a function of the project to which the name is passed."""
    reads, _ = uses_of(file, binding.name, binding)
    if any(_may_ask(file, read) for read in reads):
        return None
    for read in reads:
        if read.use.kind == "argument" and read.use.outer is not None:
            found = _of_argument(file, read.use.outer, ir.Name(read.name, read.span), analysis)
            if found is not None:
                return found
    return None


def _of_argument(
    file: File, site: int, passed: ir.Expr, analysis: Analysis
) -> tuple[File, Span] | None:
    for function, name in _parameters(file, site, passed, analysis):
        inner = function.file
        rows = inner.bindings.get((function.scope, name), ())
        if len(rows) == 1 and rows[0].kind == "parameter":
            found = _of_name(inner, rows[0])
            if found is not None:
                return found
    return None


def _parameters(
    file: File, site: int, passed: ir.Expr, analysis: Analysis
) -> Iterator[tuple[FunctionRef, str]]:
    """The functions of the project that a call runs, each with the parameter that gets an expression."""
    for value in analysis.values.callee(file, site):
        function = function_of(value)
        if function is None:
            continue
        for param in function.file.model.scopes[function.scope].params:
            given = passed_argument(file, site, function, param.name)
            if given == passed:
                yield function, param.name
