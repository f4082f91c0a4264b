"""What calls of Python's own functions and methods return whose arguments are known: `b64decode`, `join`, `zip`."""

from __future__ import annotations

import base64
import codecs
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Final, Protocol

from lint_langsmith import lazy_re
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.model import Expr
from lint_langsmith.analysis.project.file import last_name
from lint_langsmith.analysis.values import constants
from lint_langsmith.analysis.values.constants import Budget, computed
from lint_langsmith.analysis.values.folded import Folded

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
_BUILT: Final = frozenset(
    {"str", "bytes", "bytearray", "chr", "ord", "map", "reversed", *_COLLECTIONS}
)
_MAPPING_METHODS: Final = frozenset({"keys", "values", "items", "get"})
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


class LibraryCalls:
    """Folds the calls in one expression."""

    def __init__(self, folding: Folding) -> None:
        """`folding` folds what the calls get."""
        self._folding = folding

    def of(self, call: ir.Call) -> Folded | None:
        """What a function or method of Python's own returns."""
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
        """What is made of the items of `zip(…)`, `chain(…)`, `enumerate(…)` and `sorted(…)`."""
        if any(arg.stars or arg.keyword for arg in call.args):
            return None
        iterables: list[tuple[Folded, ...]] = []
        for arg in call.args:
            items = self._folding.items(self._folding.of(arg.value))
            if items is None:
                return None
            iterables.append(items)
        return _OF_ITERABLES[name](iterables)

    def _decoded(self, decode: Callable[[str], bytes], encoded: str) -> str | None:
        self._folding.budget.make(_LONGER_DECODED * len(encoded))
        return computed(lambda: decode(encoded).decode("latin-1"))

    def _built(self, call: ir.Call, name: str) -> Folded | None:
        """What a built-in function makes."""
        if name not in _BUILT or not call.args:
            return None
        if any(arg.stars or arg.keyword for arg in call.args):
            return None
        if name == "map":
            return self._mapped([arg.value for arg in call.args])
        value = self._folding.of(call.args[0].value)
        return self._made(name, value) if value is not None else None

    def _mapped(self, args: Sequence[Expr]) -> tuple[Folded, ...] | None:
        """What `map(chr, codes)` gives."""
        mapped = args[0]
        if len(args) != 2 or not isinstance(mapped, ir.Name):
            return None
        items = self._folding.items(self._folding.of(args[1]))
        if items is None:
            return None
        found: list[Folded] = []
        for item in items:
            made = self._made(mapped.id, item)
            if made is None:
                return None
            found.append(made)
        return tuple(found)

    def _made(self, name: str, value: Folded) -> Folded | None:
        """What a built-in function of one argument makes."""
        if name == "chr":
            return constants.character(value)
        if name == "ord":
            return constants.code(value)
        if name == "str":
            return constants.shown(value)
        if name in {"bytes", "bytearray"} and isinstance(value, tuple):
            self._folding.budget.make(len(value))
            return computed(lambda codes: bytes(codes).decode("latin-1"), value)
        if name in {"bytes", "bytearray"}:
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
        if name == "concat" and len(call.args) == 2:
            return self._folding.added([arg.value for arg in call.args])
        if name in _MAPPING_METHODS:
            return self._mapping_method(call, func.value, name)
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
            key = self._folding.text(call.args[0].value) if call.args else None
            return mapping.get(key) if key is not None else None
        if name == "items":
            return tuple(mapping.items())
        return tuple(mapping.values()) if name == "values" else tuple(mapping)

    def _recoded(self, call: ir.Call, receiver: Expr) -> str | None:
        """`text.encode("utf-8")` is the same here; `codecs.decode(text, "rot13")` is another."""
        if isinstance(receiver, ir.Name) and receiver.id == "codecs" and len(call.args) == 2:
            text, codec = (self._folding.text(arg.value) for arg in call.args)
            if text is None or codec not in _CODECS:
                return None
            self._folding.budget.make(len(text))
            return computed(_CODECS[codec], text)
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
        items = self._folding.items(self._folding.of(expr))
        texts = [item for item in items or () if isinstance(item, str)]
        whole = items is not None and len(texts) == len(items)
        return constants.joined(self._folding.budget, separator, texts) if whole else None

    def _text_method(self, text: str, name: str, call: ir.Call) -> Folded | None:
        given = [self._folding.of(arg.value) for arg in call.args]
        if any(arg.stars or arg.keyword for arg in call.args) or not all(
            isinstance(v, (str, int)) for v in given
        ):
            return None
        return constants.method(self._folding.budget, text, name, given)

    def _format(self, call: ir.Call, receiver: Expr) -> str | None:
        template = self._folding.text(receiver)
        fields = self._fields(call) if template is not None else None
        if template is None or fields is None:
            return None
        numbers = iter(range(len(fields)))

        def field(match: re.Match[str]) -> str:
            if match[1] is None:
                return match[0][0]
            return fields.get(match[1] or str(next(numbers, -1)), "")

        return constants.filled(self._folding.budget, _BRACES, field, template)

    def _substituted(self, call: ir.Call, receiver: Expr) -> str | None:
        """`string.Template("…").substitute(…)`."""
        made = (
            self._folding.model.calls[receiver.site]
            if isinstance(receiver, ir.CallRef)
            else None
        )
        if made is None or last_name(made.func) != "Template" or len(made.args) != 1:
            return None
        template = self._folding.text(made.args[0].value)
        fields = self._fields(call) if template is not None else None
        if template is None or fields is None:
            return None
        return constants.substituted(self._folding.budget, template, fields)

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
            value = self._folding.of(arg.value)
            if arg.stars == 1:
                found.extend((None, item) for item in self._folding.items(value) or (None,))
            elif arg.stars or isinstance(value, Mapping):  # of `format_map` and `substitute`
                self._folding.budget.look_at(len(value) if isinstance(value, Mapping) else 0)
                found.extend(value.items() if isinstance(value, Mapping) else [(None, None)])
            else:
                found.append((arg.keyword, value))
        return found


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


# Functions of Python's own that make a list of the items of others.
_OF_ITERABLES: Final[
    dict[str, Callable[[Sequence[tuple[Folded, ...]]], tuple[Folded, ...] | None]]
] = {"zip": _zipped, "chain": _chained, "enumerate": _enumerated, "sorted": _sorted}
