"""Edits that fixes have in common."""

from __future__ import annotations

from typing import NamedTuple

from lint_langsmith.analysis.project.file import File
from lint_langsmith.findings import Edit, Span


class Imported(NamedTuple):
    """The name by which a module is known in a file, and the edit that makes it so; None where it is already."""

    name: str
    edit: Edit | None


def imported(file: File, module: str, at: Span) -> Imported | None:
    """How code at `at` comes by a module; None where its name is taken by something else in the file."""
    for binding in file.model.bindings:
        whole = (
            binding.kind == "import"
            and binding.module == module
            and binding.member in {None, ""}
        )
        if whole and binding.scope == 0 and file.model.blocks[binding.block].kind == "scope":
            return Imported(binding.name, None) if binding.span < at else None
    if any(binding.name == module for binding in file.model.bindings):
        return None
    line = _cell_line(file, at.line) if file.places is not None else _top_line(file)
    return Imported(module, Edit(Span(line, 1, line, 1), f"import {module}\n"))


def _cell_line(file: File, line: int) -> int:
    """The first line of Python in the cell that a line is of: a cell magic must stay the first."""
    first = file.places.cell_start(line) if file.places is not None else 1
    codes = file.code.split("\n")
    while first < line and codes[first - 1] != file.lines[first - 1]:
        first += 1
    return first


def _top_line(file: File) -> int:
    """The line of the first import, or the first one behind the docstring and `from __future__`."""
    top = [
        binding
        for binding in file.model.bindings
        if binding.kind in {"import", "star-import"}
        and binding.scope == 0
        and file.model.blocks[binding.block].kind == "scope"
    ]
    ordinary = [binding.span.line for binding in top if binding.module != "__future__"]
    statements = sorted(file.model.statements)
    if ordinary:
        first = ordinary[0]
        return next((start for start, end in statements if start <= first <= end), first)
    head = [binding.span.end_line for binding in top]
    head += [
        span.end_line
        for span in file.model.docstrings
        if statements and span.line == statements[0][0]
    ]
    if head:
        return max(head) + 1
    return statements[0][0] if statements else 1
