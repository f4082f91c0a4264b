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
from lint_langsmith.analysis.values.folded import (
    NOTHING,
    Collection,
    Folded,
    Function,
    Object,
    Resolver,
)
from lint_langsmith.analysis.values.library_folding import LibraryCalls

_PERCENT: Final = lazy_re.compile(
    r"%(?:\((\w+)\))?(?P<form>[-0+# ]{0,3}[0-9]{0,3}(?:\.[0-9]{1,3})?[srdxXoc])|%%"
)


class _UnknownFieldError(Exception):
    """What fills a field is not known."""


def fold(expr: Expr, resolve: Resolver, file: File) -> str | None:
    """The string (or Latin-1 decoded bytes) that `expr` of `file` surely is; None when that can't be told.

    `resolve` answers for names. What would take more than the budget of one folding is not made, and so not known.
    """
    try:
        value = Folding(resolve, file, _budget(file)).of(expr)
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
            folding = Folding(_noting(resolve, texts), file, budget)
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


class Folding:
    """Folds the parts of one expression."""

    def __init__(self, resolve: Resolver, file: File, budget: Budget) -> None:
        self._resolve = resolve
        self._file = file
        self.model = file.model
        self.budget = budget
        self._calls = LibraryCalls(self)
        # What the names of the comprehensions and lambdas around stand for.
        self.names: Mapping[str, Folded] = {}

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

    def constant(self, expr: ir.Constant) -> Folded | None:
        """What a number, `None` or a truth value is."""
        if expr.literal == "None":
            return NOTHING
        known = _TRUTHS.get(expr.literal)
        return known if known is not None else constants.number(expr.literal)

    def unary(self, expr: ir.Unary) -> int | None:
        """`-x` of a number, `not x` of anything."""
        if expr.op == "Not":
            truth = self.truth(expr.operand)
            return None if truth is None else not truth
        value = self.of(expr.operand)
        return -value if isinstance(value, int) and expr.op == "Minus" else None

    def truth(self, expr: Expr) -> bool | None:
        """Whether an expression surely is true, or false."""
        value = self.of(expr)
        return None if value is None else bool(value)

    def template(self, expr: ir.Template) -> str | None:
        """The text of an f-string."""
        texts: list[str] = []
        for part in expr.parts:
            # What is formatted otherwise than by `str` has its specification beside it.
            text = self._formatted(part) if isinstance(part, ir.Opaque) else self.shown(part)
            if text is None:
                return None
            texts.append(text)
        return constants.joined(self.budget, "", texts)

    def shown(self, expr: Expr) -> str | None:
        """What `str` makes of an expression."""
        return self.as_text(self.of(expr))

    def as_text(self, value: Folded | None) -> str | None:
        """What `str` makes of a value."""
        shown = self.special(value, "__str__") if isinstance(value, Object) else value
        return constants.shown(shown)

    def special(self, value: Folded, name: str, *values: Folded) -> Folded | None:
        """What a special method of a value gives for some others."""
        method = self._resolve.method(value, name)
        return method.run(values, {}) if method is not None else None

    def _formatted(self, expr: ir.Opaque) -> str | None:
        if len(expr.parts) != 2:
            return None
        value, spec = expr.parts
        return constants.formatted(self.budget, self.of(value), self.text(spec))

    def name(self, expr: ir.Name | ir.Attribute) -> Folded | None:
        """What a name or attribute stands for."""
        if isinstance(expr, ir.Name) and expr.id in self.names:
            return self.names[expr.id]
        known = self._resolve.known(expr)
        if known is not None:
            return known.value
        text = self._resolve.text(expr)
        if text is None and isinstance(expr, ir.Attribute) and expr.name in _ATTRIBUTES:
            # A text has no such attribute: it is a member of an enumeration, or a UUID.
            value = self.text(expr.value)
            return _ATTRIBUTES[expr.name](value) if value is not None else None
        found = text if text is not None else self._resolve.collection(expr).value
        return found if found is not None else self._calls.constant(expr)

    def function(self, expr: Expr) -> str | None:
        """The qualified name of a library's function; a name of a comprehension or lambda around is none."""
        root = expr
        while isinstance(root, ir.Attribute):
            root = root.value
        if not isinstance(root, ir.Name) or root.id in self.names:
            return None
        return self._resolve.function(expr)

    def closure(self, expr: ir.Lambda) -> Function | None:
        """A lambda, with what the names around it stand for now."""
        around = self.names

        def run(
            plain: Sequence[Folded | None], named: Mapping[str, Folded | None]
        ) -> Folded | None:
            return self._run(expr, around, plain, named)

        return self._resolve.closure(Function(run))

    def _run(
        self,
        expr: ir.Lambda,
        around: Mapping[str, Folded],
        plain: Sequence[Folded | None],
        named: Mapping[str, Folded | None],
    ) -> Folded | None:
        """What a lambda gives, whose parameters stand for these values."""
        given = self.parameters(self.model.scopes[expr.scope].params, plain, named)
        if given is None or None in given.values():
            return None
        before = self.names
        known = {name: value for name, value in given.items() if value is not None}
        self.names = {**around, **known}
        try:
            return self.of(expr.body)
        finally:
            self.names = before

    def parameters(
        self,
        params: Sequence[ir.Param],
        plain: Sequence[Folded | None],
        named: Mapping[str, Folded | None],
    ) -> dict[str, Folded | None] | None:
        """What parameters stand for in a call; None where the arguments are not for them."""
        found: dict[str, Folded | None] = {}
        rest, names = list(plain), dict(named)
        for param in params:
            if param.stars == 1:
                found[param.name] = _all_known(rest)
                rest = []
            elif param.stars:
                found[param.name] = _known_entries(names)
                names = {}
            elif rest and not param.keyword_only:
                found[param.name] = rest.pop(0)
            elif param.name in names:
                found[param.name] = names.pop(param.name)
            elif param.default is not None:
                found[param.name] = self.of(param.default)
            else:
                return None
        return found if not rest and not names else None

    def argument(self, expr: Expr) -> Folded | None:
        """What an argument is: a value, or a function that is handed on."""
        return self._calls.argument(expr)

    def joined(self, separator: str, parts: tuple[Expr, ...]) -> str | None:
        """Some expressions, as texts, with a separator between them."""
        texts: list[str] = []
        for part in parts:
            text = self.shown(part)
            if text is None:
                return None
            texts.append(text)
        return constants.joined(self.budget, separator, texts)

    def items(self, value: Folded | None) -> tuple[Folded, ...] | None:
        """What going through a value gives."""
        if isinstance(value, Object):
            return self.items(self.special(value, "__iter__"))
        if not isinstance(value, (str, tuple, Mapping)):
            return None
        self.budget.look_at(len(value))
        return tuple(value)

    # -- collections -------------------------------------------------------------------------------------------------

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

    def choice(self, expr: ir.Conditional | ir.Boolean) -> Folded | None:
        """What is one of several: where the tests are not known, the resolver tells which one counts."""
        if isinstance(expr, ir.Conditional):
            test = self.truth(expr.test)
            known = None if test is None else self.of(expr.body if test else expr.orelse)
            return known if known is not None else self._resolve.text(expr)
        value: Folded | None = None
        for part in expr.values:
            value = self.of(part)
            if value is None:
                return self._resolve.text(expr)
            if bool(value) == (expr.op == "or"):
                break
        return value

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

    def walrus(self, expr: ir.Walrus) -> Folded | None:
        """The value of `name := value`."""
        bound = self._resolve.known(ir.Name(expr.name, ir.NOWHERE))
        return self.of(expr.value) if bound is None else bound.value

    def awaited(self, expr: ir.Await) -> Folded | None:
        """What a coroutine of the file returns."""
        return self.of(expr.value)

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

    # -- operators ---------------------------------------------------------------------------------------------------

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

    # -- calls -------------------------------------------------------------------------------------------------------

    def call(self, expr: ir.CallRef) -> Folded | None:
        """What a call returns."""
        found = self._calls.of(self.model.calls[expr.site])
        return found if found is not None else self._resolve.result(expr)


def _is_taken_apart(expr: Expr, size: int) -> bool:
    """Whether `%` takes the items of a sequence one by one: those of a tuple, but a list is one value.

    What is not written there may be either. With several fields it is a tuple: for a list they would be too many.
    """
    if isinstance(expr, ir.Sequence):
        return expr.kind == "tuple"
    return size > 1


def _all_known(values: Sequence[Folded | None]) -> tuple[Folded, ...] | None:
    known = tuple(value for value in values if value is not None)
    return known if len(known) == len(values) else None


def _known_entries(named: Mapping[str, Folded | None]) -> Mapping[str | int, Folded] | None:
    known: dict[str | int, Folded] = {
        name: value for name, value in named.items() if value is not None
    }
    return known if len(known) == len(named) else None


def _part(binding: ir.Binding, item: Folded) -> Folded | None:
    """What a name of a comprehension takes of one item: all of it, or one of its parts."""
    if binding.via == "element" and binding.part is None:
        return item
    if binding.part is None or not isinstance(item, tuple):
        return None
    index, count_of_parts = binding.part
    return item[index] if len(item) == count_of_parts else None


_HANDLERS: Final[dict[type, Callable[[Any, Any], Folded | None]]] = {
    ir.Constant: Folding.constant,
    ir.Unary: Folding.unary,
    ir.Template: Folding.template,
    ir.Binary: Folding.binary,
    ir.CallRef: Folding.call,
    ir.Name: Folding.name,
    ir.Attribute: Folding.name,
    ir.Sequence: Folding.sequence,
    ir.Mapping: Folding.mapping,
    ir.Comprehension: Folding.comprehension,
    ir.Subscript: Folding.subscript,
    ir.Comparison: Folding.comparison,
    ir.Conditional: Folding.choice,
    ir.Boolean: Folding.choice,
    ir.Walrus: Folding.walrus,
    ir.Await: Folding.awaited,
    ir.Lambda: Folding.closure,
}
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
_TRUTHS: Final = {"True": True, "False": False}
# The text of a member of an enumeration, and of a UUID.
_ATTRIBUTES: Final[Mapping[str, Callable[[str], str]]] = {
    "value": str,
    "_value_": str,
    "hex": lambda text: text.replace("-", ""),
}
_SLICE: Final = ("lower", "upper", "step")
