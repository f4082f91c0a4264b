"""The way out: text made fit for a terminal, a log or a page, whatever names and lines of linted code stand in it.

Everything that leaves the process passes `printable`. It masks keys, shows control characters and those that turn the
direction of text as escapes, and breaks what a CI runner would take for a command: GitHub takes `::` at the beginning
of a line, behind blanks too, and `##[` anywhere in it (ActionCommand.cs), Azure Pipelines and TeamCity `##vso[` and
`##teamcity[`.
"""

from __future__ import annotations

import enum
import functools
import re
from collections.abc import Sequence
from typing import Final

from lint_langsmith.redaction import key_like, redact


class Medium(enum.Enum):
    """What reads a text, which decides how a character is escaped in it."""

    TEXT = "text"
    """A terminal, a log, Markdown: escapes as Python writes them, `\\x1b`."""
    JSON = "json"
    """Escapes that a parser undoes: the values stay."""
    XML = "xml"
    """Likewise, as character references."""
    HTML = "html"
    """A page: as in a text, since a browser would obey a reference."""

    @property
    def is_utf8(self) -> bool:
        """Whether a parser reads it, which takes UTF-8 whatever the encoding of the terminal."""
        return self in {Medium.JSON, Medium.XML, Medium.HTML}


# Control characters, and characters that are not seen or turn the direction. Those that join letters (U+200C, U+200D)
# are part of many scripts and emoji. Surrogates are bytes of names that are not UTF-8.
_UNFIT: Final = (
    r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    r"\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff"
)
# A carriage return is fit only as a part of a line's end.
_CONTROL: Final = rf"[{_UNFIT}]|\r(?!\n)"
# What `full` paints with, and links to the pages of rules: nothing else begins with ESC in an output of ours.
_PAINT: Final = r"\x1b\[(?:0|1|31|33|34|36)m|\x1b\]8;;(?:https://lint-langsmith\.github\.io/lint-langsmith/rules/[\w-]+/)?\x1b\\"
# The last `#` before the bracket, so that no shorter command is left.
_BRACKET: Final = r"(?<=#)#(?=(?:[vV][sS][oO]|teamcity)?\[)"
_COLONS: Final = r"^(?P<blanks>[^\S\n]*):(?=:)"
_FIRST_BYTE: Final = 0xDC80
_LAST_BYTE: Final = 0xDCFF
_SURROGATES: Final = range(0xD800, 0xE000)

_compiled = functools.cache(re.compile)


def printable(
    text: str,
    medium: Medium = Medium.TEXT,
    *,
    painted: bool = False,
    commands: Sequence[str] = (),
) -> str:
    """`text`, a whole output, without keys and without anything that its reader would take for an order.

    With `painted` our own colours and links are left in it; what lines of a text begin with of `commands` is ours, too.
    """
    if medium is Medium.JSON:
        text = _compiled(rf"[{_UNFIT}]").sub(_in_json, _redacted_json(text))
        return _compiled(_BRACKET).sub(r"\\u0023", text)
    text = redact(text)
    if medium is Medium.XML:
        # A line end of a message stands before one of ours, and would make `\r\n` with it.
        return _of_markup(_compiled(rf"[{_UNFIT}\r]").sub(_in_xml, text))
    text = _compiled(rf"({_PAINT})|{_CONTROL}" if painted else f"(?!)()|{_CONTROL}").sub(
        _in_text, text
    )
    if medium is Medium.HTML:
        return _of_markup(text)
    ours = "|".join(map(re.escape, commands)) or "(?!)"
    return _compiled(f"(?m)^({ours})|{_COLONS}|{_BRACKET}").sub(_broken, text)


def one_line(text: str) -> str:
    """A name or a message as a part of a line: without keys, and line ends and tabs are shown as escapes, too."""
    text = redact(text)  # before an escape stands between two parts of a key
    if text.isprintable():
        return text
    return _compiled(rf"()[\t\n\r{_UNFIT}]").sub(_in_text, text)


def counted(number: int, noun: str) -> str:
    """A number with its noun: `1 file`, `2 files`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def valid(text: str) -> str:
    """A text that is Unicode: the bytes of names that are not UTF-8 as escapes, all else as it is."""
    return (
        text
        if text.isascii()
        else _compiled("[\ud800-\udfff]").sub(lambda match: _escape(match[0]), text)
    )


def safe_path(path: str) -> str:
    """A path at the beginning of a line, which no CI runner takes for a command."""
    path = one_line(path)
    return f"./{path}" if path.lstrip().startswith("::") else path


_SHORT: Final = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}


def _in_text(match: re.Match[str]) -> str:
    return match[1] or _SHORT.get(match[0]) or _escape(match[0])


def _escape(character: str) -> str:
    """A character as Python writes it; a byte of a name that is not UTF-8 as that byte."""
    number = ord(character)
    if _FIRST_BYTE <= number <= _LAST_BYTE:
        number -= 0xDC00
    return (
        f"\\x{number:02x}"
        if number <= 0xFF
        else f"\\u{number:04x}"
        if number <= 0xFFFF
        else f"\\U{number:08x}"
    )


def _in_json(match: re.Match[str]) -> str:
    number = ord(match[0])
    if number in _SURROGATES:
        return "\\" + _escape(
            match[0]
        )  # alone it stands for no character: many parsers refuse it
    units = match[0].encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _in_xml(match: re.Match[str]) -> str:
    number = ord(match[0])
    is_legal = number not in _SURROGATES and (number >= ord(" ") or match[0] == "\r")
    return f"&#x{number:x};" if is_legal else _escape(match[0])


def _of_markup(text: str) -> str:
    """What begins a command as a reference: a page in a log is still a log."""
    return _compiled(f"(?m){_COLONS}").sub(
        r"\g<blanks>&#58;", _compiled(_BRACKET).sub("&#35;", text)
    )


def _broken(match: re.Match[str]) -> str:
    """Our own command as it is; what another one begins with, with an escape in it."""
    if match[1]:
        return match[1]
    return "\\x23" if match[0] == "#" else f"{match['blanks']}\\x3a"


def _redacted_json(text: str) -> str:
    """JSON in which each string is masked by itself, so that it stays JSON."""
    if not key_like(text):
        return text
    return _compiled(r'"(?:[^"\\]|\\.)*"').sub(_masked_string, text)


def _masked_string(match: re.Match[str]) -> str:
    import json  # noqa: PLC0415 - for keys only

    value = json.loads(match[0])
    masked = redact(value)
    return match[0] if masked == value else json.dumps(masked, ensure_ascii=False)
