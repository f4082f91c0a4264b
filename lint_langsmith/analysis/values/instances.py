"""Where the instances of a class are made, and where the project reads properties of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from lint_langsmith.analysis.project.file import AttributeRead, File, Place
from lint_langsmith.analysis.values.abstract import (
    UNKNOWN,
    ClassRef,
    FunctionRef,
    Instance,
    Value,
)
from lint_langsmith.analysis.values.call_graph import is_method_of
from lint_langsmith.analysis.values.functions import class_of, name_of

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluator import Evaluator


def instances(method: FunctionRef, values: Evaluator) -> Iterator[tuple[File, int]]:
    """The calls that make an instance of a class for which `method` is the method of its name."""
    own = class_of(method)
    if own is None:
        return
    derived = values.name_users.derived(own)
    for name in dict.fromkeys(name for name, _ in derived):
        for file in values.name_users.possible(method.file, name):
            for site in file.calls_by_name.get(name, ()):
                if _makes_one(method, values.callee(file, site), values):
                    yield file, site


def _makes_one(method: FunctionRef, callees: Sequence[Value], values: Evaluator) -> bool:
    """Whether a call of one of these makes an instance that has the method."""
    return any(
        isinstance(made, ClassRef) and is_method_of(method, made, values) for made in callees
    )


def property_reads(
    function: FunctionRef, values: Evaluator
) -> list[tuple[File, AttributeRead]]:
    """Where the project reads a property that `function` computes; may read it, if no receiver is known."""
    own, name = class_of(function), name_of(function)
    if own is None:
        return []
    sure: list[tuple[File, AttributeRead]] = []
    maybe: list[tuple[File, AttributeRead]] = []
    derived = values.call_graph.derived_in(function)
    for file in values.name_users.readers(function.file, name, derived):
        for read in file.attribute_reads.get(name, ()):
            found = values.of(file, read.expr.value, Place(read.scope, read.block, read.order))
            if any(is_of(value, own, values) for value in found):
                sure.append((file, read))
            elif UNKNOWN in found:
                maybe.append((file, read))
    return sure or maybe


def is_of(value: Value, own: ClassRef, values: Evaluator) -> bool:
    """Whether a value is an object of a class, or of one above or below it."""
    if not isinstance(value, Instance) or not isinstance(value.cls, ClassRef):
        return False
    return values.is_derived(value.cls, own) or values.is_derived(own, value.cls)
