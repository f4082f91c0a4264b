"""What a handler does with the exception that it has caught: keep it, or let it go on outwards.

The statements of the handler are gone through as they run. A test of the exception itself (`predicates.py`) says which
way a 403 takes; where neither way can be excluded it is unsure. A test of a counter, `if attempt == 2: raise`, is
judged by its last round, in which the exception goes on.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from typing import Final, Literal, NamedTuple, TypeAlias

from lint_langsmith.analysis.exceptions.kept_errors import is_reached
from lint_langsmith.analysis.exceptions.predicate_subject import Asked
from lint_langsmith.analysis.exceptions.predicates import Predicates
from lint_langsmith.analysis.exceptions.raised import RaisedError, Verdict, one_of
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.walk import descend
from lint_langsmith.analysis.project.file import File, Place, within
from lint_langsmith.analysis.project.place import LATEST
from lint_langsmith.analysis.values.bindings import lookup

# How the end of a block may be reached, or not: the exception is raised on; control leaves without it, goes to the next
# round of a loop, or goes on behind the block.
Way: TypeAlias = Literal["raises", "leaves", "continues", "falls"]
_FALLS: Final[frozenset[Way]] = frozenset({"falls"})
_LEAVES: Final[frozenset[Way]] = frozenset({"leaves"})
_RAISES: Final[frozenset[Way]] = frozenset({"raises"})
_CONTINUES: Final[frozenset[Way]] = frozenset({"continues"})


class _Around(NamedTuple):
    """What a block of the handler stands in, within it.

    `nested`: another handler, where a bare `raise` is about another exception; `looping`: a loop, out of which `break`
    and `continue` do not get. `early` is a round before the last one.
    """

    nested: bool = False
    looping: bool = False
    early: bool = False


class HandlerEffect:
    """One handler, when it has caught an exception."""

    def __init__(
        self, truth: Predicates, file: File, handler: ir.Handler, thrown: RaisedError
    ) -> None:
        """`truth` judges tests; `thrown` is what the handler has caught."""
        self._truth = truth
        self._file = file
        self._handler = handler
        self._thrown = thrown
        self._inner: dict[int, list[int]] = defaultdict(list)
        for block in within(file, handler.block):
            if block != handler.block:
                self._inner[file.model.blocks[block].parent].append(block)

    def goes_on(self) -> Verdict:
        """Whether the exception goes on outwards."""
        ways = self._ways(self._handler.block, _Around())
        if "raises" not in ways:
            if self._is_handed_on():
                return "unsure"
            return "no" if ways <= _LEAVES else self._raised_behind()
        return "yes" if ways == _RAISES else "unsure"

    @functools.cached_property
    def _blocks(self) -> frozenset[int]:
        """The block of the handler and those in it."""
        inner = (block for blocks in self._inner.values() for block in blocks)
        return frozenset((self._handler.block, *inner))

    def _is_handed_on(self) -> bool:
        """Whether a function that the handler calls may raise the exception again: when it does is not judged."""
        return any(
            self._truth.raises_again(self._file, site, self._handler.name)
            for site in self._file.rows_by_block.sites(self._blocks)
        )

    def _raised_behind(self) -> Verdict:
        """Whether the exception is kept under a name, and raised behind the handler: `last = error`, `raise last`."""
        file, scope = self._file, self._file.model.blocks[self._handler.block].scope
        kept = {
            row.name
            for row in file.bindings_by_function.get(file.function_of(scope), ())
            if row.block in self._blocks and self._is_exception(row.value)
        }
        verdicts = [
            self._is_reached(row, row.value)
            for row in (file.model.raises if kept else ())
            if isinstance(row.value, ir.Name)
            and row.value.id in kept
            and self._may_stand_for(row, row.value)
            and row.scope == scope
            and row.order > self._handler.order
            and row.block not in self._blocks
        ]
        return one_of(verdicts)

    def _may_stand_for(self, row: ir.Raise, name: ir.Name) -> bool:
        """Whether a name has at a `raise` what the handler has given it."""
        found = lookup(self._file, name.id, self._file.place(row))
        return any(binding.block in self._blocks for binding in found)

    def _is_exception(self, value: ir.Expr | None) -> bool:
        return isinstance(value, ir.Name) and value.id == self._handler.name

    def _is_reached(self, row: ir.Raise, kept: ir.Name) -> Verdict:
        """Whether a `raise` behind the handler is reached, with nothing around it that does not stand around both.

        What else stands around it is met by the kept exception when it is raised (`kept_errors.py`).
        """
        around = frozenset(self._file.block_chain(self._handler.block))
        for block in self._file.block_chain(row.block):
            if block in around:
                break
            around_it = self._file.model.blocks[block]
            is_guarded = (
                around_it.kind == "try" and self._file.model.tries[around_it.owner].handlers
            )
            if is_guarded or around_it.kind == "with":
                return "no"
        return is_reached(self._file, kept, row.block, self._thrown, self._truth)

    def tries_again(self) -> bool:
        """Whether the exception does not get out before the last round: the loop goes on until then."""
        ways = self._ways(self._handler.block, _Around(early=True))
        return ways <= _CONTINUES | _FALLS

    def _ways(self, block: int, around: _Around) -> frozenset[Way]:
        """How a block may end."""
        found: set[Way] = set()
        judged: set[tuple[str, int | ir.Expr]] = set()
        for inner in self._inner[block]:
            row = self._file.model.blocks[inner]
            statement = _STATEMENTS.get(row.kind, "")
            # The cases of a match have an owner each, and what they are about together.
            subject = (
                self._file.model.branches[row.owner].test if statement == "match" else None
            )
            key = (statement, row.owner if subject is None else subject)
            if key in judged:
                continue
            judged.add(key)
            ways = self._statement(statement, inner, around)
            found |= ways - _FALLS
            if "falls" not in ways:
                return frozenset(found)
        return frozenset(found | self._end(block, around))

    def _end(self, block: int, around: _Around) -> frozenset[Way]:
        ends = self._file.model.blocks[block].ends
        if self._calls_what_raises(block, around):
            return _RAISES
        if ends == "raise":
            own = self._file.rows_by_block.raises((block,))
            # Without one it is the branches of its last statement that raise, and they have been judged.
            return (
                frozenset()
                if not own
                else _RAISES
                if self._is_same(own[0], around)
                else _LEAVES
            )
        if ends == "falls" or (around.looping and ends in {"break", "continue"}):
            return _FALLS
        return _CONTINUES if ends == "continue" else _LEAVES

    def _calls_what_raises(self, block: int, around: _Around) -> bool:
        """Whether a statement of a block is the call of a function that raises the exception again: `fail(error)`."""
        calls = self._file.model.calls
        return not around.nested and any(
            (calls[site].awaited_use or calls[site].use).kind in _STATEMENT_USES
            and self._truth.surely_raises_again(self._file, site, self._handler.name)
            for site in self._file.rows_by_block.sites((block,))
        )

    def _is_same(self, row: ir.Raise, around: _Around) -> bool:
        if row.value is None:
            return not around.nested
        return self._is_exception(row.value) or self._is_captured(row)

    def _is_captured(self, row: ir.Raise) -> bool:
        """Whether a case has given the exception the name that is raised: `case Refused() as error: raise error`."""
        if not isinstance(row.value, ir.Name):
            return False
        found = lookup(self._file, row.value.id, self._file.place(row))
        captures = [binding for binding in found if binding.kind == "match"]
        return bool(captures) and all(self._is_exception(other.value) for other in captures)

    # -- statements --------------------------------------------------------------------------------------------------

    def _statement(self, statement: str, block: int, around: _Around) -> frozenset[Way]:
        """How the statement may end to which a block belongs."""
        owner = self._file.model.blocks[block].owner
        if statement == "if":
            return self._branches(self._file.model.branches[owner], around)
        if statement == "try":
            return self._try(self._file.model.tries[owner], around)
        if statement == "with":
            return self._ways(block, around)
        if statement == "loop":
            return self._ways(block, around._replace(looping=True)) | _FALLS
        # A function or comprehension that begins there does not run there.
        return self._match(block, around) if statement == "match" else _FALLS

    def _match(self, block: int, around: _Around) -> frozenset[Way]:
        """How a `match` may end: of the exception the cases tell by their classes whether they take it."""
        model = self._file.model
        subject = model.branches[model.blocks[block].owner].test
        found: frozenset[Way] = frozenset()
        for case in self._inner[model.blocks[block].parent]:
            if model.blocks[case].kind != "case":
                continue  # a loop beside it, whose owner is no branch
            branch = model.branches[model.blocks[case].owner]
            if branch.test != subject:
                continue
            verdict = self._is_taken(branch)
            if verdict != "no":
                found |= self._ways(case, around)
            if verdict == "yes":
                return found
        return found | _FALLS

    def _is_taken(self, branch: ir.Branch) -> Verdict:
        """Whether a case takes the exception."""
        if branch.equals is not None:
            op = "In" if isinstance(branch.equals, ir.Sequence) else "Equal"
            test = ir.Comparison(branch.test, (op,), (branch.equals,))
            return self._truth.of(test, self._asked(branch))
        if branch.pattern is None:
            return "yes" if branch.takes_all else "unsure"
        if not self._is_exception(branch.test):
            return "unsure"
        place = Place(self._file.model.blocks[branch.body].scope, branch.body, branch.order)
        verdict = self._truth.is_of(self._file, branch.pattern, place, self._thrown)
        return "unsure" if verdict == "yes" and not branch.takes_all else verdict

    def _branches(self, branch: ir.Branch, around: _Around) -> frozenset[Way]:
        taken = self._ways(branch.body, around)
        passed = self._ways(branch.orelse, around) if branch.orelse >= 0 else _FALLS
        truth = self._test(branch, holds=("raises" in taken) != around.early)
        return taken if truth == "yes" else passed if truth == "no" else taken | passed

    def _test(self, branch: ir.Branch, *, holds: bool) -> Verdict:
        """Whether the test of a branch is true; one of a counter is if it `holds`.

        It does in the last round where the branch raises, and in those before where the branch does not.
        """
        counted: Verdict = "yes" if holds else "no"
        asked = self._asked(branch)._replace(
            told=lambda test: (
                counted if _is_of_counter(self._file, self._handler, test) else None
            ),
        )
        return self._truth.of(branch.test, asked)

    def _asked(self, branch: ir.Branch) -> Asked:
        """What the test of a branch is asked about: the exception that has been caught."""
        row = self._file.model.blocks[branch.body]
        place = Place(row.scope, row.parent, LATEST)
        names = frozenset([self._handler.name] if self._handler.name is not None else [])
        return Asked(self._file, place, self._thrown, names)

    def _try(self, row: ir.Try, around: _Around) -> frozenset[Way]:
        """A try within the handler. Its own handlers are for when something else fails as well."""
        ways = self._ways(row.body, around)
        if row.handlers and "raises" in ways:
            ways |= _LEAVES
        if row.orelse >= 0 and "falls" in ways:
            ways = ways - _FALLS | self._ways(row.orelse, around)
        if row.finalbody >= 0:
            last = self._ways(row.finalbody, around)
            ways = last if "falls" not in last else ways | (last - _FALLS)
        return ways


# What becomes of the result of a call that a statement is, or ends with.
_STATEMENT_USES: Final = frozenset({"statement", "return"})
# The statement that a block belongs to.
_STATEMENTS: Final = {
    **dict.fromkeys(("if", "else"), "if"),
    **dict.fromkeys(("try", "handler", "try-else", "finally"), "try"),
    **dict.fromkeys(("loop", "loop-else"), "loop"),
    "with": "with",
    "case": "match",
}


def _is_of_counter(file: File, handler: ir.Handler, test: ir.Expr) -> bool:
    """Whether a test asks how often something was tried, and nothing of the exception."""
    scope = file.model.blocks[handler.block].scope
    parts = descend(test, file.model.calls)
    names = {part.id for part in parts if isinstance(part, ir.Name)}
    bound = [row for name in names for row in file.bindings.get((scope, name), ())]
    inside = {
        row.name for row in bound if row.block == handler.block and row.kind != "augmented"
    }
    counted = any(
        row.kind == "augmented" or (row.kind == "for" and _is_around(file, row.block, handler))
        for row in bound
    )
    return counted and handler.name not in names and not inside


def _is_around(file: File, block: int, handler: ir.Handler) -> bool:
    """Whether what a block begins with is bound anew each time that the handler may run."""
    return block in file.block_chain(handler.block)
