"""Whether a test is true when a 403 comes: of its class, its status, its text, in a handler or in `__exit__`.

Measured on langsmith 0.15.1 against a server that answers 403: `LangSmithError` and its kin have no `status_code` and
no `response`, and their text says `403 Client Error: Forbidden` (`Client`), `403 Forbidden` (`AsyncClient`) or
`Forbidden` (sandboxes); the errors of the generated clients have `status_code`; those of requests and httpx have it in
`response`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from lint_langsmith.analysis.exceptions.raised import (
    RaisedError,
    Verdict,
    agreed,
    all_of,
    one_of,
    opposite,
)
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.limits import TEST_HOPS
from lint_langsmith.analysis.project.file import File, Place
from lint_langsmith.analysis.values.abstract import function_of
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.analysis.values.evaluator import (
    Constant,
    ExternalName,
    FunctionRef,
    Value,
    Values,
)
from lint_langsmith.analysis.values.evaluator import Literal as Text

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluator import Evaluator

_STATUS: Final = HTTPStatus.FORBIDDEN.value
_STATUS_NAMES: Final = frozenset({"status_code", "status", "code"})
_TEXT_MAKERS: Final = frozenset({"builtins.str", "builtins.repr", "builtins.format"})
Written: TypeAlias = Literal["as it is", "lower", "upper"]
# Methods of a text that leave its words, in which case.
_TEXT_METHODS: Final[Mapping[str, Written | None]] = {
    "lower": "lower",
    "casefold": "lower",
    "upper": "upper",
    "strip": None,
}
_SEARCHES: Final = frozenset({"re.search", "re.findall"})
# What messages about other things than access say; the phrases of the other status codes are among them.
_OTHER_MATTERS: Final = frozenset(
    {
        *(
            status.phrase.casefold()
            for status in HTTPStatus
            if status.value >= 400 and status.value != _STATUS
        ),
        *(
            str(status.value)
            for status in HTTPStatus
            if status.value >= 400 and status.value != _STATUS
        ),
        *(
            "already exists",
            "exists",
            "does not exist",
            "doesn't exist",
            "duplicate",
            "notfound",
            "rate limit",
        ),
        *(
            "ratelimit",
            "rate_limit",
            "timeout",
            "timed out",
            "connection",
            "no such",
            "resource not found",
        ),
        *("nothing to commit", "already been taken"),
    },
)
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
# Exceptions in which others come: they have no status, and their text does not say what is in them (tenacity 9.2).
_AROUND: Final = ("tenacity.", "builtins.")
_SAMENESS: Final = {"Equal": True, "Is": True, "NotEqual": False, "IsNot": False}
_NEGATIONS: Final[Mapping[str, str]] = {"NotEqual": "Equal", "IsNot": "Is", "NotIn": "In"}
# An order behind everything that a block does.
LATEST: Final = 10**9
# A status that is not there: `getattr(error, "status_code", None)`.
_ABSENT: Final = -1

Told: TypeAlias = Callable[[ir.Expr], "Verdict | None"]


class Asked(NamedTuple):
    """Where a test stands and what it asks about: an exception, under some names, or as some expressions.

    `told` knows the answers to some tests from elsewhere. In `any(…)` it is asked of all texts that a name stands for,
    of which one is enough.
    """

    file: File
    place: Place
    thrown: RaisedError
    names: frozenset[str]
    told: Told | None = None
    hops: int = TEST_HOPS
    subjects: frozenset[ir.Expr] = frozenset()
    one_is_enough: bool = False

    def negated(self) -> Asked:
        """The same behind a `not`."""
        told = self.told
        if told is None:
            return self
        return self._replace(
            told=lambda expr: None if (found := told(expr)) is None else opposite(found)
        )

    def further(self) -> Asked:
        """The same one step further away."""
        return self._replace(hops=self.hops - 1)

    def is_subject(self, expr: ir.Expr) -> bool:
        """Whether an expression is the exception, or its class: `error`, `exc_info[0]`."""
        if isinstance(expr, ir.Subscript):
            return self.is_subject(expr.value)
        return (isinstance(expr, ir.Name) and expr.id in self.names) or expr in self.subjects

    def is_part(self, expr: ir.Expr) -> bool:
        """Whether an expression is the exception or something of it: `error.response`."""
        while isinstance(expr, ir.Attribute):
            expr = expr.value
        return self.is_subject(expr)

    def held(self, expr: ir.Expr) -> ir.Expr | None:
        """What a name was bound to, where there is one such thing and it is no argument."""
        if not isinstance(expr, ir.Name) or not self.hops or expr.id in self.names:
            return None
        found = lookup(self.file, expr.id, self.place)
        is_one = (
            len(found) == 1
            and found[0].kind in {"assign", "walrus"}
            and found[0].via == "direct"
        )
        return found[0].value if is_one else None


class Predicates:
    """Judges tests of exceptions in one project."""

    def __init__(
        self, values: Evaluator, catches: Callable[[Values, tuple[str, ...]], Verdict]
    ) -> None:
        """`values` resolves names; `catches` says whether one of some classes is a base of an exception."""
        self._values = values
        self._catches = catches

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
        status = self._status(expr, asked)
        if status is not None:
            return "no" if status == _ABSENT else "yes"
        if asked.is_subject(expr):
            return "yes"
        if isinstance(expr, ir.CallRef):
            return self._call(expr.site, asked)
        if (held := asked.held(expr)) is not None:
            return self.of(held, asked.further())
        return self._constant(expr, asked)

    def _constant(self, expr: ir.Expr, asked: Asked) -> Verdict:
        values = self._values.of(asked.file, expr, asked.place)
        return agreed(_constant(value) for value in values)

    # -- comparisons -------------------------------------------------------------------------------------------------

    def _compared(self, left: ir.Expr, op: str, right: ir.Expr, asked: Asked) -> Verdict:
        status = self._status(left, asked)
        if status is not None:
            return self._status_compared(status, op, right, asked)
        swapped = self._status(right, asked)
        if swapped is not None and op in _MIRRORED:
            return self._status_compared(swapped, _MIRRORED[op], left, asked)
        if op in _NEGATIONS:
            return opposite(self._compared(left, _NEGATIONS[op], right, asked))
        if op in {"Equal", "Is"} and right == ir.Constant("None") and asked.is_subject(left):
            return "no"
        if op in {"Equal", "Is", "In"} and self._is_class(left, asked):
            return self._is_that_class(left, right, asked)
        if op == "In" and (written := self._text(right, asked)) is not None:
            return _said(self._literals(left, asked), written, asked)
        return "unsure"

    def _status_compared(self, status: int, op: str, right: ir.Expr, asked: Asked) -> Verdict:
        if op in {"In", "NotIn"}:
            items = right.items if isinstance(right, ir.Sequence) else ()
            found = (
                one_of(self._status_compared(status, "Equal", item, asked) for item in items)
                if items
                else "unsure"
            )
            return found if op == "In" else opposite(found)
        if right == ir.Constant("None") and op in _SAMENESS:
            absent: Verdict = "yes" if status == _ABSENT else "no"
            return absent if _SAMENESS[op] else opposite(absent)
        numbers = self._numbers(right, asked)
        # What is not there can't be ordered: the test raises.
        if op not in _ORDERS or not numbers or (status == _ABSENT and op not in _SAMENESS):
            return "unsure"
        return agreed("yes" if _ORDERS[op](status, number) else "no" for number in numbers)

    def _numbers(self, expr: ir.Expr, asked: Asked) -> list[int]:
        """The status codes that an expression may stand for; nothing where one can't be told."""
        found = [_number(value) for value in self._values.of(asked.file, expr, asked.place)]
        return [number for number in found if number is not None] if None not in found else []

    def _is_class(self, expr: ir.Expr, asked: Asked) -> bool:
        """`type(error)`, `error.__class__`, and the names of them."""
        if isinstance(expr, ir.Attribute) and expr.name in {"__name__", "__qualname__"}:
            return self._is_class(expr.value, asked)
        if isinstance(expr, ir.Attribute) and expr.name == "__class__":
            return asked.is_subject(expr.value)
        return self._calls(expr, {"builtins.type"}, asked) is not None

    def _is_that_class(self, left: ir.Expr, right: ir.Expr, asked: Asked) -> Verdict:
        named = isinstance(left, ir.Attribute) and left.name != "__class__"
        literals = self._literals(right, asked)
        if named:
            name = asked.thrown.outer[0].rpartition(".")[2]
            return agreed("yes" if text == name else "no" for text in literals)
        values = self._values.of(asked.file, right, asked.place)
        # The class itself, not one that it is derived from.
        return self._catches(values, asked.thrown.outer[:1])

    # -- status and text ---------------------------------------------------------------------------------------------

    def _status(self, expr: ir.Expr, asked: Asked) -> int | None:
        """The status code that an expression gives for a 403, `_ABSENT` where it gives None; None for other things."""
        if (held := asked.held(expr)) is not None:
            return self._status(held, asked.further())
        if (
            isinstance(expr, ir.Attribute)
            and expr.name in _STATUS_NAMES
            and self._is_response(expr.value, asked)
        ):
            return _STATUS
        call = self._calls(expr, {"builtins.getattr"}, asked, subject=False)
        if call is None or len(call.args) < 2:
            return None
        owner, name = call.args[0].value, call.args[1].value
        if (
            not isinstance(name, ir.Text)
            or name.value not in _STATUS_NAMES
            or not self._is_response(owner, asked)
        ):
            return None
        has = _has_status(asked.thrown.outer, direct=asked.is_subject(owner))
        absent = has == "no" and [arg.value for arg in call.args[2:]] == [ir.Constant("None")]
        return _STATUS if has == "yes" else _ABSENT if absent else None

    def _is_response(self, expr: ir.Expr, asked: Asked) -> bool:
        """Whether an expression is the exception or something of it: `error.response`, `getattr(error, "response")`."""
        if (held := asked.held(expr)) is not None:
            return self._is_response(held, asked.further())
        return asked.is_part(expr) or self._calls(expr, {"builtins.getattr"}, asked) is not None

    def _text(self, expr: ir.Expr, asked: Asked) -> Written | None:
        """How an expression gives the text of the exception: `str(error).lower()`, `f"{error}"`, a name for it."""
        if (held := asked.held(expr)) is not None:
            return self._text(held, asked.further())
        if isinstance(expr, ir.Template):
            given = any(
                asked.is_subject(part) or self._text(part, asked) is not None
                for part in expr.parts
            )
            return "as it is" if given else None
        if isinstance(expr, ir.CallRef):
            func = asked.file.model.calls[expr.site].func
            if isinstance(func, ir.Attribute) and func.name in _TEXT_METHODS:
                inner = self._text(func.value, asked)
                return inner and (_TEXT_METHODS[func.name] or inner)
        given = isinstance(expr, ir.Subscript) and asked.is_part(expr.value)
        return (
            "as it is" if given or self._calls(expr, _TEXT_MAKERS, asked) is not None else None
        )

    def _literals(self, expr: ir.Expr, asked: Asked) -> list[str]:
        """The texts that an expression may be; nothing where one can't be told."""
        values = self._values.of(asked.file, expr, asked.place)
        found = [value.text if isinstance(value, Text) else None for value in values]
        return [text for text in found if text is not None] if None not in found else []

    # -- calls -------------------------------------------------------------------------------------------------------

    def _calls(
        self,
        expr: ir.Expr,
        names: set[str] | frozenset[str],
        asked: Asked,
        *,
        subject: bool = True,
    ) -> ir.Call | None:
        """The call that an expression is, of one of these functions, with the exception as its first argument."""
        if not isinstance(expr, ir.CallRef):
            return None
        call = asked.file.model.calls[expr.site]
        fits = call.args and (not subject or asked.is_subject(call.args[0].value))
        callees = self._values.callee(asked.file, expr.site) if fits else ()
        return (
            call
            if any(isinstance(value, ExternalName) and value.name in names for value in callees)
            else None
        )

    def _call(self, site: int, asked: Asked) -> Verdict:
        """What a call gives: a test of the class, a search in the text, or a function of the project that does one."""
        expr, file = ir.CallRef(site), asked.file
        call = file.model.calls[site]
        if self._calls(expr, {"builtins.isinstance", "builtins.issubclass"}, asked):
            classes = (
                self._values.of(file, call.args[1].value, file.place(call))
                if len(call.args) == 2
                else ()
            )
            return self._catches(classes, asked.thrown.outer) if classes else "unsure"
        attribute = self._calls(expr, {"builtins.hasattr"}, asked)
        if attribute is not None:
            return self._has(attribute, asked)
        if self._calls(expr, {"builtins.bool"}, asked, subject=False):
            return self.of(call.args[0].value, asked)
        if self._calls(expr, {"builtins.any"}, asked, subject=False):
            return self._any(call.args[0].value, asked)
        if self._calls(expr, _SEARCHES, asked, subject=False) and len(call.args) > 1:
            written = self._text(call.args[1].value, asked)
            return (
                _said(self._literals(call.args[0].value, asked), written, asked)
                if written
                else "unsure"
            )
        return self._helper(site, asked)

    def _any(self, expr: ir.Expr, asked: Asked) -> Verdict:
        """`any(word in str(error) for word in words)`."""
        if not isinstance(expr, ir.Comprehension):
            return "unsure"
        return self.of(
            expr.element,
            asked._replace(
                place=Place(expr.scope, asked.file.model.scopes[expr.scope].block, LATEST),
                one_is_enough=True,
            ),
        )

    def _has(self, call: ir.Call, asked: Asked) -> Verdict:
        name = call.args[1].value if len(call.args) == 2 else None
        if not isinstance(name, ir.Text) or name.value not in {*_STATUS_NAMES, "response"}:
            return "unsure"
        return _has_status(asked.thrown.outer, direct=name.value != "response")

    def _helper(self, site: int, asked: Asked) -> Verdict:
        """`is_missing(error)`: what a function of the project gives for the exception."""
        file = asked.file
        verdicts: list[Verdict] = []
        for callee in self._values.callee(file, site) if asked.hops else ():
            function = function_of(callee)
            if function is None:
                return "unsure"
            params = function.file.model.scopes[function.scope].params
            given = [
                param.name
                for param in params
                if (
                    argument := self._values.call_graph.argument(
                        file, site, function, param.name
                    )
                )
                is not None
                and asked.is_subject(argument)
            ]
            inner = Asked(
                function.file, asked.place, asked.thrown, frozenset(given), hops=asked.hops - 1
            )
            verdicts.append(self.given(function, inner) if given else "unsure")
        return agreed(verdicts)

    # -- functions ---------------------------------------------------------------------------------------------------

    def given(self, function: FunctionRef, asked: Asked) -> Verdict:
        """Whether the first return of a function that is reached gives something true."""
        file = function.file
        for row in file.returns_by_scope.get(function.scope, ()):
            reached = self.is_reached(row.block, asked)
            if reached == "no":
                continue
            given = (
                self.of(row.value, asked._replace(place=file.place(row)))
                if row.value is not None
                else "no"
            )
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
            home = function.file
            for row in home.model.raises:
                if home.function_of(row.scope) != function.scope:
                    continue
                if row.value is None:
                    kinds = {
                        home.model.blocks[block].kind for block in home.block_chain(row.block)
                    }
                    if "handler" not in kinds:
                        return True
                elif isinstance(row.value, ir.Name):
                    given = self._values.call_graph.argument(file, site, function, row.value.id)
                    if isinstance(given, ir.Name) and given.id == name:
                        return True
        return False

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


def _has_status(mro: tuple[str, ...], *, direct: bool) -> Verdict:
    """Whether an exception has a status itself (`direct`), or in its `response`."""
    if "langsmith.utils.LangSmithError" in mro or mro[0].startswith(_AROUND):
        return "no"
    if mro[0].startswith(("langsmith.", "langgraph_sdk.")):
        return "yes"
    if mro[0].startswith(("requests.", "httpx.")):
        return "no" if direct else "yes"
    return "unsure"


def _said(literals: list[str], written: Written, asked: Asked) -> Verdict:
    """Whether each of these texts stands in the text of a 403, or one of the alternatives in it; one, in `any(…)`."""
    verdicts = [_is_said(text, written, asked.thrown.outer) for text in literals]
    return one_of(verdicts) if verdicts and asked.one_is_enough else agreed(verdicts)


def _is_said(text: str, written: Written, mro: tuple[str, ...]) -> Verdict:
    parts = [part.strip() for part in text.split("|")]
    phrase = {"as it is": "Forbidden", "lower": "forbidden", "upper": "FORBIDDEN"}[written]
    named = "langsmith.utils.LangSmithError" in mro and phrase in parts
    counted = (
        mro[0].startswith(("langsmith.", "requests.", "httpx.")) and ".sandbox." not in mro[0]
    )
    if named or (counted and str(_STATUS) in parts):
        return "yes"
    if mro[0].startswith(_AROUND) and {phrase, str(_STATUS)}.issuperset(parts):
        return "no"
    return "no" if all(part.casefold() in _OTHER_MATTERS for part in parts) else "unsure"


def _number(value: object) -> int | None:
    """A status code: `404`, `HTTPStatus.NOT_FOUND`, `status.HTTP_404_NOT_FOUND`."""
    if isinstance(value, Constant) and value.literal.isdecimal():
        return int(value.literal)
    name = value.name.rpartition(".")[2] if isinstance(value, ExternalName) else ""
    spelled = name.split("_")
    if spelled[0] == "HTTP" and len(spelled) > 1 and spelled[1].isdecimal():
        return int(spelled[1])
    return HTTPStatus[name].value if name in HTTPStatus.__members__ else None
