"""Headers of requests: the entries of a dict, followed to where they are written."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.walk import alternatives
from lint_langsmith.analysis.limits import HEADER_CHANGES, KEY_HOPS
from lint_langsmith.analysis.project.file import File, Placed, last_name
from lint_langsmith.analysis.values.abstract import (
    Bound,
    ClassRef,
    FunctionRef,
    Instance,
    ModuleRef,
)
from lint_langsmith.analysis.values.bindings import lookup, module_bindings

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluator import Evaluator


class Header(NamedTuple):
    """A header, with the expression of its value and where that stands."""

    name: str
    expr: ir.Expr
    file: File
    place: Placed


class Headers:
    """Reads dicts of headers. Each method adds what it finds to a list, and tells whether it found all there can be."""

    def __init__(self, values: Evaluator) -> None:
        """`values` evaluates expressions, and has the project whose modules are followed."""
        self._project = values.project
        self._values = values

    def read(
        self, file: File, expr: ir.Expr, place: Placed, found: list[Header], hops: int = 0
    ) -> bool:
        """The entries of the dict that an expression is."""
        if expr == ir.Constant("None"):
            return True
        if hops > KEY_HOPS:
            return False
        if isinstance(expr, ir.Mapping):
            return self._all(
                self.read(file, value, place, found, hops + 1)
                if key is None
                else self.entry(file, key, value, place, found)
                for key, value in zip(expr.keys, expr.values, strict=True)
            )
        if isinstance(expr, ir.Binary) and expr.op == "|":
            return self._all(
                self.read(file, side, place, found, hops + 1)
                for side in (expr.left, expr.right)
            )
        if isinstance(expr, (ir.Boolean, ir.Conditional)):
            return self._all(
                self.read(file, part, place, found, hops + 1) for part in alternatives(expr)
            )
        if isinstance(expr, ir.Name):
            return self._named(file, expr, place, found, hops)
        if isinstance(expr, ir.Attribute):
            return self._attribute(file, expr, place, found, hops)
        if isinstance(expr, ir.CallRef):
            return self._called(file, expr.site, found, hops)
        return False

    def entry(
        self, file: File, key: ir.Expr, value: ir.Expr, place: Placed, found: list[Header]
    ) -> bool:
        """One entry; a key that is not known may be any."""
        name = self._values.texts(file, key, place)
        if name is None:
            return False
        found.append(Header(name, value, file, place))
        return True

    def updated(self, file: File, call: ir.Call, found: list[Header], hops: int = 0) -> bool:
        """The entries that `headers.update(…)` and `dict(…)` take."""
        place = file.place(call)
        whole = True
        for arg in call.args:
            if arg.keyword is not None:
                found.append(Header(arg.keyword, arg.value, file, place))
            else:
                whole &= self.read(file, arg.value, place, found, hops + 1)
        return whole

    def _all(self, parts: Iterable[bool]) -> bool:
        """All of them are read, also those behind one that is not known whole."""
        return all([*parts])

    def _named(
        self, file: File, name: ir.Name, place: Placed, found: list[Header], hops: int
    ) -> bool:
        bindings = lookup(file, name.id, place)
        whole = bool(bindings)
        for binding in bindings:
            whole &= self._bound(file, binding, found, hops)
        return self._changed(file, name.id, bindings, found, hops) and whole

    def _bound(self, file: File, binding: ir.Binding, found: list[Header], hops: int) -> bool:
        if binding.kind == "import" and binding.member:
            module = self._project.find_module(file.module_of(binding), importer=file)
            return module is not None and self._exported(module, binding.member, found, hops)
        if binding.value is None or binding.via != "direct" or binding.kind == "parameter":
            return False
        return self.read(file, binding.value, file.place(binding), found, hops + 1)

    def _exported(self, module: File, name: str, found: list[Header], hops: int) -> bool:
        bindings = module_bindings(module, name)
        whole = bool(bindings)
        for binding in bindings:
            whole &= self._bound(module, binding, found, hops + 1)
        return self._changed(module, name, bindings, found, hops) and whole

    def _changed(
        self,
        file: File,
        name: str,
        bindings: Iterable[ir.Binding],
        found: list[Header],
        hops: int,
    ) -> bool:
        """What is put into the dict behind its display: `headers["x-api-key"] = key`, `headers.update(…)`."""
        scopes = {binding.scope for binding in bindings}
        stores, whole = _item_stores(file, name)
        for store, target in stores:
            if not _is_name(target.value, name):
                continue
            if store.value is not None and (store.scope in scopes or 0 in scopes):
                whole &= self.entry(file, target.index, store.value, file.place(store), found)
        sites = file.sites_by_base.get(name, ())
        whole &= len(sites) <= HEADER_CHANGES
        for site in sites[:HEADER_CHANGES]:
            call = file.model.calls[site]
            if isinstance(call.func, ir.Attribute) and (call.scope in scopes or 0 in scopes):
                whole &= self._method(file, call, call.func.name, found, hops)
        return whole

    def _method(
        self, file: File, call: ir.Call, method: str, found: list[Header], hops: int
    ) -> bool:
        if method == "update":
            return self.updated(file, call, found, hops)
        if method == "setdefault" and len(call.args) == 2:
            return self.entry(
                file, call.args[0].value, call.args[1].value, file.place(call), found
            )
        return method in {"copy", "get", "items", "keys", "values"}

    def _attribute(
        self, file: File, expr: ir.Attribute, place: Placed, found: list[Header], hops: int
    ) -> bool:
        """`self.headers`, `Config.HEADERS`, `config.HEADERS`."""
        rows = 0
        whole = True
        for owner in self._values.of(file, expr.value, place):
            if isinstance(owner, ModuleRef):
                rows += 1
                whole &= self._exported(owner.file, expr.name, found, hops)
            cls = owner.cls if isinstance(owner, Instance) else owner
            if isinstance(cls, ClassRef):
                rows += 1
                whole &= self._of_class(cls, expr.name, found, hops)
        return whole and rows > 0

    def _of_class(self, cls: ClassRef, name: str, found: list[Header], hops: int) -> bool:
        file, rows, whole = cls.file, 0, True
        for binding in file.bindings.get((cls.scope, name), ()):
            rows += 1
            if binding.kind == "function":
                whole &= self._returned(FunctionRef(file, binding.target), found, hops)
            else:
                whole &= self._bound(file, binding, found, hops)
        for store in file.stores_by_attribute.get(name, ()):
            if store.value is not None:
                rows += 1
                whole &= self.read(file, store.value, file.place(store), found, hops + 1)
        stores, is_all = _item_stores(file, name)
        whole &= is_all
        for store, target in stores:
            if store.value is not None and _may_be_attribute(target.value, name, store, cls):
                whole &= self.entry(file, target.index, store.value, file.place(store), found)
        for site in file.calls_by_name.get("update", ()):
            call = file.model.calls[site]
            if isinstance(call.func, ir.Attribute) and _may_be_attribute(
                call.func.value, name, call, cls
            ):
                whole &= self.updated(file, call, found, hops)
        return whole and rows > 0

    def _called(self, file: File, site: int, found: list[Header], hops: int) -> bool:
        """`dict(…)`, `headers.copy()`, `build_headers()`."""
        call = file.model.calls[site]
        if last_name(call.func) == "dict":
            return self.updated(file, call, found, hops)
        if (
            isinstance(call.func, ir.Attribute)
            and call.func.name in {"copy", "deepcopy"}
            and not call.args
        ):
            return self.read(file, call.func.value, file.place(call), found, hops + 1)
        callees = self._values.callee(file, site)
        whole = bool(callees)
        for callee in callees:
            function = callee.function if isinstance(callee, Bound) else callee
            whole &= isinstance(function, FunctionRef) and self._returned(function, found, hops)
        return whole

    def _returned(self, function: FunctionRef, found: list[Header], hops: int) -> bool:
        file = function.file
        rows = file.returns_by_scope.get(function.scope, [])
        return bool(rows) and self._all(
            row.value is not None
            and self.read(file, row.value, file.place(row), found, hops + 1)
            for row in rows
        )


def _item_stores(file: File, name: str) -> tuple[list[tuple[ir.Store, ir.Subscript]], bool]:
    """The first writes `name[…] = …` and `something.name[…] = …` of a file, and whether those are all."""
    rows = chain.from_iterable(file.item_stores.get(name, {}).values())
    stores = list(islice(rows, HEADER_CHANGES + 1))
    shown = [
        (store, store.target)
        for store in stores[:HEADER_CHANGES]
        if isinstance(store.target, ir.Subscript)
    ]
    return shown, len(stores) <= HEADER_CHANGES


def _is_name(expr: ir.Expr, name: str) -> bool:
    return isinstance(expr, ir.Name) and expr.id == name


def _may_be_attribute(expr: ir.Expr, name: str, place: Placed, cls: ClassRef) -> bool:
    """Whether an expression may be an attribute of a class: by its name, in the body of the class also bare."""
    is_bare = isinstance(expr, ir.Name) and place.scope == cls.scope
    return last_name(expr) == name and (is_bare or isinstance(expr, ir.Attribute))
