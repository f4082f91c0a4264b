"""INI files and their relatives: tox, pytest, supervisor, systemd units, properties."""

from __future__ import annotations

from typing import Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.readers.found import Found, is_variable, literal, named_in

_SECTION: Final = lazy_re.compile(r"\s*\[([^\]\n]+)\]")
_END: Final = r"(?=[ \t\r]*(?:\n|$)|[ \t]+[;#])"
_ASSIGNMENT: Final = lazy_re.compile(
    r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)[ \t]*[=:][ \t]*"
    # Unquoted it goes on up to the blanks before a comment or the end of the line.
    rf"(?P<value>\"(?:\\.|[^\"\\\n])*\"{_END}|'[^'\n]*'{_END}|(?:[^ \t\r\n]+|[ \t\r]+(?=[^ \t\r\n;#]))*)"
)
# What stands before the name: tox's `set_env = ` and pytest-env's `env = ` on one line with it, prefixes of pytest-env.
_INDENTED: Final = lazy_re.compile(
    r"[ \t]*(?:(?:set_?)?env[ \t]*=[ \t]*(?=[DR: \t]*[A-Za-z_]\w*[ \t]*=))?(?:[DR]:[ \t]*)*"
)
# systemd's `Environment="A=1" B=2`, supervisor's `environment=A="1",B=2`
_LISTED: Final = lazy_re.compile(
    r"(?<![A-Za-z0-9_])(?P<name>[A-Za-z_][A-Za-z0-9_]*)=(?P<value>\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'|[^\s,\"']*)"
)
_LIST: Final = lazy_re.compile(r"[ \t]*(?i:environment)[ \t]*=")


def read(text: str, found: Found) -> None:
    """Collect the assignments of all sections."""
    section = ""
    at = 0
    for line in text.splitlines(keepends=True):
        header = _SECTION.match(line)
        if header is not None:
            section = header[1]
        elif not line.lstrip().startswith(("#", ";")):
            _line(line, at, section, found)
        at += len(line)


def _line(line: str, at: int, section: str, found: Found) -> None:
    listed = _LIST.match(line)
    if listed is not None:
        matches = list(_LISTED.finditer(line, listed.end()))
    else:
        indented = _INDENTED.match(line)
        match = _ASSIGNMENT.match(line, indented.end() if indented is not None else 0)
        matches = [match] if match is not None else []
    for match in matches:
        if is_variable(name := named_in(match["name"], section)):
            name_at = (at + match.start("name"), at + match.end("name"))
            value_at = (at + match.start("value"), at + match.end("value"))
            value = match["value"]
            plain = (
                value[1:-1]
                if value[:1] in {'"', "'"} and value[-1:] == value[:1] and len(value) > 1
                else value
            )
            found.add(name, literal(plain), name_at, value_at if value else None, group=section)
