"""Fields of the project's classes that get what variables of the environment have, where an object is made.

`Settings(key=os.getenv("LANGSMITH_API_KEY", ""))`: what settings classes of pydantic do by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.walk import alternatives
from lint_langsmith.analysis.project.file import File, Placed
from lint_langsmith.analysis.values.abstract import ClassRef, Environment, Literal, Value
from lint_langsmith.analysis.values.evaluator import Evaluator
from lint_langsmith.remembered import remembered

# What gives the text of a text.
_TEXTS: Final = frozenset({"lower", "strip"})


class FilledFields:
    """The fields that the calls of classes fill, by their names."""

    def __init__(self, values: Evaluator) -> None:
        """`values` evaluates what is passed."""
        self._values = values

    @remembered
    def is_only_filled_from(self, name: str, variables: tuple[str, ...]) -> bool:
        """Whether all objects that are made with a field of this name get it from some variables.

        A class with a method that reads the field may check it, or fill it otherwise. Where the name stands in more
        files than are looked into for one, it is not known.
        """
        found = [
            _is_kept(cls, name) and self._is_read(file, arg.value, file.place(call), variables)
            for file, call, arg, cls in self._filling(name)
        ]
        return bool(found) and all(found)

    def _filling(self, name: str) -> Iterator[tuple[File, ir.Call, ir.Argument, ClassRef]]:
        for file in self._values.project.files_naming(name):
            for site, call in enumerate(file.model.calls):
                for arg in call.args:
                    cls = self._class(file, site, name) if arg.keyword == name else None
                    if cls is not None:
                        yield file, call, arg, cls

    def _class(self, file: File, site: int, name: str) -> ClassRef | None:
        """The class of the project that a call makes an object of, if it has the field itself."""
        for callee in self._values.callee(file, site):
            if isinstance(callee, ClassRef):
                rows = callee.file.bindings.get((callee.scope, name), ())
                return callee if any(row.annotation is not None for row in rows) else None
        return None

    def _is_read(
        self, file: File, expr: ir.Expr, place: Placed, variables: tuple[str, ...]
    ) -> bool:
        """Whether an expression is what a variable has, or whether that has a certain text."""
        told = [
            self._told(file, part.left if isinstance(part, ir.Comparison) else part, place)
            for part in alternatives(expr)
        ]
        names = {name for found in told for name in found}
        return all(told) and names <= {*variables, ""} and names != {""}

    def _told(self, file: File, expr: ir.Expr, place: Placed) -> set[str]:
        """The variables that an expression may have the values of; an empty name for a blank text."""
        while isinstance(expr, ir.CallRef):
            call = file.model.calls[expr.site]
            if not isinstance(call.func, ir.Attribute) or call.func.name not in _TEXTS:
                break
            expr = call.func.value
        found = [_variable(value) for value in self._values.of(file, expr, place)]
        return {name for name in found if name is not None} if None not in found else set()


def _variable(value: Value) -> str | None:
    if isinstance(value, Environment):
        return value.variable
    return "" if isinstance(value, Literal) and not value.text.strip() else None


def _is_kept(cls: ClassRef, name: str) -> bool:
    """Whether no method of a class reads a field of it."""
    file = cls.file
    reads = file.attribute_reads.get(name, ())
    return all(
        file.model.scopes[file.function_of(read.scope)].parent != cls.scope for read in reads
    )
