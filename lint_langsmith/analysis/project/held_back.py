"""What the other requirements of a project leave of a package's releases: langchain's packages require one another.

An installer chooses a release that all of the project's requirements admit together, not the newest of each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from lint_langsmith.sdk.family import (
    CORE,
    Run,
    ceilings,
    is_under,
    newest_run,
    packages,
    runs,
)
from lint_langsmith.sdk.names import names
from lint_langsmith.versions import Clause, Release, VersionRange

# What one package leaves of the others: ceilings, by their names on PyPI.
_Ceilings = Mapping[str, tuple[Clause, ...]]


def held_back(
    distribution: str,
    admitted: VersionRange | None,
    required_of: Callable[[str], VersionRange | None],
) -> tuple[VersionRange, str] | None:
    """The releases that are left of a distribution, and the package that leaves no newer ones; None for all.

    `required_of` tells what the project requires of another package. Where nothing would be left, the requirements are
    not understood, and say nothing.
    """
    found: dict[str, VersionRange] = {}
    for package in packages():
        required = required_of(package) if package != distribution else None
        if required is not None:
            found[package] = required
    holding = [
        (package, limits)
        for package, limits in _limits(distribution, found)
        if limits and not is_under(names(distribution).releases[-1], limits)
    ]
    if not holding:
        return None
    ours = admitted.alternatives if admitted is not None else ((),)
    every = [limit for _, limits in holding for limit in limits]
    text = admitted.text if admitted is not None else "".join(map(_spelled, holding[0][1][:1]))
    left = VersionRange(text, tuple((*clauses, *every) for clauses in ours))
    return (left, holding[0][0]) if left.chosen_from(names(distribution).releases) else None


def _limits(
    distribution: str, required: Mapping[str, VersionRange]
) -> Iterator[tuple[str, tuple[Clause, ...]]]:
    """The ceilings of a distribution, each with the package that sets it."""
    of_core: list[tuple[str, tuple[Clause, ...]]] = []
    for package, admitted in required.items():
        for name, limits in _set_by(package, admitted).items():
            if name == distribution:
                yield package, limits
            if name == CORE and limits:
                of_core.append((package, limits))
    if not of_core or distribution == CORE:
        return
    setting = min(of_core, key=_height)[0]
    every = [limit for _, limits in of_core for limit in limits]
    core = newest_run(CORE, every)
    if core is not None and distribution in core.requires:
        yield setting, ceilings(core.requires[distribution].alternatives[0])
    yield setting, _next_to_core(distribution, every)


def _height(setting: tuple[str, tuple[Clause, ...]]) -> Release:
    run = newest_run(CORE, setting[1])
    return run.first if run is not None else ()


def _set_by(package: str, admitted: VersionRange) -> _Ceilings:
    """The ceilings that the newest release of a package sets, which a project keeps back; none of several releases.

    What the core requires is asked when all of its own ceilings are known.
    """
    if len(admitted.alternatives) != 1:
        return {}
    own = ceilings(admitted.alternatives[0])
    run = newest_run(package, own) if own and package != CORE else None
    found = {package: own} if own else {}
    for name, required in run.requires.items() if run is not None else ():
        found[name] = ceilings(required.alternatives[0])
    return found


def _next_to_core(distribution: str, of_core: Sequence[Clause]) -> tuple[Clause, ...]:
    """The ceiling of a distribution whose newer releases require a newer core than some ceilings of it allow."""
    known = runs(distribution)
    fits = [_fits(run, of_core) for run in known]
    if not any(fits) or fits[-1]:
        return ()
    last = max(index for index, is_fitting in enumerate(fits) if is_fitting)
    return (Clause("<", known[last + 1].first),)


def _fits(run: Run, of_core: Sequence[Clause]) -> bool:
    return all(is_under(floor, of_core) for floor in _floors(run))


def _floors(run: Run) -> Iterator[Release]:
    """The lowest releases of the core that a run requires."""
    required = run.requires.get(CORE)
    for clause in required.alternatives[0] if required is not None else ():
        if clause.operator in {">=", ">", "=="}:
            yield clause.release


def _spelled(clause: Clause) -> str:
    return f"{clause.operator}{'.'.join(map(str, clause.release))}"
