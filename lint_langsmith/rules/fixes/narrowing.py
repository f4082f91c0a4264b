"""A handler narrowed to the error it is written for: a missing object, or one that exists already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.exceptions.handler_classes import handler_place
from lint_langsmith.analysis.exceptions.outcome import MissedHandler
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
from lint_langsmith.findings import Applicability, Edit, Fix, Span
from lint_langsmith.rules.shared.imports import reach
from lint_langsmith.rules.shared.missing import MAKES

# By the class of a 403 those of a 404 and of a 409 of the same call.
_MISSING: Final = {
    "langsmith.utils.LangSmithError": "langsmith.utils.LangSmithNotFoundError",
}
_EXISTING: Final = {
    "langsmith.utils.LangSmithError": "langsmith.utils.LangSmithConflictError",
}
# What these ask for may be missing without an error: they give an empty list, or `False`.
_WITHOUT_ERROR: Final = ("list_", "has_")


def narrowed_fix(
    caught: MissedHandler, asked: Sequence[ApiCall], analysis: Analysis
) -> Fix | None:
    """The handler for nothing but the 404 of the calls in its `try`, or the 409 where they make something."""
    file, handler = caught.file, caught.handler
    error = _error(asked, analysis)
    if not error or file.model.tries[caught.owner].star:
        return None
    if handler.type is not None and not isinstance(handler.type, (ir.Name, ir.Attribute)):
        return None
    dropped = frozenset({handler.type.id} if isinstance(handler.type, ir.Name) else ())
    found = reach(file, handler_place(file, handler), error, analysis, dropped=dropped)
    if found is None:
        return None
    if handler.type is None:
        end = handler.span.end_column
        line = handler.span.end_line
        edit = Edit(Span(line, end, line, end), f" {found.text}")
    else:
        edit = Edit(handler.span, found.text)
    return Fix(f"Catch `{found.text}` alone", Applicability.UNSAFE, (edit, *found.edits))


def _error(asked: Sequence[ApiCall], analysis: Analysis) -> str:
    """The one class that all calls raise for what is missing, or exists already; empty where that is not one."""
    found: set[str] = set()
    for call in asked:
        if call.name.startswith(_WITHOUT_ERROR) or call.name.endswith("_exists"):
            return ""
        classes = _EXISTING if call.name.startswith(MAKES) else _MISSING
        found.add(classes.get(analysis.outcomes.error_mro(call)[0], ""))
    return found.pop() if len(found) == 1 else ""
