"""What is true of the SDKs in the release, or the range of releases, that a project uses.

Which names there are comes from `names.py`, what the clients do from `facts.py`. Of a range that release counts which
an installer chooses: the newest. Where a project has several ranges, everything must hold for what each of them
installs: a method carries the ways in which the other releases do otherwise, a name is said to be gone only where none
of them has it. A release between two that were measured may behave like either: what the older one has is judged, and
the ways of the newer one come to it, as those of several ranges do.

Each package (langsmith, langgraph-sdk, those of langchain's that have clients of LangSmith) has releases of its own:
`_Distribution` is one of them, and a question goes to the one whose name it is about. langgraph's `RemoteGraph` raises
what the installed langgraph-sdk raises: it is judged by that.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

import msgspec

from lint_langsmith import lazy_re
from lint_langsmith.remembered import remembered
from lint_langsmith.sdk.facts import (
    LANGGRAPH_SDK,
    LANGSMITH,
    Facts,
    Method,
    Signature,
    Tracing,
    When,
    facts,
    measured_above,
    measured_for,
    probed_versions,
)
from lint_langsmith.sdk.invented import ONE_TO_ONE, REPLACEMENTS, SUCCESSORS
from lint_langsmith.sdk.names import LISTED, Names, names, signatures
from lint_langsmith.sdk.variables import first_release, last_release_without
from lint_langsmith.versions import Release, VersionRange, parse_range, parse_release

_DEPLOYMENT_CLIENTS: Final = frozenset(
    {
        "langgraph_sdk.client.LangGraphClient",
        "langgraph_sdk.client.SyncLangGraphClient",
        "langgraph.pregel.remote.RemoteGraph",
    }
)
# langgraph's graphs of a deployment raise what the installed langgraph-sdk raises. No table is made of their names.
_UNLISTED: Final = "langgraph.pregel.remote"
# It passes its keywords to `Client`, once, and gives that client again and again (read in langsmith 0.1.77 to 0.15.1).
_CACHED_CLIENT: Final = "langsmith.run_trees.get_cached_client"
_DEPLOYMENT_ROOTS: Final = ("langgraph_sdk", _UNLISTED)
# The package that decides what a name does, by the package that a program imports.
_DISTRIBUTIONS: Final = {
    **{listed[0].partition(".")[0]: name for name, listed in LISTED.items()},
    "langgraph": LANGGRAPH_SDK,
}
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
_VERSION: Final = lazy_re.compile(r"_v\d+")
# How like a name must be to one that is meant; `difflib` tells it as twice the characters in common of those of both.
_LIKENESS: Final = 0.75


@functools.lru_cache(maxsize=4096)
def _nearest(name: str, known: tuple[str, ...]) -> list[str]:
    return difflib.get_close_matches(name, known, n=1, cutoff=_LIKENESS)


def _near(name: str, known: Sequence[str]) -> list[str]:
    """The name that is most like another; those whose length alone makes them too different are not compared."""
    length = len(name)
    few = tuple(
        other
        for other in known
        if 2 * min(length, len(other)) >= _LIKENESS * (length + len(other))
    )
    return _nearest(name, few)


class Availability(NamedTuple):
    """Where a name is in the releases that a project may use, and beyond.

    `nowhere`: none of them has it. `since` is the first release from which on it is there, or was until `last`;
    `first_without` is the release after that, `in_newest` tells whether the newest has it.
    """

    nowhere: bool
    since: str
    last: str
    in_newest: bool
    first_without: str | None


Range: TypeAlias = "str | VersionRange | None"


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
        LANGSMITH: _distribution(LANGSMITH, version),
        LANGGRAPH_SDK: _distribution(LANGGRAPH_SDK, deployments),
    }
    return SdkTable(found, others if others is not None else _newest)


def _newest(_distribution: str) -> Range:
    return None


@functools.lru_cache(maxsize=64)  # configurations may ask for ever other ranges
def _distribution(name: str, version: Range) -> _Distribution:
    return _Distribution(name, version)


class _Distribution:
    """One SDK, in the releases of it that a project may use. Its tables are read when they are asked for."""

    def __init__(self, name: str, version: Range) -> None:
        """`name` is its name on PyPI."""
        self.name = name
        is_newest = version is None or version == "newest"
        self._admitted = (
            None if is_newest else parse_range(version) if isinstance(version, str) else version
        )

    @functools.cached_property
    def _releases(self) -> Sequence[Release]:
        """The releases that count; each is judged by its measured neighbours, where it was not measured itself."""
        every = self.names.releases
        if self._admitted is None:
            return (every[-1],)
        # What the table does not know yet is judged as what it knows best.
        return self._admitted.chosen_from(every) or (self._admitted.exact or every[-1],)

    @property
    def chosen(self) -> str:
        """The newest release that counts, as it is written."""
        return ".".join(map(str, self._releases[-1]))

    @functools.cached_property
    def versions(self) -> tuple[str, ...]:
        """The measured releases that count, oldest first."""
        found = dict.fromkeys(measured_for(release, self.name) for release in self._releases)
        return tuple(sorted(found, key=parse_release))

    @functools.cached_property
    def facts(self) -> tuple[Facts, ...]:
        """Their facts, the newest first."""
        return tuple(facts(version, self.name) for version in reversed(self.versions))

    @functools.cached_property
    def above(self) -> tuple[Facts, ...]:
        """The facts of measured releases that are none of the project's, but next to one of them."""
        found = dict.fromkeys(measured_above(release, self.name) for release in self._releases)
        return tuple(
            facts(version, self.name)
            for version in found
            if version is not None and version not in self.versions
        )

    @property
    def names(self) -> Names:
        """The names of all its releases."""
        return names(self.name)

    @functools.cached_property
    def indices(self) -> frozenset[int]:
        """The releases of the table of names that count."""
        return frozenset(
            index for release in self._releases for index in self.names.around(release)
        )

    @remembered
    def methods(self, cls: str) -> Mapping[str, Method]:
        """The methods of a class, by name, as the newest of the releases has them; empty for unknown classes."""
        above = [found.methods(cls) for found in self.above]
        return _merged([found.methods(cls) for found in self.facts], above)

    @functools.cached_property
    def functions(self) -> Mapping[str, Method]:
        """The functions that make requests, by canonical name."""
        return _merged(
            [known.functions for known in self.facts], [known.functions for known in self.above]
        )

    @property
    def newest_facts(self) -> Facts:
        """The facts of the newest release of all."""
        return facts(probed_versions(self.name)[-1], self.name)


class SdkTable:
    """What is true of the releases that a project may use."""

    def __init__(self, known: dict[str, _Distribution], others: Callable[[str], Range]) -> None:
        """`known` has langsmith and langgraph-sdk; of another package `others` gives the release or range."""
        self._known = known
        self._others = others
        self._langsmith = known[LANGSMITH]
        self._constructors: dict[str, Signature | None] = {}
        self._newest: dict[str, Sequence[str]] = {}

    def read_ahead(self) -> None:
        """Read the names of langsmith and what its calls do, which nearly every question about a program needs."""
        self.canonical("langsmith.Client")
        self._langsmith.functions  # noqa: B018 - read for later

    def _of(self, qualified: str) -> _Distribution:
        return self._named(_DISTRIBUTIONS.get(qualified.partition(".")[0], LANGSMITH))

    def _named(self, name: str) -> _Distribution:
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = _distribution(name, self._others(name))
        return found

    @staticmethod
    def owns(qualified: str) -> bool:
        """Whether a name is a module whose names are known, or in one."""
        roots = LISTED.get(_DISTRIBUTIONS.get(qualified.partition(".")[0], ""), ())
        return qualified.startswith(f"{_UNLISTED}.") or any(
            qualified == root or qualified.startswith(f"{root}.") for root in roots
        )

    def distribution(self, qualified: str) -> str:
        """The distribution, by its name on PyPI, that decides what a name does."""
        return self._of(qualified).name

    def chosen(self, qualified: str) -> str:
        """The newest release that counts of the distribution that has a name."""
        return self._of(qualified).chosen

    def version_for(self, qualified: str) -> str:
        """The newest of the measured releases that count of the distribution that has a name."""
        return self._of(qualified).versions[-1]

    @property
    def version(self) -> str:
        """The newest of the measured releases of langsmith that count."""
        return self.versions[-1]

    @property
    def versions(self) -> tuple[str, ...]:
        """The measured releases of langsmith that count, oldest first."""
        return self._langsmith.versions

    # -- names -------------------------------------------------------------------------------------------------------

    def canonical(self, qualified: str) -> str | None:
        """Where a public name is really defined (`langsmith.Client` → `langsmith.client.Client`); None if nowhere."""
        if qualified in _DEPLOYMENT_CLIENTS:
            return qualified
        found = self._of(qualified).names.exports.get(qualified)
        if found is not None:
            # One of langchain's packages may have it from another.
            return self._of(found).names.exports.get(found, found)
        return qualified if self.ever(qualified) else None

    def public_name(self, canonical: str) -> str:
        """The shortest name under which a user imports something."""
        return self._of(canonical).names.public_names.get(canonical, canonical)

    def is_module(self, qualified: str) -> bool:
        """Whether any release has a public module of that name."""
        return self._of(qualified).names.is_module(qualified)

    def ever(self, qualified: str) -> bool:
        """Whether any release has the module, the name in a module, or the attribute of a client class.

        What is private to the SDK, or belongs to a class whose attributes are not in the table, counts as there.
        """
        table = self._of(qualified).names
        owner, _, name = qualified.rpartition(".")
        if table.is_class(owner) and not name.startswith("_"):
            return name in table.members(owner)
        if (
            table.is_module(qualified)
            or table.is_private(qualified)
            or qualified.startswith(_UNLISTED)
        ):
            return True
        if table.is_module(owner):
            return name in table.members(owner)
        # An attribute of something that exists, a class or an instance: nothing is known of it.
        return "." in owner and not self._parent_is_module(owner) and self.ever(owner)

    def _parent_is_module(self, owner: str) -> bool:
        """Whether `owner` could only be a module, and is none."""
        module, _, name = owner.rpartition(".")
        table = self._of(owner).names
        return table.is_module(module) and name not in table.members(module)

    def first_last(self, qualified: str) -> tuple[str, str] | None:
        """The first and the last release, of those in the table, that have a name."""
        table = self._of(qualified).names
        found = table.presence(qualified)
        if found is None:
            return None
        versions = table.versions
        return versions[found.runs[0][0]], versions[found.runs[-1][1]]

    def availability(self, qualified: str) -> Availability | None:
        """Which of the project's releases have a name; None where the table does not know the name.

        A release that is not in the table has what both of its neighbours have, and may have what one of them has.
        """
        distribution = self._of(qualified)
        found = distribution.names.presence(qualified)
        if found is None:
            return None
        versions = distribution.names.versions
        first, last = found.runs[-1]
        is_in_newest = last == len(versions) - 1
        return Availability(
            nowhere=not any(found.has(index) for index in distribution.indices),
            since=versions[first],
            last=versions[last],
            in_newest=is_in_newest,
            first_without=None if is_in_newest else versions[last + 1],
        )

    def suggest(self, qualified: str) -> str | None:
        """The real name that a wrong one most likely stands for; None when nothing comes near."""
        if qualified in REPLACEMENTS:
            return REPLACEMENTS[qualified]
        owner, _, name = qualified.rpartition(".")
        near = self._versioned(qualified) or _near(name, self._current(owner))
        return f"{owner}.{near[0]}" if near else None

    def _current(self, owner: str) -> Sequence[str]:
        """The names of a module or class in the newest release."""
        known = self._newest.get(owner)
        if known is None:
            table = self._of(owner).names
            newest = len(table.versions) - 1
            members = table.members(owner)
            known = [name for name in table.member_names(owner) if members[name].has(newest)]
            if known:  # only what the table has is kept, whatever a program asks for
                self._newest[owner] = known
        return known

    def _versioned(self, qualified: str) -> list[str]:
        """`list_v2` for `list`: methods of generated clients are replaced so."""
        owner, _, name = qualified.rpartition(".")
        found = (known for known in self._current(owner) if known.startswith(name))
        return sorted(
            (known for known in found if _VERSION.fullmatch(known, len(name))), reverse=True
        )

    def parting_words(self, qualified: str) -> str | None:
        """What the last measured release that warned of a method's removal said."""
        owner, _, name = qualified.rpartition(".")
        distribution = self.distribution(qualified)
        for version in reversed(probed_versions(distribution)):
            found = facts(version, distribution).methods(owner).get(name)
            if found is not None and found.deprecated is not None:
                return found.deprecated
        return None

    def successor(self, qualified: str) -> str | None:
        """What does the work of a name that was removed."""
        versioned = self._versioned(qualified)
        return SUCCESSORS.get(qualified) or (
            f"{qualified.rpartition('.')[0]}.{versioned[0]}" if versioned else None
        )

    def renamed(self, qualified: str) -> str | None:
        """The one real name that a made-up one surely means; None where it may mean several, or something similar."""
        return REPLACEMENTS[qualified] if qualified in ONE_TO_ONE else None

    def is_same(self, qualified: str, other: str) -> bool:
        """Whether two public names are names of one thing."""
        found = self.canonical(qualified)
        return found is not None and found == self.canonical(other)

    def deprecated_name(self, qualified: str) -> str | None:
        """The warning with which all of the releases import a name."""
        distribution = self._of(qualified)
        texts = [
            found.deprecated.get(qualified)
            for found in (*distribution.facts, *distribution.above)
        ]
        return texts[0] if all(texts) else None

    # -- clients -----------------------------------------------------------------------------------------------------

    @functools.cached_property
    def client_classes(self) -> frozenset[str]:
        """The canonical names of the classes that need credentials."""
        return _DEPLOYMENT_CLIENTS.union(self.langsmith_clients)

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

    def reads_variable(self, variable: str) -> bool:
        """Whether the newest release that counts reads an environment variable, as far as releases were sampled."""
        first = first_release(variable)
        chosen = parse_release(self._langsmith.chosen)
        return first is not None and parse_release(first) <= chosen

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
        told = _told_by_all([signature.deprecated for signature in found])
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


def _merged(
    tables: Sequence[Mapping[str, Method]], above: Sequence[Mapping[str, Method]]
) -> Mapping[str, Method]:
    """The methods of several releases, the newest first, in one: each with the ways of all and of those above."""
    if len(tables) == 1 and not above:
        return tables[0]
    found: dict[str, Method] = {}
    for name in dict.fromkeys(name for table in tables for name in table):
        newest, *further = [table[name] for table in (*tables, *above) if name in table]
        others = tuple(dict.fromkeys(_differing(newest, further)))
        told = _told_by_all([method.deprecated_keywords for method in (newest, *further)])
        found[name] = msgspec.structs.replace(newest, others=others, deprecated_keywords=told)
    return found


def _told_by_all(warned: Sequence[tuple[tuple[str, str], ...]]) -> tuple[tuple[str, str], ...]:
    """The keywords of which each release warns, in the newest one's words: elsewhere there is nothing else to write."""
    names = frozenset.intersection(*(frozenset(dict(pairs)) for pairs in warned))
    return tuple(pair for pair in warned[0] if pair[0] in names)


def _differing(newest: Method, further: Sequence[Method]) -> Iterator[Method]:
    return (method for method in further if _essence(method) != _essence(newest))


def _essence(method: Method) -> Method:
    """All of a method but the words of its warnings."""
    return msgspec.structs.replace(
        method, deprecated=method.deprecated and "yes", deprecated_keywords=()
    )


def _client_name(canonical: str) -> str | None:
    """The class name, if it is one of the SDK's own clients rather than a type that happens to have such a name."""
    module, _, name = canonical.rpartition(".")
    if canonical in _DEPLOYMENT_CLIENTS:
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
