"""LS903: the engine's own; nothing to check here."""

from __future__ import annotations

from collections.abc import Iterable

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.project.file import File
from lint_langsmith.findings import Severity, Violation
from lint_langsmith.rules.registry import rule


@rule("LS903", "malformed-suppression", severity=Severity.WARNING, since="0.1")
def check(file: File, analysis: Analysis) -> Iterable[Violation]:
    """A suppression comment is malformed.

    ## What it does
    Reports comments that begin with `# lint-langsmith` but do not have the form `# lint-langsmith: ignore[LS101,name]
    reason` or `# lint-langsmith: file-ignore[…]`: no brackets, an empty list, another word.

    ## Why it matters
    A malformed comment suppresses nothing.

    ## Example
    ```python
    import langsmith  # lint-langsmith: ignore LS101

    print(langsmith.__version__)
    ```

    ## Use instead
    ```python
    import langsmith

    print(langsmith.__version__)
    ```

    ## Not flagged
    Comments that mention lint-langsmith in a sentence.

    ## Fix safety
    There is no automatic fix.

    ## References
    - [Suppressing findings](https://lint-langsmith.github.io/lint-langsmith/suppression/)
    """
    del file, analysis
    return ()
