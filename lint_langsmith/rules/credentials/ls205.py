"""LS205: requests to LangSmith with the wrong header."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlsplit

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.credentials.commands import authorizations
from lint_langsmith.analysis.credentials.headers import Header
from lint_langsmith.analysis.credentials.http_requests import Request
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Placed, last_name
from lint_langsmith.analysis.sdk_use.clients import Construction
from lint_langsmith.analysis.values.evaluator import Environment, Literal
from lint_langsmith.findings import Persona, Severity, Span, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.sdk.facts import LANGSMITH
from lint_langsmith.sdk.hosts import API_HOSTS, UI_HOSTS

_EXPORTER_HEADERS = frozenset(
    {"OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS", "TRACELOOP_HEADERS"}
)
_EXPORTED = re.compile(r"(?i)\bauthorization[ \t]*=[ \t]*((?:bearer(?:[ \t]+|%20))?[^,\"']+)")
_OWN_KEY = re.compile(r"(?i)lang(?:smith|chain|graph)\w{0,60}key|lsv2_")
# Paths that answer without a key (executed without one against a public share; read in the API's reference).
_OPEN_PATHS = ("/public/", "/info", "/ok", "/openapi.json", "/docs", "/feedback/tokens/")
_ORGANISATION = ("/orgs/", "/workspaces", "/ttl-settings", "/service-accounts")


@rule("LS205", "raw-http-auth", severity=Severity.WARNING, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A request to LangSmith's API without `x-api-key`, or with the key in `Authorization`.

    ## What it does
    Checks the headers of requests to LangSmith's API or to a graph that LangSmith runs (`….langgraph.app`): of
    requests, httpx, aiohttp and urllib, with the headers of their session; of OpenTelemetry exporters and Traceloop; of
    `curl`, `wget` and HTTPie in scripts, workflows and Markdown code blocks; and `OTEL_EXPORTER_OTLP_HEADERS`. Reports
    the key in `Authorization`, with `Bearer` or without a scheme, and requests to the API without a key header. Also
    reports a client of a deployment that gets LangSmith's key as `Authorization` in its `headers` and reads none from
    the environment. For auditors, also reports requests to an organization's paths without `X-Tenant-Id`.

    ## Why it matters
    The API reads keys from `x-api-key`. It treats a key in `Authorization` as a login token, and the request fails with
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
    The LLM gateway, which takes the key as a bearer token, and other hosts; the host alone, without a path; public
    paths; login tokens (from a variable or function with such a name); requests to deployments with a token of their
    own authentication; headers that can't be resolved; commands that also send `x-api-key`.

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
        elif _sends_key(
            request.header("authorization"), request.headers, analysis, _is_key_of_langsmith
        ):
            yield _misplaced(request.span)
    for client in analysis.clients.constructions(file):
        yield from _judge_client(client, analysis)
    for header in authorizations(file):
        if (_is_key_of_langsmith if header.of_deployment else _is_key)(
            f"{header.scheme} {header.value.replace(' ', '')}".strip()
        ):
            yield _misplaced(header.span)
    yield from _exporters(file)


def _judge_client(client: Construction, analysis: Analysis) -> Iterator[Violation]:
    """A client of a deployment that is given the key as a header, and does not find it by itself."""
    given = client.argument("headers")
    if (
        given is None
        or client.argument("api_key") is not None
        or analysis.sdk.distribution(client.cls) == LANGSMITH
    ):
        return
    found = analysis.requests.headers_in(client.file, given, client.file.place(client.call))
    sent = [header for header in found if header.name.lower() == "authorization"]
    read = analysis.sdk.key_variables(client.cls)

    def is_lost(value: str) -> bool:
        return _is_key_of_langsmith(value) and not any(variable in value for variable in read)

    if _sends_key(sent, found, analysis, is_lost):
        yield _misplaced(client.call.callee_span, "pass it as `api_key=`")


def _exporters(file: File) -> Iterator[Violation]:
    """`OTEL_EXPORTER_OTLP_HEADERS=Authorization=Bearer …` for LangSmith."""
    for definition in file.model.definitions:
        if definition.name not in _EXPORTER_HEADERS:
            continue
        header = _EXPORTED.search(definition.written)
        if (
            header is not None
            and "x-api-key" not in definition.written.lower()
            and _is_key_of_langsmith(header[1])
        ):
            yield _misplaced(definition.span, "write `x-api-key=…`")


def _misplaced(span: Span, help_: str = 'send `headers={"x-api-key": …}`') -> Violation:
    return Violation(
        at=span,
        message="the key is sent in `Authorization`, but LangSmith reads `x-api-key`; the answer is 401 or 403",
        help=help_,
    )


def _sends_key(
    sent: Sequence[Header],
    every: Sequence[Header],
    analysis: Analysis,
    is_key: Callable[[str], bool],
) -> bool:
    """Whether one of the values of a header is the key, and no other header brings it."""
    if any(header.name.lower() == "x-api-key" for header in every):
        return False
    return any(
        is_key(_described(header.file, header.expr, header.place, analysis)) for header in sent
    )


def _judge(request: Request, analysis: Analysis) -> Iterator[Violation]:
    path = urlsplit(request.url).path
    names = {header.name.lower() for header in request.headers}
    if _sends_key(request.header("authorization"), request.headers, analysis, _is_key):
        yield _misplaced(request.span)
    elif request.is_whole and not {"x-api-key", "authorization", "cookie"} & names:
        if path.strip("/") and not any(part in path for part in _OPEN_PATHS):
            yield Violation(
                at=request.span,
                message="this request to LangSmith's API carries no key; it has no `x-api-key` header",
                help='send `headers={"x-api-key": …}`',
            )
    elif (
        request.is_whole
        and any(part in path for part in _ORGANISATION)
        and "x-tenant-id" not in names
    ):
        yield Violation(
            at=request.span,
            message="an organization's key needs `X-Tenant-Id` on a workspace's paths; the request fails with 403",
            help='send `headers={"X-Tenant-Id": …}` if the key belongs to the organization',
            persona=Persona.AUDITOR,
        )


def _is_key(value: str) -> bool:
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


def _is_key_of_langsmith(value: str) -> bool:
    """The same where other keys are taken, too: the variable is LangSmith's, or the key has the shape of one."""
    return _is_key(value) and _OWN_KEY.search(value) is not None


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
        if isinstance(value, Literal):
            return value.text
    return last_name(expr)


def _is_api(url: str) -> bool:
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    return host in API_HOSTS or (host in UI_HOSTS and parts.path.startswith("/api/"))
