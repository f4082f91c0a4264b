"""Work for several processes: chunks go out, bytes come back, whoever did them."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

Work: TypeAlias = Callable[[bytes], bytes]
Ready: TypeAlias = Callable[[], None]

# Forking is quick, and safe where nothing else runs in this process; elsewhere a new Python is started.
FORKS: Final = sys.platform == "linux"
# A process that has nothing to do while this one is busy with a chunk of its own has the next one already.
_AHEAD: Final = 2
# Results come in order: with less in flight one process would wait for another that is slower.
_IN_FLIGHT: Final = 4
# What is larger is sent only to one that has nothing to send itself: else both may wait for each other.
_SMALL: Final = 16 * 1024
_ENOUGH: Final = b""


def processors() -> int:
    """How many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows have no such call
        return os.cpu_count() or 1


def can_be_helped() -> bool:
    """Whether other processes may be started.

    One that is forked while another thread runs, as in the language server, may wait for a lock for ever. And the
    processes of a pool of someone else's (flake8's) must not have children.
    """
    pools = sys.modules.get("multiprocessing")
    return threading.active_count() == 1 and not (pools is not None and pools.current_process().daemon)


def spread(work: Work, chunks: Iterable[bytes], jobs: int) -> Iterator[bytes]:
    """`work` done to each chunk, by this process and `jobs` - 1 others; results come in the order of the chunks.

    Chunks are taken as they are needed: what was answered may decide over those that follow. `work` is a function of a
    module (another process finds it by name), and must not raise.
    """
    if jobs < 2 or not can_be_helped():
        yield from map(work, chunks)
        return
    crew = Crew(work, jobs - 1)
    waiting, numbers = iter(chunks), deque[int]()
    try:
        while True:
            numbers.extend(crew.ask(chunk) for chunk in islice(waiting, jobs * _IN_FLIGHT - len(numbers)))
            if not numbers:
                return
            while not crew.has_answered(numbers[0]) and crew.lend_a_hand():
                pass
            yield crew.answer(numbers.popleft())
    finally:
        crew.dismiss()


def _nothing() -> None:
    """What most work needs before it can begin."""


class Crew:
    """Other processes that do one kind of work, while this one does something else or lends a hand.

    Of a process that dies (of lack of memory) the work is done by the others, in the end by this one.
    """

    def __init__(self, work: Work, size: int, ready: Ready = _nothing) -> None:
        """`size` processes: `ready` is what each of them needs before its first chunk, `work` is as for `spread`."""
        from multiprocessing import get_context  # noqa: PLC0415 - small projects never need it

        context: Any = get_context("fork" if FORKS else "spawn")
        pipes = [context.Pipe() for _ in range(size)]
        self._work = work
        self._waiting: deque[int] = deque()
        self._chunks: list[bytes] = []
        self._done: dict[int, bytes] = {}
        self._members: list[tuple[Connection, deque[int]]] = [(ours, deque()) for ours, _ in pipes]
        self._processes: list[BaseProcess] = []
        for several in [pipes] if FORKS else [[pipe] for pipe in pipes]:
            mine, theirs = zip(*several, strict=True)
            # A process that was forked has this one's ends of the pipes as well.
            process = context.Process(target=_serve, args=(theirs, mine if FORKS else (), work, ready), daemon=True)
            process.start()
            self._processes.append(process)
            for connection in theirs:
                connection.close()

    def ask(self, chunk: bytes) -> int:
        """Have a chunk done by whoever is free; the number by which to get the answer."""
        self._chunks.append(chunk)
        self._waiting.append(len(self._chunks) - 1)
        self._hand_out()
        return len(self._chunks) - 1

    def has_answered(self, number: int) -> bool:
        """Whether the answer is there."""
        self._collect(wait=False)
        return number in self._done

    def answer(self, number: int) -> bytes:
        """What `work` made of a chunk, as soon as it is there; it can be asked for once."""
        while number not in self._done:
            if self._members:
                self._collect(wait=True)
            else:
                self.lend_a_hand()
        self._chunks[number] = b""
        return self._done.pop(number)

    def lend_a_hand(self) -> bool:
        """Do the next chunk that no one has yet; False where there is none."""
        if not self._waiting:
            return False
        number = self._waiting.popleft()
        self._done[number] = self._work(self._chunks[number])
        return True

    def dismiss(self) -> None:
        """Let all go: those that still work are not waited for."""
        if any(pending for _, pending in self._members):
            for process in self._processes:
                process.terminate()
        for connection, pending in self._members:
            if not pending:
                with contextlib.suppress(OSError):
                    connection.send_bytes(_ENOUGH)
            connection.close()
        self._members = []
        for process in self._processes:
            process.join()

    def _hand_out(self) -> None:
        for connection, pending in list(self._members):
            while self._waiting and len(pending) < (_AHEAD if len(self._chunks[self._waiting[0]]) < _SMALL else 1):
                number = self._waiting.popleft()
                pending.append(number)
                try:
                    connection.send_bytes(self._chunks[number])
                except OSError:
                    self._lose(connection, pending)
                    break

    def _collect(self, *, wait: bool) -> None:
        from multiprocessing.connection import wait as wait_for  # noqa: PLC0415 - loaded with the first crew

        busy = [member for member in self._members if member[1]]
        answering = wait_for([connection for connection, _ in busy], None if wait else 0)
        for connection, pending in busy:
            if connection in answering:
                try:
                    self._done[pending[0]] = connection.recv_bytes()
                    pending.popleft()
                except (EOFError, OSError):
                    self._lose(connection, pending)
        self._hand_out()

    def _lose(self, connection: Connection, pending: deque[int]) -> None:
        """A process has died: what it had waits again."""
        self._waiting.extendleft(reversed(pending))
        pending.clear()
        self._members = [member for member in self._members if member[0] is not connection]
        connection.close()


def _serve(connections: Sequence[Connection], foreign: Sequence[Connection], work: Work, ready: Ready) -> None:
    """Be one of the processes of a crew, or all of them: what is ready once is ready in each that is forked then."""
    for connection in foreign:
        connection.close()
    _print_nothing()
    gc.disable()
    # Who asks has gone, or is gone with this process: there is nothing left to do.
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        ready()
        mine, forked = _shared_out(connections)
        while (chunk := mine.recv_bytes()) != _ENOUGH:
            mine.send_bytes(work(chunk))
        mine.close()
        for child in forked:
            os.waitpid(child, 0)


def _print_nothing() -> None:
    """Whoever reads what the run prints does not wait for a process that outlives it by a chunk."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


def _shared_out(connections: Sequence[Connection]) -> tuple[Connection, list[int]]:
    """Makes a process for each of the connections: its own one, and in the first of them who the others are."""
    mine, *others = connections
    forked: list[int] = []
    for other in others:
        child = os.fork()
        if not child:
            mine, forked = other, []
            break
        forked.append(child)
    for connection in connections:
        if connection is not mine:
            connection.close()
    return mine, forked
