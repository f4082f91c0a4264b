"""LS104: a damaged copy of a key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.project.file import File
from lint_langsmith.findings import Secret, Severity, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.sdk.keys import Damaged, fault_of, find_keys


@rule("LS104", "malformed-api-key", severity=Severity.WARNING, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A LangSmith key is damaged: it is cut short, in capitals, or lacks its first letters.

    ## What it does
    Reports damaged keys anywhere in a file: `lsv2_pt_…` without its end, `sv2_pt_…`, `LSV2_PT_…`, and keys with blanks
    or quotes inside. Reports shorter pieces where LangSmith expects a key.

    ## Why it matters
    LangSmith answers 401 or 403 and does not mention the shape. Most of a secret is in the source.

    ## Example
    ```python
    from langsmith import Client

    client = Client(api_key="{KEY[:40]}")
    ```

    ## Use instead
    ```python
    import os

    from langsmith import Client

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])
    ```

    ## Not flagged
    Placeholders, bodies typed by hand, prefixes alone; blanks and quotes around a key, which the SDK strips; tests.

    ## Fix safety
    There is no automatic fix: the rest of the key is not in the file.

    ## References
    - [Create an account and API key](https://docs.langchain.com/langsmith/create-account-api-key)
    """
    if file.is_test:
        return
    reported = []
    for occurrence in analysis.secrets.of(file):
        reported.append(occurrence.span)
        if isinstance(occurrence.found, Damaged):
            yield Violation(
                at=occurrence.span,
                message=f"this LangSmith key {occurrence.found.fault}: `{Secret(occurrence.found.value)}`",
                help=_HELP,
                secrets=(occurrence.span,),
            )
    for credential in analysis.credentials.of(file):
        for text, span in credential.texts:
            fault = fault_of(text) if not any(find_keys(text)) else None
            if fault is not None and not any(
                span.encloses(other) or other.encloses(span) for other in reported
            ):
                reported.append(span)
                yield Violation(
                    at=span,
                    message=f"{credential.what} {fault}: `{Secret(text)}`",
                    help=_HELP,
                    secrets=(span,),
                )


_HELP: Final = "copy the whole key again, into the environment and not into the source; revoke it if it was committed"
