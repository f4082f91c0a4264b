"""Handlers that a 403 passes although they are meant for it: LS302 reports them, and LS301 leaves their calls to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.exceptions.outcome import MissedHandler
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
from lint_langsmith.analysis.values.abstract import ExternalAttribute, ExternalName, Value

# SDK classes whose handlers are about something else than access: a 403 passes them by rightly.
_OTHER_MATTERS: Final = frozenset(
    {
        *(
            "LangSmithNotFoundError",
            "LangSmithConflictError",
            "LangSmithRateLimitError",
            "LangSmithConnectionError",
        ),
        *(
            "LangSmithRequestTimeout",
            "NotFoundError",
            "ConflictError",
            "RateLimitError",
            "APIConnectionError",
        ),
        *(
            "APITimeoutError",
            "BadRequestError",
            "UnprocessableEntityError",
            "InternalServerError",
        ),
        *("LangSmithMissingAPIKeyWarning", "LangSmithExceptionGroup"),
    },
)
# With httpx a request of langgraph-sdk did not come through at all.
_TRANSPORT: Final = frozenset(
    f"httpx.{name}"
    for name in (
        *(
            "RequestError",
            "TransportError",
            "NetworkError",
            "ProtocolError",
            "RemoteProtocolError",
            "ConnectError",
        ),
        *(
            "ReadError",
            "WriteError",
            "CloseError",
            "TimeoutException",
            "ConnectTimeout",
            "ReadTimeout",
            "PoolTimeout",
        ),
    )
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
        *(
            "print",
            "len",
            "str",
            "list",
            "dict",
            "set",
            "tuple",
            "sorted",
            "enumerate",
            "zip",
            "range",
            "next",
            "iter",
        ),
        *(
            "isinstance",
            "getattr",
            "hasattr",
            "bool",
            "repr",
            "sum",
            "min",
            "max",
            "any",
            "all",
            "map",
            "filter",
        ),
    )
)


# Modules whose functions send no requests, and call nothing that does: the errors of HTTP libraries are not for them.
_NO_REQUESTS: Final = frozenset(
    {
        *("re", "json", "os", "sys", "time", "datetime", "uuid", "math", "random", "string"),
        *("pathlib", "hashlib", "base64", "textwrap", "copy", "collections", "traceback"),
    }
)


def misses(call: ApiCall, analysis: Analysis) -> bool:
    """Whether a 403 of the call passes, on a path on which it escapes, a handler that is meant for it."""
    fate = analysis.outcomes.fate(call)
    if fate.unsure:
        return False
    for escape in fate.escapes:
        for missed in escape.missed if escape.entry.kind != "test" else ():
            names = names_meant(missed, analysis)
            if names and not is_other_matter(names):
                return True
    return False


def is_other_matter(names: tuple[str, ...]) -> bool:
    """Whether a handler of these classes is about something else than access: a 403 passes it by rightly."""
    return all(
        name in _TRANSPORT or name.rpartition(".")[2] in _OTHER_MATTERS for name in names
    )


def names_meant(missed: MissedHandler, analysis: Analysis) -> tuple[str, ...]:
    """The classes of a handler that speak of access or of the SDK; empty when it is about other things.

    The same for each of the calls whose 403 passes it.
    """
    return analysis.once(_find_names_meant, missed)


def _find_names_meant(analysis: Analysis, missed: MissedHandler) -> tuple[str, ...]:
    classes = analysis.outcomes.classes(missed.file, missed.handler)
    names = [value.name for value in classes if isinstance(value, ExternalName)]
    return tuple(name for name in names if _is_meant(name, missed, analysis))


def _is_meant(name: str, missed: MissedHandler, analysis: Analysis) -> bool:
    if analysis.sdk.owns(name):
        return True
    is_of_http = name.startswith(_HTTP_LIBRARIES)
    if is_of_http or name in _BUILTINS:
        others = _other_calls(missed, analysis, _NO_REQUESTS if is_of_http else frozenset())
        return not _yields(missed) and not any(True for _ in others)
    return False


def _yields(missed: MissedHandler) -> bool:
    """Whether the `try` is that of a context manager: what comes from its `yield` may be anything."""
    file = missed.file
    yielding = file.yielding_blocks
    return bool(yielding) and any(
        block in yielding for block in file.blocks_within(file.model.tries[missed.owner].body)
    )


def _other_calls(
    missed: MissedHandler, analysis: Analysis, silent: frozenset[str]
) -> Iterator[int]:
    """Calls in the body of the handler's `try` that may raise what it names: the handler may be for them.

    Functions of the modules in `silent` do not.
    """
    file = missed.file
    for block in file.blocks_within(file.model.tries[missed.owner].body):
        for site in file.sites_by_block.get(block, ()):
            if site in analysis.clients.sites(file):
                continue
            callees = analysis.values.callee(file, site)
            harmless = all(
                isinstance(value, ExternalName)
                and (value.name in _HARMLESS or value.name.partition(".")[0] in silent)
                for value in callees
            )
            if not harmless and not _is_logging(file.model.calls[site], callees):
                yield site


def _is_logging(row: ir.Call, callees: tuple[Value, ...]) -> bool:
    name = row.func.name if isinstance(row.func, ir.Attribute) else ""
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
    return name in logged and not any(
        isinstance(value, ExternalAttribute) and value.name == "get" for value in callees
    )
