"""Lints pinned packages from PyPI and compares what comes out with `tools/corpus_expected.txt`.

The file holds one line per finding with a verdict, given by someone who read the code: `right`, `arguable` (its
maintainer might answer either way) or `wrong`, and why. The run fails while anything is wrong, unjudged, new or
missing, when a rule crashed, when a file could not be parsed that Python can parse, and when a second run (with other
hashes, on more processes) reports anything else. Needs PyPI; wheels are only
unpacked, nothing in them is run.

    python tools/corpus.py               compare
    python tools/corpus.py --update      add what is new, as `unjudged`, and drop what is gone; then judge it by hand
    python tools/corpus.py --only lefx   some packages only
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import checkout  # noqa: F401 - what is linted with is the checkout, also in the processes that are started
from wheels import download

PACKAGES: Final = {
    "agentevals": "0.0.9",
    "deepagents": "0.7.32",
    "gemini-imagen": "0.6.6",
    "genblaze-langsmith": "0.3.2",
    "harbor-langsmith": "0.3.1",
    "kitaru-langsmith-importer": "0.4.0",
    "langchain": "1.5.0",
    "langchain-benchmarks": "0.0.14",
    "langchain-classic": "1.0.8",
    "langchain-community": "0.4.2",
    "langchain-core": "1.8.2",
    "langfree": "0.0.32",
    "langgraph": "1.2.22",
    "langsmith": "0.15.0",
    "langsmith-cli": "0.12.1",
    "langsmith-fetch": "0.3.1",
    "langsmith-mcp": "0.5.3",
    "langsmith-mcp-server": "0.1.1",
    "langsmith-tool-server": "0.2.9",
    "lefx": "0.3.1",
    "mlflow-langsmith": "0.1.2",
    "openevals": "0.2.2",
}
# Wheels are taken for the newest Python, whatever Python runs this.
PYTHON: Final = "3.14"
EXPECTED: Final = Path(__file__).parent / "corpus_expected.txt"
VERDICTS: Final = ("right", "arguable", "wrong", "unjudged")

_LINE: Final = re.compile(
    r"(?P<package>\S+) (?P<path>.+):(?P<line>\d+):(?P<column>\d+) (?P<code>LS\d{3})"
    r" \| (?P<verdict>\w+) \|(?P<why>.*)"
)
_HEADER: Final = """\
# What `python tools/corpus.py` finds in released packages, with a verdict on each: read CONTRIBUTING.md first.
# package path:line:column code | right, arguable, wrong or unjudged | why
"""


class Key(NamedTuple):
    """A finding by its place; the packages are pinned, so that places hold still."""

    package: str
    path: str
    line: int
    column: int
    code: str

    def __str__(self) -> str:
        return f"{self.package} {self.path}:{self.line}:{self.column} {self.code}"


class Verdict(NamedTuple):
    """What someone who read the code said of a finding."""

    word: str
    why: str


class Difference(NamedTuple):
    """What stands between a run and the expectation; each list is sorted."""

    new: tuple[Key, ...]
    missing: tuple[Key, ...]
    unjudged: tuple[Key, ...]
    wrong: tuple[Key, ...]

    @property
    def is_empty(self) -> bool:
        """Whether everything is as expected, judged, and not wrong."""
        return not any(self)


class BadExpectationError(Exception):
    """A line of the expectation file that says nothing; the message names it."""


def read_expectation(text: str) -> dict[Key, Verdict]:
    """The verdicts of an expectation file.

    Raises:
        BadExpectationError: a line is not in the form that the file's head describes, or stands twice.
    """
    found: dict[Key, Verdict] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None or match["verdict"] not in VERDICTS:
            raise BadExpectationError(f"line {number} is no expectation: {line}")
        if match["verdict"] in {"right", "arguable"} and not match["why"].strip():
            raise BadExpectationError(f"line {number} gives no reason: {line}")
        key = Key(
            match["package"],
            match["path"],
            int(match["line"]),
            int(match["column"]),
            match["code"],
        )
        if key in found:
            raise BadExpectationError(f"line {number} stands twice: {line}")
        found[key] = Verdict(match["verdict"], match["why"].strip())
    return found


def write_expectation(verdicts: Mapping[Key, Verdict]) -> str:
    """The text of an expectation file: sorted, one finding per line, so that branches merge."""
    lines = (
        f"{key} | {verdict.word} | {verdict.why}".rstrip()
        for key, verdict in sorted(verdicts.items())
    )
    return _HEADER + "".join(f"{line}\n" for line in lines)


def compare(
    expected: Mapping[Key, Verdict], found: Iterable[Key], packages: Iterable[str]
) -> Difference:
    """What differs, in the packages that were run."""
    run = set(packages)
    seen = set(found)
    known = {key: verdict for key, verdict in expected.items() if key.package in run}
    held = {key: verdict for key, verdict in known.items() if key in seen}
    return Difference(
        new=tuple(sorted(seen - known.keys())),
        missing=tuple(sorted(known.keys() - seen)),
        unjudged=tuple(
            sorted(key for key, verdict in held.items() if verdict.word == "unjudged")
        ),
        wrong=tuple(sorted(key for key, verdict in held.items() if verdict.word == "wrong")),
    )


def updated(expected: Mapping[Key, Verdict], difference: Difference) -> dict[Key, Verdict]:
    """The expectation with new findings as `unjudged`, and without those that are gone."""
    kept = {key: verdict for key, verdict in expected.items() if key not in difference.missing}
    return kept | {key: Verdict("unjudged", "") for key in difference.new}


# -- packages ----------------------------------------------------------------------------------------------------------


def fetch(package: str, version: str, cache: Path) -> Path:
    """The folder with the unpacked wheel of a package, downloaded once."""
    folder = cache / f"{package}-{version}"
    if folder.is_dir():
        return folder
    wheels = cache / "wheels" / f"{package}-{version}"
    download(f"{package}=={version}", wheels, "--python-version", PYTHON)
    unfinished = folder.with_suffix(".part")
    shutil.rmtree(unfinished, ignore_errors=True)
    with zipfile.ZipFile(next(wheels.glob("*.whl"))) as archive:
        archive.extractall(unfinished)
    # A mark, so that the package is a project of its own wherever the cache lies.
    (unfinished / "pyproject.toml").touch()
    unfinished.rename(folder)
    return folder


def lint(folder: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """The findings in a package, as in the JSON report; and what is wrong with the report itself.

    It is made twice, each time without a cache, and must be the same: with other hashes, and with one process or more.
    """
    reports = []
    for seed, jobs in (("0", "1"), ("1", "2")):
        command = [
            sys.executable,
            "-m",
            "lint_langsmith",
            "check",
            ".",
            "-f",
            "json",
            "--isolated",
            "--no-cache",
            "-j",
        ]
        result = subprocess.run(
            [*command, jobs],
            cwd=folder,
            capture_output=True,
            check=False,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        if not result.stdout.startswith(b"{"):
            error = result.stderr.decode(errors="replace")
            raise SystemExit(
                f"{folder.name}: the linter gave no report (exit code {result.returncode})\n{error}"
            )
        reports.append(result.stdout)
    findings: list[dict[str, Any]] = json.loads(reports[0])["findings"]
    return findings, [] if reports[0] == reports[1] else [
        f"{folder.name}: another run has another report"
    ]


def faults(folder: Path, findings: Iterable[Mapping[str, Any]]) -> list[str]:
    """Crashes, and files that were called unparsable and are not."""
    found = []
    for finding in findings:
        place = f"{folder.name} {finding['path']}"
        if finding["code"] == "LS999":
            found.append(f"{place}: {finding['message']}")
        elif finding["code"] == "LS900" and _parses(folder / finding["path"]):
            found.append(
                f"{place}: Python parses it, and the linter does not: {finding['message']}"
            )
    return found


def _parses(path: Path) -> bool:
    try:
        ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return False
    return path.suffix in {".py", ".pyi"}


# -- the command -------------------------------------------------------------------------------------------------------


def show(
    expected: Mapping[Key, Verdict], found: Mapping[Key, str], difference: Difference
) -> None:
    """Print the findings per rule, and what differs."""
    per_rule = Counter(key.code for key in found)
    for code, count in sorted(per_rule.items()):
        words = Counter(
            expected[key].word if key in expected else "new"
            for key in found
            if key.code == code
        )
        print(
            f"{code} {count:>4} findings: "
            + ", ".join(f"{number} {word}" for word, number in words.most_common())
        )
    for name, keys in difference._asdict().items():
        for key in keys:
            print(f"{name}: {key} {found.get(key, '')}".rstrip())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    default = (
        Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        / "lint-langsmith-corpus"
    )
    parser.add_argument(
        "--cache", type=Path, default=default, help=f"where the packages lie ({default})"
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=sorted(PACKAGES),
        help="this package; may be repeated",
    )
    parser.add_argument(
        "--update",
        action="store_true",
        help="write what is new, as unjudged, and drop what is gone",
    )
    options = parser.parse_args(arguments)
    expected = (
        read_expectation(EXPECTED.read_text(encoding="utf-8")) if EXPECTED.exists() else {}
    )
    packages = options.only or sorted(PACKAGES)
    found: dict[Key, str] = {}
    problems: list[str] = []
    for package in packages:
        folder = fetch(package, PACKAGES[package], options.cache)
        findings, differences = lint(folder)
        problems += [*differences, *faults(folder, findings)]
        for row in findings:
            found[Key(package, row["path"], row["line"], row["column"], row["code"])] = row[
                "message"
            ]
    difference = compare(expected, found, packages)
    show(expected, found, difference)
    for problem in problems:
        print(f"fault: {problem}")
    if options.update:
        EXPECTED.write_text(write_expectation(updated(expected, difference)), encoding="utf-8")
    return 0 if difference.is_empty and not problems else 1


if __name__ == "__main__":
    sys.exit(main())
