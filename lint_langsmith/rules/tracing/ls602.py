"""LS602: what is not awaitable is awaited."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.exceptions.hiding import hides_type_error
from lint_langsmith.analysis.ir.model import UseKind
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.sdk_use.clients import ApiCall
from lint_langsmith.findings import Severity, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.rules.shared.certain import is_certain

_SYNCHRONOUS: Final = frozenset({"call", "iteration", "background", "never"})
_ASYNCHRONOUS_USES: Final[frozenset[UseKind]] = frozenset({"await", "async-iterate", "async-comprehension"})


@rule("LS602", "await-on-sync", severity=Severity.ERROR, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A method of a synchronous client is awaited, or gone through with `async for`.

    ## What it does
    Reports `await` and `async for` on methods of `Client`, `Langsmith` and `SandboxClient` that give no coroutine and
    no asynchronous iterator: `await client.flush()`, `async for run in client.list_runs(…)`.

    ## Why it matters
    The method has done its work, blocking everything else meanwhile, and then `await` fails: `TypeError: object
    NoneType can't be used in 'await' expression`. LangSmith's documentation shows `await client.flush()` for Python.

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
    Methods that are coroutines on the synchronous client, too (`client.aevaluate`, `client.runs.retrieve`); receivers
    that may be something else.

    ## Fix safety
    There is no automatic fix: whether the call belongs into a thread, or the client has to be an `AsyncClient`, the
    author knows.

    ## References
    - Which methods are coroutines: by what raises where, measured on langsmith 0.1.0 to 0.15.1.
    """
    for call in analysis.clients.api_calls(file):
        if call.call.use.kind in _ASYNCHRONOUS_USES and _is_synchronous(call) and is_certain(call, analysis):
            yield _violation(call, analysis)


def _is_synchronous(call: ApiCall) -> bool:
    """Whether a method gives neither a coroutine nor an asynchronous iterator, in any release of the project's."""
    named_async = call.owner.rpartition(".")[2].startswith("Async")
    return call.method is not None and not named_async and _SYNCHRONOUS.issuperset(call.method.whens)


def _violation(call: ApiCall, analysis: Analysis) -> Violation:
    hidden = (
        "; the handler around it hides that" if hides_type_error(call.file, call.call.block, analysis.outcomes) else ""
    )
    awaits = call.call.use.kind == "await"
    what = "no coroutine: `await` fails" if awaits else "no asynchronous iterator: `async for` fails"
    return Violation(
        at=call.span,
        message=f"`{call.label}` is synchronous and gives {what} with TypeError{hidden}",
        help=_help(call) if awaits else "use `for`, or an `AsyncClient`",
    )


def _help(call: ApiCall) -> str:
    name = call.label.removesuffix("()")
    if call.name == "evaluate":
        return f"`{name.removesuffix('evaluate')}aevaluate()` is the coroutine"
    return f"call it without `await`, or in a thread: `await asyncio.to_thread({name}, …)`"
