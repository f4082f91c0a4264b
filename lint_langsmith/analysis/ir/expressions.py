"""Lowering of expressions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal

import libcst as cst
import msgspec

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.builder import NO_FACTS, OTHER, Place
from lint_langsmith.analysis.ir.model import Expr, Use
from lint_langsmith.analysis.ir.parser import expression
from lint_langsmith.analysis.ir.string_literals import is_plain, joined, literal, unescaped
from lint_langsmith.analysis.ir.targets import Targets
from lint_langsmith.findings import Span

_PART: Final = Use("part")
_FORMAT: Final = Use("format")
_AWAIT: Final = Use("await")
_RETURN: Final = Use("return")
_THROUGH: Final = frozenset({"receiver", "callee"})
# What stands for a bound that a slice leaves out.
_NO_BOUND: Final = ir.Constant("None")


class Expressions(Targets):
    """The lowering of expressions: each gives its plain form, and leaves rows for what it reads, calls and binds."""

    def _expr(
        self, node: cst.BaseExpression, at: Place, use: Use, *, load: bool = True
    ) -> Expr:
        handler = _EXPRESSIONS.get(type(node))
        if handler is None:
            return NO_FACTS
        lowered = handler(self, node, at, use)
        if (
            load
            and use.kind != "receiver"
            and (type(lowered) is ir.Attribute or type(lowered) is ir.Subscript)
        ):
            self._loads.append(ir.Load(lowered, at.scope, at.block, self._tick(), use))
        return lowered

    def _type(self, node: cst.BaseExpression, at: Place) -> Expr:
        """A type expression; one that is quoted is read as what it quotes."""
        kind = type(node)
        if kind in _PLAIN_TYPES:
            return self._expr(node, at, OTHER)
        if isinstance(node, (cst.SimpleString, cst.ConcatenatedString)):
            try:
                quoted = node.evaluated_value
            except (SyntaxError, ValueError):
                quoted = None
            inner = expression(quoted) if isinstance(quoted, str) else None
            if inner is not None:
                with self._places.inside(node):
                    return self._type(inner, at)
        if type(node) is cst.Subscript:
            parts = tuple(
                self._type(element.slice.value, at)
                for element in node.slice
                if type(element.slice) is cst.Index
            )
            index = parts[0] if len(parts) == 1 else ir.Sequence("tuple", parts)
            return ir.Subscript(self._type(node.value, at), index, self._places.span(node))
        if type(node) is cst.BinaryOperation:
            return ir.Binary("|", self._type(node.left, at), self._type(node.right, at))
        return NO_FACTS

    def name(self, node: cst.Name, at: Place, use: Use) -> Expr:
        if node.value in _CONSTANTS:
            return ir.Constant(node.value)
        span = self._places.span(node)
        if use.kind not in _THROUGH:
            self._reads.append(ir.Read(node.value, at.scope, at.block, self._tick(), use, span))
        return ir.Name(node.value, span)

    def attribute(self, node: cst.Attribute, at: Place, _use: Use) -> Expr:
        name = node.attr.value
        value = self._expr(node.value, at, Use("receiver", names=(name,)))
        span = self._places.span(node)
        name_span = Span(
            span.end_line, max(1, span.end_column - len(name)), span.end_line, span.end_column
        )
        return ir.Attribute(value, name, span, name_span)

    def subscript(self, node: cst.Subscript, at: Place, _use: Use) -> Expr:
        value = self._expr(
            node.value,
            at,
            Use("receiver" if type(node.value) is cst.Attribute else "subscript"),
        )
        parts: list[Expr] = []
        for element in node.slice:
            part: Any = element.slice
            inner = (
                [part.value] if type(part) is cst.Index else [part.lower, part.upper, part.step]
            )
            parts.extend(
                self._expr(item, at, OTHER) if item is not None else _NO_BOUND for item in inner
            )
        single = len(parts) == 1 and type(node.slice[0].slice) is cst.Index
        several = all(type(element.slice) is cst.Index for element in node.slice)
        index = (
            parts[0]
            if single
            else ir.Sequence("tuple", tuple(parts))
            if several
            else ir.Opaque(tuple(parts))
        )
        lowered = ir.Subscript(value, index, self._places.span(node))
        # Of all slices only those are of interest that turn a text round, or take it out of a longer one.
        if isinstance(index, ir.Opaque) and (
            isinstance(value, (ir.Text, ir.Bytes)) or parts[-1] != _NO_BOUND
        ):
            self._compose(lowered, node, at)
        return lowered

    def call(self, node: cst.Call, at: Place, use: Use) -> Expr:
        site = len(self._calls)
        self._calls.append(None)
        func = self._expr(node.func, at, Use("callee", site))
        given = Use("argument", site)
        args = tuple(
            [
                ir.Argument(
                    self._expr(arg.value, at, given),
                    arg.keyword.value if arg.keyword is not None else None,
                    len(arg.star),
                )
                for arg in node.args
            ]
        )
        span, callee_span = self._places.span(node), self._places.span(node.func)
        self._calls[site] = ir.Call(
            func, args, span, callee_span, at.scope, at.block, self._tick(), use
        )
        reference = ir.CallRef(site)
        name = _last_name(func)
        if name in _STRING_BUILDERS or (name in _BUILDERS_OF_SEVERAL and len(args) > 1):
            self._compose(reference, node, at)
        return reference

    def await_(self, node: cst.Await, at: Place, use: Use) -> Expr:
        value = self._expr(node.expression, at, _AWAIT)
        if isinstance(value, ir.CallRef):
            row = self._calls[value.site]
            if row is not None:
                self._calls[value.site] = msgspec.structs.replace(row, awaited_use=use)
        return ir.Await(value)

    def boolean(self, node: cst.BooleanOperation, at: Place, use: Use) -> Expr:
        op: Literal["or", "and"] = "or" if type(node.operator) is cst.Or else "and"
        left, right = self._expr(node.left, at, use), self._expr(node.right, at, use)
        head = left.values if isinstance(left, ir.Boolean) and left.op == op else (left,)
        return ir.Boolean(op, (*head, right))

    def conditional(self, node: cst.IfExp, at: Place, use: Use) -> Expr:
        test = self._expr(node.test, at, OTHER)
        return ir.Conditional(
            test, self._expr(node.body, at, use), self._expr(node.orelse, at, use)
        )

    def walrus(self, node: cst.NamedExpr, at: Place, _use: Use) -> Expr:
        name = node.target.value if type(node.target) is cst.Name else ""
        value = self._expr(node.value, at, Use("assign", names=(name,)))
        self._bind(
            "walrus", name, self._walrus_place(at), self._places.span(node.target), value=value
        )
        return ir.Walrus(name, value)

    def _walrus_place(self, at: Place) -> Place:
        """A walrus inside a comprehension binds in the scope around it."""
        scope = at.scope
        while self._scopes[scope].kind == "comprehension":
            scope = self._scopes[scope].parent
        return Place(scope, at.block)

    def unary(self, node: cst.UnaryOperation, at: Place, _use: Use) -> Expr:
        return ir.Unary(type(node.operator).__name__, self._expr(node.expression, at, OTHER))

    def binary(self, node: cst.BinaryOperation, at: Place, use: Use) -> Expr:
        op = _OPERATORS.get(type(node.operator), "?")
        if op not in {"+", "%"}:
            return ir.Binary(
                op, self._expr(node.left, at, OTHER), self._expr(node.right, at, OTHER)
            )
        # Long chains of `+` are real (generated SQL, prompts): walk down the left side instead of recursing.
        chain: list[cst.BinaryOperation] = [node]
        while (
            type(chain[-1].left) is cst.BinaryOperation
            and type(chain[-1].left.operator) in _OPERATORS
        ):
            chain.append(chain[-1].left)
        inner = Place(at.scope, at.block)
        lowered = self._expr(chain[-1].left, inner, _PART)
        for link in reversed(chain):
            right = self._expr(link.right, inner, _PART)
            lowered = ir.Binary(_OPERATORS[type(link.operator)], lowered, right)
        if use.kind != "part":
            self._compose(lowered, node, at)
        return lowered

    def _compose(self, lowered: Expr, node: cst.CSTNode, at: Place) -> None:
        span = self._places.span(node)
        self._composites.append(ir.Composite(lowered, span, at.scope, at.block, self._tick()))

    def comparison(self, node: cst.Comparison, at: Place, _use: Use) -> Expr:
        left = self._expr(node.left, at, OTHER)
        ops = tuple(type(target.operator).__name__ for target in node.comparisons)
        rights = tuple(
            self._expr(target.comparator, at, _compared(target.operator))
            for target in node.comparisons
        )
        return ir.Comparison(left, ops, rights)

    def sequence(self, node: cst.Tuple | cst.List | cst.Set, at: Place, use: Use) -> Expr:
        items = tuple(self._element(element, at, use) for element in node.elements)
        return ir.Sequence(_SEQUENCES[type(node)], items)

    def _element(self, element: cst.BaseElement, at: Place, use: Use) -> Expr:
        if type(element) is cst.StarredElement:
            return ir.Starred(self._expr(element.value, at, Use("star", inside=use)))
        return self._expr(element.value, at, Use("element", inside=use))

    def mapping(self, node: cst.Dict, at: Place, use: Use) -> Expr:
        keys: list[Expr | None] = []
        values: list[Expr] = []
        for element in node.elements:
            keyed = type(element) is cst.DictElement
            part = Use("element" if keyed else "star", inside=use)
            keys.append(
                self._expr(element.key, at, part) if type(element) is cst.DictElement else None
            )
            values.append(self._expr(element.value, at, part))
        return ir.Mapping(tuple(keys), tuple(values))

    def yield_(self, node: cst.Yield, at: Place, _use: Use) -> Expr:
        delegated = isinstance(node.value, cst.From)
        inner = node.value.item if isinstance(node.value, cst.From) else node.value
        value = (
            self._expr(inner, at, Use("yield-from" if delegated else "yield"))
            if inner is not None
            else None
        )
        scope = self._walrus_place(at).scope
        self._yields.append(ir.Return(value, scope, at.block, self._tick(), delegated))
        return ir.Yield(value, delegated)

    def lambda_(self, node: cst.Lambda, at: Place, use: Use) -> Expr:
        params = self._params(node.params, at)
        inner = self._open_scope(
            "lambda", "<lambda>", at, self._places.span(node), params=params, use=use
        )
        self._bind_params(params, inner)
        body = self._expr(node.body, inner, _RETURN)
        self._returns.append(ir.Return(body, inner.scope, inner.block, self._tick()))
        return ir.Lambda(inner.scope, body)

    def comprehension(self, node: Any, at: Place, use: Use) -> Expr:
        kind = _COMPREHENSIONS[type(node)]
        clause = node.for_in
        inner = self._open_scope("comprehension", kind, at, self._places.span(node), use=use)
        first, conditions = self._clauses(clause, at, inner, kind)
        part = Use("element", inside=use)
        if type(node) is cst.DictComp:
            key = self._expr(node.key, inner, part)
            element: Expr = ir.Mapping((key,), (self._expr(node.value, inner, part),))
        else:
            element = self._expr(node.elt, inner, part)
        return ir.Comprehension(kind, inner.scope, element, first, conditions)

    def _clauses(
        self, clause: cst.CompFor, at: Place, inner: Place, kind: str
    ) -> tuple[Expr, tuple[Expr, ...]]:
        """The first iterable of a comprehension, and the conditions of all its clauses."""
        first: Expr | None = None
        conditions: list[Expr] = []
        current: cst.CompFor | None = clause
        while current is not None:
            use = _comprehension_use(
                kind, inner.scope, asynchronous=current.asynchronous is not None
            )
            # The first iterable is evaluated outside of the comprehension's own scope.
            iterable = self._expr(current.iter, at if first is None else inner, use)
            first = first if first is not None else iterable
            self._target(current.target, inner, iterable, "comprehension", "element")
            conditions += [self._expr(part.test, inner, OTHER) for part in current.ifs]
            current = current.inner_for_in
        return first if first is not None else NO_FACTS, tuple(conditions)

    def string(self, node: cst.SimpleString, at: Place, use: Use) -> Expr:
        span = self._places.span(node)
        lowered = literal(node, span)
        if "\\" in node.value and "r" not in node.prefix and use.kind != "part":
            self._compose(lowered, node, at)
        return lowered

    def concatenated(self, node: cst.ConcatenatedString, at: Place, use: Use) -> Expr:
        span = self._places.span(node)
        parts: list[Expr] = []
        current: cst.BaseExpression = node
        with self._places.inside(node):
            while type(current) is cst.ConcatenatedString:
                parts.append(self._expr(current.left, at, _PART))
                current = current.right
            parts.append(self._expr(current, at, _PART))
        lowered = joined(parts, span)
        if use.kind != "part":
            self._compose(lowered, node, at)
        return lowered

    def formatted(self, node: cst.FormattedString, at: Place, use: Use) -> Expr:
        span = self._places.span(node)
        parts: list[Expr] = []
        for part in node.parts:
            if type(part) is cst.FormattedStringExpression:
                with self._places.inside(node):
                    value = self._expr(part.expression, at, _FORMAT)
                    other = self._formatted(part, value, at)
                plain = (
                    part.equal is None
                    and part.conversion in {None, "s"}
                    and is_plain(part.format_spec)
                )
                parts.append(value if plain else other)
            elif type(part) is cst.FormattedStringText:
                text = part.value.replace("{{", "{").replace("}}", "}")
                parts.append(ir.Text(unescaped(text, node.prefix), span))
        lowered = ir.Template(tuple(parts), span)
        if use.kind != "part":
            self._compose(lowered, node, at)
        return lowered

    def _formatted(self, part: cst.FormattedStringExpression, value: Expr, at: Place) -> Expr:
        """What an f-string formats by a specification, which stands behind it; alone where it is shown otherwise."""
        if part.equal is not None or part.conversion not in {None, "s"}:
            return ir.Opaque((value,))
        spec: list[Expr] = []
        for piece in part.format_spec or ():
            if type(piece) is cst.FormattedStringText:
                spec.append(ir.Text(piece.value, ir.NOWHERE))
            elif type(piece) is cst.FormattedStringExpression:
                spec.append(self._expr(piece.expression, at, _FORMAT))
        return ir.Opaque((value, ir.Template(tuple(spec), ir.NOWHERE)))

    def number(self, node: Any, _at: Place, _use: Use) -> Expr:
        return ir.Constant(node.value)

    def ellipsis(self, _node: cst.Ellipsis, _at: Place, _use: Use) -> Expr:
        return ir.Constant("...")


def _last_name(func: Expr) -> str:
    if isinstance(func, ir.Attribute):
        return func.name
    return func.id if isinstance(func, ir.Name) else ""


def _comprehension_use(kind: str, scope: int, *, asynchronous: bool) -> Use:
    if kind == "generator":
        return Use("generator", scope)
    return Use("async-comprehension" if asynchronous else "comprehension")


def _compared(operator: cst.BaseCompOp) -> Use:
    """`x in items` goes through the items."""
    return Use("iterate") if isinstance(operator, (cst.In, cst.NotIn)) else OTHER


_PLAIN_TYPES: Final = frozenset({cst.Name, cst.Attribute, cst.Call, cst.Ellipsis})
_CONSTANTS: Final = frozenset({"None", "True", "False"})
_STRING_BUILDERS: Final = frozenset(
    {
        *(
            "join",
            "format",
            "format_map",
            "substitute",
            "safe_substitute",
            "concat",
            "replace",
            "lower",
        ),
        *("b64decode", "decode", "fromhex", "removeprefix", "removesuffix", "lstrip", "rstrip"),
        *("translate", "unquote", "unquote_plus", "unescape", "__add__", "getvalue"),
    }
)
# The same of functions whose names many others have, which take one argument.
_BUILDERS_OF_SEVERAL: Final = frozenset({"add", "encode", "reduce"})
_OPERATORS: Final[dict[type[cst.BaseBinaryOp], str]] = {
    cst.Add: "+",
    cst.Modulo: "%",
    cst.BitOr: "|",
    cst.Multiply: "*",
    cst.Subtract: "-",
    cst.BitXor: "^",
    cst.BitAnd: "&",
    cst.FloorDivide: "//",
    cst.RightShift: ">>",
}
_SEQUENCES: Final[dict[type[cst.CSTNode], Any]] = {
    cst.Tuple: "tuple",
    cst.List: "list",
    cst.Set: "set",
}
_COMPREHENSIONS: Final[dict[type[cst.CSTNode], Any]] = {
    cst.ListComp: "list",
    cst.SetComp: "set",
    cst.DictComp: "dict",
    cst.GeneratorExp: "generator",
}

_EXPRESSIONS: Final[dict[type[cst.CSTNode], Callable[[Expressions, Any, Place, Use], Expr]]] = {
    cst.Attribute: Expressions.attribute,
    cst.Await: Expressions.await_,
    cst.BinaryOperation: Expressions.binary,
    cst.BooleanOperation: Expressions.boolean,
    cst.Call: Expressions.call,
    cst.Comparison: Expressions.comparison,
    cst.ConcatenatedString: Expressions.concatenated,
    cst.Dict: Expressions.mapping,
    cst.DictComp: Expressions.comprehension,
    cst.Ellipsis: Expressions.ellipsis,
    cst.Float: Expressions.number,
    cst.FormattedString: Expressions.formatted,
    cst.GeneratorExp: Expressions.comprehension,
    cst.IfExp: Expressions.conditional,
    cst.Integer: Expressions.number,
    cst.Lambda: Expressions.lambda_,
    cst.List: Expressions.sequence,
    cst.ListComp: Expressions.comprehension,
    cst.Name: Expressions.name,
    cst.NamedExpr: Expressions.walrus,
    cst.Set: Expressions.sequence,
    cst.SetComp: Expressions.comprehension,
    cst.SimpleString: Expressions.string,
    cst.Subscript: Expressions.subscript,
    cst.Tuple: Expressions.sequence,
    cst.UnaryOperation: Expressions.unary,
    cst.Yield: Expressions.yield_,
}
