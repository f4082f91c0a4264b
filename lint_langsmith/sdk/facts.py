"""What one release of an SDK does, as the probes found it: `facts-VERSION.json`, langsmith's in `data` itself.

`tools/probe_sdk.py` asks langsmith, `tools/probe_deployments.py` langgraph-sdk with langgraph's `RemoteGraph`.
Only the facts of the releases that are asked for are read, and of them only the classes.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import msgspec

from lint_langsmith.remembered import remembered
from lint_langsmith.versions import Release, parse_release

if TYPE_CHECKING:
    from importlib.abc import Traversable  # has another home in newer releases of Python

When: TypeAlias = Literal[
    "call",
    "iteration",
    "await",
    "async-iteration",
    "await-iteration",
    "enter",
    "background",
    "never",
]

DATA: Final = Path(__file__).with_name("data")
# The distributions whose clients are known, by their names on PyPI.
LANGSMITH: Final = "langsmith"
LANGGRAPH_SDK: Final = "langgraph-sdk"


class Method(msgspec.Struct, frozen=True):
    """What a method or function does on a 403.

    `when` is how the exception comes up; `error`, `org_error` and `auth_error` are the canonical classes for a plain
    403, for an organisation's key without a workspace, and for a 401. Where all of `unless` are passed as keywords,
    `unless_when` holds instead (`create_run` with `trace_id` and `dotted_order` is queued). `store_error` is the class
    for a plain 403 on a backend that has only the new store of runs, where it is another one. `returns` is the class
    of the SDK that it gives, `None` for methods that give nothing; `elements` the class of each of the things that it
    gives one by one. Of both only classes with methods that make requests count. `gone` marks a method that only raises
    `NotImplementedError`; `public` is the exception with which it refuses the prompts of others without more ado.
    Of `parameters` those of `positional` can be passed by position; of those of `deprecated_keywords` it warns, in the
    words beside them. `others` are the ways in which older releases of
    the project's range do otherwise.
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
    store_error: str | None = None
    gone: bool = False
    public: str | None = None
    positional: tuple[str, ...] = ()
    deprecated_keywords: tuple[tuple[str, str], ...] = ()
    elements: str | None = None
    others: tuple[Method, ...] = ()

    @property
    def behaviour(self) -> tuple[object, ...]:
        """What decides over the fate of a 403."""
        return (self.when, self.error, self.unless, self.unless_when, self.store_error)

    @property
    def whens(self) -> frozenset[When]:
        """How the exception comes up in any of the project's releases."""
        return frozenset(method.when for method in (self, *self.others))


class Signature(msgspec.Struct, frozen=True):
    """The keywords that something takes. `unknown` is what becomes of another one: an exception, `warning`, nothing.

    Of those of `deprecated` it warns, in the words beside them.
    """

    keywords: tuple[str, ...]
    unknown: str
    deprecated: tuple[tuple[str, str], ...] = ()


class Tracing(msgspec.Struct, frozen=True):
    """What `traceable`, `trace` or `tracing_context` takes; run types where they are checked."""

    keywords: tuple[str, ...]
    unknown: str
    run_types: tuple[str, ...] = ()
    unknown_run_type: str = ""


class _Row(msgspec.Struct, frozen=True, array_like=True):
    """A method as it is stored: errors and signatures as numbers, what is usual left out at the end."""

    when: When
    error: int = -1
    org_error: int = -1
    auth_error: int = -1
    signature: int = 0
    open: bool = False
    deprecated: str | None = None
    unless: tuple[tuple[str, ...], When] | None = None
    store_error: int = -1
    returns: str | None = None
    gone: bool = False
    public: str | None = None
    deprecated_keywords: dict[str, str] = {}
    elements: str | None = None


class _Class(msgspec.Struct, frozen=True):
    methods: dict[str, _Row]
    resources: dict[str, str] = {}
    init: tuple[int, bool] | None = None
    variables: dict[str, tuple[str, ...]] = {}
    deprecated: dict[str, str] = {}


class _Stored(msgspec.Struct, frozen=True):
    version: str
    errors: dict[str, tuple[str, ...]]
    signatures: tuple[str, ...]
    classes: dict[str, msgspec.Raw]
    functions: dict[str, _Row]
    tracing: dict[str, Tracing]
    deprecated: dict[str, str]
    factories: dict[str, str] = {}


class Facts:
    """The facts of one release."""

    def __init__(self, stored: _Stored) -> None:
        """`stored` is a file's content."""
        self._stored = stored
        self._errors = tuple(stored.errors)
        self._classes: dict[str, _Class] = {}

    @property
    def version(self) -> str:
        """The release."""
        return self._stored.version

    @property
    def errors(self) -> Mapping[str, tuple[str, ...]]:
        """The exception classes of the SDK, and those of others that it raises, each with its bases, itself first."""
        return self._stored.errors

    @property
    def tracing(self) -> Mapping[str, Tracing]:
        """What `traceable` and its relatives take, by name."""
        return self._stored.tracing

    @property
    def deprecated(self) -> Mapping[str, str]:
        """Names of modules that warn when they are imported, with the text."""
        return self._stored.deprecated

    @property
    def factories(self) -> Mapping[str, str]:
        """The functions that build a client, by canonical name, with its class."""
        return self._stored.factories

    @property
    def class_names(self) -> frozenset[str]:
        """The classes that were probed, by canonical name."""
        return frozenset(self._stored.classes)

    @remembered
    def methods(self, cls: str) -> Mapping[str, Method]:
        """The methods of a class; empty for one that was not probed."""
        found = self._class(cls)
        return (
            {name: self._method(row) for name, row in found.methods.items()}
            if found is not None
            else {}
        )

    def resources(self, cls: str) -> Mapping[str, str]:
        """The properties of a class that give an object with methods, with its class."""
        found = self._class(cls)
        return found.resources if found is not None else {}

    def variables(self, cls: str) -> Mapping[str, tuple[str, ...]]:
        """The environment variables that a client reads for `key`, `endpoint` and `workspace`, the strongest first."""
        found = self._class(cls)
        return found.variables if found is not None else {}

    def constructor(self, cls: str) -> Signature | None:
        """What the constructor of a client takes."""
        found = self._class(cls)
        if found is None or found.init is None:
            return None
        signature, is_open = found.init
        return Signature(
            self._signature(signature),
            "" if is_open else "TypeError",
            tuple(found.deprecated.items()),
        )

    @functools.cached_property
    def functions(self) -> Mapping[str, Method]:
        """The functions that make requests, by canonical name."""
        return {name: self._method(row) for name, row in self._stored.functions.items()}

    def _class(self, cls: str) -> _Class | None:
        known = self._classes.get(cls)
        if known is None and cls in self._stored.classes:
            known = msgspec.json.decode(self._stored.classes[cls], type=_Class)
            self._classes[cls] = known
        return known

    def _signature(self, index: int) -> tuple[str, ...]:
        return tuple(word for word in self._stored.signatures[index].split() if word != "*")

    def _positional(self, index: int) -> tuple[str, ...]:
        return tuple(self._stored.signatures[index].partition("*")[0].split())

    def _error(self, index: int) -> str | None:
        return self._errors[index] if index >= 0 else None

    def _method(self, row: _Row) -> Method:
        unless, unless_when = row.unless or ((), "never")
        return Method(
            when=row.when,
            error=self._error(row.error),
            org_error=self._error(row.org_error),
            auth_error=self._error(row.auth_error),
            returns=row.returns,
            parameters=self._signature(row.signature),
            positional=self._positional(row.signature),
            open_keywords=row.open,
            deprecated=row.deprecated,
            unless=unless,
            unless_when=unless_when,
            store_error=self._error(row.store_error),
            gone=row.gone,
            public=row.public,
            deprecated_keywords=tuple(row.deprecated_keywords.items()),
            elements=row.elements,
        )


@functools.cache
def facts(version: str, distribution: str = LANGSMITH) -> Facts:
    """The facts of one of `probed_versions()` of a distribution."""
    return Facts(
        msgspec.json.decode(
            (folder(distribution) / f"facts-{version}.json").read_bytes(), type=_Stored
        )
    )


@functools.cache
def probed_versions(distribution: str = LANGSMITH) -> tuple[str, ...]:
    """The releases whose behaviour was measured, oldest first."""
    names = (entry.name for entry in folder(distribution).iterdir())
    found = [name[len("facts-") : -len(".json")] for name in names if name.startswith("facts-")]
    return tuple(sorted(found, key=parse_release))


def folder(distribution: str) -> Traversable:
    """Where the tables of a distribution lie."""
    return DATA if distribution == LANGSMITH else DATA / distribution


def measured_for(release: Release, distribution: str = LANGSMITH) -> str:
    """The measured release by which another one is judged first: the newest that is not newer, else the oldest."""
    known = probed_versions(distribution)
    at_or_below = [item for item in known if parse_release(item) <= release]
    return at_or_below[-1] if at_or_below else known[0]


def measured_above(release: Release, distribution: str = LANGSMITH) -> str | None:
    """The measured release next above one that lies between two; None for one that was measured, or is the newest."""
    known = {parse_release(version): version for version in probed_versions(distribution)}
    above = [item for item in known if item > release]
    return (
        known[above[0]] if release not in known and above and len(above) < len(known) else None
    )
