"""Whether the tests of a package of the analysis notice that something in it is wrong.

Draws places in `lint_langsmith/analysis/` by a printed seed, changes the program at one of them after another (a branch
inverted, a comparison changed, `and` for `or`, a limit at 0, one kind ignored, an early end left out, a result empty,
a number off by one), and runs the tests of that package alone: its pages in `fixtures/analysis/` and its folder in
`tests/analysis/`. A change that no test notices is printed, with its place; one that changes nothing that could be
noticed belongs into `tools/mutate_equivalent.txt`, with the reason.

What changes a function is tested in a child of a process that has collected the tests, by those that run the changed
statement (`mutation_tests.py`); what changes a table of a module, in a copy of the checkout, by a process of its own.
Both have a limit of time: a program that never ends has been noticed.
"""

from __future__ import annotations

import argparse
import compileall
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Container, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import checkout
from mutations import Mutation, Result, draw

if TYPE_CHECKING:
    import pytest

_SECONDS: Final = 240  # for the tests of one change, on a machine with other things to do
_COPIED: Final = ("lint_langsmith", "tests", "tools", "fixtures", "pyproject.toml", "README.md")
# Tests of a package that start a process for each of their cases say little for the time that they take here.
_LEFT_OUT: Final = frozenset({"test_call_graphs.py", "test_parsing.py", "test_sources.py"})
# Those of other files: processes of its own can't be forked by a test that is itself forked.
_NOT_RUN: Final = "not notebook and not what_the_sdk_keeps"
_OPTIONS: Final = (
    *("-o", "addopts=", "--assert=plain", "-p", "no:cacheprovider", "-m", "not slow"),
)


# -- tests -----------------------------------------------------------------------------------------------------------


class _Copy:
    """A copy of the checkout in which one change at a time is tested."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        ignored = shutil.ignore_patterns("__pycache__", ".*_cache")
        for name in _COPIED:
            source = checkout.ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=ignored)
            else:
                shutil.copy(source, folder)
        compileall.compile_dir(folder / "lint_langsmith", quiet=2)
        self.output = folder / "output.txt"

    def start(self, package: str, mutation: Mutation | None) -> int:
        """Begin to test a change; the process that does."""
        if mutation is not None:
            self._write(mutation, mutation.after())
        child = os.fork()
        if child == 0:
            os.setsid()
            self._test(package)
        return child

    def restore(self, mutation: Mutation) -> None:
        """Take the change back."""
        self._write(mutation, mutation.before)

    def _write(self, mutation: Mutation, text: str) -> None:
        path = self.folder / mutation.path
        path.write_text(text, encoding="utf-8")
        for compiled in path.parent.glob(f"__pycache__/{path.stem}.*"):
            compiled.unlink()

    def _test(self, package: str) -> None:
        """In the child: run the tests of a package, and end with what they gave."""
        code = 3
        try:
            with self.output.open("w", encoding="utf-8") as output:
                os.dup2(output.fileno(), 1)
                os.dup2(output.fileno(), 2)
            os.chdir(self.folder)
            sys.path[:] = [
                path
                for path in sys.path
                if not path or not Path(path).is_relative_to(checkout.ROOT / "tools")
            ]
            for name in [name for name in sys.modules if name == "checkout"]:
                del sys.modules[name]
            code = _run_tests(self.folder, package)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)


def _run_tests(folder: Path, package: str) -> int:
    import pytest

    options = [
        *_OPTIONS,
        "-x",
        "-q",
        "--no-header",
        f"--rootdir={folder}",
        f"--basetemp={folder / 'tmp'}",
    ]
    code = pytest.main(
        [*options, "tests/analysis/test_reveals.py", "-k", f"test_answers and {package}/"]
    )
    own = _own(folder, package)
    if code == 0 and own:
        code = pytest.main([*options, *own, "-k", _NOT_RUN])
    return int(code)


def _own(folder: Path, package: str) -> list[str]:
    """The files of tests of a package."""
    paths = sorted((folder / "tests/analysis" / package).glob("test_*.py"))
    return [str(path) for path in paths if path.name not in _LEFT_OUT]


class _Run:
    """Changes that are tested side by side, each in a copy."""

    def __init__(self, copies: Sequence[_Copy]) -> None:
        self._free = list(copies)
        self._running: dict[int, tuple[_Copy, Mutation | None, str, float]] = {}

    def results(
        self, wanted: Sequence[tuple[str, Mutation | None]]
    ) -> Iterator[tuple[str, Mutation | None, bool, str]]:
        """Of each change its package, itself, whether a test noticed it, and which; in the order in which they end."""
        left = list(wanted)
        while left or self._running:
            while left and self._free:
                package, mutation = left.pop(0)
                copy = self._free.pop()
                self._running[copy.start(package, mutation)] = (
                    copy,
                    mutation,
                    package,
                    time.monotonic(),
                )
            yield self._next()

    def _next(self) -> tuple[str, Mutation | None, bool, str]:
        while True:
            for child, (copy, mutation, package, began) in self._running.items():
                done, status = os.waitpid(child, os.WNOHANG)
                late = time.monotonic() - began > _SECONDS
                if late and not done:
                    os.killpg(child, signal.SIGKILL)
                    os.waitpid(child, 0)
                if done or late:
                    del self._running[child]
                    self._free.append(copy)
                    if mutation is not None:
                        copy.restore(mutation)
                    noticed = not done or status != 0
                    return (
                        package,
                        mutation,
                        noticed,
                        "time" if not done else _failed(copy.output),
                    )
            time.sleep(0.05)


def _failed(output: Path) -> str:
    lines = output.read_text(encoding="utf-8", errors="replace").split("\n")
    named = [line for line in lines if line.startswith(("FAILED", "ERROR"))]
    return named[0].partition(" - ")[0] if named else " ".join(lines[-3:])


def _preload() -> None:
    """What every child would import anew, and what is not under test."""
    import libcst  # noqa: F401
    import msgspec  # noqa: F401
    import pytest  # noqa: F401
    import yaml  # noqa: F401


def _of_modules(
    drawn: Sequence[Mutation], known: Container[str], jobs: int, told: Callable[[Result], None]
) -> None:
    """Test changes of what is run on import; of the `known` packages others see that the tests pass as it is."""
    _preload()
    with tempfile.TemporaryDirectory(prefix="mutate-", ignore_cleanup_errors=True) as folder:
        run = _Run([_Copy(Path(folder) / str(number)) for number in range(jobs)])
        packages = sorted({row.package for row in drawn if row.package not in known})
        for package, _, noticed, failed in run.results([(name, None) for name in packages]):
            if noticed:
                sys.exit(f"{package}: its tests fail as it is: {failed}")
        for _, mutation, noticed, failed in run.results([(row.package, row) for row in drawn]):
            assert mutation is not None
            told(Result(mutation, noticed, failed))


def _of_functions(drawn: Sequence[Mutation], jobs: int, told: Callable[[Result], None]) -> None:
    """Test changes of functions."""
    import pytest
    from mutation_tests import Session

    packages = sorted({row.package for row in drawn})
    own = [path for name in packages for path in _own(checkout.ROOT, name)]
    answers = " or ".join(f"{name}/" for name in packages)
    chosen = f"(test_answers and ({answers})) or (not test_reveals and {_NOT_RUN})"
    os.chdir(checkout.ROOT)
    session = Session(drawn, _package_of, jobs, told)
    code = pytest.main(
        [
            *_OPTIONS,
            "-p",
            "no:terminal",
            "-s",
            "tests/analysis/test_reveals.py",
            *own,
            "-k",
            chosen,
        ],
        plugins=[session],
    )
    if code:
        sys.exit(f"pytest ended with {code}: {session.fault}")


def _package_of(item: pytest.Item) -> str:
    """The package whose test it is: that of its folder, of a page that of the case."""
    folder = item.path.parent.name
    return folder if folder != "analysis" else item.name.partition("[")[2].partition("/")[0]


def main() -> int:
    """Draw, test, and say what was noticed; 1 where less than the bar was."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--seed", type=int, action="append", default=[], help="may be given again: drawn anew"
    )
    parser.add_argument("--mutations", type=int, default=60)
    parser.add_argument(
        "--package", action="append", default=[], help="only this package; may be given again"
    )
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument(
        "--bar", type=int, default=90, help="the share, in percent, that has to be noticed"
    )
    options = parser.parse_args()
    seeds = options.seed or [random.SystemRandom().randrange(10_000)]
    print("seed", *seeds, flush=True)
    by_seed = {seed: draw(seed, options.mutations, options.package) for seed in seeds}
    drawn = list(dict.fromkeys(row for rows in by_seed.values() for row in rows))
    results: dict[Mutation, Result] = {}

    def told(result: Result) -> None:
        results[result.mutation] = result
        word = "caught  " if result.is_noticed else "SURVIVED"
        print(f"{word} {result.mutation.shown()}\n    {result.told}", flush=True)

    of_modules = [row for row in drawn if row.function is None]
    of_functions = [row for row in drawn if row.function is not None]
    if of_modules:
        known = {row.package for row in of_functions}
        _of_modules(of_modules, known, options.jobs, told)
    if of_functions:  # in this process, which can't be used for a changed module from then on
        _of_functions(of_functions, options.jobs, told)
    reports = [
        _report([results[row] for row in rows], options.bar, seed)
        for seed, rows in by_seed.items()
    ]
    return max(reports)


def _report(results: Sequence[Result], bar: int, seed: int) -> int:
    print(f"\nseed {seed}")
    totals = Counter(row.mutation.package for row in results)
    caught = Counter(row.mutation.package for row in results if row.is_noticed)
    for package, total in sorted(totals.items()):
        share = 100 * caught[package] / total
        print(f"{package:14} {caught[package]:3} of {total:3}, {share:.0f} %")
    for mutation in sorted(row.mutation for row in results if not row.is_noticed):
        print(f"survived: {mutation.shown()}")
    share = 100 * caught.total() / len(results)
    print(f"seed {seed}: {caught.total()} of {len(results)} caught, {share:.0f} %")
    return 0 if share >= bar else 1


if __name__ == "__main__":
    sys.exit(main())
