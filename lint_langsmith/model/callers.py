"""Who runs a function of the project without naming it: constructors, overridden methods, properties."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from lint_langsmith.model.file import AttributeRead, File, Place
from lint_langsmith.model.values import UNKNOWN, Bound, ClassRef, FunctionRef, Instance, Value

if TYPE_CHECKING:
    from lint_langsmith.model.project import Project

# Methods that run when the class is called.
CONSTRUCTORS: Final = ("__init__", "__post_init__", "model_post_init", "__new__")


def class_of(function: FunctionRef) -> ClassRef | None:
    """The class in whose body a function is defined."""
    parent = function.file.model.scopes[function.scope].parent
    if parent < 0 or function.file.model.scopes[parent].kind != "class":
        return None
    return ClassRef(function.file, parent)


def name_of(function: FunctionRef) -> str:
    """The name in the function's definition."""
    return function.file.model.scopes[function.scope].name


def is_constructor(function: FunctionRef) -> bool:
    """Whether a function runs when its class is called."""
    return name_of(function) in CONSTRUCTORS and class_of(function) is not None


def reaches(callee: Value, function: FunctionRef, project: Project) -> bool:
    """Whether a call of `callee` runs `function`: itself, as a constructor, or where a subclass has overridden it."""
    if isinstance(callee, ClassRef):
        return is_constructor(function) and _is_method_of(function, callee, project)
    if isinstance(callee, Bound):
        return callee.function == function or _overrides(function, callee, project)
    return callee == function


def _is_method_of(function: FunctionRef, cls: ClassRef, project: Project) -> bool:
    found = project.values.attribute(Instance(cls), name_of(function))
    return any(isinstance(value, Bound) and value.function == function for value in found)


def _overrides(function: FunctionRef, callee: Bound, project: Project) -> bool:
    """Whether a method may stand in for the one that a call names: it has its name, in a class derived from its own."""
    own, named = class_of(function), class_of(callee.function)
    if own is None or named is None or own == named or name_of(function) != name_of(callee.function):
        return False
    if callee.receiver == Instance(named) and name_of(function) in CONSTRUCTORS:
        return False  # `super().__init__()` means the one that it names
    return named in project.values.ancestry(own) and _may_be(own, callee.receiver, project)


def _may_be(own: ClassRef, receiver: Instance | ClassRef, project: Project) -> bool:
    """Whether a receiver of a declared class may be of the subclass `own`: not where its construction is in sight."""
    if isinstance(receiver, ClassRef) or receiver.origin is not None:
        cls = receiver if isinstance(receiver, ClassRef) else receiver.cls
        return isinstance(cls, ClassRef) and own in project.values.ancestry(cls)
    return True


def constructor_names(function: FunctionRef, project: Project) -> Iterator[str]:
    """The names by which a constructor is called: those of its class and of the classes derived from it."""
    own = class_of(function)
    if own is not None:
        yield from (name_of(function), "cls")
        yield from (name for name, _ in project.derived(own))


def instances(method: FunctionRef, project: Project) -> Iterator[tuple[File, int]]:
    """The calls that make an instance of a class for which `method` is the method of its name."""
    own = class_of(method)
    names = dict.fromkeys(name for name, _ in project.derived(own)) if own is not None else ()
    for name in names:
        for file in project.possible_callers(method.file, name):
            for site in file.calls_by_name.get(name, ()):
                callees = project.values.callee(file, site)
                if any(isinstance(made, ClassRef) and _is_method_of(method, made, project) for made in callees):
                    yield file, site


def property_reads(function: FunctionRef, project: Project) -> list[tuple[File, AttributeRead]]:
    """Where the project reads a property that `function` computes; may read it, if no receiver is known."""
    own, name = class_of(function), name_of(function)
    sure: list[tuple[File, AttributeRead]] = []
    maybe: list[tuple[File, AttributeRead]] = []
    for file in project.readers(function.file, name) if own is not None else ():
        for read in file.attribute_reads.get(name, ()):
            values = project.values.of(file, read.expr.value, Place(read.scope, read.block, read.order))
            if any(own is not None and is_of(value, own, project) for value in values):
                sure.append((file, read))
            elif UNKNOWN in values:
                maybe.append((file, read))
    return sure or maybe


def is_of(value: Value, own: ClassRef, project: Project) -> bool:
    """Whether a value is an object of a class, or of one above or below it."""
    if not isinstance(value, Instance) or not isinstance(value.cls, ClassRef):
        return False
    return own in project.values.ancestry(value.cls) or value.cls in project.values.ancestry(own)
