"""LS406: an address that is not LangSmith's API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.credentials.credentials import is_example
from lint_langsmith.analysis.credentials.http_requests import Request
from lint_langsmith.analysis.environment.region import host_of
from lint_langsmith.analysis.environment.writes import Setting
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Placed, last_name, span_of
from lint_langsmith.analysis.values.abstract import Environment, Literal
from lint_langsmith.findings import Applicability, Edit, Fix, Related, Severity, Span, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.sdk.hosts import WrongHost, no_address, wrong_host, wrong_otlp
from lint_langsmith.sdk.variables import ADDRESSES, ENDPOINTS, KEYS

# Tutorials leave words for their readers to replace.
_WITH_WORDS: Final = frozenset({"notebook", "markdown", "rst"})
_ARGUMENTS = ("api_url", "base_url", "api_endpoint")


class _Address(NamedTuple):
    """An address that stands in a file: its text, where a finding goes, and where the text stands alone.

    `safety` is how sure it is that nobody but LangSmith's packages gets it.
    """

    text: str
    at: Span
    literal: Span | None
    safety: Applicability = Applicability.SAFE


@rule("LS406", "wrong-api-host", severity=Severity.ERROR, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """An address that is not LangSmith's API is used as its address.

    ## What it does
    Checks the addresses in `LANGSMITH_ENDPOINT` and similar variables (in Python and in every kind of file that sets
    variables), in a client's `api_url`, `api_urls` or `base_url`, and in their defaults. Reports the host of the web
    pages (`smith.langchain.com`), hosts that never existed (`api.langsmith.com`) or exist no more
    (`api.langchain.plus`), misspelled ones (`api.smith.langchian.com`) and unknown ones below `langchain.com`, a
    misplaced region (`api.eu.smith.langchain.com`), `http://` to the hosted service, an address without `https://` (in
    a variable whatever its host, and what is no address at all: `...`), and a path that the SDK adds itself. Of
    OpenTelemetry's exporters it checks the address of LangSmith in `OTEL_EXPORTER_OTLP_ENDPOINT`, in `endpoint=` of
    `OTLPSpanExporter` and in a collector's `otlphttp`: `/v1/traces` behind an address to which the exporter appends it,
    or missing where it does not. Reports a request or an exporter that sends the project's key to another region than
    the only one that the project's variables name.

    ## Why it matters
    The host of the web pages answers with 405 or HTML, an invented host does not answer, and the wrong region answers
    with 403. The SDK accepts any address and fails at the first request, in the background without a warning.

    ## Example
    ```sh .env
    LANGSMITH_ENDPOINT=https://eu.smith.langchain.com
    ```

    ## Use instead
    ```sh .env
    LANGSMITH_ENDPOINT=https://eu.api.smith.langchain.com
    ```

    ## Not flagged
    The hosts of all regions, `http://localhost`, and every host that is not LangChain's: it may be a self-hosted
    LangSmith. Links to the web pages that are not used as the endpoint. `OTEL_EXPORTER_OTLP_ENDPOINT` where langsmith's
    own exporter may read it (`LANGSMITH_OTEL_ENABLED`), which accepts both forms. Words in place of an address in
    templates, notebooks and prose, and a variable that the project reads itself, because it may add the scheme.

    ## Fix safety
    The fix is safe for the hosts of the web pages, because each has exactly one API host. It is unsafe otherwise, and
    if the project or another service reads the address as well, for example to build links to the web pages.

    ## References
    - [Regions](https://docs.langchain.com/langsmith/cloud)
    """
    seen: set[Span] = set()
    for address in _addresses(file, analysis):
        wrong = wrong_host(address.text)
        if wrong is not None and address.at not in seen:
            seen.add(address.at)
            yield _violation(file, address, wrong)
    for setting in _without_address(file, analysis):
        wrong = no_address(setting.value or "")
        if wrong is not None and setting.span not in seen:
            seen.add(setting.span)
            yield _violation(file, _Address(setting.value or "", setting.span, None), wrong)
    if not file.is_test:
        yield from _other_regions(file, analysis)
    for found in analysis.otlp_addresses.of(file) if not file.is_test else ():
        wrong = wrong_otlp(found.text, is_base=found.is_base)
        if wrong is not None and found.span not in seen:
            seen.add(found.span)
            address = _Address(found.text, found.span, found.span, Applicability.UNSAFE)
            yield _violation(file, address, wrong)


def _other_regions(file: File, analysis: Analysis) -> Iterator[Violation]:
    """Requests and exporters that send the key of the project's region to another one.

    Where code names a variable for the address, the one that stands here may be its default.
    """
    for request in analysis.requests.of(file) if file.code else ():
        host = host_of(request.url)
        home = analysis.processes.region if host and _sends_own_key(request, analysis) else None
        if home is None or host == home.host:
            continue
        if any(map(analysis.processes.is_in_code, ADDRESSES)):
            return
        setting = home.setting
        yield Violation(
            at=request.span,
            message=(
                f"this goes to `{host}` with the key of the project, whose `{setting.name}` names `{home.host}`;"
                " a key of one region is refused in another with 403"
            ),
            help=f"make the address from `{ENDPOINTS[0]}`",
            related=(Related(setting.file.relative, setting.at, "the region of the project"),),
        )


def _sends_own_key(request: Request, analysis: Analysis) -> bool:
    """Whether a request has the key that the SDK reads, too."""
    return any(
        isinstance(value, Environment) and value.variable in KEYS
        for header in request.header("x-api-key")
        for value in analysis.values.of(header.file, header.expr, header.place)
    )


def _without_address(file: File, analysis: Analysis) -> Iterator[Setting]:
    """The settings of an address that are to hold one: templates and pages have words in its place.

    Where the project reads the variable itself, it may put the scheme before it.
    """
    if file.is_test or is_example(file) or file.kind in _WITH_WORDS:
        return
    for setting in analysis.settings(file):
        if setting.name in ENDPOINTS and not (
            analysis.readings.is_read(setting.name) or analysis.foreign_services.gets(setting)
        ):
            yield setting


def _addresses(file: File, analysis: Analysis) -> Iterator[_Address]:
    for setting in analysis.settings(file):
        if setting.name in ADDRESSES:
            wrong = any(wrong_host(text) is not None for text in setting.texts)
            safety = analysis.foreign_services.safety(setting) if wrong else Applicability.SAFE
            for text in setting.texts:
                alone = setting.kind != "python" or isinstance(setting.expr, ir.Text)
                yield _Address(text, setting.span, setting.span if alone else None, safety)
    for client in analysis.clients.constructions(file) if not file.is_test else ():
        place = file.place(client.call)
        first = client.call.args[0] if client.call.args else None
        if (
            first is not None
            and first.keyword is None
            and not first.stars
            and not client.cls.endswith("Langsmith")
        ):
            yield from _texts(file, first.value, place, analysis)
        for name in _ARGUMENTS:
            value = client.argument(name)
            if value is not None:
                yield from _texts(file, value, place, analysis)
        several = client.argument("api_urls")
        for key in several.keys if isinstance(several, ir.Mapping) else ():
            if key is not None:
                yield from _texts(file, key, place, analysis)
    if not file.is_test:
        yield from _defaults(file, analysis)
        yield from _fields(file)


def _texts(file: File, expr: ir.Expr, place: Placed, analysis: Analysis) -> Iterator[_Address]:
    span = span_of(file, expr)
    if span is not None:
        for value in analysis.values.of(file, expr, place):
            if isinstance(value, Literal):
                yield _Address(value.text, span, span if isinstance(expr, ir.Text) else None)


def _defaults(file: File, analysis: Analysis) -> Iterator[_Address]:
    """`os.getenv("LANGSMITH_ENDPOINT", "https://…")`."""
    for name in ("getenv", "get", "setdefault"):
        for site in file.calls_by_name.get(name, ()):
            call = file.model.calls[site]
            if len(call.args) < 2:
                continue
            for value in analysis.values.relevant_only.call(file, site):
                if isinstance(value, Environment) and value.variable in ADDRESSES:
                    yield from _texts(file, call.args[-1].value, file.place(call), analysis)


def _fields(file: File) -> Iterator[_Address]:
    """Fields of settings classes that are named as the variable: `langsmith_endpoint: str = "https://…"`."""
    for binding in file.model.bindings:
        if (
            binding.name.upper() not in ADDRESSES
            or file.model.scopes[binding.scope].kind != "class"
        ):
            continue
        value = binding.value
        if isinstance(value, ir.CallRef):
            call = file.model.calls[value.site]
            given = [arg.value for arg in call.args if arg.keyword in {None, "default"}]
            value = given[0] if given and last_name(call.func) in {"Field", "field"} else None
        if isinstance(value, ir.Text):
            # A field is read by whoever has the settings: it may be what links to the pages are made of.
            yield _Address(value.value, value.span, value.span, Applicability.UNSAFE)


def _violation(file: File, address: _Address, wrong: WrongHost) -> Violation:
    reasons = {
        "page": f"`{wrong.host}` is the host of LangSmith's web pages, not of its API",
        "invented": f"there is no LangSmith at `{wrong.host}`",
        "unknown": f"`{wrong.host}` is not a host of LangSmith's API",
        "region": f"there is no LangSmith at `{wrong.host}`; the region stands before `api.smith`",
        "plain": f"`http://` to `{wrong.host}` sends the key unencrypted; the hosted LangSmith requires `https://`",
        "path": "the path does not belong in the address of the API; the SDK appends its own path",
        "brackets": f"the brackets around the address of `{wrong.host}` are part of it; the SDK can't call it",
        "twice": "the exporter appends `/v1/traces` to this address; a path that has it twice is answered with 404",
        "none": f"`{wrong.host}` is not an address; the SDK can't call it, and traces are lost",
        "bare": "the exporter sends to this address as it stands; LangSmith takes traces at `/otel/v1/traces`",
        "scheme": f"`{wrong.host}` without `https://` is not an address that the SDK can call",
    }
    return Violation(
        at=address.at,
        message=reasons[wrong.fault],
        help=_help(wrong),
        fix=_fix(file, address, wrong),
    )


def _help(wrong: WrongHost) -> str:
    if wrong.right is not None:
        return f"use `{wrong.right}`"
    if wrong.fault in {"none", "scheme"}:
        return "write the whole address of the API, with `https://`"
    return "use only the address of the API"


def _fix(file: File, address: _Address, wrong: WrongHost) -> Fix | None:
    if (
        wrong.right is None
        or address.literal is None
        or address.literal.line != address.literal.end_line
    ):
        return None
    source = file.source(address.literal)
    text = address.text.strip()
    if source.count(text) != 1:
        return None
    edit = Edit(address.literal, source.replace(text, wrong.right))
    sure = address.safety if wrong.fault == "page" else Applicability.UNSAFE
    return Fix(f"use `{wrong.right}`", sure, (edit,))
