"""`lint-langsmith fleet`: sources → states → jobs for the cluster → rows and findings on the disk → summary."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from lint_langsmith import __version__
from lint_langsmith.config.options import Options, UsageError
from lint_langsmith.config.targets import Targets, absolute, config_of_run
from lint_langsmith.fleet.engine import Engine, SchedulerLostError
from lint_langsmith.fleet.isolation import Probe, unchanged
from lint_langsmith.fleet.jobs import Job, is_fine, settings_of
from lint_langsmith.fleet.sources import Source, find_sources
from lint_langsmith.fleet.store import Store
from lint_langsmith.fleet.summary import as_csv, as_html, sentence, summarized
from lint_langsmith.interruption import InterruptionError
from lint_langsmith.output.progress import Line, bar
from lint_langsmith.output.sinks import say
from lint_langsmith.run.selectors import check_selectors
from lint_langsmith.source import files

_MINUTE: Final = 60
_HOUR: Final = 3600


class Request(NamedTuple):
    """Where the results go, whether histories are searched, and how the work is done."""

    out: str
    with_history: bool
    engine: Engine


def run(options: Options, request: Request, cwd: Path, read_stdin: Callable[[], bytes]) -> int:
    """Examine the repositories that `options.paths` name; exit codes are those of `check`.

    Raises:
        UsageError: what was asked for can't be done.
        ConfigError: a setting of the command line is none.
    """
    check_selectors(options, Targets((), ()))
    config_of_run(msgspec.structs.replace(options, isolated=True), cwd)
    sources = find_sources(options.paths, cwd, read_stdin)
    if not sources:
        raise UsageError("the sources name no repository")
    store = Store(absolute(request.out, cwd))
    try:
        return _Run(sources, options, request, store).done()
    finally:
        store.close()


class _Run:
    """One run: which of its repositories have been seen to, and how the others are."""

    def __init__(
        self, sources: Sequence[Source], options: Options, request: Request, store: Store
    ) -> None:
        self._sources = sources
        self._options = options
        self._asked = _of_workers(options)
        self._settings = settings_of(self._asked, with_history=request.with_history)
        self._request = request
        self._store = store
        self._seen: set[str] = set()
        line = Line(sys.stderr) if options.progress else None
        self._progress = Progress(len(sources), line)

    def done(self) -> int:
        """Examine what has changed, write the summary; the exit code.

        Raises:
            UsageError: it can't be done.
        """
        try:
            self._examine()
        except (InterruptionError, SchedulerLostError) as error:
            self._progress.clear()
            with self._writing():
                self._store.tidy()
                self._summarize()
            if isinstance(error, SchedulerLostError):
                raise UsageError("the scheduler has gone; the same command goes on") from None
            raise
        self._progress.clear()
        with self._writing():
            self._store.finish({source.name for source in self._sources})
            self._summarize()
        return _exit_code(self._store, self._options)

    def _examine(self) -> None:
        """Have the cluster do what there is to do; where there is nothing, none is started."""
        is_here = self._request.engine.scheduler is None
        if is_here:
            self._skip(unchanged(msgspec.msgpack.encode(self._probe())))
        if len(self._seen) == len(self._sources):
            return
        from lint_langsmith.fleet.cluster import connected, find_unchanged, results  # noqa: PLC0415 - imports Dask

        with connected(self._request.engine) as client:
            if not is_here:
                self._skip(find_unchanged(client, self._probe()))
            for result in results(client, self._request.engine, self._jobs()):
                if result.status != "unchanged":
                    with self._writing():
                        self._store.add(result)
                self._seen.add(result.name)
                self._progress.step(failed=not is_fine(result.status))

    def _probe(self) -> Probe:
        """The folders whose states are to be compared; none in a first run."""
        known = [(source.location, self._store.known(source.name)) for source in self._local()]
        is_first = not any(state for _, state in known)
        return Probe([] if is_first else known, self._settings, self._request.with_history)

    def _skip(self, numbers: Iterable[int]) -> None:
        """Leave the repositories as they are that have these numbers in the probe."""
        local = self._local()
        self._seen.update(local[number].name for number in numbers)
        self._progress.skip(len(self._seen))

    def _local(self) -> Sequence[Source]:
        return [source for source in self._sources if not source.is_address]

    def _jobs(self) -> Iterator[Job]:
        skipped = frozenset(self._seen)
        for source in self._sources:
            if source.name not in skipped:
                yield Job(
                    source=source,
                    options=self._asked,
                    settings=self._settings,
                    version=__version__,
                    known=self._store.known(source.name),
                    with_history=self._request.with_history,
                )

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """What goes wrong in here is told of the folder of results."""
        try:
            yield
        except OSError as error:
            raise UsageError(f"--out {self._store.folder}: {error.strerror}") from None

    def _summarize(self) -> None:
        """Write the summary, and say it in a line."""
        left = len(self._sources) - len(self._seen)
        summary = summarized(self._store.rows(), self._store.run, left)
        for name, write in (("summary.csv", as_csv), ("summary.html", as_html)):
            content = write(summary).encode("utf-8", "replace")
            files.write_whole(self._store.folder / name, content)
        if not self._options.quiet:
            say(f"{sentence(summary)}; see {self._store.folder}/summary.html")


def _of_workers(options: Options) -> Options:
    """The options that go to the workers: of the command line what decides over findings, and nothing of caches."""
    return Options(
        paths=(),
        select=options.select,
        extend_select=options.extend_select,
        ignore=options.ignore,
        persona=options.persona,
        preview=options.preview,
        fail_on=options.fail_on,
        overrides=options.overrides,
        isolated=options.isolated,
        exclude=options.exclude,
        jobs=1,
        cache=False,
        ignored_env=False,
    )


def _exit_code(store: Store, options: Options) -> int:
    """The worst of all: 2 where one repository was not examined whole, 1 for findings that count, 0."""
    worst = max((row.exit_code for row in store.rows()), default=0)
    return 0 if worst == 1 and options.exit_zero else worst


# -- progress --------------------------------------------------------------------------------------------------------


class Progress:
    """How far a run is, how fast it goes, and when it will be done."""

    def __init__(self, total: int, line: Line | None) -> None:
        self._total = total
        self._line = line
        self._begun = time.monotonic()
        self._skipped = 0
        self._done = 0
        self._failed = 0

    def skip(self, count: int) -> None:
        """Of so many repositories nothing has changed."""
        self._skipped = count
        self._begun = time.monotonic()

    def step(self, *, failed: bool) -> None:
        """One more is done."""
        self._done += 1
        self._failed += failed
        if self._line is not None:
            self._line.show(self.words)

    def clear(self) -> None:
        """Take the line away."""
        if self._line is not None:
            self._line.clear()

    def words(self) -> str:
        """The line."""
        done = self._skipped + self._done
        rate = self._done / max(time.monotonic() - self._begun, 0.001)
        failed = f", {self._failed} not examined" if self._failed else ""
        left = _duration((self._total - done) / rate) if rate else "?"
        return (
            f"{bar(done / max(1, self._total))} {done}/{self._total} repositories{failed}, "
            f"{rate:.1f}/s, {left} left"
        )


def _duration(seconds: float) -> str:
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{seconds / _HOUR:.1f} h"
