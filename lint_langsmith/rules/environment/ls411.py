"""LS411: a line of a file of variables that is not read."""

from __future__ import annotations

from collections.abc import Iterator

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.environment.variable_lines import line_faults
from lint_langsmith.analysis.project.file import File
from lint_langsmith.findings import Severity, Span, Violation
from lint_langsmith.rules.registry import rule


@rule("LS411", "unread-variable-line", severity=Severity.WARNING, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A line of a file of variables is dropped by what loads the file, or read otherwise than it is meant.

    ## What it does
    Looks at the lines that name one of LangSmith's variables in a file of variables that the project loads, with the
    grammar of what loads it: `NAME: "value"` for python-dotenv, `export` or quotes that stay in the value for
    `docker run --env-file`, a blank before `=` for a shell.

    ## Why it matters
    Executed on python-dotenv 1.2.4: the line is left out with a warning that few see. The EU key then goes to the US
    host and is refused with 403, or tracing is just off.

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
    What the loader in question takes: blanks around `=`, `export` and quotes for python-dotenv, `NAME: value` for
    compose and direnv, quotes around a key for docker (the SDK takes them off). Files that nothing loads.

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
            if fault.line not in seen:
                seen.add(fault.line)
                end = fault.column + len(fault.name)
                yield Violation(
                    at=Span(fault.line, fault.column, fault.line, end),
                    message=f"the line of `{fault.name}` is not read as it is meant: {fault.effect}",
                    help=f"write `{fault.right}`",
                )
