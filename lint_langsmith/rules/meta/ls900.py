"""LS900: the engine's own; nothing to check here."""

from __future__ import annotations

from collections.abc import Iterable

from lint_langsmith.findings import Severity, Violation
from lint_langsmith.model.file import File
from lint_langsmith.model.project import Project
from lint_langsmith.rules.registry import rule


@rule("LS900", "unreadable-file", severity=Severity.ERROR, since="0.1")
def check(file: File, project: Project) -> Iterable[Violation]:
    """A file can't be decoded or parsed.

    ## What it does
    Reports files that are not of the encoding they declare, or not Python that the installed libcst can parse, with the
    place where reading ended.

    ## Why it matters
    A file that was not read was not checked: that must not look like a clean one.

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
    Files that have nothing to do with LangSmith: they are not parsed at all.

    ## Fix safety
    There is no automatic fix yet.

    ## References
    - [Suppressing findings](https://lint-langsmith.github.io/lint-langsmith/suppression/)
    """
    del file, project
    return ()
