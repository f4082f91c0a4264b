"""Whether the tests of a package of the analysis notice that something in it is wrong.

Draws places in `lint_langsmith/analysis/` by a printed seed, changes the program at one of them after another (a branch
inverted, a comparison changed, `and` for `or`, a limit at 0, one kind ignored, an early end left out, a result empty,
a number off by one), and runs the tests of that package alone: its pages in `fixtures/analysis/` and its folder in
`tests/analysis/`. A change that no test notices is printed, with its place; one that changes nothing that could be
noticed belongs into `tools/mutate_equivalent.txt`, with the reason.

Each change is made in a copy of the checkout, and tested by a process of its own, with a limit of time: a program that
never ends has been noticed.
"""

from __future__ import annotations

import argparse
import ast
import compileall
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import checkout

ANALYSIS: Final = checkout.PACKAGE / "analysis"
EQUIVALENT: Final = checkout.ROOT / "tools" / "mutate_equivalent.txt"
_LEAST: Final = 5  # of each package
_SECONDS: Final = 240  # for the tests of one change, on a machine with other things to do
_COPIED: Final = ("lint_langsmith", "tests", "tools", "fixtures", "pyproject.toml", "README.md")
# Tests of a package that start a process for each of their cases say little for the time that they take here.
_LEFT_OUT: Final = frozenset({"test_call_graphs.py", "test_parsing.py", "test_sources.py"})
# Those of other files: processes of its own can't be forked by a test that is itself forked.
_NOT_RUN: Final = "not notebook and not what_the_sdk_keeps"
_COMPARISONS: Final[Mapping[type[ast.cmpop], str]] = {
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Is: "is not",
    ast.IsNot: "is",
}


class Edit(NamedTuple):
    """A change of a source: what is written in the place of what stands from one offset to another."""

    kind: str
    line: int
    start: int
    end: int
    text: str


class Mutation(NamedTuple):
    """A change of one module of a package."""

    package: str
    path: str
    edit: Edit
    before: str

    def after(self) -> str:
        """The whole module with the change."""
        return self.before[: self.edit.start] + self.edit.text + self.before[self.edit.end :]

    def shown(self) -> str:
        """The place, the kind of change, and the line as it was and as it is."""
        was = _line(self.before, self.edit.line)
        now = _line(self.after(), self.edit.line)
        return f"{self.path}:{self.edit.line} ({self.edit.kind})\n    - {was}\n    + {now}"

    def key(self) -> str:
        """How `mutate_equivalent.txt` names it: the lines move, what stands on them does not."""
        now = _line(self.after(), self.edit.line)
        return f"{Path(self.path).name}: {_line(self.before, self.edit.line)} => {now}"


def _line(source: str, number: int) -> str:
    lines = source.split("\n")
    return lines[number - 1].strip() if number <= len(lines) else ""


# -- places ----------------------------------------------------------------------------------------------------------


class _Places(ast.NodeVisitor):
    """The changes that can be made in one module."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._starts = [0]
        for line in source.split("\n"):
            self._starts.append(self._starts[-1] + len(line) + 1)
        self._lines = source.split("\n")
        self._depth = 0
        self._last: set[ast.stmt] = set()
        self.found: list[Edit] = []

    def _offset(self, line: int, column: int) -> int:
        """The offset of a place as `ast` tells it: columns are of bytes."""
        text = self._lines[line - 1].encode()[:column].decode()
        return self._starts[line - 1] + len(text)

    def _span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        end = self._offset(node.end_lineno or node.lineno, node.end_col_offset or 0)
        return self._offset(node.lineno, node.col_offset), end

    def _text(self, node: ast.expr) -> str:
        start, end = self._span(node)
        return self._source[start:end]

    def _operand(self, node: ast.expr) -> str:
        """The text of an operand: the parentheses around it are no part of the node."""
        text = self._text(node)
        binds_loosely = (ast.BoolOp, ast.IfExp, ast.Compare, ast.NamedExpr, ast.Lambda)
        return f"({text})" if isinstance(node, binds_loosely) else text

    def _replace(self, kind: str, node: ast.expr | ast.stmt, text: str) -> None:
        start, end = self._span(node)
        self.found.append(Edit(kind, node.lineno, start, end, text))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._depth += 1
        for statement in node.body:
            self.visit(statement)
        self._depth -= 1

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_If(self, node: ast.If) -> None:
        if not (isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"):
            self._invert(node.test)
            self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._invert(node.test)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for test in node.ifs:
            self._replace("condition left out", test, "True")
        self.generic_visit(node)

    def _invert(self, test: ast.expr) -> None:
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            self._replace("branch inverted", test, f"({self._text(test.operand)})")
        elif not any(isinstance(part, ast.NamedExpr) for part in ast.walk(test)):
            self._replace("branch inverted", test, f"(not ({self._text(test)}))")

    def visit_Compare(self, node: ast.Compare) -> None:
        if len(node.ops) == 1:
            left, right = self._operand(node.left), self._operand(node.comparators[0])
            self._replace(
                "comparison changed", node, f"{left} {_COMPARISONS[type(node.ops[0])]} {right}"
            )
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        if self._depth:
            other = " or " if isinstance(node.op, ast.And) else " and "
            self._replace(
                "and/or",
                node,
                "(" + other.join(f"({self._text(value)})" for value in node.values) + ")",
            )
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if self._depth and type(node.value) is int and 0 <= node.value < 100:
            self._replace("off by one", node, str(node.value + 1))

    def visit_Name(self, node: ast.Name) -> None:
        if (
            self._depth
            and isinstance(node.ctx, ast.Load)
            and node.id.strip("_").isupper()
            and node.id in self.limits
        ):
            self._replace("limit at 0", node, "0")

    def visit_Set(self, node: ast.Set) -> None:
        self._ignore_one(node.elts if self._depth else ())
        self.generic_visit(node)

    def visit_Tuple(self, node: ast.Tuple) -> None:
        if all(isinstance(item, ast.Constant) for item in node.elts):
            self._ignore_one(node.elts if self._depth else ())
        self.generic_visit(node)

    def _ignore_one(self, items: Sequence[ast.expr]) -> None:
        """One kind of several that a function asks for is another, which nothing is."""
        for item in items if len(items) > 1 else ():
            if isinstance(item, ast.Constant) and isinstance(item.value, str):
                self._replace("kind ignored", item, '"\\0"')

    def visit_Dict(self, node: ast.Dict) -> None:
        """A table of handlers, of which one is left out."""
        for key, value in zip(node.keys, node.values, strict=True):
            is_handler = isinstance(value, (ast.Name, ast.Lambda)) or (
                isinstance(value, ast.Attribute) and not self._depth
            )
            if key is not None and is_handler and not self._depth and len(node.keys) > 2:
                self._replace("handler ignored", key, "object()")
        self.generic_visit(node)

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is not None and not _is_empty(node.value):
            self._replace("result empty", node.value, "None")
            self.visit(node.value)

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, (ast.Yield, ast.YieldFrom)):
            self._replace("nothing yielded", node, "yield from ()")
        elif isinstance(node.value, ast.Call):
            self._replace("statement left out", node, "pass")
        self.generic_visit(node)

    def visit_For(self, node: ast.For) -> None:
        self._last.update(_last(node.body))
        self.generic_visit(node)

    def visit_While(self, node: ast.While) -> None:
        self._last.update(_last(node.body))
        self.generic_visit(node)

    def visit_Continue(self, node: ast.Continue) -> None:
        if node not in self._last:  # the round ends there by itself
            self._replace("early end left out", node, "pass")

    def visit_Break(self, node: ast.Break) -> None:
        self._replace("early end left out", node, "pass")

    limits: frozenset[str] = frozenset()


def _last(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements behind which nothing of a block is left to do."""
    last = body[-1]
    yield last
    if isinstance(last, (ast.If, ast.With)) or (isinstance(last, ast.Try) and not last.orelse):
        yield from _last(last.body)
    for further in (
        *([last.orelse] if isinstance(last, (ast.If, ast.Try)) else ()),
        *((handler.body for handler in last.handlers) if isinstance(last, ast.Try) else ()),
    ):
        if further:
            yield from _last(further)


def _is_empty(node: ast.expr) -> bool:
    """Whether a result is empty already: `None`, `()`, `False`."""
    if isinstance(node, ast.Constant):
        return not node.value
    return isinstance(node, (ast.Tuple, ast.List)) and not node.elts


def _numbers(tree: ast.Module) -> frozenset[str]:
    """The names of a module that stand for limits: numbers of its own, and what it takes from `limits.py`."""
    found: set[str] = set()
    for node in tree.body:
        if (
            isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and isinstance(node.value, ast.Constant)
        ):
            found.update({node.target.id} if type(node.value.value) is int else ())
        elif isinstance(node, ast.ImportFrom) and (node.module or "").endswith("limits"):
            found.update(alias.asname or alias.name for alias in node.names)
    return frozenset(found)


def mutations() -> dict[str, list[Mutation]]:
    """All changes that can be made, by package."""
    found: dict[str, list[Mutation]] = defaultdict(list)
    for path in sorted(ANALYSIS.glob("*/*.py")):
        source = path.read_text(encoding="utf-8")
        tree = ast.parse(source)
        places = _Places(source)
        places.limits = _numbers(tree)
        places.visit(tree)
        relative = path.relative_to(checkout.ROOT).as_posix()
        found[path.parent.name] += [
            Mutation(path.parent.name, relative, edit, source) for edit in places.found
        ]
    return dict(found)


def draw(seed: int, number: int, packages: Sequence[str]) -> list[Mutation]:
    """Changes of all packages: at least five of each, the others where there is more to change."""
    known = reasons()
    pool = {
        name: rows for name, rows in mutations().items() if name in packages or not packages
    }
    chosen = random.Random(seed)  # noqa: S311 - a draw that can be made again
    counts = Counter(dict.fromkeys(sorted(pool), _LEAST))
    weights = [len(pool[name]) for name in sorted(pool)]
    for name in chosen.choices(sorted(pool), weights, k=max(0, number - counts.total())):
        counts[name] += 1
    drawn: list[Mutation] = []
    for name in sorted(pool):
        drawn += chosen.sample(
            [row for row in pool[name] if row.key() not in known], counts[name]
        )
    return drawn


def reasons() -> dict[str, str]:
    """Changes that nothing can notice, with the reason: a line `key | reason` each."""
    lines = EQUIVALENT.read_text(encoding="utf-8").split("\n") if EQUIVALENT.exists() else []
    rows = [line.rpartition(" | ") for line in lines if line and not line.startswith("# ")]
    return {key: reason for key, _, reason in rows}


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
        "-x",
        "-q",
        "--no-header",
        "-o",
        "addopts=",
        "--assert=plain",
        "-p",
        "no:cacheprovider",
        "-m",
        "not slow",
    ]
    options += [f"--rootdir={folder}", f"--basetemp={folder / 'tmp'}"]
    code = pytest.main(
        [*options, "tests/analysis/test_reveals.py", "-k", f"test_answers and {package}/"]
    )
    own = [
        path
        for path in sorted((folder / "tests/analysis" / package).glob("test_*.py"))
        if path.name not in _LEFT_OUT
    ]
    if code == 0 and own:
        code = pytest.main([*options, *map(str, own), "-k", _NOT_RUN])
    return int(code)


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


def main() -> int:
    """Draw, test, and say what was noticed; 1 where less than the bar was."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    parser.add_argument("--mutations", type=int, default=60)
    parser.add_argument(
        "--package", action="append", default=[], help="only this package; may be given again"
    )
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument(
        "--bar", type=int, default=90, help="the share, in percent, that has to be noticed"
    )
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    drawn = draw(options.seed, options.mutations, options.package)
    packages = sorted({row.package for row in drawn})
    _preload()
    with tempfile.TemporaryDirectory(prefix="mutate-", ignore_cleanup_errors=True) as folder:
        run = _Run([_Copy(Path(folder) / str(number)) for number in range(options.jobs)])
        for package, _, noticed, failed in run.results(
            [(package, None) for package in packages]
        ):
            if noticed:
                print(f"{package}: its tests fail as it is: {failed}")
                return 2
        caught: Counter[str] = Counter()
        survivors: list[Mutation] = []
        for package, mutation, noticed, failed in run.results(
            [(row.package, row) for row in drawn]
        ):
            assert mutation is not None
            caught[package] += noticed
            print(
                f"{'caught  ' if noticed else 'SURVIVED'} {mutation.shown()}\n    {failed}",
                flush=True,
            )
            if not noticed:
                survivors.append(mutation)
    return _report(drawn, caught, survivors, options.bar, options.seed)


def _report(
    drawn: Sequence[Mutation],
    caught: Counter[str],
    survivors: Sequence[Mutation],
    bar: int,
    seed: int,
) -> int:
    print()
    totals = Counter(row.package for row in drawn)
    for package, total in sorted(totals.items()):
        print(f"{package:14} {caught[package]:3} of {total:3}")
    for mutation in sorted(survivors):
        print(f"survived: {mutation.shown()}")
    share = 100 * caught.total() / len(drawn)
    print(f"seed {seed}: {caught.total()} of {len(drawn)} caught, {share:.0f} %")
    return 0 if share >= bar else 1


if __name__ == "__main__":
    sys.exit(main())
