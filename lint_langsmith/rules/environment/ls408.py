"""LS408: a variable that only the JavaScript SDK reads."""

from __future__ import annotations

from collections.abc import Iterator

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.project.file import File
from lint_langsmith.findings import Severity, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.sdk.variables import is_javascript_only


@rule("LS408", "js-only-variable", severity=Severity.INFO, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A Python project sets a variable that only LangSmith's JavaScript packages read.

    ## What it does
    Reports variables such as `LANGCHAIN_CALLBACKS_BACKGROUND` and `LANGSMITH_TRACING_BACKGROUND`, which no release of
    the Python packages reads, in projects without JavaScript.

    ## Why it matters
    The line has no effect. In Python, traces are always sent in the background, and `client.flush()` sends the last
    ones before the program ends.

    ## Example
    ```python
    import os

    os.environ["LANGCHAIN_CALLBACKS_BACKGROUND"] = "true"
    ```

    ## Use instead
    ```python
    import os

    os.environ["LANGSMITH_TRACING"] = "true"
    ```

    ## Not flagged
    Projects with LangSmith or LangChain in a `package.json`, or that run a program written in JavaScript (n8n,
    Flowise, …); services that run a third-party image; variables that the project or one of its packages reads.

    ## Fix safety
    There is no automatic fix.

    ## References
    - [Environment variables](https://docs.langchain.com/langsmith/env-var)
    """
    for setting in analysis.settings(file):
        if not is_javascript_only(setting.name) or analysis.readings.has_javascript:
            continue
        if (
            analysis.foreign_services.run_javascript
            or analysis.foreign_services.gets(setting)
            or analysis.foreign_services.read(setting.name)
        ):
            continue
        if not analysis.readings.is_read(setting.name):
            yield Violation(
                at=setting.at,
                message=f"`{setting.name}` is read only by LangSmith's JavaScript packages; in Python it has no effect",
                help="remove it; to wait for traces before the program ends, call `client.flush()`",
            )
