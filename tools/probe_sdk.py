"""Asks the installed langsmith what a 403 does: per class and method, when the exception appears and as which class.

A server on 127.0.0.1 answers every request with 403 (plain, or as for an organisation's key without workspace) or 401,
and `/info` with 200. Every public method is called with arguments made from its signature. No other host is ever
reached: name resolution and connections are guarded. It also asks what else a linter must know of a version: keywords,
what warns as deprecated, and which environment variables a client reads. Prints JSON.

Usage: `python tools/probe_sdk.py [--output FILE]`, with the langsmith to ask installed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import functools
import inspect
import io
import json
import logging
import os
import pkgutil
import re
import sys
import tempfile
import threading
import types
import typing
import warnings
from collections import abc
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from probe_arguments import (
    NEW_STORE,
    VARIANTS,
    candidates,
    hints,
    is_open,
    keywords,
    passed,
    positional,
)
from probe_server import AT_NEW_STORE, BODIES, Refusing, guard_network, hurry, server

# Calls that do not talk to the server, or end the client that later calls need.
SKIPPED: Final = frozenset({"with_options", "copy", "close", "cleanup", "aclose", "is_closed"})
# Those that give the same client with other options.
COPYING: Final = frozenset({"with_options", "copy"})
# How long a call, and what it sends in the background, may take; nothing needs that long but on a busy machine.
CALL_SECONDS: Final = 60.0
LOOP: Final = asyncio.new_event_loop()
_KEY: Final = {"api_key": "probe"}
_QUEUEING: Final = "langsmith.client.Client"
_BRANDS: Final = ("LANGSMITH", "LANGCHAIN")
_DEPRECATED: Final = re.compile(
    r"\.\. deprecated::[ \t]*(\S+)[ \t]*\n(?:[ \t]*\n)*((?:[ \t]+\S.*\n?)*)"
)
_REMEMBERING: Final = type(functools.lru_cache(len))
# Generic types of one thing that comes later, and of several things.
_WAITING: Final = (abc.Awaitable,)
_SEVERAL: Final = (abc.Iterable, abc.AsyncIterable)
_PUBLIC_PROMPT: Final = "owner/name"
# Modules that are run, not imported.
_PROGRAMS: Final = frozenset({"cli", "__main__"})
# Keywords of any version's `traceable`; each version is asked which of them it takes.
_TRACEABLE_KEYWORDS: Final = re.compile(r"""["'](\w+)["']""")
_RUN_TYPES: Final = (
    "chain",
    "embedding",
    "tool",
    "parser",
    "llm",
    "prompt",
    "retriever",
    "agent",
    "graph",
    "function",
)
_VARIABLES: Final[dict[str, tuple[str, ...]]] = {
    "key": ("LANGSMITH_API_KEY", "LANGCHAIN_API_KEY", "LANGGRAPH_API_KEY"),
    "endpoint": (
        "LANGSMITH_ENDPOINT",
        "LANGCHAIN_ENDPOINT",
        "LANGSMITH_BASE_URL",
        "LANGCHAIN_BASE_URL",
    ),
    "workspace": (
        "LANGSMITH_WORKSPACE_ID",
        "LANGCHAIN_WORKSPACE_ID",
        "LANGSMITH_TENANT_ID",
        "LANGCHAIN_TENANT_ID",
    ),
}


# -- one call --------------------------------------------------------------------------------------------------------


class Observation(typing.NamedTuple):
    """What one call did: when the exception came, which it was, and whether a request was made."""

    when: str
    error: BaseException | None
    requests: int


def observe(call: Callable[[], Any], finish: Callable[[], None] = lambda: None) -> Observation:
    """Make a call and use its result in each way a program would, until something is raised."""
    Refusing.requests = 0
    try:
        result = call()
    except Exception as failure:
        return Observation("call", failure, Refusing.requests)
    when, error = use(result)
    if error is not None:
        return Observation(when, error, Refusing.requests)
    finish()
    return Observation("background" if Refusing.requests else "never", None, Refusing.requests)


def use(result: Any) -> tuple[str, BaseException | None]:
    """Iterate, await or enter a result; gives the way in which it raised."""
    if inspect.iscoroutine(result) or hasattr(result, "__await__"):
        return use_awaited(result)
    if hasattr(result, "__aiter__"):
        return "async-iteration", run(first_async(result))
    if hasattr(result, "__aenter__") and not hasattr(result, "__iter__"):
        return "enter", run(entered(result))
    if hasattr(result, "__next__") or (
        hasattr(result, "__iter__") and not isinstance(result, (str, bytes, dict, list, tuple))
    ):
        return "iteration", caught(lambda: next(iter(result), None))
    if hasattr(result, "__enter__") and not hasattr(result, "_session"):
        return "enter", caught(result.__enter__)
    return "never", None


def use_awaited(result: Any) -> tuple[str, BaseException | None]:
    """Await a result, and take a step of what that gives, where it is an iterator."""
    given: list[Any] = []

    async def awaited() -> None:
        given.append(await result)

    error = run(awaited())
    if error is None and hasattr(given[0], "__aiter__"):
        return "await-iteration", run(first_async(given[0]))
    return "await", error


async def first_async(result: Any) -> None:
    """Take one asynchronous step."""
    async for _ in result:
        break


async def entered(result: Any) -> None:
    """Enter an asynchronous context manager."""
    async with result:
        pass


def run(coroutine: Any) -> BaseException | None:
    """Run a coroutine on the probe's own loop."""
    return caught(lambda: LOOP.run_until_complete(asyncio.wait_for(coroutine, CALL_SECONDS)))


def caught(call: Callable[[], Any]) -> BaseException | None:
    """The exception that a call raises."""
    try:
        call()
    except Exception as error:
        return error
    return None


def flush(instance: Any) -> None:
    """Wait until a client has sent what it has queued; only `Client` has a queue."""
    client = (
        getattr(instance, "client", None) or getattr(instance, "ls_client", None) or instance
    )
    if canonical(type(client)) != _QUEUEING:
        return
    queue = getattr(client, "tracing_queue", None)
    wait = getattr(client, "flush", None) or (queue.join if queue is not None else lambda: None)
    worker = threading.Thread(target=lambda: caught(wait), daemon=True)
    worker.start()
    worker.join(CALL_SECONDS)


# -- names -----------------------------------------------------------------------------------------------------------


def canonical(cls: type) -> str:
    """Where a class is defined; generated errors give a module of convenience, their source file tells the truth.

    langgraph-sdk moved its classes to private modules in 0.2.15 and kept their public one.
    """
    module = cls.__module__
    if module == "langsmith":
        module = _defining(cls)
    if module.startswith("langgraph_sdk._") and hasattr(
        sys.modules["langgraph_sdk.client"], cls.__name__
    ):
        module = "langgraph_sdk.client"
    return f"{module}.{cls.__qualname__}"


def _defining(cls: type) -> str:
    for name, module in list(sys.modules.items()):
        if (
            name.startswith("langsmith.")
            and vars(module).get(cls.__name__) is cls
            and "exceptions" in name
        ):
            return name
    return cls.__module__


def sentence(text: str) -> str:
    """A message on one line."""
    return " ".join(text.split())


def _told(shown: list[warnings.WarningMessage]) -> dict[str, str]:
    """What the warnings of a call say of its deprecation."""
    found = [
        sentence(str(item.message))
        for item in shown
        if issubclass(item.category, DeprecationWarning)
    ]
    return {"deprecated": found[0]} if found else {}


def public_functions() -> list[types.FunctionType]:
    """The functions under public names of the package's public modules, each once."""
    found: dict[str, types.FunctionType] = {}
    for module in _public_modules("langsmith"):
        for name in sorted({*getattr(module, "__all__", ()), *vars(module)}):
            function = None if name.startswith("_") else getattr(module, name, None)
            if isinstance(function, types.FunctionType) and function.__module__.startswith(
                "langsmith"
            ):
                found.setdefault(f"{function.__module__}.{function.__name__}", function)
    return list(found.values())


def _public_modules(package: str) -> Iterator[types.ModuleType]:
    """A package with the public modules in it that can be imported here."""
    try:
        module = import_module(package)
    except Exception:  # what it needs is not installed
        return
    yield module
    for item in pkgutil.iter_modules(getattr(module, "__path__", ())):
        if not item.name.startswith("_") and item.name not in _PROGRAMS:
            yield from _public_modules(f"{package}.{item.name}")


def _wraps(cls: type) -> bool:
    """Whether a class is what `with_raw_response` or `with_streaming_response` gives."""
    return re.search(r"With(Raw|Streaming|Streamed)Response$", cls.__name__) is not None


def documented_deprecation(function: Any) -> str | None:
    """What the documentation says of a deprecation that makes no warning: the text below `.. deprecated::`."""
    found = _DEPRECATED.search(inspect.getdoc(function) or "")
    if found is None:
        return None
    return sentence(f"Deprecated since {found[1]}. {found[2]}")


class Probe:
    """The probe of the installed version."""

    package: tuple[str, ...] = ("langsmith",)  # whose classes are asked
    skipped: frozenset[str] = SKIPPED
    copying: frozenset[str] = COPYING

    def __init__(self, url: str) -> None:
        """`url` is where the refusing server listens."""
        self.url = url
        self.errors: dict[str, list[str]] = {}
        self.classes: dict[str, dict[str, Any]] = {}
        self.functions: dict[str, Any] = {}

    def run(self) -> dict[str, Any]:
        """Everything that is recorded of this version."""
        for make, is_client in self.makers():
            cls = type(make())
            self.probe_class(cls, make)
            row = self.classes[canonical(cls)]
            if is_client:
                row["init"] = {
                    "parameters": keywords(cls),
                    "positional": positional(cls),
                    "open": is_open(cls),
                }
                row["variables"] = self.variables(cls)
                at = next(
                    name
                    for name in ("api_url", "base_url", "api_endpoint")
                    if name in keywords(cls)
                )
                row["deprecated_keywords"] = warned_of(cls, {at: self.url, **_KEY})
        self.derive_errors()
        self.forget_records()
        told = {"tracing": self.tracing(), "deprecated": self.deprecated_names()}
        self.probe_functions()  # last: it imports every module, which changes what some of them do
        return {
            "version": version("langsmith"),
            "classes": self.classes,
            "functions": self.functions,
            "errors": self.errors,
            **told,
        }

    # -- classes -----------------------------------------------------------------------------------------------------

    def makers(self) -> Iterator[tuple[Callable[[], Any], bool]]:
        """What gives an object of each class to ask that this version has, and whether it is a client."""
        clients: dict[str, Callable[[], Any]] = {}
        for module, name, arguments in (
            ("langsmith.client", "Client", {"api_url": self.url}),
            ("langsmith.async_client", "AsyncClient", {"api_url": self.url}),
            ("langsmith._client", "Langsmith", {"base_url": self.url, "max_retries": 0}),
            ("langsmith._client", "AsyncLangsmith", {"base_url": self.url, "max_retries": 0}),
            ("langsmith.sandbox", "SandboxClient", {"api_endpoint": self.url}),
            ("langsmith.sandbox", "AsyncSandboxClient", {"api_endpoint": self.url}),
        ):
            with contextlib.suppress(ImportError, AttributeError):
                cls = getattr(import_module(module), name)
                clients[name] = functools.lru_cache(functools.partial(cls, **arguments, **_KEY))
                yield clients[name], True
        for name in ("Sandbox", "AsyncSandbox"):
            client = clients.get(f"{name}Client")
            if client is not None:
                box = {"name": "box", "id": "box", "dataplane_url": self.url, "status": "ready"}
                cls = getattr(import_module("langsmith.sandbox"), name)
                yield (
                    functools.lru_cache(functools.partial(cls.from_dict, box, client())),
                    False,
                )
        yield functools.lru_cache(functools.partial(self._run_tree, clients["Client"])), False

    def _run_tree(self, client: Callable[[], Any]) -> Any:
        cls = import_module("langsmith.run_trees").RunTree
        return cls(name="run", run_type="chain", inputs={}, client=client())

    def probe_class(self, cls: type, make: Callable[[], Any]) -> None:
        """Record the methods and resources of a class."""
        name = canonical(cls)
        if name in self.classes:
            return
        row: dict[str, Any] = {"methods": {}, "resources": {}}
        self.classes[name] = row
        own = {
            name
            for base in cls.__mro__
            if base.__module__.startswith(self.package)
            for name in vars(base)
        }
        # What gives raw answers has its methods wrapped, each object for itself.
        wrapped = (
            {name for name, value in vars(make()).items() if inspect.isroutine(value)}
            if _wraps(cls)
            else set()
        )
        for attribute in sorted(own | wrapped):
            if attribute in self.copying:
                row["methods"][attribute] = self.copy_of(make(), attribute)
            if attribute.startswith("_") or attribute in self.skipped:
                continue
            static = inspect.getattr_static(cls, attribute, None)
            if isinstance(static, types.FunctionType) or attribute in wrapped:
                found = self.probe_method(make, attribute)
                if found is not None:
                    row["methods"][attribute] = found
            elif isinstance(static, property) or hasattr(static, "func"):
                self.probe_resource(row, make, attribute)

    def probe_resource(
        self, row: dict[str, Any], make: Callable[[], Any], attribute: str
    ) -> None:
        """Follow a property to the object with methods that it gives."""
        try:
            value = getattr(make(), attribute)
        except Exception:
            return
        cls = type(value)
        if not cls.__module__.startswith("langsmith.") or not (
            "resources" in cls.__module__ or _wraps(cls)
        ):
            return
        row["resources"][attribute] = canonical(cls)
        self.probe_class(cls, lambda: value)

    def copy_of(self, instance: Any, name: str) -> dict[str, Any]:
        """A method that asks nothing and gives another object of the class."""
        function = getattr(instance, name)
        row: dict[str, Any] = {
            "requests": 0,
            "when": "never",
            "returns": canonical(type(function())),
        }
        row["parameters"], row["positional"], row["open"] = (
            keywords(function),
            positional(function),
            is_open(function),
        )
        return row

    def probe_method(self, make: Callable[[], Any], name: str) -> dict[str, Any] | None:
        """When a method raises, and what, for each of the three answers."""
        try:
            function = getattr(make(), name)
            parameters = keywords(function)
        except (TypeError, ValueError):
            return None
        row: dict[str, Any] = {}
        for chosen in self.candidates(function):
            row = self.outcomes(make(), name, chosen)
            if row["requests"]:
                break
        if row["requests"]:
            row.update(self.variants(make(), name, chosen, row))
        row["deprecated_keywords"] = warned_of(function, chosen)
        deprecated = row.get("deprecated") or documented_deprecation(function)
        if deprecated is not None:
            row["deprecated"] = deprecated
        row["parameters"], row["positional"], row["open"] = (
            parameters,
            positional(function),
            is_open(function),
        )
        row.update(returned(function))
        if "prompt_identifier" in parameters:
            row["public"] = refused(
                functools.partial(function, prompt_identifier=_PUBLIC_PROMPT)
            )
        return row

    def candidates(self, function: Callable[..., Any]) -> Iterator[dict[str, Any]]:
        """The sets of arguments with which a method is called until it makes a request."""
        return candidates(function)

    def variants(
        self, instance: Any, name: str, chosen: dict[str, Any], row: dict[str, Any]
    ) -> dict[str, Any]:
        """What arguments or the backend change: queueing, deprecated keywords, errors of the new store."""
        function = getattr(instance, name)
        known = keywords(function)
        found: dict[str, Any] = {}
        extra = {
            key: value
            for key, value in VARIANTS.get(name, {}).items()
            if is_open(function) or key in known
        }
        if set(extra) - {"id"}:
            other = self.outcomes(instance, name, {**chosen, **extra})
            if other["when"] != row["when"]:
                found["unless"] = {
                    "keywords": sorted(set(extra) - {"id"}),
                    "when": other["when"],
                }
        if canonical(type(instance)).endswith("Client") and row.get("error"):
            store = self.new_store(
                type(instance),
                name,
                {**chosen, **{k: NEW_STORE[k] for k in NEW_STORE if k in known}},
            )
            if store is not None and store != row["error"]:
                found["store_error"] = store
        return found

    def new_store(self, cls: type, name: str, chosen: dict[str, Any]) -> str | None:
        """The error of a method on a backend that has only the new store."""
        Refusing.mode = "error"
        instance = self._new_store_client(cls)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            seen = observe(functools.partial(passed, getattr(instance, name), chosen))
        return self.error(seen.error) if seen.error is not None and seen.requests else None

    @functools.cache  # noqa: B019 - one probe per process
    def _new_store_client(self, cls: type) -> Any:
        return cls(
            **{
                "api_url" if "api_url" in keywords(cls) else "api_endpoint": self.url
                + AT_NEW_STORE
            },
            **_KEY,
        )

    def outcomes(self, instance: Any, name: str, chosen: dict[str, Any]) -> dict[str, Any]:
        """The outcome of one argument set for each of the server's answers."""
        row: dict[str, Any] = {"requests": 0, "when": "never"}
        for mode in BODIES:
            Refusing.mode = mode
            with warnings.catch_warnings(record=True) as shown:
                warnings.simplefilter("always")
                method = getattr(instance, name)
                seen = observe(
                    functools.partial(passed, method, chosen),
                    functools.partial(flush, instance),
                )
            if mode == "error":
                row.update(_told(shown))
                row["when"], row["requests"] = seen.when, seen.requests
                if isinstance(seen.error, NotImplementedError):
                    row["gone"] = True
                if not seen.requests:
                    row["when"] = "never"
                    return row
            if seen.error is None:
                return row
            row[mode] = self.error(seen.error)
        return row

    def error(self, error: BaseException) -> str:
        """The canonical class of an exception; its bases are recorded with it."""
        return self.record(type(error))

    def record(self, cls: type) -> str:
        """The canonical name of an exception class; its bases are recorded with it."""
        name = canonical(cls)
        self.errors.setdefault(
            name, [canonical(base) for base in cls.__mro__ if base is not object]
        )
        return name

    def derive_errors(self) -> None:
        """The other exception classes of the SDK: what handlers may name."""
        for module in (
            "langsmith.utils",
            "langsmith._exceptions",
            "langsmith._openapi_client",
            "langsmith.sandbox",
        ):
            with contextlib.suppress(ImportError):
                for cls in list(vars(import_module(module)).values()):
                    if (
                        isinstance(cls, type)
                        and issubclass(cls, Exception)
                        and cls.__module__.startswith("langsmith")
                    ):
                        self.record(cls)

    def forget_records(self) -> None:
        """Of what methods give only the objects count that have methods of their own to ask the server."""
        for row in self.classes.values():
            for method in row["methods"].values():
                for key in ("returns", "elements"):
                    if method.get(key, "None") not in {"None", *self.classes}:
                        del method[key]

    # -- functions ---------------------------------------------------------------------------------------------------

    def probe_functions(self) -> None:
        """The functions of the package that make requests with a client of their own where they are given none."""
        for function in public_functions():
            client = inspect.signature(function).parameters.get("client")
            if client is not None and client.default is None:
                self._probe_with_client(function)

    def _probe_with_client(self, function: Callable[..., Any]) -> None:
        """Record a function that asks the server with the client that it is given."""
        for chosen in candidates(function):
            row = self.probe_function(function, functools.partial(self._with_client, chosen))
            if row["requests"]:
                self.functions[f"{function.__module__}.{function.__name__}"] = row
                return

    def _with_client(self, chosen: dict[str, Any], url: str) -> dict[str, Any]:
        return {
            **chosen,
            "client": import_module("langsmith.client").Client(api_url=url, **_KEY),
        }

    def probe_function(
        self, function: Callable[..., Any], make: Callable[[str], dict[str, Any]]
    ) -> dict[str, Any]:
        """The outcome of a function for each of the server's answers; `make` gives the arguments that ask at a URL."""
        row: dict[str, Any] = {"requests": 0, "when": "never"}
        for mode in BODIES:
            Refusing.mode = mode
            with warnings.catch_warnings(record=True) as shown:
                warnings.simplefilter("always")
                seen = observe(functools.partial(passed, function, make(self.url)))
            if mode == "error":
                # What else it warns of are the methods that it calls.
                row.update(
                    _told(
                        [item for item in shown if f"{function.__name__}(" in str(item.message)]
                    )
                )
                row["when"], row["requests"] = seen.when, seen.requests
            if seen.error is not None and seen.requests:
                row[mode] = self.error(seen.error)
        Refusing.mode = "error"
        seen = observe(functools.partial(passed, function, make(self.url + AT_NEW_STORE)))
        if (
            seen.error is not None
            and seen.requests
            and self.error(seen.error) != row.get("error")
        ):
            row["store_error"] = self.error(seen.error)
        row["parameters"], row["positional"] = keywords(function), positional(function)
        row["open"] = is_open(function)
        return row

    # -- what else rules ask -----------------------------------------------------------------------------------------

    def variables(self, cls: type) -> dict[str, list[str]]:
        """The environment variables from which a client takes key, endpoint and workspace, the strongest first."""
        return {
            subject: list(self._read_variables(cls, subject, names))
            for subject, names in _VARIABLES.items()
        }

    def _read_variables(self, cls: type, subject: str, names: tuple[str, ...]) -> Iterator[str]:
        left = list(names)
        while left:
            values = {
                name: f"{self.url}/{name}" if subject == "endpoint" else name.lower()
                for name in left
            }
            os.environ.update(values)
            forget()
            heard = self._ask(cls, subject)
            for name in left:
                del os.environ[name]
            winner = next((name for name in left if name.lower() in heard.lower()), None)
            if winner is None:
                break
            yield winner
            left.remove(winner)
        forget()

    def _ask(self, cls: type, subject: str) -> str:
        """Make a client say where its requests go and what it sends with them."""
        known = keywords(cls)
        where = next(name for name in ("api_url", "base_url", "api_endpoint") if name in known)
        arguments: dict[str, Any] = {} if subject == "endpoint" else {where: self.url}
        arguments.update({} if subject == "key" else _KEY)
        Refusing.mode, Refusing.last_path, Refusing.last_headers = "error", "", {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            caught(lambda: use(a_request(cls(**arguments))))
        return f"{Refusing.last_path} {json.dumps(Refusing.last_headers)}"

    def tracing(self) -> dict[str, Any]:
        """What `traceable` and its relatives take."""
        os.environ.update(
            {
                f"{brand}_{name}": value
                for brand in _BRANDS
                for name, value in self._of_environment()
            }
        )
        forget()
        helpers = import_module("langsmith.run_helpers")
        source = set(_TRACEABLE_KEYWORDS.findall(inspect.getsource(helpers.traceable)))
        names = sorted(
            name
            for name in source - {"run_type"}
            if name.isidentifier() and not name.startswith("_")
        )
        unknown = {"lint_langsmith_probe": 1}
        found: dict[str, Any] = {
            "traceable": {
                "keywords": [
                    "run_type",
                    *(
                        name
                        for name in names
                        if not _complains(helpers.traceable, {name: None})
                    ),
                ],
                "unknown": _complains(helpers.traceable, unknown),
                "run_types": [
                    kind
                    for kind in _RUN_TYPES
                    if not _complains(helpers.traceable, {"run_type": kind})
                ],
                "unknown_run_type": _complains(
                    helpers.traceable, {"run_type": "lint-langsmith"}
                ),
            }
        }
        for name in ("trace", "tracing_context"):
            function = getattr(helpers, name, None)
            if function is not None:
                call = functools.partial(function, **({"name": "x"} if name == "trace" else {}))
                found[name] = {
                    "keywords": keywords(function),
                    "unknown": _complains(call, unknown),
                }
        return found

    def _of_environment(self) -> Iterator[tuple[str, str]]:
        yield "API_KEY", "probe"
        yield "ENDPOINT", self.url

    def deprecated_names(self) -> dict[str, str]:
        """The names of public modules that warn when they are imported."""
        found = {}
        for module in (
            "langsmith",
            "langsmith.evaluation",
            "langsmith.client",
            "langsmith.utils",
            "langsmith.schemas",
        ):
            with contextlib.suppress(ImportError):
                owner = import_module(module)
                for name in sorted({*getattr(owner, "__all__", ()), *vars(owner)}):
                    if not name.startswith("_"):
                        text = _deprecation(functools.partial(getattr, owner, name))
                        if text is not None:
                            found[f"{module}.{name}"] = text
        return found


def warned_of(function: Callable[..., Any], chosen: dict[str, Any]) -> dict[str, str]:
    """The keywords of which a function warns that they are deprecated, with its words, beside those that are chosen."""
    named = function.__init__ if isinstance(function, type) else inspect.unwrap(function)  # type: ignore[misc]
    if "eprecat" not in inspect.getsource(named):
        return {}
    before = _warnings(function, chosen)
    found: dict[str, str] = {}
    for name in keywords(function):
        for value in ("x", True, {"x": "x"}) if name not in chosen else ():
            new = _warnings(function, {**chosen, name: value})
            texts = [
                text for text in new if text not in before and re.search(rf"\b{name}\b", text)
            ]
            if texts:
                found[name] = texts[0]
                break
    return found


def _warnings(function: Callable[..., Any], chosen: dict[str, Any]) -> list[str]:
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        owner = getattr(function, "__self__", None)
        observe(functools.partial(passed, function, chosen), functools.partial(flush, owner))
    kinds = (DeprecationWarning, FutureWarning)
    return [sentence(str(item.message)) for item in shown if issubclass(item.category, kinds)]


def _complains(call: Callable[..., Any], arguments: dict[str, Any]) -> str:
    """How a call takes an argument that it does not want: an exception's name, `warning`; empty when it takes it."""
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        try:
            result = call(**arguments)
            if hasattr(result, "__enter__"):
                with result:
                    pass
        except Exception as error:
            return type(error).__name__
    return "warning" if shown else ""


def _deprecation(call: Callable[[], Any]) -> str | None:
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        caught(call)
    texts = [
        str(item.message) for item in shown if issubclass(item.category, DeprecationWarning)
    ]
    return sentence(texts[0]) if texts else None


def a_request(client: Any) -> Any:
    """Something that makes any client send a request."""
    for name, arguments in (
        ("read_project", {"project_name": "x"}),
        ("get_sandbox", {"name": "x"}),
    ):
        if hasattr(client, name):
            return getattr(client, name)(**arguments)
    return client.get("/x", cast_to=object)


def refused(call: Callable[[], Any]) -> str | None:
    """The class of the exception with which a call is refused by the SDK itself, before a request is made."""
    seen = observe(call)
    return type(seen.error).__name__ if seen.error is not None and not seen.requests else None


def returned(function: Callable[..., Any]) -> dict[str, str]:
    """What a function gives, by its annotation.

    `returns` is a class of the SDK, `None` for nothing; `elements` the class of each of the things that it gives one by
    one, in a list or from an iterator.
    """
    kind = _within(_annotated(function), _WAITING)
    if kind is type(None):
        return {"returns": "None"}
    single, several = _own_class(kind), _own_class(_within(kind, _SEVERAL))
    return {"returns": single} if single else {"elements": several} if several else {}


def _annotated(function: Callable[..., Any]) -> Any:
    """The evaluated annotation of what a function gives; it may name a class that its module imports for types only."""
    kind = hints(function).get("return")
    text = getattr(function, "__annotations__", {}).get("return")
    if kind is None and isinstance(text, str) and text != "None":
        loaded = [
            vars(module)
            for name, module in list(sys.modules.items())
            if name.startswith("langsmith")
        ]
        classes = {
            name: value
            for names in loaded
            for name, value in names.items()
            if isinstance(value, type)
        }
        globals_ = {**classes, **getattr(inspect.unwrap(function), "__globals__", {})}
        with contextlib.suppress(Exception):
            kind = typing.get_type_hints(
                types.SimpleNamespace(__annotations__={"return": text}), globals_
            )["return"]
    return kind


def _within(kind: Any, kinds: tuple[type, ...]) -> Any:
    """The type of what is in a value of one of these generic types; the type itself where it is none."""
    origin = typing.get_origin(kind)
    is_one = isinstance(origin, type) and issubclass(origin, kinds)
    return typing.get_args(kind)[-1 if kinds == _WAITING else 0] if is_one else kind


def _own_class(kind: Any) -> str | None:
    """The SDK's class, of what an annotation allows."""
    if typing.get_origin(kind) in {typing.Union, getattr(types, "UnionType", None)}:
        named = [part for part in typing.get_args(kind) if part is not type(None)]
        return _own_class(named[0]) if len(named) == 1 else None
    return (
        canonical(kind)
        if isinstance(kind, type) and kind.__module__.startswith("langsmith")
        else None
    )


def forget() -> None:
    """Empty what the SDK remembers of the environment."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "langsmith":
            for value in list(vars(module).values()):
                if isinstance(value, _REMEMBERING):
                    value.cache_clear()


def report(probe: type[Probe]) -> None:
    """Probe, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path)
    output = parser.parse_args().output
    for variable in [
        name
        for name in os.environ
        if name.startswith(("LANGSMITH_", "LANGCHAIN_", "LANGGRAPH_"))
    ]:
        del os.environ[variable]
    os.environ["HOME"] = tempfile.mkdtemp()
    logging.disable(logging.CRITICAL)
    guard_network()
    hurry()
    refusing = server()
    threading.Thread(target=refusing.serve_forever, daemon=True).start()
    asyncio.set_event_loop(LOOP)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        found = probe(f"http://127.0.0.1:{refusing.server_port}").run()
    text = json.dumps(found, indent=1, sort_keys=True) + "\n"
    if output is not None:
        output.write_text(text)
    else:
        sys.stdout.write(text)
    sys.stdout.flush()
    os._exit(0)  # background threads of the SDK would keep the probe alive


if __name__ == "__main__":
    report(Probe)
