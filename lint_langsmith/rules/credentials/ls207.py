"""LS207: tracing is on, and no key reaches the process."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.credentials.process_keys import Keyless
from lint_langsmith.analysis.environment.removals import Removal
from lint_langsmith.analysis.environment.writes import Setting
from lint_langsmith.analysis.project.file import File
from lint_langsmith.findings import Persona, Related, Severity, Span, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.rules.shared.left_as_it_is import LeftAsItIs, left_as_it_is
from lint_langsmith.rules.shared.warned_only import Reaction, traced_without_key
from lint_langsmith.sdk.variables import KEYS, TRACING_FLAGS, first_release

_MOST_SHOWN: Final = 4
_KNOWN: Final[dict[Reaction, str]] = {
    "told": "finds out and only tells",
    "passed": "tests for, but for the key alone",
    "blanked": "replaces with a blank",
}
_NOTES: Final[dict[Reaction, str]] = {
    "told": "it tells so here, and goes on",
    "passed": "only if the key is there",
    "blanked": "a missing key becomes a blank",
}


@rule("LS207", "tracing-without-credentials", severity=Severity.WARNING, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """Tracing is on for a process, and no source of its variables supplies a key.

    ## What it does
    Determines the processes that the project starts (Python programs, services of compose files, steps of workflows,
    containers of manifests and charts, functions and tasks of a cloud, Terraform, units, scripts, makefiles, `docker
    run`, commands of clouds, App Engine, functions of the AWS CDK, launches of an editor, tasks of poe, pdm,
    rye, hatch, mise and Taskfiles, graphs of `langgraph.json`, programs that code or a session of nox starts with an
    environment of its own) and the sources of the variables of each process, in their order.
    Reports the place that turns tracing on for a process that runs the project's Python if no source supplies
    `LANGSMITH_API_KEY` or `LANGCHAIN_API_KEY` (to an old release only the latter). The message names the sources. A
    `.env` that git ignores is one of them. Also reports a program that takes the key out of its environment before
    anything is traced, and code that tests for the key (also among other names, in a loop), only prints or logs that it
    is missing, only sets the key's variable where it is there, or sets it to a blank, and turns tracing on all the same
    (also from a field of settings that is true by default); and a function that asks the environment for the flag, sets
    it only where the key is there, and leaves it as it is where the key is missing.

    ## Why it matters
    The program runs, one warning is logged, and each upload is refused with 401 or 403 in the background (executed on
    langsmith 0.2.0 to 0.15.1). No line of the program mentions LangSmith, so the fault is hard to find.

    ## Example
    ```python
    import os

    from langchain.chat_models import init_chat_model

    os.environ["LANGSMITH_TRACING"] = "true"
    print(init_chat_model("openai:gpt-5-mini").invoke("hello").content)
    ```

    ## Use instead
    ```python
    import os

    from langchain.chat_models import init_chat_model

    if os.environ.get("LANGSMITH_API_KEY"):
        os.environ["LANGSMITH_TRACING"] = "true"
    print(init_chat_model("openai:gpt-5-mini").invoke("hello").content)
    ```

    ## Not flagged
    A process with a source outside the checkout (a missing `.env`, secrets, `envFrom`, variables of a cloud) or with a
    source that can't be read, because an unknown source may supply the key. Programs that ask for the key, or turn
    tracing off without it. Endpoints outside LangSmith, `LANGSMITH_OTEL_ONLY` and other modes of telemetry. Services
    that run third-party programs, code without traced libraries, templates that are never loaded, tests and examples.
    LS202 reports a blank or a placeholder. The persona auditor gets one line for the processes of a file that the same
    unknown sources may supply.

    ## Fix safety
    There is no automatic fix: only the author knows whether the key is missing or tracing is on by mistake.

    ## References
    - [Trace an application](https://docs.langchain.com/langsmith/observability-quickstart)
    """
    for warned in traced_without_key(file, analysis):
        yield Violation(
            at=warned.setting.at,
            message=(
                f"`{warned.setting.name}` turns tracing on also where `{warned.variable}` is missing,"
                f" which this program {_KNOWN[warned.reaction]}; LangSmith refuses its traces with 401 or 403"
            ),
            help=(
                "turn it on only where the key is there: in the other branch of that test"
                if warned.reaction == "told"
                else "turn it on only where the key is there: in the branch of that test"
                if warned.reaction == "passed"
                else "turn it on only where the key is there"
            ),
            related=(
                Related(
                    file.relative,
                    warned.known,
                    _NOTES[warned.reaction],
                ),
            ),
        )
    for kept in () if file.is_test else left_as_it_is(file, analysis):
        # Whether anything is traced is a question to all files: only where there is something to say.
        if analysis.processes.programs.is_traced():
            yield _left(kept)
    for found in analysis.process_keys.keyless(file):
        setting = found.flag.setting
        if found.removal is not None:
            yield _taken_out(found, found.removal)
            continue
        if found.unread is not None:
            yield _unread(found, found.unread.setting, analysis)
            continue
        yield Violation(
            at=setting.at,
            message=(
                f"`{setting.name}` turns tracing on for {found.process.label}, but nothing gives it a key "
                f"(looked in {_listed(found.looked)}); LangSmith refuses its traces with 401 or 403"
            ),
            help="set `LANGSMITH_API_KEY` where that process gets its variables, or set the flag to `false`",
        )
    yield from _undecided(file, analysis)


def _left(found: LeftAsItIs) -> Violation:
    name = found.setting.name
    return Violation(
        at=found.at,
        message=(
            f"where this finds no key, `{found.flag}` stays as the environment has it; if it is on there, the program "
            "traces all the same, and LangSmith refuses its traces with 401 or 403"
        ),
        help=f'set `os.environ["{TRACING_FLAGS[0]}"] = "false"` where the key is missing',
        related=(
            Related(
                found.setting.file.relative, found.setting.at, f"`{name}` is set with the key"
            ),
        ),
    )


def _unread(found: Keyless, key: Setting, analysis: Analysis) -> Violation:
    release = analysis.project.release_for("langsmith.Client")
    return Violation(
        at=found.flag.setting.at,
        message=(
            f"`{found.flag.setting.name}` turns tracing on for {found.process.label}, whose key is in `{key.name}`,"
            f" which {release} does not read; LangSmith refuses its traces with 401 or 403"
        ),
        help=f"set `{KEYS[1]}`, or install langsmith {first_release(key.name)} or newer",
        related=(Related(key.file.relative, key.at, "the key that is not read"),),
    )


def _taken_out(found: Keyless, removal: Removal) -> Violation:
    where = f"line {removal.span.line} of `{removal.file.relative}`"
    return Violation(
        at=found.flag.setting.at,
        message=(
            f"`{found.flag.setting.name}` turns tracing on for {found.process.label}, but {where} takes the key out of "
            "the environment; LangSmith refuses its traces with 401 or 403"
        ),
        help="leave the key there, or set the flag to `false`",
        related=(Related(removal.file.relative, removal.span, "the key is taken out here"),),
    )


def _undecided(file: File, analysis: Analysis) -> Iterator[Violation]:
    """For auditors the processes of which it is not known whether they get a key: a finding for the same sources."""
    grouped: dict[tuple[str, ...], dict[Span, str]] = defaultdict(dict)
    for found in analysis.process_keys.undecided(file):
        grouped[found.unread].setdefault(found.flag.setting.at, found.process.label)
    for unread, flags in grouped.items():
        (first, label), *others = flags.items()
        more = f" (and {len(others)} more)" if others else ""
        yield Violation(
            at=first,
            message=f"it is unresolved whether a key reaches {label}{more}; it may come from {_listed(unread)}",
            help="check that source, or lint a checkout that has it",
            severity=Severity.INFO,
            persona=Persona.AUDITOR,
            related=tuple(
                Related(file.relative, span, f"{name} likewise") for span, name in others
            ),
        )


def _listed(labels: Sequence[str]) -> str:
    more = len(labels) - _MOST_SHOWN
    return ", ".join((*labels[:_MOST_SHOWN], *([f"{more} more"] if more > 0 else [])))
