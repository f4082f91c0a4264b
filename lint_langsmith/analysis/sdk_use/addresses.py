"""Where the clients of deployments ask: at a deployment of LangSmith's, on this machine, or nobody knows.

A server on the machine of the program, which `langgraph dev` starts, asks for no key and refuses nobody. Executed on
langgraph-sdk 0.1.0 to 0.4.14: without `url` a client asks `http://localhost:8123`, or (0.2.14 and newer, asynchronous)
the graphs of its own process.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias
from urllib.parse import urlsplit

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.sdk_use.partials import held_arguments
from lint_langsmith.analysis.values.abstract import NONE, Environment, Instance, Value
from lint_langsmith.analysis.values.abstract import Literal as Text
from lint_langsmith.sdk.facts import LANGGRAPH_SDK
from lint_langsmith.sdk.hosts import is_deployment

if TYPE_CHECKING:
    from lint_langsmith.analysis.project.file import File
    from lint_langsmith.analysis.values.evaluator import Evaluator

Where: TypeAlias = Literal["local", "hosted", "unknown"]

_LOOPBACK: Final = frozenset(
    {"localhost", "127.0.0.1", "0.0.0.0", "::1", "host.docker.internal", "testserver", "test"},  # noqa: S104 - asked, not bound
)
_URL: Final = "url"
# A graph that is asked with a client asks where that does.
_CLIENTS: Final = ("client", "sync_client")


class MethodCall(Protocol):
    """A call of a method: the class that has it, and where its object was built."""

    @property
    def owner(self) -> str:
        """The canonical name of the class."""

    @property
    def origin(self) -> tuple[File, int] | None:
        """The call that builds the object, if that is known."""


class Built(Protocol):
    """A call that builds a client."""

    @property
    def file(self) -> File:
        """The file of the call."""

    @property
    def site(self) -> int:
        """Its number in the file."""

    @property
    def cls(self) -> str:
        """The canonical name of the client's class."""


class Addresses:
    """The addresses of the deployments' clients of one project."""

    def __init__(self, values: Evaluator, built: Callable[[], Iterable[Built]]) -> None:
        """`values` evaluates arguments; `built` gives the places where the project builds clients."""
        self._values = values
        self._built = built
        self._known: dict[tuple[File, int], Where] = {}

    def is_local(self, call: MethodCall) -> bool:
        """Whether a call asks a server on the machine of the program."""
        if not self._is_of_deployment(call.owner):
            return False
        return self._all_local if call.origin is None else self.of(call.origin) == "local"

    def _is_of_deployment(self, cls: str) -> bool:
        return self._values.project.sdk.distribution(cls) == LANGGRAPH_SDK

    @functools.cached_property
    def _all_local(self) -> bool:
        """Whether all clients that the project builds ask its own machine: one that is passed in is one of them."""
        found = [
            self.of((made.file, made.site))
            for made in self._built()
            if self._is_of_deployment(made.cls)
        ]
        return bool(found) and set(found) == {"local"}

    def of(self, origin: tuple[File, int]) -> Where:
        """Where the client asks that a call builds."""
        known = self._known.get(origin)
        if known is None:
            self._known[origin] = "unknown"  # a client that is built with itself
            known = self._known[origin] = self._find(*origin)
        return known

    def _find(self, file: File, site: int) -> Where:
        call = file.model.calls[site]
        arguments = (*call.args, *held_arguments(file, call.func, call))
        if any(arg.stars for arg in arguments):
            return "unknown"
        given = {arg.keyword: arg.value for arg in arguments}
        clients = [given[name] for name in _CLIENTS if name in given]
        if clients:
            return _agreed(self._of_client(file, expr, call) for expr in clients)
        expr = given.get(_URL)
        if expr is None:
            return "local"
        return _agreed(map(_where, self._values.of(file, expr, file.place(call))))

    def variables(self, origin: tuple[File, int]) -> frozenset[str]:
        """The environment variables that have the address a client is built with; none if it may be another.

        What they hold is not in the code; a default is not what a project deploys.
        """
        file, site = origin
        call = file.model.calls[site]
        given = {arg.keyword: arg.value for arg in call.args}
        if _URL not in given or any(arg.stars for arg in call.args):
            return frozenset()
        found = self._values.of(file, given[_URL], file.place(call))
        names = frozenset(
            value.variable
            for value in found
            if isinstance(value, Environment) and not value.default
        )
        return names if len(names) == len(found) else frozenset()

    def _of_client(self, file: File, expr: ir.Expr, call: ir.Call) -> Where:
        found = self._values.of(file, expr, file.place(call))
        return _agreed(
            self.of(value.origin)
            if isinstance(value, Instance) and value.origin is not None
            else "unknown"
            for value in found
        )


def _where(value: Value) -> Where:
    if isinstance(value, Text):
        return _of_text(value.text)
    if isinstance(value, Environment):
        # What the program asks for where nobody says otherwise.
        return _agreed(map(_where, value.default))
    return "local" if value == NONE else "unknown"


def is_hosted(text: str) -> bool:
    """Whether an address is that of a deployment of LangSmith's."""
    return _of_text(text) == "hosted"


def _of_text(text: str) -> Where:
    try:
        host = (urlsplit(text).hostname or "").lower()
    except ValueError:
        return "unknown"
    if host in _LOOPBACK or host.endswith(".local"):
        return "local"
    return "hosted" if is_deployment(host) else "unknown"


def _agreed(found: Iterable[Where]) -> Where:
    """What several values say: where this machine is one of them, it is asked until somebody says otherwise."""
    kinds = set(found)
    if "local" in kinds and "hosted" not in kinds:
        return "local"
    return kinds.pop() if len(kinds) == 1 else "unknown"
