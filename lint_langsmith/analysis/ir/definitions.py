"""Lowering of definitions and imports: the statements that do nothing but bind names."""

from __future__ import annotations

import abc
from collections.abc import Iterable
from typing import Any

import libcst as cst

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.builder import OTHER, Place
from lint_langsmith.analysis.ir.expressions import Expressions
from lint_langsmith.analysis.ir.model import Expr, Use
from lint_langsmith.findings import Span


class Definitions(Expressions, abc.ABC):
    """The lowering of functions, classes, imports and declarations."""

    @abc.abstractmethod
    def _fill(self, block: int, suite: cst.BaseSuite, scope: int) -> None:
        """Lower the statements of a suite into a block (`lower.py`)."""

    def import_(self, node: cst.Import, at: Place) -> None:
        for alias in node.names:
            module = dotted_name(alias.name)
            name = _alias_name(alias) or module.partition(".")[0]
            # `import a.b` binds `a`, `import a.b as c` binds `a.b`: an empty member marks the first form.
            member = None if alias.asname is not None else ""
            self._bind(
                "import", name, at, self._places.span(alias), module=module, member=member
            )

    def import_from(self, node: cst.ImportFrom, at: Place) -> None:
        module = dotted_name(node.module) if node.module is not None else ""
        level = len(node.relative)
        if isinstance(node.names, cst.ImportStar):
            self._bind(
                "star-import", "*", at, self._places.span(node), module=module, level=level
            )
            return
        for alias in node.names:
            member = dotted_name(alias.name)
            span = self._places.span(alias)
            self._bind(
                "import",
                _alias_name(alias) or member,
                at,
                span,
                module=module,
                member=member,
                level=level,
            )

    def global_(self, node: cst.Global | cst.Nonlocal, at: Place) -> None:
        kind = "global" if type(node) is cst.Global else "nonlocal"
        for item in node.names:
            self._bind(kind, item.name.value, at, self._places.span(node))

    def type_alias(self, node: Any, at: Place) -> None:
        value = self._expr(node.value, at, OTHER)
        self._bind("type", node.name.value, at, self._places.span(node), value=value)

    def function(self, node: cst.FunctionDef, at: Place) -> None:
        decorators = self._decorators(node.decorators, at)
        params = self._params(node.params, at)
        returns = self._annotation(node.returns, at)
        span = self._name_after(
            node, "def", node.whitespace_after_def, node.asynchronous, node.name.value
        )
        given = (*node.params.posonly_params, *node.params.params, *node.params.kwonly_params)
        parts = (node.returns and node.returns.annotation, *(param.default for param in given))
        self._header_from(node, [param.span.end_line for param in params], *parts)
        inner = self._open_scope(
            "function",
            node.name.value,
            at,
            span,
            params=params,
            decorators=decorators,
            returns=returns,
            is_async=node.asynchronous is not None,
        )
        self._bind("function", node.name.value, at, span, target=inner.scope)
        self._bind_params(params, inner)
        self._fill(inner.block, node.body, inner.scope)

    def class_(self, node: cst.ClassDef, at: Place) -> None:
        decorators = self._decorators(node.decorators, at)
        bases = tuple(self._expr(base.value, at, OTHER) for base in node.bases)
        keywords = tuple(
            ir.Argument(
                self._expr(arg.value, at, OTHER),
                arg.keyword.value if arg.keyword else None,
                len(arg.star),
            )
            for arg in node.keywords
        )
        span = self._name_after(
            node, "class", node.whitespace_after_class, None, node.name.value
        )
        self._header_from(node, [], *(arg.value for arg in (*node.bases, *node.keywords)))
        inner = self._open_scope(
            "class",
            node.name.value,
            at,
            span,
            decorators=decorators,
            bases=bases,
            keywords=keywords,
        )
        self._bind("class", node.name.value, at, span, target=inner.scope)
        self._fill(inner.block, node.body, inner.scope)

    def _name_after(
        self,
        node: cst.CSTNode,
        keyword: str,
        blank: cst.SimpleWhitespace,
        asynchronous: cst.Asynchronous | None,
        name: str,
    ) -> Span:
        """Where the name of a definition stands, told from where the definition starts."""
        start = self._places.span(node)
        lead = (
            len("async") + len(asynchronous.whitespace_after.value)
            if asynchronous is not None
            else 0
        )
        column = start.column + lead + len(keyword) + len(blank.value)
        return Span(start.line, column, start.line, column + len(name))

    def _decorators(self, decorators: Iterable[cst.Decorator], at: Place) -> tuple[Expr, ...]:
        return tuple(
            self._expr(decorator.decorator, at, Use("decorator")) for decorator in decorators
        )

    def _header_from(self, node: Any, lines: list[int], *parts: cst.CSTNode | None) -> None:
        """The header of a definition begins with its first decorator."""
        start = self._places.span(node).line
        first = (
            self._places.span(node.decorators[0].decorator).line if node.decorators else start
        )
        ends = [self._places.span(part).end_line for part in parts if part is not None]
        self._statements.append((first, max([start, *lines, *ends])))


def dotted_name(node: cst.BaseExpression) -> str:
    """The names of `a.b.c`, joined with dots; of anything else what stands behind it."""
    names: list[str] = []
    while type(node) is cst.Attribute:
        names.append(node.attr.value)
        node = node.value
    if type(node) is cst.Name:
        names.append(node.value)
    return ".".join(reversed(names))


def _alias_name(alias: cst.ImportAlias) -> str | None:
    return dotted_name(alias.asname.name) if alias.asname is not None else None
