"""Handlers that tell of a 403 and raise it again: whoever writes one means the exception to go on."""

from __future__ import annotations

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.exceptions.outcome import Escape
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.walk import descend
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
from lint_langsmith.rules.shared.handlers import shows_error


def is_told_and_raised(escape: Escape, call: ApiCall, analysis: Analysis) -> bool:
    """Whether a handler on the path of an exception catches it, logs or prints it, and raises it again."""
    mro = analysis.outcomes.error_mro(call)
    return any(
        analysis.outcomes.catches(step.file, handler, mro) == "yes"
        for step in escape.path
        if step.block >= 0
        for block in step.file.block_chain(step.block)
        for handler in _handlers(step.file, block)
        if analysis.once(_tells_and_raises, (step.file, handler.block, handler.name))
    )


def _handlers(file: File, block: int) -> tuple[ir.Handler, ...]:
    row = file.model.blocks[block]
    return file.model.tries[row.owner].handlers if row.kind == "try" else ()


def _tells_and_raises(_: Analysis, handler: tuple[File, int, str | None]) -> bool:
    """Whether a handler hands its error to somebody, and raises it again, both come what may.

    `handler` is its file, its block and the name that it gives the error.
    """
    file, block, name = handler
    is_raised = any(
        row.value is None or (isinstance(row.value, ir.Name) and row.value.id == name)
        for row in file.rows_by_block.raises((block,))
    )
    calls = [file.model.calls[site] for site in file.rows_by_block.sites((block,))]
    return is_raised and any(
        (call.awaited_use or call.use).kind == "statement" and _tells(file, call, name)
        for call in calls
    )


def _tells(file: File, call: ir.Call, error: str | None) -> bool:
    named = (
        part
        for arg in call.args
        for part in descend(arg.value, file.model.calls)
        if isinstance(part, ir.Name)
    )
    return shows_error(call) or any(part.id == error for part in named)
