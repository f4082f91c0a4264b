"""What a file has asked of a name, at any place: the tests around it, and those behind which the program has left.

And of which names a function asks what they are at all, whether or not the answer can be told.
"""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.walk import descend
from lint_langsmith.analysis.limits import TESTS_OF_NAME

if TYPE_CHECKING:
    from lint_langsmith.analysis.project.file import File, Placed


class NameTest(NamedTuple):
    """A test that has come out true or false, by `holds`, for the name that it asks about.

    `test` is one condition, or the classes that a case asks for (`is_pattern`). It stands at the place that `scope`,
    `block` and `order` tell.
    """

    test: ir.Expr
    holds: bool
    scope: int
    block: int
    order: int
    is_pattern: bool = False


_ByBlock: TypeAlias = Mapping[tuple[int, str], Sequence[tuple[int, NameTest]]]


class TestsOfNames:
    """The tests of one file by the names that they ask about; made once."""

    def __init__(self, file: File) -> None:
        """Read all conditions of `file`."""
        self._file = file
        table: dict[tuple[int, str], list[tuple[int, NameTest]]] = defaultdict(list)
        for branch in file.model.branches:
            for block, since, name, found in self._of_branch(branch):
                table[block, name].append((since, found))
        for row in file.model.asserts:
            asked = NameTest(
                row.test, holds=True, scope=row.scope, block=row.block, order=row.order
            )
            for name, found in _asked(file, asked):
                table[row.block, name].append((row.order, found))
        self._table: _ByBlock = {key: sorted(rows, key=_since) for key, rows in table.items()}
        self.names = frozenset(name for _, name in table)

    def _of_branch(self, branch: ir.Branch) -> Iterator[tuple[int, int, str, NameTest]]:
        """What holds in which block, and from where on in it."""
        blocks = self._file.model.blocks
        body = blocks[branch.body] if branch.body >= 0 else None
        if body is None:
            return
        scope, parent, order = blocks[body.parent].scope, body.parent, branch.order
        if body.kind == "case":
            if branch.pattern is not None and isinstance(branch.test, ir.Name):
                found = NameTest(branch.pattern, True, scope, parent, order, is_pattern=True)
                yield branch.body, 0, branch.test.id, found
            return
        holding = NameTest(branch.test, True, scope, parent, order)
        failing = holding._replace(holds=False)
        places = [(branch.body, 0, holding), (branch.orelse, 0, failing)]
        places += [(parent, branch.end, failing)] if body.ends != "falls" else []
        leaves = branch.orelse >= 0 and blocks[branch.orelse].ends != "falls"
        places += [(parent, branch.end, holding)] if leaves else []
        for block, since, asked in places:
            for name, found in _asked(self._file, asked) if block >= 0 else ():
                yield block, since, name, found

    def at(self, name: str, place: Placed) -> Iterator[NameTest]:
        """The tests of a name that have come out so at a place of the function that it stands in."""
        if name not in self.names:
            return
        model = self._file.model
        for block in self._file.block_chain(place.block):
            rows = self._table.get((block, name), ())
            end = bisect.bisect_right(rows, place.order, key=_since)
            for _, found in rows[max(0, end - TESTS_OF_NAME) : end]:
                yield found
            row = model.blocks[block]
            if row.kind == "scope" and model.scopes[row.owner].kind != "comprehension":
                return


def _since(row: tuple[int, NameTest]) -> int:
    return row[0]


def _asked(file: File, asked: NameTest) -> Iterator[tuple[str, NameTest]]:
    """The conditions that a test is made of, each with the name that it asks about and with what is known of it."""
    test, holds = asked.test, asked.holds
    if isinstance(test, ir.Unary) and test.op == "Not":
        yield from _asked(file, asked._replace(test=test.operand, holds=not holds))
    elif isinstance(test, ir.Boolean):
        # Of `a and b` that is false it is not known which of them is.
        if (test.op == "and") == holds:
            for part in test.values:
                yield from _asked(file, asked._replace(test=part))
    else:
        name = subject(file, test)
        if name:
            yield name, asked


def subject(file: File, test: ir.Expr) -> str:
    """The name that a condition is about: the first argument of a call, one side of a comparison; empty for none."""
    if isinstance(test, ir.CallRef):
        args = file.model.calls[test.site].args
        return _name(args[0].value) if args else ""
    if isinstance(test, ir.Comparison):
        # `type(x) is A`, `"name" in dir(x)`
        for side in (test.left, *test.rights):
            found = subject(file, side) if isinstance(side, ir.CallRef) else ""
            if found:
                return found
    return ""


def _name(expr: ir.Expr) -> str:
    if isinstance(expr, ir.Walrus):
        return expr.name
    return expr.id if isinstance(expr, ir.Name) else ""


# -- names that a function asks about at all -------------------------------------------------------------------------

_ASKING: Final = frozenset(
    {"hasattr", "isinstance", "callable", "getattr", "setattr", "dir", "vars", "type"}
)


def asked_names(file: File) -> Mapping[int, frozenset[str]]:
    """The names, dotted ones as well (`self.run`), of which each function asks what they are, by its scope."""
    found: dict[int, set[str]] = defaultdict(set)
    for call in file.model.calls:
        func = call.func.id if isinstance(call.func, ir.Name) else ""
        if call.args and (func in _ASKING or func.startswith("is_")):
            found[file.function_of(call.scope)].add(dotted(call.args[0].value))
    tests = [(row.test, row.scope) for row in file.model.asserts]
    for branch in file.model.branches:
        block = file.model.blocks[branch.body] if branch.body >= 0 else None
        if block is not None:
            tests.append((branch.test, block.scope))
            found[file.function_of(block.scope)].update(_matched(branch.test, block))
    for test, scope in tests:
        found[file.function_of(scope)].update(_told_about(file, test))
    return {function: frozenset(names - {""}) for function, names in found.items()}


def _matched(subject_of_match: ir.Expr, block: ir.Block) -> tuple[str, ...]:
    return (dotted(subject_of_match),) if block.kind == "case" else ()


def _told_about(file: File, test: ir.Expr) -> Iterator[str]:
    """What a test of any kind is about: the arguments of a function, and the right of `"id" in run`."""
    for part in descend(test, through=(ir.Unary, ir.Boolean)):
        if isinstance(part, ir.CallRef):
            yield from (dotted(arg.value) for arg in file.model.calls[part.site].args)
        elif isinstance(part, ir.Comparison):
            pairs = zip(part.ops, part.rights, strict=True)
            yield from (dotted(right) for op, right in pairs if op in {"In", "NotIn"})


def dotted(expr: ir.Expr) -> str:
    """`a.b.c` as it is written, and the name that `:=` binds; empty for all else."""
    names: list[str] = []
    while isinstance(expr, ir.Attribute):
        names.append(expr.name)
        expr = expr.value
    name = _name(expr)
    return ".".join((name, *reversed(names))) if name else ""
