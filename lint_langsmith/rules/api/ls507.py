"""LS507: results that are used for what they are not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lint_langsmith.findings import Severity, Span, Violation
from lint_langsmith.model import data
from lint_langsmith.model.file import File, Place
from lint_langsmith.model.mentions import hides_type_error
from lint_langsmith.model.names import lookup
from lint_langsmith.model.project import Project
from lint_langsmith.model.values import Constant, Instance, Parameter, Symbol
from lint_langsmith.rules.registry import rule

if TYPE_CHECKING:
    from lint_langsmith.sdk.facts import Method

_LAZY = frozenset({"iteration", "async-iteration"})


@rule("LS507", "misused-result", severity=Severity.WARNING, since="0.1")
def check(file: File, project: Project) -> Iterator[Violation]:
    """The result of a call is used as a list that it is not, or though there is none.

    ## What it does
    Reports `len()` and indexing of what `list_runs`, `list_examples`, `list_projects` and other lazy methods give,
    tests whether it is empty (it is always true), and attributes and items of what `create_run`, `update_run` and
    other methods without a result give.

    ## Why it matters
    A generator has no length and no index: `TypeError`, or, behind a broad handler, a connection that is "never
    available". `create_run` returns `None`, and its `.id` is an `AttributeError` after the run was sent.

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
    What has gone through `list()`, `tuple()` or `sorted()`; names that may hold something else; methods that give a
    list in one of the project's releases.

    ## Fix safety
    There is no automatic fix: `list()` may read thousands of runs.

    ## References
    - Executed on langsmith 0.1.0 to 0.15.0; methods without a result by their own annotations.
    """
    yield from _lengths(file, project)
    yield from _items(file, project)
    yield from _tests(file, project)


def _lengths(file: File, project: Project) -> Iterator[Violation]:
    for site in file.calls_by_name.get("len", ()):
        call = file.model.calls[site]
        if len(call.args) != 1 or project.values.callee(file, site) != (Symbol("builtins.len"),):
            continue
        found = _source(file, call.args[0].value, file.place(call), project)
        if found is not None and _is_lazy(found[1]):
            yield _lazy(call.span, found[0], f"has no length{_hidden(file, call.block, project)}")


def _items(file: File, project: Project) -> Iterator[Violation]:
    for load in file.model.loads:
        place = Place(load.scope, load.block, load.order)
        expr: data.Expr = load.expr
        while isinstance(expr, (data.Attribute, data.Subscript)):
            found = _source(file, expr.value, place, project)
            if found is not None:
                label, method = found
                if isinstance(expr, data.Subscript) and _is_lazy(method):
                    yield _lazy(expr.span, label, f"can't be indexed{_hidden(file, load.block, project)}")
                elif _gives_nothing(method) and not _is_dunder(expr):
                    yield _nothing(expr.span, label, _hidden(file, load.block, project))
                break
            expr = expr.value


def _tests(file: File, project: Project) -> Iterator[Violation]:
    """`if not runs:` of a generator."""
    for branch in file.model.branches:
        test = branch.test
        inner = test.operand if isinstance(test, data.Unary) and test.op == "Not" else test
        if not isinstance(inner, data.Name):
            continue
        read = next((read for read in file.model.reads if read.span == inner.span), None)
        source = _source(file, inner, file.place(read), project) if read is not None else None
        if source is not None and _is_lazy(source[1]):
            yield Violation(
                at=inner.span,
                message=f"`{source[0]}` gives an iterator, which is true even when it is empty",
                help="take a list of it (`list(…)`), or the first item (`next(…, None)`)",
            )


def _source(file: File, expr: data.Expr, place: Place, project: Project) -> tuple[str, Method] | None:
    """The API call whose result an expression surely is, unchanged: its label and its method."""
    if isinstance(expr, data.Await) and isinstance(expr.value, data.CallRef):
        return _called(file, expr.value.site, project, awaited=True)
    if isinstance(expr, data.CallRef):
        return _called(file, expr.site, project, awaited=False)
    if not isinstance(expr, data.Name):
        return None
    sources = [_bound(file, binding, project) for binding in lookup(file, expr.id, place)]
    return sources[0] if sources and all(source == sources[0] for source in sources) else None


def _bound(file: File, binding: data.Binding, project: Project) -> tuple[str, Method] | None:
    if binding.kind not in {"assign", "walrus"} or binding.via != "direct" or binding.value is None:
        return None
    if isinstance(binding.value, data.Name):
        return None
    return _source(file, binding.value, file.place(binding), project)


def _called(file: File, site: int, project: Project, *, awaited: bool) -> tuple[str, Method] | None:
    call = next((call for call in project.clients.api_calls(file) if call.site == site), None)
    if call is None or call.method is None or call.handed is not None or awaited is not (call.method.when == "await"):
        return None
    func = call.call.func
    if not isinstance(func, data.Attribute):
        return None
    # A receiver that may be something else may give something else.
    receivers = project.values.of(file, func.value, file.place(call.call))
    told = [value for value in receivers if not isinstance(value, (Parameter, Constant))]
    if not all(isinstance(value, Instance) and project.clients.sdk_class(value) == call.owner for value in told):
        return None
    return call.label, call.method


def _is_lazy(method: Method) -> bool:
    return _LAZY.issuperset(method.whens)


def _gives_nothing(method: Method) -> bool:
    return all(item.returns == "None" for item in (method, *method.others))


def _is_dunder(expr: data.Expr) -> bool:
    return isinstance(expr, data.Attribute) and expr.name.startswith("__")


def _lazy(span: Span, label: str, lack: str) -> Violation:
    return Violation(
        at=span,
        message=f"`{label}` gives an iterator, which {lack}",
        help="take a list of it first: `list(…)`",
    )


def _nothing(span: Span, label: str, hidden: str) -> Violation:
    return Violation(
        at=span,
        message=f"`{label}` returns nothing, so this fails{hidden}",
        help="make the id yourself and pass it (`id=uuid.uuid4()`)" if "create_run" in label else "do without it",
    )


def _hidden(file: File, block: int, project: Project) -> str:
    return "; the handler around it hides that" if hides_type_error(file, block, project) else ""
