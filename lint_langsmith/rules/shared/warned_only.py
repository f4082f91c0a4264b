"""Programs that find out whether the key is missing, and trace all the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias
from typing import Literal as OneOf

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.environment.writes import Setting
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.walk import descend
from lint_langsmith.analysis.project.file import File, Place, Placed, last_name, within
from lint_langsmith.analysis.values.abstract import Environment, ExternalName, Literal
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.findings import Span
from lint_langsmith.rules.shared.settings_fields import (
    is_on_by_default,
    operands,
    read_field,
    reads_only,
)
from lint_langsmith.sdk.variables import KEYS, TRACING_FLAGS

# What is done with a name that is missing, to be told of it later.
_COLLECTING: Final = frozenset({"append", "add"})
# What a program does about a missing key: it tells of it, passes on only one that is there, or makes it a blank.
Reaction: TypeAlias = OneOf["told", "passed", "blanked"]


class WarnedOnly(NamedTuple):
    """A flag that is set to `true` whether or not there is a key; `known` is where the program shows that it knows."""

    setting: Setting
    variable: str
    known: Span
    reaction: Reaction


class _Test(NamedTuple):
    """A test of the key that leads to nothing about tracing; `block` is the one in which it is made."""

    block: int
    variable: str
    known: Span
    reaction: Reaction


def traced_without_key(file: File, analysis: Analysis) -> Iterator[WarnedOnly]:
    """The flags that a function sets although it has just told that there is no key, or tells it right behind.

    Of several flags beside each other the first: one fault has one finding.
    """
    flags = [
        setting
        for setting in analysis.environment.judged(file)
        if setting.name in TRACING_FLAGS
        and setting.place is not None
        and (setting.value == "true" or is_on_by_default(setting, analysis))
    ]
    if not flags:
        return
    tests = [
        found for branch in file.model.branches if (found := _test(file, branch, analysis))
    ]
    tests += _blanked(file, analysis)
    # The first test of each block, in their order.
    first: dict[int, tuple[int, _Test]] = {}
    for number, test in enumerate(tests):
        first.setdefault(test.block, (number, test))
    for setting in sorted(flags, key=lambda flag: flag.at):
        beside = _beside(file, setting, analysis)
        found_there = [first.pop(block) for block in beside if block in first]
        for _, test in sorted(found_there, key=_number):
            yield WarnedOnly(setting, test.variable, test.known, test.reaction)


def _beside(file: File, setting: Setting, analysis: Analysis) -> set[int]:
    """The block in which a flag is set, and those around it in its function, while no condition may ask for a key."""
    assert setting.place is not None
    found: set[int] = set()
    for block in file.block_chain(setting.place.block):
        row = file.model.blocks[block]
        found.add(block)
        if row.kind not in {"if", "else"} or analysis.once(_are_for_key, (file, block)):
            break
    return found


def _are_for_key(analysis: Analysis, at: tuple[File, int]) -> bool:
    """Whether the condition of a block, or one in it behind which it may be left, may ask for a key."""
    file, block = at
    asked = (
        file.model.branches[file.model.blocks[block].owner],
        *analysis.once(_leaving, file).get(block, ()),
    )
    return any(_may_ask_for_key(file, branch, analysis) for branch in asked)


def _leaving(_: Analysis, file: File) -> Mapping[int, Sequence[ir.Branch]]:
    """By block, the conditions in it behind which it may be left."""
    blocks = file.model.blocks
    table: dict[int, list[ir.Branch]] = defaultdict(list)
    for branch in file.model.branches:
        if branch.body >= 0 and blocks[branch.body].ends != "falls":
            table[blocks[branch.body].parent].append(branch)
    return table


def _may_ask_for_key(file: File, branch: ir.Branch, analysis: Analysis) -> bool:
    """Whether a condition may depend on a key: it calls something, or asks what is not plainly something else."""
    at = tested_at(file, branch)
    for part in descend(branch.test, through=(ir.Unary, ir.Boolean, ir.Comparison)):
        if isinstance(part, ir.CallRef):
            return True
        if isinstance(part, ir.Name) and keys_read(file, part, at, analysis) != ():
            return True
        if isinstance(
            part, ir.Attribute
        ) and not analysis.evidence.settings.is_only_filled_from(part.name, TRACING_FLAGS):
            return True
    return False


def _blanked(file: File, analysis: Analysis) -> Iterator[_Test]:
    """`os.environ["LANGSMITH_API_KEY"] = settings.key or ""`: a blank where the key is missing."""
    for setting in analysis.environment.judged(file):
        expr, place = setting.expr, setting.place
        if (
            setting.name in KEYS
            and place is not None
            and isinstance(expr, ir.Boolean)
            and expr.op == "or"
            and len(expr.values) == 2
            and isinstance(expr.values[1], ir.Text)
            and not expr.values[1].value.strip()
        ):
            field = read_field(file, expr.values[0], place)
            if is_key_field(field, analysis) and field not in analysis.once(_tested, None):
                yield _Test(place.block, setting.name, setting.at, "blanked")


def _tested(analysis: Analysis, _: object) -> frozenset[str]:
    """The attributes that conditions ask for: what they decide may be whether the code behind them runs at all."""
    through = (ir.Unary, ir.Boolean, ir.Comparison)
    return frozenset(
        part.name
        for file in analysis.in_scope_files()
        for branch in file.model.branches
        for part in descend(branch.test, through=through)
        if isinstance(part, ir.Attribute)
    )


def _test(file: File, branch: ir.Branch, analysis: Analysis) -> _Test | None:
    """A test of the key whose branches go on and either only tell, or only pass the key on."""
    if branch.body < 0:
        return None
    inside = set(within(file, branch.body))
    if any(file.model.blocks[block].ends != "falls" for block in inside):
        return None
    if branch.orelse >= 0:
        return _passed_on_or_told(file, branch, inside, analysis)
    missing = missing_key(file, branch.test, analysis)
    reaction: Reaction = "told" if missing else "passed"
    if missing:
        known = only_told(file, inside)
    else:
        missing, known = _only_passed_on(file, branch, inside, analysis)
    if known is None:
        return None
    beside = _outside_loops(file, file.model.blocks[branch.body].parent)
    return _Test(beside, missing, known, reaction)


def _passed_on_or_told(
    file: File, branch: ir.Branch, inside: set[int], analysis: Analysis
) -> _Test | None:
    """A test that passes the key on in one branch, and only tells in the other that there is none."""
    other = set(within(file, branch.orelse))
    if any(file.model.blocks[block].ends != "falls" for block in other):
        return None
    missing = missing_key(file, branch.test, analysis)
    if missing:
        told, passed_on = only_told(file, inside), _sets_key_only(file, other, analysis)
        variable = missing
    else:
        variable, at = _only_passed_on(file, branch, inside, analysis)
        told, passed_on = only_told(file, other), at is not None
    if not passed_on or told is None:
        return None
    beside = _outside_loops(file, file.model.blocks[branch.body].parent)
    return _Test(beside, variable, told, "told")


def _sets_key_only(file: File, inside: set[int], analysis: Analysis) -> bool:
    """Whether a branch does nothing but set the key's variables."""
    by_block = analysis.once(_set_in_blocks, file)
    set_here = [setting for block in inside for _, setting in by_block.get(block, ())]
    names = {setting.name for setting in set_here}
    return bool(set_here) and names.issubset(KEYS) and _sets_only(file, inside, set_here)


def only_told(file: File, inside: set[int]) -> Span | None:
    """The first statement of a branch that says something, and sets nothing."""
    rows = [file.model.calls[site] for site in file.rows_by_block.sites(inside)]
    sets = file.rows_by_block.stores(inside) or file.rows_by_block.bindings(inside)
    says = all(
        (call.use.kind == "statement" and not _collects(call)) or call.use.outer is not None
        for call in rows
    )
    return rows[0].span if rows and says and not sets else None


def _only_passed_on(
    file: File, branch: ir.Branch, inside: set[int], analysis: Analysis
) -> tuple[str, Span | None]:
    """Where a branch sets the key's variables to what it tests, if it does nothing else, and the variable."""
    by_block = analysis.once(_set_in_blocks, file)
    numbered = sorted((row for block in inside for row in by_block.get(block, ())), key=_number)
    set_here = [setting for _, setting in numbered]
    names = {setting.name for setting in set_here}
    if not set_here or not names.issubset(KEYS) or not _sets_only(file, inside, set_here):
        return "", None
    variable = present_key(file, branch.test, analysis)
    if variable:
        return variable, set_here[0].at
    field = read_field(file, branch.test, tested_at(file, branch))
    if is_key_field(field, analysis) and all(
        _field_of(setting) == field for setting in set_here
    ):
        return set_here[0].name, set_here[0].at
    return "", None


def _set_in_blocks(
    analysis: Analysis, file: File
) -> Mapping[int, Sequence[tuple[int, Setting]]]:
    """By block, what a file sets there, with their numbers in the file."""
    table: dict[int, list[tuple[int, Setting]]] = defaultdict(list)
    for number, setting in enumerate(analysis.environment.judged(file)):
        if setting.place is not None:
            table[setting.place.block].append((number, setting))
    return table


def _number(numbered: tuple[int, object]) -> int:
    return numbered[0]


def _sets_only(file: File, inside: set[int], set_here: list[Setting]) -> bool:
    """Whether a branch does nothing but set variables, each by a statement of its own."""
    calls = [file.model.calls[site] for site in file.rows_by_block.sites(inside)]
    setting = [call for call in calls if last_name(call.func) == "setdefault"]
    others = [call for call in calls if call not in setting]
    stores = list(file.rows_by_block.stores(inside))
    return len(set_here) == len(stores) + len(setting) and all(map(reads_only, others))


def tested_at(file: File, branch: ir.Branch) -> Placed:
    """The place of the condition of a branch: its names are read there."""
    place = _place(file, branch.test)
    if place is not None:
        return place
    block = file.model.blocks[branch.body]
    return Place(block.scope, block.parent, branch.order)


def _field_of(setting: Setting) -> str:
    assert setting.place is not None
    return read_field(setting.file, setting.expr, setting.place) if setting.expr else ""


def is_key_field(field: str, analysis: Analysis) -> bool:
    """Whether an attribute is a field of settings that has the key: nothing else gives it to the process."""
    return bool(field) and analysis.evidence.settings.is_only_filled_from(field, KEYS)


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


def missing_key(file: File, test: ir.Expr, analysis: Analysis) -> str:
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
        return analysis.once(_key_added, (file, collected.id, rows[0].scope))
    if len(made.conditions) != 1:
        return ""
    return _key_asked_for(file, made.conditions[0], analysis)


def _key_added(analysis: Analysis, collected: tuple[File, str, int]) -> str:
    """The key's variable whose absence leads to an `append` to the list of a name in a scope."""
    file, name, scope = collected
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


def present_key(file: File, test: ir.Expr, analysis: Analysis) -> str:
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
        names = []
    found = next((name for name in names if name in KEYS), "")
    if found or place is None:
        return found
    return next(iter(keys_read(file, asked, place, analysis) or ()), "")


def keys_read(
    file: File, expr: ir.Expr, place: Placed, analysis: Analysis
) -> tuple[str, ...] | None:
    """The variables of keys one of which an expression reads: `(os.getenv("A") or os.getenv("B") or "").strip()`.

    None where it may read something else.
    """
    found: list[str] = []
    for leaf, where in operands(file, expr, place):
        values = analysis.values.of(file, leaf, where)
        for value in values:
            if isinstance(value, Environment):
                found.append(value.variable)
            elif not (isinstance(value, Literal) and not value.text.strip()):
                return None
    return tuple(found) if found and all(name in KEYS for name in found) else ()


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
