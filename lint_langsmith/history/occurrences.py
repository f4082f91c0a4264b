"""Where the keys that were found stand in the history: what brought each in, what took it out, who still has it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

import msgspec

from lint_langsmith.findings import Span
from lint_langsmith.history.repository import Commit, Ref, Repository, Scope
from lint_langsmith.history.search import Hit

Where: TypeAlias = Literal["file", "commit message", "tag", "note", "no ref"]

LEGACY: Final = "legacy API key"


class Place(msgspec.Struct, frozen=True):
    """A place in a commit: a path and a span of it, or of the message (no path). None where the path is there no more.

    `commit` is empty for what nothing leads to, `date` is that of the committer in ISO 8601.
    """

    commit: str
    date: str
    path: str
    span: Span | None = None


class LeakedKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key, once: what it is, and its way through the history.

    `digest` is the SHA-256 of it. `came_in` is the first place in the history, `went_out` the last commit of HEAD
    that took it away (None where it still stands there, never stood there, or is in what can't be changed, a message).
    `versions` counts the contents of files (and messages) that hold it.
    """

    digest: str
    shown: str
    kind: str
    how: str
    where: Where
    came_in: Place
    went_out: Place | None
    at_head: tuple[Place, ...]
    versions: int
    branches: tuple[str, ...]

    @property
    def is_dead(self) -> bool:
        """Whether LangSmith takes no key of this kind any more (since 2024-10-22)."""
        return self.kind == LEGACY


class _Event(NamedTuple):
    """A change of one path: what held it before and after, in which commit (by number, from the newest) and when."""

    number: int
    commit: str
    date: str
    path: str
    before: frozenset[str]
    after: str


def leaked_keys(
    repository: Repository, scope: Scope, refs: Sequence[Ref], hits: Iterable[Hit]
) -> tuple[LeakedKey, ...]:
    """The keys of some hits, the oldest first; those that nothing in the scope leads to are left out.

    Raises:
        StreamError: git could not list the commits.
    """
    by_key: dict[str, list[Hit]] = defaultdict(list)
    for hit in hits:
        by_key[hit.digest].append(hit)
    if not by_key:
        return ()
    wanted = frozenset(hit.oid for rows in by_key.values() for hit in rows)
    history = _History(repository, scope, refs, wanted)
    keys = [key for rows in by_key.values() for key in history.key(rows)]
    return tuple(sorted(keys, key=lambda key: (key.came_in.date, key.digest)))


class _Way(NamedTuple):
    """Where some contents come in, and where they go out of HEAD, by the changes in order."""

    came_in: tuple[_Event, ...]
    gone: _Event | None


class _History:
    """What the commits of a repository say of some objects."""

    def __init__(
        self, repository: Repository, scope: Scope, refs: Sequence[Ref], wanted: frozenset[str]
    ) -> None:
        self._scope = scope
        self._refs = refs
        self._dates: dict[str, str] = {}  # by commit, the newest first
        self._parents: dict[str, tuple[str, ...]] = {}
        self._events: list[_Event] = []
        for commit in repository.commits(scope, wanted):
            self._events += _events(commit, len(self._dates))
            self._dates[commit.oid] = commit.date
            self._parents[commit.oid] = commit.parents
        self._numbers = {oid: number for number, oid in enumerate(self._dates)}
        self._events_of = _by_object(self._events)
        self._notes: dict[str, _Event] = {}
        for commit in repository.notes(wanted):
            for event in _events(commit, 0):
                self._notes.setdefault(event.after, event)
        self._refs_by_object: dict[str, int] = {}
        for number, ref in enumerate(refs):
            self._refs_by_object.setdefault(ref.oid, number)
        head = repository.head()
        self._head = head
        self._at_head = repository.paths_at(head) if head else {}
        self._of_head = _reached(head, self._parents)
        self._refs_with = _refs_with(refs, self._parents)
        self._ways: dict[frozenset[str], _Way] = {}
        self._named: dict[int, tuple[str, ...]] = {}

    def key(self, rows: Sequence[Hit]) -> Iterator[LeakedKey]:
        """A key by its hits, if something leads to one of them."""
        hits = {hit.oid: hit for hit in reversed(rows)}
        way = self._way(frozenset(hits))
        where, first = self._first(hits, way.came_in)
        if first is None:
            return
        date = self._dates.get(self._head, "")
        at_head = [
            _place(self._head, date, path, hit)
            for hit in rows
            for path in self._at_head.get(hit.oid, ())
        ]
        last = way.gone
        yield LeakedKey(
            digest=rows[0].digest,
            shown=rows[0].shown,
            kind=rows[0].key_kind,
            how=rows[0].how,
            where=where,
            came_in=first,
            went_out=None
            if at_head or last is None
            else Place(last.commit, last.date, last.path),
            at_head=tuple(sorted(at_head, key=_order)),
            versions=len(hits),
            branches=self._branches([event.commit for event in way.came_in] or [first.commit]),
        )

    def _way(self, oids: frozenset[str]) -> _Way:
        """The way of some objects: keys that stand in the same ones have the same."""
        way = self._ways.get(oids)
        if way is None:
            numbers = sorted(
                {number for oid in oids for number in self._events_of.get(oid, ())}
            )
            events = [self._events[number] for number in numbers]
            gone = [
                event
                for event in events
                if _takes_out(event, oids) and event.commit in self._of_head
            ]
            way = self._ways[oids] = _Way(
                tuple(event for event in events if _brings_in(event, oids)),
                min(gone, key=lambda event: event.number, default=None),
            )
        return way

    def _first(
        self, hits: Mapping[str, Hit], came_in: Sequence[_Event]
    ) -> tuple[Where, Place | None]:
        """The first place of a key: in a file, else in what is said of commits."""
        if came_in:
            event = max(came_in, key=lambda event: event.number)
            return "file", _place(event.commit, event.date, event.path, hits[event.after])
        messages = [oid for oid in hits if oid in self._numbers]
        if messages:
            oldest = max(messages, key=self._numbers.__getitem__)
            return "commit message", _place(oldest, self._dates[oldest], "", hits[oldest])
        tags = [self._refs_by_object[oid] for oid in hits if oid in self._refs_by_object]
        if tags:
            ref = self._refs[min(tags)]
            date = self._dates.get(ref.commit, "")
            return "tag", _place(ref.commit, date, ref.short, hits[ref.oid])
        for oid, hit in hits.items():
            note = self._notes.get(oid)
            if note is not None:
                # A note lies at the name of what it is about, in folders.
                about = note.path.replace("/", "")
                return "note", _place(about, note.date, note.path, hit)
        hit = next(iter(hits.values()))
        return "no ref", _place("", "", "", hit) if self._scope.is_everything else None

    def _branches(self, commits: Iterable[str]) -> tuple[str, ...]:
        """The branches that have one of some commits in their history; where none has, the other refs."""
        having = 0
        for mask in {self._refs_with.get(commit, 0) for commit in commits}:
            having |= mask
        if having not in self._named:
            refs = [self._refs[number] for number in _bits(having)]
            branches = [ref for ref in refs if ref.is_branch]
            self._named[having] = tuple(ref.short for ref in branches or refs)
        return self._named[having]


def _bits(mask: int) -> Iterator[int]:
    """The numbers of the bits that are set."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _by_object(events: Sequence[_Event]) -> Mapping[str, Sequence[int]]:
    """The places of the changes that have an object before or after them, by the object."""
    found: dict[str, list[int]] = defaultdict(list)
    for number, event in enumerate(events):
        for oid in {event.after, *event.before}:
            found[oid].append(number)
    return found


def _refs_with(refs: Sequence[Ref], parents: Mapping[str, Sequence[str]]) -> Mapping[str, int]:
    """The refs whose history has a commit, by the commit: a bit for each, in their order.

    `parents` has every commit before those that it comes from. Commits in a row share one number.
    """
    found: dict[str, int] = {}
    for number, ref in enumerate(refs):
        if ref.commit:
            found[ref.commit] = found.get(ref.commit, 0) | 1 << number
    for commit, before in parents.items():
        mask = found.get(commit, 0)
        for parent in before if mask else ():
            known = found.get(parent, 0)
            found[parent] = mask if not known else known | mask
    return found


def _events(commit: Commit, number: int) -> Iterator[_Event]:
    """The changes of a commit, which has a number."""
    for change in commit.changes:
        yield _Event(
            number, commit.oid, commit.date, change.path, frozenset(change.before), change.after
        )


def _brings_in(event: _Event, oids: frozenset[str]) -> bool:
    return event.after in oids and event.before.isdisjoint(oids)


def _takes_out(event: _Event, oids: frozenset[str]) -> bool:
    return event.after not in oids and not event.before.isdisjoint(oids)


def _place(commit: str, date: str, path: str, hit: Hit) -> Place:
    return Place(commit, date, path, hit.span)


def _order(place: Place) -> tuple[str, Span]:
    return place.path, place.span or Span(0, 0, 0, 0)


def _reached(commit: str, following: Mapping[str, Sequence[str]]) -> set[str]:
    """A commit, and all that is reached from it."""
    reached = {commit} if commit else set()
    waiting = [*reached]
    while waiting:
        for other in following.get(waiting.pop(), ()):
            if other not in reached:
                reached.add(other)
                waiting.append(other)
    return reached
