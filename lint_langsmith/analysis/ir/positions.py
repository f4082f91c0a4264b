"""Where each libcst node stands.

libcst knows positions only by printing the whole tree again, which costs twice the parse. CPython's own parser knows
them for free in a sixth of it, for every file that the running Python can parse, so the two trees are walked side by
side. Where CPython can't parse the file (syntax newer than the running Python), or the trees do not match, libcst's
slow way is taken.
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest
from typing import Any, Final, TypeAlias, TypeVar

import libcst as cst

from lint_langsmith import lazy_re
from lint_langsmith.analysis.ir.model import NOWHERE
from lint_langsmith.analysis.limits import PIECE_CHARACTERS
from lint_langsmith.findings import Span
from lint_langsmith.interruption import raise_if_interrupted
from lint_langsmith.source.text import LineIndex, split_lines

_Pairs: TypeAlias = "list[tuple[Any, Any]]"


# Types are compared, here and wherever every node is asked: libcst's classes are abstract ones, for which `isinstance`
# takes ten times as long.
_SIMPLE: Final = frozenset({cst.SimpleStatementLine, cst.SimpleStatementSuite})


class Positions:
    """Spans of nodes of one tree; a node without a known place gives the start of the file."""

    def __init__(self, spans: dict[int, Span]) -> None:
        """`spans` maps the identity of a node (which the caller keeps alive) to its span."""
        self._spans = spans
        self._whole = NOWHERE

    def span(self, node: cst.CSTNode) -> Span:
        """The span of a node, parentheses around it left out."""
        return self._spans.get(id(node), self._whole)

    @contextlib.contextmanager
    def inside(self, node: cst.CSTNode) -> Iterator[None]:
        """While it lasts, nodes without a known place have that of `node`: an f-string, a type in quotes."""
        before, self._whole = self._whole, self.span(node)
        try:
            yield
        finally:
            self._whole = before


def positions(tree: cst.Module, text: str, peer: ast.Module | None) -> Positions:
    """Find the place of every expression and statement of `tree`, which was parsed from `text`.

    `peer` is CPython's own tree of the text, if it can parse it.
    """
    if peer is not None:
        with contextlib.suppress(ValueError, RecursionError, MismatchError):
            return Positions(_Aligner(text).align(tree, peer))
    return Positions(_measure(tree))


def in_pieces(text: str, peer: ast.Module) -> Iterator[tuple[cst.Module, Positions]]:
    """A program in trees of some hundred kilobytes, with the places that their nodes have in the whole `text`.

    A libcst tree takes several hundred bytes for each byte of source. What a machine has written is megabytes long, and
    its statements need not be there all at once.

    Raises:
        MismatchError: libcst sees a piece differently than CPython, whose tree of the text `peer` is. It is used up.
        ParserError: libcst can't parse a piece.
    """
    aligner = _Aligner(text)
    for part, statements in _pieces(text, peer.body):
        tree = tree_of_python(part)
        yield tree, Positions(aligner.align(tree, ast.Module(statements, [])))


def tree_of_python(text: str) -> cst.Module:
    """The tree of a text that CPython can parse, without the checks of libcst's nodes: an eighth of a parse.

    They are for trees that are made by hand: libcst's own comment on them would avoid "validating the tree when parsing
    a file", but there is no switch for it. One of them finds what CPython finds no sooner than it compiles.

    Raises:
        ParserError: libcst can't parse it.
    """
    if _BARE_HANDLER.search(text):
        return tree_by_libcst(text)
    cst.CSTNode.__post_init__ = _unchecked  # type: ignore[method-assign]
    try:
        return tree_by_libcst(text)
    finally:
        cst.CSTNode.__post_init__ = _CHECKED  # type: ignore[method-assign]


class ParserError(Exception):
    """libcst can't parse a text. `line` and `column` are 1-based, where it has told them."""

    def __init__(self, line: int, column: int) -> None:
        super().__init__(f"line {line}, column {column}")
        self.line = line
        self.column = column


def tree_by_libcst(text: str) -> cst.Module:
    """The tree of a text, with all checks.

    Raises:
        ParserError: libcst can't parse it, whatever it raises: errors of syntax and of its nodes' checks, faults of its
            own (`CSTLogicError` on template strings), what Rust makes of a panic, and of half a surrogate pair.
    """
    return parsed_by(cst.parse_module, text)


Tree = TypeVar("Tree")


def parsed_by(parse: Callable[[str], Tree], text: str) -> Tree:
    """What one of libcst's functions makes of a text.

    Raises:
        ParserError: as `tree_by_libcst`.
        RecursionError: it is nested too deeply.
    """
    try:
        return parse(text)
    except (KeyboardInterrupt, SystemExit, GeneratorExit, RecursionError, MemoryError):
        raise
    except BaseException as error:  # noqa: BLE001 - a panic of Rust's is no Exception
        raise_if_interrupted()
        raise ParserError(*_told_place(error)) from None


def _told_place(error: BaseException) -> tuple[int, int]:
    """The 1-based line and column that libcst tells of an error; the beginning where it tells none, or fails at it."""
    try:
        return getattr(error, "editor_line", 1), getattr(error, "editor_column", 1)
    except Exception:  # noqa: BLE001 - it looks for the line in the text, and may not find it
        return 1, 1


def _unchecked(self: cst.CSTNode) -> None:
    """Takes the place of the checks."""


_BARE_HANDLER: Final = lazy_re.compile(r"\bexcept[\s\\]*:")
_CHECKED: Final = cst.CSTNode.__post_init__


def _pieces(text: str, body: list[ast.stmt]) -> Iterator[tuple[str, list[ast.stmt]]]:
    """The text cut between statements that begin on a line of their own, with the statements of each part.

    They are taken out of `body`: what is done is not kept.
    """
    index = LineIndex(text)
    start, statements = 0, list[ast.stmt]()
    body.reverse()
    while body:
        statement = body.pop()
        decorators = getattr(statement, "decorator_list", ())
        line = min(part.lineno for part in (statement, *decorators))
        begin = index.offset(line, 1)
        if (
            statements
            and begin - start > PIECE_CHARACTERS
            and line > (statements[-1].end_lineno or 0)
        ):
            yield text[start:begin], statements
            start, statements = begin, []
        statements.append(statement)
    yield text[start:], statements


def _measure(tree: cst.Module) -> dict[int, Span]:
    from libcst.metadata import MetadataWrapper, PositionProvider  # noqa: PLC0415 - the slow way's own import

    ranges = MetadataWrapper(tree, unsafe_skip_copy=True).resolve(PositionProvider)
    return {
        id(node): Span(
            place.start.line, place.start.column + 1, place.end.line, place.end.column + 1
        )
        for node, place in ranges.items()
    }


class MismatchError(Exception):
    """The two trees do not describe the same program."""


class _Aligner:
    """Walks both trees side by side, with an explicit stack: nesting depth is the linted file's choice."""

    def __init__(self, text: str) -> None:
        self._is_ascii = text.isascii()
        # Of lines with other characters the bytes, in which CPython counts.
        lines = [] if self._is_ascii else split_lines(text)
        self._lines = [None if line.isascii() else line.encode() for line in lines]

    def align(self, tree: cst.Module, peer: ast.Module) -> dict[int, Span]:
        """The places of nodes by their identity; the tree is all of the text, or a part with the statements of `peer`.

        Raises:
            MismatchError: the two do not have the same statements.
        """
        spans: dict[int, Span] = {}
        is_ascii, lines = self._is_ascii, self._lines
        stack = _suite(tree.body, peer.body)
        while stack:
            node, other = stack.pop()
            if node is None or other is None:
                if node is not other:
                    raise MismatchError
                continue
            kind = type(node)
            pairs_of = _PAIRS.get(kind)
            try:
                if kind is not cst.Parameters:
                    line, end = other.lineno, other.end_lineno
                    # In ASCII, as nearly all lines are, CPython's 0-based bytes are as good as characters.
                    plain = is_ascii or (lines[line - 1] is None and lines[end - 1] is None)
                    spans[id(node)] = (
                        Span(line, other.col_offset + 1, end, other.end_col_offset + 1)
                        if plain
                        else self._span(other)
                    )
                if pairs_of is not None:
                    stack.extend(pairs_of(node, other))
            except AttributeError:
                raise MismatchError from None
        return spans

    def _span(self, node: Any) -> Span:
        return Span(
            node.lineno,
            self._column(node.lineno, node.col_offset),
            node.end_lineno,
            self._column(node.end_lineno, node.end_col_offset),
        )

    def _column(self, line: int, byte_offset: int) -> int:
        content = self._lines[line - 1]
        return (
            byte_offset + 1
            if content is None
            else len(content[:byte_offset].decode(errors="replace")) + 1
        )


def _zip(nodes: Iterable[Any], peers: Iterable[Any]) -> _Pairs:
    return list(zip_longest(nodes, peers))


def _value(node: Any, peer: Any) -> _Pairs:
    return [(node.value, peer.value)]


def _suite(body: Iterable[Any], peers: list[ast.stmt]) -> _Pairs:
    """Pairs for the statements of a suite; libcst keeps `a; b` together, and `_Line` remembers where the line is."""
    statements: list[Any] = []
    for line in body:
        if type(line) in _SIMPLE:
            statements.extend(line.body)
        else:
            statements.append(line)
    return _zip(statements, peers)


def _body(block: cst.BaseSuite, peers: list[ast.stmt]) -> _Pairs:
    return _suite([block] if type(block) is cst.SimpleStatementSuite else block.body, peers)


def _else(node: Any, peers: list[ast.stmt]) -> _Pairs:
    if node is None:
        return _zip([], peers)
    return (
        _body(node.body, peers)
        if type(node) in {cst.Else, cst.Finally}
        else _zip([node], peers)
    )


def _elements(node: Any, peer: Any) -> _Pairs:
    return [
        pair for item, other in _zip(node.elements, peer.elts) for pair in _item(item, other)
    ]


def _item(item: Any, other: Any) -> _Pairs:
    if type(item) is cst.StarredElement:
        return [(item.value, other.value)]
    return [(item.value, other)]


def _call(node: cst.Call, peer: Any) -> _Pairs:
    return [(node.func, peer.func), *_arguments(node.args, peer.args, peer.keywords)]


def _arguments(args: Iterable[cst.Arg], positional: list[Any], keywords: list[Any]) -> _Pairs:
    """The peers stand in two lists, our arguments in one: their order in the source is the same."""
    peers = [*positional, *keywords]
    if (
        positional and keywords and _start(positional[-1]) > _start(keywords[0])
    ):  # `f(key=value, *more)`
        peers.sort(key=_start)
    pairs: _Pairs = []
    for arg, peer in _zip(args, peers):
        inner = peer.value if type(peer) in _HOLDERS else peer
        pairs.append((arg.value, inner))
    return pairs


_HOLDERS: Final = frozenset({ast.keyword, ast.Starred})


def _start(peer: Any) -> tuple[int, int]:
    return peer.lineno, peer.col_offset


def _dict(node: cst.Dict, peer: Any) -> _Pairs:
    pairs: _Pairs = []
    for element, key, value in zip_longest(node.elements, peer.keys, peer.values):
        if type(element) is cst.DictElement:
            pairs.append((element.key, key))
        pairs.append((element.value, value))
    return pairs


def _boolean(node: cst.BooleanOperation, peer: Any) -> _Pairs:
    """`a or b or c` is nested to the left here and flat there."""
    values: list[Any] = []
    left: Any = node
    while isinstance(left, cst.BooleanOperation) and (left is node or _same_chain(left, node)):
        values.append(left.right)
        left = left.left
    return _zip([left, *reversed(values)], peer.values)


def _same_chain(left: cst.BooleanOperation, node: cst.BooleanOperation) -> bool:
    return not left.lpar and type(left.operator) is type(node.operator)


def _comparison(node: cst.Comparison, peer: Any) -> _Pairs:
    return [
        (node.left, peer.left),
        *_zip([target.comparator for target in node.comparisons], peer.comparators),
    ]


def _subscript(node: cst.Subscript, peer: Any) -> _Pairs:
    index = peer.slice
    several = len(node.slice) > 1 or type(node.slice[0].comma) is cst.Comma
    starred = type(node.slice[0].slice) is cst.Index and node.slice[0].slice.star
    peers = index.elts if several or (starred and isinstance(index, ast.Tuple)) else [index]
    pairs: _Pairs = [(node.value, peer.value)]
    for element, other in _zip(node.slice, peers):
        part = element.slice
        if type(part) is cst.Index:
            pairs.append((part.value, other.value if isinstance(other, ast.Starred) else other))
        else:
            pairs.extend(
                [(part.lower, other.lower), (part.upper, other.upper), (part.step, other.step)]
            )
    return pairs


def _yield(node: cst.Yield, peer: Any) -> _Pairs:
    value = node.value.item if type(node.value) is cst.From else node.value
    return [(value, peer.value)]


def _comprehension(node: Any, peer: Any) -> _Pairs:
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


def _parameters(node: cst.Parameters, peer: ast.arguments) -> _Pairs:
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


def _function(node: cst.FunctionDef, peer: Any) -> _Pairs:
    return [
        *_zip([decorator.decorator for decorator in node.decorators], peer.decorator_list),
        (node.params, peer.args),
        (node.returns and node.returns.annotation, peer.returns),
        *_body(node.body, peer.body),
    ]


def _class(node: cst.ClassDef, peer: Any) -> _Pairs:
    return [
        *_zip([decorator.decorator for decorator in node.decorators], peer.decorator_list),
        *_arguments([*node.bases, *node.keywords], peer.bases, peer.keywords),
        *_body(node.body, peer.body),
    ]


def _assign(node: cst.Assign, peer: Any) -> _Pairs:
    return [
        *_zip([target.target for target in node.targets], peer.targets),
        (node.value, peer.value),
    ]


def _annotated_assign(node: cst.AnnAssign, peer: Any) -> _Pairs:
    return [
        (node.target, peer.target),
        (node.annotation.annotation, peer.annotation),
        (node.value, peer.value),
    ]


def _delete(node: cst.Del, peer: Any) -> _Pairs:
    if isinstance(node.target, cst.Tuple) and not node.target.lpar:
        return _zip([element.value for element in node.target.elements], peer.targets)
    return _zip([node.target], peer.targets)


def _raise(node: cst.Raise, peer: Any) -> _Pairs:
    return [(node.exc, peer.exc), (node.cause and node.cause.item, peer.cause)]


def _import(node: Any, peer: Any) -> _Pairs:
    return [] if type(node.names) is cst.ImportStar else _zip(node.names, peer.names)


def _if(node: cst.If, peer: Any) -> _Pairs:
    return [
        (node.test, peer.test),
        *_body(node.body, peer.body),
        *_else(node.orelse, peer.orelse),
    ]


def _for(node: cst.For, peer: Any) -> _Pairs:
    head: _Pairs = [(node.target, peer.target), (node.iter, peer.iter)]
    return [*head, *_body(node.body, peer.body), *_else(node.orelse, peer.orelse)]


def _try(node: Any, peer: Any) -> _Pairs:
    return [
        *_body(node.body, peer.body),
        *_zip(node.handlers, peer.handlers),
        *_else(node.orelse, peer.orelse),
        *_else(node.finalbody, peer.finalbody),
    ]


def _handler(node: Any, peer: Any) -> _Pairs:
    return [(node.type, peer.type), *_body(node.body, peer.body)]


def _with(node: cst.With, peer: Any) -> _Pairs:
    pairs: _Pairs = []
    for item, other in _zip(node.items, peer.items):
        pairs += [
            (item.item, other.context_expr),
            (item.asname and item.asname.name, other.optional_vars),
        ]
    return [*pairs, *_body(node.body, peer.body)]


def _match(node: cst.Match, peer: Any) -> _Pairs:
    pairs: _Pairs = [(node.subject, peer.subject)]
    for case, other in _zip(node.cases, peer.cases):
        pairs += [
            (case.pattern, other.pattern),
            (case.guard, other.guard),
            *_body(case.body, other.body),
        ]
    return pairs


_PAIRS: Final[dict[type[cst.CSTNode], Callable[[Any, Any], _Pairs]]] = {
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
