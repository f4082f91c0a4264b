"""Answers that are remembered, to questions that may lead back to themselves.

A question is a key that says all that its answer depends on: a file, and in it an expression with the place where it
is asked about, a binding, a function. A key holds what it names, so that it never stands for anything else later on
(the address of an object would: it is given to another object as soon as the first is gone).

**Cycles.** A program is full of them: `x = x.next` in a loop, functions that call each other. A question that is asked
again while it is being answered is *cut off*: it is given `bottom` there, whatever the asker takes for "not known".
What was found behind a cut is *partial*: it holds under the question at which the cut was made, the *head* of the
cycle, and is given to whoever asks for it again until the head is answered; then it is forgotten. (Without it, each of
the n statements `query = query.filter(x)` in the branches of a loop would be followed along all 2ⁿ paths.) The answer
of a head is whole and is remembered. With it the other members of the cycle (of the strongly connected component of
the graph of questions) are computed once more, each from what is known of the others by then, and remembered too: so
a component costs what its edges cost, however many of its members are asked about.

**Order.** An answer must not depend on what was asked before, so each cycle has one member that is always its head,
whoever is asked: the least in the order of `rank`.

**Depth.** Each question that leads to another takes some of the stack; a long chain of them goes on on further stacks
(`stack.py`). What is too deep even for those is cut off.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from lint_langsmith.analysis.limits import LEVELS
from lint_langsmith.analysis.stack import StackExhaustedError, on_new_stack
from lint_langsmith.interruption import raise_if_interrupted
from lint_langsmith.source.files import ExhaustedError

_UNCUT: Final = sys.maxsize

# A question as it is answered: what is put into collections is left out in some (see `Memo.is_filling`).
Key: TypeAlias = Hashable
_Asked: TypeAlias = "tuple[Key, bool]"
Answers: TypeAlias = "dict[Key, Any]"


class _Question(NamedTuple):
    """A question, what stands for its answer where it is cut off, and how it is answered."""

    asked: _Asked
    bottom: Any
    compute: Callable[..., Any]
    arguments: tuple[Any, ...]


class _Partial(NamedTuple):
    """What was found behind a cut, how deep its head is, whether it is the view's own, and of which question."""

    found: Any
    cut_at: int
    is_own: bool
    question: _Question


class Memo:
    """The answers of one view of a project.

    Most are the same in whichever files an answer may look: those are `shared` with the other views. While it
    computes, a question says by `depend_on_view` that its answer depends on the view.
    """

    def __init__(
        self,
        shared: Answers,
        rank: Callable[[Key], Any],
        contain: Callable[[Key, Exception], None] | None = None,
    ) -> None:
        """`shared` has the answers of all views; `rank` puts the members of a cycle into an order of their own.

        `contain` takes note of a question that could not be answered, which is cut off; without it the failure goes on.
        """
        self.shared = shared
        self.is_own = False
        # What is put into a collection is evaluated without what is put into others: with it, each of the many
        # collections of a program would lead to all of them. Both are remembered, each for itself.
        self.is_filling = False
        self._rank = rank
        self._contain = contain
        self._own: tuple[Answers, Answers] = ({}, {})
        # What is being answered, each with its depth; the least deep of it that was asked for again.
        self._running: dict[_Asked, int] = {}
        self._cut_at = _UNCUT
        self._partial: dict[_Asked, _Partial] = {}
        # What is known so far of the members of a cycle whose head has been answered.
        self._settling: dict[_Asked, Any] = {}
        self._levels = 0

    def known(self, key: Key) -> Any:
        """The answer of this view's own that is remembered; None where there is none."""
        found = self._own[self.is_filling].get(key)
        if found is not None:
            self.is_own = True
        return found

    def depend_on_view(self) -> None:
        """Say of the question that is being answered that its answer depends on the view."""
        self.is_own = True

    @contextlib.contextmanager
    def filling(self) -> Iterator[None]:
        """Answer what is asked meanwhile without what is put into collections."""
        self.is_filling = True
        try:
            yield
        finally:
            self.is_filling = False

    @property
    def is_free(self) -> bool:
        """Whether nothing is partial: what is put together of whole answers is whole."""
        return not self._partial

    def ask(self, key: Key, bottom: Any, compute: Callable[..., Any], *arguments: Any) -> Any:
        """The answer to a question, remembered: `compute(*arguments)`, or `bottom` where it can't be followed.

        An answer is never None.
        """
        known = self.shared.get(key)
        if known is None:
            known = self.known(key)
        if known is not None:
            return known
        asked = (key, self.is_filling)
        if asked in self._settling:
            self._cut_at = 0
            return self._settling[asked]
        if asked in self._running or asked in self._partial:
            return self._cut_off(asked, bottom)
        question = _Question(asked, bottom, compute, arguments)
        return (
            self._answer(question)
            if self._levels < LEVELS
            else self._answer_on_new_stack(question)
        )

    def whole(self, compute: Callable[..., Any], *arguments: Any) -> tuple[Any, bool]:
        """What is computed from answers, and whether it holds for good: none of them was cut off on the way."""
        cut_before, self._cut_at = self._cut_at, _UNCUT
        try:
            found = compute(*arguments)
            return found, self._cut_at == _UNCUT
        finally:
            self._cut_at = min(cut_before, self._cut_at)

    def _answer_on_new_stack(self, question: _Question) -> Any:
        levels, self._levels = self._levels, 0
        try:
            return on_new_stack(self._answer, question)
        except StackExhaustedError:
            return question.bottom
        finally:
            self._levels = levels

    def _order(self, asked: _Asked) -> tuple[Any, bool]:
        return self._rank(asked[0]), asked[1]

    def _answer(self, question: _Question, *, is_least: bool = False) -> Any:
        asked, depth = question.asked, len(self._running)
        cut_before, was_own = self._cut_at, self.is_own
        self._cut_at, self.is_own = _UNCUT, False
        self._running[asked] = depth
        partial = len(self._partial)
        self._levels += 1
        try:
            found = self._computed(question)
        except BaseException:
            self._closed(partial)
            self._cut_at, self.is_own = cut_before, was_own
            raise
        finally:
            self._levels -= 1
            del self._running[asked]
        cut_at, is_own = self._cut_at, self.is_own
        is_whole = cut_at >= depth
        self._cut_at = cut_before if is_whole else min(cut_before, cut_at)
        self.is_own = is_own or was_own
        if not is_whole:
            self._partial[asked] = _Partial(found, cut_at, is_own, question)
            return found
        members = self._closed(partial)
        if members and not is_least:
            least = min((*members, asked), key=self._order)
            if least != asked:
                return self._after(members[least].question, question)
        is_own = is_own or any(member.is_own for member in members.values())
        self._remember(asked, found, is_own=is_own)
        if members:
            self.is_own = self._settle(members, is_own=is_own) or self.is_own
        return found

    def _computed(self, question: _Question) -> Any:
        try:
            return question.compute(*question.arguments)
        except ExhaustedError:
            raise
        except Exception as error:
            raise_if_interrupted()
            if self._contain is None:
                raise
            self._contain(question.asked[0], error)
            return question.bottom

    def _remember(self, asked: _Asked, found: Any, *, is_own: bool) -> None:
        (self._own[asked[1]] if is_own else self.shared)[asked[0]] = found

    def _settle(self, members: Mapping[_Asked, _Partial], *, is_own: bool) -> bool:
        """Compute the members of a cycle once more, now that the answer of its head is known, and remember them.

        The result says whether they are the view's own. What is asked meanwhile is asked as if from outside: it may
        not lean on what is just being answered.
        """
        outside = (
            self._running,
            self._partial,
            self._settling,
            self._cut_at,
            self.is_own,
            self.is_filling,
        )
        self._settling = {
            **self._settling,
            **{asked: partial.found for asked, partial in members.items()},
        }
        self.is_own = is_own
        self._levels += 1
        try:
            for asked, partial in members.items():
                self._running, self._partial, self.is_filling = {asked: 0}, {}, asked[1]
                self._settling[asked] = self._computed(partial.question)
            for asked in members:
                self._remember(asked, self._settling[asked], is_own=self.is_own)
            return self.is_own
        finally:
            self._levels -= 1
            (
                self._running,
                self._partial,
                self._settling,
                self._cut_at,
                self.is_own,
                self.is_filling,
            ) = outside

    def _closed(self, partial: int) -> dict[_Asked, _Partial]:
        """Forget what was partial under a question that has been answered: the members of its cycle, in their order."""
        members: list[tuple[_Asked, _Partial]] = []
        while len(self._partial) > partial:
            members.append(self._partial.popitem())
        return dict(reversed(members))

    def _after(self, least: _Question, question: _Question) -> Any:
        """Answer the least question of a cycle, and with it the others; then the one that was asked is known."""
        filling = self.is_filling
        self.is_filling = least.asked[1]
        try:
            self._answer(least, is_least=True)
        finally:
            self.is_filling = filling
        known = self.shared.get(question.asked[0])
        if known is None:
            known = self.known(question.asked[0])
        return self._answer(question) if known is None else known

    def _cut_off(self, asked: _Asked, bottom: Any) -> Any:
        """What stands for an answer that is not to be had until the head of its cycle is answered."""
        depth = self._running.get(asked)
        if depth is not None:
            self._cut_at = min(self._cut_at, depth)
            return bottom
        partial = self._partial[asked]
        self._cut_at, self.is_own = (
            min(self._cut_at, partial.cut_at),
            self.is_own or partial.is_own,
        )
        return partial.found
