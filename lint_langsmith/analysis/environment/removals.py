"""Keys that a program takes out of its environment: `del os.environ[…]`, `os.environ.pop(…)`, `os.environ.clear()`.

Executed on Python 3.11 and langsmith 0.15.1: a client that is built behind it has no key. `os.unsetenv` leaves
`os.environ`, from which the SDK reads, as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
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
    """A statement that takes keys out of the environment; `names` are their variables.

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


def removals(file: File, values: Evaluator, writes: Writes) -> Iterator[Removal]:
    """The keys that a file takes out; `writes` tells what is the environment."""
    for store in file.model.stores:
        target = store.target
        if (
            store.deleted
            and isinstance(target, ir.Subscript)
            and writes.environ(file, target.value, store) == ""
        ):
            yield from _removal(file, target.index, store, target.span, values)
    for name in (*sorted(_BY_NAME), _ALL):
        for site in file.calls_by_name.get(name, ()):
            call = file.model.calls[site]
            if not isinstance(call.func, ir.Attribute):
                continue
            if writes.environ(file, call.func.value, call) != "":
                continue
            if name == _ALL:
                names = frozenset(KEYS)
                yield Removal(file, names, call.scope, call.block, call.span, is_of_all=True)
            elif call.args:
                yield from _removal(file, call.args[0].value, call, call.span, values)


def _removal(
    file: File, name: ir.Expr, place: Placed, span: Span, values: Evaluator
) -> Iterator[Removal]:
    found = [item for item in values.of(file, name, place) if isinstance(item, Literal)]
    names = frozenset(item.text for item in found).intersection(KEYS)
    is_of_loop = _goes_through_display(file, name, place)
    if names and (len(found) == 1 or is_of_loop):
        block = file.model.blocks[place.block].parent if is_of_loop else place.block
        yield Removal(file, names, place.scope, block, span)


def _goes_through_display(file: File, name: ir.Expr, place: Placed) -> bool:
    """Whether a name goes through a list that stands there, and the statement is one of that loop's own."""
    if not isinstance(name, ir.Name) or file.model.blocks[place.block].kind != "loop":
        return False
    rows = lookup(file, name.id, place)
    return bool(rows) and all(
        row.kind == "for" and isinstance(row.value, ir.Sequence) and row.value.items
        for row in rows
    )
