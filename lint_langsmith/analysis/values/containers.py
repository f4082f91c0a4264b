"""What is in the lists, tuples, sets and dicts of a program: in their displays, and in what is put into them later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.limits import DISPLAYED_ENTRIES
from lint_langsmith.analysis.project.file import File, Place, Placed, last_name
from lint_langsmith.analysis.project.place import LATEST
from lint_langsmith.analysis.values.abstract import (
    ANY,
    UNKNOWN,
    CollectionMethod,
    Group,
    Table,
    Value,
    Values,
    any_of,
)
from lint_langsmith.analysis.values.bindings import lookup

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluation import Evaluation

# Types with what is in them, by their last argument.
LISTS: Final = frozenset(
    {
        *(
            "builtins.list",
            "builtins.set",
            "builtins.tuple",
            "builtins.frozenset",
            "collections.deque",
        ),
        *(
            f"typing.{name}"
            for name in ("List", "Set", "Tuple", "FrozenSet", "Deque", "Sequence", "Collection")
        ),
        *(
            f"collections.abc.{name}"
            for name in ("Sequence", "MutableSequence", "Collection", "Set")
        ),
    },
)
DICTS: Final = frozenset(
    {
        *(
            "builtins.dict",
            "collections.defaultdict",
            "collections.OrderedDict",
            "collections.abc.Mapping",
        ),
        *("collections.abc.MutableMapping", "weakref.WeakValueDictionary"),
        *(
            f"typing.{name}"
            for name in ("Dict", "DefaultDict", "OrderedDict", "Mapping", "MutableMapping")
        ),
    },
)
# Calls that give what is in their first argument.
COPYING: Final = frozenset(
    {
        *(
            "builtins.list",
            "builtins.tuple",
            "builtins.set",
            "builtins.frozenset",
            "builtins.sorted",
        ),
        *(
            "builtins.reversed",
            "builtins.iter",
            "collections.deque",
            "itertools.islice",
            "itertools.cycle",
        ),
        *("tqdm.tqdm", "tqdm.auto.tqdm", "tqdm.notebook.tqdm", "rich.progress.track"),
    },
)
# Calls that make an empty collection when nothing is passed; `dict()` is among those of `MAKING`.
EMPTY: Final = frozenset({"builtins.list", "builtins.set", "collections.deque"})
# Calls that take something from a collection, and those that hand on what is in their last argument, or in all.
_TAKING: Final = frozenset({"builtins.next", "builtins.max", "builtins.min", "random.choice"})
_SIFTING: Final = frozenset(
    {"builtins.filter", "itertools.takewhile", "itertools.dropwhile", "itertools.filterfalse"}
)
_JOINING: Final = frozenset({"itertools.chain"})
# Calls that make a collection of other things, or take something from it.
MAKING: Final = frozenset(
    {
        *("builtins.dict", "collections.OrderedDict", "builtins.enumerate", "builtins.zip"),
        *_TAKING,
        *_SIFTING,
        *_JOINING,
    },
)
# Methods that call a function with what is in their other arguments, one by one.
MAPPING: Final = frozenset({"map", "imap", "imap_unordered", "map_async", "thread_map"})
_PUTTING: Final = ("append", "appendleft", "add", "insert")
# Those that put in all that is in their argument.
_PUTTING_ALL: Final = ("extend", "extendleft", "update")
_FILLING: Final = (*_PUTTING, *_PUTTING_ALL, "setdefault")
_COLLECTIONS: Final = frozenset({Group, Table})


def display(
    values: Evaluation,
    file: File,
    expr: ir.Sequence | ir.Mapping | ir.Comprehension,
    place: Placed,
) -> Values:
    """What `[a, b]`, `{key: value}` and comprehensions make."""
    if isinstance(expr, ir.Sequence):
        return (Group.of(_shown(values, file, item, place) for item in expr.items),)
    if isinstance(expr, ir.Mapping):
        keyed = list(zip(expr.keys, expr.values, strict=True))
        entries = [
            (_key(file, key, place), values.of(file, item, place))
            for key, item in keyed[:DISPLAYED_ENTRIES]
        ]
        if len(keyed) > DISPLAYED_ENTRIES:  # what is cut off may be anything
            entries.append((None, ANY))
        return (Table.of(entries),)
    inside = Place(expr.scope, file.model.scopes[expr.scope].block, LATEST)
    if isinstance(expr.element, ir.Mapping):
        return _sifted(values, file, expr, place) or display(values, file, expr.element, inside)
    return (Group.of((values.of(file, expr.element, inside),)),)


def added(values: Evaluation, file: File, expr: ir.Binary, place: Placed) -> Values:
    """What `first + second` of lists or tuples makes; anything where one of them is not known."""
    parts: list[ir.Expr] = []
    left: ir.Expr = expr
    while isinstance(left, ir.Binary) and left.op == "+":
        parts.append(left.right)
        left = left.left
    slots: list[Values] = []
    for part in (left, *reversed(parts)):
        found = values.of(file, part, place)
        if len(found) != 1 or not isinstance(found[0], Group):
            return ANY
        slots.extend(found[0].items)
    return (Group.of(slots),)


def _shown(values: Evaluation, file: File, item: ir.Expr, place: Placed) -> Values:
    """What an item of a display may be; of `*items` anything that is in them."""
    if isinstance(item, ir.Starred):
        return any_of((_inside(values.of(file, item.value, place)),)) or ANY
    return values.of(file, item, place)


def _sifted(values: Evaluation, file: File, expr: ir.Comprehension, place: Placed) -> Values:
    """`{key: value for key, value in table.items() if value}`: at most what was in the table."""
    call = file.model.calls[expr.iter.site] if isinstance(expr.iter, ir.CallRef) else None
    if call is None or not isinstance(call.func, ir.Attribute) or call.func.name != "items":
        return ()
    rows = file.bindings_by_scope.get(expr.scope, ())
    entry = [row.name for row in rows if row.value == expr.iter]
    kept = expr.element
    pair = (*kept.keys, *kept.values) if isinstance(kept, ir.Mapping) else ()
    names = [last_name(part) for part in pair if part is not None]
    found = values.of(file, call.func.value, place) if names == entry else ()
    return tuple(value for value in found if isinstance(value, Table))


def _key(file: File, key: ir.Expr | None, place: Placed) -> str | None:
    """A key that stands there, or a name for one: where others come from is asked of too many dicts to be followed."""
    if isinstance(key, ir.Name):
        found = lookup(file, key.id, place)
        key = found[0].value if len(found) == 1 and found[0].via == "direct" else None
    return key.value if isinstance(key, ir.Text) else None


def item(value: Group | Table, index: str | None) -> Iterator[Value]:
    """What a collection gives for a key; for one that is not known, anything that is in it."""
    if isinstance(value, Group):
        yield from elements(value)
        return
    named = [found for key, found in value.items if index is not None and key == index]
    for found in named or [found for _, found in value.items]:
        yield from found
    if not value.items:
        yield UNKNOWN


def elements(value: Value) -> Iterable[Value]:
    """What going through a collection gives; the keys of a dict are not followed."""
    return chain.from_iterable(value.items) if isinstance(value, Group) else ANY


def part(value: Value, wanted: tuple[int, int] | None) -> Iterable[Value]:
    """What a name gets in `x, y = value`: `wanted` is which of how many, None for any of what is in the value."""
    if wanted is not None and isinstance(value, Group) and len(value.items) == wanted[1]:
        return value.items[wanted[0]]
    return elements(value)


def entries(value: Value, wanted: tuple[int, int] | None) -> Iterator[Value]:
    """What a name gets in `for x, y in value`: of each entry its part, and anything in it where that can't be told."""
    for entry in elements(value):
        if isinstance(entry, Group):
            yield from part(entry, wanted) if wanted is not None else _leaves(entry)
        else:
            yield UNKNOWN


def _leaves(value: Group) -> Iterator[Value]:
    for items in value.items:
        for inner in items:
            if isinstance(inner, Group):
                yield from _leaves(inner)
            else:
                yield inner


def method(value: Group | Table, name: str) -> Values:
    """A method of a collection; of lists only those that give something of what is in them."""
    if isinstance(value, Table) or name in {"pop", "popleft", "copy"}:
        return (CollectionMethod(value, name),)
    return ANY


def taken(
    values: Evaluation, file: File, site: int, method: CollectionMethod
) -> Iterable[Value]:
    """What a method of a dict or list gives."""
    call = file.model.calls[site]
    if isinstance(method.table, Group):
        return (method.table,) if method.name == "copy" else elements(method.table)
    if method.name in {"get", "pop", "setdefault"} and call.args:
        further = [found for arg in call.args[1:] for found in values.of(file, arg.value, call)]
        return (*item(method.table, values.texts(file, call.args[0].value, call)), *further)
    if method.name == "values":
        return (Group.of(found for _, found in method.table.items),)
    if method.name == "items":
        return (Group.of((Group.of((ANY, found)),) for _, found in method.table.items),)
    return (method.table,) if method.name == "copy" else (UNKNOWN,)


def made(values: Evaluation, file: File, call: ir.Call, name: str) -> Iterable[Value]:
    """What `dict(a=x)`, `enumerate(items)`, `zip(names, items)`, `next(items, x)` and `chain(items, more)` give."""
    if name in DICTS:
        return (
            Table.of(
                (arg.keyword, values.of(file, arg.value, call))
                for arg in call.args
                if arg.keyword
            ),
        )
    plain = [arg.value for arg in call.args if arg.keyword is None and not arg.stars]
    if name in {"builtins.max", "builtins.min"} and len(plain) > 1:
        return [value for expr in plain for value in values.of(file, expr, call)]
    if name == "builtins.next" and len(plain) > 1:
        return (*_inside(values.of(file, plain[0], call)), *values.of(file, plain[1], call))
    given = [_inside(values.of(file, expr, call)) for expr in plain]
    if name in _TAKING:
        return tuple(dict.fromkeys(value for items in given for value in items))
    if name in _SIFTING | _JOINING:
        return (Group.of(given[-1:] if name in _SIFTING else given),)
    entry = (ANY, *given[:1]) if name == "builtins.enumerate" else given
    return (Group.of(((Group.of(entry),),)),)


def _inside(found: Values) -> Values:
    return tuple(dict.fromkeys(chain.from_iterable(map(elements, found))))


# -- what is put into them -------------------------------------------------------------------------------------------


def filled(
    values: Evaluation,
    file: File,
    name: str,
    found: Values,
    bindings: Sequence[ir.Binding] = (),
) -> Values:
    """Collections with what the file puts into them: by a name that is bound so, or by an attribute of that name."""
    if not any(type(value) in _COLLECTIONS for value in found) or not _may_be_filled(
        file, name
    ):
        return found
    values.memo.depend_on_view()
    if values.memo.is_filling:
        return found
    with values.memo.filling():
        put = [*_stored(values, file, name, bindings), *_put(values, file, name, bindings)]
    return tuple(_with(value, put) for value in found) if put else found


def _may_be_filled(file: File, name: str) -> bool:
    return name in file.item_stores or any(
        (method, name) in file.method_calls for method in _FILLING
    )


def _with(value: Value, put: Sequence[tuple[str | None, Values]]) -> Value:
    if isinstance(value, Table):
        return Table.of((*value.items, *put))
    return (
        Group.of((*value.items, *(items for _, items in put)))
        if isinstance(value, Group)
        else value
    )


def _stored(
    values: Evaluation, file: File, name: str, bindings: Sequence[ir.Binding]
) -> Iterator[tuple[str | None, Values]]:
    """`clients[key] = value`, and `clients.setdefault(key, value)`."""
    for store in _in_reach(values, file, None, name, bindings):
        target = store.target
        if isinstance(target, ir.Subscript) and store.value is not None:
            yield _key(file, target.index, store), values.of(file, store.value, store)
    for call in _in_reach(values, file, "setdefault", name, bindings):
        if len(call.args) == 2:
            key, value = (arg.value for arg in call.args)
            yield _key(file, key, call), values.of(file, value, call)


def _put(
    values: Evaluation, file: File, name: str, bindings: Sequence[ir.Binding]
) -> Iterator[tuple[str | None, Values]]:
    """`clients.append(value)`, `clients.extend(values)` and `clients.update(more, name=value)`."""
    for method in _PUTTING:
        for call in _in_reach(values, file, method, name, bindings):
            if call.args and not call.args[-1].stars:
                yield None, values.of(file, call.args[-1].value, call)
    for method in _PUTTING_ALL:
        for call in _in_reach(values, file, method, name, bindings):
            for arg in call.args:
                found = values.of(file, arg.value, call)
                if arg.keyword is not None:
                    yield arg.keyword, found
                    continue
                yield from chain.from_iterable(map(_all_of, found))
                if _may_be_filled(file, last_name(arg.value)):
                    yield (
                        None,
                        ANY,
                    )  # what is put into that one is left out here (`Memo.is_filling`)


def _all_of(value: Value) -> Iterable[tuple[str | None, Values]]:
    """What is in a collection, by its keys if it has some; of what is no known collection, anything."""
    if isinstance(value, Table):
        return value.items
    return (
        [(None, items) for items in value.items] if isinstance(value, Group) else [(None, ANY)]
    )


def _in_reach(
    values: Evaluation,
    file: File,
    method: str | None,
    name: str,
    bindings: Sequence[ir.Binding],
) -> Iterator[Any]:
    """The calls of a method of what one of some bindings binds; without a method, the writes to items of it.

    Without bindings, those of an attribute of the name. Of the rows with a name those are looked at that can mean one
    of the bindings: what a function binds, it alone can name. Every function of a long program may call its list
    `found`.
    """
    rows = values.object_places.filling(file, method, name)
    scopes = {binding.scope for binding in bindings}
    is_local = bool(scopes) and all(file.is_local(name, scope) for scope in scopes)
    for outermost in (
        sorted({file.outermost[scope] for scope in scopes}) if is_local else sorted(rows)
    ):
        by_binding = rows.get(outermost, {})
        found = {
            number: row
            for binding in bindings or (None,)
            for number, row in by_binding.get(binding, ())
        }
        yield from (found[number] for number in sorted(found))
