"""What expressions are while the statements of a program are run on constants, and where stores put their values.

Names and attributes have cells (`program_state.py`); an item lies in the collection of a cell, under an index. What no
statement of the file has given a value is asked of the evaluator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.model import NOWHERE, Expr
from lint_langsmith.analysis.limits import folded_characters, propagation_steps
from lint_langsmith.analysis.project.file import File, span_of
from lint_langsmith.analysis.values.call_effects import CallEffects
from lint_langsmith.analysis.values.constant_folding import Folding
from lint_langsmith.analysis.values.constants import Budget
from lint_langsmith.analysis.values.folded import Collection, Folded, Object, Resolver
from lint_langsmith.analysis.values.mutation import with_item
from lint_langsmith.analysis.values.program_names import Names
from lint_langsmith.analysis.values.program_objects import Class, Instance, Objects
from lint_langsmith.analysis.values.program_state import Cell, Frame, Made, Target
from lint_langsmith.findings import Span
from lint_langsmith.source.key_signs import has_part

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluation import Evaluation

_ENVIRONMENT: Final = "os.environ"


class Places(Names):
    """The expressions of one file, and what stores change."""

    # Made by the run as a whole (`constant_propagation.py`), all of which they ask.
    folding: Folding
    objects: Objects
    _effects: CallEffects

    def __init__(self, values: Evaluation, file: File) -> None:
        """`values` answers for names that the file gets from elsewhere."""
        super().__init__(file)
        self.made: dict[Made, None] = {}
        # The texts of names that the file has from elsewhere, and of those that are bound once.
        self.given: set[str] = set()
        self._values = values
        self._spans = {row.expr: row.span for row in file.model.composites}
        self._environment = Cell({})

    # -- expressions -------------------------------------------------------------------------------------------------

    def value(self, expr: Expr, span: Span | None = None) -> Folded | None:
        """What an expression is; a text that it makes is noted."""
        value = self.folding.of(expr)
        if not isinstance(expr, (ir.Name, ir.Attribute, ir.Text, ir.Bytes)):
            self.note(value, self._spans.get(expr) or span or span_of(self.file, expr))
        return value

    def note(self, value: Folded | None, span: Span | None) -> None:
        """Keep a text that was made, and its place."""
        if isinstance(value, str) and span is not None and has_part(value):
            self.made[Made(value, span)] = None

    def _given(self, expr: Expr) -> Collection | None:
        """What statements have given a name or attribute; None where they have not."""
        cell = self._known(expr)
        return Collection(cell.value) if cell is not None else None

    def _text(self, expr: Expr) -> str | None:
        text = self._resolver.text(expr)
        if text is not None:
            self.given.add(text)
        return text

    def _collection(self, expr: Expr) -> Collection:
        found = self._resolver.collection(expr)
        self.given.update(found.texts)
        return found

    @property
    def _resolver(self) -> Resolver:
        return self._values.resolver(self.file, self.place)

    def function(self, expr: Expr) -> str | None:
        """The qualified name of what comes from outside of the project."""
        root = expr
        while isinstance(root, ir.Attribute):
            root = root.value
        if isinstance(root, ir.Name) and self.find(root.id, self.place.scope) is not None:
            return None
        return self._resolver.function(expr)

    @property
    def environment(self) -> Cell:
        """What the program has put into its environment."""
        return self._environment

    def _new_budget(self) -> Budget:
        size = len(self.file.text)
        return Budget(propagation_steps(size), folded_characters(size))

    # -- places ------------------------------------------------------------------------------------------------------

    def _store(self, row: ir.Store) -> None:
        if row.value is None and row.added is not None:
            target: Expr = row.target
            value = self.folding.added([target, row.added])
            self.note(value, row.target.span)
        else:
            value = self.value(row.value, row.target.span) if row.value is not None else None
        if isinstance(row.target, ir.Attribute):
            if self.function(row.target) == _ENVIRONMENT:  # `os.environ |= …`
                self._update_environment(value)
                return
            found = self.place_of(row.target)
            if found is not None:
                self.state.bind(*found, Cell(value))
            return
        self.put_item(row.target, value, is_deleted=row.deleted)

    def _update_environment(self, value: Folded | None) -> None:
        held = self._environment.value
        is_known = isinstance(held, Mapping) and isinstance(value, Mapping)
        self.state.put(self._environment, {**held, **value} if is_known else {})  # type: ignore[dict-item]

    def put_item(self, target: ir.Subscript, value: Folded | None, *, is_deleted: bool) -> None:
        """Put a value under an index, or delete what is there."""
        named = self._effects.namespace(target.value)
        index = self.index(target.index)
        if named is not None:
            if isinstance(index, str):
                self.state.bind(named, index, Cell(value))
            return
        base = self.target(target.value)
        if base is not None:
            known = value is not None or is_deleted
            self.change(
                base,
                lambda held: (
                    with_item(self.folding.budget, held, index, value)
                    if known and index is not None
                    else None
                ),
            )

    def index(self, expr: Expr) -> Folded | slice | None:
        """An index, or the bounds of a slice."""
        return (
            self.folding.bounds(expr) if isinstance(expr, ir.Opaque) else self.folding.of(expr)
        )

    def change(
        self, target: Target, change: Callable[[Folded], Folded | None]
    ) -> Folded | None:
        """Change the value at a target, and so those around it; unknown where the change is."""
        values: list[Folded | None] = [target.cell.value]
        for index in target.path:
            values.append(item_of(values[-1], index))
        made = change(values[-1]) if values[-1] is not None else None
        for index, held in zip(reversed(target.path), reversed(values[:-1]), strict=True):
            made = (
                with_item(self.folding.budget, held, index, made)
                if made is not None and held is not None
                else None
            )
        self.state.put(target.cell, made)
        return made

    def argument(self, expr: Expr, span: Span | None = None) -> Folded | None:
        """What an argument is: a value, or a function that is handed on."""
        value = self.value(expr, span)
        return value if value is not None else self.folding.argument(expr)

    def set_attribute(self, owner: Expr, name: str, value: Folded | None) -> None:
        """`setattr(owner, name, value)`."""
        found = self.place_of(ir.Attribute(owner, name, NOWHERE, NOWHERE))
        if found is not None:
            self.state.bind(*found, Cell(value))

    def get_attribute(self, owner: Expr, name: str) -> Folded | None:
        """`getattr(owner, name)`."""
        return self.folding.of(ir.Attribute(owner, name, NOWHERE, NOWHERE))

    def attribute(self, expr: ir.Attribute) -> Cell | None:
        """The cell of an attribute of a name."""
        owner = self.folding.of(expr.value)
        if isinstance(owner, Object):
            return self.objects.attribute(owner, expr.name)
        if self.function(expr) == _ENVIRONMENT:
            return self._environment
        found = self.attribute_of(expr)
        return found[0].cells.get(found[1]) if found is not None else None

    def place_of(self, expr: ir.Attribute) -> tuple[Frame, str] | None:
        """Where the cell of an attribute is kept: by the object, or by the path where that is not known."""
        owner = self.folding.of(expr.value)
        if isinstance(owner, (Class, Instance)):
            return owner.frame, expr.name
        return self.attribute_of(expr)

    def target(self, expr: Expr) -> Target | None:
        """Where the collection lies that an expression stands for, to change it there."""
        if isinstance(expr, ir.Subscript):
            base, index = self.target(expr.value), self.index(expr.index)
            return (
                base and index is not None and Target(base.cell, (*base.path, index))
            ) or None
        cell = self._known(expr)
        return Target(cell) if cell is not None else None

    def _known(self, expr: Expr) -> Cell | None:
        if isinstance(expr, ir.Name):
            cell = self.cell_of(expr)
            return (
                self._environment
                if cell is None and self.function(expr) == _ENVIRONMENT
                else cell
            )
        return self.attribute(expr) if isinstance(expr, ir.Attribute) else None


def item_of(value: Folded | None, index: Folded | slice) -> Folded | None:
    """What a collection has under an index."""
    if isinstance(value, Mapping):
        return value.get(index) if isinstance(index, (str, int)) else None
    if (
        isinstance(value, tuple)
        and isinstance(index, int)
        and -len(value) <= index < len(value)
    ):
        return value[index]
    return None
