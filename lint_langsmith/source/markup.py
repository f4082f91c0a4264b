"""Which parts of Markdown and reStructuredText are examples of code, and which are prose."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple

from lint_langsmith import lazy_re

Part = Literal["prose", "code", "matter"]


class Block(NamedTuple):
    """Lines that are of one part, 1-based, the last one included.

    `language` is in lower case, empty where none is named. The marks of a fence belong to no block. Front matter has
    the language that it is written in.
    """

    part: Part
    first: int
    last: int
    language: str = ""


_FENCE: Final = lazy_re.compile(
    r"(?P<indent>[ \t>]*)(?:[-*+][ \t]+|\d+[.)][ \t]+)*(?P<mark>`{3,}|~{3,})[ \t]*(?P<info>.*)"
)
_LANGUAGE: Final = lazy_re.compile(r"\{?\.?(?P<name>[\w.+#-]+)")
_ITEM: Final = lazy_re.compile(r"[ ]*(?:[-*+]|\d{1,9}[.)])(?P<gap>[ ]+|$)")
_MATTER: Final = {"---": "yaml", "+++": "toml"}
_CODE_INDENT: Final = 4


def markdown_blocks(lines: Sequence[str]) -> Iterator[Block]:
    """The blocks of Markdown in their order. Indented code names no language."""
    start = 0
    if lines and lines[0].rstrip() in _MATTER:
        mark = lines[0].rstrip()
        closing = next(
            (n for n, line in enumerate(lines[1:], 1) if line.rstrip() in (mark, "...")), None
        )
        if closing is not None:
            yield Block("matter", 2, closing, _MATTER[mark])
            start = closing + 1
    fence: re.Match[str] | None = None
    opened = 0
    code = _indented_code(lines, start)
    first = start
    for index in range(start, len(lines)):
        mark_here = (
            _FENCE.match(lines[index]) if index not in code or fence is not None else None
        )
        if fence is not None:
            if mark_here is not None and _closes(mark_here, fence):
                yield Block("code", opened + 1, index, _language(fence["info"]))
                fence, first = None, index + 1
        elif mark_here is not None and not (
            mark_here["mark"][0] == "`" and "`" in mark_here["info"]
        ):
            yield from _prose(code, first, index)
            fence, opened = mark_here, index + 1
    if fence is not None:
        yield Block("code", opened + 1, len(lines), _language(fence["info"]))
    else:
        yield from _prose(code, first, len(lines))


def _closes(mark: re.Match[str], fence: re.Match[str]) -> bool:
    return mark["mark"].startswith(fence["mark"]) and not mark["info"].strip()


def _language(info: str) -> str:
    match = _LANGUAGE.match(info)
    return match["name"].lower() if match is not None else ""


def _prose(code: set[int], first: int, end: int) -> Iterator[Block]:
    """The lines from `first` up to `end` (0-based indices), cut where indented code begins and ends."""
    while first < end:
        is_code = first in code
        last = first
        while last + 1 < end and (last + 1 in code) == is_code:
            last += 1
        yield Block("code" if is_code else "prose", first + 1, last + 1)
        first = last + 1


def _indented_code(lines: Sequence[str], start: int) -> set[int]:
    """The 0-based indices of lines that are indented so far beyond what they stand in that Markdown shows them."""
    found: set[int] = set()
    items: list[int] = []
    may_begin = True
    for index in range(start, len(lines)):
        line = lines[index].expandtabs(_CODE_INDENT)
        if not line.strip():
            may_begin = True
            continue
        indent = len(line) - len(line.lstrip(" "))
        while items and indent < items[-1] and (may_begin or _ITEM.match(line)):
            items.pop()
        around = items[-1] if items else 0
        if indent >= around + _CODE_INDENT and may_begin:
            found.add(index)
            continue
        item = _ITEM.match(line)
        if item is not None:
            items.append(
                item.end() if len(item["gap"]) <= _CODE_INDENT else item.start("gap") + 1
            )
        may_begin = line.lstrip().startswith("#")
    return found


_BACKTICKS: Final = lazy_re.compile(r"`+")
# Code in backticks ends with the block that it stands in.
_OPENS_BLOCK: Final = lazy_re.compile(r"[ \t>]*(?:[-*+][ \t]|\d+[.)][ \t]|#{1,6}[ \t]|\||$)")


def code_spans(
    lines: Sequence[str], block: Block
) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """The code in backticks in a block of prose: its first and its last place, as 1-based line and 0-based column."""
    runs: list[tuple[int, int, int]] = []
    for number in range(block.first, block.last + 1):
        line = lines[number - 1]
        if _OPENS_BLOCK.match(line):
            yield from _paired(runs)
            runs = []
        for match in _BACKTICKS.finditer(line):
            before = line[max(0, match.start() - 2) : match.start()]
            escaped = before.endswith("\\") and before != "\\\\"
            begin = match.start() + escaped
            if begin < match.end():
                runs.append((number, begin, match.end()))
    yield from _paired(runs)


def _paired(
    runs: list[tuple[int, int, int]],
) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Runs of as many backticks each, the first of which opens and the next of which closes."""
    by_length: dict[int, list[int]] = defaultdict(list)
    for index in range(len(runs) - 1, -1, -1):
        by_length[runs[index][2] - runs[index][1]].append(index)
    closed = -1
    for index, (number, begin, end) in enumerate(runs):
        same = by_length[end - begin]
        while same and same[-1] <= max(index, closed):
            same.pop()
        if index > closed and same:
            closed = same[-1]
            yield (number, begin), (runs[closed][0], runs[closed][2])


_DIRECTIVE: Final = lazy_re.compile(
    r"(?P<indent>[ \t]*)\.\.[ \t]+(?:code-block|code|sourcecode|prompt|highlight)::[ \t]*(?P<language>[\w+-]*)"
)
_LITERAL: Final = lazy_re.compile(r"(?P<indent>[ \t]*)(?!\.\.[ \t])\S?.*::[ \t]*$")


def rst_blocks(lines: Sequence[str]) -> Iterator[Block]:
    """The blocks of reStructuredText in their order. A literal block (`::`) names no language."""
    index = first = 0
    while index < len(lines):
        opening = _DIRECTIVE.match(lines[index]) or _LITERAL.fullmatch(lines[index])
        index += 1
        if opening is None:
            continue
        end = index
        while end < len(lines) and (
            not lines[end].strip() or _is_deeper(lines[end], opening["indent"])
        ):
            end += 1
        if end > index:
            yield Block("prose", first + 1, index)
            yield Block(
                "code", index + 1, end, (opening.groupdict().get("language") or "").lower()
            )
            index = first = end
    if first < len(lines):
        yield Block("prose", first + 1, len(lines))


def _is_deeper(line: str, indent: str) -> bool:
    return len(line) - len(line.lstrip()) > len(indent)
