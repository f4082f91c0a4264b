"""LS402: a tracing flag that turns nothing on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.environment.flags import Fault, faults
from lint_langsmith.analysis.environment.writes import Setting
from lint_langsmith.analysis.project.file import File
from lint_langsmith.findings import Severity, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.rules.shared.flags import flag_violation
from lint_langsmith.rules.shared.settings_fields import exported_truths
from lint_langsmith.sdk.variables import TRACING_FLAGS, raises_on_v1
from lint_langsmith.source.kinds import CODE


@rule("LS402", "tracing-flag-not-true", severity=Severity.WARNING, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A tracing flag is set to something other than exactly `true` or `false`.

    ## What it does
    Reports `LANGSMITH_TRACING`, `LANGCHAIN_TRACING_V2` and the other tracing flags if they are set to `True`, `1`,
    `yes`, a value with quotes inside, or `str(flag)` without `.lower()`, in Python and in every kind of file that sets
    variables. Also reports a blank flag in the environment file that `langgraph.json` names, or in its template; and
    code that sets the key and the project where nothing sets a flag.

    ## Why it matters
    Only the exact text `true` turns tracing on (executed on 0.1.147 to 0.15.0). Any other value turns it off without a
    warning, and there are no traces.

    ## Example
    ```python
    import os

    os.environ["LANGSMITH_TRACING"] = "True"
    ```

    ## Use instead
    ```python
    import os

    os.environ["LANGSMITH_TRACING"] = "true"
    ```

    ## Not flagged
    Files that fill a field of the program's settings, which it exports as `true` or `false`
    (`str(settings.tracing).lower()`). Blank values, which count as not set; variables and templates whose value is not
    in the file; tests. A value that is meant to turn tracing off (`False`, `0`) is reported for the persona *pedantic*
    only.

    ## Fix safety
    The fix is safe: it writes the same meaning as `true` or `false`. It can turn tracing on. It is unsafe if the
    project or another service reads the variable as well, because that reader may expect `1`.

    ## References
    - [Trace an application](https://docs.langchain.com/langsmith/observability-quickstart)
    """
    settings = analysis.settings(file)
    yield from _blank_for_server(file, settings, analysis)
    named = analysis.processes.never_on.of(file)
    if named is not None:
        yield Violation(
            at=named.at,
            message=f"`{named.name}` is set here, but nothing in this project turns tracing on; nothing is traced",
            help=f'set `os.environ["{_flag(analysis)}"] = "true"` beside it, or take it out',
        )
    for setting in settings:
        if setting.name in TRACING_FLAGS and not _is_translated(setting, analysis):
            for fault in faults(setting, analysis.values, analysis.foreign_services):
                if setting.name != "LANGCHAIN_TRACING" or not raises_on_v1(
                    setting.name, fault.shown
                ):
                    yield _violation(setting, fault)


def _flag(analysis: Analysis) -> str:
    """The flag of today, or the one that an old release reads."""
    today = "LANGSMITH_TRACING"
    return today if analysis.sdk.reads_variable(today) else "LANGCHAIN_TRACING_V2"


def _blank_for_server(
    file: File, settings: Sequence[Setting], analysis: Analysis
) -> Iterator[Violation]:
    """The blank flags in a file that LangGraph's server loads, or that a copy of it is made from."""
    blank = [
        setting
        for setting in settings
        if setting.kind == "dotenv" and setting.name in TRACING_FLAGS and setting.value == ""
    ]
    server = analysis.processes.server_of(file.relative) if blank else None
    for setting in blank if server is not None else ():
        yield Violation(
            at=setting.at,
            message=(
                f"`{setting.name}` is blank; the server of `{server}` takes only a truth value, and ends at its start"
            ),
            help="write `false`, or make the line a comment",
        )


def _is_translated(setting: Setting, analysis: Analysis) -> bool:
    """Whether a file sets a flag for the program's own settings, which hand it on in the SDK's spelling."""
    is_code = setting.file.kind in CODE
    return not is_code and setting.name in analysis.once(exported_truths, TRACING_FLAGS)


def _violation(setting: Setting, fault: Fault) -> Violation:
    lost = "turns tracing on; nothing is traced"
    return flag_violation(setting, fault, off="it turns tracing off", lost=lost)
