"""Whether a program is ready for a name of the SDK not to be there: a handler around its use or import, `hasattr`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Placed
from lint_langsmith.analysis.project.tests_of_names import dotted
from lint_langsmith.analysis.values.abstract import ExternalName

if TYPE_CHECKING:
    from lint_langsmith.analysis.exceptions.outcome import Outcomes

_IMPORT_ERRORS: Final = ("builtins.ImportError", "builtins.Exception", "builtins.BaseException")
_ATTRIBUTE_ERRORS: Final = (
    "builtins.AttributeError",
    "builtins.Exception",
    "builtins.BaseException",
)


def hides_import(file: File, binding: ir.Binding, outcomes: Outcomes) -> bool:
    """Whether a handler around an import catches the ImportError."""
    return outcomes.local(file, binding.block, _IMPORT_ERRORS).verdict == "yes"


def hides_attribute(file: File, load: ir.Load, outcomes: Outcomes) -> bool:
    """Whether a handler around a use catches the AttributeError."""
    return outcomes.local(file, load.block, _ATTRIBUTE_ERRORS).verdict == "yes"


def hides_type_error(file: File, block: int, outcomes: Outcomes) -> bool:
    """Whether a handler around a block catches the TypeError or AttributeError that is raised in it."""
    return (
        outcomes.local(
            file, block, ("builtins.TypeError", "builtins.Exception", "builtins.BaseException")
        ).verdict
        == "yes"
    )


def asks_for(file: File, name: str) -> bool:
    """Whether a file asks of something whether it has an attribute: `hasattr(client, "trace")`."""
    sites = (*file.calls_by_name.get("hasattr", ()), *file.calls_by_name.get("getattr", ()))
    return any(
        len(args := file.model.calls[site].args) > 1
        and isinstance(args[1].value, ir.Text)
        and args[1].value.value == name
        for site in sites
    )


def is_asked_for(file: File, load: ir.Load, name: str, outcomes: Outcomes) -> bool:
    """`hasattr(client, "trace")`, `except AttributeError`, and attributes that the program itself sets."""
    if asks_for(file, name):
        return True
    if any(store.value is not None for store in file.stores_by_attribute.get(name, ())):
        return True
    return is_narrowed(file, load.expr, load, outcomes)


def is_narrowed(file: File, expr: ir.Expr, place: Placed, outcomes: Outcomes) -> bool:
    """Whether a function asks what the object is of which an attribute is read, or expects that it has no such.

    Where the answer can be told, `values/narrowing.py` has drawn the conclusion already; here it may be any.
    """
    asked = file.asked_names.get(file.function_of(place.scope), frozenset())
    owner = dotted(expr.value) if isinstance(expr, ir.Attribute) else ""
    if owner in asked or dotted(expr) in asked:
        return True
    return _handles(file, place.block, "builtins.AttributeError", outcomes)


def asks_for_import(file: File, binding: ir.Binding, outcomes: Outcomes) -> bool:
    """Whether the program is ready for the name not to be there: `except ImportError` around its import."""
    return any(
        _handles(file, binding.block, f"builtins.{name}", outcomes)
        for name in ("ImportError", "ModuleNotFoundError")
    )


def expects_type_error(file: File, block: int, outcomes: Outcomes) -> bool:
    """Whether the program is ready for a release that takes other arguments: `except TypeError` around a call."""
    return _handles(file, block, "builtins.TypeError", outcomes)


def _handles(file: File, block: int, error: str, outcomes: Outcomes) -> bool:
    """Whether one of the `try` statements around a block has a handler that names an exception."""
    for current in file.block_chain(block):
        row = file.model.blocks[current]
        if row.kind != "try":
            continue
        for handler in file.model.tries[row.owner].handlers:
            if ExternalName(error) in outcomes.classes(file, handler):
                return True
    return False
