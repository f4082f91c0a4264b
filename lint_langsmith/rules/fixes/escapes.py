"""The handler that a 403 has not got yet: where it stands, and what it does, by what the exception ends.

A handler may not hide that something failed. In a script it ends the process with a sentence in place of the traceback,
in a route of FastAPI it answers 502; where feedback or a run is sent on the side, it logs that and goes on. For all
other calls only the author knows what to do without LangSmith, and there is no fix.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple, TypeAlias

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.entry_points.entry_points import Kind
from lint_langsmith.analysis.exceptions.outcome import Escape, Step
from lint_langsmith.analysis.exceptions.retry_outcome import RETRY_ERROR
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
from lint_langsmith.findings import Applicability, Edit, Fix, Span
from lint_langsmith.rules.fixes.guarding import depth, handler_edits, wrapped_lines
from lint_langsmith.rules.fixes.handlers import MESSAGE, error_name, report
from lint_langsmith.rules.shared.imports import reach

# Calls that tell LangSmith something on the side: the program's own work is done without them.
_ON_THE_SIDE: Final = frozenset(
    {
        "create_feedback",
        "create_run",
        "update_feedback",
        "update_run",
        "create_presigned_feedback_token",
        "batch_ingest_runs",
        "multipart_ingest",
    }
)
_ENDED_BY_EXIT: Final[frozenset[Kind]] = frozenset({"script", "cli"})
_ROUTE_AND_CALL: Final = 2
_WEB: Final = frozenset({"fastapi", "starlette"})


class Handler(NamedTuple):
    """What stands in a handler, and the edits that it needs elsewhere."""

    title: str
    lines: Sequence[str]
    names_error: bool = True
    edits: tuple[Edit, ...] = ()


_Write: TypeAlias = "Callable[[File, ir.Call, str], Handler | None]"


def handler_fix(
    file: File, calls: Sequence[ApiCall], kind: Kind, analysis: Analysis
) -> Fix | None:
    """The fix for calls of a file whose 403s end the same thing; None where the author has to decide."""
    if file.kind != "python":
        return None
    escapes = [
        escape
        for call in calls
        for escape in analysis.outcomes.fate(call).escapes
        if escape.entry.kind != "test"
    ]
    if any(escape.thrown.grouped or RETRY_ERROR in escape.thrown.mro for escape in escapes):
        return None
    if kind in _ENDED_BY_EXIT:
        call = _outermost(file, escapes)
        is_only_way = call is not None and _is_called_once(file, call, analysis)
        return _fix(file, call if is_only_way else None, calls, _exit, analysis)
    only = calls[0].call if len(calls) == 1 and calls[0].handed is None else None
    if kind == "route":
        routes = [escape for escape in escapes if escape.entry.kind == "route"]
        # The route itself, and the call in it.
        is_own = all(len(escape.path) <= _ROUTE_AND_CALL for escape in routes)
        return _fix(file, only if is_own else None, calls, _bad_gateway, analysis)
    is_aside = only is not None and calls[0].name in _ON_THE_SIDE and _is_dropped(only)
    return _fix(file, only if is_aside else None, calls, _log, analysis)


def _is_dropped(call: ir.Call) -> bool:
    use = call.awaited_use if call.use.kind == "await" else call.use
    return use is not None and use.kind == "statement"


def _outermost(file: File, escapes: Iterable[Escape]) -> ir.Call | None:
    """The one call of the file through which all exceptions leave it, as far out as that is; None for several."""
    found = {_first_call(escape.path, file) for escape in escapes}
    step = found.pop() if len(found) == 1 else None
    if step is None:
        return None
    return file.call_by_callee.get(step.span)


def _is_called_once(file: File, call: ir.Call, analysis: Analysis) -> bool:
    """Whether nothing else in the file calls what a call runs: each other call would need a handler of its own."""
    site = file.model.calls.index(call)
    callees = [edge.callee for edge in analysis.call_graph.calls(file, site)]
    others = {
        place
        for callee in callees
        for place in analysis.call_graph.sites(callee)
        if place[0] is file
    }
    return others <= {(file, site)}


def _first_call(path: Sequence[Step], file: File) -> Step | None:
    """The first call on a path, where it stands in the file; the function that something outside runs is none."""
    first = next((step for step in path if step.block >= 0), None)
    return first if first is not None and first.file is file else None


def _fix(
    file: File,
    call: ir.Call | None,
    calls: Sequence[ApiCall],
    write: _Write,
    analysis: Analysis,
) -> Fix | None:
    if call is None or not _runs_where_it_stands(file, call):
        return None
    errors = dict.fromkeys(analysis.outcomes.error_mro(found)[0] for found in calls)
    reached = [reach(file, call, error, analysis, dropped=frozenset()) for error in errors]
    name = error_name(file, call.scope)
    handler = write(file, call, name) if name else None
    if handler is None or None in reached:
        return None
    known = [found for found in reached if found is not None]
    texts = [found.text for found in known]
    caught = texts[0] if len(texts) == 1 else f"({', '.join(texts)})"
    caught += f" as {name}" if handler.names_error else ""
    edits = handler_edits(file, call.span.line, call.block, caught, handler.lines)
    if not edits:
        return None
    imports = (edit for found in known for edit in found.edits)
    return Fix(handler.title, Applicability.UNSAFE, (*edits, *imports, *handler.edits))


def _runs_where_it_stands(file: File, call: ir.Call) -> bool:
    """Whether a call runs when its statement does: that of a lambda or a generator runs elsewhere."""
    scope = file.model.scopes[call.scope]
    while scope.kind == "comprehension" and scope.name != "generator":
        scope = file.model.scopes[scope.parent]
    return scope.kind not in {"lambda", "comprehension"}


# -- what a handler does ---------------------------------------------------------------------------------------------


def _exit(file: File, call: ir.Call, error: str) -> Handler | None:
    """The process ends, with a sentence and exit code 1."""
    raised = f'raise SystemExit(f"{MESSAGE}: {{{error}}}") from {error}'
    return Handler("Exit with a message", _lines(file, call.span, raised))


def _bad_gateway(file: File, call: ir.Call, error: str) -> Handler | None:
    """The request is answered with 502, where the file has FastAPI's exception for that."""
    for row in file.imports_by_member.get("HTTPException", ()):
        if row.scope == 0 and row.module.partition(".")[0] in _WEB:
            raised = f'raise {row.name}(status_code=502, detail="LangSmith request failed") from {error}'
            return Handler("Answer 502", _lines(file, call.span, raised))
    return None


def _log(file: File, call: ir.Call, error: str) -> Handler | None:
    found = report(file, call.span, error)
    if found is None:
        return None
    lines = _lines(file, call.span, found.line)
    return Handler("Log the failure and go on", lines, found.names_error, found.edits)


def _lines(file: File, at: Span, statement: str) -> list[str]:
    return wrapped_lines(statement, depth(file, at.line) + 4)
