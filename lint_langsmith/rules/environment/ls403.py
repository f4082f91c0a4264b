"""LS403: two variables for one setting with different values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.environment.beaten import Beaten
from lint_langsmith.analysis.environment.flags import meaning
from lint_langsmith.analysis.environment.left_on import LeftOn
from lint_langsmith.analysis.environment.writes import Setting
from lint_langsmith.analysis.project.file import File
from lint_langsmith.findings import Related, Severity, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.rules.shared.optional_templates import ShadowingKey, shadowing_key
from lint_langsmith.sdk.keys import is_placeholder
from lint_langsmith.sdk.variables import GROUPS, KEYS, TRACING_FLAGS


@rule("LS403", "conflicting-environment", severity=Severity.WARNING, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """Two variables for one setting have different values, and only one of them has an effect.

    ## What it does
    Reports tracing flags, keys, endpoints, projects, workspaces and sampling rates that are set under both of their
    names with different values in one file: in one `.env`, one service of a compose file, one job, one block of Python.
    Also reports sources of one process that disagree: `environment` of a compose service (also with a default like
    `${NAME:-false}`) and its `env_file` or the template of that, a step and its job, an address that code sets and the
    address of another region in the `.env` that it loads, a flag that code takes out of its environment or sets to
    `false` and another flag that keeps tracing on. In a template, reports a placeholder of `LANGSMITH_API_KEY` next to
    `LANGCHAIN_API_KEY` if the README asks for the latter only. The message names the value with an effect and the value
    without. A key of an `env_file` counts as replaced where `environment` has `${LANGSMITH_API_KEY:-}` and the `.env`
    next to the compose file lacks the key.

    ## Why it matters
    `LANGSMITH_…` is read before `LANGCHAIN_…`, and `…_TRACING_V2` before `…_TRACING`. Executed on 0.15.0:
    `LANGSMITH_TRACING=false` with `LANGCHAIN_TRACING_V2=true` traces. A change of the other variable has no effect.

    ## Example
    ```sh .env
    LANGSMITH_TRACING=false
    LANGCHAIN_TRACING_V2=true
    ```

    ## Use instead
    ```sh .env
    LANGSMITH_TRACING=false
    ```

    ## Not flagged
    Equal values; blank values and all other placeholders; values that are not in the file; different services, jobs and
    stages; branches of a program that exclude each other; a value that a service overrides and another process gets;
    projects and sampling rates of single services; files that override each other on purpose.

    ## Fix safety
    There is no automatic fix: only the author knows which of the two values is right.

    ## References
    - [Environment variables](https://docs.langchain.com/langsmith/env-var)
    """
    for item in analysis.processes.beaten(file):
        yield _beaten(item)
    shadowing = shadowing_key(file, analysis)
    if shadowing is not None:
        yield _shadowing(shadowing)
    left = analysis.flags_left_on.of(file) if file.code and not file.is_test else None
    # Asked last: it looks into the imports of the whole project.
    if left is not None and analysis.processes.programs.is_traced():
        yield _left_on(left)
    for settings in _programs(analysis.settings(file)):
        for names in GROUPS:
            yield from _conflicts(file, settings, names)


def _beaten(item: Beaten) -> Violation:
    winner, loser = item.winner.setting, item.loser.setting
    names = next(names for names in GROUPS if winner.name in names)
    where = f"`{loser.file.relative}`"
    if item.is_template:
        where = f"a copy of {where}"
    if item.winner.is_blank_without_shell:
        message = (
            f"this entry replaces `{winner.name}` of {where} with a blank wherever the shell that starts compose"
            f" lacks it; {item.process.label} then has no key"
        )
        at, other, note = winner.at, loser, "this one has no effect"
        advice = f"remove the entry to use `{winner.name}` of {where}"
    elif item.is_same:
        own = "assignment" if winner.place is not None else "entry"
        why = f"the default of this {own}" if item.winner.is_fallback else f"this {own}"
        message = f"{why} overrides `{winner.name}` of {where}; {item.process.label} never gets that value"
        at, other, note = winner.at, loser, "this one has no effect"
        advice = f"remove the {own} to use `{winner.name}` of {where}"
    else:
        message = (
            f"`{loser.name}` has no effect for {item.process.label}; "
            f"`{winner.name}` in `{winner.file.relative}` overrides it"
        )
        at, other, note = loser.at, winner, "this one has an effect"
        advice = f"keep only one of them, preferably `{_modern(names)}`"
    return Violation(
        at=at,
        message=message,
        help=advice,
        related=(Related(other.file.relative, other.at, note),),
    )


def _shadowing(found: ShadowingKey) -> Violation:
    first, second = found.placeholder, found.key
    return Violation(
        at=first.at,
        message=(
            f"the placeholder of `{first.name}` is read before `{second.name}`, the only key that `{found.readme}`"
            " asks for; a copy of this template that is filled in so is refused with 401 or 403"
        ),
        help=f"keep only one of them, preferably `{first.name}`, and name it in `{found.readme}`",
        related=(Related(second.file.relative, second.at, "this one has no effect"),),
    )


def _left_on(left: LeftOn) -> Violation:
    setting = left.stays.setting
    where = f"`{setting.file.relative}`"
    if left.is_template:
        where = f"a copy of {where}"
    flags = " and ".join(f"`{name}`" for name in left.names)
    what = "is removed here" if len(left.names) == 1 else "are removed here"
    return Violation(
        at=left.span,
        message=(
            f"{flags} {what if left.is_removed else 'is set to false here'}, but tracing stays on;"
            f" {where} turns it on by `{setting.name}`"
        ),
        help=f'set `os.environ["{TRACING_FLAGS[0]}"] = "false"`, which is read first',
        related=(Related(setting.file.relative, setting.at, "this one has an effect"),),
    )


def _programs(settings: Iterable[Setting]) -> Iterator[list[Setting]]:
    """The settings that one program gets, as far as they stand together."""
    found: dict[tuple[str, str, int], list[Setting]] = defaultdict(list)
    for setting in settings:
        if setting.how in {"set", "default", "mapping", "process", "define"}:
            block = setting.place.block if setting.place is not None else -1
            found[setting.kind, setting.group, block].append(setting)
    yield from found.values()


def _conflicts(
    file: File, settings: list[Setting], names: tuple[str, ...]
) -> Iterator[Violation]:
    last = {setting.name: setting for setting in settings if setting.name in names}
    present = [last[name] for name in names if name in last and _counts(last[name], names)]
    if len(present) < 2:
        return
    winner = present[0]
    for loser in present[1:]:
        if _normal(loser, names) != _normal(winner, names):
            yield Violation(
                at=loser.at,
                message=f"{_shown(loser, names)} has no effect; {_shown(winner, names)} next to it overrides it",
                help=f"keep only one of them, preferably `{_modern(names)}`",
                related=(Related(file.relative, winner.at, "this one has an effect"),),
            )


def _counts(setting: Setting, names: tuple[str, ...]) -> bool:
    """Whether the value is known, and meant: a blank counts as not set, a placeholder is to be replaced."""
    value = setting.value
    if value is None or not value.strip() or any(mark in value for mark in "<${"):
        return False
    return names is not KEYS or not is_placeholder(value)


def _normal(setting: Setting, names: tuple[str, ...]) -> str:
    value = (setting.value or "").strip().strip("\"'")
    if names is TRACING_FLAGS:
        return str(meaning(setting.value or "") == "on")
    return value.rstrip("/")


def _shown(setting: Setting, names: tuple[str, ...]) -> str:
    """Keys are never shown."""
    return f"`{setting.name}`" if names is KEYS else f"`{setting.name}={setting.value}`"


def _modern(names: tuple[str, ...]) -> str:
    return "LANGSMITH_TRACING" if names is TRACING_FLAGS else names[0]
