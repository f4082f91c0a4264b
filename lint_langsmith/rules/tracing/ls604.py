"""LS604: traced work in a thread that does not get the trace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, last_name, span_of
from lint_langsmith.analysis.values.abstract import (
    ExternalAttribute,
    ExternalName,
    FunctionRef,
    Instance,
    Value,
    function_of,
)
from lint_langsmith.findings import Applicability, Edit, Fix, Severity, Violation
from lint_langsmith.rules.fixes.contexts import executor_edits, pool_edits, thread_edits
from lint_langsmith.rules.registry import rule

_POOLS: Final = frozenset(
    {"concurrent.futures.ThreadPoolExecutor", "concurrent.futures.thread.ThreadPoolExecutor"}
)
_SUBMITTING: Final = frozenset({"submit", "map"})
_THREADS: Final = frozenset({"threading.Thread", "threading.Timer"})
# With these the program hands the trace over itself.
_HANDING_OVER: Final = (
    "get_current_run_tree",
    "copy_context",
    "tracing_context",
    "set_tracing_parent",
)


@rule("LS604", "thread-pool-loses-trace", severity=Severity.WARNING, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A traced function runs traced work in threads that do not get its trace.

    ## What it does
    In `@traceable` functions, reports `ThreadPoolExecutor().submit` and `.map`, `Thread(target=…)` and
    `loop.run_in_executor` whose function is traced or calls a traced function.

    ## Why it matters
    A new thread starts with an empty context. Its runs do not become children of the run that started the thread, but
    separate traces, and the trace of the caller looks empty.

    ## Example
    ```python
    from concurrent.futures import ThreadPoolExecutor

    from langsmith import traceable


    @traceable
    def summarise(text: str) -> str:
        return text[:10]


    @traceable
    def summarise_all(texts: list[str]) -> list[str]:
        with ThreadPoolExecutor() as pool:
            return list(pool.map(summarise, texts))
    ```

    ## Use instead
    ```python
    from langsmith import ContextThreadPoolExecutor, traceable


    @traceable
    def summarise(text: str) -> str:
        return text[:10]


    @traceable
    def summarise_all(texts: list[str]) -> list[str]:
        with ContextThreadPoolExecutor() as pool:
            return list(pool.map(summarise, texts))
    ```

    ## Not flagged
    `asyncio.to_thread`, which copies the context; functions that pass the trace themselves
    (`copy_context().run`, `langsmith_extra=`, `tracing_context(parent=…)`); work that is not traced; tests.

    ## Fix safety
    The fix builds the pool as a `langsmith.ContextThreadPoolExecutor`, or runs the function by
    `contextvars.copy_context().run`. It is unsafe: the threads get all context variables, not those of LangSmith alone.

    ## References
    - Executed on langsmith 0.15.1 and Python 3.11; langchain-ai/langsmith-sdk#771.
    """
    if file.is_test or any(file.calls_by_name.get(name) for name in _HANDING_OVER):
        return
    for site, call in enumerate(file.model.calls):
        work = _given_to_thread(file, site, analysis)
        if work is None or any(arg.keyword == "langsmith_extra" for arg in call.args):
            continue
        function = FunctionRef(file, file.function_of(call.scope))
        targets = {function_of(value) for value in analysis.values.of(file, work, call)}
        if not targets or not function.scope or analysis.tracing.arguments(function) is None:
            continue
        if all(target is not None and analysis.tracing.traces(target) for target in targets):
            name = file.model.scopes[function.scope].name
            yield Violation(
                at=call.callee_span,
                message=f"this thread does not get the trace of `{name}()`; its runs become separate traces",
                help="use `langsmith.ContextThreadPoolExecutor`, or run it with `contextvars.copy_context().run`",
                fix=_fix(file, site, work, analysis),
            )


def _fix(file: File, site: int, work: ir.Expr, analysis: Analysis) -> Fix | None:
    """The work in the context of the function that starts the thread."""
    call = file.model.calls[site]
    name = last_name(call.func)
    span = span_of(file, work)
    edits: tuple[Edit, ...] = ()
    if name in _SUBMITTING:
        origin = _pool(file, site, analysis)
        edits = pool_edits(file, origin, analysis) if origin is not None else ()
        title = "Use `ContextThreadPoolExecutor`"
    else:
        title = "Run it in a copy of the context"
        if span is not None and name == "run_in_executor":
            edits = executor_edits(file, call, span)
        elif span is not None and name == "Thread":
            edits = thread_edits(file, call, span)
    return Fix(title, Applicability.UNSAFE, edits) if edits else None


def _pool(file: File, site: int, analysis: Analysis) -> int | None:
    """The call of the same file that surely builds the pool which a call gives work to."""
    origins = {
        callee.receiver.origin if isinstance(callee, ExternalAttribute) else None
        for callee in analysis.values.callee(file, site)
    }
    origin = origins.pop() if len(origins) == 1 else None
    return origin[1] if origin is not None and origin[0] is file else None


def _given_to_thread(file: File, site: int, analysis: Analysis) -> ir.Expr | None:
    """What a call has another thread do, without the context of this one."""
    call = file.model.calls[site]
    name = last_name(call.func)
    if name not in {*_SUBMITTING, "run_in_executor", "Thread", "Timer"}:
        return None
    callees = analysis.values.callee(file, site)
    if callees and all(_is_submitting(callee) for callee in callees):
        return call.args[0].value if call.args and not call.args[0].stars else None
    if (
        name == "run_in_executor"
        and len(call.args) > 1
        and call.args[0].value == ir.Constant("None")
    ):
        return call.args[1].value
    if all(isinstance(callee, ExternalName) and callee.name in _THREADS for callee in callees):
        return next(
            (arg.value for arg in call.args if arg.keyword in {"target", "function"}), None
        )
    return None


def _is_submitting(callee: Value) -> bool:
    return (
        isinstance(callee, ExternalAttribute)
        and callee.name in _SUBMITTING
        and isinstance(callee.receiver, Instance)
        and isinstance(callee.receiver.cls, ExternalName)
        and callee.receiver.cls.name in _POOLS
    )
