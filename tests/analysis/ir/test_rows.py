"""The rows of a file against the tree that CPython makes of it: an independent reading of the same text.

What stands in an f-string has the place of the whole: CPython before 3.12 does not know it better.
"""

from __future__ import annotations

import ast
import importlib.util
import io
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from all_syntax import PROGRAM

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.lower import lower
from lint_langsmith.findings import Span

MODULES = ("textwrap", "contextlib", "string")


def _programs() -> list[str]:
    found = [PROGRAM]
    for name in MODULES:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        found.append(Path(spec.origin).read_text(encoding="utf-8"))
    return found


class Both(NamedTuple):
    """A program as both see it."""

    text: str
    tree: ast.Module
    model: ir.FileModel


@pytest.fixture(scope="module", params=_programs(), ids=["all syntax", *MODULES])
def both(request: pytest.FixtureRequest) -> Both:
    text = request.param
    # Before 3.12 a part of an f-string is parsed on its own; CPython's tree is asked for its shape alone.
    return Both(text, ast.parse(text), lower(text))


# -- CPython's side ----------------------------------------------------------------------------------------------------


class _Node(NamedTuple):
    """A node of CPython's tree; `whole` is the f-string in which it stands."""

    node: Any
    whole: Any


def _nodes(both: Both) -> Iterator[_Node]:
    """All nodes that have rows: of patterns the class, no types in quotes, nothing behind a colon in an f-string."""
    stack: list[_Node] = [_Node(both.tree, None)]
    while stack:
        item = stack.pop()
        yield item
        node = item.node
        whole = item.whole
        if isinstance(node, ast.JoinedStr) and whole is None:
            whole = node
        for field, child in ast.iter_fields(node):
            if isinstance(child, ast.pattern):
                stack.extend(_Node(each, whole) for each in _classes_asked(child))
            if field == "format_spec" or isinstance(child, ast.pattern):
                continue
            if field in {"annotation", "returns"} and not isinstance(
                child, (ast.Name, ast.Attribute, ast.Call)
            ):
                continue
            children = child if isinstance(child, list) else [child]
            stack.extend(_Node(each, whole) for each in children if isinstance(each, ast.AST))


def _classes_asked(pattern: ast.pattern) -> list[ast.expr]:
    """The class that a case asks for, those of alternatives if each asks for one."""
    if isinstance(pattern, ast.MatchAs) and pattern.pattern is not None:
        return _classes_asked(pattern.pattern)
    if isinstance(pattern, ast.MatchClass):
        return [pattern.cls]
    found = (
        [_classes_asked(each) for each in pattern.patterns]
        if isinstance(pattern, ast.MatchOr)
        else []
    )
    return [each for classes in found for each in classes] if all(found) else []


def _span(both: Both, node: Any) -> Span:
    """The place of a node, in code points."""
    lines = both.text.split("\n")
    start = len(lines[node.lineno - 1].encode()[: node.col_offset].decode()) + 1
    end = len(lines[node.end_lineno - 1].encode()[: node.end_col_offset].decode()) + 1
    return Span(node.lineno, start, node.end_lineno, end)


def _place(both: Both, item: _Node) -> Span:
    return _span(both, item.node if item.whole is None else item.whole)


def _written(both: Both, kind: type[ast.AST]) -> Iterator[_Node]:
    return (item for item in _nodes(both) if isinstance(item.node, kind))


# -- the rows' side ----------------------------------------------------------------------------------------------------


def _rows(value: Any) -> Iterator[Any]:
    """Everything that rows hold, and all that is in it."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, msgspec.Struct):
            yield item
            stack.extend(getattr(item, name) for name in item.__struct_fields__)
        elif isinstance(item, tuple):
            stack.extend(item)


def _held(both: Both, kind: type[Any]) -> set[Any]:
    return {item for item in _rows(both.model) if isinstance(item, kind)}


# -- what has to agree -------------------------------------------------------------------------------------------------


def test_names_that_are_read(both: Both) -> None:
    wanted = {
        (item.node.id, _place(both, item))
        for item in _written(both, ast.Name)
        if isinstance(item.node.ctx, ast.Load)
    }
    found = {(row.id, row.span) for row in _held(both, ir.Name)}
    found |= {(row.name, row.span) for row in both.model.reads}
    in_quotes = {(name, span) for name, span in found - wanted if both.text is PROGRAM}
    changed = {row.name for row in both.model.bindings if row.kind == "augmented"}
    assert wanted <= found
    # `b` stands in a specification within an f-string.
    assert {name for name, _ in in_quotes} <= {"list", "y", "d", "b", *changed}


def test_attributes_and_items(both: Both) -> None:
    wanted = {
        (item.node.attr, _place(both, item)) for item in _written(both, ast.Attribute)
    } - _of_patterns(both)
    # What a pattern takes of its subject is written nowhere as an attribute.
    attributes = [row for row in _held(both, ir.Attribute) if row.span != ir.NOWHERE]
    assert {(row.name, row.span) for row in attributes} == wanted
    items = {_place(both, item) for item in _written(both, ast.Subscript)}
    assert items <= {row.span for row in _held(both, ir.Subscript)}
    assert all(len(_source(both, row.name_span)) == len(row.name) for row in attributes)
    assert all(
        _source(both, row.name_span) == row.name
        for row in attributes
        if not _source(both, row.span).startswith(("f", "rf"))
    )


def _of_patterns(both: Both) -> set[tuple[str, Span]]:
    """`case b.c:` compares with an attribute, of which there is no row."""
    return {
        (node.value.attr, _span(both, node.value))
        for node in ast.walk(both.tree)
        if isinstance(node, ast.MatchValue) and isinstance(node.value, ast.Attribute)
    }


def _source(both: Both, span: Span) -> str:
    lines = both.text.split("\n")[span.line - 1 : span.end_line]
    lines[-1] = lines[-1][: span.end_column - 1]
    return "\n".join(lines)[span.column - 1 :]


def test_names_that_are_bound(both: Both) -> None:
    wanted = Counter(
        (item.node.id, _place(both, item))
        for item in _written(both, ast.Name)
        if isinstance(item.node.ctx, (ast.Store, ast.Del))
    )
    targets = {
        "assign",
        "augmented",
        "annotation",
        "for",
        "with",
        "comprehension",
        "walrus",
        "delete",
    }
    found = Counter((row.name, row.span) for row in both.model.bindings if row.kind in targets)
    assert found == wanted


def test_calls(both: Both) -> None:
    wanted = Counter(
        (
            _place(both, item),
            _place(both, _Node(item.node.func, item.whole)),
            tuple(_arguments(item.node)),
        )
        for item in _written(both, ast.Call)
    )
    found = Counter(
        (row.span, row.callee_span, tuple((arg.keyword, arg.stars) for arg in row.args))
        for row in both.model.calls
    )
    assert found == wanted


def _arguments(node: ast.Call) -> Iterator[tuple[str | None, int]]:
    """Of each argument the keyword and the number of stars, in the order of the source."""
    args: list[Any] = [*node.args, *node.keywords]
    for arg in sorted(args, key=lambda arg: (arg.lineno, arg.col_offset)):
        if isinstance(arg, ast.keyword):
            yield arg.arg, 2 if arg.arg is None else 0
        else:
            yield None, int(isinstance(arg, ast.Starred))


def test_expressions(both: Both) -> None:
    """Every argument of a call, as it is put together."""
    wanted: dict[Span, list[Any]] = {}
    for item in _written(both, ast.Call):
        args: list[Any] = [*item.node.args, *item.node.keywords]
        args.sort(key=lambda arg: (arg.lineno, arg.col_offset))
        plain = [
            arg.value if isinstance(arg, (ast.keyword, ast.Starred)) else arg for arg in args
        ]
        if item.whole is None:
            wanted[_place(both, item)] = [_tree(arg) for arg in plain]
    found = {
        row.span: [_shape(arg.value, both.model) for arg in row.args]
        for row in both.model.calls
    }
    for span, shapes in wanted.items():
        assert found[span] == shapes, span


def _shape(expr: Any, model: ir.FileModel) -> Any:
    """An expression of the rows, without places."""
    if isinstance(expr, ir.CallRef):
        call = model.calls[expr.site]
        return [
            "call",
            _shape(call.func, model),
            *(_shape(arg.value, model) for arg in call.args),
        ]
    if isinstance(expr, ir.Lambda):
        return ["lambda", _shape(expr.body, model)]
    if isinstance(expr, ir.Template):
        return ["template", *_joined_parts(_shape(part, model) for part in expr.parts)]
    if isinstance(expr, ir.Opaque):
        return ["opaque", *(_shape(part, model) for part in expr.parts)]
    if isinstance(expr, ir.Binary):
        return ["binary", expr.op, _shape(expr.left, model), _shape(expr.right, model)]
    if isinstance(expr, msgspec.Struct):
        fields = [
            _shape(getattr(expr, name), model)
            for name in expr.__struct_fields__
            if name not in {"span", "name_span", "scope"}
        ]
        return [type(expr).__name__.lower(), *fields]
    return [_shape(part, model) for part in expr] if isinstance(expr, tuple) else expr


def _joined_parts(parts: Iterator[Any]) -> list[Any]:
    """Texts beside each other are one: CPython joins them, and leaves out what is empty."""
    found: list[Any] = []
    for part in parts:
        if part == ["text", ""]:
            continue
        if part[0] == "text" and found and found[-1][0] == "text":
            found[-1] = ["text", found[-1][1] + part[1]]
        else:
            found.append(part)
    return found


_OPERATORS = {
    ast.Add: "+",
    ast.Mod: "%",
    ast.BitOr: "|",
    ast.Mult: "*",
    ast.Sub: "-",
    ast.BitXor: "^",
    ast.BitAnd: "&",
    ast.FloorDiv: "//",
    ast.RShift: ">>",
}
_WORDS = {
    ast.Eq: "Equal",
    ast.NotEq: "NotEqual",
    ast.Lt: "LessThan",
    ast.LtE: "LessThanEqual",
    ast.Gt: "GreaterThan",
    ast.GtE: "GreaterThanEqual",
    ast.USub: "Minus",
    ast.UAdd: "Plus",
    ast.Invert: "BitInvert",
}


def _tree(node: Any) -> Any:  # noqa: C901 - one case for each kind of node
    """An expression of CPython's tree, as `_shape` writes one."""
    match node:
        case ast.Name():
            return ["name", node.id]
        case ast.Constant():
            return _constant(node)
        case ast.Attribute():
            return ["attribute", _tree(node.value), node.attr]
        case ast.Subscript():
            return ["subscript", _tree(node.value), _index(node.slice)]
        case ast.Call():
            args: list[Any] = [*node.args, *node.keywords]
            args.sort(key=lambda arg: (arg.lineno, arg.col_offset))
            plain = [
                arg.value if isinstance(arg, (ast.keyword, ast.Starred)) else arg
                for arg in args
            ]
            return ["call", _tree(node.func), *map(_tree, plain)]
        case ast.BinOp():
            op = _OPERATORS.get(type(node.op), "?")
            return ["binary", op, _tree(node.left), _tree(node.right)]
        case ast.BoolOp():
            return _boolean(node)
        case ast.IfExp():
            return ["conditional", _tree(node.test), _tree(node.body), _tree(node.orelse)]
        case ast.UnaryOp():
            word = _WORDS.get(type(node.op), type(node.op).__name__)
            return ["unary", word, _tree(node.operand)]
        case ast.Compare():
            words = [_WORDS.get(type(op), type(op).__name__) for op in node.ops]
            return ["comparison", _tree(node.left), words, [*map(_tree, node.comparators)]]
        case ast.Tuple() | ast.List() | ast.Set():
            return ["sequence", type(node).__name__.lower(), [*map(_tree, node.elts)]]
        case ast.Dict():
            keys = [None if key is None else _tree(key) for key in node.keys]
            return ["mapping", keys, [*map(_tree, node.values)]]
        case ast.Starred():
            return ["starred", _tree(node.value)]
        case ast.Await():
            return ["await", _tree(node.value)]
        case ast.Yield() | ast.YieldFrom():
            inner = None if node.value is None else _tree(node.value)
            return ["yield", inner, isinstance(node, ast.YieldFrom)]
        case ast.NamedExpr():
            return ["walrus", node.target.id, _tree(node.value)]
        case ast.Lambda():
            return ["lambda", _tree(node.body)]
        case ast.DictComp():
            element = ["mapping", [_tree(node.key)], [_tree(node.value)]]
            return ["comprehension", "dict", element, *_clauses(node.generators)]
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
            kind = {ast.ListComp: "list", ast.SetComp: "set"}.get(type(node), "generator")
            return ["comprehension", kind, _tree(node.elt), *_clauses(node.generators)]
        case ast.JoinedStr():
            return ["template", *_joined_parts(map(_part, node.values))]
    raise AssertionError(node)


def _clauses(generators: list[ast.comprehension]) -> list[Any]:
    """The first iterable, and the conditions of all clauses."""
    conditions = [_tree(test) for clause in generators for test in clause.ifs]
    return [_tree(generators[0].iter), conditions]


def _constant(node: ast.Constant) -> Any:
    if isinstance(node.value, str):
        return ["text", node.value]
    if isinstance(node.value, bytes):
        return ["bytes", node.value.decode("latin-1")]
    return ["constant", "..." if node.value is ... else repr(node.value)]


def _boolean(node: ast.BoolOp) -> Any:
    """Chains of one operator are flat, also where the first of them stands in parentheses."""
    op = type(node.op).__name__.lower()
    first, *rest = map(_tree, node.values)
    head = first[2] if first[:2] == ["boolean", op] else [first]
    return ["boolean", op, [*head, *rest]]


def _index(node: Any) -> Any:
    """What stands in the brackets; of slices the bounds, `None` for those that are left out."""
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    if not any(isinstance(part, ast.Slice) for part in parts):
        if isinstance(node, ast.Tuple):
            plain = [part.value if isinstance(part, ast.Starred) else part for part in parts]
            one = [_tree(part) for part in plain]
            return one[0] if len(one) == 1 else ["sequence", "tuple", one]
        return _tree(node)
    bounds: list[Any] = []
    for part in parts:
        several = [part.lower, part.upper, part.step] if isinstance(part, ast.Slice) else [part]
        bounds += [["constant", "None"] if bound is None else _tree(bound) for bound in several]
    return ["opaque", *bounds]


def _part(node: Any) -> Any:
    """A part of an f-string: opaque where it is written in some other way than `str()` does.

    A specification alone stands behind it, as a template.
    """
    if isinstance(node, ast.Constant):
        return _constant(node)
    spec = node.format_spec
    is_text = not (spec and spec.values) or (
        len(spec.values) == 1
        and isinstance(spec.values[0], ast.Constant)
        and spec.values[0].value == "s"
    )
    plain = is_text and node.conversion in {-1, ord("s")}
    if plain:
        return _tree(node.value)
    formatted = node.conversion in {-1, ord("s")}
    pieces = [
        _tree(part.value) if isinstance(part, ast.FormattedValue) else _constant(part)
        for part in (spec.values if spec else [])
    ]
    return ["opaque", _tree(node.value), *([["template", *pieces]] if formatted else [])]


def test_scopes(both: Both) -> None:
    kinds = {
        ast.ClassDef: "class",
        ast.FunctionDef: "function",
        ast.AsyncFunctionDef: "function",
        ast.Lambda: "lambda",
        ast.ListComp: "comprehension",
        ast.SetComp: "comprehension",
        ast.DictComp: "comprehension",
        ast.GeneratorExp: "comprehension",
    }
    wanted = Counter(
        (kinds[type(item.node)], _name(item.node), isinstance(item.node, ast.AsyncFunctionDef))
        for item in _nodes(both)
        if type(item.node) in kinds
    )
    found = Counter(
        (row.kind, row.name if row.kind in {"class", "function"} else "", row.is_async)
        for row in both.model.scopes
        if row.kind != "module"
    )
    assert found == wanted
    for row in both.model.scopes:
        if row.kind in {"class", "function"}:
            assert _source(both, row.span) == row.name


def _name(node: Any) -> str:
    return getattr(node, "name", "")


def test_parameters(both: Both) -> None:
    wanted = Counter(
        (arg.arg, arg.lineno)
        for item in _written(both, ast.arguments)
        for arg in _every(item.node)
    )
    found = Counter(
        (param.name, param.span.line) for row in both.model.scopes for param in row.params
    )
    assert found == wanted


def _every(args: ast.arguments) -> list[ast.arg]:
    return [
        *args.posonlyargs,
        *args.args,
        *([args.vararg] if args.vararg is not None else []),
        *args.kwonlyargs,
        *([args.kwarg] if args.kwarg is not None else []),
    ]


_COMPOUND = {
    *("If", "For", "AsyncFor", "While", "With", "AsyncWith", "Try", "TryStar", "Match"),
    "ExceptHandler",
}


def test_statements(both: Both) -> None:
    """The lines of a simple statement are all of it, those of a compound one its header, up to the colon."""
    simple: Counter[tuple[int, int]] = Counter()
    headers: Counter[int] = Counter()
    for item in _nodes(both):
        node = item.node
        if type(node).__name__ in _COMPOUND:
            headers[node.lineno] += 1
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            headers[min(part.lineno for part in (node, *node.decorator_list))] += 1
        elif isinstance(node, ast.stmt):
            simple[node.lineno, node.end_lineno or 0] += 1
    found = Counter(both.model.statements)
    assert simple <= found
    left = Counter(first for first, _ in (found - simple).elements())
    assert left == headers
    lines = both.text.split("\n")
    for first, last in found - simple:
        header = lines[first - 1 : last]
        assert ":" in "".join(header), header


def test_docstrings_and_returns(both: Both) -> None:
    texts = Counter(
        _span(both, node.value)
        for node in ast.walk(both.tree)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, (str, bytes))
    )
    assert Counter(both.model.docstrings) == texts
    lambdas = sum(isinstance(node, ast.Lambda) for node in ast.walk(both.tree))
    returns = sum(isinstance(node, ast.Return) for node in ast.walk(both.tree))
    assert len(both.model.returns) == lambdas + returns
    yields = sum(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in ast.walk(both.tree))
    assert len(both.model.yields) == yields
    raises = Counter(
        _span(both, node) for node in ast.walk(both.tree) if isinstance(node, ast.Raise)
    )
    assert Counter(row.span for row in both.model.raises) == raises


def test_events_have_an_order_of_their_own(both: Both) -> None:
    """No two rows have the same number, and those of a table count up; a call comes behind its arguments."""
    model = both.model
    tables = (
        model.bindings,
        model.stores,
        model.loads,
        model.returns,
        model.raises,
        model.composites,
        model.reads,
        model.yields,
        model.scopes,
        model.withs,
    )
    for table in tables:
        orders = [row.order for row in table]
        assert orders == sorted(orders)
    rows = [row for table in (*tables, model.calls) for row in table]
    assert len({row.order for row in rows}) == len(rows)


HEADERS = """\
if (
    a
    and b
):
    pass
elif a:
    pass
def f(
    a,
    b=1,
    # a remark

):
    pass
def g(*, a: int
      = 3) -> dict[
    str, int
]:
    pass
@a(
    b
)
@c

async def h(): pass
async def i(a, /, *b,
            **c
            ): return
class C(
    B,
    k=d,

):
    pass
class D: pass
with (
    open(a) as b,
    open(c),
):
    pass
for x in [
    1,
    {2: (3)},  # ):
]:
    pass
while (
    x  # )
):
    pass
try:
    pass
except (
    A,
    B,
):
    pass
except C as c:
    pass
match (
    x
):
    case 1:
        pass
"""


@pytest.mark.parametrize("text", [HEADERS, *_programs()], ids=["headers", "all", *MODULES])
def test_headers_end_at_their_colons(text: str) -> None:
    """The tokenizer knows where the logical line of a header ends, if nothing of its body stands on it."""
    ends = _logical_ends(text)
    wanted: set[tuple[int, int]] = set()
    for node in _compound(ast.parse(text)):
        body = node.cases if isinstance(node, ast.Match) else node.body
        first = min([node.lineno, *(row.lineno for row in getattr(node, "decorator_list", ()))])
        below = body[0].pattern if isinstance(body[0], ast.match_case) else body[0]
        if ends[node.lineno] < below.lineno:
            wanted.add((first, ends[node.lineno]))
    assert wanted <= set(lower(text).statements)


def _compound(tree: ast.Module) -> Iterator[Any]:
    """The statements that have a header, and the handlers of exceptions."""
    for node in ast.walk(tree):
        if type(node).__name__ in _COMPOUND or isinstance(
            node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        ):
            yield node


def _logical_ends(text: str) -> dict[int, int]:
    """By each line the last one of its logical line."""
    found: dict[int, int] = {}
    start = 1
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NEWLINE:
            found.update(dict.fromkeys(range(start, token.start[0] + 1), token.start[0]))
            start = token.end[0] + 1
    return found


def test_the_module_has_nothing_around_it() -> None:
    model = lower("def f():\n    pass\n")
    assert [(row.parent, row.kind) for row in model.scopes] == [(-1, "module"), (0, "function")]
    assert [row.parent for row in model.blocks] == [-1, 0]


def test_names_of_types_are_bound() -> None:
    (row,) = lower("type X = list[int]\n").bindings
    assert (row.kind, row.name, row.span.line) == ("type", "X", 1)
    assert isinstance(row.value, ir.Subscript)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x  # noqa\ny  # other\n", ["# noqa", "# other"]),
        ("x  # NOQA\n", ["# NOQA"]),
        ("x  # noqa: ls101\n", ["# noqa: ls101"]),
        ("x  # noqa:E501,LS101\n", ["# noqa:E501,LS101"]),
        ("x  # noqa: E501\n", []),
        ("x  # LS101 noqa: E501\n", []),
        ("# lint-langsmith: ignore\nx\n", ["# lint-langsmith: ignore"]),
        ("# LINT-LangSmith: ignore\n", ["# LINT-LangSmith: ignore"]),
        ("x  # a remark\n", []),
        ("x = 'noqa'\n", []),
    ],
)
def test_comments_where_a_suppression_may_be_ours(text: str, found: list[str]) -> None:
    lines = text.split("\n")
    assert [lines[row.line - 1][row.column - 1 :] for row in lower(text).comments] == found


@pytest.mark.parametrize(
    ("statement", "ends"),
    [
        ("return", "return"),
        ("raise", "raise"),
        ("break", "break"),
        ("continue", "continue"),
        ("sys.exit(1)", "return"),
        ("exit()", "return"),
        ("quit()", "return"),
        ("os._exit(0)", "return"),
        ("os.abort()", "return"),
        ('os.execvpe("a", ["a"], {})', "return"),
        ("abort()", "falls"),
        ("exit", "falls"),
        ("a.exit()", "falls"),
        ("x = exit()", "falls"),
        ("pass; raise", "raise"),
        ("raise; pass", "raise"),
        ("return; raise", "return"),
        ("if a: return\n  else: return", "return"),
        ("if a: return\n  else: raise", "return"),
        ("if a: raise\n  else: raise", "raise"),
        ("if a: raise", "falls"),
        ("if a: raise\n  elif b: raise", "falls"),
        ("if a: raise\n  elif b: raise\n  else: raise", "raise"),
        ("with a: return", "return"),
        ("with a: raise", "falls"),
        ("for a in b: return", "falls"),
        ("while a: return", "falls"),
        ("try: return\n  finally: pass", "return"),
        ("try: pass\n  finally: raise", "raise"),
        ("try: raise\n  except: pass", "falls"),
        ("try: raise\n  except: return", "return"),
        ("try: pass\n  except: return\n  else: return", "return"),
        ("try: pass\n  except: return", "falls"),
        ("try: raise\n  except A: raise\n  except B: raise", "raise"),
        ("match a:\n   case 1: return\n   case _: return", "return"),
        ("match a:\n   case 1: return\n   case x: return", "return"),
        ("match a:\n   case 1: return\n   case x if b: return", "falls"),
        ("match a:\n   case 1: return", "falls"),
        ("match a:\n   case 1: pass\n   case _: return", "falls"),
        ("match a:\n   case _: raise", "raise"),
    ],
)
def test_how_a_block_ends(statement: str, ends: str) -> None:
    model = lower(f"while x:\n  {statement}\n")
    assert model.blocks[1].kind == "loop"
    assert model.blocks[1].ends == ends
