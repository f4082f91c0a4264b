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
    Reports files that are not of the encoding they declare, or not Python that the installed libcst can parse, with the
    place where reading ended; notebooks that are no JSON; and, as a warning, single cells of notebooks that are no
    Python even after what IPython makes of magics and shell lines. The other cells of such a notebook are checked.

    ## Why it matters
    A file that was not read was not checked: that must not look like a clean one. The configuration of a checkout,
    which may be a stranger's, can neither ignore this rule nor lower its severity; `--ignore LS900` on the command line
    can.

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
    Files that have nothing to do with LangSmith: they are not parsed at all. Cells that are no Python only because a
    reader shall put something in: `os.environ["LANGSMITH_API_KEY"] = <your-api-key>`.

    ## Fix safety
    There is no automatic fix yet.

    ## References
    - [Suppressing findings](https://lint-langsmith.github.io/lint-langsmith/suppression/)
    """
    del analysis
    for fault in file.faults:
        yield Violation(
            at=fault.span,
            message=f"cell {fault.cell} is no Python: {fault.message}, so nothing in it was checked",
            severity=Severity.WARNING,
        )
