"""`--add-ignore`: a comment to each finding, where it suppresses it and changes nothing else."""

from __future__ import annotations

import ast
import re
import warnings
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from io import StringIO
from pathlib import Path, PurePosixPath
from typing import Any, Final, NamedTuple, TypeAlias

import tomli

from lint_langsmith.findings import Edit, Finding, Span
from lint_langsmith.output.printable import counted
from lint_langsmith.results.fix import Fixed, Lint
from lint_langsmith.results.run_result import Outcome
from lint_langsmith.source.comments import remarks
from lint_langsmith.source.edits import apply_edits
from lint_langsmith.source.kinds import YAML, Kind, bytes_of, kind_of, text_of
from lint_langsmith.source.notebook import read_notebook
from lint_langsmith.source.room import Room, lines_without_end, rooms, why_none
from lint_langsmith.source.suppressions import OWN, is_said
from lint_langsmith.source.text import LineIndex, UnreadableFileError, comments, split_lines

# Findings about files and comments: a comment is no answer to them.
_NEVER: Final = "LS9"
_OTHERWISE: Final = (
    "`per-file-ignores` in the configuration, or a baseline, leaves out what a comment can't"
)


class Ignored(NamedTuple):
    """A file's bytes with comments, and the findings that these suppress."""

    content: bytes
    done: tuple[Finding, ...]


def add_ignores(outcome: Outcome, lint: Lint, reason: str, leave: Collection[str]) -> Fixed:
    """Add a comment for every finding of `outcome`, but for those of the rules in `leave`.

    `lint` judges the project with these contents in the place of those on the disk. What is left in the new outcome
    could not be ignored by a comment: the notes say why.
    """
    before: dict[Path, bytes] = {}
    after: dict[Path, bytes] = {}
    done: list[tuple[Path, Finding]] = []
    notes: list[str] = []
    roots = {root / finding.path: root for root, finding in outcome.findings}
    for path, findings in outcome.by_file().items():
        wanted = [
            finding
            for finding in findings
            if finding.code not in leave and not finding.code.startswith(_NEVER)
        ]
        content = outcome.contents.get(path)
        if content is None or not wanted:
            continue
        ignored = with_ignores(path, content, wanted, reason)
        if ignored.content != content:
            before[path], after[path] = content, ignored.content
            done += [(roots[path], finding) for finding in ignored.done]
        if len(ignored.done) < len(wanted):
            why = why_none(PurePosixPath(path), kind_of(PurePosixPath(path), content))
            notes.append(
                f"{path}: {counted(len(wanted) - len(ignored.done), 'finding')} without a comment: {why}"
            )
    if notes:
        notes.append(_OTHERWISE)
    left = sum(finding.code in leave for _, finding in outcome.findings)
    if left:
        named = ",".join(
            sorted({finding.code for _, finding in outcome.findings if finding.code in leave})
        )
        notes.append(
            f"{counted(left, 'finding')} about leaked keys not ignored: they want to go (`--select {named}` insists)"
        )
    return Fixed(lint(after), before, after, tuple(done), (), tuple(notes))


def with_ignores(
    path: Path, content: bytes, findings: Sequence[Finding], reason: str
) -> Ignored:
    """A file with comments that suppress findings in it: of them those that change nothing else."""
    name = PurePosixPath(path)
    try:
        text = text_of(name, content)
    except UnreadableFileError:
        return Ignored(content, ())
    kind = kind_of(name, content)
    found = _comments(name, kind, text, findings, reason)
    new = _commented(name, kind, text, content, found)
    if new is None:
        sound: list[_Comment] = []
        for comment in found:
            if _commented(name, kind, text, content, [*sound, comment]) is not None:
                sound.append(comment)
        found, new = sound, _commented(name, kind, text, content, sound)
    done = tuple(finding for _, served in found for finding in served)
    return Ignored(content if new is None else new, done if new is not None else ())


def ignore_edit(path: Path, content: bytes, finding: Finding, reason: str = "") -> Edit | None:
    """The edit that ignores a single finding, with a reason if there is one; None where no comment can.

    Raises:
        UnreadableFileError: the file is no text of its kind.
    """
    name = PurePosixPath(path)
    kind = kind_of(name, content)
    text = text_of(name, content)
    found = _comments(name, kind, text, [finding], reason)
    return (
        found[0].edit
        if found and _commented(name, kind, text, content, found) is not None
        else None
    )


class _Comment(NamedTuple):
    edit: Edit
    findings: tuple[Finding, ...]


_ByLine: TypeAlias = dict[int, list[Finding]]


def _comments(
    name: PurePosixPath, kind: Kind, text: str, findings: Sequence[Finding], reason: str
) -> list[_Comment]:
    """The comments to add, as the syntax of the file has them; none where it has no room."""
    if kind == "python":
        return _behind(
            text, text, [(finding.span.line, finding) for finding in findings], reason
        )
    if kind == "notebook":
        return _in_cells(text, findings, reason)
    return _where_there_is_room(name, kind, text, findings, reason)


def _commented(
    name: PurePosixPath, kind: Kind, text: str, content: bytes, found: Sequence[_Comment]
) -> bytes | None:
    """The file with comments; None when they would be more than that."""
    new = apply_edits(text, [[edit] for edit, _ in found]).text
    try:
        return bytes_of(name, new, content) if _means_the_same(kind, text, new) else None
    except UnicodeEncodeError:
        return None


# -- what must not change --------------------------------------------------------------------------------------------


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
        except (ValueError, RecursionError):
            return False
    if kind == "dotenv":
        return _variables(before) == _variables(after)
    return kind not in YAML or _events(before) == _events(after)


def _same_program(before: str, after: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.dump(ast.parse(before)) == ast.dump(ast.parse(after))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False


def _variables(text: str) -> list[tuple[str | None, str | None]]:
    from dotenv.parser import parse_stream  # noqa: PLC0415 - only few runs need it

    return [
        (item.key, item.value)
        for item in parse_stream(StringIO(text))
        if item.key is not None or item.error
    ]


def _events(text: str) -> list[tuple[type, Any]] | None:
    """What YAML reads, without the places; None for what it can't read (a template)."""
    import yaml  # noqa: PLC0415 - only few runs need it

    try:
        return [
            (type(event), getattr(event, "value", None))
            for event in yaml.parse(text, yaml.SafeLoader)
        ]
    except (yaml.YAMLError, RecursionError):
        return None


# -- behind the code -------------------------------------------------------------------------------------------------


def _behind(
    text: str, code: str, found: Iterable[tuple[int, Finding]], reason: str
) -> list[_Comment]:
    """Comments at the ends of lines: of the finding's own, or of the next one that can hold a comment.

    `found` has the line of each finding; `code` is `text`, or what of its lines is Python.
    """
    lines = split_lines(text)
    closed = lines_without_end(split_lines(code))
    by_line: _ByLine = defaultdict(list)
    for line, finding in found:
        free = next(
            (number for number in range(line, len(lines) + 1) if number not in closed), line
        )
        by_line[free].append(finding)
    there = {line: column for line, column, _, _ in comments(code)}
    return [
        _Comment(
            _at_end(lines[line - 1], line, there.get(line), _codes(served), reason),
            tuple(served),
        )
        for line, served in sorted(by_line.items())
    ]


def _in_cells(raw: str, findings: Sequence[Finding], reason: str) -> list[_Comment]:
    """Comments in the cells of a notebook; findings outside of code (in outputs) get none."""
    notebook = read_notebook(raw)
    offsets = LineIndex(raw)
    lines = LineIndex(notebook.text)
    found = []
    for finding in findings:
        offset = notebook.places.text_offset(
            offsets.offset(finding.span.line, finding.span.column)
        )
        if offset is not None:
            found.append((lines.span(offset, offset).line, finding))
    made = [
        (notebook.places.edit(edit), served)
        for edit, served in _behind(notebook.text, notebook.code, found, reason)
    ]
    return [_Comment(edit, served) for edit, served in made if edit is not None]


def _at_end(text: str, line: int, comment: int | None, codes: set[str], reason: str) -> Edit:
    """`comment` is the 1-based column of the comment that is there."""
    start = len(text) if comment is None else comment - 1
    said = (
        match
        for match in OWN.finditer(text, start)
        if is_said(text[start:], match.start() - start)
    )
    own = next(said, None)
    if own is not None and own["form"] == "ignore":
        return _merged(own, 0, line, codes)
    end = len(text.rstrip()) + 1
    return Edit(
        Span(line, end, line, len(text) + 1), f"  {_written(Room('# '), codes, reason)}"
    )


def _codes(findings: Iterable[Finding]) -> set[str]:
    return {finding.code for finding in findings}


def _merged(own: re.Match[str], before: int, line: int, codes: set[str]) -> Edit:
    """The codes added to a comment that is there; its reason stays. `before` it there is more of the line."""
    listed = [entry.strip() for entry in own["list"].split(",") if entry.strip()]
    both = [*listed, *sorted(codes - set(listed))]
    first, last = own.span("list")
    return Edit(Span(line, before + first + 1, line, before + last + 1), ", ".join(both))


def _written(room: Room, codes: set[str], reason: str) -> str:
    # A reason of several lines would leave the comment, and one that holds the end of the comment would end it.
    said = " ".join(reason.split())
    while room.closing and room.closing.strip() in said:
        said = said.replace(room.closing.strip(), "")
    return (
        f"{room.opening}lint-langsmith: ignore[{', '.join(sorted(codes))}] {said}".rstrip()
        + room.closing
    )


# -- in other files --------------------------------------------------------------------------------------------------


def _where_there_is_room(
    name: PurePosixPath, kind: Kind, text: str, findings: Sequence[Finding], reason: str
) -> list[_Comment]:
    """Comments above the lines of findings, or in Markdown at their ends."""
    lines = split_lines(text)
    free = rooms(name, kind, lines)
    by_line: _ByLine = defaultdict(list)
    for finding in findings:
        if finding.span.line in free:
            by_line[finding.span.line].append(finding)
    there = {
        found.line: (found.column, found.text, found.own_line)
        for found in remarks(name, kind, text)
    }
    found = []
    for line, served in sorted(by_line.items()):
        above = free[line].column is None
        column, words, alone = there.get(line - 1 if above else line, (1, "", False))
        own = OWN.match(words) if alone is above else None
        if own is not None and own["form"] == "ignore":
            edit = _merged(own, column - 1, line - 1 if above else line, _codes(served))
        else:
            edit = _inserted(
                free[line], lines[line - 1], line, _written(free[line], _codes(served), reason)
            )
        found.append(_Comment(edit, tuple(served)))
    return found


def _inserted(room: Room, text: str, line: int, written: str) -> Edit:
    if room.column is not None:
        return Edit(Span(line, room.column, line, room.column), f" {written}")
    indent = text[: len(text) - len(text.lstrip())]
    return Edit(Span(line, 1, line, 1), f"{indent}{written}\n")
