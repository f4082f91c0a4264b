"""Whether a client is passed a key: by an argument, a dict that is unpacked, a partial, or its own constructor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.credentials.never_set import NeverSet
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.walk import alternatives
from lint_langsmith.analysis.project.file import File, Placed, last_name
from lint_langsmith.analysis.values.abstract import (
    NONE,
    Bound,
    ClassRef,
    FunctionRef,
    Instance,
    Table,
)
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.analysis.values.call_arguments import passed_argument
from lint_langsmith.remembered import remembered

if TYPE_CHECKING:
    from lint_langsmith.analysis.entry_points.entry_points import EntryPoints
    from lint_langsmith.analysis.sdk_use.sdk_calls import Construction
    from lint_langsmith.analysis.values.evaluator import Evaluator

# Methods of a dict that change nothing.
_LOOKING: Final = frozenset({"copy", "get", "items", "keys", "values"})


class KeyArguments:
    """What the clients of one project are passed."""

    def __init__(self, values: Evaluator, entry_points: EntryPoints) -> None:
        """`entry_points` tells which files are programs of their own."""
        self._values = values
        self._entry_points = entry_points
        self._never_set = NeverSet(values)
        self._project = values.project

    @remembered
    def carry_key(self, client: Construction) -> bool:
        """Whether the construction of a client passes something that can carry credentials."""
        passed = [(client.file, client.call, arg) for arg in client.arguments]
        passed += [
            (client.file, call, arg) for call in self._partials(client) for arg in call.args
        ]
        if any(
            arg.stars and not self._is_known_without_key(client, arg) for _, _, arg in passed
        ):
            return True
        passed += self._passed_by_constructor(client)
        keywords = self._project.sdk.credential_keywords(client.cls)
        return any(
            self._may_carry(file, part, call)
            for file, call, arg in passed
            if arg.keyword in keywords
            for part in alternatives(arg.value)
        )

    def _may_carry(self, file: File, expr: ir.Expr, call: ir.Call) -> bool:
        """Whether an argument may be anything but None; a parameter that all callers leave out is its default."""
        place = file.place(call)
        if self._values.of(file, expr, place) == (NONE,):
            return False
        if self._entry_points.runs_alone(file) and self._never_set.holds(file, expr, place):
            return False
        rows = tuple(lookup(file, expr.id, place)) if isinstance(expr, ir.Name) else ()
        return not rows or not all(self._is_left_out(file, row) for row in rows)

    def _is_left_out(self, file: File, binding: ir.Binding) -> bool:
        """Whether a name is a parameter, `key=None`, of a function whose callers are known and never pass it."""
        if binding.kind != "parameter":
            return False
        params = file.model.scopes[binding.scope].params
        function, graph = FunctionRef(file, binding.scope), self._values.call_graph
        sure, unsure = graph.of(function)
        calls = [(caller, site) for caller, site in sure if not caller.is_test]
        optional = any(
            param.name == binding.name and param.default == ir.Constant("None")
            for param in params
        )
        if not optional or not calls or unsure or graph.hand_overs(function):
            return False
        return not any(
            self._may_pass(caller, site, function, binding.name) for caller, site in calls
        )

    def _may_pass(self, caller: File, site: int, function: FunctionRef, name: str) -> bool:
        """Whether a call of a function passes a parameter, or unpacks something that may hold it."""
        unpacks = any(arg.stars for arg in caller.model.calls[site].args)
        passed = passed_argument(caller, site, function, name)
        return unpacks or passed is not None

    def _passed_by_constructor(
        self, client: Construction
    ) -> Iterator[tuple[File, ir.Call, ir.Argument]]:
        """What the constructor of a subclass passes on: `super().__init__(api_key=…)`."""
        for callee in self._values.callee(client.file, client.site):
            if not isinstance(callee, ClassRef):
                continue
            for method in self._values.attribute(Instance(callee), "__init__"):
                if not isinstance(method, Bound):
                    continue
                file = method.function.file
                for site in file.sites_by_function.get(method.function.scope, ()):
                    call = file.model.calls[site]
                    if isinstance(call.func, ir.Attribute) and call.func.name == "__init__":
                        yield from ((file, call, arg) for arg in call.args)

    def _is_known_without_key(self, client: Construction, arg: ir.Argument) -> bool:
        """Whether what is unpacked is a dict whose keys are all known, and none of them carries credentials."""
        place = client.file.place(client.call)
        keywords = self._project.sdk.credential_keywords(client.cls)
        if arg.stars != 2 or not self._is_as_displayed(client.file, arg.value, place):
            return False
        found = self._values.of(client.file, arg.value, place)
        tables = [value for value in found if isinstance(value, Table)]
        keys = [key for table in tables for key, _ in table.items]
        return bool(tables) and len(tables) == len(found) and not {None, *keywords} & {*keys}

    def _is_as_displayed(self, file: File, expr: ir.Expr, place: Placed) -> bool:
        """Whether a dict has the keys of its display when it is unpacked: no code between may have put in others."""
        if not isinstance(expr, ir.Name):
            return isinstance(expr, ir.Mapping)
        rows = tuple(lookup(file, expr.id, place))
        is_shared = any(row.scope == 0 for row in rows) and any(
            other != file.relative for other in self._project.mentioning(expr.id)
        )
        is_own = all(row.kind in {"assign", "annotation"} for row in rows)
        return is_own and not is_shared and _is_only_unpacked(file, expr.id)

    def _partials(self, client: Construction) -> Iterator[ir.Call]:
        """`partial(Client, api_key=…)`, where the client is built by what it gave."""
        file, func = client.file, client.call.func
        exprs = [func]
        if isinstance(func, ir.Name):
            exprs = [
                row.value
                for row in lookup(file, func.id, file.place(client.call))
                if row.value is not None
            ]
        for expr in exprs:
            if (
                isinstance(expr, ir.CallRef)
                and last_name(file.model.calls[expr.site].func) == "partial"
            ):
                yield file.model.calls[expr.site]


def _is_only_unpacked(file: File, name: str) -> bool:
    """Whether nothing is done with a dict under a name but to unpack it and look into it: all else may change it."""
    stored = any(
        isinstance(store.target, ir.Subscript)
        and isinstance(store.target.value, ir.Name)
        and store.target.value.id == name
        for store in file.model.stores
    )
    rebound = any(row.name == name and row.kind == "augmented" for row in file.model.bindings)
    called = {
        last_name(file.model.calls[site].func) for site in file.sites_by_base.get(name, ())
    }
    return (
        not stored
        and not rebound
        and called <= _LOOKING
        and all(_only_looks(file, read) for read in file.reads_by_name.get(name, ()))
    )


def _only_looks(file: File, read: ir.Read) -> bool:
    """Whether a dict is unpacked where its name is read, or an item is taken of it."""
    if read.use.kind != "argument" or read.use.outer is None:
        return read.use.kind in {"subscript", "star", "iterate"}
    passed = [
        arg
        for arg in file.model.calls[read.use.outer].args
        if isinstance(arg.value, ir.Name) and arg.value.id == read.name
    ]
    return all(arg.stars for arg in passed)
