"""What a file has asked of a name, at any place: the tests around it, and those behind which the program has left.

And of which names a function asks what they are at all, whether or not the answer can be told.
"""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, Protocol, TypeAlias

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.walk import descend
from lint_langsmith.analysis.limits import TESTS_OF_NAME


class _Placed(Protocol):
    @property
    def block(self) -> int: ...

    @property
    def order(self) -> int: ...


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

    def __init__(self, model: ir.FileModel) -> None:
        """Read all conditions of a file."""
        self._model = model
        table: dict[tuple[int, str], list[tuple[int, NameTest]]] = defaultdict(list)
        for branch in model.branches:
            for block, since, name, found in self._of_branch(branch):
                table[block, name].append((since, found))
        for row in model.asserts:
            asked = NameTest(
                row.test, holds=True, scope=row.scope, block=row.block, order=row.order
            )
            for name, found in _asked(model, asked):
                table[row.block, name].append((row.order, found))
        self._table: _ByBlock = {key: sorted(rows, key=_since) for key, rows in table.items()}
        self.names = frozenset(name for _, name in table)

    def _of_branch(self, branch: ir.Branch) -> Iterator[tuple[int, int, str, NameTest]]:
        """What holds in which block, and from where on in it."""
        blocks = self._model.blocks
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
            for name, found in _asked(self._model, asked) if block >= 0 else ():
                yield block, since, name, found

    def at(self, name: str, place: _Placed) -> Iterator[NameTest]:
        """The tests of a name that have come out so at a place of the function that it stands in."""
        if name not in self.names:
            return
        model, block = self._model, place.block
        while block >= 0:
            rows = self._table.get((block, name), ())
            end = bisect.bisect_right(rows, place.order, key=_since)
            for _, found in rows[max(0, end - TESTS_OF_NAME) : end]:
                yield found
            row = model.blocks[block]
            if row.kind == "scope" and model.scopes[row.owner].kind != "comprehension":
                return
            block = row.parent


def _since(row: tuple[int, NameTest]) -> int:
    return row[0]


def _asked(model: ir.FileModel, asked: NameTest) -> Iterator[tuple[str, NameTest]]:
    """The conditions that a test is made of, each with the name that it asks about and with what is known of it."""
    test, holds = asked.test, asked.holds
    if isinstance(test, ir.Unary) and test.op == "Not":
        yield from _asked(model, asked._replace(test=test.operand, holds=not holds))
    elif isinstance(test, ir.Boolean):
        # Of `a and b` that is false it is not known which of them is.
        if (test.op == "and") == holds:
            for part in test.values:
                yield from _asked(model, asked._replace(test=part))
    else:
        name = subject(model, test)
        if name:
            yield name, asked


def subject(model: ir.FileModel, test: ir.Expr) -> str:
    """The name that a condition is about: the first argument of a call, one side of a comparison; empty for none."""
    if isinstance(test, ir.CallRef):
        args = model.calls[test.site].args
        return _name(args[0].value) if args else ""
    if isinstance(test, ir.Comparison):
        # `type(x) is A`, `"name" in dir(x)`
        for side in (test.left, *test.rights):
            found = subject(model, side) if isinstance(side, ir.CallRef) else ""
            if found:
                return found
    return ""


def _name(expr: ir.Expr) -> str:
    if isinstance(expr, ir.Walrus):
        return expr.name
    return expr.id if isinstance(expr, ir.Name) else ""


# -- names that a function asks about at all -------------------------------------------------------------------------

_ASKING: Final = frozenset({"isinstance", "callable", "dir", "vars", "type"})
_ASKING_BY_NAME: Final = frozenset({"hasattr", "getattr", "setattr"})


def asked_names(
    model: ir.FileModel, function_of: Callable[[int], int]
) -> Mapping[int, frozenset[str]]:
    """The names, dotted ones as well (`self.run`), of which each function asks what they are, by its scope.

    Of what it asks by the name of an attribute it asks about that alone: `run.id` for `hasattr(run, "id")`.
    """
    found: dict[int, set[str]] = defaultdict(set)
    for call in model.calls:
        func = call.func.id if isinstance(call.func, ir.Name) else ""
        if func in _ASKING or func in _ASKING_BY_NAME or func.startswith("is_"):
            found[function_of(call.scope)].update(_asked_by(call))
    tests = [(row.test, row.scope) for row in model.asserts]
    for branch in model.branches:
        block = model.blocks[branch.body] if branch.body >= 0 else None
        if block is not None:
            tests.append((branch.test, block.scope))
            found[function_of(block.scope)].update(_matched(branch.test, block))
    for test, scope in tests:
        found[function_of(scope)].update(_told_about(model, test))
    return {function: frozenset(names - {""}) for function, names in found.items()}


def _asked_by(call: ir.Call) -> Iterator[str]:
    """What a call asks about: its arguments, or an attribute of the first that it names."""
    names = [dotted(arg.value) for arg in call.args]
    func = call.func.id if isinstance(call.func, ir.Name) else ""
    attribute = call.args[1].value if len(names) > 1 else None
    if func in _ASKING_BY_NAME:
        if isinstance(attribute, ir.Text) and names[0]:
            yield f"{names[0]}.{attribute.value}"
    elif func == "isinstance":  # the second argument is a class, of which nothing is asked
        yield from names[:1]
    else:
        yield from names


def _matched(subject_of_match: ir.Expr, block: ir.Block) -> tuple[str, ...]:
    return (dotted(subject_of_match),) if block.kind == "case" else ()


def _told_about(model: ir.FileModel, test: ir.Expr) -> Iterator[str]:
    """What a test of any kind is about: the arguments of a function, and the right of `"id" in run`."""
    for part in descend(test, through=(ir.Unary, ir.Boolean)):
        if isinstance(part, ir.CallRef):
            yield from _asked_by(model.calls[part.site])
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
