"""One exception from what it is deferred in to where it is caught or leaves the program, by a worklist over states.

A program is followed as a graph of states (`states.py`); what leads from one to the next is told by the transfer
functions (`transfer.py`). Nothing here recurses along the program: a ring of functions, a chain of 5,000 calls and a
function that hands its argument on to itself take a loop and a table.

**Contexts and summaries.** A function that gets the exception in an argument raises it where *that* call stands, and
no other. So the states within it belong to a *context*, the parameter by which it came in (`Entered`), and what comes
out of it is its *summary*: it goes back to every call by which that context was entered, also to those that are found
later. A context is a parameter with what is deferred in it, never a list of calls: there are as many as there are
parameters, and what calls itself enters the context that it is in. (In the literature: the functional approach to
interprocedural analysis of Sharir and Pnueli, by tabulation as of Reps, Horwitz and Sagiv.)

**Paths.** Of each state its first predecessor is kept. The calls that a message shows, and the handlers passed, are
read from there when an escape is found; a return leads on to the call that entered the context.

**What can't be told from one state.** Whether a function counts as run by something depends on whether any of the
values that it was made one with could be followed (`lost`), and in a circle of functions that nothing else runs, the
path begins at the one that was reached first. Both are computed over the finished graph (`program_ends.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from lint_langsmith.analysis import limits
from lint_langsmith.analysis.entry_points.entry_points import EntryPoint
from lint_langsmith.analysis.exceptions.deferred import DeferredValue
from lint_langsmith.analysis.exceptions.function_exit import MissedHandler
from lint_langsmith.analysis.exceptions.function_runs import function_name
from lint_langsmith.analysis.exceptions.program_ends import ProgramEnds
from lint_langsmith.analysis.exceptions.states import (
    Deferred,
    Ending,
    Entered,
    Escape,
    Key,
    Left,
    Move,
    Place,
    Point,
    Raised,
    Result,
    State,
    Step,
    Transfer,
)
from lint_langsmith.analysis.exceptions.transfer import Transfers
from lint_langsmith.analysis.exceptions.unresolved import Doubt, doubt_at, doubt_in
from lint_langsmith.analysis.values.abstract import FunctionRef


class Propagated(NamedTuple):
    """What was found: where the exception is raised, where it escapes, and which handlers it meets.

    `held` are handlers that keep it but for the last round; `handed_out` where a value in which it waits leaves the
    project; `unsure` where something can't be told, and `doubts` what that is; `taken` where a framework catches it;
    `dangles` where something is reached behind which nothing is known of it.
    """

    points: tuple[Point, ...]
    escapes: tuple[Escape, ...]
    caught: tuple[MissedHandler, ...]
    held: tuple[MissedHandler, ...]
    unsure: bool
    handed_out: bool
    doubts: tuple[Doubt, ...] = ()
    taken: bool = False
    dangles: bool = False


class _Call(NamedTuple):
    """A call by which a context was entered, and the state in which the call stands."""

    state: State
    held: DeferredValue


class _Return(NamedTuple):
    """A return from a context to a state in which it was entered."""

    context: Entered
    call: State


class _Visit(NamedTuple):
    """A state that is to be looked at, with the move and the state that led to it; None for the first one."""

    state: State
    before: State | None
    move: Move
    entered_by: _Call | None = None
    back: _Return | None = None


class _Done(NamedTuple):
    """All that is behind the end of a function has been visited."""

    end: State


class _End(NamedTuple):
    """The end of a function, which is in a context or in none."""

    state: State
    at: Result


class Propagation:
    """Follows one exception."""

    def __init__(self, transfers: Transfers, most_states: int, *, within: bool = False) -> None:
        """`within`: only to where the exception is raised, and into functions that get it, but not out of any."""
        self._transfers = transfers
        self._most_states = most_states
        self._most_moves = limits.MOVES_PER_STEP * most_states
        self._is_within = within
        self._visits: dict[Key, _Visit] = {}
        self._transfer: dict[Key, Transfer] = {}
        self._successors: dict[Key, list[Key]] = defaultdict(list)
        self._by_reference: dict[Key, list[Key]] = defaultdict(list)
        self._counted, self._moved = 0, 0
        self._is_cut = False
        # Whether two moves lead to one state: without that there is no circle.
        self._meets = False
        # By context, how it was entered, and what was found to come out of it.
        self._calls: dict[Entered, list[_Call]] = defaultdict(list)
        self._exits: dict[Entered, dict[Key, _End]] = defaultdict(dict)
        # The ends of functions that run in a context of another function: further calls may lead on from there.
        self._inner_ends: list[_End] = []
        self._entered, self._looked_at = 0, 0
        self._open: set[Key] = set()
        # Ways out and ends of functions, in the order in which a reader would follow them.
        self._found: list[tuple[State, Ending | None]] = []
        self._points: dict[Point, None] = {}
        self._caught: list[MissedHandler] = []
        self._held: list[MissedHandler] = []
        self._doubts: dict[Doubt, None] = {}
        self._is_taken = False
        self._far: set[str] = set()

    def follow(self, start: Deferred, label: str) -> Propagated:
        """Follow an exception from what it is deferred in; `label` names what raises, as its author reads it."""
        self._label = label
        work: list[_Visit | _Done] = [_Visit(State(start, None), None, Move(start))]
        while work:
            item = work.pop()
            if isinstance(item, _Done):
                self._found.append((item.end, None))
            elif self._is_exhausted() or self._goes_too_far():
                self._is_cut = True
                break
            else:
                work.extend(reversed([*self._visit(item)]))
            if not work:
                work.extend(self._later_returns())
        if self._is_cut:
            self._doubts[Doubt("limit", start.held.file, start.held.span)] = None
        ends = ProgramEnds(
            self._transfer,
            self._successors,
            self._by_reference,
            self._open,
            may_be_circular=self._meets,
        )
        escapes = tuple(self._escapes(ends))
        return Propagated(
            tuple(self._points),
            escapes,
            tuple(self._caught),
            tuple(self._held),
            bool(self._doubts),
            ends.hands_out(),
            tuple(self._doubts),
            self._is_taken,
            any(transfer.dangles for transfer in self._transfer.values()),
        )

    def _is_exhausted(self) -> bool:
        """Whether there are more states, or more moves, than are looked at for one exception."""
        return self._counted > self._most_states or self._moved > self._most_moves

    def _goes_too_far(self) -> bool:
        """Whether the path leads into too many files that have nothing to do with LangSmith."""
        return len(self._far) > limits.CALLING_FILES

    # -- the worklist ------------------------------------------------------------------------------------------------

    def _visit(self, visit: _Visit) -> Iterator[_Visit | _Done]:
        """What is to be visited behind a state, in order."""
        state, key = visit.state, visit.state.key
        if isinstance(state.at, Entered) and visit.entered_by is not None:
            yield from self._enter(state.at, visit.entered_by)
        if key in self._visits:
            self._meets = True
            return
        self._visits[key] = visit
        if isinstance(state.at, Result):
            yield from self._end(_End(state, state.at))
        elif not (self._is_within and isinstance(state.at, (Raised, Left))):
            yield from self._onwards(state)

    def _onwards(self, state: State) -> Iterator[_Visit]:
        """The moves from a state; what is found in it is noted."""
        self._counted += isinstance(state.at, (Deferred, Result))
        transfer = self._transfer[state.key] = self._transfers.of(state.at, self._most_moves)
        self._points.update(dict.fromkeys(transfer.points))
        self._caught.extend(transfer.caught)
        self._held.extend(transfer.held)
        self._far.update(transfer.far)
        self._is_taken = self._is_taken or transfer.taken
        if isinstance(state.at, Result) and self._goes_too_far():
            # It was not looked who calls the function: that nobody does is not said.
            self._doubts[doubt_in("limit", state.at.function)] = None
        self._is_cut = self._is_cut or transfer.cut
        if transfer.unsure:
            self._doubts[doubt_at(state.at)] = None
        self._found.extend((state, ending) for ending in transfer.endings)
        self._moved += len(transfer.moves)
        if transfer.moves and self._is_exhausted():
            self._is_cut = True
            return
        for move in transfer.moves:
            target = State(move.to, move.to if isinstance(move.to, Entered) else state.context)
            (self._by_reference if move.by_reference else self._successors)[state.key].append(
                target.key
            )
            yield _Visit(
                target, state, move, _Call(state, move.call) if move.call is not None else None
            )

    # -- contexts ----------------------------------------------------------------------------------------------------

    def _enter(self, context: Entered, call: _Call) -> Iterator[_Visit]:
        """A call gets the exception in an argument: what is known to come out of the function comes out of it."""
        self._calls[context].append(call)
        self._entered += 1
        for end in [*self._exits[context].values()]:
            yield self._return(context, end, call)

    def _return(self, context: Entered, end: _End, call: _Call) -> _Visit:
        """The visit of a call behind the end of the function that it runs."""
        value = Deferred(call.held._replace(layers=end.at.layers), end.at.thrown, end.at.left)
        target = State(value, call.state.context)
        self._successors[end.state.key].append(target.key)
        move = Move(value, label=f"{function_name(end.at.function)}()")
        return _Visit(target, end.state, move, back=_Return(context, call.state))

    def _end(self, end: _End) -> Iterator[_Visit | _Done]:
        """The end of a function: it returns to the calls by which its context was entered, or to all that run it."""
        context = end.state.context
        if context is not None and context.function == end.at.function:
            yield from self._leave_context(context, end)
            return
        if context is not None:
            self._inner_ends.append(end)
        yield from self._leave(end)

    def _leave_context(self, context: Entered, end: _End) -> Iterator[_Visit]:
        self._transfer.setdefault(end.state.key, Transfer())
        self._counted += 1
        self._exits[context][end.state.key] = end
        for call in [*self._calls[context]]:
            yield self._return(context, end, call)

    def _leave(self, end: _End) -> Iterator[_Visit | _Done]:
        """A function ends that may be called, or defined, in one of the functions around its context."""
        key = end.state.key
        contexts, is_outermost = self._around(end)
        for context in contexts:
            if key not in self._exits[context]:
                yield from self._leave_context(context, end)
        if is_outermost and not self._is_within and key not in self._open:
            self._open.add(key)
            yield from self._onwards(end.state)
            yield _Done(end.state)

    def _around(self, end: _End) -> tuple[Sequence[Entered], bool]:
        """The contexts around the end of a function in which it was entered; and whether a path to it enters none."""
        if end.state.context is None:
            return (), True
        found: list[Entered] = []
        is_outermost = False
        seen = {end.state.context}
        pending = [end.state.context]
        while pending:
            context = pending.pop()
            if context.function == end.at.function:
                found.append(context)
                continue
            around = dict.fromkeys(call.state.context for call in self._calls[context])
            is_outermost = is_outermost or None in around
            new = [outer for outer in around if outer is not None and outer not in seen]
            seen.update(new)
            pending.extend(new)
        return found, is_outermost

    def _later_returns(self) -> Sequence[_Visit | _Done]:
        """What comes out of functions in contexts that have been entered once more since, the last one first."""
        if self._looked_at == self._entered:
            return ()
        self._looked_at = self._entered
        return [visit for end in self._inner_ends for visit in self._leave(end)][::-1]

    # -- escapes -----------------------------------------------------------------------------------------------------

    def _escapes(self, ends: ProgramEnds) -> Iterator[Escape]:
        for state, ending in self._found:
            if ending is not None:
                yield self._escape(state, ending)
            elif isinstance(state.at, Result):
                yield from self._beginning(state, state.at, ends.entry(state.key))

    def _beginning(
        self, state: State, at: Result, entry: EntryPoint | None
    ) -> Iterator[Escape]:
        """The escape that begins with a function, unless something catches what it raises."""
        if entry is None:
            return
        verdict = self._transfers.ends.begin(entry, at)
        if verdict == "unsure":
            self._doubts[doubt_in("framework", at.function)] = None
        if verdict == "no":
            yield self._escape(state, Ending(entry, at.thrown), _definition(at.function))

    def _escape(self, state: State, ending: Ending, *beginning: Step) -> Escape:
        steps, missed = self._path(state, ending.place)
        return Escape(
            ending.entry,
            (*beginning, *reversed(steps)),
            (*missed, *ending.missed),
            ending.thrown,
        )

    def _path(self, state: State, last: Place | None) -> tuple[list[Step], list[MissedHandler]]:
        """The calls on the first path to a state, the innermost first; and the handlers that it passes."""
        moves = self._moves_to(state)
        label = self._label
        steps: list[Step] = []
        missed: list[MissedHandler] = []
        for move in reversed(moves):
            if move.place is not None:
                steps.append(Step(label, *move.place))
            missed.extend(move.missed)
            label = move.label or label
        if last is not None:
            steps.append(Step(label, *last))
        return steps, missed

    def _moves_to(self, state: State) -> list[Move]:
        """The moves that led to a state, the last one first.

        From a return, the path goes back through the function to where it was entered, and on from that call.
        """
        moves: list[Move] = []
        returns: list[_Return] = []
        visit = self._visits[state.key]
        while visit.before is not None and len(moves) < limits.PATH:
            moves.append(visit.move)
            before = visit.before
            if visit.back is not None:
                returns.append(visit.back)
            elif returns and returns[-1].context == visit.state.at:
                before = returns.pop().call
            visit = self._visits[before.key]
        return moves


def _definition(function: FunctionRef) -> Step:
    """The function that an exception leaves for good."""
    return Step(
        f"{function_name(function)}()",
        function.file,
        function.file.model.scopes[function.scope].span,
        -1,
    )


__all__: Final = ["Propagated", "Propagation"]
