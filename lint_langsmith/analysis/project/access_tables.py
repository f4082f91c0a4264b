"""The reads of names, and the reads and writes of attributes and items of one file; expressions that give values."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.walk import descend, last_name
from lint_langsmith.analysis.project.blocks import RowsByBlock
from lint_langsmith.analysis.project.place import Placed
from lint_langsmith.analysis.project.structure import Structure
from lint_langsmith.findings import Span


class AttributeRead(NamedTuple):
    """A read of an attribute, and where it happens."""

    expr: ir.Attribute
    scope: int
    block: int
    order: int


class AccessTables(Structure):
    """Look-ups of what a file reads and writes; each is made once, when it is asked for."""

    @functools.cached_property
    def attribute_reads(self) -> dict[str, list[AttributeRead]]:
        """Reads of `something.name`, wherever in a longer chain and also to call it, by name."""
        table: dict[str, list[AttributeRead]] = defaultdict(list)
        for load in self.model.loads:
            expr: ir.Expr = load.expr
            while isinstance(expr, (ir.Attribute, ir.Subscript)):
                if isinstance(expr, ir.Attribute):
                    read = AttributeRead(expr, load.scope, load.block, load.order)
                    table[expr.name].append(read)
                expr = expr.value
        return dict(table)

    @functools.cached_property
    def operand_spans(self) -> frozenset[Span]:
        """The places of bare names that are an operand: `prompt | model`."""
        return frozenset(
            side.span
            for value, _ in self.valued()
            for part in descend(value)
            if isinstance(part, ir.Binary)
            for side in (part.left, part.right)
            if isinstance(side, ir.Name)
        )

    @functools.cached_property
    def loads_by_base(self) -> Mapping[str, Sequence[ir.Load]]:
        """The attributes and items that are read of a bare name."""
        table: dict[str, list[ir.Load]] = defaultdict(list)
        for load in self.model.loads:
            base: ir.Expr = load.expr
            while isinstance(base, (ir.Attribute, ir.Subscript)):
                base = base.value
            if isinstance(base, ir.Name):
                table[base.id].append(load)
        return dict(table)

    @functools.cached_property
    def reads_by_name(self) -> dict[str, list[ir.Read]]:
        """The places where a bare name is read, other than to call it or to take an attribute of it."""
        table: dict[str, list[ir.Read]] = defaultdict(list)
        for read in self.model.reads:
            table[read.name].append(read)
        return dict(table)

    @functools.cached_property
    def reads_by_span(self) -> Mapping[Span, ir.Read]:
        """The same places by where they stand."""
        return {read.span: read for read in self.model.reads}

    @functools.cached_property
    def reads_below(self) -> Mapping[tuple[int, str], Sequence[ir.Read]]:
        """The same by each of the scopes around them as well: what may read a name that is bound in that scope."""
        table: dict[tuple[int, str], list[ir.Read]] = defaultdict(list)
        for read in self.model.reads:
            for scope in self.scopes_around(read.scope):
                table[scope, read.name].append(read)
        return table

    @functools.cached_property
    def stores_by_function(self) -> Mapping[int, Sequence[ir.Store]]:
        """The stores to attributes and items by the scope of the function they are in; 0 for those of the module."""
        table: dict[int, list[ir.Store]] = defaultdict(list)
        for row in self.model.stores:
            table[self.function_of(row.scope)].append(row)
        return table

    @functools.cached_property
    def loads_through(self) -> dict[Span, list[ir.Load]]:
        """The reads of attributes and items by the places of the expressions that they consist of."""
        table: dict[Span, list[ir.Load]] = defaultdict(list)
        for load in self.model.loads:
            part: ir.Expr = load.expr
            while isinstance(part, (ir.Attribute, ir.Subscript)):
                table[part.span].append(load)
                part = part.value
            if isinstance(part, ir.Name):
                table[part.span].append(load)
        return dict(table)

    @functools.cached_property
    def loads_by_attribute(self) -> dict[str, list[ir.Load]]:
        """The reads of `something.name` that are no part of a longer chain, by name."""
        table: dict[str, list[ir.Load]] = defaultdict(list)
        for load in self.model.loads:
            if isinstance(load.expr, ir.Attribute):
                table[load.expr.name].append(load)
        return dict(table)

    @functools.cached_property
    def stores_by_attribute(self) -> dict[str, list[ir.Store]]:
        """Writes `something.name = …` by name."""
        table: dict[str, list[ir.Store]] = defaultdict(list)
        for store in self.model.stores:
            if isinstance(store.target, ir.Attribute):
                table[store.target.name].append(store)
        return dict(table)

    @functools.cached_property
    def item_stores(self) -> dict[str, dict[int, list[ir.Store]]]:
        """Writes and deletions of items, by the last name before the brackets: `name[…] = …`, `self.name[…] = …`.

        Those of a name by the outermost scopes that they are in (`outermost`).
        """
        table: dict[str, dict[int, list[ir.Store]]] = defaultdict(lambda: defaultdict(list))
        for store in self.model.stores:
            if isinstance(store.target, ir.Subscript):
                table[last_name(store.target.value)][self.outermost[store.scope]].append(store)
        return dict(table)

    @functools.cached_property
    def displays(self) -> Sequence[tuple[ir.Mapping | ir.Sequence, Placed]]:
        """The displays of dicts, lists, tuples and sets that give a value to something, as `valued` has them."""
        return [
            (expr, row)
            for expr, row in self.valued()
            if isinstance(expr, (ir.Mapping, ir.Sequence))
        ]

    @functools.cached_property
    def rows_by_block(self) -> RowsByBlock:
        """The rows of the file by the blocks that they stand in."""
        return RowsByBlock(self.model)

    def valued(self) -> Iterator[tuple[ir.Expr, Placed]]:
        """The expressions that give a value to something (bound, stored, returned, passed), with their places."""
        for binding in self.model.bindings:
            if binding.value is not None:
                yield binding.value, binding
        for store in self.model.stores:
            if store.value is not None:
                yield store.value, store
        for result in self.model.returns:
            if result.value is not None:
                yield result.value, result
        for call in self.model.calls:
            for arg in call.args:
                yield arg.value, call
