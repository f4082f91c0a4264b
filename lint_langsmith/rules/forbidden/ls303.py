"""LS303: a handler around code that can't raise the 403."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from lint_langsmith import lazy_re
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.credentials.http_requests import Request
from lint_langsmith.analysis.exceptions.outcome import Point
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, last_name
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall, Construction
from lint_langsmith.analysis.values.abstract import UNKNOWN, ExternalName, FunctionRef, Value
from lint_langsmith.findings import Related, Severity, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.rules.shared.claims import Stored, says_refused, says_stored
from lint_langsmith.rules.shared.handlers import texts_in
from lint_langsmith.rules.shared.lazy import guarding_unused, outer_try, stands_apart
from lint_langsmith.rules.shared.open_paths import tries_key_in_vain

_TRACEABLE: Final = frozenset({"langsmith.traceable", "langsmith.run_helpers.traceable"})


@rule("LS303", "handler-guards-nothing", severity=Severity.WARNING, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """The body of a `try` can't raise the 403, which is raised elsewhere or never.

    ## What it does
    Reports handlers that could catch a 403 around code that can't raise one: only the construction of a client, which
    sends no request; the creation of a lazy iterator that is iterated after the `try` or never
    (`client.list_projects(limit=1)` as a check of the key); calls that only queue data for a background thread. Also
    reports what a program says without having asked LangSmith: a `try` that only creates a client and drops it, or then
    says "connected", or whose handler says that the key is wrong; a request that tries a key on a path that answers
    without one (`/info`, `/ok`); and feedback that is called saved although it is only queued (`create_feedback` with
    `trace_id`).

    ## Why it matters
    The program looks protected and is not. The 403 is raised at the first step of the iterator, or it is only logged.

    ## Example
    ```python
    import os

    from langsmith import Client
    from langsmith.utils import LangSmithError

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])


    def names():
        try:
            data_sets = client.list_datasets()
        except LangSmithError as error:
            print(f"LangSmith: {error}")
            return []
        return [data_set.name for data_set in data_sets]
    ```

    ## Use instead
    ```python
    import os

    from langsmith import Client
    from langsmith.utils import LangSmithError

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])


    def names():
        try:
            return [data_set.name for data_set in client.list_datasets()]
        except LangSmithError as error:
            print(f"LangSmith: {error}")
            return []
    ```

    ## Not flagged
    Broad handlers (`except Exception`) around a constructor, which catch its other errors, unless they speak of the
    key; feedback that is called sent or submitted; iterators that are iterated inside the same `try`, or whose 403 is
    caught where they are iterated.

    ## Fix safety
    There is no automatic fix: after moving the use into the `try`, it also catches other errors.

    ## References
    - Measured on langsmith 0.1.0 to 0.15.0: constructors send no request; `list_runs`, `list_examples`,
      `list_datasets`, `list_projects`, `list_feedback` and others are generators that send their first request for
      the first item; `create_run` and `update_run` queue data for a background thread, which logs a refusal.
    """
    for call in analysis.clients.api_calls(file):
        if stands_apart(call, analysis):
            yield _apart(call, analysis)
        elif (owner := guarding_unused(call, analysis)) is not None:
            yield _never_sent(call, owner)
    yield from _around_nothing(file, analysis)
    if not file.is_test:
        yield from _untried(file, analysis)
        for stored in says_stored(file, analysis):
            yield _violation_stored(stored)
        for request in tries_key_in_vain(file, analysis):
            yield _violation_of_any_key(request)


# What a program says when it believes that LangSmith has answered.
_SAYS_CONNECTED: Final = lazy_re.compile(
    r"(?i)\bconnect(?:ed|ion (?:is )?(?:ok|works|successful|established|verified))\b"
    r"|\bsuccessful(?:ly)? (?:connect|authenticat)|\bauthenticated\b|\b(?:api )?key (?:is )?valid\b"
    r"|\bconnection test (?:passed|succeeded)|连接(?:测试)?成功|接続(?:に)?成功",
)


def _untried(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A `try` that builds a client, and says that it is connected: nothing was asked, so it says so of any key."""
    for owner, row in enumerate(file.model.tries):
        blocks = [row.body, *([row.orelse] if row.orelse >= 0 else [])]
        inside = _sites_within(file, *blocks)
        built = [
            made
            for site in inside
            if (made := analysis.clients.construction(file, site)) is not None
        ]
        asked = any(analysis.clients.api_calls_at(file, site) for site in inside)
        others = set(inside) - {made.site for made in built}
        if not built or asked or not all(_is_simple(file, site, analysis) for site in others):
            continue
        said = next(
            (
                match[0]
                for block in blocks
                for text in texts_in(file, block)
                if (match := _SAYS_CONNECTED.search(text))
            ),
            None,
        )
        if said is not None:
            yield _violation_untried(built[0], owner, said)
            continue
        if built[0].call.use.kind == "statement":
            yield _violation_dropped(built[0])
            continue
        for handler in row.handlers:
            refused = says_refused(file, handler.block)
            if refused is not None:
                yield _violation_refused(built[0], handler, refused)


def _name(built: Construction) -> str:
    """How the program calls a client that it builds."""
    use = built.call.use
    return use.names[0] if use.kind == "assign" and use.names else f"{built.written}()"


def _violation_untried(built: Construction, owner: int, said: str) -> Violation:
    return Violation(
        at=built.call.callee_span,
        message=f'`{built.written}()` sends no request, so this says "{said}" of any key',
        help=f"ask for something, such as `next({_name(built)}.list_projects(limit=1), None)`",
        related=(
            Related(
                built.file.relative,
                built.file.model.tries[owner].handlers[0].span,
                "this handler waits for an error",
            ),
        )
        if built.file.model.tries[owner].handlers
        else (),
    )


def _violation_dropped(built: Construction) -> Violation:
    return Violation(
        at=built.call.callee_span,
        message=f"`{built.written}()` sends no request, so creating one and dropping it tests no key",
        help=f"ask for something with the client, such as `next({built.written}(…).list_projects(limit=1), None)`",
    )


def _violation_refused(built: Construction, handler: ir.Handler, said: str) -> Violation:
    return Violation(
        at=handler.span,
        message=f'`{built.written}()` sends no request, so no refused key gets to this handler, which says "{said}"',
        help=f"ask for something in the `try`, such as `next({_name(built)}.list_projects(limit=1), None)`",
        related=(
            Related(built.file.relative, built.call.callee_span, "the client is created here"),
        ),
    )


def _violation_stored(stored: Stored) -> Violation:
    call = stored.call
    return Violation(
        at=call.span,
        message=(
            f"`{call.label}` with `trace_id` only queues the feedback, "
            f'so this says "{stored.said}" also where LangSmith refuses it with 403'
        ),
        help="leave `trace_id` out, to send it at once and catch `LangSmithError`; or say that it is queued",
    )


def _violation_of_any_key(request: Request) -> Violation:
    path = urlsplit(request.url).path
    return Violation(
        at=request.span,
        message=f"LangSmith answers `{path}` without a key, so this request accepts any key",
        help="ask for something that needs the key, such as `/api/v1/sessions?limit=1`",
    )


def _never_sent(call: ApiCall, owner: int) -> Violation:
    return Violation(
        at=call.file.model.tries[owner].handlers[0].span,
        message=f"`{call.label}` is never iterated and sends no request; this `try` can't catch a 403",
        help=f"request one item: `next({call.label[:-1]}…), None)`",
        related=(
            Related(
                call.file.relative,
                call.span,
                f"`{call.label}` is called here, and its result is dropped",
            ),
        ),
    )


def _apart(call: ApiCall, analysis: Analysis) -> Violation:
    points = [
        point for point in analysis.outcomes.fate(call).points if point.order != call.call.order
    ]
    owner = outer_try(call, analysis)
    assert owner is not None
    return Violation(
        at=call.file.model.tries[owner].handlers[0].span,
        message=f"`{call.label}` sends no request yet; a 403 is raised where the result is used, outside of this `try`",
        help="use the result inside the `try` (for example with `list(…)`), or move the handler to the use",
        related=(
            Related(call.file.relative, call.span, f"`{call.label}` is called here"),
            *(_used_at(point) for point in points),
        ),
    )


def _used_at(point: Point) -> Related:
    return Related(point.file.relative, point.span, "the first request is sent here")


def _around_nothing(file: File, analysis: Analysis) -> Iterator[Violation]:
    """`try` statements with a handler for LangSmith's errors and nothing in them that can raise one."""
    if file.is_test:
        return
    for owner, row in enumerate(file.model.tries):
        named = [
            handler for handler in row.handlers if _names_sdk_error(file, handler, analysis)
        ]
        if not named:
            continue
        reason = _idle(file, owner, analysis)
        if reason is not None:
            yield Violation(at=named[0].span, message=reason[0], help=reason[1])


def _names_sdk_error(file: File, handler: ir.Handler, analysis: Analysis) -> bool:
    return any(
        _is_sdk_error(value, analysis) for value in analysis.outcomes.classes(file, handler)
    )


def _sites_within(file: File, *blocks: int) -> list[int]:
    """The sites of the calls in some blocks and in what is defined there."""
    return file.rows_by_block.sites(
        inner for block in blocks for inner in file.blocks_within(block)
    )


def _is_sdk_error(value: Value, analysis: Analysis) -> bool:
    if not isinstance(value, ExternalName) or not analysis.sdk.owns(value.name):
        return False
    canonical = analysis.sdk.canonical(value.name)
    return canonical is not None and len(analysis.sdk.error_mro(canonical)) > 1


def _idle(file: File, owner: int, analysis: Analysis) -> tuple[str, str] | None:
    """Why nothing in the body of a `try` can raise LangSmith's errors; None when something may."""
    body = file.model.tries[owner].body
    inside = _sites_within(file, body)
    built = {
        site: client
        for site in inside
        if (client := analysis.clients.construction(file, site)) is not None
    }
    calls = {
        site: call for site in inside for call in analysis.clients.api_calls_at(file, site)
    }
    silent = [call for call in calls.values() if not list(analysis.outcomes.points(call))]
    queued = [call for call in silent if _is_background(call)]
    others = [site for site in inside if site not in built and site not in calls]
    traced = [site for site in others if _is_traced(file, site, analysis)]
    if any(not _is_simple(file, site, analysis) for site in others if site not in traced):
        return None
    if built and not calls:
        name = next(iter(built.values())).written
        return (
            f"`{name}()` sends no request, so this handler never runs; an invalid key fails at the first call",
            "move the handler to the calls of the client",
        )
    if queued and len(silent) == len(calls):
        return (
            f"`{queued[0].label}` only queues its data; a 403 is logged by a background thread and never raised here",
            "pass `tracing_error_callback=` to the client (langsmith 0.4.55 or newer), or watch the `langsmith` logger",
        )
    if traced and not calls:
        name = last_name(file.model.calls[traced[0]].func)
        return (
            f"`{name}()` is traced, and traces are sent in the background; a 403 is logged there and never raised here",
            "pass `tracing_error_callback=` to the client (langsmith 0.4.55 or newer), or watch the `langsmith` logger",
        )
    return None


def _is_traced(file: File, site: int, analysis: Analysis) -> bool:
    """A call of a traced function of the project that asks nothing of LangSmith itself."""
    callees = analysis.values.callee(file, site)
    return bool(callees) and all(
        isinstance(callee, FunctionRef)
        and not _TRACEABLE.isdisjoint(analysis.values.decorator_names(callee))
        and not _asks(callee, analysis)
        for callee in callees
    )


def _asks(function: FunctionRef, analysis: Analysis) -> bool:
    """Whether a function calls LangSmith's API, itself or in what it calls, as far as that can be followed."""
    return any(
        _asks_itself(called, analysis) for called in analysis.call_graph.reachable([function])
    )


def _asks_itself(function: FunctionRef, analysis: Analysis) -> bool:
    file = function.file
    if any(
        file.function_of(call.call.scope) == function.scope
        for call in analysis.clients.api_calls(file)
    ):
        return True
    return any(
        UNKNOWN in analysis.values.callee(file, site)
        and analysis.sdk.is_attribute(
            "langsmith.client.Client", last_name(file.model.calls[site].func)
        )
        for site in file.sites_by_function.get(function.scope, ())
    )


def _is_background(call: ApiCall) -> bool:
    ways = (call.method, *call.method.others) if call.method is not None else ()
    return bool(ways) and all(way.when == "background" or way.unless for way in ways)


def _is_simple(file: File, site: int, analysis: Analysis) -> bool:
    """Calls that have nothing to do with LangSmith for certain: builtins, the environment, logging."""
    quiet = ("builtins.", "os.", "logging.", "uuid.", "datetime.", "dotenv.", "time.")
    return all(
        isinstance(value, ExternalName) and value.name.startswith(quiet)
        for value in analysis.values.callee(file, site)
    )
