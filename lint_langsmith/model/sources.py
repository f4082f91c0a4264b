"""The files of a project as bytes: read when they are asked for, and not all of them kept."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from lint_langsmith.model.survey import Row, survey
from lint_langsmith.source.kinds import CODE, Kind, kind_of
from lint_langsmith.source.text import UnreadableFileError

CODE_SUFFIXES: Final = (".py", ".pyi", ".pyw", ".ipynb")
# Small projects are read once; of large ones the last files are kept, because questions come file by file.
_KEPT_BYTES: Final = 16 * 1024 * 1024


class Sources:
    """Bytes by path, and what the bytes alone tell. All names are POSIX paths relative to the root."""

    def __init__(self, root: Path, paths: Sequence[Path]) -> None:
        """`paths` are all files of the project, whatever their suffix."""
        self.root = root
        self.paths = {relative_name(root, path): path for path in paths}
        self.code = {name: path for name, path in self.paths.items() if name.endswith(CODE_SUFFIXES)}
        self._given: dict[str, bytes] = {}
        self._kept: dict[str, bytes] = {}
        self._kept_bytes = 0
        self._rows: dict[str, Row] = {}

    def add(self, path: Path, content: bytes | None = None) -> str:
        """Take in a file that is not among the project's (a script that was named), or judge it by other `content`."""
        name = relative_name(self.root, path)
        self.paths.setdefault(name, path)
        if content is not None:
            self._given[name] = content
            self._rows.pop(name, None)
        if name not in self.code and self.kind(name) in CODE:
            self.code[name] = path
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
        path = PurePosixPath(name)
        kind = kind_of(path)
        return kind_of(path, self.content(name)) if kind == "yaml" or (kind == "text" and not path.suffix) else kind

    def row(self, name: str) -> Row:
        """What the bytes of a file tell; a file that can't be read tells nothing."""
        known = self._rows.get(name)
        if known is None:
            try:
                known = survey(self.content(name), self.kind(name) if name in self.code else "text", name)
            except UnreadableFileError:
                known = Row(relevant=False, imports=b"")
            self._rows[name] = known
        return known

    def rows(self, names: Iterable[str]) -> Mapping[str, Row]:
        """The same of many files."""
        return {name: self.row(name) for name in sorted(names)}


def read(path: Path | str) -> bytes:
    """The bytes of a file, without the buffers that Python's own way sets up for each.

    Raises:
        UnreadableFileError: the file can't be read.
    """
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0))
        try:
            size = os.fstat(handle).st_size
            content = os.read(handle, size + 1)
            if len(content) != size:  # it grows, or has no size of its own
                chunks = [content]
                while chunks[-1]:
                    chunks.append(os.read(handle, 1 << 20))
                content = b"".join(chunks)
        finally:
            os.close(handle)
    except OSError as error:
        raise UnreadableFileError(f"cannot be read: {error.strerror}") from None
    return content


def relative_name(root: Path, path: Path) -> str:
    """The POSIX path of a file from the root."""
    start = f"{root}{os.sep}"
    text = str(path)
    if text.startswith(start):
        return text[len(start) :].replace(os.sep, "/")
    return Path(os.path.relpath(path, root)).as_posix()
