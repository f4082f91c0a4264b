"""What a call passes for the parameters of a function of the project: `@catching(ValueError)` for `*kinds`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from lint_langsmith.analysis.project.file import File, Place
from lint_langsmith.analysis.values.abstract import FunctionRef, Values
from lint_langsmith.analysis.values.call_arguments import passed_argument
from lint_langsmith.analysis.values.functions import takes_receiver

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluator import Evaluator

Passed: TypeAlias = Mapping[tuple[FunctionRef, str], Values]


def passed_at(values: Evaluator, function: FunctionRef, file: File, site: int) -> Passed:
    """What the call at `site` passes for the parameters of a function, or their defaults, as far as it stands there."""
    call = file.model.calls[site]
    if any(arg.stars for arg in call.args):
        return {}
    place = file.place(call)
    positional = [arg.value for arg in call.args if arg.keyword is None]
    passed: dict[tuple[FunctionRef, str], Values] = {}
    scope = function.file.model.scopes[function.scope]
    defined_at = Place(scope.parent, scope.outer_block, scope.order)
    first = int(takes_receiver(function))
    for number, param in enumerate(scope.params[first:]):
        if param.stars == 1:
            found = [values.of(file, item, place) for item in positional[number:]]
            passed[function, param.name] = tuple(value for item in found for value in item)
        elif not param.stars:
            given = passed_argument(file, site, function, param.name)
            if given is not None:
                passed[function, param.name] = values.of(file, given, place)
            elif param.default is not None:
                passed[function, param.name] = values.of(
                    function.file, param.default, defined_at
                )
    return passed
