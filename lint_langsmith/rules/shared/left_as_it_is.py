"""Programs that set the flag of tracing only where the key is there, and leave it as it is where the key is missing.

The flag they ask for is the environment's. Where it is on there, and the key is missing, such a function says that
tracing is off, or nothing, and the SDK traces all the same: it reads the environment, not the function's result.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.environment.flags import meaning
from lint_langsmith.analysis.environment.writes import Setting
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.walk import descend
from lint_langsmith.analysis.project.file import File, Placed, last_name, span_of, within
from lint_langsmith.analysis.values.abstract import Environment, FunctionRef
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.findings import Span
from lint_langsmith.rules.shared.settings_fields import operands, read_field
from lint_langsmith.rules.shared.warned_only import (
    is_key_field,
    missing_key,
    present_key,
    tested_at,
)
from lint_langsmith.sdk.variables import TRACING_FLAGS

# What ends the program where the key is missing.
_ENDING: Final = frozenset({"exit", "_exit", "abort", "quit", "stop"})
# The calls by which a variable is read.
_READING: Final = ("getenv", "get")
_THROUGH: Final = (ir.Unary, ir.Boolean, ir.Comparison)


class LeftAsItIs(NamedTuple):
    """A test of the key, behind which the flag is set only if there is one; `at` is where a finding about it stands."""

    at: Span
    setting: Setting
    flag: str


class _Test(NamedTuple):
    """A test of the key and the block that runs without it, -1 where the program just goes on."""

    at: Span
    without: int
    scope: int
    order: int


def left_as_it_is(file: File, analysis: Analysis) -> Iterator[LeftAsItIs]:
    """The first such test of each function of a file."""
    by_scope: dict[int, Setting] = {}
    for setting in analysis.environment.judged(file):
        if (
            setting.name in TRACING_FLAGS
            and setting.how == "set"
            and setting.place is not None
            and not _is_off(setting)
        ):
            by_scope.setdefault(setting.place.scope, setting)
    for scope, setting in by_scope.items():
        flag = _flag_read(file, scope, analysis)
        test = _test_of(file, setting, analysis) if flag else None
        if (
            test is not None
            and _goes_on(file, test.without, analysis)
            and not _is_turned_off(file, test, analysis)
        ):
            yield LeftAsItIs(test.at, setting, flag)


def _is_off(setting: Setting) -> bool:
    return setting.value is not None and meaning(setting.value) == "off"


def _is_turned_off(file: File, test: _Test, analysis: Analysis) -> bool:
    """Whether code of the file may turn tracing off where there is no key, or takes a flag out.

    What stands behind a test that leaves its function does not run without a key.
    """
    removed = analysis.environment.may_be_removed(file)
    if removed is None or not removed.isdisjoint(TRACING_FLAGS):
        return True
    leaves = test.without >= 0 and file.model.blocks[test.without].ends == "return"
    return any(
        not (
            leaves
            and setting.place is not None
            and setting.place.scope == test.scope
            and setting.place.order > test.order
        )
        for setting in analysis.environment.judged(file)
        if setting.name in TRACING_FLAGS and _is_off(setting)
    )


def _test_of(file: File, setting: Setting, analysis: Analysis) -> _Test | None:
    """The test of the key that decides whether a flag is set."""
    assert setting.place is not None
    around = set(file.block_chain(setting.place.block))
    for branch in file.model.branches:
        if branch.body < 0 or file.model.blocks[branch.body].scope != setting.place.scope:
            continue
        if branch.body in around:
            # A module that sets it with the key, and says nothing of the rest, tells nobody that tracing is off.
            if branch.orelse < 0 and setting.place.scope == 0:
                continue
            at = _asked_for_key(file, branch, "and", analysis, is_missing=False)
            if at is not None:
                return _Test(at, branch.orelse, setting.place.scope, branch.order)
        elif (
            branch.orelse < 0
            and branch.order < setting.place.order
            and file.model.blocks[branch.body].ends == "return"
            and file.model.blocks[branch.body].parent in around
        ):
            at = _asked_for_key(file, branch, "or", analysis, is_missing=True)
            at = at or _asked_for_key(file, branch, "and", analysis, is_missing=True)
            if at is not None:
                return _Test(at, branch.body, setting.place.scope, branch.order)
    return None


def _asked_for_key(
    file: File, branch: ir.Branch, op: str, analysis: Analysis, *, is_missing: bool
) -> Span | None:
    """Where a condition asks for the key, or for its absence if `is_missing`, among others that `op` joins."""
    test, place = branch.test, tested_at(file, branch)
    asks = _is_missing if is_missing else _is_there
    for part in test.values if isinstance(test, ir.Boolean) and test.op == op else (test,):
        if asks(file, part, place, analysis):
            return _span(file, part)
    return None


def _is_missing(file: File, test: ir.Expr, place: Placed, analysis: Analysis) -> bool:
    if isinstance(test, ir.Unary) and test.op == "Not":
        return _is_there(file, test.operand, place, analysis)
    return bool(missing_key(file, test, analysis))


def _is_there(file: File, test: ir.Expr, place: Placed, analysis: Analysis) -> bool:
    if isinstance(test, ir.CallRef):
        call = file.model.calls[test.site]
        if last_name(call.func) == "bool" and len(call.args) == 1:
            return _is_there(file, call.args[0].value, file.place(call), analysis)
    return bool(present_key(file, test, analysis)) or any(
        is_key_field(read_field(file, leaf, where), analysis)
        for leaf, where in operands(file, test, place)
    )


def _span(file: File, expr: ir.Expr) -> Span | None:
    for part in descend(expr, through=_THROUGH):
        span = span_of(file, part)
        if span is not None:
            return span
    return None


def _flag_read(file: File, scope: int, analysis: Analysis) -> str:
    """A flag that the conditions of a function ask the environment for, or a field of settings that has it."""
    for name in _READING:
        for site in file.calls_by_name.get(name, ()):
            if file.model.calls[site].scope == scope:
                for value in analysis.values.relevant_only.call(file, site):
                    if isinstance(value, Environment) and value.variable in TRACING_FLAGS:
                        return value.variable
    for branch in file.model.branches:
        if branch.body < 0 or file.model.blocks[branch.body].scope != scope:
            continue
        for part in descend(branch.test, through=_THROUGH):
            place = tested_at(file, branch)
            found = _flag_of_field(file, part, place, analysis)
            found = found or _flag_of_name(file, part, place, analysis)
            if found:
                return found
    return ""


def _flag_of_name(file: File, part: ir.Expr, place: Placed, analysis: Analysis) -> str:
    """The flag that a name of a module is made from: `TRACING = os.getenv("LANGSMITH_TRACING") == "true"`."""
    rows = lookup(file, part.id, place) if isinstance(part, ir.Name) else ()
    if len(rows) != 1:
        return ""
    row, there = rows[0], file
    if row.kind == "import" and row.member is not None and not row.level:
        module = analysis.project.find_module(row.module, file)
        made = [] if module is None else module.bindings.get((0, row.member), [])
        if module is None or len(made) != 1:
            return ""
        row, there = made[0], module
    for inner in descend(row.value, there.model.calls) if row.value is not None else ():
        if isinstance(inner, ir.CallRef):
            for value in analysis.values.relevant_only.call(there, inner.site):
                if isinstance(value, Environment) and value.variable in TRACING_FLAGS:
                    return value.variable
    return ""


def _flag_of_field(file: File, part: ir.Expr, place: Placed, analysis: Analysis) -> str:
    """The flag that fills a field of settings, where something hands the environment's over or loads it."""
    field = read_field(file, part, place) if isinstance(part, (ir.Attribute, ir.Name)) else ""
    names = (
        analysis.evidence.settings.variables_of(field, TRACING_FLAGS) if field else frozenset()
    )
    if not names or not analysis.once(_is_exported, names):
        return ""
    return min(names)


def _is_exported(analysis: Analysis, names: frozenset[str]) -> bool:
    """Whether a process gets one of some flags from what starts it, or code loads a file of variables."""
    given = (
        given
        for process in analysis.processes.all
        if process.is_exported
        for name in names
        if (given := process.effective(name)) is not None
    )
    if any(item.setting.place is None for item in given):
        return True
    files = map(analysis.project.try_load, sorted(analysis.environment.suppliers))
    return any(
        file is not None and not file.is_test and bool(analysis.environment.loads(file))
        for file in files
    )


def _goes_on(file: File, block: int, analysis: Analysis) -> bool:
    """Whether what runs without a key only tells so, and lets the program go on."""
    if block < 0:
        return True
    inside = set(within(file, block))
    rows = file.rows_by_block
    if rows.raises(inside) or rows.stores(inside):
        return False
    for site in rows.sites(inside):
        if last_name(file.model.calls[site].func) in _ENDING:
            return False
        callees = analysis.values.relevant_only.callee(file, site)
        if any(isinstance(callee, FunctionRef) for callee in callees):
            return False
    return True
