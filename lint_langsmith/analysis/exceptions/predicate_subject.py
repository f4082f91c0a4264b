"""The exception that a test asks about, and under which names and expressions it knows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from lint_langsmith.analysis.exceptions.raised import RaisedError, Verdict, opposite
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.limits import TEST_HOPS
from lint_langsmith.analysis.project.file import File, Place
from lint_langsmith.analysis.values.bindings import lookup

Told: TypeAlias = Callable[[ir.Expr], "Verdict | None"]


class Asked(NamedTuple):
    """Where a test stands and what it asks about: an exception, under some names, or as some expressions.

    `told` knows the answers to some tests from elsewhere. In `any(…)` it is asked of all texts that a name stands for,
    of which one is enough.
    """

    file: File
    place: Place
    thrown: RaisedError
    names: frozenset[str]
    told: Told | None = None
    hops: int = TEST_HOPS
    subjects: frozenset[ir.Expr] = frozenset()
    one_is_enough: bool = False

    def negated(self) -> Asked:
        """The same behind a `not`."""
        told = self.told
        if told is None:
            return self
        return self._replace(
            told=lambda expr: None if (found := told(expr)) is None else opposite(found)
        )

    def further(self) -> Asked:
        """The same one step further away."""
        return self._replace(hops=self.hops - 1)

    def is_subject(self, expr: ir.Expr) -> bool:
        """Whether an expression is the exception, or its class: `error`, `exc_info[0]`."""
        if isinstance(expr, ir.Subscript):
            return self.is_subject(expr.value)
        return (isinstance(expr, ir.Name) and expr.id in self.names) or expr in self.subjects

    def is_part(self, expr: ir.Expr) -> bool:
        """Whether an expression is the exception or something of it: `error.response`."""
        while isinstance(expr, ir.Attribute):
            expr = expr.value
        return self.is_subject(expr)

    def held(self, expr: ir.Expr) -> ir.Expr | None:
        """What a name was bound to, where there is one such thing and it is no argument."""
        if not isinstance(expr, ir.Name) or not self.hops or expr.id in self.names:
            return None
        found = lookup(self.file, expr.id, self.place)
        is_one = (
            len(found) == 1
            and found[0].kind in {"assign", "walrus"}
            and found[0].via == "direct"
        )
        return found[0].value if is_one else None
