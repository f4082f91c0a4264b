"""A run over folders in which nothing has changed says again what it said before, without reading a file.

What is kept of a run is all that it depended on: size, times and a hash of each file that was walked over, the names of
the others, configuration, what lies above the project and counts there, the linter itself. A file with another time is
read again, and counts as unchanged if it holds the same. If anything is different, or was so young that it may have
been written twice within a tick of the clock, the analysis does the work.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias
from zlib import crc32

import msgspec

from lint_langsmith import __version__, discover
from lint_langsmith.cachedir import folder_for, may_hold_secret, prepare
from lint_langsmith.config import FILE_NAMES, Config
from lint_langsmith.discover import DEFAULT_EXCLUDES, ROOT_MARKS
from lint_langsmith.findings import Finding
from lint_langsmith.options import Options
from lint_langsmith.outcome import Outcome
from lint_langsmith.redaction import key_like
from lint_langsmith.settings import Settings
from lint_langsmith.source.files import read, write_whole
from lint_langsmith.source.text import UnreadableFileError
from lint_langsmith.targets import Target, Targets, absolute

# Size, and the times of the last change of content and of anything.
_Seen: TypeAlias = tuple[int, int, int]
# The same with a hash of the content; 0 for none.
_State: TypeAlias = tuple[int, int, int, int]
# By folder what is seen of the names in it; None of what need only be there.
_Folders: TypeAlias = dict[str, dict[str, _Seen | None]]
_OTHER: Final[_Seen] = (-1, -1, -1)  # of what is there and no file
_LARGEST: Final = 4 * 1024 * 1024
_UNSURE_NS: Final = 2_000_000_000
_FEW_FILES: Final = 50
_PACKAGE: Final = str(Path(__file__).parent)
_KEPT_RUNS: Final = 8
# What counts in any folder above a file, besides configuration.
_ABOVE: Final = (
    *FILE_NAMES, *ROOT_MARKS, ".gitignore", ".git/info/exclude", "__init__.py",
    ".github", "docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml", ".env.example",
    ".pre-commit-config.yaml", "package.json",
)  # fmt: skip


class _Around(msgspec.Struct, frozen=True, array_like=True):
    """All that a run depended on. A state is None for what need only be there (or, among `single`, need not)."""

    folders: dict[str, dict[str, _State | None]]
    beside: dict[str, dict[str, _State | None]]
    single: dict[str, _State | None]


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    request: str
    around: _Around
    configs: list[tuple[Settings, str | None, str]]
    files: list[tuple[str, int]]
    findings: list[tuple[str, Finding]]
    concealed: list[tuple[str, Finding]]


class Replayed(NamedTuple):
    """What a run gave."""

    targets: Targets
    outcome: Outcome


class Runs:
    """The runs that a project's cache keeps."""

    def __init__(self, options: Options, cwd: Path) -> None:
        """`options` say what is asked for and where the cache is."""
        first = absolute((options.paths or (".",))[0], cwd)
        root = discover.project_root(first / "any" if first.is_dir() else first, cwd)
        given = absolute(options.cache_dir, cwd) if options.cache_dir is not None else None
        self._options = options
        self._cwd = cwd
        self._folder = folder_for(root, given)
        self._request = _request(options, cwd)
        self._path = self._folder / "runs" / f"{crc32(self._request.encode('utf-8', 'replace')):08x}"
        self._started = time.time_ns()
        self._digests: dict[str, _State] = {}
        self.problem: str | None = None

    def recall(self) -> Replayed | None:
        """What the same request gave before, if nothing has changed since."""
        try:
            kept = msgspec.msgpack.decode(self._path.read_bytes(), type=_Kept)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError, ValueError, RecursionError) as error:
            self.problem = f"{self._path}: not used ({type(error).__name__})"
            return None
        if kept.request != self._request:
            return None
        if not _is_as_before(kept.around):
            self._digests = dict(_known(kept.around))
            return None
        return _replayed(kept)

    def keep(self, targets: Targets, outcome: Outcome) -> None:
        """Keep what a run gave, unless something changed in the meantime or a secret may be in it."""
        around = self._look_around(targets) if not outcome.failed else None
        if around is None:
            return
        kept = _kept(self._request, around, targets, outcome)
        try:
            said = msgspec.msgpack.encode([_said(finding) for _, finding in (*kept.findings, *kept.concealed)])
            content = msgspec.msgpack.encode(kept)
            # Files may be named by a key, and a path may have been given that is one.
            if may_hold_secret(said) or key_like(content.decode("utf-8", errors="replace")):
                return
            prepare(self._folder)
            write_whole(self._path, content)
            self._sweep()
        except (OSError, UnicodeEncodeError) as error:
            self.problem = f"{self._path}: not written ({type(error).__name__})"

    def _sweep(self) -> None:
        paths = sorted(self._path.parent.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        for path in paths[:-_KEPT_RUNS]:
            path.unlink(missing_ok=True)

    def _look_around(self, targets: Targets) -> _Around | None:
        """The states of all that a run has looked at, as they are now; None where some of it is gone or too young."""
        from lint_langsmith.model.evidence import repository_above  # noqa: PLC0415 - the analysis has imported it

        folders = _walked()
        if folders is None:
            return None
        places = {absolute(path, self._cwd) for path in self._options.paths}
        tops = {self._cwd, *places, *(walk.top for walk in discover.walks())}
        alone = {str(path) for path in places if path.is_file()}
        alone.update(str(path) for config in _configs(targets) for path in config.sources)
        around = {above for top in tops for above in (top, *top.parents)}
        alone.update(os.path.join(folder, name) for folder in around for name in _ABOVE)  # noqa: PTH118 - many
        alone.update(os.path.join(name, ".git", "info", "exclude") for name in folders if ".git" in folders[name])  # noqa: PTH118
        alone.update(map(str, discover.indexes()))
        for walk in discover.walks():
            alone.update(str(path / "pyvenv.cfg") for path, why in walk.skipped if why == discover.ENVIRONMENT)
        beside: _Folders = {}
        for above in {above for walk in discover.walks() for above in repository_above(walk.top)}:
            for place in map(str, (above, above / ".github" / "workflows")):
                alone.add(place)
                beside[place] = {name: seen for name, seen in _entries(place) if seen is not None}
        single = {path: _seen(path) for path in sorted(alone)}
        # Before anything is read: who edits and lints again at once does that all day.
        all_seen = (seen for group in (*folders.values(), *beside.values(), single) for seen in group.values())
        if any(max(seen[1:]) > self._started - _UNSURE_NS for seen in all_seen if seen is not None):
            return None
        return _Around(self._hashed(folders), self._hashed(beside), self._hashed({"": single})[""])

    def _hashed(self, folders: _Folders) -> dict[str, dict[str, _State | None]]:
        """What is seen of files, with hashes of their content, as far as that is there and not large."""
        return {
            folder: {name: self._state(os.path.join(folder, name), seen) for name, seen in entries.items()}  # noqa: PTH118
            for folder, entries in folders.items()
        }

    def _state(self, path: str, seen: _Seen | None) -> _State | None:
        if seen is None:
            return None
        known = self._digests.get(path)
        if known is not None and known[:3] == seen:
            return known
        digest = _digest(path) if 0 <= seen[0] <= _LARGEST else 0
        # What is written while it is read has a hash that the run has not seen.
        return (*seen, digest if digest and _seen(path) == seen else 0)


def worth_it(options: Options, cwd: Path) -> bool:
    """Whether to keep runs like this one: not of a few files that are named, which a hook does and which change."""
    if not options.cache or options.statistics or "-" in options.paths:
        return False
    paths = options.paths or (".",)
    return len(paths) > _FEW_FILES or any((cwd / path).is_dir() for path in paths)


def _request(options: Options, cwd: Path) -> str:
    """What was asked of whom: all that decides over the findings and is no file of the project."""
    linter = sorted((path, _crc(path) if path.endswith(".py") else seen[0]) for path, seen in _below(_PACKAGE))
    return repr(
        (
            *(__version__, sys.version, crc32(repr(linter).encode()), str(cwd), str(Path.home())),
            *(getattr(os, "geteuid", int)(), options.paths or (".",), options.exclude, options.force_exclude),
            *(options.config, options.isolated, options.select, options.extend_select, options.ignore, options.persona),
        )
    )


# -- the state of things ---------------------------------------------------------------------------------------------


def _seen(path: str) -> _Seen | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - of very many files
    except OSError:
        return None
    is_file = found.st_mode & 0o170000 == 0o100000
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns) if is_file else _OTHER


def _entries(folder: str) -> Iterator[tuple[str, _Seen | None]]:
    """The names in a folder, but for those that no walk goes into; with the states of files."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name in DEFAULT_EXCLUDES and entry.name != ".git":
                    continue
                try:
                    found = entry.stat() if entry.is_file() else None
                except OSError:
                    found = None
                yield entry.name, None if found is None else (found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    except OSError:
        return


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


def _below(folder: str) -> Iterator[tuple[str, _Seen]]:
    for name, seen in _entries(folder):
        path = os.path.join(folder, name)  # noqa: PTH118 - as above
        if seen is not None:
            yield path, seen
        else:
            yield from _below(path)


def _walked() -> _Folders | None:
    """The folders that were walked through; None if they no longer have all that was found there.

    Of what was skipped only the names count, unless it is configuration.
    """
    found: dict[str, set[str]] = defaultdict(set)
    named_only: dict[str, set[str]] = defaultdict(set)
    for walk in discover.walks():
        for file in walk.files:
            folder, _, name = file.rpartition(os.sep)
            found[folder].add(name)
        for path, _ in walk.skipped:
            if path.name not in _ABOVE:
                named_only[str(path.parent)].add(path.name)
    folders = {
        folder: {name: None if name in named_only[folder] else seen for name, seen in _entries(folder)}
        for walk in discover.walks()
        for folder in walk.folders
    }
    return folders if all(names <= folders[folder].keys() for folder, names in found.items()) else None


def _known(around: _Around) -> Iterator[tuple[str, _State]]:
    """The paths of files with what was kept of them."""
    for folder, entries in (*around.folders.items(), *around.beside.items(), ("", around.single)):
        for name, state in entries.items():
            if state is not None:
                yield os.path.join(folder, name), state  # noqa: PTH118 - as above


def _is_as_before(around: _Around) -> bool:
    return (
        all(_is_same(path, state, _seen(path)) for path, state in around.single.items())
        and all(_holds(folder, known, whole=False) for folder, known in around.beside.items())
        and all(_holds(folder, known, whole=True) for folder, known in around.folders.items())
    )


def _holds(folder: str, known: Mapping[str, _State | None], *, whole: bool) -> bool:
    """Whether a folder has what it had; if not `whole`, only files count."""
    met = 0
    for name, seen in _entries(folder):
        if name in known:
            expected = known[name]
            is_surely_same = expected is None or expected[:3] == seen
            if not is_surely_same and not _is_same(os.path.join(folder, name), expected, seen):  # noqa: PTH118
                return False
            met += 1
        elif whole or seen is not None:
            return False
    return met == len(known)


def _is_same(path: str, expected: _State | None, seen: _Seen | None) -> bool:
    """Whether a file is as it was: not written since, or written and yet the same."""
    if expected is None or seen is None:
        return expected is None and seen is None
    return expected[:3] == seen or (expected[0] == seen[0] and expected[3] != 0 and _digest(path) == expected[3])


# -- runs as data ----------------------------------------------------------------------------------------------------


def _configs(targets: Targets) -> Iterable[Config]:
    return {id(target.config): target.config for target in targets.files}.values()


def _kept(request: str, around: _Around, targets: Targets, outcome: Outcome) -> _Kept:
    configs = list(_configs(targets))
    numbers = {id(config): number for number, config in enumerate(configs)}
    return _Kept(
        request,
        around,
        [(config.settings, str(config.path) if config.path else None, str(config.directory)) for config in configs],
        [(target.name, numbers[id(target.config)]) for target in targets.files],
        [(str(root), finding) for root, finding in outcome.findings],
        [(str(root), finding) for root, finding in outcome.concealed],
    )


def _said(finding: Finding) -> tuple[object, ...]:
    """What of a finding may quote the file."""
    return finding.message, finding.help, [place.message for place in finding.related], finding.fix


def _replayed(kept: _Kept) -> Replayed:
    configs = [
        Config(settings, Path(path) if path is not None else None, Path(directory))
        for settings, path, directory in kept.configs
    ]
    files = tuple(Target(name, configs[number]) for name, number in kept.files)
    findings = tuple((Path(root), finding) for root, finding in kept.findings)
    concealed = tuple((Path(root), finding) for root, finding in kept.concealed)
    contents = {path: path.read_bytes() for path in {root / item.path for root, item in (*findings, *concealed)}}
    outcome = Outcome(findings, contents, len(files), failed=False, concealed=concealed)
    return Replayed(Targets(files, ()), outcome)
