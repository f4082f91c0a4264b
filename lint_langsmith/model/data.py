"""The data of a FileModel: what a file says, as plain serialisable structs; no libcst node survives lowering.

Expressions are small trees. A call inside an expression is a `CallRef`, an index into `FileModel.calls`, so that each
call is stored once, together with where it stands. Every table is in source order and `order` numbers count the
events of the file in the order in which Python would meet them in straight-line code.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

from lint_langsmith.findings import Span

NOWHERE: Final = Span(1, 1, 1, 1)


class _Node(msgspec.Struct, frozen=True, array_like=True, gc=False, tag=True):
    """Base of all expressions."""


class Name(_Node):
    """A name that is read."""

    id: str
    span: Span


class Attribute(_Node):
    """`value.name`; `span` is the whole expression, `name_span` the last name alone."""

    value: Expr
    name: str
    span: Span
    name_span: Span


class Text(_Node):
    """A string literal, adjacent literals already joined; `docstring` marks one that stands as a statement."""

    value: str
    span: Span
    docstring: bool = False


class Template(_Node):
    """An f-string: literal parts are `Text`, the others any expression."""

    parts: tuple[Expr, ...]
    span: Span


class Bytes(_Node):
    """A bytes literal, decoded as Latin-1."""

    value: str
    span: Span


class Constant(_Node):
    """`None`, `True`, `False`, `...` or a number, as written."""

    literal: str


class CallRef(_Node):
    """A call: `FileModel.calls[site]`."""

    site: int


class Subscript(_Node):
    """`value[index]`."""

    value: Expr
    index: Expr
    span: Span


class Binary(_Node):
    """`left op right`."""

    op: str
    left: Expr
    right: Expr


class Boolean(_Node):
    """`a or b or …` and `a and b and …`."""

    op: Literal["or", "and"]
    values: tuple[Expr, ...]


class Conditional(_Node):
    """`body if test else orelse`."""

    test: Expr
    body: Expr
    orelse: Expr


class Unary(_Node):
    """`not x`, `-x`, …"""

    op: str
    operand: Expr


class Comparison(_Node):
    """`left op right op right …`."""

    left: Expr
    ops: tuple[str, ...]
    rights: tuple[Expr, ...]


class Sequence(_Node):
    """A tuple, list or set display."""

    kind: Literal["tuple", "list", "set"]
    items: tuple[Expr, ...]


class Mapping(_Node):
    """A dict display; a key of `None` stands for `**value`."""

    keys: tuple[Expr | None, ...]
    values: tuple[Expr, ...]


class Await(_Node):
    """`await value`."""

    value: Expr


class Yield(_Node):
    """`yield value` or `yield from value`."""

    value: Expr | None
    delegated: bool


class Starred(_Node):
    """`*value`."""

    value: Expr


class Walrus(_Node):
    """`name := value`; the binding is in `FileModel.bindings`."""

    name: str
    value: Expr


class Lambda(_Node):
    """A lambda; its scope is `FileModel.scopes[scope]`."""

    scope: int
    body: Expr


class Comprehension(_Node):
    """A comprehension or generator expression; `iter` is the first iterable, which runs in the enclosing scope."""

    kind: Literal["list", "set", "dict", "generator"]
    scope: int
    element: Expr
    iter: Expr


class Opaque(_Node):
    """Anything else (slices, …); only its parts are known."""

    parts: tuple[Expr, ...]


Expr: TypeAlias = (
    Name
    | Attribute
    | Text
    | Template
    | Bytes
    | Constant
    | CallRef
    | Subscript
    | Binary
    | Boolean
    | Conditional
    | Unary
    | Comparison
    | Sequence
    | Mapping
    | Await
    | Yield
    | Starred
    | Walrus
    | Lambda
    | Comprehension
    | Opaque
)


class _Row(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Base of all table rows."""


class Argument(_Row):
    """One argument of a call; `keyword` is None for positional ones, `stars` 1 for `*value` and 2 for `**value`."""

    value: Expr
    keyword: str | None = None
    stars: int = 0


class Use(_Row):
    """What the program does with the result of a call.

    `outer` is the call site of which the result is an argument (`argument`), or None.
    `names` are the local names to which it is assigned (`assign`, `with`).
    """

    kind: Literal[
        "statement",
        "await",
        "iterate",
        "async-iterate",
        "comprehension",
        "async-comprehension",
        "generator",
        "argument",
        "receiver",
        "assign",
        "store",
        "return",
        "yield",
        "yield-from",
        "with",
        "async-with",
        "decorator",
        "star",
        "subscript",
        "other",
    ]
    outer: int | None = None
    names: tuple[str, ...] = ()


class Call(_Row):
    """A call. `span` is the whole call, `callee_span` the called expression alone.

    `use` is what happens to the result; for `await f()` it is `await` and `awaited_use` what happens to the awaited
    result.
    """

    func: Expr
    args: tuple[Argument, ...]
    span: Span
    callee_span: Span
    scope: int
    block: int
    order: int
    use: Use
    awaited_use: Use | None = None


class Param(_Row):
    """A parameter. `kind` is the way it can be passed; `stars` 1 for `*args`, 2 for `**kwargs`."""

    name: str
    annotation: Expr | None
    default: Expr | None
    span: Span
    keyword_only: bool = False
    stars: int = 0


class Scope(_Row):
    """A namespace. Scope 0 is the module. `parent` is -1 for it.

    `block` is the block in which the scope's statements stand, `outer_block` the one in which its definition stands.
    `span` is the name in the definition, `header` the lines of the definition from the first decorator to the colon.
    """

    kind: Literal["module", "class", "function", "lambda", "comprehension"]
    name: str
    parent: int
    block: int
    outer_block: int
    order: int
    span: Span
    params: tuple[Param, ...] = ()
    decorators: tuple[Expr, ...] = ()
    bases: tuple[Expr, ...] = ()
    keywords: tuple[Argument, ...] = ()
    returns: Expr | None = None
    is_async: bool = False
    is_generator: bool = False


class Block(_Row):
    """A suite of statements that runs, or does not run, as one. `owner` is the row of the table that `kind` names:

    `try`, `handler`, `try-else`, `finally` → `tries`; `loop`, `loop-else` → `loops`; `with` → `withs`;
    `if`, `else` → `branches`; `case` → `branches` of the `match`; `scope` → `scopes`. `index` tells the handlers of a
    try and the cases of a match apart. `ends` is how control leaves the end of the block.
    """

    kind: Literal[
        "scope",
        "try",
        "handler",
        "try-else",
        "finally",
        "loop",
        "loop-else",
        "with",
        "if",
        "else",
        "case",
    ]
    parent: int
    owner: int
    scope: int
    index: int = 0


class Handler(_Row):
    """`except type as name:`; `type` is None for a bare `except:`."""

    type: Expr | None
    name: str | None
    block: int
    span: Span


class Try(_Row):
    """A try statement; `star` marks `except*`. Blocks are indices into `blocks`, -1 where there is none."""

    handlers: tuple[Handler, ...]
    star: bool
    body: int
    orelse: int
    finalbody: int
    span: Span


class With(_Row):
    """A with statement: its context managers and the names they are bound to."""

    items: tuple[tuple[Expr, Expr | None], ...]
    is_async: bool
    body: int
    order: int


class Loop(_Row):
    """A for loop (`iter` set) or a while loop (`test` set)."""

    iter: Expr | None
    test: Expr | None
    is_async: bool
    body: int


class Branch(_Row):
    """The test of an if statement, or the subject of a match; `body` and `orelse` are blocks, -1 where there is none."""

    test: Expr
    body: int
    orelse: int


class Binding(_Row):
    """A name bound in a scope.

    `value` is the bound expression where one is known. `via` says how the name takes its part of it: `direct`
    (`x = value`), `element` (`x, y = value`; `for x in value`), `enter` (`with value as x`), `await`-free otherwise.
    For an import `module`, `member` and `level` are the parts of the statement as written.
    `target` is the scope that a definition opens (functions and classes).
    """

    kind: Literal[
        "import",
        "star-import",
        "assign",
        "augmented",
        "annotation",
        "parameter",
        "for",
        "with",
        "except",
        "function",
        "class",
        "delete",
        "walrus",
        "comprehension",
        "match",
        "global",
        "nonlocal",
        "type",
    ]
    name: str
    scope: int
    block: int
    order: int
    span: Span
    value: Expr | None = None
    via: Literal["direct", "element", "enter"] = "direct"
    annotation: Expr | None = None
    module: str = ""
    member: str | None = None
    level: int = 0
    target: int = -1


class Store(_Row):
    """A write to an attribute or an item: `target = value`; `value` is None for `del target` and `target op= …`."""

    target: Attribute | Subscript
    value: Expr | None
    scope: int
    block: int
    order: int
    annotation: Expr | None = None
    deleted: bool = False


class Load(_Row):
    """A read of an attribute chain or an item that is not itself part of a longer chain."""

    expr: Attribute | Subscript
    scope: int
    block: int
    order: int


class Return(_Row):
    """`return value`."""

    value: Expr | None
    scope: int
    block: int
    order: int


class Raise(_Row):
    """`raise value`; None for a bare raise."""

    value: Expr | None
    scope: int
    block: int
    order: int
    span: Span


class Exit(_Row):
    """A statement that ends its block early: `break`, `continue` (returns and raises have their own tables)."""

    kind: Literal["break", "continue"]
    block: int
    order: int


class Comment(_Row):
    """A comment; `own_line` when nothing else stands on its line; `text` starts with `#`."""

    line: int
    column: int
    text: str
    own_line: bool


class FileModel(msgspec.Struct, frozen=True, gc=False):
    """Everything the rules may know about a file. It depends on the file's content alone, never on its path."""

    scopes: tuple[Scope, ...] = ()
    blocks: tuple[Block, ...] = ()
    tries: tuple[Try, ...] = ()
    withs: tuple[With, ...] = ()
    loops: tuple[Loop, ...] = ()
    branches: tuple[Branch, ...] = ()
    bindings: tuple[Binding, ...] = ()
    stores: tuple[Store, ...] = ()
    loads: tuple[Load, ...] = ()
    calls: tuple[Call, ...] = ()
    returns: tuple[Return, ...] = ()
    raises: tuple[Raise, ...] = ()
    exits: tuple[Exit, ...] = ()
    texts: tuple[Text | Template | Bytes | Binary | CallRef, ...] = ()
    comments: tuple[Comment, ...] = ()
    statements: tuple[tuple[int, int], ...] = ()
