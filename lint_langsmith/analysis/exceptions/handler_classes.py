"""Which exception classes something catches: a handler, `suppress`, a retry policy, a handler of a framework.

A class is asked about by the names of an exception and of its bases (`mro`). One of a package whose exceptions are
known not to be related to LangSmith's catches none of them; one from elsewhere may be anything.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis import limits
from lint_langsmith.analysis.exceptions.passed_arguments import Passed, passed_at
from lint_langsmith.analysis.exceptions.raised import RaisedError, Verdict, agreed, one_of
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Place, last_name, parts
from lint_langsmith.analysis.values.abstract import (
    ClassRef,
    Constant,
    ExternalName,
    FunctionRef,
    Group,
    Value,
    Values,
)
from lint_langsmith.analysis.values.bindings import lookup

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluator import Evaluator

# Packages whose exceptions are known to be no relatives of LangSmith's. A name from elsewhere may stand for anything.
_KNOWN_PACKAGES: Final = sys.stdlib_module_names | {
    *(
        "langsmith",
        "langgraph_sdk",
        "builtins",
        "requests",
        "httpx",
        "httpx2",
        "aiohttp",
        "urllib3",
        "openai",
    ),
    *("anthropic", "pydantic"),
    *(
        "pydantic_core",
        "tenacity",
        "botocore",
        "sqlalchemy",
        "redis",
        "fastapi",
        "starlette",
        "flask",
        "werkzeug",
    ),
    *(
        "jinja2",
        "yaml",
        "langgraph",
        "langchain",
        "langchain_core",
        "click",
        "typer",
        "websockets",
        "google",
        "grpc",
    ),
}

_OLD_NAMES: Final[Mapping[str, str]] = {
    "builtins.IOError": "builtins.OSError",
    "builtins.EnvironmentError": "builtins.OSError",
}


class HandlerClasses:
    """What the classes that a program names catch."""

    def __init__(self, values: Evaluator, passed: Passed) -> None:
        """`passed` has the arguments of a function that is judged as it is called once; empty otherwise."""
        self._values = values
        self._sdk = values.project.sdk
        self._passed = passed

    def of(self, file: File, handler: ir.Handler) -> Values:
        """The classes that a handler names, those of a tuple one by one; none for a bare `except:`.

        They are what their names stand for when the body of the `try` has run.
        """
        if handler.type is None:
            return ()
        place = handler_place(file, handler)
        if not self._passed:
            return tuple(_flat(self._values.of(file, handler.type, place)))
        found: list[Value] = []
        for part in parts(handler.type):
            found.extend(self.named(file, part, place))
        return tuple(_flat(found))

    def named(self, file: File, expr: ir.Expr, place: Place) -> Values:
        """What names a class stands for: a parameter for what is passed where its function is called.

        So does an attribute in which the constructor that is called keeps a parameter.
        """
        rows = lookup(file, expr.id, place) if isinstance(expr, ir.Name) else ()
        for row in rows:
            passed = self._passed.get((FunctionRef(file, row.scope), row.name))
            if passed is not None and row.kind == "parameter":
                return passed
        if isinstance(expr, ir.Attribute) and last_name(expr.value) == "self":
            for (function, name), passed in self._passed.items():
                if function.file == file and _is_kept_as(function, name, expr.name):
                    return passed
        return self._values.of(file, expr, place)

    def catches(self, file: File, handler: ir.Handler, mro: tuple[str, ...]) -> Verdict:
        """Whether a handler catches an exception of a class with these bases."""
        if handler.type is None:
            return "yes"
        called = self._as_called(file, handler) or [self]
        return agreed(classes.any_catches(classes.of(file, handler), mro) for classes in called)

    def _as_called(self, file: File, handler: ir.Handler) -> Sequence[HandlerClasses]:
        """The same in each call of the function of whose parameter a handler has the classes.

        Nothing where some calls are not known, or too many are: `def load(errors=(ValueError,))`.
        """
        if not isinstance(handler.type, ir.Name) or self._passed:
            return ()
        function = FunctionRef(file, file.function_of(file.model.blocks[handler.block].scope))
        name = handler.type.id
        rows = lookup(file, name, handler_place(file, handler))
        if [(row.kind, row.scope) for row in rows] != [("parameter", function.scope)]:
            return ()
        sure, maybe = self._values.call_graph.of(function)
        if maybe or len(sure) > limits.CALLS_WITH_CLASSES:
            return ()
        given = [passed_at(self._values, function, *site) for site in sure]
        return [
            HandlerClasses(self._values, passed)
            for passed in given
            if (function, name) in passed
        ]

    def catches_raised(self, file: File, handler: ir.Handler, thrown: RaisedError) -> Verdict:
        """Whether a handler catches an exception, whichever of its alternatives it is."""
        return agreed(self.catches(file, handler, mro) for mro in thrown.alternatives)

    def any_catches(self, values: Values, mro: tuple[str, ...]) -> Verdict:
        """Whether one of several classes catches an exception of a class with these bases."""
        return one_of(self._catches(value, mro) for value in values)

    def any_catches_raised(self, values: Values, thrown: RaisedError) -> Verdict:
        """Whether one of several classes catches an exception, whichever of its alternatives it is."""
        return agreed(self.any_catches(values, mro) for mro in thrown.alternatives)

    def _catches(self, value: Value, mro: tuple[str, ...]) -> Verdict:
        if isinstance(value, ExternalName):
            return self._external_catches(value.name, mro)
        if isinstance(value, Group):
            return self.any_catches(tuple(_flat((value,))), mro)
        # A class of the project's own is never a base of an SDK class.
        if isinstance(value, (ClassRef, Constant)):
            return "no"
        return "unsure"

    def _external_catches(self, name: str, mro: tuple[str, ...]) -> Verdict:
        canonical = self._sdk.canonical(name) if self._sdk.owns(name) else name
        if (canonical or name) in mro or _is_exported_as(name, mro):
            return "yes"
        return "no" if name.partition(".")[0] in _KNOWN_PACKAGES else "unsure"


def _is_kept_as(constructor: FunctionRef, name: str, attribute: str) -> bool:
    """Whether a constructor keeps a parameter under an attribute: `self.kinds = kinds`."""
    return any(
        isinstance(store.target, ir.Attribute)
        and store.target.name == attribute
        and isinstance(store.value, ir.Name)
        and store.value.id == name
        for store in constructor.file.stores_by_function.get(constructor.scope, ())
    )


def handler_place(file: File, handler: ir.Handler) -> Place:
    """Where the classes of a handler are evaluated: in the block around the `try`, when its body has run."""
    block = file.model.blocks[handler.block]
    return Place(block.scope, block.parent, handler.order)


def _is_exported_as(name: str, mro: tuple[str, ...]) -> bool:
    """Whether a package exports one of the classes under a shorter name: `requests.HTTPError`, `builtins.IOError`."""
    name = _OLD_NAMES.get(name, name)
    package, last = name.partition(".")[0], name.rpartition(".")[2]
    if package == "langsmith":  # whose names the tables know
        return False
    return any(
        base.partition(".")[0] == package and base.rpartition(".")[2] == last for base in mro
    )


def _flat(values: Iterable[Value]) -> Iterator[Value]:
    """Values, those in a collection one by one."""
    for value in values:
        if isinstance(value, Group):
            for items in value.items:
                yield from _flat(items)
        else:
            yield value
