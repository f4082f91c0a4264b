"""LS304: a 403 that is caught and ignored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.credentials.http_requests import Request
from lint_langsmith.analysis.exceptions.outcome import MissedHandler
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, last_name, within
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
from lint_langsmith.analysis.values.abstract import ExternalName, FunctionRef
from lint_langsmith.findings import Persona, Related, Severity, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.rules.shared.access_checks import checks_access
from lint_langsmith.rules.shared.denials import denial, gives_nothing
from lint_langsmith.rules.shared.empty_values import is_empty, spelled_empty
from lint_langsmith.rules.shared.handlers import contents, is_explained, related_calls
from lint_langsmith.rules.shared.missing import (
    calls_in_try,
    is_told_apart,
    makes_what_is_missing,
)
from lint_langsmith.rules.shared.request_keys import key_fault


@rule("LS304", "swallowed-forbidden", severity=Severity.WARNING, since="0.1", follows=True)
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A handler catches the 403 and does nothing with it.

    ## What it does
    Reports handlers that catch the 403 of an API call and do nothing: `pass`, `...`, `continue`, a `return` in a
    function that returns nothing, or a count (`failed += 1`) that its function never reads; and handlers that do
    nothing but return `None`, an empty text or an empty collection (or `False`, if all callers drop it), or give it to
    a name of the `try`. It is an info where a comment in the handler says why. Of requests without the SDK, reports
    those that make, change or delete something and whose answer is dropped. For the pedantic persona, also reports
    `contextlib.suppress`.

    ## Why it matters
    An expired key or a missing permission then looks like missing data: no feedback, no dataset, an empty evaluation.
    No message names the cause.

    ## Example
    ```python
    import os

    from langsmith import Client

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])


    def thumbs_up(run_id):
        try:
            client.create_feedback(run_id, key="thumbs", score=1)
        except Exception:
            pass
    ```

    ## Use instead
    ```python
    import logging
    import os

    from langsmith import Client
    from langsmith.utils import LangSmithError

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])


    def thumbs_up(run_id):
        try:
            client.create_feedback(run_id, key="thumbs", score=1)
        except LangSmithError:
            logging.warning("LangSmith did not take the feedback", exc_info=True)
    ```

    ## Not flagged
    Handlers that log, raise, use the error, count for a reader elsewhere, or assign or return a value that is not empty
    (`False` says that something failed); a `try` whose result has a default (`url = None` before it, `return default`
    after it); names that are tested later, where more is done if they are empty; handlers for another error
    (`LangSmithNotFoundError`, `LangSmithConflictError`), which do not catch a 403; dropped answers of requests that
    only ask, that carry no key (LS205), or in a file that has hooks for answers; tests.

    ## Fix safety
    There is no automatic fix: only the author knows who should be informed.

    ## References
    - Measured on langsmith 0.1.0 to 0.15.0: the exception is the only sign of a refused call; the SDK logs refusals of
      its background uploads only.
    """
    for caught, every in analysis.outcomes.caught_by_file.get(file.relative, {}).items():
        # What is shared by a link is open to everyone.
        calls = [call for call in every if not call.takes_share_token]
        if not calls:
            continue
        ignored = _does_nothing(caught) and not _has_other_result(caught, calls)
        emptied = "" if ignored else _emptied_to(caught, analysis)
        if (ignored or emptied) and not _is_taken_for_missing(caught, calls, analysis):
            yield _violation(caught, calls, emptied)
    yield from _suppressed(file, analysis)
    if not file.is_test:
        yield from _dropped(file, analysis)


def _is_taken_for_missing(
    caught: MissedHandler, calls: Sequence[ApiCall], analysis: Analysis
) -> bool:
    """Whether the program goes on as after a 404, which LS305 reports."""
    if makes_what_is_missing(caught, calls, analysis):
        return True
    asked = calls_in_try(caught, calls)
    return not is_told_apart(caught) and denial(caught, asked, analysis) is not None


def _violation(caught: MissedHandler, calls: Sequence[ApiCall], emptied: str) -> Violation:
    """The finding; `emptied` is what the handler makes of the 403, as it is written, if it makes something of it."""
    more = f" (and of {len(calls) - 1} more)" if len(calls) > 1 else ""
    swallows = f"swallows a 403 from `{calls[0].label}`{more}"
    if emptied:
        swallows = f"turns a 403 from `{calls[0].label}`{more} into {emptied}"
    return Violation(
        at=caught.handler.span,
        message=f"this handler {swallows}; nothing shows that LangSmith refused it",
        help=_help(calls),
        # Whoever says why has decided so: it is shown, and fails nothing.
        severity=Severity.INFO if is_explained(caught.file, caught.handler) else None,
        related=related_calls(calls),
    )


def _help(calls: Sequence[ApiCall]) -> str:
    name = calls[0].name
    if name.startswith(("delete", "create")) and "feedback" not in name and "run" not in name:
        missing = (
            "LangSmithNotFoundError" if name.startswith("delete") else "LangSmithConflictError"
        )
        return f"log it, or catch only `langsmith.utils.{missing}` to ignore that case"
    return "log the error"


def _does_nothing(caught: MissedHandler) -> bool:
    """Whether nothing stands in a handler but `pass`, `...`, `continue`, or a return without a result."""
    file, block = caught.file, caught.handler.block
    found = contents(file, block)
    if found.calls or found.raises or found.stores or found.reads or found.yields:
        return False
    if not all(_is_idle_count(file, binding) for binding in found.bindings):
        return False
    if file.model.blocks[block].ends == "break":
        return False
    returned = [row for row in found.returns if row.value not in {None, ir.Constant("None")}]
    return not returned and (not found.returns or _returns_nothing(file, block))


def _emptied_to(caught: MissedHandler, analysis: Analysis) -> str:
    """What a handler that does nothing else returns, or gives a name of the body: `None`, `[]`, an empty text or dict.

    Empty where it does more, where a `False` says to somebody that it failed, and where the name is asked for later.
    """
    file, handler = caught.file, caught.handler
    found = contents(file, handler.block)
    if found.calls or found.raises or found.stores or found.reads or found.yields:
        return ""
    values = [row.value for row in found.returns]
    values += [row.value for row in found.bindings]
    if len(values) != 1 or not is_empty(values[0]) or checks_access(file, handler.block):
        return ""
    if found.bindings:
        is_silent = values[0] != _FALSE and _is_reset(caught)
    else:
        told = values[0] == _FALSE and not _is_result_dropped(caught, analysis)
        is_silent = not told and gives_nothing(caught)
    return spelled_empty(values[0]) if is_silent else ""


# By it a caller learns that something failed.
_FALSE: Final = ir.Constant("False")


def _is_result_dropped(caught: MissedHandler, analysis: Analysis) -> bool:
    """Whether all calls of the function around a handler drop what it gives, and there are some."""
    file = caught.file
    function = FunctionRef(
        file, file.function_of(file.model.blocks[caught.handler.block].scope)
    )
    sure, unsure = analysis.call_graph.of(function)
    calls = [caller.model.calls[site] for caller, site in sure if not caller.is_test]
    dropped = [(call.awaited_use or call.use).kind == "statement" for call in calls]
    has_others = not set(sure).issuperset(unsure)
    return bool(dropped) and all(dropped) and not has_others and bool(function.scope)


def _is_reset(caught: MissedHandler) -> bool:
    """Whether a handler gives a name of its `try` an empty value, and no `if` behind does more with that."""
    file = caught.file
    body = file.model.tries[caught.owner].body
    names = {row.name for row in contents(file, caught.handler.block).bindings}
    bound = {row.name for row in contents(file, body).bindings}
    asked_in = [outer for outer in file.block_chain(body) if outer != body]
    told = any(
        contents(file, block).calls
        for name in names
        for outer in asked_in
        for block in file.rows_by_block.where_empty(outer, name)
    )
    return names <= bound and not told


def _is_idle_count(file: File, binding: ir.Binding) -> bool:
    """Whether a binding counts in a local name, `failed += 1`, that nothing in its function ever reads.

    What a module or an object counts may be read by anybody.
    """
    value, name = binding.value, binding.name
    if (
        binding.kind != "augmented"
        or not isinstance(value, ir.Binary)
        or not isinstance(value.right, ir.Constant)
    ):
        return False
    outermost = file.outermost[binding.scope]
    scopes = file.scopes_by_outermost[outermost]
    if file.model.scopes[binding.scope].kind != "function" or any(
        row.kind in {"global", "nonlocal"}
        for scope in scopes
        for row in file.bindings.get((scope, name), ())
    ):
        return False
    read = [row.scope for row in file.reads_by_name.get(name, ())]
    read += [file.model.calls[site].scope for site in file.sites_by_base.get(name, ())]
    read += [
        file.model.calls[site].scope
        for word in _LOOKING
        for site in file.calls_by_name.get(word, ())
    ]
    return not any(file.outermost[scope] == outermost for scope in read)


# What gives the names of a function without naming them.
_LOOKING: Final = ("locals", "vars", "eval", "exec")


def _returns_nothing(file: File, block: int) -> bool:
    """Whether the function around a block has no other result that `None` could stand against."""
    function = file.function_of(file.model.blocks[block].scope)
    rows = file.returns_by_scope.get(function, ())
    return all(row.value is None or row.value == ir.Constant("None") for row in rows)


def _has_other_result(caught: MissedHandler, calls: Sequence[ApiCall]) -> bool:
    """Whether the code around the `try` has another value for what the body would have given."""
    file = caught.file
    row = file.model.tries[caught.owner]
    inside = contents(file, row.body)
    if row.orelse >= 0 or inside.yields or (inside.returns and not _only_leaves(caught)):
        return True
    ends = {file.model.blocks[block].ends for block in within(file, row.body)}
    if "break" in ends:
        return True
    if any(
        call.file is file and call.call.use.kind in {"store", "subscript"} for call in calls
    ) or any(_is_kept(store, inside.bindings) for store in inside.stores):
        return True
    first = min((binding.order for binding in inside.bindings), default=0)
    return any(
        before.order < first and before.kind not in {"import", "function", "class"}
        for binding in inside.bindings
        for before in file.bindings.get((binding.scope, binding.name), ())
    )


def _is_kept(store: ir.Store, made: Iterable[ir.Binding]) -> bool:
    """Whether a store may be seen behind the `try`: not one into what the body made for the call itself."""
    owner: ir.Expr = store.target
    while isinstance(owner, (ir.Attribute, ir.Subscript)):
        owner = owner.value
    shown = {row.name for row in made if isinstance(row.value, (ir.Mapping, ir.Sequence))}
    return not (isinstance(owner, ir.Name) and owner.id in shown)


def _only_leaves(caught: MissedHandler) -> bool:
    """Whether the returns of a `try` leave a function that gives nothing, and would do nothing more behind it."""
    file = caught.file
    body = file.model.tries[caught.owner].body
    function = file.function_of(file.model.blocks[body].scope)
    again = any(file.model.blocks[block].kind == "loop" for block in file.block_chain(body))
    inside = file.rows_by_block.sites(within(file, body))
    last = max((file.model.calls[site].order for site in inside), default=0)
    behind = file.last_calls.get(function, -1) > last
    return _returns_nothing(file, body) and not again and not behind


def _suppressed(file: File, analysis: Analysis) -> Iterator[Violation]:
    """`with suppress(…)` around a call, for the pedantic."""
    if file.is_test:
        return
    for call in analysis.clients.api_calls(file):
        fate = analysis.outcomes.fate(call)
        if not fate.points or fate.escapes or fate.caught_by or fate.unsure:
            continue
        for point in fate.points:
            manager = _suppressor(point.file, point.block, analysis)
            if manager is not None:
                yield Violation(
                    at=manager.callee_span,
                    message=f"`suppress` swallows a 403 from `{call.label}`; nothing shows that LangSmith refused it",
                    help="catch it and log it",
                    persona=Persona.PEDANTIC,
                    related=(
                        Related(
                            call.file.relative, call.span, f"`{call.label}` raises it here"
                        ),
                    ),
                )
                break


def _suppressor(file: File, block: int, analysis: Analysis) -> ir.Call | None:
    for current in file.block_chain(block):
        row = file.model.blocks[current]
        if row.kind == "scope":
            return None
        for manager, _ in file.model.withs[row.owner].items if row.kind == "with" else ():
            if isinstance(manager, ir.CallRef) and ExternalName(
                "contextlib.suppress"
            ) in analysis.values.callee(file, manager.site):
                return file.model.calls[manager.site]
    return None


# -- requests without the SDK ----------------------------------------------------------------------------------------

_CHANGING: Final = frozenset({"post", "put", "patch", "delete"})
# What may look at each answer of a client: `hooks` of requests, `event_hooks` of httpx.
_HOOKS: Final = ("hooks", "event_hooks")


def _dropped(file: File, analysis: Analysis) -> Iterator[Violation]:
    """Requests to LangSmith that change something there, and whose answer nobody looks at."""
    requests = analysis.requests.of(file)
    if not requests or any(hook in file.text for hook in _HOOKS):
        return
    # A request that is refused whatever key there is has one fault, its header: LS205 has it.
    dropped = [
        request
        for request in requests
        if _is_dropped(file, request) and key_fault(request, analysis) is None
    ]
    for first in dropped[:1]:
        label = file.source(first.span)
        more = f" (and of {len(dropped) - 1} more here)" if len(dropped) > 1 else ""
        yield Violation(
            at=first.span,
            message=f"the answer of `{label}()`{more} is dropped; nothing shows that LangSmith refused it",
            help="call `raise_for_status()` on the answer",
            severity=Severity.INFO if file.kind == "notebook" else None,
            related=tuple(
                Related(file.relative, other.span, "so is this") for other in dropped[1:]
            ),
        )


def _is_dropped(file: File, request: Request) -> bool:
    call = file.model.calls[request.site]
    use = call.awaited_use or call.use
    return use.kind == "statement" and last_name(call.func) in _CHANGING
