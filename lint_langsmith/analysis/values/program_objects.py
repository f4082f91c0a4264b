"""Classes of a file and their objects, while its statements are run on constants: attributes, methods, construction.

A class has the cells that its body leaves, and its bases of the file; an object has a frame of its own, and finds the
rest in its class. Attributes are journaled as all names are (`program_state.py`), so that names which share an object
see the same, and branches are taken back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol

from lint_langsmith.analysis.values.folded import Folded, Function, Object
from lint_langsmith.analysis.values.program_state import Cell, Frame, State

# Bases whose objects are their fields, one after the other.
_TUPLES: Final = frozenset({"typing.NamedTuple", "collections.namedtuple"})
_DICTS: Final = frozenset({"typing.TypedDict", "typing_extensions.TypedDict"})
_ENUMS: Final = ("enum.",)
_INITS: Final = ("__post_init__", "__attrs_post_init__", "model_post_init")


class Class(Object):
    """A class: the cells of its body, its bases of the file and the names of the others, and the fields it declares."""

    __slots__ = ("bases", "fields", "foreign", "frame")

    def __init__(
        self,
        frame: Frame,
        bases: Sequence[Class],
        foreign: Sequence[str],
        fields: Sequence[str],
    ) -> None:
        """`fields` are the names that are annotated in its body, in order."""
        self.frame = frame
        self.bases = bases
        self.foreign = foreign
        self.fields = fields

    def lineage(self) -> Iterator[Class]:
        """The class and its bases, each once, nearest first."""
        pending, seen = [self], {self}
        for cls in pending:
            yield cls
            new = [base for base in cls.bases if base not in seen]
            seen.update(new)
            pending.extend(new)

    def find(self, name: str) -> Cell | None:
        """What the class or a base has under a name."""
        found = (cls.frame.cells.get(name) for cls in self.lineage())
        return next((cell for cell in found if cell is not None), None)

    def is_a(self, names: frozenset[str] | tuple[str, ...]) -> bool:
        """Whether a base is one of these, or in one of these modules."""
        foreign = [name for cls in self.lineage() for name in cls.foreign]
        if isinstance(names, tuple):
            return any(name.startswith(names) for name in foreign)
        return not names.isdisjoint(foreign)

    def all_fields(self) -> Sequence[str]:
        """The fields of the bases and then its own, as `__init__` takes them."""
        bases = reversed(list(self.lineage()))
        return list(dict.fromkeys(name for cls in bases for name in cls.fields))


class Instance(Object):
    """An object of a class."""

    __slots__ = ("cls", "frame")

    def __init__(self, cls: Class, frame: Frame) -> None:
        """Without attributes of its own."""
        self.cls = cls
        self.frame = frame


class Running(Protocol):
    """The run of a file's statements (`constant_propagation.py`)."""

    state: State


class Objects:
    """Makes objects, and finds their attributes."""

    def __init__(self, running: Running) -> None:
        """`running` has the journal."""
        self._running = running

    def attribute(self, owner: Object, name: str) -> Cell | None:
        """The cell of an attribute; of a property, a cell with what it gives."""
        if isinstance(owner, Class):
            return self._of_class(owner, name)
        if not isinstance(owner, Instance):
            return None
        own = owner.frame.cells.get(name)
        found = own if own is not None else owner.cls.find(name)
        if found is None and name == "__dict__":
            return Cell(self._entries(owner.frame))
        if found is None and name == "_replace" and owner.cls.is_a(_TUPLES):
            return Cell(Function(lambda _, named: self.changed(owner, named), "static"))
        if found is None:
            asked = owner.cls.find("__getattr__")
            getter = asked.value if asked is not None else None
            return Cell(getter.run((owner, name), {})) if isinstance(getter, Function) else None
        if own is None and isinstance(found.value, Function):
            return Cell(_bound(found.value, owner))
        return found

    def _of_class(self, owner: Class, name: str) -> Cell | None:
        found = owner.find(name)
        if found is not None and isinstance(found.value, Function):
            is_bound = found.value.kind == "class"
            return Cell(_method(found.value, owner)) if is_bound else found
        return found

    @staticmethod
    def _entries(frame: Frame) -> Mapping[str | int, Folded]:
        return {
            name: cell.value for name, cell in frame.cells.items() if cell.value is not None
        }

    def method(self, value: Folded, name: str) -> Function | None:
        """A special method of a value, bound to it; for a tuple with names and an enumeration, what Python has."""
        if isinstance(value, Class):
            return self._of_enumeration(value, name) if value.is_a(_ENUMS) else None
        if not isinstance(value, Instance):
            return None
        found = value.cls.find(name)
        if found is not None:
            function = found.value
            return _method(function, value) if isinstance(function, Function) else None
        if name in {"__iter__", "__getitem__"} and value.cls.is_a(_TUPLES):
            items = tuple(self._field(value, field) for field in value.cls.all_fields())
            return _over(tuple(item for item in items if item is not None), name)
        return None

    def _of_enumeration(self, value: Class, name: str) -> Function | None:
        members = self._entries(value.frame)
        if name == "__getitem__":
            return Function(lambda given, _: _entry(members, given))
        return _over(tuple(members.values()), name) if name == "__iter__" else None

    def _field(self, value: Instance, name: str) -> Folded | None:
        cell = self.attribute(value, name)
        return cell.value if cell is not None else None

    def construct(
        self, cls: Class, plain: Sequence[Folded | None], named: Mapping[str, Folded | None]
    ) -> Folded:
        """A new object of a class, initialized with some arguments; of a dict with declared keys, the dict."""
        if cls.is_a(_DICTS):
            return {name: value for name, value in named.items() if value is not None}
        made = Instance(cls, Frame(-1))
        init = cls.find("__init__")
        if init is not None:
            if isinstance(init.value, Function):
                init.value.run((made, *plain), named)
            return made
        given = {**dict(zip(cls.all_fields(), plain, strict=False)), **named}
        for name, value in given.items():
            self._running.state.bind(made.frame, name, Cell(value))
        for name in _INITS:
            further = cls.find(name)
            if further is not None and isinstance(further.value, Function):
                further.value.run((made,), {})
        return made

    def changed(self, value: Instance, named: Mapping[str, Folded | None]) -> Instance:
        """A copy of an object with other values of some attributes."""
        made = Instance(value.cls, Frame(-1))
        cells = {name: cell.value for name, cell in value.frame.cells.items()}
        for name, part in {**cells, **named}.items():
            self._running.state.bind(made.frame, name, Cell(part))
        return made

    def as_mapping(self, value: Instance) -> Mapping[str | int, Folded] | None:
        """The fields of an object by their names."""
        fields = {name: self._field(value, name) for name in value.cls.all_fields()}
        known: dict[str | int, Folded] = {
            name: part for name, part in fields.items() if part is not None
        }
        return known if len(known) == len(fields) else None


def _entry(
    members: Mapping[str | int, Folded], given: Sequence[Folded | None]
) -> Folded | None:
    name = given[0] if len(given) == 1 else None
    return members.get(name) if isinstance(name, (str, int)) else None


def _over(items: tuple[Folded, ...], name: str) -> Function:
    """`__iter__` or `__getitem__` of these items."""

    def run(given: Sequence[Folded | None], _: Mapping[str, Folded | None]) -> Folded | None:
        if name == "__iter__":
            return items
        index = given[0] if len(given) == 1 else None
        if isinstance(index, int) and -len(items) <= index < len(items):
            return items[index]
        return None

    return Function(run)


def _method(function: Function, owner: Object) -> Function:
    """A function that gets an object or class as its first argument."""
    return Function(lambda plain, named: function.run((owner, *plain), named), "static")


def _bound(function: Function, owner: Instance) -> Folded | None:
    """What an object hands out for a function of its class."""
    if function.kind == "static":
        return function
    if function.kind == "property":
        return function.run((owner,), {})
    return _method(function, owner.cls if function.kind == "class" else owner)
