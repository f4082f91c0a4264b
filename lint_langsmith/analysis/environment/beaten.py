"""Sources of one process that disagree about a variable, or about two that mean one thing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith.analysis.environment.flags import meaning
from lint_langsmith.analysis.environment.writes import is_certain
from lint_langsmith.sdk.hosts import is_api
from lint_langsmith.sdk.keys import is_placeholder
from lint_langsmith.sdk.variables import ENDPOINTS, GROUPS, KEYS, TRACING_FLAGS, WORKSPACES

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.process import Given, Process, Source
    from lint_langsmith.analysis.environment.writes import Setting

# Whoever writes another project or rate for one service means it; another flag, key or address is mostly left over.
_MEANT_FOR_ALL: Final = (TRACING_FLAGS, KEYS, ENDPOINTS, WORKSPACES)
# Of the rest a template has examples.
_TOLD_BY_TEMPLATES: Final = (TRACING_FLAGS, ENDPOINTS)
_CODE: Final = frozenset({"python", "magic"})
# In a value that another program fills in.
_TEMPLATE: Final = frozenset("<${")


class Beaten(NamedTuple):
    """A setting that counts for a process, and one of another source that does not.

    `is_same` if both set one name; `is_template` where what does not count stands in the template of its source.
    """

    process: Process
    winner: Given
    loser: Given
    is_same: bool
    is_template: bool = False


def beaten(
    processes: Sequence[Process], is_effective: Callable[[Setting], bool]
) -> Iterator[Beaten]:
    """The disagreements of sources; `is_effective` tells whether any process gets what a setting says."""
    for process in processes:
        if process.code == "foreign" or not process.is_exported:
            continue
        for names in GROUPS:
            for name in names:
                yield from _of_one_name(process, name, names, is_effective)
            yield from _of_two_names(process, names)


def _of_one_name(
    process: Process, name: str, names: tuple[str, ...], is_effective: Callable[[Setting], bool]
) -> Iterator[Beaten]:
    """What stands for a process itself, and a whole file of variables that it gets besides."""
    found = list(process.found(name))
    if not found or found[0][0].loader:
        return
    winner = found[0][1]
    if len(found) == 1:
        yield from _of_template(process, name, names, *found[0])
        return
    if winner.setting.kind in _CODE and not _is_another_region(winner, found[1][1], names):
        return
    for source, loser in found[1:]:
        if not source.loader or not (
            _differ(winner, loser, names) or _blanks(winner, loser, source)
        ):
            continue
        if winner.is_fallback or (names in _MEANT_FOR_ALL and not is_effective(loser.setting)):
            yield Beaten(process, winner, loser, is_same=True)
            return


def _of_template(
    process: Process, name: str, names: tuple[str, ...], first: Source, winner: Given
) -> Iterator[Beaten]:
    """The default of an entry, and what a file will say that is not there yet: nobody who fills it in gets that.

    The same where code sets the address of another region than the template has.
    """
    if names not in _TOLD_BY_TEMPLATES:
        return
    for source in process.sources[process.sources.index(first) :]:
        loser = source.meant.get(name)
        if loser is None or not _differ(winner, loser, names):
            continue
        if winner.is_fallback or _is_another_region(winner, loser, names):
            yield Beaten(process, winner, loser, is_same=True, is_template=True)
            return


def _blanks(winner: Given, loser: Given, source: Source) -> bool:
    """Whether a key of a file is replaced with what the shell has under its name, which is nothing in most shells.

    A `.env` in whatever folder compose is started fills entries in by itself (compose 2, "Interpolation").
    """
    if not winner.is_blank_without_shell or (source.path or "").rpartition("/")[2] == ".env":
        return False
    is_key = loser.setting.name in KEYS and _is_plain(loser.value)
    return is_key and not is_placeholder(loser.value or "")


def _is_another_region(winner: Given, loser: Given, names: tuple[str, ...]) -> bool:
    """Whether code replaces the address of one region of the hosted LangSmith with that of another, come what may.

    The keys of a region are refused with 403 in all others; what else code sets differently, it means.
    """
    runs = winner.is_called or is_certain(winner.setting)
    if names is not ENDPOINTS or winner.setting.how != "set" or not runs:
        return False
    return all(given.value is not None and is_api(given.value) for given in (winner, loser))


def _of_two_names(process: Process, names: tuple[str, ...]) -> Iterator[Beaten]:
    """What two sources say under two names for one thing, of which the SDK reads one first."""
    counting = [next(process.found(name), None) for name in names]
    present = [
        item
        for item in counting
        if item is not None and (item[1].value is None or item[1].value.strip())
    ]
    if len(present) < 2 or any(given.setting.kind in _CODE for _, given in present):
        return
    (first, winner), rest = present[0], present[1:]
    for source, loser in rest:
        if source is not first and _differ(winner, loser, names):
            yield Beaten(process, winner, loser, is_same=False)
            return


def _differ(winner: Given, loser: Given, names: tuple[str, ...]) -> bool:
    if not (_is_plain(winner.value) and _is_plain(loser.value)):
        return False
    values = (winner.value or "", loser.value or "")
    if names is KEYS and any(map(is_placeholder, values)):
        return False
    first, second = (_normal(value, names) for value in values)
    return first != second


def _is_plain(value: str | None) -> bool:
    """Whether a value is known and not empty, and neither a template nor a stand-in for one."""
    return value is not None and bool(value.strip()) and _TEMPLATE.isdisjoint(value)


def _normal(value: str, names: tuple[str, ...]) -> str:
    if names is TRACING_FLAGS:
        return str(meaning(value) == "on")
    return value.strip().strip("\"'").rstrip("/")
