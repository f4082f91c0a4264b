"""LS605: a process that ends or is frozen before its traces are sent."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Final

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Place, last_name
from lint_langsmith.analysis.project.words import ENDS
from lint_langsmith.analysis.values.abstract import (
    ExternalName,
    FunctionRef,
    Value,
    function_of,
)
from lint_langsmith.analysis.values.call_graph import RUNS
from lint_langsmith.analysis.values.functions import name_of
from lint_langsmith.findings import Persona, Severity, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.sdk.variables import TRACING_FLAGS

# What waits until everything that is queued has been sent, by its last name: `Client.flush`, and the functions of
# langsmith and langchain_core (langsmith 0.15.1, langchain-core 1.7).
_FLUSHES: Final = frozenset(
    {"flush", "aflush", "wait_for_all_tracers", "await_all_tracers", "force_flush"}
)
# Read by LangChain's JavaScript packages alone, and LS408 says so: whoever sets it has thought of it.
_IN_BACKGROUND: Final = "LANGCHAIN_CALLBACKS_BACKGROUND"
# What has a function run when the process ends, or before it is frozen.
_EXIT_HOOKS: Final = ("atexit.register", "signal.signal")
_HOOKS: Final = frozenset(map(ExternalName, _EXIT_HOOKS))
# Whose decorators flush nothing of LangSmith's.
_KNOWN: Final = (
    "aws_lambda_powertools.",
    "functions_framework.",
    "modal.",
    "functools.",
    "langsmith.",
)
# Packages that trace by themselves where the flag is on.
_TRACING: Final = ("langchain", "langgraph")
# The child of a fork ends so that it does not do what the parent does at exit.
_FORKS: Final = ("fork", "forkpty")


@rule(
    "LS605",
    "missing-flush",
    severity=Severity.WARNING,
    since="0.1",
    words=ENDS,
)
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A process that traces is frozen or ended before its traces are sent.

    ## What it does
    Reports two places where queued traces are lost, if no path to them flushes: a handler of a serverless function (AWS
    Lambda, Google Cloud Functions) that runs traced functions, and `os._exit(…)` in a program that runs them. A file
    that uses LangChain or LangGraph and sets the tracing flag to `true` itself traces as well. Functions of Modal are
    reported for the pedantic persona only: its containers go on for a while after the function has returned.

    ## Why it matters
    Traces are sent by a background thread. A serverless platform freezes the process when the handler returns, and
    `os._exit` ends it at once: the traces are sent late or never, without an error. A normal exit, `sys.exit` and an
    uncaught exception wait for the thread.

    ## Example
    ```python
    from langsmith import traceable


    @traceable
    def answer(question: str) -> str:
        return question.upper()


    def lambda_handler(event, context):
        return answer(event["question"])
    ```

    ## Use instead
    ```python
    import os

    from langsmith import Client, traceable

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])


    @traceable(client=client)
    def answer(question: str) -> str:
        return question.upper()


    def lambda_handler(event, context):
        try:
            return answer(event["question"])
        finally:
            client.flush()
    ```

    ## Not flagged
    A flush or `wait_for_all_tracers()` in the functions that the handler runs, in its callers, in a decorator of the
    project, or in an exit hook; handlers without traced functions where tracing is turned on in another file, or from
    outside; clients with `auto_batch_tracing=False`; `LANGCHAIN_CALLBACKS_BACKGROUND`; `os._exit` in the child of a
    fork; handlers whose decorators can't be resolved; tests.

    ## Fix safety
    There is no automatic fix.

    ## References
    - Executed on langsmith 0.15.1: `os._exit` loses runs; `sys.exit` and an uncaught exception do not.
    - [Trace in serverless environments](https://docs.langchain.com/langsmith/serverless-environments)
    """
    if file.is_test or not file.code or not _may_trace(file, analysis):
        return
    for function in _handlers(file, analysis):
        is_left_open = _is_open(function, analysis) or _has_exit_hook(file, analysis)
        if not is_left_open and _loses_traces([function], analysis):
            yield Violation(
                at=file.model.scopes[function.scope].span,
                message=f"`{name_of(function)}()` traces and never flushes; "
                "the platform freezes the process when it returns, and queued traces are lost",
                help="call `client.flush()`, or `wait_for_all_tracers()`, in a `finally` around the work",
                persona=Persona.PEDANTIC if _is_on_modal(function, analysis) else None,
            )
    for site in _hard_exits(file, analysis):
        call = file.model.calls[site]
        around = FunctionRef(file, file.function_of(call.scope))
        if _loses_traces([around, FunctionRef(file, 0)], analysis):
            yield Violation(
                at=call.callee_span,
                message="`os._exit()` ends the process at once; the traces that are still queued are lost",
                help="call `client.flush()` before it, or use `sys.exit()`, which waits for the traces",
            )


def _may_trace(file: File, analysis: Analysis) -> bool:
    return _turns_tracing_on(file, analysis) or analysis.tracing.is_used


def _turns_tracing_on(file: File, analysis: Analysis) -> bool:
    """Whether a file has LangChain trace what it runs."""
    if not any(package.startswith(_TRACING) for package in file.packages):
        return False
    return any(
        setting.name in TRACING_FLAGS and setting.how == "set" and setting.value == "true"
        for setting in analysis.environment.settings(file)
    )


def _handlers(file: File, analysis: Analysis) -> Iterator[FunctionRef]:
    """The functions of a file that a serverless platform runs."""
    for index, scope in enumerate(file.model.scopes):
        if scope.kind == "function" and _may_be_run(scope):
            function = FunctionRef(file, index)
            if analysis.entry_points.role(function) == "function" or _is_on_modal(
                function, analysis
            ):
                yield function


def _may_be_run(scope: ir.Scope) -> bool:
    """Whether a platform may run a function: by its decorators or its form.

    To whom it is handed leads through most of a project, and is not asked.
    """
    is_named_by_settings = [param.name for param in scope.params] == ["event", "context"]
    return bool(scope.decorators) or is_named_by_settings


def _is_on_modal(function: FunctionRef, analysis: Analysis) -> bool:
    return any(name.startswith("modal.") for name in analysis.values.decorator_names(function))


def _hard_exits(file: File, analysis: Analysis) -> Iterator[int]:
    """The calls of `os._exit` in a file that makes no child process by itself."""
    if any(file.calls_by_name.get(name) for name in _FORKS):
        return
    for site in file.calls_by_name.get("_exit", ()):
        if any(
            callee == ExternalName("os._exit") for callee in analysis.values.callee(file, site)
        ):
            yield site


def _loses_traces(functions: list[FunctionRef], analysis: Analysis) -> bool:
    """Whether some functions, or what calls them, run traced functions, and nothing on the way sends the runs."""
    graph = analysis.call_graph
    involved = [*graph.reachable(graph.reaching(functions), RUNS)]
    traces = any(_turns_tracing_on(function.file, analysis) for function in functions) or any(
        analysis.tracing.arguments(function) is not None for function in involved
    )
    if not traces:
        return False
    around = graph.reachable(_decorators(functions, analysis), RUNS)
    if any(_flushes(function, analysis) for function in chain(involved, around)):
        return False
    return not _sends_at_once(analysis)


def _flushes(function: FunctionRef, analysis: Analysis) -> bool:
    """Whether a function calls what sends the queued runs; `sys.stdout.flush()` does not."""
    file = function.file
    for site in file.sites_by_function.get(function.scope, ()):
        if last_name(file.model.calls[site].func) in _FLUSHES:
            callees = analysis.values.callee(file, site)
            if not callees or not all(map(_is_of_others, callees)):
                return True
    return False


def _is_of_others(callee: Value) -> bool:
    return isinstance(callee, ExternalName) and not callee.name.startswith(
        ("langsmith.", "langchain")
    )


def _decorators(functions: list[FunctionRef], analysis: Analysis) -> Iterator[FunctionRef]:
    """What the project's own decorators of some functions run: the decorator, and the functions within it."""
    for function in functions:
        for value in _decorated_by(function, analysis):
            decorator = function_of(value)
            if decorator is not None:
                yield from _with_inner(decorator)


def _is_open(function: FunctionRef, analysis: Analysis) -> bool:
    """Whether a decorator of a function is neither of the project nor known: it may flush."""
    names = [*analysis.values.decorator_names(function)]
    decorators = function.file.model.scopes[function.scope].decorators
    own = [
        value for value in _decorated_by(function, analysis) if function_of(value) is not None
    ]
    return len(names) + len(own) < len(decorators) or not all(
        name.startswith(_KNOWN) for name in names
    )


def _decorated_by(function: FunctionRef, analysis: Analysis) -> Iterator[Value]:
    file = function.file
    scope = file.model.scopes[function.scope]
    place = Place(scope.parent, scope.outer_block, scope.order)
    for decorator in scope.decorators:
        if isinstance(decorator, ir.CallRef):
            yield from analysis.values.callee(file, decorator.site)
        else:
            yield from analysis.values.of(file, decorator, place)


def _with_inner(function: FunctionRef) -> Iterator[FunctionRef]:
    """A function, and those that are defined in it."""
    scopes = function.file.model.scopes
    inside = {function.scope}
    yield function
    for index, scope in enumerate(scopes):
        if scope.parent in inside:  # a scope stands behind the one around it
            inside.add(index)
            yield FunctionRef(function.file, index)


def _has_exit_hook(file: File, analysis: Analysis) -> bool:
    """Whether a file has something flush when the process ends: `atexit.register(client.flush)`."""
    calls = file.model.calls
    sites = (
        site
        for name in _EXIT_HOOKS
        for site in file.calls_by_name.get(name.rpartition(".")[2], ())
    )
    for site in sites:
        if any(callee in _HOOKS for callee in analysis.values.callee(file, site)):
            for argument in calls[site].args:
                if last_name(argument.value) in _FLUSHES:
                    return True
                values = analysis.values.of(file, argument.value, calls[site])
                hooks = [
                    function for value in values if (function := function_of(value)) is not None
                ]
                reached = analysis.call_graph.reachable(hooks, RUNS)
                if any(_flushes(function, analysis) for function in reached):
                    return True
    return False


def _sends_at_once(analysis: Analysis) -> bool:
    """Whether a client of the project queues nothing, or a file names the variable that says so."""
    clients = analysis.clients_of_project()
    if any(client.argument("auto_batch_tracing") == ir.Constant("False") for client in clients):
        return True
    project = analysis.project
    others = (
        name for name in project.relevant_others if project.mentions(name, _IN_BACKGROUND)
    )
    return bool(project.mentioning(_IN_BACKGROUND)) or next(others, None) is not None
