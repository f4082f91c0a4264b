"""Lines of files of variables that their loader drops, or reads otherwise than they are meant.

Executed line by line: python-dotenv 1.2.4 (`dotenv.parser`), `docker create --env-file` 28.2.2, `uv run --env-file`
0.13.9 (dotenvy), python-decouple 3.8 and starlette 1.10.0 (which read alike), honcho 2.0.0 (`honcho.environ.parse`);
environs 15.2.0 and pydantic-settings 2.16.3 read as python-dotenv does. Not executed: that compose and direnv take
`NAME: value` for an assignment, which their parsers have from godotenv; systemd.exec, "EnvironmentFile=", and the
grammar of POSIX shells are as documented.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.environment.process import Loader
from lint_langsmith.sdk.variables import ENDPOINTS, KEYS, WORKSPACES, is_known

_LINE: Final = lazy_re.compile(
    r"(?P<start>[ \t]*)(?P<export>export[ \t]+|set[ \t]+|-[ \t]+)?"
    r"(?P<quote>[\"']?)(?P<name>LANG(?:SMITH|CHAIN|GRAPH)_[A-Z0-9_]+)"
    r"(?P=quote)(?P<before>[ \t]*)(?P<sign>[:=])?(?P<after>[ \t]*)(?P<value>[^\r\n]*)"
)
_WHOLE_QUOTES: Final = lazy_re.compile(r"(?:\"[^\"]*\"|'[^']*')[ \t]*(?:#.*)?")
# The SDK takes quotes off these itself (executed on langsmith 0.1.147 to 0.15.0).
_UNQUOTED_BY_SDK: Final = frozenset({*KEYS, *ENDPOINTS, *WORKSPACES})


class LineFault(NamedTuple):
    """A line that is not read as it is meant: its number (1-based), the name's column, and what its loader does.

    `right` is how the line should be written, without its value.
    """

    line: int
    column: int
    name: str
    effect: str
    right: str


class _Line(NamedTuple):
    name: str
    export: str
    quote: str
    before: str
    sign: str
    after: str
    value: str


def line_faults(lines: Sequence[str], loader: Loader) -> Iterator[LineFault]:
    """The lines about LangSmith that a loader does not read as they are meant."""
    inside = ""
    for number, text in enumerate(lines, start=1):
        if inside:  # of a value that goes over several lines
            inside = "" if inside in text else inside
            continue
        match = _LINE.match(text)
        if match is not None and is_known(match["name"]):
            parts = {key: match[key] or "" for key in _Line._fields}
            effect = _effect(_Line(**parts), loader)
            if effect:
                yield LineFault(
                    number,
                    match.start("name") + 1,
                    match["name"],
                    effect,
                    f"{match['name']}=\u2026",
                )
        inside = _opened(text)


def _opened(text: str) -> str:
    """The quote that a value opens on a line and does not close there."""
    _, _, value = text.partition("=")
    mark = value.strip()[:1]
    return (
        mark
        if mark in {'"', "'"} and value.count(mark) == 1 and not text.lstrip().startswith("#")
        else ""
    )


def _effect(line: _Line, loader: Loader) -> str:
    """What a loader does with a line that it does not read as it is meant; empty where it does."""
    if loader in {"python-dotenv", "settings"}:
        return _by_dotenv(line)
    if loader == "docker":
        return _by_docker(line)
    if loader == "dotenvy" and _is_no_assignment(line):
        return "uv stops at the line, and sets nothing behind it"
    if loader == "shell":
        return _by_shell(line)
    if loader == "decouple":
        return _by_decouple(line)
    if loader == "honcho" and (_is_no_assignment(line) or line.export):
        return "honcho drops the line"
    if loader == "systemd" and (_is_no_assignment(line) or line.export):
        return "systemd ignores the line"
    if loader == "compose" and line.export.startswith(("set", "-")):
        return "compose refuses the file"
    return ""


def _is_no_assignment(line: _Line) -> bool:
    return line.sign == ":" or line.export.startswith(("set", "-"))


def _by_dotenv(line: _Line) -> str:
    if line.quote == '"':
        return "python-dotenv takes the quotes for a part of the name"
    if _is_no_assignment(line):
        # Nothing but the name stands on the line for it: that is set to nothing.
        return "python-dotenv drops the line"
    if (
        line.sign == "="
        and line.value[:1] in {'"', "'"}
        and not _WHOLE_QUOTES.fullmatch(line.value)
    ):
        rest = line.value[1:].partition(line.value[0])
        return "python-dotenv drops the line" if rest[1] and rest[2].strip() else ""
    return ""


def _by_docker(line: _Line) -> str:
    if line.export or line.before or (line.sign == ":" and line.after):
        return "docker refuses the file: a blank stands in the name"
    if line.sign == ":":
        return "docker drops the line"
    if line.quote:
        return "docker takes the quotes for a part of the name"
    stays = line.value[:1] in {'"', "'"}
    if stays and line.name not in _UNQUOTED_BY_SDK:
        return "docker leaves the quotes in the value"
    if line.sign == "=" and " #" in line.value:
        return "docker takes the comment for a part of the value"
    return ""


def _by_decouple(line: _Line) -> str:
    reader = "python-decouple or starlette"
    if line.sign == ":":
        return f"{reader} drops the line"
    if line.export or line.quote:
        what = f"`{line.export.strip()}`" if line.export else "the quotes"
        return f"{reader} takes {what} for a part of the name"
    if line.sign == "=" and " #" in line.value and not _is_one_quoted_text(line.value):
        return f"{reader} takes the comment for a part of the value"
    return ""


def _is_one_quoted_text(value: str) -> bool:
    """Whether a value begins and ends with the same quote."""
    text = value.strip()
    return len(text) > 1 and text[0] == text[-1] and text[0] in {'"', "'"}


def _by_shell(line: _Line) -> str:
    if (
        line.sign == ":"
        or line.export.startswith(("-", "set"))
        or line.before
        or (line.sign == "=" and line.after and line.value)
    ):
        return "a shell takes the name for a command"
    return ""
