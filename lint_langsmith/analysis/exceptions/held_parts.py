"""What may hold a value: the bindings, stores and arguments in which an expression stands, itself or in a collection.

A table of 1,000 functions is one binding, and each of the functions is looked for in it: what is in the values of a
function's rows is gone through once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias, TypeVar

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.walk import children
from lint_langsmith.analysis.project.file import File
from lint_langsmith.remembered import remembered

# An expression; for those that open a scope its number, since a row may have less of them than stands there.
_Key: TypeAlias = "ir.Expr | int"
_Row = TypeVar("_Row", ir.Binding, ir.Store)
# Expressions whose value is, or has in it, that of each of their parts.
_HOLDERS: Final = (ir.Await, ir.Walrus, ir.Starred, ir.Boolean, ir.Mapping, ir.Sequence)


class HeldParts:
    """The rows that hold expressions, in the files of one project."""

    def bindings(self, file: File, scope: int, expr: ir.Expr) -> Sequence[ir.Binding]:
        """The bindings of the function around a scope that hold an expression, in order."""
        return self._bindings(file, file.function_of(scope)).get(_key(expr), ())

    def stores(self, file: File, scope: int, expr: ir.Expr) -> Sequence[ir.Store]:
        """The stores of the function around a scope that hold an expression, in order."""
        return self._stores(file, file.function_of(scope)).get(_key(expr), ())

    def argument(self, file: File, site: int, expr: ir.Expr) -> int | None:
        """The first argument of a call that holds an expression."""
        return self._arguments(file, site).get(_key(expr))

    @remembered
    def _bindings(self, file: File, function: int) -> Mapping[_Key, Sequence[ir.Binding]]:
        return _by_part(file.bindings_by_function.get(function, ()))

    @remembered
    def _stores(self, file: File, function: int) -> Mapping[_Key, Sequence[ir.Store]]:
        return _by_part(file.stores_by_function.get(function, ()))

    @remembered
    def _arguments(self, file: File, site: int) -> Mapping[_Key, int]:
        found: dict[_Key, int] = {}
        for index, arg in enumerate(file.model.calls[site].args):
            for key in _keys(arg.value):
                found.setdefault(key, index)
        return found


def holds(value: ir.Expr | None, expr: ir.Expr) -> bool:
    """Whether a value is an expression, or one of several things that it may be or have in it."""
    sought = _key(expr)
    return any(key == sought for key in _keys(value))


def _by_part(rows: Iterable[_Row]) -> Mapping[_Key, Sequence[_Row]]:
    """Rows by what their values hold."""
    found: dict[_Key, list[_Row]] = defaultdict(list)
    for row in rows:
        for key in dict.fromkeys(_keys(row.value)):
            found[key].append(row)
    return dict(found)


def _key(expr: ir.Expr) -> _Key:
    return expr.scope if isinstance(expr, (ir.Lambda, ir.Comprehension)) else expr


def _keys(value: ir.Expr | None) -> Iterator[_Key]:
    """The keys of a value and of what it may be or have in it."""
    stack = [] if value is None else [value]
    while stack:
        part = stack.pop()
        yield _key(part)
        if isinstance(part, ir.Conditional):
            stack += (part.body, part.orelse)
        elif isinstance(part, ir.Comprehension):
            stack.append(part.element)
        elif isinstance(part, _HOLDERS):
            stack += children(part)
