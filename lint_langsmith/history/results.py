"""What a run over histories gives, as text for people, as JSON, and as findings for all other formats."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from lint_langsmith.findings import Finding, Origin, Persona, Related, Severity, Span
from lint_langsmith.history.occurrences import LeakedKey, Place
from lint_langsmith.output.printable import Medium, counted, one_line, printable
from lint_langsmith.output.report import Report, Writer, writer

CODE: Final = "LS101"
NAME: Final = "hardcoded-api-key"
# Formats that put a note at a line of what is checked out: only what still stands there has one.
_OF_CHECKOUTS: Final = frozenset({"github", "azure", "rdjson", "gitlab"})
_MOST_BRANCHES: Final = 3
_SHORT: Final = 8
_DAY: Final = 10
_HELP: Final = (
    "revoke the key in LangSmith's settings first; whoever has a clone has the key, so taking it out of the history "
    "(`git filter-repo`) comes second"
)
_NOWHERE: Final = Span(1, 1, 1, 2)


class Searched(NamedTuple):
    """One repository after the search: its keys, how many objects were looked at, and what was not there."""

    folder: Path
    keys: tuple[LeakedKey, ...]
    objects: int
    missing: int = 0
    is_shallow: bool = False
    known: int = 0


def is_counted(key: LeakedKey) -> bool:
    """Whether a key makes the run fail: not one that LangSmith takes no more."""
    return not key.is_dead


def findings(searched: Sequence[Searched], name: str) -> Iterator[tuple[Path, Finding]]:
    """The keys as findings of LS101, each with its repository, for a format."""
    for one in searched:
        for key in one.keys:
            if key.at_head or name not in _OF_CHECKOUTS:
                yield one.folder, _finding(key)


def _finding(key: LeakedKey) -> Finding:
    first, *others = key.at_head or (key.came_in,)
    return Finding(
        code=CODE,
        name=NAME,
        severity=Severity.WARNING if key.is_dead else Severity.ERROR,
        persona=Persona.REGULAR,
        message=f"a LangSmith {key.kind} is in the history: `{key.shown}` {'; '.join(_way(key))}",
        help=_HELP,
        path=_path(key, first),
        span=first.span or _NOWHERE,
        related=tuple(
            Related(place.path, place.span or _NOWHERE, "it stands here as well")
            for place in others
        ),
        origin=Origin(first.commit, first.date, key.digest),
    )


def _path(key: LeakedKey, place: Place) -> str:
    """The path of a place: what is no file is named by what it is."""
    return (
        place.path
        if key.where == "file"
        else f"{key.where.replace(' ', '-')}/{place.path or place.commit}"
    )


# -- text ------------------------------------------------------------------------------------------------------------


def _way(key: LeakedKey) -> Iterator[str]:
    """The way of a key through the history, in words."""
    if key.where == "no ref":
        yield "nothing leads to it any more; it is still in the repository"
        return
    where = "" if key.where == "file" else f" in a {key.where}"
    yield f"it came in{where} with {_of(key.came_in)}"
    if key.at_head:
        yield "it still stands at HEAD"
    elif key.went_out is not None:
        yield f"it went out with {_of(key.went_out)}"


def _of(place: Place) -> str:
    return (
        f"{place.commit[:_SHORT]} of {place.date[:_DAY]}"
        if place.date
        else place.commit[:_SHORT]
    )


def text(searched: Sequence[Searched]) -> str:
    """What people read: each key with its way through the history, then what to do."""
    lines = [line for one in searched for line in _of_repository(one, len(searched) > 1)]
    if any(one.keys for one in searched):
        lines += [f"  help: {_HELP}", ""]
    return "\n".join([*lines, summary(searched), ""])


def _of_repository(one: Searched, is_one_of_many: bool) -> Iterator[str]:
    if is_one_of_many and one.keys:
        yield f"{one_line(str(one.folder))}:"
    for key in one.keys:
        how = f", written in {key.how}" if key.how else ""
        dead = ", dead since 2024-10-22" if key.is_dead else ""
        yield f"{key.shown}: a {key.kind}{dead}{how}, in {_held_by(key)}"
        for word, place in _places(key):
            yield f"  {word:<9} {one_line(place)}"
        yield ""


def _held_by(key: LeakedKey) -> str:
    """What holds a key, as counted."""
    if key.where == "file":
        return f"{counted(key.versions, 'version')} of a file"
    return counted(key.versions, "object" if key.where == "no ref" else key.where)


def _places(key: LeakedKey) -> Iterator[tuple[str, str]]:
    if key.where == "no ref":
        yield "lies in", "an object that nothing leads to"
        return
    yield "came in", f"{_of(key.came_in)}  {_shown(key, key.came_in)}"
    for place in key.at_head:
        yield "at HEAD", _shown(key, place)
    if key.went_out is not None:
        yield "went out", f"{_of(key.went_out)}  {key.went_out.path}"
    named = ", ".join(key.branches[:_MOST_BRANCHES])
    more = len(key.branches) - _MOST_BRANCHES
    if named:
        yield "branches", f"{named}, and {more} more" if more > 0 else named
    yield "SHA-256", key.digest


def _shown(key: LeakedKey, place: Place) -> str:
    span = f":{place.span.line}:{place.span.column}" if place.span is not None else ""
    if key.where == "file":
        return f"{place.path}{span}"
    line = f", line {place.span.line}" if place.span is not None else ""
    return f"{key.where} {place.path if key.where == 'tag' else ''}".rstrip() + line


def summary(searched: Sequence[Searched]) -> str:
    """One line: how many keys, where they are now, what was looked at, and what was not there."""
    keys = [key for one in searched for key in one.keys]
    objects = f"{counted(sum(one.objects for one in searched), 'object')} of {_repositories(searched)}"
    notes = [
        *(
            [f"{known} more in the baseline"]
            if (known := sum(one.known for one in searched))
            else []
        ),
        *(
            [f"{counted(missing, 'object')} missing"]
            if (missing := sum(one.missing for one in searched))
            else []
        ),
        *(
            ["a shallow clone: what came before is not here"]
            if any(one.is_shallow for one in searched)
            else []
        ),
    ]
    more = "".join(f"; {note}" for note in notes)
    if not keys:
        return f"no keys in {objects}{more}"
    at_head = sum(bool(key.at_head) for key in keys)
    return f"found {counted(len(keys), 'key')} in {objects}, {at_head} of them at HEAD{more}"


def _repositories(searched: Sequence[Searched]) -> str:
    return (
        counted(len(searched), "repository")
        if len(searched) == 1
        else f"{len(searched)} repositories"
    )


# -- formats ---------------------------------------------------------------------------------------------------------


def writers(searched: Sequence[Searched]) -> Callable[[str], Writer]:
    """The writer of each format: those for people and JSON say more of a key than a finding does."""
    own: dict[str, tuple[Callable[[], str], Medium]] = {
        "full": (lambda: text(searched), Medium.TEXT),
        "concise": (lambda: text(searched), Medium.TEXT),
        "json": (lambda: json.dumps(as_object(searched), indent=2) + "\n", Medium.JSON),
        "jsonl": (
            lambda: "".join(json.dumps(row) + "\n" for row in _rows(searched)),
            Medium.JSON,
        ),
    }

    def of(name: str) -> Writer:
        if name not in own:
            return writer(name)
        write, medium = own[name]

        def written(_report: Report) -> str:
            return printable(write(), medium)

        return written

    return of


def as_object(searched: Sequence[Searched]) -> dict[str, Any]:
    """All that was found, for JSON: `keys`, and what was looked at of each repository."""
    return {
        "version": 1,
        "repositories": [
            {
                "path": str(one.folder),
                "objects": one.objects,
                "missing": one.missing,
                "shallow": one.is_shallow,
                "known": one.known,
            }
            for one in searched
        ],
        "keys": [*_rows(searched)],
    }


def _rows(searched: Sequence[Searched]) -> Iterator[dict[str, Any]]:
    for one in searched:
        for key in one.keys:
            yield {
                "repository": str(one.folder),
                "key": key.shown,
                "sha256": key.digest,
                "kind": key.kind,
                "live_format": not key.is_dead,
                "written": key.how or "plainly",
                "in": key.where,
                "came_in": _object(key.came_in),
                "went_out": _object(key.went_out),
                "at_head": [_object(place) for place in key.at_head],
                "versions": key.versions,
                "branches": list(key.branches),
            }


def _object(place: Place | None) -> dict[str, Any] | None:
    if place is None:
        return None
    line = (
        {"line": place.span.line, "column": place.span.column} if place.span is not None else {}
    )
    return {"commit": place.commit, "date": place.date, "path": place.path, **line}
