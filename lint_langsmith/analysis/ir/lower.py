"""Lowering: one walk over the libcst tree that leaves a FileModel of plain data behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import libcst as cst
import msgspec

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.builder import OTHER, Place
from lint_langsmith.analysis.ir.comment_rows import suppressing_comments, to_their_colons
from lint_langsmith.analysis.ir.definitions import Definitions, dotted_name
from lint_langsmith.analysis.ir.model import Expr, FileModel, Use
from lint_langsmith.analysis.ir.parser import Pieces, parsed
from lint_langsmith.analysis.ir.patterns import parts_of, takes_all_objects
from lint_langsmith.findings import Span
from lint_langsmith.source.text import split_lines

_SIMPLE: Final = frozenset({cst.SimpleStatementLine, cst.SimpleStatementSuite})


def lower(text: str) -> FileModel:
    """The model of one file of Python source.

    Raises:
        UnreadableFileError: libcst can't parse it.
    """
    return parsed(text, lambda pieces: _Lowering().module(pieces, text))


class _Lowering(Definitions):
    """The lowering of statements."""

    def module(self, pieces: Pieces, text: str) -> FileModel:
        """The model of a program that comes in one tree, or in several that each have some of its statements."""
        place = self._open_scope("module", "", Place(-1, -1), ir.NOWHERE)
        self._suite(self._in_turn(pieces), place)
        generators = {row.scope for row in self._yields}
        return FileModel(
            scopes=tuple(
                msgspec.structs.replace(scope, is_generator=True)
                if index in generators
                else scope
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
            asserts=tuple(self._asserts),
            composites=tuple(self._composites),
            reads=tuple(self._reads),
            yields=tuple(self._yields),
            comments=suppressing_comments(text),
            statements=to_their_colons(self._statements, split_lines(text)),
            docstrings=tuple(self._docstrings),
        )

    def _in_turn(self, pieces: Pieces) -> Iterator[Any]:
        """The statements of all trees; of one that is done nothing is kept."""
        for tree, places in pieces:
            self._places = places
            yield from tree.body

    # -- blocks ------------------------------------------------------------------------------------------------------

    def _block(
        self, kind: Any, owner: int, at: Place, suite: cst.BaseSuite | None, index: int = 0
    ) -> int:
        """A block with the statements of `suite` in it; -1 for no suite."""
        if suite is None:
            return -1
        block = self._open_block(kind, at.block, owner, at.scope, index)
        self._fill(block, suite, at.scope)
        return block

    def _fill(self, block: int, suite: cst.BaseSuite, scope: int) -> None:
        body: Iterable[Any] = [suite] if type(suite) is cst.SimpleStatementSuite else suite.body
        self._suite(body, Place(scope, block))

    # -- statements --------------------------------------------------------------------------------------------------

    def _suite(self, body: Iterable[Any], at: Place) -> None:
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

    def expression_statement(self, node: cst.Expr, at: Place) -> str | None:
        if isinstance(node.value, (cst.SimpleString, cst.ConcatenatedString)):
            self._docstrings.append(self._places.span(node.value))
        self._expr(node.value, at, Use("statement"))
        return "return" if _is_exit_call(node.value) else None

    def assign(self, node: cst.Assign, at: Place) -> None:
        targets = [target.target for target in node.targets]
        names = tuple(target.value for target in targets if type(target) is cst.Name)
        kinds = {type(target) for target in targets}
        unpacked = not kinds.isdisjoint((cst.Tuple, cst.List))
        stored = not kinds.isdisjoint((cst.Attribute, cst.Subscript))
        use = Use("store" if stored else "unpack" if unpacked else "assign", names=names)
        value = self._expr(node.value, at, use)
        for target in node.targets:
            self._target(target.target, at, value, "assign")

    def annotated_assign(self, node: cst.AnnAssign, at: Place) -> None:
        annotation = self._annotation(node.annotation, at)
        if node.value is None:
            if type(node.target) is cst.Name:
                span = self._places.span(node.target)
                self._bind("annotation", node.target.value, at, span, annotation=annotation)
            else:
                self._store(node.target, at, None, annotation)
            return
        names = (node.target.value,) if type(node.target) is cst.Name else ()
        value = self._expr(node.value, at, Use("assign" if names else "store", names=names))
        self._target(node.target, at, value, "assign", annotation=annotation)

    def augmented_assign(self, node: cst.AugAssign, at: Place) -> None:
        value = self._expr(node.value, at, OTHER)
        if type(node.target) is cst.Name:
            if type(node.operator) is cst.AddAssign:
                value = ir.Binary(
                    "+", ir.Name(node.target.value, self._places.span(node.target)), value
                )
                self._compose(value, node, at)
            self._bind(
                "augmented", node.target.value, at, self._places.span(node.target), value=value
            )
        else:
            is_union = type(node.operator) is cst.BitOrAssign
            added = value if type(node.operator) is cst.AddAssign else None
            self._store(node.target, at, value if is_union else None, None, added)

    def delete(self, node: cst.Del, at: Place) -> None:
        whole: Any = node.target
        several = isinstance(whole, (cst.Tuple, cst.List))
        for target in [element.value for element in whole.elements] if several else [whole]:
            if type(target) is cst.Name:
                self._bind("delete", target.value, at, self._places.span(target))
            else:
                lowered = self._expr(target, at, OTHER, load=False)
                if isinstance(lowered, (ir.Attribute, ir.Subscript)):
                    self._stores.append(
                        ir.Store(lowered, None, at.scope, at.block, self._tick(), deleted=True),
                    )

    def return_(self, node: cst.Return, at: Place) -> str:
        value = self._expr(node.value, at, Use("return")) if node.value is not None else None
        self._returns.append(ir.Return(value, at.scope, at.block, self._tick()))
        return "return"

    def raise_(self, node: cst.Raise, at: Place) -> str:
        value = self._expr(node.exc, at, OTHER) if node.exc is not None else None
        if node.cause is not None:
            self._expr(node.cause.item, at, OTHER)
        self._raises.append(
            ir.Raise(value, at.scope, at.block, self._tick(), self._places.span(node))
        )
        return "raise"

    def break_(self, _node: cst.CSTNode, _at: Place) -> str:
        return "break"

    def continue_(self, _node: cst.CSTNode, _at: Place) -> str:
        return "continue"

    def assert_(self, node: cst.Assert, at: Place) -> None:
        test = self._expr(node.test, at, OTHER)
        self._asserts.append(ir.Assert(test, at.scope, at.block, self._tick()))
        if node.msg is not None:
            self._expr(node.msg, at, OTHER)

    def if_(self, node: cst.If, at: Place) -> str | None:
        self._header(node, node.test)
        test = self._expr(node.test, at, OTHER)
        order = self._tick()
        index = len(self._branches)
        self._branches.append(ir.Branch(test, -1, -1))
        body = self._block("if", index, at, node.body)
        if type(node.orelse) is cst.If:
            orelse = self._open_block("else", at.block, index, at.scope)
            self._suite([node.orelse], Place(at.scope, orelse))
        else:
            orelse = self._block("else", index, at, node.orelse.body if node.orelse else None)
        self._branches[index] = ir.Branch(test, body, orelse, order, self._tick())
        return self._joined_ends((body, orelse))

    def match(self, node: cst.Match, at: Place) -> str | None:
        self._header(node, node.subject)
        subject = self._expr(node.subject, at, OTHER)
        blocks = []
        for number, case in enumerate(node.cases):
            index = len(self._branches)
            self._branches.append(ir.Branch(subject, -1, -1))
            block = self._open_block("case", at.block, index, at.scope, number)
            inner = Place(at.scope, block)
            pattern, order = self._classes_of(case.pattern, inner), self._tick()
            self._capture(case.pattern, subject, inner, self._places.span(case.pattern))
            if case.guard is not None:
                self._expr(case.guard, inner, OTHER)
            self._fill(block, case.body, at.scope)
            takes_all = case.guard is None and takes_all_objects(case.pattern)
            equals = self._values_of(case.pattern, inner) if case.guard is None else None
            self._branches[index] = ir.Branch(
                subject, block, -1, order, self._tick(), pattern, takes_all, equals
            )
            blocks.append(block)
        catch_all = (
            node.cases
            and type(node.cases[-1].pattern) is cst.MatchAs
            and node.cases[-1].guard is None
        )
        return self._joined_ends(blocks) if catch_all else None

    def _classes_of(self, pattern: cst.MatchPattern, at: Place) -> ir.Expr | None:
        """The class that a pattern asks for, a tuple for `A() | B()`; None for patterns of other kinds."""
        while type(pattern) is cst.MatchAs and pattern.pattern is not None:
            pattern = pattern.pattern
        if type(pattern) is cst.MatchClass:
            return self._expr(pattern.cls, at, OTHER)
        return _alternatives(pattern, lambda part: self._classes_of(part, at))

    def _values_of(self, pattern: cst.MatchPattern, at: Place) -> ir.Expr | None:
        """The text or number that a pattern asks for, a tuple for `"a" | "b"`; None for patterns of other kinds."""
        if type(pattern) is cst.MatchValue:
            return self._expr(pattern.value, at, OTHER)
        return _alternatives(pattern, lambda part: self._values_of(part, at))

    def _capture(
        self, pattern: cst.CSTNode, subject: ir.Expr | None, at: Place, span: Span
    ) -> None:
        """Names bound by a pattern, with the part of the subject that each takes where that is one of its own.

        `span` is the place of the whole pattern of the case, which they share.
        """
        if isinstance(pattern, (cst.MatchAs, cst.MatchStar)) and pattern.name is not None:
            self._bind("match", pattern.name.value, at, span, value=subject)
        if type(pattern) is cst.MatchMapping and pattern.rest is not None:
            self._bind("match", pattern.rest.value, at, span)
        for child, part in parts_of(pattern, subject):
            self._capture(child, part, at, span)

    def for_(self, node: cst.For, at: Place) -> None:
        self._header(node, node.iter)
        kind: ir.UseKind = "async-iterate" if node.asynchronous else "iterate"
        iterable = self._expr(node.iter, at, Use(kind))
        index = len(self._loops)
        self._loops.append(ir.Loop(iterable, None, node.asynchronous is not None, -1))
        body = self._open_block("loop", at.block, index, at.scope)
        self._target(node.target, Place(at.scope, body), iterable, "for", "element")
        self._fill(body, node.body, at.scope)
        self._loops[index] = ir.Loop(iterable, None, node.asynchronous is not None, body)
        self._block("loop-else", index, at, node.orelse.body if node.orelse else None)

    def while_(self, node: cst.While, at: Place) -> str | None:
        self._header(node, node.test)
        index = len(self._loops)
        body = self._open_block("loop", at.block, index, at.scope)
        test = self._expr(node.test, Place(at.scope, body), OTHER)
        self._loops.append(ir.Loop(None, test, is_async=False, body=body))
        self._fill(body, node.body, at.scope)
        self._block("loop-else", index, at, node.orelse.body if node.orelse else None)
        return None

    def try_(self, node: cst.Try | cst.TryStar, at: Place) -> str | None:
        span = self._places.span(node)
        self._statements.append((span.line, span.line))
        index = len(self._tries)
        star = type(node) is cst.TryStar
        self._tries.append(ir.Try((), star, -1, -1, -1, span))
        body = self._block("try", index, at, node.body)
        handlers = tuple(
            self._handler(index, number, handler, at)
            for number, handler in enumerate(node.handlers)
        )
        orelse = self._block("try-else", index, at, node.orelse.body if node.orelse else None)
        finalbody = self._block(
            "finally", index, at, node.finalbody.body if node.finalbody else None
        )
        self._tries[index] = ir.Try(handlers, star, body, orelse, finalbody, span)
        if finalbody >= 0 and self._blocks[finalbody].ends != "falls":
            return self._blocks[finalbody].ends
        normal = body if orelse < 0 or self._blocks[body].ends != "falls" else orelse
        return self._joined_ends([normal, *(handler.block for handler in handlers)])

    def _handler(self, owner: int, number: int, node: Any, at: Place) -> ir.Handler:
        self._header(node, node.type)
        kind = self._expr(node.type, at, OTHER) if node.type is not None else None
        order = self._order
        block = self._open_block("handler", at.block, owner, at.scope, number)
        name = node.name.name.value if node.name is not None else None
        span = (
            self._places.span(node.type)
            if node.type is not None
            else self._keyword(node, "except")
        )
        if name is not None:
            self._bind("except", name, Place(at.scope, block), span, value=kind)
        self._fill(block, node.body, at.scope)
        return ir.Handler(kind, name, block, span, order)

    def _keyword(self, node: cst.CSTNode, word: str) -> Span:
        start = self._places.span(node)
        return Span(start.line, start.column, start.line, start.column + len(word))

    def with_(self, node: cst.With, at: Place) -> str | None:
        self._header(node, *(item.item for item in node.items))
        kind: ir.UseKind = "async-with" if node.asynchronous else "with"
        items: list[tuple[Expr, Expr | None]] = []
        for item in node.items:
            target = item.asname.name if item.asname is not None else None
            names = (target.value,) if type(target) is cst.Name else ()
            manager = self._expr(item.item, at, Use(kind, names=names))
            if target is not None:
                self._target(target, at, manager, "with", "enter")
            items.append((manager, None))
        index = len(self._withs)
        self._withs.append(
            ir.With(tuple(items), node.asynchronous is not None, -1, self._tick())
        )
        body = self._block("with", index, at, node.body)
        self._withs[index] = msgspec.structs.replace(self._withs[index], body=body)
        # A context manager may swallow what leaves the block, so a raise in it may still fall through.
        return "return" if self._blocks[body].ends == "return" else None


def _alternatives(
    pattern: cst.MatchPattern, part: Callable[[cst.MatchPattern], ir.Expr | None]
) -> ir.Expr | None:
    """A tuple of what the parts of `a | b` are; None where one is nothing, and for patterns of other kinds."""
    if type(pattern) is not cst.MatchOr:
        return None
    found = [part(item.pattern) for item in pattern.patterns]
    known = tuple(expr for expr in found if expr is not None)
    return ir.Sequence("tuple", known) if len(known) == len(found) else None


def _is_exit_call(node: cst.BaseExpression) -> bool:
    """Whether a call ends the process, or puts another program into it: what follows in the block is not reached."""
    return type(node) is cst.Call and dotted_name(node.func) in _ENDING


# Functions that never return; a call of `exec…` only returns by an exception.
_ENDING: Final = frozenset(
    {
        *("sys.exit", "exit", "quit", "os._exit", "os.abort"),
        *("os.execl", "os.execle", "os.execlp", "os.execlpe"),
        *("os.execv", "os.execve", "os.execvp", "os.execvpe"),
    }
)

_STATEMENTS: Final[dict[type[cst.CSTNode], Callable[[_Lowering, Any, Place], str | None]]] = {
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
