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

from lint_langsmith.source.kinds import Kind


class Room(NamedTuple):
    """How a comment on a line is written, and where: on a line of its own above, or at 1-based `column` of the line."""

    opening: str
    closing: str = ""
    column: int | None = None


_HASH: Final = Room("# ")
_SLASHES: Final = Room("// ")
_DASHES: Final = Room("-- ")

YAML: Final[frozenset[Kind]] = frozenset({"yaml", "compose", "workflow", "kubernetes"})
_WITH_HASH: Final[frozenset[Kind]] = frozenset({"dotenv", "toml", "ini", "shell", "dockerfile", "terraform", *YAML})
_BATCH: Final = frozenset({".bat", ".cmd"})
_COMMENTED_JSON: Final = frozenset({".jsonc", ".json5"})


def rooms(name: PurePosixPath, kind: Kind, lines: Sequence[str]) -> dict[int, Room]:
    """The lines of a file (1-based) that can be commented, and how; for all kinds but Python and notebooks."""
    if kind == "markdown":
        return dict(_in_markdown(lines, mdx=name.suffix.lower() == ".mdx"))
    if kind == "json":
        return dict.fromkeys(_above(name, kind, lines), _SLASHES) if name.suffix.lower() in _COMMENTED_JSON else {}
    if kind not in _WITH_HASH or name.suffix.lower() in _BATCH:
        return {}
    return dict.fromkeys(_above(name, kind, lines), _HASH)


def why_none(name: PurePosixPath, kind: Kind) -> str:
    """Why a comment has no room, as the end of a sentence."""
    if kind in ("json", "langgraph") and name.suffix.lower() not in _COMMENTED_JSON:
        return "JSON has no comments"
    if kind in ("python", "notebook", "markdown", "json") or (kind in _WITH_HASH and name.suffix.lower() not in _BATCH):
        return "a comment there would be part of a text"
    return "lint-langsmith writes no comments into files of this kind"


# -- above a line ----------------------------------------------------------------------------------------------------


def _above(name: PurePosixPath, kind: Kind, lines: Sequence[str]) -> Iterator[int]:
    """The lines above which a line of its own is one: no continuation is before it, and no text around it."""
    closed: set[int] = set()
    if kind in ("shell", "dockerfile", "terraform"):
        escape = {"shell": "\\", "dockerfile": None, "terraform": None}[kind]
        closed = _within_texts(lines, "`" if name.suffix.lower() == ".ps1" else escape)
    if kind in YAML:
        closed = _within_blocks(lines)
    for number in range(1, len(lines) + 1):
        continued = number > 1 and lines[number - 2].rstrip().endswith("\\")
        # Docker takes comments out before it joins lines.
        if number not in closed and (not continued or kind == "dockerfile"):
            yield number


_HERE: Final = re.compile(r"(?<!<)<<[-~]?[ \t]*(?P<mark>['\"]?)(?P<word>[A-Za-z_][\w.-]*)(?P=mark)")
_QUOTE_OR_COMMENT: Final = re.compile(r"(?P<quote>['\"])|(?:^|(?<=[\s;]))#.*")


def _within_texts(lines: Sequence[str], escape: str | None) -> set[int]:
    """The lines that begin within a here-document or a quoted string; without `escape` no string spans lines."""
    inside: set[int] = set()
    words: list[str] = []
    quote = ""
    for number, line in enumerate(lines, start=1):
        if words or quote:
            inside.add(number)
        if words:
            words = words[1:] if line.strip() == words[0] else words
        elif escape is None:
            words = [match["word"] for match in _HERE.finditer(line)]
        else:
            quote, words = _left_open(line, quote, escape)
    return inside


def _left_open(line: str, quote: str, escape: str) -> tuple[str, list[str]]:
    """What of a line of a shell goes on in the next one: a quoted string, here-documents."""
    words: list[str] = []
    at = 0
    while at < len(line):
        here, mark = _HERE.match(line, at), _QUOTE_OR_COMMENT.match(line, at)
        if line[at] == escape and quote != "'":
            at += 2
        elif quote:
            quote = "" if line[at] == quote else quote
            at += 1
        elif here is not None:
            words.append(here["word"])
            at = here.end()
        elif mark is not None:
            quote = mark["quote"] or ""
            at = mark.end()
        else:
            at += 1
    return quote, words


_BLOCK: Final = re.compile(r"(?P<key>[ \t]*(?:- +)*)(?:[^-\s].*)?[|>][+-]?[0-9]?[+-]?\s*(?:#.*)?")


def _within_blocks(lines: Sequence[str]) -> set[int]:
    """The lines of the texts that YAML has as blocks (`run: |`): those that stand deeper than what they belong to."""
    inside: set[int] = set()
    block: int | None = None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        if block is not None and len(line) - len(line.lstrip()) > block:
            inside.add(number)
            continue
        match = _BLOCK.fullmatch(line)
        block = len(match["key"]) if match is not None else None
    return inside


# -- Markdown --------------------------------------------------------------------------------------------------------

_FENCE: Final = re.compile(r"[ \t>]*(?P<mark>`{3,}|~{3,})[ \t]*(?P<language>[\w.+-]*)(?P<rest>.*)")
_LANGUAGES: Final[dict[str, Room]] = {
    **dict.fromkeys(("bash", "sh", "zsh", "fish", "shell", "powershell", "ps1", "make", "makefile"), _HASH),
    **dict.fromkeys(("python", "py", "python3", "ruby", "rb", "perl", "r", "yaml", "yml", "toml", "ini"), _HASH),
    **dict.fromkeys(("dotenv", "env", "properties", "dockerfile", "docker", "hcl", "terraform", "tf"), _HASH),
    **dict.fromkeys(("js", "javascript", "ts", "typescript", "jsonc", "json5", "go", "java", "kotlin"), _SLASHES),
    **dict.fromkeys(("rust", "c", "cpp", "csharp", "cs", "swift", "scala", "php"), _SLASHES),
    **dict.fromkeys(("sql", "lua", "haskell"), _DASHES),
}
_DEFINITION: Final = re.compile(r" {0,3}\[[^\]]+\]:")


def _in_markdown(lines: Sequence[str], *, mdx: bool) -> Iterator[tuple[int, Room]]:
    """Prose has room at the ends of its lines, an example of code above them, as its language has it."""
    fence: re.Match[str] | None = None
    matter = lines[:1] == ["---"]
    for number, line in enumerate(lines, start=1):
        mark = _FENCE.match(line)
        if matter:
            matter = number == 1 or line not in ("---", "...")
            if number > 1 and matter:
                yield number, _HASH
        elif fence is not None:
            if mark is not None and mark["mark"].startswith(fence["mark"]) and not (mark["language"] or mark["rest"]):
                fence = None
                continue
            room = _LANGUAGES.get(fence["language"].lower())
            if room is not None and not lines[number - 2].endswith("\\"):
                yield number, room
        elif mark is not None:
            fence = mark
        elif _is_prose(lines, number):
            opening, closing = ("{/* ", " */}") if mdx else ("<!-- ", " -->")
            yield number, Room(opening, closing, _end_of_prose(line))


def _is_prose(lines: Sequence[str], number: int) -> bool:
    """Whether a line shows no comment at its end: it is no code, leaves none open, and defines no link."""
    line = lines[number - 1]
    indented = line.startswith(("    ", "\t")) and (number == 1 or not lines[number - 2].strip())
    return bool(line.strip()) and not indented and line.count("`") % 2 == 0 and not _DEFINITION.match(line)


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
