"""What a Python text will cost libcst, told from its tokens before it is parsed.

libcst takes two to four kilobytes and some ten microseconds for each token, and a third of that again for each bracket
around it, whose content it copies. It follows nesting on the stack of the process, which ends without an exception, and
in the patterns of a `match` statement it tries every way: twice the time for each bracket.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Final, NamedTuple

from lint_langsmith import lazy_re

_TOKEN: Final = lazy_re.compile(
    r"""
    (?P<string>[A-Za-z]{0,3}(?:
        \"{3}(?:[^"\\]+|\\.|"(?!""))*(?:\"{3})?
      | '{3}(?:[^'\\]+|\\.|'(?!''))*(?:'{3})?
      | "(?:[^"\\\n]+|\\.)*"?
      | '(?:[^'\\\n]+|\\.)*'?
    ))
  | (?P<blank>[ \t\f\r]+|\\\r?\n|\#[^\n]*)
  | (?P<end>\n)
  | (?P<word>\w+)
  | (?P<parting>[,;])
  | (?P<opening>[(\[{])
  | (?P<closing>[)\]}])
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_LITERAL: Final = lazy_re.compile(
    r"""
    \"{3}(?:[^"\\]+|\\.|"(?!""))*(?:\"{3})?
  | '{3}(?:[^'\\]+|\\.|'(?!''))*(?:'{3})?
  | "(?:[^"\\\n]+|\\.)*"?
  | '(?:[^'\\\n]+|\\.)*'?
  | \#[^\n]*
    """,
    re.VERBOSE | re.DOTALL,
)
_CASE: Final = lazy_re.compile(r"^[ \t]*case\b", re.MULTILINE)
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b"([{)]}"))
_STEPS: Final = {code: 1 if code in b"([{" else -1 for code in b"([{)]}"}
_FORMATTED: Final = lazy_re.compile(r"[bru]*[ft]", re.IGNORECASE)
_INNER: Final = lazy_re.compile(r"\w+|[^\s\w]")
# What continues the compound statement above it.
_CLAUSES: Final = frozenset({"else", "elif", "except", "finally"})
_DEPTH_PER_TOKEN: Final = 3
# So few characters hold no chain that is too long, and with so few brackets around each they take a second at the most.
_SMALL: Final = 20_000
_FEW_BRACKETS: Final = 10


class Cost(NamedTuple):
    """What it costs to parse a text.

    `tokens` are those of all of it, one in brackets counted for more than one; `heaviest` those of the largest
    statement of the module, which must be there at once. `brackets` is how deep they are nested, `chain` the number of
    tokens that can be nested in each other, `clauses` that of the `elif`, `patterns` the brackets of a `case`.
    """

    tokens: int
    heaviest: int
    brackets: int
    chain: int
    clauses: int
    patterns: int


def cost_of(text: str) -> Cost:
    """The cost of a text, in one reading of it; one that is no Python has some cost as well."""
    reading = _Reading()
    take = {name: getattr(reading, name, reading.other) for name in _TOKEN.groupindex}
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "blank" or kind is None:
            continue
        start = match.start()
        if (start == 0 or text[start - 1] == "\n") and kind != "end":
            reading.begin(match[0])
        take[kind](match[0])
    return reading.cost()


def is_cheap(text: str) -> bool:
    """Whether a text that CPython can parse surely costs little, told in a tenth of the time of `cost_of`."""
    if len(text) > _SMALL or _CASE.search(text):
        return False
    brackets = _LITERAL.sub("", text).encode("utf-8", "replace").translate(None, _NO_BRACKETS)
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0) <= _FEW_BRACKETS


class _Reading:
    """The costs so far."""

    def __init__(self) -> None:
        self._total = self._heaviest = self._statement = 0
        self._brackets = self._chain = self._clauses = self._patterns = 0
        # The tokens since the last comma, in the innermost brackets and in each pair around them, and the sum of those.
        self._run, self._runs, self._around = 0, list[int](), 0
        self._in_case = False

    def cost(self) -> Cost:
        self.begin("")
        return Cost(
            self._total,
            self._heaviest,
            self._brackets,
            self._chain,
            self._clauses,
            self._patterns,
        )

    def begin(self, part: str) -> None:
        """A token at the begin of a line: where it is in no brackets, a statement of the module begins."""
        if not self._runs and part not in _CLAUSES:
            self._total += self._statement
            self._heaviest = max(self._heaviest, self._statement)
            self._statement = 0

    def other(self, _part: str, weight: int = 1) -> None:
        self._statement += weight + len(self._runs) // _DEPTH_PER_TOKEN
        self._run += 1
        self._chain = max(self._chain, self._around + self._run)

    def word(self, part: str) -> None:
        if not self._run and not self._runs:
            self._in_case = part == "case"
            self._clauses += part == "elif"
        self.other(part)

    def string(self, part: str) -> None:
        if not _FORMATTED.match(part):
            self.other(part)
            return
        inner = _INNER.findall(part)
        self.other(part, 1 + len(inner))
        self._brackets = max(self._brackets, len(self._runs) + _nesting(inner))

    def end(self, _part: str) -> None:
        self._statement += 1
        if not self._runs:
            self._run, self._in_case = 0, False

    def parting(self, part: str) -> None:
        self.other(part)
        self._run = 0

    def opening(self, part: str) -> None:
        self.other(part)
        self._runs.append(self._run)
        self._around += self._run
        self._run = 0
        self._brackets = max(self._brackets, len(self._runs))
        if self._in_case:
            self._patterns = max(self._patterns, len(self._runs))

    def closing(self, part: str) -> None:
        if self._runs:
            self._run = self._runs.pop()
            self._around -= self._run
        self.other(part)


def _nesting(parts: list[str]) -> int:
    depth = deepest = 0
    for part in parts:
        depth += (part in "([{") - (part in ")]}")
        deepest = max(deepest, depth)
    return deepest
