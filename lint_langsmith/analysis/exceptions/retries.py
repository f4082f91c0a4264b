"""Which retry mechanisms see an exception, and whether they try again after it.

Found by running them: tenacity 9.2, backoff 2.2, stamina 26.1, celery 5.7, langchain-core 1.7, langgraph 1.2 (whose
`default_retry_on` says yes to `LangSmithError`).
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from lint_langsmith.analysis import limits
from lint_langsmith.analysis.exceptions.raised import RaisedError
from lint_langsmith.analysis.exceptions.retry_policies import keyword_argument
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Place, last_name
from lint_langsmith.analysis.values.abstract import ExternalName, FunctionRef
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.findings import Span
from lint_langsmith.remembered import remembered

if TYPE_CHECKING:
    from lint_langsmith.analysis.exceptions.outcome import Outcomes
    from lint_langsmith.analysis.exceptions.states import Point
    from lint_langsmith.analysis.sdk_use.clients import Clients
    from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
    from lint_langsmith.analysis.values.evaluator import Evaluator


class Retry(NamedTuple):
    """Something that tries again. `names` what does it, `span` where it stands."""

    file: File
    span: Span
    names: str


# What tries again, and the functions that the exception leaves, each with what it has become.
_Met: TypeAlias = "tuple[tuple[Retry, ...], tuple[tuple[FunctionRef, RaisedError], ...]]"


class Retries:
    """Finds what runs calls of one project again."""

    def __init__(self, values: Evaluator, clients: Clients, flow: Outcomes) -> None:
        """`values` resolves names; `flow` says which way the exceptions of calls take."""
        self._faults = values.project.faults
        self._values = values
        self._clients = clients
        self._flow = flow
        self._policies = flow.guards.policies

    @functools.cached_property
    def by_file(self) -> Mapping[str, Mapping[Retry, Sequence[ApiCall]]]:
        """By file, what runs a call again after its 403, each with the calls."""
        table: dict[str, dict[Retry, list[ApiCall]]] = defaultdict(dict)
        for call in self._clients.api_calls_of_project():
            of_releases = functools.partial(self._in_releases, call)
            judged, *others = self._faults.contained(call.file.relative, [], of_releases) or [
                {}
            ]
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
        raised = _raised_at(self._flow.points(call), RaisedError(mro))
        found, functions = self._met(raised)
        yield from found
        pending = list(functions)
        left: set[FunctionRef] = set()
        far: set[str] = set()
        most = min(limits.FUNCTIONS, self._flow.most_steps)
        most_moves, moved = limits.MOVES_PER_STEP * most, 0
        while pending and len(left) < most and len(far) <= limits.CALLING_FILES:
            function, thrown = pending.pop()
            if function in left:
                continue
            left.add(function)
            # In a group it goes on as one; what a mechanism that has given up makes of it is not judged again.
            outer = RaisedError(mro, thrown.grouped)
            yield from self._of_function(function, outer.outer)
            far.update(self._values.call_graph.far_callers(function))
            moved += len(self._values.call_graph.sites(function))
            if moved <= most_moves:
                found, functions = self._met_by_callers(function, outer)
                yield from found
                pending.extend(functions)

    @remembered
    def _met_by_callers(self, function: FunctionRef, thrown: RaisedError) -> _Met:
        """What the exception meets in the functions that call one; asked once, however many exceptions leave it."""
        raised: list[tuple[Point, RaisedError]] = []
        for caller, site in self._values.call_graph.sites(function):
            again = self._flow.returned_points(function, caller, site)
            raised.extend(_raised_at(again, thrown))
        return self._met(raised)

    def _met(self, raised: Sequence[tuple[Point, RaisedError]]) -> _Met:
        """What an exception meets in the functions where it is raised, and which of them it leaves."""
        found: dict[Retry, None] = {}
        functions: dict[tuple[FunctionRef, RaisedError], None] = {}
        for point, thrown in reversed(raised):
            exit_ = self._flow.guards.local(point.file, point.block, thrown)
            last = (
                exit_.caught_by.file.model.tries[exit_.caught_by.owner].body
                if exit_.caught_by is not None
                else -1
            )
            found.update(dict.fromkeys(self._around(point.file, point.block, last, thrown)))
            if exit_.verdict == "no" and exit_.scope != 0:
                functions[FunctionRef(point.file, exit_.scope), exit_.thrown] = None
        return tuple(found), tuple(functions)

    def _around(
        self, file: File, block: int, last: int, thrown: RaisedError
    ) -> Iterator[Retry]:
        """The retrying `with attempt:` blocks of its own function that an exception leaves, up to the block `last`."""
        for current in file.block_chain(block):
            row = file.model.blocks[current]
            if current == last or (
                row.kind == "scope"
                and file.model.scopes[row.owner].kind in {"function", "lambda"}
            ):
                return
            if row.kind == "with":
                for manager, _ in file.model.withs[row.owner].items:
                    yield from self._attempt(file, manager, current, thrown.outer)
                thrown = thrown.put(self._flow.guards.managers.makes_groups(file, current))

    def _of_function(self, function: FunctionRef, mro: tuple[str, ...]) -> Iterator[Retry]:
        """The decorators of a function, and the calls that it is handed to, that run it again after the exception."""
        file = function.file
        scope = file.model.scopes[function.scope]
        place = Place(scope.parent, scope.outer_block, scope.order)
        for decorator in scope.decorators:
            call = self._policies.made_by(file, decorator, place)
            if call is not None:
                yield from self._if_retrying(file, call, mro, _span(file, decorator))
            elif ExternalName("tenacity.retry") in self._values.of(file, decorator, place):
                yield Retry(file, _span(file, decorator), "tenacity")
        for caller, site in self._flow.entries.handed_over(function):
            yield from self._handed_to(caller, site, mro)

    def _attempt(
        self, file: File, manager: ir.Expr, block: int, mro: tuple[str, ...]
    ) -> Iterator[Retry]:
        """`for attempt in Retrying(…): with attempt:`, as tenacity and stamina have it."""
        if not isinstance(manager, ir.Name):
            return
        for outer in file.block_chain(block):
            row = file.model.blocks[outer]
            loop = file.model.loops[row.owner] if row.kind == "loop" else None
            if loop is None or not isinstance(loop.iter, ir.CallRef):
                continue
            bound = file.rows_by_block.bindings({outer})
            if any(binding.name == manager.id for binding in bound):
                call = file.model.calls[loop.iter.site]
                yield from self._if_retrying(file, call, mro, call.callee_span)
            return

    def _if_retrying(
        self, file: File, call: ir.Call, mro: tuple[str, ...], span: Span
    ) -> Iterator[Retry]:
        for callee in self._values.of(file, call.func, file.place(call)):
            if self._policies.retries(callee, file, call, mro) == "yes":
                yield Retry(file, span, self._policies.label(callee))

    def _handed_to(self, file: File, site: int, mro: tuple[str, ...]) -> Iterator[Retry]:
        """`RunnableLambda(f).with_retry(…)` and `add_node("f", f, retry_policy=RetryPolicy(…))`."""
        call = file.model.calls[site]
        policy = keyword_argument(call, "retry_policy", "retry")
        if last_name(call.func) == "add_node" and isinstance(policy, ir.CallRef):
            made = file.model.calls[policy.site]
            names = {
                value.name
                for value in self._values.callee(file, policy.site)
                if isinstance(value, ExternalName)
            }
            if (
                any(name.endswith(".RetryPolicy") for name in names)
                and self._policies.by_class(made, file, mro, "retry_on") == "yes"
            ):
                yield Retry(file, made.callee_span, "the node's `RetryPolicy`")
        for retrying in file.calls_by_name.get("with_retry", ()):
            row = file.model.calls[retrying]
            if not isinstance(row.func, ir.Attribute) or not self._is_made_at(file, row, site):
                continue
            if self._policies.by_class(row, file, mro, "retry_if_exception_type") == "yes":
                yield Retry(file, row.func.name_span, "`with_retry`")

    def _is_made_at(self, file: File, row: ir.Call, site: int) -> bool:
        """Whether the receiver of a method call is what the call at `site` makes."""
        receiver = row.func.value if isinstance(row.func, ir.Attribute) else None
        if receiver == ir.CallRef(site):
            return True
        if not isinstance(receiver, ir.Name):
            return False
        return any(
            binding.value == ir.CallRef(site)
            for binding in lookup(file, receiver.id, file.place(row))
        )


def _raised_at(points: Iterable[Point], thrown: RaisedError) -> list[tuple[Point, RaisedError]]:
    """Where an exception is raised, and as what; nothing for values that are handed on before they raise it."""
    return [(point, thrown.put(point.grouped)) for point in points if not point.handed_on]


def _span(file: File, decorator: ir.Expr) -> Span:
    if isinstance(decorator, ir.CallRef):
        return file.model.calls[decorator.site].callee_span
    assert isinstance(decorator, (ir.Name, ir.Attribute))
    return decorator.span
