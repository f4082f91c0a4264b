"""`lint-langsmith fleet`: sources → states → jobs for the cluster → rows and findings on the disk → summary."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from lint_langsmith import __version__
from lint_langsmith.config.options import Options, UsageError
from lint_langsmith.config.targets import Targets, absolute, config_of_run
from lint_langsmith.fleet.cluster import (
    Engine,
    SchedulerLostError,
    connected,
    find_unchanged,
    results,
)
from lint_langsmith.fleet.isolation import Probe
from lint_langsmith.fleet.jobs import Job, is_fine, settings_of
from lint_langsmith.fleet.sources import Source, find_sources
from lint_langsmith.fleet.store import Store
from lint_langsmith.fleet.summary import Summary, as_csv, as_html, sentence, summarized
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
        return _examine_all(sources, options, request, store)
    finally:
        store.close()


def _examine_all(
    sources: Sequence[Source], options: Options, request: Request, store: Store
) -> int:
    progress = _Progress(len(sources), Line(sys.stderr) if options.progress else None)
    names = {source.name for source in sources}
    asked = _of_workers(options)
    settings = settings_of(asked, with_history=request.with_history)
    seen: set[str] = set()
    try:
        with connected(request.engine) as client:
            probe = _probe(sources, store, settings, request)
            local = [source for source in sources if not source.is_address]
            seen = {local[number].name for number in find_unchanged(client, probe)}
            progress.skip(len(seen))
            jobs = (
                _job(source, asked, settings, store, request)
                for source in sources
                if source.name not in seen
            )
            for result in results(client, request.engine, jobs):
                if result.status != "unchanged":
                    store.add(result)
                seen.add(result.name)
                progress.step(failed=not is_fine(result.status))
    except (InterruptionError, SchedulerLostError) as error:
        progress.clear()
        store.tidy()
        _write_summary(store, len(names - seen), options)
        if isinstance(error, SchedulerLostError):
            raise UsageError("the scheduler has gone; the same command goes on") from None
        raise
    except OSError as error:
        raise UsageError(f"--out: {error.strerror}") from None
    progress.clear()
    store.finish(names)
    _write_summary(store, 0, options)
    return _exit_code(store, options)


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


def _probe(sources: Sequence[Source], store: Store, settings: str, request: Request) -> Probe:
    """The folders whose states are to be compared; none in a first run."""
    known = [
        (source.location, store.known(source.name))
        for source in sources
        if not source.is_address
    ]
    is_first = not any(state for _, state in known)
    return Probe([] if is_first else known, settings, request.with_history)


def _job(
    source: Source, options: Options, settings: str, store: Store, request: Request
) -> Job:
    return Job(
        source=source,
        options=options,
        settings=settings,
        version=__version__,
        known=store.known(source.name),
        with_history=request.with_history,
    )


def _write_summary(store: Store, left: int, options: Options) -> None:
    """Write the summary, and say it in a line.

    Raises:
        UsageError: it can't be written.
    """
    summary = summarized(store.rows(), store.run, left)
    try:
        for name, content in _summaries(summary):
            files.write_whole(store.folder / name, content.encode("utf-8", "replace"))
    except OSError as error:
        raise UsageError(f"--out {store.folder}: {error.strerror}") from None
    if not options.quiet:
        say(f"{sentence(summary)}; see {store.folder}/summary.html")


def _summaries(summary: Summary) -> Iterator[tuple[str, str]]:
    yield "summary.csv", as_csv(summary)
    yield "summary.html", as_html(summary)


def _exit_code(store: Store, options: Options) -> int:
    """The worst of all: 2 where one repository was not examined whole, 1 for findings that count, 0."""
    worst = max((row.exit_code for row in store.rows()), default=0)
    return 0 if worst == 1 and options.exit_zero else worst


# -- progress --------------------------------------------------------------------------------------------------------


class _Progress:
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
            self._line.show(self._words)

    def clear(self) -> None:
        """Take the line away."""
        if self._line is not None:
            self._line.clear()

    def _words(self) -> str:
        done = self._skipped + self._done
        rate = self._done / max(time.monotonic() - self._begun, 0.001)
        failed = f", {self._failed} not examined" if self._failed else ""
        left = _duration((self._total - done) / rate) if rate else "?"
        return (
            f"{bar(done, self._total)} {done}/{self._total} repositories{failed}, "
            f"{rate:.1f}/s, {left} left"
        )


def _duration(seconds: float) -> str:
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{seconds / _HOUR:.1f} h"
