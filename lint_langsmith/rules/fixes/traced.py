"""Edits of `@traceable`: a client that masks, and inputs that leave secrets out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Place, span_of
from lint_langsmith.analysis.values.abstract import FunctionRef, Outcome
from lint_langsmith.findings import Edit, Span
from lint_langsmith.rules.fixes.keywords import decorator_edits

_TRACEABLE: Final = "langsmith.traceable"


def traceable_edits(
    function: FunctionRef, keyword: str, analysis: Analysis
) -> tuple[Edit, ...]:
    """The edits that pass `keyword` (`name=value`) to the `@traceable` of a function.

    There are none where it was called before: `traced = traceable(name="x")` may be for many functions.
    """
    file = function.file
    scope = file.model.scopes[function.scope]
    place = Place(scope.parent, scope.outer_block, scope.order)
    for decorator in scope.decorators:
        names = analysis.values.decorator_name(file, decorator, place)
        if any(analysis.sdk.is_same(name, _TRACEABLE) for name in names):
            called = not isinstance(decorator, ir.CallRef) and any(
                isinstance(value, Outcome)
                for value in analysis.values.of(file, decorator, place)
            )
            return () if called else decorator_edits(file, decorator, keyword)
    return ()


def without_inputs_edits(
    function: FunctionRef, names: Sequence[str], analysis: Analysis
) -> tuple[Edit, ...]:
    """The edits by which the trace of a function records its inputs without some: a filter, and its use.

    The filter is defined in front of what holds the function at the top of the file.
    """
    file = function.file
    helper = f"without_{'_and_'.join(names)}".lower()
    line = _first_line_at_top(file, function.scope)
    if line is None or re.search(rf"\b{helper}\b", file.text):
        return ()
    used = traceable_edits(function, f"process_inputs={helper}", analysis)
    if not used:
        return ()
    test = f"name != {_quoted(names[0])}"
    if len(names) > 1:
        test = f"name not in {{{', '.join(map(_quoted, names))}}}"
    text = (
        f"def {helper}(inputs: dict) -> dict:\n"
        f"    return {{name: value for name, value in inputs.items() if {test}}}\n\n\n"
    )
    return (Edit(Span(line, 1, line, 1), text), *used)


def _quoted(name: str) -> str:
    return f'"{name}"'


def _first_line_at_top(file: File, scope: int) -> int | None:
    """The first line, with decorators and the comment before, of the definition at the top that holds a scope."""
    while file.model.scopes[scope].parent > 0:
        scope = file.model.scopes[scope].parent
    row = file.model.scopes[scope]
    if row.outer_block != 0 or file.kind != "python":
        return None
    line = min(_lines(file, row))
    while line > 1 and file.lines[line - 2].startswith("#"):
        line -= 1
    is_at_margin = not file.lines[line - 1][:1].isspace()
    return line if is_at_margin else None


def _lines(file: File, row: ir.Scope) -> Iterator[int]:
    yield row.span.line
    for decorator in row.decorators:
        span = span_of(file, decorator)
        if span is not None:
            yield span.line
