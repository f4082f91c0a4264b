"""What LangSmith keys look like, and what only pretends to be one.

Sources: the administration page of LangSmith's documentation (prefixes `lsv2_pt_` and `lsv2_sk_`; `ls__` keys dead
since 2024-10-22), the patterns of TruffleHog, Kingfisher and Betterleaks (32 and 10 hexadecimal digits), and a
measurement: the 32 digits of every genuine key met so far are a UUID of version 4.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final, Literal, NamedTuple, TypeAlias

KeyKind: TypeAlias = Literal["personal access token", "service key", "legacy API key"]

_KEY: Final = re.compile(
    r"(?:lsv2_(?P<kind>pt|sk)_(?P<body>[0-9a-fA-F]{32})_[0-9a-fA-F]{10}|ls__(?P<legacy>[0-9a-fA-F]{32}))(?![A-Za-z0-9_])",
)
# What ends in a letter or digit and yet is no part of the word that follows: escapes of JSON, Python and URLs, colours.
_BEFORE: Final = re.compile(
    r"(?:\\[abefnrtv0]|\\x[0-9a-fA-F]{2}|\\0?33|\\u[0-9a-fA-F]{4}|%[0-9a-fA-F]{2}|\[[0-9;]*m|&[a-z]+;|&\#[0-9a-fx]+;)\Z"
)
_LONGEST_BEFORE: Final = 24
_UUID4: Final = re.compile(r"[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}")

# A body with fewer distinct digits, a shorter period or a longer ascending run than these is made up by hand:
# of 200,000 random bodies none falls below them.
_FEW_DIGITS: Final = 7
_LONGEST_PERIOD: Final = 8
_LONGEST_RUN: Final = 7
_LEAST_ENTROPY: Final = 2.6


class Key(NamedTuple):
    """A key found in a text: its kind, and its 0-based start and end offsets."""

    kind: KeyKind
    start: int
    end: int


def find_keys(text: str) -> Iterator[Key]:
    """The keys in a text. No entropy test is ever made on a body that is a UUID: it is a key."""
    for match in _KEY.finditer(text):
        if not _begins_a_word(text, match.start()):
            continue
        body = match["body"] or match["legacy"]
        is_uuid = match["body"] is not None and _UUID4.fullmatch(body) is not None
        if is_uuid or not is_made_up(body.lower()):
            yield Key(_kind(match), match.start(), match.end())


def _begins_a_word(text: str, start: int) -> bool:
    before = text[start - 1 : start]
    if not (before == "_" or (before.isascii() and before.isalnum())):
        return True
    return _BEFORE.search(text[max(0, start - _LONGEST_BEFORE) : start]) is not None


def is_made_up(body: str) -> bool:
    """Whether 32 lower-case hexadecimal digits were typed by a person rather than drawn at random."""
    return (
        len(set(body)) < _FEW_DIGITS
        or _period(body) <= _LONGEST_PERIOD
        or _ascending_run(body) >= _LONGEST_RUN
        or _entropy(body) < _LEAST_ENTROPY
    )


def _kind(match: re.Match[str]) -> KeyKind:
    if match["legacy"]:
        return "legacy API key"
    return "personal access token" if match["kind"] == "pt" else "service key"


def _period(body: str) -> int:
    return next(size for size in range(1, len(body) + 1) if all(a == b for a, b in zip(body, body[size:])))  # noqa: B905 - overlap


def _ascending_run(body: str) -> int:
    """The longest run of digits that each follow the one before, in `0…9a…f` and around."""
    longest = run = 1
    for before, after in pairwise(body):
        run = run + 1 if (int(before, 16) + 1) % 16 == int(after, 16) or before + after == "90" else 1
        longest = max(longest, run)
    return longest


def _entropy(body: str) -> float:
    counts = [body.count(digit) for digit in set(body)]
    return -sum(count / len(body) * math.log2(count / len(body)) for count in counts)


_STOP_WORDS: Final = re.compile(
    r"(?i)your|key[_-]?here|placeholder|example|sample|dummy|fake|mock|test|change[_-]?me|replace|insert|todo|secret"
    r"|xxx|\.\.\.|…|\*\*\*|^na$|^n/a$|^none$|^null$|^foo$|^bar$|^baz$|^string$|^api[_-]?key$|^key\d*$|^k$|^x+$",
)


def is_placeholder(text: str) -> bool:
    """Whether a string that stands where a key is expected is no key and never was one, but is not blank either.

    Everything that LangSmith issues is 36 characters or longer, with digits and without blanks or brackets.
    """
    stripped = text.strip().strip("\"'")
    if not stripped:
        return False
    shaped = re.search(r"[<>{}$%\s]|\.\.\.", stripped) is not None
    return shaped or len(stripped) < 16 or _STOP_WORDS.search(stripped) is not None or not re.search(r"\d", stripped)
