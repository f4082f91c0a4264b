"""Which names the releases of an SDK have, read from their wheels by `tools/sdk_names.py`: `names.json`."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from lint_langsmith.sdk.facts import LANGGRAPH_SDK, LANGSMITH, folder
from lint_langsmith.versions import Release, parse_release

# Stands among the names of a module or class for itself.
OWNER: Final = "."
# The packages whose names are known, by their names on PyPI, and of each the modules whose names are in its table.
LISTED: Final[Mapping[str, tuple[str, ...]]] = {
    LANGSMITH: ("langsmith",),
    LANGGRAPH_SDK: ("langgraph_sdk",),
    "langchain-core": ("langchain_core.tracers", "langchain_core.document_loaders"),
    "langchain": ("langchain.hub", "langchain.smith", "langchain.callbacks"),
    "langchain-classic": (
        "langchain_classic.hub",
        "langchain_classic.smith",
        "langchain_classic.callbacks",
    ),
    "langchainhub": ("langchainhub",),
}
_MOVED_FROM: Final = ("langgraph_sdk._async.", "langgraph_sdk._sync.")


class _Stored(msgspec.Struct, frozen=True):
    versions: tuple[str, ...]
    modules: dict[str, dict[str, str]]
    private: frozenset[str]
    classes: dict[str, dict[str, str]]
    exports: dict[str, str]


class Presence(NamedTuple):
    """The runs of the table's releases, as indices, that have a name."""

    runs: tuple[tuple[int, int], ...]

    def has(self, index: int) -> bool:
        """Whether the release at an index has it."""
        return any(first <= index <= last for first, last in self.runs)


class Names:
    """The table of names."""

    def __init__(self, stored: _Stored) -> None:
        """`stored` is the file's content."""
        self._stored = stored
        self._keys = tuple(parse_release(version) for version in stored.versions)

    @property
    def versions(self) -> Sequence[str]:
        """All releases that an installer may choose, oldest first: the wheel of each was read."""
        return self._stored.versions

    @functools.cached_property
    def releases(self) -> Sequence[Release]:
        """All releases there are, oldest first; those that no installer chooses by itself are left out."""
        return self._keys

    @property
    def exports(self) -> Mapping[str, str]:
        """Public names that are defined elsewhere: qualified name to canonical name."""
        return self._stored.exports

    @functools.cached_property
    def public_names(self) -> Mapping[str, str]:
        """The shortest public name of each thing that has one beside its own, by its canonical name."""
        found: dict[str, str] = {}
        for name, target in self._stored.exports.items():
            other = found.get(target, target)
            found[target] = min(other, name, key=lambda text: (text.count("."), len(text)))
        return found

    @property
    def classes(self) -> Iterable[str]:
        """The classes whose attributes are in the table, by canonical name."""
        return self._stored.classes.keys()

    def is_module(self, dotted: str) -> bool:
        """Whether any release has a public module of that name."""
        return dotted in self._stored.modules

    def is_private(self, dotted: str) -> bool:
        """Whether a name is, or lies in, something private."""
        return dotted in self._stored.private or any(
            part.startswith("_") for part in dotted.split(".")[1:]
        )

    def is_class(self, qualified: str) -> bool:
        """Whether the table has the attributes of a class."""
        return settled(qualified) in self._stored.classes

    @functools.lru_cache(maxsize=4096)  # noqa: B019 - there is one table; the names are of all programs
    def members(self, owner: str) -> Mapping[str, Presence]:
        """The names of a module or of a class; empty for others."""
        groups = (
            self._stored.classes.get(settled(owner)) or self._stored.modules.get(owner) or {}
        )
        found: dict[str, Presence] = {}
        for key, names in groups.items():
            presence = Presence(_runs(key))
            found.update(dict.fromkeys(names.split(), presence))
        return found

    def presence(self, qualified: str) -> Presence | None:
        """Where a name is: an attribute of a class, a name in a module, a module or class itself; None if nowhere."""
        owner, _, name = qualified.rpartition(".")
        found = self.members(owner).get(name)
        return found if found is not None else self.members(qualified).get(OWNER)

    def around(self, release: Release) -> tuple[int, ...]:
        """The indices of the releases in the table next to a release, below and above; of the same alone if it is."""
        if release in self._keys:
            return (self._keys.index(release),)
        below = [index for index, key in enumerate(self._keys) if key < release]
        above = [index for index, key in enumerate(self._keys) if key > release]
        return (*below[-1:], *above[:1])

    def member_names(self, owner: str) -> Iterable[str]:
        """The names of a module or class in any release, without itself."""
        return (name for name in self.members(owner) if name != OWNER)


class Signatures:
    """The table of signatures: what functions, methods and classes take, by release."""

    def __init__(self, stored: Mapping[str, Mapping[str, str]]) -> None:
        """`stored` is the file's content: for a canonical name the runs of releases that have each signature."""
        self._stored = stored

    def of(self, qualified: str, indices: Iterable[int]) -> tuple[str, ...]:
        """The signatures of a function, method or class in any of the releases at some indices, each once.

        A signature is its keywords; those behind `*` go by keyword alone, and `**` at the end takes any other.
        """
        groups = self._stored.get(settled(qualified), {})
        places = tuple(indices)
        return tuple(text for key, text in groups.items() if _is_any_in(places, key))


def _is_any_in(places: tuple[int, ...], key: str) -> bool:
    """Whether one of some releases is in one of the runs that a key of the table stands for."""
    return any(first <= place <= last for first, last in _runs(key) for place in places)


def settled(qualified: str) -> str:
    """The name under which the table has a class of the generated clients, wherever a release keeps it.

    `langsmith._openapi_client.resources.runs.RunsResource` became `langsmith.resources.runs.runs.RunsResource`. What
    langgraph-sdk moved to private modules in 0.2.15 has been in `langgraph_sdk.client` all along.
    """
    if qualified.startswith(_MOVED_FROM):
        return f"langgraph_sdk.client.{qualified.rpartition('.')[2]}"
    package, found, inner = qualified.replace("._openapi_client.", ".").partition(".resources.")
    if not found:
        return qualified
    *modules, name = inner.split(".")
    folded = [
        module
        for index, module in enumerate(modules)
        if index == 0 or modules[index - 1] != module
    ]
    return ".".join([f"{package}.resources", *folded, name])


@functools.cache
def names(distribution: str = LANGSMITH) -> Names:
    """The table of a distribution."""
    return Names(
        msgspec.json.decode((folder(distribution) / "names.json").read_bytes(), type=_Stored)
    )


@functools.cache
def signatures(distribution: str = LANGSMITH) -> Signatures:
    """The table of signatures of a distribution."""
    content = (folder(distribution) / "signatures.json").read_bytes()
    return Signatures(msgspec.json.decode(content, type=dict[str, dict[str, str]]))


def _runs(text: str) -> tuple[tuple[int, int], ...]:
    """`0-3,7-7` as the first and the last index of each run."""
    pairs = (run.partition("-") for run in text.split(","))
    return tuple((int(first), int(last)) for first, _, last in pairs)
