"""How far an exception gets within one function, and the handlers that it meets there."""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol

from lint_langsmith.analysis.exceptions.raised import RaisedError, Verdict
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File

# What is left of an exception that gets no further.
_NO_MORE: Final = RaisedError(())


class MissedHandler(NamedTuple):
    """A handler on the path that can't catch the exception.

    `grouped` when that is because it comes in a group, `wrapped` because it comes in an exception of that name.
    """

    file: File
    handler: ir.Handler
    owner: int
    grouped: bool = False
    wrapped: str = ""


class HandlersPassed(NamedTuple):
    """The handlers on a path: those that can't catch the exception, and those that keep it but for the last round."""

    missed: list[MissedHandler]
    held: list[MissedHandler]

    @classmethod
    def none(cls) -> HandlersPassed:
        """Nothing so far."""
        return cls([], [])

    def local(
        self,
        verdict: Verdict,
        scope: int,
        caught_by: MissedHandler | None = None,
        thrown: RaisedError = _NO_MORE,
    ) -> FunctionExit:
        """The end of the path."""
        return FunctionExit(
            verdict, scope, tuple(self.missed), tuple(self.held), caught_by, thrown
        )

    def add(self, further: FunctionExit) -> None:
        """Add the handlers within a function that stands around."""
        self.missed.extend(further.missed)
        self.held.extend(further.held)


class FunctionExit(NamedTuple):
    """How far an exception gets within one function: `scope` is the function it leaves, when it does.

    `swallowed_by` is the row of the `with` whose managers swallow it.
    """

    verdict: Verdict
    scope: int
    missed: tuple[MissedHandler, ...]
    held: tuple[MissedHandler, ...] = ()
    caught_by: MissedHandler | None = None
    thrown: RaisedError = _NO_MORE
    swallowed_by: int = -1


class FollowLocally(Protocol):
    """Follows an exception that is raised in a block to the end of its function."""

    def __call__(self, file: File, block: int, thrown: RaisedError, /) -> FunctionExit:
        """The end of the path."""
