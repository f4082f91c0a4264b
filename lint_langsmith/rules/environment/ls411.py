"""LS411: a line of an environment file that is not read as written."""

from __future__ import annotations

from collections.abc import Iterator

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.environment.unloaded import Unloaded
from lint_langsmith.analysis.environment.variable_lines import line_faults
from lint_langsmith.analysis.project.file import File
from lint_langsmith.findings import Severity, Span, Violation
from lint_langsmith.rules.registry import rule


@rule("LS411", "unread-variable-line", severity=Severity.WARNING, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """The loader of an environment file drops a line, passes it on to nothing, or reads it in another way than written.

    ## What it does
    Checks the lines with LangSmith's variables in an environment file that the project loads, by the grammar of its
    loader. Reports, for example, `NAME: "value"` for python-dotenv, `export` or quotes that stay in the value for
    `docker run --env-file`, a blank before `=` for a shell, a comment that stays in the value for python-decouple and
    starlette's `Config`, and `export` for honcho. Also reports a tracing flag in the `.env` (or in its template) beside
    a compose file, if nothing but compose reads that file and no service asks for the flag or the key; a flag or a
    key in the `.env` (or in its template) that a page tells to make and that nothing in the project loads; and
    variables in Streamlit's `secrets.toml` that do not reach the environment: in a table, as a table, or as a boolean.

    ## Why it matters
    python-dotenv drops the line with a warning that is easily missed (executed on 1.2.4). The EU key then goes to the
    US host and is refused with 403, or tracing is off.

    ## Example
    ```sh .env
    LANGSMITH_ENDPOINT: "https://eu.api.smith.langchain.com"
    ```
    ```python
    from dotenv import load_dotenv

    load_dotenv()
    ```

    ## Use instead
    ```sh .env
    LANGSMITH_ENDPOINT="https://eu.api.smith.langchain.com"
    ```
    ```python
    from dotenv import load_dotenv

    load_dotenv()
    ```

    ## Not flagged
    Lines that the loader accepts: blanks around `=`, `export` and quotes for python-dotenv, `NAME: value` for
    compose and direnv, quotes around a key for docker (the SDK strips them). Files that are never loaded. A `.env`
    that anything else names, or that a tool of the project may load by itself. Secrets that the
    code takes out of their table, or all of them.

    ## Fix safety
    There is no automatic fix.

    ## References
    - [python-dotenv: file format](https://saurabh-kumar.com/python-dotenv/#file-format)
    """
    for lost in analysis.processes.unexported(file):
        yield Violation(
            at=lost.at,
            message=f"Streamlit does not put `{lost.name}` into the environment, because {lost.why}",
            help=f'write `{lost.name} = "…"` above the first table',
        )
    if file.kind != "dotenv":
        return
    dropped = analysis.processes.unpassed(file)
    if dropped is not None:
        yield Violation(
            at=dropped.setting.at,
            message=(
                f"`{dropped.setting.name}` reaches no container: compose reads this file only to fill in `${{…}}`,"
                f" and no service of `{dropped.compose}` asks for it"
            ),
            help=(
                f"write `{dropped.setting.name}: ${{{dropped.setting.name}}}` below `environment` of the service,"
                " and the key likewise"
            ),
        )
    unloaded = analysis.unloaded_files.of(file)
    if unloaded is not None:
        yield _unloaded(unloaded)
    seen: set[int] = set()
    for loader in sorted(analysis.processes.loaders_of(file.relative)):
        for fault in line_faults(file.lines, loader):
            # What is read for settings matters where the code asks for it.
            is_asked = loader != "decouple" or analysis.processes.is_in_code(fault.name)
            if is_asked and fault.line not in seen:
                seen.add(fault.line)
                end = fault.column + len(fault.name)
                yield Violation(
                    at=Span(fault.line, fault.column, fault.line, end),
                    message=f"the line of `{fault.name}` is not read as written: {fault.effect}",
                    help=f"write `{fault.right}`",
                )


def _unloaded(found: Unloaded) -> Violation:
    loads = (
        f'write `"env": ".env"` into `{found.graphs}`'
        if found.graphs is not None
        else "call `load_dotenv()` at the start of the program, before langsmith is used"
    )
    return Violation(
        at=found.setting.at,
        message=(
            f"`{found.setting.name}` reaches no program: nothing in this project loads the `.env` that `{found.page}`"
            " tells to make"
        ),
        help=loads,
    )
