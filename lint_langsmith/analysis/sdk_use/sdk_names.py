"""Where a file names things of the SDK: in imports, as attributes of its modules, as attributes of its clients."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Placed
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.analysis.values.abstract import (
    Constant,
    ExternalAttribute,
    ExternalName,
    Instance,
    Outcome,
    Parameter,
    Value,
)
from lint_langsmith.findings import Span

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluator import Evaluator

_PACKAGES = (
    "langsmith",
    "langgraph_sdk",
    "langchain",
    "langchain_core",
    "langchain_classic",
    "langchainhub",
)
_RESOURCE = lazy_re.compile(r"\w+Resource(?:With(Raw|Streaming)Response)?")


class Imported(NamedTuple):
    """One name of an import statement; `names` are the qualified names that it needs, the outermost first."""

    binding: ir.Binding
    module: str
    names: tuple[str, ...]


class Used(NamedTuple):
    """An attribute of something of the SDK. `names` are the qualified names that it may be; None for what is not known.

    `load` is the whole chain of attributes in which it stands.
    """

    load: ir.Load
    attribute: ir.Attribute
    names: tuple[str | None, ...]

    @property
    def span(self) -> Span:
        """The attribute's own name."""
        return self.attribute.name_span


def imports(file: File, project: Project) -> Iterator[Imported]:
    """The names that a file imports from the SDKs; nothing of a package of the project's own of that name."""
    for binding in file.model.bindings:
        if binding.kind not in {"import", "star-import"} or binding.level:
            continue
        module = file.module_of(binding)
        known = (
            _of_sdk(module, binding, project) if module.partition(".")[0] in _PACKAGES else ()
        )
        if not known or project.module_path(module, file):
            continue
        if not project.is_own_package(module, file):
            yield Imported(binding, module, known)


def _of_sdk(module: str, binding: ir.Binding, project: Project) -> tuple[str, ...]:
    """The qualified names of an import that the tables of the SDKs speak of, the outermost first."""
    parts = module.split(".")
    names = [".".join(parts[:length]) for length in range(2, len(parts) + 1)]
    if binding.kind == "import" and binding.member:
        names.append(f"{module}.{binding.member}")
    return tuple(name for name in names if project.sdk.owns(name))


def attributes(file: File, values: Evaluator) -> Iterator[Used]:
    """The attributes that a file reads of modules and clients of the SDKs, those of one chain from the inside out."""
    for load in file.model.loads:
        for part in _chain(load.expr):
            found = values.of(file, part.value, load)
            names = _names(found, part.name, values) if any(map(_may_be_of_sdk, found)) else ()
            if any(names) and None in names:
                names = _names(_receivers(file, part.value, load, values), part.name, values)
            if any(names):
                yield Used(load, part, names)


def _receivers(file: File, expr: ir.Expr, place: Placed, values: Evaluator) -> Iterable[Value]:
    """What an expression may be, by what the objects in it are declared to be: a caller may pass anything."""
    func = file.model.calls[expr.site].func if isinstance(expr, ir.CallRef) else None
    if isinstance(expr, ir.Attribute):
        owners = [
            value
            for value in _receivers(file, expr.value, place, values)
            if not _says_nothing(value)
        ]
        return [found for owner in owners for found in values.attribute(owner, expr.name)]
    if isinstance(func, ir.Attribute):
        members = _receivers(file, func, place, values)
        kinds = [
            values.sdk_types.of(Outcome(value))
            for value in members
            if isinstance(value, ExternalAttribute)
        ]
        if kinds and None not in kinds:
            return [kind for kind in kinds if kind is not None]
    return values.of(file, expr, place)


def _names(found: Iterable[Value], name: str, values: Evaluator) -> tuple[str | None, ...]:
    return tuple(_named(value, name, values) for value in found if not _says_nothing(value))


def _chain(expr: ir.Expr) -> list[ir.Attribute]:
    """The attributes that are taken one of the other, the innermost first."""
    found: list[ir.Attribute] = []
    while isinstance(expr, (ir.Attribute, ir.Subscript)):
        if isinstance(expr, ir.Attribute):
            found.append(expr)
        expr = expr.value
    found.reverse()
    return found


def _may_be_of_sdk(value: Value) -> bool:
    """Whether a value is of a kind that `_named` knows names of: most are not, and are asked no more."""
    if isinstance(value, ExternalName):
        return value.name.startswith(_PACKAGES)
    return isinstance(value, (Instance, ExternalAttribute, Outcome))


def _says_nothing(value: Value) -> bool:
    """What a caller may pass, and `None`, stand beside the type that an annotation or a default tells."""
    return isinstance(value, (Parameter, Constant))


def _named(value: Value, name: str, values: Evaluator) -> str | None:
    if name.startswith("__"):
        return None
    if isinstance(value, ExternalName) and value.name.partition(".")[0] in _PACKAGES:
        sdk = values.project.sdk
        return (
            f"{value.name}.{name}"
            if sdk.owns(value.name) and sdk.is_module(value.name)
            else None
        )
    if isinstance(value, (ExternalAttribute, Outcome)):
        value = values.sdk_types.of(value) or value
    if isinstance(value, Instance) and isinstance(value.cls, ExternalName):
        owner = values.sdk_types.sdk_class(value)
        return f"{owner}.{name}" if owner is not None else None
    return None


def spoken(qualified: str) -> str:
    """The way users write it: `Client.read_project` rather than `langsmith.client.Client.read_project`.

    The method of a resource goes by the name of the resource: `datasets.list_v2`.
    """
    parts = qualified.split(".")
    resource = _RESOURCE.fullmatch(parts[-2]) if len(parts) > 2 else None
    if resource is not None:
        wrapper = {"Raw": "with_raw_response.", "Streaming": "with_streaming_response."}.get(
            resource[1], ""
        )
        return f"{parts[-3]}.{wrapper}{parts[-1]}"
    if len(parts) > 2 and parts[-2][:1].isupper():
        return ".".join(parts[-2:])
    return qualified
