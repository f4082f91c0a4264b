"""LS301: a 403 that no handler catches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.entry_points.background import is_in_background_loop
from lint_langsmith.analysis.entry_points.entry_points import Kind
from lint_langsmith.analysis.exceptions.hiding import asks_for
from lint_langsmith.analysis.exceptions.outcome import Escape, Step
from lint_langsmith.analysis.exceptions.retry_outcome import RETRY_ERROR
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.sdk_use.prompts import pulled
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
from lint_langsmith.findings import Fix, Persona, Related, Severity, Violation
from lint_langsmith.rules.fixes.escapes import handler_fix
from lint_langsmith.rules.registry import rule
from lint_langsmith.rules.shared.doubts import undecided
from lint_langsmith.rules.shared.lazy import stands_apart
from lint_langsmith.rules.shared.meant import misses
from lint_langsmith.rules.shared.missing import calls_in_try, is_told_apart, made_instead
from lint_langsmith.rules.shared.swallowed import is_never_built, no_client
from lint_langsmith.rules.shared.told_and_raised import is_told_and_raised

# From the one that hurts most. In the kinds behind `cli` a traceback is what the author sees anyway.
_KINDS: Final[tuple[Kind, ...]] = (
    *(
        "route",
        "websocket",
        "middleware",
        "startup",
        "bot",
        "function",
        "agent",
        "loop",
        "task",
        "thread",
        "signal",
    ),
    *("service", "library", "page", "cli", "exit", "script", "notebook"),
)
_GROUPED: Final = frozenset({"page", "cli", "exit", "script", "notebook"})
_CONSEQUENCES: Final[dict[Kind, str]] = {
    "route": "the request ends in a server error",
    "websocket": "the connection is closed",
    "middleware": "every request ends in a server error",
    "startup": "the service does not start",
    "bot": "the user gets no answer",
    "function": "the invocation fails",
    "agent": "the run of the graph or agent ends",
    "thread": "the thread ends",
    "signal": "it ends the program in the middle of its work",
    "exit": "what is left of the work at exit is not done",
    "loop": "the loop ends",
    "task": "the task fails",
    "service": "it ends the program",
    "library": "it escapes to the callers, with no advice on what to do",
    "page": "the page shows only the error",
    "cli": "the command ends in a traceback",
    "script": "it ends the script",
    "notebook": "the cell ends in a traceback",
}


# How the first function of a path is run.
_BEGINNINGS: Final[dict[Kind, str]] = {
    "route": "the web framework runs `{}`",
    "websocket": "the web framework runs `{}`",
    "middleware": "the web framework runs `{}` around each request",
    "startup": "the web framework runs `{}` when the service starts",
    "bot": "the chat framework runs `{}`",
    "function": "the cloud runs `{}`",
    "agent": "the graph or agent runs `{}`",
    "thread": "a thread of its own runs `{}`",
    "signal": "a signal runs `{}`",
    "exit": "the interpreter runs `{}` when it ends",
    "loop": "the loop starts in `{}`",
    "task": "a worker runs `{}`",
    "service": "the program starts in `{}`",
    "library": "`{}` has no caller in this project, only outside of it",
    "page": "the page runs `{}`",
    "cli": "the command line runs `{}`",
    "script": "the script runs `{}`",
    "notebook": "a cell runs `{}`",
}


class _Uncaught(NamedTuple):
    """A call with its worst escape; `is_told` if a handler logs the exception on each way, and raises it again."""

    call: ApiCall
    kind: Kind
    escape: Escape
    is_told: bool = False


# Folders of documentation, and of programs that are written to be read and tried.
_DOCUMENTATION: Final = frozenset(
    {"docs", "doc", "documentation", "cookbook", "cookbooks", "tutorial", "tutorials"}
)
_EXAMPLES: Final = _DOCUMENTATION | {
    *("example", "examples", "sample", "samples", "demo", "demos", "sandbox", "playground")
}
_ENDS_A_SCRIPT: Final = frozenset({"script", "cli"})

# Of a longer path the message has the first step and the last two, and `…` for what is between them: its related
# places have all of them, up to as many at each end as anybody goes through.
_STEPS_IN_MESSAGE: Final = 4
_RELATED_STEPS: Final = 50


@rule("LS301", "uncaught-forbidden", severity=Severity.ERROR, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A call can raise a 403 that no handler catches.

    ## What it does
    Follows the exception of a 403 from the place where it is raised (the call, the first step of a lazy iterator, the
    `await`) through the handlers around it, decorators, context managers and every caller in the project. Reports the
    call if the exception escapes on a path without a handler that can catch it. It is an error in web routes,
    background loops, services and libraries. In scripts and command lines, where a traceback is often enough, it is a
    warning, and a file gets one finding (`uncaught = "every-call"` reports each call). In notebooks it is an info,
    because the person who runs the cell reads the traceback. A public prompt that a notebook of the documentation pulls
    is reported for the pedantic persona only. Where a handler on the way logs and raises it again, it is an info.

    In scripts and command lines it is an info as well where a warning would tell little: behind an earlier request with
    the same key whose 403 is caught and ends the function (only a permission can be missing then); behind a handler
    that LS305 reports because of this call; in folders of examples and documentation; and in a module of a program that
    has the warning already, in its own file or another.

    ## Why it matters
    LangSmith answers 403 for an expired key, the wrong region, a missing permission, and an organization's key without
    a workspace. It often happens months after the code was written, and ends whatever is running at that time.

    ## Example
    ```python
    import os

    from langsmith import Client

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])


    def publish(run_id, score):
        client.create_feedback(run_id, key="score", score=score)
    ```

    ## Use instead
    ```python
    import logging
    import os

    from langsmith import Client
    from langsmith.utils import LangSmithError

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])


    def publish(run_id, score):
        try:
            client.create_feedback(run_id, key="score", score=score)
        except LangSmithError:
            logging.exception("LangSmith refused the feedback: check LANGSMITH_API_KEY and its permissions")
    ```

    ## Not flagged
    Calls whose upload happens in the background (`create_run`, `update_run`, `flush`, `create_feedback` with
    `trace_id`), traced functions, constructors, reads by a share link; calls whose 403 is caught by a caller, a
    decorator, a context manager, `suppress`, `pytest.raises` or an exception handler of the web framework; tests;
    receivers and handlers that can't be resolved. Exceptions that escape from the functions of a published package
    (with `py.typed`) are for the programs that call them to catch; they are reported for the pedantic persona only. The
    persona auditor gets one line for each cause in a file: an unresolved receiver, a caller outside of the project, a
    dynamic import, an unresolved handler or decorator, a function outside of the project, a path beyond the limit.

    ## Fix safety
    The fix writes a handler. In a script or a command it stands around the call through which all 403s of the file end
    the process, and exits with a message in place of the traceback. In a route of FastAPI it answers 502. Around
    feedback and runs that are sent on the side it logs the failure in the file's own way, and the program goes on. It
    is unsafe: `LangSmithError` is raised for other failures as well. For all other calls there is no fix: only the
    author knows what the program should do without LangSmith.

    ## References
    - Measured on langsmith 0.1.0 to 0.15.0: `Client` raises `langsmith.utils.LangSmithError` itself for a 403, never
      `LangSmithAuthError`; generated clients and `client.<resource>` raise `langsmith.PermissionDeniedError`.
    """
    uncaught = [found for found in _uncaught(file, analysis) if found is not None]
    every = analysis.project.settings.uncaught == "every-call"
    grouped = [found for found in uncaught if found.kind in _GROUPED and not every]
    if grouped:
        yield _grouped(file, grouped, analysis)
    for found in uncaught:
        if found.kind not in _GROUPED or every:
            yield _single(found, analysis)
    yield from undecided(file, analysis)


def _uncaught(file: File, analysis: Analysis) -> Iterator[_Uncaught | None]:
    for call in analysis.clients.api_calls(file):
        yield _of_call(call, analysis)


def _of_call(call: ApiCall, analysis: Analysis) -> _Uncaught | None:
    """The call with its worst escape; None where its 403 is caught, unresolved or reported by another rule."""
    if call.takes_share_token:
        return None
    fate = analysis.outcomes.fate(call)
    escapes = [escape for escape in fate.escapes if escape.entry.kind != "test"]
    if not escapes or fate.unsure or _is_reported_elsewhere(call, analysis):
        return None
    silent = [escape for escape in escapes if not is_told_and_raised(escape, call, analysis)]
    found = _worst(call, silent or escapes, analysis)
    return found if silent else found._replace(is_told=True)


def _worst(call: ApiCall, escapes: Sequence[Escape], analysis: Analysis) -> _Uncaught:
    worst = min(escapes, key=lambda escape: _KINDS.index(escape.entry.kind))
    looped = next((escape for escape in escapes if _is_in_background(escape)), None)
    if looped is not None and worst.entry.kind != "route":
        return _Uncaught(call, "loop", looped)
    return _Uncaught(call, _kind(worst, analysis), worst)


def _kind(escape: Escape, analysis: Analysis) -> Kind:
    """What the exception ends: the script, for a node or a tool of a graph which only a script has, and runs."""
    entry = escape.entry
    return (
        "script"
        if entry.kind == "agent" and analysis.entry_points.runs_alone(entry.file)
        else entry.kind
    )


def _is_in_background(escape: Escape) -> bool:
    return any(is_in_background_loop(step.file, step.block) for step in escape.path)


def _is_reported_elsewhere(call: ApiCall, analysis: Analysis) -> bool:
    """Handlers that miss the exception, and handlers in the wrong place, have rules of their own.

    Nor is there a 403 where a program asks whether a method is there that no release has, and of a call that fails
    on what it is passed as its client, or whose client is never built.
    """
    asked = call.method is None and asks_for(call.file, call.name)
    is_without = no_client(call, analysis) is not None or is_never_built(call, analysis)
    never_made = asked or is_without
    return never_made or misses(call, analysis) or stands_apart(call, analysis)


def _grouped(file: File, found: list[_Uncaught], analysis: Analysis) -> Violation:
    # What is worth a warning goes before what its reader sees anyway.
    reasons = {item: _why_quiet(item, analysis) for item in found}
    first = min(found, key=lambda item: (reasons[item] is not None, item.call.span))
    others = [item for item in found if item is not first]
    count = (
        f" ({len(others)} more such call{'s' if len(others) > 1 else ''} in this file)"
        if others
        else ""
    )
    return Violation(
        at=first.call.span,
        message=_message(first, analysis) + count + (reasons[first] or ""),
        help=_help(first, analysis),
        severity=_severity_of_grouped(reasons[first]),
        persona=Persona.PEDANTIC
        if all(_is_public_pull_in_docs(item, analysis) for item in found)
        else None,
        related=(
            *_related(first),
            *(
                Related(
                    file.relative, item.call.span, f"`{item.call.label}` is not caught either"
                )
                for item in others
            ),
        ),
        fix=_fix_of_grouped(file, found, analysis),
    )


def _why_quiet(found: _Uncaught, analysis: Analysis) -> str | None:
    """What to add to the message of a finding that is only an info; None where it is a warning."""
    if found.kind == "notebook" or found.is_told:
        return ""
    if found.kind not in _ENDS_A_SCRIPT:
        return None
    quiet = _why_quiet_alone(found, analysis)
    if quiet is not None:
        return quiet
    other = _reported_for_program(found, analysis)
    return f"; `{other}` has the warning for this program" if other else None


def _why_quiet_alone(found: _Uncaught, analysis: Analysis) -> str | None:
    """The same for reasons that lie in the call and the script alone."""
    folders = PurePosixPath(found.escape.entry.file.relative).parts[:-1]
    if found.is_told or not _EXAMPLES.isdisjoint(part.lower() for part in folders):
        return ""
    if _is_told_at_handler(found.call, analysis):
        return "; the handler that leads here has a finding of its own"
    if analysis.accepted_keys.is_before(found.call, found.escape):
        return "; an earlier request shows that the key is accepted, so only a permission can be missing"
    if _is_run_by_hand(found.call, analysis):
        return "; only a person starts it, and reads the traceback"
    return None


def _is_run_by_hand(call: ApiCall, analysis: Analysis) -> bool:
    """Whether only a person starts the scripts that a call ends, as far as a whole checkout shows.

    Of a command that the project installs, those who type it are not its authors.
    """
    if not analysis.starters.is_known:
        return False
    points = analysis.entry_points
    started = analysis.starters.started | points.declared.command_files
    for escape in analysis.outcomes.fate(call).escapes:
        file = escape.entry.file
        # A module that something imports runs with it. What stands under its own main guard does not.
        is_started = (
            file.relative in started
            if points.main_guards(file)
            else analysis.processes.programs.is_run_by(file.relative, started)
        )
        if escape.entry.kind in _ENDS_A_SCRIPT and is_started:
            return False
    return True


def _is_told_at_handler(call: ApiCall, analysis: Analysis) -> bool:
    """Whether LS305 says of a handler that this call comes behind it, and is refused as well."""
    return call in analysis.once(_told_at_handlers, call.file.relative)


def _told_at_handlers(analysis: Analysis, name: str) -> frozenset[ApiCall]:
    """The calls of which LS305 says at the handlers of a file that they come behind one."""
    told: set[ApiCall] = set()
    for caught, calls in analysis.outcomes.caught_by_file.get(name, {}).items():
        asked = calls_in_try(caught, calls)
        if asked and not is_told_apart(caught):
            told.update(second for _, second in made_instead(caught, asked, analysis))
    return frozenset(told)


def _reported_for_program(found: _Uncaught, analysis: Analysis) -> str:
    """Another file that has the warning for the program which a call ends; empty for none.

    It is the program's own file, or else the first of those whose calls end it.
    """
    own, program = found.call.file.relative, found.escape.entry.file.relative
    for call in analysis.outcomes.ending_scripts.get(program, ()):
        name = call.file.relative
        if (name != program, name) >= (own != program, own):
            break
        other = _of_call(call, analysis)
        if other is None or other.kind not in _ENDS_A_SCRIPT:
            continue
        if _why_quiet_alone(other, analysis) is None:
            return name
    return ""


def _fix_of_grouped(file: File, found: list[_Uncaught], analysis: Analysis) -> Fix | None:
    kinds = {item.kind for item in found}
    if len(kinds) != 1 or any(item.is_told for item in found):
        return None
    return handler_fix(file, [item.call for item in found], kinds.pop(), analysis)


def _severity_of_grouped(reason: str | None) -> Severity:
    return Severity.WARNING if reason is None else Severity.INFO


def _is_public_pull_in_docs(found: _Uncaught, analysis: Analysis) -> bool:
    """Whether a notebook of a documentation pulls a prompt that all may read: its readers have no other key to try."""
    folders = PurePosixPath(found.escape.entry.file.relative).parts[:-1]
    if found.kind != "notebook" or _DOCUMENTATION.isdisjoint(part.lower() for part in folders):
        return False
    prompt = pulled(found.call, analysis.values)
    return prompt is not None and prompt.is_public


def _single(found: _Uncaught, analysis: Analysis) -> Violation:
    entry = found.escape.entry
    for_callers = entry.kind in {"library", "agent"} and analysis.project.is_published(
        entry.file
    )
    if found.kind in _GROUPED or found.is_told:
        severity: Severity | None = _severity_of_grouped(_why_quiet(found, analysis))
    else:
        severity = Severity.WARNING if for_callers else None
    return Violation(
        at=found.call.span,
        message=_message(found, analysis),
        help=_help(found, analysis),
        severity=severity,
        persona=Persona.PEDANTIC if for_callers else None,
        related=_related(found),
        fix=None
        if found.is_told
        else handler_fix(found.call.file, [found.call], found.kind, analysis),
    )


def _message(found: _Uncaught, analysis: Analysis) -> str:
    error = analysis.outcomes.error_mro(found.call)[0].rpartition(".")[2]
    labels = [step.label for step in found.escape.path]
    if len(labels) > _STEPS_IN_MESSAGE:
        labels = [labels[0], "…", *labels[-2:]]
    path = f" ({' → '.join(labels)})" if len(labels) > 1 else ""
    # A method that retries by itself raises the wrapper's own class.
    is_wrapped = _is_wrapped(found) and error != RETRY_ERROR.rpartition(".")[2]
    wrapper = "tenacity's `RetryError` for " if is_wrapped else ""
    happens = (
        "a handler tells of {} and raises it again"
        if found.is_told
        else "no handler catches {}"
    )
    return (
        happens.format(
            f"{wrapper}the `{error}` that `{found.call.label}` raises on a 403{path}"
        )
        + f"; {_consequence(found)}"
    )


def _consequence(found: _Uncaught) -> str:
    begins = found.escape.entry.file
    if found.kind == "notebook" and begins is not found.call.file:
        return f"a cell of `{begins.relative}` ends in a traceback"
    return _CONSEQUENCES[found.kind]


def _is_wrapped(found: _Uncaught) -> bool:
    return RETRY_ERROR in found.escape.thrown.mro


def _help(found: _Uncaught, analysis: Analysis) -> str:
    error = analysis.outcomes.error_mro(found.call)[0]
    public = analysis.sdk.public_name(error)
    if found.is_told:
        return f"do not raise `{public}` again there, unless what runs this is meant to fail"
    if found.call.by_object:
        return (
            f"add a function as the node that calls `{found.call.label}` and catches `{public}`,"
            " and log that the key and its permissions must be checked"
        )
    points = analysis.outcomes.fate(found.call).points
    moved = any(point.order != found.call.call.order for point in points)
    where = "where the result is used" if moved else "around the call"
    if _is_wrapped(found):
        where += f" (with `reraise=True`, or else `{RETRY_ERROR}`)"
    return f"catch `{public}` {where}, and log that the key and its permissions must be checked"


def _related(found: _Uncaught) -> tuple[Related, ...]:
    """The path of the exception: the entry point, each call from there on, and the raise where it is not the call."""
    places = list(_places(found))
    return tuple(
        Related(step.file.relative, step.span, message, number)
        for number, (step, message) in enumerate(places, start=1)
    )


def _places(found: _Uncaught) -> Iterator[tuple[Step, str]]:
    path = found.escape.path
    if len(path) > 2 * _RELATED_STEPS:
        path = (*path[:_RELATED_STEPS], *path[-_RELATED_STEPS:])
    *calls, last = path
    for step in calls:
        begins = step.block < 0
        yield (
            step,
            _BEGINNINGS[found.escape.entry.kind].format(step.label)
            if begins
            else f"`{step.label}` is called",
        )
    if (last.file, last.span) != (
        found.call.file,
        found.call.call.callee_span,
    ) and found.call.handed is None:
        yield last, "the 403 is raised here"
