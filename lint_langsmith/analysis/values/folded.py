"""What constant folding gives, and what it asks of the names in an expression."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from lint_langsmith.analysis.ir.model import Expr


class Nothing(enum.Enum):
    """`None` of the program, which is known, as opposed to a value that is not."""

    NONE = None

    def __bool__(self) -> bool:
        """`None` is false."""
        return False


NOTHING: Final = Nothing.NONE


class UnknownResultError(Exception):
    """What a function gives is not known."""


class Function:
    """A function as a value: what runs it on arguments by their places and names, of which some may be unknown.

    `kind` is how a class hands it out: as a `method` bound to the object, `static`, bound to the `class`, or run at
    once, as a `property`.
    """

    __slots__ = ("kind", "run")

    def __init__(self, run: Run, kind: str = "method") -> None:
        """`run` gives None where the result is not known."""
        self.run = run
        self.kind = kind

    def __call__(self, *values: Folded, **named: Folded) -> Folded:
        """What it gives to a function of Python's own that runs it.

        Raises:
            UnknownResultError: the result is not known.
        """
        result = self.run(values, named)
        if result is None:
            raise UnknownResultError
        return result


class Object:
    """A class or an instance of one (`program_objects.py`): it has attributes, and is no text, number or collection."""

    __slots__ = ()


Folded: TypeAlias = (
    "str | int | Nothing | Function | Object | tuple[Folded, ...] | Mapping[str | int, Folded]"
)
# What runs a function on arguments by their places and names; None stands for what is unknown.
Run: TypeAlias = (
    "Callable[[Sequence[Folded | None], Mapping[str, Folded | None]], Folded | None]"
)


def _no_result(_: Expr) -> Folded | None:
    return None


def _no_function(_: Expr) -> str | None:
    return None


def _not_known(_: Expr) -> Collection | None:
    return None


def _as_it_is(function: Function) -> Function:
    return function


def _no_method(_: Folded, __: str) -> Function | None:
    return None


class Resolver(NamedTuple):
    """What folding asks of expressions that are no string syntax (names, attributes).

    `text` gives the string that one surely is, `collection` the collection that one surely is, `result` what a call of
    the project's own code surely gives: where that is asked for, which may lead to other files. `function` gives the
    qualified name of what is called, where that surely comes from outside of the project.

    Where statements are run in order, `known` gives what a name or attribute was given by them, `closure` a function
    that sees the names around it as they are now, and `method` a special method of an object.
    """

    text: Callable[[Expr], str | None]
    collection: Callable[[Expr], Collection]
    result: Callable[[Expr], Folded | None] = _no_result
    function: Callable[[Expr], str | None] = _no_function
    known: Callable[[Expr], Collection | None] = _not_known
    closure: Callable[[Function], Function] = _as_it_is
    method: Callable[[Folded, str], Function | None] = _no_method


class Collection(NamedTuple):
    """A folded collection, None where it is unknown, and the strings that the names in it stand for."""

    value: Folded | None
    texts: tuple[str, ...] = ()
