"""LS302: a handler that is meant for the 403 but can't catch it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.exceptions.handler_classes import handler_place
from lint_langsmith.analysis.exceptions.outcome import MissedHandler
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Placed
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
from lint_langsmith.analysis.values.abstract import ExternalName, Group
from lint_langsmith.findings import (
    Applicability,
    Edit,
    Fix,
    Persona,
    Related,
    Severity,
    Span,
    Violation,
)
from lint_langsmith.rules.registry import rule
from lint_langsmith.rules.shared.imports import Reach, reach
from lint_langsmith.rules.shared.meant import is_other_matter, names_meant


class Miss(NamedTuple):
    """A handler that misses the 403 of a call. `names` is what it catches instead, as written."""

    call: ApiCall
    missed: MissedHandler
    names: tuple[str, ...]

    @property
    def is_other_matter(self) -> bool:
        """Whether the handler is about something else than access, so that a 403 passes it by rightly."""
        return is_other_matter(self.names)


@rule("LS302", "handler-misses-forbidden", severity=Severity.ERROR, since="0.1", follows=True)
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A handler is meant for the 403 but can't catch it.

    ## What it does
    Checks the handlers on the path of a 403, and reports handlers for an authentication, HTTP or permission class that
    the 403 is not an instance of: `LangSmithAuthError` (401 only), `LangSmithUserError`, `requests.HTTPError`,
    `httpx.HTTPStatusError`, `PermissionError`, another SDK's errors, or the other of LangSmith's two exception
    hierarchies, which differ by one letter (`LangSmithError`, `LangsmithError`). The help names the class that catches
    the 403. A handler of the right class is reported if the 403 is wrapped in an exception group or in tenacity's
    `RetryError`.

    ## Why it matters
    The handler seems to handle an invalid key, but it never runs.

    ## Example
    ```python
    import os

    from langsmith import Client
    from langsmith.utils import LangSmithAuthError

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])


    def describe(name):
        try:
            return client.read_project(project_name=name)
        except LangSmithAuthError:
            print("Check your LangSmith key")
            return None
    ```

    ## Use instead
    ```python
    import os

    from langsmith import Client
    from langsmith.utils import LangSmithError

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])


    def describe(name):
        try:
            return client.read_project(project_name=name)
        except LangSmithError as error:
            print(f"LangSmith refused {name}, check the key and its permissions: {error}")
            return None
    ```

    ## Not flagged
    Handlers followed by a wider handler that catches the 403; tuples that include the right class; handlers for another
    error (`LangSmithNotFoundError`, `LangSmithConflictError`), which are reported for the pedantic persona if no wider
    handler follows; `ValueError` and similar classes around code that can raise them; names that can't be resolved.

    ## Fix safety
    The fix adds the class that is raised to the handler, or replaces the handler's classes if it is their base class,
    and adds a missing import. It is unsafe: the handler then also runs for other errors (404, 409, 429 and more are
    `LangSmithError` too), its message may mention only a 401, and `error.response` is an attribute of the exceptions of
    HTTP libraries, not of `LangSmithError`.

    ## References
    - Measured on langsmith 0.1.0 to 0.15.0: a 403 of `Client` is a plain `langsmith.utils.LangSmithError` (for an
      organization's key without workspace `LangSmithUserError`, since 0.4.20); of generated clients it is
      `langsmith.PermissionDeniedError`, which is not a `LangSmithError`.
    - tenacity 9.2 raises `tenacity.RetryError` after the last attempt, unless `reraise=True`.
    """
    found: dict[Span, list[Miss]] = defaultdict(list)
    for call, missed in analysis.outcomes.missed_by_file.get(file.relative, ()):
        names = names_meant(missed, analysis)
        if names and _are_there(names, analysis) and not call.takes_share_token:
            found[missed.handler.span].append(Miss(call, missed, names))
    for same in found.values():
        # Handlers for another matter are a smell of their own, not mixed with those that are meant for the 403.
        meant = [miss for miss in same if not miss.is_other_matter]
        yield _violation(meant or same, analysis)


def _are_there(names: Iterable[str], analysis: Analysis) -> bool:
    """Whether no class of the SDK is among them that no release has: LS501 says so, and nothing else is true of it."""
    return all(analysis.sdk.ever(name) for name in names if analysis.sdk.owns(name))


def _violation(same: list[Miss], analysis: Analysis) -> Violation:
    first = same[0]
    error = analysis.outcomes.error_mro(first.call)[0]
    grouped, wrapped = first.missed.grouped, first.missed.wrapped
    caught = " and ".join(_caught(name) for name in dict.fromkeys(first.names))
    right = analysis.sdk.public_name(error)
    pedantic = first.is_other_matter
    calls = list(
        dict.fromkeys(
            (miss.call.file.relative, miss.call.span, miss.call.label) for miss in same
        )
    )
    labels = list(dict.fromkeys(label for _, _, label in calls))
    what = f"`{labels[0]}`" + (f" and {len(labels) - 1} more" if len(labels) > 1 else "")
    raised = f"raises `{error.rpartition('.')[2]}`"
    help_ = f"catch `{right}` as well, or instead"
    if grouped:
        raised, help_ = "is raised in an `ExceptionGroup`", f"write `except* {right}`"
    elif wrapped:
        raised = f"is raised in a `{wrapped}` after the last attempt"
        help_ = f"let tenacity raise the error itself (`reraise=True`), or catch `{wrapped}`"
    return Violation(
        at=first.missed.handler.span,
        message=f"this handler catches {caught}, but a 403 from {what} {raised}",
        help=help_,
        severity=Severity.WARNING if pedantic else None,
        persona=Persona.PEDANTIC if pedantic else None,
        related=tuple(
            Related(path, span, f"`{label}` raises it here") for path, span, label in calls
        ),
        fix=None if pedantic or grouped or wrapped else _fix(same, analysis),
    )


def _fix(same: list[Miss], analysis: Analysis) -> Fix | None:
    """The handler with the classes that are really raised; classes that these include are left out."""
    file, handler = same[0].missed.file, same[0].missed.handler
    written = _written(handler.type)
    if not written:
        return None
    place = handler_place(file, handler)
    errors = list(dict.fromkeys(analysis.outcomes.error_mro(miss.call)[0] for miss in same))
    kept = [part for part in written if not _is_included(file, part, place, errors, analysis)]
    dropped = frozenset(
        part.id for part in written if isinstance(part, ir.Name) and part not in kept
    )
    reached: list[Reach] = []
    for error in errors:
        found = _beside(file, written, place, error, analysis) or reach(
            file, place, error, analysis, dropped=dropped
        )
        if found is None:
            return None
        reached.append(found)
    names = [_spread(file, part, place, analysis) for part in kept] + [
        found.text for found in reached
    ]
    text = names[0] if len(names) == 1 else f"({', '.join(names)})"
    edits = (Edit(handler.span, text), *(edit for found in reached for edit in found.edits))
    wanted = " and ".join(f"`{found.text}`" for found in reached)
    return Fix(
        f"Catch {wanted}{' as well' if kept else ' instead'}", Applicability.UNSAFE, edits
    )


def _beside(
    file: File,
    written: tuple[ir.Name | ir.Attribute, ...],
    place: Placed,
    error: str,
    analysis: Analysis,
) -> Reach | None:
    """`utils.LangSmithError` where `utils.LangSmithAuthError` stands."""
    name = error.rpartition(".")[2]
    for part in written:
        if isinstance(part, ir.Attribute) and isinstance(part.value, (ir.Name, ir.Attribute)):
            owners = analysis.values.of(file, part.value, place)
            modules = [owner.name for owner in owners if isinstance(owner, ExternalName)]
            if modules and all(
                analysis.sdk.canonical(f"{module}.{name}") == error for module in modules
            ):
                return Reach(f"{file.source(part.value.span)}.{name}", ())
    return None


def _spread(file: File, part: ir.Name | ir.Attribute, place: Placed, analysis: Analysis) -> str:
    """A class as it is written; the items of a tuple, which can't stand in another one."""
    is_tuple = any(isinstance(value, Group) for value in analysis.values.of(file, part, place))
    return f"{'*' if is_tuple else ''}{file.source(part.span)}"


def _written(expr: ir.Expr | None) -> tuple[ir.Name | ir.Attribute, ...]:
    """The classes of a handler as they stand there; none where it is a variable's or anything else's business."""
    items = expr.items if isinstance(expr, ir.Sequence) and expr.kind == "tuple" else (expr,)
    named = tuple(item for item in items if isinstance(item, (ir.Name, ir.Attribute)))
    return named if len(named) == len(items) else ()


def _is_included(
    file: File,
    part: ir.Name | ir.Attribute,
    place: Placed,
    errors: list[str],
    analysis: Analysis,
) -> bool:
    """Whether one of the classes that will be caught is a base of what is written."""
    return all(
        isinstance(value, ExternalName) and _is_base_of_any(value.name, errors, analysis)
        for value in analysis.values.of(file, part, place)
    )


def _is_base_of_any(name: str, errors: list[str], analysis: Analysis) -> bool:
    canonical = analysis.sdk.canonical(name)
    return canonical is not None and not set(errors).isdisjoint(
        analysis.sdk.error_mro(canonical)
    )


def _caught(name: str) -> str:
    last = name.rpartition(".")[2]
    return f"`{last}` (401 only)" if last == "LangSmithAuthError" else f"`{last}`"
