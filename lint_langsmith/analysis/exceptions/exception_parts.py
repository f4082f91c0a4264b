"""What an expression in a test is of an exception: its class, its status, its response, its text."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.exceptions.refusal import (
    STATUS,
    STATUS_NAMES,
    Written,
    has_status,
)
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.values.abstract import Constant, ExternalName, Literal, Value

if TYPE_CHECKING:
    from lint_langsmith.analysis.exceptions.predicate_subject import Asked
    from lint_langsmith.analysis.values.evaluator import Evaluator

# A status that is not there: `getattr(error, "status_code", None)`.
ABSENT: Final = -1
_TEXT_MAKERS: Final = frozenset({"builtins.str", "builtins.repr", "builtins.format"})
# Methods of a text that leave its words, in which case.
_TEXT_METHODS: Final[Mapping[str, Written | None]] = {
    "lower": "lower",
    "casefold": "lower",
    "upper": "upper",
    "strip": None,
}
_GETATTR: Final = frozenset({"builtins.getattr"})
_TYPE: Final = frozenset({"builtins.type"})
# Attributes of a class that are its name.
_CLASS_NAMES: Final = frozenset({"__name__", "__qualname__"})


class ExceptionParts:
    """Tells what expressions are of an exception, in one project."""

    def __init__(self, values: Evaluator) -> None:
        """`values` resolves names."""
        self._values = values

    # -- class -------------------------------------------------------------------------------------------------------

    def is_class(self, expr: ir.Expr, asked: Asked) -> bool:
        """Whether an expression is the class, or its name: `type(error)`, `error.__class__.__name__`."""
        held = asked.held(expr)
        if held is not None:
            return self.is_class(held, asked.further())
        if isinstance(expr, ir.Attribute):
            if expr.name in _CLASS_NAMES:
                return self.is_class(expr.value, asked)
            if expr.name == "__class__":
                return asked.is_subject(expr.value)
        return self.calls_on_exception(expr, _TYPE, asked) is not None

    def is_class_name(self, expr: ir.Expr, asked: Asked) -> bool:
        """Whether an expression is the name of the class."""
        held = asked.held(expr)
        if held is not None:
            return self.is_class_name(held, asked.further())
        is_name = isinstance(expr, ir.Attribute) and expr.name in _CLASS_NAMES
        return is_name and self.is_class(expr, asked)

    # -- status ------------------------------------------------------------------------------------------------------

    def status(self, expr: ir.Expr, asked: Asked) -> int | None:
        """The status code that an expression is for a 403, `ABSENT` where it is None then; None for other things."""
        held = asked.held(expr)
        if held is not None:
            return self.status(held, asked.further())
        if isinstance(expr, ir.Attribute):
            is_status = expr.name in STATUS_NAMES and self._is_response(expr.value, asked)
            return STATUS if is_status else None
        call = self.calls(expr, _GETATTR, asked)
        return self._status_got(call, asked) if call is not None else None

    def _status_got(self, call: ir.Call, asked: Asked) -> int | None:
        """The same of a call of `getattr`."""
        if len(call.args) < 2:
            return None
        owner, name = call.args[0].value, call.args[1].value
        if not isinstance(name, ir.Text) or name.value not in STATUS_NAMES:
            return None
        if not self._is_response(owner, asked):
            return None
        has = has_status(asked.thrown.outer, direct=asked.is_subject(owner))
        if has == "yes":
            return STATUS
        default = [arg.value for arg in call.args[2:]]
        return ABSENT if has == "no" and default == [ir.Constant("None")] else None

    def _is_response(self, expr: ir.Expr, asked: Asked) -> bool:
        """Whether an expression is the exception or something of it: `error.response`, `getattr(error, "response")`."""
        held = asked.held(expr)
        if held is not None:
            return self._is_response(held, asked.further())
        if asked.is_part(expr):
            return True
        return self.calls_on_exception(expr, _GETATTR, asked) is not None

    def numbers(self, expr: ir.Expr, asked: Asked) -> list[int]:
        """The status codes that an expression may stand for; nothing where one is unknown."""
        numbers: list[int] = []
        for value in self._values.of(asked.file, expr, asked.place):
            number = _number(value)
            if number is None:
                return []
            numbers.append(number)
        return numbers

    # -- text --------------------------------------------------------------------------------------------------------

    def text(self, expr: ir.Expr, asked: Asked) -> Written | None:
        """How an expression writes the text of the exception: `str(error).lower()`, `f"{error}"`; None for others."""
        held = asked.held(expr)
        if held is not None:
            return self.text(held, asked.further())
        if isinstance(expr, ir.Template):
            has_text = any(self._is_formatted(part, asked) for part in expr.parts)
            return "as it is" if has_text else None
        if isinstance(expr, ir.Subscript):  # `error.args[0]`
            return "as it is" if asked.is_part(expr.value) else None
        if not isinstance(expr, ir.CallRef):
            return None
        func = asked.file.model.calls[expr.site].func
        if isinstance(func, ir.Attribute) and func.name in _TEXT_METHODS:
            inner = self.text(func.value, asked)
            return inner and (_TEXT_METHODS[func.name] or inner)
        made = self.calls_on_exception(expr, _TEXT_MAKERS, asked)
        return "as it is" if made is not None else None

    def _is_formatted(self, part: ir.Expr, asked: Asked) -> bool:
        return asked.is_subject(part) or self.text(part, asked) is not None

    def literals(self, expr: ir.Expr, asked: Asked) -> list[str]:
        """The texts that an expression may be; nothing where one is unknown."""
        texts: list[str] = []
        for value in self._values.of(asked.file, expr, asked.place):
            if not isinstance(value, Literal):
                return []
            texts.append(value.text)
        return texts

    # -- calls -------------------------------------------------------------------------------------------------------

    def calls(self, expr: ir.Expr, names: frozenset[str], asked: Asked) -> ir.Call | None:
        """The call with arguments that an expression is, of one of these functions; None for others."""
        if not isinstance(expr, ir.CallRef):
            return None
        call = asked.file.model.calls[expr.site]
        if not call.args:
            return None
        for value in self._values.callee(asked.file, expr.site):
            if isinstance(value, ExternalName) and value.name in names:
                return call
        return None

    def calls_on_exception(
        self, expr: ir.Expr, names: frozenset[str], asked: Asked
    ) -> ir.Call | None:
        """The same, where the first argument is the exception."""
        if not isinstance(expr, ir.CallRef):
            return None
        args = asked.file.model.calls[expr.site].args
        if not args or not asked.is_subject(args[0].value):
            return None
        return self.calls(expr, names, asked)


def _number(value: Value) -> int | None:
    """A status code: `404`, `HTTPStatus.NOT_FOUND`, `status.HTTP_404_NOT_FOUND`."""
    if isinstance(value, Constant) and value.literal.isdecimal():
        return int(value.literal)
    name = value.name.rpartition(".")[2] if isinstance(value, ExternalName) else ""
    spelled = name.split("_")
    if spelled[0] == "HTTP" and len(spelled) > 1 and spelled[1].isdecimal():
        return int(spelled[1])
    return HTTPStatus[name].value if name in HTTPStatus.__members__ else None
