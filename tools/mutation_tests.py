"""Tests of changed functions, without a start of Python for each: pytest collects once, and forks for each change.

The process that has collected the tests runs none of them. For each package one of its children runs them all and notes
which of them run the statements that are to be changed. For each change a child compiles the module with it, gives the
function the new code, and runs the tests that run the statement, quickest first, until one fails. A test that forks may
run anything in the fork: it is run for every change of its package. Programs that a test starts see no change.
"""

from __future__ import annotations

import functools
import gc
import importlib
import os
import pickle
import resource
import shutil
import sys
import tempfile
import threading
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any, Final, NamedTuple

import checkout
import pytest
from mutations import Mutation, Result

# Of CPU, for the tests of one change: those of a whole package take less than half of it.
_SECONDS: Final = 120
_MEMORY: Final = 4 << 30
_NOTICED: Final = 1
_BROKEN: Final = 3  # a fault of this tool
_Cached: Final = type(functools.cache(len))


class Reached(NamedTuple):
    """What a test ran of the statements that are to be changed, and what it took."""

    lines: frozenset[tuple[str, int]]
    forks: bool
    seconds: float


class Session:
    """A plugin of pytest that tests changes, in place of running the tests once."""

    def __init__(
        self,
        mutations: Sequence[Mutation],
        package_of: Callable[[pytest.Item], str],
        jobs: int,
        told: Callable[[Result], None],
    ) -> None:
        self._mutations = mutations
        self._package_of = package_of
        self._jobs = jobs
        self._told = told
        self._failed: list[str] = []
        self.fault = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """In a child: note what failed."""
        if report.failed:
            self._failed.append(report.nodeid)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Test all changes, once the tests are known."""
        items: dict[str, list[pytest.Item]] = defaultdict(list)
        for item in session.items:
            items[self._package_of(item)].append(item)
        reached: dict[str, list[Reached]] = {}
        packages = sorted({row.package for row in self._mutations})
        jobs = [functools.partial(self._map, items[name], name) for name in packages]
        for number, (code, output) in self._forked(jobs):
            name = packages[number]
            if code:
                self.fault = f"the tests of {name} fail as they are: {output.decode()}"
                pytest.exit(self.fault, returncode=code)
            reached[name] = pickle.loads(output)  # noqa: S301 - a child of this process wrote it
        tests = [
            self._tests(row, items[row.package], reached[row.package])
            for row in self._mutations
        ]
        jobs = [
            functools.partial(self._try, row, chosen)
            for row, chosen in zip(self._mutations, tests, strict=True)
        ]
        for number, (code, output) in self._forked(jobs):
            if code == _BROKEN:
                self.fault = f"{self._mutations[number].shown()}\n{output.decode()}"
                pytest.exit(self.fault, returncode=code)
            told = output.decode(errors="replace") or f"ended with {code}"
            self._told(Result(self._mutations[number], code != 0, told))
        return True

    def _forked(
        self, jobs: Sequence[Callable[[Path], int]]
    ) -> Iterator[tuple[int, tuple[int, bytes]]]:
        """Each job in a child, some side by side: its number, its exit code, and what it wrote."""
        running: dict[int, tuple[int, Path]] = {}
        for number, job in enumerate(jobs):
            if len(running) == self._jobs:
                yield _ended(running)
            folder = Path(tempfile.mkdtemp(prefix="mutation-"))
            sys.stdout.flush()
            child = os.fork()
            if child == 0:
                _run(job, folder)
            running[child] = (number, folder)
        while running:
            yield _ended(running)

    def _map(self, items: Sequence[pytest.Item], package: str, folder: Path) -> int:
        """In a child: run all tests of a package, and write what each of them reached."""
        rows = [row for row in self._mutations if row.package == package]
        tracer = _Tracer(rows)
        found: list[Reached] = []
        caches = _caches()
        for item in items:
            for cache in caches:  # what another test has asked before would not be run again
                cache.cache_clear()
            tracer.begin()
            began = time.process_time()
            # Without a next one, so that each test sets up what it shares with others.
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
            found.append(tracer.end(time.process_time() - began))
        (folder / "output").write_bytes(
            "\n".join(self._failed).encode() if self._failed else pickle.dumps(found)
        )
        return _NOTICED if self._failed else 0

    def _tests(
        self, mutation: Mutation, items: Sequence[pytest.Item], reached: Sequence[Reached]
    ) -> list[pytest.Item]:
        """The tests that may notice a change, quickest first."""
        first, last = mutation.lines
        lines = {(mutation.path, line) for line in range(first, last + 1)}
        chosen = [
            (row.seconds, number)
            for number, row in enumerate(reached)
            if row.forks or row.lines & lines
        ]
        return [items[number] for _, number in sorted(chosen)]

    def _try(self, mutation: Mutation, items: Sequence[pytest.Item], folder: Path) -> int:
        """In a child: change the function and run tests until one fails."""
        limit = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, limit))
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        change(mutation)
        for item, following in _with_next(items):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self._failed:
                (folder / "output").write_text(self._failed[0], encoding="utf-8")
                return _NOTICED
        (folder / "output").write_text(f"{len(items)} tests reach it", encoding="utf-8")
        return 0


def _run(job: Callable[[Path], int], folder: Path) -> None:
    """In a child: do a job and end with its exit code. Temporary folders of its tests are its own."""
    code = _BROKEN
    try:
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(folder)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        code = job(folder)
    except BaseException:
        (folder / "output").write_text(traceback.format_exc(), encoding="utf-8")
    finally:
        os._exit(code)


def _ended(running: dict[int, tuple[int, Path]]) -> tuple[int, tuple[int, bytes]]:
    """Wait for a child: the number of its job, its exit code, and what it wrote."""
    child, status = os.wait()
    number, folder = running.pop(child)
    output = folder / "output"
    text = output.read_bytes() if output.exists() else b""
    shutil.rmtree(folder, ignore_errors=True)
    return number, (os.waitstatus_to_exitcode(status), text)


def _with_next(
    items: Sequence[pytest.Item],
) -> Iterator[tuple[pytest.Item, pytest.Item | None]]:
    return zip(items, [*items[1:], None][: len(items)], strict=True)


def _caches() -> list[Any]:
    """What functions of ours remember for the whole process."""
    return [
        found
        for found in gc.get_objects()
        if isinstance(found, _Cached) and found.__module__.startswith("lint_langsmith")
    ]


class _Tracer:
    """Which lines of the functions that are to be changed are run."""

    def __init__(self, mutations: Sequence[Mutation]) -> None:
        self._functions: dict[str, set[tuple[int, int]]] = defaultdict(set)
        for row in mutations:
            if row.function is not None:
                self._functions[str(checkout.ROOT / row.path)].add(row.function)
        self._wanted: dict[CodeType, str] = {}
        self._lines: set[tuple[str, int]] = set()
        self._forks = False
        sys.addaudithook(self._audit)

    def begin(self) -> None:
        self._lines = set()
        self._forks = False
        threading.settrace(self._enter)
        sys.settrace(self._enter)

    def end(self, seconds: float) -> Reached:
        sys.settrace(None)
        threading.settrace(None)
        return Reached(frozenset(self._lines), self._forks, seconds)

    def _audit(self, event: str, _: object) -> None:
        self._forks |= event == "os.fork"

    def _enter(self, frame: FrameType, _event: str, _: object) -> Any:
        code = frame.f_code
        path = self._wanted.get(code)
        if path is None:
            path = self._wanted[code] = self._path(code)
        return self._step if path else None

    def _path(self, code: CodeType) -> str:
        """The path under which lines of a function are noted; empty where it is of no interest."""
        for first, last in self._functions.get(code.co_filename, ()):
            if first <= code.co_firstlineno <= last:
                return Path(code.co_filename).relative_to(checkout.ROOT).as_posix()
        return ""

    def _step(self, frame: FrameType, event: str, _: object) -> Any:
        if event == "line":
            self._lines.add((self._wanted[frame.f_code], frame.f_lineno))
        return self._step


def change(mutation: Mutation) -> None:
    """Give the function of a change its new code, wherever it is known by now."""
    assert mutation.function is not None
    path, first = str(checkout.ROOT / mutation.path), mutation.function[0]
    importlib.import_module(mutation.path.removesuffix(".py").replace("/", "."))
    module = compile(mutation.after(), path, "exec", dont_inherit=True)
    functions = [
        found
        for found in gc.get_objects()
        if isinstance(found, FunctionType)
        and found.__code__.co_filename == path
        and found.__code__.co_firstlineno == first
    ]
    for function in functions:
        (code,) = _codes(module, function.__code__.co_name, first)
        function.__code__ = code
    assert functions, "the function does not exist"


def _codes(code: CodeType, name: str, line: int) -> Iterator[CodeType]:
    """The functions of a module with this name that begin on a line."""
    for found in code.co_consts:
        if isinstance(found, CodeType):
            if found.co_name == name and found.co_firstlineno == line:
                yield found
            else:
                yield from _codes(found, name, line)
