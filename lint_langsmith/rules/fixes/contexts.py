"""Edits that give a thread the context of the function that starts it, and with it the trace."""

from __future__ import annotations

import re
from typing import Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.project.import_edits import imported
from lint_langsmith.findings import Edit, Span
from lint_langsmith.rules.shared.imports import reach

_CONTEXT_POOL: Final = "langsmith.utils.ContextThreadPoolExecutor"
_POOL_IMPORT: Final = lazy_re.compile(
    r"(?P<head>from concurrent\.futures(?:\.thread)? import )(?P<names>\w+(?:, ?\w+)*)(?P<tail>\s*(?:#.*)?)"
)


def pool_edits(file: File, site: int, analysis: Analysis) -> tuple[Edit, ...]:
    """The edits by which the pool that a call builds hands its context over."""
    call = file.model.calls[site]
    found = reach(file, call, _CONTEXT_POOL, analysis, dropped=frozenset())
    if found is None:
        return ()
    unused = _without_import(file, call.func) if isinstance(call.func, ir.Name) else ()
    return (Edit(call.callee_span, found.text), *found.edits, *unused)


def _without_import(file: File, name: ir.Name) -> tuple[Edit, ...]:
    """The edit that takes a pool's class out of its import, where nothing else of the file names it."""
    if len(re.findall(rf"\b{re.escape(name.id)}\b", file.text)) != 2:
        return ()
    rows = [row for row in file.import_rows if row.name == name.id]
    line = rows[0].span.line if len(rows) == 1 and rows[0].block == 0 else 0
    match = _POOL_IMPORT.fullmatch(file.lines[line - 1]) if line else None
    if match is None or line == len(file.lines):
        return ()
    names = [other.strip() for other in match["names"].split(",")]
    names.remove(name.id)
    if not names:
        return (Edit(Span(line, 1, line + 1, 1), ""),)
    start = match.start("names") + 1
    return (Edit(Span(line, start, line, match.end("names") + 1), ", ".join(names)),)


def executor_edits(file: File, call: ir.Call, work: Span) -> tuple[Edit, ...]:
    """`run_in_executor(None, f, x)` → `run_in_executor(None, contextvars.copy_context().run, f, x)`."""
    found = imported(file, "contextvars", call.span)
    if found is None:
        return ()
    before = Span(work.line, work.column, work.line, work.column)
    edit = Edit(before, f"{found.name}.copy_context().run, ")
    return (edit, found.edit) if found.edit is not None else (edit,)


def thread_edits(file: File, call: ir.Call, work: Span) -> tuple[Edit, ...]:
    """`Thread(target=f, args=(x,))` → `Thread(target=contextvars.copy_context().run, args=(f, x))`."""
    found = imported(file, "contextvars", call.span)
    if found is None or any(arg.stars or arg.keyword is None for arg in call.args):
        return ()
    written = file.source(work)
    run = f"{found.name}.copy_context().run"
    given = next((arg.value for arg in call.args if arg.keyword == "args"), None)
    imports = (found.edit,) if found.edit is not None else ()
    if given is None:
        return (Edit(work, f"{run}, args=({written},)"), *imports)
    opening = _opening_of_arguments(file, call)
    if not isinstance(given, ir.Sequence) or given.kind != "tuple" or opening is None:
        return ()
    first = f"{written}, " if given.items else f"{written},"
    return (Edit(work, run), Edit(opening, first), *imports)


def _opening_of_arguments(file: File, call: ir.Call) -> Span | None:
    """The empty span behind the parenthesis of `args=(`, where that stands in the call once, on one line."""
    found = [
        (number, match.end() + 1)
        for number in range(call.span.line, call.span.end_line + 1)
        for match in re.finditer(r"\bargs\s*=\s*\(", file.lines[number - 1])
    ]
    if len(found) != 1:
        return None
    line, column = found[0]
    return Span(line, column, line, column)
