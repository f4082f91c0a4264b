"""Through what other files come by a client: names that they import, states of frameworks, arguments that they get.

A file that uses what one of the files in scope carries has to do with LangSmith, although it does not name it; and so
has one whose functions `evaluate()` runs.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, is_test, parts
from lint_langsmith.analysis.project.view import in_scope_files
from lint_langsmith.analysis.project.words import LOADERS
from lint_langsmith.analysis.sdk_use.bound_names import may_be_code
from lint_langsmith.analysis.values import objects
from lint_langsmith.analysis.values.abstract import (
    Bound,
    ClassRef,
    ExternalName,
    FunctionRef,
    Group,
    Instance,
    Parameter,
    Table,
    Unknown,
    Value,
    Values,
)
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.sdk.variables import KEYS

if TYPE_CHECKING:
    from lint_langsmith.analysis.sdk_use.clients import Clients
    from lint_langsmith.analysis.sdk_use.evaluated import EvaluatedFunctions
    from lint_langsmith.analysis.values.evaluator import Evaluator

_ERRORS_OF: Final = ("langsmith.", "langgraph_sdk.")


class _Idle(NamedTuple):
    """Values that are known to bring no client, and those that are none, of collections.

    Each of thousands of names may stand for the same hundreds of values.
    """

    values: set[Value]
    contents: set[Value]


class Carriers:
    """What carries clients from file to file in one project."""

    def __init__(
        self,
        clients: Clients,
        evaluated: EvaluatedFunctions,
        values: Evaluator,
        whole_values: Evaluator,
    ) -> None:
        """`values` evaluates expressions; `whole_values` may look into every file, and so may `evaluated`."""
        self._clients = clients
        self._evaluated = evaluated
        self._project = values.project
        self._view = values.view
        self._values = values
        self._whole_values = whole_values

    def carried_names(self, file: File) -> Iterator[str]:
        """Names of a module through which an importer comes by a client."""
        values = self._values
        idle = _Idle(set(), set())
        for (scope, name), bindings in file.bindings.items():
            if scope != 0 or bindings[0].kind in {"import", "star-import"}:
                continue
            if all(map(_binds_data, bindings)):
                continue
            if self._carries(values.exported(file, name), idle):
                yield name
        for cls in range(len(file.model.scopes)):
            if file.model.scopes[cls].kind == "class":
                yield from self._carrying_attributes(ClassRef(file, cls))

    def indirectly_relevant(self) -> frozenset[str]:
        """The files that use what the files in scope carry and are not among them yet.

        Of tests only those matter that have to do with LangSmith themselves: they use everything, and may fail.
        """
        project, in_scope = self._project, self._view.in_scope
        found: set[str] = set()
        for carrier in in_scope_files(project, self._view):
            importers = [
                other
                for other in project.imports.importers(carrier.relative)
                if other not in in_scope and not is_test(other)
            ]
            words = tuple(self.carried_names(carrier)) if importers else ()
            for other in importers:
                if any(project.mentions(other, word) for word in words):
                    found.add(other)
            found.update(self._loading_later(carrier.relative))
            found.update(file.relative for file in self.receivers(carrier) if not file.is_test)
            readers = project.holding(tuple(self.kept_as(carrier))).values()
            found.update(other for names in readers for other in names if not is_test(other))
        found.update(self._handed_to_evaluate())
        return frozenset(found - in_scope)

    def _handed_to_evaluate(self) -> Iterator[str]:
        """The files of the functions that `evaluate()` runs."""
        if not any(self._project.mentions(name, "evaluate") for name in self._view.in_scope):
            return
        for function, evaluated in self._evaluated.by_function.items():
            # One whose result another returns is part of the program, which has callers of its own.
            if evaluated.by is None and not function.file.is_test:
                yield function.file.relative

    def _loading_later(self, name: str) -> Iterator[str]:
        """The programs that load variables and import a file that may look for the key when it is imported."""
        project = self._project
        if any(project.mentions(name, word) for word in ("Client", *KEYS)):
            for other in project.imports.importers(name):
                if not is_test(other) and any(
                    project.mentions(other, word) for word in LOADERS
                ):
                    yield other

    def kept_as(self, file: File) -> Iterator[str]:
        """What stands in code that reads a client which a file puts into the state of a framework."""
        values = self._values
        for name, rows in values.kept_by_name.items():
            own = [row for row in rows if row.file is file]
            if any(map(self._clients.is_client, values.in_states(own))):
                yield from objects.spellings(name)

    def receivers(self, file: File) -> Iterator[File]:
        """The files of the functions and classes that a file hands a client to, itself or by a pool or partial."""
        for call in file.model.calls:
            given = [part for arg in call.args for part in parts(arg.value)]
            if not given:
                continue
            # Most calls are of what is known: what they are given need not be.
            elsewhere = [
                expr
                for expr in self._code_of(file, call, given)
                if self._may_be_elsewhere(file, expr, call)
            ]
            if elsewhere and any(
                self._is_client_expression(file, part, call) for part in given
            ):
                for expr in elsewhere:
                    yield from self._homes(file, expr, call)

    def _code_of(
        self, file: File, call: ir.Call, given: Iterable[ir.Expr]
    ) -> Iterator[ir.Expr]:
        """What a call may run: what is called, and what that is given, unless it is the project's and says itself."""
        yield call.func
        found = self._values.of(file, call.func, call)
        if not all(isinstance(value, (FunctionRef, ClassRef)) for value in found):
            yield from (part for part in given if self._may_be_code(file, part, call))

    def _may_be_code(self, file: File, expr: ir.Expr, call: ir.Call) -> bool:
        """Whether an argument may be a function or class: most names are of data, for which callers lead far away."""
        if not isinstance(expr, ir.Name):
            return isinstance(expr, ir.Attribute)
        return expr.id in self._clients.names(file).code and any(
            map(may_be_code, lookup(file, expr.id, call))
        )

    def _is_client_expression(self, file: File, expr: ir.Expr, call: ir.Call) -> bool:
        plain = isinstance(expr, (ir.Name, ir.Attribute, ir.CallRef))
        return plain and any(map(self._clients.is_client, self._values.of(file, expr, call)))

    def _homes(self, file: File, expr: ir.Expr, call: ir.Call) -> Iterator[File]:
        for value in self._whole_values.of(file, expr, call):
            target = value.function if isinstance(value, Bound) else value
            if isinstance(target, (FunctionRef, ClassRef)) and target.file is not file:
                yield target.file

    def _may_be_elsewhere(self, file: File, expr: ir.Expr, call: ir.Call) -> bool:
        """Whether the files near LangSmith do not say themselves what an expression is."""
        if not isinstance(expr, (ir.Name, ir.Attribute)):
            return False
        found = self._values.of(file, expr, call)
        return any(isinstance(value, (Parameter, Unknown)) for value in found)

    def _carries(self, found: Values, idle: _Idle) -> bool:
        """Whether values bring a client, or an exception of the SDK: a handler elsewhere may name it."""
        for value in found:
            if value in idle.values:
                continue
            if self._brings(value, idle):
                return True
            idle.values.add(value)
        return False

    def _brings(self, value: Value, idle: _Idle) -> bool:
        if isinstance(value, FunctionRef):
            return any(map(self._clients.is_client, self._values.results(value)))
        if (
            isinstance(value, (ClassRef, ExternalName))
            and self._clients.client_class(value) is not None
        ):
            return True
        contents = _contents(value).difference(idle.contents)
        if any(self._clients.is_client(item) or _is_error(item) for item in contents):
            return True
        idle.contents.update(contents)
        return any(map(self._clients.is_client, self._values.held_by(value)))

    def _carrying_attributes(self, cls: ClassRef) -> Iterator[str]:
        """Attributes of a class of the project that hold or give a client."""
        file = cls.file
        of_class = file.names_by_scope.get(cls.scope, ())
        for name in self._values.attribute_names(cls):
            if name not in file.stores_by_attribute and name not in of_class:
                continue
            found = self._values.attribute(Instance(cls), name)
            functions = [value.function for value in found if isinstance(value, Bound)]
            results = [
                result for function in functions for result in self._values.results(function)
            ]
            if any(map(self._clients.is_client, (*found, *results))):
                yield name


def _binds_data(row: ir.Binding) -> bool:
    """Whether a binding gives its name a text or a number: most names of a large module have nothing else."""
    return row.kind == "assign" and row.annotation is None and ir.is_data(row.value)


def _contents(value: Value) -> set[Value]:
    """What is in a collection; any other value itself."""
    if isinstance(value, Group):
        return set(itertools.chain.from_iterable(value.items))
    return (
        {found for _, values in value.items for found in values}
        if isinstance(value, Table)
        else {value}
    )


def _is_error(value: Value) -> bool:
    """Whether a value is an exception class of the SDK, or has one in it."""
    if isinstance(value, Group):
        return any(_is_error(item) for items in value.items for item in items)
    return (
        isinstance(value, ExternalName)
        and value.name.startswith(_ERRORS_OF)
        and value.name.endswith("Error")
    )
