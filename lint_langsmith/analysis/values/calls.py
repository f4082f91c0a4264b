"""What calls give: of classes, of the project's functions, and of what libraries are known to do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.model import Expr
from lint_langsmith.analysis.project.file import File, Placed, last_name
from lint_langsmith.analysis.values import containers, objects
from lint_langsmith.analysis.values.abstract import (
    ANY,
    UNKNOWN,
    Bound,
    ClassRef,
    CollectionMethod,
    Environment,
    ExternalAttribute,
    ExternalName,
    FunctionRef,
    Group,
    Instance,
    Outcome,
    Value,
    Values,
    each,
)

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluation import Evaluation

_ENVIRONMENT_READS: Final = frozenset(
    {"os.getenv", "os.environ.get", "os.environ.setdefault", "os.environ.pop"}
)
# Calls that give what their first argument is, or gives when it is called.
_TRANSPARENT_CALLS: Final = frozenset(
    {
        "asyncio.run",
        "asyncio.create_task",
        "asyncio.wait_for",
        "asyncio.shield",
        "contextlib.closing",
        "contextlib.aclosing",
        "copy.copy",
        "copy.deepcopy",
        "streamlit.cache_resource",
    },
)
# The same of what is not a number: that is the size of a cache, for the decorator which the call then gives.
_CACHES: Final = frozenset({"functools.lru_cache", "functools.cache"})
_CALLING_CALLS: Final = frozenset(
    {"fastapi.Depends", "fastapi.params.Depends", "fastapi.Security", "asyncio.to_thread"},
)
_SECRETS: Final = frozenset(
    {
        ExternalName("pydantic.SecretStr"),
        ExternalName("pydantic.types.SecretStr"),
        ExternalName("pydantic.v1.SecretStr"),
    }
)
_PARTIALS: Final = frozenset({"functools.partial", "functools.partialmethod"})
_LOOK_UPS: Final = frozenset(
    {"importlib.import_module", "builtins.__import__", "builtins.getattr"}
)
_CASTS: Final = frozenset({"typing.cast", "typing_extensions.cast"})
# What declares a field of a class, and the keywords with which it says how the default is made.
_FIELDS: Final = frozenset(
    {"dataclasses.field", "attr.ib", "attr.field", "attrs.field", "msgspec.field"}
)
_FACTORIES: Final = frozenset({"default_factory", "factory"})


def called(values: Evaluation, file: File, site: int, callee: Value) -> Iterable[Value]:
    """What a call gives if it calls `callee`."""
    if isinstance(callee, ExternalName):
        return _called_symbol(values, file, site, callee)
    if isinstance(callee, ClassRef):
        return (Instance(callee, (file, site)),)
    if isinstance(callee, FunctionRef):
        return values.results(callee)
    if isinstance(callee, Bound):
        return values.results(callee.function)
    if isinstance(callee, CollectionMethod):
        return containers.taken(values, file, site, callee)
    if isinstance(callee, ExternalAttribute):
        held = tuple(objects.read_variable(values, file, site, callee))
        return (
            held or _revealed(values, callee) or _listed(values, callee) or (Outcome(callee),)
        )
    return ANY


def _listed(values: Evaluation, callee: ExternalAttribute) -> Values:
    """`client.list_sandboxes()` gives objects that make requests themselves."""
    kind = values.sdk_types.elements(callee)
    return (Group.of(((kind,),)),) if kind is not None else ()


def _revealed(values: Evaluation, callee: ExternalAttribute) -> Values:
    """`SecretStr("…").get_secret_value()`."""
    origin = callee.receiver.origin
    if (
        callee.name != "get_secret_value"
        or callee.receiver.cls not in _SECRETS
        or origin is None
    ):
        return ()
    file, site = origin
    call = file.model.calls[site]
    given = next((arg.value for arg in call.args if not arg.stars), None)
    return values.of(file, given, call) if given is not None else ()


def _called_symbol(
    values: Evaluation, file: File, site: int, callee: ExternalName
) -> Iterable[Value]:
    call = file.model.calls[site]
    if callee.name == "builtins.super" and not call.args:
        return _bases_around(values, file, call)
    if callee.name in _LOOK_UPS:
        return _looked_up(values, file, call, call)
    if call.args and not call.args[0].stars:
        found = _called_with(values, file, site, callee, call.args[0].value)
        if found is not None:
            return found
    if callee.name in containers.EMPTY and not call.args:
        return (Group.of(()),)
    if callee.name in containers.MAKING:
        return containers.made(values, file, call, callee.name)
    if callee.name in _FIELDS:
        return _defaults(values, file, site)
    built = values.sdk_types.built_by(callee)
    if built is not None:
        return (Instance(built, (file, site)),)
    if _names_a_class(callee.name) or callee.name in objects.NAMESPACES:
        return (Instance(callee, (file, site)),)
    return (Outcome(callee),)


def _called_with(
    values: Evaluation, file: File, site: int, callee: ExternalName, first: ir.Expr
) -> Iterable[Value] | None:
    """What a call gives that its first argument decides; None for all others."""
    call = file.model.calls[site]
    if callee.name in _ENVIRONMENT_READS:
        return _environment(values, file, site, first)
    if callee.name in _CASTS:
        return values.types(file, first, call)
    state = objects.state_read(callee)
    if state is not None:
        return values.kept(state, values.texts(file, first, call)) or ANY
    if callee.name in _TRANSPARENT_CALLS | _PARTIALS | containers.COPYING:
        return values.of(file, first, call)
    if callee.name in _CACHES and isinstance(first, (ir.Name, ir.Attribute)):
        return values.of(file, first, call)
    if callee.name in _CALLING_CALLS:
        return each(
            values.of(file, first, call), lambda value: called(values, file, site, value)
        )
    return None


def _defaults(values: Evaluation, file: File, site: int) -> Iterable[Value]:
    """What `field(default_factory=Client)` gives to a field of which nobody says more."""
    call = file.model.calls[site]
    for arg in call.args:
        for value in values.of(file, arg.value, call) if arg.keyword in _FACTORIES else ():
            if isinstance(value, (ExternalName, ClassRef)):
                yield Instance(value)
            elif isinstance(value, (FunctionRef, Bound)):
                yield from called(values, file, site, value)
        if arg.keyword == "default":
            yield from values.of(file, arg.value, call)
    yield Outcome(ExternalName(last_name(call.func)))


def _bases_around(values: Evaluation, file: File, call: ir.Call) -> Iterable[Value]:
    """What `super()` stands for: an object of the bases of the class around it."""
    scope = file.model.scopes[file.function_of(call.scope)]
    while scope.parent > 0 and file.model.scopes[scope.parent].kind != "class":
        scope = file.model.scopes[scope.parent]
    if scope.parent <= 0:
        return ANY
    makes_class = any(last_name(decorator) == "classmethod" for decorator in scope.decorators)
    return [
        (value if makes_class and isinstance(value, ClassRef) else Instance(value))
        if isinstance(value, (ExternalName, ClassRef))
        else UNKNOWN
        for value in values.bases(ClassRef(file, scope.parent))
    ] or ANY


def _looked_up(values: Evaluation, file: File, call: ir.Call, place: Placed) -> Iterable[Value]:
    """`importlib.import_module("a.b")` and `getattr(value, "name")` with a name that is known.

    With a default, `getattr` is often there to ask whether a release has a method: then nothing is known of it.
    """
    texts = [
        values.texts(file, arg.value, place) for arg in call.args[:2] if arg.keyword is None
    ]
    if last_name(call.func) != "getattr":
        return (
            (ExternalName(texts[0]),)
            if texts and texts[0] and not _is_own(values, texts[0])
            else ANY
        )
    if len(texts) != 2 or len(call.args) > 3 or texts[1] is None:
        return ANY
    name = texts[1]
    found = tuple(
        each(
            values.of(file, call.args[0].value, place),
            lambda value: values.attribute(value, name),
        )
    )
    asks = len(call.args) == 3 and any(
        value == UNKNOWN or isinstance(value, (ExternalAttribute, ExternalName))
        for value in found
    )
    return ANY if asks else found


def _is_own(values: Evaluation, dotted: str) -> bool:
    return values.find_module(dotted) is not None or values.project.is_own_package(dotted)


def _environment(values: Evaluation, file: File, site: int, first: Expr) -> Iterable[Value]:
    call = file.model.calls[site]
    variable = values.texts(file, first, call)
    if variable is None:
        return ANY
    default = next((arg.value for arg in call.args if arg.keyword == "default"), None)
    if default is None and len(call.args) > 1:
        default = call.args[1].value
    given = values.of(file, default, call) if default is not None else ()
    return (Environment(variable, given),)


def _names_a_class(qualified: str) -> bool:
    """By convention, classes are capitalised: nothing outside of the project is read to know better."""
    last = qualified.rpartition(".")[2].lstrip("_")
    return last[:1].isupper() and not last.isupper()
