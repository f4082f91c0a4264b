"""LS601: a coroutine that is never awaited."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.exceptions.hiding import hides_type_error
from lint_langsmith.analysis.exceptions.uses import uses_of
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.model import UseKind
from lint_langsmith.analysis.ir.walk import descend
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
from lint_langsmith.analysis.values.abstract import ExternalName
from lint_langsmith.findings import Applicability, Fix, Severity, Span, Violation
from lint_langsmith.rules.fixes.awaiting import async_for_edits, await_edits
from lint_langsmith.rules.registry import rule
from lint_langsmith.rules.shared.certain import is_certain
from lint_langsmith.rules.shared.lazy import is_gone_through

_COROUTINE: Final = frozenset({"await", "await-iteration"})
_ITERATOR: Final = frozenset({"async-iteration"})
# What can be done neither with a coroutine nor with an asynchronous iterator.
_NEVER: Final[frozenset[UseKind]] = frozenset(
    {"iterate", "comprehension", "unpack", "star", "subscript", "with"}
)
# What a coroutine has itself.
_OWN: Final = frozenset({"send", "throw", "close"})

# Methods of resources that give pages.
_PAGED: Final = ("list", "query", "search", "stream")
_SHOWING: Final = frozenset(
    ExternalName(f"builtins.{name}") for name in ("print", "str", "repr", "bool", "len", "int")
)


@rule("LS601", "missing-await", severity=Severity.ERROR, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A coroutine of an asynchronous client is not awaited, or `for` is used in place of `async for`.

    ## What it does
    Reports calls of coroutines of `AsyncClient`, `AsyncLangsmith`, `AsyncSandboxClient` and of the resources of any
    client (`client.runs.retrieve(…)`) whose result is dropped, or used without `await`: attributes read, iterated,
    unpacked, printed, formatted into a string, tested for its truth or compared in a condition or an `assert`, or
    assigned to a name with which nothing else is done. For methods that return an asynchronous iterator, reports `for`,
    `list()` and similar uses.

    ## Why it matters
    No request is sent. The coroutine is discarded with a `RuntimeWarning` that is easily missed, and a 403 is never
    raised. Code that uses the coroutine as a result fails with `AttributeError` or `TypeError`.

    ## Example
    ```python
    import os

    from langsmith import AsyncClient


    async def rate(run_id: str) -> None:
        async with AsyncClient(api_key=os.environ["LANGSMITH_API_KEY"]) as client:
            client.create_feedback(run_id, key="useful", score=1)
    ```

    ## Use instead
    ```python
    import logging
    import os

    from langsmith import AsyncClient
    from langsmith.utils import LangSmithError


    async def rate(run_id: str) -> None:
        async with AsyncClient(api_key=os.environ["LANGSMITH_API_KEY"]) as client:
            try:
                await client.create_feedback(run_id, key="useful", score=1)
            except LangSmithError:
                logging.exception("LangSmith did not take the feedback")
    ```

    ## Not flagged
    Coroutines that are passed as arguments, returned, or assigned to a name that is awaited, passed on or returned
    (`tasks.append(…)`, `asyncio.gather(…)`); receivers that may be of another type.

    ## Fix safety
    In an `async def` the fix writes `await` before the call, or `async for` for `for`. It is unsafe: the request is
    sent for the first time, and may be refused.

    ## References
    - Which methods are coroutines was measured on langsmith 0.1.0 to 0.15.1, by where each method raises.
    """
    calls = analysis.clients.api_calls(file)
    conditions = _conditions(file) if calls else _NO_CONDITIONS
    for call in calls:
        fault = _fault(call, conditions, analysis)
        if fault is not None and is_certain(call, analysis):
            hidden = call.call.use.kind != "statement" and hides_type_error(
                file, call.call.block, analysis.outcomes
            )
            message = f"`{call.label}` {fault}{'; the handler around it hides the error' if hidden else ''}"
            yield Violation(at=call.span, message=message, help=_help(call), fix=_fix(call))


def _fault(call: ApiCall, conditions: _Conditions, analysis: Analysis) -> str | None:
    """What is wrong with the use of a call's result; None for what may be right."""
    if call.method is None or call.handed is not None:
        return None
    use, whens = call.call.use, call.method.whens
    if _COROUTINE.issuperset(whens):
        if use.kind == "statement":
            return "is a coroutine that is never awaited; no request is sent"
        # Lists of a resource can be iterated as well as awaited, and have attributes of their own.
        is_coroutine = call.owner in analysis.sdk.client_classes or not call.name.startswith(
            _PAGED
        )
        read = is_coroutine and use.kind == "receiver" and not _OWN.issuperset(use.names)
        if read or use.kind in _NEVER:
            return "has to be awaited; this use of it fails"
        return _quiet_fault(call, conditions, analysis)
    if not _ITERATOR.issuperset(whens):
        return None
    if use.kind == "await":
        return "returns an asynchronous iterator, for which `await` fails"
    if use.kind in _NEVER or is_gone_through(call, analysis):
        return "returns an asynchronous iterator, which only `async for` can iterate"
    return None


def _quiet_fault(call: ApiCall, conditions: _Conditions, analysis: Analysis) -> str | None:
    """What is wrong with a use of a coroutine that raises nothing."""
    file, use = call.file, call.call.use
    if use.kind == "format" or (use.outer is not None and _shows(file, use.outer, analysis)):
        return "is a coroutine that is never awaited; no request is sent, and the coroutine is shown"
    if call.site in conditions.calls:
        return f"is a coroutine that is never awaited; {conditions.calls[call.site]}"
    if _is_kept_only(call, conditions, analysis):
        return "is a coroutine that is kept and never awaited; no request is sent"
    return None


def _shows(file: File, outer: int, analysis: Analysis) -> bool:
    return _SHOWING.issuperset(analysis.values.callee(file, outer))


def _is_kept_only(call: ApiCall, conditions: _Conditions, analysis: Analysis) -> bool:
    """Whether a function keeps a coroutine under a name, and does nothing with the name that may await it."""
    file, row = call.file, call.call
    binding = conditions.kept.get(call.site)
    if binding is None or file.function_of(row.scope) == 0:
        return False
    if (binding.scope, binding.name) in file.global_names:
        return False
    reads, sites = uses_of(file, binding.name, binding)
    if not _OWN.isdisjoint(sites):
        return False
    return all(_awaits_nothing(file, read, conditions, analysis) for read in reads)


def _awaits_nothing(
    file: File, read: ir.Read, conditions: _Conditions, analysis: Analysis
) -> bool:
    use = read.use
    if use.kind in _NEVER or use.kind in {"format", "statement"}:
        return True
    shows = use.kind == "argument" and use.outer is not None
    return (shows and _shows(file, use.outer or 0, analysis)) or read.span in conditions.names


# -- conditions ------------------------------------------------------------------------------------------------------


class _Conditions(NamedTuple):
    """What a file asks in conditions, and which names keep what its calls give.

    `calls` are the calls that are a condition, or a part of one, each with what the condition is where nothing is
    awaited; `names` the places of names that are; `kept` the bindings of what calls give, by site.
    """

    calls: Mapping[int, str]
    names: frozenset[Span]
    kept: Mapping[int, ir.Binding]


_NO_CONDITIONS: Final = _Conditions({}, frozenset(), {})
_ALWAYS_TRUE: Final = "as a condition it is always true"
_NEVER_EQUAL: Final = "what it is compared with never equals it"


def _conditions(file: File) -> _Conditions:
    tests = [branch.test for branch in file.model.branches]
    tests += [row.test for row in file.model.asserts]
    tests += [loop.test for loop in file.model.loops if loop.test is not None]
    calls: dict[int, str] = {}
    names: set[Span] = set()
    for test in tests:
        for part, meaning in _asked(test):
            if isinstance(part, ir.CallRef):
                calls[part.site] = meaning
            elif isinstance(part, ir.Name):
                names.add(part.span)
    kept = {
        row.value.site: row
        for row in file.model.bindings
        if isinstance(row.value, ir.CallRef) and row.kind == "assign" and row.via == "direct"
    }
    return _Conditions(calls, frozenset(names), kept)


def _asked(test: ir.Expr) -> Iterator[tuple[ir.Expr, str]]:
    """The parts of a condition, each with what it comes to for a coroutine."""
    for part in descend(test, through=(ir.Unary, ir.Boolean)):
        if isinstance(part, ir.Comparison):
            for operand in (part.left, *part.rights):
                yield operand, _NEVER_EQUAL
        else:
            yield part, _ALWAYS_TRUE


def _is_coroutine(call: ApiCall) -> bool:
    return call.method is not None and _COROUTINE.issuperset(call.method.whens)


def _fix(call: ApiCall) -> Fix | None:
    """`await` before the call, or an asynchronous loop, where the function around it is asynchronous."""
    row = call.call
    if _is_coroutine(call):
        title, edits = "Await it", () if row.use.kind == "with" else await_edits(call.file, row)
    else:
        title, edits = "Iterate it by `async for`", async_for_edits(call.file, row)
    return Fix(title, Applicability.UNSAFE, edits) if edits else None


def _help(call: ApiCall) -> str:
    return (
        f"write `await {call.label}`"
        if _is_coroutine(call)
        else "use `async for`, or `[item async for item in …]`"
    )
