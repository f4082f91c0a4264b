"""Where the instances of a class are made, and where the project reads properties of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
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
from lint_langsmith.remembered import remembered

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


class PropertyReads:
    """Where one project reads properties, sorted by the classes of what they are read of."""

    def __init__(self, values: Evaluator) -> None:
        """`values` evaluates what a property is read of."""
        self._values = values

    def of(self, function: FunctionRef) -> list[tuple[File, AttributeRead]]:
        """Where the project reads a property that `function` computes; may read it, if no receiver is known."""
        own, name = class_of(function), name_of(function)
        if own is None:
            return []
        sure: list[tuple[File, AttributeRead]] = []
        maybe: list[tuple[File, AttributeRead]] = []
        bases = self._values.ancestry(own)
        derived = self._values.call_graph.derived_in(function)
        for file in self._values.name_users.readers(function.file, name, derived):
            by_class = self._by_class(file, name)
            numbers = {
                *by_class.get(("derived", own), ()),
                *(number for base in bases for number in by_class.get(("of", base), ())),
            }
            reads = file.attribute_reads.get(name, ())
            sure.extend((file, reads[number]) for number in sorted(numbers))
            unknown = by_class.get(UNKNOWN, ()) if not sure else ()
            maybe.extend((file, reads[number]) for number in unknown if number not in numbers)
        return sure or maybe

    @remembered
    def _by_class(self, file: File, name: str) -> Mapping[Hashable, Sequence[int]]:
        """The reads of a name in a file by their numbers: of objects of a class, of what is derived from one."""
        table: dict[Hashable, list[int]] = defaultdict(list)
        for number, read in enumerate(file.attribute_reads.get(name, ())):
            place = Place(read.scope, read.block, read.order)
            found = self._values.of(file, read.expr.value, place)
            for key in dict.fromkeys(key for value in found for key in self._keys(value)):
                table[key].append(number)
        return table

    def _keys(self, value: Value) -> Iterator[Hashable]:
        if value == UNKNOWN:
            yield UNKNOWN
        elif isinstance(value, Instance) and isinstance(value.cls, ClassRef):
            yield ("of", value.cls)
            yield from (("derived", base) for base in self._values.ancestry(value.cls))


def is_of(value: Value, own: ClassRef, values: Evaluator) -> bool:
    """Whether a value is an object of a class, or of one above or below it."""
    if not isinstance(value, Instance) or not isinstance(value.cls, ClassRef):
        return False
    return values.is_derived(value.cls, own) or values.is_derived(own, value.cls)
