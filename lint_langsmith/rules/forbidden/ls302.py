"""LS302: a handler that is meant for the 403 but can't see it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final, NamedTuple

from lint_langsmith.findings import Persona, Related, Severity, Span, Violation
from lint_langsmith.model import data
from lint_langsmith.model.clients import ApiCall
from lint_langsmith.model.file import File, Place
from lint_langsmith.model.flow import Missed
from lint_langsmith.model.project import Project
from lint_langsmith.model.values import Group, Member, Symbol, Value
from lint_langsmith.rules.registry import rule

# SDK classes whose handlers are about something else than access: a 403 passes them by rightly.
_OTHER_MATTERS: Final = frozenset(
    {
        *("LangSmithNotFoundError", "LangSmithConflictError", "LangSmithRateLimitError", "LangSmithConnectionError"),
        *("LangSmithRequestTimeout", "NotFoundError", "ConflictError", "RateLimitError", "APIConnectionError"),
        *("APITimeoutError", "BadRequestError", "UnprocessableEntityError", "InternalServerError"),
        *("LangSmithMissingAPIKeyWarning", "LangSmithExceptionGroup"),
    },
)
_HTTP_LIBRARIES: Final = (
    "requests.",
    "httpx.",
    "httpx2.",
    "aiohttp.",
    "urllib.error.",
    "urllib3.",
    "openai.",
    "anthropic.",
)
_BUILTINS: Final = frozenset({"builtins.PermissionError", "builtins.ValueError"})
# Calls that have no part in what a handler is for.
_HARMLESS: Final = frozenset(
    f"builtins.{name}"
    for name in (
        *("print", "len", "str", "list", "dict", "set", "tuple", "sorted", "enumerate", "zip", "range", "next", "iter"),
        *("isinstance", "getattr", "hasattr", "bool", "repr", "sum", "min", "max", "any", "all", "map", "filter"),
    )
)


class Miss(NamedTuple):
    """A handler that misses the 403 of a call. `names` is what it catches instead, as written."""

    call: ApiCall
    missed: Missed
    names: tuple[str, ...]

    @property
    def is_other_matter(self) -> bool:
        """Whether the handler is about something else than access, so that a 403 passes it by rightly."""
        return _is_other_matter(self.names)


@rule("LS302", "handler-misses-forbidden", severity=Severity.ERROR, since="0.1")
def check(file: File, project: Project) -> Iterator[Violation]:
    """A handler is clearly meant for the 403 but can't catch it.

    ## What it does
    Looks at the handlers that a 403 passes on its way out, and reports those that name an authentication, HTTP or
    permission class which the 403 is not: `LangSmithAuthError` (401 only), `LangSmithUserError`, `requests.HTTPError`,
    `httpx.HTTPStatusError`, `PermissionError`, another SDK's errors, or the other one of LangSmith's two exception
    trees, which differ by one letter (`LangSmithError`, `LangsmithError`). It names the class that would catch it.

    ## Why it matters
    The handler looks like the place where a bad key is dealt with. It never runs.

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
    Handlers with a wider one behind them that catches the 403 after all; tuples that include the right class; handlers
    for something else (`LangSmithNotFoundError`, `LangSmithConflictError`: shown to the pedantic persona where nothing
    wider follows); `ValueError` and the like around code that can raise them itself; names that can't be resolved.

    ## Fix safety
    There is no automatic fix yet: the handler's text often speaks of a 401 only.

    ## References
    - Measured on langsmith 0.1.0 to 0.15.0: a 403 of `Client` is a plain `langsmith.utils.LangSmithError` (for an
      organisation's key without workspace `LangSmithUserError`, since 0.4.20); of generated clients it is
      `langsmith.PermissionDeniedError`, which is no `LangSmithError`.
    """
    found: dict[Span, list[Miss]] = defaultdict(list)
    for call, missed in project.flow.missed_by_file.get(file.relative, ()):
        names = _names(missed, project)
        if names:
            found[missed.handler.span].append(Miss(call, missed, names))
    for same in found.values():
        # Handlers for another matter are a smell of their own, not mixed with those that are meant for the 403.
        meant = [miss for miss in same if not miss.is_other_matter]
        yield _violation(meant or same, project)


def misses(call: ApiCall, project: Project) -> bool:
    """Whether a 403 of the call passes, on a way out, a handler that is meant for it."""
    fate = project.flow.fate(call)
    passed = [missed for escape in fate.escapes if escape.entry.kind != "test" for missed in escape.missed]
    return not fate.unsure and any(
        names and not _is_other_matter(names) for names in (_names(missed, project) for missed in passed)
    )


def _is_other_matter(names: tuple[str, ...]) -> bool:
    return all(name.rpartition(".")[2] in _OTHER_MATTERS for name in names)


def _names(missed: Missed, project: Project) -> tuple[str, ...]:
    """The classes of a handler that speak of access or of the SDK; empty when it is about other things."""
    if missed.handler.type is None:
        return ()
    block = missed.file.model.blocks[missed.handler.block]
    values = project.values.of(missed.file, missed.handler.type, Place(block.scope, block.parent, 10**9))
    names = [name for value in values for name in _class_names(value)]
    return tuple(name for name in names if _is_meant(name, missed, project))


def _class_names(value: Value) -> Iterator[str]:
    if isinstance(value, Symbol):
        yield value.name
    elif isinstance(value, Group):
        for items in value.items:
            for item in items:
                yield from _class_names(item)


def _is_meant(name: str, missed: Missed, project: Project) -> bool:
    if name.startswith("langsmith."):
        return True
    if name.startswith(_HTTP_LIBRARIES) or name in _BUILTINS:
        return not any(True for _ in _other_calls(missed, project))
    return False


def _other_calls(missed: Missed, project: Project) -> Iterator[int]:
    """Calls in the body of the handler's `try` that may raise what it names: the handler may be for them."""
    file = missed.file
    body = file.model.tries[missed.owner].body
    api = {found.site for found in project.clients.api_calls(file)}
    for site, row in enumerate(file.model.calls):
        if site in api or body not in file.block_chain(row.block):
            continue
        callees = project.values.callee(file, site)
        harmless = all(isinstance(value, Symbol) and value.name in _HARMLESS for value in callees)
        if not harmless and not _is_logging(row, callees):
            yield site


def _is_logging(row: data.Call, callees: tuple[Value, ...]) -> bool:
    name = row.func.name if isinstance(row.func, data.Attribute) else ""
    logged = {
        "debug",
        "info",
        "warning",
        "error",
        "exception",
        "append",
        "add",
        "get",
        "items",
        "keys",
        "format",
        "join",
    }
    return name in logged and not any(isinstance(value, Member) and value.name == "get" for value in callees)


def _violation(same: list[Miss], project: Project) -> Violation:
    first = same[0]
    error = project.flow.error_mro(first.call)[0]
    caught = " and ".join(f"`{name.rpartition('.')[2]}`" for name in dict.fromkeys(first.names))
    right = project.sdk.public_name(error)
    why = " (401 only)" if any(name.endswith("LangSmithAuthError") for name in first.names) else ""
    pedantic = first.is_other_matter
    calls = list(dict.fromkeys((miss.call.file.relative, miss.call.span, miss.call.label) for miss in same))
    labels = list(dict.fromkeys(label for _, _, label in calls))
    what = f"`{labels[0]}`" + (f" and {len(labels) - 1} more" if len(labels) > 1 else "")
    return Violation(
        at=first.missed.handler.span,
        message=f"this handler catches {caught}{why}, but a 403 from {what} raises `{error.rpartition('.')[2]}`",
        help=f"catch `{right}` as well, or instead",
        severity=Severity.WARNING if pedantic else None,
        persona=Persona.PEDANTIC if pedantic else None,
        related=tuple(Related(path, span, f"`{label}` raises it here") for path, span, label in calls),
    )
