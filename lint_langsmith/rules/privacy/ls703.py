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
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.findings import Applicability, Fix, Severity, Violation
from lint_langsmith.rules.fixes.traced import without_inputs_edits
from lint_langsmith.rules.registry import rule

# `token` alone is, in programs of this kind, a piece of text more often than a secret.
_SECRET: Final = lazy_re.compile(
    r"(?:\w+_)?(?:api_?key|secret|secret_key|password|passwd|private_key|credentials)"
    r"|(?:\w+_)?(?:access|api|auth|bearer|bot|github|jwt|oauth|refresh|slack)_token",
    re.IGNORECASE,
)
# The arguments that take a secret and nothing else: a `secret=` may be the name of one.
_TAKES_SECRET: Final = lazy_re.compile(
    r"(?:\w+_)?(?:api_?key|client_secret|secret_key|password|passwd|private_key)"
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
    `client_secret`; and those of other names that are passed on as one: `fetch(city, api_key=weather_key)`.

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
        secrets = _secrets(file, index) if scope.kind == "function" and scope.decorators else []
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


def _secrets(file: File, scope: int) -> list[ir.Param]:
    passed = set(_passed_as_secrets(file, scope))
    return [
        param
        for param in file.model.scopes[scope].params
        if (_SECRET.fullmatch(param.name) or (param.name in passed and not param.stars))
        and (param.annotation is None or last_name(param.annotation) not in _HIDING)
    ]


def _passed_as_secrets(file: File, scope: int) -> Iterator[str]:
    """The names that a function passes on, as it got them, as arguments that are named like secrets."""
    for site in file.sites_by_function.get(scope, ()):
        call = file.model.calls[site]
        for arg in call.args:
            if not isinstance(arg.value, ir.Name) or arg.keyword is None:
                continue
            bound = lookup(file, arg.value.id, file.place(call))
            if _TAKES_SECRET.fullmatch(arg.keyword) and all(
                row.kind == "parameter" and row.scope == scope for row in bound
            ):
                yield arg.value.id


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
