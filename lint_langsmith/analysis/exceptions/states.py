"""What the propagation of an exception is made of: its states, the moves between them, and what is met on the way.

A state is where the exception is: it is *deferred* in a value, is *raised* in a block, has *left* a function, is what
the *result* of a call holds, or has *entered* a function with an argument. There are no more of them than the program
has expressions, functions and parameters, so that the graph of states is finite, also for a program that calls itself.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import NamedTuple, TypeAlias

from lint_langsmith.analysis.entry_points.entry_points import EntryPoint
from lint_langsmith.analysis.exceptions.deferred import DeferredValue, Layers
from lint_langsmith.analysis.exceptions.function_exit import MissedHandler
from lint_langsmith.analysis.exceptions.raised import RaisedError
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.project.place import LATEST
from lint_langsmith.analysis.values.abstract import FunctionRef
from lint_langsmith.findings import Span

# -- states ------------------------------------------------------------------------------------------------------------


class Deferred(NamedTuple):
    """It is deferred in a value, or the value stands where it is raised; `left` once it has left a function."""

    held: DeferredValue
    thrown: RaisedError
    left: bool

    @property
    def key(self) -> Hashable:
        """What tells it from other states: of the expression, which may be a large one, where it stands."""
        held = self.held
        return held.file, held.span, held.place, held.use, held.layers, self.thrown, self.left


class Raised(NamedTuple):
    """It is raised in a block of a function or module; `order` is when, where that makes a difference."""

    file: File
    block: int
    thrown: RaisedError
    order: int = LATEST

    @property
    def key(self) -> Hashable:
        """What tells it from other states."""
        return self


class Left(NamedTuple):
    """It has left the body of a function, and meets its decorators."""

    function: FunctionRef
    thrown: RaisedError

    @property
    def key(self) -> Hashable:
        """What tells it from other states."""
        return self


class Result(NamedTuple):
    """The calls of a function raise it, or give what it is deferred in: `layers`.

    `handed_on` when the function returns the value in which it waits; else it comes out of the function's own body.
    """

    function: FunctionRef
    layers: Layers
    thrown: RaisedError
    left: bool
    handed_on: bool

    @property
    def key(self) -> Hashable:
        """What tells it from other states."""
        return self


class Entered(NamedTuple):
    """It has come into a function with an argument: the parameter holds the value in which it waits."""

    function: FunctionRef
    parameter: str
    layers: Layers
    thrown: RaisedError
    left: bool

    @property
    def key(self) -> Hashable:
        """What tells it from other states."""
        return self


At: TypeAlias = "Deferred | Raised | Left | Result | Entered"


class State(NamedTuple):
    """Where the exception is, and the context in which it is there."""

    at: At
    context: Entered | None

    @property
    def key(self) -> Key:
        """What tells it from other states."""
        return self.at.key, self.context


Key: TypeAlias = "tuple[Hashable, Entered | None]"


# -- what is found on the way ------------------------------------------------------------------------------------------


class Point(NamedTuple):
    """Where an exception is raised.

    `handed_on` marks a lazy result that the function returns instead of using; `grouped` what is raised in an exception
    group, where a task group ends.
    """

    file: File
    scope: int
    block: int
    order: int
    span: Span
    handed_on: bool = False
    grouped: bool = False


class Step(NamedTuple):
    """A call on the path of an exception, as its author reads it, and where it stands.

    The first step of a path that begins in a function of the project is that function, where it is defined.
    """

    label: str
    file: File
    span: Span
    block: int


class Escape(NamedTuple):
    """A path on which it escapes: what runs it, the steps from there to the raise, the handlers that can't catch.

    `thrown` is what comes out in the end: a retry mechanism may have put the exception into one of its own.
    """

    entry: EntryPoint
    path: tuple[Step, ...]
    missed: tuple[MissedHandler, ...]
    thrown: RaisedError


class Place(NamedTuple):
    """Where a step stands; its label depends on what has been left before."""

    file: File
    span: Span
    block: int


class Ending(NamedTuple):
    """An escape from the program from a state: the entry point, the last place, and the last handlers passed."""

    entry: EntryPoint
    thrown: RaisedError
    place: Place | None = None
    missed: tuple[MissedHandler, ...] = ()


class Move(NamedTuple):
    """A transition to another state.

    `place` is a step of the path, `label` what is called from then on (in the words of the program), `missed` the
    handlers that are passed. A move into a function with an argument has the `call` to which the function returns. A
    `by_reference` is where the function is not called but is a value, which may get lost.
    """

    to: At
    place: Place | None = None
    label: str | None = None
    missed: tuple[MissedHandler, ...] = ()
    call: DeferredValue | None = None
    by_reference: bool = False


class Transfer(NamedTuple):
    """What becomes of the exception in a state: the moves that it makes, and what is found there.

    `ended`: something catches it, or runs what raises it; `lost`: the value can't be followed any further; `followed`:
    the moves lead to something that surely runs the function; `far`: the files that have nothing to do with LangSmith
    and may run it; `taken`: a framework that runs it catches the exception; `cut`: more runs the function than is
    looked at for one exception.
    """

    moves: tuple[Move, ...] = ()
    ended: bool = False
    lost: bool = False
    unsure: bool = False
    followed: bool = False
    points: tuple[Point, ...] = ()
    caught: tuple[MissedHandler, ...] = ()
    held: tuple[MissedHandler, ...] = ()
    endings: tuple[Ending, ...] = ()
    entry: EntryPoint | None = None
    far: tuple[str, ...] = ()
    taken: bool = False
    cut: bool = False

    @property
    def dangles(self) -> bool:
        """Whether nothing is known of the exception from here on: it leads nowhere, and nothing ends it."""
        told = self.moves or self.ended or self.endings or self.entry is not None
        return self.lost or not told

    @classmethod
    def joined(cls, parts: Iterable[Transfer]) -> Transfer:
        """What several of them come to, in their order."""
        found = tuple(parts)
        return cls(
            moves=tuple(move for part in found for move in part.moves),
            ended=any(part.ended for part in found),
            lost=any(part.lost for part in found),
            unsure=any(part.unsure for part in found),
            points=tuple(point for part in found for point in part.points),
            endings=tuple(ending for part in found for ending in part.endings),
        )
