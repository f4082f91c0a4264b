"""What makes the SDK keep the values of environment variables: from there on, what is set has no effect.

Executed on langsmith 0.15.0 with langchain-core 1.7.2: building a client reads its address, workspace, privacy flags
and sampling rate; the first call that may be traced, of a traced function, of a chain or of a graph, and
`tracing_is_enabled()` read the tracing flags, for the rest of the process. A stream is a call when its first step is
taken, a coroutine when it is awaited.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.memo import Memo
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.sdk_use.clients import Construction
from lint_langsmith.analysis.sdk_use.traceable import traceable
from lint_langsmith.analysis.values.evaluator import Bound, FunctionRef, Instance, Member, Outcome, Symbol, Value
from lint_langsmith.findings import Span
from lint_langsmith.sdk.variables import ENDPOINTS, PRIVACY_FLAGS, PROJECTS, SAMPLING_RATES, TRACING_FLAGS, WORKSPACES

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.variables import Environment
    from lint_langsmith.analysis.sdk_use.clients import Clients
    from lint_langsmith.analysis.values.evaluator import Evaluator

_RUNS: Final = frozenset({"invoke", "batch", "run", "predict", "ainvoke", "abatch", "arun", "apredict"})
_STREAMS: Final = frozenset({"stream", "astream", "astream_events", "batch_as_completed"})
_ITERATED: Final = frozenset({"iterate", "async-iterate", "comprehension", "async-comprehension", "yield-from", "star"})
_LANGCHAIN: Final = ("langchain.", "langchain_core.", "langgraph.", "langchain_", "langchain_classic.", "deepagents.")
# Blocks that run whenever their function does.
_CERTAIN: Final = frozenset({"with", "try", "finally", "try-else", "scope"})
_MAX_HOPS: Final = 4


class Freeze(NamedTuple):
    """A call that makes the SDK keep the values of variables; `again` where the next client reads them afresh."""

    span: Span
    block: int
    label: str
    variables: tuple[str, ...]
    again: tuple[str, ...] = ()


class Freezes:
    """The freezes in the files of one project."""

    def __init__(self, values: Evaluator, clients: Clients, environment: Environment) -> None:
        """`values` evaluates calls: it looks only into files that have to do with LangSmith."""
        self._view = values.view
        self._values = values
        self._clients = clients
        self._environment = environment
        self._memo = Memo({}, lambda relative: relative)
        self._scopes: dict[tuple[FunctionRef, int], Sequence[Freeze]] = {}

    def of(self, file: File) -> tuple[Freeze, ...]:
        """The freezes of a file, in order."""
        # Modules that call each other in a circle tell no more.
        found: tuple[Freeze, ...] = self._memo.ask(file.relative, (), lambda: tuple(sorted(self._find(file))))
        return found

    def _find(self, file: File) -> Iterator[Freeze]:
        clients = {client.site: client for client in self._clients.constructions(file)}
        for site, call in enumerate(file.model.calls):
            if site in clients:
                yield _of_client(clients[site])
            else:
                yield from self._of_call(file, site, call)

    def _of_call(self, file: File, site: int, call: ir.Call) -> Iterator[Freeze]:
        for callee in self._values.callee(file, site):
            if isinstance(callee, Symbol) and callee.name.startswith("langsmith.") and _last(callee) == _ASKING:
                yield Freeze(call.span, call.block, f"`{_ASKING}()`", TRACING_FLAGS)
                return
            label = self._traced(file, call, callee)
            if label is not None:
                yield Freeze(call.span, call.block, label, self._kept_by_call(file, call))
                return
            function = callee.function if isinstance(callee, Bound) else callee
            if isinstance(function, FunctionRef) and not _is_pending(function, call):
                yield from self._within(file, call, function, _MAX_HOPS)
                return

    def _within(self, file: File, call: ir.Call, function: FunctionRef, hops: int) -> Iterator[Freeze]:
        """What a function of the project surely does when it is called."""
        what = f"the call of `{file.source(call.callee_span)}()`"
        if function.file is file:
            found = [*self._in_scope(function, hops)]
        elif function.file.relative in self._view.in_scope:
            found = [freeze for freeze in self.of(function.file) if self._is_certain(function, freeze.block)]
        else:
            found = []
        for freeze in found:
            yield Freeze(call.span, call.block, what, freeze.variables, freeze.again)

    def _in_scope(self, function: FunctionRef, hops: int) -> Sequence[Freeze]:
        known = self._scopes.get((function, hops))
        if known is None:
            known = tuple(self._find_in_scope(function, hops))
            self._scopes[function, hops] = known
        return known

    def _find_in_scope(self, function: FunctionRef, hops: int) -> Iterator[Freeze]:
        file = function.file
        clients = {client.site: client for client in self._clients.constructions(file)}
        for site in file.sites_by_function.get(function.scope, ()):
            call = file.model.calls[site]
            if not self._is_certain(function, call.block):
                continue
            if site in clients:
                yield _of_client(clients[site])
            elif hops:
                yield from self._of_inner_call(file, site, call, hops - 1)

    def _of_inner_call(self, file: File, site: int, call: ir.Call, hops: int) -> Iterator[Freeze]:
        for callee in self._values.callee(file, site):
            label = self._traced(file, call, callee)
            if label is not None:
                yield Freeze(call.span, call.block, label, self._kept_by_call(file, call))
                return
            function = callee.function if isinstance(callee, Bound) else callee
            if isinstance(function, FunctionRef) and function.file is file and not _is_pending(function, call):
                yield from self._in_scope(function, hops)
                return

    def _is_certain(self, function: FunctionRef, block: int) -> bool:
        """Whether a block of a function runs whenever the function does."""
        file = function.file
        if file.function_of(file.model.blocks[block].scope) != function.scope:
            return False
        for current in file.block_chain(block):
            row = file.model.blocks[current]
            if row.kind not in _CERTAIN:
                return False
            if row.kind == "scope":
                return True
        return False

    def _kept_by_call(self, file: File, call: ir.Call) -> tuple[str, ...]:
        """The first call decides whether there is tracing at all; the project only where there is."""
        traced = any(
            setting.name in TRACING_FLAGS and setting.value == "true" and setting.span < call.span
            for setting in self._environment.judged(file)
        )
        return (*TRACING_FLAGS, *PROJECTS) if traced else TRACING_FLAGS

    def _traced(self, file: File, call: ir.Call, callee: Value) -> str | None:
        """What to call a call of traced code; None for all others."""
        function = callee.function if isinstance(callee, Bound) else callee
        if isinstance(function, FunctionRef):
            traced = traceable(function, self._values) is not None
            return f"the first call of `{file.source(call.callee_span)}()`" if traced else None
        if isinstance(callee, Symbol) and callee.name == "langsmith.trace" and call.use.kind in {"with", "async-with"}:
            return "the first `trace(…)`"
        name = callee.name.rpartition(".")[2] if isinstance(callee, (Symbol, Member)) else ""
        if name not in _RUNS | _STREAMS or not _is_run_of_langchain(callee):
            return None
        if name in _STREAMS and call.use.kind not in _ITERATED:
            return None
        if name.startswith("a") and name in _RUNS and call.use.kind != "await":
            return None
        return f"the first `{name}()`"


_ASKING: Final = "tracing_is_enabled"


def _of_client(client: Construction) -> Freeze:
    read: list[str] = []
    for name, keyword in (
        *((name, "hide_" + name.rpartition("_")[2].lower()) for name in PRIVACY_FLAGS),
        *((name, "tracing_sampling_rate") for name in SAMPLING_RATES),
        *((name, "api_url") for name in ENDPOINTS),
        *((name, "workspace_id") for name in WORKSPACES),
    ):
        if client.argument(keyword) is None and not client.unpacks:
            read.append(name)
    positional = bool(client.call.args) and client.call.args[0].keyword is None
    if client.cls.endswith("Langsmith") or "sandbox" in client.cls:
        read = [name for name in read if name in ENDPOINTS and "sandbox" in client.cls]
    again = (*ENDPOINTS, *WORKSPACES)
    kept = tuple(name for name in read if not (positional and name in ENDPOINTS))
    return Freeze(client.call.span, client.call.block, f"`{client.written}()` is built", kept, again)


def _is_pending(function: FunctionRef, call: ir.Call) -> bool:
    """Whether a call only makes a coroutine or a generator, which runs later."""
    row = function.file.model.scopes[function.scope]
    return row.is_generator or (row.is_async and call.use.kind != "await")


def _last(symbol: Symbol) -> str:
    return symbol.name.rpartition(".")[2]


def _is_run_of_langchain(callee: Value) -> bool:
    if isinstance(callee, Symbol):
        return callee.name.startswith(_LANGCHAIN)
    return isinstance(callee, Member) and is_langchain(callee.receiver)


def is_langchain(value: Value) -> bool:
    """Whether a value is an object of LangChain's or LangGraph's: a model, a prompt, a chain, a graph."""
    if isinstance(value, Instance):
        return isinstance(value.cls, Symbol) and value.cls.name.startswith(_LANGCHAIN)
    inner = value.of if isinstance(value, Outcome) else value
    if isinstance(inner, Member):
        return is_langchain(inner.receiver)
    return isinstance(inner, Symbol) and inner.name.startswith(_LANGCHAIN)
