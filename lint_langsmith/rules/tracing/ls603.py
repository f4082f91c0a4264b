"""LS603: a request of the synchronous client blocks a server's event loop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

from lint_langsmith.analysis import limits
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.entry_points.frameworks import Role
from lint_langsmith.analysis.fixed_point import closure
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, last_name
from lint_langsmith.analysis.sdk_use.prompts import is_refused
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
from lint_langsmith.analysis.values.abstract import (
    ExternalAttribute,
    ExternalName,
    FunctionRef,
    Instance,
    Outcome,
    Value,
)
from lint_langsmith.analysis.values.call_graph import RUNS, Edge
from lint_langsmith.analysis.values.functions import name_of
from lint_langsmith.findings import Applicability, Edit, Fix, Related, Severity, Violation
from lint_langsmith.rules.fixes.awaiting import (
    iterated_in_thread_edits,
    joined,
    thread_edits,
)
from lint_langsmith.rules.registry import rule
from lint_langsmith.rules.shared.certain import is_certain
from lint_langsmith.rules.shared.lazy import is_gone_through

_REQUESTS: Final = frozenset({"call", "iteration"})
# Where many are served by one event loop. A script has nothing else to do meanwhile.
_SERVING: Final[frozenset[Role]] = frozenset({"route", "websocket", "middleware", "bot"})
# By these a graph runs its asynchronous nodes in the event loop, and all others in a thread (executed on 1.2.24).
_AWAITED_RUNS: Final = frozenset({"ainvoke", "astream", "astream_events", "abatch"})
_Builder: TypeAlias = tuple[File, int]
_ASYNC_CLIENT: Final = "langsmith.async_client.AsyncClient"


@rule("LS603", "blocking-client-in-async", severity=Severity.WARNING, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A route or another handler of a server calls the synchronous client in the event loop.

    ## What it does
    Reports requests of the synchronous client in an `async def`, or in the plain functions that it calls, if the `async
    def` is a route, a WebSocket, a middleware, LangGraph's `@auth.authenticate`, the handler of a bot or of Chainlit, a
    node of a graph that `langgraph.json` names or that such a handler awaits, or is called by one. Requests to
    LangSmith with `requests`, `httpx` or `urllib` block as well. A function with requests gets one finding.

    ## Why it matters
    The event loop is blocked until LangSmith answers, and all other requests wait. With a distant region, or a retry
    after a timeout, that takes many seconds. LangGraph's server refuses such a call with "Blocking call to
    socket.socket.connect".

    ## Example
    ```python
    import os

    from fastapi import FastAPI, HTTPException
    from langsmith import Client
    from langsmith.utils import LangSmithError

    app = FastAPI()
    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])


    @app.post("/feedback")
    async def feedback(run_id: str) -> None:
        try:
            client.create_feedback(run_id, key="useful", score=1)
        except LangSmithError as error:
            raise HTTPException(502, "LangSmith refused the feedback") from error
    ```

    ## Use instead
    ```python
    import asyncio
    import os

    from fastapi import FastAPI, HTTPException
    from langsmith import Client
    from langsmith.utils import LangSmithError

    app = FastAPI()
    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])


    @app.post("/feedback")
    async def feedback(run_id: str) -> None:
        try:
            await asyncio.to_thread(client.create_feedback, run_id, key="useful", score=1)
        except LangSmithError as error:
            raise HTTPException(502, "LangSmith refused the feedback") from error
    ```

    ## Not flagged
    Scripts, notebooks and tests, where nothing else waits; routes that are a plain `def`, which frameworks run in
    threads; calls that run in a thread; `flush`, and calls that only queue a request.

    ## Fix safety
    The fix runs the request in a thread: `await asyncio.to_thread(…)`, with the import that it needs, or
    `run_in_threadpool` where the file imports it. It is unsafe: other requests are served meanwhile, and may change
    what the function uses. An `AsyncClient` needs no thread.

    ## References
    - Which methods send a request, and when, was executed on langsmith 0.1.0 to 0.15.0.
    """
    if file.is_test:
        return
    blocking: dict[int, list[ApiCall]] = defaultdict(list)
    for call in analysis.clients.api_calls(file):
        if _blocks(call, analysis) and is_certain(call, analysis):
            blocking[file.function_of(call.call.scope)].append(call)
    for scope, calls in blocking.items():
        function = FunctionRef(file, scope)
        if _is_async(function):
            if _serves(function, analysis):
                yield _violation(calls, analysis)
        elif scope:
            edge = _run_in_loop(function, analysis)
            if edge is not None:
                yield _violation_below(calls, edge, function)
    yield from _by_hand(file, analysis)


# Packages whose functions wait for the answer.
_WAITING: Final = ("requests.", "urllib.request.", "httpx.")


def _by_hand(file: File, analysis: Analysis) -> Iterator[Violation]:
    """Requests to LangSmith without the SDK, one for each function."""
    seen: set[int] = set()
    for request in analysis.requests.of(file):
        row = file.model.calls[request.site]
        scope = file.function_of(row.scope)
        callees = analysis.values.callee(file, request.site)
        waits = all(
            isinstance(callee, ExternalName) and callee.name.startswith(_WAITING)
            for callee in callees
        )
        if not scope or scope in seen or not waits or row.use.kind == "await":
            continue
        seen.add(scope)
        function = FunctionRef(file, scope)
        edge = None if _is_async(function) else _run_in_loop(function, analysis)
        if edge is None and not (_is_async(function) and _serves(function, analysis)):
            continue
        written = file.source(request.span)
        through = name_of(function if edge is None else edge.caller)
        outer, moved = (file, written) if edge is None else _moved(edge)
        yield Violation(
            at=request.span,
            message=f"`{written}()` blocks the event loop that runs `{through}()`;"
            " nothing else is served until LangSmith answers",
            help=f"run it in a thread: `await asyncio.to_thread({moved}, …)` in `{through}()`{_import(outer)}",
        )


def _moved(edge: Edge) -> tuple[File, str]:
    """The file of a call, and what it calls as it stands there."""
    outer = edge.caller.file
    return outer, outer.source(outer.model.calls[edge.site].callee_span)


def _blocks(call: ApiCall, analysis: Analysis) -> bool:
    """Whether a request is sent, and waited for, where the call stands."""
    if (
        call.method is None
        or call.handed is not None
        or not _REQUESTS.issuperset(call.method.whens)
        or is_refused(call, analysis.values)
    ):
        return False
    when = analysis.outcomes.when(call.method, call)
    return when == "call" or (when == "iteration" and _is_iterated_there(call, analysis))


def _is_iterated_there(call: ApiCall, analysis: Analysis) -> bool:
    """Whether the function that calls a method iterates its result as well, at once or by a name."""
    if is_gone_through(call, analysis):
        return True
    file = call.file
    function = file.function_of(call.call.scope)
    iterated = [
        point.span
        for point in analysis.outcomes.points(call)
        if point.file is file
        and not point.handed_on
        and file.function_of(point.scope) == function
    ]
    # What a thread iterates is raised where the thread is awaited: `await asyncio.to_thread(list, runs)`.
    return bool(iterated) and file.awaited.isdisjoint(iterated)


def _serves(function: FunctionRef, analysis: Analysis) -> bool:
    """Whether a server surely runs a function, directly or through others."""
    running = analysis.call_graph.reaching([function], RUNS)
    return any(_is_served(caller, analysis) for caller in running if caller.scope)


def _is_served(function: FunctionRef, analysis: Analysis) -> bool:
    """Whether a server runs a function: a web framework, a bot, or LangGraph's, which loads the graphs it is told."""
    role = analysis.entry_points.role(function)
    if role == "agent":
        is_loaded = analysis.entry_points.declared.is_served(function.file)
        return is_loaded or analysis.once(_is_run_by_handler, function)
    return role in _SERVING or _is_of_chat(function, analysis)


def _is_of_chat(function: FunctionRef, analysis: Analysis) -> bool:
    """Whether Chainlit runs a function for a message or a session: all of its sessions share one event loop."""
    names = analysis.values.decorator_names(function)
    return any(name.startswith("chainlit.on_") for name in names)


def _is_run_by_handler(analysis: Analysis, node: FunctionRef) -> bool:
    """Whether a handler of a server awaits a graph to which a function is added as a node."""
    builders = {
        builder
        for file, site in analysis.entry_points.handed_over(node)
        for builder in _builders(file, file.model.calls[site], analysis)
    }
    return bool(builders) and not builders.isdisjoint(analysis.once(_awaited_builders, None))


def _awaited_builders(analysis: Analysis, _: None) -> frozenset[_Builder]:
    """The builders of the graphs that coroutines of a server await."""
    found: set[_Builder] = set()
    for file, call in analysis.entry_points.agent_runs():
        handler = FunctionRef(file, file.function_of(call.scope))
        if last_name(call.func) in _AWAITED_RUNS and handler.scope and _is_async(handler):
            builders = set(_builders(file, call, analysis))
            if builders and _is_handler(handler, analysis):
                found |= builders
    return frozenset(found)


def _is_handler(function: FunctionRef, analysis: Analysis) -> bool:
    """Whether a server runs a function without any graph in between."""
    return any(
        analysis.entry_points.role(caller) in _SERVING or _is_of_chat(caller, analysis)
        for caller in analysis.call_graph.reaching([function], RUNS)
        if caller.scope
    )


def _builders(file: File, call: ir.Call, analysis: Analysis) -> Iterator[_Builder]:
    """Where the builder is made on whose graph, or on which itself, a method is called."""
    if not isinstance(call.func, ir.Attribute):
        return
    for value in analysis.values.of(file, call.func.value, file.place(call)):
        made: Value = value
        while isinstance(made, Outcome) and isinstance(made.of, ExternalAttribute):
            made = made.of.receiver
        if isinstance(made, Instance) and made.origin is not None and _is_graph(made):
            yield made.origin


def _is_graph(made: Instance) -> bool:
    return isinstance(made.cls, ExternalName) and made.cls.name.startswith("langgraph.")


def _is_async(function: FunctionRef) -> bool:
    return function.file.model.scopes[function.scope].is_async


def _run_in_loop(function: FunctionRef, analysis: Analysis) -> Edge | None:
    """The call by which a coroutine of a server runs a plain function, directly or through other plain ones."""
    most = _most(analysis)

    def plain_callers(callee: FunctionRef) -> Sequence[FunctionRef]:
        return analysis.once(_plain_callers, callee)

    reached = closure([function], plain_callers, most)
    found = (analysis.once(_run_by_coroutine, callee) for callee in reached)
    return next(filter(None, found), None)


def _plain_callers(analysis: Analysis, callee: FunctionRef) -> Sequence[FunctionRef]:
    """The plain functions that call one, each once."""
    callers = (edge.caller for edge in _running(callee, analysis))
    return tuple(
        dict.fromkeys(caller for caller in callers if caller.scope and not _is_async(caller))
    )


def _run_by_coroutine(analysis: Analysis, callee: FunctionRef) -> Edge | None:
    """The first call of a function in a coroutine of a server."""
    for edge in _running(callee, analysis):
        if _is_async(edge.caller) and _serves(edge.caller, analysis):
            return edge
    return None


def _most(analysis: Analysis) -> int:
    """The number of functions, and of calls of each, that are followed for one function."""
    return min(limits.FUNCTIONS, analysis.outcomes.most_steps)


def _running(function: FunctionRef, analysis: Analysis) -> Iterator[Edge]:
    """The first calls that run the body of a function where they stand: none of a generator's does."""
    if function.scope in function.file.yields_by_scope:
        return iter(())
    edges = analysis.call_graph.first_callers(function, _most(analysis))
    return (edge for edge in edges if edge.kind in RUNS and not edge.caller.file.is_test)


def _violation_below(calls: Sequence[ApiCall], edge: Edge, function: FunctionRef) -> Violation:
    """The finding for a plain function that a coroutine runs by `edge`."""
    first = min(calls, key=lambda call: call.span)
    others = (
        Related(call.file.relative, call.span, "so does this")
        for call in calls
        if call is not first
    )
    outer, written = _moved(edge)
    through = name_of(edge.caller)
    return Violation(
        at=first.span,
        message=(
            f"`{first.label}` blocks the event loop, because the coroutine `{through}()` calls"
            f" `{name_of(function)}()`{'' if edge.callee == function else ' through others'};"
            " nothing else is served until LangSmith answers"
        ),
        help=f"run it in a thread: `await asyncio.to_thread({written}, …)` in `{through}()`{_import(outer)}",
        related=(
            Related(
                outer.relative,
                outer.model.calls[edge.site].callee_span,
                f"`{through}()` runs it here",
            ),
            *others,
        ),
        fix=_fix_below(edge, function),
    )


def _import(file: File) -> str:
    """What else a file needs to name asyncio."""
    is_there = any(row.kind == "import" for row in file.bindings.get((0, "asyncio"), ()))
    return "" if is_there else " (with `import asyncio`)"


def _fix_below(edge: Edge, function: FunctionRef) -> Fix | None:
    """The plain function in a thread, where the coroutine that calls it stands in the same file."""
    outer = edge.caller.file
    if (
        edge.kind not in {"direct", "method"}
        or edge.callee != function
        or outer is not function.file
    ):
        return None
    return _in_thread([thread_edits(outer, outer.model.calls[edge.site])])


def _fix(calls: Sequence[ApiCall], analysis: Analysis) -> Fix | None:
    """All requests of a function in threads; none unless each can be."""
    parts = []
    for call in calls:
        assert call.method is not None
        lazy = analysis.outcomes.when(call.method, call) == "iteration"
        edits = iterated_in_thread_edits if lazy else thread_edits
        parts.append(edits(call.file, call.call))
    return _in_thread(parts)


def _in_thread(parts: Sequence[tuple[Edit, ...]]) -> Fix | None:
    edits = joined(parts)
    return Fix("Run it in a thread", Applicability.UNSAFE, edits) if edits else None


def _violation(calls: Sequence[ApiCall], analysis: Analysis) -> Violation:
    first = min(calls, key=lambda call: call.span)
    file = first.file
    others = tuple(
        Related(file.relative, call.span, "so does this") for call in calls if call is not first
    )
    written = file.source(first.call.callee_span)
    in_thread = f"in a thread: `await asyncio.to_thread({written}, …)`{_import(file)}"
    is_there = first.name in analysis.sdk.methods(_ASYNC_CLIENT)
    return Violation(
        at=first.span,
        message=f"`{first.label}` blocks the event loop; nothing else is served until LangSmith answers",
        help=f"await the method of an `AsyncClient`, or call it {in_thread}"
        if is_there
        else f"call it {in_thread}",
        related=others,
        fix=_fix(calls, analysis),
    )
