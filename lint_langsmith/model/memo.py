"""Answers that are remembered, to questions that may lead back to themselves.

A question is a key that says all that its answer depends on: a file, and in it an expression with the place where it
is asked about, a binding, a function. A key holds what it names, so that it never stands for anything else later on
(the address of an object would: it is given to another object as soon as the first is gone).

**Cycles.** A program is full of them: `x = x.next` in a loop, functions that call each other. A question that is asked
again while it is being answered is *cut off*: it is given `bottom` there, whatever the asker takes for "not known".
What was found behind a cut is *partial*: it holds under the question at which the cut was made, the *head* of the
cycle, and is given to whoever asks for it again until the head is answered; then it is forgotten. (Without it, each of
the n statements `query = query.filter(x)` in the branches of a loop would be followed along all 2ⁿ paths.) The answer
of a head is whole and is remembered.

**Order.** An answer must not depend on what was asked before. The members of a cycle (a strongly connected component
of the graph of questions) see each other one unfolding further than the first of them that was asked, so each cycle
has one member that is always answered first, whoever is asked: the least in the order of `rank`. With it known, what
is left of the component falls into smaller ones, to which the same applies.

**Depth.** A chain of questions that is longer than `limit` is cut as well: its end is `bottom`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Final, NamedTuple, TypeAlias

# Questions that lead to each other, one deeper than the other. Programs that people write need some 60; each takes up
# to ten frames of Python's stack, which `judge` makes large enough.
DEPTH: Final = 120
_UNCUT: Final = DEPTH + 2

# A question as it is answered: what is put into collections is left out in some (see `Memo.is_filling`).
Key: TypeAlias = Hashable
_Asked: TypeAlias = "tuple[Key, bool]"
Answers: TypeAlias = "dict[Key, Any]"


class _Partial(NamedTuple):
    """What was found behind a cut, how deep its head is, whether it is the view's own, and how it was computed."""

    found: Any
    cut_at: int
    is_own: bool
    compute: Callable[..., Any]
    arguments: tuple[Any, ...]
    bottom: Any


class Memo:
    """The answers of one view of a project.

    Most are the same in whichever files an answer may look: those are `shared` with the other views. While it
    computes, a question says by `is_own = True` that its answer depends on the view.
    """

    def __init__(self, shared: Answers, rank: Callable[[Key], Any]) -> None:
        """`shared` has the answers of all views; `rank` puts the members of a cycle into an order of their own."""
        self.shared = shared
        self.is_own = False
        # What is put into a collection is evaluated without what is put into others: with it, each of the many
        # collections of a program would lead to all of them. Both are remembered, each for itself.
        self.is_filling = False
        self._rank = rank
        self._own: tuple[Answers, Answers] = ({}, {})
        # What is being answered, each with its depth; the least deep of it that was asked for again.
        self._running: dict[_Asked, int] = {}
        self._cut_at = _UNCUT
        self._partial: dict[_Asked, _Partial] = {}

    def known(self, key: Key) -> Any:
        """The answer of this view's own that is remembered; None where there is none."""
        found = self._own[self.is_filling].get(key)
        if found is not None:
            self.is_own = True
        return found

    @property
    def is_free(self) -> bool:
        """Whether nothing is partial and there is room to go deeper: what is asked now is answered whole."""
        return not self._partial and len(self._running) <= DEPTH

    def ask(self, key: Key, bottom: Any, compute: Callable[..., Any], *arguments: Any) -> Any:
        """The answer to a question, remembered: `compute(*arguments)`, or `bottom` where it can't be followed.

        An answer is never None.
        """
        known = self.shared.get(key)
        if known is None:
            known = self.known(key)
        if known is not None:
            return known
        asked, depth = (key, self.is_filling), len(self._running)
        if depth > DEPTH or asked in self._running or asked in self._partial:
            return self._cut_off(asked, bottom)
        return self._answer(asked, depth, bottom, compute, arguments, is_least=False)

    def _answer(  # noqa: PLR0913 - a question, how it is computed, and whether others must come first
        self,
        asked: _Asked,
        depth: int,
        bottom: Any,
        compute: Callable[..., Any],
        arguments: tuple[Any, ...],
        *,
        is_least: bool,
    ) -> Any:
        cut_before, was_own = self._cut_at, self.is_own
        self._cut_at, self.is_own = _UNCUT, False
        self._running[asked] = depth
        partial = len(self._partial)
        try:
            found = compute(*arguments)
        finally:
            del self._running[asked]
            cut_at, is_own = self._cut_at, self.is_own
            is_whole = cut_at >= depth or not depth
            self._cut_at = cut_before if cut_at >= depth else min(cut_before, cut_at)
            self.is_own = is_own or was_own
            members = self._closed(partial) if is_whole else {}
        if not is_whole:
            self._partial[asked] = _Partial(found, cut_at, is_own, compute, arguments, bottom)
            return found
        if not is_least and members:
            least = min(members, key=lambda member: (self._rank(member[0]), member[1]))
            if (self._rank(least[0]), least[1]) < (self._rank(asked[0]), asked[1]):
                return self._after(least, members[least], asked, depth, (bottom, compute, arguments))
        (self._own[asked[1]] if is_own else self.shared)[asked[0]] = found
        return found

    def _closed(self, partial: int) -> dict[_Asked, _Partial]:
        """Forget what was partial under a question that has been answered; it is of the same cycle."""
        members: dict[_Asked, _Partial] = {}
        while len(self._partial) > partial:
            asked, found = self._partial.popitem()
            members[asked] = found
        return members

    def _after(
        self,
        least: _Asked,
        how: _Partial,
        asked: _Asked,
        depth: int,
        question: tuple[Any, Callable[..., Any], tuple[Any, ...]],
    ) -> Any:
        """Answer the least question of a cycle, and then the one that was asked."""
        filling = self.is_filling
        self.is_filling = least[1]
        try:
            self._answer(least, depth, how.bottom, how.compute, how.arguments, is_least=True)
        finally:
            self.is_filling = filling
        bottom, compute, arguments = question
        return self._answer(asked, depth, bottom, compute, arguments, is_least=False)

    def _cut_off(self, asked: _Asked, bottom: Any) -> Any:
        """What stands for an answer that is not to be had until the question that runs at that depth is answered."""
        depth = self._running.get(asked)
        if depth is not None or len(self._running) > DEPTH:
            found, cut_at, is_own = bottom, -1 if depth is None else depth, False
        else:
            found, cut_at, is_own = self._partial[asked][:3]
        self._cut_at, self.is_own = min(self._cut_at, cut_at), self.is_own or is_own
        return found
