"""The results on the disk: a row for each repository, and its findings; whole after whatever ends the run.

The findings of a repository are appended first, then its row, which says up to where its findings reach. What stands
behind the last row is of a run that was killed in between, and is cut off by the next one. Where a repository has two
rows, the later one counts; `tidy` leaves only that, sorted. Nothing but names, places and states is in memory.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import msgspec

from lint_langsmith.config.options import UsageError
from lint_langsmith.fleet.jobs import Result, RuleCount, Status, is_fine
from lint_langsmith.output.printable import Medium, printable
from lint_langsmith.source import files
from lint_langsmith.source.text import UnreadableFileError

_ROWS: Final = "repositories.jsonl"
_FINDINGS: Final = "findings.jsonl"
_RUN: Final = "run.json"
_LOCK: Final = ".lock"
_NEW: Final = ".new"
_NAMES: Final = (_ROWS, _FINDINGS, _RUN, _LOCK)
_AT_ONCE: Final = 1 << 20
VERSION: Final = 1


class Before(msgspec.Struct, frozen=True):
    """What the run before had found: findings by rule, keys."""

    counts: dict[str, int]
    keys_at_head: int
    keys_in_history: int


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A repository in `repositories.jsonl`: its `Result` without the findings, and where in the file these are.

    `run` numbers the run in which it was examined; `before` is what the last whole run before that had found.
    """

    repository: str
    status: Status
    reason: str
    exit_code: int
    head: str
    files: int
    named: int
    counts: tuple[RuleCount, ...]
    keys_at_head: int
    keys_in_history: int
    missing: int
    left_out: int
    is_shallow: bool
    seconds: float
    memory: int
    run: int
    before: Before | None
    state: str
    findings_from: int
    findings_to: int

    @property
    def by_rule(self) -> dict[str, int]:
        """The findings by rule, whatever their severity."""
        found: dict[str, int] = {}
        for row in self.counts:
            found[row.code] = found.get(row.code, 0) + row.count
        return found


class _Run(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said of the runs of a folder: the number of the last one, and whether it came to its end."""

    fleet: int
    run: int
    is_whole: bool


class _Place(NamedTuple):
    """What is kept in memory of a row: where it stands, and what may make it be examined again."""

    offset: int
    length: int
    state: str
    run: int


class Store:
    """The folder of results; one run at a time."""

    def __init__(self, folder: Path) -> None:
        """Open or make the folder, and cut off what a run that was killed has left half done.

        Raises:
            UsageError: it can't be used: it has files of somebody else, or another run writes to it.
        """
        self.folder = folder
        self._stack = contextlib.ExitStack()
        try:
            self._open()
        except OSError as error:
            self.close()
            raise UsageError(f"--out {folder}: {error.strerror}") from None
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._check_names()
        self._lock()
        run = self._run_before()
        self.run = run.run + run.is_whole
        self._finish_tidying()
        self._rows = self._stack.enter_context(_opened(self.folder / _ROWS))
        self._findings = self._stack.enter_context(_opened(self.folder / _FINDINGS))
        self._places: dict[str, _Place] = {}
        self._is_changed = False
        self._recover()
        self._write_run(is_whole=False)

    def close(self) -> None:
        """Give the folder free."""
        self._stack.close()

    # -- what is there -----------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._places)

    def known(self, name: str) -> str:
        """The state in which a repository was examined; empty where it was not, or not to the end."""
        place = self._places.get(name)
        return "" if place is None else place.state

    def row(self, name: str) -> Row | None:
        """The row of a repository."""
        place = self._places.get(name)
        return None if place is None else self._row_at(place)

    def rows(self) -> Iterator[Row]:
        """All rows, by name."""
        for name in sorted(self._places):
            yield self._row_at(self._places[name])

    def _row_at(self, place: _Place) -> Row:
        self._rows.seek(place.offset)
        return msgspec.json.decode(self._rows.read(place.length), type=Row)

    # -- what comes --------------------------------------------------------------------------------------------------

    def add(self, result: Result) -> None:
        """Append a result: it is there whole, or not at all.

        Raises:
            OSError: there is no room.
        """
        self._is_changed = True
        before = self.row(result.name)
        begin = self._findings.seek(0, os.SEEK_END)
        self._findings.write(result.findings)
        self._findings.flush()
        self._append(_row_of(result, self.run, before, begin))

    def _append(self, row: Row) -> None:
        line = printable(msgspec.json.encode(row).decode(), Medium.JSON).encode() + b"\n"
        offset = self._rows.seek(0, os.SEEK_END)
        self._rows.write(line)
        self._rows.flush()
        self._note(row, offset, len(line))

    def _note(self, row: Row, offset: int, length: int) -> None:
        state = row.state if is_fine(row.status) else ""
        self._places[row.repository] = _Place(offset, length, state, row.run)

    # -- order -------------------------------------------------------------------------------------------------------

    def finish(self, names: Collection[str]) -> None:
        """End a whole run: what is left are the repositories that were asked for.

        Raises:
            OSError: there is no room.
        """
        kept = {name: place for name, place in self._places.items() if name in names}
        if self._is_changed or len(kept) < len(self._places):
            self._tidy(kept)
        self._write_run(is_whole=True)

    def tidy(self) -> None:
        """Leave one row of each repository, sorted, with its findings; the run has not come to its end.

        Raises:
            OSError: there is no room.
        """
        if self._is_changed:
            self._tidy(self._places)

    def _tidy(self, kept: Mapping[str, _Place]) -> None:
        places: dict[str, _Place] = {}
        with (
            (self.folder / (_FINDINGS + _NEW)).open("wb") as findings,
            (self.folder / (_ROWS + _NEW)).open("wb") as rows,
        ):
            for name in sorted(kept):
                row = self._row_at(kept[name])
                moved = self._moved(row, findings)
                line = msgspec.json.encode(moved) + b"\n"
                line = printable(line.decode(), Medium.JSON).encode()
                places[name] = kept[name]._replace(offset=rows.tell(), length=len(line))
                rows.write(line)
            for file in (findings, rows):
                file.flush()
                os.fsync(file.fileno())
        self._rows.close()
        self._findings.close()
        self._finish_tidying(is_whole=True)
        self._rows = self._stack.enter_context(_opened(self.folder / _ROWS))
        self._findings = self._stack.enter_context(_opened(self.folder / _FINDINGS))
        self._places = places
        self._is_changed = False

    def _moved(self, row: Row, findings: BinaryIO) -> Row:
        """Copy the findings of a row; the row with their new place."""
        begin = findings.tell()
        self._findings.seek(row.findings_from)
        left = row.findings_to - row.findings_from
        while left > 0:
            part = self._findings.read(min(left, _AT_ONCE))
            findings.write(part)
            left -= len(part) or left
        return msgspec.structs.replace(row, findings_from=begin, findings_to=findings.tell())

    def _finish_tidying(self, *, is_whole: bool = False) -> None:
        """Put new files in the place of the old ones, the findings first: new rows that stand alone are whole."""
        rows, findings = (self.folder / (name + _NEW) for name in (_ROWS, _FINDINGS))
        if findings.exists() and not is_whole:
            findings.unlink()
            rows.unlink(missing_ok=True)
        if findings.exists():
            findings.replace(self.folder / _FINDINGS)
        if rows.exists():
            rows.replace(self.folder / _ROWS)

    # -- beginning ---------------------------------------------------------------------------------------------------

    def _check_names(self) -> None:
        """See that what is to be written is ours, and no link.

        Raises:
            UsageError: it is not.
        """
        for name in _NAMES:
            path = self.folder / name
            if files.is_link(path) or (path.exists() and not path.is_file()):
                raise UsageError(f"--out: {path} is not a regular file")
        if not (self.folder / _RUN).exists():
            for name in (_ROWS, _FINDINGS):
                if (self.folder / name).exists():
                    raise UsageError(f"--out: {self.folder / name} is not of this command")

    def _lock(self) -> None:
        import fcntl  # noqa: PLC0415 - not on Windows

        lock = self._stack.enter_context((self.folder / _LOCK).open("wb"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(f"--out: another run writes to {self.folder}") from None

    def _run_before(self) -> _Run:
        path = self.folder / _RUN
        if not path.exists():
            return _Run(VERSION, 1, is_whole=False)
        try:
            run = msgspec.json.decode(files.read(path), type=_Run)
        except (UnreadableFileError, msgspec.MsgspecError):
            raise UsageError(f"--out: {path} is not of this command") from None
        if run.fleet != VERSION:
            raise UsageError(f"--out: {self.folder} is of another version of this command")
        return run

    def _write_run(self, *, is_whole: bool) -> None:
        content = msgspec.json.encode(_Run(VERSION, self.run, is_whole)) + b"\n"
        files.write_whole(self.folder / _RUN, content)

    def _recover(self) -> None:
        """Find the rows, and cut off what stands behind the last whole one."""
        size = self._findings.seek(0, os.SEEK_END)
        end = reached = 0
        self._rows.seek(0)
        for line in self._rows:
            try:
                row = msgspec.json.decode(line, type=Row)
            except msgspec.MsgspecError:
                break
            if not line.endswith(b"\n") or row.findings_to > size:
                break
            known = self._places.get(row.repository)
            self._is_changed |= known is not None
            self._note(row, end, len(line))
            end += len(line)
            reached = max(reached, row.findings_to)
        self._rows.truncate(end)
        self._findings.truncate(reached)


def _opened(path: Path) -> BinaryIO:
    """A file to read and to append to, made where it is not there."""
    path.touch()
    return path.open("r+b")


def _row_of(result: Result, run: int, before: Row | None, begin: int) -> Row:
    known = msgspec.structs.asdict(result)
    del known["findings"], known["name"]
    return Row(
        repository=result.name,
        run=run,
        before=_before(before, run),
        findings_from=begin,
        findings_to=begin + len(result.findings),
        **known,
    )


def _before(row: Row | None, run: int) -> Before | None:
    """What an earlier run had found; of one that is gone on with, what the run before that had."""
    if row is None:
        return None
    if row.run == run:
        return row.before
    if not is_fine(row.status):
        return None
    return Before(row.by_rule, row.keys_at_head, row.keys_in_history)
