"""LS602: `await` on a result that is not awaitable."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.exceptions.hiding import hides_type_error, is_narrowed
from lint_langsmith.analysis.ir.model import UseKind
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
from lint_langsmith.findings import Severity, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.rules.shared.certain import is_certain

_SYNCHRONOUS: Final = frozenset({"call", "iteration", "background", "never"})
_ASYNCHRONOUS_USES: Final[frozenset[UseKind]] = frozenset(
    {"await", "async-iterate", "async-comprehension"}
)


@rule("LS602", "await-on-sync", severity=Severity.ERROR, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A method of a synchronous client is awaited, or iterated with `async for`.

    ## What it does
    Reports `await` and `async for` on methods of `Client`, `Langsmith` and `SandboxClient` that return neither a
    coroutine nor an asynchronous iterator: `await client.flush()`, `async for run in client.list_runs(…)`.

    ## Why it matters
    The method does its work and blocks the event loop, and then `await` fails with `TypeError: object NoneType can't be
    used in 'await' expression`. LangSmith's documentation shows `await client.flush()` for Python.

    ## Example
    ```python
    import os

    from langsmith import Client

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])


    async def shutdown() -> None:
        await client.flush()
    ```

    ## Use instead
    ```python
    import asyncio
    import os

    from langsmith import Client

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])


    async def shutdown() -> None:
        await asyncio.to_thread(client.flush)
    ```

    ## Not flagged
    Methods that are coroutines on the synchronous client as well (`client.aevaluate`, `client.runs.retrieve`);
    receivers that may be of another type.

    ## Fix safety
    There is no automatic fix: the author chooses between a thread and an `AsyncClient`.

    ## References
    - Which methods are coroutines was measured on langsmith 0.1.0 to 0.15.1, by where each method raises.
    """
    for call in analysis.clients.api_calls(file):
        if (
            call.call.use.kind in _ASYNCHRONOUS_USES
            and _is_synchronous(call)
            and is_certain(call, analysis)
            and not is_narrowed(file, call.call.func, call.call, analysis.outcomes)
        ):
            yield _violation(call, analysis)


def _is_synchronous(call: ApiCall) -> bool:
    """Whether a method gives neither a coroutine nor an asynchronous iterator, in any release of the project's."""
    named_async = call.owner.rpartition(".")[2].startswith("Async")
    return (
        call.method is not None
        and not named_async
        and _SYNCHRONOUS.issuperset(call.method.whens)
    )


def _violation(call: ApiCall, analysis: Analysis) -> Violation:
    hidden = (
        "; the handler around it hides the error"
        if hides_type_error(call.file, call.call.block, analysis.outcomes)
        else ""
    )
    awaits = call.call.use.kind == "await"
    what = (
        "no coroutine; `await` fails"
        if awaits
        else "no asynchronous iterator; `async for` fails"
    )
    return Violation(
        at=call.span,
        message=f"`{call.label}` is synchronous and returns {what} with TypeError{hidden}",
        help=_help(call) if awaits else "use `for`, or an `AsyncClient`",
    )


def _help(call: ApiCall) -> str:
    name = call.label.removesuffix("()")
    if call.name == "evaluate":
        return f"use `await {name.removesuffix('evaluate')}aevaluate(…)`"
    return f"call it without `await`, or in a thread: `await asyncio.to_thread({name}, …)`"
