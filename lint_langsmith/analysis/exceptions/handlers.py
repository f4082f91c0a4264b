"""What an exception meets on its way out of one function: handlers, `finally`, context managers, decorators.

This module follows it from block to block; `handler_classes.py` has which classes something catches,
`context_managers.py` and `decorators.py` what stands around a body or a function.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis import limits
from lint_langsmith.analysis.exceptions.asked_first import is_asked_first
from lint_langsmith.analysis.exceptions.context_managers import ContextManagers
from lint_langsmith.analysis.exceptions.decorators import Decorators
from lint_langsmith.analysis.exceptions.fallbacks import falls_back
from lint_langsmith.analysis.exceptions.function_exit import (
    FunctionExit,
    HandlersPassed,
    MissedHandler,
)
from lint_langsmith.analysis.exceptions.handler_classes import HandlerClasses
from lint_langsmith.analysis.exceptions.handler_effect import HandlerEffect
from lint_langsmith.analysis.exceptions.kept_errors import is_raised_again
from lint_langsmith.analysis.exceptions.passed_arguments import Passed, passed_at
from lint_langsmith.analysis.exceptions.predicate_subject import Asked
from lint_langsmith.analysis.exceptions.predicates import Predicates
from lint_langsmith.analysis.exceptions.raised import GROUP, RaisedError, Verdict, opposite
from lint_langsmith.analysis.exceptions.retry_outcome import RETRY_ERROR, RetryOutcome
from lint_langsmith.analysis.exceptions.retry_policies import RetryPolicies
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Place
from lint_langsmith.analysis.project.place import LATEST
from lint_langsmith.analysis.values.abstract import ClassRef, FunctionRef, Value, function_of
from lint_langsmith.analysis.values.functions import constructor_of
from lint_langsmith.remembered import remembered

if TYPE_CHECKING:
    from lint_langsmith.analysis.exceptions.deferred import DeferredValue
    from lint_langsmith.analysis.values.evaluator import Evaluator

# How a `finally` ends that throws the exception away.
_DISCARDING: Final = frozenset({"return", "break", "continue"})


class FunctionHandlers:
    """Judges what may catch an exception in one project."""

    def __init__(self, values: Evaluator, passed: Passed | None = None) -> None:
        """`values` resolves names; `passed` has the arguments of a function that is judged as it is called once."""
        self._values = values
        self.classes = HandlerClasses(values, passed or {})
        self.any_catches = self.classes.any_catches
        self._predicates = Predicates(values, self.any_catches, self.classes.named)
        self.policies = RetryPolicies(values, catches=self.any_catches, says=self._says)
        self.exhaustion = RetryOutcome(values, self.policies)

    @functools.cached_property
    def managers(self) -> ContextManagers:
        """The same for context managers."""
        return ContextManagers(
            self._values,
            self.classes,
            self._predicates,
            self.local,
            lambda value, file, site: self._as_called(value, file, site).managers,
        )

    @functools.cached_property
    def decorators(self) -> Decorators:
        """The same for decorators."""
        return Decorators(
            self._values,
            self.managers,
            self.exhaustion,
            self.local,
            lambda value, file, site: self._as_called(value, file, site).decorators,
        )

    def _as_called(self, value: Value, file: File, site: int | None) -> FunctionHandlers:
        """The handlers of a function or class of the project, which may name what is passed to it by a call."""
        function = constructor_of(value) if isinstance(value, ClassRef) else function_of(value)
        if site is None or function is None:
            return self
        passed = passed_at(self._values, function, file, site)
        return FunctionHandlers(self._values, passed) if passed else self

    def _says(self, predicate: FunctionRef, thrown: RaisedError) -> Verdict:
        """Whether a function returns something true for an exception, its first argument."""
        file = predicate.file
        params = file.model.scopes[predicate.scope].params
        names = frozenset(row.name for row in params)
        place = Place(predicate.scope, -1, 0)
        return self._predicates.given(predicate, Asked(file, place, thrown, names))

    def is_asked_first(self, file: File, site: int, thrown: RaisedError) -> bool:
        """Whether a call takes the result of a future only where the future has not failed."""
        return is_asked_first(file, site, thrown, self._predicates)

    def is_raised_again(self, held: DeferredValue, thrown: RaisedError) -> Verdict:
        """Whether `raise error` of a kept exception is reached: tests of the exception stand around it, if any."""
        return is_raised_again(held, thrown, self._predicates)

    def falls_back(self, file: File, site: int, thrown: RaisedError) -> Verdict:
        """Whether another runnable takes over where the one that a call makes raises the exception."""
        return falls_back(file, site, thrown, self._values, self.any_catches)

    # -- one function ------------------------------------------------------------------------------------------------

    def order_that_counts(self, file: File, block: int, order: int) -> int:
        """When something is raised, where that matters: in a block of an `ExitStack`, on which managers are put."""
        return order if self._is_in_stack(file, block) else LATEST

    @remembered
    def _is_in_stack(self, file: File, block: int) -> bool:
        for around in file.block_chain(block):
            row = file.model.blocks[around]
            if row.kind == "scope" and _is_left(file, row.owner):
                return False
            if row.kind == "with" and self.managers.is_stack(file, row.owner):
                return True
        return False

    @remembered
    def local(
        self, file: File, block: int, thrown: RaisedError, order: int = LATEST
    ) -> FunctionExit:
        """Follow an exception that is raised in `block` to the end of its function, or of the module.

        A generator expression is a function in this: what is raised in it leaves it where it is iterated. All calls of
        a block meet the same, but where an `order` says when it is raised, before something that would catch it.
        """
        met = HandlersPassed.none()
        while block >= 0:
            row = file.model.blocks[block]
            if row.kind in {"try", "handler", "try-else"} and _discards(file, row.owner):
                return met.local("yes", -1)
            if row.kind == "try":
                found, thrown = self._try(file, row.owner, thrown, met)
                if found is not None:
                    return found
            elif row.kind == "with":
                attempt = self.exhaustion.attempt(file, row.owner)
                if attempt is not None:
                    verdict, thrown = self.exhaustion.of_attempt(file, attempt, thrown)
                    row = file.model.blocks[attempt.loop]
                else:
                    verdict = self.managers.swallow(file, row.owner, thrown, met, order)
                if verdict != "no":
                    return met.local(verdict, -1)._replace(swallowed_by=row.owner)
                thrown = thrown.put(self.managers.makes_groups(file, block))
            elif row.kind == "scope" and _is_left(file, row.owner):
                return met.local("no", row.owner, thrown=thrown)
            block = row.parent
        return met.local("no", 0, thrown=thrown)

    def _try(
        self, file: File, owner: int, thrown: RaisedError, met: HandlersPassed
    ) -> tuple[FunctionExit | None, RaisedError]:
        """What the handlers of one try do with the exception; None when it goes on outwards, as what comes with it."""
        statement = file.model.tries[owner]
        # `except*` looks into a group, `except` at the group itself.
        hidden = thrown.grouped and not statement.star
        seen = RaisedError(GROUP) if hidden else thrown
        for handler in statement.handlers[: limits.HANDLERS]:
            verdict = self.classes.catches_raised(file, handler, seen)
            if verdict == "no":
                met.missed.append(self._missed(file, handler, owner, thrown, hidden=hidden))
                continue
            if verdict == "unsure":
                return met.local("unsure", -1), thrown
            effect = HandlerEffect(self._predicates, file, handler, thrown)
            goes_on = effect.goes_on()
            if goes_on != "yes":
                caught_by = MissedHandler(file, handler, owner) if goes_on == "no" else None
                return met.local(opposite(goes_on), -1, caught_by), thrown
            if effect.tries_again():
                met.held.append(MissedHandler(file, handler, owner))
            return None, thrown._replace(grouped=True) if statement.star else thrown
        if len(statement.handlers) > limits.HANDLERS:
            return met.local("unsure", -1), thrown
        return None, thrown

    def _missed(
        self, file: File, handler: ir.Handler, owner: int, thrown: RaisedError, *, hidden: bool
    ) -> MissedHandler:
        grouped = hidden and self.classes.catches(file, handler, thrown.mro) == "yes"
        wrapped = RETRY_ERROR if RETRY_ERROR in thrown.mro else ""
        return MissedHandler(file, handler, owner, grouped, wrapped)

    def around_yield(self, function: FunctionRef, thrown: RaisedError) -> Verdict:
        """Whether a generator catches what is raised at its `yield`."""
        return self.managers.around_yield(function, thrown)


def _discards(file: File, owner: int) -> bool:
    """Whether the `finally` of a `try` throws the exception away."""
    finalbody = file.model.tries[owner].finalbody
    return finalbody >= 0 and file.model.blocks[finalbody].ends in _DISCARDING


def _is_left(file: File, scope: int) -> bool:
    """Whether an exception leaves a function where it leaves a scope."""
    row = file.model.scopes[scope]
    if row.kind == "comprehension":
        return row.name == "generator"
    return row.kind in {"function", "lambda"}
