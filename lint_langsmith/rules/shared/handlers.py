"""What stands in a block: what the rules about handlers ask."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.walk import descend
from lint_langsmith.analysis.project.file import File, within
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
from lint_langsmith.findings import Related

# What speaks to tools, and says nothing to people; behind a code may stand why it is switched off.
_DIRECTIVE: Final = lazy_re.compile(
    r"(?i)\b(?:noqa\b(?:[ \t]*:[ \t]*[A-Z]{1,5}[0-9]{1,5}(?:[ \t]*,[ \t]*[A-Z]{1,5}[0-9]{1,5}){0,20})?"
    r"|nosec\b(?:[ \t]*B[0-9]{3})?|pragma:[ \t]*no[ \t]*cover|type:[ \t]*ignore(?:\[[^\]]{0,80}\])?"
    r"|(?:pylint|ruff|pyright|lint-langsmith):[^#]{0,80})"
)
_WORD: Final = lazy_re.compile(r"[^\W\d_]{2,}")
# Words with which an author says that it is not done yet.
_UNFINISHED: Final = frozenset({"todo", "fixme", "xxx", "hack"})


class Contents(NamedTuple):
    """The rows of a block and of the blocks in it, functions that are defined there left out.

    `reads` are the names and attributes that are read; the name of a handler's error is not among `bindings`.
    """

    calls: tuple[int, ...]
    raises: tuple[ir.Raise, ...]
    returns: tuple[ir.Return, ...]
    yields: tuple[ir.Return, ...]
    stores: tuple[ir.Store, ...]
    bindings: tuple[ir.Binding, ...]
    reads: tuple[ir.Read | ir.Load, ...]


def contents(file: File, block: int) -> Contents:
    """What stands in a block."""
    inside = tuple(within(file, block))
    rows = file.rows_by_block
    return Contents(
        tuple(rows.sites(inside)),
        tuple(rows.raises(inside)),
        tuple(rows.returns(inside)),
        tuple(rows.yields(inside)),
        tuple(rows.stores(inside)),
        tuple(row for row in rows.bindings(inside) if row.kind != "except"),
        (*rows.reads(inside), *rows.loads(inside)),
    )


def uses_error(file: File, handler: ir.Handler) -> bool:
    """Whether a handler does something with its error but to name it as the cause of another one.

    `logging.exception(…)`, `exc_info=True` and `traceback` show it without naming it.
    """
    found = contents(file, handler.block)
    named = [
        row for row in found.reads if isinstance(row, ir.Read) and row.name == handler.name
    ]
    if any(row.use.kind != "other" for row in named) or any(
        _is_of(row, handler.name) for row in found.reads
    ):
        return True
    calls = [file.model.calls[site] for site in found.calls]
    return any(shows_error(call) for call in calls)


def _is_of(row: ir.Read | ir.Load, name: str | None) -> bool:
    """Whether an attribute of the error is read."""
    return isinstance(row, ir.Load) and root(row.expr) == name


def shows_error(call: ir.Call) -> bool:
    """Whether a call in a handler logs or prints its error without naming it."""
    name = call.func.name if isinstance(call.func, ir.Attribute) else ""
    shown = any(
        arg.keyword == "exc_info" and arg.value != ir.Constant("False") for arg in call.args
    )
    return shown or name in {
        "exception",
        "print_exc",
        "format_exc",
        "print_exception",
        "capture_exception",
    }


def root(expr: ir.Expr) -> str:
    """The name that a chain of attributes and items begins with; empty for any other beginning."""
    while isinstance(expr, (ir.Attribute, ir.Subscript)):
        expr = expr.value
    return expr.id if isinstance(expr, ir.Name) else ""


def related_calls(calls: Sequence[ApiCall]) -> tuple[Related, ...]:
    """Where the calls stand."""
    return tuple(
        Related(call.file.relative, call.span, f"`{call.label}` raises it here")
        for call in calls
    )


def texts_in(file: File, block: int) -> Iterator[str]:
    """The texts of a block: what it prints, logs, raises or gives back, at once or by a name."""
    found = contents(file, block)
    for site in found.calls:
        yield from texts_of(file, site)
    values = [row.value for row in found.bindings] + [row.value for row in found.returns]
    for value in values:
        if value is not None:
            yield from _literal(value)


def texts_of(file: File, site: int) -> Iterator[str]:
    """The texts among the arguments of a call."""
    for arg in file.model.calls[site].args:
        yield from _literal(arg.value)


def texts_with_error(file: File, handler: ir.Handler, site: int) -> list[str]:
    """The texts of a call that stand beside the handler's error: `print(f"not found: {error}")`; none without it."""
    parts = [
        part
        for arg in file.model.calls[site].args
        for part in descend(arg.value, file.model.calls, through=_JOINED)
    ]
    if not any(root(part) == handler.name for part in parts):
        return []
    return [part.value for part in parts if isinstance(part, ir.Text)]


_JOINED: Final = (ir.Template, ir.Binary, ir.CallRef, ir.Subscript, ir.Attribute)


def _literal(expr: ir.Expr) -> Iterator[str]:
    for part in descend(expr, through=(ir.Template, ir.Binary)):
        if isinstance(part, ir.Text):
            yield part.value


def is_explained(file: File, handler: ir.Handler) -> bool:
    """Whether the author says in a comment why a handler does nothing: behind its head, or at the top of its body.

    Nothing that does nothing has a string with a `#` in it, so the comments are read from the lines.
    """
    lines, line = file.lines, handler.span.line
    remarks = [_comment_of(lines[line - 1])]
    while line < len(lines):
        text = lines[line]
        remarks.append(_comment_of(text))
        if not text.lstrip().startswith("#"):
            break
        line += 1
    words = [
        word.lower() for text in remarks for word in _WORD.findall(_DIRECTIVE.sub("", text))
    ]
    return len(words) > 1 and _UNFINISHED.isdisjoint(words)


def _comment_of(line: str) -> str:
    return line.partition("#")[2]
