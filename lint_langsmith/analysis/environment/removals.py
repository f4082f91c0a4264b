"""Variables that a program takes out of its environment, by `del`, `pop()` or `clear()` of `os.environ`.

Executed on Python 3.11 and langsmith 0.15.1: a client that is built behind the removal of its key has none.
`os.unsetenv` leaves `os.environ`, from which the SDK reads, as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith.analysis.environment.writes import CERTAIN
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Placed
from lint_langsmith.analysis.values.abstract import Literal
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.findings import Span
from lint_langsmith.sdk.variables import KEYS

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.writes import Writes
    from lint_langsmith.analysis.values.evaluator import Evaluator

_BY_NAME: Final = frozenset({"pop", "__delitem__"})
_ALL: Final = "clear"


class Removal(NamedTuple):
    """A statement that takes variables out of the environment; `names` are those that were asked for.

    `is_of_all` where it takes out every variable that there is.
    """

    file: File
    names: frozenset[str]
    scope: int
    block: int
    span: Span
    is_of_all: bool = False

    def has_run_before(self, block: int) -> bool:
        """Whether it has run whenever what stands behind it in a block does."""
        blocks = self.file.model.blocks
        around = frozenset(self.file.block_chain(block))
        for current in self.file.block_chain(self.block):
            if current in around:
                return True
            row = blocks[current]
            if row.kind == "scope" or row.kind not in CERTAIN:
                return False
            if row.kind == "try" and any(
                blocks[other].kind == "handler" and blocks[other].owner == row.owner
                for other in around
            ):
                return False  # the handler may run because there was nothing to take out
        return False


class _Statement(NamedTuple):
    """What takes a variable out of the environment; `name` is None where it takes out all of them."""

    name: ir.Expr | None
    place: Placed
    span: Span


def removals(
    file: File, values: Evaluator, writes: Writes, among: Sequence[str] = KEYS
) -> Iterator[Removal]:
    """The variables of some that a file takes out; `writes` tells what is the environment."""
    for name, place, span in _statements(file, writes):
        if name is None:
            names = frozenset(among)
            yield Removal(file, names, place.scope, place.block, span, is_of_all=True)
        elif names := _removed(file, name, place, values).intersection(among):
            is_of_loop = _goes_through_display(file, name, place)
            block = file.model.blocks[place.block].parent if is_of_loop else place.block
            yield Removal(file, names, place.scope, block, span)


def may_be_removed(file: File, values: Evaluator, writes: Writes) -> frozenset[str] | None:
    """The variables that a file may take out; None where it may be any."""
    found: set[str] = set()
    for name, place, _ in _statements(file, writes):
        taken = (None,) if name is None else values.of(file, name, place)
        for item in taken:
            if not isinstance(item, Literal):
                return None
            found.add(item.text)
    return frozenset(found)


def _statements(file: File, writes: Writes) -> Iterator[_Statement]:
    for store in file.model.stores:
        target = store.target
        if (
            store.deleted
            and isinstance(target, ir.Subscript)
            and writes.environ(file, target.value, store) == ""
        ):
            yield _Statement(target.index, store, target.span)
    for name in (*sorted(_BY_NAME), _ALL):
        for site in file.calls_by_name.get(name, ()):
            call = file.model.calls[site]
            if not isinstance(call.func, ir.Attribute):
                continue
            if writes.environ(file, call.func.value, call) != "":
                continue
            if name == _ALL:
                yield _Statement(None, call, call.span)
            elif call.args:
                yield _Statement(call.args[0].value, call, call.span)


def _removed(file: File, name: ir.Expr, place: Placed, values: Evaluator) -> frozenset[str]:
    """The one variable that a name stands for, or those of a loop."""
    found = [item for item in values.of(file, name, place) if isinstance(item, Literal)]
    is_sure = len(found) == 1 or _goes_through_display(file, name, place)
    return frozenset(item.text for item in found) if is_sure else frozenset()


def _goes_through_display(file: File, name: ir.Expr, place: Placed) -> bool:
    """Whether a name goes through a list that stands there, and the statement is one of that loop's own."""
    if not isinstance(name, ir.Name) or file.model.blocks[place.block].kind != "loop":
        return False
    rows = lookup(file, name.id, place)
    return bool(rows) and all(
        row.kind == "for" and isinstance(row.value, ir.Sequence) and row.value.items
        for row in rows
    )
