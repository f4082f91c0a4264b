"""What `evaluate()` passes to the functions that it runs: runs, examples, and the dicts of them.

Executed on langsmith 0.15.1 (`test_evaluated_arguments.py` asks the installed release again): it goes by the names of
the parameters, and by their order where it does not know one of two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.values.abstract import FunctionRef
from lint_langsmith.sdk.results import DICT, Result

if TYPE_CHECKING:
    from lint_langsmith.analysis.sdk_use.evaluated import Evaluated

# A run that `evaluate()` has just made is a run tree; one of an experiment that is there is read.
_RUN: Final = ("langsmith.schemas.Run", "langsmith.run_trees.RunTree")
_EXAMPLE: Final = "langsmith.schemas.Example"
_DICT: Final = Result((DICT,), each=False)
_DICTS: Final = Result((DICT,), each=True)
_BY_NAME: Final[Mapping[str, Mapping[str, Result]]] = {
    "target": {"inputs": _DICT, "attachments": _DICT, "metadata": _DICT},
    "evaluators": {
        "run": Result(_RUN, each=False),
        "example": Result((_EXAMPLE,), each=False),
        "inputs": _DICT,
        "outputs": _DICT,
        "reference_outputs": _DICT,
        "attachments": _DICT,
    },
    "summary_evaluators": {
        "runs": Result(_RUN, each=True),
        "examples": Result((_EXAMPLE,), each=True),
        "inputs": _DICTS,
        "outputs": _DICTS,
        "reference_outputs": _DICTS,
    },
}
EVALUATOR_PARAMETERS: Final = tuple(_BY_NAME["evaluators"])
_BY_ORDER: Final[Mapping[str, Sequence[str]]] = {
    "target": ("inputs",),
    "evaluators": ("run", "example"),
    "summary_evaluators": ("runs", "examples"),
}


def passed(function: FunctionRef, evaluated: Evaluated) -> Mapping[str, Result]:
    """What each parameter of a function gets from `evaluate()`, by name; nothing of those of which it can't be told."""
    if evaluated.by is not None or _compares(evaluated):
        return {}
    parameters = _parameters(function)
    if any(parameter.stars for parameter in parameters):
        return {}
    by_name = _BY_NAME[evaluated.argument]
    wanted = [parameter for parameter in parameters if parameter.default is None]
    if all(parameter.name in by_name for parameter in wanted):
        return {
            parameter.name: by_name[parameter.name]
            for parameter in parameters
            if parameter.name in by_name
        }
    order = _BY_ORDER[evaluated.argument]
    if len(wanted) != len(order) or any(parameter.keyword_only for parameter in wanted):
        return {}
    return {
        parameter.name: by_name[name] for parameter, name in zip(wanted, order, strict=True)
    }


def refused(function: FunctionRef, evaluated: Evaluated) -> ir.Param | None:
    """The first parameter for which `evaluate()` has nothing, and therefore refuses a function as an evaluator.

    Names of one's own are for the run and the example: they are two.
    """
    parameters = _parameters(function)
    if (
        evaluated.by is not None
        or evaluated.argument != "evaluators"
        or _compares(evaluated)
        or function.file.model.scopes[function.scope].decorators
        or any(parameter.stars for parameter in parameters)
    ):
        return None
    wanted = [parameter for parameter in parameters if parameter.default is None]
    unknown = [row for row in wanted if row.name not in _BY_NAME[evaluated.argument]]
    return unknown[0] if unknown and len(wanted) != len(_BY_ORDER[evaluated.argument]) else None


def misnamed(function: FunctionRef, evaluated: Evaluated) -> tuple[ir.Param, str] | None:
    """The first parameter whose name `evaluate()` knows and that gets something else, with what that is.

    Of two parameters one of which has a name of its own, the first gets the run and the second the example.
    """
    row = function.file.model.scopes[function.scope]
    if evaluated.argument != "evaluators" or row.decorators or not passed(function, evaluated):
        return None
    wanted = [parameter for parameter in _parameters(function) if parameter.default is None]
    by_name, order = _BY_NAME[evaluated.argument], _BY_ORDER[evaluated.argument]
    if all(parameter.name in by_name for parameter in wanted):
        return None
    return next(
        (
            (parameter, name)
            for parameter, name in zip(wanted, order, strict=False)
            if parameter.name in by_name and parameter.name != name
        ),
        None,
    )


def _compares(evaluated: Evaluated) -> bool:
    """Whether a call compares experiments: its evaluators get the runs of all of them."""
    return any(isinstance(arg.value, ir.Sequence) for arg in evaluated.call.call.args[:1])


def _parameters(function: FunctionRef) -> Sequence[ir.Param]:
    """The parameters that a caller passes something to, without `self`."""
    scopes = function.file.model.scopes
    row = scopes[function.scope]
    is_method = scopes[row.parent].kind == "class" and not any(
        isinstance(decorator, ir.Name) and decorator.id == "staticmethod"
        for decorator in row.decorators
    )
    return row.params[1:] if is_method else row.params
