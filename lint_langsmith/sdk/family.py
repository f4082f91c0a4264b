"""Which releases of one another langchain's packages require, as `tools/family.py` found it in their metadata."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from lint_langsmith.versions import Clause, Release, VersionRange, parse_range, parse_release

_DATA: Final = Path(__file__).with_name("data") / "family.json"
# What all of the packages meet at: each requires a line of it.
CORE: Final = "langchain-core"


class Run(NamedTuple):
    """Releases of a package, from `first` on, that require the same of others, by their names on PyPI."""

    first: Release
    requires: Mapping[str, VersionRange]


def packages() -> Sequence[str]:
    """The packages that are known."""
    return tuple(_table())


@functools.cache
def runs(package: str) -> Sequence[Run]:
    """The runs of releases of a package, oldest first; none for packages that are not known."""
    known = _table().get(package, {})
    return tuple(_run(first, requires) for first, requires in known.items())


def _run(first: str, requires: Mapping[str, str]) -> Run:
    ranges = {name: parse_range(written) for name, written in requires.items()}
    return Run(parse_release(first), ranges)


@functools.cache
def _table() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    return msgspec.json.decode(_DATA.read_bytes(), type=dict[str, dict[str, dict[str, str]]])


def ceilings(clauses: Iterable[Clause]) -> tuple[Clause, ...]:
    """What some conditions say of the highest release, a pin among them."""
    return tuple(
        msgspec.structs.replace(clause, operator="<=") if clause.operator == "==" else clause
        for clause in clauses
        if clause.operator in {"<", "<=", "=="}
    )


def is_under(release: Release, limits: Iterable[Clause]) -> bool:
    """Whether a release is no higher than some ceilings allow. Of `==0.3.*` only the first numbers count."""
    return all(
        release[: len(limit.release)] <= limit.release
        if limit.prefix
        else limit.admits(release)
        for limit in limits
    )


def newest_run(package: str, limits: Sequence[Clause]) -> Run | None:
    """The run that the newest release under some ceilings is in."""
    below = [run for run in runs(package) if is_under(run.first, limits)]
    return below[-1] if below else None
