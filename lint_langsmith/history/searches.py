"""The search of one repository, with what earlier ones found: what was searched once is not searched again."""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from lint_langsmith import __version__
from lint_langsmith.cache.location import CacheFolder, Caches, UnusableCacheError, decoded
from lint_langsmith.git import StreamError
from lint_langsmith.history.occurrences import LeakedKey, leaked_keys
from lint_langsmith.history.repository import Listed, Ref, Repository, Scope
from lint_langsmith.history.results import Searched
from lint_langsmith.history.search import Hit, search
from lint_langsmith.redaction import key_like

_PART: Final = "history"
_NAME: Final = "0"


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """What a search of all that the refs lead to has found: `tips` are what the refs named, `state` sums all up.

    There is no key in it: hits have digests.
    """

    version: str
    state: str
    tips: list[str]
    hits: list[Hit]
    keys: list[LeakedKey]
    objects: int
    missing: int


def search_repository(
    repository: Repository, scope: Scope, jobs: int, caches: Caches | None
) -> Searched:
    """The keys in a repository's history; `caches` has what was searched before (None: not asked for).

    Raises:
        StreamError: git could not read the repository.
    """
    refs = repository.refs()
    is_whole = not scope.revisions and not scope.is_everything
    folder = _folder(repository, caches) if is_whole else None
    before = _recalled(folder)
    state = _state(refs, repository)
    if before is not None and before.state == state:
        now = before
    else:
        now = _searched(repository, scope, refs, jobs, before, state)
        _keep(folder, now)
    return Searched(
        repository.folder,
        tuple(now.keys),
        now.objects,
        now.missing,
        is_shallow=repository.is_shallow,
    )


def _searched(  # noqa: PLR0913, PLR0917 - what is searched, and what is known of it
    repository: Repository,
    scope: Scope,
    refs: tuple[Ref, ...],
    jobs: int,
    before: _Kept | None,
    state: str,
) -> _Kept:
    listed, before = _listed(repository, scope, before)
    found = search(repository, listed, jobs)
    hits = [*(before.hits if before is not None else ()), *found.hits]
    return _Kept(
        __version__,
        state,
        _tips(refs, repository),
        hits,
        [*leaked_keys(repository, scope, refs, hits)],
        found.objects + (before.objects if before is not None else 0),
        listed.missing,
    )


def _listed(
    repository: Repository, scope: Scope, before: _Kept | None
) -> tuple[Listed, _Kept | None]:
    """What is to be searched, and what is known of the rest: nothing, where a commit from which it began is gone."""
    if before is not None:
        try:
            return repository.objects(scope, before.tips), before
        except StreamError:
            pass
    return repository.objects(scope), None


def _tips(refs: tuple[Ref, ...], repository: Repository) -> list[str]:
    head = repository.head()
    return sorted({*(ref.oid for ref in refs), *([head] if head else ())})


def _state(refs: tuple[Ref, ...], repository: Repository) -> str:
    """What decides over the answer: the refs, HEAD, and whether the clone was made deeper."""
    text = repr((__version__, refs, repository.head(), repository.is_shallow))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


# -- the cache -------------------------------------------------------------------------------------------------------


def _folder(repository: Repository, caches: Caches | None) -> CacheFolder | None:
    try:
        return None if caches is None else caches.of(repository.git_folder)
    except UnusableCacheError:
        return None


def _recalled(folder: CacheFolder | None) -> _Kept | None:
    if folder is None:
        return None
    try:
        kept = decoded(folder, _PART, _NAME, _Kept)
    except UnusableCacheError:
        return None
    return kept if kept is not None and kept.version == __version__ else None


def _keep(folder: CacheFolder | None, kept: _Kept) -> None:
    """Keep what was found, unless a path or a branch is called like a key."""
    content = msgspec.msgpack.encode(kept)
    if folder is None or key_like(content.decode("utf-8", "replace")):
        return
    try:
        folder.write(_PART, [(_NAME, content)])
    except UnusableCacheError:
        return
