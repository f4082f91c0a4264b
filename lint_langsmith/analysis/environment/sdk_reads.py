"""What makes the SDK keep the values of environment variables: from there on, what is set has no effect.

Executed on langsmith 0.15.0 with langchain-core 1.7.2: building a client reads its address, workspace, privacy flags
and sampling rate; the first call that may be traced, of a traced function, of a chain or of a graph, and
`tracing_is_enabled()` read the tracing flags, for the rest of the process. A stream is a call when its first step is
taken, a coroutine when it is awaited.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith.analysis.fixed_point import Known, Summaries
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.sdk_use.sdk_calls import Construction
from lint_langsmith.analysis.sdk_use.traceable import traceable
from lint_langsmith.analysis.values.abstract import (
    ExternalAttribute,
    ExternalName,
    FunctionRef,
    Value,
    function_of,
)
from lint_langsmith.findings import Span
from lint_langsmith.remembered import remembered
from lint_langsmith.sdk.variables import (
    ENDPOINTS,
    PRIVACY_FLAGS,
    PROJECTS,
    SAMPLING_RATES,
    TRACING_FLAGS,
    WORKSPACES,
)

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.variables import Environment
    from lint_langsmith.analysis.sdk_use.clients import Clients
    from lint_langsmith.analysis.values.evaluator import Evaluator

_RUNS: Final = frozenset(
    {"invoke", "batch", "run", "predict", "ainvoke", "abatch", "arun", "apredict"}
)
_STREAMS: Final = frozenset({"stream", "astream", "astream_events", "batch_as_completed"})
_ITERATED: Final = frozenset(
    {"iterate", "async-iterate", "comprehension", "async-comprehension", "yield-from", "star"}
)
_LANGCHAIN: Final = (
    "langchain.",
    "langchain_core.",
    "langgraph.",
    "langchain_",
    "langchain_classic.",
    "deepagents.",
)
# Blocks that run whenever their function does.
_CERTAIN: Final = frozenset({"with", "try", "finally", "try-else", "scope"})


class Freeze(NamedTuple):
    """A call that makes the SDK keep the values of variables; `again` where the next client reads them afresh."""

    span: Span
    block: int
    label: str
    variables: tuple[str, ...]
    again: tuple[str, ...] = ()


class _Kept(NamedTuple):
    """The variables whose values the SDK keeps, and those of them that the next client reads afresh."""

    variables: tuple[str, ...]
    again: tuple[str, ...]


class SdkReads:
    """The freezes in the files of one project."""

    def __init__(self, values: Evaluator, clients: Clients, environment: Environment) -> None:
        """`values` evaluates calls: it looks only into files that have to do with LangSmith."""
        self._view = values.view
        self._values = values
        self._clients = clients
        self._environment = environment
        self._freezes: dict[str, tuple[Freeze, ...]] = {}
        # What a call of a function surely makes the SDK keep, by itself or in what it calls.
        self._kept: Summaries[FunctionRef, frozenset[_Kept]] = Summaries(
            lambda function: [
                at for at in self._certain(function) if isinstance(at, FunctionRef)
            ],
            frozenset(),
            self._find_kept,
        )

    def of(self, file: File) -> tuple[Freeze, ...]:
        """The freezes of a file, in order."""
        found = self._freezes.get(file.relative)
        if found is None:
            found = self._freezes[file.relative] = tuple(sorted(self._find(file)))
        return found

    def _find(self, file: File) -> Iterator[Freeze]:
        for site, call in enumerate(file.model.calls):
            at = self._at(file, site)
            if isinstance(at, Freeze):
                yield at
            elif at is not None:
                what = f"the call of `{file.source(call.callee_span)}()`"
                for kept in self._kept.of(at):
                    yield Freeze(call.span, call.block, what, kept.variables, kept.again)

    def _find_kept(self, function: FunctionRef, known: Known) -> frozenset[_Kept]:
        found: set[_Kept] = set()
        for at in self._certain(function):
            found |= {_Kept(at.variables, at.again)} if isinstance(at, Freeze) else known(at)
        return frozenset(found)

    def _certain(self, function: FunctionRef) -> Iterator[Freeze | FunctionRef]:
        """What the calls do that run whenever a function of the project does."""
        file = function.file
        for site in file.sites_by_function.get(function.scope, ()):
            at = (
                self._at(file, site)
                if self._is_certain(function, file.model.calls[site].block)
                else None
            )
            if at is not None:
                yield at

    @remembered
    def _at(self, file: File, site: int) -> Freeze | FunctionRef | None:
        """What a call does: it makes the SDK keep variables by itself, or runs a function of the project."""
        client = self._constructed(file).get(site)
        if client is not None:
            return _of_client(client)
        call = file.model.calls[site]
        for callee in self._values.callee(file, site):
            if (
                isinstance(callee, ExternalName)
                and callee.name.startswith("langsmith.")
                and _last(callee) == _ASKING
            ):
                return Freeze(call.span, call.block, f"`{_ASKING}()`", TRACING_FLAGS)
            label = self._traced(file, call, callee)
            if label is not None:
                return Freeze(call.span, call.block, label, self._kept_by_call(file, call))
            function = function_of(callee)
            if function is not None and not _is_pending(function, call):
                is_near = function.file is file or function.file.relative in self._view.in_scope
                return function if is_near else None
        return None

    @remembered
    def _constructed(self, file: File) -> Mapping[int, Construction]:
        return {client.site: client for client in self._clients.constructions(file)}

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
            setting.name in TRACING_FLAGS
            and setting.value == "true"
            and setting.span < call.span
            for setting in self._environment.judged(file)
        )
        return (*TRACING_FLAGS, *PROJECTS) if traced else TRACING_FLAGS

    def _traced(self, file: File, call: ir.Call, callee: Value) -> str | None:
        """What to call a call of traced code; None for all others."""
        function = function_of(callee)
        if function is not None:
            traced = (
                not _is_left(function, call) and traceable(function, self._values) is not None
            )
            return f"the first call of `{file.source(call.callee_span)}()`" if traced else None
        if (
            isinstance(callee, ExternalName)
            and callee.name == "langsmith.trace"
            and call.use.kind in {"with", "async-with"}
        ):
            return "the first `trace(…)`"
        name = (
            callee.name.rpartition(".")[2]
            if isinstance(callee, (ExternalName, ExternalAttribute))
            else ""
        )
        if name not in _RUNS | _STREAMS or not _is_run_of_langchain(callee):
            return None
        if name in _STREAMS and call.use.kind not in _ITERATED:
            return None
        if name.startswith("a") and name in _RUNS and call.use.kind != "await":
            return None
        return f"the first `{name}()`"


_ASKING: Final = "tracing_is_enabled"
# It hides and samples nothing, and its module reads no variable for that (langsmith 0.15.1).
_ASYNC_CLIENT: Final = "langsmith.async_client.AsyncClient"


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
    if client.cls == _ASYNC_CLIENT:
        read = [name for name in read if name in (*ENDPOINTS, *WORKSPACES)]
    if client.cls.endswith("Langsmith") or "sandbox" in client.cls:
        read = [name for name in read if name in ENDPOINTS and "sandbox" in client.cls]
    again = (*ENDPOINTS, *WORKSPACES)
    kept = tuple(name for name in read if not (positional and name in ENDPOINTS))
    return Freeze(
        client.call.span, client.call.block, f"`{client.written}()` is built", kept, again
    )


def _is_pending(function: FunctionRef, call: ir.Call) -> bool:
    """Whether a call only makes a coroutine or a generator, which runs later."""
    row = function.file.model.scopes[function.scope]
    return row.is_generator or (row.is_async and call.use.kind != "await")


def _is_left(function: FunctionRef, call: ir.Call) -> bool:
    """Whether a call makes a coroutine or a generator with which nothing is done there."""
    return _is_pending(function, call) and call.use.kind in {"statement", "assign"}


def _last(symbol: ExternalName) -> str:
    return symbol.name.rpartition(".")[2]


def _is_run_of_langchain(callee: Value) -> bool:
    if isinstance(callee, ExternalName):
        return callee.name.startswith(_LANGCHAIN)
    # An object of LangChain's or LangGraph's: a model, a prompt, a chain, a graph.
    cls = callee.receiver.cls if isinstance(callee, ExternalAttribute) else None
    return isinstance(cls, ExternalName) and cls.name.startswith(_LANGCHAIN)
