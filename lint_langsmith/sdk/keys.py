"""What LangSmith keys look like, and what only pretends to be one.

Sources: the administration page of LangSmith's documentation (prefixes `lsv2_pt_` and `lsv2_sk_`; `ls__` keys dead
since 2024-10-22), the patterns of TruffleHog, Kingfisher and Betterleaks (32 and 10 hexadecimal digits), and a
measurement: the 32 digits of every genuine key met so far are a UUID of version 4.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import math
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, Literal, NamedTuple, TypeAlias

from lint_langsmith import lazy_re
from lint_langsmith.redaction import UNDERSCORE, spelled

KeyKind: TypeAlias = Literal[
    "personal access token", "service key", "legacy API key", "API key"
]

_TAIL: Final = r"(?![A-Za-z0-9_])"
_KEY: Final = lazy_re.compile(
    r"(?:lsv2_(?P<kind>[a-z]{2})_(?P<body>[0-9a-fA-F]{32})_[0-9a-fA-F]{10}|ls__(?P<legacy>[0-9a-fA-F]{32}))".replace(
        "_", UNDERSCORE
    )
    + _TAIL
)
# What ends in a letter or digit and yet is no part of the word that follows: escapes of JSON, Python and URLs, colours.
_BEFORE: Final = lazy_re.compile(
    r"(?:\\[abefnrtv0]|\\x[0-9a-fA-F]{2}|\\0?33|\\u[0-9a-fA-F]{4}|%[0-9a-fA-F]{2}|\[[0-9;]*m|&[a-z]+;|&\#[0-9a-fx]+;)\Z"
)
_LONGEST_BEFORE: Final = 24
_UUID4: Final = lazy_re.compile(r"[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}")
# `lsv2_` in base64, at the three places that it can have in a group.
_BASE64: Final = lazy_re.compile(r"(?:bHN2Ml|xzdjJf|sc3YyX)[A-Za-z0-9+/_-]{48,160}={0,2}")
# The same where its lines are joined: of a block of YAML, a heredoc, a literal that goes on.
_BASE64_JOINT: Final = r"(?:[\"']?[ \t]{0,8}\+?[ \t]{0,8}\\?\r?\n[ \t]{0,80}[\"']?|[\"'][ \t]{0,8}\+[ \t]{0,8}[\"'])"
_BASE64_LINES: Final = lazy_re.compile(
    r"(?:bHN2Ml|xzdjJf|sc3YyX)[A-Za-z0-9+/_-]{0,160}"
    rf"(?:{_BASE64_JOINT}[A-Za-z0-9+/_-]{{4,160}}){{1,8}}={{0,2}}"
)
_BASE64_BEFORE: Final = lazy_re.compile(r"[A-Za-z0-9+/_-]{0,40}\Z")
_DAMAGED: Final = lazy_re.compile(
    r"(?P<capitals>LSV2_(?:PT|SK)_[0-9A-Fa-f]{32}(?:_[0-9A-Fa-f]{1,10})?)"
    + _TAIL
    + r"|(?P<headless>s?v2_(?:pt|sk)_(?P<body>[0-9a-f]{32})(?:_[0-9a-f]{1,10})?)"
    + _TAIL
    + r"|(?P<cut>lsv2_(?:pt|sk)_(?P<rest>[0-9a-f]{24,32})(?:_[0-9a-f]{0,9}|_[A-Zg-z]\w{0,60})?)"
    + _TAIL
)

# A body with fewer distinct digits, a shorter period or a longer ascending run than these is made up by hand. Of
# 400,000 random bodies the poorest had 8 digits and an entropy of 2.76; a run of 9 happens once in 100,000,000.
_FEW_DIGITS: Final = 7
_LONGEST_PERIOD: Final = 16
_LONGEST_RUN: Final = 9
_LEAST_ENTROPY: Final = 2.6


# A key from its end, in ROT13 (whose digits `a` to `f` are `n` to `s`), and as the codes of its characters.
_DISGUISED: Final = lazy_re.compile(
    r"(?P<reversed>[0-9a-f]{10}_[0-9a-f]{32}_[a-z]{2}_2vsl)|(?P<rot13>yfi2_[a-z]{2}_[0-9n-s]{32}_[0-9n-s]{10})"
    r"|(?P<hex>6c737632(?:[0-9a-f]{2}){47})"
)
_DISGUISES: Final = ("2vsl", "yfi2_", "6c737632")


class Key(NamedTuple):
    """A key found in a text: its kind, its 0-based start and end offsets, and itself, without base64 or escapes.

    `encoded` is one in base64, `disguised` one from its end, in ROT13 or as hexadecimal digits, `escaped` one that is
    written with escapes or in pieces.
    """

    kind: KeyKind
    start: int
    end: int
    value: str
    encoded: bool = False
    disguised: bool = False
    escaped: bool = False


class Damaged(NamedTuple):
    """A key that was copied badly: what is wrong with it, and its 0-based start and end offsets."""

    fault: str
    start: int
    end: int
    value: str


def find_keys(text: str) -> Iterator[Key]:
    """The keys in a text, also in base64. No test of randomness is made on a body that is a UUID: it is a key."""
    yield from _plain(text)
    yield from _encoded(text)
    if any(sign in text for sign in _DISGUISES):
        for match in _DISGUISED.finditer(text):
            found = next(_plain(_UNDISGUISED[match.lastgroup or ""](match[0])), None)
            if found is not None and _begins_a_word(text, match.start()):
                yield Key(found.kind, match.start(), match.end(), found.value, disguised=True)


def _encoded(text: str) -> Iterator[Key]:
    """The keys in base64, also those whose base64 goes on in the next lines."""
    known: set[int] = set()
    for token in _BASE64.finditer(text):
        key = _in_base64(text, token)
        if key is not None:
            known.add(token.start())
            yield key
    for token in _BASE64_LINES.finditer(text):
        key = _in_base64(text, token) if token.start() not in known else None
        if key is not None:
            yield key


def _in_base64(text: str, token: re.Match[str]) -> Key | None:
    # An image is a line of a million characters: only what is near can belong to the key.
    before = _BASE64_BEFORE.search(text, max(0, token.start() - 40), token.start())
    start = before.start() if before is not None else token.start()
    joined = re.sub(_BASE64_JOINT, "", text[start : token.end()])
    for shift in range(4):
        found = next(_plain(_decoded(joined[shift:])), None)
        if found is not None:
            return Key(found.kind, start, token.end(), found.value, encoded=True)
    return None


_UNDISGUISED: Final[dict[str, Callable[[str], str]]] = {
    "reversed": lambda text: text[::-1],
    "rot13": lambda text: codecs.decode(text, "rot13"),
    "hex": lambda text: bytes.fromhex(text).decode("latin-1"),
}


def _escaped(text: str, known: Sequence[Key], *, joints: bool) -> Iterator[Key]:
    """The keys besides those `known` that are whole only when escapes are decoded, or lines and literals joined.

    With `joints` literals that stand side by side are one, as in a shell; of Python that is known by folding.
    """
    seen = _Stretches(known)
    for at, part in spelled(text, joints=joints, lists=False):
        for key in find_keys(part.text):
            first, last = part.original(key.start, key.end)
            start, end = at + first, at + last
            if not seen.touches(start, end):
                seen.add(start, end)
                yield key._replace(start=start, end=end, escaped=True)


class _Stretches:
    """Parts of a text, by offsets, of which none overlaps another."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for key in sorted(keys, key=lambda key: key.start):
            if self._ends and key.start < self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], key.end)
            else:
                self._starts.append(key.start)
                self._ends.append(key.end)

    def touches(self, start: int, end: int) -> bool:
        """Whether a part overlaps one of these."""
        number = bisect_left(
            self._starts, end
        )  # how many begin before its end: the last one ends last
        return number > 0 and start < self._ends[number - 1]

    def add(self, start: int, end: int) -> None:
        """Take in a part that overlaps none."""
        number = bisect_left(self._starts, start)
        self._starts.insert(number, start)
        self._ends.insert(number, end)


def _plain(text: str) -> Iterator[Key]:
    for match in _KEY.finditer(text):
        body = match["body"] or match["legacy"]
        is_uuid = match["body"] is not None and _UUID4.fullmatch(body) is not None
        if _begins_a_word(text, match.start()) and (is_uuid or not is_made_up(body.lower())):
            yield Key(
                _kind(match), match.start(), match.end(), re.sub(UNDERSCORE, "_", match[0])
            )


def _decoded(token: str) -> str:
    """What base64, of either alphabet and with or without its padding, stands for."""
    plain = token.rstrip("=").replace("-", "+").replace("_", "/")
    whole = plain[: len(plain) - len(plain) % 4 + (len(plain) % 4 if len(plain) % 4 > 1 else 0)]
    try:
        return base64.b64decode(whole + "=" * (-len(whole) % 4)).decode("latin-1")
    except binascii.Error:
        return ""


def find_damaged(text: str) -> Iterator[Damaged]:
    """Keys that were cut, lost their first letters, or were put into capitals: no server takes them."""
    if "v2_" not in text and "V2_" not in text:
        return  # a literal is found a hundred times as fast as what begins with one of three things
    for match in _DAMAGED.finditer(text):
        kind = next(name for name in ("capitals", "headless", "cut") if match[name])
        body = (match["body"] or match["rest"] or match[0].split("_")[2]).lower()
        if _begins_a_word(text, match.start()) and not is_made_up(body):
            yield Damaged(_FAULTS[kind], match.start(), match.end(), match[0])


def find_whole(text: str, *, joints: bool = False) -> list[Key]:
    """The whole keys in a text, however they are written; `joints` as in `find_all`."""
    plain = list(find_keys(text))
    return [*plain, *_escaped(text, plain, joints=joints)]


def find_all(text: str, *, joints: bool = False) -> Iterator[Key | Damaged]:
    """The keys in a text, whole and damaged; with `joints` also those in literals that stand side by side."""
    whole = find_whole(text, joints=joints)
    yield from whole
    seen = _Stretches(whole)
    for damaged in find_damaged(text):
        if not seen.touches(damaged.start, damaged.end):
            yield damaged


_FAULTS: Final = {
    "capitals": "is in capitals (keys are in lower case)",
    "headless": "has lost its first letters (keys begin with `lsv2_`)",
    "cut": "is cut short (`lsv2_pt_` or `lsv2_sk_` is followed by 32 digits, `_`, and 10 digits)",
}


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
    return _KINDS.get(match["kind"], "API key")


_KINDS: Final[dict[str, KeyKind]] = {"pt": "personal access token", "sk": "service key"}


def _period(body: str) -> int:
    return next(size for size in range(1, len(body) + 1) if body.startswith(body[size:]))


def _ascending_run(body: str) -> int:
    """The longest run of digits that each follow the one before, in `0…9a…f` and around."""
    longest = run = 1
    for before, after in pairwise(body):
        run = (
            run + 1
            if (int(before, 16) + 1) % 16 == int(after, 16) or before + after == "90"
            else 1
        )
        longest = max(longest, run)
    return longest


def _entropy(body: str) -> float:
    counts = [body.count(digit) for digit in set(body)]
    return -sum(count / len(body) * math.log2(count / len(body)) for count in counts)


# What was surely meant as a key: its prefix, however it is spelled, and then some of its digits.
_MEANT: Final = lazy_re.compile(
    r"(?i)(?:l?s?v2[_-]?(?:pt|sk)[_-]?|ls__?)(?P<rest>[0-9a-f_-]{8,})"
)


def fault_of(text: str) -> str | None:
    """What is wrong with a text that stands where a key is expected and was surely meant as one; None otherwise.

    Blanks and quotes around a key are no fault: the SDK takes them off (`langsmith.utils.get_api_key`, 0.15.0).
    """
    stripped = text.strip().strip("\"'").strip()
    damaged = next(find_damaged(stripped), None)
    if damaged is not None:
        return damaged.fault
    compact = re.sub(r"[\s\"']+", "", stripped)
    if compact != stripped and any(_plain(compact)):
        return "has blanks or quotes inside"
    meant = _MEANT.fullmatch(compact)
    if meant is None or any(_plain(stripped)):
        return None
    digits = re.sub(r"[_-]", "", meant["rest"]).lower()
    varied = (
        len(set(digits)) >= _FEW_DIGITS - 1
        and _ascending_run(digits) < _SHORT_RUN
        and not digits.isdecimal()
    )
    genuine = varied and not (len(digits) >= _BODY and is_made_up(digits[:_BODY]))
    return (
        "is incomplete (`lsv2_pt_` or `lsv2_sk_`, 32 digits, `_`, 10 digits)"
        if genuine
        else None
    )


_SHORT_RUN: Final = 5
_BODY: Final = 32


def unusable_form(text: str) -> str | None:
    """What is wrong with a value that a program gets as its key, as far as its form tells; None where it may be one.

    Reported with the answer "Using outdated v1 api key" of 2025: LangSmith refuses keys of the old form.
    """
    stripped = text.strip().strip("\"'").strip()
    if not stripped:
        return "is blank"
    if is_placeholder(text):
        return "is a placeholder"
    if any(key.kind == "legacy API key" for key in _plain(stripped)):
        return "is a legacy key, dead since 2024-10-22"
    return fault_of(text)


# What leads to a secret, and is none: words of 1Password, Vault, AWS, Google, sops; and what only begins like a key.
_NO_SECRET: Final = lazy_re.compile(
    r"(?i)^l?s?v2_|^ls__|://|^(?:arn:|projects/|vault:|op:|ENC\[|secretref:)|^[\w.-]+(?:/[\w.-]+){2,}$"
)
_SHORTEST_CREDENTIAL: Final = 20


def is_credential(text: str) -> bool:
    """Whether a text where a key is expected must be taken for a secret, though it has not a key's shape."""
    stripped = text.strip().strip("\"'")
    long = len(stripped) >= _SHORTEST_CREDENTIAL and re.search(r"\d", stripped) is not None
    varied = len(set(stripped)) >= _FEW_DIGITS
    return long and varied and not is_placeholder(text) and _NO_SECRET.search(stripped) is None


_STOP_WORDS: Final = lazy_re.compile(
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
    return (
        shaped
        or len(stripped) < 16
        or _STOP_WORDS.search(stripped) is not None
        or not re.search(r"\d", stripped)
    )
