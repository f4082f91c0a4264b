"""LS411: a line of an environment file that is not read as written."""

from __future__ import annotations

from collections.abc import Iterator

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.environment.variable_lines import line_faults
from lint_langsmith.analysis.project.file import File
from lint_langsmith.findings import Severity, Span, Violation
from lint_langsmith.rules.registry import rule


@rule("LS411", "unread-variable-line", severity=Severity.WARNING, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """The loader of an environment file drops a line, or reads it in another way than written.

    ## What it does
    Checks the lines with LangSmith's variables in an environment file that the project loads, by the grammar of its
    loader. Reports, for example, `NAME: "value"` for python-dotenv, `export` or quotes that stay in the value for
    `docker run --env-file`, a blank before `=` for a shell, a comment that stays in the value for python-decouple and
    starlette's `Config`, and `export` for honcho.

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
    compose and direnv, quotes around a key for docker (the SDK strips them). Files that are never loaded.

    ## Fix safety
    There is no automatic fix.

    ## References
    - [python-dotenv: file format](https://saurabh-kumar.com/python-dotenv/#file-format)
    """
    if file.kind != "dotenv":
        return
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
