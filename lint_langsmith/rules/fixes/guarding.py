"""Edits that put a handler around a statement, or behind the handlers of the `try` that it stands in."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator, Sequence
from typing import Final

from lint_langsmith.analysis.ir.walk import descend
from lint_langsmith.analysis.project.file import File, last_name
from lint_langsmith.findings import Edit, Span

# What runs as a whole, and has no block of its own.
_SIMPLE: Final = (ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.Raise)
_UNIT: Final = "    "
# The line length of the formatters that most projects use.
_WIDTH: Final = 88


def handler_edits(
    file: File, line: int, block: int, caught: str, body: Sequence[str]
) -> tuple[Edit, ...]:
    """The edits that catch what the simple statement at a line raises; none where it shares its lines with another.

    None either where a handler of its `try` meets the exception before: that one raises it again, on purpose.
    `block` is the one that the statement stands in. `caught` is what stands behind `except`, `body` the lines below
    it, those of an inner level with four blanks in front.
    """
    first, last = file.statement_at(line)
    if not _stands_alone(file, first, last):
        return ()
    unit = indent_unit(file)
    base = indent_of(file.lines[first - 1])
    owner = file.model.blocks[block]
    if owner.kind == "try" and _raises_again(file, owner.owner, caught):
        return ()
    if owner.kind == "try" and _has_plain_handlers(file, owner.owner):
        outer = indent_of(file.lines[file.model.tries[owner.owner].handlers[0].span.line - 1])
        behind = _end_of_handlers(file, owner.owner)
        return (_behind(file, behind, _handler(outer, unit, caught, body)),)
    opened = Edit(Span(first, 1, first, 1), f"{base}try:\n{unit}")
    deeper = (Edit(Span(number, 1, number, 1), unit) for number in _movable(file, first, last))
    return opened, *deeper, _behind(file, last, _handler(base, unit, caught, body))


def wrapped_lines(statement: str, indent: int) -> list[str]:
    """`raise X(…) from error` or another call over one line, or over three where one would be too long."""
    head, opening, rest = statement.partition("(")
    inner, closing, tail = rest.rpartition(")")
    if indent + len(statement) <= _WIDTH or not (opening and closing):
        return [statement]
    return [f"{head}(", f"{_UNIT}{inner}", f"){tail}"]


def depth(file: File, line: int) -> int:
    """How many columns the statement at a line is indented."""
    return len(indent_of(file.lines[file.statement_at(line)[0] - 1]))


def _handler(base: str, unit: str, caught: str, body: Sequence[str]) -> str:
    inner = (f"{base}{unit}{line.replace(_UNIT, unit)}\n" for line in body)
    return f"{base}except {caught}:\n{''.join(inner)}"


def _behind(file: File, line: int, content: str) -> Edit:
    """Lines inserted behind a line, which may be the last one and have no end."""
    text = file.lines[line - 1]
    if line == len(file.lines):
        end = len(text) + 1
        return Edit(Span(line, end, line, end), f"\n{content}".removesuffix("\n"))
    return Edit(Span(line + 1, 1, line + 1, 1), content)


def indent_of(line: str) -> str:
    """The blanks and tabs that a line begins with."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def indent_unit(file: File) -> str:
    """One level of indentation, told from the first statement of the file that is indented."""
    indents = (indent_of(file.lines[first - 1]) for first in file.statement_starts)
    return next((indent for indent in indents if indent), _UNIT)


def _stands_alone(file: File, first: int, last: int) -> bool:
    """Whether some lines are one simple statement and nothing else."""
    text = "\n".join(file.lines[first - 1 : last])
    if indent_of(text):
        text = f"if 1:\n{text}"
    try:
        tree = ast.parse(f"{text}\n")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    body = tree.body
    if len(body) == 1 and isinstance(body[0], ast.If) and text.startswith("if 1:\n"):
        body = body[0].body
    return len(body) == 1 and isinstance(body[0], _SIMPLE)


def _movable(file: File, first: int, last: int) -> Iterator[int]:
    """The lines behind the first of a statement that may be indented: no blank ones, and none that a string goes on."""
    within = _lines_within_strings(file.lines[first - 1 : last])
    for number in range(first + 1, last + 1):
        if file.lines[number - 1].strip() and number - first + 1 not in within:
            yield number


def _lines_within_strings(lines: Sequence[str]) -> frozenset[int]:
    """The 1-based lines that begin within a string. A template's parts count from its first quote to its last."""
    found: set[int] = set()
    opened: list[int] = []
    reader = io.StringIO("".join(f"{line}\n" for line in lines)).readline
    for token in tokenize.generate_tokens(reader):
        kind = tokenize.tok_name[token.type]
        if kind.endswith("STRING_START"):
            opened.append(token.start[0])
        elif kind.endswith("STRING_END"):
            found.update(range(opened.pop() + 1, token.end[0] + 1))
        elif kind == "STRING":
            found.update(range(token.start[0] + 1, token.end[0] + 1))
    return frozenset(found)


def _raises_again(file: File, owner: int, caught: str) -> bool:
    """Whether a handler of a `try` names the class that is to be caught, or all: behind it nothing arrives."""
    wanted = {caught.partition(" as ")[0].rpartition(".")[2], "Exception", "BaseException"}
    for handler in file.model.tries[owner].handlers:
        if handler.type is None or any(
            last_name(expr) in wanted for expr in descend(handler.type)
        ):
            return True
    return False


def _has_plain_handlers(file: File, owner: int) -> bool:
    row = file.model.tries[owner]
    return bool(row.handlers) and not row.star


def _end_of_handlers(file: File, owner: int) -> int:
    """The last line of the last handler of a `try`."""
    last = file.model.tries[owner].handlers[-1]
    start, end = file.statement_at(last.span.line)
    margin = len(indent_of(file.lines[start - 1]))
    for first, final in sorted(file.model.statements):
        if first < start:
            continue
        # `else:` and `finally:` are no statements, but lines between two.
        if any(_is_outside(line, margin) for line in file.lines[end:first]):
            break
        end = max(end, final)
    # Comments behind the last statement belong to the handler by their indentation.
    while end < len(file.lines) and _is_inner_comment(file.lines[end], margin):
        end += 1
    return end


def _is_outside(line: str, margin: int) -> bool:
    """Whether a line of code begins at a margin or before it."""
    code = line.strip()
    return bool(code) and not code.startswith("#") and len(indent_of(line)) <= margin


def _is_inner_comment(line: str, margin: int) -> bool:
    return line.strip().startswith("#") and len(indent_of(line)) > margin
