"""The files of a project as bytes: read when they are asked for, and not all of them kept."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final, Protocol, TypeAlias

import msgspec

from lint_langsmith.analysis.ir.model import FileModel
from lint_langsmith.analysis.limits import KEPT_BYTES
from lint_langsmith.analysis.project.import_graph import Row, survey
from lint_langsmith.analysis.project.word_search import marks_of
from lint_langsmith.analysis.project.words import USUAL
from lint_langsmith.clock import Clock
from lint_langsmith.source.files import read
from lint_langsmith.source.kinds import (
    CODE,
    CODE_SUFFIXES,
    PYTHON_SUFFIXES,
    Kind,
    kind_of,
    may_be_code,
)
from lint_langsmith.source.text import UnreadableFileError
from lint_langsmith.workers.pool import spread

AnyPath: TypeAlias = "str | os.PathLike[str]"


# Below this many files another process costs more than it saves.
_WORTH_SPREADING: Final = 500
_CHUNK: Final = 250


class Memory(Protocol):
    """What is known of unchanged files from earlier runs (`cache.py`)."""

    def row(self, name: str, path: str) -> Row | None:
        """What the bytes of a file told."""

    def keep_row(self, name: str, path: str, row: Row) -> None:
        """Keep what the bytes of a file tell."""

    def mark(self, name: str, words: str) -> int | None:
        """Which of some words a file holds, as bits."""

    def keep_mark(self, name: str, words: str, bits: int) -> None:
        """Keep which of some words a file holds."""

    def model(self, content: bytes, kind: str) -> FileModel | None:
        """The model of a file with this content."""

    def keep_model(self, name: str, content: bytes, kind: str, model: FileModel) -> None:
        """Keep a model."""


class Sources:
    """Bytes by path, and what the bytes alone tell. All names are POSIX paths relative to the root."""

    def __init__(
        self, root: Path, paths: Iterable[AnyPath], memory: Memory | None = None, jobs: int = 1
    ) -> None:
        """`paths` are all files of the project, whatever their suffix; `jobs` processes may work on them."""
        self.clock = Clock()
        self.root = root
        self.memory = memory
        self.jobs = jobs
        self.paths = {relative_name(root, path): os.fspath(path) for path in paths}
        self.code = {
            name: path for name, path in self.paths.items() if name.endswith(CODE_SUFFIXES)
        }
        # Files of variables that git ignores: what a program gets from them is asked, nothing else, and none is kept.
        self.ignored: frozenset[str] = frozenset()
        self._given: dict[str, bytes] = {}
        self._kept: dict[str, bytes] = {}
        self._kept_bytes = 0
        self._rows: dict[str, Row] = {}
        self._broken: set[str] = set()
        self._holders: dict[str, frozenset[str]] = {}
        # For whoever finds modules by their names: what was found, as long as no file is added.
        self.modules: dict[tuple[str, str, tuple[str, ...]], str | None] = {}
        self._first_names: dict[str, frozenset[str]] = {}

    def measure_by(self, clock: Clock) -> None:
        """Count what is read from now on by the clock of a run: an editor's session has many on the same files."""
        self.clock = clock

    def add(self, path: AnyPath, content: bytes | None = None) -> str:
        """Take in a file that is not among the project's (a script that was named), or judge it by other `content`."""
        name = relative_name(self.root, path)
        path = self.paths.setdefault(name, os.fspath(path))
        if content is not None:
            self._given[name] = content
            self._rows.pop(name, None)
            self._holders.clear()
        if name not in self.code and may_be_code(name) and self.kind(name) in CODE:
            self.code[name] = path
            self._holders.clear()
            self.modules.clear()
            self._first_names.clear()
        return name

    def ignore(self, paths: Iterable[AnyPath]) -> None:
        """Take in files of variables that git ignores."""
        ignored = {relative_name(self.root, path): os.fspath(path) for path in paths}
        self.ignored = frozenset(ignored)
        self.paths = {**ignored, **self.paths}

    def content(self, name: str) -> bytes:
        """The bytes of a file.

        Raises:
            UnreadableFileError: the file can't be read.
        """
        known = self._given.get(name)
        if known is None:
            known = self._kept.get(name)
        if known is None:
            with self.clock.phase("read"):
                known = read(self.paths[name])
            self._keep(name, known)
        return known

    def _keep(self, name: str, content: bytes) -> None:
        self._kept[name] = content
        self._kept_bytes += len(content)
        while self._kept_bytes > KEPT_BYTES and len(self._kept) > 1:
            oldest = next(iter(self._kept))
            self._kept_bytes -= len(self._kept.pop(oldest))

    def kind(self, name: str) -> Kind:
        """The kind of a file.

        Raises:
            UnreadableFileError: its content is needed to tell, and it can't be read.
        """
        if name.endswith(PYTHON_SUFFIXES):
            return "python"  # most files, without taking their paths apart
        path = PurePosixPath(name)
        kind = kind_of(path)
        return (
            kind_of(path, self.content(name))
            if kind == "yaml" or (kind == "text" and not path.suffix)
            else kind
        )

    def row(self, name: str) -> Row:
        """What the bytes of a file tell.

        Raises:
            UnreadableFileError: the file can't be read.
        """
        known = self._rows.get(name)
        if known is None:
            known = self._remembered(name)
        if known is None:
            with self.clock.phase("read", 1):
                known = survey(self.content(name), self._look(name), name)
            self._note(name, known)
        return known

    def _remembered(self, name: str) -> Row | None:
        if self.memory is None or name in self._given or name in self.ignored:
            return None
        row = self.memory.row(name, self.paths[name])
        if row is not None:
            self._rows[name] = row
        return row

    def _note(self, name: str, row: Row) -> None:
        self._rows[name] = row
        if self.memory is not None and name not in self._given and name not in self.ignored:
            self.memory.keep_row(name, self.paths[name], row)

    def is_on_disk(self, name: str) -> bool:
        """Whether a file is judged as it is on the disk."""
        return name not in self._given

    def _look(self, name: str) -> Kind:
        return self.kind(name) if name in self.code else "text"

    def unread(self, names: Iterable[str]) -> list[str]:
        """Those of some files of which nothing is known: neither what they hold, nor that they can't be read."""
        rows, broken = self._rows, self._broken
        return [
            name
            for name in sorted(names)
            if name not in rows and name not in broken and self._remembered(name) is None
        ]

    def finds_relevant(self, names: Sequence[str]) -> bool:
        """Whether one of the files is code that names LangSmith, if they are so few that this is told at once."""
        if len(names) >= _WORTH_SPREADING:
            return False
        return any(
            row.relevant
            for name in names
            if name in self.code and (row := self._try_row(name)) is not None
        )

    def rows(self, names: Iterable[str]) -> dict[str, Row]:
        """The same of many files; a file that can't be read tells nothing."""
        wanted, rows = sorted(names), self._rows
        missing = self.unread(wanted)
        self.clock.expect("read", len(missing))
        if self._is_worth_spreading(missing):
            self._survey_together([name for name in missing if name not in self._given])
        for name in missing:
            self._try_row(name)
        return {name: rows[name] for name in wanted if name in rows}

    def _try_row(self, name: str) -> Row | None:
        if name in self._broken:
            return None
        try:
            return self.row(name)
        except UnreadableFileError:
            self._broken.add(name)
            return None

    def _survey_together(self, names: Sequence[str]) -> None:
        asked = [
            (name, self.paths[name], self._look(name))
            for name in names
            if is_utf8(self.paths[name])
        ]
        chunks = [asked[start : start + _CHUNK] for start in range(0, len(asked), _CHUNK)]
        answers = spread(
            _survey_chunk, map(msgspec.msgpack.encode, chunks), min(self.jobs, len(chunks))
        )
        with self.clock.phase("read"):
            self._take_in(chunks, answers)

    def _take_in(
        self, chunks: Sequence[list[tuple[str, str, Kind]]], answers: Iterable[bytes]
    ) -> None:
        for chunk, answer in zip(chunks, answers, strict=True):
            with self.clock.phase("read", len(chunk)):
                found = _FOUND.decode(answer)
            for (name, _, _), told in zip(chunk, found, strict=True):
                if told is not None:
                    self._note(name, told)

    def first_names(self, folder: str) -> frozenset[str]:
        """The names of the packages and modules with code that lie directly in a folder, given by its path."""
        known = self._first_names.get(folder)
        if known is None:
            start = f"{folder}/" if folder else ""
            names = {
                name[len(start) :].partition("/")[0]
                for name in self.code
                if name.startswith(start)
            }
            known = frozenset(name.removesuffix(".py").removesuffix(".pyi") for name in names)
            self._first_names[folder] = known
        return known

    def holding(self, words: Collection[str]) -> dict[str, frozenset[str]]:
        """For each of the words the code files that hold it."""
        unknown = tuple(word for word in dict.fromkeys(words) if word not in self._holders)
        if any(word in _USUAL_WORDS for word in unknown):
            rows = self.rows(self.code)
            self._note_holders(
                USUAL, {name: row.words for name, row in rows.items() if row.words}
            )
        further = tuple(word for word in unknown if word not in _USUAL_WORDS)
        if further:
            with self.clock.phase("read"):
                self._note_holders(further, self._all_marks(further))
        return {word: self._holders[word] for word in words}

    def _note_holders(self, words: tuple[str, ...], marks: Mapping[str, int]) -> None:
        for index, word in enumerate(words):
            self._holders[word] = frozenset(
                name for name, bits in marks.items() if bits >> index & 1
            )

    def _all_marks(self, words: tuple[str, ...]) -> dict[str, int]:
        """Which of the words each code file holds, as bits; files without any are left out."""
        key = "\n".join(words)
        marks: dict[str, int] = {}
        missing: list[str] = []
        for name in sorted(self.code):
            known = (
                self.memory.mark(name, key)
                if self.memory is not None and name not in self._given
                else None
            )
            if known is None:
                missing.append(name)
            elif known:
                marks[name] = known
        on_disk = [
            name for name in missing if name not in self._given and is_utf8(self.paths[name])
        ]
        found = (
            self._marked_together(on_disk, words) if self._is_worth_spreading(on_disk) else {}
        )
        for name in missing:
            bits = found[name] if name in found else self._marks(name, words)
            if self.memory is not None and name not in self._given:
                self.memory.keep_mark(name, key, bits)
            if bits:
                marks[name] = bits
        return marks

    def _is_worth_spreading(self, names: Sequence[str]) -> bool:
        return self.jobs > 1 and len(names) >= _WORTH_SPREADING

    def _marked_together(self, names: Sequence[str], words: tuple[str, ...]) -> dict[str, int]:
        paths = [self.paths[name] for name in names]
        chunks = [
            msgspec.msgpack.encode((words, paths[at : at + _CHUNK]))
            for at in range(0, len(paths), _CHUNK)
        ]
        answers = spread(_mark_chunk, chunks, min(self.jobs, len(chunks)))
        return dict(
            zip(
                names,
                (bits for answer in answers for bits in _BITS.decode(answer)),
                strict=True,
            )
        )

    def _marks(self, name: str, words: tuple[str, ...]) -> int:
        try:
            content = self.content(name)
        except UnreadableFileError:
            return 0
        return marks_of(content, words)


_USUAL_WORDS: Final = frozenset(USUAL)
_ASKED: Final = msgspec.msgpack.Decoder(list[tuple[str, str, Kind]])
_FOUND: Final = msgspec.msgpack.Decoder(list[Row | None])


def _survey_chunk(chunk: bytes) -> bytes:
    """The rows of some files, in whatever process."""
    return msgspec.msgpack.encode([_survey_file(*item) for item in _ASKED.decode(chunk)])


def _survey_file(name: str, path: str, kind: Kind) -> Row | None:
    try:
        return survey(read(path), kind, name)
    except UnreadableFileError:
        return None


_MARKED: Final = msgspec.msgpack.Decoder(tuple[tuple[str, ...], list[str]])
_BITS: Final = msgspec.msgpack.Decoder(list[int])


def _mark_chunk(chunk: bytes) -> bytes:
    """Which of some words some files hold, in whatever process."""
    words, paths = _MARKED.decode(chunk)
    return msgspec.msgpack.encode([_mark_file(path, words) for path in paths])


def _mark_file(path: str, words: tuple[str, ...]) -> int:
    try:
        return marks_of(read(path), words)
    except UnreadableFileError:
        return 0


def relative_name(root: Path, path: AnyPath) -> str:
    """The POSIX path of a file from the root."""
    start = f"{root}{os.sep}"
    text = os.fspath(path)
    if text.startswith(start):
        return text[len(start) :].replace(os.sep, "/")
    return Path(os.path.relpath(path, root)).as_posix()


def sought(word: str) -> bytes:
    """A word of a program, or the name of a file, as bytes to look for.

    A string of a program may hold half of a surrogate pair, which no file has; a name of a file may be any bytes.
    """
    try:
        return word.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return word.encode(errors="surrogatepass")


def is_utf8(name: str) -> bool:
    """Whether a name can be written as UTF-8: on POSIX systems it may be any bytes."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
