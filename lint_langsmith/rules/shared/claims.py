"""What programs say of LangSmith without having asked it: that a key is wrong, that something is stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.walk import descend
from lint_langsmith.analysis.project.file import File, last_name
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
from lint_langsmith.rules.shared.handlers import contents, texts_in

# A handler that believes that LangSmith has refused the key.
_SAYS_REFUSED: Final = lazy_re.compile(
    r"(?i)\bauthentication (?:failed|failure|error)\b|\b(?:failed to|could not|cannot|can't) authenticate\b"
    r"|\b(?:invalid|wrong|bad|expired) (?:langsmith )?(?:api )?key\b|\bkey is (?:invalid|wrong|expired)\b"
    r"|\bunauthori[sz]ed\b"
)
_REFUSAL: Final = lazy_re.compile(
    r"(?:Auth(?:entication|orization)?|Unauthori[sz]ed|Invalid(?:Api)?Key)(?:Error|Exception)"
)
# What is said of feedback that LangSmith has.
_SAYS_STORED: Final = lazy_re.compile(
    r"(?i)\bfeedback (?:(?:was|has been|is) )?(?:successfully )?(?:saved|recorded|stored|persisted)\b"
    r"|\b(?:saved|recorded|stored|persisted) (?:the |your |user )?feedback\b"
)
_RESULTS: Final = (ir.Template, ir.Binary, ir.Mapping, ir.CallRef)


class _Claim(NamedTuple):
    """A text that calls feedback stored, and where it is shown or returned."""

    block: int
    order: int
    said: str


class Stored(NamedTuple):
    """A call that only queues feedback, and what the program says as if LangSmith had it."""

    call: ApiCall
    said: str


def says_refused(file: File, block: int) -> str | None:
    """What a handler says, or raises, as if a key had been refused."""
    for text in texts_in(file, block):
        match = _SAYS_REFUSED.search(text)
        if match:
            return match[0]
    for site in contents(file, block).calls:
        name = last_name(file.model.calls[site].func)
        if _REFUSAL.fullmatch(name):
            return name
    return None


def says_stored(file: File, analysis: Analysis) -> Iterator[Stored]:
    """The feedback of a file that is only queued, and that the program calls stored right behind it."""
    claims: dict[int, Sequence[_Claim]] = {}
    for call in analysis.clients.api_calls(file):
        if (
            call.name == "create_feedback"
            and call.handed is None
            and _is_queued(call, analysis)
        ):
            function = file.function_of(call.call.scope)
            if function not in claims:
                claims[function] = tuple(_claims(file, function))
            around = set(file.block_chain(call.call.block))
            said = next(
                (
                    claim.said
                    for claim in claims[function]
                    if claim.order > call.call.order and claim.block in around
                ),
                None,
            )
            if said is not None:
                yield Stored(call, said)


def _is_queued(call: ApiCall, analysis: Analysis) -> bool:
    """Whether a call of `create_feedback` leaves its request to a thread: it is passed a `trace_id`."""
    is_sent = call.method is None or bool(list(analysis.outcomes.points(call)))
    return not is_sent and any(arg.keyword == "trace_id" for arg in call.call.args)


def _claims(file: File, function: int) -> Iterator[_Claim]:
    """Where a function says that feedback is stored: in what it passes to calls, and returns."""
    for site in file.sites_by_function.get(function, ()):
        call = file.model.calls[site]
        for arg in call.args:
            yield from _claim(arg.value, call)
    for row in file.returns_by_scope.get(function, ()):
        yield from _claim(row.value, row)


def _claim(expr: ir.Expr | None, row: ir.Call | ir.Return) -> Iterator[_Claim]:
    for part in descend(expr, through=_RESULTS):
        match = _SAYS_STORED.search(part.value) if isinstance(part, ir.Text) else None
        if match:
            yield _Claim(row.block, row.order, match[0])
