"""LS902: the engine's own; nothing to check here."""

from __future__ import annotations

from collections.abc import Iterable

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.project.file import File
from lint_langsmith.findings import Severity, Violation
from lint_langsmith.rules.registry import rule


@rule("LS902", "unknown-code-in-suppression", severity=Severity.WARNING, since="0.1")
def check(file: File, analysis: Analysis) -> Iterable[Violation]:
    """A suppression names a rule that does not exist.

    ## What it does
    Reports entries of our own comments, and `LS…` codes in `noqa`, that are neither the code nor the name of a rule,
    with the nearest real one.

    ## Why it matters
    It suppresses nothing, and nobody notices until the finding that it was meant for comes back.

    ## Example
    ```python
    import langsmith  # lint-langsmith: ignore[hardcoded-key] moved here

    print(langsmith.__version__)
    ```

    ## Use instead
    ```python
    import langsmith

    print(langsmith.__version__)
    ```

    ## Not flagged
    Codes of other tools in a `noqa`.

    ## Fix safety
    There is no automatic fix yet.

    ## References
    - [Suppressing findings](https://lint-langsmith.github.io/lint-langsmith/suppression/)
    """
    del file, analysis
    return ()
