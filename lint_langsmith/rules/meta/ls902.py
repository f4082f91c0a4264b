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
    Reports entries of `# lint-langsmith:` comments, and `LS…` codes in `noqa`, that are neither the code nor the name
    of a rule. The help suggests the nearest rule.

    ## Why it matters
    It suppresses nothing, and the finding that it should suppress is reported.

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
    There is no automatic fix.

    ## References
    - [Suppressing findings](https://lint-langsmith.github.io/lint-langsmith/suppression/)
    """
    del file, analysis
    return ()
