"""The scopes and blocks of one file: what is in what, and what runs where."""

from __future__ import annotations

import functools
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.place import Place, Placed
from lint_langsmith.remembered import remembered

# Scopes that run as a part of the one around them.
_TRANSPARENT: Final = frozenset({"comprehension", "class"})


class VisibleScope(NamedTuple):
    """A scope whose names can be read at a point.

    `is_running` says that its statements are what runs there, in their order. `is_closed` says that a name which it
    binds is its own throughout; from the others one falls back to what is around them.
    """

    scope: int
    is_running: bool
    is_closed: bool


class Structure:
    """The scopes, functions and blocks of a model."""

    def __init__(self, model: ir.FileModel) -> None:
        self.model = model

    # -- scopes and functions ----------------------------------------------------------------------------------------

    @functools.cached_property
    def scopes_by_outermost(self) -> Mapping[int, Sequence[int]]:
        """The scopes by those that they have in `outermost`."""
        table: dict[int, list[int]] = defaultdict(list)
        for scope, outermost in enumerate(self.outermost):
            table[outermost].append(scope)
        return table

    def methods_around(self, store: ir.Store) -> Mapping[int, int]:
        """The classes in whose methods a write stands: for the scope of each that of its method."""
        return self._methods_around(store.scope)

    @remembered
    def _methods_around(self, inner: int) -> Mapping[int, int]:
        found: dict[int, int] = {}
        scope = self.function_of(inner)
        while scope > 0:
            parent = self.model.scopes[scope].parent
            found.setdefault(parent, scope)
            scope = self.function_of(parent)
        return found

    @functools.cached_property
    def outermost(self) -> Sequence[int]:
        """For each scope the function, class or comprehension of the module that it is or is in; 0 for the module."""
        found: list[int] = []
        for index, scope in enumerate(self.model.scopes):
            found.append(index if scope.parent <= 0 else found[scope.parent])
        return found

    @functools.cached_property
    def returns_by_scope(self) -> dict[int, list[ir.Return]]:
        """The return statements of each function, and the bodies of lambdas."""
        return _by_scope(self.model.returns)

    @functools.cached_property
    def yields_by_scope(self) -> dict[int, list[ir.Return]]:
        """The yields of each generator function."""
        return _by_scope(self.model.yields)

    @functools.cached_property
    def definitions(self) -> dict[int, ir.Binding]:
        """The binding that a function's or class's scope was opened by."""
        return {row.target: row for row in self.model.bindings if row.target >= 0}

    @remembered
    def visible_from(self, scope: int) -> Sequence[VisibleScope]:
        """The scopes whose names can be read in `scope`, from the inside out: not those of the classes around it."""
        return tuple(self._visible_scopes(scope))

    def _visible_scopes(self, start: int) -> Iterator[VisibleScope]:
        scope, is_running = start, True
        while scope >= 0:
            row = self.model.scopes[scope]
            if row.kind != "class" or scope == start:
                yield VisibleScope(scope, is_running, row.kind in {"function", "lambda"})
            is_running = is_running and row.kind in _TRANSPARENT
            scope = row.parent

    def function_of(self, scope: int) -> int:
        """The innermost function (or lambda) that `scope` is in or is; 0 when only the module is around it."""
        while scope > 0 and self.model.scopes[scope].kind not in {"function", "lambda"}:
            scope = self.model.scopes[scope].parent
        return max(scope, 0)

    def qualified_scope(self, scope: int) -> str:
        """The dotted name of a scope within the file, as in `Service.sync`; empty for the module."""
        names: list[str] = []
        while scope > 0:
            row = self.model.scopes[scope]
            if row.kind in {"class", "function"}:
                names.append(row.name)
            scope = row.parent
        return ".".join(reversed(names))

    def scopes_around(self, scope: int) -> Iterator[int]:
        """A scope and those around it, from the inside out."""
        while scope >= 0:
            yield scope
            scope = self.model.scopes[scope].parent

    # -- blocks ------------------------------------------------------------------------------------------------------

    def block_chain(self, block: int) -> Iterator[int]:
        """The block and those around it, up to the module's, through function boundaries."""
        while block >= 0:
            yield block
            block = self.model.blocks[block].parent

    @functools.cached_property
    def _blocks_in(self) -> Mapping[int, Sequence[int]]:
        table: dict[int, list[int]] = defaultdict(list)
        for block, row in enumerate(self.model.blocks):
            table[row.parent].append(block)
        return dict(table)

    def blocks_within(self, block: int) -> Iterator[int]:
        """The block and those that are in it, at all depths and through function boundaries."""
        left = [block]
        while left:
            current = left.pop()
            yield current
            left.extend(self._blocks_in.get(current, ()))

    def blocks_in(self, block: int) -> Sequence[int]:
        """The blocks that stand in a block directly, in order."""
        return self._blocks_in.get(block, ())

    @functools.cached_property
    def yielding_blocks(self) -> frozenset[int]:
        """The innermost blocks in which something is yielded."""
        return frozenset(row.block for row in self.model.yields)

    @remembered
    def around(self, block: int) -> tuple[frozenset[int], frozenset[int]]:
        """The blocks of `block_chain`, and those of them that are loops."""
        chain = frozenset(self.block_chain(block))
        return (
            chain,
            frozenset(other for other in chain if self.model.blocks[other].kind == "loop"),
        )

    # -- lines and places --------------------------------------------------------------------------------------------

    def statement_at(self, line: int) -> tuple[int, int]:
        """The first and last line of the shortest statement or header at a line; else the line itself."""
        return self._statements_by_line.get(line, (line, line))

    def statement_behind(self, line: int) -> int | None:
        """The first line of the next statement or header that begins behind a line."""
        at = bisect_right(self.statement_starts, line)
        return self.statement_starts[at] if at < len(self.statement_starts) else None

    def statement_before(self, line: int) -> int | None:
        """The first line of the last statement or header that begins before a line."""
        at = bisect_left(self.statement_starts, line)
        return self.statement_starts[at - 1] if at else None

    @functools.cached_property
    def statement_starts(self) -> Sequence[int]:
        """The first lines of statements and headers, in their order."""
        return sorted(first for first, _ in self.model.statements)

    @functools.cached_property
    def _statements_by_line(self) -> Mapping[int, tuple[int, int]]:
        table: dict[int, tuple[int, int]] = {}
        by_length = sorted(self.model.statements, key=lambda lines: lines[1] - lines[0])
        # The shortest of them is written last, of several the first one.
        for lines in reversed(by_length):
            table.update(dict.fromkeys(range(lines[0], lines[1] + 1), lines))
        return table

    def place(self, row: Placed) -> Place:
        """The point at which a row of the model happens."""
        return Place(row.scope, row.block, row.order)


def _by_scope(rows: Sequence[ir.Return]) -> dict[int, list[ir.Return]]:
    table: dict[int, list[ir.Return]] = defaultdict(list)
    for row in rows:
        table[row.scope].append(row)
    return dict(table)
