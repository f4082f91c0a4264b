"""Work for several processes: chunks go out, bytes come back, in the order of the chunks whoever did them."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

Work: TypeAlias = Callable[[bytes], bytes]

# A process that has nothing to do while this one is busy with a chunk of its own has the next one already.
_AHEAD: Final = 2
_ENOUGH: Final = b""


def processors() -> int:
    """How many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows have no such call
        return os.cpu_count() or 1


def spread(work: Work, chunks: Sequence[bytes], jobs: int) -> Iterator[bytes]:
    """`work` done to each chunk, by this process and `jobs` - 1 others; results come in the order of the chunks.

    `work` is a function of a module (another process finds it by name), and must not raise. Chunks must be small: they
    are sent while the other side may still be sending, and a pipe holds 64 KiB.
    """
    helpers = min(jobs, len(chunks)) - 1
    # A process that is forked while another thread runs (the language server has some) may wait for a lock for ever.
    if helpers < 1 or threading.active_count() > 1:
        yield from map(work, chunks)
        return
    crew = _Crew(work, helpers)
    try:
        yield from crew.run(chunks)
    finally:
        crew.dismiss()


class _Crew:
    """The other processes, each with a pipe to it."""

    def __init__(self, work: Work, helpers: int) -> None:
        # Forking is quick, and safe where nothing else runs in this process; elsewhere a new Python is started.
        from multiprocessing import get_context  # noqa: PLC0415 - small projects never need it

        context: Any = get_context("fork" if sys.platform == "linux" else "spawn")
        self._work = work
        self._members: list[tuple[BaseProcess, Connection, deque[int]]] = []
        for _ in range(helpers):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, work), daemon=True)
            process.start()
            theirs.close()
            self._members.append((process, ours, deque()))

    def dismiss(self) -> None:
        """Let all go: those that still work are not waited for."""
        for process, connection, pending in self._members:
            if pending:
                process.terminate()
            else:
                connection.send_bytes(_ENOUGH)
            connection.close()
        for process, _connection, _pending in self._members:
            process.join()

    def run(self, chunks: Sequence[bytes]) -> Iterator[bytes]:
        waiting = deque(range(len(chunks)))
        done: dict[int, bytes] = {}
        for wanted in range(len(chunks)):
            while wanted not in done:
                self._hand_out(chunks, waiting)
                if waiting:
                    index = waiting.popleft()
                    done[index] = self._work(chunks[index])
                    self._collect(done, wait=False)
                else:
                    self._collect(done, wait=True)
            yield done.pop(wanted)

    def _hand_out(self, chunks: Sequence[bytes], waiting: deque[int]) -> None:
        for _process, connection, pending in self._members:
            while waiting and len(pending) < _AHEAD:
                index = waiting.popleft()
                connection.send_bytes(chunks[index])
                pending.append(index)

    def _collect(self, done: dict[int, bytes], *, wait: bool) -> None:
        for _process, connection, pending in self._members:
            while pending and (wait or connection.poll()):
                done[pending.popleft()] = connection.recv_bytes()


def _serve(connection: Connection, work: Work) -> None:
    gc.disable()
    # The end of the pipe says nothing: processes that were forked later have it open as well.
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        while (chunk := connection.recv_bytes()) != _ENOUGH:
            connection.send_bytes(work(chunk))
