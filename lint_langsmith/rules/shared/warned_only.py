"""Programs that find out that the key is missing, say so, and trace all the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.environment.writes import Setting
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Placed, within
from lint_langsmith.analysis.values.abstract import Environment
from lint_langsmith.findings import Span
from lint_langsmith.sdk.variables import KEYS, TRACING_FLAGS


class WarnedOnly(NamedTuple):
    """A flag that is set to `true` whatever a test of the key finds; `told` is where the program says it is missing."""

    setting: Setting
    variable: str
    told: Span


def traced_without_key(file: File, analysis: Analysis) -> Iterator[WarnedOnly]:
    """The flags that a function sets although it has just told that there is no key, or tells it right behind."""
    flags = [
        setting
        for setting in analysis.environment.judged(file)
        if setting.name in TRACING_FLAGS
        and setting.value == "true"
        and setting.place is not None
    ]
    if not flags:
        return
    tests = [
        found for branch in file.model.branches if (found := _told(file, branch, analysis))
    ]
    for setting in flags:
        assert setting.place is not None
        outer = file.model.blocks[setting.place.block]
        for branch, variable, told in tests:
            beside = file.model.blocks[branch.body].parent
            if beside == setting.place.block and outer.scope == setting.place.scope:
                yield WarnedOnly(setting, variable, told)
                break


def _told(
    file: File, branch: ir.Branch, analysis: Analysis
) -> tuple[ir.Branch, str, Span] | None:
    """A test for a missing key, the variable, and where its branch says so: it goes on, and sets nothing."""
    if branch.body < 0 or branch.orelse >= 0 or file.model.blocks[branch.body].ends != "falls":
        return None
    inside = set(within(file, branch.body))
    if any(file.model.blocks[block].ends != "falls" for block in inside):
        return None
    variable = _missing_key(file, branch.test, analysis)
    rows = [file.model.calls[site] for site in file.rows_by_block.sites(inside)]
    sets = file.rows_by_block.stores(inside) or file.rows_by_block.bindings(inside)
    says = all(call.use.kind == "statement" or call.use.outer is not None for call in rows)
    return (branch, variable, rows[0].span) if variable and rows and says and not sets else None


def _missing_key(file: File, test: ir.Expr, analysis: Analysis) -> str:
    """The key's variable, where a test is for its absence: `not os.getenv("LANGSMITH_API_KEY")`; else empty."""
    if isinstance(test, ir.Unary) and test.op == "Not":
        asked = test.operand
    elif (
        isinstance(test, ir.Comparison)
        and test.ops == ("Is",)
        and test.rights == (ir.Constant("None"),)
    ):
        asked = test.left
    else:
        return ""
    place = _place(file, asked)
    values = analysis.values.of(file, asked, place) if place is not None else ()
    names = {value.variable for value in values if isinstance(value, Environment)}
    name = next(iter(names), "")
    return name if len(names) == 1 and len(values) == 1 and name in KEYS else ""


def _place(file: File, expr: ir.Expr) -> Placed | None:
    if isinstance(expr, ir.CallRef):
        return file.place(file.model.calls[expr.site])
    if isinstance(expr, ir.Name):
        read = next((row for row in file.model.reads if row.span == expr.span), None)
        return file.place(read) if read is not None else None
    return None
