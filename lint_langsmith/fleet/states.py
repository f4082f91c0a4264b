"""What a repository's answer depends on, told as quickly as can be: two thousand unchanged ones take a second.

Git is asked only where its files are not the usual ones. A state is compared with that of an earlier run; another way
to tell it gives another state, and the repository is examined once more.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lint_langsmith import lazy_re
from lint_langsmith.fleet.sources import is_repository
from lint_langsmith.history.repository import NoRepositoryError, Repository
from lint_langsmith.source import files
from lint_langsmith.source.text import UnreadableFileError

_OID: Final = lazy_re.compile(rb"(?:[0-9a-f]{64}|[0-9a-f]{40})")
_SYMBOLIC: Final = lazy_re.compile(rb"ref: (refs/[!-~]+)\n?")
# A line of at most so many bytes for each of 500,000 refs.
_LARGEST_PACKED: Final = 100 << 20
_LARGEST_REF: Final = 4096


def state_of(folder: str, settings: str, *, with_history: bool, may_ask: bool = True) -> str:
    """What decides over the answer for a repository in a folder; empty where it has none, or is none.

    `settings` stands for the version and all that was asked for. With the history all refs count, else HEAD alone.
    Git may wait for ever in a repository that is made for it: `may_ask` says whether somebody would end it.
    """
    git = _git_folder(folder)
    told = None if git is None else _told(git, with_history=with_history)
    if told is None and may_ask:
        told = _asked(folder, with_history=with_history)
    return digest(settings, told) if told else ""


def digest(*parts: str | bytes) -> str:
    """Parts as one short word."""
    made = hashlib.sha256()
    for part in parts:
        content = part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part
        made.update(b"%d:" % len(content) + content)
    return made.hexdigest()[:32]


def _git_folder(folder: str) -> str | None:
    """The folder of git where it is a plain one: not that of a linked work tree."""
    own = os.path.join(folder, ".git")  # noqa: PTH118 - of very many folders
    for path in (own, folder):
        if os.path.isfile(os.path.join(path, "HEAD")):  # noqa: PTH113, PTH118 - likewise
            return path
    return None


def _told(git: str, *, with_history: bool) -> bytes | None:
    """What the files of git say; None where they are not the usual ones."""
    try:
        head = _read(git, "HEAD")
        named = _SYMBOLIC.fullmatch(head)
        oid = head if named is None else _resolved(git, os.fsdecode(named[1]))
        if oid is None or _OID.fullmatch(oid.strip()) is None:
            return None
        if not with_history:
            return oid.strip()
        return b"\0".join((head, oid, *_all_refs(git)))
    except (UnreadableFileError, OSError, ValueError):
        return None


def _resolved(git: str, ref: str) -> bytes | None:
    """The object that a ref names: in a file of its own, else among the packed ones."""
    if ".." in ref:
        return None
    if os.path.isfile(os.path.join(git, ref)):  # noqa: PTH113, PTH118 - of very many
        return _read(git, ref)
    packed = b"\n" + _read(git, "packed-refs", _LARGEST_PACKED)
    at = packed.find(b" %s\n" % os.fsencode(ref))
    return packed[packed.rfind(b"\n", 0, at) + 1 : at] if at > 0 else None


def _read(git: str, name: str, limit: int = _LARGEST_REF) -> bytes:
    return files.read(os.path.join(git, name), limit)  # noqa: PTH118 - of very many


def _all_refs(git: str) -> Iterator[bytes]:
    """What all refs of a repository are, and where it is cut off, as bytes that change when one of them does."""
    for name in ("packed-refs", "shallow"):
        if os.path.isfile(os.path.join(git, name)):  # noqa: PTH113, PTH118 - of very many
            yield _read(git, name, _LARGEST_PACKED)
    for folder, folders, names in os.walk(os.path.join(git, "refs")):  # noqa: PTH118
        folders.sort()
        for name in sorted(names):
            yield os.fsencode(os.path.relpath(folder, git)) + b"/" + os.fsencode(name)
            yield _read(folder, name)


def _asked(folder: str, *, with_history: bool) -> bytes:
    """What git says."""
    if not is_repository(folder):
        return b""
    try:
        repository = Repository(Path(folder))
    except NoRepositoryError:
        return b""
    head = repository.head()
    if not with_history:
        return head.encode()
    return repr((head, repository.refs(), repository.is_shallow)).encode(
        "utf-8", "surrogateescape"
    )
