"""Lowering: one walk over the libcst tree that leaves a FileModel of plain data behind."""

from __future__ import annotations

import ast
import contextlib
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, Literal, NamedTuple

import libcst as cst
import msgspec

from lint_langsmith.findings import Span
from lint_langsmith.model import data
from lint_langsmith.model.data import Expr, FileModel, Use
from lint_langsmith.model.positions import LARGE, MismatchError, Positions, in_pieces, positions
from lint_langsmith.source.text import UnreadableFileError, comments, split_lines

_OTHER: Final = Use("other")
# Of `noqa`, one for everything, or one of our codes.
_SUPPRESSION_WORD: Final = re.compile(r"lint-langsmith|noqa(?!:)|noqa:[^\n]*LS[0-9]", re.IGNORECASE)
# What libcst raises on text that is no Python: what its grammar knows better, its nodes find (two bare `except:`).
_NO_PYTHON: Final = (cst.ParserSyntaxError, cst.CSTValidationError)
_NO_FACTS: Final = data.Opaque(())


def lower(text: str) -> FileModel:
    """The model of one file of Python source.

    Raises:
        UnreadableFileError: libcst can't parse it.
    """
    peer = _peer(text)
    if peer is not None and len(text) > LARGE:
        with contextlib.suppress(MismatchError, *_NO_PYTHON, RecursionError):
            return _Lowering().module(in_pieces(text, peer), text)
        peer = _peer(text)  # the pieces have used it up
    try:
        tree = cst.parse_module(text)
    except _NO_PYTHON as error:
        raise _unparsable(text, error) from None
    except RecursionError:
        raise UnreadableFileError("cannot be parsed: nested too deeply") from None
    try:
        return _Lowering().module([(tree, positions(tree, text, peer))], text)
    except RecursionError:
        raise UnreadableFileError("cannot be analysed: nested too deeply") from None


def _peer(text: str) -> ast.Module | None:
    """CPython's own tree; None for what it can't parse, which may be newer than the running Python.

    It is asked first, because it has limits where libcst takes quadratic time, and in the end the stack of the process.

    Raises:
        UnreadableFileError: no Python can parse a file that is nested so deeply.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the linted file's own invalid escapes are not our caller's business
            tree = ast.parse(text)
    except (RecursionError, MemoryError):
        raise UnreadableFileError("cannot be parsed: nested too deeply") from None
    except SyntaxError as fault:
        if "too many" in fault.msg:  # parentheses, levels of indentation
            line, column = fault.lineno or 1, max(1, fault.offset or 1)
            raise UnreadableFileError(f"is no Python: {fault.msg}", Span(line, column, line, column + 1)) from None
        return None
    except ValueError:
        return None
    if _is_deep(tree):
        raise UnreadableFileError("cannot be parsed: nested too deeply")
    return tree


def _is_deep(tree: ast.Module) -> bool:
    """Whether an expression is nested more deeply than any that a person writes: a chain of hundreds of calls."""
    suites: list[list[Any]] = [tree.body]
    while suites:
        for statement in suites.pop():
            expr = getattr(statement, "value", None) or getattr(statement, "test", None)
            if isinstance(expr, ast.expr) and _is_long(expr) and _depth_reaches(expr, _DEEPEST):
                return True
            for name in ("body", "orelse", "finalbody", "handlers", "cases"):
                suite = getattr(statement, name, None)
                if isinstance(suite, list):
                    suites.append(suite)
    return False


def _is_long(expr: ast.expr) -> bool:
    """Whether so much can stand in an expression that it may be nested deeply: most are not looked into."""
    return (expr.end_lineno or 0) - expr.lineno > _DEEPEST // 20 or (expr.end_col_offset or 0) > 2 * _DEEPEST


def _depth_reaches(expr: ast.AST, limit: int) -> bool:
    level = [expr]
    for _ in range(limit):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return False
    return True


# libcst takes seconds for a chain of a thousand calls: its time grows with the square of the depth.
_DEEPEST: Final = 400


def _unparsable(text: str, error: Exception) -> UnreadableFileError:
    """CPython says better than libcst where and what is wrong, when it can't parse the file either."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "<linted>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)  # runs nothing
    except SyntaxError as fault:
        line, column = fault.lineno or 1, max(1, fault.offset or 1)
        return UnreadableFileError(f"is no Python: {fault.msg}", Span(line, column, line, column + 1))
    except (ValueError, RecursionError, MemoryError):
        pass
    line, column = getattr(error, "editor_line", 1), getattr(error, "editor_column", 1)
    place = Span(line, column, line, column + 1)
    return UnreadableFileError(f"cannot be parsed as Python (by libcst {_libcst_version()})", place)


def _libcst_version() -> str:
    from importlib.metadata import version  # noqa: PLC0415 - only for the message

    return version("libcst")


class _Place(NamedTuple):
    """Where the walk is: handed down, never kept as state."""

    scope: int
    block: int


class _Lowering:
    """The tables under construction."""

    def __init__(self) -> None:
        self._places = Positions({})
        self._order = 0
        self._scopes: list[data.Scope] = []
        self._blocks: list[data.Block] = []
        self._tries: list[data.Try] = []
        self._withs: list[data.With] = []
        self._loops: list[data.Loop] = []
        self._branches: list[data.Branch] = []
        self._bindings: list[data.Binding] = []
        self._stores: list[data.Store] = []
        self._loads: list[data.Load] = []
        self._calls: list[data.Call | None] = []
        self._returns: list[data.Return] = []
        self._raises: list[data.Raise] = []
        self._composites: list[data.Composite] = []
        self._reads: list[data.Read] = []
        self._yields: list[data.Return] = []
        self._statements: list[tuple[int, int]] = []
        self._docstrings: list[Span] = []
        # Trees of quoted types are kept alive: positions are found by the identity of a node.
        self._quoted: list[cst.BaseExpression] = []

    def module(self, pieces: Iterable[tuple[cst.Module, Positions]], text: str) -> FileModel:
        """The model of a program that comes in one tree, or in several that each have some of its statements."""
        place = self._open_scope("module", "", _Place(-1, -1), data.NOWHERE)
        self._suite(self._in_turn(pieces), place)
        generators = {row.scope for row in self._yields}
        return FileModel(
            scopes=tuple(
                msgspec.structs.replace(scope, is_generator=True) if index in generators else scope
                for index, scope in enumerate(self._scopes)
            ),
            blocks=tuple(self._blocks),
            tries=tuple(self._tries),
            withs=tuple(self._withs),
            loops=tuple(self._loops),
            branches=tuple(self._branches),
            bindings=tuple(self._bindings),
            stores=tuple(self._stores),
            loads=tuple(self._loads),
            calls=tuple(call for call in self._calls if call is not None),
            returns=tuple(self._returns),
            raises=tuple(self._raises),
            composites=tuple(self._composites),
            reads=tuple(self._reads),
            yields=tuple(self._yields),
            comments=_comments(text),
            statements=_to_their_colons(self._statements, split_lines(text)),
            docstrings=tuple(self._docstrings),
        )

    def _in_turn(self, pieces: Iterable[tuple[cst.Module, Positions]]) -> Iterator[Any]:
        """The statements of all trees; of one that is done nothing is kept."""
        for tree, places in pieces:
            self._places = places
            self._quoted.clear()
            yield from tree.body

    # -- tables ------------------------------------------------------------------------------------------------------

    def _tick(self) -> int:
        self._order += 1
        return self._order

    def _open_scope(self, kind: Any, name: str, at: _Place, span: Span, **facts: Any) -> _Place:
        index = len(self._scopes)
        block = self._open_block("scope", at.block, index, index)
        self._scopes.append(
            data.Scope(kind, name, at.scope, block, at.block, self._tick(), span, **facts),
        )
        return _Place(index, block)

    def _open_block(self, kind: Any, parent: int, owner: int, scope: int, index: int = 0) -> int:
        self._blocks.append(data.Block(kind, parent, owner, scope, index))
        return len(self._blocks) - 1

    def _block(self, kind: Any, owner: int, at: _Place, suite: cst.BaseSuite | None, index: int = 0) -> int:
        """A block with the statements of `suite` in it; -1 for no suite."""
        if suite is None:
            return -1
        block = self._open_block(kind, at.block, owner, at.scope, index)
        self._fill(block, suite, at.scope)
        return block

    def _fill(self, block: int, suite: cst.BaseSuite, scope: int) -> None:
        body: Iterable[Any] = [suite] if type(suite) is cst.SimpleStatementSuite else suite.body
        self._suite(body, _Place(scope, block))

    def _bind(self, kind: Any, name: str, at: _Place, span: Span, **facts: Any) -> None:
        self._bindings.append(data.Binding(kind, name, at.scope, at.block, self._tick(), span, **facts))

    # -- statements --------------------------------------------------------------------------------------------------

    def _suite(self, body: Iterable[Any], at: _Place) -> None:
        ends = "falls"
        for line in body:
            simple = type(line) in _SIMPLE
            for statement in line.body if simple else [line]:
                handler = _STATEMENTS.get(type(statement))
                left = handler(self, statement, at) if handler is not None else None
                if ends == "falls":
                    ends = left or "falls"
                if simple:
                    span = self._places.span(statement)
                    self._statements.append((span.line, span.end_line))
        if ends != "falls":
            self._blocks[at.block] = msgspec.structs.replace(self._blocks[at.block], ends=ends)

    def _header(self, first: cst.CSTNode, *parts: cst.CSTNode | None) -> None:
        """The lines of a compound statement up to its colon, as far as the parts of the header reach."""
        start = self._places.span(first).line
        ends = [self._places.span(part).end_line for part in parts if part is not None]
        self._statements.append((start, max([start, *ends])))

    def _joined_ends(self, blocks: Iterable[int]) -> str | None:
        """How control leaves a statement whose branches are `blocks`: only where all of them leave is it left."""
        ends = {self._blocks[block].ends if block >= 0 else "falls" for block in blocks}
        return None if "falls" in ends else ("raise" if ends == {"raise"} else "return")

    def expression_statement(self, node: cst.Expr, at: _Place) -> str | None:
        if isinstance(node.value, (cst.SimpleString, cst.ConcatenatedString)):
            self._docstrings.append(self._places.span(node.value))
        self._expr(node.value, at, Use("statement"))
        return "return" if _is_exit_call(node.value) else None

    def assign(self, node: cst.Assign, at: _Place) -> None:
        targets = [target.target for target in node.targets]
        names = tuple(target.value for target in targets if isinstance(target, cst.Name))
        kinds = {type(target) for target in targets}
        unpacked = not kinds.isdisjoint((cst.Tuple, cst.List))
        stored = not kinds.isdisjoint((cst.Attribute, cst.Subscript))
        use = Use("store" if stored else "unpack" if unpacked else "assign", names=names)
        value = self._expr(node.value, at, use)
        for target in node.targets:
            self._target(target.target, at, value, "assign")

    def annotated_assign(self, node: cst.AnnAssign, at: _Place) -> None:
        annotation = self._annotation(node.annotation, at)
        if node.value is None:
            if isinstance(node.target, cst.Name):
                span = self._places.span(node.target)
                self._bind("annotation", node.target.value, at, span, annotation=annotation)
            else:
                self._store(node.target, at, None, annotation)
            return
        names = (node.target.value,) if isinstance(node.target, cst.Name) else ()
        value = self._expr(node.value, at, Use("assign" if names else "store", names=names))
        self._target(node.target, at, value, "assign", annotation=annotation)

    def augmented_assign(self, node: cst.AugAssign, at: _Place) -> None:
        value = self._expr(node.value, at, _OTHER)
        if isinstance(node.target, cst.Name):
            if isinstance(node.operator, cst.AddAssign):
                value = data.Binary("+", data.Name(node.target.value, self._places.span(node.target)), value)
                self._compose(value, node, at)
            self._bind("augmented", node.target.value, at, self._places.span(node.target), value=value)
        else:
            self._store(node.target, at, value if isinstance(node.operator, cst.BitOrAssign) else None, None)

    def _target(  # noqa: PLR0913 - a binding has that many facts
        self,
        node: cst.BaseExpression,
        at: _Place,
        value: Expr | None,
        kind: str,
        via: str = "direct",
        *,
        annotation: Expr | None = None,
        part: tuple[int, int] | None = None,
    ) -> None:
        if isinstance(node, cst.Name):
            span = self._places.span(node)
            self._bind(kind, node.value, at, span, value=value, via=via, annotation=annotation, part=part)
        elif isinstance(node, (cst.Tuple, cst.List)):
            self._unpack(node, at, value, kind, is_whole=via == "direct")
        elif isinstance(node, (cst.Attribute, cst.Subscript)):
            self._store(node, at, value if via == "direct" else None, annotation)

    def _unpack(self, node: cst.Tuple | cst.List, at: _Place, value: Expr | None, kind: str, *, is_whole: bool) -> None:
        """`is_whole` says that `value` itself is taken apart, and not what is in it."""
        paired = isinstance(value, data.Sequence) and len(value.items) == len(node.elements)
        stars = any(isinstance(element, cst.StarredElement) for element in node.elements)
        for index, element in enumerate(node.elements):
            if isinstance(element, cst.StarredElement):
                self._target(element.value, at, None, kind, "element")
            elif paired and isinstance(value, data.Sequence):
                self._target(element.value, at, value.items[index], kind)
            else:
                part = (index, len(node.elements)) if is_whole and not stars else None
                self._target(element.value, at, value, kind, "element", part=part)

    def _store(self, node: cst.BaseExpression, at: _Place, value: Expr | None, annotation: Expr | None) -> None:
        target = self._expr(node, at, _OTHER, load=False)
        if isinstance(target, (data.Attribute, data.Subscript)):
            self._stores.append(data.Store(target, value, at.scope, at.block, self._tick(), annotation))

    def delete(self, node: cst.Del, at: _Place) -> None:
        whole: Any = node.target
        several = isinstance(whole, (cst.Tuple, cst.List))
        for target in [element.value for element in whole.elements] if several else [whole]:
            if isinstance(target, cst.Name):
                self._bind("delete", target.value, at, self._places.span(target))
            else:
                lowered = self._expr(target, at, _OTHER, load=False)
                if isinstance(lowered, (data.Attribute, data.Subscript)):
                    self._stores.append(
                        data.Store(lowered, None, at.scope, at.block, self._tick(), deleted=True),
                    )

    def return_(self, node: cst.Return, at: _Place) -> str:
        value = self._expr(node.value, at, Use("return")) if node.value is not None else None
        self._returns.append(data.Return(value, at.scope, at.block, self._tick()))
        return "return"

    def raise_(self, node: cst.Raise, at: _Place) -> str:
        value = self._expr(node.exc, at, _OTHER) if node.exc is not None else None
        if node.cause is not None:
            self._expr(node.cause.item, at, _OTHER)
        self._raises.append(data.Raise(value, at.scope, at.block, self._tick(), self._places.span(node)))
        return "raise"

    def break_(self, _node: cst.CSTNode, _at: _Place) -> str:
        return "break"

    def continue_(self, _node: cst.CSTNode, _at: _Place) -> str:
        return "continue"

    def assert_(self, node: cst.Assert, at: _Place) -> None:
        self._expr(node.test, at, _OTHER)
        if node.msg is not None:
            self._expr(node.msg, at, _OTHER)

    def import_(self, node: cst.Import, at: _Place) -> None:
        for alias in node.names:
            dotted = _dotted(alias.name)
            name = _alias_name(alias) or dotted.partition(".")[0]
            # `import a.b` binds `a`, `import a.b as c` binds `a.b`: an empty member marks the first form.
            member = None if alias.asname is not None else ""
            self._bind("import", name, at, self._places.span(alias), module=dotted, member=member)

    def import_from(self, node: cst.ImportFrom, at: _Place) -> None:
        module = _dotted(node.module) if node.module is not None else ""
        level = len(node.relative)
        if isinstance(node.names, cst.ImportStar):
            self._bind("star-import", "*", at, self._places.span(node), module=module, level=level)
            return
        for alias in node.names:
            member = _dotted(alias.name)
            span = self._places.span(alias)
            self._bind("import", _alias_name(alias) or member, at, span, module=module, member=member, level=level)

    def global_(self, node: cst.Global | cst.Nonlocal, at: _Place) -> None:
        kind = "global" if isinstance(node, cst.Global) else "nonlocal"
        for item in node.names:
            self._bind(kind, item.name.value, at, self._places.span(node))

    def type_alias(self, node: Any, at: _Place) -> None:
        value = self._expr(node.value, at, _OTHER)
        self._bind("type", node.name.value, at, self._places.span(node), value=value)

    def if_(self, node: cst.If, at: _Place) -> str | None:
        self._header(node, node.test)
        test = self._expr(node.test, at, _OTHER)
        index = len(self._branches)
        self._branches.append(data.Branch(test, -1, -1))
        body = self._block("if", index, at, node.body)
        if isinstance(node.orelse, cst.If):
            orelse = self._open_block("else", at.block, index, at.scope)
            self._suite([node.orelse], _Place(at.scope, orelse))
        else:
            orelse = self._block("else", index, at, node.orelse.body if node.orelse else None)
        self._branches[index] = data.Branch(test, body, orelse)
        return self._joined_ends((body, orelse))

    def match(self, node: cst.Match, at: _Place) -> str | None:
        self._header(node, node.subject)
        subject = self._expr(node.subject, at, _OTHER)
        blocks = []
        for number, case in enumerate(node.cases):
            index = len(self._branches)
            self._branches.append(data.Branch(subject, -1, -1))
            block = self._open_block("case", at.block, index, at.scope, number)
            inner = _Place(at.scope, block)
            self._capture(case.pattern, inner)
            if case.guard is not None:
                self._expr(case.guard, inner, _OTHER)
            self._fill(block, case.body, at.scope)
            self._branches[index] = data.Branch(subject, block, -1)
            blocks.append(block)
        catch_all = node.cases and isinstance(node.cases[-1].pattern, cst.MatchAs) and node.cases[-1].guard is None
        return self._joined_ends(blocks) if catch_all else None

    def _capture(self, pattern: cst.CSTNode, at: _Place) -> None:
        """Names bound by a pattern; the pattern itself has no place of its own in the model."""
        if isinstance(pattern, (cst.MatchAs, cst.MatchStar)) and pattern.name is not None:
            self._bind("match", pattern.name.value, at, self._places.span(pattern))
        if isinstance(pattern, cst.MatchMapping) and pattern.rest is not None:
            self._bind("match", pattern.rest.value, at, self._places.span(pattern))
        for child in pattern.children:
            self._capture(child, at)

    def for_(self, node: cst.For, at: _Place) -> None:
        self._header(node, node.iter)
        kind: data.UseKind = "async-iterate" if node.asynchronous else "iterate"
        iterable = self._expr(node.iter, at, Use(kind))
        index = len(self._loops)
        self._loops.append(data.Loop(iterable, None, node.asynchronous is not None, -1))
        body = self._open_block("loop", at.block, index, at.scope)
        self._target(node.target, _Place(at.scope, body), iterable, "for", "element")
        self._fill(body, node.body, at.scope)
        self._loops[index] = data.Loop(iterable, None, node.asynchronous is not None, body)
        self._block("loop-else", index, at, node.orelse.body if node.orelse else None)

    def while_(self, node: cst.While, at: _Place) -> str | None:
        self._header(node, node.test)
        index = len(self._loops)
        body = self._open_block("loop", at.block, index, at.scope)
        test = self._expr(node.test, _Place(at.scope, body), _OTHER)
        self._loops.append(data.Loop(None, test, is_async=False, body=body))
        self._fill(body, node.body, at.scope)
        self._block("loop-else", index, at, node.orelse.body if node.orelse else None)
        return None

    def try_(self, node: cst.Try | cst.TryStar, at: _Place) -> str | None:
        span = self._places.span(node)
        self._statements.append((span.line, span.line))
        index = len(self._tries)
        star = isinstance(node, cst.TryStar)
        self._tries.append(data.Try((), star, -1, -1, -1, span))
        body = self._block("try", index, at, node.body)
        handlers = tuple(self._handler(index, number, handler, at) for number, handler in enumerate(node.handlers))
        orelse = self._block("try-else", index, at, node.orelse.body if node.orelse else None)
        finalbody = self._block("finally", index, at, node.finalbody.body if node.finalbody else None)
        self._tries[index] = data.Try(handlers, star, body, orelse, finalbody, span)
        if finalbody >= 0 and self._blocks[finalbody].ends != "falls":
            return self._blocks[finalbody].ends
        normal = body if orelse < 0 or self._blocks[body].ends != "falls" else orelse
        return self._joined_ends([normal, *(handler.block for handler in handlers)])

    def _handler(self, owner: int, number: int, node: Any, at: _Place) -> data.Handler:
        self._header(node, node.type)
        kind = self._expr(node.type, at, _OTHER) if node.type is not None else None
        block = self._open_block("handler", at.block, owner, at.scope, number)
        name = node.name.name.value if node.name is not None else None
        span = self._places.span(node.type) if node.type is not None else self._keyword(node, "except")
        if name is not None:
            self._bind("except", name, _Place(at.scope, block), span, value=kind)
        self._fill(block, node.body, at.scope)
        return data.Handler(kind, name, block, span)

    def _keyword(self, node: cst.CSTNode, word: str) -> Span:
        start = self._places.span(node)
        return Span(start.line, start.column, start.line, start.column + len(word))

    def with_(self, node: cst.With, at: _Place) -> str | None:
        self._header(node, *(item.item for item in node.items))
        kind: data.UseKind = "async-with" if node.asynchronous else "with"
        items: list[tuple[Expr, Expr | None]] = []
        for item in node.items:
            target = item.asname.name if item.asname is not None else None
            names = (target.value,) if isinstance(target, cst.Name) else ()
            manager = self._expr(item.item, at, Use(kind, names=names))
            if target is not None:
                self._target(target, at, manager, "with", "enter")
            items.append((manager, None))
        index = len(self._withs)
        self._withs.append(data.With(tuple(items), node.asynchronous is not None, -1, self._tick()))
        body = self._block("with", index, at, node.body)
        self._withs[index] = msgspec.structs.replace(self._withs[index], body=body)
        # A context manager may swallow what leaves the block, so a raise in it may still fall through.
        return "return" if self._blocks[body].ends == "return" else None

    def function(self, node: cst.FunctionDef, at: _Place) -> None:
        decorators = self._decorators(node.decorators, at)
        params = self._params(node.params, at)
        returns = self._annotation(node.returns, at)
        span = self._name_after(node, "def", node.whitespace_after_def, node.asynchronous, node.name.value)
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

    def _header_from(self, node: Any, lines: list[int], *parts: cst.CSTNode | None) -> None:
        """The header of a definition begins with its first decorator."""
        start = self._places.span(node).line
        first = self._places.span(node.decorators[0].decorator).line if node.decorators else start
        ends = [self._places.span(part).end_line for part in parts if part is not None]
        self._statements.append((first, max([start, *lines, *ends])))

    def class_(self, node: cst.ClassDef, at: _Place) -> None:
        decorators = self._decorators(node.decorators, at)
        bases = tuple(self._expr(base.value, at, _OTHER) for base in node.bases)
        keywords = tuple(
            data.Argument(self._expr(arg.value, at, _OTHER), arg.keyword.value if arg.keyword else None, len(arg.star))
            for arg in node.keywords
        )
        span = self._name_after(node, "class", node.whitespace_after_class, None, node.name.value)
        self._header_from(node, [], *(arg.value for arg in (*node.bases, *node.keywords)))
        inner = self._open_scope(
            "class", node.name.value, at, span, decorators=decorators, bases=bases, keywords=keywords
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
        lead = len("async") + len(asynchronous.whitespace_after.value) if asynchronous is not None else 0
        column = start.column + lead + len(keyword) + len(blank.value)
        return Span(start.line, column, start.line, column + len(name))

    def _decorators(self, decorators: Iterable[cst.Decorator], at: _Place) -> tuple[Expr, ...]:
        return tuple(self._expr(decorator.decorator, at, Use("decorator")) for decorator in decorators)

    def _params(self, node: cst.Parameters, at: _Place) -> tuple[data.Param, ...]:
        rows = [self._param(param, at) for param in (*node.posonly_params, *node.params)]
        if isinstance(node.star_arg, cst.Param):
            rows.append(self._param(node.star_arg, at, stars=1))
        rows.extend(self._param(param, at, keyword_only=True) for param in node.kwonly_params)
        if node.star_kwarg is not None:
            rows.append(self._param(node.star_kwarg, at, stars=2))
        return tuple(rows)

    def _param(self, node: cst.Param, at: _Place, *, keyword_only: bool = False, stars: int = 0) -> data.Param:
        default = self._expr(node.default, at, _OTHER) if node.default is not None else None
        annotation = self._annotation(node.annotation, at)
        return data.Param(node.name.value, annotation, default, self._places.span(node), keyword_only, stars)

    def _bind_params(self, params: Iterable[data.Param], inner: _Place) -> None:
        for param in params:
            facts = {"value": param.default, "annotation": param.annotation}
            self._bind("parameter", param.name, inner, param.span, **facts)

    # -- expressions -------------------------------------------------------------------------------------------------

    def _expr(self, node: cst.BaseExpression, at: _Place, use: Use, *, load: bool = True) -> Expr:
        handler = _EXPRESSIONS.get(type(node))
        if handler is None:
            return _NO_FACTS
        lowered = handler(self, node, at, use)
        if load and isinstance(lowered, (data.Attribute, data.Subscript)) and use.kind != "receiver":
            self._loads.append(data.Load(lowered, at.scope, at.block, self._tick(), use))
        return lowered

    def _annotation(self, node: cst.Annotation | None, at: _Place) -> Expr | None:
        if node is None:
            return None
        return self._type(node.annotation, at)

    def _type(self, node: cst.BaseExpression, at: _Place) -> Expr:
        """A type expression; one that is quoted is read as what it quotes."""
        if isinstance(node, (cst.SimpleString, cst.ConcatenatedString)):
            quoted = node.evaluated_value
            try:
                inner = cst.parse_expression(quoted) if isinstance(quoted, str) else None
            except _NO_PYTHON:
                inner = None
            if inner is not None:
                self._quoted.append(inner)
                self._places.cover(inner, self._places.span(node))
                return self._type(inner, at)
        if isinstance(node, cst.Subscript):
            parts = tuple(
                self._type(element.slice.value, at) for element in node.slice if isinstance(element.slice, cst.Index)
            )
            index = parts[0] if len(parts) == 1 else data.Sequence("tuple", parts)
            return data.Subscript(self._type(node.value, at), index, self._places.span(node))
        if isinstance(node, cst.BinaryOperation):
            return data.Binary("|", self._type(node.left, at), self._type(node.right, at))
        if isinstance(node, (cst.Name, cst.Attribute, cst.Call, cst.Ellipsis)):
            return self._expr(node, at, _OTHER)
        return _NO_FACTS

    def name(self, node: cst.Name, at: _Place, use: Use) -> Expr:
        if node.value in _CONSTANTS:
            return data.Constant(node.value)
        span = self._places.span(node)
        if use.kind not in {"receiver", "callee"}:
            self._reads.append(data.Read(node.value, at.scope, at.block, self._tick(), use, span))
        return data.Name(node.value, span)

    def attribute(self, node: cst.Attribute, at: _Place, _use: Use) -> Expr:
        name = node.attr.value
        value = self._expr(node.value, at, Use("receiver", names=(name,)))
        span = self._places.span(node)
        name_span = Span(span.end_line, max(1, span.end_column - len(name)), span.end_line, span.end_column)
        return data.Attribute(value, name, span, name_span)

    def subscript(self, node: cst.Subscript, at: _Place, _use: Use) -> Expr:
        value = self._expr(node.value, at, Use("receiver" if isinstance(node.value, cst.Attribute) else "subscript"))
        parts: list[Expr] = []
        for element in node.slice:
            part: Any = element.slice
            inner = [part.value] if isinstance(part, cst.Index) else [part.lower, part.upper, part.step]
            parts.extend(self._expr(item, at, _OTHER) for item in inner if item is not None)
        single = len(parts) == 1 and isinstance(node.slice[0].slice, cst.Index)
        several = all(isinstance(element.slice, cst.Index) for element in node.slice)
        index = parts[0] if single else data.Sequence("tuple", tuple(parts)) if several else data.Opaque(tuple(parts))
        return data.Subscript(value, index, self._places.span(node))

    def call(self, node: cst.Call, at: _Place, use: Use) -> Expr:
        site = len(self._calls)
        self._calls.append(None)
        func = self._expr(node.func, at, Use("callee", site))
        args = tuple(
            data.Argument(
                self._expr(arg.value, at, Use("argument", site)),
                arg.keyword.value if arg.keyword is not None else None,
                len(arg.star),
            )
            for arg in node.args
        )
        span, callee_span = self._places.span(node), self._places.span(node.func)
        self._calls[site] = data.Call(func, args, span, callee_span, at.scope, at.block, self._tick(), use)
        reference = data.CallRef(site)
        if _last_name(func) in _STRING_BUILDERS:
            self._compose(reference, node, at)
        return reference

    def await_(self, node: cst.Await, at: _Place, use: Use) -> Expr:
        value = self._expr(node.expression, at, Use("await"))
        if isinstance(value, data.CallRef):
            row = self._calls[value.site]
            if row is not None:
                self._calls[value.site] = msgspec.structs.replace(row, awaited_use=use)
        return data.Await(value)

    def boolean(self, node: cst.BooleanOperation, at: _Place, use: Use) -> Expr:
        op: Literal["or", "and"] = "or" if isinstance(node.operator, cst.Or) else "and"
        left, right = self._expr(node.left, at, use), self._expr(node.right, at, use)
        head = left.values if isinstance(left, data.Boolean) and left.op == op else (left,)
        return data.Boolean(op, (*head, right))

    def conditional(self, node: cst.IfExp, at: _Place, use: Use) -> Expr:
        test = self._expr(node.test, at, _OTHER)
        return data.Conditional(test, self._expr(node.body, at, use), self._expr(node.orelse, at, use))

    def walrus(self, node: cst.NamedExpr, at: _Place, _use: Use) -> Expr:
        name = node.target.value if isinstance(node.target, cst.Name) else ""
        value = self._expr(node.value, at, Use("assign", names=(name,)))
        self._bind("walrus", name, self._walrus_place(at), self._places.span(node.target), value=value)
        return data.Walrus(name, value)

    def _walrus_place(self, at: _Place) -> _Place:
        """A walrus inside a comprehension binds in the scope around it."""
        scope = at.scope
        while self._scopes[scope].kind == "comprehension":
            scope = self._scopes[scope].parent
        return _Place(scope, at.block)

    def unary(self, node: cst.UnaryOperation, at: _Place, _use: Use) -> Expr:
        return data.Unary(type(node.operator).__name__, self._expr(node.expression, at, _OTHER))

    def binary(self, node: cst.BinaryOperation, at: _Place, use: Use) -> Expr:
        op = _OPERATORS.get(type(node.operator), "?")
        if op not in {"+", "%"}:
            return data.Binary(op, self._expr(node.left, at, _OTHER), self._expr(node.right, at, _OTHER))
        # Long chains of `+` are real (generated SQL, prompts): walk down the left side instead of recursing.
        chain: list[cst.BinaryOperation] = [node]
        while isinstance(chain[-1].left, cst.BinaryOperation) and type(chain[-1].left.operator) in _OPERATORS:
            chain.append(chain[-1].left)
        inner = _Place(at.scope, at.block)
        lowered = self._expr(chain[-1].left, inner, Use("part"))
        for link in reversed(chain):
            right = self._expr(link.right, inner, Use("part"))
            lowered = data.Binary(_OPERATORS[type(link.operator)], lowered, right)
        if use.kind != "part":
            self._compose(lowered, node, at)
        return lowered

    def _compose(self, lowered: Expr, node: cst.CSTNode, at: _Place) -> None:
        span = self._places.span(node)
        self._composites.append(data.Composite(lowered, span, at.scope, at.block, self._tick()))

    def comparison(self, node: cst.Comparison, at: _Place, _use: Use) -> Expr:
        left = self._expr(node.left, at, _OTHER)
        ops = tuple(type(target.operator).__name__ for target in node.comparisons)
        rights = tuple(self._expr(target.comparator, at, _compared(target.operator)) for target in node.comparisons)
        return data.Comparison(left, ops, rights)

    def sequence(self, node: cst.Tuple | cst.List | cst.Set, at: _Place, use: Use) -> Expr:
        items = tuple(self._element(element, at, use) for element in node.elements)
        return data.Sequence(_SEQUENCES[type(node)], items)

    def _element(self, element: cst.BaseElement, at: _Place, use: Use) -> Expr:
        if isinstance(element, cst.StarredElement):
            return data.Starred(self._expr(element.value, at, Use("star", inside=use)))
        return self._expr(element.value, at, Use("element", inside=use))

    def mapping(self, node: cst.Dict, at: _Place, use: Use) -> Expr:
        keys: list[Expr | None] = []
        values: list[Expr] = []
        for element in node.elements:
            keyed = isinstance(element, cst.DictElement)
            part = Use("element" if keyed else "star", inside=use)
            keys.append(self._expr(element.key, at, part) if isinstance(element, cst.DictElement) else None)
            values.append(self._expr(element.value, at, part))
        return data.Mapping(tuple(keys), tuple(values))

    def yield_(self, node: cst.Yield, at: _Place, _use: Use) -> Expr:
        delegated = isinstance(node.value, cst.From)
        inner = node.value.item if isinstance(node.value, cst.From) else node.value
        value = self._expr(inner, at, Use("yield-from" if delegated else "yield")) if inner is not None else None
        scope = self._walrus_place(at).scope
        self._yields.append(data.Return(value, scope, at.block, self._tick()))
        return data.Yield(value, delegated)

    def lambda_(self, node: cst.Lambda, at: _Place, use: Use) -> Expr:
        params = self._params(node.params, at)
        inner = self._open_scope("lambda", "<lambda>", at, self._places.span(node), params=params, use=use)
        self._bind_params(params, inner)
        body = self._expr(node.body, inner, Use("return"))
        self._returns.append(data.Return(body, inner.scope, inner.block, self._tick()))
        return data.Lambda(inner.scope, body)

    def comprehension(self, node: Any, at: _Place, use: Use) -> Expr:
        kind = _COMPREHENSIONS[type(node)]
        clause = node.for_in
        inner = self._open_scope("comprehension", kind, at, self._places.span(node), use=use)
        first = self._clauses(clause, at, inner, kind)
        part = Use("element", inside=use)
        if isinstance(node, cst.DictComp):
            key = self._expr(node.key, inner, part)
            element: Expr = data.Mapping((key,), (self._expr(node.value, inner, part),))
        else:
            element = self._expr(node.elt, inner, part)
        return data.Comprehension(kind, inner.scope, element, first)

    def _clauses(self, clause: cst.CompFor, at: _Place, inner: _Place, kind: str) -> Expr:
        first: Expr | None = None
        current: cst.CompFor | None = clause
        while current is not None:
            use = _comprehension_use(kind, inner.scope, asynchronous=current.asynchronous is not None)
            # The first iterable is evaluated outside of the comprehension's own scope.
            iterable = self._expr(current.iter, at if first is None else inner, use)
            first = first if first is not None else iterable
            self._target(current.target, inner, iterable, "comprehension", "element")
            for condition in current.ifs:
                self._expr(condition.test, inner, _OTHER)
            current = current.inner_for_in
        return first if first is not None else _NO_FACTS

    def string(self, node: cst.SimpleString, at: _Place, use: Use) -> Expr:
        span = self._places.span(node)
        lowered = _literal(node, span)
        if "\\" in node.value and "r" not in node.prefix and use.kind != "part":
            self._compose(lowered, node, at)
        return lowered

    def concatenated(self, node: cst.ConcatenatedString, at: _Place, use: Use) -> Expr:
        span = self._places.span(node)
        parts: list[Expr] = []
        current: cst.BaseExpression = node
        while isinstance(current, cst.ConcatenatedString):
            parts.append(self._expr(current.left, at, Use("part")))
            current = current.right
        parts.append(self._expr(current, at, Use("part")))
        lowered = _joined(parts, span)
        if use.kind != "part":
            self._compose(lowered, node, at)
        return lowered

    def formatted(self, node: cst.FormattedString, at: _Place, use: Use) -> Expr:
        span = self._places.span(node)
        parts: list[Expr] = []
        for part in node.parts:
            if isinstance(part, cst.FormattedStringExpression):
                value = self._expr(part.expression, at, Use("format"))
                plain = part.format_spec is None and part.equal is None and part.conversion in {None, "s"}
                parts.append(value if plain else data.Opaque((value,)))
            elif isinstance(part, cst.FormattedStringText):
                text = part.value.replace("{{", "{").replace("}}", "}")
                parts.append(data.Text(_unescaped(text, node.prefix), span))
        lowered = data.Template(tuple(parts), span)
        if use.kind != "part":
            self._compose(lowered, node, at)
        return lowered

    def number(self, node: Any, _at: _Place, _use: Use) -> Expr:
        return data.Constant(node.value)

    def ellipsis(self, _node: cst.Ellipsis, _at: _Place, _use: Use) -> Expr:
        return data.Constant("...")


def _to_their_colons(statements: Iterable[tuple[int, int]], lines: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Statements, headers up to their colons: these may stand below their last parts, behind brackets."""
    found = []
    for first, end in statements:
        last = line = end
        while line < len(lines) and (stripped := lines[line].strip())[:1] in {"", "#", ",", ")", "]", "}"}:
            line += 1
            last = line if stripped[:1] in {",", ")", "]", "}"} else last
        found.append((first, last))
    return tuple(found)


def _comments(text: str) -> tuple[data.Comment, ...]:
    """The comments, for files that hold a suppression which may be ours: nothing else asks for them."""
    if not _SUPPRESSION_WORD.search(text):
        return ()
    return tuple(data.Comment(*comment) for comment in comments(text))


def _dotted(node: cst.BaseExpression) -> str:
    names: list[str] = []
    while isinstance(node, cst.Attribute):
        names.append(node.attr.value)
        node = node.value
    if isinstance(node, cst.Name):
        names.append(node.value)
    return ".".join(reversed(names))


def _alias_name(alias: cst.ImportAlias) -> str | None:
    return _dotted(alias.asname.name) if alias.asname is not None else None


def _last_name(func: Expr) -> str:
    if isinstance(func, data.Attribute):
        return func.name
    return func.id if isinstance(func, data.Name) else ""


def _is_exit_call(node: cst.BaseExpression) -> bool:
    """`sys.exit()`, `exit()`, `quit()`, `os._exit()`: what follows in the block is not reached."""
    if not isinstance(node, cst.Call):
        return False
    return _dotted(node.func) in {"sys.exit", "exit", "quit", "os._exit"}


def _literal(node: cst.SimpleString, span: Span) -> Expr:
    written = node.value
    quotes = 3 if written[1:3] == '""' or written[1:3] == "''" else 1
    if written[0] in "\"'" and "\\" not in written and len(written) >= 2 * quotes and "\r" not in written:
        return data.Text(written[quotes:-quotes], span)  # nothing to evaluate: six literals of seven
    try:
        value = node.evaluated_value
    except (SyntaxError, ValueError):
        return _NO_FACTS
    return data.Bytes(value.decode("latin-1"), span) if isinstance(value, bytes) else data.Text(value, span)


def _joined(parts: list[Expr], span: Span) -> Expr:
    """Adjacent literals as one: text as long as all parts are, else a template of all their parts."""
    if all(isinstance(part, data.Text) for part in parts):
        return data.Text("".join(part.value for part in parts if isinstance(part, data.Text)), span)
    if all(isinstance(part, data.Bytes) for part in parts):
        return data.Bytes("".join(part.value for part in parts if isinstance(part, data.Bytes)), span)
    flat: list[Expr] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, data.Template) else (part,))
    return data.Template(tuple(flat), span)


def _unescaped(text: str, prefix: str) -> str:
    """The literal part of an f-string with its escapes resolved."""
    if "\\" not in text or "r" in prefix.lower():
        return text
    try:
        return text.encode("latin-1", "backslashreplace").decode("unicode_escape")
    except UnicodeDecodeError:
        return text


def _comprehension_use(kind: str, scope: int, *, asynchronous: bool) -> Use:
    if kind == "generator":
        return Use("generator", scope)
    return Use("async-comprehension" if asynchronous else "comprehension")


def _compared(operator: cst.BaseCompOp) -> Use:
    """`x in items` goes through the items."""
    return Use("iterate") if isinstance(operator, (cst.In, cst.NotIn)) else _OTHER


_CONSTANTS: Final = frozenset({"None", "True", "False"})
_SIMPLE: Final = frozenset({cst.SimpleStatementLine, cst.SimpleStatementSuite})
_STRING_BUILDERS: Final = frozenset({"join", "format", "b64decode", "decode", "replace", "fromhex"})
_OPERATORS: Final[dict[type[cst.BaseBinaryOp], str]] = {
    cst.Add: "+",
    cst.Modulo: "%",
    cst.BitOr: "|",
    cst.Multiply: "*",
}
_SEQUENCES: Final[dict[type[cst.CSTNode], Any]] = {cst.Tuple: "tuple", cst.List: "list", cst.Set: "set"}
_COMPREHENSIONS: Final[dict[type[cst.CSTNode], Any]] = {
    cst.ListComp: "list",
    cst.SetComp: "set",
    cst.DictComp: "dict",
    cst.GeneratorExp: "generator",
}

_STATEMENTS: Final[dict[type[cst.CSTNode], Callable[[_Lowering, Any, _Place], str | None]]] = {
    cst.AnnAssign: _Lowering.annotated_assign,
    cst.Assert: _Lowering.assert_,
    cst.Assign: _Lowering.assign,
    cst.AugAssign: _Lowering.augmented_assign,
    cst.Break: _Lowering.break_,
    cst.ClassDef: _Lowering.class_,
    cst.Continue: _Lowering.continue_,
    cst.Del: _Lowering.delete,
    cst.Expr: _Lowering.expression_statement,
    cst.For: _Lowering.for_,
    cst.FunctionDef: _Lowering.function,
    cst.Global: _Lowering.global_,
    cst.If: _Lowering.if_,
    cst.Import: _Lowering.import_,
    cst.ImportFrom: _Lowering.import_from,
    cst.Match: _Lowering.match,
    cst.Nonlocal: _Lowering.global_,
    cst.Raise: _Lowering.raise_,
    cst.Return: _Lowering.return_,
    cst.Try: _Lowering.try_,
    cst.TryStar: _Lowering.try_,
    cst.TypeAlias: _Lowering.type_alias,
    cst.While: _Lowering.while_,
    cst.With: _Lowering.with_,
}

_EXPRESSIONS: Final[dict[type[cst.CSTNode], Callable[[_Lowering, Any, _Place, Use], Expr]]] = {
    cst.Attribute: _Lowering.attribute,
    cst.Await: _Lowering.await_,
    cst.BinaryOperation: _Lowering.binary,
    cst.BooleanOperation: _Lowering.boolean,
    cst.Call: _Lowering.call,
    cst.Comparison: _Lowering.comparison,
    cst.ConcatenatedString: _Lowering.concatenated,
    cst.Dict: _Lowering.mapping,
    cst.DictComp: _Lowering.comprehension,
    cst.Ellipsis: _Lowering.ellipsis,
    cst.Float: _Lowering.number,
    cst.FormattedString: _Lowering.formatted,
    cst.GeneratorExp: _Lowering.comprehension,
    cst.IfExp: _Lowering.conditional,
    cst.Integer: _Lowering.number,
    cst.Lambda: _Lowering.lambda_,
    cst.List: _Lowering.sequence,
    cst.ListComp: _Lowering.comprehension,
    cst.Name: _Lowering.name,
    cst.NamedExpr: _Lowering.walrus,
    cst.Set: _Lowering.sequence,
    cst.SetComp: _Lowering.comprehension,
    cst.SimpleString: _Lowering.string,
    cst.Subscript: _Lowering.subscript,
    cst.Tuple: _Lowering.sequence,
    cst.UnaryOperation: _Lowering.unary,
    cst.Yield: _Lowering.yield_,
}
