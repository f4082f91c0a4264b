"""Experiments that are asked for by the prefix of their name, which is not the whole of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.findings import Related, Severity, Violation
from lint_langsmith.rules.shared.certain import is_certain
from lint_langsmith.rules.shared.swallowed import is_new

_EVALUATES: Final = frozenset({"evaluate", "aevaluate"})
# What asks for a project by its name, as an experiment is one.
_ASKS: Final = frozenset(
    {"read_project", "list_runs", "get_test_results", "get_run_stats", "delete_project"}
)


def asked_by_prefix(file: File, analysis: Analysis) -> Iterator[Violation]:
    """The calls that ask for a project under what `evaluate()` has got as `experiment_prefix` before.

    Only a name with a time or a random number in it counts: no other project has that.
    """
    calls = analysis.clients.api_calls(file)
    asking = [call for call in calls if call.name in _ASKS and call.owner]
    evaluating = [call for call in calls if call.name in _EVALUATES] if asking else []
    for evaluation in evaluating:
        prefix = _passed(evaluation, "experiment_prefix")
        if prefix is None or not is_certain(evaluation, analysis):
            continue
        if not is_new(evaluation, prefix, file.place(evaluation.call), analysis):
            continue
        for call in asking:
            if _asks_for(call, prefix, evaluation) and is_certain(call, analysis):
                yield _violation(call, evaluation)


def _passed(call: ApiCall, keyword: str) -> ir.Name | None:
    found = next((arg.value for arg in call.call.args if arg.keyword == keyword), None)
    return found if isinstance(found, ir.Name) else None


def _asks_for(call: ApiCall, prefix: ir.Name, evaluation: ApiCall) -> bool:
    """Whether a call behind an evaluation, in the same function, asks for a project of the same name."""
    file, name = call.file, _passed(call, "project_name")
    if name is None or name.id != prefix.id or call.call.order < evaluation.call.order:
        return False
    if file.function_of(call.call.scope) != file.function_of(evaluation.call.scope):
        return False
    bound = lookup(file, name.id, file.place(call.call))
    return bound == lookup(file, prefix.id, file.place(evaluation.call))


def _violation(call: ApiCall, evaluation: ApiCall) -> Violation:
    return Violation(
        at=call.span,
        message=(
            f"`{call.label}` asks for what `{evaluation.label}` gets as `experiment_prefix`; the experiment's name is"
            " that with a random ending, so it is never found"
        ),
        help="use `experiment_name` of the result of the evaluation",
        severity=Severity.ERROR,
        related=(Related(call.file.relative, evaluation.span, "this adds the ending"),),
    )
