"""The public methods and functions of the installed langsmith, as source text that calls each with valid arguments."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import inspect
import io
import os
import types
import uuid
import warnings
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import probe_arguments
import probe_deployments
import probe_sdk
from probe_server import AT_BOXES, Refusing

Gives: TypeAlias = Literal[
    "value",
    "iterator",
    "coroutine",
    "awaitable",
    "async-iterator",
    "pager",
    "manager",
    "async-manager",
]

# Where each client class is imported from, and the environment variable that holds the address of its server.
CLIENTS: Final[Mapping[str, str]] = {
    "Client": "langsmith",
    "AsyncClient": "langsmith",
    "Langsmith": "langsmith",
    "AsyncLangsmith": "langsmith",
    "SandboxClient": "langsmith.sandbox",
    "AsyncSandboxClient": "langsmith.sandbox",
}
# The clients of a deployment, where they are installed: each class, and what builds an object of it.
_DEPLOYMENTS: Final[Mapping[str, tuple[str, str, str]]] = {
    "LangGraphClient": ("langgraph_sdk.client", "langgraph_sdk", "get_client"),
    "SyncLangGraphClient": ("langgraph_sdk.client", "langgraph_sdk", "get_sync_client"),
    "RemoteGraph": ("langgraph.pregel.remote", "langgraph.pregel.remote", "RemoteGraph"),
}
DEPLOYMENTS: Final = _DEPLOYMENTS if probe_deployments.is_installed() else {}
CLASSES: Final[Mapping[str, str]] = {
    **CLIENTS,
    **{name: home for name, (home, _, _) in DEPLOYMENTS.items()},
}
DEPLOYMENT_URL: Final = "DEPLOYMENT_URL"
ADDRESSES: Final = ("LANGSMITH_ENDPOINT", "LANGCHAIN_BASE_URL")
# What no argument of a signature can be: definitions that the programs get.
DEFINITIONS: Final[Mapping[str, str]] = {
    "answer": "def answer(inputs):\n    return inputs\n",
    "answer_async": "async def answer_async(inputs):\n    return inputs\n",
    "scored": 'def scored(run, example):\n    return {"key": "score", "score": bool(run and example)}\n',
}
_ID: Final = "11111111-1111-4111-8111-111111111111"
_DOTTED: Final = f"20260101T000000000000Z{_ID}"


class Subject(NamedTuple):
    """One call of the SDK: `expression` may begin with `client`; `gives` is what a program gets from it.

    `constructor` holds further arguments of the client. `method` and `arguments` are its parts. Of a method of what the
    client has in a list, `listing` gives the list: the expression begins with `box` then.
    """

    client: str
    path: str
    arguments: str
    gives: Gives
    constructor: str = ""
    listing: str = ""

    @property
    def method(self) -> str:
        """What is called, without the call."""
        owner = "box" if self.listing else "client"
        return f"{owner}.{self.path}" if self.client else self.path

    @property
    def expression(self) -> str:
        """The call."""
        return f"{self.method}({self.arguments})"

    @property
    def name(self) -> str:
        """The name by which a subject is spoken of: `Client.runs.query`."""
        listing = f"{self.listing.rpartition('.')[2]}." if self.listing else ""
        owner = f"{self.client}.{listing}{self.path}" if self.client else self.path
        return f"{owner}({self.constructor})" if self.constructor else owner


# Calls whose arguments decide whether they raise; the signature does not show it.
CONDITIONAL: Final = (
    Subject("Client", "create_run", "'run', {'a': 1}, 'chain'", "value"),
    Subject(
        "Client",
        "create_run",
        f"'run', {{'a': 1}}, 'chain', id='{_ID}', trace_id='{_ID}'",
        "value",
    ),
    Subject(
        "Client",
        "create_run",
        f"'run', {{'a': 1}}, 'chain', id='{_ID}', trace_id='{_ID}', dotted_order='{_DOTTED}'",
        "value",
    ),
    Subject(
        "Client",
        "create_run",
        f"'run', {{'a': 1}}, 'chain', id='{_ID}', trace_id='{_ID}', dotted_order='{_DOTTED}'",
        "value",
        "auto_batch_tracing=False",
    ),
    Subject("Client", "update_run", f"'{_ID}', outputs={{'a': 1}}", "value"),
    Subject(
        "Client",
        "update_run",
        f"'{_ID}', outputs={{'a': 1}}, trace_id='{_ID}', dotted_order='{_DOTTED}'",
        "value",
    ),
    Subject(
        "Client",
        "update_run",
        f"'{_ID}', outputs={{'a': 1}}, trace_id='{_ID}', dotted_order='{_DOTTED}'",
        "value",
        "auto_batch_tracing=False",
    ),
    Subject("Client", "create_feedback", f"'{_ID}', 'score', score=1", "value"),
    Subject(
        "Client", "create_feedback", f"'{_ID}', 'score', score=1, trace_id='{_ID}'", "value"
    ),
    Subject("Client", "create_feedback", f"'{_ID}', 'score', score=1, trace_id=None", "value"),
    Subject(
        "Client",
        "create_feedback",
        f"'{_ID}', 'score', score=1, trace_id='{_ID}'",
        "value",
        "auto_batch_tracing=False",
    ),
    Subject("", "evaluate", "answer, data='dataset', evaluators=[scored]", "value"),
    Subject("", "evaluate", "answer, data='dataset', blocking=False", "value"),
    Subject("", "aevaluate", "answer_async, data='dataset', evaluators=[scored]", "coroutine"),
    Subject("", "evaluate_existing", f"'{_ID}', evaluators=[scored]", "value"),
    Subject("", "aevaluate_existing", f"'{_ID}', evaluators=[scored]", "coroutine"),
    Subject(
        "",
        "evaluate_comparative",
        "('11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'), evaluators=[scored]",
        "value",
    ),
    Subject("", "compute_test_metrics", "'project', evaluators=[scored]", "value"),
    Subject("", "convert_runs_to_test", "['run'], dataset_name='dataset'", "value"),
)
_FUNCTIONS: Final = {
    "_async_target": "answer_async",
    "_evaluator": "scored",
    "<lambda>": "answer",
}


def paths(make: Callable[[], Any]) -> Iterator[str]:
    """The public methods of a client class, with those of its resources: `read_run`, `runs.share.create`."""
    yield from _paths("", make(), seen=set())


def _paths(prefix: str, instance: Any, seen: set[type]) -> Iterator[str]:
    cls = type(instance)
    if cls in seen:
        return
    if cls.__module__.startswith("langgraph"):
        yield from _paths_of_deployment(prefix, instance)
        return
    for attribute in sorted(dir(cls)):
        if attribute.startswith("_") or attribute in probe_sdk.SKIPPED:
            continue
        static = inspect.getattr_static(cls, attribute, None)
        if callable(static) and not isinstance(static, type):
            yield prefix + attribute
        elif (
            isinstance(static, property) or hasattr(static, "func")
        ) and "with_" not in attribute:
            with contextlib.suppress(Exception):
                inner = getattr(instance, attribute)
                if type(inner).__module__.startswith("langsmith.resources"):
                    yield from _paths(f"{prefix}{attribute}.", inner, seen | {cls})


def _paths_of_deployment(prefix: str, instance: Any) -> Iterator[str]:
    """The methods of a deployment's client that `probe_deployments.py` asks; resources are attributes of the object."""
    for name in sorted(dir(type(instance))):
        if probe_deployments.is_asked(type(instance), name):
            yield prefix + name
    for name, inner in vars(instance).items():
        if (
            not prefix
            and name != "http"
            and type(inner).__module__.startswith("langgraph_sdk.")
        ):
            yield from _paths_of_deployment(f"{name}.", inner)


def makers() -> dict[str, Callable[..., Any]]:
    """A factory for each client class; the server and the key come from the environment."""
    made: dict[str, Callable[..., Any]] = {
        name: functools.partial(getattr(import_module(module), name), api_key="probe")
        for name, module in CLIENTS.items()
    }
    for name, (_, module, function) in DEPLOYMENTS.items():
        first = ("agent",) if name == "RemoteGraph" else ()
        url = os.environ[DEPLOYMENT_URL]
        made[name] = functools.partial(
            getattr(import_module(module), function), *first, url=url, api_key="probe"
        )
    return made


def find(client: str, path: str, make: Callable[[], Any]) -> Subject | None:
    """The subject for a method; None where no arguments are found that it takes."""
    function = _method(make(), path)
    plain: Subject | None = None
    candidates = (
        probe_deployments.candidates if client in DEPLOYMENTS else probe_arguments.candidates
    )
    for chosen in candidates(function):
        text = _arguments(function, chosen)
        gives, requests = _tried(
            functools.partial(probe_arguments.passed, _method(make(), path), chosen)
        )
        if gives is None or text is None:
            continue
        found = Subject(client, path, text, gives)
        if requests:
            return found
        plain = plain or found
    return plain


def boxes() -> dict[str, Callable[[], Any]]:
    """For each client that lists sandboxes a factory for one of them."""
    made = makers()
    at = os.environ[ADDRESSES[0]] + AT_BOXES
    return {
        name: functools.partial(_first, functools.partial(make, api_endpoint=at))
        for name, make in made.items()
        if "Sandbox" in name
    }


def _first(make: Callable[[], Any]) -> Any:
    given = make().list_sandboxes()
    return (probe_sdk.LOOP.run_until_complete(given) if inspect.iscoroutine(given) else given)[
        0
    ]


def of_box(client: str, path: str, make: Callable[[], Any]) -> Subject | None:
    """The subject for a method of a sandbox from a list; None where no arguments are found that it takes."""
    found = find(client, path, make)
    if found is None:
        return None
    endpoint = f'api_endpoint=os.environ["{ADDRESSES[0]}"] + "{AT_BOXES}"'
    listing = f"{'await ' if client.startswith('Async') else ''}client.list_sandboxes()"
    return found._replace(constructor=endpoint, listing=listing)


def _method(instance: Any, path: str) -> Any:
    for name in path.split("."):
        instance = getattr(instance, name)
    return instance


def _tried(call: Callable[[], Any]) -> tuple[Gives | None, int]:
    """What a call gives, and how many requests it and the use of what it gives make; None for a call gone wrong."""
    Refusing.requests = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = call()
        except Exception:
            requests = Refusing.requests
            return ("value" if requests else None), requests
        gives = _kind(result)
        _, error = probe_sdk.use(result)
    if error is not None and not Refusing.requests:
        return None, 0
    return gives, Refusing.requests


def _kind(result: Any) -> Gives:
    """What a program can do with a result."""
    awaits, iterates = hasattr(result, "__await__"), hasattr(result, "__aiter__")
    if awaits and iterates:
        return "pager"
    if awaits:
        return "coroutine" if inspect.iscoroutine(result) else "awaitable"
    if iterates:
        return "async-iterator"
    if isinstance(result, types.GeneratorType) or (
        hasattr(result, "__next__") and hasattr(result, "__iter__")
    ):
        return "iterator"
    if hasattr(result, "__aenter__"):
        return "async-manager"
    return "value"


# -- arguments as source ---------------------------------------------------------------------------------------------


def _arguments(function: Callable[..., Any], chosen: Mapping[str, Any]) -> str | None:
    """The arguments of a call as they are written; None where one has no written form."""
    parameters = inspect.signature(function).parameters
    first = [
        name
        for name in chosen
        if name in parameters and parameters[name].kind is inspect.Parameter.POSITIONAL_ONLY
    ]
    written = [(name, source(value)) for name, value in chosen.items()]
    if any(text is None for _, text in written):
        return None
    ordered = sorted(written, key=lambda item: item[0] not in first)
    return ", ".join(f"{text}" if name in first else f"{name}={text}" for name, text in ordered)


def source(value: Any) -> str | None:
    """A value as an expression of a program; None where there is none."""
    if isinstance(value, (dt.datetime, dt.timedelta, str, bytes, int, float, type(None))):
        return repr(value)
    if isinstance(value, uuid.UUID):
        return f"uuid.UUID('{value}')"
    if isinstance(value, io.BytesIO):
        return f"io.BytesIO({value.getvalue()!r})"
    if isinstance(value, (list, tuple)):
        items = [source(item) for item in value]
        if any(item is None for item in items):
            return None
        inner = ", ".join(item for item in items if item is not None)
        return f"[{inner}]" if isinstance(value, list) else f"({inner},)"
    if isinstance(value, dict):
        pairs = [(source(key), source(item)) for key, item in value.items()]
        return (
            None
            if any(None in pair for pair in pairs)
            else f"{{{', '.join(f'{key}: {item}' for key, item in pairs)}}}"
        )
    name = getattr(value, "__name__", "")
    return name if name == "len" else _FUNCTIONS.get(name)


def imports(text: str) -> Iterator[str]:
    """The modules of the standard library that a text names."""
    for module in _MODULES:
        if f"{module}." in text:
            yield f"import {module}"


_MODULES: Final = (
    "asyncio",
    "collections",
    "concurrent.futures",
    "contextlib",
    "contextvars",
    "dataclasses",
    "datetime",
    "functools",
    "io",
    "itertools",
    "os",
    "re",
    "sys",
    "threading",
    "types",
    "typing",
    "uuid",
)
