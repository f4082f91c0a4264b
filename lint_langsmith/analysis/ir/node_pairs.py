"""Which node of CPython's tree stands for which node of libcst's: the parts of a statement or expression, side by side.

Both trees have the same statements and expressions, and name and nest some of them otherwise: chains of `or`, the
arguments of a call, `a; b` on one line, defaults of parameters. A part that only one of them has is paired with None.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from itertools import zip_longest
from typing import Any, Final, TypeAlias

import libcst as cst

Pairs: TypeAlias = "list[tuple[Any, Any]]"

# Types are compared, here and wherever every node is asked: libcst's classes are abstract ones, for which `isinstance`
# takes ten times as long.
_SIMPLE: Final = frozenset({cst.SimpleStatementLine, cst.SimpleStatementSuite})


def _zip(nodes: Iterable[Any], peers: Iterable[Any]) -> Pairs:
    return list(zip_longest(nodes, peers))


def _value(node: Any, peer: Any) -> Pairs:
    return [(node.value, peer.value)]


def suite(body: Iterable[Any], peers: list[ast.stmt]) -> Pairs:
    """Pairs for the statements of a suite; libcst keeps `a; b` together, CPython does not."""
    statements: list[Any] = []
    for line in body:
        if type(line) in _SIMPLE:
            statements.extend(line.body)
        else:
            statements.append(line)
    return _zip(statements, peers)


def _body(block: cst.BaseSuite, peers: list[ast.stmt]) -> Pairs:
    return suite([block] if type(block) is cst.SimpleStatementSuite else block.body, peers)


def _else(node: Any, peers: list[ast.stmt]) -> Pairs:
    if node is None:
        return _zip([], peers)
    return (
        _body(node.body, peers)
        if type(node) in {cst.Else, cst.Finally}
        else _zip([node], peers)
    )


def _elements(node: Any, peer: Any) -> Pairs:
    return [
        pair for item, other in _zip(node.elements, peer.elts) for pair in _item(item, other)
    ]


def _item(item: Any, other: Any) -> Pairs:
    if type(item) is cst.StarredElement:
        return [(item.value, other.value)]
    return [(item.value, other)]


def _call(node: cst.Call, peer: Any) -> Pairs:
    return [(node.func, peer.func), *_arguments(node.args, peer.args, peer.keywords)]


def _arguments(args: Iterable[cst.Arg], positional: list[Any], keywords: list[Any]) -> Pairs:
    """The peers stand in two lists, our arguments in one: their order in the source is the same."""
    peers = [*positional, *keywords]
    if (
        positional and keywords and _start(positional[-1]) > _start(keywords[0])
    ):  # `f(key=value, *more)`
        peers.sort(key=_start)
    pairs: Pairs = []
    for arg, peer in _zip(args, peers):
        inner = peer.value if type(peer) in _HOLDERS else peer
        pairs.append((arg.value, inner))
    return pairs


_HOLDERS: Final = frozenset({ast.keyword, ast.Starred})


def _start(peer: Any) -> tuple[int, int]:
    return peer.lineno, peer.col_offset


def _dict(node: cst.Dict, peer: Any) -> Pairs:
    pairs: Pairs = []
    for element, key, value in zip_longest(node.elements, peer.keys, peer.values):
        if type(element) is cst.DictElement:
            pairs.append((element.key, key))
        pairs.append((element.value, value))
    return pairs


def _boolean(node: cst.BooleanOperation, peer: Any) -> Pairs:
    """`a or b or c` is nested to the left here and flat there."""
    values: list[Any] = []
    left: Any = node
    while isinstance(left, cst.BooleanOperation) and (left is node or _same_chain(left, node)):
        values.append(left.right)
        left = left.left
    return _zip([left, *reversed(values)], peer.values)


def _same_chain(left: cst.BooleanOperation, node: cst.BooleanOperation) -> bool:
    return not left.lpar and type(left.operator) is type(node.operator)


def _comparison(node: cst.Comparison, peer: Any) -> Pairs:
    return [
        (node.left, peer.left),
        *_zip([target.comparator for target in node.comparisons], peer.comparators),
    ]


def _subscript(node: cst.Subscript, peer: Any) -> Pairs:
    index = peer.slice
    several = len(node.slice) > 1 or type(node.slice[0].comma) is cst.Comma
    starred = type(node.slice[0].slice) is cst.Index and node.slice[0].slice.star
    peers = index.elts if several or (starred and isinstance(index, ast.Tuple)) else [index]
    pairs: Pairs = [(node.value, peer.value)]
    for element, other in _zip(node.slice, peers):
        part = element.slice
        if type(part) is cst.Index:
            pairs.append((part.value, other.value if isinstance(other, ast.Starred) else other))
        else:
            pairs.extend(
                [(part.lower, other.lower), (part.upper, other.upper), (part.step, other.step)]
            )
    return pairs


def _yield(node: cst.Yield, peer: Any) -> Pairs:
    value = node.value.item if type(node.value) is cst.From else node.value
    return [(value, peer.value)]


def _comprehension(node: Any, peer: Any) -> Pairs:
    head = (
        [(node.key, peer.key), (node.value, peer.value)]
        if type(node) is cst.DictComp
        else [(node.elt, peer.elt)]
    )
    clause: Any = node.for_in
    for generator in peer.generators:
        head += [(clause.target, generator.target), (clause.iter, generator.iter)]
        head += _zip([condition.test for condition in clause.ifs], generator.ifs)
        clause = clause.inner_for_in
    return head


def _parameters(node: cst.Parameters, peer: ast.arguments) -> Pairs:
    positional = [*node.posonly_params, *node.params]
    named = _zip(positional, [*peer.posonlyargs, *peer.args]) + _zip(
        node.kwonly_params, peer.kwonlyargs
    )
    if isinstance(node.star_arg, cst.Param):
        named.append((node.star_arg, peer.vararg))
    if node.star_kwarg is not None:
        named.append((node.star_kwarg, peer.kwarg))
    with_default = [param.default for param in positional if param.default is not None]
    return [
        *named,
        *_zip(with_default, peer.defaults),
        *_zip([param.default for param in node.kwonly_params], peer.kw_defaults),
    ]


def _function(node: cst.FunctionDef, peer: Any) -> Pairs:
    return [
        *_zip([decorator.decorator for decorator in node.decorators], peer.decorator_list),
        (node.params, peer.args),
        (node.returns and node.returns.annotation, peer.returns),
        *_body(node.body, peer.body),
    ]


def _class(node: cst.ClassDef, peer: Any) -> Pairs:
    return [
        *_zip([decorator.decorator for decorator in node.decorators], peer.decorator_list),
        *_arguments([*node.bases, *node.keywords], peer.bases, peer.keywords),
        *_body(node.body, peer.body),
    ]


def _assign(node: cst.Assign, peer: Any) -> Pairs:
    return [
        *_zip([target.target for target in node.targets], peer.targets),
        (node.value, peer.value),
    ]


def _annotated_assign(node: cst.AnnAssign, peer: Any) -> Pairs:
    return [
        (node.target, peer.target),
        (node.annotation.annotation, peer.annotation),
        (node.value, peer.value),
    ]


def _delete(node: cst.Del, peer: Any) -> Pairs:
    if isinstance(node.target, cst.Tuple) and not node.target.lpar:
        return _zip([element.value for element in node.target.elements], peer.targets)
    return _zip([node.target], peer.targets)


def _raise(node: cst.Raise, peer: Any) -> Pairs:
    return [(node.exc, peer.exc), (node.cause and node.cause.item, peer.cause)]


def _import(node: Any, peer: Any) -> Pairs:
    return [] if type(node.names) is cst.ImportStar else _zip(node.names, peer.names)


def _if(node: cst.If, peer: Any) -> Pairs:
    return [
        (node.test, peer.test),
        *_body(node.body, peer.body),
        *_else(node.orelse, peer.orelse),
    ]


def _for(node: cst.For, peer: Any) -> Pairs:
    head: Pairs = [(node.target, peer.target), (node.iter, peer.iter)]
    return [*head, *_body(node.body, peer.body), *_else(node.orelse, peer.orelse)]


def _try(node: Any, peer: Any) -> Pairs:
    return [
        *_body(node.body, peer.body),
        *_zip(node.handlers, peer.handlers),
        *_else(node.orelse, peer.orelse),
        *_else(node.finalbody, peer.finalbody),
    ]


def _handler(node: Any, peer: Any) -> Pairs:
    return [(node.type, peer.type), *_body(node.body, peer.body)]


def _with(node: cst.With, peer: Any) -> Pairs:
    pairs: Pairs = []
    for item, other in _zip(node.items, peer.items):
        pairs += [
            (item.item, other.context_expr),
            (item.asname and item.asname.name, other.optional_vars),
        ]
    return [*pairs, *_body(node.body, peer.body)]


def _match(node: cst.Match, peer: Any) -> Pairs:
    pairs: Pairs = [(node.subject, peer.subject)]
    for case, other in _zip(node.cases, peer.cases):
        pairs += [
            (case.pattern, other.pattern),
            (case.guard, other.guard),
            *_body(case.body, other.body),
        ]
    return pairs


PAIRS: Final[dict[type[cst.CSTNode], Callable[[Any, Any], Pairs]]] = {
    cst.AnnAssign: _annotated_assign,
    cst.Assert: lambda node, peer: [(node.test, peer.test), (node.msg, peer.msg)],
    cst.Assign: _assign,
    cst.Attribute: _value,
    cst.AugAssign: lambda node, peer: [(node.target, peer.target), (node.value, peer.value)],
    cst.Await: lambda node, peer: [(node.expression, peer.value)],
    cst.BinaryOperation: lambda node, peer: [(node.left, peer.left), (node.right, peer.right)],
    cst.BooleanOperation: _boolean,
    cst.Call: _call,
    cst.ClassDef: _class,
    cst.Comparison: _comparison,
    cst.Del: _delete,
    cst.Dict: _dict,
    cst.DictComp: _comprehension,
    cst.ExceptHandler: _handler,
    cst.ExceptStarHandler: _handler,
    cst.Expr: _value,
    cst.For: _for,
    cst.FunctionDef: _function,
    cst.GeneratorExp: _comprehension,
    cst.If: _if,
    cst.IfExp: lambda node, peer: [
        (node.body, peer.body),
        (node.test, peer.test),
        (node.orelse, peer.orelse),
    ],
    cst.Import: _import,
    cst.ImportFrom: _import,
    cst.Lambda: lambda node, peer: [(node.params, peer.args), (node.body, peer.body)],
    cst.List: _elements,
    cst.ListComp: _comprehension,
    cst.Match: _match,
    cst.MatchAs: lambda node, peer: [(node.pattern, peer.pattern)],
    cst.MatchClass: lambda node, peer: [(node.cls, peer.cls)],
    cst.MatchOr: lambda node, peer: _zip(
        [item.pattern for item in node.patterns], peer.patterns
    ),
    cst.NamedExpr: lambda node, peer: [(node.target, peer.target), (node.value, peer.value)],
    cst.Param: lambda node, peer: [
        (node.annotation and node.annotation.annotation, peer.annotation)
    ],
    cst.Parameters: _parameters,
    cst.Raise: _raise,
    cst.Return: _value,
    cst.Set: _elements,
    cst.SetComp: _comprehension,
    cst.Subscript: _subscript,
    cst.Try: _try,
    cst.TryStar: _try,
    cst.Tuple: _elements,
    cst.UnaryOperation: lambda node, peer: [(node.expression, peer.operand)],
    cst.While: lambda node, peer: [
        (node.test, peer.test),
        *_body(node.body, peer.body),
        *_else(node.orelse, peer.orelse),
    ],
    cst.With: _with,
    cst.Yield: _yield,
}
