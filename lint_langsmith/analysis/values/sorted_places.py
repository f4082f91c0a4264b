"""Places of a program that have one name in them, sorted by the functions and classes that the name stands for there.

Thousands of functions may have one name: that of a method which subclasses override, of a function in a decorator, of
`main`. Who calls each of them is asked by its name. Were all places of the name looked at for each of the functions,
the time would grow with the square of the program; so each place is looked at once, and sorted.

A place is sorted as soon as what stands there is known for good. In a cycle of questions (`memo.py`) it may be known in
part only: then the place stays open, and whoever asks has to look at it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from lint_langsmith.analysis.memo import Memo

_Place = TypeVar("_Place")


class SortedPlaces(Generic[_Place]):
    """Places in their order, each under the keys of what stands there."""

    def __init__(
        self,
        memo: Memo,
        places: Iterable[_Place],
        keys: Callable[[_Place], Iterable[Hashable]],
    ) -> None:
        """`keys` asks the evaluation what stands at a place."""
        self._memo = memo
        self._keys = keys
        self._places = tuple(places)
        self._open = dict(enumerate(self._places))
        self._by_key: dict[Hashable, list[int]] = defaultdict(list)
        self._together: dict[Hashable, Sequence[_Place]] = {}
        self._keys_of_more: dict[int, frozenset[Hashable]] = {}

    def of(self, keys: frozenset[Hashable]) -> Sequence[_Place]:
        """The places that have one of these keys, as far as is known by now; in their order."""
        unsorted = self._sort()
        if not self._open:
            together = self._together.get(keys)
            if together is None:
                together = self._together[keys] = self._at(keys, ())
            return together
        return self._at(
            keys, (number for number, told in unsorted.items() if not keys.isdisjoint(told))
        )

    def keys_of_more(self, most: int) -> frozenset[Hashable]:
        """The keys that more than so many places have, as far as is known by now."""
        counts = Counter(key for told in self._sort().values() for key in told)
        if self._open or most not in self._keys_of_more:
            for key, numbers in self._by_key.items():
                counts[key] += len(numbers)
            self._keys_of_more[most] = frozenset(
                key for key, count in counts.items() if count > most
            )
        return self._keys_of_more[most]

    def _at(self, keys: frozenset[Hashable], further: Iterable[int]) -> Sequence[_Place]:
        found = set(further)
        for key in keys:
            found.update(self._by_key.get(key, ()))
        return tuple(self._places[number] for number in sorted(found))

    def _sort(self) -> dict[int, frozenset[Hashable]]:
        """Sort the places of which all is known; the others have the keys that are known of them by now."""
        found: dict[int, frozenset[Hashable]] = {}
        for number, place in tuple(self._open.items()):
            told, is_whole = self._memo.whole(self._told, place)
            if not is_whole:
                found[number] = told
            # What is asked about a place may lead to a question about this very name.
            elif self._open.pop(number, None) is not None:
                for key in told:
                    self._by_key[key].append(number)
        return found

    def _told(self, place: _Place) -> frozenset[Hashable]:
        return frozenset(self._keys(place))
