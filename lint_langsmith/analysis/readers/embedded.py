"""Manifests of Kubernetes inside other texts: a heredoc of a script, a string of Terraform."""

from __future__ import annotations

from typing import Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.readers.found import Found, is_variable, literal

_PAIR: Final = lazy_re.compile(
    r"(?m)^[ \t]*(?:-[ \t]+)?name:[ \t]*[\"']?(?P<name>[A-Za-z_][A-Za-z0-9_]{0,100})[\"']?[ \t]*\r?\n"
    r"[ \t]*value:[ \t]*(?P<value>\"[^\"\n]*\"|'[^'\n]*'|[^\s#\"'][^\r\n#]*)"
)
# Where the variables of another container begin.
_BEGIN: Final = lazy_re.compile(r"(?m)^[ \t]*(?:-[ \t]+)?env:[ \t]*\r?$")


def read(text: str, found: Found) -> None:
    """Collect the variables of containers, as a manifest has them; each list is a group."""
    if "value:" not in text:
        return
    starts = [match.start() for match in _BEGIN.finditer(text)]
    number = 0
    for match in _PAIR.finditer(text):
        while number < len(starts) and starts[number] < match.start():
            number += 1
        if not is_variable(match["name"]):
            continue
        value = match["value"].rstrip()
        start = match.start("value")
        found.add(
            match["name"],
            literal(value[1:-1] if value[0] in "\"'" else value),
            match.span("name"),
            (start, start + len(value)),
            group=f"containers.{number}",
            kind="kubernetes",
        )
