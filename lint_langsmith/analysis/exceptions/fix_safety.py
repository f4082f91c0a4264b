"""What keeps a fix from being safe, whichever rule offers it: a text that is read, a handler that sees the fault."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, last_name
from lint_langsmith.findings import Applicability, Fix

_TEXTS: Final = frozenset({"markdown", "rst", "text"})
_HIDING: Final = frozenset({"suppress", "raises"})


def within_text(file: File, fix: Fix | None) -> Fix | None:
    """A fix as far as it may change a file: prose is never changed, and an example may show the fault on purpose."""
    if fix is None or file.kind not in _TEXTS:
        return fix
    touched = {
        line for edit in fix.edits for line in range(edit.span.line, edit.span.end_line + 1)
    }
    return (
        replace(fix, applicability=Applicability.UNSAFE)
        if touched <= file.example_lines
        else None
    )


def is_tried(file: File, block: int) -> bool:
    """Whether something around a block handles what is raised in it: without the fault its handler never runs."""
    for current in file.block_chain(block):
        row = file.model.blocks[current]
        if row.kind == "try" or (
            row.kind == "with" and _hides(file, file.model.withs[row.owner])
        ):
            return True
    return False


def _hides(file: File, statement: ir.With) -> bool:
    return any(
        isinstance(item, ir.CallRef) and last_name(file.model.calls[item.site].func) in _HIDING
        for item, _ in statement.items
    )


def sure_unless_tried(file: File, block: int) -> Applicability:
    """Safe where what raises is not handled around it."""
    return Applicability.UNSAFE if is_tried(file, block) else Applicability.SAFE
