"""Whether the framework around an entry point catches what a function raises that it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lint_langsmith.analysis.exceptions.raised import RaisedError, Verdict, all_of
from lint_langsmith.analysis.values.abstract import FunctionRef

if TYPE_CHECKING:
    from lint_langsmith.analysis.entry_points.entry_points import EntryPoint, EntryPoints
    from lint_langsmith.analysis.exceptions.framework_handlers import FrameworkHandlers
    from lint_langsmith.analysis.exceptions.function_runs import FunctionRuns
    from lint_langsmith.analysis.exceptions.handlers import FunctionHandlers
    from lint_langsmith.analysis.exceptions.states import Result
    from lint_langsmith.analysis.values.evaluator import Evaluator


class FrameworkEnds:
    """Judges the entry points of one project."""

    def __init__(
        self,
        values: Evaluator,
        handlers: FunctionHandlers,
        entry_points: EntryPoints,
        framework_handlers: FrameworkHandlers,
        runs: FunctionRuns,
    ) -> None:
        """`framework_handlers` knows what frameworks catch; `handlers` what stands around calls of the program."""
        self._values = values
        self._guards = handlers
        self._entry_points = entry_points
        self._framework_handlers = framework_handlers
        self._runs = runs

    def begin(self, entry: EntryPoint, at: Result) -> Verdict:
        """Whether something catches what a function raises that runs as an entry point; "yes" if nothing runs it."""
        if not entry.certain and self._runs.is_never_called(at.function):
            return "yes"
        return self.caught_around(entry, at.thrown, at.function)

    def caught_around(
        self, entry: EntryPoint, thrown: RaisedError, function: FunctionRef | None = None
    ) -> Verdict:
        """Whether the framework around an entry point catches the exception."""
        if entry.kind == "agent" and function is not None:
            verdict = self._falls_back(function, thrown)
            if verdict != "no":
                return verdict
        if (
            entry.kind == "agent"
            and not self._is_served(function)
            and self._runs_may_catch(thrown)
        ):
            return "unsure"  # which of them runs this function can't be told
        return (
            "yes"
            if self._framework_handlers.catches(entry.kind, thrown.outer, function)
            else "no"
        )

    def _is_served(self, function: FunctionRef | None) -> bool:
        """Whether LangGraph's server runs a function, which catches nothing for it."""
        declared = self._entry_points.declared
        return function is not None and (
            declared.makes_graph(function) or declared.is_served(function.file)
        )

    def _falls_back(self, function: FunctionRef, thrown: RaisedError) -> Verdict:
        """Whether another runnable takes over wherever a runnable is made of a function."""
        made = self._values.call_graph.hand_overs(function)
        verdicts = [self._guards.falls_back(file, site, thrown) for file, site in made]
        return all_of(verdicts) if verdicts else "no"

    def _runs_may_catch(self, thrown: RaisedError) -> bool:
        runs = self._entry_points.agent_runs()
        return any(
            self._guards.local(file, call.block, thrown).verdict != "no" for file, call in runs
        )
