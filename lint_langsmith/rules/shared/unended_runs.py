"""Runs that are created with their outputs, and that nothing ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.sdk_use.arguments import missing_arguments
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
from lint_langsmith.findings import Related, Severity, Violation
from lint_langsmith.rules.shared.certain import is_certain

_CREATES: Final = frozenset(
    {"langsmith.client.Client.create_run", "langsmith.async_client.AsyncClient.create_run"}
)
# What gives a run an end later, once its id is known.
_ENDS: Final = "update_run"
_NOTHING: Final = ir.Constant("None")


def never_ended(file: File, analysis: Analysis) -> Iterator[Violation]:
    """The calls of a file that create a run which is over, and do not say when it ended; one finding for all of them.

    `create_run()` gives no id back: a run is ended later only where the program makes up its id.
    """
    found = [call for call in analysis.clients.api_calls(file) if _is_left_open(call, analysis)]
    if not found:
        return
    first, *others = found
    yield Violation(
        at=first.span,
        message=(
            f"`{first.label}` is passed `outputs` and no `end_time`, and nothing ends the run;"
            " LangSmith shows it as pending for good"
        ),
        help="pass `start_time` and `end_time` as well",
        severity=Severity.WARNING,
        related=tuple(
            Related(file.relative, call.span, "this run is not ended either") for call in others
        ),
    )


def _is_left_open(call: ApiCall, analysis: Analysis) -> bool:
    passed = {arg.keyword: arg.value for arg in call.call.args}
    if any(arg.stars for arg in call.call.args) or "end_time" in passed:
        return False
    return (
        f"{call.owner}.{call.name}" in _CREATES
        and passed.get("outputs", _NOTHING) != _NOTHING
        and not missing_arguments(call)
        and is_certain(call, analysis)
        and not _may_be_ended_later(call, passed.get("id"), analysis)
    )


def _may_be_ended_later(call: ApiCall, identity: ir.Expr | None, analysis: Analysis) -> bool:
    """Whether the program ends runs elsewhere, and this one may be among them.

    One whose result is used is meant to be: that it has none is another finding.
    """
    has_name = identity is not None or call.call.use.kind != "statement"
    return has_name and bool(analysis.project.mentioning(_ENDS))
