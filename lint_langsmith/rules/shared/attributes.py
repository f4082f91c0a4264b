"""Attributes that the results of LangSmith's methods do not have: runs, examples, data sets, and what is a dict."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple, TypeVar

from lint_langsmith.analysis import limits
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.exceptions.hiding import expects_type_error, is_narrowed
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.walk import descend
from lint_langsmith.analysis.project.file import File, Place, Placed
from lint_langsmith.analysis.project.tests_of_names import dotted
from lint_langsmith.analysis.sdk_use.evaluated_arguments import passed
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
from lint_langsmith.analysis.values.abstract import FunctionRef, function_of
from lint_langsmith.analysis.values.bindings import besides_none, lookup
from lint_langsmith.findings import Related, Severity, Span, Violation
from lint_langsmith.rules.shared.certain import is_certain
from lint_langsmith.sdk.results import (
    DICT,
    DICT_FIELDS,
    HAS_DICTS,
    Result,
    attributes,
    result,
    takes_index,
)

# By the name of a function of the package where it is defined.
_FUNCTIONS: Final = {
    "evaluate": "langsmith.evaluation._runner.evaluate",
    "aevaluate": "langsmith.evaluation._arunner.aevaluate",
}
# What `evaluate()` gives where its target is a pair of experiments.
_COMPARED: Final = "langsmith.evaluation._runner.ComparativeExperimentResults"
_LISTS: Final = frozenset({"list", "sorted", "tuple", "reversed"})
_COROUTINE: Final = frozenset({"await", "await-iteration"})


class _Given(NamedTuple):
    """What an expression surely is: what a call gives, or one of the things that it gives one by one.

    `words` say where it comes from, as the start of a sentence.
    """

    words: str
    result: Result
    is_one: bool

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of which it may be; none for a list of things."""
        return self.result.classes if self.is_one or not self.result.each else ()


def wrong_attributes(file: File, analysis: Analysis) -> Iterator[Violation]:
    """The findings for attributes that an object has in no release, and for `hasattr()` of one."""
    calls = {
        call.site: call
        for call in analysis.clients.api_calls(file)
        if _result(call) is not None
    }
    if file.is_test or not (calls or analysis.evaluated.by_file.get(file.relative)):
        return
    finder = _Finder(file, analysis, calls)
    seen: set[Span] = set()
    for expr, place in _reads(file):
        found = finder.given(expr.value, place)
        if found is None or expr.span in seen:
            continue
        seen.add(expr.span)
        if not _lacks(found, expr.name):
            continue
        if not is_narrowed(file, expr, place, analysis.outcomes):
            yield _violation(found, expr, is_sure=expr.span not in finder.behind_conditions)
    yield from _indexed(file, finder, analysis)
    yield from _tested(file, finder)


def _indexed(file: File, finder: _Finder, analysis: Analysis) -> Iterator[Violation]:
    """`run["outputs"]`, where what has attributes is taken for a dict: once for each name of a function."""
    places: dict[tuple[int, str], list[tuple[_Given, ir.Subscript]]] = defaultdict(list)
    seen: set[Span] = set()
    for load in file.model.loads:
        for expr in _chain(load.expr, ir.Subscript):
            if not isinstance(expr.index, ir.Text) or expr.span in seen:
                continue
            seen.add(expr.span)
            place = Place(load.scope, load.block, load.order)
            found = finder.given(expr.value, place)
            if found is None or not found.classes or any(map(takes_index, found.classes)):
                continue
            asked = ir.Attribute(expr.value, expr.index.value, expr.span, expr.span)
            if not (
                is_narrowed(file, asked, place, analysis.outcomes)
                or expects_type_error(file, load.block, analysis.outcomes)
            ):
                name = dotted(expr.value) or str(expr.span)
                places[file.function_of(load.scope), name].append((found, expr))
    for (found, expr), *others in places.values():
        name = expr.index.value if isinstance(expr.index, ir.Text) else ""
        yield Violation(
            at=expr.span,
            message=f"{_kind(found)} is no dict; to index it raises TypeError",
            help=_help_to_read(found, name),
            severity=Severity.ERROR,
            related=tuple(
                Related(file.relative, other.span, "so does this") for _, other in others
            ),
        )


def _help_to_read(found: _Given, name: str) -> str:
    """What to write for an index: an attribute, or the dict in which the name may stand."""
    if not _lacks(found, name):
        return f"write `.{name}`"
    if HAS_DICTS.issuperset(found.classes):
        return f'write `.outputs["{name}"]` or `.inputs["{name}"]`'
    return _help(found)


def _reads(file: File) -> Iterator[tuple[ir.Attribute, Placed]]:
    """The attributes that a file reads or calls, each of those of a chain."""
    for load in file.model.loads:
        place = Place(load.scope, load.block, load.order)
        yield from ((expr, place) for expr in _chain(load.expr, ir.Attribute))
    for call in file.model.calls:
        yield from ((expr, file.place(call)) for expr in _chain(call.func, ir.Attribute))


_Part = TypeVar("_Part", ir.Attribute, ir.Subscript)


def _chain(expr: ir.Expr, kind: type[_Part]) -> Iterator[_Part]:
    """The parts of a kind in a chain of attributes and indices."""
    while isinstance(expr, (ir.Attribute, ir.Subscript)):
        if isinstance(expr, kind):
            yield expr
        expr = expr.value


class _Finder:
    """Tells which expressions of one file are results of the SDK's methods."""

    def __init__(self, file: File, analysis: Analysis, calls: Mapping[int, ApiCall]) -> None:
        """`calls` are the calls of the file whose results are known, by site."""
        self._file = file
        self._analysis = analysis
        self._calls = calls
        # The names that are being looked up: one may lead back to itself (`runs = list(runs)` in a loop).
        self._pending: set[ir.Binding] = set()
        self._known: dict[ir.Binding, _Given | None] = {}

    @functools.cached_property
    def behind_conditions(self) -> frozenset[Span]:
        """The attributes that are not always read where they stand."""
        return spans_behind_conditions(self._file)

    def given(self, expr: ir.Expr, place: Placed) -> _Given | None:
        """What an expression surely is, unchanged; None for all else."""
        if isinstance(expr, ir.Await):
            return self._of_call(expr.value, is_awaited=True)
        if isinstance(expr, ir.CallRef):
            return self._of_call(expr, is_awaited=False) or self._of_list(expr, place)
        if isinstance(expr, ir.Subscript):
            return self._entry(self.given(expr.value, place))
        if isinstance(expr, ir.Attribute):
            return self._of_field(expr, place)
        if not isinstance(expr, ir.Name):
            return None
        # None has no such attribute, either, and no index.
        bindings = besides_none(lookup(self._file, expr.id, place))
        found = [self._bound(binding) for binding in bindings]
        return (
            found[0]
            if found and all(item is not None and item == found[0] for item in found)
            else None
        )

    def _of_call(self, expr: ir.Expr, *, is_awaited: bool) -> _Given | None:
        call = self._calls.get(expr.site) if isinstance(expr, ir.CallRef) else None
        if call is None or call.method is None or not is_certain(call, self._analysis):
            return None
        found = self._of_experiment(call, _result(call))
        needs_await = _COROUTINE.issuperset(call.method.whens)
        return (
            _Given(f"`{call.label}` returns", found, is_one=False)
            if found is not None and needs_await == is_awaited
            else None
        )

    def _of_experiment(self, call: ApiCall, found: Result | None) -> Result | None:
        """What a call gives; an evaluation of a function compares nothing."""
        if found is None or _COMPARED not in found.classes:
            return found
        targets = [arg.value for arg in call.call.args[:1] if not arg.stars]
        values = [
            value
            for target in targets
            for value in self._analysis.values.of(call.file, target, call.file.place(call.call))
        ]
        if not values or any(function_of(value) is None for value in values):
            return found
        return Result(tuple(cls for cls in found.classes if cls != _COMPARED), each=False)

    def _of_field(self, expr: ir.Attribute, place: Placed) -> _Given | None:
        """A field of a run or an example that is a dict, or nothing."""
        found = self.given(expr.value, place) if expr.name in DICT_FIELDS else None
        if found is None or not found.classes or not HAS_DICTS.issuperset(found.classes):
            return None
        return _Given(f"`{dotted(expr)}` is", Result((DICT,), each=False), is_one=False)

    def _of_list(self, expr: ir.CallRef, place: Placed) -> _Given | None:
        """`list(…)` of things, and `next(…)`, which gives one."""
        row = self._file.model.calls[expr.site]
        name = row.func.id if isinstance(row.func, ir.Name) else ""
        if len(row.args) != 1 or name not in _LISTS | {"next"}:
            return None
        inner = self.given(row.args[0].value, place)
        return self._entry(inner) if name == "next" else inner

    def _entry(self, found: _Given | None) -> _Given | None:
        """One of the things of a list."""
        if found is None or found.is_one or not found.result.each:
            return None
        return found._replace(is_one=True)

    def _of_parameter(self, binding: ir.Binding) -> _Given | None:
        """What `evaluate()` passes to a function of the file."""
        function = FunctionRef(self._file, binding.scope)
        evaluated = self._analysis.evaluated.by_function.get(function)
        if evaluated is None:
            return None
        found = passed(function, evaluated).get(binding.name)
        if found is None:
            return None
        words = f"`{evaluated.call.label}` passes `{binding.name}` as"
        return _Given(words, found, is_one=False)

    def _bound(self, binding: ir.Binding) -> _Given | None:
        if binding.kind == "parameter":
            return self._of_parameter(binding)
        if (
            binding.value is None
            or binding in self._pending
            or len(self._pending) >= limits.NAME_HOPS
        ):
            return None
        if binding not in self._known:
            self._pending.add(binding)
            self._known[binding] = self._of_value(binding, binding.value)
            self._pending.discard(binding)
        return self._known[binding]

    def _of_value(self, binding: ir.Binding, value: ir.Expr) -> _Given | None:
        place = self._file.place(binding)
        if binding.kind in {"assign", "walrus"} and binding.via == "direct":
            return self.given(value, place)
        if (
            binding.kind in {"for", "comprehension"}
            and binding.via == "element"
            and binding.part is None
        ):
            return self._entry(self.given(value, place))
        return None


def _result(call: ApiCall) -> Result | None:
    if call.handed is not None:
        return None
    return result(f"{call.owner}.{call.name}" if call.owner else _FUNCTIONS.get(call.name, ""))


def _lacks(found: _Given, name: str) -> bool:
    """Whether an object of each of the classes lacks an attribute in each release."""
    known = [attributes(cls) for cls in found.classes]
    return (
        bool(known)
        and all(names and name not in names for names in known)
        and not name.startswith("_")
    )


def _tested(file: File, finder: _Finder) -> Iterator[Violation]:
    """`hasattr(results, "results")`, for which nothing is ever done."""
    for site in file.calls_by_name.get("hasattr", ()):
        row = file.model.calls[site]
        values = [arg.value for arg in row.args]
        if len(values) != 2 or not isinstance(values[1], ir.Text):
            continue
        found = finder.given(values[0], file.place(row))
        if found is not None and _lacks(found, values[1].value):
            yield Violation(
                at=row.span,
                message=f"{_kind(found)} has no attribute `{values[1].value}` in any release; this is always false",
                help=_help(found),
                severity=Severity.WARNING,
            )


def _kind(found: _Given) -> str:
    """What an object is, and where it comes from."""
    names = sorted({cls.rpartition(".")[2] for cls in found.classes})
    what = "a dict" if names == [DICT] else " or ".join(f"`{name}`" for name in names)
    return f"{found.words} {what}, which"


def _violation(found: _Given, expr: ir.Attribute, *, is_sure: bool) -> Violation:
    fails = (
        "this raises AttributeError" if is_sure else "where it is read it raises AttributeError"
    )
    return Violation(
        at=expr.span,
        message=f"{_kind(found)} has no attribute `{expr.name}` in any release; {fails}",
        help=_help(found, expr.name),
        severity=Severity.ERROR if is_sure else Severity.WARNING,
    )


def spans_behind_conditions(file: File) -> frozenset[Span]:
    """The attributes and items that are not always read where they stand: `run.start_time or run.created_at`."""
    behind = (
        part
        for value, _ in file.valued()
        for whole in descend(value)
        for side in _sides(whole)
        for part in descend(side)
    )
    return frozenset(
        part.span for part in behind if isinstance(part, (ir.Attribute, ir.Subscript))
    )


def _sides(expr: ir.Expr) -> tuple[ir.Expr, ...]:
    if isinstance(expr, ir.Conditional):
        return (expr.body, expr.orelse)
    return expr.values[1:] if isinstance(expr, ir.Boolean) else ()


def _help(found: _Given, name: str = "") -> str:
    if found.classes == (DICT,):
        return f'write `["{name}"]`' if name else "ask `in` of a dict"
    data = sorted(set().union(*(attributes(cls) for cls in found.classes)) - _of_every_model())
    return f"it has {', '.join(f'`{item}`' for item in data[:_SHOWN])}{', …' if len(data) > _SHOWN else ''}"


def _of_every_model() -> frozenset[str]:
    """What each model has, and nobody looks for: what is common to two that have nothing else in common."""
    return attributes("langsmith.schemas.Run") & attributes(
        "langsmith.schemas.ListPromptsResponse"
    )


# Enough to find the right one among them.
_SHOWN: Final = 40
