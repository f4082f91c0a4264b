"""LS507: results that are used for what they are not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from lint_langsmith import lazy_re
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.exceptions.hiding import hides_type_error
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Place, Placed
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
from lint_langsmith.analysis.values.abstract import ExternalName, FunctionRef, Value
from lint_langsmith.analysis.values.bindings import besides_none, lookup
from lint_langsmith.findings import Related, Severity, Span, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.rules.shared.attributes import spans_behind_conditions, wrong_attributes
from lint_langsmith.rules.shared.certain import is_certain
from lint_langsmith.rules.shared.lazy import guards_unused, is_lazy, is_unused

_NONE: Final = ir.Constant("None")
_ENTERED: Final = "returns nothing, and not a context manager, so `with` fails"
_NOT_READ: Final = "returns nothing; what is asked here is always None"
# What does not raise: there is nothing that a handler could hide.
_RUNS = lazy_re.compile("true|no request is sent|always None")


@rule("LS507", "misused-result", severity=Severity.WARNING, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A call result is used as a list although it is an iterator, or is used although it is None.

    ## What it does
    For `list_runs`, `list_examples`, `list_projects` and other methods that return an iterator, reports `len()` and
    indexing of the result, tests whether it is empty (an iterator is always true), and calls whose result is never
    iterated, which send no request. For `create_run`, `update_run` and other methods that return `None`, reports
    attributes and items of the result, `with` of it, and functions that return the result of `create_run` as the run's
    id, or ask whether it is None. For runs, examples, datasets and other results, reports attributes that the result
    has in no release, `hasattr()` of one, which is always false, and an index (`run["outputs"]`): they are no dicts;
    likewise for what `evaluate()` passes to targets and evaluators, and for attributes of a dict
    (`run.outputs.answer`).

    ## Why it matters
    `len()` and indexing of a generator raise `TypeError`; inside a broad handler LangSmith seems to be unavailable.
    `create_run` returns `None`, so `.id` raises `AttributeError` after the run was sent.

    ## Example
    ```python
    import os

    from langsmith import Client

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])
    try:
        projects = client.list_projects()
        print(len(projects))
    except Exception as error:
        print("failed:", error)
    ```

    ## Use instead
    ```python
    import os

    from langsmith import Client

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])
    try:
        projects = list(client.list_projects())
        print(len(projects))
    except Exception as error:
        print("failed:", error)
    ```

    ## Not flagged
    Results passed to `list()`, `tuple()` or `sorted()`; names that may have another value than the result or None;
    methods that return a list in one of the project's releases.

    ## Fix safety
    There is no automatic fix: `list()` may read thousands of runs.

    ## References
    - Executed on langsmith 0.1.0 to 0.15.0; methods that return `None` by their annotations.
    """
    yield from wrong_attributes(file, analysis)
    calls = {
        call.site: call
        for call in analysis.clients.api_calls(file)
        if _is_suspect(call, analysis)
    }
    if not calls:
        return
    found: dict[tuple[int, str], list[_Misuse]] = defaultdict(list)
    used = (
        *_lengths(file, calls, analysis),
        *_items(file, calls),
        *_tests(file, calls, analysis),
        *_ids(file, calls),
        *_entered(calls),
    )
    told = {misuse.call.site for misuse in used}
    for misuse in (*used, *_unused(calls, analysis), *_asked_whether_made(file, calls, told)):
        found[misuse.call.site, misuse.words].append(misuse)
    for (_, words), uses in found.items():
        yield _violation(words, uses, analysis)


class _Misuse(NamedTuple):
    """A use of the result of a call that can't be right; `words` say why."""

    call: ApiCall
    words: str
    span: Span
    block: int


_Calls: TypeAlias = Mapping[int, ApiCall]


def _is_suspect(call: ApiCall, analysis: Analysis) -> bool:
    """Whether a call surely is the SDK's, and gives an iterator or nothing."""
    return (is_lazy(call) or _gives_nothing(call)) and is_certain(call, analysis)


def _lengths(file: File, calls: _Calls, analysis: Analysis) -> Iterator[_Misuse]:
    for site in file.calls_by_name.get("len", ()):
        row = file.model.calls[site]
        if len(row.args) != 1 or analysis.values.callee(file, site) != (
            ExternalName("builtins.len"),
        ):
            continue
        call = _source(file, row.args[0].value, file.place(row), calls)
        if call is not None and is_lazy(call):
            yield _Misuse(call, "returns an iterator, which has no length", row.span, row.block)


def _items(file: File, calls: _Calls) -> Iterator[_Misuse]:
    behind_conditions = spans_behind_conditions(file)
    for load in file.model.loads:
        place = Place(load.scope, load.block, load.order)
        expr: ir.Expr = load.expr
        while isinstance(expr, (ir.Attribute, ir.Subscript)):
            call = _source(file, expr.value, place, calls)
            if call is not None:
                if isinstance(expr, ir.Subscript) and is_lazy(call):
                    yield _Misuse(
                        call,
                        "returns an iterator, which can't be indexed",
                        expr.span,
                        load.block,
                    )
                elif _gives_nothing(call) and not (
                    isinstance(expr, ir.Attribute) and expr.name.startswith("__")
                ):
                    words = (
                        _NOT_READ
                        if expr.span in behind_conditions
                        else _failing(file, expr.value, load.block)
                    )
                    yield _Misuse(call, words, expr.span, load.block)
                break
            expr = expr.value


def _failing(file: File, expr: ir.Expr, block: int) -> str:
    """What becomes of a use of nothing: it fails, or it is never come to, behind `if run:`."""
    name = expr.id if isinstance(expr, ir.Name) else ""
    around = set(file.block_chain(block))
    for branch in file.model.branches:
        if (branch.body in around and _asks_for_some(branch.test, name)) or (
            branch.orelse in around and _asks_for_none(branch.test, name)
        ):
            return f"returns nothing; `{name}` is always None, so this code never runs"
    if _is_left_before(file, name, block):
        return f"returns nothing; `{name}` is always None, so this code never runs"
    return "returns nothing, so this fails"


def _is_left_before(file: File, name: str, block: int) -> bool:
    """Whether a function leaves where a name is None, before it comes to a block: `if run is None: return`."""
    function = file.function_of(file.model.blocks[block].scope)
    return any(
        branch.body >= 0
        and file.model.blocks[branch.body].ends != "falls"
        and file.function_of(file.model.blocks[branch.body].scope) == function
        and _asks_for_none(branch.test, name)
        for branch in file.model.branches
    )


def _asks_for_some(test: ir.Expr, name: str) -> bool:
    """`run`, `run is not None`, `run and loud`."""
    tested = test.values if isinstance(test, ir.Boolean) and test.op == "and" else (test,)
    return any(
        (isinstance(part, ir.Name) and part.id == name) or _compares(part, name, "IsNot")
        for part in tested
    )


def _asks_for_none(test: ir.Expr, name: str) -> bool:
    return any(_is_none(part, name) for part in _alternatives(test))


def _alternatives(test: ir.Expr) -> tuple[ir.Expr, ...]:
    return test.values if isinstance(test, ir.Boolean) and test.op == "or" else (test,)


def _is_none(test: ir.Expr, name: str) -> bool:
    """`run is None`, `not run`."""
    if isinstance(test, ir.Unary) and test.op == "Not":
        return isinstance(test.operand, ir.Name) and test.operand.id == name
    return _compares(test, name, "Is")


def _compares(test: ir.Expr, name: str, op: str) -> bool:
    """Whether a test compares a name with None."""
    return (
        isinstance(test, ir.Comparison)
        and isinstance(test.left, ir.Name)
        and test.left.id == name
        and test.ops == (op,)
        and test.rights == (_NONE,)
    )


def _tests(file: File, calls: _Calls, analysis: Analysis) -> Iterator[_Misuse]:
    """`if not runs:` of a generator."""
    for branch in file.model.branches:
        test = branch.test
        inner = test.operand if isinstance(test, ir.Unary) and test.op == "Not" else test
        if not isinstance(inner, ir.Name):
            continue
        read = file.reads_by_span.get(inner.span)
        if read is None:
            continue
        call = _source(file, inner, file.place(read), calls)
        bindings = lookup(file, inner.id, read)
        if len(besides_none(bindings)) != len(bindings):
            continue  # The test tells None from an iterator.
        if call is not None and is_lazy(call):
            yield _Misuse(
                call,
                "returns an iterator, which is true even when it is empty",
                inner.span,
                read.block,
            )
        filled = _filling(file, inner, read, calls, analysis) if call is None else None
        if filled is not None:
            yield _Misuse(
                filled,
                f"is gone through by the iterator `{inner.id}`, which is true even when it is empty",
                inner.span,
                read.block,
            )


# Builtins that give an iterator of what they are given, and ask nothing before somebody goes through it.
_LAZILY: Final = frozenset(
    ExternalName(f"builtins.{name}") for name in ("map", "filter", "zip", "enumerate", "iter")
)


def _filling(
    file: File, name: ir.Name, place: Placed, calls: _Calls, analysis: Analysis
) -> ApiCall | None:
    """The lazy call whose items an iterator gives that the program builds itself: a generator, `map(…)`."""
    found = [row for row in lookup(file, name.id, place) if row.kind in {"assign", "walrus"}]
    if len(found) != 1 or found[0].via != "direct" or len(lookup(file, name.id, place)) != 1:
        return None
    value, where = found[0].value, file.place(found[0])
    if isinstance(value, ir.Comprehension) and value.kind == "generator":
        return _lazy_source(file, value.iter, where, calls)
    if not isinstance(value, ir.CallRef):
        return None
    callees = analysis.values.callee(file, value.site)
    if _LAZILY.issuperset(callees):
        args = file.model.calls[value.site].args
        return next(
            (call for arg in args if (call := _lazy_source(file, arg.value, where, calls))),
            None,
        )
    return _filling_generator(callees, calls) if len(callees) == 1 else None


def _lazy_source(file: File, expr: ir.Expr, place: Placed, calls: _Calls) -> ApiCall | None:
    call = _source(file, expr, place, calls)
    return call if call is not None and is_lazy(call) else None


def _filling_generator(callees: Sequence[Value], calls: _Calls) -> ApiCall | None:
    """The lazy call that a generator function goes through first."""
    function = callees[0]
    if not isinstance(function, FunctionRef):
        return None
    scope = function.file.model.scopes[function.scope]
    if not scope.is_generator:
        return None
    inside = (
        call
        for call in calls.values()
        if call.file is function.file and call.call.scope == function.scope
    )
    return next((call for call in inside if is_lazy(call)), None)


def _unused(calls: _Calls, analysis: Analysis) -> Iterator[_Misuse]:
    """`client.list_projects(limit=1)` as a statement, which is meant to see whether LangSmith answers."""
    for call in calls.values():
        if call.file.is_test or not is_unused(call) or _is_shown(call):
            continue
        if not guards_unused(call, analysis):
            yield _Misuse(
                call,
                "returns an iterator that is never iterated; no request is sent",
                call.span,
                call.call.block,
            )


def _is_shown(call: ApiCall) -> bool:
    """Whether a call is the last of a cell of a notebook, which shows what that gives, and that it is a generator."""
    file = call.file
    if file.places is None:
        return False
    cell = file.places.span(call.call.span)[1]
    behind = (first for first, _ in file.model.statements if first > call.call.span.end_line)
    return not any(file.places.span(Span(line, 1, line, 2))[1] == cell for line in behind)


def _entered(calls: _Calls) -> Iterator[_Misuse]:
    """`with client.create_run(…) as run:`."""
    for call in calls.values():
        use = call.call.awaited_use or call.call.use
        if use.kind in {"with", "async-with"} and _gives_nothing(call):
            yield _Misuse(call, _ENTERED, call.span, call.call.block)


def _ids(file: File, calls: _Calls) -> Iterator[_Misuse]:
    """`run_id = client.create_run(…)`, then `return run_id`."""
    for read in file.model.reads:
        if read.use.kind != "return":
            continue
        call = _source(file, ir.Name(read.name, read.span), file.place(read), calls)
        if call is not None and call.name == "create_run" and _gives_nothing(call):
            yield _Misuse(
                call, f"returns nothing; `{read.name}` is always None", read.span, read.block
            )


def _asked_whether_made(file: File, calls: _Calls, told: Container[int]) -> Iterator[_Misuse]:
    """`if run is None:` of what `create_run` gives, where nothing else is wrong with it.

    A program that makes up the id goes on without the result, and may ask for the sake of another client.
    """
    for branch in file.model.branches:
        for name in _compared_with_none(branch.test):
            read = file.reads_by_span.get(name.span)
            call = _source(file, name, file.place(read), calls) if read is not None else None
            if call is None or call.site in told or call.name != "create_run":
                continue
            has_id = any(arg.stars or arg.keyword == "id" for arg in call.call.args)
            if _gives_nothing(call) and not has_id and read is not None:
                words = f"returns nothing; `{name.id}` is always None"
                yield _Misuse(call, words, name.span, read.block)


def _compared_with_none(test: ir.Expr) -> Iterator[ir.Name]:
    """The name of `run is None`, `run is not None`, `not run` or `run` alone."""
    inner = test.operand if isinstance(test, ir.Unary) and test.op == "Not" else test
    if (
        isinstance(inner, ir.Comparison)
        and inner.ops in {("Is",), ("IsNot",)}
        and inner.rights == (_NONE,)
    ):
        inner = inner.left
    if isinstance(inner, ir.Name):
        yield inner


def _source(file: File, expr: ir.Expr, place: Placed, calls: _Calls) -> ApiCall | None:
    """The call whose result an expression surely is, unchanged, where it is not None."""
    if isinstance(expr, ir.Await) and isinstance(expr.value, ir.CallRef):
        call = calls.get(expr.value.site)
        return call if call is not None and _is_awaited(call) else None
    if isinstance(expr, ir.CallRef):
        call = calls.get(expr.site)
        return call if call is not None and not _is_awaited(call) else None
    if not isinstance(expr, ir.Name):
        return None
    bindings = besides_none(lookup(file, expr.id, place))
    sources = [_bound(file, binding, calls) for binding in bindings]
    return sources[0] if sources and all(source == sources[0] for source in sources) else None


def _bound(file: File, binding: ir.Binding, calls: _Calls) -> ApiCall | None:
    if (
        binding.kind not in {"assign", "walrus"}
        or binding.via != "direct"
        or isinstance(binding.value, ir.Name)
    ):
        return None
    return (
        _source(file, binding.value, file.place(binding), calls)
        if binding.value is not None
        else None
    )


def _is_awaited(call: ApiCall) -> bool:
    return call.method is not None and {"await", "await-iteration"}.issuperset(
        call.method.whens
    )


def _gives_nothing(call: ApiCall) -> bool:
    method = call.method
    return method is not None and all(
        item.returns == "None" for item in (method, *method.others)
    )


def _violation(words: str, uses: list[_Misuse], analysis: Analysis) -> Violation:
    first = min(uses, key=lambda use: use.span)
    call = first.call
    hidden = (
        "; the handler around it hides the error"
        if hides_type_error(call.file, first.block, analysis.outcomes)
        else ""
    )
    nothing = (
        "use `langsmith.trace(…)`, which is one"
        if words == _ENTERED
        else "create the id yourself and pass it (`id=uuid.uuid4()`)"
        if call.name == "create_run"
        else "do not use the result"
    )
    return Violation(
        at=first.span,
        message=f"`{call.label}` {words}{hidden if not _RUNS.search(words) else ''}",
        help="build a list first: `list(…)`" if is_lazy(call) else nothing,
        related=tuple(
            Related(call.file.relative, use.span, "here, too")
            for use in uses
            if use is not first
        ),
    )
