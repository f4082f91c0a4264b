"""Evaluators, evaluation results and examples that are created without a required field, or with an unknown one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, last_name
from lint_langsmith.analysis.values.abstract import ExternalName
from lint_langsmith.findings import Violation
from lint_langsmith.rules.fixes.keywords import keyword_span
from lint_langsmith.sdk.results import attributes, required

_EVALUATOR: Final = "StringEvaluator"
_RESULT: Final = "EvaluationResult"
_CREATED: Final = frozenset({_RESULT, _EVALUATOR, "Example"})


def wrong_fields(file: File, site: int, analysis: Analysis) -> Iterator[Violation]:
    """The findings for a call that creates one of them, and unpacks nothing."""
    call = file.model.calls[site]
    if last_name(call.func) not in _CREATED or any(
        arg.stars or arg.keyword is None for arg in call.args
    ):
        return
    cls = _class(file, site, analysis)
    if cls is None:
        return
    yield from _missing(call, cls)
    # The other classes ignore what they do not know.
    if cls.endswith(f".{_RESULT}"):
        yield from _surplus(file, call, attributes(cls))


def _class(file: File, site: int, analysis: Analysis) -> str | None:
    """The class of the SDK that a call creates an object of, if it can be no other."""
    values = analysis.values.callee(file, site)
    if len(values) != 1:
        return None
    value = next(iter(values))
    return analysis.sdk.canonical(value.name) if isinstance(value, ExternalName) else None


def _missing(call: ir.Call, cls: str) -> Iterator[Violation]:
    passed = {arg.keyword for arg in call.args}
    for name in required(cls):
        if name not in passed:
            yield Violation(
                at=call.callee_span,
                message=f"`{last_name(call.func)}()` is created without `{name}`; it raises ValidationError",
                help=f"pass `{name}`",
            )


def _surplus(file: File, call: ir.Call, known: frozenset[str]) -> Iterator[Violation]:
    for arg in call.args:
        if known and arg.keyword is not None and arg.keyword not in known:
            yield Violation(
                at=keyword_span(file, call, arg.keyword) or call.callee_span,
                message=(
                    f"`{last_name(call.func)}` has no field `{arg.keyword}`;"
                    " newer releases raise ValidationError, older ones drop it"
                ),
                help="use `comment` for a text" if "comment" in known else "remove it",
            )
