"""A retry that leaves the refusal alone: a test at the head of a handler, or a predicate for tenacity.

A 403 of `Client` has no class of its own: it is `LangSmithError` itself, of which what is worth a retry (a connection
error, a rate limit, a server's fault) is a subclass. So the test asks for that class and not for its subclasses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.exceptions.handler_classes import handler_place
from lint_langsmith.analysis.exceptions.outcome import MissedHandler
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Place
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
from lint_langsmith.analysis.values.abstract import ExternalName
from lint_langsmith.findings import Applicability, Edit, Fix, Span
from lint_langsmith.rules.fixes.guarding import indent_of, indent_unit
from lint_langsmith.rules.fixes.handlers import error_name
from lint_langsmith.rules.fixes.keywords import decorator_edits
from lint_langsmith.rules.shared.imports import Reach, reach, reach_member

_REFUSED: Final = "langsmith.utils.LangSmithError"
_RETRY: Final = "tenacity.retry"
_PREDICATE: Final = "retry_if_exception"


def raised_again_fix(
    caught: MissedHandler, calls: Sequence[ApiCall], analysis: Analysis
) -> Fix | None:
    """A handler that raises a 403 again before it goes on to the next attempt."""
    file, handler = caught.file, caught.handler
    if file.kind != "python" or handler.type is None or file.model.tries[caught.owner].star:
        return None
    place = handler_place(file, handler)
    found = _class(file, place, calls, analysis)
    name = handler.name or error_name(file, place.scope)
    line = file.statement_at(handler.span.line)[1]
    first = file.statement_behind(line) or len(file.lines)
    indent = indent_of(file.lines[first - 1])
    if found is None or not name or not _opens_block(file, handler, indent):
        return None
    unit = indent_unit(file)
    test = f"{indent}if type({name}) is {found.text}:  # a 403; its subclasses may pass\n"
    edits = [Edit(Span(line + 1, 1, line + 1, 1), f"{test}{indent}{unit}raise\n")]
    if handler.name is None:
        end = handler.span.end_column
        at = Span(handler.span.end_line, end, handler.span.end_line, end)
        edits.append(Edit(at, f" as {name}"))
    return Fix("Raise a 403 again", Applicability.UNSAFE, (*edits, *found.edits))


def _opens_block(file: File, handler: ir.Handler, indent: str) -> bool:
    """Whether the statements of a handler stand on lines of their own, deeper than its `except`."""
    start, last = file.statement_at(handler.span.line)
    is_deeper = len(indent) > len(indent_of(file.lines[start - 1]))
    return is_deeper and file.lines[last - 1].partition("#")[0].rstrip().endswith(":")


def predicate_fix(
    file: File, at: Span, calls: Sequence[ApiCall], analysis: Analysis
) -> Fix | None:
    """Tenacity's `@retry` with a predicate that lets all go on but a 403, where it has none."""
    found = analysis.once(_without_predicate, file).get(at)
    if found is None:
        return None
    scope, decorator = found
    place = Place(scope.parent, scope.outer_block, scope.order)
    if list(analysis.values.decorator_name(file, decorator, place)) != [_RETRY]:
        return None
    return _with_predicate(file, decorator, place, calls, analysis)


def _without_predicate(
    _analysis: Analysis, file: File
) -> Mapping[Span, tuple[ir.Scope, ir.Expr]]:
    """The decorators of a file that are passed no predicate, by where they stand; the first of several."""
    table: dict[Span, tuple[ir.Scope, ir.Expr]] = {}
    for scope in file.model.scopes:
        for decorator in scope.decorators:
            at = _span(file, decorator)
            if at is not None and _has_no_predicate(file, decorator):
                table.setdefault(at, (scope, decorator))
    return table


def _span(file: File, decorator: ir.Expr) -> Span | None:
    if isinstance(decorator, ir.CallRef):
        return file.model.calls[decorator.site].callee_span
    return decorator.span if isinstance(decorator, (ir.Name, ir.Attribute)) else None


def _has_no_predicate(file: File, decorator: ir.Expr) -> bool:
    args = file.model.calls[decorator.site].args if isinstance(decorator, ir.CallRef) else ()
    return all(arg.keyword not in {"retry", None} for arg in args)


def _with_predicate(
    file: File, decorator: ir.Expr, place: Place, calls: Sequence[ApiCall], analysis: Analysis
) -> Fix | None:
    func = (
        file.model.calls[decorator.site].func
        if isinstance(decorator, ir.CallRef)
        else decorator
    )
    if isinstance(func, ir.Attribute):
        written = (
            f"{file.source(func.value.span)}.{_PREDICATE}"
            if isinstance(func.value, ir.Name)
            else ""
        )
        predicate = Reach(written, ()) if written else None
    else:
        predicate = _known(file, place, analysis) or reach_member(
            file, place, "tenacity", _PREDICATE
        )
    found = _class(file, place, calls, analysis)
    if predicate is None or found is None:
        return None
    test = f"lambda error: type(error) is not {found.text}"
    edits = decorator_edits(file, decorator, f"retry={predicate.text}({test})")
    if not edits:
        return None
    everything = (*edits, *predicate.edits, *found.edits)
    return Fix("Retry all but a 403", Applicability.UNSAFE, everything)


def _known(file: File, place: Place, analysis: Analysis) -> Reach | None:
    """Tenacity's predicate by the name that the file has for it."""
    meant = (ExternalName(f"tenacity.{_PREDICATE}"),)
    for row in file.imports_by_member.get(_PREDICATE, ()):
        if analysis.values.name(file, row.name, place) == meant:
            return Reach(row.name, ())
    return None


def _class(
    file: File, place: Place, calls: Sequence[ApiCall], analysis: Analysis
) -> Reach | None:
    """How to name the class of a 403, where that is `LangSmithError` for all calls."""
    errors = {analysis.outcomes.error_mro(call)[0] for call in calls}
    if errors != {_REFUSED}:
        return None
    return reach(file, place, _REFUSED, analysis, dropped=frozenset())
