"""LS205: requests to LangSmith with the wrong header."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.credentials.http_requests import Request
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Placed, last_name
from lint_langsmith.analysis.values.evaluator import Environment, Literal
from lint_langsmith.findings import Persona, Severity, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.sdk.hosts import API_HOSTS, UI_HOSTS

# Paths that answer without a key (executed without one against a public share; read in the API's reference).
_OPEN_PATHS = ("/public/", "/info", "/ok", "/openapi.json", "/docs", "/feedback/tokens/")
_ORGANISATION = ("/orgs/", "/workspaces", "/ttl-settings", "/service-accounts")


@rule("LS205", "raw-http-auth", severity=Severity.WARNING, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A request to LangSmith's API without `x-api-key`, or with the key as a bearer token.

    ## What it does
    Looks at calls of requests, httpx, aiohttp and urllib whose address is LangSmith's API, and at the headers that they
    and their session send. Flags `Authorization: Bearer <key>`, and no header with a key at all. Auditors also see
    requests to an organisation's own paths without `X-Tenant-Id`.

    ## Why it matters
    The API takes keys in `x-api-key`. A key in `Authorization` is read as the token of a login, and the request answers
    401 or 403.

    ## Example
    ```python
    import os

    import requests

    response = requests.get(
        "https://api.smith.langchain.com/api/v1/sessions",
        headers={"Authorization": f"Bearer {os.environ['LANGSMITH_API_KEY']}"},
        timeout=10,
    )
    ```

    ## Use instead
    ```python
    import os

    import requests

    response = requests.get(
        "https://api.smith.langchain.com/api/v1/sessions",
        headers={"x-api-key": os.environ["LANGSMITH_API_KEY"]},
        timeout=10,
    )
    ```

    ## Not flagged
    The LLM gateway and other hosts; the host alone, without a path; paths that are public; tokens of a login (from a
    variable or function that is named so); headers that can't be seen.

    ## Fix safety
    There is no automatic fix.

    ## References
    - [LangSmith API](https://docs.langchain.com/langsmith/smith-api-ref)
    """
    if file.is_test:
        return
    for request in analysis.requests.of(file):
        if _is_api(request.url):
            yield from _judge(request, analysis)


def _judge(request: Request, analysis: Analysis) -> Iterator[Violation]:
    path = urlsplit(request.url).path
    names = {header.name.lower() for header in request.headers}
    if "x-api-key" not in names and any(
        _is_bearer_key(_described(header.file, header.expr, header.place, analysis))
        for header in request.header("authorization")
    ):
        yield Violation(
            at=request.span,
            message="the key is sent as a bearer token, and LangSmith's API reads it from `x-api-key`: "
            "the answer is 401 or 403",
            help='send `headers={"x-api-key": …}`',
        )
    elif request.is_whole and not {"x-api-key", "authorization", "cookie"} & names:
        if path.strip("/") and not any(part in path for part in _OPEN_PATHS):
            yield Violation(
                at=request.span,
                message="this request to LangSmith's API carries no key: it has no `x-api-key` header",
                help='send `headers={"x-api-key": …}`',
            )
    elif request.is_whole and any(part in path for part in _ORGANISATION) and "x-tenant-id" not in names:
        yield Violation(
            at=request.span,
            message="a key of an organisation needs `X-Tenant-Id` on a workspace's paths: without it the answer is 403",
            help='send `headers={"X-Tenant-Id": …}` where the key belongs to the organisation',
            persona=Persona.AUDITOR,
        )


def _is_bearer_key(value: str) -> bool:
    """Whether an `Authorization` header holds LangSmith's key: it comes from the key's variable or is named so."""
    lowered = value.lower()
    if any(word in lowered for word in ("oauth", "jwt", "access_token", "id_token", "session_token")):
        return False
    return lowered.startswith("bearer ") and ("api_key" in lowered or "lsv2_" in lowered or "apikey" in lowered)


def _described(file: File, expr: ir.Expr, place: Placed, analysis: Analysis) -> str:
    """A header's value as text: literal parts, and for the others the variable or the name they come from."""
    if isinstance(expr, ir.Template):
        return "".join(_described(file, part, place, analysis) for part in expr.parts)
    if isinstance(expr, ir.Binary) and expr.op in {"+", "%"}:
        return "".join(_described(file, part, place, analysis) for part in (expr.left, expr.right))
    for value in analysis.values.of(file, expr, place):
        if isinstance(value, Environment):
            return value.variable
        if isinstance(value, Literal):
            return value.text
    return last_name(expr)


def _is_api(url: str) -> bool:
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    return host in API_HOSTS or (host in UI_HOSTS and parts.path.startswith("/api/"))
