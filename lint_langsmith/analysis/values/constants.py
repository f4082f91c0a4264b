"""Operations on constants of the linted program: their result, or None where it is unknown.

This is the one place where such an operation runs. The operands are the linted file's choice, and so may be any of the
exceptions of the operation, which the linted program would raise as well. What would be too large is not made: a
`Budget` is asked first.
"""

from __future__ import annotations

import functools
import operator
import re
import string
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeVar

from lint_langsmith import lazy_re
from lint_langsmith.analysis.limits import DIGITS, NESTED, UNPACKED
from lint_langsmith.analysis.values.folded import NOTHING, Nothing, Object
from lint_langsmith.analysis.values.folded import Function as FunctionValue

Result = TypeVar("Result")

_LARGEST: Final = 10**DIGITS
# Operations whose result has no more digits than its operands have in all, or one more.
_OPERATIONS: Final[Mapping[str, Callable[[int, int], int]]] = {
    "+": operator.add,
    "-": operator.sub,
    "^": operator.xor,
    "|": operator.or_,
    "*": operator.mul,
    "&": operator.and_,
    "%": operator.mod,
    "//": operator.floordiv,
    ">>": operator.rshift,
}
# What `format` is told: a width and precision of at most three digits.
_SPECIFICATION: Final = lazy_re.compile(
    r"(?:.?[<>^=])?[ +-]?#?0?[0-9]{0,3}(?:\.[0-9]{1,3})?[sdxXbobc]?", re.DOTALL
)
# Methods of texts that are told how long the result is to be.
_WIDENING: Final = frozenset({"ljust", "rjust", "center", "zfill", "expandtabs"})
# What zlib and gzip begin with: both are told apart by it.
_ANY_HEADER: Final = zlib.MAX_WBITS | 32


class OverBudgetError(Exception):
    """More would be made, or looked at, than one folding may."""


class Budget:
    """What one folding may still look at and make."""

    def __init__(self, steps: int, characters: int) -> None:
        """`steps` counts expressions and items, `characters` the lengths of all texts that are made."""
        self._steps = steps
        self._characters = characters

    def look_at(self, count: int = 1) -> None:
        """Spend steps.

        Raises:
            OverBudgetError: there are not so many left.
        """
        self._steps -= count
        if self._steps < 0:
            raise OverBudgetError

    def make(self, length: int) -> None:
        """Spend characters, before a text of that length is made.

        Raises:
            OverBudgetError: there are not so many left.
        """
        self._characters -= length
        if self._characters < 0:
            raise OverBudgetError


def computed(operation: Callable[..., Result], *operands: Any) -> Result | None:
    """The result of an operation whose result is no longer than its operands, four times at the most.

    Raises:
        OverBudgetError: the operation asked for too much.
    """
    try:
        return operation(*operands)
    except OverBudgetError:
        raise
    except Exception:  # noqa: BLE001 - whatever it is, the linted program gets it too
        return None


class Function(NamedTuple):
    """A pure function: its result is at most `growth` times as large as its arguments, and `more` larger than that."""

    run: Callable[..., object]
    growth: int = 1
    more: int = 0


def applied(
    budget: Budget, function: Function, arguments: Sequence[Any], named: Mapping[str, Any]
) -> Any:
    """What a function makes of folded values, as folding has it; None where it would raise, or makes anything else."""
    budget.make(function.growth * size((*arguments, *named.values())) + function.more)
    given = [None if value is NOTHING else value for value in arguments]
    return _as_folded(budget, computed(lambda: function.run(*given, **named)), NESTED)


def size(values: Sequence[Any]) -> int:
    """The characters, digits and items in some values and in what these hold themselves."""
    total = 0
    for value in values:
        total += _length(value)
        if isinstance(value, tuple):
            total += sum(map(_length, value))
    return total


def _length(value: object) -> int:
    if isinstance(value, int):
        return 1 + value.bit_length()
    return 1 + len(value) if isinstance(value, (str, tuple, Mapping)) else 1


def _as_folded(budget: Budget, value: object, depth: int) -> Any:
    """A value of Python's as folding has it; None where it is, or holds, anything else, or is nested too deep."""
    if isinstance(value, (bytes, bytearray)):
        return value.decode("latin-1")
    if isinstance(value, (str, int, Nothing, FunctionValue, Object, slice)):
        return value
    if not isinstance(value, (list, tuple, dict)) or not depth:
        return None
    budget.look_at(len(value))
    held = value.values() if isinstance(value, dict) else value
    items = tuple(
        NOTHING if item is None else _as_folded(budget, item, depth - 1) for item in held
    )
    if None in items:
        return None
    if not isinstance(value, dict):
        return items
    plain = all(isinstance(key, (str, int)) for key in value)
    return dict(zip(value, items, strict=True)) if plain else None


def translated(budget: Budget, text: str, table: object, dropped: object = "") -> str | None:
    """`text.translate(table)`; the table of `bytes.translate` is a text of 256 characters, what it drops another."""
    if dropped and isinstance(dropped, str):
        budget.make(len(text))
        text = text.translate(dict.fromkeys(map(ord, dropped)))
    if table is NOTHING:
        return text
    if isinstance(table, Mapping):
        table = {code: None if new is NOTHING else new for code, new in table.items()}
    new = table.values() if isinstance(table, Mapping) else ()
    longest = max((len(part) for part in new if isinstance(part, str)), default=1)
    budget.make(len(text) * max(1, longest))
    return computed(text.translate, table) if isinstance(table, (str, Mapping)) else None


def number(literal: str) -> int | None:
    """The integer that a literal stands for."""
    return computed(int, literal, 0) if len(literal) <= DIGITS else None


def shown(value: object) -> str | None:
    """`str(value)` of a text or an integer."""
    if isinstance(value, str):
        return value
    if value is NOTHING:
        return "None"
    return str(value) if isinstance(value, int) and -_LARGEST < value < _LARGEST else None


def formatted(budget: Budget, value: object, spec: str | None) -> str | None:
    """`format(value, spec)` of a text or an integer."""
    if value is None or spec is None or _SPECIFICATION.fullmatch(spec) is None:
        return None
    if not spec:
        return shown(value)
    _widen(budget, value, spec)
    return computed(format, value, spec) if isinstance(value, (str, int)) else None


def percent(budget: Budget, form: str, value: object) -> str | None:
    """`"%s" % value` of a text or an integer; `form` is what stands behind the percent sign."""
    if form == "s":
        return shown(value)
    _widen(budget, value, form)
    is_plain = isinstance(value, (str, int))
    return computed(operator.mod, f"%{form}", (value,)) if is_plain else None


def _widen(budget: Budget, value: object, spec: str) -> None:
    """Charge the width that a specification asks for, and the digits of a number."""
    widths = [int(width) for width in re.findall(r"[0-9]+", spec)]
    budget.make(sum(widths) + (size((value,)) if isinstance(value, int) else 0))


def character(code: object) -> str | None:
    """`chr(code)`."""
    return computed(chr, code)


def code(text: object) -> int | None:
    """`ord(text)`."""
    return computed(ord, text)


def calculated(budget: Budget, op: str, numbers: Sequence[int]) -> int | None:
    """`a + b + …`, `a - b` or `a ^ b` of integers."""
    operation = _OPERATIONS.get(op)
    if operation is None:
        return None
    budget.look_at(len(numbers))
    result = computed(functools.reduce, operation, numbers)
    return result if result is not None and -_LARGEST < result < _LARGEST else None


def unpacked(budget: Budget, packed: str) -> str | None:
    """What `zlib.decompress` or `gzip.decompress` makes of bytes, as Latin-1 text; None for more than some lines."""
    budget.make(UNPACKED)
    found = computed(_unpack, packed)
    return found if found is not None and len(found) < UNPACKED else None


def _unpack(packed: str) -> str:
    unpacker = zlib.decompressobj(_ANY_HEADER)
    return unpacker.decompress(packed.encode("latin-1"), UNPACKED).decode("latin-1")


def repeated(budget: Budget, text: str, count: int) -> str:
    """`text * count`."""
    if count <= 0 or not text:
        return ""
    budget.make(len(text) * count)
    return text * count


def joined(budget: Budget, separator: str, texts: Sequence[str]) -> str:
    """`separator.join(texts)`."""
    budget.make(sum(map(len, texts)) + len(separator) * max(0, len(texts) - 1))
    return separator.join(texts)


def method(
    budget: Budget, text: str, name: str, arguments: Sequence[object]
) -> str | int | tuple[str, ...] | None:
    """A method of a text that makes a text or several of it, or tells something about it."""
    if (
        name == "replace"
        and len(arguments) > 1
        and all(isinstance(part, str) for part in arguments[:2])
    ):
        old, new = map(str, arguments[:2])
        times = text.count(old)
        if len(arguments) > 2 and isinstance(arguments[2], int) and arguments[2] >= 0:
            times = min(times, arguments[2])
        budget.make(max(0, len(text) + times * (len(new) - len(old))))
    else:
        widths = (
            [part for part in arguments if isinstance(part, int)] if name in _WIDENING else []
        )
        # A tab may be in the place of every character.
        budget.make(max((len(text), *widths)) * (len(text) if name == "expandtabs" else 1))
    found = computed(getattr(text, name), *arguments)
    if not isinstance(found, (list, tuple)):
        return found if isinstance(found, (str, int)) else None
    budget.look_at(len(found))
    return tuple(found)


def filled(
    budget: Budget,
    pattern: re.Pattern[str],
    field: Callable[[re.Match[str]], str],
    template: str,
) -> str:
    """`pattern.sub(field, template)`."""

    def charged(match: re.Match[str]) -> str:
        text = field(match)
        budget.make(len(text))
        return text

    budget.make(len(template))
    return pattern.sub(charged, template)


def substituted(budget: Budget, template: str, fields: Mapping[str, str]) -> str | None:
    """`string.Template(template).safe_substitute(fields)`."""
    budget.make(len(template))
    return computed(string.Template(template).safe_substitute, _Charged(budget, fields))


class _Charged(Mapping[str, str]):
    """Texts by their names, each of which is charged every time that it is taken."""

    def __init__(self, budget: Budget, texts: Mapping[str, str]) -> None:
        self._budget = budget
        self._texts = texts

    def __getitem__(self, name: str) -> str:
        text = self._texts[name]
        self._budget.make(len(text))
        return text

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)
