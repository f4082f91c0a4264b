"""Lowering of what gets a value: names, parts of what is taken apart, attributes and items, parameters."""

from __future__ import annotations

import abc
from collections.abc import Iterable

import libcst as cst

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.builder import OTHER, Place, Rows
from lint_langsmith.analysis.ir.model import Expr, Use


class Targets(Rows, abc.ABC):
    """The lowering of targets and parameters, which leaves bindings and stores."""

    @abc.abstractmethod
    def _expr(
        self, node: cst.BaseExpression, at: Place, use: Use, *, load: bool = True
    ) -> Expr:
        """The plain form of an expression (`expressions.py`)."""

    @abc.abstractmethod
    def _type(self, node: cst.BaseExpression, at: Place) -> Expr:
        """The plain form of a type expression (`expressions.py`)."""

    def _target(  # noqa: PLR0913 - a binding has that many facts
        self,
        node: cst.BaseExpression,
        at: Place,
        value: Expr | None,
        kind: str,
        via: str = "direct",
        *,
        annotation: Expr | None = None,
        part: tuple[int, int] | None = None,
    ) -> None:
        if type(node) is cst.Name:
            span = self._places.span(node)
            self._bind(
                kind,
                node.value,
                at,
                span,
                value=value,
                via=via,
                annotation=annotation,
                part=part,
            )
        elif isinstance(node, (cst.Tuple, cst.List)):
            self._unpack(
                node,
                at,
                value,
                kind,
                is_whole=via in {"direct", "enter"},
                is_nested=part is not None,
            )
        elif isinstance(node, (cst.Attribute, cst.Subscript)):
            self._store(node, at, value if via == "direct" else None, annotation)

    def _unpack(  # noqa: PLR0913 - a binding has that many facts
        self,
        node: cst.Tuple | cst.List,
        at: Place,
        value: Expr | None,
        kind: str,
        *,
        is_whole: bool,
        is_nested: bool,
    ) -> None:
        """`is_whole` says that `value` itself is taken apart, and not what is in it; `is_nested`, what is in that."""
        paired = (
            is_whole
            and isinstance(value, ir.Sequence)
            and len(value.items) == len(node.elements)
        )
        stars = any(type(element) is cst.StarredElement for element in node.elements)
        for index, element in enumerate(node.elements):
            if type(element) is cst.StarredElement:
                if is_whole and not is_nested and value is not None:
                    place = (index, len(node.elements))
                    self._target(element.value, at, value, kind, "rest", part=place)
                else:
                    self._target(element.value, at, None, kind, "element")
            elif paired and isinstance(value, ir.Sequence):
                self._target(element.value, at, value.items[index], kind)
            else:
                part = (index, len(node.elements)) if not stars and not is_nested else None
                self._target(
                    element.value,
                    at,
                    value,
                    kind,
                    "element" if is_whole else "entry",
                    part=part,
                )

    def _store(
        self,
        node: cst.BaseExpression,
        at: Place,
        value: Expr | None,
        annotation: Expr | None,
        added: Expr | None = None,
    ) -> None:
        target = self._expr(node, at, OTHER, load=False)
        if isinstance(target, (ir.Attribute, ir.Subscript)):
            self._stores.append(
                ir.Store(
                    target, value, at.scope, at.block, self._tick(), annotation, added=added
                )
            )

    # -- parameters --------------------------------------------------------------------------------------------------

    def _params(self, node: cst.Parameters, at: Place) -> tuple[ir.Param, ...]:
        rows = [self._param(param, at) for param in (*node.posonly_params, *node.params)]
        if type(node.star_arg) is cst.Param:
            rows.append(self._param(node.star_arg, at, stars=1))
        rows.extend(self._param(param, at, keyword_only=True) for param in node.kwonly_params)
        if node.star_kwarg is not None:
            rows.append(self._param(node.star_kwarg, at, stars=2))
        return tuple(rows)

    def _param(
        self, node: cst.Param, at: Place, *, keyword_only: bool = False, stars: int = 0
    ) -> ir.Param:
        default = self._expr(node.default, at, OTHER) if node.default is not None else None
        annotation = self._annotation(node.annotation, at)
        return ir.Param(
            node.name.value, annotation, default, self._places.span(node), keyword_only, stars
        )

    def _annotation(self, node: cst.Annotation | None, at: Place) -> Expr | None:
        if node is None:
            return None
        return self._type(node.annotation, at)

    def _bind_params(self, params: Iterable[ir.Param], inner: Place) -> None:
        for param in params:
            facts = {"value": param.default, "annotation": param.annotation}
            self._bind("parameter", param.name, inner, param.span, **facts)
