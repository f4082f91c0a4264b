"""Objects that have another one asked for what they lack: `__getattr__` that returns `getattr(other, name)`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.values.abstract import ClassRef, ExternalName, FunctionRef, Value

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluator import Evaluator

_GETATTR: Final = ExternalName("builtins.getattr")


def passed_on(values: Evaluator, cls: ClassRef, name: str) -> Iterator[Value]:
    """What an object of a class of the project gives for an attribute that it does not have itself.

    Nothing where no `__getattr__` says so. Python asks classes, not objects, for its own methods (`__enter__`).
    """
    asked = None if name.startswith("__") else _asked_for_others(values, cls)
    if asked is None or len(asked.file.model.scopes[asked.scope].params) != 2:
        return
    for result in asked.file.returns_by_scope.get(asked.scope, ()):
        for owner in _owners(values, asked, result):
            yield from values.attribute(owner, name)


def _asked_for_others(values: Evaluator, cls: ClassRef) -> FunctionRef | None:
    """The `__getattr__` of a class, which may be that of a base."""
    for base in values.ancestry(cls):
        if isinstance(base, ClassRef):
            for binding in base.file.bindings.get((base.scope, "__getattr__"), ()):
                if binding.kind == "function":
                    return FunctionRef(base.file, binding.target)
    return None


def _owners(values: Evaluator, asked: FunctionRef, result: ir.Return) -> Iterator[Value]:
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
