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
import functools
import itertools
import json
import math
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
from lint_langsmith.analysis.limits import (
    DIGITS,
    FEW_ITEMS,
    FEW_KEYS,
    PARSED,
    UNPACKED,
    WIDEST,
)
from lint_langsmith.analysis.values.constants import Function
from lint_langsmith.analysis.values.folded import Folded
from lint_langsmith.analysis.values.folded import Function as FunctionValue

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
    if _LAYOUT.fullmatch(layout) is None or struct.calcsize(layout) > UNPACKED:
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


def _partial(function: FunctionValue, *plain: Folded, **named: Folded) -> FunctionValue:
    return FunctionValue(
        lambda further, others: function.run((*plain, *further), {**named, **others}), "static"
    )


def _item_getter(*keys: Any) -> object:
    if len(keys) > FEW_KEYS:
        return None
    getter: Any = operator.itemgetter(*keys)
    return FunctionValue(lambda plain, _: getter(plain[0]) if plain[0] else None, "static")


def _tuple_of(function: Callable[..., Any]) -> Callable[..., object]:
    """A function that makes an iterator, with all that comes out of it."""
    return lambda *given, **named: tuple(function(*given, **named))


def _accumulated(items: Any, *function: Any, **named: Any) -> object:
    is_short = len(items) < FEW_KEYS
    return tuple(itertools.accumulate(items, *function, **named)) if is_short else None


def _grouped(items: Any, key: Any = None) -> object:
    return tuple((name, tuple(group)) for name, group in itertools.groupby(items, key))


def _selected(select: Callable[..., Any]) -> Callable[..., object]:
    """Permutations and the like of few items: of more there are too many."""
    return lambda items, *sizes: (
        tuple(select(items, *sizes)) if len(items) <= FEW_ITEMS else None
    )


def _product(*iterables: Any) -> object:
    number = math.prod(map(len, iterables))
    return tuple(itertools.product(*iterables)) if number <= PARSED else None


def _repeated(item: Any, times: int = PARSED) -> object:
    """What repeats an item without end is as long as anything that a key is put together from."""
    return (item,) * min(times, PARSED)


def _cycled(items: Any) -> object:
    return tuple(itertools.islice(itertools.cycle(items), PARSED))


def _counted(start: int = 0, step: int = 1) -> object:
    return tuple(itertools.islice(itertools.count(start, step), PARSED))


def _tee(items: Any, number: int = 2) -> object:
    return (tuple(items),) * min(number, FEW_KEYS)


def _from_bytes(text: str, byteorder: str = "big") -> object:
    if len(text) > UNPACKED:
        return None
    return int.from_bytes(text.encode("latin-1"), "little" if byteorder == "little" else "big")


def _taken_apart(layout: str, packed: str) -> object:
    return (
        struct.unpack(layout, packed.encode("latin-1")) if _LAYOUT.fullmatch(layout) else None
    )


def _found(pattern: str, text: str) -> object:
    """`re.findall` and `re.split`, with the patterns that `_replaced` takes."""
    is_plain = len(text) <= PARSED and _ONE.fullmatch(pattern) is not None
    return re.findall(pattern, text) if is_plain else None


def _split(pattern: str, text: str) -> object:
    is_plain = len(text) <= PARSED and _ONE.fullmatch(pattern) is not None
    return re.split(pattern, text) if is_plain else None


def _dumped(value: object) -> object:
    return json.dumps(value)


def _yaml(text: str) -> object:
    import yaml  # noqa: PLC0415 - few programs read what stands in them

    return yaml.safe_load(text)


def _rows(lines: Any, delimiter: str = ",") -> object:
    import csv  # noqa: PLC0415 - few programs read a table that stands in them

    is_short = isinstance(lines, tuple) and sum(map(len, lines)) <= PARSED
    return tuple(map(tuple, csv.reader(lines, delimiter=delimiter))) if is_short else None


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
    "asyncio.gather": Function(lambda *values: values),
    "base64.b64encode": Function(_of_bytes(base64.b64encode), 2),
    "base64.urlsafe_b64encode": Function(_of_bytes(base64.urlsafe_b64encode), 2),
    "builtins.abs": Function(abs),
    "builtins.all": Function(all),
    "builtins.any": Function(any),
    "builtins.bool": Function(bool),
    "builtins.divmod": Function(divmod, 2),
    "builtins.filter": Function(_tuple_of(filter)),
    "builtins.int.from_bytes": Function(_from_bytes, 8),
    "builtins.map": Function(_tuple_of(map)),
    "builtins.slice": Function(slice),
    # Each item is read to its end whenever it is compared.
    "builtins.sorted": Function(_tuple_of(sorted), 4),
    "contextlib.nullcontext": Function(lambda value: (value,)),
    "csv.reader": Function(_rows, 2),
    "functools.partial": Function(_partial),
    "functools.reduce": Function(functools.reduce),
    "itertools.accumulate": Function(_accumulated, FEW_KEYS),
    "itertools.combinations": Function(_selected(itertools.combinations), 8),
    "itertools.compress": Function(_tuple_of(itertools.compress)),
    "itertools.count": Function(_counted, 1, PARSED),
    "itertools.cycle": Function(_cycled, 1, PARSED),
    "itertools.dropwhile": Function(_tuple_of(itertools.dropwhile)),
    "itertools.filterfalse": Function(_tuple_of(itertools.filterfalse)),
    "itertools.groupby": Function(_grouped, 2),
    "itertools.pairwise": Function(_tuple_of(itertools.pairwise), 2),
    "itertools.permutations": Function(_selected(itertools.permutations), 96),
    "itertools.product": Function(_product, 1, PARSED),
    "itertools.repeat": Function(_repeated, 1, PARSED),
    "itertools.starmap": Function(_tuple_of(itertools.starmap)),
    "itertools.takewhile": Function(_tuple_of(itertools.takewhile)),
    "itertools.tee": Function(_tee, 2),
    "operator.getitem": Function(operator.getitem),
    "operator.itemgetter": Function(_item_getter),
    "re.findall": Function(_found, 2),
    "re.split": Function(_split, 2),
    "struct.unpack": Function(_taken_apart, 2),
    "types.MappingProxyType": Function(dict),
    "collections.UserDict": Function(dict),
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
    "json.dumps": Function(_dumped, 8),
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
    "struct.pack": Function(_packed, 1, UNPACKED),
    "textwrap.dedent": Function(_parsed(textwrap.dedent)),
    "tomli.loads": Function(_parsed(tomli.loads)),
    "tomllib.loads": Function(_parsed(tomli.loads)),
    "urllib.parse.unquote": Function(urllib.parse.unquote),
    "urllib.parse.unquote_plus": Function(urllib.parse.unquote_plus),
    "yaml.safe_load": Function(_parsed(_yaml)),
    "uuid.UUID": Function(_uuid, 1, WIDEST),
}
