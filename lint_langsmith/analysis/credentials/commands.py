"""Requests to LangSmith in commands: `curl`, `wget` and HTTPie in scripts, workflows and the examples of prose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis import limits
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.readers import prose
from lint_langsmith.findings import Span
from lint_langsmith.sdk.hosts import API_HOSTS, UI_HOSTS, is_deployment
from lint_langsmith.source.text import LineIndex

_PROSE: Final = frozenset({"markdown", "rst"})
_SCRIPTS: Final = frozenset({"shell", "workflow", "dockerfile", "yaml", "compose"})
# A command begins a line, or stands behind what ends or opens another one.
_COMMAND: Final = lazy_re.compile(
    r"(?m)(?:^[ \t>$-]*(?:run:[ \t]*)?|[;&|(`][ \t]*)(?:sudo[ \t]+)?(?:curl|wget|https?|xh)(?:\.exe)?(?=[ \t])"
)
_PART: Final = lazy_re.compile(
    r"\\(?:\r?\n|.)|`\r?\n|'[^']*'|\"(?:\\.|[^\"\\])*\"|[^\n;|&]", re.DOTALL
)
_ADDRESS: Final = lazy_re.compile(r"https?://(?P<host>[\w.-]+)(?P<path>/[^\s\"']*)?")
_ENDPOINT: Final = lazy_re.compile(r"\$\{?(?:LANGSMITH|LANGCHAIN)_ENDPOINT\b")
_HEADER: Final = lazy_re.compile(
    r"(?i)\bauthorization[ \t]*[:=][ \t]*[\"']?(?:(?P<scheme>bearer)[ \t]+)?"
    # An expression of a workflow, of as many characters as anybody writes: each start would go on to the end.
    r"(?P<value>\$\{\{[^}]{0,300}\}\}|[^\s\"']+)"
)
_RIGHT_HEADER: Final = lazy_re.compile(r"(?i)\bx-api-key\b")


class CommandHeader(NamedTuple):
    """The header with which a command asks LangSmith: `scheme` is `Bearer` or nothing; `value` as it is written.

    `of_deployment` is for the host of a deployed graph, which may have an authentication of its own.
    """

    span: Span
    scheme: str
    value: str
    of_deployment: bool


def authorizations(file: File) -> Iterator[CommandHeader]:
    """The `Authorization` headers of a file's commands that ask LangSmith, and send no `x-api-key` beside them."""
    text = file.text
    if "uthorization" not in text or not (file.kind in _PROSE or file.kind in _SCRIPTS):
        return
    index = LineIndex(text)
    for start, end in _parts(file):
        for match in _COMMAND.finditer(text, start, end):
            command = _whole(text, match.end(), end)
            asked = _asked(text[match.start() : command])
            header = _HEADER.search(text, match.end(), command)
            if (
                asked
                and header is not None
                and _RIGHT_HEADER.search(text, match.start(), command) is None
            ):
                span = index.span(header.start(), header.end("value"))
                yield CommandHeader(
                    span, header["scheme"] or "", header["value"], asked == "deployment"
                )


def _parts(file: File) -> Iterator[tuple[int, int]]:
    """Where commands may stand: in prose only in its code blocks."""
    if file.kind in _PROSE:
        yield from ((start, end) for _, start, end in prose.blocks(file.text, file.kind))
    else:
        yield 0, len(file.text)


def _whole(text: str, start: int, limit: int) -> int:
    """Where a command ends: at the end of its line, a pipe or a separator; a backslash carries it on."""
    at, limit = start, min(limit, start + limits.COMMAND)
    while at < limit and (part := _PART.match(text, at, limit)) is not None:
        at = part.end()
    return at


def _asked(command: str) -> str:
    """Whom a command asks: LangSmith's API, a deployment, or (empty) anybody else."""
    address = _ADDRESS.search(command)
    if address is None:
        return "api" if _ENDPOINT.search(command) is not None else ""
    host, path = address["host"].lower(), address["path"] or ""
    if host in API_HOSTS or (host in UI_HOSTS and path.startswith("/api/")):
        return "api"
    return "deployment" if is_deployment(host) else ""
