"""A run over folders in which nothing has changed says again what it said before, without reading a file.

What is kept of a run is all that it has asked of the file system (`observation.py`): size, times and a hash of each
file that was read, what each folder holds that was listed, what else was asked with its answer; and the linter itself.
A file with another time is read again, and counts as unchanged if it holds the same. If anything is different, or was
so young that it may have been written twice within a tick of the clock, the analysis does the work.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias
from zlib import crc32

import msgspec

from lint_langsmith import __version__, observation
from lint_langsmith.cache.location import Caches, UnusableCacheError, decoded, may_hold_secret
from lint_langsmith.config.config import Config
from lint_langsmith.config.options import Options
from lint_langsmith.config.settings import Settings
from lint_langsmith.config.targets import Target, Targets, absolute
from lint_langsmith.findings import Finding
from lint_langsmith.observation import Answer, Observed
from lint_langsmith.redaction import key_like
from lint_langsmith.results.run_result import Outcome
from lint_langsmith.source import discover, files
from lint_langsmith.source.discover import DEFAULT_EXCLUDES, Skipped
from lint_langsmith.source.files import read
from lint_langsmith.source.text import UnreadableFileError

# Size, and the times of the last change of content and of anything.
_Seen: TypeAlias = tuple[int, int, int]
# The same with a hash of the content; 0 for none.
_State: TypeAlias = tuple[int, int, int, int]
# Of a name in a folder that was listed: what it is, or the state of a file that was read.
_Entry: TypeAlias = int | _State
_OTHER, _FOLDER, _FILE, _LINK = 0, 1, 2, 4  # the last one with any of the others
_LARGEST: Final = 4 * 1024 * 1024
_UNSURE_NS: Final = 2_000_000_000
_PACKAGE: Final = str(Path(__file__).parent.parent)
_KEPT_RUNS: Final = 8
# Folders of which a walk sees no more than the name: they come and go with the use of other tools. That one of them is
# there is asked for by its path, if at all.
_UNSEEN: Final = DEFAULT_EXCLUDES - {".git"}


class _Around(msgspec.Struct, frozen=True, array_like=True):
    """All that a run depended on.

    By folder what it holds (None for one that can't be listed), by file its state (None for one that is not there), by
    link where it leads, and by question and path the answer.
    """

    folders: dict[str, dict[str, _Entry] | None]
    contents: dict[str, _State | None]
    links: dict[str, str]
    answers: dict[str, dict[str, Answer]]


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    request: str
    around: _Around
    configs: list[tuple[Settings, str | None, str]]
    # Name, number of the configuration, whether git ignores it.
    files: list[tuple[str, int, bool]]
    skipped: list[tuple[str, str]]
    findings: list[tuple[str, Finding]]
    concealed: list[tuple[str, Finding]]
    named: int


class Replayed(NamedTuple):
    """What a run gave."""

    targets: Targets
    outcome: Outcome


class Runs:
    """The runs that a project's cache keeps."""

    def __init__(self, options: Options, cwd: Path) -> None:
        """`options` say what is asked for and where the cache is."""
        first = absolute((options.paths or (".",))[0], cwd)
        self._root = discover.project_root(
            first / "any" if files.is_folder(first) else first, cwd
        )
        self._caches = Caches(options.cache_dir, cwd)
        self._request = _request(options, cwd)
        self._name = f"{crc32(self._request.encode('utf-8', 'replace')):08x}"
        self._started = time.time_ns()
        self._digests: dict[str, _State] = {}
        self.problem: str | None = None

    def recall(self) -> Replayed | None:
        """What the same request gave before, if nothing has changed since; if not, all that is asked is noted."""
        known = self._recalled()
        if known is None:
            discover.forget()  # what was found out before is asked again
            observation.begin()
        return known

    def _recalled(self) -> Replayed | None:
        try:
            kept = decoded(self._caches.of(self._root), "runs", self._name, _Kept)
        except UnusableCacheError as error:
            self.problem = str(error)
            return None
        if kept is None or kept.request != self._request or not _is_consistent(kept):
            return None
        if not _is_as_before(kept.around):
            self._digests = {
                path: state for path, state in _states(kept.around) if state is not None
            }
            return None
        return _replayed(kept)

    def keep(self, targets: Targets, outcome: Outcome) -> None:
        """Keep what a run gave, unless something changed in the meantime or a secret may be in it."""
        observed = observation.end()
        try:
            folder = self._caches.of(self._root)
            around = (
                self._look_around(observed)
                if not outcome.failed and observed.is_whole
                else None
            )
            if around is None:
                return
            kept = _kept(self._request, around, targets, outcome)
            if not _is_consistent(kept):
                return
            said = msgspec.msgpack.encode(
                [_said(finding) for _, finding in (*kept.findings, *kept.concealed)]
            )
            content = msgspec.msgpack.encode(kept)
            # Files may be named by a key, and a path may have been given that is one.
            if may_hold_secret(said) or key_like(content.decode("utf-8", errors="replace")):
                return
            folder.write("runs", [(self._name, content)])
            folder.sweep("runs", keep=_KEPT_RUNS)
        except (UnusableCacheError, UnicodeEncodeError) as error:
            self.problem = str(error)

    def _look_around(self, observed: Observed) -> _Around | None:
        """The states of all that a run has asked about; None where one is not what it was, or is too young."""
        folders: dict[str, dict[str, _Entry] | None] = {}
        links: dict[str, str] = {}
        for folder, was_listed in observed.listings.items():
            entries = _listed(folder)
            if (entries is not None) != was_listed or not self._is_old(_seen(folder)):
                return None
            folders[folder] = entries
            links.update(_links(folder, entries or {}))
        seen: dict[str, _Seen | None] = {}
        for path, was_read in observed.contents.items():
            seen[path] = found = _seen(path)
            if (was_read and found is None) or not self._is_old(found):
                return None
        answers = {
            question: _left(asked, question, folders)
            for question, asked in observed.answers.items()
        }
        if any(answer is None for answer in answers.values()):
            return None
        contents: dict[str, _State | None] = {}
        for path, found in seen.items():
            state = self._state(path, found)
            folder, _, name = path.rpartition(os.sep)
            entries = folders.get(folder)
            if state is not None and entries is not None and entries.get(name) == _FILE:
                entries[name] = state
            else:
                contents[path] = state
        return _Around(
            folders,
            contents,
            links,
            {question: left for question, left in answers.items() if left},
        )

    def _is_old(self, seen: _Seen | None) -> bool:
        """Whether something was surely not written since the run began: who edits and lints does that all day."""
        return seen is None or max(seen[1:]) <= self._started - _UNSURE_NS

    def _state(self, path: str, seen: _Seen | None) -> _State | None:
        if seen is None:
            return None
        known = self._digests.get(path)
        if known is not None and known[:3] == seen:
            return known
        digest = _digest(path) if 0 <= seen[0] <= _LARGEST else 0
        # What is written while it is read has a hash that the run has not seen.
        return (*seen, digest if digest and _seen(path) == seen else 0)


def _request(options: Options, cwd: Path) -> str:
    """What was asked of whom: all that decides over the findings and is no file of the project."""
    linter = sorted(
        (path, _crc(path) if path.endswith(".py") else size) for path, size in _below(_PACKAGE)
    )
    return repr(
        (
            *(
                __version__,
                sys.version,
                crc32(repr(linter).encode()),
                str(cwd),
                os.path.expanduser("~"),  # noqa: PTH111 - there may be no home
            ),
            *(
                getattr(os, "geteuid", int)(),
                options.paths or (".",),
                options.exclude,
                options.force_exclude,
            ),
            *(
                options.config,
                options.overrides,
                options.isolated,
                options.select,
                options.extend_select,
                options.ignore,
                options.persona,
                options.preview,
                options.reads_ignored_variables,
            ),
        )
    )


# -- the state of things ---------------------------------------------------------------------------------------------


def _seen(path: str) -> _Seen | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - of very many files
    except (OSError, ValueError):
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _listed(folder: str) -> dict[str, _Entry] | None:
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
        return link | (_FOLDER if entry.is_dir() else _FILE if entry.is_file() else _OTHER)
    except OSError:  # a link to itself
        return link


def _links(folder: str, entries: Mapping[str, _Entry]) -> Iterator[tuple[str, str]]:
    """Where the links in a folder lead."""
    for name, kind in entries.items():
        if isinstance(kind, int) and kind & _LINK:
            path = os.path.join(folder, name)  # noqa: PTH118 - as above
            yield path, _target(path)


def _target(path: str) -> str:
    try:
        return os.readlink(path)  # noqa: PTH115 - as above
    except OSError:
        return ""


# Questions that a listing of the folder answers, each with the kinds for which the answer is yes.
_BY_LISTING: Final[Mapping[str, frozenset[int]]] = {
    "exists": frozenset({_FOLDER, _FILE, _OTHER}),
    "is_file": frozenset({_FILE}),
    "is_folder": frozenset({_FOLDER}),
}


_ASK: Final[Mapping[str, Callable[[str], Answer]]] = {
    "exists": files.exists,
    "is_file": files.is_file,
    "is_folder": files.is_folder,
    "is_link": files.is_link,
    "real": files.real,
}


def _left(
    asked: Mapping[str, Answer],
    question: str,
    folders: Mapping[str, Mapping[str, _Entry] | None],
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
        if question not in _ASK or _ASK[question](path) != answer:
            return None
        left[path] = answer
    return left


def _digest(path: str) -> int:
    from hashlib import blake2b  # noqa: PLC0415 - not for files that have their time still

    try:
        return int.from_bytes(blake2b(read(path), digest_size=8).digest(), "big")
    except UnreadableFileError:
        return 0


def _crc(path: str) -> int:
    with contextlib.suppress(UnreadableFileError):
        return crc32(read(path))
    return 0


def _below(folder: str) -> Iterator[tuple[str, int]]:
    """The files of the package with their sizes."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_file():
                yield entry.path, entry.stat().st_size
            elif entry.name not in DEFAULT_EXCLUDES:
                yield from _below(entry.path)


def _states(around: _Around) -> Iterator[tuple[str, _State | None]]:
    """The files that were read, with what is kept of them."""
    yield from around.contents.items()
    for folder, entries in around.folders.items():
        for name, state in (entries or {}).items():
            if not isinstance(state, int):
                yield (
                    f"{folder}{os.sep}{name}",
                    state,
                )  # as the paths of files that a walk finds


def _is_as_before(around: _Around) -> bool:
    return (
        all(_is_same(path, state, _seen(path)) for path, state in around.contents.items())
        and all(_answers_same(question, asked) for question, asked in around.answers.items())
        and all(_target(path) == target for path, target in around.links.items())
        and all(_holds(folder, known) for folder, known in around.folders.items())
    )


def _answers_same(question: str, asked: Mapping[str, Answer]) -> bool:
    ask = _ASK.get(question)
    return ask is not None and all(ask(path) == answer for path, answer in asked.items())


def _holds(folder: str, known: Mapping[str, _Entry] | None) -> bool:
    """Whether a folder has what it had."""
    if known is None:
        return _listed(folder) is None
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


def _is_rewritten(entry: os.DirEntry[str], expected: _State, seen: _Seen) -> bool:
    """Whether a file has other times, and yet the same content."""
    return _kind(entry) == _FILE and _is_same(entry.path, expected, seen)


def _is_same(path: str, expected: _State | None, seen: _Seen | None) -> bool:
    """Whether a file is as it was: not written since, or written and yet the same."""
    if expected is None or seen is None:
        return expected is None and seen is None
    return expected[:3] == seen or (
        expected[0] == seen[0] and expected[3] != 0 and _digest(path) == expected[3]
    )


# -- runs as data ----------------------------------------------------------------------------------------------------


def _configs(targets: Targets) -> Iterable[Config]:
    return {id(target.config): target.config for target in targets.files}.values()


def _kept(request: str, around: _Around, targets: Targets, outcome: Outcome) -> _Kept:
    configs = list(_configs(targets))
    numbers = {id(config): number for number, config in enumerate(configs)}
    return _Kept(
        request,
        around,
        [
            (config.settings, str(config.path) if config.path else None, str(config.directory))
            for config in configs
        ],
        [
            (target.name, numbers[id(target.config)], target.is_ignored)
            for target in targets.files
        ],
        [(str(skipped.path), skipped.reason) for skipped in targets.skipped],
        [(str(root), finding) for root, finding in outcome.findings],
        [(str(root), finding) for root, finding in outcome.concealed],
        outcome.named,
    )


def _said(finding: Finding) -> tuple[object, ...]:
    """What of a finding may quote the file."""
    return (
        finding.message,
        finding.help,
        [place.message for place in finding.related],
        finding.fix,
    )


def _is_consistent(kept: _Kept) -> bool:
    """Whether a run speaks of nothing but the files that it depended on, so that no path of it leads elsewhere."""
    states = {path for path, _ in _states(kept.around)}
    files = {name for name, _, _ in kept.files}
    found = [*kept.findings, *kept.concealed]
    return (
        files <= states
        and all(
            os.path.dirname(path) in kept.around.folders or path in states  # noqa: PTH120
            for path, _ in kept.skipped
        )
        and {number for _, number, _ in kept.files} <= {*range(len(kept.configs))}
        and all(_plain_path(root, finding.path) in files for root, finding in found)
        and all(
            _plain_path(root, place.path) in states
            for root, finding in found
            for place in finding.related
        )
    )


def _plain_path(root: str, path: str) -> str | None:
    """An absolute path of a file below a root; None for one that is spelled in any other way."""
    parts = path.split("/")
    is_plain = (
        os.path.isabs(root)  # noqa: PTH117
        and not {"", ".", ".."} & {*parts}
        and (os.sep == "/" or not set("\\:") & {*path})
    )
    return os.path.join(root, *parts) if is_plain else None  # noqa: PTH118 - of very many files


def _replayed(kept: _Kept) -> Replayed:
    configs = [
        Config(settings, Path(path) if path is not None else None, Path(directory))
        for settings, path, directory in kept.configs
    ]
    files = tuple(
        Target(name, configs[number], is_ignored=ignored)
        for name, number, ignored in kept.files
    )
    findings = tuple((Path(root), finding) for root, finding in kept.findings)
    concealed = tuple((Path(root), finding) for root, finding in kept.concealed)
    contents = {}
    for path in {root / item.path for root, item in (*findings, *concealed)}:
        with contextlib.suppress(UnreadableFileError):  # which is what was found
            contents[path] = read(path)
    outcome = Outcome(
        findings, contents, len(files), failed=False, named=kept.named, concealed=concealed
    )
    skipped = tuple(Skipped(Path(path), reason) for path, reason in kept.skipped)
    return Replayed(Targets(files, skipped), outcome)
