"""Where keyword arguments stand, and edits that rename or add one."""

from __future__ import annotations

import re

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.findings import Edit, Span


def keyword_span(file: File, call: ir.Call, keyword: str) -> Span | None:
    """Where the name of a keyword stands in a call, told from its source: only if it stands there once."""
    pattern = re.compile(rf"(?<![\w.]){re.escape(keyword)}(?=\s*=(?!=))")
    found = []
    for number in range(call.callee_span.end_line, call.span.end_line + 1):
        line = file.lines[number - 1]
        start = call.callee_span.end_column - 1 if number == call.callee_span.end_line else 0
        end = call.span.end_column - 1 if number == call.span.end_line else len(line)
        found += [(number, match) for match in pattern.finditer(line, start, end)]
    if len(found) != 1:
        return None
    number, match = found[0]
    return Span(number, match.start() + 1, number, match.end() + 1)


def decorator_edits(file: File, decorator: ir.Expr, keyword: str) -> tuple[Edit, ...]:
    """The edits that pass `keyword` (`name=value`) to a decorator: in parentheses of its own, or before the others.

    None where a positional argument stands there, before which no keyword may stand.
    """
    if isinstance(decorator, (ir.Name, ir.Attribute)):
        end = decorator.span.end_column
        line = decorator.span.end_line
        return (Edit(Span(line, end, line, end), f"({keyword})"),)
    if not isinstance(decorator, ir.CallRef):
        return ()
    call = file.model.calls[decorator.site]
    line, column = call.callee_span.end_line, call.callee_span.end_column
    behind = file.lines[line - 1][column - 1 :]
    if not behind.startswith("(") or any(arg.keyword is None for arg in call.args):
        return ()
    place = Span(line, column + 1, line, column + 1)
    if not call.args:
        return (Edit(place, keyword),)
    if behind != "(":
        return (Edit(place, f"{keyword}, "),)
    following = file.lines[line]
    indent = following[: len(following) - len(following.lstrip())]
    return (Edit(Span(line + 1, 1, line + 1, 1), f"{indent}{keyword},\n"),)
