"""A template of the user's own: `'{path}:{line}:{column}: {code} {message}'`, one line per finding."""

from __future__ import annotations

import difflib
import re
import string
from collections.abc import Callable
from typing import Final

from lint_langsmith.output.printable import one_line
from lint_langsmith.output.report.base import Report, UnknownFormatError, Writer

FIELDS: Final[dict[str, Callable[[Report, int], object]]] = {
    "path": lambda report, index: report.shown(index),
    "absolute_path": lambda report, index: report.absolute(index).as_posix(),
    "line": lambda report, index: report.findings[index].span.line,
    "column": lambda report, index: report.findings[index].span.column,
    "end_line": lambda report, index: report.findings[index].span.end_line,
    "end_column": lambda report, index: report.findings[index].span.end_column,
    "code": lambda report, index: report.findings[index].code,
    "name": lambda report, index: report.findings[index].name,
    "severity": lambda report, index: report.findings[index].severity.label,
    "persona": lambda report, index: report.findings[index].persona.label,
    "message": lambda report, index: report.findings[index].message,
    "help": lambda report, index: report.findings[index].help or "",
    "cell": lambda report, index: report.findings[index].cell or "",
    "url": lambda report, index: report.findings[index].url,
}


# The lines of a report are read in terminals and logs: what is wider than these takes memory, and nothing else.
_WIDEST: Final = 1000
_DIGITS: Final = len(str(_WIDEST))
_SHOWN: Final = 20  # characters of a format that a message quotes


def template(text: str) -> Writer:
    """The writer of a template. Widths up to a bound (`{code:<6}`) work; attributes, items (`{path.parent}`) do not.

    Raises:
        UnknownFormatError: a field that does not exist, or braces that do not pair.
    """
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        raise UnknownFormatError(f"bad output template: {error}") from None
    for _, field, spec, conversion in parts:
        if field is not None:
            _check(field, spec or "", conversion)

    def write(report: Report) -> str:
        lines = []
        for index in range(len(report.findings)):
            values = {name: _fit(value(report, index)) for name, value in FIELDS.items()}
            lines.append(text.format(**values) + "\n")
        return "".join(lines)

    return write


def commands(text: str) -> tuple[str, ...]:
    """What the lines of a template begin with, before their first fields, where that is a workflow command."""
    heads = (re.split("[{}]", line, maxsplit=1)[0] for line in text.split("\n"))
    return tuple(head for head in heads if head.lstrip().startswith("::") or "##" in head)


def _fit(value: object) -> object:
    """A field as a part of a line: a key is masked before a width can cut it, and a line's end would make two."""
    return one_line(value) if isinstance(value, str) else value


def _check(field: str, spec: str, conversion: str | None) -> None:
    if field not in FIELDS:
        near = difflib.get_close_matches(field, FIELDS, n=1, cutoff=0.4)
        hint = f", did you mean `{near[0]}`?" if near else ""
        raise UnknownFormatError(
            f"unknown field `{field}` in output template{hint} (there are: {', '.join(FIELDS)})"
        )
    if conversion is not None or "{" in spec:
        raise UnknownFormatError(
            f"field `{field}`: conversions and nested fields have no place in an output template"
        )
    if any(
        len(number) > _DIGITS or int(number) > _WIDEST for number in re.findall("[0-9]+", spec)
    ):
        raise UnknownFormatError(f"field `{field}`: `{spec[:_SHOWN]}` is wider than {_WIDEST}")
    sample = 1 if field in {"line", "column", "end_line", "end_column"} else ""
    try:
        format(sample, spec)
    except ValueError:
        raise UnknownFormatError(f"field `{field}` can't be formatted as `{spec}`") from None
