"""What a name of a file can possibly be, told from its bindings alone, wherever it is used.

A large file has tens of thousands of uses of names; of most the answer here is no, and what reaches each of them need
not be found out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.sdk_use.partials import is_partial


class BoundNames(NamedTuple):
    """The names that a file may bind, in any scope, to a method, to code of another file, to a mere parameter."""

    methods: frozenset[str]
    code: frozenset[str]
    parameters: frozenset[str]


def bound_names(file: File) -> BoundNames:
    """The names of a file, in one pass over its bindings."""

    def named(is_one: Callable[[ir.Binding], bool]) -> frozenset[str]:
        return frozenset(row.name for row in file.model.bindings if is_one(row))

    return BoundNames(
        named(lambda row: may_be_method(file, row)),
        named(may_be_code),
        named(is_mere_parameter),
    )


def may_be_method(file: File, binding: ir.Binding) -> bool:
    """Whether a binding may give its name a method of the SDK: `read = client.read_run`, an import, a partial."""
    return (
        isinstance(binding.value, ir.Attribute)
        or binding.module.startswith("langsmith")
        or (isinstance(binding.value, ir.CallRef) and is_partial(file, binding.value))
    )


def may_be_code(binding: ir.Binding) -> bool:
    """Whether a binding may give its name a function or class of another file."""
    return binding.kind == "import" or isinstance(binding.value, (ir.Name, ir.Attribute))


def is_mere_parameter(binding: ir.Binding) -> bool:
    """Whether a binding is a parameter without a default."""
    return binding.kind == "parameter" and binding.value is None
