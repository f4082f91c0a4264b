"""Constant folding of strings: what a string expression surely is, without running anything.

Bytes are folded as the Latin-1 text of the same length. Besides texts there are numbers, sequences and mappings of them
on the way, as in `"".join(chr(code) for code in CODES)`.
"""

from __future__ import annotations

import base64
import codecs
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any, Final, NamedTuple, TypeAlias

from lint_langsmith import lazy_re
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.model import Expr
from lint_langsmith.analysis.limits import folded_characters, folding_steps
from lint_langsmith.analysis.project.file import File, last_name
from lint_langsmith.analysis.values import constants
from lint_langsmith.analysis.values.constants import Budget, OverBudgetError, computed

Folded: TypeAlias = "str | int | tuple[Folded, ...] | Mapping[str, Folded]"


def _no_result(_: Expr) -> str | None:
    return None


class Resolver(NamedTuple):
    """What folding asks of expressions that are no string syntax (names, attributes).

    `text` gives the string that one surely is, `collection` the collection that one surely is, `result` the string that
    a call of the project's own code surely gives: where that is asked for, which may lead to other files.
    """

    text: Callable[[Expr], str | None]
    collection: Callable[[Expr], Collection]
    result: Callable[[Expr], str | None] = _no_result


class Collection(NamedTuple):
    """A folded collection, None where it is unknown, and the strings that the names in it stand for."""

    value: Folded | None
    texts: tuple[str, ...] = ()


_PERCENT: Final = lazy_re.compile(r"%(?:\((\w+)\))?[srd]|%%")
_BRACES: Final = lazy_re.compile(r"\{\{|\}\}|\{(\w*)(?:!s)?(?::[sd]?)?\}")
_DECODERS: Final[dict[str, Callable[[str], bytes]]] = {
    "b64decode": base64.b64decode,
    "urlsafe_b64decode": base64.urlsafe_b64decode,
    "standard_b64decode": base64.b64decode,
    "b32decode": base64.b32decode,
    "b16decode": base64.b16decode,
    "b85decode": base64.b85decode,
    "a85decode": base64.a85decode,
    "fromhex": bytes.fromhex,
    "unhexlify": bytes.fromhex,
}
# Codecs with which `codecs.decode(text, …)` makes another text of one.
_CODECS: Final[dict[str, Callable[[str], str]]] = {
    **dict.fromkeys(("rot13", "rot_13"), lambda text: codecs.decode(text, "rot13")),
    **dict.fromkeys(("hex", "hex_codec"), lambda text: bytes.fromhex(text).decode("latin-1")),
    **dict.fromkeys(
        ("base64", "base64_codec"), lambda text: base64.b64decode(text).decode("latin-1")
    ),
}
# Methods of strings whose result is known when the string and the arguments are.
_TEXT_METHODS: Final = frozenset(
    {
        *(
            "strip",
            "lstrip",
            "rstrip",
            "removeprefix",
            "removesuffix",
            "lower",
            "upper",
            "casefold",
            "swapcase",
        ),
        *("replace", "split", "rsplit", "splitlines", "partition", "rpartition"),
    }
)
_COLLECTIONS: Final = frozenset({"list", "tuple", "iter"})


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

    return Resolver(text, collection, resolve.result)


def _budget(file: File) -> Budget:
    size = len(file.text)
    return Budget(folding_steps(size), folded_characters(size))


class _Folding:
    """Folds the parts of one expression."""

    def __init__(self, resolve: Resolver, file: File, budget: Budget) -> None:
        self._resolve = resolve
        self._file = file
        self._model = file.model
        self._budget = budget
        # What the names of the comprehensions around stand for.
        self._names: dict[str, Folded] = {}

    def of(self, expr: Expr) -> Folded | None:
        """What an expression surely is."""
        self._budget.look_at()
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
        return self._joined("", expr.parts)

    def name(self, expr: ir.Name | ir.Attribute) -> Folded | None:
        if isinstance(expr, ir.Name) and expr.id in self._names:
            return self._names[expr.id]
        text = self._resolve.text(expr)
        if text is None and isinstance(expr, ir.Attribute) and expr.name in _VALUE_OF_MEMBER:
            # A text has no such attribute: the class of the member is an enumeration.
            return self.text(expr.value)
        return text if text is not None else self._resolve.collection(expr).value

    def _joined(self, separator: str, parts: tuple[Expr, ...]) -> str | None:
        texts: list[str] = []
        for part in parts:
            text = constants.shown(self.of(part))
            if text is None:
                return None
            texts.append(text)
        return constants.joined(self._budget, separator, texts)

    def _items(self, value: Folded | None) -> tuple[Folded, ...] | None:
        """What going through a value gives."""
        if not isinstance(value, (str, tuple, Mapping)):
            return None
        self._budget.look_at(len(value))
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
            items = self._items(value) if isinstance(item, ir.Starred) else (value,)
            if items is None:
                return None
            found.extend(items)
        return tuple(found)

    def mapping(self, expr: ir.Mapping) -> Mapping[str, Folded] | None:
        found: dict[str, Folded] = {}
        for key, value in zip(expr.keys, expr.values, strict=True):
            name = self.text(key) if key is not None else None
            folded = self.of(value) if name is not None else None
            if name is None or folded is None:
                return None
            found[name] = folded
        return found

    def comprehension(self, expr: ir.Comprehension) -> tuple[Folded, ...] | None:
        """Of those with one `for`; what a condition leaves out would make no key of the rest."""
        items = self._items(self.of(expr.iter)) if expr.kind in {"list", "generator"} else None
        bound = self._file.bindings_by_scope.get(expr.scope, ())
        if items is None or any(row.value != expr.iter for row in bound):
            return None
        before = dict(self._names)
        found: list[Folded] = []
        try:
            for item in items:
                parts = [_part(row, item) for row in bound]
                if None in parts:
                    return None
                self._names.update(
                    (row.name, part)
                    for row, part in zip(bound, parts, strict=True)
                    if part is not None
                )
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

    def walrus(self, expr: ir.Walrus) -> Folded | None:
        return self.of(expr.value)

    def subscript(self, expr: ir.Subscript) -> Folded | None:
        value = self.of(expr.value)
        if isinstance(expr.index, ir.Opaque) and isinstance(value, (str, tuple)):
            return self._sliced(value, expr.index.parts)
        index = self.of(expr.index) if value is not None else None
        if isinstance(value, Mapping):
            return value.get(index) if isinstance(index, str) else None
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
            self._budget.make(len(value))
        else:
            self._budget.look_at(len(value))
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
        return self._added([left, *reversed(parts)])

    def _added(self, parts: list[Expr]) -> Folded | None:
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
            return constants.joined(self._budget, "", texts)
        numbers = [value for value in values if isinstance(value, int)]
        if len(numbers) == len(values):
            return constants.calculated(self._budget, "+", numbers)
        items: list[Folded] = []
        for value in values:
            if not isinstance(value, tuple):
                return None
            self._budget.look_at(len(value))
            items.extend(value)
        return tuple(items)

    def _calculated(self, expr: ir.Binary) -> int | None:
        """An operation on numbers, as on the codes of characters."""
        operands = [self.of(expr.left), self.of(expr.right)]
        numbers = [value for value in operands if isinstance(value, int)]
        if len(numbers) < len(operands):
            return None
        return constants.calculated(self._budget, expr.op, numbers)

    def _repeated(self, expr: ir.Binary) -> str | None:
        for first, second in ((expr.left, expr.right), (expr.right, expr.left)):
            times = self.of(second) if isinstance(second, ir.Constant) else None
            if isinstance(times, int):
                text = self.text(first)
                return (
                    constants.repeated(self._budget, text, times) if text is not None else None
                )
        return None

    def _percent(self, expr: ir.Binary) -> str | None:
        template = self.text(expr.left)
        value = self.of(expr.right) if template is not None else None
        if template is None or value is None:
            return None
        if isinstance(value, Mapping):
            self._budget.look_at(len(value))
            texts = {
                name: text
                for name, part in value.items()
                if (text := constants.shown(part)) is not None
            }
            return self._filled(
                _PERCENT, lambda match: texts.get(match[1] or "", match[0][:1]), template
            )
        parts = value if isinstance(value, tuple) else (value,)
        if isinstance(value, tuple) and not _is_taken_apart(expr.right, len(parts)):
            return None
        self._budget.look_at(len(parts))
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
        return constants.filled(self._budget, pattern, field, template)

    # -- calls -------------------------------------------------------------------------------------------------------

    def call(self, expr: ir.CallRef) -> Folded | None:
        found = self._by_library(self._model.calls[expr.site])
        return found if found is not None else self._resolve.result(expr)

    def _by_library(self, call: ir.Call) -> Folded | None:
        """What a function or method of Python's own gives."""
        func = call.func
        name = (
            func.name
            if isinstance(func, ir.Attribute)
            else func.id
            if isinstance(func, ir.Name)
            else ""
        )
        if name in _DECODERS and call.args:
            encoded = self.text(call.args[0].value)
            return self._decoded(_DECODERS[name], encoded) if encoded is not None else None
        if name == "decompress" and len(call.args) == 1:
            packed = self.text(call.args[0].value)
            return constants.unpacked(self._budget, packed) if packed is not None else None
        if name in _OF_ITERABLES:
            return self._of_iterables(call, name)
        if isinstance(func, ir.Name):
            return self._built(call, name)
        return self._of_method(call, func, name) if isinstance(func, ir.Attribute) else None

    def _of_iterables(self, call: ir.Call, name: str) -> tuple[Folded, ...] | None:
        """What is made of the items of `zip(…)`, `chain(…)`, `enumerate(…)` and `sorted(…)`."""
        if any(arg.stars or arg.keyword for arg in call.args):
            return None
        iterables: list[tuple[Folded, ...]] = []
        for arg in call.args:
            items = self._items(self.of(arg.value))
            if items is None:
                return None
            iterables.append(items)
        return _OF_ITERABLES[name](iterables)

    def _decoded(self, decode: Callable[[str], bytes], encoded: str) -> str | None:
        self._budget.make(_LONGER_DECODED * len(encoded))
        return computed(lambda: decode(encoded).decode("latin-1"))

    def _built(self, call: ir.Call, name: str) -> Folded | None:
        """What a built-in function makes."""
        if (
            not call.args
            or any(arg.stars or arg.keyword for arg in call.args)
            or name not in _BUILT
        ):
            return None
        if name == "map":
            mapped, *given = (arg.value for arg in call.args)
            items = (
                self._items(self.of(given[0]))
                if len(given) == 1 and isinstance(mapped, ir.Name)
                else None
            )
            found = [
                self._made(mapped.id, item)
                for item in items or ()
                if isinstance(mapped, ir.Name)
            ]
            return (
                None
                if items is None or None in found
                else tuple(value for value in found if value is not None)
            )
        value = self.of(call.args[0].value)
        return self._made(name, value) if value is not None else None

    def _made(self, name: str, value: Folded) -> Folded | None:
        """What a built-in function of one argument makes."""
        if name == "chr":
            return constants.character(value)
        if name == "ord":
            return constants.code(value)
        if name == "str":
            return constants.shown(value)
        if name in {"bytes", "bytearray"} and isinstance(value, tuple):
            self._budget.make(len(value))
            return computed(lambda codes: bytes(codes).decode("latin-1"), value)
        if name in {"bytes", "bytearray"}:
            return value if isinstance(value, str) else None
        items = self._items(value) if name in _COLLECTIONS or name == "reversed" else None
        return items[::-1] if items is not None and name == "reversed" else items

    def _of_method(self, call: ir.Call, func: ir.Attribute, name: str) -> Folded | None:
        if name in {"decode", "encode"}:
            return self._recoded(call, func.value)
        if name == "join":
            separator, items = func.value, call.args[-1].value if call.args else None
            if (
                len(call.args) == 2
                and isinstance(func.value, ir.Name)
                and func.value.id == "str"
            ):
                separator = call.args[0].value
            elif len(call.args) != 1:
                return None
            text = self.text(separator)
            return (
                self._joined_items(text, items)
                if text is not None and items is not None
                else None
            )
        if name in {"format", "format_map"}:
            return self._format(call, func.value)
        if name in {"substitute", "safe_substitute"}:
            return self._substituted(call, func.value)
        if name == "concat" and len(call.args) == 2:
            return self._added([arg.value for arg in call.args])
        if name in _MAPPING_METHODS:
            return self._mapping_method(call, func.value, name)
        if name not in _TEXT_METHODS:
            return None
        text = self.text(func.value)
        return self._text_method(text, name, call) if text is not None else None

    def _mapping_method(self, call: ir.Call, receiver: Expr, name: str) -> Folded | None:
        """What a dict holds: its keys, values or both, or what it has under one key."""
        mapping = self.of(receiver)
        if not isinstance(mapping, Mapping):
            return None
        self._budget.look_at(len(mapping))
        if name == "get":
            key = self.text(call.args[0].value) if call.args else None
            return mapping.get(key) if key is not None else None
        if name == "items":
            return tuple(mapping.items())
        return tuple(mapping.values()) if name == "values" else tuple(mapping)

    def _recoded(self, call: ir.Call, receiver: Expr) -> str | None:
        """`text.encode("utf-8")` is the same here; `codecs.decode(text, "rot13")` is another."""
        if isinstance(receiver, ir.Name) and receiver.id == "codecs" and len(call.args) == 2:
            text, codec = (self.text(arg.value) for arg in call.args)
            if text is None or codec not in _CODECS:
                return None
            self._budget.make(len(text))
            return computed(_CODECS[codec], text)
        return (
            self.text(receiver)
            if all(isinstance(arg.value, ir.Text) for arg in call.args)
            else None
        )

    def _joined_items(self, separator: str, expr: Expr) -> str | None:
        if isinstance(expr, ir.Sequence) and expr.kind != "set":
            starred = any(isinstance(item, ir.Starred) for item in expr.items)
            if not starred:
                return self._joined(separator, expr.items)
        items = self._items(self.of(expr))
        texts = [item for item in items or () if isinstance(item, str)]
        whole = items is not None and len(texts) == len(items)
        return constants.joined(self._budget, separator, texts) if whole else None

    def _text_method(self, text: str, name: str, call: ir.Call) -> Folded | None:
        given = [self.of(arg.value) for arg in call.args]
        if any(arg.stars or arg.keyword for arg in call.args) or not all(
            isinstance(v, (str, int)) for v in given
        ):
            return None
        return constants.method(self._budget, text, name, given)

    def _format(self, call: ir.Call, receiver: Expr) -> str | None:
        template = self.text(receiver)
        fields = self._fields(call) if template is not None else None
        if template is None or fields is None:
            return None
        numbers = iter(range(len(fields)))

        def field(match: re.Match[str]) -> str:
            if match[1] is None:
                return match[0][0]
            return fields.get(match[1] or str(next(numbers, -1)), "")

        return self._filled(_BRACES, field, template)

    def _substituted(self, call: ir.Call, receiver: Expr) -> str | None:
        """`string.Template("…").substitute(…)`."""
        made = self._model.calls[receiver.site] if isinstance(receiver, ir.CallRef) else None
        if made is None or last_name(made.func) != "Template" or len(made.args) != 1:
            return None
        template = self.text(made.args[0].value)
        fields = self._fields(call) if template is not None else None
        if template is None or fields is None:
            return None
        return constants.substituted(self._budget, template, fields)

    def _fields(self, call: ir.Call) -> dict[str, str] | None:
        """What the fields of a template are filled with, by their names and numbers."""
        fields: dict[str, str] = {}
        numbers = count()
        for name, value in self._arguments(call):
            shown = constants.shown(value)
            if shown is None:
                return None
            fields[name or str(next(numbers))] = shown
        return fields

    def _arguments(self, call: ir.Call) -> list[tuple[str | None, Folded | None]]:
        """The arguments of a call, those of `*parts` and `**parts` one by one; None for what is not known."""
        found: list[tuple[str | None, Folded | None]] = []
        for arg in call.args:
            value = self.of(arg.value)
            if arg.stars == 1:
                found.extend((None, item) for item in self._items(value) or (None,))
            elif arg.stars or isinstance(value, Mapping):  # of `format_map` and `substitute`
                self._budget.look_at(len(value) if isinstance(value, Mapping) else 0)
                found.extend(value.items() if isinstance(value, Mapping) else [(None, None)])
            else:
                found.append((arg.keyword, value))
        return found


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


def _zipped(iterables: Sequence[tuple[Folded, ...]]) -> tuple[Folded, ...]:
    return tuple(zip(*iterables, strict=False))


def _chained(iterables: Sequence[tuple[Folded, ...]]) -> tuple[Folded, ...]:
    return tuple(item for items in iterables for item in items)


def _enumerated(iterables: Sequence[tuple[Folded, ...]]) -> tuple[Folded, ...] | None:
    return tuple(enumerate(iterables[0])) if len(iterables) == 1 else None


def _sorted(iterables: Sequence[tuple[Folded, ...]]) -> tuple[Folded, ...] | None:
    texts = [item for item in _chained(iterables) if isinstance(item, str)]
    whole = len(iterables) == 1 and len(texts) == len(iterables[0])
    return tuple(sorted(texts)) if whole else None


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
    ir.Conditional: _Folding.choice,
    ir.Boolean: _Folding.choice,
    ir.Walrus: _Folding.walrus,
}
_BUILT: Final = frozenset(
    {"str", "bytes", "bytearray", "chr", "ord", "map", "reversed", *_COLLECTIONS}
)
# Functions of Python's own that make a list of the items of others.
_OF_ITERABLES: Final[
    dict[str, Callable[[Sequence[tuple[Folded, ...]]], tuple[Folded, ...] | None]]
] = {"zip": _zipped, "chain": _chained, "enumerate": _enumerated, "sorted": _sorted}
_MAPPING_METHODS: Final = frozenset({"keys", "values", "items", "get"})
# The text of a member of an enumeration.
_VALUE_OF_MEMBER: Final = frozenset({"value", "_value_"})
_SLICE: Final = ("lower", "upper", "step")
# Ascii85 writes four bytes of zeros as one character.
_LONGER_DECODED: Final = 4
