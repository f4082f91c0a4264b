"""What leaves a retry mechanism that gives up: the exception itself, one of the mechanism's own, or none at all.

Found by running them: tenacity 9.2 raises `RetryError` behind the last attempt (be it the only one), the exception
itself with `reraise=True` or where its predicate does not ask for another attempt, nothing with
`retry_error_callback`; without `stop` it goes on for ever. backoff 2.2, stamina 26.1, retry 0.9 and the `with_retry` of
langchain-core 1.7 raise the exception itself, backoff nothing with `raise_on_giveup=False`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Placed
from lint_langsmith.analysis.values.abstract import (
    ExternalName,
    FunctionRef,
    Instance,
    Outcome,
    Value,
)

if TYPE_CHECKING:
    from lint_langsmith.analysis.exceptions.raised import RaisedError, Verdict
    from lint_langsmith.analysis.exceptions.retry_policies import RetryPolicies
    from lint_langsmith.analysis.values.evaluator import Evaluator

RETRY_ERROR: Final = "tenacity.RetryError"
_RETRY_ERROR_MRO: Final = (RETRY_ERROR, "builtins.Exception", "builtins.BaseException")
_TENACITY: Final = frozenset({"tenacity.retry", "tenacity.Retrying", "tenacity.AsyncRetrying"})
_ATTEMPTS: Final = _TENACITY | {"stamina.retry_context"}
# Methods of the state that tenacity's callback gets which raise what the last attempt raised.
_RAISING: Final = frozenset({"result", "reraise"})


class Attempt(NamedTuple):
    """The loop of `for attempt in Retrying(…): with attempt:`, and the call that makes what it goes through."""

    loop: int
    maker: int


class RetryOutcome:
    """Judges in one project what gets out of retry mechanisms."""

    def __init__(self, values: Evaluator, policies: RetryPolicies) -> None:
        """`values` resolves names."""
        self._values = values
        self._policies = policies

    def of_decorator(
        self, file: File, decorator: ir.Expr, place: Placed, thrown: RaisedError
    ) -> tuple[Verdict, RaisedError]:
        """Whether a decorator keeps what its function raises to itself, and what it raises otherwise."""
        made = self._policies.made_by(file, decorator, place)
        if made is not None:
            return self._of_maker(file, made, thrown)
        endless = ExternalName("tenacity.retry") in self._values.of(file, decorator, place)
        return ("yes" if endless else "no"), thrown

    def of_call(
        self, file: File, call: ir.Call, callees: Sequence[Value], thrown: RaisedError
    ) -> tuple[Verdict, RaisedError]:
        """The same for a call that gets the function: `Retrying(…)(function)`, `retry(…)(function)`."""
        for callee in callees:
            if isinstance(callee, Instance) and callee.origin is not None:
                home, site = callee.origin
                return self._of_maker(home, home.model.calls[site], thrown)
        made = self._policies.made_by(file, call.func, file.place(call))
        return self._of_maker(file, made, thrown) if made is not None else ("no", thrown)

    def of_attempt(
        self, file: File, attempt: Attempt, thrown: RaisedError
    ) -> tuple[Verdict, RaisedError]:
        """The same for a loop over attempts, which raises where it goes on to the next one."""
        return self._of_maker(file, file.model.calls[attempt.maker], thrown)

    def attempt(self, file: File, owner: int) -> Attempt | None:
        """The loop that a `with` statement is an attempt of; None for any other `with`."""
        row = file.model.withs[owner]
        managers = {manager.id for manager, _ in row.items if isinstance(manager, ir.Name)}
        for block in file.block_chain(row.body) if managers else ():
            loop = (
                file.model.loops[file.model.blocks[block].owner]
                if file.model.blocks[block].kind == "loop"
                else None
            )
            if loop is None or not isinstance(loop.iter, ir.CallRef):
                continue
            bound = file.rows_by_block.bindings({block})
            if any(row.name in managers and row.value == loop.iter for row in bound):
                callees = self._values.callee(file, loop.iter.site)
                known = any(
                    isinstance(callee, ExternalName) and callee.name in _ATTEMPTS
                    for callee in callees
                )
                return Attempt(block, loop.iter.site) if known else None
        return None

    def _of_maker(
        self, file: File, call: ir.Call, thrown: RaisedError
    ) -> tuple[Verdict, RaisedError]:
        names = {
            value.name
            for value in self._values.of(file, call.func, file.place(call))
            if isinstance(value, ExternalName)
        }
        given = {arg.keyword: arg.value for arg in call.args}
        if names & _TENACITY:
            return self._tenacity(file, call, given, thrown)
        quiet = "backoff.on_exception" in names and given.get("raise_on_giveup") == ir.Constant(
            "False"
        )
        verdict = self._policies.backoff_takes(file, call, thrown.outer) if quiet else "no"
        return verdict, thrown

    def _tenacity(
        self, file: File, call: ir.Call, given: dict[str | None, ir.Expr], thrown: RaisedError
    ) -> tuple[Verdict, RaisedError]:
        again = self._policies.asks_again(file, call, thrown.outer)
        if again == "no" or any(arg.stars for arg in call.args):
            return ("unsure" if again != "no" else "no"), thrown
        callback = given.get("retry_error_callback")
        if callback is not None:
            return (
                "yes" if again == "yes" and self._is_quiet(file, callback, call) else "unsure"
            ), thrown
        if "stop" not in given and not any(arg.keyword is None for arg in call.args):
            return again, thrown  # for ever
        reraise = given.get("reraise", ir.Constant("False"))
        if reraise == ir.Constant("True"):
            return "no", thrown
        told = again == "yes" and reraise == ir.Constant("False")
        return "no", thrown.wrapped(_RETRY_ERROR_MRO, sure=told)

    def _is_quiet(self, file: File, callback: ir.Expr, call: ir.Call) -> bool:
        """Whether a function is of the project and does not raise what the last attempt raised."""
        functions = self._values.of(file, callback, file.place(call))
        return all(
            isinstance(value, FunctionRef) and not self._raises(value) for value in functions
        )

    def _raises(self, function: FunctionRef) -> bool:
        file = function.file
        return any(
            file.function_of(row.scope) == function.scope for row in file.model.raises
        ) or any(
            file.function_of(file.model.calls[site].scope) == function.scope
            for name in _RAISING
            for site in file.calls_by_name.get(name, ())
        )


def makes_retrying(callees: Sequence[Value]) -> bool:
    """Whether a call gives a function that is tried again: `retry(…)(function)`."""
    return Outcome(ExternalName("tenacity.retry")) in callees
