"""What the engine of `lint-langsmith fleet` costs, and what more workers give.

    python benchmarks/fleet.py --repositories 2000 --real FOLDER…

The repositories are made: each with a dozen files, of which one or two use LangSmith; besides come real ones, the
folders that are named. Measured are, in turns: a plain loop of the same work in one process, without Dask and without a
process per repository; `fleet` with one worker; with two; and `fleet` again, over what it has just examined. Of each
the wall time and the CPU time of all processes are printed, and the bars of the project. Linux only.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT)]
_SUBREAPER: Final = (
    36  # PR_SET_CHILD_SUBREAPER: processes whose parent has ended become ours, with their times
)
_SCALING: Final = 1.6
_OVERHEAD: Final = 1.10
_AGAIN: Final = 0.05

_APP: Final = """import os
from langsmith import Client, traceable

client = Client(api_key=os.environ["LANGSMITH_API_KEY"])


@traceable
def answer(question):
    return client.read_dataset(dataset_name=question)


def main():
    try:
        print(answer("cities"))
    except ValueError:
        print("no such dataset")


if __name__ == "__main__":
    main()
"""
_PLAIN: Final = "import os\n\n\ndef size_{n}(path):\n    return os.stat(path).st_size * {n}\n"


class Took(NamedTuple):
    """Seconds on the wall, and of CPU in all processes."""

    wall: float
    cpu: float


def make(folder: Path, count: int, real: Sequence[Path]) -> None:
    """Make the repositories, always the same ones."""
    chance = random.Random(22)  # noqa: S311 - no secret
    for number in range(count):
        files = {f"app/part_{n}.py": _PLAIN.format(n=chance.randrange(99)) for n in range(10)}
        files["app/main.py"] = _APP if chance.random() < 0.5 else _PLAIN.format(n=1)
        files["pyproject.toml"] = "[project]\nname = 'app'\ndependencies = ['langsmith']\n"
        _commit(folder / f"made-{number:05}", files)
    for path in real:
        copy = folder / f"real-{path.name}"
        shutil.copytree(path, copy, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        _git(copy, "init", "-q")
        _git(copy, "add", "-A", "-f")
        _git(copy, "-c", "user.name=x", "-c", "user.email=x", "commit", "-qm", "all")


def _git(folder: Path, *arguments: str, stdin: bytes = b"") -> None:
    command = ["git", *arguments]
    subprocess.run(command, cwd=folder, check=True, input=stdin, capture_output=True)


def _commit(folder: Path, files: dict[str, str]) -> None:
    """A repository of one commit, without a work tree."""
    folder.mkdir()
    _git(folder, "init", "-q", "--bare", "-b", "main", "--template=")
    lines = [b"commit refs/heads/main\ncommitter x <x> 1700000000 +0000\ndata 1\nx\n"]
    for name, text in files.items():
        lines.append(
            b"M 644 inline %s\ndata %d\n%s\n" % (name.encode(), len(text), text.encode())
        )
    _git(folder, "fast-import", "--quiet", stdin=b"".join(lines))


@contextlib.contextmanager
def _measured(took: list[Took]) -> Iterator[None]:
    before, begun = _cpu(), time.perf_counter()
    yield
    wall = time.perf_counter() - begun
    with contextlib.suppress(ChildProcessError):
        while True:  # servers whose worker has ended are ours now
            os.waitpid(-1, 0)
    took.append(Took(wall, _cpu() - before))


def _cpu() -> float:
    whole = [
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    return sum(one.ru_utime + one.ru_stime for one in whole)


def plain_loop(folder: Path) -> None:
    """The same work, one repository after the other, in one process."""
    from lint_langsmith import __version__
    from lint_langsmith.config.options import Options
    from lint_langsmith.fleet.jobs import Job
    from lint_langsmith.fleet.sources import find_sources
    from lint_langsmith.fleet.work import work

    number = os.fork()
    if number:
        os.waitpid(number, 0)
        return
    options = Options(paths=(), jobs=1, cache=False, ignored_env=False)
    for source in find_sources([str(folder)], Path.cwd(), lambda: b""):
        scratch = Path(tempfile.mkdtemp())
        work(Job(source=source, options=options, settings="", version=__version__), scratch)
        shutil.rmtree(scratch)
    os._exit(0)


def fleet(folder: Path, out: Path, workers: int) -> None:
    """The command."""
    words = ["fleet", str(folder), "--out", str(out), f"-j{workers}", "-q", "--exit-zero"]
    subprocess.run([sys.executable, "-m", "lint_langsmith", *words], check=True, cwd=ROOT)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repositories", type=int, default=2000)
    parser.add_argument("--real", type=Path, nargs="*", default=[])
    parser.add_argument("--rounds", type=int, default=1)
    given = parser.parse_args()
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        (base / "repos").mkdir()
        make(base / "repos", given.repositories, given.real)
        found = _in_turns(base, given.rounds)
    _print(found)


def _in_turns(base: Path, rounds: int) -> dict[str, list[Took]]:
    took: dict[str, list[Took]] = {}
    folder = base / "repos"
    for _ in range(rounds):
        shutil.rmtree(base / "one", ignore_errors=True)
        shutil.rmtree(base / "two", ignore_errors=True)
        works: dict[str, Callable[[], None]] = {
            "plain loop": lambda: plain_loop(folder),
            "one worker": lambda: fleet(folder, base / "one", 1),
            "two workers": lambda: fleet(folder, base / "two", 2),
            "two workers, again": lambda: fleet(folder, base / "two", 2),
        }
        for name, do in works.items():
            with _measured(took.setdefault(name, [])):
                do()
        for name, found in took.items():
            print(
                f"{name:<20} {found[-1].wall:>8.1f} s wall {found[-1].cpu:>8.1f} s CPU",
                flush=True,
            )
    return took


def _print(took: dict[str, list[Took]]) -> None:
    """The ratios, each the median over the rounds of what two works of one round took."""

    def ratio(of: str, against: str, part: Callable[[Took], float]) -> str:
        pairs = zip(took[of], took[against], strict=True)
        found = sorted(part(one) / part(other) for one, other in pairs)
        return f"{statistics.median(found):.3f} ({found[0]:.3f} to {found[-1]:.3f})"

    def wall(one: Took) -> float:
        return one.wall

    def cpu(one: Took) -> float:
        return one.cpu

    scaling = ratio("one worker", "two workers", wall)
    print(f"two workers against one, wall: {scaling} (bar: {_SCALING} or more)")
    print(
        f"one worker against the loop, wall: {ratio('one worker', 'plain loop', wall)} (bar: {_OVERHEAD})"
    )
    print(f"one worker against the loop, CPU: {ratio('one worker', 'plain loop', cpu)}")
    print(f"again, wall: {ratio('two workers, again', 'two workers', wall)} (bar: {_AGAIN})")


if __name__ == "__main__":
    main()
