"""How a key is written where it does not stand in plain letters: each form as a function of it, and a reader of it.

A form is a text from which a shell, a parser, a browser or a person with an eraser gets the key.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote

_AT: Final = 22


def _both(key: str, between: str) -> str:
    return f"{key[:_AT]}{between}{key[_AT:]}"


FORMS: Final[dict[str, Callable[[str], str]]] = {
    "shell continuation": lambda key: _both(key, "\\\n"),
    "Dockerfile continuation": lambda key: _both(key, "\\ \n# a comment\n  "),
    "empty quotes": lambda key: _both(key, "''"),
    "adjacent literals": lambda key: _both(key, "' '"),
    "added literals": lambda key: _both(key, "' +\n  '"),
    "concatenated in SQL": lambda key: _both(key, "' || '"),
    "quotes in a word": lambda key: _both(key, '"'),
    "items of a list": lambda key: _both(key, '",\n "'),
    "escaped quotes": lambda key: _both(key, '\\" \\"'),
    "JSON escapes": lambda key: "".join(f"\\u{ord(letter):04x}" for letter in key),
    "JSON escapes twice": lambda key: "".join(f"\\\\u{ord(letter):04X}" for letter in key),
    "hexadecimal escapes": lambda key: "".join(f"\\x{ord(letter):02x}" for letter in key),
    "decimal entities": lambda key: "".join(f"&#{ord(letter)};" for letter in key),
    "hexadecimal entities": lambda key: key.replace("_", "&#x5F;"),
    "named entities": lambda key: key.replace("_", "&lowbar;"),
    "entities twice": lambda key: key.replace("_", "&amp;#95;"),
    "entities in JSON": lambda key: key.replace("_", "\\u0026#95;"),
    "URL-encoded": lambda key: "".join(f"%{ord(letter):02X}" for letter in key),
    "URL-encoded twice": lambda key: key.replace("_", "%255F"),
    "zero-width space": lambda key: _both(key, "\u200b"),
    "soft hyphens": "\u00ad".join,
    "soft hyphens as entities": "&shy;".join,
    "UTF-16 byte by byte": "\0".join,
    "escaped underscores": lambda key: key.replace("_", "\\_"),
    "colours": lambda key: _both(key, "\x1b[0m\x1b[33m"),
    "colours in JSON": lambda key: _both(key, "\\u001b[33m"),
    "quoted-printable": lambda key: _both(key.replace("_", "=5F"), "=\n"),
    "line break of a page": lambda key: _both(key, "<wbr>"),
}

# What a linter of a file can tell for sure, and does: the gate sees the first letters, and the rest is one literal.
FOUND: Final = frozenset(FORMS) - {
    # `lsv2` itself is escaped in them: such a file is not even opened unless it names LangSmith otherwise.
    *(
        "JSON escapes",
        "JSON escapes twice",
        "hexadecimal escapes",
        "decimal entities",
        "URL-encoded",
    ),
    *("soft hyphens", "soft hyphens as entities", "UTF-16 byte by byte"),
    # Of a list it is not known that someone joins it.
    "items of a list",
}

_UNSEEN: Final = re.compile(
    "\x1b\\[[0-9;]*m|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffd]"
    r"|&(?:amp;)*(?:shy|zwj|zwnj);|<wbr>|\\+(?:x1b|u001b)\[[0-9;]*m|\\+(?:u200b|xad|u00ad|x00|u0000)"
)
_JOINTS: Final = re.compile(
    r"[\\=] *\n(?:#[^\n]*\n)*\s*|\\*['\"]\s*(?:\+|\|\||,)?\s*\\*['\"]|(?<=\w)['\"](?=\w)"
)


def read_back(text: str) -> str:
    """What a reader makes of a text who wants the key: all escapes decoded, all gaps closed."""
    for _ in range(3):
        text = re.sub(
            r"\\+[uU](?:0000)?([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text
        )
        text = re.sub(r"\\+x([0-9a-fA-F]{2})", lambda match: chr(int(match[1], 16)), text)
        text = html.unescape(unquote(text, errors="replace"))
        text = _JOINTS.sub("", _UNSEEN.sub("", text)).replace("=5F", "_").replace("\\_", "_")
    return text


def strings_of(text: str) -> list[str]:
    """The strings of a JSON text."""
    found: list[str] = []

    def collect(value: object) -> None:
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            for key, item in value.items():
                found.append(key)
                collect(item)
        elif isinstance(value, list):
            for item in value:
                collect(item)

    collect(json.loads(text))
    return found
