"""LS510: a target or an evaluator turns its own failure into an answer or a score."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, last_name, within
from lint_langsmith.analysis.sdk_use.evaluated import Evaluated, returned_names
from lint_langsmith.analysis.values.abstract import (
    Bound,
    ExternalAttribute,
    ExternalName,
    FunctionRef,
    Outcome,
    Value,
    function_of,
)
from lint_langsmith.findings import Related, Severity, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.rules.shared.handlers import contents
from lint_langsmith.rules.shared.judged_fields import may_read

# What a refused key, a rate limit or a server that is down raises; all else is about what was answered.
_BROAD: Final = frozenset({"builtins.Exception", "builtins.BaseException"})
_ASKING: Final = (
    "requests.",
    "httpx.",
    "aiohttp.",
    "openai.",
    "anthropic.",
    "langsmith.",
    "langgraph_sdk.",
    "google.api_core.",
    "botocore.",
)
# Modules of Python that ask others; the rest computes.
_ASKING_MODULES: Final = frozenset({"urllib", "http", "socket", "asyncio", "subprocess"})
# What `evaluate()` hands over: `run.outputs.get("answer")` asks nobody.
_DATA: Final = ("langsmith.schemas.", "langsmith.evaluation.")
_RESULT_CLASS: Final = "EvaluationResult"
_NONE: Final = ir.Constant("None")
_SWITCH: Final = frozenset({"True", "False"})


@rule("LS510", "failure-as-result", severity=Severity.WARNING, since="0.3")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A function that `evaluate()` runs turns its own failure into an answer or a score.

    ## What it does
    Reports handlers for every exception, or for those of HTTP clients and models, in targets and evaluators of
    `evaluate()` and `aevaluate()` and in functions whose results they return, if the handler makes the function return
    what looks like a result: an answer with the fields of the others, a text, nothing at all, or a score. A handler
    that only goes on counts as well, where a fixed result stands behind it, or in the name before the `try`.

    ## Why it matters
    A refused key or a rate limit then counts as a bad answer or a low score, and the experiment looks mediocre instead
    of broken. `evaluate()` needs no such handler: it records the error of a target with its run, and that of an
    evaluator as feedback without a score, and goes on with the next example.

    ## Example
    ```python
    import os

    import requests
    from langsmith import Client, evaluate

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])


    def target(inputs: dict) -> dict:
        try:
            answer = requests.post("http://localhost:8123/ask", json=inputs, timeout=60)
            answer.raise_for_status()
            return {"answer": answer.json()["text"]}
        except Exception as error:
            return {"answer": f"failed: {error}"}


    evaluate(target, data="questions", client=client)  # lint-langsmith: ignore[LS301] whoever runs this reads it
    ```

    ## Use instead
    ```python
    import os

    import requests
    from langsmith import Client, evaluate

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])


    def target(inputs: dict) -> dict:
        answer = requests.post("http://localhost:8123/ask", json=inputs, timeout=60)
        answer.raise_for_status()
        return {"answer": answer.json()["text"]}


    evaluate(target, data="questions", client=client)  # lint-langsmith: ignore[LS301] whoever runs this reads it
    ```

    ## Not flagged
    Handlers that raise; results without a score; answers with a field of their own, such as `error`, that an evaluator
    of the call may read, also where none is known; handlers around code that only computes, such as `float(text)` or
    `json.loads(text)`; handlers that are run again by a loop; functions that `evaluate()` does not run; tests.

    ## Fix safety
    There is no automatic fix: code behind the handler may count on a result.

    ## References
    - Read in langsmith 0.15.1 (`evaluation/_runner.py`): an exception of a target is logged and kept as the error of
      its run; one of an evaluator becomes feedback without a score whose comment is the exception.
    """
    if file.is_test:
        return
    functions = analysis.evaluated.by_file.get(file.relative, ())
    tries = _tries_by_function(file) if functions else {}
    for function in functions:
        evaluated = analysis.evaluated.by_function[function]
        for row in tries.get(function.scope, ()):
            if not _asks(file, row.body, analysis):
                continue
            broad = [row for row in row.handlers if _is_broad(file, row, analysis)]
            makers = [
                handler
                for handler in broad
                if _makes_result(function, row, handler, evaluated, analysis)
            ]
            if makers:  # the others beside it are mended with it
                yield _violation(function, makers[0], evaluated)


def _tries_by_function(file: File) -> Mapping[int, Sequence[ir.Try]]:
    table: dict[int, list[ir.Try]] = defaultdict(list)
    for row in file.model.tries:
        table[file.function_of(file.model.blocks[row.body].scope)].append(row)
    return table


def _violation(function: FunctionRef, handler: ir.Handler, evaluated: Evaluated) -> Violation:
    name = f"`{function.file.model.scopes[function.scope].name}()`"
    runner = f"`{evaluated.call.label}`"
    if evaluated.part == "target":
        message = (
            f"{name} returns an answer where it fails, and {runner} judges it as one;"
            " the experiment shows bad answers instead of errors"
        )
        help_ = f"let the error escape: {runner} records it with the run, and goes on"
    else:
        message = (
            f"{name} gives a score where it fails, and {runner} counts it;"
            " the experiment shows bad answers instead of errors"
        )
        help_ = f"let the error escape, or return a result without a score: {runner} goes on"
    call = evaluated.call
    return Violation(
        at=handler.span,
        message=message,
        help=help_,
        related=(Related(call.file.relative, call.span, "this runs it"),),
    )


# -- what is caught --------------------------------------------------------------------------------------------------


def _is_broad(file: File, handler: ir.Handler, analysis: Analysis) -> bool:
    """Whether a handler catches what a service raises that refuses, or is down."""
    if handler.type is None:
        return True
    named = [
        value.name
        for value in analysis.outcomes.classes(file, handler)
        if isinstance(value, ExternalName)
    ]
    return any(name in _BROAD or name.startswith(_ASKING) for name in named)


def _asks(file: File, block: int, analysis: Analysis) -> bool:
    """Whether something in a block may ask a service: a call of the project's, of another package, or an `await`."""
    return any(
        file.model.calls[site].use.kind == "await"
        or any(map(_may_ask, analysis.values.callee(file, site)))
        for site in contents(file, block).calls
    )


def _may_ask(callee: Value) -> bool:
    """Whether a called value is code of the project, or of a package that does more than compute."""
    if isinstance(callee, (FunctionRef, Bound)):
        return True
    name = _origin(callee)
    if name.startswith(_DATA):
        return False
    if isinstance(callee, ExternalName) and name.rpartition(".")[2][:1].isupper():
        return False  # A class: an object is made, and nothing is asked yet.
    package = name.partition(".")[0]
    is_computing = package in sys.stdlib_module_names or package == "builtins"
    return bool(package) and (not is_computing or package in _ASKING_MODULES)


def _origin(callee: Value) -> str:
    """The qualified name of what a called value is, or is a method of; empty where that is not known."""
    if isinstance(callee, ExternalAttribute):
        cls = callee.receiver.cls
        return cls.name if isinstance(cls, ExternalName) else ""
    if isinstance(callee, Outcome):
        return _origin(callee.of)
    return callee.name if isinstance(callee, ExternalName) else ""


# -- what is returned ------------------------------------------------------------------------------------------------


def _makes_result(
    function: FunctionRef,
    row: ir.Try,
    handler: ir.Handler,
    evaluated: Evaluated,
    analysis: Analysis,
) -> bool:
    """Whether a function returns, by way of a handler, what its caller can't tell from a result."""
    file = function.file
    found = contents(file, handler.block)
    is_in_loop = bool(file.around(row.body)[1])
    if found.raises or found.yields:
        return False
    if found.returns:
        values = [item.value or _NONE for item in found.returns]
        return any(_is_result(function, value, evaluated, analysis) for value in values)
    if is_in_loop or file.model.blocks[handler.block].ends != "falls":
        return False
    kept = {binding.name: binding.value for binding in found.bindings}
    if kept.keys() & returned_names(function):
        names = kept.keys() & _result_names(function, evaluated)
        return any(kept[name] not in (None, _NONE) for name in names)
    return _result_is_left(function, row, evaluated, analysis)


def _result_is_left(
    function: FunctionRef,
    row: ir.Try,
    evaluated: Evaluated,
    analysis: Analysis,
) -> bool:
    """Whether a handler that sets nothing leads to a result that was written down elsewhere."""
    behind = _reached_behind(function, row)
    if behind is not None:
        return _is_fixed(behind) and _is_result(function, behind, evaluated, analysis)
    if any(
        _is_kept(function, row, name) for name in sorted(_result_names(function, evaluated))
    ):
        return True
    return evaluated.part == "target" and _ends_with_nothing(function, row)


def _result_names(function: FunctionRef, evaluated: Evaluated) -> frozenset[str]:
    """The names that stand in an answer, or for a score."""
    if evaluated.part == "target":
        return returned_names(function)
    file = function.file
    return frozenset(
        score.id
        for row in file.returns_by_scope.get(function.scope, ())
        for score in (() if row.value is None else _scores(file, row.value))
        if isinstance(score, ir.Name)
    )


def _reached_behind(function: FunctionRef, row: ir.Try) -> ir.Expr | None:
    """What a function returns behind a `try` where only handlers lead there, and no condition stands before it."""
    file = function.file
    blocks = file.model.blocks
    done = row.body if row.orelse < 0 else row.orelse
    if blocks[done].ends == "falls" and not _answers_within(function, row):
        return None
    around = set(file.block_chain(blocks[row.body].parent))
    last = max(handler.order for handler in row.handlers)
    later = [
        item for item in file.returns_by_scope.get(function.scope, ()) if item.order > last
    ]
    first = min(later, key=_order, default=None)
    return first.value if first is not None and first.block in around else None


def _answers_within(function: FunctionRef, row: ir.Try) -> bool:
    """Whether a function returns something in a `try`: what stands behind it is for what does not succeed."""
    file = function.file
    inside = set(within(file, row.body))
    return any(
        item.block in inside and item.value not in (None, _NONE)
        for item in file.returns_by_scope.get(function.scope, ())
    )


def _order(row: ir.Return | ir.Binding) -> int:
    return row.order


def _is_kept(function: FunctionRef, row: ir.Try, name: str) -> bool:
    """Whether a name that a `try` gives a value has a fixed one before it, which it keeps where that fails."""
    file = function.file
    rows = file.bindings.get((function.scope, name), ())
    around = set(file.block_chain(file.model.blocks[row.body].parent))
    inside = set(within(file, row.body))
    first = min((item.order for item in rows if item.block in inside), default=None)
    if first is None:
        return False
    before = [item for item in rows if item.order < first and item.block in around]
    last = max(before, key=_order, default=None)
    return (
        last is not None
        and last.via == "direct"
        and isinstance(last.value, (ir.Constant, ir.Text))
        and last.value != _NONE
    )


def _is_fixed(value: ir.Expr | None) -> bool:
    """Whether a value is written down, and not found out in another way than the one that has failed."""
    if isinstance(value, ir.Mapping):
        return all(map(_is_fixed, value.values))
    if isinstance(value, ir.Sequence):
        return all(map(_is_fixed, value.items))
    return isinstance(value, (ir.Constant, ir.Text, ir.Template))


def _ends_with_nothing(function: FunctionRef, row: ir.Try) -> bool:
    """Whether a function returns something in a `try`, and nothing behind it."""
    file = function.file
    inside = {row.body, row.orelse}
    returns = file.returns_by_scope.get(function.scope, ())
    behind = max((handler.order for handler in row.handlers), default=0)
    in_body = [item for item in returns if not inside.isdisjoint(file.block_chain(item.block))]
    later = [item for item in returns if item not in in_body and item.order > behind]
    return any(item.value not in (None, _NONE) for item in in_body) and not later


def _is_result(
    function: FunctionRef,
    value: ir.Expr,
    evaluated: Evaluated,
    analysis: Analysis,
) -> bool:
    file = function.file
    if evaluated.part == "evaluator":
        return _has_score(file, value)
    answer = _answer(file, value, analysis)
    if not isinstance(answer, ir.Mapping):
        return answer is not None
    written = [
        _answer(file, row.value, analysis)
        for row in file.returns_by_scope.get(function.scope, ())
        if row.value not in (None, value) and not _is_in_handler(file, row)
    ]
    # What the same helper writes elsewhere is a failure there, too.
    others = [other for other in written if isinstance(other, ir.Mapping) and other != answer]
    # A field that no other answer has, or that is off here alone, tells an evaluator that reads it that this is none.
    own = _keys(answer) - frozenset().union(*map(_keys, others))
    switched = {name for other in others for name, _ in _switches(other) - _switches(answer)}
    telling = own | switched
    return bool(others) and not (telling and may_read(evaluated.call, telling, analysis))


def _switches(value: ir.Mapping) -> frozenset[tuple[str, str]]:
    """The fields of an answer that are plainly on or off."""
    return frozenset(
        (key.value, part.literal)
        for key, part in zip(value.keys, value.values, strict=True)
        if isinstance(key, ir.Text)
        and isinstance(part, ir.Constant)
        and part.literal in _SWITCH
    )


def _is_in_handler(file: File, row: ir.Return) -> bool:
    return any(
        file.model.blocks[block].kind == "handler" for block in file.block_chain(row.block)
    )


def _answer(file: File, value: ir.Expr | None, analysis: Analysis) -> ir.Expr | None:
    """An answer as it is written, also by a function of the project that has one; None where that asks anew."""
    if not isinstance(value, ir.CallRef):
        return value
    callees = [function_of(found) for found in analysis.values.callee(file, value.site)]
    if len(callees) != 1 or callees[0] is None:
        return value
    rows = callees[0].file.returns_by_scope.get(callees[0].scope, ())
    written = rows[0].value if len(rows) == 1 else None
    return None if isinstance(written, ir.CallRef) else written


def _keys(value: ir.Mapping) -> frozenset[str]:
    return frozenset(key.value for key in value.keys if isinstance(key, ir.Text))


def _has_score(file: File, value: ir.Expr) -> bool:
    return not isinstance(value, ir.Name) and any(
        score != _NONE for score in _scores(file, value)
    )


def _scores(file: File, value: ir.Expr) -> Iterator[ir.Expr]:
    """The scores of a result: a number, that of a dict or of an `EvaluationResult`, those of a list of these."""
    if isinstance(value, (ir.Constant, ir.Name)):
        yield value
    elif isinstance(value, ir.Mapping):
        for key, part in zip(value.keys, value.values, strict=True):
            if isinstance(key, ir.Text) and key.value == "score":
                yield part
    elif isinstance(value, ir.CallRef):
        call = file.model.calls[value.site]
        if last_name(call.func) == _RESULT_CLASS:
            yield from (arg.value for arg in call.args if arg.keyword == "score")
    elif isinstance(value, ir.Sequence):
        for item in value.items:
            yield from _scores(file, item)
