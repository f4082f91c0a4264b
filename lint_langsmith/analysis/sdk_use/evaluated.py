"""The functions that `evaluate()` runs: targets, evaluators, and those whose results they return."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.walk import descend
from lint_langsmith.analysis.limits import RESULT_HOPS
from lint_langsmith.analysis.project.file import File, within
from lint_langsmith.analysis.values.abstract import (
    ExternalName,
    FunctionRef,
    Group,
    Value,
    function_of,
)

if TYPE_CHECKING:
    from lint_langsmith.analysis.sdk_use.clients import Clients
    from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
    from lint_langsmith.analysis.values.evaluator import Evaluator

Part: TypeAlias = Literal["target", "evaluator"]

_RUNNERS: Final = frozenset({"evaluate", "aevaluate"})
# The arguments that take functions; the target is the first one as well.
_PARTS: Final[Mapping[str, Part]] = {
    "target": "target",
    "evaluators": "evaluator",
    "summary_evaluators": "evaluator",
}


class Evaluated(NamedTuple):
    """What a function is for `evaluate()`, and the call that runs it; `by` is the function that returns its result.

    `argument` is that of the call in which the function stands.
    """

    part: Part
    call: ApiCall
    by: FunctionRef | None = None
    argument: str = "target"


class EvaluatedFunctions:
    """The functions of one project that `evaluate()` runs."""

    def __init__(self, values: Evaluator, clients: Clients) -> None:
        """`clients` has the calls of `evaluate()`; `values` tells which functions they get."""
        self._values = values
        self._clients = clients

    @functools.cached_property
    def by_function(self) -> Mapping[FunctionRef, Evaluated]:
        """All of them, with what they are."""
        found: dict[FunctionRef, Evaluated] = {}
        for call in self._clients.api_calls_of_project():
            if call.name in _RUNNERS:
                for function, argument in self._handed(call):
                    what = Evaluated(_PARTS[argument], call, argument=argument)
                    self._add(found, function, what)
        return found

    @functools.cached_property
    def by_file(self) -> Mapping[str, tuple[FunctionRef, ...]]:
        """The same functions by their files, in order."""
        table: dict[str, list[FunctionRef]] = {}
        for function in sorted(self.by_function, key=_place):
            table.setdefault(function.file.relative, []).append(function)
        return {name: tuple(functions) for name, functions in table.items()}

    def judges(self, call: ApiCall) -> tuple[tuple[FunctionRef, Evaluated], ...]:
        """The functions that judge the answers of a call of `evaluate()`; none where not all of them are known."""
        place = call.file.place(call.call)
        found: list[tuple[FunctionRef, Evaluated]] = []
        for arg in call.call.args:
            if arg.stars:
                return ()
            if arg.keyword is None or _PARTS.get(arg.keyword) != "evaluator":
                continue
            what = Evaluated("evaluator", call, argument=arg.keyword)
            for value in self._values.of(call.file, arg.value, place):
                items = [function_of(item) for item in _items(value)]
                if not items or None in items:
                    return ()
                found += [(item, what) for item in items if item is not None]
        return tuple(found)

    def _handed(self, call: ApiCall) -> Iterator[tuple[FunctionRef, str]]:
        place = call.file.place(call.call)
        for number, arg in enumerate(call.call.args):
            first = number == 0 and arg.keyword is None and not arg.stars
            argument = "target" if first else arg.keyword or ""
            if argument not in _PARTS:
                continue
            for value in self._values.of(call.file, arg.value, place):
                for function in _functions(value):
                    yield function, argument

    def _add(
        self, found: dict[FunctionRef, Evaluated], function: FunctionRef, what: Evaluated
    ) -> None:
        """Add a function, and those whose results it returns, a few steps far."""
        pending = [(function, what, 0)]
        while pending:
            current, evaluated, hops = pending.pop()
            if current in found:
                continue
            found[current] = evaluated
            if hops < RESULT_HOPS:
                further = evaluated._replace(by=evaluated.by or function)
                pending += [(other, further, hops + 1) for other in self._returned(current)]

    def _returned(self, function: FunctionRef) -> Iterator[FunctionRef]:
        """The functions of the project whose results a function returns."""
        file = function.file
        returned = returned_names(function)
        inside = within(file, file.model.scopes[function.scope].block)
        for site in file.rows_by_block.sites(inside):
            call = file.model.calls[site]
            use = self._outermost(file, call.awaited_use or call.use)
            is_kept = use.kind == "assign" and not returned.isdisjoint(use.names)
            if use.kind == "return" or is_kept:
                for value in self._values.callee(file, site):
                    other = function_of(value)
                    if other is not None:
                        yield other

    def _outermost(self, file: File, use: ir.Use) -> ir.Use:
        """The use of the collection, or of the call of `asyncio.run`, that a result is put into."""
        for _ in range(RESULT_HOPS):
            if use.kind in {"element", "star"} and use.inside is not None:
                use = use.inside
            elif use.kind == "argument" and use.outer is not None:
                if not _PASSING.issuperset(self._values.callee(file, use.outer)):
                    break
                use = file.model.calls[use.outer].use
        return use


# What gives what it gets, in another form.
_PASSING: Final = frozenset(
    ExternalName(name)
    for name in ("asyncio.run", "builtins.str", "builtins.dict", "builtins.list")
)


def returned_names(function: FunctionRef) -> frozenset[str]:
    """The names that stand in what a function returns."""
    file = function.file
    return frozenset(
        part.id
        for row in file.returns_by_scope.get(function.scope, ())
        for part in descend(row.value, file.model.calls)
        if isinstance(part, ir.Name)
    )


def _items(value: Value) -> Iterator[Value]:
    """What a list of evaluators may hold; a function alone."""
    items = value.items if isinstance(value, Group) else ((value,),)
    for values in items:
        yield from values


def _functions(value: Value) -> Iterator[FunctionRef]:
    """The functions in a list of evaluators; a function alone."""
    for item in _items(value):
        function = function_of(item)
        if function is not None:
            yield function


def _place(function: FunctionRef) -> tuple[str, int]:
    return function.file.relative, function.scope
