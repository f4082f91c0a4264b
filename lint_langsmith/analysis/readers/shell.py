"""Shell scripts, and what looks like them: Makefiles, batch files, PowerShell, `run:` of workflows."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.readers import embedded
from lint_langsmith.analysis.readers.found import Found, is_variable, literal

# At a comma a value ends where another assignment follows: commands of clouds take `A=1,B=2` in one word.
_PLAIN: Final = r"[^\s\"'\\;&|<>()#,]|(?<=\S)\#|,(?![A-Z_][A-Z0-9_]*=)"
# What is assigned, by the quote that is open around the assignment (`grep -q "A=1"`), at which it ends. It is not
# matched beyond that and cut: the search goes on where it ends, and would go through the rest again.
_VALUES: Final = {
    "": lazy_re.compile(rf"(?:\"(?:\\.|[^\"\\])*\"|'[^']*'|\\.|{_PLAIN})*"),
    '"': lazy_re.compile(rf"(?:'[^'\"]*'|\\[^\"]|{_PLAIN})*(?:'[^'\"]*(?=\")|\\(?=\"))?"),
    "'": lazy_re.compile(
        rf"(?:\"(?:\\[^']|[^\"\\'])*\"|\\[^']|{_PLAIN})*(?:\"(?:\\[^']|[^\"\\'])*\\?(?=')|\\(?='))?"
    ),
}
_ASSIGNMENT: Final = lazy_re.compile(
    # `export A=1`, `A=1 command`, `docker run -e A=1`, Make's `export A := 1`, `--build-arg A=1`, batch `set A=1`,
    # `--set-env-vars=A=1,B=2`
    r"(?:(?m:^)|(?<=[\s;&|({\"'`@,=]))(?:(?i:set)[ \t]+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"(?:(?:=)|[ \t]*[:?]=[ \t]*)"
)
_SPACED: Final = lazy_re.compile(
    # fish `set -x A 1`, csh `setenv A 1`, Windows `setx A 1`
    r"(?m)^[ \t]*(?:set[ \t]+(?:-[a-zA-Z-]+[ \t]+)+|setenv[ \t]+|(?i:setx)[ \t]+)(?P<name>[A-Za-z_][A-Za-z0-9_]*)[ \t]+"
)
# Make's `A = 1` and `export A = 1`; a shell takes no blanks there.
_MADE: Final = lazy_re.compile(
    r"(?m)^(?:[ \t]*export[ \t]+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)[ \t]+=[ \t]*"
)
_POWERSHELL: Final = lazy_re.compile(
    r"(?i:\$env):(?P<name>[A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*"
)
_PATTERNS: Final = (_ASSIGNMENT, _SPACED, _POWERSHELL)
_SET: Final = lazy_re.compile(r"(?i)[ \t]*set[ \t]+[A-Za-z_]\w*=$")
_QUOTE: Final = lazy_re.compile(r"\\.|([\"'])")
_COMMENT: Final = lazy_re.compile(r"(?m)(?:^|(?<=\s))#[^\n]*")


class _Text(NamedTuple):
    """A part of a file: the text, the offset where it stands, the program that gets its variables, its kind."""

    text: str
    base: int
    group: str
    kind: str


def read(text: str, found: Found) -> None:
    """Collect the assignments of variables, exported or not: what a script only sets it may export later."""
    _read(_Text(text, 0, "", found.kind), found, (*_PATTERNS, _MADE))
    embedded.read(text, found)


def read_part(text: str, base: int, found: Found, group: str, kind: str = "shell") -> None:
    """The same for a text that stands at the offset `base` of the file, and that is no makefile."""
    _read(_Text(text, base, group, kind), found, _PATTERNS)


def _read(part: _Text, found: Found, patterns: tuple[re.Pattern[str], ...]) -> None:
    text, base, group, kind = part
    silent = [match.span() for match in _COMMENT.finditer(text)]
    matches = [match for pattern in patterns for match in _matches(pattern, text)]
    for match, value in sorted(matches, key=lambda pair: pair[0].start("name")):
        comment = bisect.bisect_right(silent, (match.start(), len(text))) - 1
        if (comment >= 0 and match.start() < silent[comment][1]) or not is_variable(
            match["name"]
        ):
            continue
        name_at = (base + match.start("name"), base + match.end("name"))
        value_at = (base + match.end(), base + match.end() + len(value))
        # Windows' `set A="b"` keeps the quotes; no other shell assigns with that word.
        plain = literal(value) if _SET.match(match[0]) else _plain(value)
        found.add(match["name"], plain, name_at, value_at, group=group, kind=kind)


def _matches(pattern: re.Pattern[str], text: str) -> Iterator[tuple[re.Match[str], str]]:
    """The assignments, each with its value as far as a quoted text around it goes: `grep -q "A=1"; echo "yes"`."""
    read, quote = 0, ""
    match = pattern.search(text)
    while match is not None:
        line, at = text.rfind("\n", read, match.start("name")) + 1, match.start("name")
        quote = _open_quote(text, *((line, at, "") if line else (read, at, quote)))
        read, end = at, match.end()
        # The assignments in `--environment Variables={A=1,B=2}` are those that count.
        if not text.startswith("{", end) or is_variable(match["name"]):
            value = _VALUES[quote].match(text, end)
            end = value.end() if value is not None else end
        yield match, _in_braces(text[match.end() : end])
        match = pattern.search(text, end)


def _in_braces(value: str) -> str:
    """A value without the brace that closes a list around it, and what follows that."""
    return value.partition("}")[0] if "{" not in value else value


def _open_quote(text: str, start: int, end: int, quote: str) -> str:
    """The quote that the shell has read on a line and not yet its end; `quote` is the one that is open at `start`."""
    for match in _QUOTE.finditer(text, start, end):
        mark = match[1]
        if mark is not None:
            quote = "" if quote == mark else quote or mark
    return quote


def _plain(written: str) -> str | None:
    """A value without its quotes; None where the shell fills something in."""
    if written.startswith("'") and written.endswith("'") and written.count("'") == 2:
        return written[1:-1]
    if "`" in written:
        return None
    text = re.sub(r"\\(.)", r"\1", written.replace('"', "").replace("'", ""))
    return literal(text)
