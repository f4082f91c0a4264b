"""Tests of changed functions, without a start of Python for each: pytest collects once, and forks for each change.

The process that has collected the tests runs none of them. For each package one of its children runs them all and notes
which of them run the statements that are to be changed. For each change a child compiles the module with it, gives the
function the new code, and runs the tests that run the statement, quickest first, until one fails. A test that forks may
run anything in the fork: it is run for every change of its package. Programs that a test starts see no change.
"""

from __future__ import annotations

import ast
import builtins
import functools
import gc
import importlib
import os
import pickle
import resource
import shutil
import sys
import tempfile
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import CodeType, FunctionType
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
_MARK: Final = "__mark__"  # of a statement that is run


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
        self._noted: _Noted | None = None
        self._set_up: dict[Path, set[tuple[str, int]]] = defaultdict(set)
        self.fault = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """In a child: note what failed."""
        if report.failed:
            self._failed.append(report.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> None:
        """In the child that runs all tests: note what was run to set up what the tests of a file share."""
        if self._noted is not None:
            self._set_up[item.path].update(self._noted.lines)

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
        noted = self._noted = _Noted(rows)
        found: list[Reached] = []
        caches = _caches()
        for item, following in _with_next(items):
            for cache in caches:  # what another test has asked before would not be run again
                cache.cache_clear()
            noted.begin()
            began = time.process_time()
            is_same = following is not None and following.path == item.path
            item.config.hook.pytest_runtest_protocol(
                item=item, nextitem=following if is_same else None
            )
            found.append(noted.end(time.process_time() - began))
        found = [
            row._replace(lines=row.lines | self._set_up[item.path])
            for row, item in zip(found, items, strict=True)
        ]
        (folder / "output").write_bytes(
            "\n".join(self._failed).encode() if self._failed else pickle.dumps(found)
        )
        return _NOTICED if self._failed else 0

    def _tests(
        self, mutation: Mutation, items: Sequence[pytest.Item], reached: Sequence[Reached]
    ) -> list[pytest.Item]:
        """The tests that may notice a change, quickest first; those of a file share what they set up."""
        place = (mutation.path, mutation.lines[0])
        slowest: dict[Path, float] = defaultdict(float)
        for item, row in zip(items, reached, strict=True):
            slowest[item.path] = max(slowest[item.path], row.seconds)
        chosen = [
            (slowest[items[number].path], str(items[number].path), row.seconds, number)
            for number, row in enumerate(reached)
            if row.forks or place in row.lines
        ]
        return [items[number] for *_, number in sorted(chosen)]

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
        if isinstance(found, _Cached)
        and found.__module__.startswith("lint_langsmith.analysis.")
    ]


class _Marks(ast.NodeTransformer):
    """Puts in front of each statement that is to be changed a call that notes that it is run.

    To trace each line takes several times as long as the tests themselves.
    """

    def __init__(self, path: str, lines: frozenset[int]) -> None:
        self._path = path
        self._lines = lines

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for field, value in ast.iter_fields(node):
            if isinstance(value, list) and any(isinstance(row, ast.stmt) for row in value):
                setattr(node, field, [row for stmt in value for row in self._marked(stmt)])
        return node

    def _marked(self, statement: ast.stmt) -> Iterator[ast.stmt]:
        if statement.lineno in self._lines:
            call = ast.parse(f"{_MARK}({(self._path, statement.lineno)!r})").body[0]
            for part in ast.walk(call):
                ast.copy_location(part, statement)
            yield call
        yield statement


class _Noted:
    """Which of the statements that are to be changed are run."""

    def __init__(self, rows: Sequence[Mutation]) -> None:
        self.lines: set[tuple[str, int]] = set()
        self._forks = False
        setattr(builtins, _MARK, self._mark)
        by_path: dict[str, list[Mutation]] = defaultdict(list)
        for row in rows:
            by_path[row.path].append(row)
        for path, found in by_path.items():
            lines = frozenset(row.lines[0] for row in found)
            marked = _Marks(path, lines).visit(ast.parse(found[0].before))
            for first in {row.function[0] for row in found if row.function is not None}:
                _replace(path, first, marked)
        sys.addaudithook(self._audit)

    def _mark(self, place: tuple[str, int]) -> None:
        self.lines.add(place)

    def begin(self) -> None:
        self.lines.clear()
        self._forks = False

    def end(self, seconds: float) -> Reached:
        return Reached(frozenset(self.lines), self._forks, seconds)

    def _audit(self, event: str, _: object) -> None:
        self._forks |= event == "os.fork"


def change(mutation: Mutation) -> None:
    """Give the function of a change its new code, wherever it is known by now."""
    assert mutation.function is not None
    _replace(mutation.path, mutation.function[0], mutation.after())


def _replace(path: str, first: int, source: str | ast.Module) -> None:
    """Give the function of a module that begins on a line the code that it has in another source of the module."""
    importlib.import_module(path.removesuffix(".py").replace("/", "."))
    file = str(checkout.ROOT / path)
    module = compile(source, file, "exec", dont_inherit=True)
    functions = [
        found
        for found in gc.get_objects()
        if isinstance(found, FunctionType)
        and found.__code__.co_filename == file
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
