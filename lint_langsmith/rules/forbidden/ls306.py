"""LS306: a retry after a 403."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.exceptions.outcome import MissedHandler
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.walk import descend
from lint_langsmith.analysis.project.file import File, last_name, within
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
from lint_langsmith.findings import Fix, Severity, Span, Violation
from lint_langsmith.rules.fixes.retrying import predicate_fix, raised_again_fix
from lint_langsmith.rules.registry import rule
from lint_langsmith.rules.shared.handlers import contents, related_calls, root


@rule("LS306", "retried-forbidden", severity=Severity.WARNING, since="0.1", follows=True)
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A call is retried after a 403, which does not go away by itself.

    ## What it does
    Reports code that retries a call after its 403: loops whose handler catches it and continues with the next attempt,
    `tenacity`, `backoff`, `stamina` and `retry` decorators (and `for attempt in Retrying(…)`), Celery's
    `autoretry_for` and `self.retry`, LangChain's `with_retry`, and the `RetryPolicy` of a LangGraph node. Predicates
    are tested with the class that is raised: `retry_if_exception_type(LangSmithError)` retries a 403,
    `retry_if_exception_type(LangSmithConnectionError)` does not.

    ## Why it matters
    The key or its permissions must change first. Until then each attempt is refused. The user waits for all of them, an
    endless loop never ends, and the requests count against the rate limit.

    ## Example
    ```python
    import os

    from langsmith import Client
    from tenacity import retry, stop_after_attempt

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])


    @retry(stop=stop_after_attempt(5))
    def _read(name):
        return client.read_project(project_name=name)


    def read(name):
        try:
            return _read(name)
        except Exception as error:
            print(f"LangSmith: {error}")
            return None
    ```

    ## Use instead
    ```python
    import os

    from langsmith import Client
    from langsmith.utils import LangSmithConnectionError, LangSmithRateLimitError
    from tenacity import retry, retry_if_exception_type, stop_after_attempt

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])


    @retry(
        retry=retry_if_exception_type((LangSmithConnectionError, LangSmithRateLimitError)),
        stop=stop_after_attempt(5),
        reraise=True,
    )
    def _read(name):
        return client.read_project(project_name=name)


    def read(name):
        try:
            return _read(name)
        except Exception as error:
            print(f"LangSmith: {error}")
            return None
    ```

    ## Not flagged
    Predicates that exclude the 403 (also functions that test its class, its status or its text), and unresolved
    predicates; handlers that test the error before they continue; loops over different items; menus, where each round
    begins with user input; a loop that polls forever with a pause and continues after success as well; tests.

    ## Fix safety
    In a loop the fix raises a 403 again before the next attempt; tenacity's `@retry` gets a predicate that retries all
    but a 403. Both ask for `LangSmithError` itself, so that its subclasses (connection errors, rate limits, 404) are
    retried as before. It is unsafe: what is not retried escapes earlier. There is none for other mechanisms.

    ## References
    - Measured on langsmith 0.1.0 to 0.15.0: the SDK itself does not retry a 403 (but for `AsyncClient` 0.1.131 to
      0.3.25, three times); what it retries by itself are connection errors, 429 and 5xx.
    - langgraph 1.2: `default_retry_on(LangSmithError())` is true.
    """
    yield from _loops(file, analysis)
    yield from _mechanisms(file, analysis)


# Methods of queues, streams and brokers that give the next thing.
_TAKING: Final = frozenset(
    {
        *(
            "get",
            "get_nowait",
            "pop",
            "popleft",
            "recv",
            "receive",
            "readline",
            "blpop",
            "brpop",
            "poll",
            "next_msg",
        ),
        *("receive_message", "receive_messages", "fetchone", "xreadgroup"),
    }
)


def _loops(file: File, analysis: Analysis) -> Iterator[Violation]:
    for caught, calls in analysis.outcomes.caught_by_file.get(file.relative, {}).items():
        again = (_goes_round(caught) and not _falls_out(caught)) or _celery_retry(caught)
        if again and not _looks_at_error(caught):
            fix = raised_again_fix(caught, calls, analysis)
            yield _violation(caught.handler.span, "this handler", calls, fix)
    for held, calls in analysis.outcomes.held_by_file.get(file.relative, {}).items():
        if _goes_round(held):
            fix = raised_again_fix(held, calls, analysis)
            yield _violation(held.handler.span, "this handler", calls, fix)


def _mechanisms(file: File, analysis: Analysis) -> Iterator[Violation]:
    for found, calls in analysis.retries.by_file.get(file.relative, {}).items():
        fix = predicate_fix(file, found.span, calls, analysis)
        yield _violation(found.span, found.names, calls, fix)


def _violation(
    span: Span, names: str, calls: Sequence[ApiCall], fix: Fix | None = None
) -> Violation:
    more = f" (and {len(calls) - 1} more)" if len(calls) > 1 else ""
    return Violation(
        at=span,
        message=f"{names} retries `{calls[0].label}`{more} after a 403, which does not go away by itself",
        help="retry only connection errors, rate limits and timeouts; do not catch a 403 in the retry",
        related=related_calls(calls),
        fix=fix,
    )


# -- loops -----------------------------------------------------------------------------------------------------------


def _goes_round(caught: MissedHandler) -> bool:
    """Whether a handler goes on with the next attempt of a loop that success leaves."""
    file = caught.file
    row = file.model.tries[caught.owner]
    loop = _loop_around(file, caught.owner)
    if loop is None or not _repeats(file, caught.owner, loop):
        return False
    falls = file.model.blocks[caught.handler.block].ends == "falls"
    if falls and file.model.blocks[loop].ends in {"return", "raise", "break"}:
        return False
    leaves = {file.model.blocks[block].ends for block in within(file, row.body)}
    if row.orelse >= 0:
        leaves |= {file.model.blocks[block].ends for block in within(file, row.orelse)}
    return bool(leaves & {"return", "break"})


def _loop_around(file: File, owner: int) -> int | None:
    """The loop that a `try` stands in directly, but for conditions and `with`."""
    for block in file.block_chain(file.model.blocks[file.model.tries[owner].body].parent):
        kind = file.model.blocks[block].kind
        if kind == "loop":
            return block
        if kind not in {"if", "else", "with"}:
            return None
    return None


def _repeats(file: File, owner: int, loop: int) -> bool:
    """Whether a loop does the same again, not the next thing: its `try` uses nothing that the loop hands out.

    `while …`, `for attempt in range(…)`, `for delay in (1, 2, 4)`; not `while True: job = await queue.get()`.
    """
    row = file.model.loops[file.model.blocks[loop].owner]
    if row.iter is None:
        return not (_takes_next(file, loop) or _asks_user(file, loop))
    if isinstance(row.iter, ir.CallRef) and last_name(file.model.calls[row.iter.site].func) in {
        "range",
        "count",
    }:
        return True
    handed_out = {
        binding.name
        for binding in file.rows_by_block.bindings((loop,))
        if binding.kind == "for"
    }
    for binding in contents(file, loop).bindings:
        if _mentions(file, binding.value, handed_out):
            handed_out.add(binding.name)
    used = contents(file, file.model.tries[owner].body).reads
    return handed_out.isdisjoint(
        root(read.expr) if isinstance(read, ir.Load) else read.name for read in used
    )


def _takes_next(file: File, loop: int) -> bool:
    """Whether each round of a loop takes the next thing from a queue, and works on that."""
    inside = contents(file, loop)
    taken = {name for site in inside.calls for name in _taken(file.model.calls[site])}
    return any(
        (root(read.expr) if isinstance(read, ir.Load) else read.name) in taken
        for read in inside.reads
    )


def _asks_user(file: File, loop: int) -> bool:
    """Whether each round of a loop begins with what somebody types: a menu does not try the same again."""
    names = (last_name(file.model.calls[site].func) for site in contents(file, loop).calls)
    return any(name in {"input", "prompt", "ask"} for name in names)


def _taken(call: ir.Call) -> tuple[str, ...]:
    """The names of what a call takes from a queue; a look-up (`requests.get(url)`) is told what to look for."""
    takes = isinstance(call.func, ir.Attribute) and call.func.name in _TAKING
    if not takes or any(arg.keyword is None for arg in call.args):
        return ()
    use = call.awaited_use if call.use.kind == "await" else call.use
    return use.names if use is not None and use.kind == "assign" else ()


def _falls_out(caught: MissedHandler) -> bool:
    """Whether the handler leaves the loop: it raises, returns or breaks."""
    return caught.file.model.blocks[caught.handler.block].ends not in {"falls", "continue"}


def _celery_retry(caught: MissedHandler) -> bool:
    """`raise self.retry(exc=error)`."""
    file = caught.file
    calls = (file.model.calls[site] for site in contents(file, caught.handler.block).calls)
    return any(
        isinstance(call.func, ir.Attribute)
        and call.func.name == "retry"
        and isinstance(call.func.value, ir.Name)
        and call.func.value.id == "self"
        for call in calls
    )


def _looks_at_error(caught: MissedHandler) -> bool:
    """Whether a handler decides by what it caught: the error is in the test of a condition."""
    file, handler = caught.file, caught.handler
    if handler.name is None:
        return False
    told = {handler.name}
    for binding in contents(file, handler.block).bindings:
        if _mentions(file, binding.value, told):
            told.add(binding.name)
    branches = file.rows_by_block.branches(within(file, handler.block))
    return any(_mentions(file, branch.test, told) for branch in branches)


def _mentions(file: File, expr: ir.Expr | None, names: set[str]) -> bool:
    parts = descend(expr, file.model.calls)
    return any(isinstance(part, ir.Name) and part.id in names for part in parts)
