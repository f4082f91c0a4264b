"""The tables of a FileModel under construction."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.positions import Positions
from lint_langsmith.findings import Span

# What becomes of a value where nothing is said of it, and an expression of which nothing is kept.
OTHER: Final = ir.Use("other")
NO_FACTS: Final = ir.Opaque(())


class Place(NamedTuple):
    """Where the walk is: handed down, never kept as state."""

    scope: int
    block: int


class Rows:
    """The rows so far, in the order in which the walk meets them."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._places = Positions({})
        self._order = 0
        self._scopes: list[ir.Scope] = []
        self._blocks: list[ir.Block] = []
        self._tries: list[ir.Try] = []
        self._withs: list[ir.With] = []
        self._loops: list[ir.Loop] = []
        self._branches: list[ir.Branch] = []
        self._asserts: list[ir.Assert] = []
        self._bindings: list[ir.Binding] = []
        self._stores: list[ir.Store] = []
        self._loads: list[ir.Load] = []
        self._calls: list[ir.Call | None] = []
        self._returns: list[ir.Return] = []
        self._raises: list[ir.Raise] = []
        self._composites: list[ir.Composite] = []
        self._reads: list[ir.Read] = []
        self._yields: list[ir.Return] = []
        self._statements: list[tuple[int, int]] = []
        self._docstrings: list[Span] = []

    def _tick(self) -> int:
        self._order += 1
        return self._order

    def _open_scope(self, kind: Any, name: str, at: Place, span: Span, **facts: Any) -> Place:
        index = len(self._scopes)
        block = self._open_block("scope", at.block, index, index)
        self._scopes.append(
            ir.Scope(kind, name, at.scope, block, at.block, self._tick(), span, **facts),
        )
        return Place(index, block)

    def _open_block(
        self, kind: Any, parent: int, owner: int, scope: int, index: int = 0
    ) -> int:
        self._blocks.append(ir.Block(kind, parent, owner, scope, index))
        return len(self._blocks) - 1

    def _bind(self, kind: Any, name: str, at: Place, span: Span, **facts: Any) -> None:
        self._bindings.append(
            ir.Binding(kind, name, at.scope, at.block, self._tick(), span, **facts)
        )
