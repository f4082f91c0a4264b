"""What one revision of lint-langsmith is slower at than another: `python tools/speed_gate.py main`.

    python tools/speed_gate.py main                  # the checkout against main
    python tools/speed_gate.py v0.1.0 main           # main against v0.1.0
    python tools/speed_gate.py main --on ~/src/app   # on another folder than the examples

Both revisions lint the same folders in turn, A B A B, with the dependencies of this Python and one process each. Of
each stage (`--timings`) and of the processor time of the whole run the ratio is taken pair by pair. Printed are the
medians; what got slower by more than 5 % is marked, and makes the exit code 1. Run it while nothing else runs: the
time of a stage is wall-clock time.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import runpy
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from checkout import PACKAGE, ROOT

SLOWER: Final = 1.05
# A stage of fewer milliseconds is noise.
_NEGLIGIBLE: Final = 20.0
_CPU: Final = "all (CPU)"
_RULES: Final = "rules"
_STAGE: Final = re.compile(r"^lint-langsmith: +([\d.]+) ms  (\w+)", re.MULTILINE)
_START: Final = "import sys; sys.path.insert(0, sys.argv.pop(1)); from lint_langsmith.__main__ import run; run()"
_OPTIONS: Final = ("check", "--isolated", "--no-cache", "--jobs", "1", "--exit-zero")
_EXAMPLES: Final = (PACKAGE, ROOT / "tests", ROOT / "fixtures")
_GENERATED: Final = 200

Times = Mapping[str, float]


class Row(NamedTuple):
    """A stage of a folder: the median of its pairwise ratios, and the medians of both sides in milliseconds."""

    folder: str
    stage: str
    ratio: float
    before: float
    after: float

    @property
    def is_slower(self) -> bool:
        """Whether it got slower by more than may be."""
        return self.ratio > SLOWER and max(self.before, self.after) >= _NEGLIGIBLE


def times(source: Path, folder: Path) -> Times:
    """Run the lint-langsmith of a source tree over a folder: milliseconds by stage, and those of the processor.

    Raises:
        SystemExit: the run failed.
    """
    command = [sys.executable, "-c", _START, str(source), *_OPTIONS, _timings(source), "."]
    plain = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command, cwd=folder, env=plain, stdout=subprocess.DEVNULL, stderr=errors
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        said = errors.read().decode()
    if process.returncode != 0:
        raise SystemExit(
            f"{source} failed over {folder} with exit code {process.returncode}:\n{said}"
        )
    found: dict[str, float] = defaultdict(float)
    found[_CPU] = (usage.ru_utime + usage.ru_stime) * 1000
    for spent, stage in _STAGE.findall(said):
        # A rule's time is what it was the first to ask for: one that is asked before it takes it away.
        found[stage if stage.islower() else _RULES] += float(spent)
    return found


def _timings(source: Path) -> str:
    """The option that shows the time of each stage; `--statistics` did before 2026-11-29."""
    package = source / "lint_langsmith"
    texts = [
        path.read_text("utf-8") for path in (package / "cli.py", *package.glob("commands/*.py"))
    ]
    return "--timings" if any("--timings" in text for text in texts) else "--statistics"


def compare(before: Path, after: Path, folder: Path, runs: int) -> Iterator[Row]:
    """Each stage of both source trees over a folder, from runs in turn; the first of each is thrown away."""
    pairs = [(times(before, folder), times(after, folder)) for _ in range(runs + 1)][1:]
    for stage in pairs[0][0].keys() & pairs[0][1].keys():
        spent = [(old.get(stage, 0.0), new.get(stage, 0.0)) for old, new in pairs]
        ratio = statistics.median(new / old if old else 1.0 for old, new in spent)
        yield Row(
            folder.name,
            stage,
            ratio,
            *(statistics.median(side) for side in zip(*spent, strict=True)),
        )


@contextlib.contextmanager
def tree_of(revision: str | None, work: Path) -> Iterator[Path]:
    """The source tree of a revision; that of the checkout itself, as it is on the disk, without one."""
    if revision is None:
        yield ROOT
        return
    tree = work / "before-or-after" / re.sub(r"\W", "_", revision)
    subprocess.run(
        ["git", "-C", ROOT, "worktree", "add", "--quiet", "--detach", tree, revision],
        check=True,
    )
    try:
        yield tree
    finally:
        subprocess.run(["git", "-C", ROOT, "worktree", "remove", "--force", tree], check=True)


def generated(work: Path) -> Path:
    """A project whose files all use LangSmith and each other."""
    folder = work / "generated"
    runpy.run_path(str(ROOT / "benchmarks" / "compare.py"))["generate"](folder, _GENERATED)
    return folder


def show(rows: Sequence[Row]) -> None:
    """Print the stages that take any time, those that got slower marked."""
    for row in rows:
        if max(row.before, row.after) >= _NEGLIGIBLE:
            mark = "SLOWER" if row.is_slower else ""
            times = f"{row.before:>9.1f} ms {row.after:>9.1f} ms  {row.ratio:.2f}"
            line = f"{row.folder:<16} {row.stage:<10} {times} {mark}"
            print(line.rstrip(), flush=True)


def main() -> None:
    """Compare two revisions, and print what got slower."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("before", help="the revision that is held against")
    parser.add_argument(
        "after",
        nargs="?",
        help="the revision that is judged; the checkout as it is, without one",
    )
    parser.add_argument("--runs", type=int, default=7, help="pairs of runs for each folder")
    parser.add_argument(
        "--on", type=Path, action="append", help="a folder to lint in place of the examples"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        folders = given.on or [*_EXAMPLES, generated(work)]
        with tree_of(given.before, work) as before, tree_of(given.after, work) as after:
            rows: list[Row] = []
            for folder in folders:
                found = sorted(
                    compare(before, after, folder.resolve(), given.runs),
                    key=lambda row: -row.after,
                )
                show(found)
                rows.extend(found)
    slower = [row for row in rows if row.is_slower]
    print(f"{len(slower)} of {len(rows)} stages got slower by more than {SLOWER - 1:.0%}")
    raise SystemExit(bool(slower))


if __name__ == "__main__":
    main()
