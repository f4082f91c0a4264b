"""Where something stands in a program: its scope, its block, and what happens before it."""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol

# An order behind everything that a block does.
LATEST: Final = 10**9


class Place(NamedTuple):
    """A point of the program: in which scope and block, and after how many events of the file."""

    scope: int
    block: int
    order: int


class Placed(Protocol):
    """What stands at a point of the program: a `Place`, and every row of a model that happens somewhere."""

    @property
    def scope(self) -> int:
        """The scope that runs there."""

    @property
    def block(self) -> int:
        """The block that it stands in."""

    @property
    def order(self) -> int:
        """How many events of the file come before it."""
