"""LS101: a key in the source."""

from __future__ import annotations

from collections.abc import Iterator

from lint_langsmith.findings import Secret, Severity, Span, Violation
from lint_langsmith.model import data
from lint_langsmith.model.file import File, Place
from lint_langsmith.model.folding import fold
from lint_langsmith.model.project import Project
from lint_langsmith.rules.registry import rule
from lint_langsmith.sdk.keys import Key, find_keys
from lint_langsmith.source.places import Places
from lint_langsmith.source.text import LineIndex


@rule("LS101", "hardcoded-api-key", severity=Severity.ERROR, since="0.1")
def check(file: File, project: Project) -> Iterator[Violation]:
    """A LangSmith key stands in the source.

    ## What it does
    Finds values of the exact shape of a LangSmith key (`lsv2_pt_…`, `lsv2_sk_…`, and the legacy `ls__…`) anywhere in a
    file: in code, comments and docstrings, and in strings that are put together from parts (concatenation, f-strings
    over constants, `join`, `format`, base64). Tests and examples are no excuse: a key that works, works from there too.

    ## Why it matters
    Who can read the repository can read, write and delete your traces, datasets and prompts. A key that was committed
    stays in the history: taking it out of the file is not enough, it must be revoked.

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
    Placeholders (`lsv2_pt_...`, `<your-api-key>`), prefixes alone, and bodies that a person typed: few different
    digits, repetitions, `0123456789abcdef`. A body that is a UUID of version 4, as all genuine ones are, is never
    taken for a made-up one.

    ## Fix safety
    There is no automatic fix: the key has to be revoked first.

    ## References
    - [Create an account and API key](https://docs.langchain.com/langsmith/create-account-api-key)
    - [CWE-798: Use of Hard-coded Credentials](https://cwe.mitre.org/data/definitions/798.html)
    """
    index = LineIndex(file.text)
    plain = list(find_keys(file.text))
    for key in plain:
        yield _violation(file.text[key.start : key.end], key, index.span(key.start, key.end))
    if file.places is not None:
        yield from _outside(file, file.places, {key.start for key in plain})
    yield from _composed(file, project, {file.text[key.start : key.end] for key in plain})


def _outside(file: File, places: Places, inside: set[int]) -> Iterator[Violation]:
    """Keys in what a notebook has besides code: outputs, tracebacks, Markdown, metadata."""
    for key in find_keys(file.raw):
        if places.text_offset(key.start) not in inside:
            yield _violation(file.raw[key.start : key.end], key, places.outside(key.start, key.end))


def _composed(file: File, project: Project, plain: set[str]) -> Iterator[Violation]:
    """Keys that only come about when a string is put together."""
    reported: list[tuple[str, Span]] = []
    for row in file.model.composites:
        whole: list[str] = []

        def resolve(expr: data.Expr, row: data.Composite = row, whole: list[str] = whole) -> str | None:
            text = project.values.texts(file, expr, Place(row.scope, row.block, row.order))
            whole.append(text or "")
            return text

        text = fold(row.expr, resolve, file.model)
        for key in find_keys(text) if text is not None else ():
            value = text[key.start : key.end] if text is not None else ""
            # A part that is a whole key is reported where it stands, not where it is used.
            elsewhere = value in plain or any(value in part for part in whole)
            # Of a string put together in several steps the first that is the key is reported.
            again = any(value == known and _encloses(row.span, span) for known, span in reported)
            if not again and not elsewhere:
                reported.append((value, row.span))
                yield _violation(value, key, row.span, composed=True)


def _encloses(outer: Span, inner: Span) -> bool:
    start, end = (outer.line, outer.column), (outer.end_line, outer.end_column)
    return start <= (inner.line, inner.column) and (inner.end_line, inner.end_column) <= end


def _violation(value: str, key: Key, span: Span, *, composed: bool = False) -> Violation:
    article = "a" if key.kind != "legacy API key" else "a dead"
    how = ", put together from parts" if composed else ""
    dead = " (legacy keys stopped working on 2024-10-22)" if key.kind == "legacy API key" else ""
    return Violation(
        at=span,
        message=f"{article} LangSmith {key.kind} is hardcoded: `{Secret(value)}`{how}{dead}",
        help="revoke it in LangSmith's settings, it stays in the history; then read the new one from the environment: "
        '`os.environ["LANGSMITH_API_KEY"]`',
        secrets=(span,),
    )
