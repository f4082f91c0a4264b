"""Dockerfiles: `ENV` and `ARG` in both forms, over continued lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.readers import shell
from lint_langsmith.analysis.readers.found import Found, literal

_INSTRUCTION: Final = lazy_re.compile(r"[ \t]*(?P<word>[A-Za-z]+)[ \t]+")
_ESCAPE: Final = lazy_re.compile(r"(?i)\s*#\s*escape\s*=\s*`")
_NAME: Final = r"[A-Za-z_][A-Za-z0-9_.\-]*"
_VALUE: Final = r"(?:\"(?:\\.|[^\"\\])*\"|'[^']*'|\\.|[^\s\"'\\])*"
_PAIR: Final = lazy_re.compile(
    rf"(?P<name>{_NAME})(?P<equal>=)?(?P<value>(?<==){_VALUE})?", re.DOTALL
)
# `ENV NAME value` with blanks in the value, without `=`.
_OLD_FORM: Final = lazy_re.compile(rf"(?P<name>{_NAME})[ \t]+(?P<value>\S(?:[^\r\n]*\S)?)")
_FEWEST_OF_STAGE: Final = 3  # an image, `AS` and a name


def read(text: str, found: Found) -> None:
    """Collect the variables of all stages; `group` is the stage, by name or number."""
    stage, number = "", 0
    for instruction in _instructions(text):
        word, start, body = instruction
        if word == "FROM":
            words = body.split()
            named = len(words) >= _FEWEST_OF_STAGE and words[-2].lower() == "as"
            stage = words[-1] if named else str(number)
            number += 1
        elif word in {"ENV", "ARG"}:
            _variables(instruction, stage, found)
        elif word in {"RUN", "CMD", "ENTRYPOINT"}:
            shell.read_part(body, start, found, stage)


class _Instruction(NamedTuple):
    """An instruction in capitals, and what follows it up to the end of its last line, with the offset of that."""

    word: str
    start: int
    body: str


def _instructions(text: str) -> Iterator[_Instruction]:
    continued = "`" if _ESCAPE.match(text) else "\\"
    lines = list(re.finditer(r"[^\n]*(?:\n|$)", text))
    index = 0
    while index < len(lines):
        head = _INSTRUCTION.match(lines[index][0])
        first = lines[index]
        while index + 1 < len(lines) and _goes_on(
            lines[index][0], continued, inside=lines[index] is not first
        ):
            index += 1
        if head is not None:
            start = first.start() + head.end()
            yield _Instruction(head["word"].upper(), start, text[start : lines[index].end()])
        index += 1


def _goes_on(line: str, continued: str, *, inside: bool) -> bool:
    """Whether an instruction goes on in the next line; a comment between its lines does not end it."""
    comment = line.lstrip().startswith("#")
    return inside if comment else line.rstrip().endswith(continued)


def _variables(instruction: _Instruction, stage: str, found: Found) -> None:
    word, start, body = instruction
    old = _OLD_FORM.match(body)
    if word == "ENV" and old is not None:
        value_at = (start + old.start("value"), start + old.end("value"))
        name_at = (start + old.start("name"), start + old.end("name"))
        found.add(old["name"], literal(old["value"]), name_at, value_at, group=stage)
        return
    # Comments may stand between continued lines.
    blanked = re.sub(r"(?m)^[ \t]*#[^\n]*", lambda match: " " * len(match[0]), body)
    for match in _PAIR.finditer(blanked):
        name_at = (start + match.start("name"), start + match.end("name"))
        value = match["value"]
        if match["equal"]:
            value_at = (start + match.start("value"), start + match.end("value"))
            found.add(
                match["name"],
                _plain(value or ""),
                name_at,
                value_at if value else None,
                group=stage,
            )
        elif word == "ARG":
            found.add(match["name"], None, name_at, None, group=stage)


def _plain(written: str) -> str | None:
    """A value without its quotes and escapes; None where other variables are in it."""
    unquoted = re.sub(r"(?<!\\)[\"']", "", written)
    return literal(re.sub(r"\\(.)", r"\1", unquoted))
