"""Folding of collections that stand in the source: displays of lists, tuples and dicts, and comprehensions."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.model import Expr
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.values.constants import Budget
from lint_langsmith.analysis.values.folded import Folded


class Displays(abc.ABC):
    """Folds displays and comprehensions; the rest is `constant_folding.py`."""

    budget: Budget
    # What the names of the comprehensions and lambdas around stand for.
    names: Mapping[str, Folded]
    _file: File

    @abc.abstractmethod
    def of(self, expr: Expr) -> Folded | None:
        """What an expression surely is."""

    @abc.abstractmethod
    def truth(self, expr: Expr) -> bool | None:
        """Whether an expression surely is true, or false."""

    @abc.abstractmethod
    def items(self, value: Folded | None) -> tuple[Folded, ...] | None:
        """What iterating over a value gives."""

    def sequence(self, expr: ir.Sequence) -> tuple[Folded, ...] | None:
        """The items of a list or tuple display."""
        if expr.kind == "set":
            return None
        found: list[Folded] = []
        for item in expr.items:
            value = self.of(item.value if isinstance(item, ir.Starred) else item)
            if value is None:
                return None
            items = self.items(value) if isinstance(item, ir.Starred) else (value,)
            if items is None:
                return None
            found.extend(items)
        return tuple(found)

    def mapping(self, expr: ir.Mapping) -> Mapping[str | int, Folded] | None:
        """The entries of a dict display."""
        found: dict[str | int, Folded] = {}
        for key, value in zip(expr.keys, expr.values, strict=True):
            folded = self.of(value)
            if folded is None:
                return None
            if key is None:
                if not isinstance(folded, Mapping):
                    return None
                self.budget.look_at(len(folded))
                found.update(folded)
                continue
            name = self.of(key)
            if not isinstance(name, (str, int)):
                return None
            found[name] = folded
        return found

    def comprehension(
        self, expr: ir.Comprehension
    ) -> tuple[Folded, ...] | Mapping[str | int, Folded] | None:
        """What a comprehension collects, where all of its clauses and conditions are known."""
        if expr.kind == "set":
            return None
        found: list[Folded] = []
        before = self.names
        try:
            clauses = self._clauses(expr)
            if clauses is None or not self._collect(expr, clauses, found):
                return None
        finally:
            self.names = before
        if expr.kind != "dict":
            return tuple(found)
        entries: dict[str | int, Folded] = {}
        for entry in found:
            entries.update(entry if isinstance(entry, Mapping) else {})
        return entries

    def _clauses(self, expr: ir.Comprehension) -> list[list[ir.Binding]] | None:
        """The names that each `for` of a comprehension binds, in order; None where one binds none."""
        clauses: list[list[ir.Binding]] = []
        for row in self._file.bindings_by_scope.get(expr.scope, ()):
            if clauses and clauses[-1][0].value == row.value:
                clauses[-1].append(row)
            else:
                clauses.append([row])
        return clauses if clauses and clauses[0][0].value == expr.iter else None

    def _collect(
        self, expr: ir.Comprehension, clauses: Sequence[list[ir.Binding]], found: list[Folded]
    ) -> bool:
        """Add what the clauses that are left lead to; whether all of it is known."""
        if not clauses:
            # What a condition that is not known leaves out would make no key of the rest.
            if any(self.truth(test) is False for test in expr.conditions):
                return True
            value = self.of(expr.element)
            if value is not None:
                found.append(value)
            return value is not None
        bound, *others = clauses
        items = self.items(self.of(bound[0].value)) if bound[0].value is not None else None
        if items is None:
            return False
        outer = self.names
        for item in items:
            parts = [part for row in bound if (part := _part(row, item)) is not None]
            if len(parts) < len(bound):
                return False
            names = [row.name for row in bound]
            self.names = {**outer, **dict(zip(names, parts, strict=True))}
            if not self._collect(expr, others, found):
                return False
        return True


def _part(binding: ir.Binding, item: Folded) -> Folded | None:
    """What a name of a comprehension takes of one item: all of it, or one of its parts."""
    if binding.via == "element" and binding.part is None:
        return item
    if binding.part is None or not isinstance(item, tuple):
        return None
    index, count_of_parts = binding.part
    return item[index] if len(item) == count_of_parts else None
