"""What a program puts into objects from outside: namespaces, context variables, fields of data classes, states."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Place, last_name
from lint_langsmith.analysis.values.abstract import (
    ClassRef,
    ExternalAttribute,
    ExternalName,
    FunctionRef,
    Instance,
    Outcome,
    Parameter,
    Unknown,
    Value,
    Values,
)
from lint_langsmith.analysis.values.functions import uncalled

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluation import Evaluation

# Classes whose objects have the attributes that a program gives them.
NAMESPACES: Final = frozenset(
    {"types.SimpleNamespace", "argparse.Namespace", "threading.local", "_thread._local"}
)
_VARIABLE: Final = ExternalName("contextvars.ContextVar")
# What makes a constructor of a class's annotations: decorators, by their last name, and bases.
_DATA_DECORATORS: Final = frozenset({"dataclass", "define", "frozen", "mutable", "attrs", "s"})
_DATA_BASES: Final = frozenset(
    {"typing.NamedTuple", "pydantic.BaseModel", "pydantic.main.BaseModel", "msgspec.Struct"}
)
_NO_FIELDS: Final = frozenset({"ClassVar", "InitVar"})
# What a framework keeps for the program: what one file puts there, every other finds there. By qualified name, and the
# attribute of applications and requests (starlette 1.10: `app.state`, `request.app.state`, `request.state`).
_STATES: Final = frozenset({"streamlit.session_state", "flask.g"})
_STATE: Final = "state"
_WITH_STATE: Final = ("fastapi.", "starlette.", "litestar.", "quart.")
_APPLICATION_STATE: Final = ExternalAttribute(
    Instance(ExternalName("starlette.applications.Starlette")), _STATE
)
# The last names of those, as they stand in the source.
_SPELLED: Final = frozenset({_STATE, *(name.rpartition(".")[2] for name in _STATES)})
_LIFESPAN: Final = "contextlib.asynccontextmanager"
_GETTERS: Final = frozenset({"get", "setdefault", "pop"})
_GETATTR: Final = ExternalName("builtins.getattr")


def attribute(values: Evaluation, value: Instance, name: str) -> Iterator[Value]:
    """What `value.name` is set to in the file that makes the namespace `value`; nothing for other objects."""
    if not (
        isinstance(value.cls, ExternalName)
        and value.cls.name in NAMESPACES
        and value.origin is not None
    ):
        return
    file, site = value.origin
    call = file.model.calls[site]
    for arg in call.args:
        if arg.keyword == name:
            yield from values.of(file, arg.value, file.place(call))
    for store in values.object_places.stores_to_object(file, value, name):
        if store.value is not None:
            yield from values.of(file, store.value, file.place(store))


def contents(values: Evaluation, value: Value) -> Iterator[Value]:
    """All that is put into a namespace or a context variable where it is made, and set in that file."""
    if (
        not isinstance(value, Instance)
        or not isinstance(value.cls, ExternalName)
        or value.origin is None
    ):
        return
    file, site = value.origin
    call = file.model.calls[site]
    if value.cls.name in NAMESPACES:
        names = [arg.keyword for arg in call.args if arg.keyword is not None]
        for name in dict.fromkeys([*names, *file.stores_by_attribute]):
            yield from attribute(values, value, name)
    elif value.cls == _VARIABLE:
        yield from _set_to(values, value)


def read_variable(
    values: Evaluation, file: File, site: int, callee: ExternalAttribute
) -> Iterator[Value]:
    """What `variable.get()` gives of a context variable: its defaults, and what its own file sets it to."""
    variable = callee.receiver
    if callee.name != "get" or variable.cls != _VARIABLE:
        return
    yield from _set_to(values, variable)
    call = file.model.calls[site]
    for arg in call.args[:1]:
        yield from values.of(file, arg.value, file.place(call))


def _set_to(values: Evaluation, variable: Instance) -> Iterator[Value]:
    if variable.origin is None:
        return
    home, made = variable.origin
    for arg in home.model.calls[made].args:
        if arg.keyword == "default":
            yield from values.of(home, arg.value, home.place(home.model.calls[made]))
    for call in values.object_places.calls_of_method(home, variable, "set"):
        yield from values.of(home, call.args[0].value, home.place(call))


class Kept(NamedTuple):
    """A value that a file puts into what may be a state, and the expression for that (None: a lifespan yields it)."""

    file: File
    owner: ir.Expr | None
    value: ir.Expr
    place: Place


def kept_by_name(files: Iterator[File]) -> Mapping[str, Sequence[Kept]]:
    """What files put into states (`app.state.client = …`, `st.session_state["client"] = …`), by its name there."""
    table: dict[str, list[Kept]] = defaultdict(list)
    for file in files:
        for store in file.model.stores:
            name = _kept_as(store.target)
            if (
                name is not None
                and store.value is not None
                and last_name(store.target.value) in _SPELLED
            ):
                table[name].append(
                    Kept(file, store.target.value, store.value, file.place(store))
                )
        for row in file.model.yields:
            # `yield {"client": client}` in a lifespan: each request has it in its state (starlette 1.10).
            yielded = row.value if isinstance(row.value, ir.Mapping) else ir.Mapping((), ())
            for key, value in zip(yielded.keys, yielded.values, strict=True):
                if isinstance(key, ir.Text):
                    table[key.value].append(Kept(file, None, value, file.place(row)))
    return table


def _kept_as(target: ir.Attribute | ir.Subscript) -> str | None:
    if isinstance(target, ir.Attribute):
        return target.name
    return target.index.value if isinstance(target.index, ir.Text) else None


def spellings(name: str) -> Iterator[str]:
    """How code spells that it reads what is kept in a state under a name."""
    for kind in sorted(_SPELLED):
        yield from (
            f"{kind}.{name}",
            f'{kind}["{name}"]',
            f"{kind}['{name}']",
            f'{kind}, "{name}"',
        )
        yield from (f'{kind}.{getter}("{name}"' for getter in sorted(_GETTERS))


def state(value: Value) -> str | None:
    """The state that a value is: all those of applications and requests are taken for one."""
    if isinstance(value, ExternalName):
        return value.name if value.name in _STATES else None
    owner = value.receiver.cls if isinstance(value, ExternalAttribute) else None
    has_one = isinstance(owner, ExternalName) and owner.name.startswith(_WITH_STATE)
    return (
        _STATE
        if isinstance(value, ExternalAttribute) and value.name == _STATE and has_one
        else None
    )


def of_application(value: ExternalAttribute | Outcome, name: str) -> Values:
    """`request.app.state`: the state of the application, whatever object leads to that."""
    return (
        (_APPLICATION_STATE,)
        if isinstance(value, ExternalAttribute) and (value.name, name) == ("app", _STATE)
        else ()
    )


def state_read(callee: ExternalName) -> str | None:
    """The state that `st.session_state.get(…)` reads."""
    owner, _, method = callee.name.rpartition(".")
    return owner if owner in _STATES and method in _GETTERS else None


def in_states(values: Evaluation, rows: Sequence[Kept], kind: str | None) -> Iterator[Value]:
    """The values of rows that stand in a state: in one of that kind, where one is given."""
    for row in rows:
        found = (
            _yielded_to(values, row) if row.owner is None else _states(values, row, row.owner)
        )
        if kind in found or (kind is None and found):
            yield from values.of(row.file, row.value, row.place)


def _yielded_to(values: Evaluation, row: Kept) -> set[str]:
    """The state of requests, for what a lifespan yields; a fixture yields as well, for tests."""
    function = FunctionRef(row.file, row.file.function_of(row.place.scope))
    return {_STATE} if _LIFESPAN in values.decorator_names(function) else set()


def _states(values: Evaluation, row: Kept, owner: ir.Expr) -> set[str]:
    """The states that an expression may be. `app.state` of a parameter without a type is the application's."""
    if (
        isinstance(owner, ir.Attribute)
        and owner.name == _STATE
        and isinstance(owner.value, ir.Name)
    ):
        held = values.of(row.file, owner.value, row.place)
        if all(isinstance(value, (Parameter, Unknown)) for value in held):
            return {_STATE}
    return {
        found
        for value in values.of(row.file, owner, row.place)
        if (found := state(value)) is not None
    }


def field(
    values: Evaluation, cls: ClassRef, name: str, receiver: Instance | ClassRef
) -> Iterator[Value]:
    """What the constructor of a data class gets for a field: in the call that made `receiver`, else in all of them."""
    if not _is_data_class(values, cls):
        return
    origin = receiver.origin if isinstance(receiver, Instance) else None
    for file, site in (origin,) if origin is not None else _constructions(values, cls):
        call = file.model.calls[site]
        given = _argument(call.args, name, _fields(values, cls))
        found = values.of(file, given, file.place(call)) if given is not None else ()
        yield from (value for value in found if not isinstance(value, (Parameter, Unknown)))


def _is_data_class(values: Evaluation, cls: ClassRef) -> bool:
    for base in values.ancestry(cls):
        if isinstance(base, ExternalName):
            if base.name in _DATA_BASES:
                return True
            continue
        row = base.file.model.scopes[base.scope]
        if (base.scope, "__init__") in base.file.bindings:
            return False
        for decorator in row.decorators:
            if last_name(uncalled(base.file, decorator)) in _DATA_DECORATORS:
                return True
    return False


def _constructions(values: Evaluation, cls: ClassRef) -> Iterator[tuple[File, int]]:
    for name in dict.fromkeys(name for name, _ in values.name_users.derived(cls)):
        for file in values.name_users.possible(cls.file, name):
            for site in file.calls_by_name.get(name, ()):
                callees = values.callee(file, site)
                if any(
                    isinstance(made, ClassRef) and values.is_derived(made, cls)
                    for made in callees
                ):
                    yield file, site


def _fields(values: Evaluation, cls: ClassRef) -> Sequence[str]:
    """The fields of a data class in the order of its constructor: those of its bases first."""
    bases = [base for base in values.ancestry(cls) if isinstance(base, ClassRef)]
    found: dict[str, None] = {}
    for base in reversed(bases):
        rows = base.file.annotated_by_scope.get(base.scope, ())
        found.update(dict.fromkeys(row.name for row in rows if _is_field(row)))
    return tuple(found)


def _is_field(row: ir.Binding) -> bool:
    kind = row.annotation.value if isinstance(row.annotation, ir.Subscript) else row.annotation
    return kind is not None and last_name(kind) not in _NO_FIELDS


def _argument(args: Sequence[ir.Argument], name: str, fields: Sequence[str]) -> ir.Expr | None:
    """The expression that a call passes for a field."""
    for position, arg in enumerate(args):
        if arg.stars:
            return None
        if arg.keyword == name or (
            arg.keyword is None and fields[position : position + 1] == (name,)
        ):
            return arg.value
    return None


# -- objects that have another one asked for what they lack: `__getattr__` that returns `getattr(other, name)` ---------


def passed_on(values: Evaluation, cls: ClassRef, name: str) -> Iterator[Value]:
    """What an object of a class of the project gives for an attribute that it does not have itself.

    Nothing where no `__getattr__` says so. Python asks classes, not objects, for its own methods (`__enter__`).
    """
    asked = None if name.startswith("__") else _asked_for_others(values, cls)
    if asked is None or len(asked.file.model.scopes[asked.scope].params) != 2:
        return
    for result in asked.file.returns_by_scope.get(asked.scope, ()):
        for owner in _owners(values, asked, result):
            yield from values.attribute(owner, name)


def _asked_for_others(values: Evaluation, cls: ClassRef) -> FunctionRef | None:
    """The `__getattr__` of a class, which may be that of a base."""
    for base in values.ancestry(cls):
        if isinstance(base, ClassRef):
            for binding in base.file.bindings.get((base.scope, "__getattr__"), ()):
                if binding.kind == "function":
                    return FunctionRef(base.file, binding.target)
    return None


def _owners(values: Evaluation, asked: FunctionRef, result: ir.Return) -> Iterator[Value]:
    """The objects whose attribute of the same name a `return` gives."""
    file, parameter = asked.file, asked.file.model.scopes[asked.scope].params[1].name
    if not isinstance(result.value, ir.CallRef):
        return
    call = file.model.calls[result.value.site]
    arguments = [arg.value for arg in call.args if not arg.stars]
    is_same_name = (
        len(arguments) > 1
        and isinstance(arguments[1], ir.Name)
        and arguments[1].id == parameter
    )
    if is_same_name and _GETATTR in values.callee(file, result.value.site):
        yield from values.of(file, arguments[0], call)
