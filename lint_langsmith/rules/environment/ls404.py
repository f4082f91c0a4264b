"""LS404: a variable that is set after the SDK has read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.environment.sdk_reads import Freeze
from lint_langsmith.analysis.environment.writes import Setting
from lint_langsmith.analysis.project.file import File
from lint_langsmith.findings import Related, Severity, Span, Violation
from lint_langsmith.rules.registry import rule


@rule("LS404", "environment-set-too-late", severity=Severity.WARNING, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A variable of LangSmith is set after the SDK has read it, and so has no effect.

    ## What it does
    Reports writes to a LangSmith variable after a call that makes the SDK cache its value, in the same sequence of
    statements or in the order of a notebook's cells: creating a client, calling a traced function or a LangChain chain
    or graph, and functions of the project that do so. (`credentials-read-too-early` reports a key that is set too
    late.)

    ## Why it matters
    Executed on 0.15.0: a client caches `*_ENDPOINT` and `*_WORKSPACE_ID` for itself, and `*_HIDE_*` and the sampling
    rate for every later client too. The first traced call and `tracing_is_enabled()` cache the tracing flags for the
    rest of the process; the first traced call also caches the project. Later values are ignored without a warning:
    `LANGSMITH_HIDE_INPUTS=true` then hides nothing.

    ## Example
    ```python
    import os

    from langsmith import traceable


    @traceable
    def answer(question):
        return question


    answer("first")
    os.environ["LANGSMITH_TRACING"] = "false"
    ```

    ## Use instead
    ```python
    import os

    from langsmith import traceable


    @traceable
    def answer(question):
        return question


    os.environ["LANGSMITH_TRACING"] = "false"
    answer("first")
    ```

    ## Not flagged
    Writes after imports and decorators, which read nothing; writes after `get_env_var.cache_clear()`; the endpoint and
    the workspace if another client is created after the write; variables that an argument of the client overrides.

    ## Fix safety
    There is no automatic fix.

    ## References
    - [Troubleshooting: variables are read once](https://docs.langchain.com/langsmith/troubleshooting-variable-caching)
    """
    if "cache_clear" in file.calls_by_name or not file.code:
        return
    settings = [setting for setting in analysis.environment.judged(file) if _is_write(setting)]
    freezes = analysis.sdk_reads.of(file) if settings else ()
    reported: set[tuple[str, Span]] = set()
    for setting in settings:
        freeze = next(
            (freeze for freeze in freezes if _keeps(file, freeze, setting, freezes)), None
        )
        if (
            freeze is None
            or (setting.name, freeze.span) in reported
            or _says_the_same(setting, freeze, settings)
        ):
            continue
        reported.add((setting.name, freeze.span))
        yield Violation(
            at=setting.at,
            message=f"`{setting.name}` is set after {freeze.label}, which has already read it; it has no effect",
            help="set it earlier, preferably at the start of the program",
            related=(Related(file.relative, freeze.span, "the value is cached from here on"),),
        )


def _is_write(setting: Setting) -> bool:
    magic = setting.group in {"%env", "%set_env"}
    return magic or (setting.place is not None and setting.how in {"set", "default"})


def _says_the_same(setting: Setting, freeze: Freeze, settings: list[Setting]) -> bool:
    """Whether the variable had its value before the SDK read it, so that nothing is lost."""
    scope = _function(setting)
    before = [
        other
        for other in settings
        if other.name == setting.name and other.span < freeze.span and _function(other) == scope
    ]
    return bool(before) and before[-1].value is not None and before[-1].value == setting.value


def _function(setting: Setting) -> int:
    return setting.file.function_of(setting.place.scope) if setting.place is not None else 0


def _keeps(file: File, freeze: Freeze, setting: Setting, freezes: Sequence[Freeze]) -> bool:
    if setting.name not in freeze.variables or not freeze.span < setting.span:
        return False
    if setting.name in freeze.again and any(
        later.span > setting.span and setting.name in later.again for later in freezes
    ):
        return False
    if setting.place is None:
        return freeze.block == 0
    frozen_in = file.function_of(file.model.blocks[freeze.block].scope)
    return frozen_in == file.function_of(
        setting.place.scope
    ) and freeze.block in file.block_chain(setting.place.block)
