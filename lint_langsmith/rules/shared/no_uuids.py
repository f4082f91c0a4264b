"""Ids that are none: LangSmith's are UUIDs, and the SDK refuses every other text before it sends a request."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Final

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.walk import alternatives
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
from lint_langsmith.findings import Violation
from lint_langsmith.rules.shared.certain import is_certain

_CLIENT: Final = "langsmith.client.Client"
# By method of `Client`, the parameter that it makes a UUID of (executed on 0.15.1: all raise `LangSmithUserError`).
_IDS: Final = {
    "create_feedback": "run_id",
    "update_run": "run_id",
    "read_run": "run_id",
    "share_run": "run_id",
    "unshare_run": "run_id",
    "read_run_shared_link": "run_id",
    "read_example": "example_id",
    "read_dataset": "dataset_id",
    "delete_dataset": "dataset_id",
    "read_project": "project_id",
}


def no_uuid(call: ApiCall, analysis: Analysis) -> Iterator[Violation]:
    """`create_feedback(run_id=job_id or "unknown")`: a text that is no UUID, for what is not there."""
    parameter = _IDS.get(call.name)
    if parameter is None or call.method is None or call.owner != _CLIENT:
        return
    passed = _passed(call, call.method.positional, parameter)
    if passed is None or call.handed is not None or not is_certain(call, analysis):
        return
    # A text alone is what somebody is to replace who tries the program.
    parts = () if isinstance(passed, ir.Text) else tuple(alternatives(passed))
    wrong = next(
        (part for part in parts if isinstance(part, ir.Text) and _is_wrong(part)), None
    )
    if wrong is not None:
        yield Violation(
            at=call.span,
            message=f"`{call.label}` is passed {call.file.source(wrong.span)} as `{parameter}` where there is no other,"
            " and this is no UUID; it raises an error, and no request is sent",
            help="pass the id of what is in LangSmith, and call nothing where there is none",
        )


def _passed(call: ApiCall, positional: tuple[str, ...], parameter: str) -> ir.Expr | None:
    args = call.call.args
    named = next((arg.value for arg in args if arg.keyword == parameter), None)
    if named is not None or any(arg.stars for arg in args):
        return named
    by_position = [arg.value for arg in args if arg.keyword is None]
    return dict(zip(positional, by_position, strict=False)).get(parameter)


def _is_wrong(text: ir.Text) -> bool:
    try:
        uuid.UUID(text.value)
    except ValueError:
        # An empty one is refused as well, or means "none".
        return bool(text.value)
    return False
