"""Places sorted by what stands there, as soon as that is known for good."""

from __future__ import annotations

from collections.abc import Iterator

from lint_langsmith.analysis.memo import Memo
from lint_langsmith.analysis.values.sorted_places import SortedPlaces


def test_places_are_found_by_their_keys_in_their_order() -> None:
    places = SortedPlaces(_memo(), ["b1", "a1", "ab", "c"], str)
    assert places.of(frozenset("b")) == ("b1", "ab")
    assert places.of(frozenset("cb")) == ("b1", "ab", "c")
    assert places.of(frozenset("x")) == ()


def test_a_place_is_asked_about_once() -> None:
    asked: list[str] = []

    def keys(place: str) -> Iterator[str]:
        asked.append(place)
        yield from place

    places = SortedPlaces(_memo(), ["a", "b"], keys)
    for key in "abab":
        assert places.of(frozenset(key)) == (key,)
    assert asked == ["a", "b"]


def test_what_is_known_in_part_is_asked_again() -> None:
    """Of the place `y` it is asked while the answer on which it depends is on its way."""
    memo = _memo()
    places = SortedPlaces(
        memo, ["x", "y"], lambda place: memo_answer() if place == "y" else "x"
    )

    def memo_answer() -> str:
        return str(memo.ask("question", "?", answer))

    def answer() -> str:
        assert places.of(frozenset("x?")) == ("x", "y")
        return "k"

    assert memo_answer() == "k"
    assert places.of(frozenset("?")) == ()
    assert places.of(frozenset("k")) == ("y",)


def _memo() -> Memo:
    return Memo({}, str)
