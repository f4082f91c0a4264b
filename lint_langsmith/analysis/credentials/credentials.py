"""Where LangSmith expects a key, and what it gets: arguments, variables, headers, fields, in every kind of file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.credentials.key_names import named
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.walk import alternatives
from lint_langsmith.analysis.limits import KEY_HOPS
from lint_langsmith.analysis.project.file import File, Placed, last_name, span_of
from lint_langsmith.analysis.values.abstract import Environment, ExternalName, Literal, Values
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.findings import Span
from lint_langsmith.remembered import remembered
from lint_langsmith.sdk.variables import KEYS
from lint_langsmith.source.text import LineIndex

if TYPE_CHECKING:
    from lint_langsmith.analysis.credentials.http_requests import Requests
    from lint_langsmith.analysis.environment.variables import Environment as Variables
    from lint_langsmith.analysis.environment.writes import Setting
    from lint_langsmith.analysis.sdk_use.clients import Clients
    from lint_langsmith.analysis.sdk_use.sdk_calls import Construction
    from lint_langsmith.analysis.values.evaluator import Evaluator

_DOMAIN: Final = "smith.langchain.com"
_OTHER_KEYS: Final = (
    "LANGSMITH_GATEWAY_API_KEY",
    "LANGSMITH_LICENSE_KEY",
    "LANGGRAPH_CLOUD_LICENSE_KEY",
)
VARIABLES: Final = frozenset({*KEYS, *_OTHER_KEYS})
_ENDPOINTS: Final = frozenset({"LANGSMITH_RUNS_ENDPOINTS", "LANGCHAIN_RUNS_ENDPOINTS"})
_OTLP: Final = frozenset({"OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"})
_OTLP_KEY: Final = lazy_re.compile(r"(?i)(?:^|,)\s*x-api-key\s*(?:=|%3d)\s*(?P<value>[^,]*)")
_EXAMPLE_FOLDERS: Final = frozenset(
    {"docs", "doc", "examples", "example", "samples", "sample", "tutorials", "cookbook"}
)
_EXAMPLE_NAME: Final = lazy_re.compile(
    r"(?i)(?:^|[._-])(?:example|sample|template|dist|tmpl|tpl)(?:$|[._-])"
)
# Read in langgraph-sdk 0.4.14 and langgraph 1.2.22: each sends its `api_key` as `x-api-key`.
_FUNCTIONS: Final = frozenset(
    ExternalName(name)
    for name in (
        *(
            "langgraph_sdk.get_client",
            "langgraph_sdk.get_sync_client",
            "langgraph_sdk.client.get_client",
        ),
        *("langgraph_sdk.client.get_sync_client", "langgraph.pregel.remote.RemoteGraph"),
    )
)
_FUNCTION_NAMES: Final = ("get_client", "get_sync_client", "RemoteGraph")
_IN_ADDRESS: Final = lazy_re.compile(
    # Bounded: where addresses stand end to end, each would be gone through from the ones before it.
    r"https?://[\w.-]{0,100}\bsmith\.langchain\.com[^\s\"']{0,500}[?&](?P<name>(?i:api_?key|x-api-key))="
    r"(?P<value>[^&\s\"'`<>{}]+)"
)
_IN_HEADER: Final = lazy_re.compile(
    r"(?P<name>(?i:x-api-key))[\"']?\s*:\s*(?:\[\s*)?[\"']?(?P<value>[^\s\"'`\]<>{}]+)"
)
_HOST: Final = lazy_re.compile(r"https?://([\w.-]+)")


class Credential(NamedTuple):
    """A place that expects a LangSmith key.

    `what` names it as a reader would. `values` is what it may get, as far as that is known; `texts` the strings among
    that which stand in the source, each with its place. `client` is the construction it is an argument of.
    """

    what: str
    at: Span
    values: Values
    texts: tuple[tuple[str, Span], ...]
    client: Construction | None = None
    is_licence: bool = False
    written: str = ""


class Credentials:
    """The places that expect a LangSmith key in the files of one project."""

    def __init__(
        self,
        values: Evaluator,
        clients: Clients,
        environment: Variables,
        requests: Requests,
    ) -> None:
        """`project` evaluates expressions and knows clients and variables."""
        self._faults = values.project.faults
        self._values = values
        self._clients = clients
        self._environment = environment
        self._requests = requests

    @remembered
    def of(self, file: File) -> tuple[Credential, ...]:
        """The places in a file."""
        return self._faults.contained(file.relative, (), lambda: tuple(self._find(file)))

    def _find(self, file: File) -> Iterator[Credential]:
        yield from self._of_clients(file)
        yield from self._of_functions(file)
        for setting in self._environment.settings(file):
            yield from self._of_setting(setting)
        yield from self._fallbacks(file)
        yield from self._of_names(file)
        yield from self._of_requests(file)
        yield from self._in_text(file)

    # -- clients -----------------------------------------------------------------------------------------------------

    def _of_clients(self, file: File) -> Iterator[Credential]:
        for client in self._clients.constructions(file):
            place = file.place(client.call)
            key = client.argument("api_key")
            if key is not None:
                yield self._made(file, key, place, f"`api_key` of `{client.written}`", client)
            for keyword in ("api_urls", "headers", "default_headers"):
                value = client.argument(keyword)
                for name, item in entries(file, value, place) if value is not None else ():
                    if keyword == "api_urls" or name.lower() == "x-api-key":
                        yield self._made(
                            file, item, place, f"`{keyword}` of `{client.written}`", client
                        )

    def _of_functions(self, file: File) -> Iterator[Credential]:
        """`api_key` of functions that make a client with it: the prompt hub, LangGraph's SDK."""
        sites = {call.site for call in self._clients.api_calls(file) if not call.owner}
        for name in _FUNCTION_NAMES:
            for site in file.calls_by_name.get(name, ()):
                if not _FUNCTIONS.isdisjoint(self._values.relevant_only.callee(file, site)):
                    sites.add(site)
        built = {
            client.site for client in self._clients.constructions(file)
        }  # of these it has been asked
        for site in sorted(sites - built):
            call = file.model.calls[site]
            for arg in call.args:
                if arg.keyword == "api_key":
                    yield self._made(
                        file,
                        arg.value,
                        file.place(call),
                        f"`api_key` of `{last_name(call.func)}`",
                    )

    def _made(
        self,
        file: File,
        expr: ir.Expr,
        place: Placed,
        what: str,
        client: Construction | None = None,
    ) -> Credential:
        at = span_of(file, expr) or (
            client.call.callee_span if client is not None else ir.NOWHERE
        )
        values = self._values.of(file, expr, place)
        texts = tuple(self._texts(file, expr, place, at))
        return Credential(what, at, values, texts, client)

    def _texts(
        self, file: File, expr: ir.Expr, place: Placed, at: Span
    ) -> Iterator[tuple[str, Span]]:
        """The strings that an expression may be, each where it stands if that is in the same file."""
        found = dict(self._literals(file, expr, place, 0))
        for value in self._values.of(file, expr, place):
            options = value.default if isinstance(value, Environment) else (value,)
            for option in options:
                if isinstance(option, Literal):
                    yield option.text, found.get(option.text, at)

    def _literals(
        self, file: File, expr: ir.Expr, place: Placed, hops: int
    ) -> Iterator[tuple[str, Span]]:
        """The literals of an expression and of what its names and attributes are given, with their places."""
        for part in alternatives(expr):
            if isinstance(part, (ir.Text, ir.Bytes)):
                yield part.value, part.span
            elif isinstance(part, ir.CallRef):
                for arg in file.model.calls[part.site].args:
                    yield from self._literals(file, arg.value, place, hops)
            elif hops < KEY_HOPS:
                for row in _giving(file, part, place):
                    if row.value is not None:
                        yield from self._literals(file, row.value, file.place(row), hops + 1)

    # -- variables ---------------------------------------------------------------------------------------------------

    def _of_setting(self, setting: Setting) -> Iterator[Credential]:
        name = setting.name.upper()
        if name in VARIABLES:
            values, texts = self._given(setting)
            yield Credential(
                setting.name,
                setting.span,
                values,
                texts,
                None,
                "LICENSE" in name,
                setting.written,
            )
        elif name in _ENDPOINTS:
            keys = [
                (key, setting.span) for text in setting.texts for key in _keys_in_json(text)
            ]
            keys += self._dumped(setting)
            yield Credential(f"the `api_key` in {setting.name}", setting.span, (), tuple(keys))
        elif name in _OTLP:
            for text in setting.texts:
                match = _OTLP_KEY.search(text)
                if match is not None and ("langsmith" in text.lower() or "lsv2" in text):
                    key = ((match["value"], setting.span),)
                    yield Credential(f"`x-api-key` in {setting.name}", setting.span, (), key)

    def _given(self, setting: Setting) -> tuple[Values, tuple[tuple[str, Span], ...]]:
        """What a variable gets, and the strings among that with their places."""
        if setting.expr is None or setting.place is None:
            return (), tuple((text, setting.span) for text in setting.texts)
        values = self._values.of(setting.file, setting.expr, setting.place)
        return values, tuple(
            self._texts(setting.file, setting.expr, setting.place, setting.span)
        )

    def _dumped(self, setting: Setting) -> Iterator[tuple[str, Span]]:
        """The keys of `json.dumps([{"api_url": …, "api_key": …}])` and of `json.dumps({"https://…": "key"})`."""
        expr = setting.expr
        if not isinstance(expr, ir.CallRef) or setting.place is None:
            return
        call = setting.file.model.calls[expr.site]
        given = (
            call.args[0].value
            if call.args and last_name(call.func) == "dumps"
            else ir.Constant("None")
        )
        rows = given.items if isinstance(given, ir.Sequence) else (given,)
        for row in rows:
            for name, value in entries(setting.file, row, setting.place):
                if name == "api_key" or row is given:
                    yield from self._texts(setting.file, value, setting.place, setting.span)

    def _fallbacks(self, file: File) -> Iterator[Credential]:
        """`os.getenv("LANGSMITH_API_KEY", "…")` and `os.getenv("LANGSMITH_API_KEY") or "…"`."""
        for site, call in enumerate(file.model.calls):
            for value in self._values.relevant_only.call(file, site) if call.args else ():
                if (
                    isinstance(value, Environment)
                    and value.variable in VARIABLES
                    and value.default
                ):
                    yield self._fallback(
                        file, ir.CallRef(site), file.place(call), value.variable
                    )
        for expr, place in file.valued():
            if isinstance(expr, ir.Boolean) and expr.op == "or":
                first = self._values.relevant_only.of(file, expr.values[0], place)
                for value in first:
                    if (
                        isinstance(value, Environment)
                        and value.variable in VARIABLES
                        and not value.default
                    ):
                        yield self._fallback(file, expr, place, value.variable)

    def _fallback(self, file: File, expr: ir.Expr, place: Placed, variable: str) -> Credential:
        at = span_of(file, expr) or ir.NOWHERE
        found = self._made(file, expr, place, f"the fallback of {variable}")
        return found._replace(at=found.texts[0][1] if found.texts else at, values=())

    # -- names, requests, other texts --------------------------------------------------------------------------------

    def _of_names(self, file: File) -> Iterator[Credential]:
        """Fields, parameters, options, constants, keywords and entries that have the name of a key's variable."""
        for what, expr, place in named(file):
            yield self._made(file, expr, place, what)

    def _of_requests(self, file: File) -> Iterator[Credential]:
        """Headers of requests to LangSmith, where they are written in this file."""
        requests = self._requests
        for request in (*requests.of(file), *requests.sessions(file)):
            for header in (*request.header("x-api-key"), *request.header("authorization")):
                if header.file is file:
                    made = self._made(
                        file,
                        header.expr,
                        header.place,
                        f"`{header.name}` of a request to LangSmith",
                    )
                    texts = tuple(
                        (text.removeprefix("Bearer "), span) for text, span in made.texts
                    )
                    yield made._replace(texts=texts)

    def _in_text(self, file: File) -> Iterator[Credential]:
        """Headers and addresses in commands and configuration: `curl -H "x-api-key: …" https://…`."""
        if _DOMAIN not in file.text:
            return
        index = LineIndex(file.text)
        for match in (
            *_IN_ADDRESS.finditer(file.text),
            *(_IN_HEADER.finditer(file.text) if not file.code else ()),
        ):
            span = index.span(*match.span("value"))
            yield Credential(
                f"`{match['name']}` of a request to LangSmith",
                span,
                (),
                ((match["value"], span),),
            )


def is_hosted(address: str) -> bool:
    """Whether an address, or a host, is of the hosted LangSmith."""
    text = address.strip().strip("\"'")
    host = (
        (_HOST.match(text) or re.match(r"([\w.-]+)", text) or re.match(r"()", ""))
        if text
        else None
    )
    name = host[1].lower() if host is not None else ""
    return name == _DOMAIN or name.endswith(f".{_DOMAIN}")


def is_example(file: File) -> bool:
    """Whether a file only shows how it is done: tests, documentation, examples, templates of files of variables."""
    path = PurePosixPath(file.relative)
    shown = file.kind in {"markdown", "rst", "text"} or any(
        part.lower() in _EXAMPLE_FOLDERS for part in path.parts[:-1]
    )
    is_named_so = _EXAMPLE_NAME.search(path.name) is not None and not _is_deployed(file, path)
    return file.is_test or shown or is_named_so


def _is_deployed(file: File, path: PurePosixPath) -> bool:
    """Whether a file is a template of CloudFormation: `sam deploy` takes `template.yaml` by itself."""
    return path.stem.lower() == "template" and "AWS::" in file.text


def _keys_in_json(text: str) -> Iterator[str]:
    """The keys of `[{"api_url": …, "api_key": …}]` and of `{"https://…": "key"}`."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return
    if isinstance(found, dict):
        yield from (value for value in found.values() if isinstance(value, str))
    for item in found if isinstance(found, list) else ():
        if isinstance(item, dict) and isinstance(item.get("api_key"), str):
            yield item["api_key"]


def entries(file: File, expr: ir.Expr, place: Placed) -> Iterator[tuple[str, ir.Expr]]:
    """The entries of a dict display, or of the one that a name stands for."""
    if isinstance(expr, ir.Name):
        for binding in lookup(file, expr.id, place):
            if isinstance(binding.value, ir.Mapping):
                yield from entries(file, binding.value, file.place(binding))
    elif isinstance(expr, ir.Mapping):
        for key, value in zip(expr.keys, expr.values, strict=True):
            if key is not None:
                yield key.value if isinstance(key, ir.Text) else "", value


def _giving(file: File, expr: ir.Expr, place: Placed) -> Iterator[ir.Binding | ir.Store]:
    """The rows that give a name or an attribute its value."""
    if isinstance(expr, ir.Name):
        yield from (row for row in lookup(file, expr.id, place) if row.via == "direct")
    elif isinstance(expr, ir.Attribute):
        yield from file.stores_by_attribute.get(expr.name, ())
