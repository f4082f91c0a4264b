"""One SDK in the releases of it that a project may use: which of them count, and what they do, put together.

A release between two that were measured may behave like either: what the older one has is judged, and the ways of the
newer one come to it, as those of several ranges do.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

import msgspec

from lint_langsmith.remembered import remembered
from lint_langsmith.sdk.facts import (
    Facts,
    Method,
    facts,
    measured_above,
    measured_for,
    probed_versions,
)
from lint_langsmith.sdk.names import Names, names
from lint_langsmith.versions import Release, VersionRange, parse_range, parse_release

Range: TypeAlias = "str | VersionRange | None"


@functools.lru_cache(maxsize=64)  # configurations may ask for ever other ranges
def distribution_of(name: str, version: Range) -> Distribution:
    """The distribution of a name on PyPI, in a release or range; in the newest release without."""
    return Distribution(name, version)


class Distribution:
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
        told = told_by_all([method.deprecated_keywords for method in (newest, *further)])
        found[name] = msgspec.structs.replace(newest, others=others, deprecated_keywords=told)
    return found


def told_by_all(warned: Sequence[tuple[tuple[str, str], ...]]) -> tuple[tuple[str, str], ...]:
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
