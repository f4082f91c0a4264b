"""LS206: a service that never asks whether its key works."""

from __future__ import annotations

from collections.abc import Iterator

from lint_langsmith.findings import Persona, Severity, Violation
from lint_langsmith.model.file import File
from lint_langsmith.model.project import Project
from lint_langsmith.rules.registry import rule


@rule("LS206", "no-startup-check", severity=Severity.INFO, persona=Persona.AUDITOR, since="0.1")
def check(file: File, project: Project) -> Iterator[Violation]:
    """A service builds a client and never makes a request with it before it serves.

    ## What it does
    For auditors: looks at clients that a web service builds at import or start, and for a call behind it, at import or
    in a start-up hook, that makes a request and so shows whether the key works.

    ## Why it matters
    `Client()` makes no request: a key that is missing, dead or of another workspace is found by the first user.

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
    Programs that serve nothing; clients that are built per request; tests.

    ## Fix safety
    There is no automatic fix.

    ## References
    - [Create an account and API key](https://docs.langchain.com/langsmith/create-account-api-key)
    """
    if file.is_test or not file.code:
        return
    built = [client for client in project.clients.constructions(file) if file.function_of(client.call.scope) == 0]
    if not built or project.flow.entries.is_script(file) or not project.environment.serves:
        return
    for client in built:
        if not _is_checked(project):
            yield Violation(
                at=client.call.callee_span,
                message=f"`{client.written}()` makes no request, and nothing asks LangSmith whether the key works "
                "before the service serves",
                help="make one cheap request at start, such as `next(client.list_projects(limit=1), None)`",
            )


def _is_checked(project: Project) -> bool:
    """Whether a request is made while a module is imported, or in a function that runs at start."""
    for call in project.api_calls():
        scope = call.file.function_of(call.call.scope)
        if scope == 0:
            return True
        name = call.file.model.scopes[scope].name.lower()
        if any(
            word in name
            for word in (
                "lifespan",
                "startup",
                "start_up",
                "on_start",
                "ready",
                "health",
                "check",
                "verify",
                "validate",
            )
        ):
            return True
    return False
