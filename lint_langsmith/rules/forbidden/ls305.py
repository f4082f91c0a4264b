"""LS305: a handler that treats a 403 as a missing object."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Final, NamedTuple

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.credentials.http_requests import Request
from lint_langsmith.analysis.exceptions.outcome import MissedHandler
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, last_name, within
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
from lint_langsmith.findings import Related, Severity, Span, Violation
from lint_langsmith.rules.fixes.narrowing import narrowed_fix
from lint_langsmith.rules.registry import rule
from lint_langsmith.rules.shared.access_checks import checks_access
from lint_langsmith.rules.shared.asked_by_hand import (
    emptied_after_status,
    made_after_status,
    made_in,
    makes,
    said_after_status,
)
from lint_langsmith.rules.shared.denials import denial
from lint_langsmith.rules.shared.handlers import (
    contents,
    related_calls,
    texts_with_error,
    uses_error,
)
from lint_langsmith.rules.shared.missing import (
    ASKS,
    MAKES,
    calls_in_try,
    is_told_apart,
    made_instead,
)
from lint_langsmith.rules.shared.missing_words import (
    answers_404,
    words_in,
    words_of_missing,
)


class _Finding(NamedTuple):
    """What a handler takes the 403 for, in words, and the places that show it."""

    message: str
    related: tuple[Related, ...] = ()
    severity: Severity | None = None


@rule(
    "LS305", "forbidden-taken-for-missing", severity=Severity.WARNING, since="0.1", follows=True
)
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A handler treats a 403 as if the object were missing, or existed already.

    ## What it does
    Reports handlers that catch the 403 of an API call, because they catch `LangSmithError`, `Exception` or everything,
    and then behave as after a 404 or a 409. Such a handler creates the object with another API call (in the handler, in
    a function that it calls, or after the `try`), says that the object does not exist, answers 404, or returns `False`
    where the body returns `True`. Also reports handlers that leave an empty result if a test of that result, after the
    `try` or in a caller of the function, leads to such a message or to a 404. For requests without the SDK, reports
    handlers that treat every HTTP error as a missing or an existing object, and tests of the status (`!= 200`,
    `>= 400`, `== 200`, `response.ok`) after which a refusal leads to a request which creates the object, to a
    message that something is missing without the answer's status, or to nothing but a return of `None`, `False` or an
    empty collection. A message that says that something is missing and shows the
    error behind it is a warning where it is raised, for other code to catch, and an info where it is only printed. A
    function that is named for a check of the key or the connection may not return `True` after a 403 as well.

    ## Why it matters
    If the key may not read, the second call is refused too, and its error hides the first one; or the user is told to
    upload a dataset that exists. Lookups do not turn a 403 into `False`: `has_dataset` raises.

    ## Example
    ```python
    import os

    from langsmith import Client
    from langsmith.utils import LangSmithError

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])


    def questions():
        try:
            try:
                return client.read_dataset(dataset_name="questions")
            except LangSmithError:
                return client.create_dataset("questions")
        except LangSmithError as error:
            print(f"LangSmith refused: {error}")
            return None
    ```

    ## Use instead
    ```python
    import os

    from langsmith import Client
    from langsmith.utils import LangSmithError, LangSmithNotFoundError

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])


    def questions():
        try:
            try:
                return client.read_dataset(dataset_name="questions")
            except LangSmithNotFoundError:
                return client.create_dataset("questions")
        except LangSmithError as error:
            print(f"LangSmith refused: {error}")
            return None
    ```

    ## Not flagged
    `LangSmithNotFoundError` and `LangSmithConflictError`, alone or in a handler before the wide one; handlers that test
    the error, show it without a word of something missing (unless the answer is 404), or raise it again; a traceback
    beside such words; a second call that has its own handler; `False` or nothing from a function that is named for a
    check of the key or of the connection; tests.

    ## Fix safety
    The fix narrows the handler to `LangSmithNotFoundError` (`LangSmithConflictError` where the call makes something)
    and adds the import. It is unsafe: all other errors escape then, also those that the handler was meant to catch.
    There is none for calls that raise no error for what is missing, such as `list_datasets`.

    ## References
    - Measured on langsmith 0.1.0 to 0.15.0: a missing object is `LangSmithNotFoundError` (404), an existing one
      `LangSmithConflictError` (409), a refusal `LangSmithError` itself; `has_*` and `*_exists` raise on a 403.
    """
    for caught, calls in analysis.outcomes.caught_by_file.get(file.relative, {}).items():
        asked = calls_in_try(caught, calls)
        found = _of_caught(caught, asked, calls, analysis)
        if found is not None:
            yield Violation(
                at=caught.handler.span,
                message=found.message,
                help=_help((asked or calls)[0], analysis),
                severity=found.severity,
                related=(*related_calls(asked or calls), *found.related),
                fix=narrowed_fix(caught, asked, analysis) if asked else None,
            )
    if not file.is_test:
        yield from _raw_requests(file, analysis)


# -- requests without the SDK ----------------------------------------------------------------------------------------

# What `raise_for_status()` of the libraries and `urlopen()` raise for an answer with a status of 400 or more.
_STATUS_ERRORS: Final = (
    *(
        "requests.exceptions.HTTPError",
        "requests.exceptions.RequestException",
        "httpx.HTTPStatusError",
    ),
    *(
        "httpx.HTTPError",
        "aiohttp.client_exceptions.ClientResponseError",
        "aiohttp.client_exceptions.ClientError",
    ),
    *(
        "urllib.error.HTTPError",
        "urllib.error.URLError",
        "builtins.OSError",
        "builtins.Exception",
    ),
    "builtins.BaseException",
)
_RAISING: Final = frozenset({"raise_for_status", "urlopen"})


def _raw_requests(file: File, analysis: Analysis) -> Iterator[Violation]:
    """Handlers that take any HTTP error of a request to LangSmith for something missing, or there already."""
    requests = analysis.requests.of(file)
    by_site = {request.site: request for request in requests}
    for owner, row in enumerate(file.model.tries if requests else ()):
        body = contents(file, row.body).calls
        asked = [by_site[site] for site in body if site in by_site]
        if not asked or not any(
            last_name(file.model.calls[site].func) in _RAISING for site in body
        ):
            continue
        for handler in row.handlers:
            if analysis.outcomes.catches(file, handler, _STATUS_ERRORS) != "yes":
                continue
            if not is_told_apart(MissedHandler(file, handler, owner)):
                yield from _of_handler(file, handler, asked[0], requests)
            break
    for asked_first, made in made_after_status(file, requests):
        yield _of_second(file, asked_first.span, asked_first, made)
    for asked_first, empty in emptied_after_status(file, requests):
        yield Violation(
            at=asked_first.span,
            message=f"a 403 from `{file.source(asked_first.span)}()` becomes {empty};"
            " the caller can't tell refused from missing",
            help="test for the status 404, and raise for all others (`raise_for_status()`)",
        )
    for asked_first, said in said_after_status(file, requests):
        yield Violation(
            at=asked_first.span,
            message=f'a 403 from `{file.source(asked_first.span)}()` is reported as "{said}",'
            " and its status is not shown",
            help="test for the status 404 first, and show the status of all others",
        )


def _of_handler(
    file: File, handler: ir.Handler, asked: Request, requests: Sequence[Request]
) -> Iterator[Violation]:
    said = _said_missing(file, handler, is_made=makes(file, asked))
    made = made_in(file, frozenset(within(file, handler.block)), asked, requests)
    if said is not None:
        yield _of_raw(file, handler, asked, said)
    elif made is not None:
        yield _of_second(file, handler.span, asked, made)


def _of_second(file: File, at: Span, asked: Request, made: Request) -> Violation:
    first, second = file.source(asked.span), file.source(made.span)
    what, status = ("an existing", 409) if makes(file, asked) else ("a missing", 404)
    return Violation(
        at=at,
        message=f"any error of `{first}()`, a 403 too, is treated as {what} object;"
        f" then `{second}()` is refused as well",
        help=f"test for the status {status}, and handle a 403 separately",
        related=(Related(file.relative, made.span, f"`{second}()` is refused here"),),
    )


def _of_raw(file: File, handler: ir.Handler, request: Request, said: str) -> Violation:
    label = file.source(request.span)
    return Violation(
        at=handler.span,
        message=f'a 403 from `{label}()` is reported as "{said}", and the error itself is not shown',
        help="test `error.response.status_code` first, and handle a 403 separately",
        related=(Related(file.relative, request.span, f"`{label}()` asks LangSmith here"),),
    )


# -- calls of the SDK ------------------------------------------------------------------------------------------------


def _of_caught(
    caught: MissedHandler,
    asked: Sequence[ApiCall],
    calls: Sequence[ApiCall],
    analysis: Analysis,
) -> _Finding | None:
    """What a handler takes the 403 of some calls for; `asked` are those in its own `try`, the others stand deeper."""
    if is_told_apart(caught):
        return None
    if asked:
        return (
            _second_call(caught, asked, analysis)
            or _wrong_answer(caught, asked, analysis)
            or _passed(caught, asked)
            or _denied(caught, asked, analysis)
            or _named_missing(caught, asked)
        )
    if all(call.name.startswith(ASKS) for call in calls):
        return _said_or_404(caught, calls, analysis)
    return None


def _denied(
    caught: MissedHandler, asked: Sequence[ApiCall], analysis: Analysis
) -> _Finding | None:
    """What is said behind the handler, or in a caller, of what a 403 has left empty."""
    found = denial(caught, asked, analysis)
    if found is None:
        return None
    said = f'reported as "{found.words}"' if found.words else "answered with 404"
    related = (
        ()
        if found.span is None
        else (Related(found.file.relative, found.span, f"{said} here"),)
    )
    return _Finding(
        f"a 403 from `{asked[0].label}` leaves an empty result, which is {said}; refused is taken for missing",
        related,
    )


def _second_call(
    caught: MissedHandler, asked: Sequence[ApiCall], analysis: Analysis
) -> _Finding | None:
    """Another call of the API in the handler or behind it, which a key that was refused will be refused as well."""
    for first, call in made_instead(caught, asked, analysis):
        what = "an existing" if first.name.startswith(MAKES) else "a missing"
        return _Finding(
            f"a 403 from `{first.label}` is treated as {what} object; then `{call.label}` is refused as well",
            (Related(call.file.relative, call.span, f"`{call.label}` is refused here"),),
        )
    return None


def _said_or_404(
    caught: MissedHandler, asked: Sequence[ApiCall], analysis: Analysis
) -> _Finding | None:
    """A message or a status that says that something is not there."""
    file, handler = caught.file, caught.handler
    label = asked[0].label
    if answers_404(file, handler.block, analysis):
        return _Finding(
            f"a 403 from `{label}` is answered with 404; the caller learns that the object does not exist"
        )
    is_made = any(call.name.startswith(MAKES) for call in asked)
    said = _said_missing(file, handler, is_made=is_made)
    if said is not None:
        return _Finding(
            f'a 403 from `{label}` is reported as "{said}", and the error itself is not shown'
        )
    return None


def _wrong_answer(
    caught: MissedHandler, asked: Sequence[ApiCall], analysis: Analysis
) -> _Finding | None:
    """A message, a status or a result that says that something is not there."""
    found = _said_or_404(caught, asked, analysis)
    file, handler = caught.file, caught.handler
    if found is not None or uses_error(file, handler):
        return found
    label = asked[0].label
    if checks_access(file, handler.block):
        return None
    if _returns_false(file, handler) and _returns_true(file, caught.owner, asked):
        return _Finding(
            f"a 403 from `{label}` becomes `False`; the caller can't tell refused from missing"
        )
    return None


def _passed(caught: MissedHandler, asked: Sequence[ApiCall]) -> _Finding | None:
    """A check of the key or the connection that gives `True`, as without an error."""
    file, handler = caught.file, caught.handler
    tried = contents(file, file.model.tries[caught.owner].body)
    answers = [row.value for row in contents(file, handler.block).returns]
    passes = answers == [_TRUE] and _TRUE in [row.value for row in tried.returns]
    if not passes or not checks_access(file, handler.block):
        return None
    name = file.model.scopes[file.function_of(file.model.blocks[handler.block].scope)].name
    return _Finding(
        f"`{name}()` returns `True` after a 403 from `{asked[0].label}`; the check passes without access"
    )


_TRUE: Final = ir.Constant("True")


def _named_missing(caught: MissedHandler, asked: Sequence[ApiCall]) -> _Finding | None:
    """A message that calls something missing and ends in the error, which may say that LangSmith refused.

    Somebody who reads it sees both; a caller that catches what is raised sees the first only.
    """
    file, handler = caught.file, caught.handler
    is_made = any(call.name.startswith(MAKES) for call in asked)
    found = contents(file, handler.block)
    raised = {row.value.site for row in found.raises if isinstance(row.value, ir.CallRef)}
    for site in found.calls:
        said = words_in(texts_with_error(file, handler, site), is_made=is_made)
        if said is not None and site in raised:
            return _Finding(
                f'a 403 from `{asked[0].label}` is raised as "{said}"; its callers cannot tell refused from missing'
            )
        if said is not None and file.model.calls[site].use.kind == "statement":
            return _Finding(
                f'a 403 from `{asked[0].label}` is reported as "{said}", with the error behind it',
                severity=Severity.INFO,
            )
    return None


def _said_missing(file: File, handler: ir.Handler, *, is_made: bool) -> str | None:
    """The words with which a handler that does not show its error says that something is missing or there already."""
    if uses_error(file, handler):
        return None
    return words_of_missing(file, handler.block, is_made=is_made)


def _returns_false(file: File, handler: ir.Handler) -> bool:
    """Whether a handler does nothing but return `False`."""
    found = contents(file, handler.block)
    nothing_else = not (
        found.calls or found.raises or found.stores or found.bindings or found.reads
    )
    return nothing_else and [row.value for row in found.returns] == [ir.Constant("False")]


def _returns_true(file: File, owner: int, asked: Sequence[ApiCall]) -> bool:
    """Whether the body of the `try` says that something exists: it returns `True`, or what a `has_…` call gives."""
    row = file.model.tries[owner]
    blocks = (row.body, row.orelse) if row.orelse >= 0 else (row.body,)
    returned = [value.value for block in blocks for value in contents(file, block).returns]
    lookups = {
        call.site
        for call in asked
        if call.name.startswith("has_") or call.name.endswith("_exists")
    }
    only_read = all(
        call.name.startswith(ASKS) or call.name.endswith("_exists") for call in asked
    )
    if any(isinstance(value, ir.CallRef) and value.site in lookups for value in returned):
        return True
    return only_read and len(asked) == 1 and ir.Constant("True") in returned


def _help(call: ApiCall, analysis: Analysis) -> str:
    error = analysis.outcomes.error_mro(call)[0]
    name = "Conflict" if call.name.startswith(MAKES) else "NotFound"
    if error.startswith("httpx."):
        status = HTTPStatus.CONFLICT if name == "Conflict" else HTTPStatus.NOT_FOUND
        return (
            f"test `error.response.status_code == {status.value}`, and handle a 403 separately"
        )
    if error.startswith("langgraph_sdk."):
        return f"catch `langgraph_sdk.errors.{name}Error` for that, and handle a 403 separately"
    if error.startswith("langsmith.utils."):
        return f"catch `langsmith.utils.LangSmith{name}Error` for that, and handle a 403 separately"
    return f"catch `langsmith.{name}Error` for that, and handle a 403 separately"
