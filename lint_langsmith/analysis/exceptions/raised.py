"""An exception on its way, and what can be said of whether something is so: yes, no, or not to be told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple, TypeAlias

Verdict: TypeAlias = Literal["yes", "no", "unsure"]

# What is raised where several tasks fail together, and where `except*` lets something pass.
GROUP: Final = (
    *(
        "builtins.ExceptionGroup",
        "builtins.BaseExceptionGroup",
        "builtins.Exception",
        "builtins.BaseException",
    ),
)


class RaisedError(NamedTuple):
    """An exception: its class and bases by canonical name; `grouped` when it travels in an exception group.

    `or_mro` is what it may be instead, where what has wrapped it can't be told.
    """

    mro: tuple[str, ...]
    grouped: bool = False
    or_mro: tuple[str, ...] = ()

    @property
    def alternatives(self) -> tuple[tuple[str, ...], ...]:
        """The bases of each that it may be."""
        return (self.mro, self.or_mro) if self.or_mro else (self.mro,)

    @property
    def outer(self) -> tuple[str, ...]:
        """The bases by which `except` knows it: in a group, those of the group."""
        return GROUP if self.grouped else self.mro

    def put(self, grouped: bool) -> RaisedError:
        """The exception, in a group from now on if `grouped`."""
        return self._replace(grouped=self.grouped or grouped)

    def wrapped(self, mro: tuple[str, ...], *, sure: bool) -> RaisedError:
        """The exception in which something else, of these bases, has put this one; maybe, if that is not sure."""
        return RaisedError(mro, or_mro=() if sure else self.mro)


def one_of(verdicts: Iterable[Verdict]) -> Verdict:
    """What is yes if any is, and no if all are."""
    found = set(verdicts)
    return "yes" if "yes" in found else "unsure" if "unsure" in found else "no"


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """What is no if any is, and yes if all are."""
    found = set(verdicts)
    return "no" if "no" in found else "unsure" if "unsure" in found else "yes"


def agreed(verdicts: Iterable[Verdict]) -> Verdict:
    """What all say, if they say the same; nothing can be told where there is none."""
    found = set(verdicts)
    return found.pop() if len(found) == 1 else "unsure"


def opposite(verdict: Verdict) -> Verdict:
    """The other one of yes and no."""
    return "no" if verdict == "yes" else "yes" if verdict == "no" else "unsure"
