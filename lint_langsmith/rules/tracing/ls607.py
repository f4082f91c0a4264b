"""LS607: a run tree that is ended and never sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.exceptions.uses import uses_of
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.values.abstract import (
    ExternalAttribute,
    ExternalName,
    Instance,
    Value,
)
from lint_langsmith.findings import Related, Severity, Violation
from lint_langsmith.rules.registry import rule

_RUN: Final = "langsmith.run_trees.RunTree"
_TREE: Final = "RunTree"
_CHILD: Final = "create_child"
_END: Final = "end"
# Methods that only note something in the tree (executed on langsmith 0.15.1: none of them sends anything).
_NOTING: Final = frozenset(
    {
        _END,
        "set",
        "add_event",
        "add_inputs",
        "add_metadata",
        "add_outputs",
        "add_tags",
        "get_url",
    }
)
# What can be read of a tree without getting at something that sends it.
_DATA: Final = frozenset(
    {
        *("id", "name", "run_type", "trace_id", "dotted_order", "session_name", "tags"),
        *("inputs", "outputs", "error", "extra", "metadata", "start_time", "end_time"),
    }
)
# By these a name is one of another scope, where others may read it.
_OUTER: Final = frozenset({"global", "nonlocal"})
# By these a program sends the children of a tree together with it.
_SENT_WITH_PARENT: Final = ("exclude_child_runs", "child_runs")
# By this it may send a run itself, under the id of the tree.
_BY_HAND: Final = "create_run"


@rule("LS607", "run-never-sent", severity=Severity.WARNING, since="1.0", preview=True)
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A `RunTree` is made and ended, and nothing sends it.

    ## What it does
    Reports `RunTree(…)` and `create_child(…)` in a function whose result is ended by `end()`, does not leave the
    function, and gets neither `post()` nor `patch()`.

    ## Why it matters
    `end()` only writes the end into the object. LangSmith gets no run: no outputs, no token counts, and feedback for
    its id belongs to a run that does not exist. Nothing is raised and nothing logged. A parent that is sent does not
    send its children.

    ## Example
    ```python
    from langsmith import get_current_run_tree


    def count(tokens: int) -> None:
        run = get_current_run_tree()
        if run is not None:
            child = run.create_child(name="llm", run_type="llm", inputs={})
            child.end(outputs={"tokens": tokens})
    ```

    ## Use instead
    ```python
    from langsmith import get_current_run_tree


    def count(tokens: int) -> None:
        run = get_current_run_tree()
        if run is not None:
            child = run.create_child(name="llm", run_type="llm", inputs={})
            child.end(outputs={"tokens": tokens})
            child.post()
    ```

    ## Not flagged
    Trees that are returned, stored or passed on; those of which `post` or `patch` is called on some path, and those
    that are never ended; children in a project that sends them with their parent (`post(exclude_child_runs=False)`);
    trees whose id is read in a project that calls `create_run`; tests.

    ## Fix safety
    There is no automatic fix: the author decides whether the run is sent at its start as well.

    ## References
    - Executed on langsmith 0.15.1: after `end()` the client was asked for nothing; `post()` sends the tree alone.
    """
    if file.is_test:
        return
    for name in (_TREE, _CHILD):
        for known_as in (name, *sorted(file.other_names.get(name, ()))):
            for site in file.calls_by_name.get(known_as, ()):
                end = _only_end(file, site, analysis)
                if end is not None:
                    yield _violation(file, site, end)


def _only_end(file: File, site: int, analysis: Analysis) -> ir.Call | None:
    """The call that ends the tree which a call makes, if the tree is surely never sent."""
    binding = _bound(file, site)
    if binding is None or not _makes_tree(file, site, analysis):
        return None
    reads, sites = uses_of(file, binding.name, binding)
    taken = analysis.once(_attributes, file).get((binding.scope, binding.name), frozenset())
    stays = not reads and taken <= _NOTING | _DATA
    if not stays or _END not in sites or _may_be_sent_elsewhere(file, site, taken, analysis):
        return None
    return file.model.calls[sites[_END][0]]


def _bound(file: File, site: int) -> ir.Binding | None:
    """The one name of a function that stands for what a call gives; None where it is none, or not one."""
    call = file.model.calls[site]
    scope = file.function_of(call.scope)
    if not scope or call.use.kind != "assign" or len(call.use.names) != 1:
        return None
    rows = file.bindings.get((scope, call.use.names[0]), ())
    if any(row.kind in _OUTER for row in rows):
        return None
    for row in rows:
        if row.value == ir.CallRef(site) and row.kind == "assign" and row.via == "direct":
            return row
    return None


def _makes_tree(file: File, site: int, analysis: Analysis) -> bool:
    callees = analysis.values.callee(file, site)
    return bool(callees) and all(_is_maker(callee, analysis) for callee in callees)


def _is_maker(callee: Value, analysis: Analysis) -> bool:
    """Whether a callee is the class of run trees, or the method of one that makes a child."""
    if isinstance(callee, ExternalAttribute):
        return callee.name == _CHILD and _is_tree(callee.receiver, analysis)
    return isinstance(callee, ExternalName) and analysis.sdk.is_same(callee.name, _RUN)


def _is_tree(receiver: Instance, analysis: Analysis) -> bool:
    cls = receiver.cls
    return isinstance(cls, ExternalName) and analysis.sdk.is_same(cls.name, _RUN)


def _may_be_sent_elsewhere(
    file: File, site: int, taken: AbstractSet[str], analysis: Analysis
) -> bool:
    """Whether the project sends the children of trees with their parents, or a run under the id of this one."""
    project = analysis.project
    is_child = isinstance(file.model.calls[site].func, ir.Attribute)
    with_parent = is_child and any(map(project.mentioning, _SENT_WITH_PARENT))
    return with_parent or ("id" in taken and bool(project.mentioning(_BY_HAND)))


def _attributes(_: Analysis, file: File) -> Mapping[tuple[int, str], AbstractSet[str]]:
    """By a scope and a name, the attributes of it that are taken there and in the scopes within, called or not."""
    found: dict[tuple[int, str], set[str]] = defaultdict(set)
    for load in file.model.loads:
        taken = _first_of_chain(load.expr)
        if taken is not None:
            name, attribute = taken
            for scope in file.scopes_around(load.scope):
                found[scope, name].add(attribute)
    return found


def _first_of_chain(expr: ir.Expr) -> tuple[str, str] | None:
    """The name at the start of a chain of attributes and items, and what is taken of it (`[]` for an item)."""
    while isinstance(expr, (ir.Attribute, ir.Subscript)):
        if isinstance(expr.value, ir.Name):
            return expr.value.id, expr.name if isinstance(expr, ir.Attribute) else "[]"
        expr = expr.value
    return None


def _violation(file: File, site: int, end: ir.Call) -> Violation:
    call = file.model.calls[site]
    name = file.source(call.callee_span)
    variable = call.use.names[0]
    return Violation(
        at=call.span,
        message=f"the run of `{name}()` is ended and never sent; LangSmith gets no run",
        help=f"call `{variable}.post()` after `{variable}.end(…)`",
        related=(Related(file.relative, end.span, "this only writes into the object"),),
    )
