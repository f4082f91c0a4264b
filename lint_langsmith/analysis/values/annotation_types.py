"""What values of an annotated type are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.model import Expr
from lint_langsmith.analysis.project.file import File, Placed
from lint_langsmith.analysis.values import containers
from lint_langsmith.analysis.values.abstract import (
    ANY,
    NONE,
    UNKNOWN,
    ClassRef,
    ExternalName,
    Group,
    Instance,
    Table,
    Values,
)
from lint_langsmith.analysis.values.bindings import lookup

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluation import Evaluation

_OPTIONAL: Final = frozenset(
    {"typing.Optional", "typing.Union", "typing_extensions.Optional", "types.UnionType"}
)
_WRAPPER_NAMES: Final = (
    *(
        "Annotated",
        "Iterator",
        "Generator",
        "AsyncIterator",
        "AsyncGenerator",
        "Final",
        "ClassVar",
        "Awaitable",
    ),
    *("Coroutine", "Iterable"),
)
_WRAPPED_TYPES: Final = frozenset(
    f"{module}.{name}"
    for module in ("typing", "collections.abc", "typing_extensions")
    for name in _WRAPPER_NAMES
)
# Annotations that say nothing of a value.
_ANYTHING: Final = frozenset(
    {
        ExternalName("typing.Any"),
        ExternalName("typing_extensions.Any"),
        ExternalName("builtins.object"),
        ExternalName("_typeshed.Incomplete"),
    }
)


def types(values: Evaluation, file: File, annotation: Expr | None, place: Placed) -> Values:
    """What a value of an annotated type is: instances of the classes it names, `UNKNOWN` for other types."""
    if annotation is None:
        return ANY
    if isinstance(annotation, ir.Constant):
        return (NONE,) if annotation.literal == "None" else ANY
    if isinstance(annotation, ir.Binary):
        return (
            *types(values, file, annotation.left, place),
            *types(values, file, annotation.right, place),
        )
    if isinstance(annotation, ir.Subscript):
        return _generic(values, file, annotation, place)
    if isinstance(annotation, ir.Name):
        aliased = [binding.value for binding in lookup(file, annotation.id, place)]
        if aliased and all(isinstance(value, (ir.Subscript, ir.Binary)) for value in aliased):
            # An alias may be made of itself, and of others many times over.
            return tuple(
                value
                for alias in aliased
                if alias is not None
                for value in values.types_of_alias(file, alias, place)
            )
    if isinstance(annotation, (ir.Name, ir.Attribute)):
        named = values.of(file, annotation, place)
        return tuple(
            Instance(value)
            if isinstance(value, (ExternalName, ClassRef)) and value not in _ANYTHING
            else UNKNOWN
            for value in named
        )
    return ANY


def _generic(values: Evaluation, file: File, annotation: ir.Subscript, place: Placed) -> Values:
    names = {
        value.name
        for value in values.of(file, annotation.value, place)
        if isinstance(value, ExternalName)
    }
    index = annotation.index
    parts = index.items if isinstance(index, ir.Sequence) else (index,)
    if names & _OPTIONAL:
        return tuple(value for part in parts for value in types(values, file, part, place))
    if names & containers.LISTS:
        # `tuple[Client, str]` has a type for each of its parts, `tuple[Client, ...]` one for all.
        kinds = parts if len(parts) > 1 and not _is_ellipsis(parts[1]) else parts[:1]
        return (Group.of(tuple(types(values, file, part, place) for part in kinds)),)
    if names & containers.DICTS:
        return (Table.of(((None, types(values, file, parts[-1], place)),)),)
    if names & _WRAPPED_TYPES:
        return types(
            values, file, parts[-1] if names & {"typing.Coroutine"} else parts[0], place
        )
    return ANY


def _is_ellipsis(expr: Expr) -> bool:
    return isinstance(expr, ir.Constant) and expr.literal == "..."
