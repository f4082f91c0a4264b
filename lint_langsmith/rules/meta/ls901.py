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
    A suppression that outlives its finding hides the next one.

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
    Suppressions of rules that did not run (`--select`); codes of other tools in a `noqa`. What is no comment: prose,
    code in backticks, blocks of Markdown that name no language; comments in an example of code, which may be there to
    be read.

    ## Fix safety
    Safe: only the entry goes, with the comment when it says nothing else. There is no fix where the file would not mean
    the same without the comment: on a line of its own in Markdown, behind a value of an INI file, in a script that
    YAML holds.

    ## References
    - [Suppressing findings](https://lint-langsmith.github.io/lint-langsmith/suppression/)
    """
    del file, analysis
    return ()
