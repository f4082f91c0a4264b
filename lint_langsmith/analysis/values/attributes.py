"""What `value.name` may be: of modules, objects and classes, of the project and from outside of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.limits import NAME_PARTS
from lint_langsmith.analysis.values import containers, objects
from lint_langsmith.analysis.values.abstract import (
    ANY,
    UNKNOWN,
    Bound,
    ClassRef,
    ExternalAttribute,
    ExternalName,
    FunctionRef,
    Group,
    Instance,
    ModuleRef,
    Outcome,
    Table,
    Value,
    Values,
    described,
    distinct,
)

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluation import Evaluation

PROPERTIES: Final = frozenset(
    {
        "builtins.property",
        "functools.cached_property",
        "cached_property.cached_property",
        "abc.abstractproperty",
    },
)
_PROTOCOLS: Final = frozenset({"typing.Protocol", "typing_extensions.Protocol"})
# Bases from outside that have no attributes of interest.
_BARE_BASES: Final = frozenset({"builtins.object", "abc.ABC"})


def attribute(values: Evaluation, value: Value, name: str) -> Values:
    """The values of `value.name`."""
    if isinstance(value, ExternalName):
        kept = values.kept(objects.state(value), name)
        return kept or (_in(value.name, name),)
    if isinstance(value, ModuleRef):
        return values.exported(value.file, name)
    if isinstance(value, Instance):
        if isinstance(value.cls, ClassRef):
            return _of_own(values, value.cls, name, value)
        set_to = tuple(objects.attribute(values, value, name))
        return set_to or (ExternalAttribute(value, name),)
    if isinstance(value, ClassRef):
        return _of_own(values, value, name, value)
    if isinstance(value, (Group, Table)):
        return containers.method(value, name)
    if isinstance(value, (ExternalAttribute, Outcome)):
        return _of_outcome(values, value, name)
    if isinstance(value, FunctionRef):
        return _of_function(values, value, name)
    return ANY


def _of_outcome(values: Evaluation, value: ExternalAttribute | Outcome, name: str) -> Values:
    """Of what an object from outside has or returns."""
    kind = values.sdk_types.of(value)
    if kind is not None:
        return (ExternalAttribute(kind, name),)
    if _is_kept(value, name):
        application = objects.of_application(value, name)
        return application or values.kept(objects.state(value), name) or ANY
    return (_in(described(value), name),)


def _in(owner: str, name: str) -> ExternalName:
    """What something from outside has under a name."""
    if owner.count(".") >= NAME_PARTS:
        owner = ".".join(owner.split(".", NAME_PARTS)[:-1])
    return ExternalName(f"{owner}.{name}")


def _is_kept(value: ExternalAttribute | Outcome, name: str) -> bool:
    """What a service keeps in its state, `app.state.client` and `request.app.state`, may be anything."""
    if not isinstance(value, ExternalAttribute):
        return False
    return value.name == "state" or (value.name, name) == ("app", "state")


def _of_function(values: Evaluation, function: FunctionRef, name: str) -> Values:
    """A decorator may make an object of a function: `@click.group()` makes one with a `command` of its own."""
    decorators = values.decorator_names(function)
    return tuple(ExternalName(f"{decorator}.{name}") for decorator in decorators) or ANY


# -- classes of the project ------------------------------------------------------------------------------------------


def _of_own(
    values: Evaluation, cls: ClassRef, name: str, receiver: Instance | ClassRef
) -> Values:
    found: list[Value] = []
    for base in values.ancestry(cls):
        if isinstance(base, ExternalName):  # which of several has it is not known
            if isinstance(receiver, Instance) and base.name not in _BARE_BASES:
                found.append(ExternalAttribute(Instance(base, receiver.origin), name))
            continue
        own = tuple(_defined(values, base, name, receiver))
        found.extend(own)
        if own:
            break
    if not found and isinstance(receiver, Instance):
        # An object may pass attributes on to itself, or to another of its class: a question that leads back.
        key = (f"passed on: {name}", cls)
        found.extend(values.memo.ask(key, (), _passed_on, values, cls, name))
    return distinct(found) or ANY


def _passed_on(values: Evaluation, cls: ClassRef, name: str) -> Values:
    return tuple(dict.fromkeys(objects.passed_on(values, cls, name)))


def _defined(
    values: Evaluation, cls: ClassRef, name: str, receiver: Instance | ClassRef
) -> Iterator[Value]:
    """What one class of the project says of an attribute: in its body, and in writes to `self` in its methods."""
    for binding in cls.file.bindings.get((cls.scope, name), ()):
        if binding.kind == "function":
            yield from _method(values, FunctionRef(cls.file, binding.target), receiver)
        else:
            yield from _class_variable(values, cls, binding, receiver)
    if name in cls.file.stores_by_attribute:
        # It is the same for each of the thousands of objects of a class.
        yield from values.memo.ask((f"stores to {name}", cls), ANY, _stored, values, cls, name)


def _method(
    values: Evaluation, function: FunctionRef, receiver: Instance | ClassRef
) -> Iterable[Value]:
    is_property = any(name in PROPERTIES for name in values.decorator_names(function))
    return values.results(function) if is_property else (Bound(function, receiver),)


def _class_variable(
    values: Evaluation, cls: ClassRef, binding: ir.Binding, receiver: Instance | ClassRef
) -> Iterator[Value]:
    name = binding.name
    found = containers.filled(values, cls.file, name, values.binding(cls.file, binding))
    yield from found
    if binding.annotation is not None:
        if not any(tells_class(values, value) for value in found):
            yield from objects.field(values, cls, name, receiver)
        yield UNKNOWN  # a field, which the constructor may set to something else


def tells_class(values: Evaluation, value: Value) -> bool:
    """Whether a value is of a class that is known: not of a protocol, which other classes follow."""
    if not isinstance(value, Instance):
        return False
    if isinstance(value.cls, ExternalName):
        return True
    return not any(
        isinstance(base, ExternalName) and base.name in _PROTOCOLS
        for base in values.bases(value.cls)
    )


# -- writes to `self` ------------------------------------------------------------------------------------------------


def _stored(values: Evaluation, cls: ClassRef, name: str) -> Values:
    found = tuple(_own_stores(values, cls, name))
    return distinct(found) if found else ()


def _own_stores(values: Evaluation, cls: ClassRef, name: str) -> Iterator[Value]:
    """What is written to an attribute of a class of the project, or of its objects, in the file of the class."""
    file = cls.file
    for store in values.object_places.stores_of_class(cls, name):
        if store.value is not None:
            found = values.of(file, store.value, store)
            yield from containers.filled(values, file, name, found)
        if store.annotation is not None:
            yield from values.types(file, store.annotation, store)


def attribute_names(values: Evaluation, cls: ClassRef) -> frozenset[str]:
    """The names of attributes that a class of the project, or what it is derived from, says something of."""
    names: set[str] = set()
    for base in values.ancestry(cls):
        if isinstance(base, ExternalName):
            continue
        file = base.file
        names.update(file.names_by_scope.get(base.scope, ()))
        for store in values.object_places.stores_of_class(base, None):
            if isinstance(store.target, ir.Attribute):
                names.add(store.target.name)
    return frozenset(names)
