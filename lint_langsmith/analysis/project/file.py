"""A file of the project with its model, its place among the modules, and the look-ups that everything else needs."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeAlias

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.model import Binding, Call, FileModel
from lint_langsmith.analysis.ir.walk import descend
from lint_langsmith.analysis.project.blocks import RowsByBlock
from lint_langsmith.analysis.project.tests_of_names import TestsOfNames, asked_names
from lint_langsmith.findings import Span
from lint_langsmith.remembered import remembered
from lint_langsmith.source.kinds import CODE, Kind

if TYPE_CHECKING:
    from lint_langsmith.source.notebook import Notebook

# Scopes that run as a part of the one around them.
_TRANSPARENT: Final = frozenset({"comprehension", "class"})
_TEST_FOLDERS: Final = frozenset(
    {"test", "tests", "testing", "integration_tests", "unit_tests", "e2e"}
)

# What a module of tests imports, other than its subject.
_TEST_FRAMEWORKS: Final = frozenset(
    {"pytest", "unittest", "hypothesis", "behave", "robot", "nose", "ward"}
)


class Place(NamedTuple):
    """A point of the program: in which scope and block, and after how many events of the file."""

    scope: int
    block: int
    order: int


# What tells the bindings of one name apart: scope, order, and place.
BindingKey: TypeAlias = "tuple[int, int, Span]"


class UsesByBinding(NamedTuple):
    """The uses of a name by the binding that it may stand for there, in order.

    `sites` are those of calls of it (under an empty name) and of its methods, by the method's name.
    """

    reads: Mapping[BindingKey, Sequence[ir.Read]]
    sites: Mapping[BindingKey, SitesByMethod]


class Placed(Protocol):
    """What stands at a point of the program: a `Place`, and every row of a model that happens somewhere."""

    @property
    def scope(self) -> int:
        """The scope that runs there."""

    @property
    def block(self) -> int:
        """The block that it stands in."""

    @property
    def order(self) -> int:
        """How many events of the file come before it."""


class VisibleScope(NamedTuple):
    """A scope whose names can be read at a point.

    `is_running` says that its statements are what runs there, in their order. `is_closed` says that a name which it
    binds is its own throughout; from the others one falls back to what is around them.
    """

    scope: int
    is_running: bool
    is_closed: bool


# Call sites in order by the method that is called, which is empty where the value itself is.
SitesByMethod: TypeAlias = "Mapping[str, Sequence[int]]"


class AttributeRead(NamedTuple):
    """A read of an attribute, and where it happens."""

    expr: ir.Attribute
    scope: int
    block: int
    order: int


class File:
    """One file. `relative` is its POSIX path from the project root, `module` its dotted name as others import it.

    `text` is what all spans count in. For most files it is what stands in the file; for a notebook it is the code of
    its cells as one program, with the magics as they were written. `code` is the Python that was lowered: the same
    text, with what is no Python blanked; it is empty for files that are no code.

    `raw` is what stands on the disk. For a notebook it is the JSON, `places` translates between it and `text`, and
    `faults` are the cells that are no Python, `magics` what IPython understands besides.
    """

    def __init__(  # noqa: PLR0913 - a file has that many facts
        self,
        path: Path,
        relative: str,
        text: str,
        model: FileModel,
        module: str = "",
        *,
        kind: Kind = "python",
        notebook: tuple[str, Notebook] | None = None,
    ) -> None:
        """`module` is empty for a file that can't be imported by name; `notebook` is its JSON and what that says."""
        self.path = path
        self.relative = relative
        self.text = text
        self.model = model
        self.module = module
        self.kind = kind
        self.code = notebook[1].code if notebook is not None else text if kind in CODE else ""
        self.raw = notebook[0] if notebook is not None else text
        self.places = notebook[1].places if notebook is not None else None
        self.faults = notebook[1].faults if notebook is not None else ()
        self.magics = notebook[1].magics if notebook is not None else ()
        # What `bindings.py` has said of names that code elsewhere reads.
        self.met_elsewhere: dict[tuple[int, str], Sequence[Binding]] = {}
        # The same of uses: scope and name of the bindings, then the place of the use (scope, block, order).
        self.reaching: dict[tuple[int, str, int, int, int], Sequence[Binding]] = {}
        # By a scope (None for any) and a name, where each of its bindings is used (`exceptions/uses.py`).
        self.uses_by_binding: dict[tuple[int | None, str], UsesByBinding] = {}

    def __repr__(self) -> str:
        return f"File({self.relative!r})"

    @property
    def package(self) -> str:
        """The package that relative imports in this file start from."""
        return self.module if self.path.stem == "__init__" else self.module.rpartition(".")[0]

    @functools.cached_property
    def is_test(self) -> bool:
        """Whether the file belongs to a test suite: it goes by such a name, and is not a script for all that."""
        return is_test(self.relative) and not self._is_script_without_tests

    @functools.cached_property
    def _is_script_without_tests(self) -> bool:
        """Whether a module (`run_coverage_test.py`, `tests/evaluate.py`) has no test in it, and is there to be run.

        In a folder of tests, only what asks whether it is the program: other modules there serve the tests.
        """
        if (
            self.kind != "python"
            or self.path.stem in {"conftest", "__init__"}
            or self._has_tests
        ):
            return False
        return not _is_in_test_folder(self.relative) or any(
            main_block(branch) >= 0 for branch in self.model.branches
        )

    @property
    def _has_tests(self) -> bool:
        """Whether something in the module is a test by its name, or is made for a framework of tests."""
        named = any(
            scope.kind in {"function", "class"} and scope.name.lower().startswith("test")
            for scope in self.model.scopes
        )
        cases = any(
            "Test" in last_name(base) for scope in self.model.scopes for base in scope.bases
        )
        return (
            named
            or cases
            or any(
                row.kind == "import" and row.module.partition(".")[0] in _TEST_FRAMEWORKS
                for rows in self.bindings.values()
                for row in rows
            )
        )

    @functools.cached_property
    def comments(self) -> Sequence[ir.Comment]:
        """The comments of code; of other files those about suppression, as the name and the kind of the file tell."""
        if self.kind in CODE:
            return self.model.comments
        from lint_langsmith.source.comments import remarks  # noqa: PLC0415 - most files are code

        return tuple(
            ir.Comment(*found)
            for found in remarks(PurePosixPath(self.relative), self.kind, self.text)
        )

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
    def star_imports(self) -> tuple[Binding, ...]:
        """The `from … import *` statements."""
        return tuple(row for row in self.model.bindings if row.kind == "star-import")

    @functools.cached_property
    def calls_by_name(self) -> dict[str, list[int]]:
        """Call sites by the last name of what is called."""
        table: dict[str, list[int]] = defaultdict(list)
        for site, call in enumerate(self.model.calls):
            table[last_name(call.func)].append(site)
        return dict(table)

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
    def named_code(self) -> frozenset[str]:
        """The names that the file calls or passes, and those for which it has others."""
        return frozenset((*self.calls_by_name, *self.sites_by_argument, *self.other_names))

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
    def sites_by_function(self) -> dict[int, list[int]]:
        """Call sites by the scope of the function they are in; 0 for those of the module."""
        table: dict[int, list[int]] = defaultdict(list)
        for site, call in enumerate(self.model.calls):
            table[self.function_of(call.scope)].append(site)
        return dict(table)

    @functools.cached_property
    def last_calls(self) -> Mapping[int, int]:
        """When the last call of each function happens, by its scope; that of the module by 0."""
        table: dict[int, int] = {}
        for call in self.model.calls:
            function = self.function_of(call.scope)
            table[function] = max(call.order, table.get(function, call.order))
        return table

    @functools.cached_property
    def scopes_by_outermost(self) -> Mapping[int, Sequence[int]]:
        """The scopes by those that they have in `outermost`."""
        table: dict[int, list[int]] = defaultdict(list)
        for scope, outermost in enumerate(self.outermost):
            table[outermost].append(scope)
        return table

    @functools.cached_property
    def sites_by_base(self) -> dict[str, list[int]]:
        """Call sites by the bare name that is called, or a method of which is called: `f()`, `f.result()`."""
        table: dict[str, list[int]] = defaultdict(list)
        for site, call in enumerate(self.model.calls):
            base = call.func.value if isinstance(call.func, ir.Attribute) else call.func
            if isinstance(base, ir.Name):
                table[base.id].append(site)
        return dict(table)

    @functools.cached_property
    def operand_spans(self) -> frozenset[Span]:
        """The places of bare names that are an operand: `prompt | model`."""
        return frozenset(
            side.span
            for value, _ in valued(self)
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
    def awaited(self) -> frozenset[Span]:
        """The callees of calls that are awaited, by where they stand."""
        return frozenset(row.callee_span for row in self.model.calls if row.use.kind == "await")

    @functools.cached_property
    def names_of_lambdas(self) -> Mapping[int, tuple[str, ...]]:
        """The names that are bound to lambdas, by the scopes of the lambdas."""
        table: dict[int, tuple[str, ...]] = {}
        for row in self.model.bindings:
            if isinstance(row.value, ir.Lambda):
                table[row.value.scope] = (*table.get(row.value.scope, ()), row.name)
        return table

    @functools.cached_property
    def reads_below(self) -> Mapping[tuple[int, str], Sequence[ir.Read]]:
        """The same by each of the scopes around them as well: what may read a name that is bound in that scope."""
        table: dict[tuple[int, str], list[ir.Read]] = defaultdict(list)
        for read in self.model.reads:
            for scope in self._scopes_around(read.scope):
                table[scope, read.name].append(read)
        return table

    @functools.cached_property
    def sites_by_method(self) -> Mapping[tuple[int | None, str], SitesByMethod]:
        """The calls of a bare name or of a method of it, by each scope around them (None for any) and the name."""
        table: dict[tuple[int | None, str], dict[str, list[int]]] = defaultdict(dict)
        for name, sites in self.sites_by_base.items():
            for site in sites:
                call = self.model.calls[site]
                method = call.func.name if isinstance(call.func, ir.Attribute) else ""
                for scope in (None, *self._scopes_around(call.scope)):
                    table[scope, name].setdefault(method, []).append(site)
        return table

    def _scopes_around(self, scope: int) -> Iterator[int]:
        while scope >= 0:
            yield scope
            scope = self.model.scopes[scope].parent

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
    def stores_by_function(self) -> Mapping[int, Sequence[ir.Store]]:
        """The stores to attributes and items by the scope of the function they are in; 0 for those of the module."""
        table: dict[int, list[ir.Store]] = defaultdict(list)
        for row in self.model.stores:
            table[self.function_of(row.scope)].append(row)
        return table

    @functools.cached_property
    def shared_names(self) -> frozenset[str]:
        """The names that some function declares `global` or `nonlocal`: a binding in it is read outside of it."""
        return frozenset(
            row.name for row in self.model.bindings if row.kind in {"global", "nonlocal"}
        )

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
    def sites_by_argument(self) -> dict[str, list[int]]:
        """Call sites by the last names of their arguments, and of the items of lists that are passed."""
        table: dict[str, list[int]] = defaultdict(list)
        for site, call in enumerate(self.model.calls):
            for name in {last_name(part) for arg in call.args for part in parts(arg.value)}:
                table[name].append(site)
        return dict(table)

    @functools.cached_property
    def stores_by_attribute(self) -> dict[str, list[ir.Store]]:
        """Writes `something.name = …` by name."""
        table: dict[str, list[ir.Store]] = defaultdict(list)
        for store in self.model.stores:
            if isinstance(store.target, ir.Attribute):
                table[store.target.name].append(store)
        return dict(table)

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
    def method_calls(self) -> dict[tuple[str, str], dict[int, list[int]]]:
        """Call sites of methods, by the method's name and the last name before it: `self.jobs.append(…)`.

        Those of a name by the outermost scopes that they are in (`outermost`).
        """
        table: dict[tuple[str, str], dict[int, list[int]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for site, call in enumerate(self.model.calls):
            if isinstance(call.func, ir.Attribute):
                table[call.func.name, last_name(call.func.value)][
                    self.outermost[call.scope]
                ].append(site)
        return dict(table)

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
    def displays(self) -> Sequence[tuple[ir.Mapping | ir.Sequence, Placed]]:
        """The displays of dicts, lists, tuples and sets that give a value to something, as `valued` has them."""
        return [
            (expr, row)
            for expr, row in valued(self)
            if isinstance(expr, (ir.Mapping, ir.Sequence))
        ]

    @functools.cached_property
    def definitions(self) -> dict[int, Binding]:
        """The binding that a function's or class's scope was opened by."""
        return {row.target: row for row in self.model.bindings if row.target >= 0}

    def is_local(self, name: str, scope: int) -> bool:
        """Whether a name that a scope binds is bound for it and what is in it alone."""
        return scope > 0 and all(
            row.kind != "global" for row in self.bindings.get((scope, name), ())
        )

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

    @functools.cached_property
    def tests_of_names(self) -> TestsOfNames:
        """What the file has asked of its names, at each place."""
        return TestsOfNames(self.model)

    @functools.cached_property
    def asked_names(self) -> Mapping[int, frozenset[str]]:
        """The names of which each function asks what they are."""
        return asked_names(self.model, self.function_of)

    @functools.cached_property
    def rows_by_block(self) -> RowsByBlock:
        """The rows of the file by the blocks that they stand in."""
        return RowsByBlock(self.model)

    def blocks_in(self, block: int) -> Sequence[int]:
        """The blocks that stand in a block directly, in order."""
        return self._blocks_in.get(block, ())

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
    def sites_by_block(self) -> Mapping[int, Sequence[int]]:
        """Call sites by the innermost blocks that they are in."""
        table: dict[int, list[int]] = defaultdict(list)
        for site, call in enumerate(self.model.calls):
            table[call.block].append(site)
        return dict(table)

    @functools.cached_property
    def yielding_blocks(self) -> frozenset[int]:
        """The innermost blocks in which something is yielded."""
        return frozenset(row.block for row in self.model.yields)

    def statement_at(self, line: int) -> tuple[int, int]:
        """The first and last line of the shortest statement or header at a line; else the line itself."""
        return self._statements_by_line.get(line, (line, line))

    @functools.cached_property
    def _statements_by_line(self) -> Mapping[int, tuple[int, int]]:
        table: dict[int, tuple[int, int]] = {}
        by_length = sorted(self.model.statements, key=lambda lines: lines[1] - lines[0])
        # The shortest of them is written last, of several the first one.
        for lines in reversed(by_length):
            table.update(dict.fromkeys(range(lines[0], lines[1] + 1), lines))
        return table

    @remembered
    def around(self, block: int) -> tuple[frozenset[int], frozenset[int]]:
        """The blocks of `block_chain`, and those of them that are loops."""
        chain = frozenset(self.block_chain(block))
        return (
            chain,
            frozenset(other for other in chain if self.model.blocks[other].kind == "loop"),
        )

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

    def place(
        self, row: Call | Binding | ir.Return | ir.Store | ir.Load | ir.Read | ir.Raise
    ) -> Place:
        """The point at which a row of the model happens."""
        return Place(row.scope, row.block, row.order)

    def source(self, span: Span) -> str:
        """The text at a span."""
        lines = self.lines
        if span.line == span.end_line:
            return lines[span.line - 1][span.column - 1 : span.end_column - 1]
        first, last = (
            lines[span.line - 1][span.column - 1 :],
            lines[span.end_line - 1][: span.end_column - 1],
        )
        return "\n".join([first, *lines[span.line : span.end_line - 1], last])

    @functools.cached_property
    def lines(self) -> Sequence[str]:
        """The lines without their ends."""
        from lint_langsmith.source.text import split_lines  # noqa: PLC0415 - only findings need it

        return split_lines(self.text)


@functools.lru_cache(maxsize=16_384)
def is_test(relative: str) -> bool:
    """Whether a path belongs to a test suite, by the names that pytest and unittest go by."""
    path = PurePosixPath(relative)
    stem = path.stem
    named = (
        stem.startswith("test_")
        or stem.endswith(("_test", "_tests"))
        or stem in {"conftest", "tests", "test"}
    )
    return named or _is_in_test_folder(relative)


def _is_in_test_folder(relative: str) -> bool:
    return any(part in _TEST_FOLDERS for part in PurePosixPath(relative).parts[:-1])


def main_block(branch: ir.Branch) -> int:
    """The block that runs only where the file is the program (`if __name__ == "__main__":`); -1 for none."""
    if _holds_as_main(branch.test, holds=True):
        return branch.body
    return branch.orelse if _holds_as_main(branch.test, holds=False) else -1


def _holds_as_main(test: ir.Expr | None, *, holds: bool) -> bool:
    """Whether a test is true (or false, by `holds`) only where the file is the program."""
    if isinstance(test, ir.Unary) and test.op == "Not":
        return _holds_as_main(test.operand, holds=not holds)
    if isinstance(test, ir.Boolean):
        parts = (_holds_as_main(part, holds=holds) for part in test.values)
        return any(parts) if (test.op == "and") == holds else all(parts)
    if not isinstance(test, ir.Comparison) or len(test.ops) != 1:
        return False
    wanted = {"Equal", "Is", "In"} if holds else {"NotEqual", "IsNot", "NotIn"}
    sides = (test.left, test.rights[0])
    is_name = any(isinstance(side, ir.Name) and side.id == "__name__" for side in sides)
    return is_name and test.ops[0] in wanted and any(map(_has_main, sides))


def _has_main(expr: ir.Expr) -> bool:
    """`"__main__"`, or a list of names with it."""
    items = expr.items if isinstance(expr, ir.Sequence) else (expr,)
    return any(isinstance(item, ir.Text) and item.value == "__main__" for item in items)


def within(file: File, block: int) -> Iterator[int]:
    """The block and the blocks in it, those of functions and classes left out; comprehensions are part of it."""
    model = file.model
    left = [block]
    while left:
        current = left.pop()
        yield current
        for index in reversed(file.blocks_in(current)):
            row = model.blocks[index]
            if row.kind != "scope" or model.scopes[row.owner].kind == "comprehension":
                left.append(index)


def last_name(expr: ir.Expr) -> str:
    """`c` of `a.b.c`; empty for what has no name."""
    if type(expr) is ir.Attribute:
        return expr.name
    return expr.id if type(expr) is ir.Name else ""


def span_of(file: File, expr: ir.Expr) -> Span | None:
    """Where an expression stands, for those that know it."""
    if isinstance(expr, ir.CallRef):
        return file.model.calls[expr.site].span
    return getattr(expr, "span", None)


def valued(file: File) -> Iterator[tuple[ir.Expr, Placed]]:
    """The expressions that give a value to something (bound, stored, returned, passed), with their places."""
    for binding in file.model.bindings:
        if binding.value is not None:
            yield binding.value, binding
    for store in file.model.stores:
        if store.value is not None:
            yield store.value, store
    for result in file.model.returns:
        if result.value is not None:
            yield result.value, result
    for call in file.model.calls:
        for arg in call.args:
            yield arg.value, call


def parts(expr: ir.Expr) -> tuple[ir.Expr, ...]:
    """The items of a list or tuple that stands there itself; any other expression alone."""
    return expr.items if isinstance(expr, ir.Sequence) else (expr,)


def _by_scope(rows: Sequence[ir.Return]) -> dict[int, list[ir.Return]]:
    table: dict[int, list[ir.Return]] = defaultdict(list)
    for row in rows:
        table[row.scope].append(row)
    return dict(table)
