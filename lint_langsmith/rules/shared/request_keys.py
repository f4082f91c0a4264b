"""Whether a request to LangSmith sends its key as LangSmith reads it: LS205 reports it, LS304 leaves it to LS205."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal, TypeAlias
from urllib.parse import urlsplit

from lint_langsmith import lazy_re
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.credentials.headers import Header
from lint_langsmith.analysis.credentials.http_requests import Request
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Placed, last_name
from lint_langsmith.analysis.values.abstract import Environment
from lint_langsmith.analysis.values.abstract import Literal as Text
from lint_langsmith.sdk.hosts import API_HOSTS, UI_HOSTS

# The key is sent in `Authorization`, or no key is sent at all.
KeyFault: TypeAlias = Literal["misplaced", "absent"]

_OWN_KEY: Final = lazy_re.compile(r"(?i)lang(?:smith|chain|graph)\w{0,60}key|lsv2_")
# Paths that answer without a key (executed without one against a public share; read in the API's reference).
_OPEN_PATHS: Final = lazy_re.compile(
    r"/(?:public|docs|feedback/tokens)(?:/|$)|/(?:info|ok|openapi\.json)/?$"
)
_KEY_HEADERS: Final = frozenset({"x-api-key", "authorization", "cookie"})


def key_fault(request: Request, analysis: Analysis) -> KeyFault | None:
    """Why LangSmith refuses a request, whatever key there is; None where it may be accepted.

    The API wants a key from everybody; of a graph's server it is only known that a key of LangSmith's is misplaced.
    """
    is_own_api = is_api(request.url)
    is_a_key = is_key if is_own_api else is_key_of_langsmith
    if sends_key(request.header("authorization"), request.headers, analysis, is_a_key):
        return "misplaced"
    wants_key = bool(urlsplit(request.url).path.strip("/")) and not is_open(request.url)
    if is_own_api and wants_key and request.is_whole and not brings_key(request):
        return "absent"
    return None


def is_open(url: str) -> bool:
    """Whether an address of the API answers anybody."""
    return _OPEN_PATHS.search(urlsplit(url).path) is not None


def brings_key(request: Request) -> bool:
    """Whether a request has a header that may carry a key."""
    return any(header.name.lower() in _KEY_HEADERS for header in request.headers)


def sends_key(
    sent: Sequence[Header],
    every: Sequence[Header],
    analysis: Analysis,
    is_a_key: Callable[[str], bool],
) -> bool:
    """Whether one of the values of a header is the key, and no other header brings it."""
    if any(header.name.lower() == "x-api-key" for header in every):
        return False
    return any(
        is_a_key(_described(header.file, header.expr, header.place, analysis))
        for header in sent
    )


def is_key(value: str) -> bool:
    """Whether an `Authorization` header holds LangSmith's key: it comes from the key's variable or is named so."""
    lowered = value.lower()
    if any(
        word in lowered
        for word in ("oauth", "jwt", "access_token", "id_token", "session_token")
    ):
        return False
    scheme, _, token = lowered.rpartition(" ")
    return scheme in {"", "bearer"} and any(
        word in token for word in ("api_key", "lsv2_", "apikey", "api-key")
    )


def is_key_of_langsmith(value: str) -> bool:
    """The same where other keys are taken, too: the variable is LangSmith's, or the key has the shape of one."""
    return is_key(value) and _OWN_KEY.search(value) is not None


def _described(file: File, expr: ir.Expr, place: Placed, analysis: Analysis) -> str:
    """A header's value as text: literal parts, and for the others the variable or the name they come from."""
    if isinstance(expr, ir.Template):
        return "".join(_described(file, part, place, analysis) for part in expr.parts)
    if isinstance(expr, ir.Binary) and expr.op in {"+", "%"}:
        return "".join(
            _described(file, part, place, analysis) for part in (expr.left, expr.right)
        )
    for value in analysis.values.of(file, expr, place):
        if isinstance(value, Environment):
            return value.variable
        if isinstance(value, Text):
            return value.text
    return last_name(expr)


def is_api(url: str) -> bool:
    """Whether an address is one of LangSmith's own API."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    return host in API_HOSTS or (host in UI_HOSTS and parts.path.startswith("/api/"))
