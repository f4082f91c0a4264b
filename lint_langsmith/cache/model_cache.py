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

from lint_langsmith import __version__, observation
from lint_langsmith.analysis.ir.model import FileModel
from lint_langsmith.analysis.project.byte_gate import may_hold_key
from lint_langsmith.analysis.project.contents import is_utf8
from lint_langsmith.analysis.project.import_graph import Row
from lint_langsmith.cache.location import (
    CacheFolder,
    UnusableCacheError,
    decoded,
    may_hold_secret,
)
from lint_langsmith.redaction import key_like

# Of two versions or two Pythons that lint the same project by turns.
_KEPT_INDEXES: Final = 2


class _Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    size: int
    time: int
    row: Row
    marks: dict[str, int] = {}


class _Index(msgspec.Struct, array_like=True):
    entries: dict[str, _Entry]


class Cache:
    """The cache of one project."""

    def __init__(self, folder: CacheFolder) -> None:
        """`folder` is made when there is something to keep."""
        self._folder = folder
        self._key = _key()
        self._entries: dict[str, _Entry] = {}
        self._changed = False
        self._unsafe: set[str] = set()
        self._models: dict[str, tuple[str, FileModel]] = {}
        self.problem: str | None = None
        try:
            index = decoded(folder, "index", self._key, _Index)
        except UnusableCacheError as error:
            self.problem = str(error)
        else:
            self._entries = index.entries if index is not None else {}

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
        if (found.st_size, found.st_mtime_ns) != (entry.size, entry.time):
            return None
        observation.note_content(path)
        return entry

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
        try:
            return decoded(
                self._folder, "models", self._name(_digest(content, kind)), FileModel
            )
        except UnusableCacheError as error:
            self.problem = str(error)
            return None

    def keep_model(self, name: str, content: bytes, kind: str, model: FileModel) -> None:
        """Keep a model, unless a key may stand in the file."""
        if not may_hold_key(content) and not key_like(
            content.decode("utf-8", errors="replace")
        ):
            self._models[name] = (_digest(content, kind), model)

    def refuse(self, name: str) -> None:
        """Do not keep the model of a file: a secret was found in it."""
        self._unsafe.add(name)

    def _name(self, digest: str) -> str:
        return f"{self._key}-{digest}"

    # -- writing -----------------------------------------------------------------------------------------------------

    def save(self, names: Collection[str]) -> None:
        """Write what is new; `names` are the files that the project has now."""
        models = {name: item for name, item in self._models.items() if name not in self._unsafe}
        if not self._changed and not models:
            return
        encoded = ((self._name(digest), _encoded(model)) for digest, model in models.values())
        try:
            self._folder.write(
                "models",
                ((name, body) for name, body in encoded if body and not may_hold_secret(body)),
            )
            if self._changed:
                entries = {
                    name: entry for name, entry in self._entries.items() if name in names
                }
                self._folder.write(
                    "index", [(self._key, msgspec.msgpack.encode(_Index(entries)))]
                )
                self._folder.sweep("models")
                self._folder.sweep("index", keep=_KEPT_INDEXES)
        except UnusableCacheError as error:
            self.problem = str(error)


def _key() -> str:
    """What all of the cache depends on besides the files: our version, what makes and shapes a model, the tables."""
    package = Path(__file__).parent.parent
    makers = [*(package / "analysis").rglob("*.py"), *(package / "source").glob("*.py")]
    digest = hashlib.blake2b(f"{__version__} {sys.version_info[:2]}".encode(), digest_size=8)
    for path in sorted(makers):
        digest.update(path.read_bytes())
    for path in sorted((package / "sdk" / "data").iterdir()):
        digest.update(f"{path.name} {path.stat().st_size}".encode())
    return digest.hexdigest()


def _digest(content: bytes, kind: str) -> str:
    return hashlib.blake2b(content, digest_size=20, person=kind.encode()[:16]).hexdigest()


def _encoded(model: FileModel) -> bytes:
    """The model as bytes; nothing for one that is too deep, or holds half of a surrogate pair."""
    try:
        return msgspec.msgpack.encode(model)
    except (UnicodeEncodeError, RecursionError):
        return b""
