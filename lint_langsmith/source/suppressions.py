"""The text of suppression comments: how they are written, and edits that take entries out of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lint_langsmith import lazy_re
from lint_langsmith.findings import Edit, Span

_OWN: Final = r"#\s*lint-langsmith\s*:\s*(?P<form>file-ignore|ignore)\s*\[(?P<list>[^\[\]]*)\]"
_NOQA: Final = r"(?i)#\s*noqa(?P<colon>:\s*(?P<list>[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*))?"
OWN: Final = lazy_re.compile(_OWN)
NOQA: Final = lazy_re.compile(_NOQA)
_MARK: Final = r"(?:#|//|--|(?<!;);+|<!--|/\*)"
_ENTRY: Final = {
    lazy_re.compile(_OWN.replace("#", _MARK, 1)): lazy_re.compile(r"[^,\s][^,]*"),
    lazy_re.compile(_NOQA.replace("#", _MARK, 1)): lazy_re.compile(
        r"(?<![A-Za-z])[A-Za-z]+[0-9]+"
    ),
}


def is_said(comment: str, start: int) -> bool:
    """Whether what stands at an offset of a comment is said by it, and is not shown in it (in backticks, quoted)."""
    return start == 0 or (
        comment[start - 1].isspace() and comment.count("`", 0, start) % 2 == 0
    )


# Each entry is looked for from the begin of its line, and what remains is written out for each.
_LONG_LINE: Final = 2000
# Behind a comment another tool's may stand; in a reason a number has a `#` too (`see #12`).
_NEXT: Final = lazy_re.compile(r"(?<=\s)#\s*(?=[A-Za-z])")


def removal(lines: Sequence[str], entry: Span, end_column: int = 0) -> Edit | None:
    """The edit that takes an entry out of the comment it stands in, with the comment when it says nothing else.

    `lines` is the file, `entry` the span of the code or name, `end_column` the 1-based column behind the comment; 0
    where it ends with its line. None when no comment is there, or the line is longer than a person writes.
    """
    line = lines[entry.line - 1]
    if len(line) > _LONG_LINE:
        return None
    start, end = entry.column - 1, entry.end_column - 1
    last = end_column - 1 if end_column else len(line)
    for pattern, item in _ENTRY.items():
        for match in pattern.finditer(line[:last]):
            first, behind = match.span("list")
            if first <= start and end <= behind:
                kept = [
                    found[0].strip()
                    for found in item.finditer(line, first, behind)
                    if found.start() != start
                ]
                if not kept:
                    return _without(lines, entry.line, match.start(), match.end(), last)
                separator = (
                    ", " if ", " in match["list"] else "," if "," in match["list"] else " "
                )
                return Edit(
                    Span(entry.line, first + 1, entry.line, behind + 1), separator.join(kept)
                )
    return None


def _without(lines: Sequence[str], number: int, start: int, end: int, last: int) -> Edit:
    """Take out a comment with its reason, which ends where the next comment begins, and the blanks before it."""
    line = lines[number - 1]
    following = _NEXT.search(line, end, last)
    if following is not None:
        return Edit(Span(number, start + 1, number, following.start() + 1), "")
    before = len(line[:start].rstrip())
    if before == 0 and not line[last:].strip() and number < len(lines):
        return Edit(Span(number, 1, number + 1, 1), "")
    return Edit(Span(number, before + 1, number, last + 1), "")
