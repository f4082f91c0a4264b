"""Functions of Python's standard library that make a text, number or collection of others, and do nothing else.

Folding runs these on constants of the linted program. Each stands under the name that an import gives it, and says how
large its result may be, which is asked of the budget before it runs. Bytes are Latin-1 texts of the same length, lists
are tuples, as everywhere in folding.

`bz2` and `lzma` are not among them: some 40 bytes make them unpack a megabyte, of which no beginning comes without it.
Nor is `re`, whose patterns may take exponential time.
"""

from __future__ import annotations

import ast
import base64
import binascii
import codecs
import itertools
import json
import operator
import posixpath
import re
import shlex
import struct
import textwrap
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Any, Final

import tomli

from lint_langsmith import lazy_re
from lint_langsmith.analysis.limits import DIGITS, PARSED, UNPACKED, WIDEST
from lint_langsmith.analysis.values.constants import Function

# Codecs of plain text, which folding takes for the same.
_SAME: Final = frozenset({"ascii", "latin1", "latin_1", "utf8", "utf_8"})
# What `format` is told: a width of at most three digits, no precision.
_SPECIFICATION: Final = lazy_re.compile(r"[<>^]?#?0?[0-9]{0,3}[sdxXbo]?")
# What `struct.pack` is told: bytes, the bytes of texts, and numbers of several bytes.
_LAYOUT: Final = lazy_re.compile(r"[<>=!@]?(?:[0-9]{0,3}[BbscHIQx]){1,16}")

# A pattern that takes one character, or a run of them.
_ONE: Final = lazy_re.compile(
    r"(?:[\w \-=,;:#@!/_'\"<>~]|\\[sSdDwWntr.\-|+*]|\[\^?[^\[\]\\^]{1,40}\]|\[\^?\\[sdwSDW]\])\+?"
)


def _of_bytes(function: Callable[[bytes], object]) -> Callable[[str], object]:
    return lambda text: function(text.encode("latin-1"))


def _recoded(encode: Callable[[bytes], object]) -> Callable[..., object]:
    """`codecs.encode` or `codecs.decode`, with what one of them does for hexadecimal digits."""

    def run(text: str, encoding: str = "utf-8", errors: str = "strict") -> object:
        del errors
        name = encoding.lower().replace("-", "_")
        if name in {"rot13", "rot_13"}:
            return codecs.encode(text, "rot13")
        if name in {"hex", "hex_codec"}:
            return encode(text.encode("latin-1"))
        return text if name in _SAME else None

    return run


def _decoded(text: str, encoding: str = "utf-8", errors: str = "strict") -> object:
    if encoding.lower().replace("-", "_") in {"base64", "base64_codec"}:
        return base64.b64decode(text)
    return _recoded(binascii.unhexlify)(text, encoding, errors)


def _unescaped(text: str) -> str:
    import html  # noqa: PLC0415 - its table of entities takes as long to load as all else here

    return html.unescape(text)


def _parsed(parse: Callable[[str], object]) -> Callable[[str], object]:
    """What a parser makes of a few lines: more is data, which may be nested without end."""
    return lambda text: parse(text) if len(text) <= PARSED else None


def _to_bytes(number: int, length: int = 1, byteorder: str = "big") -> object:
    if not 0 <= length <= UNPACKED:
        return None
    return number.to_bytes(length, "little" if byteorder == "little" else "big")


def _formatted(value: object, spec: str = "") -> str | None:
    return format(value, spec) if _SPECIFICATION.fullmatch(spec) is not None else None


def _packed(layout: str, *values: object) -> object:
    if _LAYOUT.fullmatch(layout) is None:
        return None
    plain = (value.encode("latin-1") if isinstance(value, str) else value for value in values)
    return struct.pack(layout, *plain)


def _int(value: object, base: int = 10) -> object:
    if isinstance(value, str):
        return int(value, base) if len(value) <= DIGITS else None
    return value if isinstance(value, int) else None


def _range(*bounds: int) -> object:
    numbers = range(*bounds)
    return tuple(numbers) if len(numbers) <= PARSED else None


def _translation(*given: Any) -> object:
    """`str.maketrans`, with an empty text for what is taken out."""
    made = str.maketrans(*given)
    return {code: "" if new is None else new for code, new in made.items()}


def _unchanged(text: str) -> str:
    return text


def _array(code: str, items: object = ()) -> object:
    """Of an array of bytes its items."""
    return items if code in {"b", "B", "u"} else None


def _bytes_of(items: object) -> object:
    return items if isinstance(items, str) else bytes(items)  # type: ignore[call-overload]


def _summed(items: tuple[Any, ...], start: Any = 0) -> object:
    return sum(items, start) if len(items) <= PARSED else None


def _zip_longest(*items: Any, fillvalue: object = None) -> object:
    return tuple(itertools.zip_longest(*items, fillvalue=fillvalue))


def _replaced(pattern: str, new: str, text: str) -> object:
    """`re.sub` with a pattern that is one character or a set of them: of others the time has no bound."""
    if (
        len(text) > PARSED
        or len(new) > PARSED
        or _ONE.fullmatch(pattern) is None
        or "\\" in new
    ):
        return None
    return re.sub(pattern, new, text)


def _uuid(text: str | None = None, int: int | None = None) -> object:  # noqa: A002 - the name of UUID's parameter
    """A UUID as its text."""
    import uuid  # noqa: PLC0415 - it asks for the platform

    return str(uuid.UUID(text, int=int))


# Each with the times that its result may be as large as its arguments, and how much larger than that.
FUNCTIONS: Final[Mapping[str, Function]] = {
    "base64.b32hexdecode": Function(base64.b32hexdecode),
    "base64.decodebytes": Function(_of_bytes(base64.decodebytes)),
    "binascii.a2b_base64": Function(binascii.a2b_base64),
    "binascii.a2b_hex": Function(binascii.a2b_hex),
    "binascii.b2a_hex": Function(_of_bytes(binascii.hexlify), 2),
    "binascii.hexlify": Function(_of_bytes(binascii.hexlify), 2),
    "builtins.bytes.fromhex": Function(bytes.fromhex),
    "builtins.bytes.hex": Function(_of_bytes(bytes.hex), 2),
    "builtins.dict": Function(dict),
    "builtins.format": Function(_formatted, 4, WIDEST),
    "builtins.hex": Function(hex),
    "builtins.int": Function(_int),
    "builtins.int.to_bytes": Function(_to_bytes, 1, UNPACKED),
    "builtins.len": Function(len),
    "builtins.range": Function(_range, 1, PARSED),
    "builtins.str.maketrans": Function(_translation, 2),
    "array.array": Function(_array),
    "array.array.tobytes": Function(_bytes_of),
    "ast.literal_eval": Function(_parsed(ast.literal_eval)),
    "builtins.dict.fromkeys": Function(dict.fromkeys),
    "builtins.int.bit_length": Function(int.bit_length),
    "builtins.sum": Function(_summed, PARSED),
    "builtins.min": Function(min),
    "builtins.max": Function(max),
    "codecs.decode": Function(_decoded),
    "codecs.encode": Function(_recoded(binascii.hexlify), 2),
    "html.unescape": Function(_unescaped),
    "itertools.chain.from_iterable": Function(
        lambda items: tuple(itertools.chain.from_iterable(items))
    ),
    "itertools.islice": Function(
        lambda items, *bounds: tuple(itertools.islice(items, *bounds))
    ),
    "itertools.zip_longest": Function(_zip_longest, 2),
    "json.loads": Function(_parsed(json.loads)),
    "operator.add": Function(operator.add),
    "operator.concat": Function(operator.add),
    "operator.iadd": Function(operator.add),
    "operator.iconcat": Function(operator.add),
    "operator.xor": Function(operator.xor),
    "os.path.join": Function(posixpath.join, 2),
    "quopri.decodestring": Function(_of_bytes(binascii.a2b_qp)),
    "re.sub": Function(_replaced, PARSED),
    "shlex.split": Function(_parsed(shlex.split)),
    "string.Template": Function(_unchanged),
    "struct.pack": Function(_packed, 1, 16 * 8 * WIDEST),
    "textwrap.dedent": Function(_parsed(textwrap.dedent)),
    "tomli.loads": Function(_parsed(tomli.loads)),
    "tomllib.loads": Function(_parsed(tomli.loads)),
    "urllib.parse.unquote": Function(urllib.parse.unquote),
    "urllib.parse.unquote_plus": Function(urllib.parse.unquote_plus),
    "uuid.UUID": Function(_uuid, 1, WIDEST),
}
