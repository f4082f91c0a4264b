"""The tables of a FileModel under construction."""

from __future__ import annotations

from typing import Any, NamedTuple

from lint_langsmith.findings import Span
from lint_langsmith.model import data
from lint_langsmith.model.positions import Positions


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
        self._scopes: list[data.Scope] = []
        self._blocks: list[data.Block] = []
        self._tries: list[data.Try] = []
        self._withs: list[data.With] = []
        self._loops: list[data.Loop] = []
        self._branches: list[data.Branch] = []
        self._bindings: list[data.Binding] = []
        self._stores: list[data.Store] = []
        self._loads: list[data.Load] = []
        self._calls: list[data.Call | None] = []
        self._returns: list[data.Return] = []
        self._raises: list[data.Raise] = []
        self._composites: list[data.Composite] = []
        self._reads: list[data.Read] = []
        self._yields: list[data.Return] = []
        self._statements: list[tuple[int, int]] = []
        self._docstrings: list[Span] = []

    def _tick(self) -> int:
        self._order += 1
        return self._order

    def _open_scope(self, kind: Any, name: str, at: Place, span: Span, **facts: Any) -> Place:
        index = len(self._scopes)
        block = self._open_block("scope", at.block, index, index)
        self._scopes.append(
            data.Scope(kind, name, at.scope, block, at.block, self._tick(), span, **facts),
        )
        return Place(index, block)

    def _open_block(self, kind: Any, parent: int, owner: int, scope: int, index: int = 0) -> int:
        self._blocks.append(data.Block(kind, parent, owner, scope, index))
        return len(self._blocks) - 1

    def _bind(self, kind: Any, name: str, at: Place, span: Span, **facts: Any) -> None:
        self._bindings.append(data.Binding(kind, name, at.scope, at.block, self._tick(), span, **facts))
