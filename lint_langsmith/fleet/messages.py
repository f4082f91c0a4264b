"""Messages between processes: bytes with their length before them, over a pipe."""

from __future__ import annotations

import os
import struct
from typing import Final

_LENGTH: Final = struct.Struct("!Q")


def send(stream: int, content: bytes) -> None:
    """Write a message.

    Raises:
        BrokenPipeError: nobody is left to read it.
    """
    rest = memoryview(_LENGTH.pack(len(content)) + content)
    while rest:
        rest = rest[os.write(stream, rest) :]


def received(stream: int) -> bytes | None:
    """The next message; None where nobody is left to send one."""
    head = _exactly(stream, _LENGTH.size)
    return None if head is None else _exactly(stream, _LENGTH.unpack(head)[0])


def _exactly(stream: int, length: int) -> bytes | None:
    content = bytearray()
    while len(content) < length:
        part = os.read(stream, length - len(content))
        if not part:
            return None
        content += part
    return bytes(content)


class Incoming:
    """A message that comes in pieces, to somebody who has something else to look at in between."""

    def __init__(self) -> None:
        self._content = bytearray()

    def add(self, piece: bytes) -> bytes | None:
        """The message, once its last piece is there."""
        self._content += piece
        if len(self._content) < _LENGTH.size:
            return None
        end = _LENGTH.size + int(_LENGTH.unpack_from(self._content)[0])
        return bytes(self._content[_LENGTH.size : end]) if len(self._content) >= end else None
