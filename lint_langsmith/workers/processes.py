"""Other processes and the lines to them: how they are begun, spoken to and let go.

Forking is quick, and safe where nothing else runs in this process: it is done with what the system has, since to import
`multiprocessing` takes as long as to read a hundred files. Elsewhere `multiprocessing` starts a new Python.
"""

from __future__ import annotations

import os
import signal
import struct
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple, Protocol, TypeAlias

FORKS: Final = sys.platform == "linux"
_LENGTH: Final = struct.Struct("!Q")


class Line(Protocol):
    """An end of what connects two processes: messages go out and come in, whole."""

    def fileno(self) -> int:
        """What to wait for until a message is there."""

    def send_bytes(self, message: bytes) -> None:
        """Send a message. Raises OSError where nobody is left to get it."""

    def recv_bytes(self) -> bytes:
        """The next message. Raises EOFError where nobody is left to send one."""

    def close(self) -> None:
        """Neither send nor receive any more."""


# What a process is there for: it gets the ends of the lines that it shares out, and those that it must close.
Duty: TypeAlias = Callable[[Sequence[Line], Sequence[Line]], None]


class Process(Protocol):
    """A process that was started by this one."""

    def terminate(self) -> None:
        """End it, whatever it is doing."""

    def join(self) -> None:
        """Wait for its end: where nobody does, something is left of it."""


class Started(NamedTuple):
    """Processes that were started, and this one's ends of the lines to them."""

    lines: Sequence[Line]
    processes: Sequence[Process]


class _Pipes:
    """A line of two pipes: what `multiprocessing.Pipe` is, without its import."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self._incoming, self._outgoing = incoming, outgoing

    def fileno(self) -> int:
        return self._incoming

    def send_bytes(self, message: bytes) -> None:
        rest = memoryview(_LENGTH.pack(len(message)) + message)
        while rest:
            rest = rest[os.write(self._outgoing, rest) :]

    def recv_bytes(self) -> bytes:
        (length,) = _LENGTH.unpack(self._received(_LENGTH.size))
        return self._received(length)

    def _received(self, length: int) -> bytes:
        parts: list[bytes] = []
        while length:
            part = os.read(self._incoming, min(length, _AT_ONCE))
            if not part:
                raise EOFError
            parts.append(part)
            length -= len(part)
        return b"".join(parts)

    def close(self) -> None:
        for end in (self._incoming, self._outgoing):
            os.close(end)


# A pipe holds no more, and a read makes room for all that it may get.
_AT_ONCE: Final = 1 << 16


def _ends() -> tuple[Line, Line]:
    """The ends of a line."""
    here_in, there_out = os.pipe()
    there_in, here_out = os.pipe()
    return _Pipes(here_in, here_out), _Pipes(there_in, there_out)


class _Child:
    """A process that was forked by this one."""

    def __init__(self, number: int) -> None:
        self._number = number

    def terminate(self) -> None:
        os.kill(self._number, signal.SIGTERM)

    def join(self) -> None:
        os.waitpid(self._number, 0)


def fork(size: int, duty: Duty) -> Started:
    """A process that has `size` lines to share out with others (`shared_out`) as soon as it is ready."""
    mine, theirs = zip(*(_ends() for _ in range(size)), strict=True)
    number = os.fork()
    if not number:
        # What this process is in the middle of must not go on twice, whatever happens.
        try:
            # To be let go, or interrupted, means to end at once, also within a call of libcst.
            for end in (signal.SIGINT, signal.SIGTERM):
                signal.signal(end, signal.SIG_DFL)
            duty(theirs, mine)
        finally:
            os._exit(0)
    for line in theirs:
        line.close()
    return Started(mine, [_Child(number)])


@contextmanager
def _away_from_checkout() -> Iterator[None]:
    """Work in the folder of the standard library for a while.

    A new Python that runs `-c`, as those of `multiprocessing` do, looks for modules in its working directory first: a
    `random.py` of the checkout that is linted would be run.
    """
    before = os.getcwd()  # noqa: PTH109 - `pathlib` is not imported here
    os.chdir(os.path.dirname(os.path.abspath(os.__file__)))  # noqa: PTH100, PTH120 - likewise
    try:
        yield
    finally:
        os.chdir(before)


def start(size: int, duty: Duty) -> Started:
    """`size` new Pythons with a line each, which find `duty` by its name."""
    from multiprocessing import get_context  # noqa: PLC0415 - see above

    context = get_context("spawn")
    pipes = [context.Pipe() for _ in range(size)]
    processes = [
        context.Process(target=duty, args=((theirs,), ()), daemon=True) for _, theirs in pipes
    ]
    with _away_from_checkout():
        for process, (_, theirs) in zip(processes, pipes, strict=True):
            process.start()
            theirs.close()
    return Started([mine for mine, _ in pipes], processes)


def shared_out(lines: Sequence[Line]) -> tuple[Line, Sequence[Process]]:
    """Forks until there is a process for each of the lines: its own one, and in the first of them the others."""
    mine, forked = lines[0], list[Process]()
    for other in lines[1:]:
        number = os.fork()
        if not number:
            mine, forked = other, []
            break
        forked.append(_Child(number))
    for line in lines:
        if line is not mine:
            line.close()
    return mine, forked


def with_messages(lines: Sequence[Line], *, wait: bool) -> Sequence[Line]:
    """Those of the lines on which there is a message, or the end; `wait` until there is one."""
    if sys.platform == "win32":
        from multiprocessing.connection import wait as wait_for  # noqa: PLC0415 - see above

        return wait_for(lines, None if wait else 0)
    import select  # noqa: PLC0415 - Windows can't wait for a line with it

    poll = select.poll()
    numbers = {line.fileno(): line for line in lines}
    for number in numbers:
        poll.register(number, select.POLLIN)
    return [numbers[number] for number, _ in poll.poll(None if wait else 0)]
