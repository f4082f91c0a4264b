"""What the definition of a function says of it: its name, its class, whether it is a constructor."""

from __future__ import annotations

from typing import Final

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, last_name
from lint_langsmith.analysis.values.abstract import ClassRef, FunctionRef

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


def constructor_of(cls: ClassRef) -> FunctionRef | None:
    """The `__init__` that a class itself defines."""
    for row in cls.file.bindings.get((cls.scope, "__init__"), ()):
        if row.kind == "function":
            return FunctionRef(cls.file, row.target)
    return None


def is_method(function: FunctionRef) -> bool:
    """Whether a function is defined in the body of a class."""
    return class_of(function) is not None


def uncalled(file: File, decorator: ir.Expr) -> ir.Expr:
    """What a decorator is called by: `field_validator` of `@field_validator("name")`."""
    return (
        file.model.calls[decorator.site].func
        if isinstance(decorator, ir.CallRef)
        else decorator
    )


def takes_receiver(function: FunctionRef) -> bool:
    """Whether the first parameter of a function is the object, or the class, on which it is called."""
    if not is_method(function):
        return False
    decorators = function.file.model.scopes[function.scope].decorators
    return all(last_name(decorator) != "staticmethod" for decorator in decorators)


def positional_names(function: FunctionRef) -> list[str]:
    """The parameters of a function that get positional arguments, in order, without the receiver."""
    params = function.file.model.scopes[function.scope].params
    names = [param.name for param in params if not param.keyword_only and not param.stars]
    return names[1:] if takes_receiver(function) else names
