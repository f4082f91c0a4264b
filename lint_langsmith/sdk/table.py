"""Names and behaviour of langsmith by version, as the tools found them.

`data/names.json` says which names the released versions have (read from their wheels by `tools/sdk_names.py`).
`data/facts-VERSION.json` says what the clients of a version do on a 403 (asked of the running SDK by
`tools/probe_sdk.py`, against a server that refuses everything). Only the facts of the version that is asked for are
loaded.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final, Literal, TypeAlias

import msgspec

from lint_langsmith.sdk.invented import REPLACEMENTS

When: TypeAlias = Literal["call", "iteration", "await", "async-iteration", "enter", "background", "never"]

_DATA: Final = files("lint_langsmith.sdk") / "data"
_CLIENT_NAMES: Final = ("Client", "AsyncClient", "Langsmith", "AsyncLangsmith", "SandboxClient", "AsyncSandboxClient")
_GENERATED: Final = frozenset({"Langsmith", "AsyncLangsmith"})

# Arguments that can carry credentials. Executed on 0.1.0 to 0.15.0: `api_key`, `api_urls`, `headers` (since 0.4.50),
# `session`, `profile` (0.14.15 and newer); read in the source: `default_headers`, `http_client` of generated clients.
_CREDENTIALS: Final[dict[str, tuple[str, ...]]] = {
    "Client": ("api_key", "api_urls", "headers", "session", "profile", "prefer_profile_auth", "oauth_token"),
    "AsyncClient": ("api_key", "api_urls", "headers", "profile", "prefer_profile_auth"),
    "Langsmith": ("api_key", "default_headers", "http_client", "bearer_token"),
    "AsyncLangsmith": ("api_key", "default_headers", "http_client", "bearer_token"),
    "SandboxClient": ("api_key", "headers"),
    "AsyncSandboxClient": ("api_key", "headers"),
}


class Method(msgspec.Struct, frozen=True):
    """What a method or function does on a 403.

    `when` is how the exception comes up; `error`, `org_error` and `auth_error` are the canonical classes for a plain
    403, for an organisation's key without a workspace, and for a 401. Where all of `unless` are passed as keywords,
    `unless_when` holds instead (`create_run` with `trace_id` and `dotted_order` is queued).
    """

    when: When
    error: str | None
    org_error: str | None
    auth_error: str | None
    returns: str | None
    parameters: tuple[str, ...]
    open_keywords: bool
    deprecated: str | None
    unless: tuple[str, ...] = ()
    unless_when: When = "never"


class _Names(msgspec.Struct, frozen=True):
    versions: tuple[str, ...]
    modules: dict[str, dict[str, tuple[int, int]]]
    private: frozenset[str]
    classes: dict[str, dict[str, tuple[int, int]]]
    exports: dict[str, str]


class _Class(msgspec.Struct, frozen=True):
    methods: dict[str, tuple[When, int, int, int, tuple[str, ...], bool, str | None, dict[str, Any] | None]]
    resources: dict[str, str]


class _Facts(msgspec.Struct, frozen=True):
    version: str
    errors: tuple[tuple[str, tuple[str, ...]], ...]
    classes: dict[str, _Class]
    functions: dict[str, tuple[When, int, int, int, tuple[str, ...], bool, str | None, dict[str, Any] | None]]


@functools.cache
def _names() -> _Names:
    return msgspec.json.decode((_DATA / "names.json").read_bytes(), type=_Names)


@functools.cache
def _facts(version: str) -> _Facts:
    return msgspec.json.decode((_DATA / f"facts-{version}.json").read_bytes(), type=_Facts)


@functools.cache
def probed_versions() -> tuple[str, ...]:
    """The versions whose behaviour was measured, oldest first."""
    found = [entry.name[len("facts-") : -len(".json")] for entry in _DATA.iterdir() if entry.name.startswith("facts-")]
    return tuple(sorted(found, key=_version_key))


@functools.cache
def sdk_table(version: str | None = None) -> SdkTable:
    """The table of a version: the newest without one, else the newest measured version that is not newer."""
    known = probed_versions()
    if version is None or version == "newest":
        return SdkTable(known[-1])
    at_or_below = [item for item in known if _version_key(item) <= _version_key(version)]
    return SdkTable(at_or_below[-1] if at_or_below else known[0])


def _version_key(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


class SdkTable:
    """What is true of one version."""

    def __init__(self, version: str) -> None:
        """`version` is one of `probed_versions()`."""
        self.version = version

    # -- names -------------------------------------------------------------------------------------------------------

    def canonical(self, qualified: str) -> str | None:
        """Where a public name is really defined (`langsmith.Client` → `langsmith.client.Client`); None if nowhere."""
        names = _names()
        found = names.exports.get(qualified)
        if found is not None:
            return found
        return qualified if self.ever(qualified) else None

    def public_name(self, canonical: str) -> str:
        """The shortest name under which a user imports something."""
        names = [name for name, target in _names().exports.items() if target == canonical]
        return min([*names, canonical], key=lambda name: (name.count("."), len(name)))

    def is_module(self, qualified: str) -> bool:
        """Whether any version has a public module of that name."""
        return qualified in _names().modules

    def ever(self, qualified: str) -> bool:
        """Whether any released version has the module, the name in a module, or the attribute of a client class.

        What is private to the SDK, or belongs to a class whose attributes are not in the table, counts as there.
        """
        names = _names()
        if qualified in names.modules or qualified in names.private or _is_private(qualified):
            return True
        owner, _, name = qualified.rpartition(".")
        if owner in names.classes:
            return name in names.classes[owner]
        if owner in names.modules:
            return name in names.modules[owner]
        # An attribute of something that exists, a class or an instance: nothing is known of it.
        return "." in owner and not self._parent_is_module(owner) and self.ever(owner)

    def _parent_is_module(self, owner: str) -> bool:
        """Whether `owner` could only be a module, and is none."""
        module, _, name = owner.rpartition(".")
        return module in _names().modules and name not in _names().modules[module]

    def first_last(self, qualified: str) -> tuple[str, str] | None:
        """The first and the last version, of those in the table, that have a name."""
        names = _names()
        owner, _, name = qualified.rpartition(".")
        rows = names.classes.get(owner) or names.modules.get(owner)
        found = rows.get(name) if rows is not None else names.modules.get(qualified, {}).get("")
        return (names.versions[found[0]], names.versions[found[1]]) if found is not None else None

    def suggest(self, qualified: str) -> str | None:
        """The real name that a wrong one most likely stands for; None when nothing comes near."""
        if qualified in REPLACEMENTS:
            return REPLACEMENTS[qualified]
        owner, _, name = qualified.rpartition(".")
        names = _names()
        rows = names.classes.get(owner) or names.modules.get(owner)
        if rows is None:
            return None
        current = [known for known, (_, last) in rows.items() if last == len(names.versions) - 1 and known]
        near = difflib.get_close_matches(name, current, n=1, cutoff=0.75)
        return f"{owner}.{near[0]}" if near else None

    # -- clients -----------------------------------------------------------------------------------------------------

    @functools.cached_property
    def client_classes(self) -> frozenset[str]:
        """The canonical names of the classes that need credentials."""
        return frozenset(name for name in _names().classes if _client_name(name) is not None)

    def credential_keywords(self, cls: str) -> tuple[str, ...]:
        """The arguments of a client class that can carry credentials."""
        return _CREDENTIALS[_client_name(cls) or "Client"]

    def key_variables(self, cls: str) -> tuple[str, ...]:
        """The environment variables from which a client class takes its key, in the order in which it looks.

        Executed on 0.10.18 to 0.15.0: generated clients read `LANGSMITH_API_KEY` only.
        """
        if _client_name(cls) in _GENERATED:
            return ("LANGSMITH_API_KEY",)
        return ("LANGSMITH_API_KEY", "LANGCHAIN_API_KEY")

    def is_attribute(self, cls: str, name: str) -> bool:
        """Whether any version's class has the attribute or method."""
        return name in _names().classes.get(cls, {})

    def methods(self, cls: str) -> Mapping[str, Method]:
        """The methods of a class of this version, by name; empty for classes that were not probed."""
        return _methods(self.version).get(cls, {})

    def has_behaviour(self, cls: str) -> bool:
        """Whether a class of this version was probed: a client, or one of its resources."""
        return cls in _facts(self.version).classes

    def resources(self, cls: str) -> Mapping[str, str]:
        """The properties of a class that give an object with methods, with its class."""
        found = _facts(self.version).classes.get(cls)
        return found.resources if found is not None else {}

    def functions(self) -> Mapping[str, Method]:
        """The functions of the package that make requests, by canonical name."""
        facts = _facts(self.version)
        return {name: _method(facts, row) for name, row in facts.functions.items()}

    # -- exceptions --------------------------------------------------------------------------------------------------

    def error_mro(self, error: str) -> tuple[str, ...]:
        """An exception class and its bases, by canonical name; the class alone when it was never seen raised."""
        return _errors(self.version).get(error, (error,))

    def is_error(self, canonical: str) -> bool:
        """Whether a class of the SDK is one of its exceptions."""
        name = canonical.rpartition(".")[2]
        module = canonical.rpartition(".")[0]
        return name.endswith(("Error", "Timeout")) and module.rpartition(".")[2] in {"utils", "_exceptions", "schemas"}


@functools.cache
def _errors(version: str) -> dict[str, tuple[str, ...]]:
    found = dict(_facts(version).errors)
    # A base of a class that was raised has the rest of the list for its own bases.
    for mro in list(found.values()):
        for position, base in enumerate(mro):
            found.setdefault(base, mro[position:])
    return found


@functools.cache
def _methods(version: str) -> dict[str, dict[str, Method]]:
    facts = _facts(version)
    return {
        name: {method: _method(facts, row) for method, row in cls.methods.items()}
        for name, cls in facts.classes.items()
    }


def _method(
    facts: _Facts, row: tuple[When, int, int, int, tuple[str, ...], bool, str | None, dict[str, Any] | None]
) -> Method:
    when, error, org_error, auth_error, parameters, is_open, deprecated, unless = row

    def name(index: int) -> str | None:
        return facts.errors[index][0] if index >= 0 else None

    return Method(
        when,
        name(error),
        name(org_error),
        name(auth_error),
        None,
        parameters,
        is_open,
        deprecated,
        tuple(unless["keywords"]) if unless else (),
        unless["when"] if unless else "never",
    )


def _client_name(canonical: str) -> str | None:
    """The class name, if it is one of the SDK's own clients rather than a type that happens to have such a name."""
    module, _, name = canonical.rpartition(".")
    return name if name in _CLIENT_NAMES and not module.startswith(("langsmith.types", "langsmith._internal")) else None


def _is_private(qualified: str) -> bool:
    return any(part.startswith("_") for part in qualified.split(".")[1:])
