"""What calls of Python's own functions and methods return whose arguments are known: `b64decode`, `join`, `zip`."""

from __future__ import annotations

import base64
import functools
import re
import string
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Final, Protocol

from lint_langsmith import lazy_re
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.model import Expr
from lint_langsmith.analysis.project.file import last_name
from lint_langsmith.analysis.values import constants
from lint_langsmith.analysis.values.constants import Budget, computed
from lint_langsmith.analysis.values.folded import NOTHING, Folded, Function

_BRACES: Final = lazy_re.compile(
    r"\{\{|\}\}|\{(?P<name>\w*)(?P<items>(?:\[\w{1,80}\]){0,4})(?:!s)?(?::(?P<spec>[^{}]{0,20}))?\}"
)
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
        *("ljust", "rjust", "center", "zfill", "expandtabs", "title", "capitalize"),
        *("replace", "split", "rsplit", "splitlines", "partition", "rpartition", "translate"),
        *("find", "rfind", "index", "rindex", "count", "startswith", "endswith"),
        *("isalnum", "isalpha", "isdigit", "isdecimal", "isspace", "isupper", "islower"),
    }
)
_COLLECTIONS: Final = frozenset({"list", "tuple", "iter"})
_BUILT: Final = frozenset(
    {"str", "bytes", "bytearray", "chr", "ord", "reversed", *_COLLECTIONS}
)
# Methods of bytes, numbers and texts that are functions of the table with what they belong to before their arguments.
_METHODS: Final = {
    "hex": "builtins.bytes.hex",
    "bit_length": "builtins.int.bit_length",
    "tobytes": "array.array.tobytes",
    "to_bytes": "builtins.int.to_bytes",
    "__add__": "operator.add",
    "__getitem__": "operator.getitem",
}
_MAPPING_METHODS: Final = frozenset({"keys", "values", "items", "get"})
_NO_NAMES: Final[Mapping[str, Folded]] = {}
# Ascii85 writes four bytes of zeros as one character.
_LONGER_DECODED: Final = 4


class Folding(Protocol):
    """Folds the parts of one expression (`constant_folding.py`)."""

    budget: Budget
    model: ir.FileModel

    def of(self, expr: Expr) -> Folded | None:
        """What an expression surely is."""

    def text(self, expr: Expr) -> str | None:
        """The string that an expression surely is."""

    def items(self, value: Folded | None) -> tuple[Folded, ...] | None:
        """What iterating over a value gives."""

    def added(self, parts: list[Expr]) -> Folded | None:
        """The sum of some expressions."""

    def joined(self, separator: str, parts: tuple[Expr, ...]) -> str | None:
        """The texts of some expressions with a separator between them."""

    def function(self, expr: Expr) -> str | None:
        """The qualified name of a function that surely comes from outside of the project."""

    def as_text(self, value: Folded | None) -> str | None:
        """What `str` makes of a value."""


class LibraryCalls:
    """Folds the calls in one expression."""

    def __init__(self, folding: Folding) -> None:
        """`folding` folds what the calls get."""
        self._folding = folding

    def of(self, call: ir.Call) -> Folded | None:
        """What a function or method of Python's own returns, or a lambda."""
        func = call.func
        name = self._folding.function(func) or ""
        if name and name in _library():
            return self._applied(_library()[name], call)
        if name == "operator.methodcaller":
            return self._method_caller(call)
        if isinstance(func, ir.Lambda):
            function = self._folding.of(func)
            return self._run(function, call) if isinstance(function, Function) else None
        return self._by_last_name(call)

    def constant(self, expr: Expr) -> str | None:
        """What an attribute of a library's module is."""
        if not isinstance(expr, ir.Attribute) or expr.name not in _CONSTANTS:
            return None
        name = self._folding.function(expr) or ""
        return getattr(string, expr.name) if name.startswith("string.") else None

    def _applied(
        self, function: constants.Function, call: ir.Call, *receiver: Folded
    ) -> Folded | None:
        """What a library function makes of the arguments of a call, all of which must be known."""
        arguments = self._arguments(call)
        values = [value for name, value in arguments if name is None]
        named = {name: value for name, value in arguments if name is not None}
        return self._computed(function, (*receiver, *values), named)

    def _computed(
        self,
        function: constants.Function,
        values: Sequence[Folded | None],
        named: Mapping[str, Folded | None] = _NO_NAMES,
    ) -> Folded | None:
        if None in values or None in named.values():
            return None
        found: Folded | None = constants.applied(self._folding.budget, function, values, named)
        return found

    def _run(self, function: Function, call: ir.Call) -> Folded | None:
        """What a function makes of the arguments of a call."""
        arguments = self._arguments(call)
        plain = [value for name, value in arguments if name is None]
        return function.run(plain, {name: value for name, value in arguments if name})

    def _method_caller(self, call: ir.Call) -> Function | None:
        """`operator.methodcaller(name, …)` of a method of texts."""
        plain = [value for name, value in self._arguments(call) if name is None]
        name, given = (plain[0], plain[1:]) if plain else (None, [])
        if not isinstance(name, str) or name not in _TEXT_METHODS:
            return None
        return _of_values(lambda values: self._text_result(values[0], name, given))

    def argument(self, expr: Expr) -> Folded | None:
        """What an argument is: a value, or a function that is handed on."""
        value = self._folding.of(expr)
        is_name = isinstance(expr, (ir.Name, ir.Attribute))
        return self._function(expr) if value is None and is_name else value

    def _function(self, expr: Expr) -> Function | None:
        """A function of a library, as a value."""
        name = self._folding.function(expr) or ""
        owner, _, last = name.rpartition(".")
        if name and name in _library():
            function = _library()[name]
            return Function(lambda plain, named: self._computed(function, plain, named))
        if owner == "builtins.str" and last in _TEXT_METHODS:
            return _of_values(lambda values: self._text_result(values[0], last, values[1:]))
        if last in _DECODERS:
            return _of_one(lambda value: self._decoded(_DECODERS[last], value))
        if owner == "builtins" and last in _BUILT:
            return _of_one(lambda value: self._made_of(last, value))
        if isinstance(expr, ir.Attribute) and expr.name == "join":
            separator = self._folding.text(expr.value)
            return (
                _of_one(lambda value: self._joined(separator, value))
                if separator is not None
                else None
            )
        return None

    def _by_last_name(self, call: ir.Call) -> Folded | None:
        """What a function or method gives that is told by its last name: others hardly have that."""
        func, name = call.func, last_name(call.func)
        if name in _DECODERS and call.args:
            encoded = self._folding.text(call.args[0].value)
            return self._decoded(_DECODERS[name], encoded) if encoded is not None else None
        if name == "decompress" and len(call.args) == 1:
            return self._unpacked(call.args[0].value)
        if name in _OF_ITERABLES:
            return self._of_iterables(call, name)
        if isinstance(func, ir.Attribute):
            return self._of_method(call, func, name)
        return self._built(call, name)

    def _unpacked(self, expr: Expr) -> str | None:
        packed = self._folding.text(expr)
        return None if packed is None else constants.unpacked(self._folding.budget, packed)

    def _of_iterables(self, call: ir.Call, name: str) -> tuple[Folded, ...] | None:
        """What is made of the items of `zip(…)`, `chain(…)` and `enumerate(…)`."""
        iterables: list[tuple[Folded, ...]] = []
        for keyword, value in self._arguments(call):
            items = self._folding.items(value) if keyword is None else None
            if items is None:
                return None
            iterables.append(items)
        return _OF_ITERABLES[name](iterables)

    def _decoded(self, decode: Callable[[str], bytes], encoded: Folded) -> str | None:
        if not isinstance(encoded, str):
            return None
        self._folding.budget.make(_LONGER_DECODED * len(encoded))
        return computed(lambda: decode(encoded).decode("latin-1"))

    def _built(self, call: ir.Call, name: str) -> Folded | None:
        """What a built-in function makes."""
        if name not in _BUILT or not call.args:
            return None
        if any(arg.stars or arg.keyword for arg in call.args):
            return None
        value = self._folding.of(call.args[0].value)
        return self._made_of(name, value) if value is not None else None

    def _made_of(self, name: str, value: Folded) -> Folded | None:
        """What a built-in function of one argument makes."""
        if name == "chr":
            return constants.character(value)
        if name == "ord":
            return constants.code(value)
        if name == "str":
            return self._folding.as_text(value)
        if name in {"bytes", "bytearray"} and isinstance(value, tuple):
            self._folding.budget.make(len(value))
            return computed(lambda codes: bytes(codes).decode("latin-1"), value)
        if name in {"bytes", "bytearray"}:
            if isinstance(value, int):
                return constants.repeated(self._folding.budget, "\0", value)
            return value if isinstance(value, str) else None
        items = (
            self._folding.items(value) if name in _COLLECTIONS or name == "reversed" else None
        )
        return items[::-1] if items is not None and name == "reversed" else items

    def _of_method(self, call: ir.Call, func: ir.Attribute, name: str) -> Folded | None:
        if name in {"decode", "encode"}:
            return self._recoded(call, func.value)
        if name == "join":
            return self._join(call, func.value)
        if name in {"format", "format_map"}:
            return self._format(call, func.value)
        if name in {"substitute", "safe_substitute"}:
            return self._substituted(call, func.value)
        if name == "getvalue" and not call.args:
            return self._joined_items("", func.value)
        if name == "concat" and len(call.args) == 2:
            return self._folding.added([arg.value for arg in call.args])
        if name in _MAPPING_METHODS:
            return self._mapping_method(call, func.value, name)
        if name in _METHODS:
            receiver = self._folding.of(func.value)
            function = _library()[_METHODS[name]]
            return self._applied(function, call, receiver) if receiver is not None else None
        if name not in _TEXT_METHODS:
            return None
        text = self._folding.text(func.value)
        return self._text_method(text, name, call) if text is not None else None

    def _join(self, call: ir.Call, receiver: Expr) -> str | None:
        """What `separator.join(items)` makes, and `str.join(separator, items)`."""
        args = [arg.value for arg in call.args]
        if len(args) == 2 and isinstance(receiver, ir.Name) and receiver.id == "str":
            receiver = args.pop(0)
        if len(args) != 1:
            return None
        separator = self._folding.text(receiver)
        return self._joined_items(separator, args[0]) if separator is not None else None

    def _mapping_method(self, call: ir.Call, receiver: Expr, name: str) -> Folded | None:
        """What a dict holds: its keys, values or both, or what it has under one key."""
        mapping = self._folding.of(receiver)
        if not isinstance(mapping, Mapping):
            return None
        self._folding.budget.look_at(len(mapping))
        if name == "get":
            return self._under_key(mapping, [arg.value for arg in call.args])
        if name == "items":
            return tuple(mapping.items())
        return tuple(mapping.values()) if name == "values" else tuple(mapping)

    def _under_key(
        self, mapping: Mapping[str | int, Folded], args: Sequence[Expr]
    ) -> Folded | None:
        """`mapping.get(key)` and `mapping.get(key, default)`."""
        key = self._folding.of(args[0]) if args else None
        if not isinstance(key, (str, int)):
            return None
        if key in mapping:
            return mapping[key]
        return self._folding.of(args[1]) if len(args) > 1 else NOTHING

    def _recoded(self, call: ir.Call, receiver: Expr) -> str | None:
        """`text.encode("utf-8")` is the same here."""
        return (
            self._folding.text(receiver)
            if all(isinstance(arg.value, ir.Text) for arg in call.args)
            else None
        )

    def _joined_items(self, separator: str, expr: Expr) -> str | None:
        if isinstance(expr, ir.Sequence) and expr.kind != "set":
            starred = any(isinstance(item, ir.Starred) for item in expr.items)
            if not starred:
                return self._folding.joined(separator, expr.items)
        return self._joined(separator, self._folding.of(expr))

    def _joined(self, separator: str, value: Folded | None) -> str | None:
        items = self._folding.items(value)
        texts = [item for item in items or () if isinstance(item, str)]
        whole = items is not None and len(texts) == len(items)
        return constants.joined(self._folding.budget, separator, texts) if whole else None

    def _text_method(self, text: str, name: str, call: ir.Call) -> Folded | None:
        given = [self._folding.of(arg.value) for arg in call.args]
        if any(arg.stars or arg.keyword for arg in call.args):
            return None
        return self._text_result(text, name, given)

    def _text_result(
        self, text: Folded, name: str, given: Sequence[Folded | None]
    ) -> Folded | None:
        if not isinstance(text, str):
            return None
        if name == "translate":
            table, *dropped = given or (None,)
            return constants.translated(self._folding.budget, text, table, *dropped)
        if not all(isinstance(value, (str, int)) for value in given):
            return None
        return constants.method(self._folding.budget, text, name, given)

    def _format(self, call: ir.Call, receiver: Expr) -> str | None:
        template = self._folding.text(receiver)
        fields = self._fields(call) if template is not None else None
        if template is None or fields is None:
            return None
        numbers = iter(range(len(fields)))
        is_known = True

        def field(match: re.Match[str]) -> str:
            nonlocal is_known
            if match["name"] is None:
                return match[0][0]
            number = str(next(numbers, -1)) if not match["name"] else match["name"]
            value: Folded | None = fields.get(number, "")
            for step in re.findall(r"\[(\w+)\]", match["items"]):
                value = _item(value, step)
            text = constants.formatted(self._folding.budget, value, match["spec"] or "")
            is_known = is_known and text is not None
            return text or ""

        filled = constants.filled(self._folding.budget, _BRACES, field, template)
        return filled if is_known else None

    def _substituted(self, call: ir.Call, receiver: Expr) -> str | None:
        """`string.Template("…").substitute(…)`: a template is folded as its text, which has no such method."""
        template = self._folding.text(receiver)
        if isinstance(receiver, ir.CallRef) and template is None:
            made = self._folding.model.calls[receiver.site]
            is_template = last_name(made.func) == "Template" and len(made.args) == 1
            template = self._folding.text(made.args[0].value) if is_template else None
        fields = self._fields(call) if template is not None else None
        if template is None or fields is None:
            return None
        texts = {name: constants.shown(value) for name, value in fields.items()}
        known = {name: text for name, text in texts.items() if text is not None}
        if len(known) < len(texts):
            return None
        return constants.substituted(self._folding.budget, template, known)

    def _fields(self, call: ir.Call) -> dict[str, Folded] | None:
        """What the fields of a template are filled with, by their names and numbers."""
        fields: dict[str, Folded] = {}
        numbers = count()
        for name, value in self._arguments(call):
            # `format_map` and `substitute` get all fields in one dict.
            is_whole = name is None and isinstance(value, Mapping)
            for field, part in self._entries(value) if is_whole else [(name, value)]:
                if part is None:
                    return None
                fields[field or str(next(numbers))] = part
        return fields

    def _entries(self, value: Folded | None) -> list[tuple[str, Folded | None]]:
        """The names that `**value` gives; one without a value where they are not known."""
        if not isinstance(value, Mapping):
            return [("", None)]
        self._folding.budget.look_at(len(value))
        return [(str(name), part) for name, part in value.items()]

    def _arguments(self, call: ir.Call) -> list[tuple[str | None, Folded | None]]:
        """The arguments of a call, those of `*parts` and `**parts` one by one; None for what is not known."""
        found: list[tuple[str | None, Folded | None]] = []
        for arg in call.args:
            value = self.argument(arg.value)
            if arg.stars == 1:
                found.extend((None, item) for item in self._folding.items(value) or (None,))
            elif arg.stars:
                found.extend(self._entries(value))
            else:
                found.append((arg.keyword, value))
        return found


def _item(value: Folded | None, step: str) -> Folded | None:
    """What a field of `format` takes out of a collection: `{0[key]}`, `{names[1]}`."""
    index = int(step) if step.isdecimal() else step
    if isinstance(value, Mapping):
        return value.get(index)
    if isinstance(value, tuple) and isinstance(index, int) and index < len(value):
        return value[index]
    return None


def _zipped(iterables: Sequence[tuple[Folded, ...]]) -> tuple[Folded, ...]:
    return tuple(zip(*iterables, strict=False))


def _chained(iterables: Sequence[tuple[Folded, ...]]) -> tuple[Folded, ...]:
    return tuple(item for items in iterables for item in items)


def _enumerated(iterables: Sequence[tuple[Folded, ...]]) -> tuple[Folded, ...] | None:
    return tuple(enumerate(iterables[0])) if len(iterables) == 1 else None


# Functions of Python's own that make a list of the items of others.
_OF_ITERABLES: Final[
    dict[str, Callable[[Sequence[tuple[Folded, ...]]], tuple[Folded, ...] | None]]
] = {"zip": _zipped, "chain": _chained, "enumerate": _enumerated}


def _of_one(run: Callable[[Folded], Folded | None]) -> Function:
    """A function that takes one value."""
    return _of_values(lambda values: run(values[0]) if len(values) == 1 else None)


def _of_values(run: Callable[[Sequence[Folded]], Folded | None]) -> Function:
    """A function that takes values by their places, the first of them at least, all of which must be known."""

    def checked(
        plain: Sequence[Folded | None], named: Mapping[str, Folded | None]
    ) -> Folded | None:
        values = [value for value in plain if value is not None]
        is_known = bool(values) and len(values) == len(plain) and not named
        return run(values) if is_known else None

    return Function(checked)


# The texts of the module `string`.
_CONSTANTS: Final = frozenset(
    {
        *("ascii_letters", "ascii_lowercase", "ascii_uppercase", "digits", "hexdigits"),
        *("octdigits", "punctuation", "printable", "whitespace"),
    }
)


@functools.cache
def _library() -> Mapping[str, constants.Function]:
    """The table of library functions, whose modules few runs need."""
    from lint_langsmith.analysis.values.library_functions import FUNCTIONS  # noqa: PLC0415 - it imports many modules

    return FUNCTIONS
