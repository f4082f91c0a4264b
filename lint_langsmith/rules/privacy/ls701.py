"""LS701: a privacy flag that hides nothing."""

from __future__ import annotations

from collections.abc import Iterator

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.environment.flags import Fault, faults
from lint_langsmith.analysis.environment.writes import Setting
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.sdk_use.sdk_calls import Construction
from lint_langsmith.findings import Severity, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.rules.shared.flags import flag_violation
from lint_langsmith.sdk.variables import PRIVACY_FLAGS

_ARGUMENTS = ("hide_inputs", "hide_outputs", "hide_metadata")


@rule("LS701", "privacy-flag-not-true", severity=Severity.ERROR, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A flag that should hide inputs, outputs or metadata is not exactly `true` and hides nothing.

    ## What it does
    Reports `LANGSMITH_HIDE_INPUTS`, `LANGSMITH_HIDE_OUTPUTS`, `LANGSMITH_HIDE_METADATA` (and `LANGCHAIN_…`) if they are
    set to `True`, `1`, `yes`, a value with quotes inside, or `str(flag)` without `.lower()`, in Python and in every
    kind of file that sets variables. Also reports strings passed to a client's `hide_inputs`, `hide_outputs` or
    `hide_metadata`, which take `True` or a function.

    ## Why it matters
    Only the exact text `true` hides (executed on 0.1.147 to 0.15.0). With any other value every prompt and every answer
    is uploaded in full, without a warning.

    ## Example
    ```sh .env
    LANGSMITH_HIDE_INPUTS=True
    ```

    ## Use instead
    ```sh .env
    LANGSMITH_HIDE_INPUTS=true
    ```

    ## Not flagged
    Blank values, which count as not set; variables and templates whose value is not in the file; tests. A value that
    is meant to hide nothing (`False`, `0`) is reported for the persona *pedantic* only.

    ## Fix safety
    The fix is safe: it writes the same meaning as `true` or `false`. It is unsafe if the project or another service
    reads the variable as well.

    ## References
    - [Prevent logging of sensitive data](https://docs.langchain.com/langsmith/mask-inputs-outputs)
    """
    for setting in analysis.settings(file):
        if setting.name in PRIVACY_FLAGS:
            yield from (
                _violation(setting, fault)
                for fault in faults(setting, analysis.values, analysis.foreign_services)
            )
    for client in analysis.clients.constructions(file) if not file.is_test else ():
        yield from _arguments(client)


def _violation(setting: Setting, fault: Fault) -> Violation:
    lost = f"hides; the {setting.name.rpartition('_')[2].lower()} are uploaded in full"
    return flag_violation(setting, fault, off="it hides nothing", lost=lost)


def _arguments(client: Construction) -> Iterator[Violation]:
    for name in _ARGUMENTS:
        value = client.argument(name)
        if isinstance(value, ir.Text):
            yield Violation(
                at=value.span,
                message=f"`{name}` is a string; `{client.written}` calls it as a function and fails while hiding",
                help=f"pass `{name}=True`, or a function that masks",
            )
