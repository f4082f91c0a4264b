"""Programs that find out whether the key is missing, and trace all the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.environment.writes import Setting
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Placed, last_name, within
from lint_langsmith.analysis.project.tests_of_names import dotted
from lint_langsmith.analysis.values.abstract import Environment, ExternalName, Literal
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.findings import Span
from lint_langsmith.sdk.variables import KEYS, TRACING_FLAGS

# What is done with a name that is missing, to be told of it later.
_COLLECTING: Final = frozenset({"append", "add"})


class WarnedOnly(NamedTuple):
    """A flag that is set to `true` whatever a test of the key finds.

    `known` is where the program says that it is missing (`is_told`), or uses it only if it is there.
    """

    setting: Setting
    variable: str
    known: Span
    is_told: bool


class _Test(NamedTuple):
    """A test of the key that leads to nothing about tracing; `block` is the one in which it is made."""

    block: int
    variable: str
    known: Span
    is_told: bool


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
        found for branch in file.model.branches if (found := _test(file, branch, analysis))
    ]
    for setting in flags:
        assert setting.place is not None
        outer = file.model.blocks[setting.place.block]
        for test in tests:
            if test.block == setting.place.block and outer.scope == setting.place.scope:
                yield WarnedOnly(setting, test.variable, test.known, test.is_told)
                break


def _test(file: File, branch: ir.Branch, analysis: Analysis) -> _Test | None:
    """A test of the key whose branches go on and either only tell, or only pass the key on."""
    if branch.body < 0:
        return None
    inside = set(within(file, branch.body))
    if any(file.model.blocks[block].ends != "falls" for block in inside):
        return None
    if branch.orelse >= 0:
        return _passed_on_or_told(file, branch, inside, analysis)
    missing = _missing_key(file, branch.test, analysis)
    is_told = bool(missing)
    if missing:
        known = _only_told(file, inside)
    else:
        missing, known = _only_passed_on(file, branch.test, inside, analysis)
    if known is None:
        return None
    beside = _outside_loops(file, file.model.blocks[branch.body].parent)
    return _Test(beside, missing, known, is_told=is_told)


def _passed_on_or_told(
    file: File, branch: ir.Branch, inside: set[int], analysis: Analysis
) -> _Test | None:
    """A test that passes the key on in one branch, and only tells in the other that there is none."""
    other = set(within(file, branch.orelse))
    if any(file.model.blocks[block].ends != "falls" for block in other):
        return None
    variable, passed_on = _only_passed_on(file, branch.test, inside, analysis)
    told = _only_told(file, other)
    if passed_on is None or told is None:
        return None
    beside = _outside_loops(file, file.model.blocks[branch.body].parent)
    return _Test(beside, variable, told, is_told=True)


def _only_told(file: File, inside: set[int]) -> Span | None:
    """The first statement of a branch that says something, and sets nothing."""
    rows = [file.model.calls[site] for site in file.rows_by_block.sites(inside)]
    sets = file.rows_by_block.stores(inside) or file.rows_by_block.bindings(inside)
    says = all(
        (call.use.kind == "statement" and not _collects(call)) or call.use.outer is not None
        for call in rows
    )
    return rows[0].span if rows and says and not sets else None


def _only_passed_on(
    file: File, test: ir.Expr, inside: set[int], analysis: Analysis
) -> tuple[str, Span | None]:
    """Where a branch sets the key's variables to what it tests, if it does nothing else, and the variable."""
    calls = list(file.rows_by_block.sites(inside))
    stores = list(file.rows_by_block.stores(inside))
    set_here = [
        setting
        for setting in analysis.environment.judged(file)
        if setting.place is not None and setting.place.block in inside
    ]
    names = {setting.name for setting in set_here}
    if calls or not set_here or len(set_here) != len(stores) or not names.issubset(KEYS):
        return "", None
    variable = _present_key(file, test, analysis)
    if variable in names:
        return variable, set_here[0].at
    if _is_of_settings(test, analysis) and all(_is_same(store.value, test) for store in stores):
        return set_here[0].name, set_here[0].at
    return "", None


def _is_of_settings(tested: ir.Expr, analysis: Analysis) -> bool:
    """Whether an attribute is a field of settings that has the key: nothing else gives it to the process."""
    return isinstance(tested, ir.Attribute) and analysis.evidence.is_only_filled_from(
        tested.name, KEYS
    )


def _is_same(value: ir.Expr | None, tested: ir.Expr) -> bool:
    return value is not None and dotted(value) == dotted(tested) != ""


def _outside_loops(file: File, block: int) -> int:
    """The block around the loops over constants in which a block stands: `for name in ("A", "B"):`."""
    while file.model.blocks[block].kind == "loop":
        iterated = file.model.loops[file.model.blocks[block].owner].iter
        if not isinstance(iterated, (ir.Sequence, ir.Name)):
            break
        block = file.model.blocks[block].parent
    return block


def _asked(test: ir.Expr) -> ir.Expr:
    """What a test for something missing asks about: `key` of `not key` and `key is None`; the test itself otherwise."""
    if isinstance(test, ir.Unary) and test.op == "Not":
        return test.operand
    if isinstance(test, ir.Comparison) and test.ops == ("Is",):
        return test.left if test.rights == (ir.Constant("None"),) else test
    return test


def _missing_key(file: File, test: ir.Expr, analysis: Analysis) -> str:
    """The key's variable, where a test is for its absence: `not os.getenv("LANGSMITH_API_KEY")`; else empty."""
    if isinstance(test, ir.Name):
        return _key_collected(file, test, analysis)
    return _key_asked_for(file, test, analysis)


def _key_asked_for(file: File, test: ir.Expr, analysis: Analysis) -> str:
    if isinstance(test, ir.Comparison) and test.ops == ("NotIn",):
        return _key_looked_for(file, test, analysis)
    asked = _asked(test)
    return _key_of(file, asked, analysis) if asked != test else ""


def _key_collected(file: File, collected: ir.Name, analysis: Analysis) -> str:
    """The key's variable among those that a list has if they are missing; else empty.

    The list is made at once, `[name for name in names if not os.getenv(name)]`, or gets them one by one.
    """
    place = _place(file, collected)
    rows = lookup(file, collected.id, place) if place is not None else ()
    if place is None or len(rows) != 1 or rows[0].via != "direct":
        return ""
    made = rows[0].value
    if not isinstance(made, ir.Comprehension):
        return _key_added(file, collected.id, rows[0].scope, analysis)
    if len(made.conditions) != 1:
        return ""
    return _key_asked_for(file, made.conditions[0], analysis)


def _key_added(file: File, name: str, scope: int, analysis: Analysis) -> str:
    """The key's variable whose absence leads to an `append` to the list of a name."""
    for site in file.sites_by_base.get(name, ()):
        call = file.model.calls[site]
        block = file.model.blocks[call.block]
        if call.scope == scope and block.kind == "if" and _collects(call):
            missing = _key_asked_for(file, file.model.branches[block.owner].test, analysis)
            if missing:
                return missing
    return ""


def _collects(call: ir.Call) -> bool:
    """Whether a call adds to a collection: `missing.append(name)`."""
    return isinstance(call.func, ir.Attribute) and call.func.name in _COLLECTING


def _present_key(file: File, test: ir.Expr, analysis: Analysis) -> str:
    """The key's variable, where a test is for its presence: `os.getenv("LANGSMITH_API_KEY")`; else empty."""
    if isinstance(test, ir.Comparison) and test.ops == ("In",):
        return _key_looked_for(file, test, analysis)
    return _key_of(file, test, analysis)


def _key_looked_for(file: File, test: ir.Comparison, analysis: Analysis) -> str:
    """The key's variable that a test looks for in `os.environ` or in Streamlit's secrets, also as one of a loop."""
    if last_name(test.rights[0]) not in {"environ", "secrets"}:
        return ""
    place = _place(file, test.left)
    values = analysis.values.of(file, test.left, place) if place is not None else ()
    names = [value.text for value in values if isinstance(value, Literal)]
    names += [test.left.value] if isinstance(test.left, ir.Text) else []
    return next((name for name in names if name in KEYS), "")


def _key_of(file: File, asked: ir.Expr, analysis: Analysis) -> str:
    """The key's variable that an expression reads, also as one of those that a loop reads in turn; else empty."""
    place = _place(file, asked)
    values = analysis.values.of(file, asked, place) if place is not None else ()
    names = [value.variable for value in values if isinstance(value, Environment)]
    if not names and isinstance(asked, ir.CallRef):
        names = _read_in_turn(file, asked.site, analysis)
    elif len(names) != len(values):
        return ""
    return next((name for name in names if name in KEYS), "")


_READS: Final = frozenset({ExternalName("os.getenv"), ExternalName("os.environ.get")})


def _read_in_turn(file: File, site: int, analysis: Analysis) -> list[str]:
    """The variables that `os.getenv(name)` reads in a loop over their names."""
    call = file.model.calls[site]
    callees = analysis.values.callee(file, site)
    if len(call.args) != 1 or not callees or not _READS.issuperset(callees):
        return []
    values = analysis.values.of(file, call.args[0].value, file.place(call))
    return [value.text for value in values if isinstance(value, Literal)]


def _place(file: File, expr: ir.Expr) -> Placed | None:
    if isinstance(expr, ir.CallRef):
        return file.place(file.model.calls[expr.site])
    if isinstance(expr, ir.Name):
        read = file.reads_by_span.get(expr.span)
        return file.place(read) if read is not None else None
    return None
