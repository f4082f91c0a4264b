"""The files of a project as bytes: read when they are asked for, and not all of them kept."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Final, Protocol, TypeAlias

import msgspec

from lint_langsmith.clock import Clock
from lint_langsmith.model.data import FileModel
from lint_langsmith.model.survey import Row, survey
from lint_langsmith.model.words import USUAL
from lint_langsmith.pool import spread
from lint_langsmith.source.files import read
from lint_langsmith.source.kinds import CODE, CODE_SUFFIXES, PYTHON_SUFFIXES, Kind, kind_of, may_be_code
from lint_langsmith.source.text import UnreadableFileError

AnyPath: TypeAlias = "str | os.PathLike[str]"

# Small projects are read once; of large ones the last files are kept, because questions come file by file.
_KEPT_BYTES: Final = 16 * 1024 * 1024


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

    def __init__(self, root: Path, paths: Iterable[AnyPath], memory: Memory | None = None, jobs: int = 1) -> None:
        """`paths` are all files of the project, whatever their suffix; `jobs` processes may work on them.

        `clock` is for a run to put its own in.
        """
        self.clock = Clock()
        self.root = root
        self.memory = memory
        self.jobs = jobs
        self.paths = {relative_name(root, path): os.fspath(path) for path in paths}
        self.code = {name: path for name, path in self.paths.items() if name.endswith(CODE_SUFFIXES)}
        self._given: dict[str, bytes] = {}
        self._kept: dict[str, bytes] = {}
        self._kept_bytes = 0
        self._rows: dict[str, Row] = {}
        self._broken: set[str] = set()
        self._holders: dict[str, frozenset[str]] = {}
        # For whoever finds modules by their names: what was found, as long as no file is added.
        self.modules: dict[tuple[str, str, tuple[str, ...]], str | None] = {}

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
        return name

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
        while self._kept_bytes > _KEPT_BYTES and len(self._kept) > 1:
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
        return kind_of(path, self.content(name)) if kind == "yaml" or (kind == "text" and not path.suffix) else kind

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
        if self.memory is None or name in self._given:
            return None
        row = self.memory.row(name, self.paths[name])
        if row is not None:
            self._rows[name] = row
        return row

    def _note(self, name: str, row: Row) -> None:
        self._rows[name] = row
        if self.memory is not None and name not in self._given:
            self.memory.keep_row(name, self.paths[name], row)

    def is_plain_python(self, name: str) -> bool:
        """Whether a file is Python source as it is on the disk."""
        return name not in self._given and self.kind(name) == "python"

    def _look(self, name: str) -> Kind:
        return self.kind(name) if name in self.code else "text"

    def unread(self, names: Iterable[str]) -> list[str]:
        """Those of some files of which nothing is known: neither what they hold, nor that they can't be read."""
        rows, broken = self._rows, self._broken
        return [
            name for name in sorted(names) if name not in rows and name not in broken and self._remembered(name) is None
        ]

    def finds_relevant(self, names: Sequence[str]) -> bool:
        """Whether one of the files has to do with LangSmith by itself, if they are so few that this is told at once."""
        if len(names) >= _WORTH_SPREADING:
            return False
        return any(row.relevant for name in names if (row := self._try_row(name)) is not None)

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
        asked = [(name, self.paths[name], self._look(name)) for name in names if is_utf8(self.paths[name])]
        chunks = [asked[start : start + _CHUNK] for start in range(0, len(asked), _CHUNK)]
        answers = spread(_survey_chunk, [msgspec.msgpack.encode(chunk) for chunk in chunks], self.jobs)
        with self.clock.phase("read"):
            self._take_in(chunks, answers)

    def _take_in(self, chunks: Sequence[list[tuple[str, str, Kind]]], answers: Iterable[bytes]) -> None:
        for chunk, answer in zip(chunks, answers, strict=True):
            with self.clock.phase("read", len(chunk)):
                rows = _ROWS.decode(answer)
            for (name, _, _), row in zip(chunk, rows, strict=True):
                if row is not None:
                    self._note(name, row)

    def holding(self, words: Collection[str]) -> dict[str, frozenset[str]]:
        """For each of the words the code files that hold it."""
        if not all(word in self._holders for word in words):
            unknown = [word for word in dict.fromkeys((*words, *USUAL)) if word not in self._holders]
            self.rows(self.code)
            with self.clock.phase("read"):
                marks = self._all_marks(unknown)
            for index, word in enumerate(unknown):
                self._holders[word] = frozenset(name for name, bits in marks.items() if bits >> index & 1)
        return {word: self._holders[word] for word in words}

    def _all_marks(self, words: Sequence[str]) -> dict[str, int]:
        """Which of the words each code file holds, as bits; files without any are left out."""
        memory, key = self.memory, "\n".join(words)
        plan = _plan(words)
        marks: dict[str, int] = {}
        missing: list[str] = []
        for name in sorted(self.code):
            bits = memory.mark(name, key) if memory is not None and name not in self._given else None
            if bits is None:
                missing.append(name)
            elif bits:
                marks[name] = bits
        on_disk = [name for name in missing if name not in self._given and is_utf8(self.paths[name])]
        found = self._marked_together(on_disk, words) if self._is_worth_spreading(on_disk) else {}
        for name in missing:
            bits = found[name] if name in found else self._marks(name, plan)
            if memory is not None and name not in self._given:
                memory.keep_mark(name, key, bits)
            if bits:
                marks[name] = bits
        return marks

    def _is_worth_spreading(self, names: Sequence[str]) -> bool:
        return self.jobs > 1 and len(names) >= _WORTH_SPREADING

    def _marked_together(self, names: Sequence[str], words: Sequence[str]) -> dict[str, int]:
        paths = [self.paths[name] for name in names]
        chunks = [msgspec.msgpack.encode((words, paths[at : at + _CHUNK])) for at in range(0, len(paths), _CHUNK)]
        answers = (bits for answer in spread(_mark_chunk, chunks, self.jobs) for bits in _BITS.decode(answer))
        return dict(zip(names, answers, strict=True))

    def _marks(self, name: str, plan: _Plan) -> int:
        try:
            content = self.content(name)
        except UnreadableFileError:
            return 0
        return _bits(content, plan)


_CHUNKS: Final = msgspec.msgpack.Decoder(list[tuple[str, str, Kind]])
_ROWS: Final = msgspec.msgpack.Decoder(list[Row | None])


def _survey_chunk(chunk: bytes) -> bytes:
    """The rows of some files, in whatever process."""
    return msgspec.msgpack.encode([_survey_file(*item) for item in _CHUNKS.decode(chunk)])


def _survey_file(name: str, path: str, kind: Kind) -> Row | None:
    try:
        return survey(read(path), kind, name)
    except UnreadableFileError:
        return None


_MARKED: Final = msgspec.msgpack.Decoder(tuple[list[str], list[str]])
_BITS: Final = msgspec.msgpack.Decoder(list[int])


def _mark_chunk(chunk: bytes) -> bytes:
    """Which of some words some files hold, in whatever process."""
    words, paths = _MARKED.decode(chunk)
    plan = _plan(words)
    return msgspec.msgpack.encode([_mark_file(path, plan) for path in paths])


def _mark_file(path: str, plan: _Plan) -> int:
    try:
        return _bits(read(path), plan)
    except UnreadableFileError:
        return 0


_Plan: TypeAlias = list[tuple[int, int, bytes]]


def _plan(words: Sequence[str]) -> _Plan:
    """The words in an order to look for them in: for each its bit, the bits of the words inside it, and its bytes."""
    literals = [word.encode() for word in words]
    literals += _stems(literals)
    plan = []
    for bit, literal in sorted(enumerate(literals), key=lambda item: len(item[1])):
        inside = sum(1 << other for other, part in enumerate(literals) if part in literal and part != literal)
        plan.append((1 << bit, inside, literal))
    return plan


def _stems(literals: Sequence[bytes]) -> list[bytes]:
    """What several of the words have in common: where that is missing, all of them are, and most files have none."""
    stems: list[bytes] = []
    left = set(literals)
    while left:
        counts = Counter(
            part
            for literal in left
            for part in {literal[at : at + size] for size in _STEM_SIZES for at in range(len(literal) - size + 1)}
        )
        best = max(counts, key=lambda part: (counts[part], len(part), part), default=b"")
        if counts[best] < _WORTH_A_STEM:
            break
        stems.append(best)
        left -= {literal for literal in left if best in literal}
    return [stem for stem in stems if stem not in literals]


_STEM_SIZES: Final = (3, 4, 5)
_WORTH_A_STEM: Final = 4


def _bits(content: bytes, plan: _Plan) -> int:
    """Which words stand in the content; one that holds another is not looked for where that is missing.

    The bits of stems are above those of the words.
    """
    bits = 0
    for bit, inside, literal in plan:
        if bits & inside == inside and literal in content:
            bits |= bit
    return bits


def relative_name(root: Path, path: AnyPath) -> str:
    """The POSIX path of a file from the root."""
    start = f"{root}{os.sep}"
    text = os.fspath(path)
    if text.startswith(start):
        return text[len(start) :].replace(os.sep, "/")
    return Path(os.path.relpath(path, root)).as_posix()


def is_utf8(name: str) -> bool:
    """Whether a name can be written as UTF-8: on POSIX systems it may be any bytes."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
