"""Dict displays that hold variables: which ones a name or an expression stands for, without its being evaluated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Placed, last_name
from lint_langsmith.analysis.values.bindings import lookup


def is_made_of_displays(file: File, name: str, place: Placed) -> bool:
    """Whether a name stands for collections that stand in the source: most items are put into those.

    To evaluate one is to evaluate all that is in it.
    """
    found = lookup(file, name, place)
    return bool(found) and all(
        binding.kind == "assign"
        and binding.via == "direct"
        and isinstance(binding.value, _DISPLAYS)
        for binding in found
    )


_DISPLAYS: Final = (ir.Mapping, ir.Sequence, ir.Comprehension)


def has_entries(file: File, value: ir.Expr, place: Placed) -> bool:
    """Whether an expression is a dict display, a call of `dict`, or puts one in: `_mapped` finds nothing in others."""
    pending = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, ir.Mapping):
            return True
        if isinstance(current, ir.CallRef):
            func = file.model.calls[current.site].func
            if isinstance(func, ir.Name) and func.id == "dict":
                return True
        elif isinstance(current, ir.Binary):
            pending += (current.left, current.right)
        elif isinstance(current, ir.Name):
            pending += shown_by(file, current.id, place)
    return False


def shown_by(file: File, name: str, place: Placed) -> Iterator[ir.Expr]:
    """The displays and calls that a name stands for."""
    bindings = file.bindings
    for binding in bindings.get((place.scope, name), ()) or bindings.get((0, name), ()):
        if isinstance(binding.value, (ir.Mapping, ir.CallRef)):
            yield binding.value


def items_of(file: File, name: ir.Expr, place: Placed) -> ir.Expr | None:
    """The dict whose keys a name stands for: `for name, value in {…}.items():`; None for all other names."""
    if not isinstance(name, ir.Name):
        return None
    for binding in lookup(file, name.id, place):
        if binding.kind != "for" or not isinstance(binding.value, ir.CallRef):
            return None
        call = file.model.calls[binding.value.site]
        if last_name(call.func) != "items" or not isinstance(call.func, ir.Attribute):
            return None
        source = call.func.value
        if isinstance(source, ir.Name):
            found = lookup(file, source.id, call)
            return (
                source
                if found and all(isinstance(row.value, ir.Mapping) for row in found)
                else None
            )
        return source if isinstance(source, ir.Mapping) else None
    return None


def mappings_in(expr: ir.Expr) -> Iterator[ir.Mapping]:
    """The dict displays in an expression that does nothing but hold them."""
    pending: list[ir.Expr] = [expr]
    while pending:
        current = pending.pop()
        if isinstance(current, ir.Mapping):
            yield current
            pending.extend(current.values)
        elif isinstance(current, ir.Sequence):
            pending.extend(current.items)
