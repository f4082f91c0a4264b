"""What a call passes for a parameter of a function: of the function that it calls, or of one that it is given."""

from __future__ import annotations

from collections.abc import Sequence

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, last_name
from lint_langsmith.analysis.values.abstract import FunctionRef
from lint_langsmith.analysis.values.functions import name_of, positional_names


def passed_argument(
    caller: File, site: int, function: FunctionRef, name: str
) -> ir.Expr | None:
    """The expression that a call passes for a parameter; None where it passes none or it can't be told."""
    args = caller.model.calls[site].args
    for arg in args:
        if arg.keyword == name:
            return arg.value
    names = positional_names(function)
    return _positional(args, names.index(name)) if name in names else None


def handed_argument(
    caller: File, site: int, function: FunctionRef, name: str
) -> ir.Expr | None:
    """The expression that a call passes on for a parameter of the function which it is given.

    That are the positional arguments behind the function, `args=(…)`, and keywords.
    """
    args = caller.model.calls[site].args
    known = {arg.keyword: arg.value for arg in args if arg.keyword is not None}
    if name in known:
        return known[name]
    names = positional_names(function)
    if name not in names:
        return None
    position = names.index(name)
    given = known.get("args")
    if isinstance(given, ir.Sequence) and position < len(given.items):
        return given.items[position]
    return _positional(_behind(args, function), position)


def _behind(args: Sequence[ir.Argument], function: FunctionRef) -> Sequence[ir.Argument]:
    """The arguments behind the one that is a function."""
    for index, arg in enumerate(args):
        if _hands_over(arg, function):
            return args[index + 1 :]
    return ()


def _hands_over(arg: ir.Argument, function: FunctionRef) -> bool:
    """Whether an argument is a function, by its name or as a lambda that stands there."""
    if isinstance(arg.value, ir.Lambda):
        return arg.value.scope == function.scope
    return last_name(arg.value) == name_of(function)


def _positional(args: Sequence[ir.Argument], position: int) -> ir.Expr | None:
    """The positional argument at a position; None where one before it is unpacked, or a keyword."""
    for arg in args[: position + 1]:
        if arg.stars or arg.keyword is not None:
            return None
    return args[position].value if position < len(args) else None
