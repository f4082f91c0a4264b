"""Edits that await a call: `await f(x)`, `async for`, and `await asyncio.to_thread(f, x)`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, within
from lint_langsmith.analysis.project.import_edits import imported
from lint_langsmith.findings import Edit, Span

# Uses of a result in which an `await` before the call would take the whole chain: `await f().x` awaits `x`.
_BINDING_TIGHTER: Final[frozenset[ir.UseKind]] = frozenset({"receiver", "subscript", "callee"})
# What stands between the parenthesis of a call and its first argument.
_GAP: Final = lazy_re.compile(r"(?:[ \t\r\n\f\\]|#[^\r\n]*)*")
# What a loop names is short: so the search takes no longer for a long line.
_FOR_BEFORE: Final = lazy_re.compile(r"\bfor\b[^#\"':]{0,200}?\bin[ \t]{1,80}$")
# Web frameworks' own way to run a function in a thread, with the modules it is imported from.
_POOL_FUNCTION: Final = "run_in_threadpool"
_POOL_MODULES: Final = frozenset({"fastapi.concurrency", "starlette.concurrency"})


def may_await(file: File, scope: int) -> bool:
    """Whether `await` may stand in a scope: an `async def`, or a list that is built in one; a notebook's top level."""
    row = file.model.scopes[scope]
    while row.kind == "comprehension" and row.name != "generator":
        row = file.model.scopes[row.parent]
    if row.kind == "module":
        return file.kind == "notebook"
    return row.kind == "function" and row.is_async


def _can_be_awaited(file: File, call: ir.Call) -> bool:
    """Whether a call can be written anew where `await` may stand: one in an f-string has the place of the string."""
    return may_await(file, call.scope) and file.source(call.span).endswith(")")


def await_edits(file: File, call: ir.Call) -> tuple[Edit, ...]:
    """The edits that put `await` before a call; none where it may not stand there."""
    if not _can_be_awaited(file, call):
        return ()
    opening, closing = _await(call)
    return (_insert(call.span, opening), *closing)


def _await(call: ir.Call) -> tuple[str, tuple[Edit, ...]]:
    """What stands in front of an awaited call, and the edit behind it: parentheses where its result is used at once."""
    if call.use.kind in _BINDING_TIGHTER:
        return "(await ", (_insert_behind(call.span, ")"),)
    return "await ", ()


def async_for_edits(file: File, call: ir.Call) -> tuple[Edit, ...]:
    """The edits that make the loop, the comprehension or the `list()` around a call asynchronous; none for others."""
    if not _can_be_awaited(file, call):
        return ()
    if call.use.kind == "argument" and call.use.outer is not None:
        return _listed(file, call, file.model.calls[call.use.outer])
    if call.use.kind not in {"iterate", "comprehension"}:
        return ()
    line = file.lines[call.span.line - 1][: call.span.column - 1]
    match = _FOR_BEFORE.search(line)
    if match is None or line[: match.start()].endswith("async "):
        return ()
    column = match.start() + 1
    return (Edit(Span(call.span.line, column, call.span.line, column), "async "),)


def _listed(file: File, call: ir.Call, outer: ir.Call) -> tuple[Edit, ...]:
    """`list(f())` → `[item async for item in f()]`."""
    opening = Span(outer.span.line, outer.span.column, call.span.line, call.span.column)
    closing = Span(
        call.span.end_line, call.span.end_column, outer.span.end_line, outer.span.end_column
    )
    if file.source(opening) != "list(" or file.source(closing) != ")":
        return ()
    return Edit(opening, "[item async for item in "), Edit(closing, "]")


def thread_edits(file: File, call: ir.Call) -> tuple[Edit, ...]:
    """The edits that run a call in a thread and await it; none where that can't be written.

    The function is `run_in_threadpool` where the file imports it, else `asyncio.to_thread`, with its import.
    """
    if not _can_be_awaited(file, call) or call.use.kind == "await":
        return ()
    runner, imports = _runner(file, call.span)
    first = _first_argument(file, call)
    if not runner or first is None or _is_bare_generator(call):
        return ()
    gap = _separator(file, call, first) if call.args else ""
    opening, closing = _await(call)
    return (
        Edit(call.callee_span, f"{opening}{runner}"),
        Edit(first, f"{file.source(call.callee_span)}{gap}"),
        *closing,
        *imports,
    )


def iterated_in_thread_edits(file: File, call: ir.Call) -> tuple[Edit, ...]:
    """The edits by which what a call gives is iterated in a thread, for a call that does nothing until then.

    `list(f())` → `await asyncio.to_thread(list, f())`; likewise in a loop or a comprehension that takes all of it.
    """
    if call.use.kind == "argument" and call.use.outer is not None:
        outer = file.model.calls[call.use.outer]
        return thread_edits(file, outer) if len(outer.args) == 1 else ()
    if call.use.kind not in {"iterate", "comprehension"} or not _can_be_awaited(file, call):
        return ()
    runner, imports = _runner(file, call.span)
    if not runner or (call.use.kind == "iterate" and not _takes_all(file, call)):
        return ()
    return (
        _insert(call.span, f"await {runner}(list, "),
        _insert_behind(call.span, ")"),
        *imports,
    )


def _takes_all(file: File, call: ir.Call) -> bool:
    """Whether the loop over what a call gives has no way out before its end."""
    for block, row in enumerate(file.model.blocks):
        if row.kind != "loop" or row.parent != call.block:
            continue
        loop = file.model.loops[row.owner]
        if isinstance(loop.iter, ir.CallRef) and file.model.calls[loop.iter.site] is call:
            ends = {file.model.blocks[inner].ends for inner in within(file, block)}
            return ends.isdisjoint({"break", "return"})
    return False


def _runner(file: File, at: Span) -> tuple[str, tuple[Edit, ...]]:
    """What runs a function in a thread, and the edits that import it; empty where its name is taken."""
    for row in file.imports_by_member.get(_POOL_FUNCTION, ()):
        if row.module in _POOL_MODULES and row.scope == 0:
            return row.name, ()
    found = imported(file, "asyncio", at)
    if found is None:
        return "", ()
    return f"{found.name}.to_thread", (found.edit,) if found.edit is not None else ()


def _first_argument(file: File, call: ir.Call) -> Span | None:
    """The empty span in front of a call's first argument, or of its closing parenthesis."""
    behind = Span(
        call.callee_span.end_line,
        call.callee_span.end_column,
        call.span.end_line,
        call.span.end_column,
    )
    text = file.source(behind)
    if not text.startswith("("):
        return None
    match = _GAP.match(text, 1)
    assert match is not None
    skipped = text[: match.end()]
    lines = skipped.count("\n")
    column = len(skipped) - skipped.rindex("\n") if lines else behind.column + len(skipped)
    line = behind.line + lines
    return Span(line, column, line, column)


def _separator(file: File, call: ir.Call, first: Span) -> str:
    """What stands between the function and the first argument: arguments that have a line each keep one each."""
    before = file.lines[first.line - 1][: first.column - 1]
    own_line = first.line > call.callee_span.end_line and not before.strip()
    return f",\n{before}" if own_line else ", "


def _is_bare_generator(call: ir.Call) -> bool:
    """`f(x for x in y)`: beside another argument the generator would need parentheses."""
    return len(call.args) == 1 and (
        isinstance(call.args[0].value, ir.Comprehension)
        and call.args[0].value.kind == "generator"
    )


def joined(parts: Sequence[tuple[Edit, ...]]) -> tuple[Edit, ...]:
    """The edits of several places as one fix; none if one of the places has none."""
    if not parts or not all(parts):
        return ()
    return tuple(dict.fromkeys(edit for part in parts for edit in part))


def _insert(span: Span, content: str) -> Edit:
    return Edit(Span(span.line, span.column, span.line, span.column), content)


def _insert_behind(span: Span, content: str) -> Edit:
    return Edit(Span(span.end_line, span.end_column, span.end_line, span.end_column), content)
