"""An exception that a handler keeps as a value: where it is put, and whether `raise` of it is reached.

What the handler does with it there and then is told by `handler_effect.py`. A kept one is followed as any other value
in which an exception is deferred (`deferred_transfer.py`): by names, attributes, lists, arguments and results.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.exceptions import uses
from lint_langsmith.analysis.exceptions.deferred import DeferredValue, Layers
from lint_langsmith.analysis.exceptions.predicate_subject import Asked
from lint_langsmith.analysis.exceptions.raised import RaisedError, Verdict, all_of, opposite
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.walk import descend
from lint_langsmith.analysis.project.file import File, Place, within
from lint_langsmith.analysis.project.place import LATEST
from lint_langsmith.analysis.values.abstract import ExternalName, FunctionRef

if TYPE_CHECKING:
    from lint_langsmith.analysis.exceptions.predicates import Predicates
    from lint_langsmith.analysis.values.evaluator import Evaluator

_ERROR: Final[Layers] = ("error",)
_EXC_INFO: Final = "sys.exc_info"


def kept(file: File, handler: ir.Handler, values: Evaluator) -> Iterator[DeferredValue]:
    """What a handler does with the exception it has caught, but for raising it: that has been judged."""
    inside = frozenset((handler.block, *within(file, handler.block)))
    if handler.name is not None:
        rows = [
            row
            for row in file.bindings.get(
                (file.model.blocks[handler.block].scope, handler.name), ()
            )
            if row.kind == "except" and row.block == handler.block
        ]
        for held in uses.of_name(file, handler.name, rows, _ERROR):
            if held.place.block in inside and not (
                isinstance(held.expr, ir.Name) and held.is_raised
            ):
                yield held
    for site in file.calls_by_name.get("exc_info", ()):
        call = file.model.calls[site]
        names = [
            value.name for value in values.callee(file, site) if isinstance(value, ExternalName)
        ]
        if call.block in inside and names == [_EXC_INFO]:
            yield uses.call_held(file, site, ("each", *_ERROR))


def taken_out(file: File, handler: ir.Handler) -> Iterator[DeferredValue]:
    """What a handler does with the exceptions that it takes out of the group it has caught: `group.exceptions[0]`."""
    inside = frozenset((handler.block, *within(file, handler.block)))
    for read in file.attribute_reads.get("exceptions", ()):
        group = read.expr.value
        if read.block in inside and isinstance(group, ir.Name) and group.id == handler.name:
            yield from uses.of_expression(file, read.expr, ("each", *_ERROR))


def kept_by_exit(function: FunctionRef) -> Iterator[DeferredValue]:
    """What a method `__exit__` does with the exception, which it gets behind its object and the class."""
    _, _, *told = [*function.file.model.scopes[function.scope].params, None, None]
    error = told[0]
    if error is not None and not error.stars:
        rows = function.file.bindings.get((function.scope, error.name), ())
        yield from uses.of_name(function.file, error.name, rows, _ERROR)


def is_raised_again(
    held: DeferredValue, thrown: RaisedError, predicates: Predicates
) -> Verdict:
    """Whether `raise` of a kept exception is reached where there is one."""
    return is_reached(held.file, held.expr, held.place.block, thrown, predicates)


def is_reached(
    file: File, expr: ir.Expr, block: int, thrown: RaisedError, predicates: Predicates
) -> Verdict:
    """Whether the branches around `raise expr` in a block are taken where `expr` is the exception."""
    model = file.model
    written = frozenset(_written(file, expr))
    verdicts: list[Verdict] = ["yes"]
    for around in file.block_chain(block):
        row = model.blocks[around]
        if row.kind == "scope":
            break
        if row.kind in {"if", "else"}:
            test = model.branches[row.owner].test
            asked = Asked(
                file,
                Place(row.scope, row.parent, LATEST),
                thrown,
                frozenset(),
                subjects=frozenset(_subjects(file, test, written)),
            )
            truth = predicates.of(test, asked)
            verdicts.append(truth if row.kind == "if" else opposite(truth))
    return all_of(verdicts)


def _written(file: File, expr: ir.Expr) -> Iterator[str]:
    """How an exception is written, and what it is taken from: `errors[0]`, `errors`."""
    while True:
        if isinstance(expr, ir.CallRef):
            func = file.model.calls[expr.site].func
            yield file.source(file.model.calls[expr.site].span)
            if not isinstance(func, ir.Attribute):
                # A group of them: `raise ExceptionGroup("…", errors)`.
                given = (arg.value for arg in file.model.calls[expr.site].args)
                yield from (part.id for part in given if isinstance(part, ir.Name))
                return
            expr = func.value
        elif isinstance(expr, (ir.Attribute, ir.Subscript)):
            yield file.source(expr.span)
            if isinstance(expr, ir.Attribute):
                return
            expr = expr.value
        else:
            if isinstance(expr, ir.Name):
                yield expr.id
            return


def _subjects(file: File, test: ir.Expr, written: frozenset[str]) -> Iterator[ir.Expr]:
    """The parts of a test that are written in one of these ways."""
    for part in descend(test, file.model.calls):
        if isinstance(part, ir.CallRef):
            span = file.model.calls[part.site].span
        elif isinstance(part, (ir.Name, ir.Attribute, ir.Subscript)):
            span = part.span
        else:
            continue
        if file.source(span) in written:
            yield part
