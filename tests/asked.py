"""A question to the analysis of a casebook page, and how values and places are written in the answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.sdk_use.sdk_calls import Construction
from lint_langsmith.analysis.values import abstract
from lint_langsmith.analysis.values.abstract import FunctionRef, Value, Values
from lint_langsmith.findings import Span


class Asked(NamedTuple):
    """A question: about what begins on a line of a file."""

    analysis: Analysis
    file: File
    line: int
    subject: str = ""

    def is_here(self, span: Span | None) -> bool:
        """Whether something begins on the line."""
        return span is not None and span.line == self.line

    def sites(self) -> Iterator[int]:
        """The calls whose callee begins on the line and whose name, if the question has a subject, is that."""
        for site, call in enumerate(self.file.model.calls):
            if self.is_here(call.span) and self.subject in {
                "",
                self.file.source(call.callee_span),
            }:
                yield site

    def function(self) -> FunctionRef:
        """The function that is defined on the line."""
        for scope, row in enumerate(self.file.model.scopes):
            if row.kind in {"function", "lambda"} and self.is_here(row.span):
                return FunctionRef(self.file, scope)
        raise AssertionError(f"{self.file.relative}:{self.line}: no function is defined here")

    def client(self) -> Construction:
        """The client that is built on the line."""
        for client in self.analysis.clients.constructions(self.file):
            if self.is_here(client.call.callee_span):
                return client
        raise AssertionError(f"{self.file.relative}:{self.line}: no client is built here")

    def revealed(self) -> tuple[ir.Expr, ir.Call]:
        """The first argument of the `reveal(…)` on the line, and the call."""
        for site in self.file.calls_by_name.get("reveal", ()):
            call = self.file.model.calls[site]
            if self.is_here(call.span):
                return call.args[0].value, call
        raise AssertionError(f"{self.file.relative}:{self.line}: nothing is revealed here")


# -- values ----------------------------------------------------------------------------------------------------------


def shown(values: Values) -> str:
    """Values as a page writes them, in the order of their texts, what is not known last."""
    texts = sorted(
        {_shown(value) for value in values}, key=lambda text: (text == "Unknown", text)
    )
    return " | ".join(texts)


def _shown(value: Value) -> str:
    """One value."""
    if isinstance(value, abstract.Literal):
        return '"' + value.text.encode("unicode_escape").decode().replace('"', r"\"") + '"'
    if isinstance(value, abstract.Constant):
        return value.literal
    if isinstance(value, abstract.ExternalName):
        return value.name
    if isinstance(value, abstract.Environment):
        return f"${value.variable}" + (f" else {shown(value.default)}" if value.default else "")
    if isinstance(value, abstract.ModuleRef):
        return f"module {value.file.relative}"
    if isinstance(value, (abstract.FunctionRef, abstract.ClassRef)):
        return f"{_word(value)} {named(value)}"
    if isinstance(value, abstract.Instance):
        return f"object of {class_name(value.cls)}"
    if isinstance(value, abstract.Bound):
        return f"method {named(value.function)} of {_shown(value.receiver)}"
    if isinstance(value, abstract.ExternalAttribute):
        return f"{class_name(value.receiver.cls)}().{value.name}"
    return _shown_further(value)


def _shown_further(value: Value) -> str:
    if isinstance(value, abstract.Outcome):
        return f"result of {_shown(value.of)}"
    if isinstance(value, abstract.Parameter):
        return f"parameter {value.name}"
    if isinstance(value, abstract.Group):
        return "[" + ", ".join(map(shown, value.items)) + "]"
    if isinstance(value, abstract.Table):
        return (
            "{"
            + ", ".join(f"{key or '?'}: {shown(values)}" for key, values in value.items)
            + "}"
        )
    if isinstance(value, abstract.CollectionMethod):
        return f"{value.name} of {_shown(value.table)}"
    return "Unknown"


def _word(value: FunctionRef | abstract.ClassRef) -> str:
    return "class" if isinstance(value, abstract.ClassRef) else "function"


def named(value: FunctionRef | abstract.ClassRef) -> str:
    row = value.file.model.scopes[value.scope]
    name = (
        f"lambda on line {row.span.line}"
        if row.kind == "lambda"
        else value.file.qualified_scope(value.scope)
    )
    return name if value.file.relative == "main.py" else f"{value.file.relative}:{name}"


def class_name(cls: abstract.ExternalName | abstract.ClassRef) -> str:
    return cls.name if isinstance(cls, abstract.ExternalName) else named(cls)


def at_call(file: File, site: int) -> str:
    return at(file, file.model.calls[site].span)


def at(file: File, span: Span) -> str:
    return str(span.line) if file.relative == "main.py" else f"{file.relative}:{span.line}"
