"""What an expression may stand for, by its kind: attributes, items, operators, conditions, displays.

Names and calls are not among them: they lead to other places of the program (`evaluator.py`, `calls.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Placed
from lint_langsmith.analysis.values import containers, objects
from lint_langsmith.analysis.values.abstract import (
    ANY,
    NONE,
    UNKNOWN,
    Environment,
    ExternalName,
    FunctionRef,
    Group,
    Instance,
    Literal,
    Outcome,
    Parameter,
    Table,
    Value,
    Values,
    described,
)
from lint_langsmith.analysis.values.constant_folding import fold

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluation import Evaluation

_Evaluate: TypeAlias = "Callable[[Evaluation, File, Any, Placed], Iterable[Value]]"

_ENVIRON: Final = ExternalName("os.environ")
_CHAIN: Final = Instance(ExternalName("langchain_core.runnables.base.RunnableSequence"))


def _attribute(
    values: Evaluation, file: File, expr: ir.Attribute, place: Placed
) -> Iterable[Value]:
    owners = _with_attributes(values.of(file, expr.value, place))
    if len(owners) == 1:
        return values.attribute(owners[0], expr.name)
    return [found for owner in owners for found in values.attribute(owner, expr.name)]


def _with_attributes(owners: Values) -> Values:
    """The values that are meant where an attribute is taken: None has none, of a typed parameter the type counts."""
    if len(owners) == 1:
        return owners
    is_typed = any(isinstance(value, Instance) for value in owners)
    meant: list[Value] = []
    for value in owners:
        is_untold = is_typed and isinstance(value, Parameter)
        if value != NONE and not is_untold:
            meant.append(value)
    return tuple(meant) or owners


def _conditional(
    values: Evaluation, file: File, expr: ir.Conditional, place: Placed
) -> Iterable[Value]:
    return (*values.of(file, expr.body, place), *values.of(file, expr.orelse, place))


def _inner(
    values: Evaluation, file: File, expr: ir.Await | ir.Walrus, place: Placed
) -> Iterable[Value]:
    return values.of(file, expr.value, place)


def _lambda(
    _values: Evaluation, file: File, expr: ir.Lambda, _place: Placed
) -> Iterable[Value]:
    return (FunctionRef(file, expr.scope),)


def _boolean(
    values: Evaluation, file: File, expr: ir.Boolean, place: Placed
) -> Iterable[Value]:
    """`a or b` may be each of them; of `a and b` the last counts where it is used as a value."""
    last = values.of(file, expr.values[-1], place)
    if expr.op == "and":
        return last
    found: list[Value] = []
    for value in expr.values[:-1]:
        found.extend(item for item in values.of(file, value, place) if item != NONE)
    return (*found, *last)


# -- texts -----------------------------------------------------------------------------------------------------------


def _string(
    values: Evaluation, file: File, expr: ir.Template | ir.Binary, place: Placed
) -> Iterable[Value]:
    if isinstance(expr, ir.Binary) and expr.op == "|":
        return _piped(values, file, expr, place)
    folded = fold(expr, values.resolver(file, place), file)
    if folded is not None:
        return (Literal(folded),)
    if isinstance(expr, ir.Binary) and expr.op == "+":
        return containers.added(values, file, expr, place)
    return ANY


def _piped(values: Evaluation, file: File, expr: ir.Binary, place: Placed) -> Iterable[Value]:
    """`prompt | model` is a chain of LangChain's if either of them is an object of its."""
    sides = [expr.right]
    left: ir.Expr = expr.left
    while isinstance(left, ir.Binary) and left.op == "|":
        sides.append(left.right)
        left = left.left
    sides.append(left)
    for side in sides:
        if any(map(_is_runnable, values.of(file, side, place))):
            return (_CHAIN,)
    return ANY


def _is_runnable(value: Value) -> bool:
    """Whether a value is an object of LangChain's, as far as its name tells; its classes stand in annotations."""
    if isinstance(value, Instance):
        return isinstance(value.cls, ExternalName) and value.cls.name.startswith("langchain")
    return isinstance(value, Outcome) and described(value).startswith("langchain")


# -- items -----------------------------------------------------------------------------------------------------------


def _item(values: Evaluation, file: File, expr: ir.Subscript, place: Placed) -> Iterable[Value]:
    owners = values.of(file, expr.value, place)
    # Of a generic class the index is its types, and where they come from leads far away.
    index = values.texts(file, expr.index, place) if any(map(_has_items, owners)) else None
    found: list[Value] = []
    for owner in owners:
        if _has_items(owner):
            found.extend(_item_of(owner, index, is_slice=isinstance(expr.index, ir.Opaque)))
        elif (state := objects.state(owner)) is not None:
            found.extend(values.kept(state, values.texts(file, expr.index, place)) or ANY)
        elif isinstance(owner, ExternalName):
            found.append(owner)  # a generic class with its arguments
        else:
            found.append(UNKNOWN)
    return found


def _has_items(value: Value) -> bool:
    return isinstance(value, (Group, Table)) or value == _ENVIRON


def _item_of(owner: Value, index: str | None, *, is_slice: bool) -> Iterable[Value]:
    """An item of a collection, or of the variables of the process."""
    if isinstance(owner, Group) and is_slice:
        return (owner,)
    if isinstance(owner, (Group, Table)):
        return containers.item(owner, index)
    return (Environment(index) if index is not None else UNKNOWN,)


# For names and calls see `Evaluator.of`.
BY_KIND: Final[Mapping[type, _Evaluate]] = {
    ir.Attribute: _attribute,
    ir.Template: _string,
    ir.Binary: _string,
    ir.Boolean: _boolean,
    ir.Conditional: _conditional,
    ir.Subscript: _item,
    ir.Await: _inner,
    ir.Walrus: _inner,
    ir.Sequence: containers.display,
    ir.Mapping: containers.display,
    ir.Comprehension: containers.display,
    ir.Lambda: _lambda,
}
