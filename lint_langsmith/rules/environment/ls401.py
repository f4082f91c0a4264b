"""LS401: a variable that nothing reads, and the real name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.credentials.credentials import is_example
from lint_langsmith.analysis.environment.settings_classes import ignored_names
from lint_langsmith.analysis.environment.writes import Setting
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, span_of
from lint_langsmith.analysis.values.abstract import Environment
from lint_langsmith.findings import Applicability, Edit, Fix, Related, Severity, Span, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.sdk.foreign import readers
from lint_langsmith.sdk.variables import (
    GROUPS,
    TRACING_FLAGS,
    first_release,
    is_known,
    is_misspelling,
    meant,
    plain_name,
)

# Where traces go anyhow.
_BY_DEFAULT: Final = "https://api.smith.langchain.com"


@rule("LS401", "unknown-environment-variable", severity=Severity.WARNING, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A variable is set under a name that nothing reads and that is close to one of LangSmith's names.

    ## What it does
    Reports a variable that is **set** (in Python, a notebook, `.env`, compose, a workflow, a Dockerfile and similar
    files) and read by no release of LangSmith's packages and by nothing in the project, if it is a misspelling of a
    real name: within two edits (`LANGCHAIN_TRACKING_V2`, `LANCHAIN_API_KEY`), or on a list of common mistakes
    (`LANGSMITH_PROJECT_NAME`, `LANGSMITH_API_URL`, `LANGSMITH_TRACING_ENABLED`). Also reports a key that is *read*
    under such a name and passed to a client while the project sets the real name; names with hyphens; and a variable
    that the program reads under one of LangSmith's two prefixes while the project sets it only under the other, or
    under one of the four names of the tracing flag while only another of them is set; and the address of another region
    in `LANGSMITH_ENDPOINT`, where the project sends traces by litellm, which reads only `LANGSMITH_BASE_URL`; a
    variable that a pinned release is too old for (`LANGSMITH_PROJECT` with langsmith 0.1.20, which reads
    `LANGCHAIN_PROJECT`); and a field of pydantic-settings 2 that names a variable by `env=`, which pydantic 1 alone
    reads.

    ## Why it matters
    The SDK ignores the variable without a warning: traces go to the project `default`, an EU key goes to the US host
    and gets a 403, and `LANGSMITH_TRACING_ENABLED=false` leaves tracing **on**.

    ## Example
    ```python
    import os

    os.environ["LANGSMITH_PROJECT_NAME"] = "support-bot"
    ```

    ## Use instead
    ```python
    import os

    os.environ["LANGSMITH_PROJECT"] = "support-bot"
    ```

    ## Not flagged
    Names that the project reads: code in any language, a settings class, a shell's `$NAME`. Names that are close to no
    real name (`LANGSMITH_DATASET`), or that continue a real name (`LANGSMITH_API_KEY_2`). Variables that other packages
    of LangChain read. Names that a package or an image of the project is known to read (litellm's `LANGSMITH_BASE_URL`,
    `LANGSMITH_SAMPLING_RATE`), and variables of a service that runs a third-party image.

    ## Fix safety
    The fix is safe if only one variable is possible, the name is misspelled (`LANGCHAIN_TRACKING_V2`) and only the
    project's program gets it. The ignored value then takes effect. It is unsafe if there may be another reader: a name
    that may be chosen on purpose (`LANGSMITH_PROJECT_NAME`), a variable for a started program, a file that services
    with third-party images may share. It is also unsafe if the real name is set in another file.

    ## References
    - [Environment variables](https://docs.langchain.com/langsmith/env-var)
    """
    judged = analysis.environment.judged(file)
    for setting in judged:
        right = meant(setting.name)
        if right and not _is_read(setting, analysis):
            known = {
                other.name: other for other in judged if _is_beside(setting, other, analysis)
            }
            yield _violation(setting, right, known, analysis)
        elif older := _older_name(setting, judged, analysis):
            yield _too_new(setting, older, analysis)
        if analysis.processes.litellm.ignores(setting) and not is_example(file):
            yield _unread_by_litellm(setting)
    yield from _keys_read(file, analysis)
    # What a `conftest.py` asks decides whether the tests run at all.
    if file.code and (not file.is_test or file.path.name == "conftest.py"):
        yield from _other_prefix(file, analysis)
    if file.code and not file.is_test:
        yield from _ignored_names(file, analysis)


def _older_name(setting: Setting, judged: Sequence[Setting], analysis: Analysis) -> str:
    """The name under which alone the project's release reads a variable, where nothing beside it sets that."""
    names = next((names for names in GROUPS if setting.name in names), ())
    if not names or not analysis.sdk.is_too_old_for(setting.name):
        return ""
    if (setting.value or "").rstrip("/") == _BY_DEFAULT:
        return ""
    # LangChain looks at the flags by itself, and some of its releases know names that the SDK beside them does not.
    if names is TRACING_FLAGS and analysis.project.mentioning("langchain"):
        return ""
    read = [name for name in names if not analysis.sdk.is_too_old_for(name)]
    beside = {other.name for other in judged if _is_beside(setting, other, analysis)}
    is_silent = not read or not beside.isdisjoint(read) or _is_read(setting, analysis)
    return "" if is_silent else read[0]


def _too_new(setting: Setting, older: str, analysis: Analysis) -> Violation:
    release = analysis.project.release_for("langsmith.Client")
    return Violation(
        at=setting.at,
        message=f"`{setting.name}` is not read by {release}, which reads `{older}`; the setting has no effect",
        help=f"set `{older}`, or install langsmith {first_release(setting.name)} or newer",
    )


def _unread_by_litellm(setting: Setting) -> Violation:
    return Violation(
        at=setting.at,
        message=(
            f"`{setting.name}` is not read by the callback `langsmith` of litellm, which sends its traces to"
            " api.smith.langchain.com; a key of another region is refused there with 403"
        ),
        help="set `LANGSMITH_BASE_URL` to the same address",
    )


def _ignored_names(file: File, analysis: Analysis) -> Iterator[Violation]:
    for found in ignored_names(file, analysis.values):
        if is_known(found.name.upper()):
            yield Violation(
                at=found.span,
                message=(
                    f"`env=` has no effect in pydantic-settings 2: `{found.field}` is read from `{found.read}`"
                    f" and never from `{found.name}`"
                ),
                help=f'write `validation_alias="{found.name}"`',
            )


def _other_prefix(file: File, analysis: Analysis) -> Iterator[Violation]:
    found = analysis.processes.other_prefix(file, analysis.values.relevant_only)
    if found is None:
        return
    twin = found.twin
    yield Violation(
        at=found.span,
        message=(
            f"`{found.name}` is read here but never set; the project sets `{twin.name}`, "
            "which only LangSmith's SDK treats as the same variable"
        ),
        help=f"set `{found.name}`, or read it as the SDK does, with `langsmith.utils.get_env_var`",
        related=(Related(twin.file.relative, twin.at, "this variable is set"),),
    )


def _is_beside(setting: Setting, other: Setting, analysis: Analysis) -> bool:
    """Whether one program gets both settings of a file: not where another service or job sets the other one."""
    if setting.group != other.group or setting.how != other.how:
        return False
    ours = {process.label for process in analysis.processes.getting(setting)}
    theirs = {process.label for process in analysis.processes.getting(other)}
    return not ours or not theirs or not ours.isdisjoint(theirs)


def _is_read(setting: Setting, analysis: Analysis) -> bool:
    foreign = analysis.foreign_services
    plain = plain_name(setting.name)
    if plain != setting.name:
        # A program that reads it hands it on under its real name, or is at fault itself. In all but programs and
        # files of variables small letters are the names of options.
        has_small = setting.name != setting.name.upper()
        is_option = has_small and setting.kind not in {"python", "magic"}
        return is_option or analysis.readings.is_named(plain) or foreign.gets(setting)
    return (
        analysis.readings.is_read(setting.name)
        or foreign.gets(setting)
        or foreign.read(setting.name)
    )


def _violation(
    setting: Setting, right: tuple[str, ...], known: Mapping[str, Setting], analysis: Analysis
) -> Violation:
    names = " or ".join(f"`{name}`" for name in right)
    plain = plain_name(setting.name)
    if plain != setting.name:
        why = (
            "has hyphens" if setting.name.replace("-", "_") == plain else "is written otherwise"
        )
        return Violation(
            at=setting.at,
            message=f"`{setting.name}` {why}, and LangSmith reads {names}; the setting has no effect",
            help=f"rename it to {names}",
        )
    there = _set_beside(right[0], known)
    return Violation(
        at=setting.at,
        message=f"`{setting.name}` is read neither by LangSmith nor by this project; did you mean {names}?",
        help=f"rename it to {names}"
        if there is None
        else f"remove this one, because `{there.name}` is set here too",
        fix=_fix(setting, right, analysis) if there is None else None,
        related=_related(there),
    )


def _set_beside(right: str, known: Mapping[str, Setting]) -> Setting | None:
    """The setting that already does what a misnamed one was meant to do: any of those that turn tracing on or off."""
    alike = TRACING_FLAGS if right in TRACING_FLAGS else (right,)
    return next((known[name] for name in (right, *alike) if name in known), None)


def _related(other: Setting | None) -> tuple[Related, ...]:
    """Where the variable is set under its real name."""
    if other is None:
        return ()
    return (Related(other.file.relative, other.at, "the real name is set here"),)


def _fix(setting: Setting, right: tuple[str, ...], analysis: Analysis) -> Fix | None:
    span = setting.name_span
    if len(right) != 1 or span is None or span.line != span.end_line:
        return None
    source = setting.file.source(span)
    if source.count(setting.name) != 1:
        return None
    edit = Edit(span, source.replace(setting.name, right[0]))
    return Fix(f"rename to `{right[0]}`", _safety(setting, right[0], analysis), (edit,))


def _safety(setting: Setting, right: str, analysis: Analysis) -> Applicability:
    """Safe where nobody else can read the name: it is misspelled, and the project's own program alone gets it."""
    alone = is_misspelling(setting.name, right) and not readers(setting.name)
    shared = setting.place is None and analysis.foreign_services.are_there
    if not alone or shared or analysis.readings.is_set(right):
        return Applicability.UNSAFE
    return analysis.foreign_services.safety(setting)


def _keys_read(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A key that a client gets from a variable which the project sets under its real name only."""
    for client in analysis.clients.constructions(file) if not file.is_test else ():
        value = client.argument("api_key")
        if value is None:
            continue
        for found in analysis.values.of(file, value, file.place(client.call)):
            right = meant(found.variable) if isinstance(found, Environment) else ()
            if (
                isinstance(found, Environment)
                and right
                and _only_real_name(found.variable, right, analysis)
            ):
                yield Violation(
                    at=_at(file, value, client.call),
                    message=f"the key is read from `{found.variable}`, which nothing sets; did you mean `{right[0]}`?",
                    help=f"read `{right[0]}`, which the project sets, or omit `api_key`",
                )


def _only_real_name(variable: str, right: tuple[str, ...], analysis: Analysis) -> bool:
    return analysis.readings.is_named(right[0]) and not analysis.readings.is_set(variable)


def _at(file: File, value: ir.Expr, call: ir.Call) -> Span:
    return span_of(file, value) or call.callee_span
