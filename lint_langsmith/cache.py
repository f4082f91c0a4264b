"""What earlier runs found out about files: by size and time what their bytes tell, by content their models.

The cache is data that can be thrown away at any time. Whatever is wrong with it (truncated, foreign, of another
version, not writable), the run goes on without it. It holds no secret: files in which a key may stand are not kept.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Collection
from pathlib import Path
from typing import Final

import msgspec

from lint_langsmith import __version__
from lint_langsmith.cachedir import may_hold_secret, prepare
from lint_langsmith.model.data import FileModel
from lint_langsmith.model.gate import may_hold_key
from lint_langsmith.model.sources import is_utf8
from lint_langsmith.model.survey import Row
from lint_langsmith.redaction import key_like
from lint_langsmith.source.files import write_whole

_KEPT_DAYS: Final = 14


class _Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    size: int
    time: int
    row: Row
    marks: dict[str, int] = {}


class _Index(msgspec.Struct, array_like=True):
    key: str
    entries: dict[str, _Entry]


class Cache:
    """The cache of one project."""

    def __init__(self, folder: Path) -> None:
        """`folder` is made when there is something to keep."""
        self._folder = folder
        self._key = _key()
        self._entries: dict[str, _Entry] = {}
        self._changed = False
        self._unsafe: set[str] = set()
        self._models: dict[str, tuple[str, FileModel]] = {}
        self.problem: str | None = None
        self._read()

    def _read(self) -> None:
        path = self._folder / "index"
        try:
            index = msgspec.msgpack.decode(path.read_bytes(), type=_Index)
        except FileNotFoundError:
            return
        except (OSError, msgspec.DecodeError, RecursionError) as error:
            self.problem = f"{path}: not used ({type(error).__name__})"
            return
        if index.key == self._key:
            self._entries = index.entries
        else:
            self.problem = f"{path}: not used, it is of another version"

    # -- bytes -------------------------------------------------------------------------------------------------------

    def row(self, name: str, path: str) -> Row | None:
        """What the bytes of a file told, if it has not changed since."""
        entry = self._entry(name, path)
        return entry.row if entry is not None else None

    def _entry(self, name: str, path: str) -> _Entry | None:
        entry = self._entries.get(name)
        if entry is None:
            return None
        try:
            found = os.stat(path)  # noqa: PTH116 - of very many files
        except OSError:
            return None
        return entry if (found.st_size, found.st_mtime_ns) == (entry.size, entry.time) else None

    def keep_row(self, name: str, path: str, row: Row) -> None:
        """Keep what the bytes of a file tell, unless a key may stand in its name or in what it imports."""
        if not is_utf8(name) or may_hold_key(name.encode() + row.imports):
            return
        try:
            found = os.stat(path)  # noqa: PTH116 - likewise
        except OSError:
            return
        # A file that was just written may be written again within the same tick of the clock.
        if time.time_ns() - found.st_mtime_ns > 2_000_000_000:
            self._entries[name] = _Entry(found.st_size, found.st_mtime_ns, row)
            self._changed = True

    def mark(self, name: str, words: str) -> int | None:
        """Which of some words an unchanged file holds, as bits; call it after `row`."""
        entry = self._entries.get(name)
        return entry.marks.get(words) if entry is not None else None

    def keep_mark(self, name: str, words: str, bits: int) -> None:
        """Keep which of some words a file holds."""
        entry = self._entries.get(name)
        if entry is not None:
            entry.marks[words] = bits
            self._changed = True

    # -- models ------------------------------------------------------------------------------------------------------

    def model(self, content: bytes, kind: str) -> FileModel | None:
        """The model of a file with this content."""
        path = self._path(_digest(content, kind))
        try:
            return msgspec.msgpack.decode(path.read_bytes(), type=FileModel)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError, RecursionError) as error:
            self.problem = f"{path}: not used ({type(error).__name__})"
            return None

    def keep_model(self, name: str, content: bytes, kind: str, model: FileModel) -> None:
        """Keep a model, unless a key may stand in the file."""
        if not may_hold_key(content) and not key_like(content.decode("utf-8", errors="replace")):
            self._models[name] = (_digest(content, kind), model)

    def refuse(self, name: str) -> None:
        """Do not keep the model of a file: a secret was found in it."""
        self._unsafe.add(name)

    def _path(self, digest: str) -> Path:
        return self._folder / "models" / digest[:2] / f"{self._key}-{digest[2:]}"

    # -- writing -----------------------------------------------------------------------------------------------------

    def save(self, names: Collection[str]) -> None:
        """Write what is new; `names` are the files that the project has now."""
        models = {name: item for name, item in self._models.items() if name not in self._unsafe}
        if not self._changed and not models:
            return
        try:
            prepare(self._folder)
            for digest, model in models.values():
                encoded = _encoded(model)
                if encoded and not may_hold_secret(encoded):
                    write_whole(self._path(digest), encoded)
            if self._changed:
                entries = {name: entry for name, entry in self._entries.items() if name in names}
                write_whole(self._folder / "index", msgspec.msgpack.encode(_Index(self._key, entries)))
                self._sweep()
        except (OSError, RecursionError) as error:
            self.problem = f"{self._folder}: not written ({type(error).__name__})"

    def _sweep(self) -> None:
        """Models that no one has written for long are of contents that are gone, or will be made again."""
        oldest = time.time() - _KEPT_DAYS * 86400
        for path in (self._folder / "models").glob("*/*"):
            if path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)


def _key() -> str:
    """What all of the cache depends on besides the files: our version, what makes and shapes a model, the tables."""
    package = Path(__file__).parent
    makers = [*(package / "model").rglob("*.py"), *(package / "source").glob("*.py")]
    digest = hashlib.blake2b(f"{__version__} {sys.version_info[:2]}".encode(), digest_size=8)
    for path in sorted(makers):
        digest.update(path.read_bytes())
    for path in sorted((package / "sdk" / "data").iterdir()):
        digest.update(f"{path.name} {path.stat().st_size}".encode())
    return digest.hexdigest()


def _digest(content: bytes, kind: str) -> str:
    return hashlib.blake2b(content, digest_size=20, person=kind.encode()[:16]).hexdigest()


def _encoded(model: FileModel) -> bytes:
    """The model as bytes; nothing for one that holds half of a surrogate pair, which no encoding has."""
    try:
        return msgspec.msgpack.encode(model)
    except UnicodeEncodeError:
        return b""
