"""Where a file has room for a comment about a line, by its syntax, and how a comment is written there.

A comment must change nothing: it never lands in a text that spans lines, and where the syntax has none, or is not
known here, there is no room.
"""

from __future__ import annotations

import re
import tokenize
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.source.comments import block_lines
from lint_langsmith.source.kinds import YAML, Kind
from lint_langsmith.source.languages import language_named, language_of
from lint_langsmith.source.lexical import Scan, lines_within
from lint_langsmith.source.markup import code_spans, markdown_blocks


class Room(NamedTuple):
    """How a comment on a line is written, and where: on a line of its own above, or at 1-based `column` of the line."""

    opening: str
    closing: str = ""
    column: int | None = None


_HASH: Final = Room("# ")
_SLASHES: Final = Room("// ")
_DASHES: Final = Room("-- ")

_WITH_HASH: Final[frozenset[Kind]] = frozenset(
    {"dotenv", "toml", "ini", "shell", "dockerfile", "terraform", *YAML}
)
_BATCH: Final = frozenset({".bat", ".cmd"})
_COMMENTED_JSON: Final = frozenset({".jsonc", ".json5"})


def rooms(name: PurePosixPath, kind: Kind, lines: Sequence[str]) -> dict[int, Room]:
    """The lines of a file (1-based) that can be commented, and how; for all kinds but Python and notebooks."""
    if kind == "markdown":
        return dict(_in_markdown(lines, mdx=name.suffix.lower() == ".mdx"))
    if kind == "json":
        return (
            dict.fromkeys(_above(name, kind, lines), _SLASHES)
            if name.suffix.lower() in _COMMENTED_JSON
            else {}
        )
    if kind not in _WITH_HASH or name.suffix.lower() in _BATCH:
        return {}
    return dict.fromkeys(_above(name, kind, lines), _HASH)


def why_none(name: PurePosixPath, kind: Kind) -> str:
    """Why a comment has no room, as the end of a sentence."""
    if kind in ("json", "langgraph") and name.suffix.lower() not in _COMMENTED_JSON:
        return "JSON has no comments"
    if kind in ("python", "notebook", "markdown", "json") or (
        kind in _WITH_HASH and name.suffix.lower() not in _BATCH
    ):
        return "a comment there would be part of a text"
    return "lint-langsmith writes no comments into files of this kind"


# -- above a line ----------------------------------------------------------------------------------------------------


def _above(name: PurePosixPath, kind: Kind, lines: Sequence[str]) -> Iterator[int]:
    """The lines above which a line of its own is one: no continuation is before it, and no text around it."""
    text = "\n".join(lines)
    # What the parser of YAML makes of it is compared afterwards: here it is enough to leave blocks of text alone.
    closed = (
        block_lines(lines) if kind in YAML else within(language_of(name, kind, text).scan, text)
    )
    escape = "`" if name.suffix.lower() == ".ps1" else "\\"
    for number in range(1, len(lines) + 1):
        continued = number > 1 and lines[number - 2].rstrip().endswith(escape)
        # Docker takes comments out before it joins lines.
        if number not in closed and (not continued or kind == "dockerfile"):
            yield number


def within(scan: Scan, text: str) -> set[int]:
    """The lines of a text that begin within a quoted text or a comment."""
    return lines_within(scan(text, 0, len(text)), text)


# -- Markdown --------------------------------------------------------------------------------------------------------

_LANGUAGES: Final[dict[str, Room]] = {
    **dict.fromkeys(
        ("bash", "sh", "zsh", "fish", "shell", "powershell", "ps1", "make", "makefile"), _HASH
    ),
    **dict.fromkeys(
        ("python", "py", "python3", "ruby", "rb", "perl", "r", "yaml", "yml", "toml", "ini"),
        _HASH,
    ),
    **dict.fromkeys(
        ("dotenv", "env", "properties", "dockerfile", "docker", "hcl", "terraform", "tf"), _HASH
    ),
    **dict.fromkeys(
        ("js", "javascript", "ts", "typescript", "jsonc", "json5", "go", "java", "kotlin"),
        _SLASHES,
    ),
    **dict.fromkeys(("rust", "c", "cpp", "csharp", "cs", "swift", "scala", "php"), _SLASHES),
    **dict.fromkeys(("sql", "lua", "haskell"), _DASHES),
}
_DEFINITION: Final = lazy_re.compile(r" {0,3}\[[^\]]+\]:")


def _in_markdown(lines: Sequence[str], *, mdx: bool) -> Iterator[tuple[int, Room]]:
    """Prose has room at the ends of its lines, an example of code above them, as its language has it."""
    tagged = _within_tags(lines)
    for block in markdown_blocks(lines):
        if block.part == "prose":
            opening, closing = ("{/* ", " */}") if mdx else ("<!-- ", " -->")
            shown = {
                number
                for first, last in code_spans(lines, block)
                for number in range(first[0], last[0])
            }
            for number in range(block.first, block.last + 1):
                line = lines[number - 1]
                if number not in shown and number not in tagged and _is_prose(line, mdx=mdx):
                    yield number, Room(opening, closing, _end_of_prose(line))
            continue
        room = _LANGUAGES.get(block.language)
        if room is None:
            continue
        shown_lines = lines[block.first - 1 : block.last]
        text = "\n".join(shown_lines)
        closed = block_lines(shown_lines) | within(language_named(block.language), text)
        for number in range(1, len(shown_lines) + 1):
            if number not in closed and not (
                number > 1 and shown_lines[number - 2].endswith("\\")
            ):
                yield block.first + number - 1, room


_TAG: Final = lazy_re.compile(r"<!--.*?(?:-->|\Z)|<[A-Za-z/][^<>]*(?:>|\Z)", re.DOTALL)


def _within_tags(lines: Sequence[str]) -> set[int]:
    """The lines at whose ends a comment or a tag of HTML is open."""
    found: set[int] = set()
    text = "\n".join(lines)
    line, counted = 1, 0
    for match in _TAG.finditer(text):
        line += text.count("\n", counted, match.start())
        last = line + match[0].count("\n")
        found.update(range(line, last))
        line, counted = last, match.end()
    return found


_MODULE: Final = lazy_re.compile(r"(?:import|export)\b|[{}<]|\s*[/)]?>")


def _is_prose(line: str, *, mdx: bool) -> bool:
    """Whether a line shows no comment at its end: it says something, defines no link, and is no code of MDX."""
    return (
        bool(line.strip()) and not _DEFINITION.match(line) and not (mdx and _MODULE.match(line))
    )


def _end_of_prose(line: str) -> int:
    """The 1-based column behind the last word of a line: before a hard break, within the last cell of a table."""
    text = line.rstrip().removesuffix("\\").rstrip()
    if text.startswith("|") and text.endswith("|") and len(text) > 1:
        text = text[:-1].rstrip()
    return len(text) + 1


# -- Python ----------------------------------------------------------------------------------------------------------


def lines_without_end(lines: Sequence[str]) -> set[int]:
    """The lines of Python at whose ends a comment would be none: within a string, before a continuation."""
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
