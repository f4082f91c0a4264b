"""Lines of two texts side by side: the same as `difflib` finds, in linear time."""

from __future__ import annotations

import difflib
import random
import time
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pace import assert_linear

from lint_langsmith.results.alignment import Alignment, unified

_TEXTS: Final = st.lists(
    st.one_of(st.sampled_from(["\n", "x\n"]), st.integers(0, 60).map("{}\n".format)),
    max_size=90,
)
_Texts: TypeAlias = tuple[Sequence[str], Sequence[str]]


@given(before=_TEXTS, after=_TEXTS)
def test_what_is_told_makes_one_text_of_the_other(before: list[str], after: list[str]) -> None:
    made: list[str] = []
    at = 0
    for kind, first, last, other, other_last in Alignment(before, after).get_opcodes():
        assert (first, other) == (at, len(made))
        if kind == "equal":
            assert before[first:last] == after[other:other_last]
        made += after[other:other_last]
        at = last
    assert (at, made) == (len(before), after)


@given(before=_TEXTS, seed=st.integers())
def test_a_few_changes_are_told_as_difflib_tells_them(before: list[str], seed: int) -> None:
    rng = random.Random(seed)
    lines = [f"{number} {line}" for number, line in enumerate(before)]
    after = [line for line in lines if rng.random() > 0.1]
    for number in range(0, len(after), 7):
        after[number] = f"new {number}\n"
    expected = difflib.unified_diff(lines, after, "a", "b")
    assert list(unified(lines, after, "a", "b")) == list(expected)


def _repeated(count: int) -> _Texts:
    return ["x\n"] * count + ["a\n"], ["b\n"] + ["x\n"] * count


def _every_other_line_is_changed(count: int) -> _Texts:
    numbers = range(count)
    before = [line for number in numbers for line in (f"same {number}\n", f"old {number}\n")]
    return before, [line.replace("old", "new") for line in before]


def _every_other_line_is_blank(count: int) -> _Texts:
    before = [line for number in range(count) for line in (f"old {number}\n", "\n")]
    return before, [line.replace("old", "new") for line in before]


@pytest.mark.parametrize(
    "texts",
    [_repeated, _every_other_line_is_changed, _every_other_line_is_blank],
    ids=lambda texts: texts.__name__,
)
def test_time_is_linear(texts: Callable[[int], _Texts]) -> None:
    def seconds(count: int) -> float:
        before, after = texts(count)
        start = time.process_time()
        Alignment(before, after).get_opcodes()
        return time.process_time() - start

    assert_linear(seconds, 1000)
