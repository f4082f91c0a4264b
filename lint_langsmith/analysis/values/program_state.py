"""What the names of a program stand for while its statements are run on constants, and how that is taken back.

A *cell* is what a name is bound to: names that are bound to one list share its cell, so that a change by one of them is
seen by all. A *frame* has the cells of one scope, those of attributes (`config.key`) by their path. All changes are
written into a journal: what a branch does is taken back before the other one runs, and both are joined then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from lint_langsmith.analysis.values.folded import Folded
from lint_langsmith.findings import Span


class Cell:
    """A value that names share; None where it is unknown."""

    __slots__ = ("value",)

    def __init__(self, value: Folded | None) -> None:
        """A cell of its own."""
        self.value = value


class Frame:
    """The cells of one scope by their names and paths."""

    __slots__ = ("cells", "members", "scope")

    def __init__(self, scope: int) -> None:
        """Without any."""
        self.scope = scope
        self.cells: dict[str, Cell] = {}
        # By a name or path, the paths of its attributes that have a cell.
        self.members: dict[str, dict[str, None]] = {}


class Target(NamedTuple):
    """Where a collection lies: a cell, and the indices that lead from its value to the one that is meant."""

    cell: Cell
    path: tuple[Folded | slice, ...] = ()


class Made(NamedTuple):
    """A text that a statement makes, and where."""

    text: str
    span: Span


_Slot: TypeAlias = "tuple[Cell | Frame, str]"
_Content: TypeAlias = "Cell | Folded | None"
Changes: TypeAlias = "Mapping[_Slot, _Content]"
_VALUE: Final = ""


class State:
    """Cells that can be written, and taken back to what they were."""

    def __init__(self) -> None:
        """Nothing is written yet."""
        self._journal: list[tuple[_Slot, _Content]] = []

    def mark(self) -> int:
        """The place in the journal to which changes can be taken back."""
        return len(self._journal)

    def bind(self, frame: Frame, path: str, cell: Cell) -> None:
        """Give a name or path a cell; what its attributes were is unknown then."""
        stale = [path]
        while stale:
            for member in frame.members.pop(stale.pop(), ()):
                stale.append(member)
                self._write((frame, member), None)
        self._write((frame, path), cell)

    def put(self, cell: Cell, value: Folded | None) -> None:
        """Change what a cell holds, for all names that share it."""
        self._write((cell, _VALUE), value)

    def take_back(self, mark: int) -> Changes:
        """Take back all changes since a mark; return what they had made."""
        made: dict[_Slot, _Content] = {}
        while len(self._journal) > mark:
            slot, before = self._journal.pop()
            made.setdefault(slot, self._content(slot))
            self._set(slot, before)
        return made

    def join(self, outcomes: Sequence[Changes]) -> None:
        """Take over what is the same behind all of several branches; anything else is unknown."""
        for slot in dict.fromkeys(slot for changes in outcomes for slot in changes):
            first, *others = [changes.get(slot, self._content(slot)) for changes in outcomes]
            is_same = all(_is_same(first, other) for other in others)
            self._write(slot, first if is_same else _unknown(slot))

    def forget(self, mark: int) -> None:
        """Whatever was written since a mark is unknown."""
        for slot in dict.fromkeys(slot for slot, _ in self._journal[mark:]):
            target, name = slot
            if isinstance(target, Cell):
                self._write(slot, None)
            elif name in target.cells:
                self._write(slot, Cell(None))

    def _write(self, slot: _Slot, content: _Content) -> None:
        self._journal.append((slot, self._content(slot)))
        self._set(slot, content)

    def _content(self, slot: _Slot) -> _Content:
        target, name = slot
        return target.value if isinstance(target, Cell) else target.cells.get(name)

    def _set(self, slot: _Slot, content: _Content) -> None:
        target, name = slot
        if isinstance(target, Cell):
            target.value = None if isinstance(content, Cell) else content
        elif isinstance(content, Cell):
            target.cells[name] = content
            owner, _, attribute = name.rpartition(".")
            if owner and attribute:
                target.members.setdefault(owner, {})[name] = None
        else:
            target.cells.pop(name, None)


def _unknown(slot: _Slot) -> _Content:
    return Cell(None) if isinstance(slot[0], Frame) else None


def _is_same(one: _Content, other: _Content) -> bool:
    if isinstance(one, Cell) and isinstance(other, Cell):
        return one is other or (one.value is not None and one.value == other.value)
    return one == other
