"""Folding of operators: `+`, `%`, `*` and those of numbers, comparisons, items and slices."""

from __future__ import annotations

import abc
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.model import Expr
from lint_langsmith.analysis.values import constants
from lint_langsmith.analysis.values.constants import Budget
from lint_langsmith.analysis.values.folded import Folded, Object

_PERCENT: Final = lazy_re.compile(
    r"%(?:\((\w+)\))?(?P<form>[-0+# ]{0,3}[0-9]{0,3}(?:\.[0-9]{1,3})?[srdxXoc])|%%"
)


class _UnknownFieldError(Exception):
    """What fills a field is not known."""


class Operators(abc.ABC):
    """Folds what operators make of values; the rest is `constant_folding.py`."""

    budget: Budget

    @abc.abstractmethod
    def of(self, expr: Expr) -> Folded | None:
        """What an expression surely is."""

    @abc.abstractmethod
    def special(self, value: Folded, name: str, *values: Folded) -> Folded | None:
        """What a special method of a value gives for some others."""

    def binary(self, expr: ir.Binary) -> Folded | None:
        """The result of an operator."""
        if expr.op == "%":
            return self._percent(expr)
        if expr.op == "*":
            return self._repeated(expr)
        if expr.op != "+":
            return self._calculated(expr)
        # A chain of `+` can be thousands long: collect its parts without recursion.
        parts: list[Expr] = []
        left: Expr = expr
        while isinstance(left, ir.Binary) and left.op == "+":
            parts.append(left.right)
            left = left.left
        return self.added([left, *reversed(parts)])

    def added(self, parts: Sequence[Expr]) -> Folded | None:
        """The sum of some expressions."""
        values: list[Folded] = []
        for part in parts:
            value = self.of(part)
            if value is None:
                return None
            values.append(value)
        return self._sum(values)

    def _sum(self, values: Sequence[Folded]) -> Folded | None:
        """Texts, lists or numbers put together; None where they are of different kinds."""
        texts = [value for value in values if isinstance(value, str)]
        if len(texts) == len(values):
            return constants.joined(self.budget, "", texts)
        numbers = [value for value in values if isinstance(value, int)]
        if len(numbers) == len(values):
            return constants.calculated(self.budget, "+", numbers)
        if isinstance(values[0], Object):
            total: Folded | None = values[0]
            for value in values[1:]:
                total = self.special(total, "__add__", value) if total is not None else None
            return total
        items: list[Folded] = []
        for value in values:
            if not isinstance(value, tuple):
                return None
            self.budget.look_at(len(value))
            items.extend(value)
        return tuple(items)

    def _calculated(self, expr: ir.Binary) -> Folded | None:
        """An operation on numbers, as on the codes of characters; `|` also puts two dicts together."""
        operands = [self.of(expr.left), self.of(expr.right)]
        dicts = [value for value in operands if isinstance(value, Mapping)]
        if expr.op == "|" and len(dicts) == len(operands):
            self.budget.look_at(sum(map(len, dicts)))
            return {**dicts[0], **dicts[1]}
        numbers = [value for value in operands if isinstance(value, int)]
        if len(numbers) < len(operands):
            return None
        return constants.calculated(self.budget, expr.op, numbers)

    def _repeated(self, expr: ir.Binary) -> Folded | None:
        for first, second in ((expr.left, expr.right), (expr.right, expr.left)):
            times = self.of(second)
            if isinstance(times, int):
                value = self.of(first)
                if isinstance(value, str):
                    return constants.repeated(self.budget, value, times)
                if isinstance(value, tuple):
                    self.budget.look_at(len(value) * max(0, times))
                    return value * times
                return self._calculated(expr) if isinstance(value, int) else None
        return None

    def _percent(self, expr: ir.Binary) -> Folded | None:
        template = self.of(expr.left)
        value = self.of(expr.right) if template is not None else None
        if isinstance(template, int):
            return self._calculated(expr)
        if not isinstance(template, str) or value is None:
            return None
        if isinstance(value, Mapping):
            self.budget.look_at(len(value))
            return self._filled(_PERCENT, lambda match: value.get(match[1] or ""), template)
        parts = value if isinstance(value, tuple) else (value,)
        if isinstance(value, tuple) and not _is_taken_apart(expr.right, len(parts)):
            return None
        self.budget.look_at(len(parts))
        remaining = iter(parts)
        return self._filled(_PERCENT, lambda _: next(remaining, ""), template)

    def _filled(
        self,
        pattern: re.Pattern[str],
        field: Callable[[re.Match[str]], Folded | None],
        template: str,
    ) -> str | None:
        """A template with its fields filled; None where the value of one is unknown, or does not fit."""

        def text(match: re.Match[str]) -> str:
            if match[0] == "%%":
                return "%"
            value = field(match)
            found = constants.percent(self.budget, match["form"], value)
            if found is None:
                raise _UnknownFieldError
            return found

        try:
            return constants.filled(self.budget, pattern, text, template)
        except _UnknownFieldError:
            return None

    # -- comparisons, items and slices -------------------------------------------------------------------------------

    def comparison(self, expr: ir.Comparison) -> int | None:
        """Whether one value is the same as another, larger, or in it."""
        compare = _COMPARED.get(expr.ops[0]) if len(expr.ops) == 1 else None
        left, right = self.of(expr.left), self.of(expr.rights[0])
        if compare is None or not isinstance(left, (str, int)):
            return None
        if expr.ops[0] in _CONTAINED:
            if not isinstance(right, (str, tuple, Mapping)):
                return None
            self.budget.look_at(len(right))
            return constants.computed(compare, left, right)
        if not isinstance(right, str if isinstance(left, str) else int):
            return None
        if isinstance(left, str):
            self.budget.look_at(len(left))
        return compare(left, right)

    def subscript(self, expr: ir.Subscript) -> Folded | None:
        """An item, or a slice."""
        value = self.of(expr.value)
        if isinstance(expr.index, ir.Opaque) and isinstance(value, (str, tuple)):
            bounds = self.bounds(expr.index)
            return self._sliced(value, bounds) if bounds is not None else None
        index = self.of(expr.index) if value is not None else None
        if isinstance(value, Object):
            return self.special(value, "__getitem__", index) if index is not None else None
        if isinstance(index, slice) and isinstance(value, (str, tuple)):
            return self._sliced(value, index)
        if isinstance(value, Mapping):
            return value.get(index) if isinstance(index, (str, int)) else None
        if (
            isinstance(value, (str, tuple))
            and isinstance(index, int)
            and -len(value) <= index < len(value)
        ):
            return value[index]
        return None

    def bounds(self, expr: ir.Opaque) -> slice | None:
        """The bounds of a slice."""
        bounds: list[int | None] = []
        for part in expr.parts:
            bound = self.of(part)
            if not isinstance(bound, int) and part != ir.Constant("None"):
                return None
            bounds.append(bound if isinstance(bound, int) else None)
        return slice(*bounds) if len(bounds) == len(_SLICE) and bounds[-1] != 0 else None

    def _sliced(self, value: str | tuple[Folded, ...], bounds: slice) -> Folded | None:
        if isinstance(value, str):
            self.budget.make(len(value))
        else:
            self.budget.look_at(len(value))
        return value[bounds]


def _is_taken_apart(expr: Expr, size: int) -> bool:
    """Whether `%` takes the items of a sequence one by one: those of a tuple, but a list is one value.

    What is not written there may be either. With several fields it is a tuple: for a list they would be too many.
    """
    if isinstance(expr, ir.Sequence):
        return expr.kind == "tuple"
    return size > 1


_COMPARED: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "Equal": operator.eq,
    "NotEqual": operator.ne,
    "LessThan": operator.lt,
    "LessThanEqual": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEqual": operator.ge,
    "In": lambda item, items: item in items,
    "NotIn": lambda item, items: item not in items,
}


_CONTAINED: Final = frozenset({"In", "NotIn"})


_SLICE: Final = ("lower", "upper", "step")
