"""Calls that are surely the SDK's: what is said of their results would be wrong of anything else."""

from __future__ import annotations

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
from lint_langsmith.analysis.values.abstract import (
    ClassRef,
    Constant,
    ExternalName,
    Instance,
    Parameter,
    Value,
)


def is_certain(call: ApiCall, analysis: Analysis) -> bool:
    """Whether it is that method of that class, or that function, and nothing else: others give other things."""
    func = call.call.func
    if call.method is None or call.handed is not None:
        return False
    if not call.owner:
        return all(
            isinstance(callee, ExternalName)
            for callee in analysis.values.callee(call.file, call.site)
        )
    if not isinstance(func, ir.Attribute):
        return False
    receivers = analysis.values.of(call.file, func.value, call.file.place(call.call))
    told = [value for value in receivers if not isinstance(value, (Parameter, Constant))]
    told = [value for value in told if not _lacks(value, func.name)]
    return all(_owner(value, analysis) == call.owner for value in told)


def _owner(value: Value, analysis: Analysis) -> str | None:
    """The class of the SDK's that an object is of: a client, or what one has or gives (`client.runs`)."""
    instance = value if isinstance(value, Instance) else analysis.sdk_types.of(value)
    return analysis.sdk_types.sdk_class(instance) if instance is not None else None


def _lacks(value: Value, name: str) -> bool:
    """Whether an object surely has no such method: it is of a class that stands in for an import that failed."""
    if not isinstance(value, Instance) or not isinstance(value.cls, ClassRef):
        return False
    file, scope = value.cls.file, value.cls.scope
    bare = not file.model.scopes[scope].bases and not file.stores_by_attribute.get(name)
    return bare and not any(
        file.bindings.get((scope, wanted)) for wanted in (name, "__getattr__")
    )
