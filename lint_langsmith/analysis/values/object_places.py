"""Where a file does something to an object or a class that a name stands for there, each place found by the object.

Thousands of objects of a file may have an attribute of one name (`self.client` of each class); were all places of the
name looked at for each of them, the time would grow with the square of the file (`sorted_places.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, last_name
from lint_langsmith.analysis.values.abstract import ClassRef, Value
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.analysis.values.sorted_places import SortedPlaces
from lint_langsmith.remembered import remembered

if TYPE_CHECKING:
    from lint_langsmith.analysis.memo import Memo
    from lint_langsmith.analysis.project.file import Placed
    from lint_langsmith.analysis.values.abstract import Values

_Place = TypeVar("_Place")


class Evaluating(Protocol):
    """What evaluates what stands at a place (`evaluation.py`, which has the places)."""

    memo: Memo

    def of(self, file: File, expr: ir.Expr, place: Placed) -> Values:
        """The values that an expression may have."""

    def callee(self, file: File, site: int) -> Values:
        """What a call calls."""


class ObjectPlaces:
    """The places of files at which objects are changed, as one evaluation knows them."""

    def __init__(self, values: Evaluating) -> None:
        """`values` evaluates what stands at a place."""
        self._values = values
        self._sorted: dict[Hashable, SortedPlaces[Any]] = {}
        # Those of which what stands there depends on the view.
        self._own: set[Hashable] = set()

    def stores_of_class(self, cls: ClassRef, name: str | None) -> Iterator[ir.Store]:
        """The writes to an attribute (None: to any) of a class of the project, or of its objects, in its own file.

        `self.name = …` stands in a method of the class, `cls.name = …` anywhere, and so may `made.name = …` behind
        `made = cls()`.
        """
        file = cls.file
        by_name = file.stores_by_attribute
        stores = (
            (store for same in by_name.values() for store in same)
            if name is None
            else by_name.get(name, ())
        )
        written = file.model.scopes[cls.scope].name
        for store in self._at(
            ("class", file, name), stores, self._classes_of, {cls, ("named", written)}
        ):
            method = file.methods_around(store).get(cls.scope)
            if method is None or _is_first_parameter(file, method, _owner(store)):
                yield store

    def _classes_of(self, place: tuple[File, ir.Store]) -> Iterator[Hashable]:
        """The classes that a write to an attribute may be to, by themselves or by their names."""
        file, store = place
        owner = _owner(store)
        if owner is None:
            return
        for scope, method in file.methods_around(store).items():
            if _is_first_parameter(file, method, owner):
                yield ClassRef(file, scope)
        yield ("named", owner)
        for row in lookup(file, owner, store):
            if isinstance(row.value, ir.CallRef):
                callees = self._values.callee(file, row.value.site)
                yield from (callee for callee in callees if isinstance(callee, ClassRef))

    def stores_to_object(self, file: File, value: Value, name: str) -> Sequence[ir.Store]:
        """The writes to an attribute of one object."""
        stores = file.stores_by_attribute.get(name, ())
        return self._at(("object", file, name), stores, self._receivers, {value})

    def _receivers(self, place: tuple[File, ir.Store]) -> Iterable[Value]:
        file, store = place
        if not isinstance(store.target, ir.Attribute) or store.value is None:
            return ()
        return self._values.of(file, store.target.value, file.place(store))

    def calls_of_method(self, file: File, value: Value, name: str) -> Sequence[ir.Call]:
        """The calls with arguments of a method of one object."""
        calls = (file.model.calls[site] for site in file.calls_by_name.get(name, ()))
        return self._at(("method", file, name), calls, self._called_on, {value})

    def _called_on(self, place: tuple[File, ir.Call]) -> Iterable[Value]:
        file, call = place
        if not isinstance(call.func, ir.Attribute) or not call.args or call.args[0].stars:
            return ()
        return self._values.of(file, call.func.value, file.place(call))

    # -- collections ---------------------------------------------------------------------------------------------------

    @remembered
    def filling(
        self, file: File, method: str | None, name: str
    ) -> Mapping[int, Mapping[ir.Binding | None, Sequence[tuple[int, Any]]]]:
        """The calls of a method of a name, or (None) the writes to items of it, by the outermost scopes around them.

        Each is numbered, and under all bindings of the name that it may mean; under None those of an attribute.
        """
        stores, calls = file.item_stores.get(name, {}), file.model.calls
        sites = file.method_calls.get((method, name), {}) if method is not None else {}
        found: dict[int, dict[ir.Binding | None, list[tuple[int, Any]]]] = {}
        for outermost in stores if method is None else sites:
            rows: Iterable[ir.Store | ir.Call] = stores.get(outermost, ())
            if method is not None:
                rows = map(calls.__getitem__, sites[outermost])
            by_binding = found[outermost] = defaultdict(list)
            for number, row in enumerate(rows):
                for binding in _filled_by(file, name, row):
                    by_binding[binding].append((number, row))
        return found

    def _at(
        self,
        asked: tuple[str, File, str | None],
        rows: Iterable[_Place],
        keys: Callable[[tuple[File, _Place]], Iterable[Hashable]],
        wanted: Iterable[Hashable],
    ) -> Sequence[_Place]:
        """The rows of a file that have one of some keys; they are sorted when they are asked for first."""
        memo, file = self._values.memo, asked[1]
        key = (asked, memo.is_filling)
        found = self._sorted.get(key)
        if found is None:
            places = ((file, row) for row in rows)
            found = self._sorted[key] = SortedPlaces(memo, places, keys)
        was_own, memo.is_own = memo.is_own, key in self._own
        rows_found = found.of(frozenset(wanted))
        if memo.is_own:
            self._own.add(key)
        memo.is_own = memo.is_own or was_own
        return [row for _, row in rows_found]


def _filled_by(file: File, name: str, row: ir.Store | ir.Call) -> Iterable[ir.Binding | None]:
    """What binds the collection that a row puts something into; None for an attribute."""
    filled = row.target if isinstance(row, ir.Store) else row.func
    if not isinstance(filled, (ir.Attribute, ir.Subscript)) or last_name(filled.value) != name:
        return ()
    if isinstance(filled.value, ir.Attribute):
        return (None,)
    return lookup(file, name, row) if isinstance(filled.value, ir.Name) else ()


def _owner(store: ir.Store) -> str | None:
    """The name `owner` of `owner.name = …`."""
    target = store.target
    if isinstance(target, ir.Attribute) and isinstance(target.value, ir.Name):
        return target.value.id
    return None


def _is_first_parameter(file: File, method: int, owner: str | None) -> bool:
    params = file.model.scopes[method].params
    return bool(params) and params[0].name == owner
