"""Finds which releases of one another langchain's packages require: `sdk/data/family.json`.

Of each package it holds the first release of each run of releases that require the same lines of others. The metadata
of the first and the last release of a line is asked for, and of those between only where the two differ.
Needs PyPI, through pip; with `--check` nothing is written.
"""

from __future__ import annotations

import argparse
import functools
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Final

from checkout import DATA

from lint_langsmith.versions import Clause, parse_range, parse_release

OUTPUT: Final = DATA / "family.json"
# What decides over the others' releases, and the packages that projects require most often beside it.
_ASKED: Final = ("langchain", "langchain-core", "langsmith")
_PACKAGES: Final = (
    "langchain",
    "langchain-anthropic",
    "langchain-aws",
    "langchain-chroma",
    "langchain-classic",
    "langchain-community",
    "langchain-core",
    "langchain-experimental",
    "langchain-google-genai",
    "langchain-groq",
    "langchain-huggingface",
    "langchain-ollama",
    "langchain-openai",
    "langchain-text-splitters",
    "langgraph",
)
_REQUIRED: Final = re.compile(
    r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?\s*\(?([^;()]*)\)?\s*(?:;(.*))?"
)


def releases(package: str) -> list[str]:
    """The final releases of a package, oldest first."""
    found = _pip("index", "versions", package)
    line = next(line for line in found.splitlines() if line.startswith("Available versions:"))
    names = line.partition(":")[2].replace(" ", "").split(",")
    return sorted((name for name in names if re.fullmatch(r"[0-9.]+", name)), key=parse_release)


@functools.cache
def required(package: str, release: str) -> dict[str, str]:
    """The ranges that a release requires of those that count, as `>=0.3.0,<1.0.0`."""
    report = _pip(
        *(
            "install",
            "--dry-run",
            "--no-deps",
            "--ignore-installed",
            "--ignore-requires-python",
        ),
        *("-q", "--report", "-", f"{package}=={release}"),
    )
    metadata = json.loads(report)["install"][0]["metadata"]
    found = {}
    for entry in metadata.get("requires_dist", []):
        match = _REQUIRED.fullmatch(entry)
        if match is None:
            continue
        name, written, marker = match.groups()
        if name in _ASKED and "extra" not in (marker or ""):
            found[name] = _bounds(written)
    return found


def _bounds(written: str) -> str:
    """The lowest and the highest release of a range, without the ones that are left out between."""
    clauses = parse_range(written).alternatives[0]
    kept = [clause for clause in clauses if clause.operator in {">=", ">", "<", "<=", "=="}]
    return ",".join(clause.operator + ".".join(map(str, clause.release)) for clause in kept)


def _pip(*arguments: str) -> str:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _lines(required_of: dict[str, str]) -> dict[str, tuple[object, ...]]:
    """What two releases must share to be of one run: all but the last part of what is asked for at least."""
    return {
        name: tuple(
            (clause.operator, _line(clause)) for clause in parse_range(written).alternatives[0]
        )
        for name, written in required_of.items()
    }


def _line(clause: Clause) -> tuple[int, ...]:
    return clause.release if clause.operator.startswith("<") else clause.release[:2]


def runs(package: str, names: Sequence[str]) -> Iterator[str]:
    """The first releases of the runs of some releases, the very first of which is left out."""
    if len(names) < 2:
        return
    first, last = (_lines(required(package, names[index])) for index in (0, -1))
    if first == last:
        return
    if len(names) == 2:  # the change lies between the two
        yield names[1]
        return
    middle = len(names) // 2
    yield from runs(package, names[: middle + 1])
    yield from runs(package, names[middle:])


def steps(package: str) -> dict[str, dict[str, str]]:
    """What the releases of a package require, by the first release of each run."""
    lines: dict[tuple[int, ...], list[str]] = {}
    for name in releases(package):
        lines.setdefault(parse_release(name)[:2], []).append(name)
    firsts = [first for names in lines.values() for first in (names[0], *runs(package, names))]
    found: dict[str, dict[str, str]] = {}
    previous = None
    for first in firsts:
        told = required(package, first)
        if previous is None or _lines(told) != _lines(previous):
            found[first] = told
        previous = told
    return found


def main() -> int:
    """Write the table, or compare it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args().check
    table = {package: steps(package) for package in _PACKAGES}
    content = json.dumps(table, indent=1, sort_keys=False) + "\n"
    same = OUTPUT.is_file() and OUTPUT.read_text(encoding="utf-8") == content
    if not check:
        OUTPUT.write_text(content, encoding="utf-8")
    return 0 if same or not check else 1


if __name__ == "__main__":
    raise SystemExit(main())
