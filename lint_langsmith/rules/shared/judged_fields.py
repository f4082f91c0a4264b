"""Which fields of an answer the evaluators of `evaluate()` read: by those they can tell a failure from a bad answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.walk import alternatives
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.sdk_use.evaluated import Evaluated
from lint_langsmith.analysis.sdk_use.evaluated_arguments import passed
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
from lint_langsmith.analysis.values.abstract import FunctionRef
from lint_langsmith.findings import Span
from lint_langsmith.sdk.results import DICT

_OUTPUTS: Final = "outputs"
# What an evaluator may ask of its run without coming by the answer.
_OF_RUNS: Final = frozenset(
    {"id", "name", "trace_id", "run_type", "inputs", "start_time", "end_time", "extra", "tags"}
)
# What tells of a whole answer without a look at its fields.
_BLIND: Final = frozenset({"isinstance", "len", "bool", "print"})
# What becomes of a whole answer that is asked for a field by name, or whether it is there.
_TESTED: Final = frozenset({"other", "assign", "subscript"})


def may_read(call: ApiCall, names: frozenset[str], analysis: Analysis) -> bool:
    """Whether an evaluator of a call may read one of some fields of the answer, or nothing judges it at all."""
    judges = analysis.evaluated.judges(call)
    if not judges:
        return True
    return any(
        names & read if (read := analysis.once(_read, judge)) is not None else True
        for judge in judges
    )


class _Judge(NamedTuple):
    """An evaluator: the names under which it has its run, and those under which it has the answer."""

    function: FunctionRef
    runs: frozenset[str]
    answers: frozenset[str]

    def is_answer(self, expr: ir.Expr) -> bool:
        """Whether an expression may be the whole answer: `outputs`, `run.outputs`, `run.outputs or {}`."""
        return any(self._is_whole(part) for part in alternatives(expr))

    def _is_whole(self, expr: ir.Expr) -> bool:
        if isinstance(expr, ir.Name):
            return expr.id in self.answers
        return (
            isinstance(expr, ir.Attribute) and expr.name == _OUTPUTS and self.is_run(expr.value)
        )

    def is_run(self, expr: ir.Expr) -> bool:
        """Whether an expression is the run."""
        return isinstance(expr, ir.Name) and expr.id in self.runs


def _read(_: Analysis, judged: tuple[FunctionRef, Evaluated]) -> frozenset[str] | None:
    """The fields that an evaluator reads; None where it may read any."""
    function, evaluated = judged
    got = passed(function, evaluated)
    if not got or _has_functions_within(function):
        return None
    runs = frozenset(
        name for name, result in got.items() if "langsmith.schemas.Run" in result.classes
    )
    answers = frozenset({_OUTPUTS}) & got.keys()
    if any(got[name].classes != (DICT,) or got[name].each for name in answers):
        return None
    judge = _with_aliases(_Judge(function, runs, answers))
    found: set[str] = set()
    for name in _fields(judge):
        if name is None:
            return None
        found.add(name)
    return frozenset(found)


def _has_functions_within(function: FunctionRef) -> bool:
    file = function.file
    return any(
        row.kind in {"function", "lambda", "class"}
        and file.function_of(row.parent) == function.scope
        for row in file.model.scopes[1:]
    )


def _with_aliases(judge: _Judge) -> _Judge:
    """The evaluator with the names that it gives its answer itself: `found = run.outputs or {}`."""
    file = judge.function.file
    for row in file.model.bindings:
        inside = file.function_of(row.scope) == judge.function.scope
        if (
            inside
            and row.via == "direct"
            and row.value is not None
            and judge.is_answer(row.value)
        ):
            judge = judge._replace(answers=judge.answers | {row.name})
    return judge


def _fields(judge: _Judge) -> Iterator[str | None]:
    """The fields that are read, one by one; None for what may be any."""
    file, scope = judge.function.file, judge.function.scope
    for row in file.model.bindings:
        inside = row.via != "direct" and file.function_of(row.scope) == scope
        if inside and row.value is not None and judge.is_answer(row.value):
            yield None
    for read in file.model.reads:
        if file.function_of(read.scope) == scope and read.name in judge.answers | judge.runs:
            yield from _of_whole(file, read.use, read.span, is_run=read.name in judge.runs)
    for load in file.model.loads:
        if file.function_of(load.scope) == scope:
            yield from _of_chain(judge, load)


def _of_whole(file: File, use: ir.Use, span: Span, *, is_run: bool) -> Iterator[str | None]:
    """What is read where a whole answer, or the run, is used by a bare name."""
    if use.kind == "argument" and use.outer is not None:
        func = file.model.calls[use.outer].func
        if not (isinstance(func, ir.Name) and func.id in _BLIND):
            yield None
    elif use.kind == "iterate" and not is_run:
        yield _asked_before(file, span)
    elif use.kind not in _TESTED:
        yield None


def _asked_before(file: File, span: Span) -> str | None:
    """The literal of `"error" in outputs`, by the source in front of the answer."""
    before = file.lines[span.line - 1][: span.column - 1].rstrip()
    if not before.endswith(" in"):
        return None
    before = before.removesuffix(" in").removesuffix(" not").rstrip()
    quote = before[-1:]
    return before[:-1].rpartition(quote)[2] if quote in {'"', "'"} else None


def _of_chain(judge: _Judge, load: ir.Load) -> Iterator[str | None]:
    """What is read by `run.outputs["answer"]`, `outputs.get("answer")`."""
    file = judge.function.file
    expr: ir.Expr = load.expr
    if judge.is_answer(expr):
        yield from _of_whole(file, load.use, load.expr.span, is_run=False)
        return
    while isinstance(expr, (ir.Attribute, ir.Subscript)):
        if judge.is_answer(expr.value):
            yield _field(file, expr, load)
            return
        if judge.is_run(expr.value):
            is_aside = isinstance(expr, ir.Attribute) and expr.name in _OF_RUNS
            if not is_aside:
                yield None
            return
        expr = expr.value


def _field(file: File, expr: ir.Attribute | ir.Subscript, load: ir.Load) -> str | None:
    if isinstance(expr, ir.Subscript):
        return expr.index.value if isinstance(expr.index, ir.Text) else None
    if expr.name != "get" or load.expr is not expr or load.use.outer is None:
        return None
    args = file.model.calls[load.use.outer].args
    first = args[0].value if args else None
    return first.value if isinstance(first, ir.Text) else None
