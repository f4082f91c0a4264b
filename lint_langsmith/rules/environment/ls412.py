"""LS412: a variable that the project offers, and that its code overwrites."""

from __future__ import annotations

from collections.abc import Iterator

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.credentials.credentials import is_example
from lint_langsmith.analysis.environment.overwritten import Overwritten
from lint_langsmith.analysis.project.file import File
from lint_langsmith.findings import Related, Severity, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.sdk.variables import ENDPOINTS


@rule("LS412", "overwritten-variable", severity=Severity.WARNING, since="1.0", preview=True)
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """Code sets a variable to a constant, and what the project tells others to set has no effect.

    ## What it does
    Reports an address, a project or a tracing flag that code puts into `os.environ` as a constant whenever the program
    runs, where a file of variables, the template of one, a compose file, a Dockerfile or a README in the same folder or
    above offers that variable. Of projects and flags only where another value is offered.

    ## Why it matters
    Executed on langsmith 0.15.1: what `os.environ[NAME] = "…"` sets counts, before `load_dotenv()` and behind it. A key
    of the EU goes to the address of the US and is refused with 403, though its owner has set `LANGSMITH_ENDPOINT` as
    told; with a flag, tracing can't be turned off.

    ## Example
    ```sh .env.example
    LANGSMITH_TRACING=false
    ```
    ```python
    import os

    from dotenv import load_dotenv
    from langsmith import traceable

    load_dotenv()
    os.environ["LANGSMITH_TRACING"] = "true"
    ```

    ## Use instead
    ```sh .env.example
    LANGSMITH_TRACING=false
    ```
    ```python
    import os

    from dotenv import load_dotenv
    from langsmith import traceable

    load_dotenv()
    os.environ.setdefault("LANGSMITH_TRACING", "true")
    ```

    ## Not flagged
    `setdefault`, `os.environ.get(NAME, "…")` as the value, anything under a condition; variables that the code reads
    somewhere, also as a field of settings; functions that nobody calls, and files that nobody imports; what a child
    process gets; projects that load with `override=True`; tests, notebooks and examples; an address of one's own; equal
    projects and flags; a variable of which the other name is offered and read first.

    ## Fix safety
    There is no automatic fix: the author may want the constant, and take the offer back.

    ## References
    - [Environment variables](https://docs.langchain.com/langsmith/env-var)
    """
    if is_example(file):
        return
    found = analysis.overwritten.of(file)
    # Another region's address is told by LS403 already.
    told = {item.winner.setting.at for item in analysis.processes.beaten(file)} if found else ()
    for item in found:
        if item.setting.at not in told:
            yield _violation(item)


def _violation(item: Overwritten) -> Violation:
    setting, offered = item.setting, item.offered
    effect = (
        "; a key of another region is refused with 403" if setting.name in ENDPOINTS else ""
    )
    return Violation(
        at=setting.at,
        message=(
            f"`{offered.name}`, which `{offered.file.relative}` offers, has no effect: this assignment overwrites it"
            f" with `{setting.value}`{effect}"
        ),
        help=f'write `os.environ.setdefault("{offered.name}", "{setting.value}")` behind what loads variables',
        related=(Related(offered.file.relative, offered.at, "this one has no effect"),),
    )
