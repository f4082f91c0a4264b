"""The parts of the subject of a `match` that the parts of a pattern take, as expressions that read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

import libcst as cst

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.model import NOWHERE

_Part: TypeAlias = tuple[cst.CSTNode, "ir.Expr | None"]
_OPEN: Final = ir.Constant("None")


def parts_of(pattern: cst.CSTNode, subject: ir.Expr | None) -> Iterator[_Part]:
    """The patterns in a pattern, each with what it is compared with; None where no expression says that."""
    if isinstance(pattern, cst.MatchSequence):
        yield from _items(pattern.patterns, subject)
    elif isinstance(pattern, cst.MatchMapping):
        for entry in pattern.elements:
            yield entry.pattern, _entry(entry.key, subject)
    elif isinstance(pattern, cst.MatchClass):
        yield from ((item.value, None) for item in pattern.patterns)
        for keyword in pattern.kwds:
            yield keyword.pattern, _attribute(keyword.key.value, subject)
    elif isinstance(pattern, cst.MatchOr):
        yield from ((item.pattern, subject) for item in pattern.patterns)
    elif isinstance(pattern, cst.MatchAs) and pattern.pattern is not None:
        yield pattern.pattern, subject


def takes_all_objects(pattern: cst.MatchPattern) -> bool:
    """Whether a pattern takes all objects of the classes that it names, or anything: `A()`, `A() | B()`, `name`."""
    if isinstance(pattern, cst.MatchAs):
        return pattern.pattern is None or takes_all_objects(pattern.pattern)
    if isinstance(pattern, cst.MatchOr):
        return all(takes_all_objects(item.pattern) for item in pattern.patterns)
    return isinstance(pattern, cst.MatchClass) and not (pattern.patterns or pattern.kwds)


def _items(
    patterns: Sequence[cst.MatchSequenceElement | cst.MatchStar], subject: ir.Expr | None
) -> Iterator[_Part]:
    """The items of a sequence: those behind a star are counted from the end."""
    star = next((n for n, item in enumerate(patterns) if type(item) is cst.MatchStar), None)
    for number, item in enumerate(patterns):
        from_end = number - len(patterns)
        if isinstance(item, cst.MatchStar):
            end = ir.Constant(str(from_end + 1)) if from_end < -1 else _OPEN
            yield item, _item(subject, ir.Opaque((ir.Constant(str(number)), end, _OPEN)))
        else:
            index = number if star is None or number < star else from_end
            yield item.value, _item(subject, ir.Constant(str(index)))


def _item(subject: ir.Expr | None, index: ir.Expr) -> ir.Expr | None:
    return None if subject is None else ir.Subscript(subject, index, NOWHERE)


def _entry(key: cst.BaseExpression, subject: ir.Expr | None) -> ir.Expr | None:
    name = key.evaluated_value if isinstance(key, cst.SimpleString) else None
    return _item(subject, ir.Text(name, NOWHERE)) if isinstance(name, str) else None


def _attribute(name: str, subject: ir.Expr | None) -> ir.Expr | None:
    return None if subject is None else ir.Attribute(subject, name, NOWHERE, NOWHERE)
