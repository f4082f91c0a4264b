"""The rows of a file by the blocks that they stand in: a question about a block looks at nothing but its own rows."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeAlias, TypeVar

from lint_langsmith.analysis.ir import model as ir


class _Standing(Protocol):
    @property
    def block(self) -> int: ...


_Row = TypeVar("_Row")
_Table: TypeAlias = Mapping[int, Sequence[int]]


class RowsByBlock:
    """The rows of one file. What is asked for some blocks is given in the order of the file."""

    def __init__(self, model: ir.FileModel) -> None:
        self._model = model

    def sites(self, blocks: Iterable[int]) -> list[int]:
        """The sites of the calls."""
        return _numbers(self._calls, blocks)

    def raises(self, blocks: Iterable[int]) -> list[ir.Raise]:
        """The `raise` statements."""
        return _chosen(self._model.raises, self._raises, blocks)

    def returns(self, blocks: Iterable[int]) -> list[ir.Return]:
        """The `return` statements."""
        return _chosen(self._model.returns, self._returns, blocks)

    def yields(self, blocks: Iterable[int]) -> list[ir.Return]:
        """What is yielded."""
        return _chosen(self._model.yields, self._yields, blocks)

    def stores(self, blocks: Iterable[int]) -> list[ir.Store]:
        """The writes to attributes and items."""
        return _chosen(self._model.stores, self._stores, blocks)

    def bindings(self, blocks: Iterable[int]) -> list[ir.Binding]:
        """The bindings of names."""
        return _chosen(self._model.bindings, self._bindings, blocks)

    def reads(self, blocks: Iterable[int]) -> list[ir.Read]:
        """The names that are read."""
        return _chosen(self._model.reads, self._reads, blocks)

    def loads(self, blocks: Iterable[int]) -> list[ir.Load]:
        """The attributes and items that are read."""
        return _chosen(self._model.loads, self._loads, blocks)

    def branches(self, blocks: Iterable[int]) -> list[ir.Branch]:
        """The conditions that one of the blocks belongs to: what runs where it holds, or where it does not."""
        return _chosen(self._model.branches, self._branches, blocks)

    def where_empty(self, parent: int, name: str) -> Sequence[int]:
        """The blocks of the `if`s in a block that run where a name is empty (`if found is None:`), in order."""
        return self._where_empty.get((parent, name), ())

    def where_call_empty(self, site: int) -> Sequence[int]:
        """The blocks that run where the result of a call is empty: `if not find(name):`, in order."""
        return self._where_call_empty.get(site, ())

    @functools.cached_property
    def _where_empty(self) -> Mapping[tuple[int, str], Sequence[int]]:
        table: dict[tuple[int, str], list[int]] = defaultdict(list)
        for branch in self._model.branches:
            asked, block = _emptied(branch)
            if isinstance(asked, ir.Name) and block >= 0:
                table[self._model.blocks[block].parent, asked.id].append(block)
        return {key: sorted(blocks) for key, blocks in table.items()}

    @functools.cached_property
    def _where_call_empty(self) -> Mapping[int, Sequence[int]]:
        table: dict[int, list[int]] = defaultdict(list)
        for branch in self._model.branches:
            asked, block = _emptied(branch)
            if isinstance(asked, ir.Await):
                asked = asked.value
            if isinstance(asked, ir.CallRef) and block >= 0:
                table[asked.site].append(block)
        return {site: sorted(blocks) for site, blocks in table.items()}

    @functools.cached_property
    def _calls(self) -> _Table:
        return _by_block(self._model.calls)

    @functools.cached_property
    def _raises(self) -> _Table:
        return _by_block(self._model.raises)

    @functools.cached_property
    def _returns(self) -> _Table:
        return _by_block(self._model.returns)

    @functools.cached_property
    def _yields(self) -> _Table:
        return _by_block(self._model.yields)

    @functools.cached_property
    def _stores(self) -> _Table:
        return _by_block(self._model.stores)

    @functools.cached_property
    def _bindings(self) -> _Table:
        return _by_block(self._model.bindings)

    @functools.cached_property
    def _reads(self) -> _Table:
        return _by_block(self._model.reads)

    @functools.cached_property
    def _loads(self) -> _Table:
        return _by_block(self._model.loads)

    @functools.cached_property
    def _branches(self) -> _Table:
        table: dict[int, list[int]] = defaultdict(list)
        for number, branch in enumerate(self._model.branches):
            for block in {branch.body, branch.orelse}:
                table[block].append(number)
        return table


def _emptied(branch: ir.Branch) -> tuple[ir.Expr, int]:
    """What an `if` asks for, and the block that runs where it is empty: -1 where there is none."""
    test, body, orelse = branch.test, branch.body, branch.orelse
    if (
        isinstance(test, ir.Comparison)
        and test.rights == (ir.Constant("None"),)
        and test.ops[0] in {"Is", "IsNot"}
    ):
        is_none = test.ops[0] == "Is"
        test, body, orelse = test.left, *((orelse, body) if is_none else (body, orelse))
    elif isinstance(test, ir.Unary) and test.op == "Not":
        test, body, orelse = test.operand, orelse, body
    return test, orelse


def _by_block(rows: Sequence[_Standing]) -> _Table:
    table: dict[int, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        table[row.block].append(number)
    return table


def _numbers(table: _Table, blocks: Iterable[int]) -> list[int]:
    return sorted({number for block in blocks for number in table.get(block, ())})


def _chosen(rows: Sequence[_Row], table: _Table, blocks: Iterable[int]) -> list[_Row]:
    return [rows[number] for number in _numbers(table, blocks)]
