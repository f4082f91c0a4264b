"""Real applications: `python benchmarks/applications.py FOLDER…`, each a folder with the files of one, without `.git`.

Of each are printed: the wall time of a run without a cache and with two workers against what no linter with libcst can
do without (`bare.py`: finding, reading, and parsing what names LangSmith); how many files are parsed, against how many
name LangSmith; and two workers against one. Runs are taken in turns, ratios pair by pair, and medians of them.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from compare import HERE, in_turn, run

_LINT = (
    sys.executable,
    "-m",
    "lint_langsmith",
    "check",
    "--isolated",
    "--no-cache",
    "-q",
    "--exit-zero",
)
_SUFFIXES = frozenset({".py", ".ipynb"})
_PARSED = re.compile(r" parse .*\((\d+)\)$", re.MULTILINE)


class Measured(NamedTuple):
    """Of one application: ratios of wall times, and numbers of files."""

    against_bare: float
    against_one: float
    parsed: int
    named: int
    files: int

    @property
    def parsed_for_each(self) -> float:
        """Files that are parsed, for each one that names LangSmith."""
        return self.parsed / max(self.named, 1)


def measure(folder: Path, runs: int) -> Measured:
    """Measure one."""
    rounds = in_turn(
        runs,
        lambda: run([*_LINT, "-j2", "."], folder),
        lambda: run([sys.executable, HERE / "bare.py", "."], folder),
        lambda: run([*_LINT, "-j1", "."], folder),
        of=lambda item: item.wall,
    )
    files = [path for path in folder.rglob("*") if path.suffix in _SUFFIXES and path.is_file()]
    return Measured(
        statistics.median(two / bare for two, bare, _ in rounds),
        statistics.median(two / one for two, _, one in rounds),
        _parsed(folder),
        sum(b"langsmith" in path.read_bytes().lower() for path in files),
        len(files),
    )


def _parsed(folder: Path) -> int:
    command = [*_LINT, "-j1", "--timings", "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    found = _PARSED.search(done.stderr)
    return int(found[1]) if found else 0


def main() -> None:
    """Measure, and print a table with the medians below it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--runs", type=int, default=3, help="rounds for each application")
    given = parser.parse_args()
    print(
        f"{'application':<44} {'files':>6} {'named':>6} {'parsed':>6} {'bare':>6} {'2 / 1':>6}"
    )
    found: list[Measured] = []
    for folder in given.folders:
        one = measure(folder.resolve(), given.runs)
        found.append(one)
        print(
            f"{folder.name[:44]:<44} {one.files:>6} {one.named:>6} {one.parsed:>6}"
            f" {one.against_bare:>6.2f} {one.against_one:>6.2f}",
            flush=True,
        )
    bare = statistics.median(one.against_bare for one in found)
    parsed = statistics.median(one.parsed_for_each for one in found)
    print(f"against bare libcst, median: {bare:.2f} (bar: 1.5)")
    print(f"files parsed for each that names LangSmith, median: {parsed:.2f} (bar: 1.8)")


if __name__ == "__main__":
    main()
