"""Calls whose requests are sent later, or never: where a handler around the call is in the wrong place."""

from __future__ import annotations

from typing import Final

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.exceptions.outcome import Point
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
from lint_langsmith.analysis.values.abstract import ExternalName

_LAZY = frozenset({"iteration", "async-iteration"})
_GOING_THROUGH: Final[frozenset[ir.UseKind]] = frozenset(
    {"iterate", "comprehension", "unpack", "star"}
)
_TAKING_ALL: Final = frozenset(
    ExternalName(f"builtins.{name}")
    for name in ("list", "tuple", "set", "frozenset", "dict", "sorted", "sum", "next")
)


def is_lazy(call: ApiCall) -> bool:
    """Whether a call gives an iterator, the first step of which sends the request."""
    return call.method is not None and _LAZY.issuperset(call.method.whens)


def is_gone_through(call: ApiCall, analysis: Analysis) -> bool:
    """Whether what a call gives is gone through where the call stands: by `for`, taken apart, or by `list()`."""
    use = call.call.use
    if use.kind != "argument" or use.outer is None:
        return use.kind in _GOING_THROUGH
    args = call.file.model.calls[use.outer].args
    return args[0].value == ir.CallRef(call.site) and _TAKING_ALL.issuperset(
        analysis.values.callee(call.file, use.outer)
    )


def is_unused(call: ApiCall) -> bool:
    """Whether a lazy list is made and dropped: its request is never sent."""
    use = call.call.use
    if not is_lazy(call) or use.kind not in {"statement", "assign"}:
        return False
    # Other modules, and the next cell, may read what stands in a module.
    inside = call.file.function_of(call.call.scope) != 0
    return use.kind == "statement" or all(
        (inside or name == "_") and not is_read(call.file, name) for name in use.names
    )


def is_read(file: File, name: str) -> bool:
    """Whether a name is read anywhere in the file."""
    if name in file.reads_by_name or name in file.sites_by_base:
        return True
    for load in file.model.loads:
        base: ir.Expr = load.expr
        while isinstance(base, (ir.Attribute, ir.Subscript)):
            base = base.value
        if isinstance(base, ir.Name) and base.id == name:
            return True
    return False


def is_in(point: Point, file: File, block: int) -> bool:
    """Whether a 403 is raised in a block."""
    return point.file is file and block in file.block_chain(point.block)


def stands_apart(call: ApiCall, analysis: Analysis) -> bool:
    """Whether a handler that could catch the call's 403 stands around the call, but not around its use."""
    return outer_try(call, analysis) is not None


def outer_try(call: ApiCall, analysis: Analysis) -> int | None:
    """The `try` around a call that could catch its 403, which is raised somewhere else and gets out there."""
    if not is_lazy(call):
        return None
    fate = analysis.outcomes.fate(call)
    gets_out = fate.handed_out or any(escape.entry.kind != "test" for escape in fate.escapes)
    if fate.unsure or not gets_out:
        return None
    file = call.file
    mro = analysis.outcomes.error_mro(call)
    for block in file.block_chain(call.call.block):
        row = file.model.blocks[block]
        if row.kind == "scope":
            return None
        inside = [
            point for point in fate.points if not point.handed_on and is_in(point, file, block)
        ]
        if row.kind != "try" or len(inside) == len(fate.points):
            continue
        if any(
            analysis.outcomes.catches(file, handler, mro) == "yes"
            for handler in file.model.tries[row.owner].handlers
        ):
            return row.owner
    return None


def guards_unused(call: ApiCall, analysis: Analysis) -> bool:
    """Whether a lazy list that nothing goes through is guarded against its 403."""
    return guarding_unused(call, analysis) is not None


def guarding_unused(call: ApiCall, analysis: Analysis) -> int | None:
    """The `try` that is there for the 403 of a lazy list alone which nothing goes through."""
    file = call.file
    if file.is_test or call.method is None or not is_unused(call):
        return None
    mro = analysis.outcomes.error_mro(call)
    for block in file.block_chain(call.call.block):
        row = file.model.blocks[block]
        if row.kind == "scope":
            return None
        if row.kind == "try" and any(
            analysis.outcomes.catches(file, handler, mro) == "yes"
            for handler in file.model.tries[row.owner].handlers
        ):
            return None if _guards_other(file, block, analysis) else row.owner
    return None


def _guards_other(file: File, block: int, analysis: Analysis) -> bool:
    """Whether another call in a block can raise a 403 there."""
    return any(
        is_in(point, file, block)
        for call in analysis.clients.api_calls(file)
        for point in analysis.outcomes.points(call)
    )
