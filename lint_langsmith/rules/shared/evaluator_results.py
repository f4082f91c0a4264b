"""What evaluators return: a dict with a field that an evaluation result does not have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import msgspec

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Place
from lint_langsmith.analysis.values.abstract import ExternalName, FunctionRef, Group, Value
from lint_langsmith.findings import Related, Severity, Violation
from lint_langsmith.sdk.results import attributes

_RESULT: Final = "langsmith.evaluation.evaluator.EvaluationResult"
_MAKES_EVALUATOR: Final = "langsmith.evaluation.evaluator.run_evaluator"
_EVALUATES: Final = frozenset({"evaluate", "aevaluate"})
_TEXTS: Final = frozenset(
    {"reason", "reasoning", "explanation", "rationale", "details", "feedback", "message"}
)


def unknown_fields(file: File, analysis: Analysis) -> Iterator[Violation]:
    """The findings for the evaluators of a file: what is handed to `evaluate()` anywhere, or is decorated as one.

    A file gets one for each unknown field, at its first place.
    """
    candidates = list(_candidates(file))
    if not candidates:
        return
    evaluators = set(_evaluators(file, analysis))
    places: dict[str, list[tuple[int, ir.Text]]] = defaultdict(list)
    for scope, key in candidates:
        if FunctionRef(file, scope) in evaluators:
            places[key.value].append((scope, key))
    for (scope, key), *others in places.values():
        found = _violation(key, file.model.scopes[scope].name)
        related = tuple(
            Related(file.relative, other.span, "so does this") for _, other in others
        )
        yield msgspec.structs.replace(found, related=related)


def _candidates(file: File) -> Iterator[tuple[int, ir.Text]]:
    """The unknown fields of dicts that functions return, and that look like results."""
    known = attributes(_RESULT)
    for row in file.model.returns:
        if not isinstance(row.value, ir.Mapping) or not _is_result(row.value):
            continue
        for key in row.value.keys:
            if isinstance(key, ir.Text) and key.value not in known:
                yield row.scope, key


def _is_result(value: ir.Mapping) -> bool:
    """Whether a dict is one result, and not several by name: it has a score, a value or a comment."""
    keys = {key.value for key in value.keys if isinstance(key, ir.Text)}
    return not keys.isdisjoint({"score", "value", "comment"}) and "results" not in keys


def _violation(key: ir.Text, name: str) -> Violation:
    help_ = (
        "use `comment` for a text"
        if key.value in _TEXTS
        else "put it into `metadata`, or remove it"
    )
    return Violation(
        at=key.span,
        message=f"the evaluator `{name}()` returns a field `{key.value}` that an evaluation result does not have;"
        " newer releases refuse the result, so that no score is stored, and older ones drop the field",
        help=help_,
        severity=Severity.WARNING,
    )


def _evaluators(file: File, analysis: Analysis) -> Iterator[FunctionRef]:
    for scope, row in enumerate(file.model.scopes):
        if row.kind == "function" and any(
            _is_decorator(value, analysis)
            for decorator in row.decorators
            for value in analysis.values.of(
                file, decorator, Place(row.parent, row.outer_block, row.order)
            )
        ):
            yield FunctionRef(file, scope)
    for call in analysis.api_calls():
        passed = [arg for arg in call.call.args if arg.keyword == "evaluators"]
        if call.name in _EVALUATES and passed:
            place = call.file.place(call.call)
            for value in analysis.values.of(call.file, passed[0].value, place):
                yield from _functions(value)


def _is_decorator(value: Value, analysis: Analysis) -> bool:
    return (
        isinstance(value, ExternalName)
        and analysis.sdk.canonical(value.name) == _MAKES_EVALUATOR
    )


def _functions(value: Value) -> Iterator[FunctionRef]:
    items = value.items if isinstance(value, Group) else ((value,),)
    for values in items:
        yield from (item for item in values if isinstance(item, FunctionRef))
