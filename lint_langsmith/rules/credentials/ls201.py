"""LS201: a client that nothing gives a key."""

from __future__ import annotations

from collections.abc import Iterator

from lint_langsmith.findings import Severity, Violation
from lint_langsmith.model.clients import Construction
from lint_langsmith.model.evidence import Search
from lint_langsmith.model.file import File
from lint_langsmith.model.project import Project
from lint_langsmith.model.published import is_published
from lint_langsmith.rules.registry import rule


@rule("LS201", "client-without-credentials", severity=Severity.ERROR, since="0.1")
def check(file: File, project: Project) -> Iterator[Violation]:
    """A LangSmith client is built without credentials, and nothing in the project supplies any.

    ## What it does
    Looks at each place where a client is built (`Client`, `AsyncClient`, `Langsmith`, `AsyncLangsmith`, the sandbox
    clients, subclasses and aliases of them) without an argument that carries credentials, and then for evidence that
    a key gets there all the same, in this order: the same file (a write to `LANGSMITH_API_KEY`, a check of it,
    `load_dotenv()`, `getpass`, Colab or Streamlit secrets, a settings class), any other file of the project, and
    `.env*`, compose, workflow, Dockerfile, `langgraph.json` and other configuration files that name the variable.

    The setting `credentials` says how much counts: `"project"` (all of this), `"file"` (the file alone),
    `"argument"` (only an explicit key).

    ## Why it matters
    Since langsmith 0.4.19 a client without a key is built without a word. Every request then answers 401 or 403, and
    traces are lost in the background where no one sees it.

    ## Example
    ```python
    from langsmith import Client

    client = Client()


    def names():
        try:
            return [project.name for project in client.list_projects()]
        except Exception:
            return []
    ```

    ## Use instead
    ```python
    import os

    from langsmith import Client

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])


    def names():
        try:
            return [project.name for project in client.list_projects()]
        except Exception:
            return []
    ```

    ## Not flagged
    Clients with `api_key`, `api_urls`, `profile`, `session`, `headers` or unpacked arguments; defaults that a caller
    can replace (`client or Client()`); functions of published packages (with `py.typed`), whose callers bring the key;
    tests; `Client` classes of other packages; anything for which the project shows evidence.

    ## Fix safety
    There is no automatic fix: where the key should come from is the project's decision.

    ## References
    - [Create an account and API key](https://docs.langchain.com/langsmith/create-account-api-key)
    """
    if file.is_test:
        return
    for client in project.clients.constructions(file):
        if project.evidence.in_arguments(client) or _has_blank_key(client, project):
            continue
        level = project.settings.credentials
        if level == "argument":
            yield _violation(client, 'no `api_key` is passed (`credentials = "argument"` asks for one)', project)
            continue
        if project.evidence.in_file(file) or project.evidence.is_injectable_default(client):
            continue
        if client.call.scope != 0 and is_published(file, project):
            continue  # the program that calls a library brings the key
        if level == "file":
            variable = project.sdk.key_variables(client.cls)[0]
            yield _violation(client, f"no `api_key`, and nothing in this file sets {variable}", project)
            continue
        search = project.evidence.in_project
        if search.found is None:
            yield _violation(client, _searched(client, search, project), project)


def _has_blank_key(client: Construction, project: Project) -> bool:
    """A key that is there but blank is LS202's."""
    return client.argument("api_key") is not None and bool(project.evidence.literal_keys(client))


def _searched(client: Construction, search: Search, project: Project) -> str:
    variable = project.sdk.key_variables(client.cls)[0]
    files = f"{search.python_files} Python file{'' if search.python_files == 1 else 's'}"
    others = list(search.other_files[:3])
    more = len(search.other_files) - len(others)
    looked = ", ".join([files, *others, *([f"{more} more"] if more else [])])
    return f"no `api_key`, and nothing in this project sets {variable} (looked in {looked})"


def _violation(client: Construction, reason: str, project: Project) -> Violation:
    variable = project.sdk.key_variables(client.cls)[0]
    return Violation(
        at=client.call.callee_span,
        message=f"`{client.written}()` is built without credentials: {reason}",
        help=f'set {variable} in the environment and check it at start, or pass `api_key=os.environ["{variable}"]`',
    )
