"""Patterns of gitignore, matched in bounded time: a checkout brings both the patterns and the names.

`pathspec` makes a regular expression of a pattern, each `*` of which tries every length again for every length of those
before it: `*a*a*a*a*b` takes minutes for one long name. Within a folder's name a star between literals need only try
until the literal after it is met first: what is left over, the next star takes as well.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lint_langsmith import lazy_re

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_STAR: Final = "[^/]*"
# Literals, escaped characters, `?` and classes: what has a length of its own, and no `/`.
_PLAIN: Final = lazy_re.compile(r"(?:\\.|\[(?:\\.|[^\]\\])+\]|[^\\\[\](){}.*+?|^$/])+")
# `**` tries every folder for every folder of those before it. More than two of them look at paths of at most forty
# folders, and more than six at none: that is a tenth of a second for one path. Nobody's tree is that deep.
_ANY_FOLDERS: Final = ".+"
_FEW_ANY, _MOST_ANY = 2, 6
_IS_SHALLOW: Final = r"(?!(?:[^/]*/){41})"


def gitignore_spec(lines: Iterable[str]) -> GitIgnoreSpec:
    """The patterns that are valid; as git does, one that is not (a lone backslash at its end) matches nothing."""
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - a single file often needs none

    kept = list(lines)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # `[[a]` may mean something else in a later Python
        try:
            spec = GitIgnoreSpec.from_lines(kept)
        except ValueError:
            spec = GitIgnoreSpec.from_lines([line for line in kept if _is_pattern(line)])
        for pattern in spec.patterns:
            if pattern.regex is not None:
                pattern.regex = _bounded(pattern.regex)
    return spec


def _is_pattern(line: str) -> bool:
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - as above

    try:
        GitIgnoreSpec.from_lines((line,))
    except ValueError:
        return False
    return True


def _bounded(expression: re.Pattern[str]) -> re.Pattern[str]:
    """The same expression, without what takes time for nothing; one with too many `**` matches nothing."""
    text = expression.pattern
    any_folders = text.count(_ANY_FOLDERS)
    if any_folders > _MOST_ANY:
        return _NOTHING
    if any_folders > _FEW_ANY:
        text = _IS_SHALLOW + text
    first, *pieces = text.split(_STAR)
    if len(pieces) < 2:
        return re.compile(text, expression.flags)
    parts = [first]
    for number, piece in enumerate(pieces):
        is_last = number == len(pieces) - 1
        if not is_last and _PLAIN.fullmatch(piece):
            # An atomic group, as Python 3.10 can write it.
            parts.append(f"(?=(?P<star{number}>{_STAR}?{piece}))(?P=star{number})")
        else:
            parts.append(_STAR + piece)
    return re.compile("".join(parts), expression.flags)


# Patterns of one ignore file, or of one setting. Each file is compared with each of them, 1,000 patterns in 0.4 ms; the
# longest lists that people keep have some hundreds.
MOST_PATTERNS: Final = 2_000


_NOTHING: Final = lazy_re.compile("(?!)")


class Patterns:
    """Exclude patterns in the syntax of gitignore, relative to a directory; every spelling of a path matches alike."""

    def __init__(self, patterns: Sequence[str], directory: Path) -> None:
        """`directory` is where the patterns were written."""
        self._prefix = os.path.join(directory, "")  # noqa: PTH118 - with the separator behind it
        # What everyone has who has configured nothing: no pattern at all, or one for everything.
        self._is_trivial = {(): False, ("*",): True}.get(tuple(patterns))
        self._spec = (
            None
            if self._is_trivial is not None
            else gitignore_spec(_normal(item, directory) for item in patterns)
        )

    @property
    def is_empty(self) -> bool:
        """Whether there is no pattern: nothing is meant."""
        return self._is_trivial is False

    def match(self, path: str | Path) -> bool:
        """Whether an absolute path, or a folder around it, is meant."""
        text = os.fspath(path)
        if not text.startswith(self._prefix):
            return False
        if self._spec is None:
            return bool(self._is_trivial)
        return self._spec.match_file(text[len(self._prefix) :].replace(os.sep, "/"))


def _normal(pattern: str, directory: Path) -> str:
    if pattern.startswith(str(directory)):
        pattern = "/" + os.path.relpath(pattern, directory).replace(os.sep, "/")
    return "/" + pattern[2:] if pattern.startswith("./") else pattern
