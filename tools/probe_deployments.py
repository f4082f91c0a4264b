"""Asks the installed langgraph-sdk, and langgraph's `RemoteGraph`, what a 403 of a deployment does.

The same questions, server and guards as in `probe_sdk.py`; only how a client is made differs: `get_client()` and
`get_sync_client()` build what their class's constructor does not, and the resources are attributes of an object.
Prints JSON.

Usage: `python tools/probe_deployments.py [--output FILE]`, with the langgraph-sdk to ask installed.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import types
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, Final, NamedTuple

import probe_arguments
from probe_arguments import is_open, keywords, positional
from probe_sdk import Probe, canonical, caught, report, use
from probe_server import Refusing

_KEY: Final = {"api_key": "probe"}
_KEY_VARIABLES: Final = ("LANGGRAPH_API_KEY", "LANGSMITH_API_KEY", "LANGCHAIN_API_KEY")
_FACTORIES: Final = ("get_client", "get_sync_client")
_ERRORS: Final = "langgraph_sdk.errors"
_REMOTE: Final = ("langgraph.pregel.remote", "RemoteGraph")
# What runs a graph, or asks for its state: what else a runnable has makes other runnables of it.
_RUNS: Final = frozenset(
    f"{prefix}{name}"
    for prefix in ("", "a")
    for name in (
        *(
            "invoke",
            "stream",
            "batch",
            "transform",
            "get_state",
            "get_state_history",
            "update_state",
            "get_graph",
        ),
        *("batch_as_completed", "stream_events"),
    )
)
# These give a runnable that runs the same graph.
_COPIES: Final = frozenset({"with_config"})
# Not asked: they need a stream that a server keeps open.
_SKIPPED: Final = frozenset({"aclose", "close", "stream_events", "astream_events"})


class _Once:
    """An input that comes in one piece, asynchronously, as often as it is asked for."""

    async def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        yield {}


_ARGUMENTS: Final[dict[str, Any]] = {
    "input": {},
    "inputs": [{}],
    "values": {},
    "path": "/x",
    "method": "GET",
    "config": {"configurable": {"thread_id": "11111111-1111-4111-8111-111111111111"}},
}


class Client(NamedTuple):
    """A kind of client: what a program calls to build one, and its class's canonical name."""

    make: Callable[..., Any]
    cls: str
    instance: Callable[[], Any]


def candidates(function: Callable[..., Any]) -> Iterator[dict[str, Any]]:
    """A thread in the configuration, which a signature does not tell, before what it does."""
    names = inspect.signature(function).parameters
    chosen = {name: value for name, value in _ARGUMENTS.items() if name in names}
    if "config" in chosen or "method" in chosen:
        yield chosen
        yield {**chosen, "input": _Once()}
    yield from probe_arguments.candidates(function)


def is_installed() -> bool:
    """Whether langgraph-sdk and langgraph can be asked here."""
    return all(find_spec(name) is not None for name in ("langgraph_sdk", "langgraph"))


def is_asked(cls: type, name: str) -> bool:
    """Whether a public method of a client's class is one that asks the deployment."""
    if (
        name.startswith("_")
        or name in _SKIPPED
        or not inspect.isroutine(inspect.getattr_static(cls, name, None))
    ):
        return False
    is_remote = cls.__module__ == _REMOTE[0]
    return name in _RUNS if is_remote else name != "stream" or "Threads" not in cls.__name__


class DeploymentProbe(Probe):
    """The probe of the clients of a deployment."""

    package = ("langgraph_sdk",)
    skipped = _SKIPPED
    copying = _COPIES

    def run(self) -> dict[str, Any]:
        """Everything that is recorded of this version."""
        factories: dict[str, str] = {}
        for client in self.clients():
            self.probe_class(type(client.instance()), client.instance)
            row = self.classes[client.cls]
            row["init"] = {
                "parameters": keywords(client.make),
                "positional": positional(client.make),
                "open": is_open(client.make),
            }
            row["variables"] = {
                "key": list(self.read_variables(client.make)),
                "endpoint": [],
                "workspace": [],
            }
            if not isinstance(client.make, functools.partial):
                factories[f"langgraph_sdk.client.{client.make.__name__}"] = client.cls
        self.derive_errors()
        return {
            "version": version("langgraph-sdk"),
            "classes": self.classes,
            "functions": {},
            "errors": self.errors,
            "tracing": {},
            "deprecated": {},
            "factories": factories,
        }

    def clients(self) -> Iterator[Client]:
        """The kinds of clients that this version has."""
        module = import_module("langgraph_sdk.client")
        for name in _FACTORIES:
            make = getattr(module, name, None)
            if make is not None:
                made = functools.lru_cache(
                    functools.partial(make, url=self.url, **self._key(make))
                )
                yield Client(make, canonical(type(made())), made)
        with contextlib.suppress(ImportError, AttributeError):
            remote = getattr(import_module(_REMOTE[0]), _REMOTE[1])
            make = functools.partial(remote, "agent")
            made = functools.lru_cache(functools.partial(remote, "agent", url=self.url, **_KEY))
            yield Client(make, ".".join(_REMOTE), made)

    def _key(self, make: Callable[..., Any]) -> dict[str, str]:
        """The first releases know no key at all."""
        return _KEY if "api_key" in keywords(make) else {}

    def probe_class(self, cls: type, make: Callable[[], Any]) -> None:
        """Record the methods of a class, and the resources that are attributes of its objects."""
        name = canonical(cls)
        if name in self.classes:
            return
        if name == ".".join(_REMOTE):
            self._probe_remote(name, cls, make)
            return
        super().probe_class(cls, make)
        for attribute, value in vars(make()).items():
            if canonical(type(value)).startswith("langgraph_sdk.") and not attribute.startswith(
                "_"
            ):
                self.classes[name]["resources"][attribute] = canonical(type(value))
                self.probe_class(type(value), functools.partial(_given, value))

    def _probe_remote(self, name: str, cls: type, make: Callable[[], Any]) -> None:
        row: dict[str, Any] = {"methods": {}, "resources": {}}
        self.classes[name] = row
        for attribute in sorted(_RUNS | _COPIES):
            if attribute in _COPIES:
                row["methods"][attribute] = self.copy_of(make(), attribute)
            elif isinstance(inspect.getattr_static(cls, attribute, None), types.FunctionType):
                found = self.probe_method(make, attribute)
                if found is not None:
                    row["methods"][attribute] = found

    def copy_of(self, instance: Any, name: str) -> dict[str, Any]:
        """A method that gives another object which runs the same graph."""
        function = getattr(instance, name)
        row: dict[str, Any] = {
            "requests": 0,
            "when": "never",
            "returns": canonical(type(function({}))),
        }
        row["parameters"], row["positional"], row["open"] = (
            keywords(function),
            positional(function),
            is_open(function),
        )
        return row

    def probe_method(self, make: Callable[[], Any], name: str) -> dict[str, Any] | None:
        """As of langsmith, but nothing of methods that asked nothing here: a session asks when it is entered or used.

        That a method gives nothing is said of some that give what the server answers.
        """
        row = super().probe_method(make, name)
        if row is None or not row["requests"]:
            return None
        if row.get("returns") == "None":
            del row["returns"]
        return row

    def candidates(self, function: Callable[..., Any]) -> Iterator[dict[str, Any]]:
        """The sets of arguments with which a method is called until it makes a request."""
        return candidates(function)

    def variants(
        self, instance: Any, name: str, chosen: dict[str, Any], row: dict[str, Any]
    ) -> dict[str, Any]:
        """A deployment has one kind of store, and nothing is queued."""
        del instance, name, chosen, row
        return {}

    def derive_errors(self) -> None:
        """The other exception classes of the SDK: what handlers may name."""
        with contextlib.suppress(ImportError):
            for cls in list(vars(import_module(_ERRORS)).values()):
                if (
                    isinstance(cls, type)
                    and issubclass(cls, Exception)
                    and cls.__module__ == _ERRORS
                ):
                    self.record(cls)

    def read_variables(self, make: Callable[..., Any]) -> Iterator[str]:
        """The environment variables from which a client takes its key where it is given none, the strongest first."""
        left = list(_KEY_VARIABLES)
        while left:
            with _environment({name: name.lower() for name in left}):
                heard = self._heard(make)
            winner = next((name for name in left if name.lower() == heard), None)
            if winner is None:
                return
            yield winner
            left.remove(winner)

    def _heard(self, make: Callable[..., Any]) -> str | None:
        """The key that a client sends."""
        Refusing.mode, Refusing.last_headers = "error", {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            client = make(url=self.url)
            ask = (
                client.invoke
                if hasattr(client, "invoke")
                else functools.partial(client.assistants.get)
            )
            caught(lambda: use(ask("x" if not hasattr(client, "invoke") else {})))
        sent = {name.lower(): value for name, value in (Refusing.last_headers or {}).items()}
        return sent.get("x-api-key")


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    import os

    os.environ.update(values)
    try:
        yield
    finally:
        for name in values:
            del os.environ[name]


def _given(value: Any) -> Any:
    return value


if __name__ == "__main__":
    report(DeploymentProbe)
