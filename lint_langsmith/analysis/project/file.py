"""A file of the project with its model, and its place among the modules.

What is looked up in the model has a module per kind of row: `structure.py`, `binding_tables.py`, `call_tables.py`,
`access_tables.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.model import Binding, FileModel
from lint_langsmith.analysis.ir.walk import descend, last_name, parts
from lint_langsmith.analysis.project.access_tables import AccessTables, AttributeRead
from lint_langsmith.analysis.project.binding_tables import BindingTables
from lint_langsmith.analysis.project.call_tables import CallTables, SitesByMethod
from lint_langsmith.analysis.project.main_guard import main_block
from lint_langsmith.analysis.project.place import Place, Placed
from lint_langsmith.analysis.project.suites import is_in_test_folder, is_test
from lint_langsmith.findings import Span
from lint_langsmith.source.kinds import CODE, Kind

if TYPE_CHECKING:
    from lint_langsmith.source.notebook import Notebook

# What a module of tests imports, other than its subject.
_TEST_FRAMEWORKS: Final = frozenset(
    {"pytest", "unittest", "hypothesis", "behave", "robot", "nose", "ward"}
)

# What tells the bindings of one name apart: scope, order, and place.
BindingKey: TypeAlias = "tuple[int, int, Span]"


class UsesByBinding(NamedTuple):
    """The uses of a name by the binding that it may stand for there, in order.

    `sites` are those of calls of it (under an empty name) and of its methods, by the method's name.
    """

    reads: Mapping[BindingKey, Sequence[ir.Read]]
    sites: Mapping[BindingKey, SitesByMethod]


class File(BindingTables, CallTables, AccessTables):
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
        super().__init__(model)
        self.path = path
        self.relative = relative
        self.text = text
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

    def module_of(self, row: ir.Binding) -> str:
        """The absolute name of the module that an import statement of the file names."""
        if not row.level:
            return row.module
        package = self.package.split(".") if self.package else []
        keep = len(package) - (row.level - 1)
        base = package[:keep] if keep > 0 else []
        return ".".join([*base, row.module] if row.module else base)

    @property
    def modules_built_upon(self) -> Sequence[str]:
        """The absolute modules from which names in bases of the file's classes, and in decorators, are imported."""
        calls, found = self.model.calls, dict[str, None]()
        for scope in self.model.scopes:
            for expr in (*scope.bases, *scope.decorators):
                for part in descend(expr, calls):
                    name = part.id if isinstance(part, ir.Name) else ""
                    for row in self.bindings.get((0, name), ()):
                        if row.kind == "import":
                            found[self.module_of(row)] = None
        return list(found)

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
        return not is_in_test_folder(self.relative) or any(
            main_block(branch) >= 0 for branch in self.model.branches
        )

    @property
    def _has_tests(self) -> bool:
        """Whether something in the module is a test by its name, or is made for a framework of tests.

        Frameworks collect functions of modules and methods, none that another function has inside.
        """
        scopes = self.model.scopes
        named = any(
            scope.kind in {"function", "class"}
            and scope.name.lower().startswith("test")
            and scopes[scope.parent].kind in {"module", "class"}
            for scope in scopes
        )
        cases = any("Test" in last_name(base) for scope in scopes for base in scope.bases)
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
    def named_code(self) -> frozenset[str]:
        """The names that the file calls or passes, and those for which it has others."""
        return frozenset((*self.calls_by_name, *self.sites_by_argument, *self.other_names))

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
    def example_lines(self) -> frozenset[int]:
        """Of a document the lines that are an example in a language that it names; each of its fixes asks for them."""
        from lint_langsmith.source.comments import example_lines  # noqa: PLC0415 - only documents with fixes need it

        return example_lines(self.kind, self.lines)

    @functools.cached_property
    def lines(self) -> Sequence[str]:
        """The lines without their ends."""
        from lint_langsmith.source.text import split_lines  # noqa: PLC0415 - only findings need it

        return split_lines(self.text)


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


def span_of(file: File, expr: ir.Expr) -> Span | None:
    """Where an expression stands, for those that know it."""
    if isinstance(expr, ir.CallRef):
        return file.model.calls[expr.site].span
    return getattr(expr, "span", None)


__all__ = [
    "AttributeRead",
    "BindingKey",
    "File",
    "Place",
    "Placed",
    "SitesByMethod",
    "UsesByBinding",
    "is_test",
    "last_name",
    "main_block",
    "parts",
    "span_of",
    "within",
]
