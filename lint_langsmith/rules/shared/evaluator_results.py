"""What evaluators take and return: parameters of other names, fields that a result does not have, no score."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import msgspec

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Place
from lint_langsmith.analysis.sdk_use.evaluated import Evaluated
from lint_langsmith.analysis.sdk_use.evaluated_arguments import (
    EVALUATOR_PARAMETERS,
    misnamed,
    refused,
)
from lint_langsmith.analysis.values.abstract import ExternalName, FunctionRef, Group, Value
from lint_langsmith.findings import Related, Severity, Violation
from lint_langsmith.rules.shared.handlers import root
from lint_langsmith.sdk.results import attributes

_RESULT: Final = "langsmith.evaluation.evaluator.EvaluationResult"
_MAKES_EVALUATOR: Final = "langsmith.evaluation.evaluator.run_evaluator"
_EVALUATES: Final = frozenset({"evaluate", "aevaluate"})
_PASSED: Final = frozenset({"evaluators", "summary_evaluators"})
# One of these each result must have; several have their results under a name of its own.
_ONE: Final = frozenset({"score", "value", "comment"})
_SCORED: Final = _ONE | {"results", "scores"}
_TEXTS: Final = frozenset(
    {"reason", "reasoning", "explanation", "rationale", "details", "feedback", "message"}
)


_PARAMETERS: Final = ", ".join(f"`{name}`" for name in EVALUATOR_PARAMETERS)


def wrong_results(file: File, analysis: Analysis) -> Iterator[Violation]:
    """The findings for the evaluators of a file: what is handed to `evaluate()` anywhere, or is decorated as one.

    A file gets one for each unknown field and for each evaluator without a score, at its first place.
    """
    yield from _wrong_parameters(file, analysis)
    fields, scoreless = list(_unknown_fields(file)), list(_scoreless(file))
    if not fields and not scoreless:
        return
    evaluators = set(_evaluators(file, analysis))
    places: dict[str, list[tuple[int, ir.Text]]] = defaultdict(list)
    for scope, key in fields:
        if FunctionRef(file, scope) in evaluators:
            places[key.value].append((scope, key))
    for (scope, key), *others in places.values():
        found = _violation(key, file.model.scopes[scope].name)
        related = tuple(
            Related(file.relative, other.span, "so does this") for _, other in others
        )
        yield msgspec.structs.replace(found, related=related)
    seen: set[int] = set()
    for scope, key in scoreless:
        if scope not in seen and FunctionRef(file, scope) in evaluators:
            seen.add(scope)
            yield _without_score(key, file.model.scopes[scope].name)


def _wrong_parameters(file: File, analysis: Analysis) -> Iterator[Violation]:
    for function in analysis.evaluated.by_file.get(file.relative, ()):
        evaluated = analysis.evaluated.by_function[function]
        yield from _misnamed(function, evaluated)
        parameter = refused(function, evaluated)
        if parameter is not None:
            name, call = file.model.scopes[function.scope].name, evaluated.call
            yield Violation(
                at=parameter.span,
                message=f"`{call.label}` has nothing for the parameter `{parameter.name}` of the evaluator `{name}()`,"
                " and refuses it",
                help=f"take what it passes by name: {_PARAMETERS}; or two of other names, a run and an example",
                related=(Related(call.file.relative, call.span, "this runs it"),),
            )


def _misnamed(function: FunctionRef, evaluated: Evaluated) -> Iterator[Violation]:
    """`def judge(answer, reference_outputs)` gets the run and the example, and no dict.

    What is asked of either shows that the author knows, or is wrong by itself (LS507).
    """
    file, found = function.file, misnamed(function, evaluated)
    if found is None or _is_asked(function, found[0].name):
        return
    parameter, name = found
    call = evaluated.call
    yield Violation(
        at=parameter.span,
        message=f"`{call.label}` passes the {name} as `{parameter.name}` of the evaluator"
        f" `{file.model.scopes[function.scope].name}()`; it goes by names only where it knows all of them",
        help=f"take what it passes by name: {_PARAMETERS}",
        related=(Related(call.file.relative, call.span, "this runs it"),),
    )


def _is_asked(function: FunctionRef, name: str) -> bool:
    """Whether an attribute or an item of a parameter is read."""
    file = function.file
    return any(
        root(load.expr) == name and file.function_of(load.scope) == function.scope
        for load in file.model.loads
    )


def _unknown_fields(file: File) -> Iterator[tuple[int, ir.Text]]:
    """The unknown fields of dicts that functions return, and that look like results."""
    known = attributes(_RESULT)
    for row in file.model.returns:
        if not isinstance(row.value, ir.Mapping) or not _is_result(row.value):
            continue
        for key in row.value.keys:
            if isinstance(key, ir.Text) and key.value not in known:
                yield row.scope, key


def _scoreless(file: File) -> Iterator[tuple[int, ir.Text]]:
    """The first fields of dicts that functions return, and that have nothing of what a result must have."""
    for row in file.model.returns:
        keys = row.value.keys if isinstance(row.value, ir.Mapping) else ()
        texts = [key for key in keys if isinstance(key, ir.Text)]
        # With a field of an unknown name it may have any; `scores` are those of evaluators that compare.
        is_whole = bool(texts) and len(texts) == len(keys)
        if is_whole and _SCORED.isdisjoint(key.value for key in texts):
            yield row.scope, texts[0]


def _is_result(value: ir.Mapping) -> bool:
    """Whether a dict is one result, and not several by name: it has a score, a value or a comment."""
    keys = {key.value for key in value.keys if isinstance(key, ir.Text)}
    return not keys.isdisjoint(_ONE) and "results" not in keys


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


def _without_score(key: ir.Text, name: str) -> Violation:
    return Violation(
        at=key.span,
        message=f"the evaluator `{name}()` returns a dict without `score`, `value` or `comment`; no score is stored",
        help='return `{"key": …, "score": …}`, several as `{"results": […]}`',
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
        if call.name not in _EVALUATES:
            continue
        place = call.file.place(call.call)
        for arg in call.call.args:
            values = (
                analysis.values.of(call.file, arg.value, place)
                if arg.keyword in _PASSED
                else ()
            )
            for value in values:
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
