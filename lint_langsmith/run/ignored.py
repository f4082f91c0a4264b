"""Files of variables that git ignores: which rules are asked of them, and that no value of them is shown.

Such a file is somebody's own: it is read for what the program gets from it, and for nothing else.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from lint_langsmith import lazy_re
from lint_langsmith.analysis.project.file import File
from lint_langsmith.findings import Violation

# Rules about credentials, variables and privacy. A key may stand there: that is what the file is for.
FOR_IGNORED: Final = ("LS2", "LS4", "LS7", "LS999")
_QUOTED: Final = lazy_re.compile(r"`([^`]*)`|'([^']*)'")
_HIDDEN: Final = "\u2026"


def without_values(violation: Violation, file: File) -> Violation:
    """A violation in such a file with nothing in it of the values on its line, and with no fix that writes them."""
    values = [
        row.value
        for row in file.model.definitions
        if row.span.line == violation.at.line and row.value
    ]
    return msgspec.structs.replace(
        violation,
        message=_without(violation.message, values),
        fix=None,
    )


def _without(text: str, values: list[str]) -> str:
    """A text in which what stands in quotes and is a part of a value, or holds one, is hidden."""

    def hidden(match: re.Match[str]) -> str:
        inner, mark = (match[1], "`") if match[1] is not None else (match[2], "'")
        name, equal, written = inner.partition("=")
        part = written if equal else inner
        if not part or not any(part in value or value in part for value in values):
            return match[0]
        return f"{mark}{name}={_HIDDEN}{mark}" if equal else f"{mark}{_HIDDEN}{mark}"

    return _QUOTED.sub(hidden, text)
