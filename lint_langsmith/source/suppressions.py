"""The text of suppression comments: how they are written, and edits that take entries out of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from lint_langsmith.findings import Edit, Span

OWN: Final = re.compile(r"#\s*lint-langsmith\s*:\s*(?P<form>file-ignore|ignore)\s*\[(?P<list>[^\[\]]*)\]")
NOQA: Final = re.compile(r"#\s*noqa(?P<colon>:\s*(?P<list>[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*))?", re.IGNORECASE)
_ENTRY: Final = {OWN: re.compile(r"[^,\s][^,]*"), NOQA: re.compile(r"(?<![A-Za-z])[A-Za-z]+[0-9]+")}


def removal(lines: Sequence[str], entry: Span) -> Edit | None:
    """The edit that takes an entry out of the comment it stands in, with the comment when it says nothing else.

    `lines` is the file, `entry` the span of the code or name. None when no comment is there.
    """
    line = lines[entry.line - 1]
    start, end = entry.column - 1, entry.end_column - 1
    for pattern, item in _ENTRY.items():
        for match in pattern.finditer(line):
            first, last = match.span("list")
            if first <= start and end <= last:
                kept = [found[0].strip() for found in item.finditer(line, first, last) if found.start() != start]
                if not kept:
                    return _without(lines, entry.line, match.start(), match.end())
                separator = ", " if ", " in match["list"] else "," if "," in match["list"] else " "
                return Edit(Span(entry.line, first + 1, entry.line, last + 1), separator.join(kept))
    return None


def _without(lines: Sequence[str], number: int, start: int, end: int) -> Edit:
    """Take out a comment with its reason, which ends where the next comment begins, and the blanks before it."""
    line = lines[number - 1]
    following = line.find("#", end)
    if following >= 0:
        return Edit(Span(number, start + 1, number, following + 1), "")
    before = len(line[:start].rstrip())
    if before == 0 and number < len(lines):
        return Edit(Span(number, 1, number + 1, 1), "")
    return Edit(Span(number, before + 1, number, len(line) + 1), "")
