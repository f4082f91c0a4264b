"""Constant folding of strings: what a string expression surely is, without running anything."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Final, NamedTuple

from lint_langsmith.model import data
from lint_langsmith.model.data import Expr, FileModel


class Resolver(NamedTuple):
    """What folding asks of expressions that are no string syntax (names, attributes).

    `text` gives the string that one surely is, `display` the list or tuple as it is written.
    """

    text: Callable[[Expr], str | None]
    display: Callable[[Expr], Expr | None]


_MAX_LENGTH: Final = 100_000
_PERCENT: Final = re.compile(r"%(?:\((\w+)\))?[sr]|%%")
_BRACES: Final = re.compile(r"\{\{|\}\}|\{(\w*)\}")
_DECODERS: Final[dict[str, Callable[[str], bytes]]] = {
    "b64decode": base64.b64decode,
    "urlsafe_b64decode": base64.urlsafe_b64decode,
    "standard_b64decode": base64.b64decode,
    "fromhex": bytes.fromhex,
    "unhexlify": bytes.fromhex,
}


def fold(expr: Expr, resolve: Resolver, model: FileModel) -> str | None:
    """The string (or Latin-1 decoded bytes) that `expr` surely is; None when that can't be told.

    `resolve` answers for names.
    """
    if isinstance(expr, (data.Text, data.Bytes)):
        return expr.value
    if isinstance(expr, data.Template):
        return _join("", expr.parts, resolve, model)
    if isinstance(expr, data.Binary):
        return _fold_binary(expr, resolve, model)
    if isinstance(expr, data.CallRef):
        return _fold_call(model.calls[expr.site], resolve, model)
    if isinstance(expr, (data.Name, data.Attribute)):
        return resolve.text(expr)
    return None


def _join(separator: str, parts: tuple[Expr, ...], resolve: Resolver, model: FileModel) -> str | None:
    texts: list[str] = []
    for part in parts:
        text = fold(part, resolve, model)
        if text is None or len(text) > _MAX_LENGTH:
            return None
        texts.append(text)
    return separator.join(texts)


def _fold_binary(expr: data.Binary, resolve: Resolver, model: FileModel) -> str | None:
    if expr.op == "%":
        return _percent(expr, resolve, model)
    if expr.op == "*":
        return _repeated(expr, resolve, model)
    if expr.op != "+":
        return None
    # A chain of `+` can be thousands long: collect its parts without recursion.
    parts: list[Expr] = []
    left: Expr = expr
    while isinstance(left, data.Binary) and left.op == "+":
        parts.append(left.right)
        left = left.left
    parts.append(left)
    return _join("", tuple(reversed(parts)), resolve, model)


def _repeated(expr: data.Binary, resolve: Resolver, model: FileModel) -> str | None:
    for text, count in ((expr.left, expr.right), (expr.right, expr.left)):
        if isinstance(count, data.Constant) and count.literal.isdecimal():
            folded = fold(text, resolve, model)
            times = int(count.literal)
            return folded * times if folded is not None and len(folded) * times <= _MAX_LENGTH else None
    return None


def _percent(expr: data.Binary, resolve: Resolver, model: FileModel) -> str | None:
    template = fold(expr.left, resolve, model)
    if template is None:
        return None
    if isinstance(expr.right, data.Mapping):
        fields = _fields(expr.right, resolve, model)
        return (
            None if fields is None else _PERCENT.sub(lambda match: fields.get(match[1] or "", match[0][:1]), template)
        )
    values = expr.right.items if isinstance(expr.right, data.Sequence) else (expr.right,)
    texts = [fold(value, resolve, model) for value in values]
    if None in texts:
        return None
    remaining = iter(text for text in texts if text is not None)
    return _PERCENT.sub(lambda match: "%" if match[0] == "%%" else next(remaining, ""), template)


def _fold_call(call: data.Call, resolve: Resolver, model: FileModel) -> str | None:
    func = call.func
    name = func.name if isinstance(func, data.Attribute) else func.id if isinstance(func, data.Name) else ""
    if name in _DECODERS and call.args:
        encoded = fold(call.args[0].value, resolve, model)
        return _decoded(_DECODERS[name], encoded) if encoded is not None else None
    if not isinstance(func, data.Attribute):
        return None
    if name in {"decode", "encode", "strip"} and all(isinstance(arg.value, data.Text) for arg in call.args):
        text = fold(func.value, resolve, model)
        return text.strip() if text is not None and name == "strip" else text
    if name == "join" and len(call.args) == 1:
        return _fold_join(func.value, call.args[0].value, resolve, model)
    if name == "format":
        return _format(call, func.value, resolve, model)
    if name == "replace" and len(call.args) == 2:
        texts = [fold(part, resolve, model) for part in (func.value, call.args[0].value, call.args[1].value)]
        whole, old, new = texts
        return None if whole is None or old is None or new is None else whole.replace(old, new)
    return None


def _decoded(decode: Callable[[str], bytes], encoded: str) -> str | None:
    try:
        return decode(encoded).decode("latin-1")
    except (ValueError, binascii.Error):
        return None


def _fold_join(separator: Expr, items: Expr, resolve: Resolver, model: FileModel) -> str | None:
    text = fold(separator, resolve, model)
    parts = _items(items, resolve) if text is not None else None
    return _join(text, parts, resolve, model) if text is not None and parts is not None else None


def _items(expr: Expr, resolve: Resolver) -> tuple[Expr, ...] | None:
    """The items of a list or tuple: its display, two that are added, a name."""
    if isinstance(expr, data.Sequence):
        return expr.items if expr.kind != "set" else None
    if isinstance(expr, data.Binary) and expr.op == "+":
        left, right = _items(expr.left, resolve), _items(expr.right, resolve)
        return (*left, *right) if left is not None and right is not None else None
    display = resolve.display(expr)
    return _items(display, resolve) if display is not None and display != expr else None


def _fields(mapping: data.Mapping, resolve: Resolver, model: FileModel) -> dict[str, str] | None:
    """The entries of a dict display whose keys and values are known strings."""
    found: dict[str, str] = {}
    for key, value in zip(mapping.keys, mapping.values, strict=True):
        name = fold(key, resolve, model) if key is not None else None
        text = fold(value, resolve, model)
        if name is None or text is None:
            return None
        found[name] = text
    return found


def _format(call: data.Call, receiver: Expr, resolve: Resolver, model: FileModel) -> str | None:
    template = fold(receiver, resolve, model)
    if template is None or any(arg.stars for arg in call.args):
        return None
    fields: dict[str, str] = {}
    position = 0
    for arg in call.args:
        text = fold(arg.value, resolve, model)
        if text is None:
            return None
        fields[arg.keyword or str(position)] = text
        position += arg.keyword is None
    numbers = iter(range(position))

    def field(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0][0]
        return fields.get(match[1] or str(next(numbers, -1)), "")

    return _BRACES.sub(field, template)
