"""The changes that `mutate.py` can make in `lint_langsmith/analysis/`: where they are, and which of them are drawn."""

from __future__ import annotations

import ast
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import checkout

ANALYSIS: Final = checkout.PACKAGE / "analysis"
EQUIVALENT: Final = checkout.ROOT / "tools" / "mutate_equivalent.txt"
_LEAST: Final = 5  # of each package
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
    """A change of one module of a package.

    `function` has the first line (that of its decorators) and the last one of the outermost function whose body is
    changed, or is empty where it is run on import; `lines` are the first and last line of the changed statement, of one
    with a body those of its head.
    """

    package: str
    path: str
    edit: Edit
    before: str
    function: tuple[int, int] | None
    lines: tuple[int, int]

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


class Result(NamedTuple):
    """What became of a change: whether a test noticed it, and which, or how many did not."""

    mutation: Mutation
    is_noticed: bool
    told: str


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

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        """A negative number is one off upwards: below 0 all numbers mean "none" alike."""
        number = node.operand
        if isinstance(node.op, ast.USub) and isinstance(number, ast.Constant):
            if self._depth and type(number.value) is int and 0 < number.value < 100:
                self._replace("off by one", node, str(1 - number.value))
        else:
            self.generic_visit(node)

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
        elif isinstance(node.value, ast.Call) and "clock." not in self._text(node.value.func):
            self._replace("statement left out", node, "pass")  # what measures time says nothing
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
    for path in sorted(ANALYSIS.glob("*/**/*.py")):
        source = path.read_text(encoding="utf-8")
        tree = ast.parse(source)
        places = _Places(source)
        places.limits = _numbers(tree)
        places.visit(tree)
        relative = path.relative_to(checkout.ROOT).as_posix()
        functions, statements = _functions(tree), _statements(tree)
        package = path.relative_to(ANALYSIS).parts[0]
        found[package] += [
            Mutation(
                package,
                relative,
                edit,
                source,
                functions.get(edit.line),
                statements[edit.line],
            )
            for edit in places.found
        ]
    return dict(found)


def _functions(tree: ast.Module) -> dict[int, tuple[int, int]]:
    """By line of a body the first and last line of the outermost function that it belongs to."""
    found: dict[int, tuple[int, int]] = {}
    for node in ast.walk(tree):  # the outer ones first
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = min([node.lineno, *(row.lineno for row in node.decorator_list)])
            last = node.end_lineno or node.lineno
            for line in range(node.body[0].lineno, last + 1):
                found.setdefault(line, (first, last))
    return found


def _statements(tree: ast.Module) -> dict[int, tuple[int, int]]:
    """By line the first and last line of the innermost statement there, of one with a body those of its head.

    A `try` and a `match` count whole: what stands at their handlers and cases belongs to them.
    """
    found: dict[int, tuple[int, int]] = {}
    for node in ast.walk(tree):  # the outer ones first
        if isinstance(node, ast.stmt):
            body = [] if isinstance(node, (ast.Try, ast.Match)) else getattr(node, "body", [])
            last = node.end_lineno or node.lineno
            end = max(node.lineno, body[0].lineno - 1) if body else last
            for line in range(node.lineno, last + 1):
                if line <= end or line not in found:
                    found[line] = (node.lineno, end)
    return found


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
