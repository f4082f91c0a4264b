"""String literals as they are written, and the texts that they stand for."""

from __future__ import annotations

from typing import Any

import libcst as cst

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.builder import NO_FACTS
from lint_langsmith.analysis.ir.model import Expr
from lint_langsmith.findings import Span


def literal(node: cst.SimpleString, span: Span) -> Expr:
    """The text or bytes of one literal; nothing where its escapes are not valid."""
    written = node.value
    quotes = 3 if written[1:3] == '""' or written[1:3] == "''" else 1
    if (
        written[0] in "\"'"
        and "\\" not in written
        and len(written) >= 2 * quotes
        and "\r" not in written
    ):
        # There is nothing to evaluate, in six literals of seven.
        return ir.Text(written[quotes:-quotes], span)
    try:
        value = node.evaluated_value
    except (SyntaxError, ValueError):
        return NO_FACTS
    return (
        ir.Bytes(value.decode("latin-1"), span)
        if isinstance(value, bytes)
        else ir.Text(value, span)
    )


def is_plain(spec: Any) -> bool:
    """Whether what stands behind the colon of a part of an f-string leaves a text as it is."""
    return not spec or (
        len(spec) == 1 and type(spec[0]) is cst.FormattedStringText and spec[0].value == "s"
    )


def joined(parts: list[Expr], span: Span) -> Expr:
    """Adjacent literals as one: text as long as all parts are, else a template of all their parts."""
    if all(isinstance(part, ir.Text) for part in parts):
        return ir.Text("".join(part.value for part in parts if isinstance(part, ir.Text)), span)
    if all(isinstance(part, ir.Bytes) for part in parts):
        return ir.Bytes(
            "".join(part.value for part in parts if isinstance(part, ir.Bytes)), span
        )
    flat: list[Expr] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, ir.Template) else (part,))
    return ir.Template(tuple(flat), span)


def unescaped(text: str, prefix: str) -> str:
    """The literal part of an f-string with its escapes resolved."""
    if "\\" not in text or "r" in prefix.lower():
        return text
    try:
        return text.encode("latin-1", "backslashreplace").decode("unicode_escape")
    except UnicodeDecodeError:
        return text
