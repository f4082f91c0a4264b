"""What `map`, `filter`, `sorted` and `reduce` make of items with a function that folding can run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from lint_langsmith.analysis.values import constants
from lint_langsmith.analysis.values.constants import Budget
from lint_langsmith.analysis.values.folded import Folded

# What a function gives for some arguments; None where that is not known.
Run: TypeAlias = Callable[[Sequence[Folded]], "Folded | None"]
# What is made with a function of an iterable's items, and of what else is given.
HigherOrder: TypeAlias = Callable[
    [Budget, Run, tuple[Folded, ...], Sequence[Folded]], "Folded | None"
]

SORTED: Final = "builtins.sorted"


def itself(values: Sequence[Folded]) -> Folded | None:
    """What stands for `None` as the function of `filter` and as the key of `sorted`."""
    return values[0]


def _mapped(
    budget: Budget, run: Run, items: tuple[Folded, ...], others: Sequence[Folded]
) -> tuple[Folded, ...] | None:
    iterables: list[tuple[Folded, ...] | str] = [items]
    for other in others:
        if not isinstance(other, (str, tuple)):
            return None
        budget.look_at(len(other))
        iterables.append(other)
    found: list[Folded] = []
    for values in zip(*iterables, strict=False):
        value = run(values)
        if value is None:
            return None
        found.append(value)
    return tuple(found)


def _filtered(
    budget: Budget, run: Run, items: tuple[Folded, ...], others: Sequence[Folded]
) -> tuple[Folded, ...] | None:
    answers = _mapped(budget, run, items, ()) if not others else None
    if answers is None:
        return None
    return tuple(item for item, answer in zip(items, answers, strict=True) if answer)


def _sorted(
    budget: Budget, run: Run, items: tuple[Folded, ...], others: Sequence[Folded]
) -> tuple[Folded, ...] | None:
    keys = _mapped(budget, run, items, ()) if not others else None
    if keys is None:
        return None
    budget.make(constants.size(keys))  # each is read to its end when it is compared
    order: Any = (
        keys.__getitem__
    )  # keys of different kinds raise, in the linted program as well
    indices = constants.computed(lambda: sorted(range(len(items)), key=order))
    return tuple(items[index] for index in indices) if indices is not None else None


def _reduced(
    _: Budget, run: Run, items: tuple[Folded, ...], others: Sequence[Folded]
) -> Folded | None:
    values = [*others, *items]
    result: Folded | None = values[0] if values and len(others) <= 1 else None
    for value in values[1:]:
        result = run((result, value)) if result is not None else None
    return result


HIGHER_ORDER: Final[Mapping[str, HigherOrder]] = {
    "builtins.map": _mapped,
    "builtins.filter": _filtered,
    SORTED: _sorted,
    "functools.reduce": _reduced,
}
