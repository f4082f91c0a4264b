"""The byte gate: whether a file can have anything to do with LangSmith, told without lowering it.

Three steps, each for what the one before let through: a search for a few short byte strings (most files end here), a
regular expression, and for Python that only mentions LangSmith a look at where it does: CPython's parser says which
lines are docstrings, for a tenth of what a libcst tree costs.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Sequence
from typing import Final

# Every byte there is passes through these searches, so each is made the cheapest that finds the same. One byte is found
# many times faster than several, and an expression that begins with one byte is faster than a literal of four: so each
# begins with the rarest byte of what it looks for. To compile all expressions would take longer than to judge a file:
# those that few files need are left to their first use, and have a literal before them.
# What matters wherever it stands: key prefixes (in base64 every encoded `lsv2_…` holds one of three strings, here with
# their rarest bytes), keys cut in two, and suppressions of our codes, which are judged even where nothing else is.
_ENCODED: Final = ((b"bHN2Ml", b"H"), (b"xzdjJf", b"J"), (b"sc3YyX", b"X"))
_ANYWHERE: Final = tuple(
    re.compile(expression)
    for expression in (
        rb"2(?<=lsv2)",
        # `v2_pt_`, `_pt_` before six digits of sixteen; `ls__` where a word begins, or before 32 of them.
        rb"_(?:(?:pt|sk)_(?:(?<=v2_.._)|[0-9a-fA-F]{6})|_(?<=ls__)(?:(?<!\wls__)|[0-9a-fA-F]{32}))",
    )
)
# A suppression of our codes is two searches, one behind the other within a line: an expression for both together
# would go through the rest of the line from each `noqa:` again.
_NOQA: Final = re.compile(rb"q(?<=noq)a:")
_OUR_CODE: Final = rb"\bLS\d"
# After so many of the rare byte the literal itself is looked for.
_FEW: Final = 100
_PLAIN: Final = (b"lsv2", b"_pt_", b"_sk_", b"ls__")
# Misspelled names of variables, the commonest of public code.
_MISSPELLED: Final = rb"LAN(?:G_)?(?:CHAIN|CHIAN|SMIHT|SMTIH|SMITH|SMTH|CHIN)_[A-Z]"
# What matters in code: the package, its variables and the settings named after them, its hosts, its prompt hub.
_VARIABLE: Final = re.compile(
    # No name is so long: without a bound a run of names would be gone through from each of them.
    rb"LAN(?:GSMITH_|(?<!\wLAN)GCHAIN_|GCHAIN_\w{0,100}KEY|" + _MISSPELLED.removeprefix(b"LAN") + rb")"
)
_SETTING: Final = rb"langchain_(?:api_?key|tracing|endpoint|project|hide)"
_HUB_MODULE: Final = rb"langchain\w{0,100}\.hub\b"
_LANGCHAIN_IMPORT: Final = rb"langchain[\w.]{0,100}[ \t]+import"
_HUB_NAME: Final = rb"\bhub\b"
# `mith` stands for the spellings of LangSmith that people use, in half the time that folding case takes.
_SMITH: Final = b"mith"
_HOST: Final = b"smith.langchain.com"
_SUPPRESSION: Final = rb"(?i:lint[-_ ]?langsmith)"
_IMPORT: Final = rb"\b(?:from|import)\b"
_IMPORTED: Final = rb"\blangsmith\b"
_SMITH_IN_CODE: Final = (
    rb"[\"']langsmith[\w.]*[\"']|smith\.langchain\.com"
    rb"|(?i:langsmith[-_]?(?:api[-_]?key|tracing|endpoint|project|workspace|hide))"
)
_NAME: Final = rb"(?i:langsmith)"
# A file that gets its client from its caller names nothing but its own `langsmith_client`, and calls SDK methods.
_SDK_CALL: Final = (
    rb"\.a?(?:list|read|create|update|delete|share|unshare|has|get|pull|push|upload|upsert|clone|like|unlike|diff|add"
    rb"|remove|run|start|stop|wait|poll|evaluate|capture|batch|multipart|agent|skill|flush|generate_insights"
    rb"|generate_download)(?=\w*(?:run|project|dataset|example|feedback|prompt|queue|thread|sandbox|snapshot|skill|agent"
    rb"|insight|experiment|ingest|result|shared|exists|url|trace))\w*\(|\.a?(?:evaluate|flush)\("
    rb"|\.(?:runs|datasets|sessions|examples|feedback|commits|repos)\.\w+\("
)
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")


def is_relevant(content: bytes) -> bool:
    """Whether Python source must be parsed for its own sake (files that others lead to are parsed on demand)."""
    if content.startswith(_WIDE):
        return is_relevant_text(content)  # no Python, and yet a text with keys
    smith = _SMITH in content
    named = smith and re.search(_NAME, content) is not None
    if _matters_anywhere(content) or (named and re.search(_SUPPRESSION, content) is not None):
        return True
    offsets = [match.start() for match in _VARIABLE.finditer(content)]
    if b"langchain" in content:
        offsets.extend(match.start() for match in re.finditer(_SETTING, content))
        if b"hub" in content:
            offsets.extend(_hubs(content))
    if named:
        offsets.extend(_after(content, b"langsmith", _IMPORT, _IMPORTED))
    if named or (smith and _HOST in content):
        offsets.extend(match.start() for match in re.finditer(_SMITH_IN_CODE, content))
    if named and re.search(_SDK_CALL, content) is not None:
        offsets.extend(match.start() for match in re.finditer(_NAME, content))
    return bool(offsets) and _any_in_code(content, offsets)


def is_relevant_text(content: bytes) -> bool:
    """Whether a file of any other kind (a notebook, `.env`, YAML, prose) has a word to do with LangSmith."""
    if content.startswith(_WIDE):
        content = content.replace(b"\0", b"")  # the words are ASCII: of UTF-16 every other byte is enough
    if _matters_anywhere(content) or b"LANGCHAIN_" in content or _HOST in content:
        return True
    if re.search(_MISSPELLED, content) is not None:
        return True
    if b"langchain" in content and b"hub" in content and any(True for _ in _hubs(content)):
        return True
    return (_SMITH in content or b"MITH" in content) and re.search(_NAME, content) is not None


def may_hold_key(content: bytes) -> bool:
    """Whether a part of a LangSmith key may stand in a file."""
    return any(key in content for key in (*_PLAIN, *(literal for literal, _ in _ENCODED)))


def _matters_anywhere(content: bytes) -> bool:
    """A part of a key, or a suppression of one of our codes."""
    # Asked of every file there is: a generator takes as long as the search.
    for expression in _ANYWHERE:
        if expression.search(content) is not None:
            return True
    for literal, rare in _ENCODED:
        if _holds(content, literal, rare):
            return True
    return _NOQA.search(content) is not None and any(True for _ in _after(content, b"noqa:", b"noqa:", _OUR_CODE))


def _hubs(content: bytes) -> Iterator[int]:
    """Where LangChain's prompt hub is named or imported."""
    yield from (match.start() for match in re.finditer(_HUB_MODULE, content))
    yield from _after(content, b"langchain", _LANGCHAIN_IMPORT, _HUB_NAME)


def _after(content: bytes, literal: bytes, first: bytes, second: bytes) -> Iterator[int]:
    """The offset of the first match of one expression on each line on which one of another is behind it.

    `literal` stands on all of those lines; each is gone through once.
    """
    at = content.find(literal)
    while at >= 0:
        start, end = content.rfind(b"\n", 0, at) + 1, content.find(b"\n", at)
        line = content[start : end if end >= 0 else None]
        match = re.search(first, line)
        if match is not None and re.compile(second).search(line, match.end()) is not None:
            yield start + match.start()
        at = content.find(literal, end) if end >= 0 else -1


def _holds(content: bytes, literal: bytes, rare: bytes) -> bool:
    """Whether a literal stands in the content, found by a byte of it that is rare in text."""
    before = literal.index(rare)
    at = content.find(rare, before)
    for _ in range(_FEW):
        if at < 0 or content.startswith(literal, at - before):
            return at >= 0
        at = content.find(rare, at + 1)
    # In a program for a machine, or in base64 itself, it is not rare.
    return literal in content


def _any_in_code(content: bytes, offsets: list[int]) -> bool:
    """Whether one of the offsets is neither in a comment nor in a docstring; undecided is yes."""
    code = _outside_comments(content, sorted(offsets))
    if not code:
        return False
    if _any_between_strings(content, code):
        return True
    docstrings = _docstring_lines(content)
    if docstrings is None:
        return True
    silent = {line for first, last in docstrings for line in range(first, last + 1)}
    line, before = 1, 0
    for offset in code:
        line, before = line + content.count(b"\n", before, offset), offset
        if line not in silent:
            return True
    return False


def _outside_comments(content: bytes, offsets: Sequence[int]) -> list[int]:
    """The offsets, which are in order, before which on their lines no `#` stands that no quote is before."""
    found: list[int] = []
    end, silent_from = -1, 0
    for offset in offsets:
        if offset > end:  # on a new line
            start = content.rfind(b"\n", 0, offset) + 1
            end = content.find(b"\n", offset)
            end = end if end >= 0 else len(content)
            text, sign, _ = content[start:end].partition(b"#")
            silent_from = start + len(text) if sign and b'"' not in text and b"'" not in text else end + 1
        if offset <= silent_from:
            found.append(offset)
    return found


def _any_between_strings(content: bytes, offsets: Sequence[int]) -> bool:
    """Whether every triple quote before one of the offsets has been closed, as far as their number tells."""
    ends = [[match.end() for match in re.finditer(quotes, content)] for quotes in (b'"""', b"'''")]
    return any(not any(bisect.bisect_right(closed, offset) % 2 for closed in ends) for offset in offsets)


def _docstring_lines(content: bytes) -> list[tuple[int, int]] | None:
    """The first and last lines of strings that stand alone as statements; None for what CPython can't parse."""
    import ast  # noqa: PLC0415 - few files come this far
    import warnings  # noqa: PLC0415

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            suites: list[list[ast.stmt]] = [ast.parse(content).body]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found: list[tuple[int, int]] = []
    while suites:
        for statement in suites.pop():
            if isinstance(statement, ast.Expr):
                if isinstance(statement.value, ast.Constant) and isinstance(statement.value.value, str):
                    found.append((statement.lineno, statement.end_lineno or statement.lineno))
                continue
            suites.extend(
                suite
                for name in ("body", "orelse", "finalbody", "handlers", "cases")
                if (suite := getattr(statement, name, None))
            )
    return found
