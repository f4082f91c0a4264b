"""LS102: a credential in the source without the shape of a LangSmith key."""

from __future__ import annotations

from collections.abc import Iterator

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.credentials.credentials import is_example
from lint_langsmith.analysis.project.file import File
from lint_langsmith.findings import Secret, Severity, Span, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.sdk.keys import fault_of, find_keys, is_credential
from lint_langsmith.sdk.providers import provider_of


@rule("LS102", "hardcoded-credential", severity=Severity.WARNING, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A secret without the shape of a LangSmith key is hardcoded where LangSmith expects a key.

    ## What it does
    Reports literals that look like secrets (20 characters or more, with digits) where a LangSmith credential is
    expected: `api_key`, `api_urls` and `x-api-key` headers of a client, the key's variables in Python and in all other
    files, `LANGSMITH_RUNS_ENDPOINTS`, OTLP headers, fallbacks of `os.getenv`, and defaults of fields, parameters and
    options that are named like the key's variable.

    ## Why it matters
    Self-hosted installations and gateways issue keys of other shapes, which no pattern matches. A token in such a place
    stays in the history of the repository.

    ## Example
    ```python
    from langsmith import Client

    client = Client(api_url="https://smith.example.com/api/v1", api_key="q8Zt41VbX0cR77mLw2Kd9s")
    ```

    ## Use instead
    ```python
    import os

    from langsmith import Client

    client = Client(api_url="https://smith.example.com/api/v1", api_key=os.environ["LANGSMITH_API_KEY"])
    ```

    ## Not flagged
    Placeholders, templates (`${…}`, `<…>`, `{{…}}`), references to secret stores (`op://…`, `arn:…`); tests,
    documentation, examples; keys of LangSmith's shape (LS101), damaged keys (LS104), keys of other providers (LS103).

    ## Fix safety
    There is no automatic fix: the secret has to be revoked first.

    ## References
    - [CWE-798: Use of Hard-coded Credentials](https://cwe.mitre.org/data/definitions/798.html)
    """
    if is_example(file):
        return
    seen: set[Span] = set()
    for credential in analysis.credentials.of(file):
        for text, span in credential.texts:
            if span in seen or not is_credential(text):
                continue
            if (
                any(find_keys(text))
                or fault_of(text) is not None
                or provider_of(text) is not None
            ):
                continue
            seen.add(span)
            yield Violation(
                at=span,
                message=f"{credential.what} is a hardcoded secret: `{Secret(text)}`",
                help="revoke it, because it stays in the history; then read the new one from the environment",
                secrets=(span,),
            )
