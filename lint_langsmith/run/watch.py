"""`--watch`: lint again whenever something changes on which the findings depend.

What a round depends on is what it has asked of the file system (`observation.py`): linted files, evidence, `.env`
files, configuration, ignore files, and the folders that it listed. Only those are watched. Between two rounds nothing
runs: the system tells of changes in the folders (watchfiles), and only then the states are compared.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

import click

from lint_langsmith import observation
from lint_langsmith.config.config import ConfigError
from lint_langsmith.config.options import Options, UsageError
from lint_langsmith.interruption import raise_if_interrupted
from lint_langsmith.observation import Observed
from lint_langsmith.output.printable import counted
from lint_langsmith.output.sinks import say, sinks
from lint_langsmith.run import pipeline
from lint_langsmith.source import discover
from lint_langsmith.source.kinds import unlinted_by_name

# So long nothing may follow a change before the next round begins; at most so long one waits for that.
_REST_MS: Final = 50
_PATIENCE_MS: Final = 1600
# So often the wait comes back to Python, which sees only then that a signal has come.
_WAKE_MS: Final = 1000
# A round that began within a tick of the file system's clock may have seen a file before or after it was written.
_TICK_NS: Final = 20_000_000

# Size, time of the last change, and number of a file; of a folder the names in it. None where there is none.
_State: TypeAlias = "tuple[int, int, int] | frozenset[str] | None"
States: TypeAlias = Mapping[str, _State]


def watch(options: Options, cwd: Path) -> None:
    """Lint, wait for a change, and lint again, until a signal ends the process.

    Raises:
        UsageError: watchfiles is not installed, or an option has no meaning here.
        UnknownFormatError: there is no such output format.
    """
    _check(options)
    wait_for_changes = _watcher()
    written = {str(sink.file) for sink in sinks(options, None, cwd) if sink.file is not None}
    before: States = {}
    changed: list[str] = []
    while True:
        _begin(options, changed, cwd)
        started = time.time_ns()
        observed = _round(options, cwd)
        states = _states(observed, written)
        changed = _written_meanwhile(states, before, started)
        if not changed:
            if not options.quiet:
                seen = counted(len(observed.contents), "file")
                say(f"{_now()}: watching {seen}; Ctrl-C ends it")
            changed = _wait(wait_for_changes, states, observed, written)
        before = states


def _watcher() -> Callable[..., Iterator[set[Any]]]:
    """The function that waits for changes.

    Raises:
        UsageError: it is not installed.
    """
    try:
        import watchfiles  # noqa: PLC0415 - an extra
    except ImportError:
        raise UsageError(
            "`--watch` needs watchfiles: `pip install 'lint-langsmith[watch]'`"
        ) from None
    function: Callable[..., Iterator[set[Any]]] = watchfiles.watch
    return function


def _check(options: Options) -> None:
    """Refuse what changes files or is asked once.

    Raises:
        UsageError: such an option is given.
    """
    once = {
        "--fix": options.fix,
        "--fix-only": options.fix_only,
        "--diff": options.diff,
        "--add-ignore": options.add_ignore is not None,
        "--write-baseline": options.write_baseline is not None,
        "--prune-baseline": options.prune_baseline,
        "standard input": "-" in options.paths,
    }
    for name, is_given in once.items():
        if is_given:
            raise UsageError(f"`--watch` only lints, again and again: use it without {name}")


# -- a round ---------------------------------------------------------------------------------------------------------


def _begin(options: Options, changed: list[str], cwd: Path) -> None:
    """Clear the terminal, and say when and why a round begins."""
    if options.terminal:
        click.clear()
    if changed and not options.quiet:
        first = os.path.relpath(changed[0], cwd)
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        say(f"{_now()}: {first}{more} changed")


def _round(options: Options, cwd: Path) -> Observed:
    """Lint once; what was asked of the file system for it.

    A configuration that is being edited may be wrong for a while: that is said, and the next change waited for.
    """
    discover.forget()
    observation.begin()
    try:
        pipeline.run(options, cwd, _no_stdin)
    except ConfigError as error:
        say(f"error: {error}")
    finally:
        observed = observation.end()
    # The collector is off, since a process usually lints once.
    gc.collect()
    return observed


def _no_stdin() -> bytes:
    raise UsageError("`--watch` reads no standard input")


def _now() -> str:
    return time.strftime("%H:%M:%S")


# -- what it depends on ----------------------------------------------------------------------------------------------


def _states(observed: Observed, written: Iterable[str]) -> States:
    """The states of all that a round asked for, but for what it writes itself."""
    asked = {path for answers in observed.answers.values() for path in answers}
    files = {*observed.contents, *asked} - {*observed.listings, *written}
    states: dict[str, _State] = {path: _file_state(path) for path in files}
    for folder in observed.listings:
        states[folder] = _names(folder, written)
    return states


def _file_state(path: str) -> _State:
    try:
        found = os.stat(path)  # noqa: PTH116 - of very many files
    except (OSError, ValueError):
        return None
    # The time of a folder changes with whatever comes into it: that it is there is all that was asked.
    is_file = not os.path.isdir(path)  # noqa: PTH112 - likewise
    return (found.st_size, found.st_mtime_ns, found.st_ino) if is_file else (0, 0, found.st_ino)


def _names(folder: str, written: Iterable[str]) -> _State:
    """The names in a folder, but for those that say that nothing of a person's stands there."""
    own = {os.path.basename(path) for path in written if os.path.dirname(path) == folder}  # noqa: PTH119, PTH120
    try:
        names = os.listdir(folder)  # noqa: PTH208 - as text
    except (OSError, ValueError):
        return None
    return frozenset(
        name
        for name in names
        if name not in own
        and name not in discover.DEFAULT_EXCLUDES
        and unlinted_by_name(name) != "binary"
    )


def _different(states: States, others: States) -> list[str]:
    """The paths whose state is another one; of folders what came into them or went."""
    found: set[str] = set()
    for path, state in states.items():
        other = others.get(path)
        if state == other:
            continue
        if isinstance(state, frozenset) and isinstance(other, frozenset):
            found.update(os.path.join(path, name) for name in state ^ other)  # noqa: PTH118
        else:
            found.add(path)
    return sorted(found)


def _written_meanwhile(states: States, before: States, started: int) -> list[str]:
    """The files that were written since a round began, which may have read them before.

    `before` has the states after the round before it: a file of the future is written meanwhile once, and not for ever.
    """
    since = started - _TICK_NS
    return sorted(
        path
        for path, state in states.items()
        if isinstance(state, tuple) and state[1] >= since and state != before.get(path)
    )


def _wait(
    wait_for_changes: Callable[..., Iterator[set[Any]]],
    states: States,
    observed: Observed,
    written: Iterable[str],
) -> list[str]:
    """Wait until something is not as it was; the paths.

    Raises:
        UsageError: the system can't watch the folders.
    """
    folders = sorted({*observed.listings, *map(os.path.dirname, observed.contents)})
    there = [folder for folder in folders if os.path.isdir(folder)]  # noqa: PTH112
    is_first = True
    try:
        for told in wait_for_changes(
            *there,
            watch_filter=None,
            recursive=False,
            debounce=_PATIENCE_MS,
            step=_REST_MS,
            rust_timeout=_WAKE_MS,
            yield_on_timeout=True,
            ignore_permission_denied=True,
        ):
            # What was written before the system began to watch is found when the wait comes back for the first time.
            if told or is_first:
                changed = _different(_states(observed, written), states)
                if changed:
                    return changed
            is_first = False
    except KeyboardInterrupt:  # which watchfiles makes of every signal
        raise_if_interrupted()
        raise
    except (OSError, RuntimeError) as error:
        raise UsageError(
            f"the system cannot watch {counted(len(there), 'folder')}: {error}; with WATCHFILES_FORCE_POLLING=1 "
            "they are looked at again and again"
        ) from None
    return []
