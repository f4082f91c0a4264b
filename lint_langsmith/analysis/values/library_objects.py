"""Functions of Python's libraries that make objects of constants, or take such objects apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from lint_langsmith.analysis.values.folded import Folded, Function
from lint_langsmith.analysis.values.program_objects import Class, Instance, Objects
from lint_langsmith.analysis.values.program_state import Cell, Frame

_Plain: TypeAlias = Sequence["Folded | None"]
_Named: TypeAlias = Mapping[str, "Folded | None"]
_NO_ARGUMENTS: Final[_Named] = {}


def _namespace(objects: Objects, plain: _Plain, named: _Named) -> Folded | None:
    """`types.SimpleNamespace(…)`."""
    return objects.construct(Class(Frame(-1), (), (), ()), plain, named)


def _named_tuple(_: Objects, plain: _Plain, named: _Named) -> Folded | None:
    """`collections.namedtuple(name, fields)`."""
    fields = plain[1] if len(plain) > 1 else None
    names = fields.replace(",", " ").split() if isinstance(fields, str) else fields
    if not isinstance(names, (list, tuple)) or named:
        return None
    texts = [name for name in names if isinstance(name, str)]
    return Class(Frame(-1), (), ("collections.namedtuple",), texts)


def _type(_: Objects, plain: _Plain, named: _Named) -> Folded | None:
    """`type(name, bases, attributes)`."""
    attributes = plain[2] if len(plain) > 2 and not named else None
    if not isinstance(attributes, Mapping):
        return None
    frame = Frame(-1)
    frame.cells = {str(name): Cell(value) for name, value in attributes.items()}
    return Class(frame, (), (), ())


def _field(_: Objects, plain: _Plain, named: _Named) -> Folded | None:
    """The default of a field of a dataclass, or of another library's class."""
    factory = named.get("default_factory", named.get("factory"))
    if isinstance(factory, Function):
        return factory.run((), _NO_ARGUMENTS)
    return named.get("default", plain[0] if plain else None)


def _values_of(objects: Objects, value: Instance, _: _Named) -> Folded | None:
    fields = objects.as_mapping(value)
    return tuple(fields.values()) if fields is not None else None


def _entries_of(objects: Objects, value: Instance, _: _Named) -> Folded | None:
    return objects.as_mapping(value)


def _own_entries(objects: Objects, value: Instance, _: _Named) -> Folded | None:
    """`vars(value)`."""
    cell = objects.attribute(value, "__dict__")
    return cell.value if cell is not None else None


def _replaced(objects: Objects, value: Instance, named: _Named) -> Folded | None:
    return objects.changed(value, named)


MAKERS: Final[Mapping[str, Callable[[Objects, _Plain, _Named], Folded | None]]] = {
    "attr.ib": _field,
    "attrs.field": _field,
    "builtins.type": _type,
    "collections.namedtuple": _named_tuple,
    "dataclasses.field": _field,
    "msgspec.field": _field,
    "pydantic.Field": _field,
    "types.SimpleNamespace": _namespace,
}
OF_OBJECTS: Final[Mapping[str, Callable[[Objects, Instance, _Named], Folded | None]]] = {
    "attr.asdict": _entries_of,
    "attr.evolve": _replaced,
    "attrs.asdict": _entries_of,
    "attrs.evolve": _replaced,
    "builtins.vars": _own_entries,
    "copy.replace": _replaced,
    "dataclasses.asdict": _entries_of,
    "dataclasses.astuple": _values_of,
    "dataclasses.replace": _replaced,
}
