"""Asks the installed langsmith what a 403 does: per class and method, when the exception appears and as which class.

A server on 127.0.0.1 answers every request with 403 (plain, or as for an organisation's key without workspace) or 401,
and `/info` with 200. Every public method is called with arguments made from its signature. No other host is ever
reached: name resolution and connections are guarded. Prints JSON.

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
import socket
import sys
import tempfile
import threading
import time
import types
import typing
import uuid
import warnings
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

BODIES: Final = {
    "error": (403, {"detail": "Forbidden"}),
    "org_error": (403, {"error": "org_scoped_key_requires_workspace"}),
    "auth_error": (401, {"detail": "Invalid token"}),
}
# Calls that do not talk to the server, or end the probe.
SKIPPED: Final = frozenset({"with_options", "copy", "close", "cleanup", "aclose", "is_closed"})
INGEST: Final = {
    "use_multipart_endpoint": True,
    "size_limit": 100,
    "size_limit_bytes": 20_000_000,
    "scale_up_nthreads_limit": 1,
    "scale_up_qsize_trigger": 1000,
    "scale_down_nempty_trigger": 4,
}
FLAGS: Final = {"dataset_examples_multipart_enabled": True, "examples_multipart_enabled": True}
CALL_SECONDS: Final = 8.0
_ID: Final = "11111111-1111-4111-8111-111111111111"


class Refusing(BaseHTTPRequestHandler):
    """Refuses everything but `/info`."""

    mode = "error"
    requests = 0

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length:
            self.rfile.read(length)
        elif self.headers.get("Transfer-Encoding") == "chunked":
            while True:
                size = int(self.rfile.readline().strip() or b"0", 16)
                self.rfile.read(size + 2)
                if not size:
                    break
        if self.path.rstrip("/").endswith("/info"):
            status, body = 200, {"version": "0.13.5", "batch_ingest_config": INGEST, "instance_flags": FLAGS}
        else:
            Refusing.requests += 1
            status, body = BODIES[Refusing.mode]  # type: ignore[assignment]
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = _answer  # noqa: N815 - the base class's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nothing is logged."""


class OtherHostError(Exception):
    """The SDK tried to reach a host other than this machine."""


def guard_network() -> None:
    """Make every look-up and connection that is not to loopback fail."""
    resolve, connect = socket.getaddrinfo, socket.socket.connect

    def guarded_resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host not in {"127.0.0.1", "localhost", "::1", None}:
            raise OtherHostError(str(host))
        return resolve(host, *args, **kwargs)

    def guarded_connect(self: socket.socket, address: Any) -> Any:
        if isinstance(address, tuple) and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            raise OtherHostError(str(address[0]))
        return connect(self, address)

    socket.getaddrinfo = guarded_resolve
    setattr(socket.socket, "connect", guarded_connect)  # noqa: B010 - mypy forbids the plain assignment


def hurry() -> None:
    """Retries count, their pauses do not."""
    pause = time.sleep
    time.sleep = lambda seconds: pause(min(float(seconds), 0.002))
    wait = asyncio.sleep

    async def short(delay: float, result: Any = None) -> Any:
        return await wait(min(delay, 0.002), result)

    asyncio.sleep = short


# -- arguments -------------------------------------------------------------------------------------------------------


def arguments(function: Callable[..., Any]) -> dict[str, Any]:
    """Values for the parameters that have no default, and for the few that decide whether a request is made."""
    try:
        hints = typing.get_type_hints(function)
    except Exception:
        hints = {}
    chosen: dict[str, Any] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if name == "self" or parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}:
            continue
        required = parameter.default is parameter.empty
        if required or name in _HELPFUL:
            chosen[name] = value_for(name, hints.get(name, parameter.annotation))
    return chosen


_HELPFUL: Final = frozenset(
    {"run_id", "run_ids", "dataset_id", "dataset_name", "project_name", "example_id", "queue_id"}
)
_NOT_WITH: Final = (("dataset_id", "dataset_name"), ("run_id", "run_ids"), ("run_id", "trace_id"))


async def _async_target(inputs: dict[str, Any]) -> dict[str, Any]:
    return inputs


def _evaluator(run: Any, example: Any) -> dict[str, Any]:
    return {"key": "score", "score": bool(run and example)}


# What makes some methods behave otherwise: recorded as a condition when it changes the outcome.
VARIANTS: Final[dict[str, dict[str, Any]]] = {
    "create_run": {"trace_id": uuid.UUID(_ID), "dotted_order": f"20260101T000000000000Z{_ID}", "id": uuid.UUID(_ID)},
    "update_run": {"trace_id": uuid.UUID(_ID), "dotted_order": f"20260101T000000000000Z{_ID}"},
    "create_feedback": {"trace_id": uuid.UUID(_ID)},
}
# Arguments that no signature tells.
BY_METHOD: Final[dict[str, dict[str, Any]]] = {
    "evaluate": {"target": lambda inputs: inputs, "data": "dataset", "evaluators": [_evaluator]},
    "aevaluate": {"target": _async_target, "data": "dataset", "evaluators": [_evaluator]},
    "evaluate_existing": {"experiment": _ID, "evaluators": [_evaluator]},
    "aevaluate_existing": {"experiment": _ID, "evaluators": [_evaluator]},
    "evaluate_comparative": {"experiments": (_ID, "22222222-2222-4222-8222-222222222222"), "evaluators": [_evaluator]},
    "get_test_results": {"project_id": _ID},
    "list_shared_projects": {"dataset_share_token": _ID},
    "get_insights_report": {"id": _ID, "project_id": _ID},
    "poll_insights": {"id": _ID, "project_id": _ID, "timeout": 1},
    "arun_on_dataset": {"dataset_name": "dataset", "llm_or_chain_factory": _async_target},
    "run_on_dataset": {"dataset_name": "dataset", "llm_or_chain_factory": len},
}


_BY_NAME: Final[dict[str, Callable[[], Any]]] = {
    "inputs": lambda: {"a": 1},
    "outputs": lambda: {"a": 1},
    "metadata": lambda: {"a": 1},
    "kwargs": dict,
    "key": lambda: "score",
    "score": lambda: 1,
    "run_type": lambda: "chain",
    "name": lambda: "name",
    "url": lambda: "https://smith.langchain.com/public/11111111-1111-4111-8111-111111111111/d",
    "token_or_url": lambda: _ID,
    "token_or_dataset_id": lambda: _ID,
    "share_token": lambda: _ID,
    "prompt_identifier": lambda: "prompt",
    "prompt": lambda: "prompt",
    "identifier": lambda: "agent",
    "object": lambda: {"lc": 1, "type": "constructor", "id": ["x"], "kwargs": {}},
    "examples": lambda: [{"inputs": {"a": 1}}],
    "updates": lambda: [{"id": _ID, "inputs": {"a": 1}}],
    "uploads": lambda: [{"inputs": {"a": 1}}],
    "run_ids": lambda: [uuid.UUID(_ID)],
    "runs": list,
    "example_ids": lambda: [uuid.UUID(_ID)],
    "experiments": lambda: [_ID, "22222222-2222-4222-8222-222222222222"],
    "splits": lambda: "train",
    "as_of": lambda: datetime(2026, 1, 1, tzinfo=timezone.utc),
    "read_at": lambda: datetime(2026, 1, 1, tzinfo=timezone.utc),
    "start_time": lambda: datetime(2026, 1, 1, tzinfo=timezone.utc),
    "expiration": lambda: timedelta(hours=1),
    "tag": lambda: "latest",
    "llm_inputs": list,
    "messages": list,
    "evaluators": lambda: [len],
    "csv_file": lambda: ("a.csv", io.BytesIO(b"a,b\n1,2\n")),
    "input_keys": lambda: ["a"],
    "output_keys": lambda: ["b"],
    "feedback_configs": dict,
    "timeout": lambda: 1,
}


def value_for(name: str, hint: Any) -> Any:
    """A plausible value for a parameter by its name, else by its type."""
    if name in _BY_NAME:
        return _BY_NAME[name]()
    text = str(hint)
    if name.endswith("_ids") or text.startswith(("list", "typing.List", "typing.Sequence", "typing.Iterable")):
        return [_ID]
    if name.endswith("id") or "UUID" in text:
        return _ID
    for word, value in (("datetime", datetime(2026, 1, 1, tzinfo=timezone.utc)), ("int", 1), ("bool", True)):
        if word in text and "str" not in text:
            return value
    if "ict" in text or "Mapping" in text:
        return {"a": 1}
    return "name"


def without_conflicts(chosen: dict[str, Any]) -> dict[str, Any]:
    """Of parameters that exclude each other the first stays."""
    for first, second in _NOT_WITH:
        if first in chosen and second in chosen:
            del chosen[second]
    return chosen


def candidate_arguments(function: Callable[..., Any]) -> Iterator[dict[str, Any]]:
    """Argument sets to try until one makes a request: the plain one, then with optional ones added or left out."""
    special = BY_METHOD.get(getattr(function, "__name__", ""))
    if special is not None:
        yield special
    try:
        base = without_conflicts(arguments(function))
    except (TypeError, ValueError):
        return
    yield base
    parameters = inspect.signature(function).parameters
    required = {name for name, item in parameters.items() if item.default is item.empty}
    yield {name: value for name, value in base.items() if name in required}
    for extra in parameters:
        if extra not in base and extra not in {"self", "kwargs", "args", "timeout"}:
            yield {**base, extra: value_for(extra, parameters[extra].annotation)}


# -- one call --------------------------------------------------------------------------------------------------------


class Observation(typing.NamedTuple):
    """What one call did: when the exception came, which it was, and whether a request was made."""

    when: str
    error: BaseException | None
    requests: int


def passed(function: Callable[..., Any], chosen: dict[str, Any]) -> Any:
    """Call with arguments by name, those that can only be passed by position by position."""
    parameters = inspect.signature(function).parameters
    first = [
        name for name in chosen if name in parameters and parameters[name].kind is inspect.Parameter.POSITIONAL_ONLY
    ]
    return function(*(chosen[name] for name in first), **{name: chosen[name] for name in chosen if name not in first})


def observe(call: Callable[[], Any], finish: Callable[[], None] = lambda: None) -> Observation:
    """Make a call and use its result in each way a program would, until something is raised."""
    Refusing.requests = 0
    try:
        result = call()
    except Exception as failure:
        return Observation("call", failure, Refusing.requests)
    sent_at_call = Refusing.requests
    when, error = use(result)
    if error is not None:
        return Observation(when, error, Refusing.requests)
    finish()
    when = "background" if Refusing.requests > sent_at_call or Refusing.requests else "never"
    return Observation(when, None, Refusing.requests)


def use(result: Any) -> tuple[str, BaseException | None]:
    """Iterate, await or enter a result; gives the way in which it raised."""
    if inspect.iscoroutine(result) or (hasattr(result, "__await__") and not hasattr(result, "__aiter__")):
        return "await", run(awaited(result))
    if hasattr(result, "__aiter__"):
        if hasattr(result, "__await__"):
            return "await", run(awaited(result))
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


async def awaited(result: Any) -> None:
    """Await."""
    inner = await result
    if hasattr(inner, "__aiter__"):
        await first_async(inner)


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


LOOP: Final = asyncio.new_event_loop()


# -- classes ---------------------------------------------------------------------------------------------------------


def canonical(cls: type) -> str:
    """Where a class is defined; generated errors give a module of convenience, their source file tells the truth."""
    module = cls.__module__
    if module == "langsmith":
        module = _defining(cls)
    return f"{module}.{cls.__qualname__}"


def _defining(cls: type) -> str:
    for name, module in list(sys.modules.items()):
        if name.startswith("langsmith.") and vars(module).get(cls.__name__) is cls and "exceptions" in name:
            return name
    return cls.__module__


class Probe:
    """The probe of the installed version."""

    def __init__(self, url: str) -> None:
        """`url` is where the refusing server listens."""
        self.url = url
        self.errors: dict[str, list[str]] = {}
        self.classes: dict[str, dict[str, Any]] = {}
        self.functions: dict[str, Any] = {}

    def makers(self) -> Iterator[tuple[str, str, Callable[[], Any]]]:
        """Module, name and factory of each client class that this version has."""
        key = {"api_key": "probe"}
        for module, name, arguments in (
            ("langsmith.client", "Client", {"api_url": self.url, **key}),
            ("langsmith.async_client", "AsyncClient", {"api_url": self.url, **key}),
            ("langsmith._client", "Langsmith", {"base_url": self.url, "max_retries": 0, **key}),
            ("langsmith._client", "AsyncLangsmith", {"base_url": self.url, "max_retries": 0, **key}),
            ("langsmith.sandbox", "SandboxClient", {"api_endpoint": self.url, **key}),
            ("langsmith.sandbox", "AsyncSandboxClient", {"api_endpoint": self.url, **key}),
        ):
            with contextlib.suppress(ImportError, AttributeError):
                cls = getattr(import_module(module), name)
                yield module, name, functools.partial(cls, **arguments)

    def run(self) -> dict[str, Any]:
        """Everything that is recorded of this version."""
        for _, _, make in self.makers():
            instance = make()
            self.probe_class(type(instance), make)
        self.probe_functions()
        return {
            "version": version("langsmith"),
            "classes": self.classes,
            "functions": self.functions,
            "errors": self.errors,
        }

    def probe_class(self, cls: type, make: Callable[[], Any]) -> None:
        """Record the methods and resources of a class."""
        name = canonical(cls)
        if name in self.classes:
            return
        row: dict[str, Any] = {"methods": {}, "resources": {}}
        self.classes[name] = row
        for attribute in sorted(dir(cls)):
            if attribute.startswith("_") or attribute in SKIPPED:
                continue
            static = inspect.getattr_static(cls, attribute, None)
            if callable(static) and not isinstance(static, type):
                found = self.probe_method(make, attribute)
                if found is not None:
                    row["methods"][attribute] = found
            elif isinstance(static, property) or hasattr(static, "func"):
                self.probe_resource(row, make, attribute)

    def probe_resource(self, row: dict[str, Any], make: Callable[[], Any], attribute: str) -> None:
        """Follow a property to the object with methods that it gives."""
        try:
            value = getattr(make(), attribute)
        except Exception:
            return
        cls = type(value)
        if not cls.__module__.startswith("langsmith.") or "resources" not in cls.__module__:
            return
        if "with_" in attribute:
            return
        row["resources"][attribute] = canonical(cls)
        self.probe_class(cls, lambda: getattr(make(), attribute))

    def probe_method(self, make: Callable[[], Any], name: str) -> dict[str, Any] | None:
        """When a method raises, and what, for each of the three answers."""
        try:
            function = getattr(make(), name)
            parameters = inspect.signature(function).parameters
        except (TypeError, ValueError):
            return None
        row: dict[str, Any] = {}
        for chosen in candidate_arguments(function):
            row = self.outcomes(make, name, chosen)
            if row["requests"]:
                break
        if name in VARIANTS and row["requests"]:
            takes_all = any(item.kind is item.VAR_KEYWORD for item in parameters.values())
            extra = {key: value for key, value in VARIANTS[name].items() if takes_all or key in parameters}
            other = self.outcomes(make, name, {**chosen, **extra})
            if other["when"] != row["when"] and set(extra) - {"id"}:
                row["unless"] = {"keywords": sorted(set(extra) - {"id"}), "when": other["when"]}
        row["parameters"] = [item for item in parameters if item not in {"args", "kwargs"}]
        row["open"] = any(item.kind is item.VAR_KEYWORD for item in parameters.values())
        return row

    def outcomes(self, make: Callable[[], Any], name: str, chosen: dict[str, Any]) -> dict[str, Any]:
        """The outcome of one argument set for each of the server's answers."""
        row: dict[str, Any] = {"requests": 0, "when": "never"}
        for mode in BODIES:
            Refusing.mode = mode
            instance = make()
            with warnings.catch_warnings(record=True) as shown:
                warnings.simplefilter("always")
                method = getattr(instance, name)
                seen = observe(functools.partial(passed, method, chosen), functools.partial(flush, instance))
            deprecations = [str(item.message) for item in shown if issubclass(item.category, DeprecationWarning)]
            if deprecations and mode == "error":
                row["deprecated"] = deprecations[0].splitlines()[0][:160]
            if mode == "error":
                row["when"], row["requests"] = seen.when, seen.requests
                if seen.error is not None and not seen.requests:
                    row["when"] = "never"
            if seen.error is not None and seen.requests:
                row[mode] = self.error(seen.error)
        return row

    def error(self, error: BaseException) -> str:
        """The canonical class of an exception; its bases are recorded with it."""
        cls = type(error)
        name = canonical(cls)
        self.errors.setdefault(name, [canonical(base) for base in cls.__mro__ if base is not object])
        return name

    def probe_functions(self) -> None:
        """The functions of the package that make requests with a client of their own."""
        for name in ("evaluate", "aevaluate", "evaluate_existing", "aevaluate_existing", "evaluate_comparative"):
            with contextlib.suppress(ImportError, AttributeError):
                function = getattr(import_module("langsmith.evaluation"), name)
                self.functions[f"{function.__module__}.{name}"] = self.probe_function(function, BY_METHOD[name])

    def probe_function(self, function: Callable[..., Any], chosen: dict[str, Any]) -> dict[str, Any]:
        """The outcome of a function for each of the server's answers."""
        client = import_module("langsmith.client").Client
        row: dict[str, Any] = {"requests": 0, "when": "never"}
        for mode in BODIES:
            Refusing.mode = mode
            own = client(api_url=self.url, api_key="probe")
            seen = observe(functools.partial(passed, function, {**chosen, "client": own}))
            if mode == "error":
                row["when"], row["requests"] = seen.when, seen.requests
            if seen.error is not None and seen.requests:
                row[mode] = self.error(seen.error)
        row["parameters"] = list(inspect.signature(function).parameters)
        row["open"] = False
        return row


def flush(instance: Any) -> None:
    """Let a client send what it has queued, for a moment."""
    for name in ("flush", "cleanup"):
        method = getattr(instance, name, None)
        if isinstance(method, types.MethodType) and not inspect.iscoroutinefunction(method):
            worker = threading.Thread(target=lambda method=method: caught(method), daemon=True)
            worker.start()
            worker.join(1.0)


def main() -> None:
    """Probe, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path)
    output = parser.parse_args().output
    for variable in [name for name in os.environ if name.startswith(("LANGSMITH_", "LANGCHAIN_"))]:
        del os.environ[variable]
    os.environ["HOME"] = tempfile.mkdtemp()
    logging.disable(logging.CRITICAL)
    guard_network()
    hurry()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    asyncio.set_event_loop(LOOP)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        found = Probe(f"http://127.0.0.1:{server.server_port}").run()
    text = json.dumps(found, indent=1, sort_keys=True) + "\n"
    if output is not None:
        output.write_text(text)
    else:
        sys.stdout.write(text)
    sys.stdout.flush()
    os._exit(0)  # background threads of the SDK would keep the probe alive


if __name__ == "__main__":
    main()
