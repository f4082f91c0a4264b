"""Files read at once, and written so that they are whole or not there, with the mode and the links that they had."""

from __future__ import annotations

import os
from pathlib import Path

from lint_langsmith.source.text import UnreadableFileError


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


def head_of(path: Path | str, length: int) -> tuple[int, bytes]:
    """The size of a file in bytes, and the first bytes of it.

    Raises:
        OSError: it can't be read.
    """
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0))
    try:
        return os.fstat(handle).st_size, os.read(handle, length)
    finally:
        os.close(handle)


def write_whole(path: Path, content: bytes) -> None:
    """Put `content` in the place of a file at once, or make the file and the folders around it.

    A link is written through, the mode of a file that was there is kept, and one that must not be written is not.
    What is no file (`/dev/stdout`, a pipe) is written to.

    Raises:
        OSError: it can't be written; then nothing has changed.
    """
    import tempfile  # noqa: PLC0415 - most runs write nothing

    path = path.resolve()
    if path.exists() and not path.is_file() and not path.is_dir():
        path.write_bytes(content)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(13, "it is write-protected", str(path))
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        mode = path.stat().st_mode if path.exists() else 0o666 & ~_umask()
        draft.chmod(mode & 0o7777)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
