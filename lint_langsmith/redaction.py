"""Masking of LangSmith keys in text that leaves the process, in whatever spelling they stand there.

A key is looked for in the text as it is, and in the text with its escapes decoded: a shell, a JSON parser or a browser
takes them off as easily, so a reader of our output has the key. Decoding goes over the whole text, not over the key
alone, since any character of a key can be escaped.
"""

from __future__ import annotations

import bisect
import functools
import re
from collections.abc import Iterator
from typing import Final

# Expressions are compiled when they are needed first: most runs have nothing to print.
_compiled = functools.cache(re.compile)

# Wider than the exact key shape on purpose: what is masked may be too much, never too little.
# An underscore, also as Markdown and LaTeX write it (in JSON with two backslashes), as a URL or HTML does.
UNDERSCORE: Final = r"(?:\\{0,2}_|%5[Ff]|&#95;)"
_KEY_LIKE: Final = (
    rf"(?i)l?s?v2{UNDERSCORE}[a-z]{{2}}{UNDERSCORE}(?:[a-z0-9]|{UNDERSCORE}){{10,}}"
    r"|(?<![a-z0-9])ls__[a-z0-9_]{10,}|ls__[0-9a-f]{10,}"
    r"|(?-i:(?:bHN2Ml|xzdjJf|sc3YyX)[A-Za-z0-9+/_=-]{10,})"
)
# Both halves of a key without the prefix, which may stand elsewhere: nothing else has this shape.
_BARE: Final = r"_(?<=(?<![0-9A-Za-z])[0-9a-fA-F]{32}_)[0-9a-fA-F]{10}(?![0-9A-Za-z])"
_BODY: Final = 32

# Characters that no reader sees. NUL is among them: in UTF-16 that was read byte by byte it follows every letter.
INVISIBLE: Final = (
    r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffd\U000e0000-\U000e0fff"
)
_GAP: Final = r"[ \t]{0,80}(?:\\?\r?\n[ \t]{0,80})?"
_BETWEEN: Final = rf"{_GAP}(?:\+|\|\||&|\.)?{_GAP}[rbfuRBFUL$@]{{0,2}}\\{{0,8}}[\"']"
# Every alternative looks back at the character that was taken first: an expression that begins with one set of
# characters is searched for many times faster. Every repetition is bounded or behind a fixed character: linear time.
_ESCAPE: Final = (
    rf"[\\%&=<\"'^`{INVISIBLE}](?:"
    # \u006c, \u{6c}, \U0000006c, \x6c, \154: JSON, JavaScript, Python, C, also escaped several times over.
    r"(?<=\\)(?<!\\\\)\\{0,8}(?:"
    r"u\{0{0,6}(?P<braced>[0-9a-fA-F]{2,6})\}|u(?P<short>[0-9a-fA-F]{4})|U0000(?P<long>[0-9a-fA-F]{4})"
    r"|x(?P<hex>[0-9a-fA-F]{2})|(?P<octal>[01][0-7]{2})|(?P<underscore>_)"
    rf"|(?P<quoted>[\"']{_BETWEEN}))(?P<colour>(?<=1[bB]|33)\[[0-9;]{{0,16}}m)?"
    r"|(?<=%)(?:25){0,8}(?P<url>[0-9a-fA-F]{2})"
    r"|(?<=&)(?:amp;){0,8}(?:\#[xX]0{0,8}(?P<hexadecimal>[0-9a-fA-F]{1,6});?|\#0{0,8}(?P<decimal>[0-9]{1,7});?"
    r"|(?:lowbar|(?P<name>UnderBar|quot|apos|amp|shy|zwj|zwnj|ZeroWidthSpace|NoBreak));)"
    # Quoted-printable, as in mails.
    r"|(?<==)(?:5[Ff]|(?P<soft>\r?\n))"
    # The end of a line that goes on: shell, Dockerfile (with comments between), cmd.exe, PowerShell, YAML, TOML.
    r"|(?<=[\\^`])(?P<continued>[ \t]{0,80}\r?\n(?:[ \t]{0,80}\#[^\n]*\n)*[ \t]{0,80})"
    # Two literals side by side or added to each other, and quotes inside of a word.
    rf"|(?<=[\"'])(?P<joint>{_BETWEEN})"
    # Two items of a list, as a notebook has its lines: the second is nothing but digits of a key.
    rf"|(?<=[0-9A-Za-z_][\"'])(?P<listed>{_GAP},{_GAP}\\{{0,8}}[\"'](?=[0-9a-fA-F_]{{1,45}}(?![0-9A-Za-z_])))"
    r"|(?P<inside>(?<=[0-9A-Za-z_][\"'])(?=[0-9A-Za-z_]))"
    r"|(?P<tag>(?<=<)wbr ?/?>)"
    r"|(?P<unseen>(?<![\\%&=<\"'^`])(?:(?<=\x1b)\[[0-9;]{0,16}m)?)"
    r")"
)
_JOINTS: Final = frozenset({"joint", "quoted", "inside"})
_LISTS: Final = frozenset({"listed"})
_NOTHING: Final = frozenset({"soft", "continued", "tag", "unseen", "colour", *_JOINTS, *_LISTS})
_NAMES: Final = {"UnderBar": "_", "quot": '"', "apos": "'", "amp": "&"}
_BASES: Final = {"octal": 8, "decimal": 10}
_IS_INVISIBLE: Final = f"[{INVISIBLE}]"
# Most text has no key: these tell so in a fraction of the time. Of a key in another spelling twelve characters in a row
# are digits or parts of escapes, or fewer than twelve digits are seen together.
_ANCHOR: Final = r"2(?<=[vV]2)[\\_%&]|_(?<=[lL][sS]_)_|bHN2Ml|xzdjJf|sc3YyX"
_SPELLED: Final = rf"[0-9a-fA-F_\\%&#;xXuU{{}}mp'\"{INVISIBLE}]{{12}}"
_ENTITIES: Final = r"&(?:amp;){0,8}(?:shy|zwn?j|ZeroWidthSpace|NoBreak);"
# How a line ends that may go on in the next one; comments may stand between.
_OPEN_ENDS: Final = ("\\", "^", "`", "=", "+", "|", "&", ".", '"', "'", '",', "',")
_MOST_LINES: Final = 20
# An entity in a JSON string in a URL: what is nested deeper nobody reads.
_PASSES: Final = 3


class Decoded:
    """A text with its escapes decoded, and where each part of it stood. A character that no key has is a blank."""

    def __init__(self, text: str, *, joints: bool = True, lists: bool = True) -> None:
        """With `joints` literals that stand side by side are one, as in a shell; with `lists` items of a list are."""
        self.text = text
        kept_apart = (frozenset() if joints else _JOINTS) | (frozenset() if lists else _LISTS)
        self._layers: list[_Layer] = []
        for _ in range(_PASSES):
            layer = _Layer()
            decoded = layer.decode(self.text, kept_apart)
            if decoded == self.text:
                break
            self._layers.append(layer)
            self.text = decoded

    @property
    def has_changed(self) -> bool:
        """Whether there was anything to decode."""
        return bool(self._layers)

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The offsets in the original text of what stands between two offsets of the decoded one."""
        for layer in reversed(self._layers):
            start, end = layer.original(start, end)
        return start, end


class _Layer:
    """One pass of decoding: the offsets of what was replaced, in both texts."""

    def __init__(self) -> None:
        self._ends: list[int] = [0]  # in the decoded text
        self._sources: list[int] = [0]  # in the text before, where the same character stands

    def decode(self, text: str, kept_apart: frozenset[str]) -> str:
        parts: list[str] = []
        size = at = 0
        for match in _compiled(_ESCAPE).finditer(text):
            if match.lastgroup in kept_apart:
                continue
            plain = _meant(match)
            parts += (text[at : match.start()], plain)
            size += match.start() - at
            if plain:
                self._mark(size, match.start())
                size += 1
            at = match.end()
            self._mark(size, at)
        return "".join((*parts, text[at:])) if parts else text

    def _mark(self, decoded: int, source: int) -> None:
        if self._ends[-1] == decoded:
            self._sources[-1] = source
        else:
            self._ends.append(decoded)
            self._sources.append(source)

    def original(self, start: int, end: int) -> tuple[int, int]:
        return self._source(start), self._after(end - 1)

    def _source(self, offset: int) -> int:
        at = bisect.bisect_right(self._ends, offset) - 1
        return self._sources[at] + offset - self._ends[at]

    def _after(self, offset: int) -> int:
        """The end of the character at an offset, with all its escape."""
        at = bisect.bisect_right(self._ends, offset) - 1
        if at + 1 < len(self._ends) and self._ends[at + 1] == offset + 1 == self._ends[at] + 1:
            following = self._sources[at + 1]
            return following if following - self._sources[at] > 1 else self._sources[at] + 1
        return self._sources[at] + offset - self._ends[at] + 1


def _meant(match: re.Match[str]) -> str:
    """The character that an escape stands for: at most one."""
    kind = match.lastgroup
    if kind is None or kind == "underscore":
        return "_"
    if kind in _NOTHING:
        return ""
    digits = match[kind]
    if kind == "name":
        return _NAMES.get(digits, "")
    number = int(digits, _BASES.get(kind, 16))
    character = chr(number) if number <= 0x10FFFF else " "
    if _compiled(_IS_INVISIBLE).match(character):
        return ""
    return character if " " < character <= "~" else " "


def spelled(
    text: str, *, joints: bool = True, lists: bool = True
) -> Iterator[tuple[int, Decoded]]:
    """The parts of a text that may spell a key with escapes or in pieces, decoded, each with its offset."""
    end = 0
    for pattern in (_SPELLED, _ENTITIES):
        for match in _compiled(pattern).finditer(text):
            if match.start() >= end:
                start, end = _lines_around(text, match.start(), match.end())
                part = Decoded(text[start:end], joints=joints, lists=lists)
                if part.has_changed:
                    yield start, part
        end = 0


def _lines_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The lines of a stretch, with those before and behind that may belong to the same literal."""
    start = text.rfind("\n", 0, start) + 1
    for _ in range(_MOST_LINES):
        before = text.rfind("\n", 0, max(0, start - 1)) + 1
        if start == 0 or not _goes_on(text[before : start - 1]):
            break
        start = before
    for _ in range(_MOST_LINES):
        behind = text.find("\n", end)
        last = text.rfind("\n", 0, end) + 1
        end = behind if behind >= 0 else len(text)
        if behind < 0 or not _goes_on(text[last:end]):
            break
        end += 1
    return start, end


def _goes_on(line: str) -> bool:
    return line.rstrip().endswith(_OPEN_ENDS) or line.lstrip().startswith("#")


def key_like(text: str) -> list[tuple[int, int]]:
    """The offsets of what looks like a LangSmith key, in order; spans do not overlap."""
    found = list(_shapes(text))
    for at, part in spelled(text):
        for start, end in _shapes(part.text):
            first, last = part.original(start, end)
            found.append((at + first, at + last))
    return _merged(found)


def _shapes(text: str) -> Iterator[tuple[int, int]]:
    if _compiled(_ANCHOR).search(text) is not None:
        for match in _compiled(_KEY_LIKE).finditer(text):
            yield match.span()
    for match in _compiled(_BARE).finditer(text):
        yield match.start() - _BODY, match.end()


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def mask(key: str) -> str:
    """The form users know from the SDK's own messages: prefix, `***`, last two characters."""
    prefix = re.match(r"(?i)[a-z0-9]{2,5}_(?:[a-z]{2}_|_)?", key)
    return f"{prefix[0] if prefix else ''}***{key[-2:] if len(key) > 12 else ''}"


def redact(text: str) -> str:
    """`text` with everything that looks like a LangSmith key masked. Its line ends stay, so that its lines do."""
    spans = key_like(text) if text else ()
    if not spans:
        return text
    parts: list[str] = []
    at = 0
    for start, end in spans:
        parts += (text[at:start], _masked(text[start:end]))
        at = end
    return "".join((*parts, text[at:]))


def _masked(found: str) -> str:
    ends = "\n" * found.count("\n")
    is_plain = _compiled(_KEY_LIKE).fullmatch(found) is not None
    return mask(found if is_plain else Decoded(found).text) + ends
