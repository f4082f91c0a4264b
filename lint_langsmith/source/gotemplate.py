"""Templates of Go, as Helm has them: the text without its actions, every character where it was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lint_langsmith import lazy_re

# Bounded: an action that nothing closes would be gone through from each `{{`.
_ACTION: Final = lazy_re.compile(
    r"\{\{(?:-[ \t]*)?/\*(?:(?!\{\{).){0,4000}?\*/[^}]{0,20}\}\}|\{\{[^{}\n]{0,1000}\}\}",
    re.DOTALL,
)
_LINE: Final = lazy_re.compile(r"(?m)^[ \t]*(?:\x00+[ \t]*)+$")
_FILLER: Final = "\x00"


def without_actions(text: str) -> str:
    """A template as YAML: actions on lines of their own are blank, others a word of the same length.

    Both branches of a condition stay.
    """
    marked = _ACTION.sub(_marked, text)
    blank = _LINE.sub(lambda match: " " * len(match[0]), marked)
    return blank.replace(_FILLER, "x")


def actions(line: str) -> Iterator[str]:
    """The actions in a line, without their braces; what nothing closes is none."""
    for behind in line.split("{{")[1:]:
        action, closing, _ = behind.partition("}}")
        if closing:
            yield action


def _marked(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", _FILLER, match[0])
