"""Versions and ranges of them, as far as releases go: PEP 440 specifiers and what Poetry writes.

Pre-releases, post-releases and local parts are not told apart from the release that they belong to: what a linter
knows of a library, it knows by release.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final

import msgspec

from lint_langsmith import lazy_re

Release = tuple[int, ...]

# Each part can be read in one way alone: `rc` is no `r` and `c`, and what stands between two parts belongs to the
# second. Python turns no more than some thousand digits into a number.
_PART: Final = (
    r"[-_.]?(?:alpha|beta|a(?!lpha)|b(?!eta)|c|rc|rev|r(?!c|ev)|pre|post|dev)(?:[-_.]?[0-9]+)?"
)
_VERSION: Final = lazy_re.compile(
    rf"\s*v?(?:[0-9]+!)?([0-9]{{1,18}}(?:\.[0-9]{{1,18}})*)(?:(?:{_PART})+[-_.]?)?(?:\+[\w.-]+)?\s*",
    re.IGNORECASE,
)
_CLAUSE: Final = lazy_re.compile(r"\s*(?:(===|==|~=|!=|<=|>=|<|>|\^|~|=)\s*)?([^\s,]+)\s*")


class BadVersionError(ValueError):
    """A text that is neither a version nor a range of versions."""


class Clause(msgspec.Struct, frozen=True):
    """One condition, as in `>=0.3`; `prefix` marks `==0.3.*` and `!=0.3.*`."""

    operator: str
    release: Release
    prefix: bool = False

    def admits(self, release: Release) -> bool:
        """Whether a release meets the condition."""
        if self.prefix:
            return (release[: len(self.release)] == self.release) is (self.operator == "==")
        width = max(len(release), len(self.release))
        ours, theirs = _padded(self.release, width), _padded(release, width)
        return {
            "==": theirs == ours,
            "!=": theirs != ours,
            ">=": theirs >= ours,
            "<=": theirs <= ours,
            ">": theirs > ours,
            "<": theirs < ours,
        }[self.operator]


class VersionRange(msgspec.Struct, frozen=True):
    """Releases that meet all conditions of one of the alternatives. `text` is the range as it was written."""

    text: str
    alternatives: tuple[tuple[Clause, ...], ...]

    def admits(self, release: Release) -> bool:
        """Whether a release is in the range."""
        return any(_admit(clauses, release) for clauses in self.alternatives)

    def chosen_from(self, releases: Sequence[Release]) -> tuple[Release, ...]:
        """What an installer chooses from releases, oldest first: of each alternative the newest that it admits."""
        found: dict[Release, None] = {}
        values = [_value(item) for item in releases]
        for clauses in self.alternatives:
            # A file may pin as many releases as it has lines: of each only those are looked at that it may mean.
            low, high = _interval(clauses, values)
            admitted = next(
                (item for item in reversed(releases[low:high]) if _admit(clauses, item)), None
            )
            if admitted is not None:
                found[admitted] = None
        return tuple(sorted(found))

    @property
    def exact(self) -> Release | None:
        """The one release that the range admits, when it names just one."""
        found = {
            clause.release
            for clauses in self.alternatives
            for clause in clauses
            if clause.operator == "==" and not clause.prefix
        }
        pinned = all(any(map(_is_pin, clauses)) for clauses in self.alternatives)
        return next(iter(found)) if pinned and len(found) == 1 else None

    @property
    def is_everything(self) -> bool:
        """Whether the range names no condition at all."""
        return any(not clauses for clauses in self.alternatives)

    def __or__(self, other: VersionRange) -> VersionRange:
        """The releases of both."""
        return either((self, other))


def either(ranges: Sequence[VersionRange]) -> VersionRange:
    """The releases of any of some ranges, of which there is one at least."""
    if len(ranges) == 1:
        return ranges[0]
    texts = dict.fromkeys(text for found in ranges for text in found.text.split(" || "))
    clauses = dict.fromkeys(clauses for found in ranges for clauses in found.alternatives)
    return VersionRange(" || ".join(texts), tuple(clauses))


def parse_release(text: str) -> Release:
    """`0.4.20` as numbers.

    Raises:
        BadVersionError: the text is no version.
    """
    found = _VERSION.fullmatch(text)
    if found is None:
        raise BadVersionError(f"`{text.strip()}` is no version")
    return tuple(int(part) for part in found[1].split("."))


def parse_range(text: str) -> VersionRange:
    """A range: `>=0.3,<0.5` (PEP 440), `^0.3.45`, `~0.3`, `0.3.*`, `a || b` (Poetry), or a version alone, itself.

    Raises:
        BadVersionError: the text is no range.
    """
    parts = re.split(r"\|\|?", text.strip())
    return VersionRange(text.strip(), tuple(_clauses(part) for part in parts))


def _clauses(text: str) -> tuple[Clause, ...]:
    text = text.strip().strip("()")
    # Poetry and npm set conditions apart by blanks as well; blanks behind an operator belong to it.
    text = re.sub(r"([<>=!~^])\s+", r"\1", text)
    found: list[Clause] = []
    for part in filter(None, re.split(r"[\s,]+", text)):
        found.extend(_clause(part))
    return tuple(found)


def _clause(text: str) -> tuple[Clause, ...]:
    match = _CLAUSE.fullmatch(text)
    if match is None:
        raise BadVersionError(f"`{text}` is no version")
    operator, written = match[1] or "==", match[2]
    if written in {"*", "*.*"}:
        return ()
    if written.endswith((".*", ".x")):
        return (
            Clause(
                "!=" if operator == "!=" else "==", parse_release(written[:-2]), prefix=True
            ),
        )
    release = parse_release(written)
    if operator in {"^", "~", "~="}:
        return (Clause(">=", release), Clause("<", _ceiling(operator, release)))
    return (Clause("==" if operator in {"=", "==="} else operator, release),)


def _ceiling(operator: str, release: Release) -> Release:
    """The first release that `^`, `~` and `~=` leave out."""
    if operator == "^":
        keep = next((place for place, part in enumerate(release) if part), len(release) - 1) + 1
    elif operator == "~":
        keep = min(2, len(release))
    else:
        keep = max(len(release) - 1, 1)
    return (*release[: keep - 1], release[keep - 1] + 1)


def _admit(clauses: tuple[Clause, ...], release: Release) -> bool:
    return all(clause.admits(release) for clause in clauses)


def _interval(clauses: tuple[Clause, ...], values: Sequence[Release]) -> tuple[int, int]:
    """Where all of the releases lie that clauses may admit, by the values of these, in their order."""
    low, high = 0, len(values)
    for clause in clauses:
        value = _value(clause.release)
        if clause.operator in {"==", ">=", ">"}:
            low = max(low, bisect_left(values, value))
        if clause.prefix and clause.operator == "==":
            high = min(
                high, bisect_left(values, (*clause.release[:-1], clause.release[-1] + 1))
            )
        elif clause.operator in {"==", "<=", "<"}:
            high = min(high, bisect_right(values, value))
    return low, high


def _value(release: Release) -> Release:
    """A release without the zeros at its end: those that are equal have one value, and are in the order of these."""
    end = len(release)
    while end and release[end - 1] == 0:
        end -= 1
    return release[:end]


def _is_pin(clause: Clause) -> bool:
    return clause.operator == "==" and not clause.prefix


def _padded(release: Release, width: int) -> Release:
    return (*release, *(0 for _ in range(width - len(release))))
