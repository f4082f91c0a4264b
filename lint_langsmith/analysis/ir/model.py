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


class Node(msgspec.Struct, frozen=True, array_like=True, gc=False, tag=True, cache_hash=True):
    """Base of all expressions."""


class Name(Node, frozen=True):
    """A name that is read."""

    id: str
    span: Span


class Attribute(Node, frozen=True):
    """`value.name`; `span` is the whole expression, `name_span` the last name alone."""

    value: Expr
    name: str
    span: Span
    name_span: Span


class Text(Node, frozen=True):
    """A string literal, adjacent literals already joined."""

    value: str
    span: Span


class Template(Node, frozen=True):
    """An f-string: literal parts are `Text`, the others any expression."""

    parts: tuple[Expr, ...]
    span: Span


class Bytes(Node, frozen=True):
    """A bytes literal, decoded as Latin-1."""

    value: str
    span: Span


class Constant(Node, frozen=True):
    """`None`, `True`, `False`, `...` or a number, as written."""

    literal: str


class CallRef(Node, frozen=True):
    """A call: `FileModel.calls[site]`."""

    site: int


class Subscript(Node, frozen=True):
    """`value[index]`."""

    value: Expr
    index: Expr
    span: Span


class Binary(Node, frozen=True):
    """`left op right`."""

    op: str
    left: Expr
    right: Expr


class Boolean(Node, frozen=True):
    """`a or b or …` and `a and b and …`."""

    op: Literal["or", "and"]
    values: tuple[Expr, ...]


class Conditional(Node, frozen=True):
    """`body if test else orelse`."""

    test: Expr
    body: Expr
    orelse: Expr


class Unary(Node, frozen=True):
    """`not x`, `-x` and the like."""

    op: str
    operand: Expr


class Comparison(Node, frozen=True):
    """`left op right op right …`."""

    left: Expr
    ops: tuple[str, ...]
    rights: tuple[Expr, ...]


class Sequence(Node, frozen=True):
    """A tuple, list or set display."""

    kind: Literal["tuple", "list", "set"]
    items: tuple[Expr, ...]


class Mapping(Node, frozen=True):
    """A dict display; a key of `None` stands for `**value`."""

    keys: tuple[Expr | None, ...]
    values: tuple[Expr, ...]


class Await(Node, frozen=True):
    """`await value`."""

    value: Expr


class Yield(Node, frozen=True):
    """`yield value` or `yield from value`."""

    value: Expr | None
    delegated: bool


class Starred(Node, frozen=True):
    """`*value`."""

    value: Expr


class Walrus(Node, frozen=True):
    """`name := value`; the binding is in `FileModel.bindings`."""

    name: str
    value: Expr


class Lambda(Node, frozen=True):
    """A lambda; its scope is `FileModel.scopes[scope]`."""

    scope: int
    body: Expr


class Comprehension(Node, frozen=True):
    """A comprehension or generator expression; `iter` is the first iterable, which runs in the enclosing scope.

    `conditions` are those of all its clauses, each of which an item must meet to be taken.
    """

    kind: Literal["list", "set", "dict", "generator"]
    scope: int
    element: Expr
    iter: Expr
    conditions: tuple[Expr, ...] = ()


class Opaque(Node, frozen=True):
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


def is_data(expr: Expr | None) -> bool:
    """Whether an expression is text, a number or nothing at all: no object can come out of it."""
    return expr is None or type(expr) in _DATA


_DATA: Final = frozenset({Text, Template, Bytes, Constant, Comparison})


class _Row(msgspec.Struct, frozen=True, array_like=True, gc=False, cache_hash=True):
    """Base of all table rows."""


class Argument(_Row, frozen=True):
    """One argument of a call; `keyword` is None for positional ones, `stars` 1 for `*value` and 2 for `**value`."""

    value: Expr
    keyword: str | None = None
    stars: int = 0


UseKind: TypeAlias = Literal[
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
    "unpack",
    "store",
    "return",
    "yield",
    "yield-from",
    "with",
    "async-with",
    "decorator",
    "star",
    "subscript",
    "callee",
    "element",
    "format",
    "part",
    "other",
]


class Use(_Row, frozen=True):
    """What the program does with the result of a call.

    `outer` is the call site of which the result is an argument (`argument`) or which calls it (`callee`), or the scope
    of the generator expression that goes through it (`generator`). `names` are the local names to which it is assigned
    (`assign`, `with`), or the attribute that is read from it (`receiver`). `inside` is the use of the collection of
    which it is an `element`, or into which it is unpacked (`star`).
    """

    kind: UseKind
    outer: int | None = None
    names: tuple[str, ...] = ()
    inside: Use | None = None


class Call(_Row, frozen=True):
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


class Param(_Row, frozen=True):
    """A parameter. `kind` is the way it can be passed; `stars` 1 for `*args`, 2 for `**kwargs`."""

    name: str
    annotation: Expr | None
    default: Expr | None
    span: Span
    keyword_only: bool = False
    stars: int = 0


class Scope(_Row, frozen=True):
    """A namespace. Scope 0 is the module. `parent` is -1 for it.

    `block` is the block in which the scope's statements stand, `outer_block` the one in which its definition stands.
    `span` is the name in the definition, `header` the lines of the definition from the first decorator to the colon.
    `use` is what becomes of the value of a lambda or comprehension.
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
    use: Use | None = None


class Block(_Row, frozen=True):
    """A suite of statements that runs, or does not run, as one.

    `owner` is the row of the table that `kind` names:
    `try`, `handler`, `try-else`, `finally` → `tries`; `loop`, `loop-else` → `loops`; `with` → `withs`;
    `if`, `else` and `case` → `branches`; `scope` → `scopes`. `index` tells the handlers of a try and the cases of a
    match apart. `ends` is how control leaves the end of the block, `falls` when it goes on behind it.
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
    ends: Literal["falls", "return", "raise", "break", "continue"] = "falls"


class Handler(_Row, frozen=True):
    """`except type as name:`; `type` is None for a bare `except:`, and evaluated after `order` events of the file."""

    type: Expr | None
    name: str | None
    block: int
    span: Span
    order: int


class Try(_Row, frozen=True):
    """A try statement; `star` marks `except*`. Blocks are indices into `blocks`, -1 where there is none."""

    handlers: tuple[Handler, ...]
    star: bool
    body: int
    orelse: int
    finalbody: int
    span: Span


class With(_Row, frozen=True):
    """A with statement: its context managers and the names they are bound to."""

    items: tuple[tuple[Expr, Expr | None], ...]
    is_async: bool
    body: int
    order: int


class Loop(_Row, frozen=True):
    """A for loop (`iter` set) or a while loop (`test` set)."""

    iter: Expr | None
    test: Expr | None
    is_async: bool
    body: int


class Branch(_Row, frozen=True):
    """The test of an if statement, or the subject of a match; `body` and `orelse` are blocks, -1 for none.

    `order` is that of the test, `end` that of the end of the statement. `pattern` is the class that a case asks for,
    a tuple of several: the case takes some of its objects; all of them (without a class: anything) if it `takes_all`.
    `equals` is the value that a case asks for, without more: it takes what is equal to that, or to one of a tuple.
    """

    test: Expr
    body: int
    orelse: int
    order: int = 0
    end: int = 0
    pattern: Expr | None = None
    takes_all: bool = False
    equals: Expr | None = None


class Assert(_Row, frozen=True):
    """An assert statement."""

    test: Expr
    scope: int
    block: int
    order: int


class Binding(_Row, frozen=True):
    """A name bound in a scope.

    `value` is the bound expression where one is known. `via` says how the name takes its part of it: `direct`
    (`x = value`), `element` (`x, y = value`; `for x in value`), `entry` (`for x, y in value`), `enter` (`with value as
    x`). `part` says which of how many parts a name takes of `value` or of an entry of it, unless a star takes several:
    then it is None but for the name behind the star (`rest`), of which it says where that stands among how many names.
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
    via: Literal["direct", "element", "entry", "enter", "rest"] = "direct"
    annotation: Expr | None = None
    module: str = ""
    member: str | None = None
    level: int = 0
    target: int = -1
    part: tuple[int, int] | None = None


class Store(_Row, frozen=True):
    """A write to an attribute or an item: `target = value`; `value` is None for `del target` and `target op= …`.

    `added` is what `target += added` adds.
    """

    target: Attribute | Subscript
    value: Expr | None
    scope: int
    block: int
    order: int
    annotation: Expr | None = None
    deleted: bool = False
    added: Expr | None = None


class Load(_Row, frozen=True):
    """A read of an attribute chain or an item that is not itself part of a longer chain."""

    expr: Attribute | Subscript
    scope: int
    block: int
    order: int
    use: Use


class Return(_Row, frozen=True):
    """`return value` (and, in `FileModel.yields`, `yield value`, or `yield from value` where it is `delegated`)."""

    value: Expr | None
    scope: int
    block: int
    order: int
    delegated: bool = False


class Raise(_Row, frozen=True):
    """`raise value`; None for a bare raise."""

    value: Expr | None
    scope: int
    block: int
    order: int
    span: Span


class Read(_Row, frozen=True):
    """A bare name that is read, and what the program does with it (attribute access on a name is a `Load`)."""

    name: str
    scope: int
    block: int
    order: int
    use: Use
    span: Span


class Composite(_Row, frozen=True):
    """A string that is put together (adjacent literals, `+`, `%`, f-string, `join`, `format`, `b64decode`, escapes)."""

    expr: Expr
    span: Span
    scope: int
    block: int
    order: int


class Comment(_Row, frozen=True):
    """A comment; `own_line` when nothing else stands on its line; `text` starts with `#`.

    The rest is told of files that are no code (`source/comments.py`): where the comment ends (1-based, exclusive; 0 for
    the end of its line), whether it may be there to be read, and whether the file means the same without it.
    """

    line: int
    column: int
    text: str
    own_line: bool
    end_column: int = 0
    is_example: bool = False
    is_removable: bool = True


class Definition(_Row, frozen=True):
    """A variable that a file other than Python sets for a program: a line of `.env`, an entry of `environment:`.

    `value` is what the program would get; None where the file does not say (`${VAR}`, a secret store, a bare name).
    `written` is the value as it stands in the file, with its quotes. `kind` is the syntax it stands in: in a Markdown
    or reStructuredText file that of the code block, in a workflow's `run:` it is `shell`. `span` is the value, or the
    name where there is none. `order` counts the definitions of the file.

    `group` names the program that gets it, as a path with dots: `services.web`, `jobs.test.steps.2`, a stage of a
    Dockerfile, a table of TOML, a section of INI; definitions of one group hold together, and what stands in a group
    holds in the groups whose path goes on from it. In a notebook it is the magic: `%env`, `%set_env`, `!export`
    (which sets nothing that outlives its line), `%%bash` (likewise); `span.line` then tells the order among the
    other code of the notebook.
    """

    name: str
    value: str | None
    written: str
    name_span: Span
    span: Span
    kind: Literal[
        "dotenv",
        "compose",
        "workflow",
        "kubernetes",
        "dockerfile",
        "shell",
        "langgraph",
        "toml",
        "json",
        "yaml",
        "ini",
        "terraform",
        "magic",
        "python",
    ]
    group: str = ""
    order: int = 0


class EnvironmentFile(_Row, frozen=True):
    """A whole file of variables that a program gets: `env_file:`, `"env": ".env"`, `envFrom:`, `%dotenv`.

    `path` is as written, None where no file of the project is named. `kind` is the syntax, `group` as in `Definition`.
    """

    path: str | None
    span: Span
    kind: str
    group: str = ""


class FileModel(msgspec.Struct, frozen=True, gc=False):
    """Everything the rules may know about a file. It depends on the file's content alone, never on its path."""

    scopes: tuple[Scope, ...] = ()
    blocks: tuple[Block, ...] = ()
    tries: tuple[Try, ...] = ()
    withs: tuple[With, ...] = ()
    loops: tuple[Loop, ...] = ()
    branches: tuple[Branch, ...] = ()
    asserts: tuple[Assert, ...] = ()
    bindings: tuple[Binding, ...] = ()
    stores: tuple[Store, ...] = ()
    loads: tuple[Load, ...] = ()
    calls: tuple[Call, ...] = ()
    returns: tuple[Return, ...] = ()
    raises: tuple[Raise, ...] = ()
    composites: tuple[Composite, ...] = ()
    reads: tuple[Read, ...] = ()
    yields: tuple[Return, ...] = ()
    comments: tuple[Comment, ...] = ()
    statements: tuple[tuple[int, int], ...] = ()
    docstrings: tuple[Span, ...] = ()
    definitions: tuple[Definition, ...] = ()
    environment_files: tuple[EnvironmentFile, ...] = ()
