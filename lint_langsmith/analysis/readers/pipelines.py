"""Texts that a shell makes of a literal with filters: `echo … | rev`, `tr -d - <<< …`, also in other languages' files.

Sources: POSIX (`tr`, `sed`, `cut`, `printf`), coreutils (`base64`), util-linux (`rev`), vim (`xxd`).
"""

from __future__ import annotations

import base64
import binascii
import re
import shlex
import string
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.limits import JOINED_TEXT, RANGE_OF_SET

# Every repetition is bounded, and at each character at most one of its alternatives fits: linear time.
_LITERAL: Final = (
    rf"(?:\"(?P<double>[^\"\n]{{1,{JOINED_TEXT}}})\"|'(?P<single>[^'\n]{{1,{JOINED_TEXT}}})'"
)
_WORDS: Final = r"|(?P<plain>[^\s|;&()<>\\\"'][^|;&()<>\\\"'\n]{0,120}))"
_FILTER: Final = r"(?:rev|tr|sed|base64|xxd|cut)\b(?:[^|;&()<>\n\\\"']|\"[^\"\n]{0,80}\"|'[^'\n]{0,80}'){0,80}"
_PIPED: Final = lazy_re.compile(
    r"\b(?:echo|printf)[ \t]{1,8}(?:(?:-[neE]{1,3}|[\"']?%s(?:\\n)?[\"']?)[ \t]{1,8})?"
    rf"{_LITERAL}{_WORDS}[ \t]{{0,8}}(?P<filters>(?:(?:\\?\r?\n[ \t]{{0,8}})?\|[ \t]{{0,8}}{_FILTER}){{1,6}})"
)
_GIVEN: Final = lazy_re.compile(rf"\b(?P<filters>{_FILTER})<<<[ \t]{{0,8}}{_LITERAL}{_WORDS}")
_RANGE: Final = lazy_re.compile(r"(.)-(.)", re.DOTALL)
_SUBSTITUTED: Final = lazy_re.compile(
    r"s(?P<mark>[/|#@,:])(?P<old>[\w@ .#:~=+-]{1,20})(?P=mark)(?P<new>\w{0,20})(?P=mark)(?P<flags>g?)"
)
_COLUMNS: Final = lazy_re.compile(
    r"-c ?(?P<first>[0-9]{1,3})?(?P<range>-)?(?P<last>[0-9]{1,3})?"
)


def pipelines(text: str) -> Iterator[tuple[str, int, int]]:
    """The texts that filters make of literals, with the 0-based offsets of the pipelines."""
    for pattern in (_PIPED, _GIVEN):
        for match in pattern.finditer(text):
            literal = match["double"] or match["single"] or match["plain"]
            made = _filtered(literal.strip(), match["filters"].split("|"))
            if made is not None:
                yield made, match.start(), match.end()


def _filtered(text: str, filters: Sequence[str]) -> str | None:
    """What filters make of a text, one after the other; None where one is not known."""
    for written in filters:
        if written.strip(" \t\r\n\\"):
            try:
                name, *options = shlex.split(written.strip(" \t\r\n\\"))
                text = _FILTERS[name](text, options)
            except (ValueError, KeyError, binascii.Error):
                return None
    return text


def _translated(text: str, options: Sequence[str]) -> str:
    """`tr old new` and `tr -d old`."""
    if options[:1] == ["-d"] and len(options) == 2:
        return text.translate(dict.fromkeys(map(ord, _set_of(options[1]))))
    old, new = map(_set_of, options)
    padded = new + new[-1:] * max(0, len(old) - len(new))
    return text.translate(str.maketrans(old, padded[: len(old)]))


_CLASSES: Final = {
    "[:upper:]": string.ascii_uppercase,
    "[:lower:]": string.ascii_lowercase,
    "[:space:]": string.whitespace,
    "[:punct:]": string.punctuation.replace("_", ""),
}


def _set_of(written: str) -> str:
    """The characters of a set of `tr`."""
    if written in _CLASSES:
        return _CLASSES[written]
    plain = written.replace("\\n", "\n")
    return _RANGE.sub(_characters, plain)


def _characters(ends: re.Match[str]) -> str:
    """The characters of a range, which is one of letters or digits."""
    first, last = ord(ends[1]), ord(ends[2])
    if last - first > RANGE_OF_SET:
        raise ValueError(ends[0])
    return "".join(map(chr, range(first, last + 1)))


def _substituted(text: str, options: Sequence[str]) -> str:
    """`sed s/old/new/`, whose pattern is plain text."""
    for option in options:
        if option in {"-e", "-E", "-r"}:
            continue
        match = _SUBSTITUTED.fullmatch(option)
        if match is None:
            raise ValueError(option)
        old = match["old"]
        if "." in old or "+" in old:
            raise ValueError(option)
        text = text.replace(old, match["new"], -1 if match["flags"] else 1)[:JOINED_TEXT]
    return text


def _base64_decoded(text: str, options: Sequence[str]) -> str:
    if not {"-d", "-D", "--decode"}.intersection(options):
        raise ValueError(options)
    return base64.b64decode(text).decode("latin-1")


def _hex_decoded(text: str, options: Sequence[str]) -> str:
    if "r" not in "".join(options):
        raise ValueError(options)
    return bytes.fromhex(text).decode("latin-1")


def _cut(text: str, options: Sequence[str]) -> str:
    """`cut -c first-last`."""
    match = _COLUMNS.fullmatch(" ".join(options))
    if match is None:
        raise ValueError(options)
    first = int(match["first"] or 1)
    last = int(match["last"]) if match["last"] else len(text) if match["range"] else first
    return text[first - 1 : last]


_FILTERS: Final[dict[str, Callable[[str, Sequence[str]], str]]] = {
    "rev": lambda text, _: text[::-1],
    "tr": _translated,
    "sed": _substituted,
    "base64": _base64_decoded,
    "xxd": _hex_decoded,
    "cut": _cut,
}
