"""Markdown and reStructuredText: the variables that their code blocks set."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from lint_langsmith import lazy_re
from lint_langsmith.analysis.readers import dotenv, shell
from lint_langsmith.analysis.readers.found import Found, is_variable, literal

_FENCE: Final = lazy_re.compile(
    r"(?m)^(?P<indent>[ \t>]*)(?P<mark>`{3,}|~{3,})[ \t]*(?P<language>[\w+-]*)[^\n]*(?:\n|\Z)"
)
_DIRECTIVE: Final = lazy_re.compile(
    r"(?m)^(?P<indent>[ \t]*)(?![ \t])"
    r"(?:\.\.[ \t]+(?:code-block|code|sourcecode|prompt)::[ \t]*(?![ \t])(?P<language>[\w+-]*)(?![\w+-])[^\n]*"
    r"|[^\n]*::[ \t]*\r?)\n"
    r"(?P<body>(?:[ \t]*\r?\n|(?P=indent)[ \t]+[^\n]*(?:\n|$))+)"
)
_INDENTED: Final = lazy_re.compile(
    r"(?m)(?:^[ \t]*\r?\n|\A)(?P<body>(?:(?: {4}|\t)[^\n]*(?:\n|$))+)"
)
_SHELLS: Final = frozenset(
    {
        "sh",
        "bash",
        "shell",
        "zsh",
        "console",
        "fish",
        "powershell",
        "ps1",
        "bat",
        "cmd",
        "makefile",
    }
)
_ENVIRONMENTS: Final = frozenset({"env", "dotenv", "ini", "properties", "toml", "dosini"})
_PYTHON: Final = frozenset({"python", "py", "python3", "ipython", "pycon"})
_WRITE: Final = lazy_re.compile(
    r"os\.environ\[[\"'](?P<name>\w+)[\"']\][ \t]*=[ \t]*(?P<value>[\"'][^\"'\n]*[\"'])"
    r"|os\.environ\.setdefault\([\"'](?P<name2>\w+)[\"'],[ \t]*(?P<value2>[\"'][^\"'\n]*[\"'])"
)


def read(text: str, found: Found) -> None:
    """Collect the definitions of the code blocks: shell, `.env` and Python by their language, others by their look."""
    found_blocks = sorted(blocks(text, found.kind), key=lambda block: block[1])
    for number, (language, start, end) in enumerate(found_blocks, start=1):
        body = text[start:end]
        before = len(found.definitions)
        if language in _PYTHON or "os.environ" in body:
            _python(body, start, found)
        elif language in _SHELLS or re.search(
            r"(?m)^[ \t$>]*(?:export|set|setx|docker|curl)\b", body
        ):
            shell.read_part(body, start, found, "")
        elif language in _ENVIRONMENTS or (
            not language and re.search(r"(?m)^[ \t]*[A-Z_]+[ \t]*=", body)
        ):
            dotenv.read_part(body, start, found, "dotenv")
        # Each block is a program of its own: how tracing is turned on, and further down, how it is turned off.
        found.definitions[before:] = [
            replace(row, group=f"block {number}") for row in found.definitions[before:]
        ]


def blocks(text: str, kind: str) -> Iterator[tuple[str, int, int]]:
    """The code blocks with their language, and the offsets of their bodies."""
    if kind == "rst":
        for match in _DIRECTIVE.finditer(text):
            yield (match["language"] or "").lower(), match.start("body"), match.end("body")
        return
    at = 0
    fenced: list[tuple[int, int]] = []
    while (opening := _FENCE.search(text, at)) is not None:
        closing = re.compile(
            rf"(?m)^[ \t>]*{opening['mark'][0]}{{{len(opening['mark'])},}}[ \t]*\r?$"
        ).search(text, opening.end())
        end = closing.start() if closing is not None else len(text)
        yield opening["language"].lower(), opening.end(), end
        at = closing.end() if closing is not None else len(text)
        fenced.append((opening.start(), at))
    for match in _INDENTED.finditer(text):
        before = bisect.bisect_right(fenced, (match.start("body"), len(text))) - 1
        if before < 0 or match.start("body") >= fenced[before][1]:
            yield "", match.start("body"), match.end("body")


def _python(body: str, base: int, found: Found) -> None:
    for match in _WRITE.finditer(body):
        suffix = "" if match["name"] else "2"
        name, value = match[f"name{suffix}"], match[f"value{suffix}"]
        if is_variable(name):
            name_at = (base + match.start(f"name{suffix}"), base + match.end(f"name{suffix}"))
            value_at = (
                base + match.start(f"value{suffix}"),
                base + match.end(f"value{suffix}"),
            )
            found.add(name, literal(value[1:-1]), name_at, value_at, kind="python")
