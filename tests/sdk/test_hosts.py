"""The table of LangSmith's hosts against the SDK that is installed: which hosts it names, and which page it gives."""

from __future__ import annotations

import re
from pathlib import Path

import langsmith
import pytest
from langsmith.utils import get_host_url

from lint_langsmith.sdk.hosts import API_HOSTS, GATEWAY_HOSTS, UI_HOSTS, wrong_host

_NAMED = re.compile(r"https?://((?:[a-z]+\.)*smith\.langchain\.com)")
_DOCUMENTATION = {"docs.smith.langchain.com"}


def test_every_host_that_the_sdk_names_is_known() -> None:
    sources = Path(langsmith.__file__).parent.rglob("*.py")
    named = {
        host for path in sources for host in _NAMED.findall(path.read_text(encoding="utf-8"))
    }
    assert len(named) > 5
    assert named - _DOCUMENTATION <= API_HOSTS | UI_HOSTS | GATEWAY_HOSTS


@pytest.mark.parametrize("host", sorted(API_HOSTS))
def test_each_api_has_the_page_that_the_sdk_gives(host: str) -> None:
    page = get_host_url(None, f"https://{host}").removeprefix("https://")
    assert page in UI_HOSTS
    found = wrong_host(f"https://{page}")
    assert found is not None
    assert found.right == f"https://{host}"
