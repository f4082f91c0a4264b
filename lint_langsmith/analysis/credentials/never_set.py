"""Names and attributes that stay None: what would set them stands in functions that nobody calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Placed, last_name
from lint_langsmith.analysis.values.abstract import FunctionRef
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.remembered import remembered

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluator import Evaluator

_NONE: Final = ir.Constant("None")
# Calls that set attributes whose names are not written there.
_SETTING: Final = frozenset({"setattr", "__setattr__", "vars", "update"})


class NeverSet:
    """What stays None in the files of one project that run alone."""

    def __init__(self, values: Evaluator) -> None:
        """`values` has the call graph."""
        self._values = values

    def holds(self, file: File, expr: ir.Expr, place: Placed) -> bool:
        """Whether a name or an attribute of objects is None whenever it is read, in a file that nothing imports."""
        if isinstance(expr, ir.Name):
            rows = [row for row in lookup(file, expr.id, place) if row.value != _NONE]
            return bool(rows) and all(
                row.kind == "assign" and self._is_dead(file, row.block) for row in rows
            )
        return isinstance(expr, ir.Attribute) and self._attribute(file, expr.name)

    @remembered
    def _attribute(self, file: File, name: str) -> bool:
        """Whether an attribute of this name is set to something in functions alone that nobody calls."""
        if name in self._declared(file) or self._sets_any(file):
            return False
        stores = [row for row in file.stores_by_attribute.get(name, ()) if row.value != _NONE]
        return bool(stores) and all(self._is_dead(file, row.block) for row in stores)

    @remembered
    def _declared(self, file: File) -> frozenset[str]:
        """The names that classes of a file have, but those that begin as None."""
        scopes = file.model.scopes
        return frozenset(
            row.name
            for row in file.model.bindings
            if scopes[row.scope].kind == "class" and row.value != _NONE
        )

    @remembered
    def _sets_any(self, file: File) -> bool:
        """Whether something sets attributes whose names are not written there."""
        return any(last_name(call.func) in _SETTING for call in file.model.calls)

    def _is_dead(self, file: File, block: int) -> bool:
        """Whether a block stands in a function that nobody calls or gets as a value, and Python does not run either."""
        function = FunctionRef(file, file.function_of(file.model.blocks[block].scope))
        scope = file.model.scopes[function.scope]
        if not function.scope or scope.decorators or scope.name.startswith("__"):
            return False
        graph = self._values.call_graph
        sure, unsure = graph.of(function)
        return not sure and not unsure and not graph.hand_overs(function)
