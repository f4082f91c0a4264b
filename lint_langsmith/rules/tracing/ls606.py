"""LS606: `@traceable` above the decorator by which a framework takes the function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.entry_points.frameworks import keeps_what_is_below
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Place, span_of
from lint_langsmith.analysis.values.abstract import FunctionRef
from lint_langsmith.findings import Related, Severity, Violation
from lint_langsmith.rules.registry import rule

_TRACEABLE: Final = "langsmith.traceable"


@rule("LS606", "traced-too-late", severity=Severity.WARNING, since="1.0", preview=True)
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """`@traceable` stands above the decorator that registers the function, so that what is registered is not traced.

    ## What it does
    Reports `@traceable` above the decorators of FastAPI, Starlette, Flask, Quart, Sanic and aiohttp (routes,
    WebSockets, middleware, handlers of startup and of errors), Celery (`@app.task`, `@shared_task`), MCP servers
    (`@mcp.tool()`) and Slack's Bolt.

    ## Why it matters
    Decorators are applied from below. The framework keeps the function that it gets, which is not traced yet; the
    traced one only gets the name, and no request runs it. LangSmith shows no run, and what is traced inside the
    function becomes separate traces. A Celery task also loses `.delay`: its name stands for a plain function.

    ## Example
    ```python
    from fastapi import FastAPI
    from langsmith import traceable

    app = FastAPI()


    @traceable
    @app.post("/ask")
    def ask(question: str) -> str:
        return question
    ```

    ## Use instead
    ```python
    from fastapi import FastAPI
    from langsmith import traceable

    app = FastAPI()


    @app.post("/ask")
    @traceable
    def ask(question: str) -> str:
        return question
    ```

    ## Not flagged
    Functions that are traced below the decorator as well; decorators of the project's own, and those that can't be
    resolved; click's commands, whose traced name is the one that is called; tests.

    ## Fix safety
    There is no automatic fix: once the function is traced, its inputs are sent, and FastAPI passes it requests and
    dependencies.

    ## References
    - Executed on langsmith 0.15.1 with fastapi 0.165, flask 3.1, quart 0.22, sanic 25.12, aiohttp 3.14, celery 5.7,
      mcp 2.3, fastmcp 4.2 and slack_bolt 1.30.
    """
    if file.is_test:
        return
    for traced in analysis.tracing.of(file):
        is_off = any(arg.keyword == "enabled" or arg.stars for arg in traced.arguments)
        found = None if is_off else _applied_too_late(traced.function, analysis)
        if found is not None:
            yield _violation(traced.function, *found)


def _applied_too_late(
    function: FunctionRef, analysis: Analysis
) -> tuple[ir.Expr, ir.Expr] | None:
    """The `@traceable` of a function and the decorator below it that registers the function untraced, if one does."""
    file = function.file
    scope = file.model.scopes[function.scope]
    place = Place(scope.parent, scope.outer_block, scope.order)
    registering: ir.Expr | None = None
    for decorator in reversed(scope.decorators):
        names = set(analysis.values.decorator_name(file, decorator, place))
        if any(analysis.sdk.is_same(name, _TRACEABLE) for name in names):
            return (decorator, registering) if registering is not None else None
        if not names and registering is None:
            # It may trace by itself.
            return None
        if registering is None and names and all(map(keeps_what_is_below, names)):
            registering = decorator
    return None


def _violation(function: FunctionRef, above: ir.Expr, below: ir.Expr) -> Violation:
    file = function.file
    scope = file.model.scopes[function.scope]
    place = span_of(file, below)
    written = _written(file, below)
    related = (
        ()
        if place is None
        else (Related(file.relative, place, "this registers the function below it"),)
    )
    return Violation(
        at=span_of(file, above) or scope.span,
        message=(
            f"`@traceable` stands above `@{written}`, which registers `{scope.name}()` as it is below:"
            " what the framework runs is not traced"
        ),
        help=f"move `@traceable` below `@{written}`",
        related=related,
    )


def _written(file: File, decorator: ir.Expr) -> str:
    """A decorator as it is written, without its arguments."""
    span = (
        file.model.calls[decorator.site].callee_span
        if isinstance(decorator, ir.CallRef)
        else span_of(file, decorator)
    )
    return file.source(span) if span is not None else "…"
