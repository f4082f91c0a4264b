"""Constant folding of strings: what a string expression surely is, without running anything.

Bytes are folded as the Latin-1 text of the same length. Besides texts there are numbers, sequences and mappings of them
on the way, as in `"".join(chr(code) for code in CODES)`.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.model import Expr
from lint_langsmith.analysis.limits import folded_characters, folding_steps
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.values import constants
from lint_langsmith.analysis.values.constants import Budget, OverBudgetError
from lint_langsmith.analysis.values.folded import Collection, Folded, Resolver
from lint_langsmith.analysis.values.library_folding import LibraryCalls

_PERCENT: Final = lazy_re.compile(r"%(?:\((\w+)\))?[srd]|%%")


def fold(expr: Expr, resolve: Resolver, file: File) -> str | None:
    """The string (or Latin-1 decoded bytes) that `expr` of `file` surely is; None when that can't be told.

    `resolve` answers for names. What would take more than the budget of one folding is not made, and so not known.
    """
    try:
        value = _Folding(resolve, file, _budget(file)).of(expr)
    except (RecursionError, OverBudgetError):
        return None
    return value if isinstance(value, str) else None


def fold_list(parts: Sequence[tuple[Expr, Resolver]], file: File) -> Collection:
    """The list that surely has these items, each resolved in a place of its own; of one expression, what that is."""
    budget = _budget(file)
    texts: list[str] = []
    items: list[Folded] = []
    try:
        for expr, resolve in parts:
            folding = _Folding(_noting(resolve, texts), file, budget)
            value = (
                folding.of(expr)
                if len(parts) == 1
                else folding.sequence(ir.Sequence("list", (expr,)))
            )
            if value is None or len(parts) == 1:
                return Collection(value, tuple(texts))
            items.extend(value if isinstance(value, tuple) else ())
    except (RecursionError, OverBudgetError):
        return Collection(None)
    return Collection(tuple(items), tuple(texts))


def _noting(resolve: Resolver, texts: list[str]) -> Resolver:
    """The same resolver, which notes the strings that names stand for."""

    def text(expr: Expr) -> str | None:
        found = resolve.text(expr)
        if found is not None:
            texts.append(found)
        return found

    def collection(expr: Expr) -> Collection:
        found = resolve.collection(expr)
        texts.extend(found.texts)
        return found

    return resolve._replace(text=text, collection=collection)


def _budget(file: File) -> Budget:
    size = len(file.text)
    return Budget(folding_steps(size), folded_characters(size))


class _Folding:
    """Folds the parts of one expression."""

    def __init__(self, resolve: Resolver, file: File, budget: Budget) -> None:
        self._resolve = resolve
        self._file = file
        self.model = file.model
        self.budget = budget
        self._calls = LibraryCalls(self)
        # What the names of the comprehensions and lambdas around stand for.
        self._names: Mapping[str, Folded] = {}

    def of(self, expr: Expr) -> Folded | None:
        """What an expression surely is."""
        self.budget.look_at()
        if isinstance(expr, (ir.Text, ir.Bytes)):
            return expr.value
        handler = _HANDLERS.get(type(expr))
        return handler(self, expr) if handler is not None else None

    def text(self, expr: Expr) -> str | None:
        """The string that an expression surely is."""
        value = self.of(expr)
        return value if isinstance(value, str) else None

    def constant(self, expr: ir.Constant) -> int | None:
        return constants.number(expr.literal)

    def unary(self, expr: ir.Unary) -> int | None:
        value = self.of(expr.operand)
        return -value if isinstance(value, int) and expr.op == "Minus" else None

    def template(self, expr: ir.Template) -> str | None:
        return self.joined("", expr.parts)

    def name(self, expr: ir.Name | ir.Attribute) -> Folded | None:
        if isinstance(expr, ir.Name) and expr.id in self._names:
            return self._names[expr.id]
        text = self._resolve.text(expr)
        if text is None and isinstance(expr, ir.Attribute) and expr.name in _VALUE_OF_MEMBER:
            # A text has no such attribute: the class of the member is an enumeration.
            return self.text(expr.value)
        return text if text is not None else self._resolve.collection(expr).value

    def function(self, expr: Expr) -> str | None:
        """The qualified name of a library's function; a name of a comprehension or lambda around is none."""
        root = expr
        while isinstance(root, ir.Attribute):
            root = root.value
        if not isinstance(root, ir.Name) or root.id in self._names:
            return None
        return self._resolve.function(expr)

    def run(self, expr: ir.Lambda, values: Sequence[Folded]) -> Folded | None:
        """What a lambda gives, whose parameters stand for these values."""
        params = self.model.scopes[expr.scope].params
        if len(params) != len(values) or any(param.stars for param in params):
            return None
        names = [param.name for param in params]
        before = self._names
        self._names = {**before, **dict(zip(names, values, strict=True))}
        try:
            return self.of(expr.body)
        finally:
            self._names = before

    def joined(self, separator: str, parts: tuple[Expr, ...]) -> str | None:
        texts: list[str] = []
        for part in parts:
            text = constants.shown(self.of(part))
            if text is None:
                return None
            texts.append(text)
        return constants.joined(self.budget, separator, texts)

    def items(self, value: Folded | None) -> tuple[Folded, ...] | None:
        """What going through a value gives."""
        if not isinstance(value, (str, tuple, Mapping)):
            return None
        self.budget.look_at(len(value))
        return tuple(value)

    # -- collections -------------------------------------------------------------------------------------------------

    def sequence(self, expr: ir.Sequence) -> tuple[Folded, ...] | None:
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
        found: dict[str | int, Folded] = {}
        for key, value in zip(expr.keys, expr.values, strict=True):
            name = self.of(key) if key is not None else None
            if not isinstance(name, (str, int)):
                return None
            folded = self.of(value)
            if folded is None:
                return None
            found[name] = folded
        return found

    def comprehension(self, expr: ir.Comprehension) -> tuple[Folded, ...] | None:
        """Of those with one `for`; what a condition leaves out would make no key of the rest."""
        items = self.items(self.of(expr.iter)) if expr.kind in {"list", "generator"} else None
        bound = self._file.bindings_by_scope.get(expr.scope, ())
        if items is None or any(row.value != expr.iter for row in bound):
            return None
        before = self._names
        found: list[Folded] = []
        try:
            for item in items:
                parts = [part for row in bound if (part := _part(row, item)) is not None]
                if len(parts) < len(bound):
                    return None
                names = [row.name for row in bound]
                self._names = {**before, **dict(zip(names, parts, strict=True))}
                value = self.of(expr.element)
                if value is None:
                    return None
                found.append(value)
        finally:
            self._names = before
        return tuple(found)

    def choice(self, expr: ir.Conditional | ir.Boolean) -> Folded | None:
        """What is one of several, where the resolver tells which one counts."""
        return self._resolve.text(expr)

    def comparison(self, expr: ir.Comparison) -> int | None:
        """Whether two values are the same."""
        compare = _COMPARED.get(expr.ops[0]) if len(expr.ops) == 1 else None
        left, right = self.of(expr.left), self.of(expr.rights[0])
        if compare is None or not isinstance(left, (str, int)):
            return None
        if not isinstance(right, str if isinstance(left, str) else int):
            return None
        if isinstance(left, str):
            self.budget.look_at(len(left))
        return compare(left, right)

    def walrus(self, expr: ir.Walrus) -> Folded | None:
        return self.of(expr.value)

    def subscript(self, expr: ir.Subscript) -> Folded | None:
        value = self.of(expr.value)
        if isinstance(expr.index, ir.Opaque) and isinstance(value, (str, tuple)):
            return self._sliced(value, expr.index.parts)
        index = self.of(expr.index) if value is not None else None
        if isinstance(value, Mapping):
            return value.get(index) if isinstance(index, (str, int)) else None
        if (
            isinstance(value, (str, tuple))
            and isinstance(index, int)
            and -len(value) <= index < len(value)
        ):
            return value[index]
        return None

    def _sliced(
        self, value: str | tuple[Folded, ...], parts: tuple[Expr, ...]
    ) -> Folded | None:
        bounds: list[int | None] = []
        for part in parts:
            bound = self.of(part)
            if not isinstance(bound, int) and part != ir.Constant("None"):
                return None
            bounds.append(bound if isinstance(bound, int) else None)
        if len(bounds) != len(_SLICE) or bounds[-1] == 0:
            return None
        start, stop, step = bounds
        if isinstance(value, str):
            self.budget.make(len(value))
        else:
            self.budget.look_at(len(value))
        return value[start:stop:step]

    # -- operators ---------------------------------------------------------------------------------------------------

    def binary(self, expr: ir.Binary) -> Folded | None:
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

    def added(self, parts: list[Expr]) -> Folded | None:
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
        items: list[Folded] = []
        for value in values:
            if not isinstance(value, tuple):
                return None
            self.budget.look_at(len(value))
            items.extend(value)
        return tuple(items)

    def _calculated(self, expr: ir.Binary) -> int | None:
        """An operation on numbers, as on the codes of characters."""
        operands = [self.of(expr.left), self.of(expr.right)]
        numbers = [value for value in operands if isinstance(value, int)]
        if len(numbers) < len(operands):
            return None
        return constants.calculated(self.budget, expr.op, numbers)

    def _repeated(self, expr: ir.Binary) -> str | None:
        for first, second in ((expr.left, expr.right), (expr.right, expr.left)):
            times = self.of(second) if isinstance(second, ir.Constant) else None
            if isinstance(times, int):
                text = self.text(first)
                return (
                    constants.repeated(self.budget, text, times) if text is not None else None
                )
        return None

    def _percent(self, expr: ir.Binary) -> str | None:
        template = self.text(expr.left)
        value = self.of(expr.right) if template is not None else None
        if template is None or value is None:
            return None
        if isinstance(value, Mapping):
            self.budget.look_at(len(value))
            texts = {
                str(name): text
                for name, part in value.items()
                if (text := constants.shown(part)) is not None
            }
            return self._filled(
                _PERCENT, lambda match: texts.get(match[1] or "", match[0][:1]), template
            )
        parts = value if isinstance(value, tuple) else (value,)
        if isinstance(value, tuple) and not _is_taken_apart(expr.right, len(parts)):
            return None
        self.budget.look_at(len(parts))
        shown = list(map(constants.shown, parts))
        if None in shown:
            return None
        remaining = iter(text for text in shown if text is not None)
        return self._filled(
            _PERCENT, lambda match: "%" if match[0] == "%%" else next(remaining, ""), template
        )

    def _filled(
        self, pattern: re.Pattern[str], field: Callable[[re.Match[str]], str], template: str
    ) -> str:
        return constants.filled(self.budget, pattern, field, template)

    # -- calls -------------------------------------------------------------------------------------------------------

    def call(self, expr: ir.CallRef) -> Folded | None:
        found = self._calls.of(self.model.calls[expr.site])
        return found if found is not None else self._resolve.result(expr)


def _is_taken_apart(expr: Expr, size: int) -> bool:
    """Whether `%` takes the items of a sequence one by one: those of a tuple, but a list is one value.

    What is not written there may be either. With several fields it is a tuple: for a list they would be too many.
    """
    if isinstance(expr, ir.Sequence):
        return expr.kind == "tuple"
    return size > 1


def _part(binding: ir.Binding, item: Folded) -> Folded | None:
    """What a name of a comprehension takes of one item: all of it, or one of its parts."""
    if binding.via == "element" and binding.part is None:
        return item
    if binding.part is None or not isinstance(item, tuple):
        return None
    index, count_of_parts = binding.part
    return item[index] if len(item) == count_of_parts else None


_HANDLERS: Final[dict[type, Callable[[Any, Any], Folded | None]]] = {
    ir.Constant: _Folding.constant,
    ir.Unary: _Folding.unary,
    ir.Template: _Folding.template,
    ir.Binary: _Folding.binary,
    ir.CallRef: _Folding.call,
    ir.Name: _Folding.name,
    ir.Attribute: _Folding.name,
    ir.Sequence: _Folding.sequence,
    ir.Mapping: _Folding.mapping,
    ir.Comprehension: _Folding.comprehension,
    ir.Subscript: _Folding.subscript,
    ir.Comparison: _Folding.comparison,
    ir.Conditional: _Folding.choice,
    ir.Boolean: _Folding.choice,
    ir.Walrus: _Folding.walrus,
}
_COMPARED: Final[Mapping[str, Callable[[object, object], bool]]] = {
    "Equal": operator.eq,
    "NotEqual": operator.ne,
}
# The text of a member of an enumeration.
_VALUE_OF_MEMBER: Final = frozenset({"value", "_value_"})
_SLICE: Final = ("lower", "upper", "step")
