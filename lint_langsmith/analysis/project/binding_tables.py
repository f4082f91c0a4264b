"""The bindings of one file, by what is asked of them: which names, in which scopes, with which values."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Mapping, Sequence

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.model import Binding
from lint_langsmith.analysis.ir.walk import descend, last_name
from lint_langsmith.analysis.project.structure import Structure
from lint_langsmith.analysis.project.tests_of_names import TestsOfNames, asked_names


class BindingTables(Structure):
    """Look-ups of bindings; each is made once, when it is asked for."""

    @functools.cached_property
    def bindings(self) -> dict[tuple[int, str], list[Binding]]:
        """The bindings of each name in each scope, in order.

        Those of a `global` name count for the module, those of a `nonlocal` name for the function around that binds it.
        """
        table: dict[tuple[int, str], list[Binding]] = defaultdict(list)
        for row in self.model.bindings:
            table[row.scope, row.name].append(row)
            if (row.scope, row.name) in self.global_names and row.kind != "global":
                table[0, row.name].append(row)
            elif (row.scope, row.name) in self._nonlocal_names and row.kind != "nonlocal":
                table[self._nonlocal_names[row.scope, row.name], row.name].append(row)
        return dict(table)

    @functools.cached_property
    def _nonlocal_names(self) -> Mapping[tuple[int, str], int]:
        """The scopes with the names that they declare to be of a function around them, and the scope of that."""
        declared = {
            (row.scope, row.name) for row in self.model.bindings if row.kind == "nonlocal"
        }
        bound = {(row.scope, row.name) for row in self.model.bindings} if declared else set()
        found: dict[tuple[int, str], int] = {}
        for scope, name in declared:
            owner = self.function_of(self.model.scopes[scope].parent)
            while owner > 0 and ((owner, name) not in bound or (owner, name) in declared):
                owner = self.function_of(self.model.scopes[owner].parent)
            if owner > 0:
                found[scope, name] = owner
        return found

    @functools.cached_property
    def bindings_by_scope(self) -> dict[int, list[Binding]]:
        """The bindings that stand in each scope, in order."""
        table: dict[int, list[Binding]] = defaultdict(list)
        for row in self.model.bindings:
            table[row.scope].append(row)
        return dict(table)

    @functools.cached_property
    def bound_names(self) -> frozenset[str]:
        """The names that some scope binds."""
        return frozenset(row.name for row in self.model.bindings)

    @functools.cached_property
    def names_by_scope(self) -> dict[int, list[str]]:
        """The names that each scope binds."""
        table: dict[int, list[str]] = defaultdict(list)
        for scope, name in self.bindings:
            table[scope].append(name)
        return dict(table)

    @functools.cached_property
    def global_names(self) -> frozenset[tuple[int, str]]:
        """The scopes with the names that they declare to be the module's."""
        return frozenset(
            (row.scope, row.name) for row in self.model.bindings if row.kind == "global"
        )

    @functools.cached_property
    def annotated_by_scope(self) -> dict[int, list[Binding]]:
        """The bindings with an annotation, in order; those of a class are its fields."""
        table: dict[int, list[Binding]] = defaultdict(list)
        for row in self.model.bindings:
            if row.annotation is not None:
                table[row.scope].append(row)
        return dict(table)

    @functools.cached_property
    def packages(self) -> frozenset[str]:
        """The packages that the file imports from, relative imports left out."""
        rows = (row for row in self.model.bindings if row.kind == "import" and row.level == 0)
        return frozenset(row.module.partition(".")[0] for row in rows)

    @functools.cached_property
    def import_rows(self) -> tuple[Binding, ...]:
        """The bindings that imports make, in their order."""
        return tuple(row for row in self.model.bindings if row.kind == "import")

    @functools.cached_property
    def imports_by_member(self) -> Mapping[str | None, Sequence[Binding]]:
        """The imports by what they take from a module, in their order."""
        table: dict[str | None, list[Binding]] = defaultdict(list)
        for row in self.import_rows:
            table[row.member].append(row)
        return dict(table)

    @functools.cached_property
    def star_imports(self) -> tuple[Binding, ...]:
        """The `from … import *` statements."""
        return tuple(row for row in self.model.bindings if row.kind == "star-import")

    @functools.cached_property
    def other_names(self) -> dict[str, set[str]]:
        """The names under which the file knows something by another name: `import f as g`, `g = thing.f`."""
        table: dict[str, set[str]] = defaultdict(set)
        for row in self.model.bindings:
            first = (
                row.member
                if row.kind == "import"
                else last_name(row.value)
                if row.value is not None
                else None
            )
            if first and first != row.name:
                table[first].add(row.name)
        return dict(table)

    @functools.cached_property
    def bindings_by_function(self) -> Mapping[int, Sequence[Binding]]:
        """The bindings by the scope of the function they are in; 0 for those of the module and its comprehensions."""
        table: dict[int, list[Binding]] = defaultdict(list)
        for row in self.model.bindings:
            table[self.function_of(row.scope)].append(row)
        return table

    @functools.cached_property
    def bound_calls(self) -> Mapping[int, Sequence[Binding]]:
        """The bindings by the sites of the calls that stand in their values, in whatever way."""
        table: dict[int, list[Binding]] = defaultdict(list)
        for row in self.model.bindings:
            if row.value is None:
                continue
            for site in {
                part.site for part in descend(row.value) if isinstance(part, ir.CallRef)
            }:
                table[site].append(row)
        return table

    @functools.cached_property
    def shared_names(self) -> frozenset[str]:
        """The names that some function declares `global` or `nonlocal`: a binding in it is read outside of it."""
        return frozenset(
            row.name for row in self.model.bindings if row.kind in {"global", "nonlocal"}
        )

    def is_local(self, name: str, scope: int) -> bool:
        """Whether a name that a scope binds is bound for it and what is in it alone."""
        return scope > 0 and all(
            row.kind != "global" for row in self.bindings.get((scope, name), ())
        )

    @functools.cached_property
    def tests_of_names(self) -> TestsOfNames:
        """What the file has asked of its names, at each place."""
        return TestsOfNames(self.model)

    @functools.cached_property
    def asked_names(self) -> Mapping[int, frozenset[str]]:
        """The names of which each function asks what they are."""
        return asked_names(self.model, self.function_of)

    def last_binding_in(self, block: int) -> int:
        """The order of the last binding in a block and in those within it; -1 without any."""
        return self._last_bindings[block]

    @functools.cached_property
    def _last_bindings(self) -> Sequence[int]:
        last = [-1] * len(self.model.blocks)
        for binding in self.model.bindings:
            last[binding.block] = max(last[binding.block], binding.order)
        # A block stands behind the one that it is in.
        for block in range(len(last) - 1, 0, -1):
            parent = self.model.blocks[block].parent
            if parent >= 0:
                last[parent] = max(last[parent], last[block])
        return last

    @functools.cached_property
    def names_of_lambdas(self) -> Mapping[int, tuple[str, ...]]:
        """The names that are bound to lambdas, by the scopes of the lambdas."""
        table: dict[int, tuple[str, ...]] = {}
        for row in self.model.bindings:
            if isinstance(row.value, ir.Lambda):
                table[row.value.scope] = (*table.get(row.value.scope, ()), row.name)
        return table
