"""Which exceptions the policy of a retry mechanism retries: tenacity, backoff, stamina, retry, celery, langchain."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.exceptions.raised import (
    RaisedError,
    Verdict,
    agreed,
    all_of,
    one_of,
    opposite,
)
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Placed, last_name
from lint_langsmith.analysis.values.abstract import (
    ClassRef,
    ExternalAttribute,
    ExternalName,
    FunctionRef,
    Group,
    Value,
    Values,
)
from lint_langsmith.analysis.values.bindings import lookup

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluator import Evaluator


class RetryPolicies:
    """Judges the policies of retry mechanisms in one project."""

    def __init__(
        self,
        values: Evaluator,
        *,
        catches: Callable[[Values, tuple[str, ...]], Verdict],
        says: Callable[[FunctionRef, RaisedError], Verdict],
    ) -> None:
        """`catches` says whether one of some classes is a base of an exception, `says` what a function gives for it."""
        self._values = values
        self._catches = catches
        self._says = says

    def retries(
        self, mechanism: Value, file: File, call: ir.Call, mro: tuple[str, ...]
    ) -> Verdict:
        """Whether a mechanism that a call makes runs what raises such an exception again; "no" for anything else."""
        judge = _MECHANISMS.get(mechanism.name) if isinstance(mechanism, ExternalName) else None
        if judge is not None:
            return judge(self, file, call, mro)
        return self._celery(file, call, mro) if _is_celery_task(mechanism) else "no"

    def label(self, mechanism: Value) -> str:
        """A mechanism as messages name it."""
        known = isinstance(mechanism, ExternalName) and mechanism.name in _MECHANISMS
        return (
            mechanism.name.partition(".")[0]
            if isinstance(mechanism, ExternalName) and known
            else "`autoretry_for`"
        )

    def made_by(self, file: File, decorator: ir.Expr, place: Placed) -> ir.Call | None:
        """The call that makes a decorator: it stands there, or under a name of the file."""
        if isinstance(decorator, ir.Name):
            found = [binding.value for binding in lookup(file, decorator.id, place)]
            decorator = found[0] if len(found) == 1 and found[0] is not None else decorator
        return file.model.calls[decorator.site] if isinstance(decorator, ir.CallRef) else None

    def _classes(
        self, file: File, expr: ir.Expr, call: ir.Call, mro: tuple[str, ...]
    ) -> Verdict:
        """Whether an expression names a class, or a tuple of classes, that the exception is one of."""
        values = self._values.of(file, expr, file.place(call))
        return agreed(self._class(value, mro) for value in values)

    def _class(self, value: Value, mro: tuple[str, ...]) -> Verdict:
        if isinstance(value, FunctionRef):
            return self._says(value, RaisedError(mro))
        known = isinstance(value, (ExternalName, ClassRef, Group))
        return self._catches((value,), mro) if known else "unsure"

    def by_class(
        self, call: ir.Call, file: File, mro: tuple[str, ...], keyword: str
    ) -> Verdict:
        """Retries everything, unless a keyword names the classes."""
        expr = keyword_argument(call, keyword)
        if keyword_argument(
            call, "stop_after_attempt", "max_attempts", "attempts", "tries", "max_tries"
        ) == ir.Constant("1"):
            return "no"
        return "yes" if expr is None else self._classes(file, expr, call, mro)

    def _tenacity(self, file: File, call: ir.Call, mro: tuple[str, ...]) -> Verdict:
        return (
            "no"
            if self._stops_at_once(file, keyword_argument(call, "stop"))
            else self.asks_again(file, call, mro)
        )

    def asks_again(self, file: File, call: ir.Call, mro: tuple[str, ...]) -> Verdict:
        """Whether the predicate in a call of tenacity asks for another attempt after the exception."""
        predicate = keyword_argument(call, "retry")
        return (
            "yes"
            if predicate is None
            else self._predicate(file, predicate, file.place(call), mro)
        )

    def _stops_at_once(self, file: File, stop: ir.Expr | None) -> bool:
        if not isinstance(stop, ir.CallRef):
            return False
        call = file.model.calls[stop.site]
        return last_name(call.func) == "stop_after_attempt" and [
            arg.value for arg in call.args
        ] == [ir.Constant("1")]

    def _predicate(
        self, file: File, expr: ir.Expr, place: Placed, mro: tuple[str, ...]
    ) -> Verdict:
        """Whether a predicate of tenacity says to try again."""
        if isinstance(expr, ir.Binary) and expr.op == "|":
            return one_of(
                [self._predicate(file, part, place, mro) for part in (expr.left, expr.right)]
            )
        call = self.made_by(file, expr, place)
        if call is None:
            return "unsure"
        names = {
            value.name.rpartition(".")[2]
            for value in self._values.of(file, call.func, file.place(call))
            if isinstance(value, ExternalName) and value.name.startswith("tenacity.")
        }
        return self._named(names.pop(), file, call, mro) if len(names) == 1 else "unsure"

    def _named(self, name: str, file: File, call: ir.Call, mro: tuple[str, ...]) -> Verdict:
        if name in {"retry_if_result", "retry_if_not_result"}:
            return "no"
        if name in {"retry_any", "retry_all"}:
            verdicts = [
                self._predicate(file, arg.value, file.place(call), mro) for arg in call.args
            ]
            return one_of(verdicts) if name == "retry_any" else all_of(verdicts)
        known = {"retry_if_exception", "retry_if_exception_type"}
        if name not in known | {"retry_if_not_exception_type", "retry_unless_exception_type"}:
            return "unsure"
        expr = call.args[0].value if call.args else None
        named: Verdict = "yes" if expr is None else self._classes(file, expr, call, mro)
        return named if name in known else opposite(named)

    def _backoff(self, file: File, call: ir.Call, mro: tuple[str, ...]) -> Verdict:
        expr = keyword_argument(call, "exception") or _positional(call, 1)
        giveup = keyword_argument(call, "giveup")
        if expr is None:
            return "unsure"
        if keyword_argument(call, "max_tries") == ir.Constant("1"):
            return "no"
        given_up: Verdict = (
            self._classes(file, giveup, call, mro) if giveup is not None else "no"
        )
        return all_of([self._classes(file, expr, call, mro), opposite(given_up)])

    def backoff_takes(self, file: File, call: ir.Call, mro: tuple[str, ...]) -> Verdict:
        """Whether the classes that `backoff.on_exception` is told catch the exception, tried again or given up."""
        expr = keyword_argument(call, "exception") or _positional(call, 1)
        return "unsure" if expr is None else self._classes(file, expr, call, mro)

    def _stamina(self, file: File, call: ir.Call, mro: tuple[str, ...]) -> Verdict:
        expr = keyword_argument(call, "on") or _positional(call, 0)
        if expr is None or keyword_argument(call, "attempts") == ir.Constant("1"):
            return "unsure"
        return self._classes(file, expr, call, mro)

    def _retry(self, file: File, call: ir.Call, mro: tuple[str, ...]) -> Verdict:
        expr = keyword_argument(call, "exceptions") or _positional(call, 0)
        if keyword_argument(call, "tries") == ir.Constant("1"):
            return "no"
        return "yes" if expr is None else self._classes(file, expr, call, mro)

    def _celery(self, file: File, call: ir.Call, mro: tuple[str, ...]) -> Verdict:
        expr, but = (
            keyword_argument(call, "autoretry_for"),
            keyword_argument(call, "dont_autoretry_for"),
        )
        if expr is None:
            return "no"
        if but is not None and self._classes(file, but, call, mro) != "no":
            return "no"
        return self._classes(file, expr, call, mro)


def _is_celery_task(callee: Value) -> bool:
    if isinstance(callee, ExternalAttribute):
        cls = callee.receiver.cls
        return (
            callee.name == "task"
            and isinstance(cls, ExternalName)
            and cls.name.startswith("celery.")
        )
    return isinstance(callee, ExternalName) and callee.name == "celery.shared_task"


def keyword_argument(call: ir.Call, *names: str) -> ir.Expr | None:
    """The value of the first argument of a call that goes by one of these names."""
    return next((arg.value for arg in call.args if arg.keyword in names), None)


def _positional(call: ir.Call, index: int) -> ir.Expr | None:
    given = [arg for arg in call.args if arg.keyword is None and not arg.stars]
    return given[index].value if index < len(given) else None


_Judge = Callable[[RetryPolicies, File, ir.Call, "tuple[str, ...]"], "Verdict"]
_MECHANISMS: Final[dict[str, _Judge]] = {
    **dict.fromkeys(
        ("tenacity.retry", "tenacity.Retrying", "tenacity.AsyncRetrying"),
        RetryPolicies._tenacity,  # noqa: SLF001 - the table belongs to the class
    ),
    "backoff.on_exception": RetryPolicies._backoff,  # noqa: SLF001 - likewise
    **dict.fromkeys(("stamina.retry", "stamina.retry_context"), RetryPolicies._stamina),  # noqa: SLF001 - likewise
    **dict.fromkeys(("retry.retry", "retry.api.retry", "retry2.retry"), RetryPolicies._retry),  # noqa: SLF001 - likewise
}
