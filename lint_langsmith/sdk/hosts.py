"""LangSmith's hosts: where its API answers, and what is taken for it.

Sources: the regions of the documentation's pages "Cloud" and "Create an account and API key" (September 2026), and
`langsmith.utils.get_host_url` of 0.15.0, which turns an API address into the page's.
"""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from lint_langsmith.sdk.variables import distance

_DOMAIN: Final = "smith.langchain.com"
_REGIONS: Final = ("", "eu.", "apac.", "aws.", "dev.", "beta.")
API_HOSTS: Final = frozenset(f"{region}api.{_DOMAIN}" for region in _REGIONS)
UI_HOSTS: Final = frozenset(f"{region}{_DOMAIN}" for region in _REGIONS)
GATEWAY_HOSTS: Final = frozenset(f"{region}gateway.{_DOMAIN}" for region in _REGIONS)
# The documentation's other services; an endpoint of the SDK is none of them, but they exist.
OTHER_HOSTS: Final = frozenset(
    {"api.host.langchain.com", "eu.api.host.langchain.com", "beacon.langchain.com"}
)
# Under these each deployment has a host: https://docs.langchain.com/langsmith/deployments, as its pages show them.
_DEPLOYMENTS: Final = ".langgraph.app"
# LangSmith's hosts of 2023, which old tutorials still have; nothing answers there.
_RETIRED: Final = frozenset(
    {
        "api.langchain.plus",
        "langchain.plus",
        "www.langchain.plus",
        "langchain-api-gateway-57eoxz8z.uc.gateway.dev",
    }
)
_MOST_EDITS: Final = 2
_REGION_NAMES: Final = {
    "us": "",
    "eu": "eu.",
    "europe": "eu.",
    "gcp-eu": "eu.",
    "apac": "apac.",
    "asia": "apac.",
    "aws": "aws.",
}

Fault: TypeAlias = Literal[
    "page",
    "invented",
    "unknown",
    "region",
    "plain",
    "path",
    "scheme",
    "brackets",
    "twice",
    "bare",
    "none",
]


class WrongHost(NamedTuple):
    """What is wrong with an address, and the right one where it is sure."""

    fault: Fault
    host: str
    right: str | None


def is_hosted(host: str) -> bool:
    """Whether a host belongs to the hosted LangSmith."""
    return host == _DOMAIN or host.endswith(f".{_DOMAIN}") or host in OTHER_HOSTS


def is_api(address: str) -> bool:
    """Whether an address is that of the API of one of LangSmith's regions."""
    try:
        host = urlsplit(address.strip().strip("\"'")).hostname
    except ValueError:
        return False
    return host in API_HOSTS


def is_deployment(host: str) -> bool:
    """Whether a host is that of a graph that LangSmith runs."""
    return host.endswith(_DEPLOYMENTS)


def wrong_host(address: str) -> WrongHost | None:
    """What is wrong with `address` as the address of LangSmith's API; None for right ones and for unknown hosts."""
    text = address.strip().strip("\"'")
    if text.startswith("<") and text.endswith(">"):
        return _in_brackets(text[1:-1])
    if not re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*://", text):
        return _without_scheme(text)
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    host = (parts.hostname or "").lower()
    path = parts.path.rstrip("/")
    if host in UI_HOSTS:
        # Pages of the app (`/o/…`, `/hub`) are not addresses of an API; with a plain path the host is the mistake.
        api = host.removesuffix(_DOMAIN) + f"api.{_DOMAIN}"
        if host == _DOMAIN and path in {"/api", "/api/v1"}:
            return None
        return WrongHost("page", host, f"https://{api}" if not path else None)
    if host in API_HOSTS:
        return _on_api_host(parts.scheme.lower(), host, path)
    meant = _meant(host)
    if meant is not None:
        right = f"https://{meant[1]}" if meant[1] and not path else None
        return WrongHost(meant[0], host, right)
    if re.search(r"/api/v1/+api(?:/v1)?$", path) or path.endswith("/runs"):
        return WrongHost("path", host, None)
    return None


def no_address(text: str) -> WrongHost | None:
    """What is wrong with a value that begins with no scheme, whatever host it names.

    Executed: langsmith 0.15.1 raises ValueError at the first request (`api_url must start with …`), 0.1.147 a
    LangSmithError (`No scheme supplied`, `No connection adapters were found`); traces are lost.
    """
    plain = text.strip().strip("\"'")
    if not plain or "://" in plain or re.search(r"[$%{]", plain):
        return None
    is_host = re.fullmatch(r"[\w-]+(?:(?:\.[\w-]+)+(?::\d+)?|:\d+)(?:/\S*)?", plain) is not None
    return WrongHost("scheme" if is_host else "none", plain, None)


def wrong_otlp(address: str, *, is_base: bool) -> WrongHost | None:
    """What is wrong with an address for traces of OpenTelemetry, behind which `/v1/traces` is put if it `is_base`.

    LangSmith takes them at `/otel/v1/traces` and answers others with 404 (its page "Trace with OpenTelemetry", November
    2026; https://github.com/langchain-ai/docs/pull/5822).
    """
    try:
        parts = urlsplit(address.strip().strip("\"'"))
    except ValueError:
        return None
    host, path = (parts.hostname or "").lower(), parts.path.rstrip("/")
    wanted = "/otel" if is_base else f"/otel{_TRACES}"
    if host in UI_HOSTS:
        return WrongHost(
            "page", host, f"https://{host.removesuffix(_DOMAIN)}api.{_DOMAIN}{wanted}"
        )
    if host not in API_HOSTS or path.endswith(_TRACES) is not is_base:
        return None
    if is_base:
        return WrongHost("twice", host, f"https://{host}{path.removesuffix(_TRACES)}")
    return WrongHost("bare", host, f"https://{host}{wanted}") if path in {"", "/otel"} else None


_TRACES: Final = "/v1/traces"


def _in_brackets(text: str) -> WrongHost | None:
    """`<https://…>`, as mails and pages write addresses; what stands for an address is none."""
    host = text.partition("://")[2].partition("/")[0].lower()
    return WrongHost("brackets", host, text) if host in API_HOSTS else None


def _without_scheme(text: str) -> WrongHost | None:
    host = text.partition("/")[0].lower()
    if host in API_HOSTS | UI_HOSTS:
        api = host if host in API_HOSTS else host.removesuffix(_DOMAIN) + f"api.{_DOMAIN}"
        return WrongHost("scheme", host, f"https://{api}")
    return None


def _on_api_host(scheme: str, host: str, path: str) -> WrongHost | None:
    if scheme == "http":
        return WrongHost("plain", host, f"https://{host}{path}")
    # Executed: the SDK puts `/runs` and the like behind whatever path it is given; `/api/v1` and `/v1` are answered.
    if re.search(r"/api/v1/+api(?:/v1)?$|/v1/+v1$", path) or re.search(
        r"/(?:runs|sessions|datasets)(?:/|$)", path
    ):
        return WrongHost("path", host, f"https://{host}")
    return None


def _meant(host: str) -> tuple[Fault, str] | None:
    """The host of the hosted service that an invented or misspelled one stands for; empty where that is not sure."""
    if host in GATEWAY_HOSTS | OTHER_HOSTS:
        return None
    found = _invented(host) or _misspelled(host)
    if found is None and host.endswith(".langchain.com"):
        return "unknown", ""
    return found


def _misspelled(host: str) -> tuple[Fault, str] | None:
    """The host that one comes near to by a slip of the pen."""
    apis = {known: known for known in API_HOSTS}
    apis.update({page: page.removesuffix(_DOMAIN) + f"api.{_DOMAIN}" for page in UI_HOSTS})
    near = [
        (edits, apis[known])
        for known in sorted(apis)
        if (edits := distance(host, known, _MOST_EDITS)) <= _MOST_EDITS
    ]
    if not near:
        return None
    best = {right for edits, right in near if edits == min(near)[0]}
    return "invented", best.pop() if len(best) == 1 else ""


def _invented(host: str) -> tuple[Fault, str] | None:
    """The host that one stands for which people make up."""
    if host in _RETIRED:
        return "invented", f"api.{_DOMAIN}"
    named = re.fullmatch(rf"(?P<region>[\w-]+)\.(?:api\.)?{re.escape(_DOMAIN)}", host)
    if named is not None and named["region"] in _REGION_NAMES:
        return "region", f"{_REGION_NAMES[named['region']]}api.{_DOMAIN}"
    if host in {
        "api.langsmith.com",
        "langsmith.com",
        "www.langsmith.com",
        "app.langsmith.com",
        "api.langsmith.ai",
    }:
        return "invented", f"api.{_DOMAIN}"
    if host in {"api.langchain.com", "langsmith.langchain.com", "api.langsmith.langchain.com"}:
        return "invented", f"api.{_DOMAIN}"
    regional = re.fullmatch(
        r"(?:(?P<first>[\w-]+)\.)?api[.-](?:(?P<second>[\w-]+)\.)?langsmith\.com", host
    )
    if regional is not None:
        region = _REGION_NAMES.get(regional["first"] or regional["second"] or "us")
        return "invented", f"{region or ''}api.{_DOMAIN}"
    if not host.endswith(".langchain.com"):
        return None
    label = host.removesuffix(".langchain.com")
    swapped = re.fullmatch(
        r"(?:api[.-](?P<a>[\w-]+)|(?P<b>[\w-]+)-api|smith[.-](?P<c>[\w-]+))\.?smith|(?P<d>\w+)-smith",
        label,
    )
    if swapped is None:
        return None
    region = next((group for group in swapped.groups() if group), "")
    if region in _REGION_NAMES:
        return "region", f"{_REGION_NAMES[region]}api.{_DOMAIN}"
    return None
