"""Comments and quoted texts of languages that are not parsed here, told by their quotes and marks alone.

Enough to answer two questions: is this a comment, and does a line begin within a text that spans lines?
Every scan is linear: a quote that is never closed is tried once, since none of its kind follows it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, Literal, NamedTuple, TypeAlias

from lint_langsmith import lazy_re


class Token(NamedTuple):
    """A comment or a quoted text between two 0-based offsets; `mark` is what begins the comment."""

    kind: Literal["comment", "text"]
    start: int
    end: int
    mark: str = ""


Scan: TypeAlias = Callable[[str, int, int], Iterator[Token]]

_DOUBLE: Final = r"\"(?:\\.|[^\"\\\n])*\""
_SINGLE: Final = r"'(?:\\.|[^'\\\n])*'"
_TRIPLE: Final = r"\"\"\"(?:\\.|[^\\])*?(?:\"\"\"|\Z)|'''(?:\\.|[^\\])*?(?:'''|\Z)"
_HASH: Final = r"(?P<hash>\#)[^\n]*"
_SPACED_HASH: Final = r"(?:^|(?<=\s))(?P<hash>\#)[^\n]*"
_SLASHES: Final = r"(?<!:)(?P<slashes>//)[^\n]*"
_STARRED: Final = r"(?P<starred>/\*).*?(?:\*/|\Z)"
_DASHES: Final = r"(?P<dashes>--)[^\n]*"
_SEMICOLONS: Final = r"(?P<semicolons>;+)[^\n]*"
# One that is never closed goes on to the end, so that it is looked for once.
_HERE: Final = (
    r"<<[-~]?[ \t]*(?P<word>[A-Za-z_][\w.-]*)[^\n]*\n(?:.*?^[ \t]*(?P=word)[ \t]*(?=\r?$)|.*)"
)


def scan_by(*patterns: str) -> Scan:
    """A scan by alternatives: those with a named group are comments, the others texts."""
    searched = lazy_re.compile("|".join((r"\\.", *patterns)), re.DOTALL | re.MULTILINE)

    def scan(text: str, start: int, end: int) -> Iterator[Token]:
        for match in searched.finditer(text, start, end):
            group = match.lastgroup
            if group is None or group == "word":
                yield Token("text", match.start(), match.end())
            else:
                # A line that ends with a carriage return and a line feed does not have the first in its comment.
                last = match.end() - (text[match.end() - 1 : match.end()] == "\r")
                yield Token("comment", match.start(group), last, match[group])

    return scan


# What follows the equal sign of a variable begins a text if it is a quote, whatever stands behind it.
_DOTENV: Final = (
    r"^[ \t]*(?:export[ \t]+)?[^=\#\s]+[ \t]*=[ \t]*(?:'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\")",
    r"(?:^|(?<=['\"])|(?<=[^\s=])(?P<blank>[ \t]+)|^[ \t]+)(?P<hash>\#)[^\n]*",
)
_SHELL: Final = lazy_re.compile(
    r"\\."
    r"|(?<!<)<<(?!<)[-~]?[ \t]*(?P<mark>['\"]?)(?P<word>[A-Za-z_][\w.-]*)(?P=mark)"
    r"|(?P<text>'[^']*'|\"(?:\\.|[^\"\\])*\"|\$'(?:\\.|[^'\\])*')"
    r"|(?:^|(?<=[\s;&|()]))(?P<hash>\#)[^\n]*|(?P<end>\n)",
    re.DOTALL | re.MULTILINE,
)
_POWERSHELL: Final = scan_by(
    r"`.", r"\"(?:`.|[^\"`])*\"", r"'[^']*'", r"(?P<starred><\#).*?(?:\#>|\Z)", _SPACED_HASH
)  # fmt: skip
_LINE: Final = lazy_re.compile(r"[^\n]*(?:\n|\Z)")


def _shell(text: str, start: int, end: int) -> Iterator[Token]:
    """Quotes span lines; here-documents begin on the line below, one after the other."""
    words: list[str] = []
    match = _SHELL.search(text, start, end)
    while match is not None:
        at = match.end()
        if match["word"] is not None:
            words.append(match["word"])
        elif match["text"] is not None:
            yield Token("text", match.start(), match.end())
        elif match["hash"] is not None:
            last = match.end() - (text[match.end() - 1 : match.end()] == "\r")
            yield Token("comment", match.start("hash"), last, "#")
        elif match["end"] is not None and words:
            at = _behind_here_documents(text, match.end(), end, words)
            yield Token("text", match.end(), at)
            words = []
        match = _SHELL.search(text, at, end)


def _behind_here_documents(text: str, at: int, end: int, words: list[str]) -> int:
    for word in words:
        while at < end:
            line = _LINE.match(text, at, end)
            at = line.end() if line is not None else end
            if line is None or line[0].strip() == word:
                break
    return at


def _nothing(text: str, start: int, end: int) -> Iterator[Token]:
    """The scan of a text in which nothing is a comment."""
    del text, start, end
    yield from ()


C_LIKE: Final = scan_by(r"`(?:\\.|[^`\\])*`", _DOUBLE, _SINGLE, _STARRED, _SLASHES)
HASHED: Final = scan_by(_DOUBLE, _SINGLE, _SPACED_HASH)
DASHED: Final = scan_by(_DOUBLE, r"'[^'\n]*'", _STARRED, _DASHES)
LISP: Final = scan_by(_DOUBLE, _SEMICOLONS)
PYTHON: Final = scan_by(_TRIPLE, _DOUBLE, _SINGLE, _HASH)
TOML: Final = scan_by(_TRIPLE, _DOUBLE, r"'[^'\n]*'", _HASH)
TERRAFORM: Final = scan_by(_HERE, _DOUBLE, _STARRED, _SLASHES, _HASH)
JSON: Final = scan_by(_DOUBLE, _STARRED, _SLASHES)
DOTENV: Final = scan_by(*_DOTENV)
# Dialects differ on whether a comment may stand behind a value: it is one for those who read it so.
INI: Final = scan_by(r"(?:^|(?<=[ \t]))(?P<hash>[#;])[^\n]*")
# A line-wise syntax for YAML that can't be parsed (a template).
YAML_LINES: Final = scan_by(_DOUBLE, r"'[^'\n]*'", _SPACED_HASH)
SHELL: Final[Scan] = _shell
POWERSHELL: Final[Scan] = _POWERSHELL
NOTHING: Final[Scan] = _nothing


def lines_within(tokens: Iterator[Token], text: str) -> set[int]:
    """The 1-based lines that begin within a text or a comment of several lines."""
    found: set[int] = set()
    line, counted = 1, 0
    for token in tokens:
        if "\n" not in text[token.start : token.end]:
            continue
        line += text.count("\n", counted, token.start)
        last = line + text.count("\n", token.start, token.end)
        # A here-document begins where its first line does.
        first = (
            line
            if token.start and text[token.start - 1] == "\n" and token.kind == "text"
            else line + 1
        )
        found.update(range(first, last + (text[token.end - 1] != "\n")))
        line, counted = last, token.end
    return found
