"""A folder for caches as the system has it: opened once, this user's alone, and no link is followed in it."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, NamedTuple

# The index of 100,000 files has about 30 MiB: nothing that we write is larger, and nothing larger is read.
LARGEST_ENTRY: Final = 64 * 1024 * 1024
# Where files can be opened relative to an open folder, no link can take its place in between.
_HAS_HANDLES: Final = (
    os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW") and hasattr(os, "O_DIRECTORY")
)
_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_FOLDER: Final = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _NO_LINK
_FILE: Final = (
    os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | _NO_LINK
)
_NEW_FILE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | _NO_LINK
_REPARSE_POINT: Final = 0x400  # FILE_ATTRIBUTE_REPARSE_POINT: links and junctions of Windows


def is_link(path: Path) -> bool:
    """Whether a path is a link, or a junction of Windows."""
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISLNK(found.st_mode) or bool(
        getattr(found, "st_file_attributes", 0) & _REPARSE_POINT
    )


class Item(NamedTuple):
    """A regular file: its name, bytes, and the time of its last change in seconds."""

    name: str
    size: int
    time: float


@contextlib.contextmanager
def opened(path: str, within: int | None = None, shown: str | None = None) -> Iterator[Folder]:
    """Open a folder, by its path or by its name within an open one; `shown` is its whole path then.

    Raises:
        OSError: it is not there, is no folder, is a link, or others can write to it.
    """
    shown = path if shown is None else shown
    if not _HAS_HANDLES:
        _check(os.lstat(shown), shown)
        yield Folder(shown, None)
        return
    try:
        handle = os.open(path, _FOLDER, dir_fd=within)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENOTDIR}:
            raise PermissionError(error.errno, _NO_FOLDER, shown) from None
        raise
    try:
        _check(os.fstat(handle), shown)
        yield Folder(shown, handle)
    finally:
        os.close(handle)


class Folder:
    """An open folder that is no link and that nobody but this user can write to.

    Its files are named relative to it where the system can do that, so that no link is followed.
    """

    def __init__(self, path: str, handle: int | None) -> None:
        self._path = path
        self._handle = handle

    def folder(self, name: str, *, make: bool = False) -> AbstractContextManager[Folder]:
        """Open a folder in this one.

        Raises:
            OSError: as for `opened`.
        """
        if make:
            with contextlib.suppress(FileExistsError):
                os.mkdir(self._at(name), mode=0o700, dir_fd=self._handle)
        return opened(name, self._handle, os.path.join(self._path, name))  # noqa: PTH118 - text as well

    def read(self, name: str) -> bytes:
        """The bytes of a file.

        Raises:
            OSError: it is not there, is no regular file, or is too large.
        """
        if self._handle is None and is_link(Path(self._at(name))):
            raise OSError(0, "it is a link")
        handle = os.open(self._at(name), _FILE, dir_fd=self._handle)
        try:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST_ENTRY:
                raise OSError(0, "it is no regular file, or too large")
            return os.read(handle, found.st_size)
        finally:
            os.close(handle)

    def write(self, name: str, content: bytes) -> None:
        """Put a file in its place at once; a link that is there is replaced, not followed.

        Raises:
            OSError: it can't be written.
        """
        draft = f"draft-{os.urandom(8).hex()}"
        handle = os.open(self._at(draft), _NEW_FILE, 0o600, dir_fd=self._handle)
        try:
            try:
                left = memoryview(content)
                while left:
                    left = left[os.write(handle, left) :]
            finally:
                os.close(handle)
            os.replace(
                self._at(draft),
                self._at(name),
                src_dir_fd=self._handle,
                dst_dir_fd=self._handle,
            )
        except BaseException:
            self.delete(draft)
            raise

    def holds(self, name: str, content: bytes) -> bool:
        """Whether a file is there and has this content."""
        try:
            return self.read(name) == content
        except OSError:
            return False

    def age(self, name: str) -> float:
        """The seconds since a file was written; infinite where there is none."""
        try:
            return (
                time.time()
                - os.stat(self._at(name), dir_fd=self._handle, follow_symlinks=False).st_mtime
            )
        except OSError:
            return float("inf")

    def names(self) -> list[str]:
        """The names of all that is in it."""
        return os.listdir(self._path if self._handle is None else self._handle)  # noqa: PTH208 - names alone

    def files(self) -> Iterable[Item]:
        """The regular files in it."""
        with os.scandir(self._path if self._handle is None else self._handle) as entries:
            found = [entry for entry in entries if entry.is_file(follow_symlinks=False)]
            states = [(entry.name, entry.stat(follow_symlinks=False)) for entry in found]
        return [Item(name, state.st_size, state.st_mtime) for name, state in states]

    def delete(self, name: str) -> None:
        """Delete a file, if it is there."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._at(name), dir_fd=self._handle)

    def delete_folder(self, name: str) -> None:
        """Delete a folder with nothing in it.

        Raises:
            OSError: it holds something.
        """
        os.rmdir(self._at(name), dir_fd=self._handle)

    def _at(self, name: str) -> str:
        return name if self._handle is not None else os.path.join(self._path, name)  # noqa: PTH118 - as above


_NO_FOLDER: Final = "it is a link, or no folder"


def _check(found: os.stat_result, path: str) -> None:
    """Raise unless a folder is this user's alone, as ssh does for its keys."""
    reason = None
    if (
        not stat.S_ISDIR(found.st_mode)
        or getattr(found, "st_file_attributes", 0) & _REPARSE_POINT
    ):
        reason = _NO_FOLDER
    elif hasattr(os, "geteuid"):
        if found.st_uid != os.geteuid():
            reason = "it belongs to another user"
        elif found.st_mode & 0o022:
            reason = "other users can write to it"
    if reason is not None:
        raise PermissionError(0, reason, path)
