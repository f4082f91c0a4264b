"""LS901: the engine's own; nothing to check here."""

from __future__ import annotations

from collections.abc import Iterable

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.project.file import File
from lint_langsmith.findings import Severity, Violation
from lint_langsmith.rules.registry import rule


@rule("LS901", "unused-suppression", severity=Severity.WARNING, since="0.1")
def check(file: File, analysis: Analysis) -> Iterable[Violation]:
    """A suppression has nothing to suppress.

    ## What it does
    Reports entries of `# lint-langsmith: ignore[…]`, `file-ignore[…]` and `# noqa: LS…` that suppress no finding of a
    rule that ran on the file.

    ## Why it matters
    A suppression that stays after its finding is fixed hides the next finding.

    ## Example
    ```python
    import langsmith  # lint-langsmith: ignore[LS101] no key here any more

    print(langsmith.__version__)
    ```

    ## Use instead
    ```python
    import langsmith

    print(langsmith.__version__)
    ```

    ## Not flagged
    Suppressions of rules that did not run (`--select`); codes of other tools in a `noqa`; text that is not a comment:
    prose, code in backticks, Markdown blocks without a language; comments in code examples.

    ## Fix safety
    The fix is safe: it removes only the entry, or the whole comment if nothing else is in it. There is no fix if
    removing the comment could change the meaning of the file: on a line of its own in Markdown, after a value of an INI
    file, in a script inside YAML.

    ## References
    - [Suppressing findings](https://lint-langsmith.github.io/lint-langsmith/suppression/)
    """
    del file, analysis
    return ()
