"""The one opener: everything that is read of a checkout is read here, and what is written is whole or not there.

A checkout is not trusted. A name in it may be a FIFO, a socket, a device, a link to itself or a file of any size, and a
name that a configuration holds may be anything. So only regular files are opened, never in a way that waits, and no
more of them is read than a bound says. `source/root.py` tells where a checkout ends.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from lint_langsmith import observation
from lint_langsmith.source.literals import finder_of
from lint_langsmith.source.text import UnreadableFileError

_MIB: Final = 1024 * 1024
# GitHub takes no larger file, and notebooks with all their images stay below.
LARGEST_SOURCE: Final = 100 * _MIB
# Written by hand, as are ignore files.
LARGEST_CONFIGURATION: Final = _MIB
# A hundred bytes for each of 600,000 findings.
LARGEST_BASELINE: Final = 64 * _MIB
# What is larger is data: it is not searched for keys, and that is said.
LARGEST_SEARCHED: Final = 1024 * _MIB
# A hundred bytes for each of 2,500,000 files: the largest repositories that are known have fewer.
LARGEST_INDEX: Final = 256 * _MIB

# A FIFO would wait for a writer, a terminal would become ours. Windows has none of these.
_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
)
# So much of a file's name is in that of its draft, which must be no longer than the 255 bytes that systems allow.
_DRAFT_NAME: Final = 40
# Of these the machine is to blame, not the file: a run that goes on would call clean what it has not seen.
_EXHAUSTED: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})


class ExhaustedError(Exception):
    """The system has no more file descriptors or memory to give: the run can't go on."""


def read(path: Path | str, limit: int = LARGEST_SOURCE) -> bytes:
    """The bytes of a regular file of at most `limit` bytes, without the buffers that Python sets up for each file.

    Raises:
        UnreadableFileError: it can't be read, is not a regular file, or is larger.
        ExhaustedError: the system has no descriptor left.
    """
    noted = observation.current
    if noted is not None:
        noted.contents[os.fspath(path)] = False
    try:
        handle = _opened(path)
        try:
            size = os.fstat(handle).st_size
            if size > limit:
                raise UnreadableFileError(_too_large(limit))
            content = os.read(handle, size + 1)
            if len(content) != size:  # it grows, or has no size of its own
                content = _rest_of(handle, content, limit)
        finally:
            os.close(handle)
    except (OSError, ValueError) as error:
        raise unreadable(error) from None
    if noted is not None:
        noted.contents[os.fspath(path)] = True
    return content


def head_of(path: Path | str, length: int) -> tuple[int, bytes]:
    """The size of a regular file in bytes, and the first `length` bytes of it.

    Raises:
        UnreadableFileError: it can't be read, or is not a regular file.
        ExhaustedError: the system has no descriptor left.
    """
    noted = observation.current
    if noted is not None:
        noted.contents.setdefault(os.fspath(path), False)
    try:
        handle = _opened(path)
        try:
            found = os.fstat(handle).st_size, os.read(handle, length)
        finally:
            os.close(handle)
    except (OSError, ValueError) as error:
        raise unreadable(error) from None
    observation.note_content(path)
    return found


def holds(path: Path | str, words: Sequence[bytes]) -> bool:
    """Whether one of the words stands in a regular file, which may be larger than what is read at once.

    Raises:
        UnreadableFileError: it can't be read, or is not a regular file.
        ExhaustedError: the system has no descriptor left.
    """
    overlap = max(map(len, words)) - 1
    found = finder_of(tuple(words))
    observation.note_content(path)
    try:
        handle = _opened(path)
        try:
            rest = b""
            for _ in range(0, LARGEST_SEARCHED, _MIB):
                chunk = os.read(handle, _MIB)
                if not chunk:
                    break
                text = rest + chunk
                if found.holds_any(text):
                    return True
                rest = text[-overlap:]
        finally:
            os.close(handle)
    except (OSError, ValueError) as error:
        raise unreadable(error) from None
    return False


def is_file(path: Path | str) -> bool:
    """Whether there is a regular file, also through links."""
    answer = os.path.isfile(path)  # noqa: PTH113 - asked of very many paths
    observation.note("is_file", path, answer)
    return answer


def is_folder(path: Path | str) -> bool:
    """Whether there is a folder, also through links."""
    answer = os.path.isdir(path)  # noqa: PTH112 - asked of very many paths
    observation.note("is_folder", path, answer)
    return answer


def exists(path: Path | str) -> bool:
    """Whether there is anything; a link that leads nowhere is nothing."""
    answer = os.path.exists(path)  # noqa: PTH110 - asked of very many paths
    observation.note("exists", path, answer)
    return answer


def is_link(path: Path | str) -> bool:
    """Whether a name is a link, of whatever kind the system has."""
    is_junction = getattr(os.path, "isjunction", None)  # Python 3.12
    answer = os.path.islink(path) or (is_junction is not None and is_junction(path))  # noqa: PTH114
    observation.note("is_link", path, answer)
    return answer


def real(path: Path | str) -> str:
    """The path of a file without links; what is not there has one, too."""
    answer = os.path.realpath(path)
    observation.note("real", path, answer)
    return answer


def identity(path: Path | str) -> tuple[int, int]:
    """What a file or folder is, whatever its names: device and inode; zeros for what is not there."""
    try:
        found = os.stat(path)  # noqa: PTH116 - of many folders
        answer = (found.st_dev, found.st_ino)
    except (OSError, ValueError):
        answer = (0, 0)
    # A fresh checkout has other inodes. Which of its folders are the same is up to the links in them, which are noted.
    observation.note("exists", path, answer != (0, 0))
    return answer


def listing(folder: Path | str) -> list[os.DirEntry[str]]:
    """The entries of a folder, by name.

    Raises:
        UnreadableFileError: it can't be read.
        ExhaustedError: the system has no descriptor left.
    """
    noted = observation.current
    if noted is not None:
        noted.listings[os.fspath(folder)] = False
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except (OSError, ValueError) as error:
        raise unreadable(error) from None
    if noted is not None:
        noted.listings[os.fspath(folder)] = True
    return found


def home() -> Path | None:
    """The user's home folder; None for a user who has none (in a container, without an entry in passwd)."""
    try:
        return Path.home()
    except (RuntimeError, KeyError):
        return None


def unreadable(error: OSError | ValueError) -> UnreadableFileError:
    """What an error of the system says of a file.

    Raises:
        ExhaustedError: it says nothing of the file, but that the system has no descriptor left.
    """
    if not isinstance(error, OSError):
        return UnreadableFileError("cannot be read: no file can have this name")
    if error.errno in _EXHAUSTED:
        raise ExhaustedError(f"{error.strerror}: fewer processes (`-j1`) need fewer") from None
    return UnreadableFileError(f"cannot be read: {error.strerror}")


def _opened(path: Path | str) -> int:
    """A descriptor of a regular file: asked before it is opened, since to open a device may have effects, and after.

    Raises:
        OSError: it can't be opened.
        UnreadableFileError: it is not a regular file.
    """
    _check_regular(os.stat(path).st_mode, path)  # noqa: PTH116 - of very many files
    handle = os.open(path, _FLAGS)
    try:
        _check_regular(os.fstat(handle).st_mode, path)
    except BaseException:
        os.close(handle)
        raise
    return handle


def _check_regular(mode: int, path: Path | str) -> None:
    if stat.S_ISREG(mode):
        return
    if stat.S_ISDIR(mode):
        os.scandir(path).close()  # that it can't be read is said first
        raise UnreadableFileError("is a folder")
    raise UnreadableFileError("is not a regular file")


def _rest_of(handle: int, content: bytes, limit: int) -> bytes:
    chunks, size = [content], len(content)
    while chunks[-1]:
        chunks.append(os.read(handle, _MIB))
        size += len(chunks[-1])
        if size > limit:
            raise UnreadableFileError(_too_large(limit))
    return b"".join(chunks)


def _too_large(limit: int) -> str:
    return f"is larger than {limit // _MIB} MiB"


# -- writing ---------------------------------------------------------------------------------------------------------


def write_whole(path: Path, content: bytes) -> None:
    """Put `content` in the place of a file at once, or make the file and the folders around it.

    The mode of a file that was there is kept. A link is not written through, and a file that is write-protected or is
    not regular is left alone.

    Raises:
        OSError: it can't be written; then nothing has changed.
    """
    import tempfile  # noqa: PLC0415 - most runs write nothing

    if is_link(path):
        raise OSError(errno.ELOOP, "it is a link", str(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    there = path.exists()
    if there and not path.is_file():
        raise OSError(
            errno.EISDIR,
            "it is a folder" if path.is_dir() else "it is not a regular file",
            str(path),
        )
    if there and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, "it is write-protected", str(path))
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:_DRAFT_NAME]}.")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        mode = path.stat().st_mode if there else 0o666 & ~_umask()
        draft.chmod(mode & 0o7777)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def write_to(path: Path, content: bytes) -> None:
    """Write to what the command line names as the place of a report: also `/dev/stdout`, a pipe, a link of the user's.

    Raises:
        OSError: it can't be written.
    """
    # Asked of the name itself: a pipe behind `/dev/stdout` has no path of its own.
    if path.exists() and not path.is_file() and not path.is_dir():
        path.write_bytes(content)
    else:
        write_whole(path.resolve(), content)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
