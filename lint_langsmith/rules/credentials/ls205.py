"""LS205: requests to LangSmith with the wrong header."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from lint_langsmith.findings import Persona, Severity, Span, Violation
from lint_langsmith.model import data
from lint_langsmith.model.file import File, Place, last_name
from lint_langsmith.model.project import Project
from lint_langsmith.model.values import Environment, Instance, Literal, Member, Symbol
from lint_langsmith.rules.registry import rule
from lint_langsmith.sdk.hosts import API_HOSTS, UI_HOSTS

_VERBS = frozenset(
    {"get", "post", "put", "patch", "delete", "head", "options", "request", "stream", "urlopen", "Request"}
)
_PACKAGES = ("requests.", "httpx.", "aiohttp.", "urllib.request.", "niquests.")
_SESSIONS = frozenset(
    {
        *("requests.Session", "requests.session", "requests.sessions.Session", "httpx.Client", "httpx.AsyncClient"),
        *("aiohttp.ClientSession", "niquests.Session"),
    }
)
# Paths that answer without a key (executed without one against a public share; read in the API's reference).
_OPEN_PATHS = ("/public/", "/info", "/ok", "/openapi.json", "/docs", "/feedback/tokens/")
_ORGANISATION = ("/orgs/", "/workspaces", "/ttl-settings", "/service-accounts")


class _Request(NamedTuple):
    """A request to LangSmith: the names of the headers that are surely sent, and whether there may be others."""

    site: int
    url: str
    span: Span
    headers: dict[str, str | None]
    is_whole: bool


@rule("LS205", "raw-http-auth", severity=Severity.WARNING, since="0.1")
def check(file: File, project: Project) -> Iterator[Violation]:
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
    The LLM gateway and other hosts; paths that are public; tokens of a login (from a variable or function that is named
    so); headers that can't be seen.

    ## Fix safety
    There is no automatic fix.

    ## References
    - [LangSmith API](https://docs.langchain.com/langsmith/smith-api-ref)
    """
    if file.is_test:
        return
    reader = _Reader(file, project)
    for request in reader.requests():
        yield from _judge(request)


def _judge(request: _Request) -> Iterator[Violation]:
    names = {name.lower(): value for name, value in request.headers.items()}
    path = urlsplit(request.url).path
    if "x-api-key" not in names and _is_bearer_key(names.get("authorization", "")):
        yield Violation(
            at=request.span,
            message="the key is sent as a bearer token, and LangSmith's API reads it from `x-api-key`: "
            "the answer is 401 or 403",
            help='send `headers={"x-api-key": …}`',
        )
    elif request.is_whole and not {"x-api-key", "authorization", "cookie"} & names.keys():
        if not any(part in path for part in _OPEN_PATHS):
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


def _is_bearer_key(value: str | None) -> bool:
    """Whether an `Authorization` header holds LangSmith's key: it comes from the key's variable or is named so."""
    if not value:
        return False
    lowered = value.lower()
    if any(word in lowered for word in ("oauth", "jwt", "access_token", "id_token", "session_token")):
        return False
    return lowered.startswith("bearer ") and ("api_key" in lowered or "lsv2_" in lowered or "apikey" in lowered)


class _Reader:
    """Reads addresses and headers of requests in one file."""

    def __init__(self, file: File, project: Project) -> None:
        self._file = file
        self._project = project

    def requests(self) -> Iterator[_Request]:
        """The requests whose address is LangSmith's API."""
        for site, call in enumerate(self._file.model.calls):
            if last_name(call.func) not in _VERBS:
                continue
            for callee in self._project.values.callee(self._file, site):
                url = self._url(call, callee)
                if url is not None:
                    headers, whole = self._headers(call, callee)
                    yield _Request(site, url, call.callee_span, headers, whole)
                    break

    def _url(self, call: data.Call, callee: object) -> str | None:
        place = self._file.place(call)
        base = ""
        if isinstance(callee, Member):
            if not isinstance(callee.receiver.cls, Symbol) or callee.receiver.cls.name not in _SESSIONS:
                return None
            base = self._base(callee.receiver)
        elif not (isinstance(callee, Symbol) and callee.name.startswith(_PACKAGES)):
            return None
        skipped = 1 if last_name(call.func) in {"request", "stream"} else 0
        positional = [arg.value for arg in call.args if arg.keyword is None and not arg.stars]
        given = next((arg.value for arg in call.args if arg.keyword == "url"), None)
        if given is None:
            given = positional[skipped] if len(positional) > skipped else None
        text = self._start(given, place) if given is not None else None
        if text is not None and base and not text.startswith("http"):
            text = f"{base.rstrip('/')}/{text.lstrip('/')}"
        return text if text is not None and _is_api(text) else None

    def _base(self, session: Instance) -> str:
        """The `base_url` of a session."""
        if session.origin is None:
            return ""
        file, site = session.origin
        call = file.model.calls[site]
        for arg in call.args:
            if arg.keyword == "base_url":
                return self._project.values.texts(file, arg.value, file.place(call)) or ""
        return ""

    def _start(self, expr: data.Expr, place: Place) -> str | None:
        """The address, as far as it stands in the source: an f-string's beginning is enough to know the host."""
        values = self._project.values.of(self._file, expr, place)
        found = [value.text for value in values if isinstance(value, Literal)]
        if found:
            return found[0]
        if isinstance(expr, data.Template):
            parts: list[str] = []
            for part in expr.parts:
                text = self._start(part, place)
                parts.append(text if text is not None else "…")
            return "".join(parts)
        if isinstance(expr, data.Binary) and expr.op == "+":
            left = self._start(expr.left, place)
            right = self._start(expr.right, place)
            return f"{left}{right or '…'}" if left is not None else None
        if isinstance(expr, data.CallRef) and last_name(self._file.model.calls[expr.site].func) == "Request":
            inner = self._file.model.calls[expr.site].args
            return self._start(inner[0].value, place) if inner else None
        return None

    def _headers(self, call: data.Call, callee: object) -> tuple[dict[str, str | None], bool]:
        """The headers of a request and its session, and whether these are all."""
        place = self._file.place(call)
        found: dict[str, str | None] = {}
        whole = not any(arg.stars for arg in call.args)
        keywords = {arg.keyword: arg.value for arg in call.args if arg.keyword is not None}
        if "auth" in keywords or "cookies" in keywords:
            whole = False
        if last_name(call.func) == "urlopen":
            return found, False
        if "headers" in keywords:
            whole &= self._read(keywords["headers"], place, found)
        if isinstance(callee, Member):
            whole &= self._of_session(callee.receiver, found)
        elif last_name(call.func) == "Request":
            whole = False if "headers" not in keywords else whole
        return found, whole

    def _of_session(self, session: Instance, found: dict[str, str | None]) -> bool:
        """What a session sends with every request: its constructor's headers; those that are set on it later count."""
        if session.origin is None:
            return False
        file, site = session.origin
        call = file.model.calls[site]
        for arg in call.args:
            if arg.stars or arg.keyword in {"auth", "cookies"}:
                return False
            if arg.keyword == "headers" and (
                file is not self._file or not self._read(arg.value, file.place(call), found)
            ):
                return False
        touched = any(
            isinstance(store.target, data.Subscript) and last_name(store.target.value) == "headers"
            for store in file.model.stores
        )
        return not touched and not self._updates_headers(file)

    def _updates_headers(self, file: File) -> bool:
        calls = (file.model.calls[site].func for site in file.calls_by_name.get("update", ()))
        if any(isinstance(func, data.Attribute) and last_name(func.value) == "headers" for func in calls):
            return True
        return bool(file.stores_by_attribute.get("headers") or file.stores_by_attribute.get("auth"))

    def _read(self, expr: data.Expr, place: Place, found: dict[str, str | None]) -> bool:
        """Takes in a dict of headers; gives whether it is known whole."""
        if isinstance(expr, data.Constant) and expr.literal == "None":
            return True
        if isinstance(expr, data.Name):
            return self._read_name(expr, place, found)
        if not isinstance(expr, data.Mapping):
            return False
        whole = True
        for key, value in zip(expr.keys, expr.values, strict=True):
            name = self._project.values.texts(self._file, key, place) if key is not None else None
            if name is None:
                whole = False
            else:
                found[name] = self._described(value, place)
        return whole

    def _read_name(self, expr: data.Name, place: Place, found: dict[str, str | None]) -> bool:
        from lint_langsmith.model.names import lookup  # noqa: PLC0415 - for the few requests to LangSmith

        bindings = lookup(self._file, expr.id, place)
        if len(bindings) != 1 or not isinstance(bindings[0].value, data.Mapping):
            return False
        whole = self._read(bindings[0].value, self._file.place(bindings[0]), found)
        touched = any(last_name(store.target.value) == expr.id for store in self._file.model.stores)
        return whole and not touched and not self._is_updated(expr.id)

    def _is_updated(self, name: str) -> bool:
        calls = (self._file.model.calls[site] for site in self._file.calls_by_name.get("update", ()))
        return any(isinstance(call.func, data.Attribute) and last_name(call.func.value) == name for call in calls)

    def _described(self, expr: data.Expr, place: Place) -> str | None:
        """A header's value as text: literal parts, and for the others the variable or the name they come from."""
        if isinstance(expr, data.Template):
            return "".join(self._described(part, place) or "" for part in expr.parts)
        if isinstance(expr, data.Binary) and expr.op in {"+", "%"}:
            return f"{self._described(expr.left, place) or ''}{self._described(expr.right, place) or ''}"
        for value in self._project.values.of(self._file, expr, place):
            if isinstance(value, Environment):
                return value.variable
            if isinstance(value, Literal):
                return value.text
        return last_name(expr) or None


def _is_api(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    host = (parts.hostname or "").lower()
    return host in API_HOSTS or (host in UI_HOSTS and parts.path.startswith("/api/"))
