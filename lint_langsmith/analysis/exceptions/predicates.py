"""Whether a test is true when a 403 comes: of its class, its status, its text, in a handler or in `__exit__`.

`predicate_subject.py` has what is asked about, `exception_parts.py` what an expression is of the exception,
`refusal.py` what is known of a 403's status and text.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.exceptions.exception_parts import ABSENT, ExceptionParts
from lint_langsmith.analysis.exceptions.predicate_subject import Asked
from lint_langsmith.analysis.exceptions.raised import (
    RaisedError,
    Verdict,
    agreed,
    all_of,
    one_of,
    opposite,
)
from lint_langsmith.analysis.exceptions.refusal import STATUS_NAMES, has_status, is_said
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Place
from lint_langsmith.analysis.project.place import LATEST
from lint_langsmith.analysis.values.abstract import (
    Constant,
    FunctionRef,
    Value,
    Values,
    function_of,
)
from lint_langsmith.analysis.values.call_arguments import passed_argument

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluator import Evaluator

_ORDERS: Final[Mapping[str, Callable[[int, int], bool]]] = {
    "Equal": operator.eq,
    "Is": operator.eq,
    "NotEqual": operator.ne,
    "IsNot": operator.ne,
    "LessThan": operator.lt,
    "LessThanEqual": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEqual": operator.ge,
}
# What `a op b` says of b.
_MIRRORED: Final[Mapping[str, str]] = {
    **{name: name for name in ("Equal", "NotEqual", "Is", "IsNot")},
    "LessThan": "GreaterThan",
    "LessThanEqual": "GreaterThanEqual",
    "GreaterThan": "LessThan",
    "GreaterThanEqual": "LessThanEqual",
}
_SAMENESS: Final = {"Equal": True, "Is": True, "NotEqual": False, "IsNot": False}
_NEGATIONS: Final[Mapping[str, str]] = {"NotEqual": "Equal", "IsNot": "Is", "NotIn": "In"}
_NONE: Final = ir.Constant("None")
_CLASS_TESTS: Final = frozenset({"builtins.isinstance", "builtins.issubclass"})
_HASATTR: Final = frozenset({"builtins.hasattr"})
_BOOL: Final = frozenset({"builtins.bool"})
_ANY: Final = frozenset({"builtins.any"})
_SEARCHES: Final = frozenset({"re.search", "re.findall"})


class Predicates:
    """Judges tests of exceptions in one project."""

    def __init__(
        self,
        values: Evaluator,
        catches: Callable[[Values, tuple[str, ...]], Verdict],
        classes: Callable[[File, ir.Expr, Place], Values],
    ) -> None:
        """`values` resolves names, `classes` those of classes; `catches` says whether one of them is a base."""
        self._values = values
        self._catches = catches
        self._classes = classes
        self._parts = ExceptionParts(values)

    def is_of(self, file: File, classes: ir.Expr, place: Place, thrown: RaisedError) -> Verdict:
        """Whether an exception is an object of one of some classes."""
        found = self._classes(file, classes, place)
        return self._catches(found, thrown.outer) if found else "unsure"

    def of(self, expr: ir.Expr, asked: Asked) -> Verdict:
        """Whether an expression is true."""
        told = asked.told(expr) if asked.told is not None else None
        if told is not None:
            return told
        if isinstance(expr, ir.Unary) and expr.op == "Not":
            return opposite(self.of(expr.operand, asked.negated()))
        if isinstance(expr, ir.Boolean):
            parts = [self.of(part, asked) for part in expr.values]
            return all_of(parts) if expr.op == "and" else one_of(parts)
        if isinstance(expr, ir.Comparison):
            pairs = zip((expr.left, *expr.rights[:-1]), expr.ops, expr.rights, strict=True)
            return all_of(self._compared(left, op, right, asked) for left, op, right in pairs)
        status = self._parts.status(expr, asked)
        if status is not None:
            return "no" if status == ABSENT else "yes"
        if asked.is_subject(expr):
            return "yes"
        if isinstance(expr, ir.CallRef):
            return self._call(expr.site, asked)
        held = asked.held(expr)
        if held is not None:
            return self.of(held, asked.further())
        values = self._values.of(asked.file, expr, asked.place)
        return agreed(_constant(value) for value in values)

    # -- comparisons -------------------------------------------------------------------------------------------------

    def _compared(self, left: ir.Expr, op: str, right: ir.Expr, asked: Asked) -> Verdict:
        status = self._parts.status(left, asked)
        if status is not None:
            return self._status_compared(status, op, right, asked)
        swapped = self._parts.status(right, asked)
        if swapped is not None and op in _MIRRORED:
            return self._status_compared(swapped, _MIRRORED[op], left, asked)
        if op in _NEGATIONS:
            return opposite(self._compared(left, _NEGATIONS[op], right, asked))
        if op in {"Equal", "Is"} and right == _NONE and asked.is_subject(left):
            return "no"
        if op in {"Equal", "Is", "In"} and self._parts.is_class(left, asked):
            return self._is_that_class(left, right, asked)
        return self._searched(left, right, asked) if op == "In" else "unsure"

    def _status_compared(self, status: int, op: str, right: ir.Expr, asked: Asked) -> Verdict:
        if op == "NotIn":
            return opposite(self._status_compared(status, "In", right, asked))
        if op == "In":
            items = right.items if isinstance(right, ir.Sequence) else ()
            found = [self._status_compared(status, "Equal", item, asked) for item in items]
            return one_of(found) if found else "unsure"
        if right == _NONE and op in _SAMENESS:
            return "yes" if (status == ABSENT) == _SAMENESS[op] else "no"
        # What is not there can't be ordered: the test raises.
        if op not in _ORDERS or (status == ABSENT and op not in _SAMENESS):
            return "unsure"
        numbers = self._parts.numbers(right, asked)
        return agreed("yes" if _ORDERS[op](status, number) else "no" for number in numbers)

    def _is_that_class(self, left: ir.Expr, right: ir.Expr, asked: Asked) -> Verdict:
        by_name = self._parts.is_class_name(left, asked)
        if by_name:
            return self._is_that_name(right, asked)
        values = self._values.of(asked.file, right, asked.place)
        # The class itself, not one that it is derived from.
        return self._catches(values, asked.thrown.outer[:1])

    def _is_that_name(self, right: ir.Expr, asked: Asked) -> Verdict:
        """Whether the name of the class is a text, or one of several."""
        if isinstance(right, ir.Sequence):
            return one_of(self._is_that_name(item, asked) for item in right.items)
        name = asked.thrown.outer[0].rpartition(".")[2]
        literals = self._parts.literals(right, asked)
        return agreed("yes" if text == name else "no" for text in literals)

    def _searched(self, wanted: ir.Expr, text: ir.Expr, asked: Asked) -> Verdict:
        """Whether each of the texts that are `wanted` stands in the text of the exception; one, in `any(…)`."""
        written = self._parts.text(text, asked)
        if written is None and self._parts.is_class_name(text, asked):
            name = asked.thrown.outer[0].rpartition(".")[2]
            parts = self._parts.literals(wanted, asked)
            return agreed("yes" if part in name else "no" for part in parts)
        if written is None:
            return "unsure"
        literals = self._parts.literals(wanted, asked)
        verdicts = [is_said(literal, written, asked.thrown.outer) for literal in literals]
        return one_of(verdicts) if verdicts and asked.one_is_enough else agreed(verdicts)

    # -- calls -------------------------------------------------------------------------------------------------------

    def _call(self, site: int, asked: Asked) -> Verdict:
        """What a test by a call returns: of the class, of the text, or by a function of the project."""
        expr, parts = ir.CallRef(site), self._parts
        args = asked.file.model.calls[site].args
        if parts.calls_on_exception(expr, _CLASS_TESTS, asked) is not None:
            return self._is_instance(site, asked)
        if parts.calls_on_exception(expr, _HASATTR, asked) is not None:
            return _has(args, asked)
        if parts.calls(expr, _BOOL, asked) is not None:
            return self.of(args[0].value, asked)
        if parts.calls(expr, _ANY, asked) is not None:
            return self._any(args[0].value, asked)
        if len(args) > 1 and parts.calls(expr, _SEARCHES, asked) is not None:
            return self._searched(args[0].value, args[1].value, asked)
        return self._helper(site, asked)

    def _is_instance(self, site: int, asked: Asked) -> Verdict:
        call = asked.file.model.calls[site]
        if len(call.args) != 2:
            return "unsure"
        classes = self._classes(asked.file, call.args[1].value, asked.file.place(call))
        return self._catches(classes, asked.thrown.outer) if classes else "unsure"

    def _any(self, expr: ir.Expr, asked: Asked) -> Verdict:
        """`any(word in str(error) for word in words)`."""
        if not isinstance(expr, ir.Comprehension):
            return "unsure"
        place = Place(expr.scope, asked.file.model.scopes[expr.scope].block, LATEST)
        return self.of(expr.element, asked._replace(place=place, one_is_enough=True))

    def _helper(self, site: int, asked: Asked) -> Verdict:
        """`is_missing(error)`: what a function of the project returns for the exception."""
        if not asked.hops:
            return "unsure"
        verdicts: list[Verdict] = []
        for callee in self._values.callee(asked.file, site):
            function = function_of(callee)
            if function is None:
                return "unsure"
            names = frozenset(self._given_names(function, site, asked))
            inner = Asked(function.file, asked.place, asked.thrown, names, hops=asked.hops - 1)
            verdicts.append(self.given(function, inner) if names else "unsure")
        return agreed(verdicts)

    def _given_names(self, function: FunctionRef, site: int, asked: Asked) -> Iterator[str]:
        """The parameters of a function for which a call passes the exception."""
        for param in function.file.model.scopes[function.scope].params:
            argument = passed_argument(asked.file, site, function, param.name)
            if argument is not None and asked.is_subject(argument):
                yield param.name

    # -- functions ---------------------------------------------------------------------------------------------------

    def given(self, function: FunctionRef, asked: Asked) -> Verdict:
        """Whether the first return of a function that is reached returns something true."""
        file = function.file
        for row in file.returns_by_scope.get(function.scope, ()):
            reached = self.is_reached(row.block, asked)
            if reached == "no":
                continue
            given: Verdict = "no"
            if row.value is not None:
                given = self.of(row.value, asked._replace(place=file.place(row)))
            if reached == "yes" or given == "unsure":
                return given
            return "unsure" if given == "yes" else "no"
        return "no"

    def raises_again(self, file: File, site: int, name: str | None) -> bool:
        """Whether a call is of a function of the project that may raise the exception `name` again, in a handler of it.

        That is its argument, or what is being handled: a bare `raise` outside of any handler of the function's own.
        """
        for callee in self._values.callee(file, site):
            function = function_of(callee)
            if function is None:
                continue
            for row in function.file.model.raises:
                is_own = function.file.function_of(row.scope) == function.scope
                if is_own and self._is_of_caller(row, function, (file, site), name):
                    return True
        return False

    def surely_raises_again(self, file: File, site: int, name: str | None) -> bool:
        """Whether a call is of functions of the project that do nothing but raise the exception `name` again.

        They may do anything before, but have no other way out.
        """
        functions = [function_of(callee) for callee in self._values.callee(file, site)]
        return bool(functions) and all(
            function is not None and self._ends_in_raising(function, (file, site), name)
            for function in functions
        )

    def _ends_in_raising(
        self, function: FunctionRef, call: tuple[File, int], name: str | None
    ) -> bool:
        file, scope = function.file, function.file.model.scopes[function.scope]
        if scope.kind != "function" or scope.is_generator or scope.decorators:
            return False
        if scope.is_async and call[0].model.calls[call[1]].awaited_use is None:
            return False
        rows = [
            row for row in file.model.raises if file.function_of(row.scope) == function.scope
        ]
        return (
            len(rows) == 1
            and rows[0].block == scope.block
            and function.scope not in file.returns_by_scope
            and self._is_of_caller(rows[0], function, call, name)
        )

    def _is_of_caller(
        self, row: ir.Raise, function: FunctionRef, call: tuple[File, int], name: str | None
    ) -> bool:
        """Whether a `raise` of a function raises what its caller, at `call`, knows as `name`, or is handling."""
        if row.value is None:
            return not _is_in_handler(function.file, row.block)
        if not isinstance(row.value, ir.Name):
            return False
        given = passed_argument(*call, function, row.value.id)
        return isinstance(given, ir.Name) and given.id == name

    def is_reached(self, block: int, asked: Asked) -> Verdict:
        """Whether the branches around a block are taken."""
        verdicts: list[Verdict] = ["yes"]
        model = asked.file.model
        for current in asked.file.block_chain(block):
            row = model.blocks[current]
            if row.kind == "scope":
                break
            if row.kind in {"if", "else"}:
                place = Place(row.scope, row.parent, LATEST)
                truth = self.of(model.branches[row.owner].test, asked._replace(place=place))
                verdicts.append(truth if row.kind == "if" else opposite(truth))
            elif row.kind != "with":
                verdicts.append("unsure")
        return all_of(verdicts)


def _constant(value: Value) -> Verdict:
    if not isinstance(value, Constant):
        return "unsure"
    return "no" if value.literal in {"None", "False", "0"} else "yes"


def _has(args: Sequence[ir.Argument], asked: Asked) -> Verdict:
    """What `hasattr(error, "status_code")` returns."""
    name = args[1].value if len(args) == 2 else None
    if not isinstance(name, ir.Text) or name.value not in {*STATUS_NAMES, "response"}:
        return "unsure"
    return has_status(asked.thrown.outer, direct=name.value != "response")


def _is_in_handler(file: File, block: int) -> bool:
    return any(file.model.blocks[other].kind == "handler" for other in file.block_chain(block))
