"""Lints made-up files and looks for what must never happen, whatever a file holds.

    python tools/fuzz.py --inputs 50000           with a seed of its own, which is printed
    python tools/fuzz.py --seed 1:17              one project again: seed 1, number 17
    python tools/fuzz.py --stdlib                 the standard library of this Python, with its tests

The inputs are files of every syntax that the linter reads: from grammars (`fuzz_grammar.py`), and those of the
fixtures and of the proof, mutated (`fuzz_inputs.py`). They are linted in projects of a few files, by all rules, for
auditors. What is looked for (`fuzz_checks.py`): exceptions and LS999, parts of keys in any report, too much time or
memory, reports that are malformed, findings that depend on which files were named or in what order, fixes that break a
file or do not settle, and LS900 where a file can be read, or none where it can't.

Each fault is reported once, with its smallest input, as a Python dictionary of file names and texts (`{KEY}` stands for
a key), and the command that makes it again. The exit code is 1 where there was one.
"""

from __future__ import annotations

import argparse
import collections
import multiprocessing
import os
import random
import shutil
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from multiprocessing.pool import AsyncResult, Pool
from pathlib import Path
from typing import Final, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent))

import fuzz_checks
import fuzz_inputs
from fuzz_checks import Case, Fault
from fuzz_inputs import Input

# Files of a project: enough for them to import each other, few enough for a fault to be found among them.
SIZE: Final = 8
# Addresses that a process may have: what a linter of small files needs many times over.
ADDRESSES: Final = 4 * 1024**3
# Bytes of a project of the standard library: what 1 MB may take is the limit of each (`fuzz_checks.CPU_SECONDS`), on a
# quiet machine.
_BYTES: Final = 400_000
_IMPORT: Final = b"\nimport langsmith\n"


class Found(NamedTuple):
    """What one project came to."""

    seed: str
    inputs: int
    faults: tuple[Fault, ...]
    seconds: float


def case_of(made: Input) -> Case:
    """How a project is linted: some formats of all, chosen by its seed."""
    rng = random.Random(f"formats {made.seed}")  # noqa: S311 - the same each time
    formats = tuple(rng.sample(fuzz_checks.ALL_FORMATS, 3))
    return Case(made.contents(), made.secrets(), formats, unsafe=rng.random() < 0.5)


def look(made: Input, folder: Path) -> list[Fault]:
    """The faults of a project, linted in a folder of its own below `folder`."""
    root = Path(tempfile.mkdtemp(dir=folder))
    try:
        return fuzz_checks.faults(case_of(made), root)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def run(seed: str) -> Found:
    """Make and lint the project of a seed."""
    started = time.process_time()
    made = fuzz_inputs.made_up(seed, SIZE)
    with tempfile.TemporaryDirectory() as folder:
        found = look(made, Path(folder))
    return Found(seed, len(made.files), tuple(found), time.process_time() - started)


def smallest(seed: str, fault: str) -> Input:
    """The smallest input that is found from that of a seed, with the same fault."""
    with tempfile.TemporaryDirectory() as folder:
        return fuzz_inputs.shrunk(
            fuzz_inputs.made_up(seed, SIZE),
            lambda smaller: fault in fuzz_checks.names(look(smaller, Path(folder))),
            # Each try of one that takes too long takes as long.
            tries=20 if fault.startswith(("slow", "memory")) else 300,
        )


def numbered(seed: str, inputs: int) -> Iterator[str]:
    """The seeds of projects that have at least so many inputs together."""
    return (f"{seed}:{number}" for number in range(-(-inputs // SIZE)))


# -- the standard library ----------------------------------------------------------------------------------------------


def stdlib() -> list[Path]:
    """Every Python file of the standard library, those of its tests too where they are installed."""
    top = Path(sysconfig.get_path("stdlib"))
    return sorted(path for path in top.rglob("*.py") if "site-packages" not in path.parts)


def _projects(paths: Iterable[Path], size: int) -> Iterator[list[Path]]:
    """Some files at a time: no more than a project may have for the time that it may take."""
    chosen: list[Path] = []
    count = 0
    for path in paths:
        count += path.stat().st_size
        if chosen and (len(chosen) == size or count > _BYTES):
            yield chosen
            chosen, count = [], path.stat().st_size
        chosen.append(path)
    if chosen:
        yield chosen


def library(paths: Iterable[Path], size: int = 20) -> Iterator[Found]:
    """What linting files of others comes to, each made relevant by an import at its end.

    Only whether they are read, and what rules make of them, is looked at: all of it in every way would take hours.
    """
    for chosen in _projects(paths, size):
        started = time.process_time()
        files = {
            f"m{number}_{path.name}": path.read_bytes() + _IMPORT
            for number, path in enumerate(chosen)
        }
        with tempfile.TemporaryDirectory() as folder:
            found = fuzz_checks.faults(Case(files), Path(folder), is_thorough=False)
        first = chosen[0].as_posix()
        yield Found(first, len(chosen), tuple(found), time.process_time() - started)


# -- the command -------------------------------------------------------------------------------------------------------


def main() -> int:
    """Look for faults, and say what was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--inputs", type=int, default=2000, metavar="N", help="how many files to make"
    )
    parser.add_argument("--seed", default="", help="a word, or `SEED:NUMBER` for one project")
    parser.add_argument(
        "--jobs", type=int, default=max(1, (os.cpu_count() or 2) - 1), metavar="N"
    )
    parser.add_argument(
        "--stdlib", action="store_true", help="lint the standard library instead"
    )
    parser.add_argument(
        "--output", type=Path, help="also write what was found to a Markdown file"
    )
    options = parser.parse_args()
    seed = options.seed or f"{random.SystemRandom().getrandbits(32):08x}"
    if options.stdlib:
        print(f"the standard library of Python {sys.version.split()[0]}")
        return _report(library(stdlib()), None)
    print(f"seed {seed}", flush=True)
    seeds = [seed] if ":" in seed else list(numbered(seed, options.inputs))
    with multiprocessing.get_context("spawn").Pool(
        options.jobs, fuzz_checks.limit_memory, (ADDRESSES,), maxtasksperchild=200
    ) as pool:
        return _report(pool.imap_unordered(run, seeds), options.output, pool)


def _report(results: Iterable[Found], output: Path | None, pool: Pool | None = None) -> int:
    """Print each fault when it is first met; at the end how often each was, and its smallest input."""
    counts: collections.Counter[str] = collections.Counter()
    inputs, seconds, worst = 0, 0.0, (0.0, "")
    waiting: list[tuple[str, AsyncResult[Input] | None]] = []
    for result in results:
        inputs += result.inputs
        seconds += result.seconds
        worst = max(worst, (result.seconds, result.seed))
        for fault in result.faults:
            counts[fault.name] += 1
            if counts[fault.name] == 1:
                print(f"{fault.name} ({result.seed})", flush=True)
                detail = f" ({fault.detail})" if fault.detail else ""
                head = (
                    f"## {fault.name}{detail}\n\n`python tools/fuzz.py --seed {result.seed}`\n"
                )
                waiting.append(
                    (
                        head,
                        pool.apply_async(smallest, (result.seed, fault.name)) if pool else None,
                    )
                )
    summary = (
        f"{inputs} inputs in {seconds:.0f} s of processor time; "
        f"the slowest project: {worst[0]:.1f} s ({worst[1]})\n"
    )
    summary += "".join(f"{count:>6} x {name}\n" for name, count in counts.most_common())
    texts = [
        head + (f"\n```python\n{fuzz_inputs.dumped(small.get())}\n```\n" if small else "")
        for head, small in waiting
    ]
    print("\n".join([*texts, summary]), flush=True)
    if output is not None:
        output.write_text("\n".join([f"```text\n{summary}```\n", *texts]), encoding="utf-8")
    return int(bool(counts))


def known(results: Sequence[Found]) -> frozenset[str]:
    """The names of all faults that were found."""
    return frozenset(fault.name for result in results for fault in result.faults)


if __name__ == "__main__":
    sys.exit(main())
