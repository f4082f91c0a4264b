"""Examples that each run of a script adds once more, to a dataset that it takes if it is there already."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Placed, last_name
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
from lint_langsmith.analysis.values.abstract import FunctionRef, Group
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.analysis.values.call_graph import RUNS
from lint_langsmith.findings import Span
from lint_langsmith.rules.shared.certain import is_certain

# What adds examples, with the parameters that have them.
_ADDING: Final = {"create_example": ("inputs",), "create_examples": ("examples", "inputs")}
# What gives examples names of their own, by which a second one is refused.
_IDS: Final = frozenset({"example_id", "id", "ids"})
# What a program asks, deletes or changes that knows of the examples that are there.
_KNOWING: Final = ("list_examples", "read_example", "delete_", "update_example", "diff_dataset")
# What finds out whether a dataset is there, and what takes it.
_ASKING: Final = frozenset({"list_datasets", "has_dataset"})
_TAKING: Final = "read_dataset"
_EVALUATING: Final = frozenset({"evaluate", "aevaluate", "run_on_dataset", "arun_on_dataset"})
_COUNT: Final = "example_count"
# Blocks that run whenever the function does, or for each example.
_RUNNING: Final = frozenset({"with", "try", "try-else", "loop"})
# Where one program is run again and again by people: a route or a task gets other data each time.
_STARTED: Final = frozenset({"script", "cli", "notebook", None})


def added_again(file: File, analysis: Analysis) -> Iterator[ApiCall]:
    """The calls that add the same examples in each run, the first of each function."""
    calls = analysis.clients.api_calls(file)
    if not any(call.name in _ADDING for call in calls) or _knows(calls):
        return
    seen: set[int] = set()
    for call in calls:
        function = file.function_of(call.call.scope)
        if (
            call.name in _ADDING
            and function not in seen
            and bool(call.owner)
            and not _is_counted_before(call)
            and is_certain(call, analysis)
            and _adds_constants(call, analysis)
            and _is_reached_with_old(call, analysis)
            and _is_started(FunctionRef(file, function), analysis)
        ):
            seen.add(function)
            yield call


def _knows(calls: tuple[ApiCall, ...]) -> bool:
    """Whether a file asks for examples, or makes room for new ones."""
    return any(call.name.startswith(_KNOWING) for call in calls)


def _is_counted_before(adding: ApiCall) -> bool:
    """Whether a program asks how many examples there are, but for a look at the outcome behind the call."""
    file = adding.file
    function = file.function_of(adding.call.scope)
    behind = sum(
        file.function_of(read.scope) == function and read.order > adding.call.order
        for read in file.attribute_reads.get(_COUNT, ())
    )
    return file.code.count(_COUNT) > behind


def _adds_constants(call: ApiCall, analysis: Analysis) -> bool:
    """Whether a call adds what stands in the source, under ids that are new each time."""
    arguments = {arg.keyword: arg.value for arg in call.call.args if not arg.stars}
    if len(arguments) < len(call.call.args) or not _IDS.isdisjoint(arguments):
        return False
    first = arguments.get(None)
    passed = [arguments[name] for name in _ADDING[call.name] if name in arguments]
    added = passed[0] if passed else first
    if added is None:
        return False
    place = call.file.place(call.call)
    if call.name == "create_example":
        return _is_of_constant_loop(call, analysis)
    return _is_constant(call.file, added, place, analysis)


def _is_of_constant_loop(call: ApiCall, analysis: Analysis) -> bool:
    """Whether a call stands in a loop over a list that stands in the source."""
    file = call.file
    for block in file.block_chain(call.call.block):
        row = file.model.blocks[block]
        if row.kind == "loop":
            loop = file.model.loops[row.owner]
            return loop.iter is not None and _is_constant(
                file, loop.iter, file.place(call.call), analysis
            )
        if row.kind == "scope":
            return False
    return False


def _is_constant(file: File, expr: ir.Expr, place: Placed, analysis: Analysis) -> bool:
    """A list display, also under a name, and what is made of one item by item."""
    if isinstance(expr, ir.Comprehension):
        return _is_constant(file, expr.iter, place, analysis)
    if isinstance(expr, ir.CallRef):
        call = file.model.calls[expr.site]
        is_plain = last_name(call.func) in {"zip", "enumerate", "list"} and bool(call.args)
        return is_plain and all(
            _is_display(file, arg.value, place, analysis) for arg in call.args
        )
    return _is_display(file, expr, place, analysis)


def _is_display(file: File, expr: ir.Expr, place: Placed, analysis: Analysis) -> bool:
    if isinstance(expr, ir.Name):
        found = lookup(file, expr.id, place)
        if len(found) == 1 and found[0].kind == "import":
            values = analysis.values.of(file, expr, place)
            return all(isinstance(value, Group) and value.items for value in values)
        if len(found) != 1 or found[0].via != "direct" or found[0].value is None:
            return False
        expr = found[0].value
    return isinstance(expr, ir.Sequence) and bool(expr.items)


class _Datasets(NamedTuple):
    """Where a function creates datasets, in order, each with the choice around; and by choices, where it takes one.

    `first_asked` has the first call, if there is one, that takes a dataset or asks for one, `first_named` the first
    that takes one of a name that is the same in each run.
    """

    made: list[tuple[Span, int]]
    first_taken: dict[int, Span]
    first_asked: list[Span]
    first_named: list[Span]


def _datasets(analysis: Analysis, file: File) -> Mapping[int, _Datasets]:
    """By function, the datasets that a file creates under constant names, and takes."""
    table: dict[int, _Datasets] = {}
    for call in sorted(analysis.clients.api_calls(file), key=lambda call: call.span):
        beside = table.setdefault(file.function_of(call.call.scope), _Datasets([], {}, [], []))
        if call.name == "create_dataset" and _is_named(call, analysis):
            beside.made.append((call.span, _choice(file, call)))
        elif call.name == _TAKING:
            beside.first_taken.setdefault(_choice(file, call), call.span)
        asks = call.name == _TAKING or call.name in _ASKING
        if asks and not beside.first_asked:
            beside.first_asked.append(call.span)
        if call.name == _TAKING and not beside.first_named and _is_named(call, analysis):
            beside.first_named.append(call.span)
    return table


def _names_called(analysis: Analysis, file: File) -> frozenset[str]:
    """The methods of the SDK that a file calls."""
    return frozenset(call.name for call in analysis.clients.api_calls(file))


def _is_reached_with_old(adding: ApiCall, analysis: Analysis) -> bool:
    """Whether the function of a call takes a dataset that is there in place of a new one, and adds to either."""
    file = adding.file
    function = file.function_of(adding.call.scope)
    beside = analysis.once(_datasets, file)[function]
    around = [*_chain(file, adding.call.block)]
    taken = beside.first_taken
    names = analysis.once(_names_called, file)
    if "create_dataset" not in names:
        # Who evaluates by the program runs it again and again; who only fills a dataset may do so once.
        is_old = any(span < adding.span for span in beside.first_named)
        evaluates = not _EVALUATING.isdisjoint(names)
        return evaluates and is_old and _runs_always(file, adding.call.block)
    return (
        bisect_left(beside.made, (adding.span, -2)) == 1
        and any(span < adding.span for span in beside.first_asked)
        and _runs_always(file, adding.call.block)
        and beside.made[0][1] not in {-1, *around}
        and not any(taken.get(block, adding.span) < adding.span for block in around)
        and not _may_leave(adding, function, analysis)
    )


def _is_named(call: ApiCall, analysis: Analysis) -> bool:
    """Whether a dataset is created, or read, under a name that is the same in each run."""
    named = next((arg.value for arg in call.call.args if arg.keyword == "dataset_name"), None)
    first = call.call.args[0] if call.call.args else None
    if named is None and first is not None and first.keyword is None and not first.stars:
        named = first.value
    if named is None:
        return False
    return analysis.values.texts(call.file, named, call.file.place(call.call)) is not None


def _chain(file: File, block: int) -> Iterator[int]:
    """The blocks around a statement, up to its function."""
    for outer in file.block_chain(block):
        if file.model.blocks[outer].kind == "scope":
            return
        yield outer


def _runs_always(file: File, block: int) -> bool:
    return all(file.model.blocks[outer].kind in _RUNNING for outer in _chain(file, block))


def _choice(file: File, call: ApiCall) -> int:
    """The innermost block around a call that may not run, or may be left halfway; -1 for none."""
    return next(
        (
            block
            for block in _chain(file, call.call.block)
            if file.model.blocks[block].kind != "with"
        ),
        -1,
    )


def _may_leave(adding: ApiCall, function: int, analysis: Analysis) -> bool:
    """Whether a function may be left before it comes to a call, where the dataset is there."""
    first = analysis.once(_first_leaving, adding.file).get(function)
    return first is not None and first < adding.call.order


def _first_leaving(_: Analysis, file: File) -> Mapping[int, int]:
    """By function, the order of the first statement that leaves it."""
    table: dict[int, int] = {}
    rows: tuple[ir.Return | ir.Raise, ...] = (*file.model.returns, *file.model.raises)
    for row in rows:
        function = file.function_of(file.model.blocks[row.block].scope)
        if isinstance(row, ir.Raise) or row.scope == function:
            table[function] = min(row.order, table.get(function, row.order))
    return table


def _is_started(function: FunctionRef, analysis: Analysis) -> bool:
    """Whether nothing but people starts the program that runs a function."""
    running = analysis.call_graph.reaching([function], RUNS)
    return all(analysis.entry_points.role(caller) in _STARTED for caller in running)
