"""LS999: the engine's own; nothing to check here."""

from __future__ import annotations

from collections.abc import Iterable

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.project.file import File
from lint_langsmith.findings import Severity, Violation
from lint_langsmith.rules.registry import rule


@rule("LS999", "internal-error", severity=Severity.ERROR, since="0.1")
def check(file: File, analysis: Analysis) -> Iterable[Violation]:
    """A rule failed on a file.

    ## What it does
    Reports that a rule raised an exception of its own, with its type and place, never with values. The run continues,
    and the exit code is 2.

    ## Why it matters
    A rule that fails has not checked the file.

    ## Example
    ```python
    import langsmith
    ```

    ## Use instead
    ```python
    import langsmith
    ```

    ## Not flagged
    It is never a fault of the linted file. Please report it.

    ## Fix safety
    There is no automatic fix.

    ## References
    - [Suppressing findings](https://lint-langsmith.github.io/lint-langsmith/suppression/)
    """
    del file, analysis
    return ()
