"""LS206: a service that never checks its key at startup."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.values.abstract import FunctionRef
from lint_langsmith.analysis.values.call_graph import RUNS
from lint_langsmith.analysis.values.functions import name_of
from lint_langsmith.findings import Persona, Severity, Violation
from lint_langsmith.rules.registry import rule

# Routes that an orchestrator asks before it sends anyone: what they find is known before the first user comes.
_PROBE: Final = lazy_re.compile(r"(?i)health|ready|readiness|liveness|startup")


@rule("LS206", "no-startup-check", severity=Severity.INFO, persona=Persona.AUDITOR, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A service creates a client and sends no request with it at startup.

    ## What it does
    For auditors: reports clients that a web service creates on import, if no request checks the key on import, in a
    startup hook or the functions that it calls, or in a route for health or readiness.

    ## Why it matters
    `Client()` sends no request. The first user finds a key that is missing, expired or of another workspace.

    ## Example
    ```toml lint-langsmith.toml
    persona = "auditor"
    ```

    ```python
    import os

    from fastapi import FastAPI
    from langsmith import Client

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])
    app = FastAPI()
    ```

    ## Use instead
    ```toml lint-langsmith.toml
    persona = "auditor"
    ```

    ```python
    import os

    from fastapi import FastAPI
    from langsmith import Client
    from langsmith.utils import LangSmithError

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])
    try:
        next(client.list_projects(limit=1), None)
    except LangSmithError as error:
        raise SystemExit(f"LangSmith refuses the key: {error}") from error
    app = FastAPI()
    ```

    ## Not flagged
    Programs that are not services; clients that are created per request; tests.

    ## Fix safety
    There is no automatic fix.

    ## References
    - [Create an account and API key](https://docs.langchain.com/langsmith/create-account-api-key)
    """
    if file.is_test or not file.code:
        return
    built = [
        client
        for client in analysis.clients.constructions(file)
        if file.function_of(client.call.scope) == 0
    ]
    if not built or analysis.entry_points.is_script(file) or not analysis.environment.serves:
        return
    for client in built:
        if not _is_checked(analysis):
            yield Violation(
                at=client.call.callee_span,
                message=f"`{client.written}()` sends no request, and nothing checks the key before the service starts",
                help="send one cheap request at startup, for example `next(client.list_projects(limit=1), None)`",
            )


def _is_checked(analysis: Analysis) -> bool:
    """Whether a request is made at start: while a module is imported, or in what runs at start or reports readiness."""
    asking = [
        FunctionRef(call.file, call.file.function_of(call.call.scope))
        for call in analysis.api_calls()
    ]
    return any(
        _runs_at_start(function, analysis)
        for function in analysis.call_graph.reaching(asking, RUNS)
    )


def _runs_at_start(function: FunctionRef, analysis: Analysis) -> bool:
    """Whether a function is a module, or is run by what starts or watches the service."""
    if function.scope == 0:
        return True
    role = analysis.entry_points.role(function)
    return role == "startup" or (
        role == "route" and _PROBE.search(name_of(function)) is not None
    )
