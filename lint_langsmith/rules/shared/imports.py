"""How a file can come by a class of the SDK: what fixes need that write a name which may not be imported yet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.ir.model import Binding
from lint_langsmith.analysis.project.file import File, Placed, last_name
from lint_langsmith.analysis.values.abstract import ExternalName, Values
from lint_langsmith.findings import Edit, Span

_LEADING_COMMENT = lazy_re.compile(r"\s*#")


class Reach(NamedTuple):
    """What to write for a class at a place, and the edits that make it stand for the class."""

    text: str
    edits: tuple[Edit, ...]


def reach(
    file: File, place: Placed, canonical: str, analysis: Analysis, *, dropped: frozenset[str]
) -> Reach | None:
    """How to name the class at `place`: as it is imported already, or by an import that is added.

    `dropped` are names that the fix takes out of the code at the place: an import that was there for one of them alone
    is turned into the new one. None where the class can't be named without getting into the way of another name.
    """
    known = next(_names_of(file, place, canonical, analysis), None)
    if known is not None:
        return Reach(known, ())
    module, _, name = analysis.sdk.public_name(canonical).rpartition(".")
    return reach_member(file, place, module, name, dropped=dropped)


def reach_member(
    file: File, place: Placed, module: str, name: str, *, dropped: frozenset[str] = frozenset()
) -> Reach | None:
    """How to import `name` from a module that may have other names imported already; None where it is taken."""
    if name in file.bound_names:
        return None
    aliases = [
        row
        for row in _imports(file, place)
        if row.module == module and row.member and not row.level
    ]
    if not aliases:
        line = _new_line(
            file, place, module.partition(".")[0], f"from {module} import {name}\n"
        )
        return Reach(name, (line,)) if line is not None else None
    spare = next(
        (row for row in aliases if row.name in dropped and _is_only_use(file, row)), None
    )
    if spare is not None:
        return Reach(name, (Edit(spare.span, name),))
    last = file.statement_at(aliases[-1].span.line)
    together = [row for row in aliases if last[0] <= row.span.line <= last[1]]
    return Reach(name, (_added(file, together, name),))


def _names_of(file: File, place: Placed, canonical: str, analysis: Analysis) -> Iterator[str]:
    """The imported names that surely stand for the class at the place."""
    able = analysis.once(_names_that_may_be, (file, canonical))
    for row in _imports(file, place):
        if row.name in able and _are(
            analysis.values.name(file, row.name, place), canonical, analysis
        ):
            yield row.name


def _are(found: Values, canonical: str, analysis: Analysis) -> bool:
    """Whether values are surely a class."""
    return all(
        isinstance(value, ExternalName) and analysis.sdk.canonical(value.name) == canonical
        for value in found
    )


def _names_that_may_be(analysis: Analysis, about: tuple[File, str]) -> frozenset[str]:
    """The names of a file one of whose bindings is surely a class: of thousands of imports, one or two."""
    file, canonical = about
    imported = frozenset(row.name for row in file.import_rows)
    return frozenset(
        row.name
        for row in file.model.bindings
        if row.name in imported
        and _are(analysis.values.binding(file, row), canonical, analysis)
    )


def _imports(file: File, place: Placed) -> Iterator[Binding]:
    """The imports that have surely run at a place."""
    chain = set(file.block_chain(place.block))
    for row in file.import_rows:
        ran = row.order < place.order or row.scope != place.scope
        if row.block in chain and ran:
            yield row


def _is_only_use(file: File, row: Binding) -> bool:
    """Whether a name stands in the file twice alone: in its import, and where the fix takes it out."""
    return (
        row.name == row.member
        and len(re.findall(rf"\b{re.escape(row.name)}\b", file.text)) == 2
    )


def _added(file: File, aliases: Sequence[Binding], name: str) -> Edit:
    """The name among those that a statement imports, in its place if they are sorted."""
    names = [row.member or "" for row in aliases]
    after = (
        next((row for row in aliases if (row.member or "") > name), None)
        if names == sorted(names)
        else None
    )
    anchor = (after or aliases[-1]).span
    before = file.lines[anchor.line - 1][: anchor.column - 1]
    gap = f"\n{before}" if not before.strip() else " "
    if after is not None:
        return Edit(
            Span(anchor.line, anchor.column, anchor.line, anchor.column), f"{name},{gap}"
        )
    return Edit(
        Span(anchor.end_line, anchor.end_column, anchor.end_line, anchor.end_column),
        f",{gap}{name}",
    )


def _new_line(file: File, place: Placed, package: str, statement: str) -> Edit | None:
    """The statement on a line of its own: behind the last import of its package, else of anything, else at the top.

    None where the file does without the package if it is not installed: an import outside of that `try` would fail.
    """
    known = list(_imports(file, place))
    near = [row for row in known if row.module.partition(".")[0] == package]
    if not near and _is_optional(file, package):
        return None
    at_top = [row for row in near if row.block == 0]
    behind = at_top or near or [row for row in known if row.block == 0]
    if behind:
        first, last = file.statement_at(behind[-1].span.line)
        written = file.lines[first - 1]
        indent = written[: len(written) - len(written.lstrip())]
        return Edit(Span(last + 1, 1, last + 1, 1), f"{indent}{statement}")
    docstring = next((span for span in file.model.docstrings if _is_first(file, span)), None)
    line = docstring.end_line + 1 if docstring is not None else _first_code_line(file)
    return Edit(Span(line, 1, line, 1), statement)


def _is_optional(file: File, package: str) -> bool:
    """Whether the module imports a package where that may fail, or under a condition."""
    return any(
        row.scope == 0
        and row.block != 0
        and row.module.partition(".")[0] == package
        and not _is_for_type_checkers(file, row.block)
        for row in file.import_rows
    )


def _is_for_type_checkers(file: File, block: int) -> bool:
    row = file.model.blocks[block]
    return (
        row.kind == "if" and last_name(file.model.branches[row.owner].test) == "TYPE_CHECKING"
    )


def _is_first(file: File, docstring: Span) -> bool:
    return all(
        not line.strip() or _LEADING_COMMENT.match(line)
        for line in file.lines[: docstring.line - 1]
    )


def _first_code_line(file: File) -> int:
    return next(
        (
            number
            for number, line in enumerate(file.lines, 1)
            if not _LEADING_COMMENT.match(line)
        ),
        1,
    )
