"""Which values are objects of the SDK: clients, their resources, and what their methods give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.values.abstract import (
    ClassRef,
    ExternalAttribute,
    ExternalName,
    Instance,
    Outcome,
    Value,
)
from lint_langsmith.remembered import remembered

if TYPE_CHECKING:
    from lint_langsmith.sdk.table import Method, SdkTable

_RUN: Final = "langsmith.run_trees.RunTree"
_CURRENT_RUN: Final = "langsmith.run_helpers.get_current_run_tree"
# Objects that are no clients, with the attributes under which they hold the one that they send by.
_CLIENT: Final = "langsmith.client.Client"
_HOLDERS: Final = {
    "langchain_core.tracers.langchain.LangChainTracer": frozenset({"client"}),
    _RUN: frozenset({"client", "ls_client"}),
}
_TRACE: Final = "langsmith.run_helpers.trace"


class SdkTypes:
    """The SDK's classes as one version of it has them, and the classes of a project that are derived from them."""

    def __init__(
        self, sdk: SdkTable, ancestry: Callable[[ClassRef], Sequence[ClassRef | ExternalName]]
    ) -> None:
        """`ancestry` gives a class of the project and its bases."""
        self._sdk = sdk
        self._ancestry = ancestry

    def client_class(self, cls: ExternalName | ClassRef) -> str | None:
        """The canonical name of the client class that `cls` is, derives from, or is a made-up name of."""
        if isinstance(cls, ClassRef):
            # Other bases may stand before it: `class Own(ABC, Client)`.
            bases = (base for base in self._ancestry(cls) if isinstance(base, ExternalName))
            found = (self._client_symbol(base.name) for base in bases)
            return next((name for name in found if name is not None), None)
        return self._client_symbol(cls.name)

    @remembered
    def _client_symbol(self, qualified: str) -> str | None:
        if not self._sdk.owns(qualified):
            return None
        canonical = self._sdk.canonical(qualified) or self._meant(qualified)
        return canonical if canonical in self._sdk.client_classes else None

    def _meant(self, qualified: str) -> str | None:
        """A made-up class (`langsmith.LangSmithClient`) is judged as the one it was taken for."""
        if self._sdk.ever(qualified):
            return None
        suggested = self._sdk.suggest(qualified)
        return self._sdk.canonical(suggested) if suggested is not None else None

    def is_client(self, value: Value) -> bool:
        """Whether a value is a LangSmith client."""
        return isinstance(value, Instance) and self.client_class(value.cls) is not None

    def sdk_class(self, value: Instance) -> str | None:
        """The canonical class of an SDK object: a client, or one of its resources."""
        client = self.client_class(value.cls)
        if client is not None or not isinstance(value.cls, ExternalName):
            return client
        canonical = (
            self._sdk.canonical(value.cls.name) if self._sdk.owns(value.cls.name) else None
        )
        return (
            canonical if canonical is not None and self._sdk.has_behaviour(canonical) else None
        )

    def of(self, value: Value) -> Instance | None:
        """What `client.runs`, or a method or function that returns another SDK object, gives."""
        if isinstance(value, Outcome) and isinstance(value.of, ExternalName):
            # That it may be None as well is for the program to ask.
            return self._run_by(value.of, _CURRENT_RUN)
        if isinstance(value, ExternalAttribute):
            owner = self.sdk_class(value.receiver)
            if value.name in _HOLDERS.get(owner or "", ()):
                return Instance(ExternalName(_CLIENT), None)
            return _made_by(
                value, self._sdk.resources(owner).get(value.name) if owner is not None else None
            )
        member = value.of if isinstance(value, Outcome) else None
        method = self.method(member) if isinstance(member, ExternalAttribute) else None
        return (
            _made_by(member, method.returns)
            if isinstance(member, ExternalAttribute) and method is not None
            else None
        )

    def built_by(self, function: ExternalName) -> ExternalName | None:
        """The client class of which a function of an SDK builds an object: `get_client()` of langgraph-sdk."""
        cls = self._sdk.made_by(function.name)
        return ExternalName(cls) if cls is not None else None

    def entered(self, value: Outcome) -> Instance | None:
        """The run of `with trace("step") as run`."""
        return self._run_by(value.of, _TRACE) if isinstance(value.of, ExternalName) else None

    def _run_by(self, function: ExternalName, giver: str) -> Instance | None:
        is_ours = function.name.startswith("langsmith.")
        return (
            Instance(ExternalName(_RUN), None)
            if is_ours and self._sdk.canonical(function.name) == giver
            else None
        )

    def elements(self, member: ExternalAttribute) -> Instance | None:
        """What each of the things is that a method gives one by one: `client.list_sandboxes()`."""
        method = self.method(member)
        return _made_by(member, method.elements) if method is not None else None

    def method(self, member: ExternalAttribute) -> Method | None:
        """What is known of a method of an SDK object."""
        owner = self.sdk_class(member.receiver)
        return self._sdk.methods(owner).get(member.name) if owner is not None else None


def _made_by(member: ExternalAttribute, kind: str | None) -> Instance | None:
    """An object of a class, which is known to work with the client of the object that has made it."""
    return (
        Instance(ExternalName(kind), member.receiver.origin)
        if kind not in {None, "None"}
        else None
    )
