"""LangSmith's hosts: where its API answers, and what is taken for it.

Sources: the regions of the documentation's pages "Cloud" and "Create an account and API key" (September 2026), and
`langsmith.utils.get_host_url` of 0.15.0, which turns an API address into the page's.
"""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple, TypeAlias
from urllib.parse import urlsplit

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
_REGION_NAMES: Final = {
    "us": "",
    "eu": "eu.",
    "europe": "eu.",
    "gcp-eu": "eu.",
    "apac": "apac.",
    "asia": "apac.",
    "aws": "aws.",
}

Fault: TypeAlias = Literal["page", "invented", "region", "plain", "path", "scheme"]


class WrongHost(NamedTuple):
    """What is wrong with an address, and the right one where it is sure."""

    fault: Fault
    host: str
    right: str | None


def is_hosted(host: str) -> bool:
    """Whether a host belongs to the hosted LangSmith."""
    return host == _DOMAIN or host.endswith(f".{_DOMAIN}") or host in OTHER_HOSTS


def is_deployment(host: str) -> bool:
    """Whether a host is that of a graph that LangSmith runs."""
    return host.endswith(_DEPLOYMENTS)


def wrong_host(address: str) -> WrongHost | None:
    """What is wrong with `address` as the address of LangSmith's API; None for right ones and for unknown hosts."""
    text = address.strip().strip("\"'")
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
        return WrongHost(meant[0], host, f"https://{meant[1]}" if not path else None)
    if re.search(r"/api/v1/+api(?:/v1)?$", path) or path.endswith("/runs"):
        return WrongHost("path", host, None)
    return None


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
    """The host of the hosted service that an invented or misspelled one stands for."""
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
    if not host.endswith(".langchain.com") or host in GATEWAY_HOSTS | OTHER_HOSTS:
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
