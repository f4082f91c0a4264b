"""What a program puts into objects from outside: into namespaces, context variables and fields of data classes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from lint_langsmith.model import data
from lint_langsmith.model.file import File, last_name
from lint_langsmith.model.value import ClassRef, Instance, Member, Parameter, Symbol, Unknown, Value

if TYPE_CHECKING:
    from lint_langsmith.model.project import Project
    from lint_langsmith.model.values import Evaluator

# Classes whose objects have the attributes that a program gives them.
NAMESPACES: Final = frozenset({"types.SimpleNamespace", "argparse.Namespace", "threading.local", "_thread._local"})
_VARIABLE: Final = Symbol("contextvars.ContextVar")
# What makes a constructor of a class's annotations: decorators, by their last name, and bases.
_DATA_DECORATORS: Final = frozenset({"dataclass", "define", "frozen", "mutable", "attrs", "s"})
_DATA_BASES: Final = frozenset({"typing.NamedTuple", "pydantic.BaseModel", "pydantic.main.BaseModel", "msgspec.Struct"})
_NO_FIELDS: Final = frozenset({"ClassVar", "InitVar"})


def attribute(values: Evaluator, value: Instance, name: str) -> Iterator[Value]:
    """What `value.name` is set to in the file that makes the namespace `value`; nothing for other objects."""
    if not (isinstance(value.cls, Symbol) and value.cls.name in NAMESPACES and value.origin is not None):
        return
    file, site = value.origin
    call = file.model.calls[site]
    for arg in call.args:
        if arg.keyword == name:
            yield from values.of(file, arg.value, file.place(call))
    for store in file.stores_by_attribute.get(name, ()):
        if isinstance(store.target, data.Attribute) and store.value is not None:
            place = file.place(store)
            if value in values.of(file, store.target.value, place):
                yield from values.of(file, store.value, place)


def contents(values: Evaluator, value: Value) -> Iterator[Value]:
    """All that is put into a namespace or a context variable where it is made, and set in that file."""
    if not isinstance(value, Instance) or not isinstance(value.cls, Symbol) or value.origin is None:
        return
    file, site = value.origin
    call = file.model.calls[site]
    if value.cls.name in NAMESPACES:
        names = [arg.keyword for arg in call.args if arg.keyword is not None]
        for name in dict.fromkeys([*names, *file.stores_by_attribute]):
            yield from attribute(values, value, name)
    elif value.cls == _VARIABLE:
        yield from _set_to(values, value)


def read_variable(values: Evaluator, file: File, site: int, callee: Member) -> Iterator[Value]:
    """What `variable.get()` gives of a context variable: its defaults, and what its own file sets it to."""
    variable = callee.receiver
    if callee.name != "get" or variable.cls != _VARIABLE:
        return
    yield from _set_to(values, variable)
    call = file.model.calls[site]
    for arg in call.args[:1]:
        yield from values.of(file, arg.value, file.place(call))


def _set_to(values: Evaluator, variable: Instance) -> Iterator[Value]:
    if variable.origin is None:
        return
    home, made = variable.origin
    for arg in home.model.calls[made].args:
        if arg.keyword == "default":
            yield from values.of(home, arg.value, home.place(home.model.calls[made]))
    for setting in home.calls_by_name.get("set", ()):
        call = home.model.calls[setting]
        if isinstance(call.func, data.Attribute) and call.args and not call.args[0].stars:
            place = home.place(call)
            if variable in values.of(home, call.func.value, place):
                yield from values.of(home, call.args[0].value, place)


def field(project: Project, cls: ClassRef, name: str, receiver: Instance | ClassRef) -> Iterator[Value]:
    """What the constructor of a data class gets for a field: in the call that made `receiver`, else in all of them."""
    if not _is_data_class(project.values, cls):
        return
    origin = receiver.origin if isinstance(receiver, Instance) else None
    for file, site in (origin,) if origin is not None else _constructions(project, cls):
        call = file.model.calls[site]
        given = _argument(call.args, name, _fields(project.values, cls))
        found = project.values.of(file, given, file.place(call)) if given is not None else ()
        yield from (value for value in found if not isinstance(value, (Parameter, Unknown)))


def _is_data_class(values: Evaluator, cls: ClassRef) -> bool:
    for base in values.ancestry(cls):
        if isinstance(base, Symbol):
            if base.name in _DATA_BASES:
                return True
            continue
        row = base.file.model.scopes[base.scope]
        if (base.scope, "__init__") in base.file.bindings:
            return False
        for decorator in row.decorators:
            func = base.file.model.calls[decorator.site].func if isinstance(decorator, data.CallRef) else decorator
            if last_name(func) in _DATA_DECORATORS:
                return True
    return False


def _constructions(project: Project, cls: ClassRef) -> Iterator[tuple[File, int]]:
    for name in dict.fromkeys(name for name, _ in project.callers.derived(cls)):
        for file in project.callers.possible(cls.file, name):
            for site in file.calls_by_name.get(name, ()):
                callees = project.values.callee(file, site)
                if any(isinstance(made, ClassRef) and cls in project.values.ancestry(made) for made in callees):
                    yield file, site


def _fields(values: Evaluator, cls: ClassRef) -> Sequence[str]:
    """The fields of a data class in the order of its constructor: those of its bases first."""
    bases = [base for base in values.ancestry(cls) if isinstance(base, ClassRef)]
    found: dict[str, None] = {}
    for base in reversed(bases):
        rows = base.file.annotated_by_scope.get(base.scope, ())
        found.update(dict.fromkeys(row.name for row in rows if _is_field(row)))
    return tuple(found)


def _is_field(row: data.Binding) -> bool:
    kind = row.annotation.value if isinstance(row.annotation, data.Subscript) else row.annotation
    return kind is not None and last_name(kind) not in _NO_FIELDS


def _argument(args: Sequence[data.Argument], name: str, fields: Sequence[str]) -> data.Expr | None:
    """The expression that a call passes for a field."""
    for position, arg in enumerate(args):
        if arg.stars:
            return None
        if arg.keyword == name or (arg.keyword is None and fields[position : position + 1] == (name,)):
            return arg.value
    return None
