"""LS201: a client without credentials."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.credentials.evidence import Search
from lint_langsmith.analysis.credentials.process_keys import Withheld
from lint_langsmith.analysis.environment.removals import Removal
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.sdk_use.addresses import is_hosted
from lint_langsmith.analysis.sdk_use.built_by_libraries import (
    HUB_KEY,
    built_by_library,
)
from lint_langsmith.analysis.sdk_use.sdk_calls import Construction
from lint_langsmith.findings import Persona, Related, Severity, Span, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.sdk.facts import LANGSMITH
from lint_langsmith.sdk.variables import KEYS


@rule("LS201", "client-without-credentials", severity=Severity.ERROR, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A LangSmith client is created without credentials, and nothing in the project supplies any.

    ## What it does
    Finds clients (`Client`, `AsyncClient`, `Langsmith`, `AsyncLangsmith`, the sandbox clients, their subclasses and
    aliases) that are created without an argument with credentials, also where the argument is a parameter that no
    caller passes, and those that a library creates (`LangChainTracer` and `RunTree` without `client`, a warning;
    `hub.pull` and `hub.push` of prompts of your own; `evaluate` and `aevaluate` without `client`). Then looks for
    evidence that the client gets a key in another way, in this order: in the same file (a write to `LANGSMITH_API_KEY`,
    a check of it, `load_dotenv()`, `getpass`, Colab or Streamlit secrets, a settings class), in the other files of the
    project, and in `.env*`, compose, workflow, Dockerfile, `langgraph.json` and other configuration files that name the
    variable. A program that takes the key out of its environment before the client is created (`del os.environ[…]`,
    `os.environ.pop(…)`, `os.environ.clear()`), and one that another program of the project starts with an environment
    that lacks the key (`subprocess.run(…, env={…})`, `os.execve`, a server of `StdioServerParameters` or
    `MultiServerMCPClient`, which inherits `PATH` and the like alone), have none. If a `.env` or its template names it
    and nothing else hands it over, a program that loads no such file, although others of the project do, is a warning.

    The setting `credentials` says which evidence counts: `"project"` (all of it), `"file"` (only the file),
    `"argument"` (only an explicit key).

    ## Why it matters
    Since langsmith 0.4.19 a client without a key is created without a warning, unless tracing is on. Every request
    then fails with 401 or 403, and traces are lost in the background.

    ## Example
    ```python
    from langsmith import Client

    client = Client()


    def names():
        try:
            return [project.name for project in client.list_projects()]
        except Exception as error:
            print(f"LangSmith: {error}")
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
        except Exception as error:
            print(f"LangSmith: {error}")
            return []
    ```

    ## Not flagged
    Clients with `api_key`, `api_urls`, `profile`, `session`, `headers` or unpacked arguments; defaults that a caller
    can replace (`client or Client()`); clients that are created only where tracing is on; functions of published
    packages (with `py.typed`), whose callers supply the key; tests; `Client` classes of other packages; clients for
    which the project shows evidence; clients that send to a collector of OpenTelemetry alone (`LANGSMITH_OTEL_ONLY`,
    `tracing_mode="otel"`). A mention in prose or in a changelog, a JSON or TOML file that is never loaded, and
    variables that another script loads for itself are no evidence. If a module that may set the key is not among the
    files (a module next to the file, or one whose function without arguments runs before the client is created), or a
    job of CircleCI, GitLab or the like runs the program, whose variables stand in the settings of a project there, or
    the project installs `langsmith[otel]`, the finding is for auditors only.

    ## Fix safety
    There is no automatic fix: only the author knows where the key comes from.

    ## References
    - [Create an account and API key](https://docs.langchain.com/langsmith/create-account-api-key)
    """
    if file.is_test:
        return
    evidence = analysis.evidence
    built = [
        (client, client.call.callee_span) for client in analysis.clients.constructions(file)
    ]
    built += [
        (client, client.call.callee_span) for client in built_by_library(file, analysis.values)
    ]
    for client, at in (*built, *analysis.clients.factories(file)):
        if evidence.arguments.carry_key(client) or _has_blank_key(client, analysis):
            continue
        if not _needs_key(client, analysis):
            continue
        yield from _judged(client, at, analysis)


def _judged(client: Construction, at: Span, analysis: Analysis) -> Iterator[Violation]:
    """The finding about a client that is passed no key: by the setting `credentials`, and by what the program does."""
    evidence, file = analysis.evidence, client.file
    level = analysis.project.settings.credentials
    if level == "argument":
        reason = 'no `api_key` is passed (`credentials = "argument"` requires one)'
        yield _violation(client, reason, analysis, at)
        return
    variables = evidence.variables(client)
    if not variables:
        reason = f"it reads no variable in {_release(client, analysis)}"
        yield _violation(client, reason, analysis, at)
        return
    if evidence.alternatives.is_optional(client):
        return
    removal = analysis.key_removals.before(client, variables)
    if removal is not None:
        yield _violation(client, _taken_out(removal), analysis, at)
        return
    if evidence.in_file(file, variables) or (
        client.call.scope != 0 and analysis.project.is_published(file)
    ):
        return  # the program that calls a library brings the key
    if level == "file":
        variable = analysis.sdk.key_variable(client.cls)
        reason = f"no `api_key`, and nothing in this file sets {variable}"
        yield _violation(client, reason, analysis, at)
    elif not analysis.process_keys.needs_no_key(client):
        yield from _in_project(client, variables, analysis, at)


def _in_project(
    client: Construction, variables: tuple[str, ...], analysis: Analysis, at: Span
) -> Iterator[Violation]:
    """The finding where nothing in the project supplies a key, or nothing that the client's own program loads."""
    evidence = analysis.evidence
    search = evidence.in_project(variables, evidence.script_of(client))
    if _is_supplied(client, search):
        withheld = analysis.process_keys.withheld(client)
        if withheld is not None:
            yield _started_without(client, withheld, analysis, at)
            return
        reason = _loaded_by_others(client, variables, analysis)
        if reason is not None:
            found = _violation(client, reason, analysis, at)
            yield msgspec.structs.replace(found, severity=Severity.WARNING)
        return
    doubt = _doubt(client, analysis)
    persona = Persona.AUDITOR if doubt else Persona.REGULAR
    yield _violation(
        client, doubt or _searched(client, search, analysis), analysis, at, persona
    )


def _started_without(
    client: Construction, withheld: Withheld, analysis: Analysis, at: Span
) -> Violation:
    """The finding where another program of the project starts the client's with an environment that lacks the key."""
    variable = analysis.sdk.key_variable(client.cls)
    starter = f"line {withheld.span.line} of `{withheld.starter.relative}`"
    reason = f"{starter} starts this program with an environment that has no {variable}"
    found = _violation(client, reason, analysis, at)
    return msgspec.structs.replace(
        found,
        help=f'hand it over there as well: `"{variable}": os.environ["{variable}"]`',
        related=(Related(withheld.starter.relative, withheld.span, "it is started here"),),
    )


def _loaded_by_others(
    client: Construction, variables: tuple[str, ...], analysis: Analysis
) -> str | None:
    """Why a program has no key although others of the project load one; None where that is not known."""
    elsewhere = analysis.loaded_elsewhere.of(client, variables)
    if elsewhere is None:
        return None
    variable = analysis.sdk.key_variable(client.cls)
    first, *others = elsewhere.loading
    load = f"`{first}` loads such a file"
    if others:
        load = f"`{first}` and {_counted(len(others), 'other file')} load such a file"
    return f"no `api_key`, and {variable} is only in {elsewhere.described}; {load}, this one does not"


def _is_supplied(client: Construction, search: Search) -> bool:
    """Whether the project shows a key; langchain before 0.2.13 asks its hub with one of another name, too."""
    is_hub = client.builder == "hub"
    return search.found is not None or (is_hub and HUB_KEY in search.other_names)


def _needs_key(client: Construction, analysis: Analysis) -> bool:
    """Whether what a client asks takes a key: of deployments those of LangSmith's, by their address."""
    if analysis.sdk.distribution(client.cls) == LANGSMITH:
        return True
    origin, addresses = (client.file, client.site), analysis.clients.addresses
    where = addresses.of(origin)
    if where != "unknown":
        return where == "hosted"
    written = {
        text
        for variable in addresses.variables(origin)
        for text in analysis.processes.values_in_files(variable)
    }
    return bool(written) and all(map(is_hosted, written))


def _release(client: Construction, analysis: Analysis) -> str:
    return analysis.project.version_for(client.cls).spoken


def _has_blank_key(client: Construction, analysis: Analysis) -> bool:
    """A key that is there but blank is LS202's."""
    return client.argument("api_key") is not None and bool(
        analysis.evidence.literal_keys(client)
    )


def _searched(client: Construction, search: Search, analysis: Analysis) -> str:
    variable = analysis.sdk.key_variable(client.cls)
    looked = (
        [_counted(search.python_files, "Python file")]
        if search.python_files or not search.notebooks
        else []
    )
    looked += [_counted(search.notebooks, "notebook")] if search.notebooks else []
    # Of what lies around the project, such as the workflows of a repository with many, `why` tells.
    within = [name for name in search.other_files if not name.startswith("../")]
    others = within or search.other_files
    looked += others[:3]
    more = len(others) - 3
    looked += [f"{more} more"] if more > 0 else []
    unread = _listed(search.other_names[:2])
    never = f"; it never reads {unread}" if unread else ""
    return f"no `api_key`, and nothing in this project sets {variable} (looked in {', '.join(looked)}{never})"


def _doubt(client: Construction, analysis: Analysis) -> str:
    """Why it is not known that the client needs a key and gets none; empty where it is known."""
    nowhere = f"no `api_key`, nothing here sets {analysis.sdk.key_variable(client.cls)}"
    module = analysis.evidence.missing_modules.of(client)
    if module is not None:
        return f"{nowhere}, and `{module}`, which may set it, is not here"
    job = _job_that_runs(client, analysis)
    if job is not None:
        return f"{nowhere}, and whether the settings of the project that runs `{job}` do is not known"
    if analysis.process_keys.may_send_telemetry_only:
        return f"{nowhere}, and whether traces go to a collector alone (`langsmith[otel]`) is not known"
    return ""


def _job_that_runs(client: Construction, analysis: Analysis) -> str | None:
    """The configuration of a job that runs the client's program with variables that no file names."""
    jobs = analysis.starters.in_ci
    programs = analysis.processes.programs
    name = client.file.relative
    return next(
        (
            job
            for started, job in jobs.items()
            if programs.is_run_by(name, frozenset({started}))
        ),
        None,
    )


def _taken_out(removal: Removal) -> str:
    """Why there is no key although the program has loaded one, or may have been started with one."""
    names = _listed([f"`{name}`" for name in KEYS if name in removal.names])
    return f"line {removal.span.line} has taken {names} out of the environment"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _listed(names: Sequence[str]) -> str:
    return " or ".join(names)


def _violation(
    client: Construction,
    reason: str,
    analysis: Analysis,
    at: Span,
    persona: Persona = Persona.REGULAR,
) -> Violation:
    variable = analysis.sdk.key_variable(client.cls)
    reads = bool(analysis.sdk.key_variables(client.cls))
    set_it = f"set {variable} in the environment and check it at start, or " if reads else ""
    key = f'api_key=os.environ["{variable}"]'
    what = "asks LangSmith" if client.builder in {"hub", "evaluation"} else "is created"
    only_traces = client.builder in {"tracer", "run tree"}
    takes_client = only_traces or client.builder == "evaluation"
    return Violation(
        at=at,
        message=f"`{_spelled(client, at)}()` {what} without credentials: {reason}",
        help=f"{set_it}pass `client=Client({key})`"
        if takes_client
        else f"{set_it}pass `{key}`",
        persona=persona,
        severity=Severity.WARNING if only_traces else None,
    )


def _spelled(client: Construction, at: Span) -> str:
    """The class as the file spells it, which an import may have given another name."""
    spelled = client.file.source(at)
    return spelled if spelled.replace(".", "").isidentifier() else client.written
