"""TOML: tomli says what a value is, a search where it stands; tomli keeps no positions."""

from __future__ import annotations

import re
from typing import Any, Final

import tomli

from lint_langsmith import lazy_re
from lint_langsmith.analysis.readers.found import Found, is_variable, literal, named_in
from lint_langsmith.source.text import UnreadableFileError

_TOKEN: Final = lazy_re.compile(
    r"(?P<comment>\#[^\n]*)"
    r"|(?m:^)[ \t]*\[{1,2}(?P<table>[^\[\]\n][^\]\n]*)\]+"
    r"|(?P<name>(?<![A-Za-z0-9_-])[A-Za-z0-9_-]+|\"[^\"\n]+\"|'[^'\n]+')[ \t]*=[ \t]*"
    r"(?P<value>\"\"\"(?:\\.|[^\\])*?\"\"\"|'''.*?'''|\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'|[^\s,#}\]\[{]+)?"
    r"|\"\"\"(?:\\.|[^\\])*?(?:\"\"\"|\Z)|'''.*?(?:'''|\Z)|\"(?:\\.|[^\"\\\n])*\"?|'[^'\n]*'",
    re.DOTALL,
)
# Prefixes of pytest-env may stand before the name (not `U:`, which unsets it), blanks around all: executed on 1.8.5.
_ASSIGNED: Final = lazy_re.compile(
    r"[ \t]*(?:[DR]:[ \t]*)*(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<blank>[ \t]*=[ \t]*)(?P<value>.*)",
    re.DOTALL,
)
# `NAME = { value = "…", skip_if_set = true }` of pytest-env and mise.
_INLINE: Final = lazy_re.compile(
    r"\{[^{}\n]*?(?<![\w-])value[ \t]*=[ \t]*(?P<value>\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'|[^\s,#}\]\[{]+)"
)


def read(text: str, found: Found) -> None:
    """Collect the assignments in all tables, and the strings `NAME=value` of lists; nothing of a broken file.

    Raises:
        UnreadableFileError: it is nested too deeply for tomli.
    """
    try:
        tomli.loads(text)
    except ValueError:  # TOMLDecodeError among them; a number may have too many digits
        return
    except RecursionError:
        raise UnreadableFileError("cannot be parsed: nested too deeply") from None
    table = ""
    for token in _TOKEN.finditer(text):
        if token["table"] is not None:
            table = token["table"].strip()
        elif token["name"] is not None:
            _assignment(token, table, found)
        elif token["comment"] is None:
            _string(token, table, found)


def _assignment(token: re.Match[str], table: str, found: Found) -> None:
    name = token["name"]
    quoted = name[0] in "\"'"
    bare = named_in(name[1:-1] if quoted else name, table)
    if is_variable(bare):
        start, end = token.span("name")
        name_at = (start + quoted, end - quoted)
        written = token if token["value"] else _INLINE.match(found.text, token.end())
        value = _value(written["value"]) if written is not None else None
        found.add(
            bare,
            literal(value),
            name_at,
            written.span("value") if written is not None else None,
            group=table,
        )


def _string(token: re.Match[str], table: str, found: Found) -> None:
    """`env = ["D:LANGSMITH_TRACING=false"]`, as plugins of pytest read it."""
    value = _value(token[0]) or ""
    match = _ASSIGNED.fullmatch(value)
    if match is None or not is_variable(match["name"]):
        return
    inner = token.start() + 1
    # With escapes before it, it stands elsewhere in the file.
    if found.text.startswith(value[: match.start("value")], inner):
        found.add(
            match["name"],
            literal(match["value"]),
            (inner + match.start("name"), inner + match.end("name")),
            (inner + match.start("value"), token.end() - 1),
            group=table,
        )


def _value(written: str) -> str | None:
    try:
        value: Any = tomli.loads(f"x = {written}")["x"]
        return written if isinstance(value, bool) else str(value)
    except (ValueError, RecursionError):
        return None
