"""The names of the SDKs: where each is defined, which releases have it, and which one a wrong name stands for."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.sdk.distribution import Distribution, Range, distribution_of
from lint_langsmith.sdk.facts import LANGGRAPH_SDK, LANGSMITH, facts, probed_versions
from lint_langsmith.sdk.invented import ONE_TO_ONE, REPLACEMENTS, SUCCESSORS
from lint_langsmith.sdk.names import LISTED

DEPLOYMENT_CLIENTS: Final = frozenset(
    {
        "langgraph_sdk.client.LangGraphClient",
        "langgraph_sdk.client.SyncLangGraphClient",
        "langgraph.pregel.remote.RemoteGraph",
    }
)
# langgraph's graphs of a deployment raise what the installed langgraph-sdk raises. No table is made of their names.
UNLISTED: Final = "langgraph.pregel.remote"
# The package that decides what a name does, by the package that a program imports.
_DISTRIBUTIONS: Final = {
    **{listed[0].partition(".")[0]: name for name, listed in LISTED.items()},
    "langgraph": LANGGRAPH_SDK,
}
_VERSION: Final = lazy_re.compile(r"_v\d+")
# How like a name must be to one that is meant; `difflib` tells it as twice the characters in common of those of both.
_LIKENESS: Final = 0.75


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


class KnownNames:
    """The names of the packages whose releases a project may use."""

    def __init__(self, known: dict[str, Distribution], others: Callable[[str], Range]) -> None:
        """`known` has langsmith and langgraph-sdk; of another package `others` gives the release or range."""
        self._known = known
        self._others = others
        self._langsmith = known[LANGSMITH]
        self._newest: dict[str, Sequence[str]] = {}

    def _of(self, qualified: str) -> Distribution:
        return self._named(_DISTRIBUTIONS.get(qualified.partition(".")[0], LANGSMITH))

    def _named(self, name: str) -> Distribution:
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = distribution_of(name, self._others(name))
        return found

    @staticmethod
    def owns(qualified: str) -> bool:
        """Whether a name is a module whose names are known, or in one."""
        roots = LISTED.get(_DISTRIBUTIONS.get(qualified.partition(".")[0], ""), ())
        return qualified.startswith(f"{UNLISTED}.") or any(
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

    def canonical(self, qualified: str) -> str | None:
        """Where a public name is really defined (`langsmith.Client` → `langsmith.client.Client`); None if nowhere."""
        if qualified in DEPLOYMENT_CLIENTS:
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
            or qualified.startswith(UNLISTED)
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
