"""What the parts of the evaluator ask of each other.

An evaluator is recursive: what a name stands for depends on what calls return, and that on names. `Evaluator` puts the
parts together (attributes, parameters, calls, collections, objects, the call graph); each of them knows the others by
this protocol alone, so that no module imports one that imports it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from lint_langsmith.analysis.values.abstract import (
    ClassRef,
    ExternalName,
    FunctionRef,
    Value,
    Values,
)

if TYPE_CHECKING:
    from lint_langsmith.analysis.ir.model import Binding, Expr
    from lint_langsmith.analysis.memo import Memo
    from lint_langsmith.analysis.project.file import File, Placed
    from lint_langsmith.analysis.project.project import Project
    from lint_langsmith.analysis.project.view import View
    from lint_langsmith.analysis.values.folded import Resolver
    from lint_langsmith.analysis.values.name_users import NameUsers
    from lint_langsmith.analysis.values.object_places import ObjectPlaces
    from lint_langsmith.analysis.values.sdk_types import SdkTypes


class Evaluation(Protocol):
    """Evaluates expressions of one project as one view shows it."""

    project: Project
    view: View
    memo: Memo
    name_users: NameUsers
    sdk_types: SdkTypes
    object_places: ObjectPlaces

    # -- expressions and names ---------------------------------------------------------------------------------------

    def of(self, file: File, expr: Expr, place: Placed) -> Values:
        """The values that an expression may have."""

    def texts(self, file: File, expr: Expr, place: Placed) -> str | None:
        """The one string that an expression surely is."""

    def resolver(self, file: File, place: Placed) -> Resolver:
        """What folding asks of names at a place."""

    def binding(self, file: File, binding: Binding) -> Values:
        """The values that one binding gives to its name."""

    def bindings(self, file: File, found: Sequence[Binding]) -> Values:
        """The values of a name with these bindings."""

    def exported(self, file: File, name: str) -> Values:
        """The values that a module of the project has under a name for its importers."""

    def find_module(self, dotted: str, importer: File | None = None) -> File | None:
        """The file of a module, unless it is hidden from the view."""

    def types(self, file: File, annotation: Expr | None, place: Placed) -> Values:
        """What a value of an annotated type is."""

    def types_of_alias(self, file: File, alias: Expr, place: Placed) -> Values:
        """The same of the expression that an alias of types stands for."""

    # -- attributes and classes --------------------------------------------------------------------------------------

    def attribute(self, value: Value, name: str) -> Values:
        """The values of `value.name`."""

    def kept(self, state: str | None, name: str | None) -> Values:
        """What the program puts into a state of a framework under a name."""

    def bases(self, cls: ClassRef) -> Values:
        """The values of the base-class expressions of a class."""

    def ancestry(self, cls: ClassRef) -> tuple[ClassRef | ExternalName, ...]:
        """The class and its bases, depth first."""

    def is_derived(self, cls: ClassRef, base: ClassRef) -> bool:
        """Whether a class is another one of the project, or derived from it."""

    # -- calls -------------------------------------------------------------------------------------------------------

    def callee(self, file: File, site: int) -> Values:
        """What a call calls."""

    def results(self, function: FunctionRef) -> Values:
        """What a call of a function of the project returns."""

    def decorator_names(self, function: FunctionRef) -> Iterator[str]:
        """The qualified names of a function's decorators."""
