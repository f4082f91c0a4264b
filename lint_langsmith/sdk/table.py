"""What is true of the SDKs in the release, or the range of releases, that a project uses.

Which names there are comes from `names.py`, what the clients do from `facts.py`. Of a range that release counts which
an installer chooses: the newest. Where a project has several ranges, everything must hold for what each of them
installs: a method carries the ways in which the other releases do otherwise, a name is said to be gone only where none
of them has it. A release between two that were measured may behave like either: what the older one has is judged, and
the ways of the newer one come to it, as those of several ranges do.

Each package (langsmith, langgraph-sdk, those of langchain's that have clients of LangSmith) has releases of its own:
`Distribution` is one of them, and a question goes to the one whose name it is about. langgraph's `RemoteGraph` raises
what the installed langgraph-sdk raises: it is judged by that.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from lint_langsmith.remembered import remembered
from lint_langsmith.sdk.distribution import Distribution, Range, distribution_of, told_by_all
from lint_langsmith.sdk.facts import (
    LANGGRAPH_SDK,
    LANGSMITH,
    Method,
    Signature,
    Tracing,
    When,
    facts,
    probed_versions,
)
from lint_langsmith.sdk.known_names import (
    DEPLOYMENT_CLIENTS,
    UNLISTED,
    Availability,
    KnownNames,
)
from lint_langsmith.sdk.names import LISTED, signatures
from lint_langsmith.sdk.variables import first_release, last_release_without
from lint_langsmith.versions import parse_release

# It passes its keywords to `Client`, once, and gives that client again and again (read in langsmith 0.1.77 to 0.15.1).
_CACHED_CLIENT: Final = "langsmith.run_trees.get_cached_client"
_DEPLOYMENT_ROOTS: Final = ("langgraph_sdk", UNLISTED)
_CLIENT: Final = "langsmith.client.Client"
_ERROR: Final = "langsmith.utils.LangSmithError"
_HUB_PULL: Final = ".hub.pull"
# What has the modules of langchain's that left it with its release 1.0.
_SUCCESSOR_OF_LANGCHAIN: Final = ("langchain.", "langchain_classic.")
_CLIENT_NAMES: Final = (
    "Client",
    "AsyncClient",
    "Langsmith",
    "AsyncLangsmith",
    "SandboxClient",
    "AsyncSandboxClient",
)

# Arguments that can carry credentials, of those that a release's constructor takes. Executed on 0.1.0 to 0.15.0:
# `api_key`, `api_urls`, `headers` (since 0.4.50), `session`, `profile` (0.14.15 and newer); read in the source:
# `default_headers`, `http_client` of generated clients.
_CREDENTIALS: Final[dict[str, tuple[str, ...]]] = {
    "Client": (
        "api_key",
        "api_urls",
        "headers",
        "session",
        "profile",
        "prefer_profile_auth",
        "oauth_token",
    ),
    "AsyncClient": ("api_key", "api_urls", "headers", "profile", "prefer_profile_auth"),
    "Langsmith": ("api_key", "default_headers", "http_client", "bearer_token"),
    "AsyncLangsmith": ("api_key", "default_headers", "http_client", "bearer_token"),
    "SandboxClient": ("api_key", "headers"),
    "AsyncSandboxClient": ("api_key", "headers"),
    # Executed on langgraph-sdk 0.1.0 to 0.4.14: `headers` refuses `x-api-key`, and carries what the deployment's own
    # authentication asks for; a `RemoteGraph` asks with the client that it is given.
    "LangGraphClient": ("api_key", "headers"),
    "SyncLangGraphClient": ("api_key", "headers"),
    "RemoteGraph": ("api_key", "headers", "client", "sync_client"),
}


_DOCUMENTED: Final = "LANGSMITH_API_KEY"


def sdk_table(
    version: Range = None,
    deployments: Range = None,
    others: Callable[[str], Range] | None = None,
) -> SdkTable:
    """The table of a release or a range of langsmith, and of one of langgraph-sdk; of the newest ones without.

    `others` gives the release or range of the other packages by their names, when it is asked for them.

    Raises:
        BadVersionError: a text is neither.
    """
    found = {
        LANGSMITH: distribution_of(LANGSMITH, version),
        LANGGRAPH_SDK: distribution_of(LANGGRAPH_SDK, deployments),
    }
    return SdkTable(found, others if others is not None else _newest)


def _newest(_distribution: str) -> Range:
    return None


class SdkTable(KnownNames):
    """What is true of the releases that a project may use."""

    def __init__(self, known: dict[str, Distribution], others: Callable[[str], Range]) -> None:
        """`known` has langsmith and langgraph-sdk; of another package `others` gives the release or range."""
        super().__init__(known, others)
        self._constructors: dict[str, Signature | None] = {}

    def read_ahead(self) -> None:
        """Read the names of langsmith and what its calls do, which nearly every question about a program needs."""
        self.canonical("langsmith.Client")
        self._langsmith.functions  # noqa: B018 - read for later

    # -- clients -----------------------------------------------------------------------------------------------------

    @functools.cached_property
    def client_classes(self) -> frozenset[str]:
        """The canonical names of the classes that need credentials."""
        return DEPLOYMENT_CLIENTS.union(self.langsmith_clients)

    @functools.cached_property
    def langsmith_clients(self) -> frozenset[str]:
        """Those of langsmith itself."""
        return frozenset(
            name for name in self._langsmith.names.classes if _client_name(name) is not None
        )

    def made_by(self, function: str) -> str | None:
        """The client class of which a function builds an object: `langgraph_sdk.get_client`."""
        if function == _CACHED_CLIENT:
            return _CLIENT
        if not function.startswith(_DEPLOYMENT_ROOTS):
            return None
        canonical = self.canonical(function) or function
        deployments = self._named(LANGGRAPH_SDK)
        every = (*deployments.facts, *deployments.above)
        return next(
            (found.factories[canonical] for found in every if canonical in found.factories),
            None,
        )

    @remembered
    def credential_keywords(self, cls: str) -> tuple[str, ...]:
        """The arguments of a client class that can carry credentials."""
        known = _CREDENTIALS[_client_name(cls) or "Client"]
        signature = self.constructor(cls)
        return tuple(name for name in known if signature is None or name in signature.keywords)

    def key_variables(self, cls: str) -> tuple[str, ...]:
        """The environment variables from which a client class takes its key, in the order in which it looks."""
        return self._variables(cls, "key")

    def key_variable(self, cls: str) -> str:
        """The variable to tell users of: the documented one, where a client class reads it or reads none at all."""
        found = self.key_variables(cls)
        return found[0] if found and _DOCUMENTED not in found else _DOCUMENTED

    @remembered
    def credential_variables(self, cls: str) -> tuple[str, ...]:
        """Those variables, and the others that lead a client to a key: a profile, a list of endpoints with keys.

        Executed: `Client` and `AsyncClient` read profiles since 0.8.1; `LANGSMITH_RUNS_ENDPOINTS` gives a client its
        keys from 0.1.147 to 0.4.0 and not in 0.6.9 and later.
        """
        found = self.key_variables(cls)
        if _client_name(cls) in {"Client", "AsyncClient"}:
            found += tuple(
                name
                for name in ("LANGSMITH_PROFILE", "LANGSMITH_CONFIG_FILE")
                if self.reads_variable(name)
            )
            if parse_release(self.versions[0]) < parse_release("0.6.9"):
                found += ("LANGSMITH_RUNS_ENDPOINTS",)
        return found

    @remembered
    def reads_variable(self, variable: str) -> bool:
        """Whether the newest release that counts reads an environment variable, as far as releases were sampled."""
        first = first_release(variable)
        chosen = parse_release(self._langsmith.chosen)
        return first is not None and parse_release(first) <= chosen

    @remembered
    def is_too_old_for(self, variable: str) -> bool:
        """Whether the newest release that counts comes before all that were seen to read an environment variable.

        Not one that lies between the last sampled release without it and the first with it.
        """
        last = last_release_without(variable)
        return last is not None and parse_release(self._langsmith.chosen) <= parse_release(last)

    def endpoint_variables(self, cls: str) -> tuple[str, ...]:
        """The environment variables from which a client class takes the server's address, likewise."""
        return self._variables(cls, "endpoint")

    def workspace_variables(self, cls: str) -> tuple[str, ...]:
        """The environment variables from which a client class takes the workspace, likewise; many take none."""
        return self._variables(cls, "workspace")

    @remembered
    def _variables(self, cls: str, subject: str) -> tuple[str, ...]:
        """What any of the releases reads; what the newest reads where none of them has the class."""
        distribution = self._of(cls)
        every = (*distribution.facts, *distribution.above)
        found = [
            known.variables(cls).get(subject, ()) for known in every if known.variables(cls)
        ]
        found = found or [distribution.newest_facts.variables(cls).get(subject, ())]
        return tuple(dict.fromkeys(name for variables in found for name in variables))

    def is_attribute(self, cls: str, name: str) -> bool:
        """Whether any release's class has the attribute or method."""
        return name in self._of(cls).names.members(cls)

    def methods(self, cls: str) -> Mapping[str, Method]:
        """The methods of a class, by name, as the newest of the releases has them; empty for unknown classes."""
        return self._of(cls).methods(cls)

    def constructor(self, cls: str) -> Signature | None:
        """What a client's constructor takes in any of the releases."""
        if cls not in self._constructors:
            self._constructors[cls] = self._constructor(cls)
        return self._constructors[cls]

    def _constructor(self, cls: str) -> Signature | None:
        distribution = self._of(cls)
        found = [
            signature
            for known in distribution.facts
            if (signature := known.constructor(cls)) is not None
        ]
        if not found:
            return None
        found += [
            signature
            for known in distribution.above
            if (signature := known.constructor(cls)) is not None
        ]
        keywords = dict.fromkeys(name for signature in found for name in signature.keywords)
        unknown = {signature.unknown for signature in found}
        told = told_by_all([signature.deprecated for signature in found])
        return Signature(tuple(keywords), "TypeError" if unknown == {"TypeError"} else "", told)

    def signature(self, qualified: str) -> Signature | None:
        """What a function, method or class takes in the releases that count, from their own wheels; None if not known.

        `unknown` is empty where one of them takes any keyword, as far as its signature tells.
        """
        distribution = self._of(qualified)
        found = signatures(distribution.name).of(qualified, distribution.indices)
        if not found:
            return None
        words = dict.fromkeys(word for text in found for word in text.split())
        is_open = any(text.endswith("**") for text in found)
        keywords = tuple(word for word in words if not word.startswith("*"))
        return Signature(keywords, "" if is_open else "TypeError")

    def closed_keywords(self, qualified: str) -> tuple[str, ...] | None:
        """The keywords that something takes which raises `TypeError` for any other; None where it may take others.

        Of a class that hands other keywords on (`LangChainTracer`) the probe knows whether anybody takes them.
        """
        found = self.signature(qualified)
        if found is None or found.unknown == "TypeError":
            return found.keywords if found is not None else None
        probed = self.constructor(qualified)
        return found.keywords if probed is not None and probed.unknown == "TypeError" else None

    def tracing(self, name: str) -> Tracing | None:
        """What `traceable`, `trace` or `tracing_context` takes in any of the releases."""
        found = [
            known.tracing[name] for known in self._langsmith.facts if name in known.tracing
        ]
        if not found:
            return None
        found += [
            known.tracing[name] for known in self._langsmith.above if name in known.tracing
        ]
        return Tracing(
            keywords=tuple(dict.fromkeys(word for item in found for word in item.keywords)),
            unknown=found[0].unknown if all(item.unknown for item in found) else "",
            run_types=tuple(dict.fromkeys(word for item in found for word in item.run_types)),
            unknown_run_type=found[0].unknown_run_type
            if all(item.unknown_run_type for item in found)
            else "",
        )

    def run_types(self) -> tuple[str, ...]:
        """The types of runs that LangSmith has, as its newest release knows them: the server has one set for all."""
        return facts(probed_versions()[-1]).tracing["traceable"].run_types

    def has_behaviour(self, cls: str) -> bool:
        """Whether a class was probed: a client, one of its resources, or what it gives."""
        return any(cls in known.class_names for known in self._of(cls).facts)

    def resources(self, cls: str) -> Mapping[str, str]:
        """The properties of a class that give an object with methods, with its class."""
        merged: dict[str, str] = {}
        for known in reversed(self._of(cls).facts):
            merged.update(known.resources(cls))
        return merged

    def function(self, qualified: str) -> Method | None:
        """What is known of a function that makes requests, by any of its public names.

        What langchain had until its release 1.0 is in langchain-classic since: where a project's releases have neither,
        the function is judged as the package that has it does.
        """
        found = self._function(qualified)
        if found is None and qualified.startswith(_SUCCESSOR_OF_LANGCHAIN[0]):
            found = self._function(qualified.replace(*_SUCCESSOR_OF_LANGCHAIN, 1))
        if found is not None and qualified.endswith(_HUB_PULL) and found.error == _ERROR:
            found = _as_asked(found, self.methods(_CLIENT).get("pull_prompt"))
        return found

    def _function(self, qualified: str) -> Method | None:
        functions = self._of(qualified).functions
        return functions.get(self.canonical(qualified) or qualified)

    # -- exceptions --------------------------------------------------------------------------------------------------

    def error_mro(self, error: str) -> tuple[str, ...]:
        """An exception class and its bases, by canonical name; the class alone when it is not known."""
        names = (self._of(error).name,) if self.owns(error) else tuple(LISTED)
        every = (known.errors for name in names for known in self._named(name).facts)
        return next((errors[error] for errors in every if error in errors), (error,))


def _as_asked(pull: Method, asked: Method | None) -> Method:
    """The `pull` of a hub that asks langsmith's own client: its releases decide over the prompts of others."""
    answers = tuple(
        dict.fromkeys(way.public for way in ((asked, *asked.others) if asked else ()))
    ) or (None,)
    ways = [
        msgspec.structs.replace(way, public=answer, others=())
        for answer in answers
        for way in (pull, *pull.others)
    ]
    return msgspec.structs.replace(ways[0], others=tuple(dict.fromkeys(ways[1:])))


def _client_name(canonical: str) -> str | None:
    """The class name, if it is one of the SDK's own clients rather than a type that happens to have such a name."""
    module, _, name = canonical.rpartition(".")
    if canonical in DEPLOYMENT_CLIENTS:
        return name
    return (
        name
        if name in _CLIENT_NAMES
        and not module.startswith(("langsmith.types", "langsmith._internal"))
        else None
    )


__all__ = [
    "Availability",
    "Method",
    "SdkTable",
    "Signature",
    "Tracing",
    "When",
    "probed_versions",
    "sdk_table",
]
