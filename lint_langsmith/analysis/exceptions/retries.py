"""Which retry mechanisms see an exception, and whether they try again after it.

Found by running them: tenacity 9.2, backoff 2.2, stamina 26.1, celery 5.7, langchain-core 1.7, langgraph 1.2 (whose
`default_retry_on` says yes to `LangSmithError`).
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith.analysis.exceptions.raised import Thrown, agreed, all_of, one_of, opposite
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Place, Placed, last_name
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.analysis.values.evaluator import ClassRef, FunctionRef, Group, Member, Symbol, Value
from lint_langsmith.findings import Span

if TYPE_CHECKING:
    from lint_langsmith.analysis.exceptions.outcome import Flow, Verdict
    from lint_langsmith.analysis.project.project import Project
    from lint_langsmith.analysis.sdk_use.clients import ApiCall

_MAX_FUNCTIONS: Final = 60


class Retry(NamedTuple):
    """Something that tries again. `names` what does it, `span` where it stands."""

    file: File
    span: Span
    names: str


class Retries:
    """Judges the retry mechanisms of one project."""

    def __init__(self, project: Project) -> None:
        """`project` resolves names."""
        self._project = project
        self._flow: Flow = project.flow

    @functools.cached_property
    def by_file(self) -> Mapping[str, Mapping[Retry, Sequence[ApiCall]]]:
        """By file, what runs a call again after its 403, each with the calls."""
        table: dict[str, dict[Retry, list[ApiCall]]] = defaultdict(dict)
        for call in self._project.api_calls():
            of_releases = functools.partial(self._in_releases, call)
            judged, *others = self._project.faults.contained(call.file.relative, [], of_releases) or [{}]
            for found in judged:
                if not all(found in other for other in others):
                    continue  # it does not try again in each of the project's releases
                table[found.file.relative].setdefault(found, []).append(call)
        return table

    def _in_releases(self, call: ApiCall) -> list[Mapping[Retry, None]]:
        return [dict.fromkeys(self._of_call(way)) for way in self._flow.ways(call)]

    def _of_call(self, call: ApiCall) -> Iterator[Retry]:
        """What the 403 of a call passes on its way out that runs it again."""
        mro = self._flow.error_mro(call)
        pending = [(point, Thrown(mro, point.grouped)) for point in self._flow.points(call) if not point.handed_on]
        left: set[FunctionRef] = set()
        while pending and len(left) < _MAX_FUNCTIONS:
            point, thrown = pending.pop()
            found = self._flow.guards.local(point.file, point.block, thrown)
            last = found.caught_by.file.model.tries[found.caught_by.owner].body if found.caught_by is not None else -1
            yield from self._around(point.file, point.block, last, thrown)
            function = FunctionRef(point.file, found.scope)
            if found.verdict != "no" or found.scope == 0 or function in left:
                continue
            left.add(function)
            # In a group it goes on as one; what a mechanism that has given up makes of it is not judged again.
            outer = Thrown(mro, found.thrown.grouped)
            yield from self._of_function(function, outer.outer)
            for caller, site in self._project.callers.sites(function):
                again = self._flow.returned_points(function, caller, site)
                pending.extend((at, outer.put(at.grouped)) for at in again if not at.handed_on)

    def _around(self, file: File, block: int, last: int, thrown: Thrown) -> Iterator[Retry]:
        """The retrying `with attempt:` blocks of its own function that an exception leaves, up to the block `last`."""
        for current in file.block_chain(block):
            row = file.model.blocks[current]
            if current == last or (row.kind == "scope" and file.model.scopes[row.owner].kind in {"function", "lambda"}):
                return
            if row.kind == "with":
                for manager, _ in file.model.withs[row.owner].items:
                    yield from self._attempt(file, manager, current, thrown.outer)
                thrown = thrown.put(self._flow.guards.makes_groups(file, current))

    def _of_function(self, function: FunctionRef, mro: tuple[str, ...]) -> Iterator[Retry]:
        """The decorators of a function, and the calls that it is handed to, that run it again after the exception."""
        file = function.file
        scope = file.model.scopes[function.scope]
        place = Place(scope.parent, scope.outer_block, scope.order)
        for decorator in scope.decorators:
            call = self.made_by(file, decorator, place)
            if call is not None:
                yield from self._if_retrying(file, call, mro, _span(file, decorator))
            elif Symbol("tenacity.retry") in self._project.values.of(file, decorator, place):
                yield Retry(file, _span(file, decorator), "tenacity")
        for caller, site in self._flow.entries.handed_over(function):
            yield from self._handed_to(caller, site, mro)

    def made_by(self, file: File, decorator: ir.Expr, place: Placed) -> ir.Call | None:
        """The call that makes a decorator: it stands there, or under a name of the file."""
        if isinstance(decorator, ir.Name):
            found = [binding.value for binding in lookup(file, decorator.id, place)]
            decorator = found[0] if len(found) == 1 and found[0] is not None else decorator
        return file.model.calls[decorator.site] if isinstance(decorator, ir.CallRef) else None

    def _attempt(self, file: File, manager: ir.Expr, block: int, mro: tuple[str, ...]) -> Iterator[Retry]:
        """`for attempt in Retrying(…): with attempt:`, as tenacity and stamina have it."""
        if not isinstance(manager, ir.Name):
            return
        for outer in file.block_chain(block):
            row = file.model.blocks[outer]
            loop = file.model.loops[row.owner] if row.kind == "loop" else None
            if loop is None or not isinstance(loop.iter, ir.CallRef):
                continue
            if any(binding.name == manager.id and binding.block == outer for binding in file.model.bindings):
                call = file.model.calls[loop.iter.site]
                yield from self._if_retrying(file, call, mro, call.callee_span)
            return

    def _if_retrying(self, file: File, call: ir.Call, mro: tuple[str, ...], span: Span) -> Iterator[Retry]:
        for callee in self._project.values.of(file, call.func, file.place(call)):
            name = callee.name if isinstance(callee, Symbol) else ""
            judge = _MECHANISMS.get(name)
            if judge is not None and judge(self, file, call, mro) == "yes":
                yield Retry(file, span, name.partition(".")[0])
            elif _is_celery_task(callee) and self._celery(file, call, mro) == "yes":
                yield Retry(file, span, "`autoretry_for`")

    def _handed_to(self, file: File, site: int, mro: tuple[str, ...]) -> Iterator[Retry]:
        """`RunnableLambda(f).with_retry(…)` and `add_node("f", f, retry_policy=RetryPolicy(…))`."""
        call = file.model.calls[site]
        policy = _keyword(call, "retry_policy", "retry")
        if last_name(call.func) == "add_node" and isinstance(policy, ir.CallRef):
            made = file.model.calls[policy.site]
            names = {
                value.name for value in self._project.values.callee(file, policy.site) if isinstance(value, Symbol)
            }
            if (
                any(name.endswith(".RetryPolicy") for name in names)
                and self._by_class(made, file, mro, "retry_on") == "yes"
            ):
                yield Retry(file, made.callee_span, "the node's `RetryPolicy`")
        for retrying in file.calls_by_name.get("with_retry", ()):
            row = file.model.calls[retrying]
            if not isinstance(row.func, ir.Attribute) or not self._is_made_at(file, row, site):
                continue
            if self._by_class(row, file, mro, "retry_if_exception_type") == "yes":
                yield Retry(file, row.func.name_span, "`with_retry`")

    def _is_made_at(self, file: File, row: ir.Call, site: int) -> bool:
        """Whether the receiver of a method call is what the call at `site` makes."""
        receiver = row.func.value if isinstance(row.func, ir.Attribute) else None
        if receiver == ir.CallRef(site):
            return True
        if not isinstance(receiver, ir.Name):
            return False
        return any(binding.value == ir.CallRef(site) for binding in lookup(file, receiver.id, file.place(row)))

    # -- what each of them retries -----------------------------------------------------------------------------------

    def _classes(self, file: File, expr: ir.Expr, call: ir.Call, mro: tuple[str, ...]) -> Verdict:
        """Whether an expression names a class, or a tuple of classes, that the exception is one of."""
        values = self._project.values.of(file, expr, file.place(call))
        return agreed(self._class(value, mro) for value in values)

    def _class(self, value: Value, mro: tuple[str, ...]) -> Verdict:
        if isinstance(value, FunctionRef):
            return self._flow.guards.says(value, Thrown(mro))
        known = isinstance(value, (Symbol, ClassRef, Group))
        return self._flow.catches_value(value, mro) if known else "unsure"

    def _by_class(self, call: ir.Call, file: File, mro: tuple[str, ...], keyword: str) -> Verdict:
        """Retries everything, unless a keyword names the classes."""
        expr = _keyword(call, keyword)
        if _keyword(call, "stop_after_attempt", "max_attempts", "attempts", "tries", "max_tries") == ir.Constant("1"):
            return "no"
        return "yes" if expr is None else self._classes(file, expr, call, mro)

    def _tenacity(self, file: File, call: ir.Call, mro: tuple[str, ...]) -> Verdict:
        return "no" if self._stops_at_once(file, _keyword(call, "stop")) else self.asks_again(file, call, mro)

    def asks_again(self, file: File, call: ir.Call, mro: tuple[str, ...]) -> Verdict:
        """Whether the predicate in a call of tenacity asks for another attempt after the exception."""
        predicate = _keyword(call, "retry")
        return "yes" if predicate is None else self._predicate(file, predicate, file.place(call), mro)

    def _stops_at_once(self, file: File, stop: ir.Expr | None) -> bool:
        if not isinstance(stop, ir.CallRef):
            return False
        call = file.model.calls[stop.site]
        return last_name(call.func) == "stop_after_attempt" and [arg.value for arg in call.args] == [ir.Constant("1")]

    def _predicate(self, file: File, expr: ir.Expr, place: Placed, mro: tuple[str, ...]) -> Verdict:
        """Whether a predicate of tenacity says to try again."""
        if isinstance(expr, ir.Binary) and expr.op == "|":
            return one_of([self._predicate(file, part, place, mro) for part in (expr.left, expr.right)])
        call = self.made_by(file, expr, place)
        if call is None:
            return "unsure"
        names = {
            value.name.rpartition(".")[2]
            for value in self._project.values.of(file, call.func, file.place(call))
            if isinstance(value, Symbol) and value.name.startswith("tenacity.")
        }
        return self._named(names.pop(), file, call, mro) if len(names) == 1 else "unsure"

    def _named(self, name: str, file: File, call: ir.Call, mro: tuple[str, ...]) -> Verdict:
        if name in {"retry_if_result", "retry_if_not_result"}:
            return "no"
        if name in {"retry_any", "retry_all"}:
            verdicts = [self._predicate(file, arg.value, file.place(call), mro) for arg in call.args]
            return one_of(verdicts) if name == "retry_any" else all_of(verdicts)
        known = {"retry_if_exception", "retry_if_exception_type"}
        if name not in known | {"retry_if_not_exception_type", "retry_unless_exception_type"}:
            return "unsure"
        expr = call.args[0].value if call.args else None
        named: Verdict = "yes" if expr is None else self._classes(file, expr, call, mro)
        return named if name in known else opposite(named)

    def _backoff(self, file: File, call: ir.Call, mro: tuple[str, ...]) -> Verdict:
        expr = _keyword(call, "exception") or _positional(call, 1)
        giveup = _keyword(call, "giveup")
        if expr is None:
            return "unsure"
        if _keyword(call, "max_tries") == ir.Constant("1"):
            return "no"
        given_up: Verdict = self._classes(file, giveup, call, mro) if giveup is not None else "no"
        return all_of([self._classes(file, expr, call, mro), opposite(given_up)])

    def _stamina(self, file: File, call: ir.Call, mro: tuple[str, ...]) -> Verdict:
        expr = _keyword(call, "on") or _positional(call, 0)
        if expr is None or _keyword(call, "attempts") == ir.Constant("1"):
            return "unsure"
        return self._classes(file, expr, call, mro)

    def _retry(self, file: File, call: ir.Call, mro: tuple[str, ...]) -> Verdict:
        expr = _keyword(call, "exceptions") or _positional(call, 0)
        if _keyword(call, "tries") == ir.Constant("1"):
            return "no"
        return "yes" if expr is None else self._classes(file, expr, call, mro)

    def _celery(self, file: File, call: ir.Call, mro: tuple[str, ...]) -> Verdict:
        expr, but = _keyword(call, "autoretry_for"), _keyword(call, "dont_autoretry_for")
        if expr is None:
            return "no"
        if but is not None and self._classes(file, but, call, mro) != "no":
            return "no"
        return self._classes(file, expr, call, mro)


def _is_celery_task(callee: Value) -> bool:
    if isinstance(callee, Member):
        cls = callee.receiver.cls
        return callee.name == "task" and isinstance(cls, Symbol) and cls.name.startswith("celery.")
    return isinstance(callee, Symbol) and callee.name == "celery.shared_task"


def _keyword(call: ir.Call, *names: str) -> ir.Expr | None:
    return next((arg.value for arg in call.args if arg.keyword in names), None)


def _positional(call: ir.Call, index: int) -> ir.Expr | None:
    given = [arg for arg in call.args if arg.keyword is None and not arg.stars]
    return given[index].value if index < len(given) else None


def _span(file: File, decorator: ir.Expr) -> Span:
    if isinstance(decorator, ir.CallRef):
        return file.model.calls[decorator.site].callee_span
    assert isinstance(decorator, (ir.Name, ir.Attribute))
    return decorator.span


_Judge = Callable[[Retries, File, ir.Call, "tuple[str, ...]"], "Verdict"]
_MECHANISMS: Final[dict[str, _Judge]] = {
    **dict.fromkeys(
        ("tenacity.retry", "tenacity.Retrying", "tenacity.AsyncRetrying"),
        Retries._tenacity,  # noqa: SLF001 - the table belongs to the class
    ),
    "backoff.on_exception": Retries._backoff,  # noqa: SLF001 - likewise
    **dict.fromkeys(("stamina.retry", "stamina.retry_context"), Retries._stamina),  # noqa: SLF001 - likewise
    **dict.fromkeys(("retry.retry", "retry.api.retry", "retry2.retry"), Retries._retry),  # noqa: SLF001 - likewise
}
