"""Templates of Go, as Helm has them: the text without its actions, every character where it was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from lint_langsmith import lazy_re

# Bounded: an action that nothing closes would be gone through from each `{{`.
_ACTION: Final = lazy_re.compile(
    r"\{\{(?:-[ \t]*)?/\*(?:(?!\{\{).){0,4000}?\*/[^}]{0,20}\}\}|\{\{[^{}\n]{0,1000}\}\}",
    re.DOTALL,
)
_LINE: Final = lazy_re.compile(r"(?m)^[ \t]*(?:\x00+[ \t]*)+$")
_FILLER: Final = "\x00"


_OPENING: Final = lazy_re.compile(r"(?P<word>if|with|range|define|block)\b[ \t]*(?P<rest>.*)")


class Conditional(NamedTuple):
    """What stands between `{{ if condition }}` and the `else` or `end` that belongs to it, by 0-based offsets."""

    condition: str
    start: int
    end: int


class _Open(NamedTuple):
    """A block that is not closed yet; `condition` is empty where it has none that is judged."""

    condition: str
    start: int


def conditionals(text: str) -> Iterator[Conditional]:
    """The bodies of the conditions `if` and `with` of a template, the inner ones first; no `else` is among them."""
    open_ones: list[_Open] = []
    for match in _ACTION.finditer(text):
        action = match[0].strip("{}").strip("-").strip()
        opening = _OPENING.fullmatch(action)
        if opening is not None:
            is_judged = opening["word"] in {"if", "with"}
            open_ones.append(_Open(opening["rest"] if is_judged else "", match.end()))
        elif (action == "end" or action.startswith("else")) and open_ones:
            block = open_ones.pop()
            if block.condition:
                yield Conditional(block.condition, block.start, match.start())
            if action != "end":
                open_ones.append(_Open("", match.end()))


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
