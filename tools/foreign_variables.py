#!/usr/bin/env python3
"""Writes `lint_langsmith/sdk/data/foreign.json`: the variables that other programs read under LangSmith's prefixes.

The packages are read as text, never imported, as `tools/sdk_variables.py` reads LangSmith's own. Usage:
`python tools/foreign_variables.py [--cache DIR]` (needs PyPI and, for npm, Node.js).
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from pathlib import Path
from typing import Final

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
OUTPUT: Final = Path(__file__).parent.parent / "lint_langsmith" / "sdk" / "data" / "foreign.json"


def collect(cache: Path) -> dict[str, object]:
    """The variables that the newest release of each package reads, with its version."""
    found: dict[str, object] = {}
    for package in PACKAGES:
        path = wheel(package, "newest", cache)
        found[package] = _row(path.name.split("-")[1], scan_wheel(path))
    for package in NODE_PACKAGES:
        version, scanned = scan_node_package(package, cache)
        found[f"npm:{package}"] = _row(version, scanned)
    return {"date": dt.datetime.now(dt.timezone.utc).date().isoformat(), "packages": found}


def _row(version: str, found: Found) -> dict[str, object]:
    """A name that is a string of the program counts as read: helpers of its own may ask for it."""
    return {"version": version, "variables": sorted(found.reads | found.names)}


def main() -> None:
    """Scan and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path("/tmp/langsmith-wheels"))  # noqa: S108 - a cache
    cache = parser.parse_args().cache
    cache.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(collect(cache), indent=1) + "\n", encoding="utf-8")
    print(f"wrote {OUTPUT}")


if __name__ == "__main__":
    main()
