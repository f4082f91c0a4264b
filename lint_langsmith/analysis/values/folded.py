"""What constant folding gives, and what it asks of the names in an expression."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from lint_langsmith.analysis.ir.model import Expr


class Nothing(enum.Enum):
    """`None` of the program, which is known, as opposed to a value that is not."""

    NONE = None


NOTHING: Final = Nothing.NONE

Folded: TypeAlias = "str | int | Nothing | tuple[Folded, ...] | Mapping[str | int, Folded]"


def _no_result(_: Expr) -> Folded | None:
    return None


def _no_function(_: Expr) -> str | None:
    return None


def _not_bound(_: str) -> Collection | None:
    return None


def _no_runner(_: Expr) -> None:
    return None


class Resolver(NamedTuple):
    """What folding asks of expressions that are no string syntax (names, attributes).

    `text` gives the string that one surely is, `collection` the collection that one surely is, `result` what a call of
    the project's own code surely gives: where that is asked for, which may lead to other files. `function` gives the
    qualified name of what is called, where that surely comes from outside of the project. `bound` gives what `name :=`
    has bound already, where statements are run in order, and `runner` what runs a function of the file then.
    """

    text: Callable[[Expr], str | None]
    collection: Callable[[Expr], Collection]
    result: Callable[[Expr], Folded | None] = _no_result
    function: Callable[[Expr], str | None] = _no_function
    bound: Callable[[str], Collection | None] = _not_bound
    runner: Callable[[Expr], Callable[[Sequence[Folded]], Folded | None] | None] = _no_runner


class Collection(NamedTuple):
    """A folded collection, None where it is unknown, and the strings that the names in it stand for."""

    value: Folded | None
    texts: tuple[str, ...] = ()
