"""LS409: an invalid sampling rate."""

from __future__ import annotations

import math
from collections.abc import Iterator

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.environment.flags import meaning
from lint_langsmith.analysis.environment.writes import Setting
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.values.abstract import Constant
from lint_langsmith.findings import Severity, Span, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.sdk.variables import SAMPLING_RATES, TRACING_FLAGS


@rule("LS409", "invalid-sampling-rate", severity=Severity.WARNING, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A sampling rate is not a number between 0 and 1.

    ## What it does
    Reports a `LANGSMITH_TRACING_SAMPLING_RATE` (and a client's `tracing_sampling_rate`) outside 0 to 1, and values that
    are not numbers. Reports a rate of 0 next to a tracing flag that is on, as an info.

    ## Why it matters
    `Client()` raises `LangSmithUserError` or `ValueError` for such a rate (executed on 0.15.0). A rate of 0 drops every
    trace.

    ## Example
    ```sh .env
    LANGSMITH_TRACING_SAMPLING_RATE=25
    ```

    ## Use instead
    ```sh .env
    LANGSMITH_TRACING_SAMPLING_RATE=0.25
    ```

    ## Not flagged
    Rates from 0 to 1; blank values; values that are not in the file; tests.

    ## Fix safety
    There is no automatic fix: 25 may stand for 0.25 or for a mistake.

    ## References
    - [Set a sampling rate](https://docs.langchain.com/langsmith/sample-traces)
    """
    settings = analysis.environment.judged(file)
    for setting in settings:
        if setting.name in SAMPLING_RATES:
            for text in setting.texts:
                yield from _judged(
                    setting.name, text, setting.span, traced=_is_traced(settings, setting)
                )
    for client in analysis.clients.constructions(file) if not file.is_test else ():
        value = client.argument("tracing_sampling_rate")
        for found in (
            analysis.values.of(file, value, file.place(client.call))
            if value is not None
            else ()
        ):
            if isinstance(found, Constant) and found.literal != "None":
                span = client.call.callee_span if not isinstance(value, ir.Name) else value.span
                yield from _judged("tracing_sampling_rate", found.literal, span, traced=False)


def _judged(name: str, text: str, span: Span, *, traced: bool) -> Iterator[Violation]:
    if not text.strip() or any(mark in text for mark in "${}<>"):
        return
    try:
        rate = float(text.strip().strip("\"'"))
    except ValueError:
        yield Violation(
            at=span,
            message=f"`{name}` is {text!r}, which is not a number; `Client()` raises ValueError",
        )
        return
    if math.isnan(rate) or not 0 <= rate <= 1:
        yield Violation(
            at=span,
            message=f"`{name}` is {text}, but a rate is between 0 and 1; `Client()` raises LangSmithUserError",
            help=f"write {rate / 100:g} for {rate:g} %"
            if 1 < rate <= 100
            else "write a number between 0 and 1",
        )
    elif rate == 0 and traced:
        yield Violation(
            at=span,
            message=f"`{name}` is 0; tracing is on, and every trace is dropped",
            help="turn tracing off instead, or raise the rate",
            severity=Severity.INFO,
        )


def _is_traced(settings: tuple[Setting, ...], rate: Setting) -> bool:
    flags = (
        setting
        for setting in settings
        if setting.name in TRACING_FLAGS and setting.group == rate.group
    )
    return any("on" in map(meaning, flag.texts) for flag in flags)
