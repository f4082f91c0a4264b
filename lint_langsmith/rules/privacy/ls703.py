"""LS703: a secret among the arguments of a traced function."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, last_name
from lint_langsmith.analysis.values.abstract import FunctionRef
from lint_langsmith.findings import Applicability, Fix, Severity, Violation
from lint_langsmith.rules.fixes.traced import without_inputs_edits
from lint_langsmith.rules.registry import rule

# `token` alone is, in programs of this kind, a piece of text more often than a secret.
_SECRET: Final = lazy_re.compile(
    r"(?:\w+_)?(?:api_?key|secret|secret_key|password|passwd|private_key|credentials)"
    r"|(?:\w+_)?(?:access|api|auth|bearer|bot|github|jwt|oauth|refresh|slack)_token",
    re.IGNORECASE,
)
# They show stars in the place of what is in them.
_HIDING: Final = frozenset({"SecretStr", "SecretBytes", "Secret"})
_FLAGS: Final = ("LANGSMITH_HIDE_INPUTS", "LANGCHAIN_HIDE_INPUTS")


@rule("LS703", "traced-secret", severity=Severity.WARNING, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A traced function gets a key, a token or a password, which the trace records.

    ## What it does
    Reports parameters of `@traceable` functions that are named like a secret: `api_key`, `password`, `access_token`,
    `client_secret`.

    ## Why it matters
    `@traceable` records every argument. The secret is uploaded with the run, and everyone who can read the project's
    traces can read it.

    ## Example
    ```python
    from langsmith import traceable


    @traceable
    def search(query: str, api_key: str) -> str:
        return f"{query}: {len(api_key)}"
    ```

    ## Use instead
    ```python
    from langsmith import traceable


    def without_key(inputs: dict) -> dict:
        return {name: value for name, value in inputs.items() if name != "api_key"}


    @traceable(process_inputs=without_key)
    def search(query: str, api_key: str) -> str:
        return f"{query}: {len(api_key)}"
    ```

    ## Not flagged
    Functions with `process_inputs=`; parameters of type `SecretStr`, which is recorded as asterisks; projects that set
    `LANGSMITH_HIDE_INPUTS`; tests; a `token`, which may be a piece of text.

    ## Fix safety
    The fix passes `process_inputs=` with a function that leaves these parameters out of the trace. It is unsafe: the
    recorded inputs lack them also where an evaluation reads them.

    ## References
    - Executed on langsmith 0.15.1.
    - [Prevent logging of sensitive data](https://docs.langchain.com/langsmith/mask-inputs-outputs)
    """
    if file.is_test:
        return
    for index, scope in enumerate(file.model.scopes):
        secrets = (
            [param for param in scope.params if _is_secret(param)]
            if scope.kind == "function"
            else []
        )
        if secrets and _records_inputs(file, index, analysis) and not _hides_inputs(analysis):
            yield Violation(
                at=secrets[0].span,
                message=f"`{secrets[0].name}` is recorded in the trace of `{scope.name}()`; all its readers see it",
                help="remove it with `@traceable(process_inputs=…)`, or read it inside the function",
                fix=_fix(FunctionRef(file, index), secrets, analysis),
            )


def _fix(function: FunctionRef, secrets: Sequence[ir.Param], analysis: Analysis) -> Fix | None:
    edits = without_inputs_edits(function, [param.name for param in secrets], analysis)
    title = "Leave it out of the recorded inputs"
    return Fix(title, Applicability.UNSAFE, edits) if edits else None


def _is_secret(param: ir.Param) -> bool:
    annotation = param.annotation
    return _SECRET.fullmatch(param.name) is not None and (
        annotation is None or last_name(annotation) not in _HIDING
    )


def _records_inputs(file: File, index: int, analysis: Analysis) -> bool:
    """Whether a function is traced, and its inputs go into the trace as they are."""
    given = analysis.tracing.arguments(FunctionRef(file, index))
    return given is not None and not any(
        arg.stars or arg.keyword == "process_inputs" for arg in given
    )


def _hides_inputs(analysis: Analysis) -> bool:
    """Whether a flag that hides all inputs is spoken of anywhere in the project."""
    in_others = (
        analysis.project.mentions(name, flag)
        for name in analysis.project.relevant_others
        for flag in _FLAGS
    )
    return any(analysis.project.holding(_FLAGS).values()) or any(in_others)
