"""Background work: what goes on for as long as its process lives."""

from __future__ import annotations

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File


def is_in_background_loop(file: File, block: int) -> bool:
    """Whether a block stands in a loop without end that waits between its rounds, as a worker does."""
    model = file.model
    for current in file.block_chain(block):
        row = model.blocks[current]
        if row.kind == "scope" and model.scopes[row.owner].kind == "function":
            return False
        if row.kind == "loop" and _is_endless(model.loops[row.owner]) and _waits(file, current):
            return True
    return False


def _is_endless(loop: ir.Loop) -> bool:
    """`while True`, `while not stopped.is_set()`: a loop that runs until something else ends it."""
    test = loop.test
    if isinstance(test, ir.Constant):
        return test.literal in {"True", "1"}
    return (
        isinstance(test, ir.Unary)
        and test.op == "Not"
        and isinstance(test.operand, (ir.CallRef, ir.Attribute))
    )


def _waits(file: File, loop: int) -> bool:
    sites = (
        site
        for name in ("sleep", "wait", "run_pending")
        for site in file.calls_by_name.get(name, ())
    )
    return any(loop in file.block_chain(file.model.calls[site].block) for site in sites)
