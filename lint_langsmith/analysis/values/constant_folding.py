"""Constant folding of strings: what a string expression surely is, without running anything.

Bytes are folded as the Latin-1 text of the same length. Besides texts there are numbers, sequences and mappings of them
on the way, as in `"".join(chr(code) for code in CODES)`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.model import Expr
from lint_langsmith.analysis.limits import folded_characters, folding_steps
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.values import constants
from lint_langsmith.analysis.values.constants import Budget, OverBudgetError
from lint_langsmith.analysis.values.display_folding import Displays
from lint_langsmith.analysis.values.folded import (
    NOTHING,
    Collection,
    Folded,
    Function,
    Object,
    Resolver,
)
from lint_langsmith.analysis.values.library_folding import LibraryCalls
from lint_langsmith.analysis.values.operator_folding import Operators


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


class Folding(Displays, Operators):
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

    def walrus(self, expr: ir.Walrus) -> Folded | None:
        """The value of `name := value`."""
        bound = self._resolve.known(ir.Name(expr.name, ir.NOWHERE))
        return self.of(expr.value) if bound is None else bound.value

    def awaited(self, expr: ir.Await) -> Folded | None:
        """What a coroutine of the file returns."""
        return self.of(expr.value)

    def call(self, expr: ir.CallRef) -> Folded | None:
        """What a call returns."""
        found = self._calls.of(self.model.calls[expr.site])
        return found if found is not None else self._resolve.result(expr)


def _all_known(values: Sequence[Folded | None]) -> tuple[Folded, ...] | None:
    known = tuple(value for value in values if value is not None)
    return known if len(known) == len(values) else None


def _known_entries(named: Mapping[str, Folded | None]) -> Mapping[str | int, Folded] | None:
    known: dict[str | int, Folded] = {
        name: value for name, value in named.items() if value is not None
    }
    return known if len(known) == len(named) else None


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
_TRUTHS: Final = {"True": True, "False": False}
# The text of a member of an enumeration, and of a UUID.
_ATTRIBUTES: Final[Mapping[str, Callable[[str], str]]] = {
    "value": str,
    "_value_": str,
    "hex": lambda text: text.replace("-", ""),
}
