"""`${NAME:-default}` as compose fills it in: from the shell, then from the `.env` of its project.

Rules of the compose specification, "Interpolation" (docs.docker.com/reference/compose-file/interpolation).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from lint_langsmith import lazy_re

_REFERENCE: Final = lazy_re.compile(
    r"\$(?:(?P<dollar>\$)|(?P<plain>[A-Za-z_][A-Za-z0-9_]*)"
    # Bounded: an opened brace that nothing closes would be gone through from each of them.
    r"|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?:(?P<operator>:?[-?+])(?P<word>[^{}$\n]{0,1000}))?\})"
)


class Filled(NamedTuple):
    """A value that was filled in; None where a part of it stands nowhere. `is_fallback` when it is a default."""

    value: str | None
    is_fallback: bool = False


def fill_in(text: str, value_of: Callable[[str], str | None]) -> Filled:
    """A text with what its references stand for; `value_of` gives None for a name that is not known."""
    if "$" not in text:
        return Filled(text)
    parts: list[str] = []
    at, is_fallback = 0, False
    for match in _REFERENCE.finditer(text):
        between = text[at : match.start()]
        filled = Filled("$") if match["dollar"] else _replaced(match, value_of)
        if (
            filled.value is None or "$" in between
        ):  # a reference within another is not filled in
            return Filled(None)
        parts.append(between)
        at = match.end()
        is_fallback = is_fallback or filled.is_fallback
        parts.append(filled.value)
    rest = text[at:]
    return Filled(None) if "$" in rest else Filled("".join((*parts, rest)), is_fallback)


def _replaced(match: re.Match[str], value_of: Callable[[str], str | None]) -> Filled:
    """What stands for a reference: `:` before the operator takes an empty variable for one that is not set."""
    operator, word = match["operator"] or "", match["word"] or ""
    known = value_of(match["plain"] or match["name"])
    is_set = known is not None and (known != "" or not operator.startswith(":"))
    if operator.endswith("+"):
        return Filled(word) if is_set else Filled(None)
    if is_set:
        return Filled(known)
    return Filled(word, is_fallback=True) if operator.endswith("-") else Filled(None)
