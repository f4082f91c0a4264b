"""What a value of a program may be, as far as it can be told without running it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from lint_langsmith.analysis.limits import ALTERNATIVES, ITEMS, VALUES

if TYPE_CHECKING:
    from lint_langsmith.analysis.project.file import File


class _Value(msgspec.Struct, frozen=True, cache_hash=True):
    """Base of all values."""


class Unknown(_Value, frozen=True):
    """Anything."""


class Literal(_Value, frozen=True):
    """A string that stands in the source, folded."""

    text: str


class Constant(_Value, frozen=True):
    """`None`, `True`, `False`, a number."""

    literal: str


class ExternalName(_Value, frozen=True):
    """Something from outside of the project, by qualified name: `langsmith.Client`, `builtins.print`."""

    name: str


class Environment(_Value, frozen=True):
    """What an environment variable holds; `default` is what it gives when the variable is not set."""

    variable: str
    default: tuple[_Value, ...] = ()


class ModuleRef(_Value, frozen=True):
    """A module of the project."""

    file: File


class FunctionRef(_Value, frozen=True):
    """A function (or lambda) of the project."""

    file: File
    scope: int


class ClassRef(_Value, frozen=True):
    """A class of the project."""

    file: File
    scope: int


class Instance(_Value, frozen=True):
    """An object of a class; `origin` is the file and call site of its construction, where that is known."""

    cls: ExternalName | ClassRef
    origin: tuple[File, int] | None = None


class Bound(_Value, frozen=True):
    """A method of the project on its receiver."""

    function: FunctionRef
    receiver: Instance | ClassRef


class ExternalAttribute(_Value, frozen=True):
    """An attribute or method, `name`, of an object whose class is not of the project."""

    receiver: Instance
    name: str


class Outcome(_Value, frozen=True):
    """What a call of something outside of the project gives."""

    of: ExternalName | ExternalAttribute


class Parameter(_Value, frozen=True):
    """What a caller passes for a parameter."""

    file: File
    scope: int
    name: str


class Group(_Value, frozen=True):
    """A tuple, list or set with its items, each with the values it may have; `size` counts all that is in it."""

    items: tuple[tuple[_Value, ...], ...]
    size: int = 1

    @classmethod
    def of(cls, items: Iterable[tuple[_Value, ...]]) -> Group:
        """A collection of these items, without the collections among them where that would be too much.

        Of very many items it is only told what they may be: every loop over a table would go through all of it.
        """
        slots = tuple(items)
        kept, size = _bounded(slots if len(slots) <= ITEMS else (any_of(slots),))
        return cls(kept, size)


class Table(_Value, frozen=True):
    """A dict with the values it may have, each with its key; None for a key that is no text."""

    items: tuple[tuple[str | None, tuple[_Value, ...]], ...]
    size: int = 1

    @classmethod
    def of(cls, items: Iterable[tuple[str | None, tuple[_Value, ...]]]) -> Table:
        """A dict of these items, without the collections among them where that would be too much."""
        pairs = tuple(items)
        if len(pairs) > ITEMS:
            pairs = ((None, any_of(tuple(values for _, values in pairs))),)
        kept, size = _bounded(tuple(values for _, values in pairs))
        return cls(
            tuple((key, values) for (key, _), values in zip(pairs, kept, strict=True)), size
        )


def any_of(slots: tuple[tuple[_Value, ...], ...]) -> tuple[_Value, ...]:
    """The values of all slots; what may be anything besides where they are too many to be told apart."""
    found: dict[_Value, None] = {}
    for values in slots:
        found.update(dict.fromkeys(values))
        if len(found) > ITEMS:
            return (*tuple(found)[:ITEMS], UNKNOWN)
    return tuple(found)


def _bounded(
    items: tuple[tuple[_Value, ...], ...],
) -> tuple[tuple[tuple[_Value, ...], ...], int]:
    """Items, and how many values are in them at all depths.

    Each round of a loop with `state = {**state, "key": value}` puts all that `state` may be into it once more.
    """
    size = 1 + _sizes(items)
    if size <= VALUES:
        return items, size
    flat = tuple(tuple(map(_flat, values)) for values in items)
    return flat, 1 + sum(map(len, flat))


def _flat(value: _Value) -> _Value:
    """A value, or anything in the place of a collection."""
    return UNKNOWN if isinstance(value, (Group, Table)) else value


def _sizes(items: tuple[tuple[_Value, ...], ...]) -> int:
    """How many values there are in some items at all depths.

    Each of thousands of statements may make a collection of the same hundreds of values: what holds no others is only
    counted.
    """
    if _COLLECTIONS.isdisjoint(map(type, chain.from_iterable(items))):
        return sum(map(len, items))
    return sum(
        value.size if isinstance(value, (Group, Table)) else 1
        for value in chain.from_iterable(items)
    )


class CollectionMethod(_Value, frozen=True):
    """A method of a dict or list."""

    table: Table | Group
    name: str


_COLLECTIONS: Final[frozenset[type[_Value]]] = frozenset({Group, Table})

Value: TypeAlias = _Value
Values: TypeAlias = "tuple[Value, ...]"

UNKNOWN: Final = Unknown()
ANY: Final[Values] = (UNKNOWN,)
NONE: Final = Constant("None")


def each(values: Values, step: Callable[[Value], Iterable[Value]]) -> Iterable[Value]:
    """What a step makes of each of some values."""
    return chain.from_iterable(map(step, values))


def function_of(value: Value) -> FunctionRef | None:
    """The function of the project that a call of a value runs, also as a bound method; None for all else."""
    function = value.function if isinstance(value, Bound) else value
    return function if isinstance(function, FunctionRef) else None


def blank_defaults(value: Value, variable: str) -> tuple[str, ...] | None:
    """The blank texts that a read of a variable gives where that is not set; None where it may give anything else."""
    if not isinstance(value, Environment) or value.variable != variable:
        return None
    texts = [
        item.text if isinstance(item, Literal) else None
        for item in value.default
        if item != NONE
    ]
    known = [text for text in texts if text is not None and not text.strip()]
    return tuple(known) if len(known) == len(texts) else None


def distinct(values: Iterable[Value]) -> Values:
    """Each of some values once; anything where there are none, or too many to be followed."""
    if type(values) is tuple and len(values) == 1:
        return values
    found = tuple(dict.fromkeys(values))
    if len(found) > ALTERNATIVES:
        return (*found[:ALTERNATIVES], UNKNOWN)
    return found or ANY


def described(value: ExternalAttribute | Outcome) -> str:
    """A name for something that an object from outside of the project has or returns."""
    inner = value.of if isinstance(value, Outcome) else value
    if isinstance(inner, ExternalName):
        return inner.name
    owner = inner.receiver.cls
    return f"{owner.name if isinstance(owner, ExternalName) else 'object'}.{inner.name}"
