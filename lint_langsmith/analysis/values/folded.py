"""What constant folding gives, and what it asks of the names in an expression."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from lint_langsmith.analysis.ir.model import Expr

Folded: TypeAlias = "str | int | tuple[Folded, ...] | Mapping[str | int, Folded]"


def _no_result(_: Expr) -> str | None:
    return None


class Resolver(NamedTuple):
    """What folding asks of expressions that are no string syntax (names, attributes).

    `text` gives the string that one surely is, `collection` the collection that one surely is, `result` the string that
    a call of the project's own code surely gives: where that is asked for, which may lead to other files. `function`
    gives the qualified name of what is called, where that surely comes from outside of the project.
    """

    text: Callable[[Expr], str | None]
    collection: Callable[[Expr], Collection]
    result: Callable[[Expr], str | None] = _no_result
    function: Callable[[Expr], str | None] = _no_result


class Collection(NamedTuple):
    """A folded collection, None where it is unknown, and the strings that the names in it stand for."""

    value: Folded | None
    texts: tuple[str, ...] = ()
