"""Where the suppression comments of a file stand, by the syntax of the file; for all kinds but code.

Only a comment is one: what a text shows, quotes or explains is neither a suppression nor a faulty one. In Markdown,
reStructuredText and HTML prose is text, and so are code in backticks and blocks that name no language.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Final, NamedTuple, TypeAlias

from lint_langsmith import lazy_re
from lint_langsmith.source import lexical
from lint_langsmith.source.kinds import YAML, Kind, kind_of
from lint_langsmith.source.languages import OF_EXAMPLES, WITHOUT_COMMENTS, language_of
from lint_langsmith.source.lexical import Scan, Token
from lint_langsmith.source.markup import Block, code_spans, markdown_blocks, rst_blocks
from lint_langsmith.source.suppressions import is_said
from lint_langsmith.source.text import LineIndex, split_lines


class Remark(NamedTuple):
    """A comment about suppression. `line` and `column` are its 1-based place, `end_column` is exclusive.

    `text` begins with `#`, whatever mark begins the comment, and its columns are those of the file. `own_line` when
    nothing else stands on its line. `is_example` when it may be there to be read: a comment in an example of code
    suppresses, but nobody is told that it does not. `is_removable` when the file means the same without it.
    """

    line: int
    column: int
    text: str
    own_line: bool
    end_column: int
    is_example: bool = False
    is_removable: bool = True


_Found: TypeAlias = (
    "tuple[int, int, str, bool, bool]"  # start, end, mark, is it an example, can it be removed
)

_WORDS: Final = r"(?P<words>(?:lint[-_ ]?langsmith\s*:|noqa\b)[^\r\n]*)"
_ANY: Final = lazy_re.compile(r"(?i)lint[-_ ]?langsmith\s*:|\bnoqa\b")
_HTML: Final = lazy_re.compile(r"(?s)(?P<html><!--).*?(?:-->|\Z)|\{(?P<mdx>/\*).*?(?:\*/|\Z)")
_CLOSINGS: Final = {"<!--": "-->", "/*": "*/", "<#": "#>"}


def remarks(name: PurePosixPath, kind: Kind, text: str) -> Iterator[Remark]:
    """The comments about suppression in a file that is no code, or that could not be read as code."""
    lowered = text.lower()  # a search in any case goes through a text letter by letter
    if ("lint" not in lowered and "noqa" not in lowered) or _ANY.search(text) is None:
        return
    index = LineIndex(text)
    lines = split_lines(text)
    for start, end, mark, is_example, is_removable in _comments(name, kind, text, lines, index):
        found = _about_suppression(text, start, end, mark)
        if found is not None:
            yield _remark(found, index, lines, is_example=is_example, is_removable=is_removable)


@functools.lru_cache(maxsize=32)
def _speaking(mark: str) -> re.Pattern[str]:
    """A comment of that mark about suppression, or one within another: `# type: ignore  # lint-langsmith: …`."""
    return re.compile(rf"(?i){re.escape(mark)}[ \t]*{_WORDS}")


def _about_suppression(
    text: str, start: int, end: int, mark: str
) -> tuple[int, int, int] | None:
    """Where a comment, or one within it, speaks of suppression: its start, that of its words, and its end.

    Of a comment of several lines only the first one is asked.
    """
    line_end = text.find("\n", start, end)
    last = end if line_end < 0 else line_end - (text[line_end - 1] == "\r")
    for match in _speaking(mark).finditer(text, start, last):
        if is_said(text[start:last], match.start() - start):
            return match.start(), match.start("words"), last
    return None


def _remark(
    found: tuple[int, int, int],
    index: LineIndex,
    lines: Sequence[str],
    *,
    is_example: bool,
    is_removable: bool,
) -> Remark:
    start, words, end = found
    span = index.span(start, end)
    line = lines[span.line - 1]
    body = line[index.span(words, words).column - 1 : span.end_column - 1]
    opening = line[span.column - 1 :]
    closing = next((close for mark, close in _CLOSINGS.items() if opening.startswith(mark)), "")
    before, behind = line[: span.column - 1], line[span.end_column - 1 :]
    is_whole = not closing or body.endswith(closing)
    blank = words - start - 1
    return Remark(
        span.line,
        span.column,
        f"#{' ' * blank}{body.removesuffix(closing).rstrip() if closing and is_whole else body}",
        not before.strip("> \t{" if is_example or opening.startswith("/*") else None)
        and not behind.strip("} \t"),
        span.end_column,
        is_example,
        is_removable and is_whole and not line.rstrip().endswith(("\\", "`")),
    )


def _comments(
    name: PurePosixPath, kind: Kind, text: str, lines: Sequence[str], index: LineIndex
) -> Iterator[_Found]:
    if kind == "markdown":
        yield from _in_markdown(text, lines, index)
    elif kind == "rst":
        yield from _in_rst(text, lines, index)
    elif kind in YAML:
        yield from _in_yaml(text)
    elif name.suffix.lower() in _MARKUP:
        yield from _in_html(text)
    else:
        language = language_of(name, kind, text)
        for token in language.scan(text, 0, len(text)):
            if token.kind == "comment":
                removable = language.is_known and _is_removable(kind, text, token)
                yield token.start, token.end, token.mark, not language.is_known, removable


def _is_removable(kind: Kind, text: str, token: Token) -> bool:
    """Whether nothing but the comment would be gone without it."""
    line = text.rfind("\n", 0, token.start) + 1
    alone = not text[line : token.start].strip()
    if kind == "ini":
        return alone
    if kind == "shell":
        # Behind a line that goes on a comment is what ends the command; make keeps the blanks before a comment.
        return (
            not text[:line].rstrip("\r\n").endswith(("\\", "`"))
            if alone
            else ":" not in text[line : token.start]
        )
    if kind == "dockerfile":
        # Comments with a meaning (`# escape=`) have it before all others only.
        return re.search(r"(?m)^[ \t]*[A-Za-z]", text[:line]) is not None
    return True


_MARKUP: Final = frozenset(
    {".html", ".htm", ".xhtml", ".xml", ".svg", ".vue", ".svelte", ".astro"}
)


# -- YAML ------------------------------------------------------------------------------------------------------------

# What these keys hold is run by a shell; a key that is the name of a file holds what the name says.
_SCRIPTS: Final = frozenset(
    {
        "run",
        "script",
        "before_script",
        "after_script",
        "command",
        "args",
        "entrypoint",
        "cmd",
        "shell",
        "bash",
        "inline",
    }
)


def _in_yaml(text: str, base: int = 0, end: int | None = None) -> Iterator[_Found]:
    """Comments between the tokens of YAML, and those of the scripts that it holds as blocks of text."""
    body = text if end is None else text[base:end]
    scalars = _scalars(body)
    if scalars is None:
        inside = block_lines(split_lines(body))
        index = LineIndex(body)
        for token in lexical.YAML_LINES(body, 0, len(body)):
            if (
                token.kind == "comment"
                and index.span(token.start, token.start).line not in inside
            ):
                yield base + token.start, base + token.end, "#", False, True
        return
    at = 0
    for start, stop, key in [*scalars, (len(body), len(body), None)]:
        for match in _YAML_COMMENT.finditer(body, at, start):
            yield base + match.start(), base + match.end(), "#", False, True
        if key is not None:
            for token in _of_key(key)(text, base + start, base + stop):
                if token.kind == "comment":
                    yield token.start, token.end, token.mark, False, False
        at = max(at, stop)


_YAML_COMMENT: Final = lazy_re.compile(r"(?m)(?:^|(?<=\s))#[^\r\n]*")


def _of_key(key: str) -> Scan:
    if key.lower() in _SCRIPTS:
        return lexical.SHELL
    name = PurePosixPath(key)
    language = language_of(name, kind_of(name))
    return (
        language.scan
        if language.is_known and (name.suffix or key.startswith("."))
        else lexical.NOTHING
    )


def _scalars(text: str) -> list[tuple[int, int, str | None]] | None:
    """The scalars of a YAML text, each with its offsets; a block of text with the key that it belongs to.

    None for what can't be read.
    """
    import yaml  # noqa: PLC0415 - few files have anything to say about suppression

    found: list[tuple[int, int, str | None]] = []
    key = ""
    try:
        is_key = False
        for token in yaml.scan(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if isinstance(token, yaml.KeyToken):
                is_key = True
            elif isinstance(token, yaml.ScalarToken):
                key = token.value if is_key else key
                block = token.style in ("|", ">")
                start = token.start_mark.index
                if block:  # a comment may stand behind the mark
                    start = text.find("\n", start) + 1 or len(text)
                found.append((start, token.end_mark.index, key if block else None))
                is_key = False
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    return found


_BLOCK: Final = lazy_re.compile(
    r"(?P<key>[ \t]*(?:- +)*)(?:[^-\s].*)?[|>][+-]?[0-9]?[+-]?\s*(?:#.*)?"
)


def block_lines(lines: Sequence[str]) -> set[int]:
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


# -- markup ----------------------------------------------------------------------------------------------------------


def example_lines(kind: Kind, lines: Sequence[str]) -> frozenset[int]:
    """The lines of a document that are an example in a language that it names; all others are text."""
    blocks = (
        markdown_blocks(lines)
        if kind == "markdown"
        else rst_blocks(lines)
        if kind == "rst"
        else ()
    )
    return frozenset(
        line
        for block in blocks
        if block.part != "prose"
        and (block.language in OF_EXAMPLES or block.language in WITHOUT_COMMENTS)
        for line in range(block.first, block.last + 1)
    )


def _in_markdown(text: str, lines: Sequence[str], index: LineIndex) -> Iterator[_Found]:
    for block in markdown_blocks(lines):
        if block.part == "prose":
            yield from _in_prose(text, lines, index, block)
        else:
            yield from _in_example(text, lines, index, block)


def _in_example(
    text: str, lines: Sequence[str], index: LineIndex, block: Block
) -> Iterator[_Found]:
    """The comments of an example, by its language; those of front matter are no example."""
    scan = OF_EXAMPLES.get(block.language)
    if scan is None or block.last < block.first:
        return
    start, end = (
        index.offset(block.first, 1),
        index.offset(block.last, len(lines[block.last - 1]) + 1),
    )
    is_example = block.part == "code"
    if not is_example and block.language == "yaml":
        yield from _in_yaml(text, start, end)
        return
    for token in scan(text, start, end):
        if token.kind == "comment":
            yield token.start, token.end, token.mark, is_example, not is_example


def _in_prose(
    text: str, lines: Sequence[str], index: LineIndex, block: Block
) -> Iterator[_Found]:
    """HTML comments, and those of MDX, that are not code in backticks."""
    start, end = (
        index.offset(block.first, 1),
        index.offset(block.last, len(lines[block.last - 1]) + 1),
    )
    shown = [
        (index.offset(a[0], a[1] + 1), index.offset(b[0], b[1] + 1))
        for a, b in code_spans(lines, block)
    ]
    at, passed = start, 0
    while (match := _HTML.search(text, at, end)) is not None:
        # Code that begins within the comment before is none.
        while passed < len(shown) and (
            shown[passed][1] <= match.start() or shown[passed][0] < at
        ):
            passed += 1
        if passed < len(shown) and shown[passed][0] < match.start():
            at = shown[passed][1]  # the comment begins within code
            continue
        group = match.lastgroup or ""
        begin = match.start(group)
        stop = match.end()
        # What is on a line of its own holds the blocks around it apart.
        line = text[text.rfind("\n", 0, begin) + 1 : begin]
        yield (
            begin,
            stop,
            match[group],
            False,
            re.search(r"\w", line) is not None and group == "html",
        )
        at = match.end()


def _in_rst(text: str, lines: Sequence[str], index: LineIndex) -> Iterator[_Found]:
    for block in rst_blocks(lines):
        if block.part == "code":
            yield from _in_example(text, lines, index, block)
            continue
        for number in range(block.first, block.last + 1):
            line = lines[number - 1]
            if re.match(r"[ \t]*\.\.[ \t]", line):
                start = index.offset(number, len(line) - len(line.lstrip()) + 1)
                yield start, index.offset(number, len(line) + 1), "..", False, False


_ELEMENT: Final = lazy_re.compile(
    r"(?is)<(?P<name>script|style)\b[^<>]*>(?P<body>.*?)(?:</(?P=name)\s*>|\Z)|(?P<html><!--).*?(?:-->|\Z)"
)


def _in_html(text: str) -> Iterator[_Found]:
    """Comments of HTML, and of scripts and styles in it."""
    for match in _ELEMENT.finditer(text):
        if match["html"] is not None:
            alone = not text[text.rfind("\n", 0, match.start()) + 1 : match.start()].strip()
            yield match.start(), match.end(), "<!--", False, not alone
            continue
        for token in lexical.C_LIKE(text, match.start("body"), match.end("body")):
            if token.kind == "comment":
                yield token.start, token.end, token.mark, False, True
