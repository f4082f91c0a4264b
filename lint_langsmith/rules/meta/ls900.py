"""LS900: the engine's own for whole files; here for the cells of a notebook."""

from __future__ import annotations

from collections.abc import Iterator

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.project.file import File
from lint_langsmith.findings import Severity, Violation
from lint_langsmith.rules.registry import rule


@rule("LS900", "unreadable-file", severity=Severity.ERROR, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A file can't be decoded or parsed.

    ## What it does
    Reports files that can't be decoded with their declared encoding, files that the installed libcst can't parse (with
    the position of the error), and notebooks that are not valid JSON. Reports as a warning single cells of a notebook
    that are not valid Python even after IPython's translation of magics and shell lines. The other cells of such a
    notebook are checked.

    ## Why it matters
    A file that can't be read is not checked, and must not look like a file without findings. The configuration of a
    checkout, which may be a stranger's, can neither ignore this rule nor lower its severity; `--ignore LS900` on the
    command line can.

    ## Example
    ```python
    from langsmith import Client

    def broken(:
        return Client
    ```

    ## Use instead
    ```python
    from langsmith import Client


    def whole():
        return Client
    ```

    ## Not flagged
    Files that do not use LangSmith, which are not parsed. Cells that are not valid Python only because the reader has
    to fill in a placeholder: `os.environ["LANGSMITH_API_KEY"] = <your-api-key>`.

    ## Fix safety
    There is no automatic fix.

    ## References
    - [Suppressing findings](https://lint-langsmith.github.io/lint-langsmith/suppression/)
    """
    del analysis
    for fault in file.faults:
        yield Violation(
            at=fault.span,
            message=f"cell {fault.cell} is not valid Python and is not checked: {fault.message}",
            severity=Severity.WARNING,
        )
