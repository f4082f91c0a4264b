"""`--add-ignore`: a comment to each finding, where it suppresses it and changes nothing else."""

from __future__ import annotations

import ast
import re
import tokenize
import warnings
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from io import StringIO
from pathlib import Path, PurePosixPath
from typing import Final

import tomli

from lint_langsmith.findings import Edit, Finding, Span
from lint_langsmith.fix import Fixed, Lint
from lint_langsmith.outcome import Outcome
from lint_langsmith.source.edits import apply_edits
from lint_langsmith.source.kinds import Kind, bytes_of, kind_of, text_of
from lint_langsmith.source.notebook import read_notebook
from lint_langsmith.source.suppressions import OWN
from lint_langsmith.source.text import LineIndex, UnreadableFileError, comments, split_lines

# Findings about files and comments: a comment is no answer to them.
_NEVER: Final = "LS9"
_HASH: Final[frozenset[Kind]] = frozenset(
    {"dotenv", "yaml", "compose", "workflow", "kubernetes", "toml", "ini", "shell", "dockerfile", "terraform"}
)
_NO_HASH: Final = frozenset({".bat", ".cmd"})
_YAML: Final[frozenset[Kind]] = frozenset({"yaml", "compose", "workflow", "kubernetes"})
_BLOCK: Final = re.compile(r"[|>][+-]?[0-9]?[+-]?\s*(?:#.*)?$")


def add_ignores(
    outcome: Outcome, lint: Lint, overlay: Mapping[Path, bytes], reason: str, leave: Collection[str]
) -> Fixed:
    """Add a comment for every finding of `outcome`, but for those of the rules in `leave`.

    What is left in the new outcome could not be ignored by a comment.
    """
    before: dict[Path, bytes] = {}
    after: dict[Path, bytes] = {}
    done: list[tuple[Path, Finding]] = []
    roots = {root / finding.path: root for root, finding in outcome.findings}
    for path, findings in outcome.by_file().items():
        wanted = [finding for finding in findings if finding.code not in leave and not finding.code.startswith(_NEVER)]
        content = outcome.contents.get(path)
        new = with_ignores(path, content, wanted, reason) if content is not None and wanted else None
        if content is not None and new is not None and new != content:
            before[path], after[path] = content, new
            done += [(roots[path], finding) for finding in wanted]
    return Fixed(lint({**overlay, **after}), before, after, tuple(done), ())


def with_ignores(path: Path, content: bytes, findings: Sequence[Finding], reason: str) -> bytes | None:
    """A file with comments that suppress findings in it; None where they would be more than comments."""
    name = PurePosixPath(path)
    try:
        text = text_of(name, content)
    except UnreadableFileError:
        return None
    kind = kind_of(name, content)
    edits = _edits(name, kind, text, findings, reason)
    new = apply_edits(text, [[edit] for edit in edits]).text
    try:
        return bytes_of(name, new, content) if _means_the_same(kind, text, new) else None
    except UnicodeEncodeError:
        return None


def ignore_edit(path: Path, content: bytes, finding: Finding) -> Edit | None:
    """The edit that ignores a single finding; None where no comment can."""
    name = PurePosixPath(path)
    edits = _edits(name, kind_of(name, content), text_of(name, content), [finding], "")
    return edits[0] if edits else None


def _edits(name: PurePosixPath, kind: Kind, text: str, findings: Sequence[Finding], reason: str) -> list[Edit]:
    """The edits that add comments, as the syntax of the file has them; none where it has no comments."""
    if kind == "python":
        return _behind(text, text, [(finding.span.line, finding.code) for finding in findings], reason)
    if kind == "notebook":
        return _in_cells(text, findings, reason)
    if kind in _HASH and name.suffix.lower() not in _NO_HASH:
        return _above(kind, text, findings, reason)
    return []


def _means_the_same(kind: Kind, before: str, after: str) -> bool:
    if kind == "python":
        return _same_program(before, after)
    if kind == "notebook":
        try:
            return _same_program(read_notebook(before).code, read_notebook(after).code)
        except UnreadableFileError:
            return False
    if kind == "toml":
        try:
            return bool(tomli.loads(before) == tomli.loads(after))
        except tomli.TOMLDecodeError:
            return False
    return True


def _same_program(before: str, after: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.dump(ast.parse(before)) == ast.dump(ast.parse(after))
        except (SyntaxError, ValueError, RecursionError):
            return False


# -- behind the code -------------------------------------------------------------------------------------------------


def _behind(text: str, code: str, found: Iterable[tuple[int, str]], reason: str) -> list[Edit]:
    """Comments at the ends of lines: of the finding's own, or of the next one that can hold a comment.

    `found` has the line and the rule of each finding; `code` is `text`, or what of its lines is Python.
    """
    lines = split_lines(text)
    closed = _lines_without_room(split_lines(code))
    codes: dict[int, set[str]] = defaultdict(set)
    for line, rule in found:
        free = next((number for number in range(line, len(lines) + 1) if number not in closed), line)
        codes[free].add(rule)
    there = {line: column for line, column, _, _ in comments(code)}
    return [_at_end(lines[line - 1], line, there.get(line), rules, reason) for line, rules in sorted(codes.items())]


def _in_cells(raw: str, findings: Sequence[Finding], reason: str) -> list[Edit]:
    """Comments in the cells of a notebook; findings outside of code (in outputs) get none."""
    notebook = read_notebook(raw)
    offsets = LineIndex(raw)
    lines = LineIndex(notebook.text)
    found = []
    for finding in findings:
        offset = notebook.places.text_offset(offsets.offset(finding.span.line, finding.span.column))
        if offset is not None:
            found.append((lines.span(offset, offset).line, finding.code))
    edits = [notebook.places.edit(edit) for edit in _behind(notebook.text, notebook.code, found, reason)]
    return [edit for edit in edits if edit is not None]


def _at_end(text: str, line: int, comment: int | None, codes: set[str], reason: str) -> Edit:
    own = OWN.search(text, comment - 1) if comment is not None else None
    if own is not None and own["form"] == "ignore":
        return _merged(own, line, codes)
    end = len(text.rstrip()) + 1
    return Edit(Span(line, end, line, len(text) + 1), f"  {_comment(codes, reason)}")


def _merged(own: re.Match[str], line: int, codes: set[str]) -> Edit:
    """The codes added to a comment that is there; its reason stays."""
    listed = [entry.strip() for entry in own["list"].split(",") if entry.strip()]
    both = [*listed, *sorted(codes - set(listed))]
    first, last = own.span("list")
    return Edit(Span(line, first + 1, line, last + 1), ", ".join(both))


def _comment(codes: set[str], reason: str) -> str:
    return f"# lint-langsmith: ignore[{', '.join(sorted(codes))}] {reason}".rstrip()


def _lines_without_room(lines: Sequence[str]) -> set[int]:
    """The lines at whose ends a comment would be none: within a string, before a continuation."""
    closed = {number for number, line in enumerate(lines, start=1) if line.endswith("\\")}
    opened: list[int] = []
    starts = {getattr(tokenize, name, -1) for name in ("FSTRING_START", "TSTRING_START")}
    ends = {getattr(tokenize, name, -1) for name in ("FSTRING_END", "TSTRING_END")}
    try:
        for token in tokenize.generate_tokens(StringIO("\n".join(lines)).readline):
            if token.type == tokenize.STRING:
                closed.update(range(token.start[0], token.end[0]))
            elif token.type in starts:
                opened.append(token.start[0])
            elif token.type in ends and opened:
                closed.update(range(opened.pop(), token.end[0]))
    except (tokenize.TokenError, SyntaxError):
        pass
    return closed


# -- above the line --------------------------------------------------------------------------------------------------


def _above(kind: Kind, text: str, findings: Sequence[Finding], reason: str) -> list[Edit]:
    """Comments on lines of their own above the findings' lines: behind a value not every reader takes one for that."""
    lines = split_lines(text)
    codes: dict[int, set[str]] = defaultdict(set)
    for finding in findings:
        if _has_room_above(kind, lines, finding.span.line):
            codes[finding.span.line].add(finding.code)
    edits = []
    for line, found in sorted(codes.items()):
        own = OWN.fullmatch(lines[line - 2].strip().partition("]")[0] + "]") if line > 1 else None
        there = OWN.search(lines[line - 2]) if own is not None else None
        if there is not None and there["form"] == "ignore":
            edits.append(_merged(there, line - 1, found))
        else:
            indent = re.match(r"[ \t]*", lines[line - 1])
            blanks = indent[0] if indent else ""
            edits.append(Edit(Span(line, 1, line, 1), f"{blanks}{_comment(found, reason)}\n"))
    return edits


def _has_room_above(kind: Kind, lines: Sequence[str], line: int) -> bool:
    """Whether a line above is a line of its own: no continuation, no part of a YAML text."""
    if line > 1 and lines[line - 2].rstrip().endswith("\\"):
        return False
    if kind not in _YAML:
        return True
    indent = _indent(lines[line - 1])
    for above in reversed(lines[: line - 1]):
        if above.strip() and _indent(above) < indent:
            if _BLOCK.search(above):
                return False
            indent = _indent(above)
    return True


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
