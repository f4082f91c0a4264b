"""What methods and items do to lists, dicts and buffers of constants: the collection behind it, and the result.

Lists, deques and buffers are folded as tuples, and bytes as Latin-1 texts, so that a change makes a new value.
"""

from __future__ import annotations

import collections
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from lint_langsmith.analysis.values.constants import Budget, computed, size
from lint_langsmith.analysis.values.folded import Folded

# Methods that change what they are called on, by what that is.
_OF_LISTS: Final = frozenset(
    {"append", "extend", "insert", "pop", "remove", "reverse", "sort", "clear"}
)
_OF_DEQUES: Final = frozenset({"appendleft", "extendleft", "popleft", "rotate"})
_OF_DICTS: Final = frozenset({"update", "setdefault", "pop", "popitem", "clear"})
_OF_BYTES: Final = frozenset({"append", "extend"})
# Methods that only look at a collection or a buffer.
READING: Final = frozenset(
    {
        *("index", "count", "get", "keys", "values", "items", "copy", "__len__"),
        *("getvalue", "flush", "close"),
    }
)


class Buffer(tuple[Folded, ...]):
    """The texts that were written into a buffer."""

    __slots__ = ()


class Changed(NamedTuple):
    """What a collection is behind a change, and what the method returns: None where that is unknown, or `None`."""

    value: Folded
    result: Folded | None = None


def changed(
    budget: Budget,
    value: Folded,
    method: str,
    arguments: Sequence[Folded],
    named: Mapping[str, Folded],
) -> Changed | None:
    """What a method makes of a collection; None where it would raise, or is not known."""
    # A copy of so many items takes as long as looking at some of them.
    budget.look_at(1 + len(arguments))
    budget.make(size((value, *arguments)) if not isinstance(value, int) else 0)
    if isinstance(value, Mapping):
        return _run(dict(value), method, _OF_DICTS, arguments, named)
    if named and not (method == "sort" and isinstance(value, tuple)):
        return None
    if isinstance(value, str):
        return _lengthened(value, arguments[0]) if _is_bytes(method, arguments) else None
    if not isinstance(value, tuple):
        return None
    if isinstance(value, Buffer):
        return Changed(Buffer((*value, *arguments))) if method == "write" else None
    if method in _OF_DEQUES:
        return _run(collections.deque(value), method, _OF_DEQUES, arguments, named)
    return _run(list(value), method, _OF_LISTS, arguments, named)


def _run(
    value: Any,
    method: str,
    known: frozenset[str],
    arguments: Sequence[Folded],
    named: Mapping[str, Folded],
) -> Changed | None:
    if method not in known:
        return None

    def change() -> Changed:
        result = getattr(value, method)(*arguments, **named)
        return Changed(value if isinstance(value, dict) else tuple(value), result)

    return computed(change)


def _is_bytes(method: str, arguments: Sequence[Folded]) -> bool:
    return method in _OF_BYTES and len(arguments) == 1


def _lengthened(value: str, more: Folded) -> Changed | None:
    """`append` and `extend` of a bytearray: the code of a byte, or bytes."""
    text = (
        more
        if isinstance(more, str)
        else computed(lambda: bytes(_codes(more)).decode("latin-1"))
    )
    return Changed(value + text) if text is not None else None


def _codes(more: Folded) -> Any:
    return (more,) if isinstance(more, int) else more


def with_item(
    budget: Budget, value: Folded, index: Folded | slice, item: Folded | None
) -> Folded | None:
    """A collection with an item, or the items of a slice, put in or (None) taken out; None where it would raise."""
    budget.make(size((value,)) if not isinstance(value, int) else 0)
    if isinstance(value, Mapping):
        return computed(_with_entry, value, index, item)
    if isinstance(value, str):
        made = computed(_with_items, list(value), index, item)
        return (
            "".join(made)
            if made is not None and all(isinstance(c, str) for c in made)
            else None
        )
    made = computed(_with_items, list(value), index, item) if isinstance(value, tuple) else None
    return tuple(made) if made is not None else None


def _with_entry(value: Mapping[Any, Folded], key: Any, item: Folded | None) -> Folded:
    entries = dict(value)
    if item is None:
        del entries[key]
    else:
        entries[key] = item
    return entries


def _with_items(items: list[Any], index: Any, item: Any) -> list[Any]:
    if item is None:
        del items[index]
    else:
        items[index] = item
    return items
