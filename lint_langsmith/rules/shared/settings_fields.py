"""Fields of settings that have the key or the flag of tracing, as expressions read them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint_langsmith.analysis import limits
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.environment.writes import Setting
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Placed, last_name
from lint_langsmith.analysis.values.abstract import Environment, Literal
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.sdk.variables import TRACING_FLAGS

# What gives the text of a field, blank where that is blank.
_TEXTS: Final = frozenset({"str", "strip", "lower", "get_secret_value"})


def read_field(file: File, expr: ir.Expr, place: Placed) -> str:
    """The attribute that an expression reads, also by `getattr`, under a name, or as its text; else empty."""
    for _ in range(limits.STEPS_TO_FIELD):
        if isinstance(expr, ir.Attribute):
            return expr.name
        if isinstance(expr, ir.Name):
            found = lookup(file, expr.id, place)
            if len(found) != 1 or found[0].via != "direct" or found[0].value is None:
                return ""
            expr, place = found[0].value, file.place(found[0])
        elif isinstance(expr, ir.CallRef):
            call = file.model.calls[expr.site]
            name = last_name(call.func)
            if name == "getattr":
                named = call.args[1].value if len(call.args) > 1 else None
                return named.value if isinstance(named, ir.Text) else ""
            inner = _of_text(call) if name in _TEXTS else None
            if inner is None:
                return ""
            expr, place = inner, file.place(call)
        else:
            return ""
    return ""


def operands(file: File, expr: ir.Expr, place: Placed) -> Iterator[tuple[ir.Expr, Placed]]:
    """What an expression is the text of, or one of, and where: `a` and `b` of `(a or b).strip()`, also under a name."""
    pending = [(expr, place)]
    for _ in range(limits.STEPS_TO_FIELD):
        if not pending:
            return
        current, where = pending.pop(0)
        inner, inside = _under(file, current, where)
        if inner:
            pending += [(part, inside) for part in inner]
        else:
            yield current, where
    yield from pending


def _under(file: File, expr: ir.Expr, place: Placed) -> tuple[tuple[ir.Expr, ...], Placed]:
    if isinstance(expr, ir.Boolean) and expr.op == "or":
        return expr.values, place
    if isinstance(expr, ir.Name):
        found = lookup(file, expr.id, place)
        if len(found) == 1 and found[0].via == "direct" and found[0].value is not None:
            return (found[0].value,), file.place(found[0])
    elif isinstance(expr, ir.CallRef):
        call = file.model.calls[expr.site]
        inner = _of_text(call) if last_name(call.func) in _TEXTS else None
        if inner is not None:
            return (inner,), file.place(call)
    return (), place


def reads_only(call: ir.Call) -> bool:
    """Whether a call does nothing but read a field or its text."""
    return last_name(call.func) in {"getattr", *_TEXTS}


def _of_text(call: ir.Call) -> ir.Expr | None:
    """That of which a call gives the text: `key` of `str(key)` and of `key.strip()`."""
    if isinstance(call.func, ir.Attribute):
        return None if call.args else call.func.value
    return call.args[0].value if len(call.args) == 1 else None


def is_on_by_default(setting: Setting, analysis: Analysis) -> bool:
    """Whether a flag gets `true` unless told otherwise.

    From a field of settings, `str(settings.tracing).lower()`, or from the environment: `os.getenv(name, "true")`.
    """
    if _is_read_with_default(setting, analysis):
        return True
    field, is_said = _field_of_flag(setting)
    default = analysis.evidence.settings.default_of(field, TRACING_FLAGS) if field else None
    return (is_said and default == ir.Constant("True")) or (
        default is not None and _is_true(default)
    )


def _is_read_with_default(setting: Setting, analysis: Analysis) -> bool:
    """Whether a flag gets what a flag has in the environment, and `true` where that has none."""
    if setting.expr is None or setting.place is None:
        return False
    values = analysis.values.of(setting.file, setting.expr, setting.place)
    return bool(values) and all(
        isinstance(value, Environment)
        and value.variable in TRACING_FLAGS
        and value.default == (Literal("true"),)
        for value in values
    )


def exported_truths(analysis: Analysis, variables: tuple[str, ...]) -> frozenset[str]:
    """Those of some variables that fill a field of settings, which the program exports as `true` or `false`."""
    found: set[str] = set()
    for name in sorted(analysis.environment.suppliers):
        file = analysis.project.try_load(name)
        for setting in analysis.environment.settings(file) if file is not None else ():
            field, is_said = (
                _field_of_flag(setting) if setting.name in variables else ("", False)
            )
            if field and is_said:
                found |= analysis.evidence.settings.variables_of(field, variables)
    return frozenset(found)


def _field_of_flag(setting: Setting) -> tuple[str, bool]:
    """The field that a flag is set from, and whether its truth is spelled as the SDK wants it."""
    expr, place = setting.expr, setting.place
    if expr is None or place is None:
        return "", False
    is_said = isinstance(expr, ir.Conditional) and _is_true(expr.body)
    if isinstance(expr, ir.Conditional):
        expr = expr.test if is_said else expr
    elif isinstance(expr, ir.CallRef):
        # The text of a truth value is `True`, which LangSmith takes for off.
        is_said = last_name(setting.file.model.calls[expr.site].func) == "lower"
    return read_field(setting.file, expr, place), is_said


def _is_true(expr: ir.Expr) -> bool:
    return isinstance(expr, ir.Text) and expr.value == "true"
