"""Requests to LangSmith without its SDK: calls of requests, httpx, aiohttp and urllib, and the headers that they send.

Headers are followed to where they are written: a constant, a variable that is filled step by step, an attribute or a
property, a function, another module, the session.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

from lint_langsmith.analysis.credentials.headers import Header, Headers
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Placed, last_name
from lint_langsmith.analysis.values.abstract import (
    Environment,
    ExternalAttribute,
    ExternalName,
    Instance,
    Literal,
    Value,
)
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.findings import Span
from lint_langsmith.remembered import remembered
from lint_langsmith.sdk.hosts import is_deployment, is_hosted
from lint_langsmith.sdk.variables import ENDPOINTS

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.variables import Environment as Variables
    from lint_langsmith.analysis.sdk_use.clients import Clients
    from lint_langsmith.analysis.values.evaluator import Evaluator

_VERBS: Final = frozenset(
    {"get", "post", "put", "patch", "delete", "head", "options", "request", "stream"}
)
_URLLIB: Final = frozenset({"urlopen", "Request"})
# Exporters of OpenTelemetry: they send what they are told, and what the environment adds.
_EXPORTERS: Final = frozenset({"OTLPSpanExporter", "init"})
_PACKAGES: Final = ("requests.", "httpx.", "aiohttp.", "urllib.request.", "niquests.")
_EXPORTING: Final = ("opentelemetry.exporter.otlp.", "traceloop.sdk.Traceloop.init")
_EXPORTED_TO: Final = frozenset({"endpoint", "api_endpoint"})
SESSIONS: Final = frozenset(
    {
        *(
            "requests.Session",
            "requests.session",
            "requests.sessions.Session",
            "httpx.Client",
            "httpx.AsyncClient",
        ),
        *("aiohttp.ClientSession", "niquests.Session", "niquests.AsyncSession"),
    }
)
_SESSION_SYMBOLS: Final = frozenset(map(ExternalName, SESSIONS))
_SESSION_NAMES: Final = sorted({name.rpartition(".")[2] for name in SESSIONS})
# Bytes without which a file, or a module that it imports, holds no address of LangSmith's.
_WORDS: Final = (
    b"smith.langchain.com",
    b"host.langchain.com",
    b".langgraph.app",
    b"api_url",
    *(name.encode() for name in ENDPOINTS),
)
# Attributes of clients that hold their address.
_ADDRESSES: Final = frozenset({"api_url", "_api_url", "base_url", "_base_url"})
# What stands for an address that the environment or a client says: all installations want the same headers.
_CONFIGURED: Final = "https://api.smith.langchain.com"
_NOT_SEEN: Final = frozenset(
    {"auth", "cookies", "event_hooks", "transport", "connector", "middlewares", "trace_configs"}
)


class Request(NamedTuple):
    """A request to the hosted LangSmith, or to the address in LangSmith's variable.

    `headers` are those that are surely or maybe sent; `is_whole` tells whether there can be no others.
    """

    file: File
    site: int
    url: str
    headers: tuple[Header, ...]
    is_whole: bool

    @property
    def span(self) -> Span:
        """The called expression."""
        return self.file.model.calls[self.site].callee_span

    def header(self, name: str) -> tuple[Header, ...]:
        """The values that a header may have; names are compared without regard to case."""
        return tuple(header for header in self.headers if header.name.lower() == name)


class Requests:
    """The requests in the files of one project."""

    def __init__(self, values: Evaluator, clients: Clients, environment: Variables) -> None:
        """`project` evaluates expressions."""
        self._project = values.project
        self._values = values
        self._clients = clients
        self._environment = environment
        self._headers = Headers(values)

    @remembered
    def of(self, file: File) -> tuple[Request, ...]:
        """The requests to LangSmith in a file."""
        return self._project.faults.contained(
            file.relative,
            (),
            lambda: tuple(self._find(file)) if file.code and self._may_ask(file) else (),
        )

    def sessions(self, file: File) -> Iterator[Request]:
        """The sessions whose `base_url` is LangSmith's, as requests to that."""
        if not file.code or file.relative not in self._holders:
            return
        for name in _SESSION_NAMES:
            for site in file.calls_by_name.get(name, ()):
                for value in self._values.relevant_only.call(file, site):
                    if (
                        isinstance(value, Instance)
                        and value.cls in _SESSION_SYMBOLS
                        and value.origin == (file, site)
                    ):
                        url = self._base(value)
                        found: list[Header] = []
                        if _is_hosted(url):
                            whole = self._of_session(value, found)
                            yield Request(file, site, url, tuple(found), whole)

    def headers_in(self, file: File, expr: ir.Expr, place: Placed) -> tuple[Header, ...]:
        """The headers of a dict, as far as they can be seen."""
        found: list[Header] = []
        self._headers.read(file, expr, place, found)
        return tuple(found)

    @functools.cached_property
    def _holders(self) -> frozenset[str]:
        """The files with an address of LangSmith's: all of them name LangSmith, so that no others need be read."""
        contents = ((name, self._project.content(name)) for name in self._project.relevant)
        return frozenset(name for name, content in contents if _has_address(content))

    def _may_ask(self, file: File) -> bool:
        """Whether a file has a name that sends requests, and an address of LangSmith's, or imports one."""
        if not any(verb in file.calls_by_name for verb in (*_VERBS, *_URLLIB, *_EXPORTERS)):
            return False
        if file.relative in self._holders:
            return True
        return any(True for _ in self._environment.imported(file, within=self._holders))

    def _find(self, file: File) -> Iterator[Request]:
        for site, call in enumerate(file.model.calls):
            if last_name(call.func) not in _VERBS | _URLLIB | _EXPORTERS:
                continue
            for callee in self._values.relevant_only.callee(file, site):
                url = self._url(file, call, callee)
                if url is not None and _is_hosted(url):
                    headers, whole = self._sent(file, site, callee)
                    yield Request(file, site, url, headers, whole)
                    break

    # -- addresses ---------------------------------------------------------------------------------------------------

    def _url(self, file: File, call: ir.Call, callee: Value) -> str | None:
        session = _session(callee)
        if _exports(callee):
            to = next((arg.value for arg in call.args if arg.keyword in _EXPORTED_TO), None)
            return self._start(file, to, file.place(call)) if to is not None else None
        if session is None and not (
            isinstance(callee, ExternalName) and callee.name.startswith(_PACKAGES)
        ):
            return None
        skipped = 1 if last_name(call.func) in {"request", "stream"} else 0
        positional = [arg.value for arg in call.args if arg.keyword is None and not arg.stars]
        given = next((arg.value for arg in call.args if arg.keyword == "url"), None)
        if given is None:
            given = positional[skipped] if len(positional) > skipped else None
        text = self._start(file, given, file.place(call)) if given is not None else None
        if session is not None and text is not None and not text.startswith("http"):
            base = self._base(session)
            return f"{base.rstrip('/')}/{text.lstrip('/')}" if base else None
        return text

    def _base(self, session: Instance) -> str:
        """The `base_url` of a session; aiohttp takes it as its first argument."""
        if session.origin is None:
            return ""
        file, site = session.origin
        call = file.model.calls[site]
        for index, arg in enumerate(call.args):
            if arg.keyword == "base_url" or (
                arg.keyword is None and index == 0 and not arg.stars
            ):
                return self._start(file, arg.value, file.place(call)) or ""
        return ""

    def _start(self, file: File, expr: ir.Expr, place: Placed) -> str | None:
        """The address, as far as it stands in the source: an f-string's beginning is enough to know the host."""
        if isinstance(expr, ir.Template):
            parts = (self._start(file, part, place) for part in expr.parts)
            return "".join(part if part is not None else "…" for part in parts)
        if isinstance(expr, ir.Binary) and expr.op == "+":
            left = self._start(file, expr.left, place)
            right = self._start(file, expr.right, place)
            return f"{left}{right or '…'}" if left is not None else None
        if isinstance(expr, ir.CallRef):
            stripped = self._stripped(file, expr)
            if stripped is not None:
                return self._start(file, stripped, place)
        known = self._text(self._values.of(file, expr, place))
        return self._put_together(file, expr, place) if known is None else known

    def _put_together(self, file: File, expr: ir.Expr, place: Placed) -> str | None:
        """The address under a name of which only the beginning is known: `URL = f"{HOST}/api/v1"`.

        Its parts are asked for their values, not followed any further: a name may lead back to itself.
        """
        found = lookup(file, expr.id, place) if isinstance(expr, ir.Name) else ()
        shown = found[0].value if len(found) == 1 and found[0].via == "direct" else None
        if not isinstance(shown, ir.Template):
            return None
        where = file.place(found[0])
        parts = (self._text(self._values.of(file, part, where)) for part in shown.parts)
        return "".join("…" if part is None else part for part in parts)

    def _text(self, values: tuple[Value, ...]) -> str | None:
        for value in values:
            if isinstance(value, Literal):
                return value.text
            if isinstance(value, Environment) and value.variable in ENDPOINTS:
                return self._text(value.default) or _CONFIGURED
            if isinstance(value, Environment):
                return self._text(value.default)
            if (
                isinstance(value, ExternalAttribute)
                and value.name in _ADDRESSES
                and self._clients.is_client(value.receiver)
            ):
                return _CONFIGURED
        return None

    def _stripped(self, file: File, expr: ir.CallRef) -> ir.Expr | None:
        """The text of `text.rstrip("/")`, of `str(text)` and of `urljoin(text, …)`."""
        call = file.model.calls[expr.site]
        if isinstance(call.func, ir.Attribute) and call.func.name in {
            "rstrip",
            "strip",
            "format",
        }:
            return call.func.value
        return (
            call.args[0].value
            if call.args and last_name(call.func) in {"urljoin", "str", "URL"}
            else None
        )

    # -- headers -----------------------------------------------------------------------------------------------------

    def _sent(self, file: File, site: int, callee: Value) -> tuple[tuple[Header, ...], bool]:
        """The headers of a request and its session, and whether these are all."""
        call = file.model.calls[site]
        keywords = {arg.keyword: arg.value for arg in call.args if arg.keyword is not None}
        whole = (
            not any(arg.stars for arg in call.args)
            and not keywords.keys() & _NOT_SEEN
            and not _exports(callee)
        )
        found: list[Header] = []
        given = keywords.get("headers")
        positional = [arg.value for arg in call.args if arg.keyword is None]
        if last_name(call.func) == "Request" and len(positional) > 2:
            given = positional[2]
        if given is not None:
            whole &= self._headers.read(file, given, file.place(call), found)
        session = _session(callee)
        if session is not None:
            whole &= self._of_session(session, found)
        elif last_name(call.func) == "Request":
            whole &= self._added(file, call, found)
        return tuple(found), whole

    def _added(self, file: File, call: ir.Call, found: list[Header]) -> bool:
        """`request.add_header(name, value)` behind `request = Request(…)`."""
        if "addheaders" in file.code:
            return False
        for site in file.calls_by_name.get("add_header", ()):
            added = file.model.calls[site]
            if (
                not isinstance(added.func, ir.Attribute)
                or last_name(added.func.value) not in call.use.names
            ):
                continue
            name = (
                self._values.texts(file, added.args[0].value, file.place(added))
                if added.args
                else None
            )
            if name is None or len(added.args) < 2:
                return False
            found.append(Header(name, added.args[1].value, file, file.place(added)))
        return call.use.kind == "argument" or bool(call.use.names)

    def _of_session(self, session: Instance, found: list[Header]) -> bool:
        """What a session sends with every request: its constructor's headers, and those that are set on it later."""
        if session.origin is None:
            return False
        file, site = session.origin
        call = file.model.calls[site]
        whole = True
        for arg in call.args:
            if arg.stars or arg.keyword in _NOT_SEEN:
                whole = False
            elif arg.keyword == "headers":
                whole &= self._headers.read(file, arg.value, file.place(call), found)
        return self._set_later(file, session, found) and whole

    def _set_later(self, file: File, session: Instance, found: list[Header]) -> bool:
        whole = not file.stores_by_attribute.get("auth")
        for store in file.stores_by_attribute.get("headers", ()):
            if store.value is not None and self._is_of(
                file, store.target, file.place(store), session
            ):
                whole &= self._headers.read(file, store.value, file.place(store), found)
        for store in file.model.stores:
            target = store.target
            if not isinstance(target, ir.Subscript) or last_name(target.value) != "headers":
                continue
            if store.value is not None and self._is_of(
                file, target.value, file.place(store), session
            ):
                whole &= self._headers.entry(
                    file, target.index, store.value, file.place(store), found
                )
        for site in file.calls_by_name.get("update", ()):
            call = file.model.calls[site]
            headers = call.func.value if isinstance(call.func, ir.Attribute) else call.func
            if last_name(headers) == "headers" and self._is_of(
                file, headers, file.place(call), session
            ):
                whole &= self._headers.updated(file, call, found)
        return whole

    def _is_of(self, file: File, headers: ir.Expr, place: Placed, session: Instance) -> bool:
        """Whether `….headers` may be the session's."""
        if not isinstance(headers, ir.Attribute):
            return False
        owners = self._values.of(file, headers.value, place)
        known = [
            value
            for value in owners
            if isinstance(value, Instance) and value.origin is not None
        ]
        return not known or any(value.origin == session.origin for value in known)


def _exports(callee: Value) -> bool:
    """Whether what is called makes an exporter of traces."""
    return isinstance(callee, ExternalName) and callee.name.startswith(_EXPORTING)


def _session(callee: Value) -> Instance | None:
    """The session whose method is called."""
    if (
        isinstance(callee, ExternalAttribute)
        and isinstance(callee.receiver.cls, ExternalName)
        and callee.receiver.cls.name in SESSIONS
    ):
        return callee.receiver
    return None


def _is_hosted(url: str) -> bool:
    try:
        host = (urlsplit(url).hostname or "").lower()
    except ValueError:
        return False
    return is_hosted(host) or is_deployment(host)


def _has_address(content: bytes) -> bool:
    return any(word in content for word in _WORDS)
