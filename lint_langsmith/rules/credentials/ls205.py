"""LS205: requests to LangSmith with the wrong header."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from lint_langsmith import lazy_re
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.credentials.commands import authorizations
from lint_langsmith.analysis.credentials.http_requests import Request
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.sdk_use.sdk_calls import Construction
from lint_langsmith.findings import Persona, Severity, Span, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.rules.shared.request_keys import (
    brings_key,
    is_api,
    is_key,
    is_key_of_langsmith,
    key_fault,
    sends_key,
)
from lint_langsmith.sdk.facts import LANGSMITH

_EXPORTER_HEADERS = frozenset(
    {"OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS", "TRACELOOP_HEADERS"}
)
_EXPORTED = lazy_re.compile(
    r"(?i)\bauthorization[ \t]*=[ \t]*((?:bearer(?:[ \t]+|%20))?[^,\"']+)"
)
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
        yield from _judge(request, analysis)
    for client in analysis.clients.constructions(file):
        yield from _judge_client(client, analysis)
    for header in authorizations(file):
        if (is_key_of_langsmith if header.of_deployment else is_key)(
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
        return is_key_of_langsmith(value) and not any(variable in value for variable in read)

    if sends_key(sent, found, analysis, is_lost):
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
            and is_key_of_langsmith(header[1])
        ):
            yield _misplaced(definition.span, "write `x-api-key=…`")


def _misplaced(span: Span, help_: str = 'send `headers={"x-api-key": …}`') -> Violation:
    return Violation(
        at=span,
        message="the key is sent in `Authorization`, but LangSmith reads `x-api-key`; the answer is 401 or 403",
        help=help_,
    )


def _judge(request: Request, analysis: Analysis) -> Iterator[Violation]:
    fault = key_fault(request, analysis)
    if fault == "misplaced":
        yield _misplaced(request.span)
    elif fault == "absent":
        yield Violation(
            at=request.span,
            message="this request to LangSmith's API carries no key; it has no `x-api-key` header",
            help='send `headers={"x-api-key": …}`',
        )
    elif is_api(request.url) and _lacks_workspace(request):
        yield Violation(
            at=request.span,
            message="an organization's key needs `X-Tenant-Id` on a workspace's paths; the request fails with 403",
            help='send `headers={"X-Tenant-Id": …}` if the key belongs to the organization',
            persona=Persona.AUDITOR,
        )


def _lacks_workspace(request: Request) -> bool:
    """Whether a request with a key goes to an organization's path, and names no workspace."""
    path = urlsplit(request.url).path
    is_of_organization = any(part in path for part in _ORGANISATION)
    names_workspace = bool(request.header("x-tenant-id"))
    return (
        request.is_whole and brings_key(request) and is_of_organization and not names_workspace
    )
