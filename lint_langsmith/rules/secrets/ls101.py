"""LS101: a key in the source."""

from __future__ import annotations

from collections.abc import Iterator

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.credentials.secrets import Occurrence
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.project.import_edits import imported
from lint_langsmith.findings import Applicability, Edit, Fix, Secret, Severity, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.sdk.keys import Key
from lint_langsmith.source.kinds import CODE


@rule("LS101", "hardcoded-api-key", severity=Severity.ERROR, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A LangSmith key is in the source.

    ## What it does
    Finds values with the exact shape of a LangSmith key (`lsv2_pt_…`, `lsv2_sk_…`, and the legacy `ls__…`) anywhere in
    any text file: code, comments and docstrings, notebooks with their outputs, `.env` files, YAML, Dockerfiles,
    documentation. Finds them also in base64, with escapes of JSON, HTML and URLs, across a continued line, in
    adjacent string literals, from its end, in ROT13 or hexadecimal digits, and in Python strings that are built from
    constants: concatenated, formatted, joined from a list, reversed, sliced, or written as character codes, also step
    by step: in loops, in lists and dicts that are filled, in `os.environ`, in functions that get the parts. Tests and
    examples are checked too, because a valid key works from there as well.

    ## Why it matters
    Everyone who can read the repository can read, write and delete your traces, datasets and prompts. A committed key
    stays in the history. Deleting it from the file is not enough; it must be revoked.

    ## Example
    ```python
    from langsmith import Client

    client = Client(api_key="{KEY}")
    ```

    ## Use instead
    ```python
    import os

    from langsmith import Client

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])
    ```

    ## Not flagged
    Placeholders (`lsv2_pt_...`, `<your-api-key>`), prefixes alone, lock files, and bodies typed by hand: few different
    digits, repetitions, `0123456789abcdef`. A body that is a UUID of version 4, as in all genuine keys, is always
    reported.

    ## Fix safety
    The fix replaces `api_key="…"` of a client by `os.environ["LANGSMITH_API_KEY"]` and adds the import. It is unsafe,
    because the program then needs the variable. The key in the history must still be revoked.

    ## References
    - [Create an account and API key](https://docs.langchain.com/langsmith/create-account-api-key)
    - [CWE-798: Use of Hard-coded Credentials](https://cwe.mitre.org/data/definitions/798.html)
    """
    for occurrence in analysis.secrets.of(file):
        if isinstance(occurrence.found, Key):
            yield _violation(occurrence.found, occurrence, _fix(file, analysis, occurrence))


def _fix(file: File, analysis: Analysis, occurrence: Occurrence) -> Fix | None:
    """`api_key="…"` of a client becomes a read of the variable; nothing else that holds a key has one right answer."""
    if not isinstance(occurrence.found, Key) or file.kind not in CODE:
        return None
    for client in analysis.clients.constructions(file):
        value = client.argument("api_key")
        if not isinstance(value, ir.Text) or value.value.strip() != occurrence.found.value:
            continue
        if value.span.encloses(occurrence.span):
            variable = analysis.sdk.key_variable(client.cls)
            os = imported(file, "os", value.span)
            if os is None:
                return None
            edits = (
                Edit(value.span, f'{os.name}.environ["{variable}"]'),
                *([os.edit] if os.edit is not None else []),
            )
            return Fix(f"Read the key from {variable}", Applicability.UNSAFE, edits)
    return None


def _violation(key: Key, occurrence: Occurrence, fix: Fix | None) -> Violation:
    article = "a" if key.kind != "legacy API key" else "a dead"
    how = ", built from parts" if occurrence.composed else ", in base64" if key.encoded else ""
    how = ", written with escapes or in pieces" if key.escaped else how
    how = ", reversed or in another code" if key.disguised else how
    dead = (
        " (legacy keys stopped working on 2024-10-22)" if key.kind == "legacy API key" else ""
    )
    return Violation(
        at=occurrence.span,
        message=f"{article} LangSmith {key.kind} is hardcoded: `{Secret(key.value)}`{how}{dead}",
        help="revoke it in LangSmith's settings, because it stays in the history; then read the new key with "
        '`os.environ["LANGSMITH_API_KEY"]`',
        severity=Severity.WARNING if key.kind == "API key" else None,
        secrets=(occurrence.span,),
        fix=fix,
    )
