#!/usr/bin/env python3
"""Writes `lint_langsmith/sdk/data/foreign.json`: the variables that other programs read under LangSmith's prefixes.

The packages are read as text, never imported, as `tools/sdk_variables.py` reads LangSmith's own. Usage:
`python tools/foreign_variables.py [--check] [--cache DIR]` (needs PyPI and, for npm, Node.js).
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from pathlib import Path
from typing import Final

from checkout import DATA, put
from sdk_variables import Found, scan_node_package, scan_wheel, wheel

# Programs and libraries that speak to LangSmith by themselves.
PACKAGES: Final = (
    "litellm",
    "langflow-base",
    "deepagents-code",
    "deepagents-cli",
    "langsmith-fetch",
    "langsmith-mcp-server",
    "langchain-teddynote",
)
NODE_PACKAGES: Final = ("flowise-components", "@mastra/langsmith")
OUTPUT: Final = DATA / "foreign.json"


def collect(cache: Path) -> dict[str, object]:
    """The variables that the newest release of each package reads, with its version."""
    found: dict[str, object] = {}
    for package in PACKAGES:
        path = wheel(package, "newest", cache)
        found[package] = _row(path.name.split("-")[1], scan_wheel(path))
    for package in NODE_PACKAGES:
        version, scanned = scan_node_package(package, cache)
        found[f"npm:{package}"] = _row(version, scanned)
    before = json.loads(OUTPUT.read_text(encoding="utf-8")) if OUTPUT.exists() else {}
    # The day on which the packages were first found so.
    today = dt.datetime.now(dt.timezone.utc).date().isoformat()
    return {
        "date": before["date"] if before.get("packages") == found else today,
        "packages": found,
    }


def _row(version: str, found: Found) -> dict[str, object]:
    """A name that is a string of the program counts as read: helpers of its own may ask for it."""
    return {"version": version, "variables": sorted(found.reads | found.names)}


def main() -> int:
    """Scan and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--cache", type=Path, default=Path.home() / ".cache" / "lint-langsmith" / "packages"
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing, and fail where it differs"
    )
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    return int(
        put(OUTPUT, json.dumps(collect(options.cache), indent=1) + "\n", check=options.check)
        and options.check
    )


if __name__ == "__main__":
    sys.exit(main())
