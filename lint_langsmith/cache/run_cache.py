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
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple
from zlib import crc32

import msgspec

from lint_langsmith import __version__, observation
from lint_langsmith.cache.file_states import (
    FILE,
    Around,
    Entry,
    Seen,
    State,
    digest_of,
    is_as_before,
    links_in,
    listed,
    seen_at,
    states,
    unlisted_answers,
)
from lint_langsmith.cache.location import Caches, UnusableCacheError, decoded, may_hold_secret
from lint_langsmith.config.config import Config
from lint_langsmith.config.options import Options
from lint_langsmith.config.settings import Settings
from lint_langsmith.config.targets import Target, Targets, absolute
from lint_langsmith.findings import Finding
from lint_langsmith.observation import Observed
from lint_langsmith.redaction import key_like
from lint_langsmith.results.run_result import Outcome
from lint_langsmith.source import discover, files, project_roots
from lint_langsmith.source.discover import DEFAULT_EXCLUDES, Skipped
from lint_langsmith.source.files import read
from lint_langsmith.source.text import UnreadableFileError

_LARGEST: Final = 4 * 1024 * 1024
_UNSURE_NS: Final = 2_000_000_000
_PACKAGE: Final = str(Path(__file__).parent.parent)
_KEPT_RUNS: Final = 8


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    request: str
    around: Around
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
        self._root = project_roots.project_root(
            first / "any" if files.is_folder(first) else first, cwd
        )
        self._caches = Caches(options.cache_dir, cwd)
        self._request = _request(options, cwd)
        self._name = f"{crc32(self._request.encode('utf-8', 'replace')):08x}"
        self._started = time.time_ns()
        self._digests: dict[str, State] = {}
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
        if not is_as_before(kept.around):
            self._digests = {
                path: state for path, state in states(kept.around) if state is not None
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

    def _look_around(self, observed: Observed) -> Around | None:
        """The states of all that a run has asked about; None where one is not what it was, or is too young."""
        folders: dict[str, dict[str, Entry] | None] = {}
        links: dict[str, str] = {}
        for folder, was_listed in observed.listings.items():
            entries = listed(folder)
            if (entries is not None) != was_listed or not self._is_old(seen_at(folder)):
                return None
            folders[folder] = entries
            links.update(links_in(folder, entries or {}))
        seen: dict[str, Seen | None] = {}
        for path, was_read in observed.contents.items():
            seen[path] = found = seen_at(path)
            if (was_read and found is None) or not self._is_old(found):
                return None
        answers = {
            question: unlisted_answers(asked, question, folders)
            for question, asked in observed.answers.items()
        }
        if any(answer is None for answer in answers.values()):
            return None
        contents: dict[str, State | None] = {}
        for path, found in seen.items():
            state = self._state(path, found)
            folder, _, name = path.rpartition(os.sep)
            entries = folders.get(folder)
            if state is not None and entries is not None and entries.get(name) == FILE:
                entries[name] = state
            else:
                contents[path] = state
        return Around(
            folders,
            contents,
            links,
            {question: left for question, left in answers.items() if left},
        )

    def _is_old(self, seen: Seen | None) -> bool:
        """Whether something was surely not written since the run began: who edits and lints does that all day."""
        return seen is None or max(seen[1:]) <= self._started - _UNSURE_NS

    def _state(self, path: str, seen: Seen | None) -> State | None:
        if seen is None:
            return None
        known = self._digests.get(path)
        if known is not None and known[:3] == seen:
            return known
        digest = digest_of(path) if 0 <= seen[0] <= _LARGEST else 0
        # What is written while it is read has a hash that the run has not seen.
        return (*seen, digest if digest and seen_at(path) == seen else 0)


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


# -- runs as data ----------------------------------------------------------------------------------------------------


def _configs(targets: Targets) -> Iterable[Config]:
    return {id(target.config): target.config for target in targets.files}.values()


def _kept(request: str, around: Around, targets: Targets, outcome: Outcome) -> _Kept:
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
    known = {path for path, _ in states(kept.around)}
    files = {name for name, _, _ in kept.files}
    found = [*kept.findings, *kept.concealed]
    return (
        files <= known
        and all(
            os.path.dirname(path) in kept.around.folders or path in known  # noqa: PTH120
            for path, _ in kept.skipped
        )
        and {number for _, number, _ in kept.files} <= {*range(len(kept.configs))}
        and all(_plain_path(root, finding.path) in files for root, finding in found)
        and all(
            _plain_path(root, place.path) in known
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
