"""Where a file names things of the SDK: in imports, as attributes of its modules, as attributes of its clients."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Placed
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.analysis.values.evaluator import (
    Constant,
    Instance,
    Member,
    Outcome,
    Parameter,
    Symbol,
    Value,
    absolute,
)
from lint_langsmith.findings import Span

_IMPORT_ERRORS = ("builtins.ImportError", "builtins.Exception", "builtins.BaseException")
_RESOURCE = re.compile(r"\w+Resource(?:With(Raw|Streaming)Response)?")
_ATTRIBUTE_ERRORS = ("builtins.AttributeError", "builtins.Exception", "builtins.BaseException")


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
    """The names that a file imports from langsmith; nothing of a package of the project's own of that name."""
    for binding in file.model.bindings:
        if binding.kind not in {"import", "star-import"} or binding.level:
            continue
        module = absolute(file, binding)
        if module.partition(".")[0] != "langsmith" or project.find_module(module, file):
            continue
        if project.is_own_package(module, file):
            continue
        parts = module.split(".")
        names = [".".join(parts[:length]) for length in range(2, len(parts) + 1)]
        if binding.kind == "import" and binding.member:
            names.append(f"{module}.{binding.member}")
        yield Imported(binding, module, tuple(names))


def attributes(file: File, project: Project) -> Iterator[Used]:
    """The attributes that a file reads of modules and clients of langsmith, those of one chain from the inside out."""
    values = project.scout.values
    for load in file.model.loads:
        for part in _chain(load.expr):
            found = values.of(file, part.value, load)
            names = _names(found, part.name, project) if any(map(_may_be_of_sdk, found)) else ()
            if any(names) and None in names:
                names = _names(_receivers(file, part.value, load, project), part.name, project)
            if any(names):
                yield Used(load, part, names)


def _receivers(file: File, expr: ir.Expr, place: Placed, project: Project) -> Iterable[Value]:
    """What an expression may be, by what the objects in it are declared to be: a caller may pass anything."""
    values = project.scout.values
    func = file.model.calls[expr.site].func if isinstance(expr, ir.CallRef) else None
    if isinstance(expr, ir.Attribute):
        owners = [value for value in _receivers(file, expr.value, place, project) if not _says_nothing(value)]
        return [found for owner in owners for found in values.attribute(owner, expr.name)]
    if isinstance(func, ir.Attribute):
        members = _receivers(file, func, place, project)
        kinds = [project.sdk_type(Outcome(value)) for value in members if isinstance(value, Member)]
        if kinds and None not in kinds:
            return [kind for kind in kinds if kind is not None]
    return values.of(file, expr, place)


def _names(values: Iterable[Value], name: str, project: Project) -> tuple[str | None, ...]:
    return tuple(_named(value, name, project) for value in values if not _says_nothing(value))


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
    if isinstance(value, Symbol):
        return value.name.startswith("langsmith")
    return isinstance(value, (Instance, Member, Outcome))


def _says_nothing(value: Value) -> bool:
    """What a caller may pass, and `None`, stand beside the type that an annotation or a default tells."""
    return isinstance(value, (Parameter, Constant))


def _named(value: Value, name: str, project: Project) -> str | None:
    if name.startswith("__"):
        return None
    if isinstance(value, Symbol) and value.name.partition(".")[0] == "langsmith":
        return f"{value.name}.{name}" if project.sdk.is_module(value.name) else None
    if isinstance(value, (Member, Outcome)):
        value = project.sdk_type(value) or value
    if isinstance(value, Instance) and isinstance(value.cls, Symbol):
        owner = project.clients.sdk_class(value)
        return f"{owner}.{name}" if owner is not None else None
    return None


# -- guards ----------------------------------------------------------------------------------------------------------


def hides_import(file: File, binding: ir.Binding, project: Project) -> bool:
    """Whether a handler around an import catches the ImportError."""
    return project.flow.local(file, binding.block, _IMPORT_ERRORS).verdict == "yes"


def hides_attribute(file: File, load: ir.Load, project: Project) -> bool:
    """Whether a handler around a use catches the AttributeError."""
    return project.flow.local(file, load.block, _ATTRIBUTE_ERRORS).verdict == "yes"


def hides_type_error(file: File, block: int, project: Project) -> bool:
    """Whether a handler around a block catches the TypeError or AttributeError that comes up in it."""
    return (
        project.flow.local(file, block, ("builtins.TypeError", "builtins.Exception", "builtins.BaseException")).verdict
        == "yes"
    )


def is_asked_for(file: File, load: ir.Load, name: str, project: Project) -> bool:
    """`hasattr(client, "trace")`, `except AttributeError`, and attributes that the program itself sets."""
    for site in (*file.calls_by_name.get("hasattr", ()), *file.calls_by_name.get("getattr", ())):
        args = file.model.calls[site].args
        if len(args) > 1 and isinstance(args[1].value, ir.Text) and args[1].value.value == name:
            return True
    if any(store.value is not None for store in file.stores_by_attribute.get(name, ())):
        return True
    return _handles(file, load.block, "builtins.AttributeError", project)


def asks_for_import(file: File, binding: ir.Binding, project: Project) -> bool:
    """Whether the program is ready for the name not to be there: `except ImportError` around its import."""
    return any(
        _handles(file, binding.block, f"builtins.{name}", project) for name in ("ImportError", "ModuleNotFoundError")
    )


def _handles(file: File, block: int, error: str, project: Project) -> bool:
    """Whether one of the `try` statements around a block has a handler that names an exception."""
    for current in file.block_chain(block):
        row = file.model.blocks[current]
        if row.kind != "try":
            continue
        for handler in file.model.tries[row.owner].handlers:
            if Symbol(error) in project.flow.classes(file, handler):
                return True
    return False


def spoken(qualified: str) -> str:
    """The way users write it: `Client.read_project` rather than `langsmith.client.Client.read_project`.

    The method of a resource goes by the name of the resource: `datasets.list_v2`.
    """
    parts = qualified.split(".")
    resource = _RESOURCE.fullmatch(parts[-2]) if len(parts) > 2 else None
    if resource is not None:
        wrapper = {"Raw": "with_raw_response.", "Streaming": "with_streaming_response."}.get(resource[1], "")
        return f"{parts[-3]}.{wrapper}{parts[-1]}"
    if len(parts) > 2 and parts[-2][:1].isupper():
        return ".".join(parts[-2:])
    return qualified
