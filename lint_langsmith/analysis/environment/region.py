"""The region of LangSmith that a project works in: the one that its variables for the address name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

from lint_langsmith.sdk.hosts import API_HOSTS
from lint_langsmith.sdk.variables import ADDRESSES

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.variables import Environment
    from lint_langsmith.analysis.environment.writes import Setting
    from lint_langsmith.analysis.project.project import Project

# Prose may name every region.
_PROSE: Final = frozenset({"markdown", "rst", "text"})


class Region(NamedTuple):
    """The host of a region's API, and a setting that names it."""

    host: str
    setting: Setting


def region(
    project: Project, environment: Environment, is_loaded: Callable[[str], bool]
) -> Region | None:
    """The only region that the project names, in templates as well; None where there are several, or an unknown one."""
    loaded = filter(is_loaded, sorted(project.sources.ignored))
    found: dict[str, Setting] = {}
    for name in (*project.relevant, *project.relevant_others, *loaded):
        file = project.try_load(name)
        if file is None or file.is_test or file.kind in _PROSE:
            continue
        for setting in environment.settings(file):
            if setting.name in ADDRESSES and (setting.value is None or setting.value.strip()):
                found.setdefault(host_of(setting.value or ""), setting)
    host = next(iter(found), "")
    return Region(host, found[host]) if len(found) == 1 and host else None


def host_of(address: str) -> str:
    """The host of an address of LangSmith's API; empty for every other one."""
    try:
        host = urlsplit(address.strip().strip("\"'")).hostname or ""
    except ValueError:
        return ""
    return host if host in API_HOSTS else ""
