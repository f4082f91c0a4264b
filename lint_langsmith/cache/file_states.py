"""The state of all that a run has asked of the file system, and whether it is still so.

Of files it is their size, times and a hash of what they hold; of folders, what is in them; of links, where they lead;
of other questions, the answer.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

import msgspec

from lint_langsmith.observation import Answer
from lint_langsmith.source import files
from lint_langsmith.source.discover import DEFAULT_EXCLUDES
from lint_langsmith.source.files import read
from lint_langsmith.source.text import UnreadableFileError

# Size, and the times of the last change of content and of anything.
Seen: TypeAlias = tuple[int, int, int]
# The same with a hash of the content; 0 for none.
State: TypeAlias = tuple[int, int, int, int]
# Of a name in a folder that was listed: what it is, or the state of a file that was read.
Entry: TypeAlias = int | State
_OTHER, _FOLDER, FILE, _LINK = 0, 1, 2, 4  # the last one with any of the others
# Folders of which a walk sees no more than the name: they come and go with the use of other tools. That one of them is
# there is asked for by its path, if at all.
_UNSEEN: Final = DEFAULT_EXCLUDES - {".git"}


class Around(msgspec.Struct, frozen=True, array_like=True):
    """All that a run depended on.

    By folder what it holds (None for one that can't be listed), by file its state (None for one that is not there), by
    link where it leads, and by question and path the answer.
    """

    folders: dict[str, dict[str, Entry] | None]
    contents: dict[str, State | None]
    links: dict[str, str]
    answers: dict[str, dict[str, Answer]]


def seen_at(path: str) -> Seen | None:
    """The size and times of what is at a path now."""
    try:
        found = os.stat(path)  # noqa: PTH116 - of very many files
    except (OSError, ValueError):
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns


def listed(folder: str) -> dict[str, Entry] | None:
    """What the names in a folder are; None for one that can't be listed."""
    try:
        with os.scandir(folder) as entries:
            kinds = {entry.name: _kind(entry) for entry in entries}
    except (OSError, ValueError):
        return None
    return {
        name: kind for name, kind in kinds.items() if kind != _FOLDER or name not in _UNSEEN
    }


def _kind(entry: os.DirEntry[str]) -> int:
    link = _LINK if entry.is_symlink() else 0
    try:
        return link | (_FOLDER if entry.is_dir() else FILE if entry.is_file() else _OTHER)
    except OSError:  # a link to itself
        return link


def links_in(folder: str, entries: Mapping[str, Entry]) -> Iterator[tuple[str, str]]:
    """Where the links in a folder lead."""
    for name, kind in entries.items():
        if isinstance(kind, int) and kind & _LINK:
            path = os.path.join(folder, name)  # noqa: PTH118 - as above
            yield path, target_of(path)


def target_of(path: str) -> str:
    """Where a link leads; nothing for what is none."""
    try:
        return os.readlink(path)  # noqa: PTH115 - as above
    except OSError:
        return ""


# Questions that a listing of the folder answers, each with the kinds for which the answer is yes.
_BY_LISTING: Final[Mapping[str, frozenset[int]]] = {
    "exists": frozenset({_FOLDER, FILE, _OTHER}),
    "is_file": frozenset({FILE}),
    "is_folder": frozenset({_FOLDER}),
}


ASK: Final[Mapping[str, Callable[[str], Answer]]] = {
    "exists": files.exists,
    "is_file": files.is_file,
    "is_folder": files.is_folder,
    "is_link": files.is_link,
    "real": files.real,
}


def unlisted_answers(
    asked: Mapping[str, Answer],
    question: str,
    folders: Mapping[str, Mapping[str, Entry] | None],
) -> dict[str, Answer] | None:
    """The questions that no listing answers; None if one of them has another answer now."""
    kinds, left = _BY_LISTING.get(question, frozenset()), {}
    for path, answer in asked.items():
        folder, _, name = path.rpartition(os.sep)
        entries = folders.get(folder)
        if kinds and entries is not None and name not in _UNSEEN:
            kind = entries.get(name)
            if not (isinstance(kind, int) and kind & _LINK):
                if (kind in kinds) != answer:
                    return None
                continue
        if question not in ASK or ASK[question](path) != answer:
            return None
        left[path] = answer
    return left


def digest_of(path: str) -> int:
    """A hash of what a file holds; 0 for one that can't be read."""
    from hashlib import blake2b  # noqa: PLC0415 - not for files that have their time still

    try:
        return int.from_bytes(blake2b(read(path), digest_size=8).digest(), "big")
    except UnreadableFileError:
        return 0


def states(around: Around) -> Iterator[tuple[str, State | None]]:
    """The files that were read, with what is kept of them."""
    yield from around.contents.items()
    for folder, entries in around.folders.items():
        for name, state in (entries or {}).items():
            if not isinstance(state, int):
                yield (
                    f"{folder}{os.sep}{name}",
                    state,
                )  # as the paths of files that a walk finds


def is_as_before(around: Around) -> bool:
    """Whether all that a run depended on is as it was."""
    return (
        all(_is_same(path, state, seen_at(path)) for path, state in around.contents.items())
        and all(_answers_same(question, asked) for question, asked in around.answers.items())
        and all(target_of(path) == target for path, target in around.links.items())
        and all(_holds(folder, known) for folder, known in around.folders.items())
    )


def _answers_same(question: str, asked: Mapping[str, Answer]) -> bool:
    ask = ASK.get(question)
    return ask is not None and all(ask(path) == answer for path, answer in asked.items())


def _holds(folder: str, known: Mapping[str, Entry] | None) -> bool:
    """Whether a folder has what it had."""
    if known is None:
        return listed(folder) is None
    met = 0
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                expected = known.get(entry.name)
                if expected is None:
                    if entry.name not in _UNSEEN or _kind(entry) != _FOLDER:
                        return False
                    continue
                if isinstance(expected, int):
                    if _kind(entry) != expected:
                        return False
                else:
                    # Of a link it is not what was asked for: no link has the times and the size of the file that was.
                    found = entry.stat(follow_symlinks=False)
                    seen = (found.st_size, found.st_mtime_ns, found.st_ctime_ns)
                    if seen != expected[:3] and not _is_rewritten(entry, expected, seen):
                        return False
                met += 1
    except (OSError, ValueError):
        return False
    return met == len(known)


def _is_rewritten(entry: os.DirEntry[str], expected: State, seen: Seen) -> bool:
    """Whether a file has other times, and yet the same content."""
    return _kind(entry) == FILE and _is_same(entry.path, expected, seen)


def _is_same(path: str, expected: State | None, seen: Seen | None) -> bool:
    """Whether a file is as it was: not written since, or written and yet the same."""
    if expected is None or seen is None:
        return expected is None and seen is None
    return expected[:3] == seen or (
        expected[0] == seen[0] and expected[3] != 0 and digest_of(path) == expected[3]
    )
