"""The transfer functions: what becomes of an exception in a state, by what the program does there.

Each looks at one place of the program, and asks the analyses below: what is called, who calls, what a handler catches.
None follows the exception itself; `propagation.py` does. Values in which it is deferred have a module of their own
(`deferred_transfer.py`), and so have what runs a function (`function_runs.py`) and what frameworks catch
(`framework_ends.py`).
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from lint_langsmith.analysis.exceptions import uses
from lint_langsmith.analysis.exceptions.decorators import own_nature
from lint_langsmith.analysis.exceptions.deferred_transfer import DeferredTransfers
from lint_langsmith.analysis.exceptions.framework_ends import FrameworkEnds
from lint_langsmith.analysis.exceptions.function_exit import HandlersPassed, MissedHandler
from lint_langsmith.analysis.exceptions.function_runs import FunctionRuns, function_name
from lint_langsmith.analysis.exceptions.handlers import FunctionHandlers
from lint_langsmith.analysis.exceptions.kept_errors import kept, kept_by_exit, taken_out
from lint_langsmith.analysis.exceptions.raised import RaisedError, Verdict
from lint_langsmith.analysis.exceptions.states import (
    At,
    Deferred,
    Ending,
    Entered,
    Left,
    Move,
    Raised,
    Result,
    Transfer,
)
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.values.abstract import FunctionRef

if TYPE_CHECKING:
    from lint_langsmith.analysis.entry_points.commands import Commands
    from lint_langsmith.analysis.entry_points.entry_points import EntryPoints
    from lint_langsmith.analysis.exceptions.framework_handlers import FrameworkHandlers
    from lint_langsmith.analysis.values.evaluator import Evaluator


class Transfers:
    """The transfer functions of one project. What is found for a state holds for all exceptions that get there."""

    def __init__(
        self,
        values: Evaluator,
        handlers: FunctionHandlers,
        entry_points: EntryPoints,
        commands: Commands,
        framework_handlers: FrameworkHandlers,
    ) -> None:
        """`handlers` judges those of functions, `framework_handlers` what frameworks catch around entry points."""
        self._values = values
        self._guards = handlers
        self._entry_points = entry_points
        self._commands = commands
        self._framework_handlers = framework_handlers
        self._runs = FunctionRuns(values, entry_points)
        self.ends = FrameworkEnds(
            values, handlers, entry_points, framework_handlers, self._runs
        )
        self._deferred = DeferredTransfers(values, handlers, entry_points, self.ends)
        self._known: dict[Hashable, Transfer] = {}

    def of(self, at: At, most: int) -> Transfer:
        """What becomes of an exception in a state; `most`, the same for a project, is how many moves are looked at."""
        known = self._known.get(at.key)
        if known is None:
            known = self._known[at.key] = self._find(at, most)
        return known

    def _find(self, at: At, most: int) -> Transfer:
        if isinstance(at, Deferred):
            return self._deferred.of(at)
        if isinstance(at, Raised):
            return self._raised(at)
        if isinstance(at, Left):
            return self._left(at)
        if isinstance(at, Result):
            return self._result(at, most)
        return _entered(at)

    # -- blocks and functions ----------------------------------------------------------------------------------------

    def _raised(self, at: Raised) -> Transfer:
        """Follow the exception out of a function, to where it is caught or ends the program."""
        found = self._guards.local(at.file, at.block, at.thrown, at.order)
        caught = (found.caught_by,) if found.caught_by is not None else ()
        met = Transfer(unsure=found.verdict == "unsure", caught=caught, held=found.held)
        if found.verdict == "yes" and found.caught_by is not None:
            return met._replace(ended=True, moves=self._kept(found.caught_by, at.thrown))
        if found.verdict == "yes" and found.swallowed_by >= 0:
            moves = self._kept_by_managers(at.file, found.swallowed_by, at.thrown)
            return met._replace(ended=True, moves=moves)
        if found.verdict != "no":
            return met._replace(ended=True)
        if found.scope == 0:
            ending = Ending(
                self._entry_points.module(at.file, at.block), found.thrown, missed=found.missed
            )
            return met._replace(ended=True, endings=(ending,))
        left = Left(FunctionRef(at.file, found.scope), found.thrown)
        return met._replace(moves=(Move(left, missed=found.missed),))

    def _kept(self, caught: MissedHandler, thrown: RaisedError) -> tuple[Move, ...]:
        """The exception is a value from now on, which a handler keeps."""
        found = kept(caught.file, caught.handler, self._values)
        moves = [Move(Deferred(held, thrown, left=True)) for held in found]
        # What `except*` raises is put into the group again that it was in.
        is_star = caught.file.model.tries[caught.owner].star
        alone = thrown._replace(grouped=thrown.grouped and is_star)
        taken = taken_out(caught.file, caught.handler)
        moves += [Move(Deferred(held, alone, left=True)) for held in taken]
        return tuple(moves)

    def _kept_by_managers(
        self, file: File, owner: int, thrown: RaisedError
    ) -> tuple[Move, ...]:
        """The same where `__exit__` keeps it: `self.error = error`."""
        functions = dict.fromkeys(self._guards.managers.exits(file, owner))
        found = (held for function in functions for held in kept_by_exit(function))
        return tuple(Move(Deferred(held, thrown, left=True)) for held in found)

    def _left(self, at: Left) -> Transfer:
        """The decorators of a function see what it raises; what `__del__` raises is printed, and goes no further."""
        if at.function.file.model.scopes[at.function.scope].name == "__del__":
            return Transfer(ended=True)
        met = HandlersPassed.none()
        verdict, thrown = self._decorated(at.function, at.thrown, met)
        held = tuple(met.held)
        if verdict != "no":
            return Transfer(ended=True, unsure=verdict == "unsure", held=held)
        result = Result(
            at.function,
            self._guards.decorators.nature(at.function),
            thrown,
            left=True,
            handed_on=False,
        )
        return Transfer((Move(result, missed=tuple(met.missed)),), held=held)

    def _decorated(
        self, function: FunctionRef, thrown: RaisedError, met: HandlersPassed
    ) -> tuple[Verdict, RaisedError]:
        verdict, thrown = self._guards.decorators.catch(
            function, own_nature(function), thrown, met
        )
        if verdict == "no" and self._group_catches(function, thrown):
            return "yes", thrown
        return verdict, thrown

    def _group_catches(self, function: FunctionRef, thrown: RaisedError) -> bool:
        """Whether the group class of a command line wraps `super().invoke(ctx)` in a handler."""
        for cls in self._commands.group_classes(function):
            file = cls.file
            for site in (
                *file.calls_by_name.get("invoke", ()),
                *file.calls_by_name.get("main", ()),
            ):
                row = file.model.calls[site]
                method = file.model.scopes[file.function_of(row.scope)]
                if (
                    method.parent == cls.scope
                    and self._guards.local(file, row.block, thrown).verdict == "yes"
                ):
                    return True
        return False

    def _result(self, at: Result, most: int) -> Transfer:
        """Go on in everything that runs a function."""
        found = self._runs.callers(at, most)
        if found is None:
            return Transfer(followed=True, cut=True)
        moves, followed = found
        far = tuple(self._values.call_graph.far_callers(at.function))
        if at.handed_on:
            return Transfer(tuple(moves), followed=followed, far=far)
        label = f"{function_name(at.function)}()"
        for file, row in self._commands.starts(at.function):
            followed = True
            started = uses.call_held(file, file.model.calls.index(row), ())
            moves.append(Move(Deferred(started, at.thrown, left=True), label=label))
        entry = self._framework_handlers.entry(at.function, at.thrown.outer)
        taken = entry is None and self._entry_points.function(at.function) is not None
        is_nobodys = not followed and entry is not None and entry.kind == "library"
        unsure = is_nobodys and self._may_be_caught_elsewhere(at)
        return Transfer(
            tuple(moves), followed=followed, unsure=unsure, entry=entry, far=far, taken=taken
        )

    def _may_be_caught_elsewhere(self, at: Result) -> bool:
        """Whether a handler stands around a call that may be one of a method which nothing is known to call.

        Objects get about without imports: by parameters, factories, registries.
        """
        return any(
            self._guards.local(file, file.model.calls[site].block, at.thrown).verdict != "no"
            for file, site in self._values.call_graph.calls_on_unknown(at.function)
        )


def _entered(at: Entered) -> Transfer:
    """The uses of a parameter."""
    file = at.function.file
    bindings = [
        row
        for row in file.bindings.get((at.function.scope, at.parameter), ())
        if row.kind == "parameter"
    ]
    found = uses.of_name(file, at.parameter, bindings, at.layers)
    return Transfer(tuple(Move(Deferred(held, at.thrown, at.left)) for held in found))
