"""LS410: variables of the removed first tracer."""

from __future__ import annotations

from collections.abc import Iterator

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.environment.flags import meaning
from lint_langsmith.analysis.environment.writes import Setting
from lint_langsmith.analysis.project.file import File
from lint_langsmith.findings import Applicability, Edit, Fix, Persona, Severity, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.sdk.variables import TRACING_FLAGS, raises_on_v1

_LEGACY = ("LANGCHAIN_HANDLER", "LANGCHAIN_TRACING")


@rule("LS410", "legacy-tracing-variable", severity=Severity.ERROR, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A variable of LangChain's first tracer makes every call fail.

    ## What it does
    Reports `LANGCHAIN_HANDLER`, and `LANGCHAIN_TRACING` with a value other than `true` or one that counts as not set,
    if no other variable next to it turns tracing on.

    ## Why it matters
    The first `invoke()` raises `RuntimeError: Tracing using LangChainTracerV1 is no longer supported` (executed with
    langchain-core 1.8.2). `LANGCHAIN_TRACING=true` alone works today but raised with older releases; it is reported for
    the persona *pedantic* only.

    ## Example
    ```sh .env
    LANGCHAIN_HANDLER=langchain
    ```

    ## Use instead
    ```sh .env
    LANGSMITH_TRACING=true
    ```

    ## Not flagged
    Values that count as not set (blank, `0`, `false`, `False`); `LANGCHAIN_TRACING` next to another tracing flag that
    is on; tests.

    ## Fix safety
    The fix writes `LANGSMITH_TRACING=true` in place of `LANGCHAIN_TRACING`. It is unsafe, because it turns tracing on.

    ## References
    - [Trace with LangChain](https://docs.langchain.com/langsmith/trace-with-langchain)
    """
    settings = analysis.environment.judged(file)
    for setting in settings:
        value = setting.value
        if setting.name not in _LEGACY or value is None or _is_on_otherwise(settings, setting):
            continue
        if raises_on_v1(setting.name, value):
            yield Violation(
                at=setting.at,
                message=f"`{setting.name}` belongs to a removed tracer; langchain-core raises RuntimeError "
                "at the first call",
                help="set `LANGSMITH_TRACING=true` instead",
                fix=_fix(setting),
            )
        elif setting.name == "LANGCHAIN_TRACING" and value == "true":
            yield Violation(
                at=setting.at,
                message="`LANGCHAIN_TRACING` alone made older releases of langchain-core raise RuntimeError",
                help="set `LANGSMITH_TRACING=true` instead",
                severity=Severity.WARNING,
                persona=Persona.PEDANTIC,
                fix=_fix(setting),
            )


def _is_on_otherwise(settings: tuple[Setting, ...], legacy: Setting) -> bool:
    return any(
        setting.name in TRACING_FLAGS
        and setting.name != "LANGCHAIN_TRACING"
        and setting.group == legacy.group
        and (setting.value is None or meaning(setting.value) == "on")
        for setting in settings
    )


def _fix(setting: Setting) -> Fix | None:
    if (
        setting.name != "LANGCHAIN_TRACING"
        or setting.name_span is None
        or setting.span == setting.name_span
    ):
        return None
    if setting.span.line != setting.span.end_line or not setting.value:
        return None
    source, name = setting.file.source(setting.span), setting.file.source(setting.name_span)
    if source.count(setting.value) != 1:
        return None
    edits = (
        Edit(setting.name_span, name.replace("LANGCHAIN_TRACING", "LANGSMITH_TRACING")),
        Edit(setting.span, source.replace(setting.value, "true")),
    )
    return Fix("use `LANGSMITH_TRACING=true`", Applicability.UNSAFE, edits)
