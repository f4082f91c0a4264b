"""Work for several processes: chunks go out, bytes come back, whoever did them."""

from __future__ import annotations

import contextlib
import functools
import gc
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeAlias

from lint_langsmith import observation
from lint_langsmith.workers.processes import FORKS, Line, fork, shared_out, start, with_messages

Work: TypeAlias = Callable[[bytes], bytes]
Ready: TypeAlias = Callable[[], None]

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
    return threading.active_count() == 1 and not (
        pools is not None and pools.current_process().daemon
    )


def spread(work: Work, chunks: Iterable[bytes], jobs: int) -> Iterator[bytes]:
    """`work` done to each chunk, by this process and `jobs` - 1 others; results come in the order of the chunks.

    Chunks are taken as they are needed: what was answered may decide over those that follow. `work` is a function of a
    module (another process finds it by name), and must not raise.
    """
    if jobs < 2 or not can_be_helped():
        yield from map(work, chunks)
        return
    pool = WorkerPool(work, jobs - 1)
    waiting, numbers = iter(chunks), deque[int]()
    try:
        while True:
            numbers.extend(
                pool.ask(chunk) for chunk in islice(waiting, jobs * _IN_FLIGHT - len(numbers))
            )
            if not numbers:
                return
            while not pool.has_answered(numbers[0]) and pool.run_here():
                pass
            yield pool.answer(numbers.popleft())
    finally:
        pool.shut_down()


def _nothing() -> None:
    """What most work needs before it can begin."""


class WorkerPool:
    """Other processes that do one kind of work, while this one does something else or lends a hand.

    Of a process that dies (of lack of memory) the work is done by the others, in the end by this one.
    """

    def __init__(self, work: Work, size: int, ready: Ready = _nothing) -> None:
        """`size` processes: `ready` is what each of them needs before its first chunk, `work` is as for `spread`."""
        duty = functools.partial(_serve, work=work, ready=ready)
        started = fork(size, duty) if FORKS else start(size, duty)
        self._work = work
        self._waiting: deque[int] = deque()
        self._chunks: list[bytes] = []
        self._done: dict[int, bytes] = {}
        self._members: list[tuple[Line, deque[int]]] = [
            (line, deque()) for line in started.lines
        ]
        self._processes = [*started.processes]

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

    def answer(self, number: int, waiting: Callable[[int], None] = lambda _: None) -> bytes:
        """What `work` made of a chunk, as soon as it is there; it can be asked for once.

        `waiting` is told meanwhile how many answers are there that no one has asked for.
        """
        while number not in self._done:
            if self._members:
                self._collect(wait=True)
            else:
                self.run_here()
            waiting(len(self._done))
        self._chunks[number] = b""
        return self._done.pop(number)

    def run_here(self) -> bool:
        """Do the next chunk that no one has yet; False where there is none."""
        if not self._waiting:
            return False
        number = self._waiting.popleft()
        self._done[number] = self._work(self._chunks[number])
        return True

    def shut_down(self) -> None:
        """Let all go: those that still work are not waited for."""
        if any(pending for _, pending in self._members):
            for process in self._processes:
                process.terminate()
        for line, pending in self._members:
            if not pending:
                with contextlib.suppress(OSError):
                    line.send_bytes(_ENOUGH)
            line.close()
        self._members = []
        for process in self._processes:
            process.join()
        self._processes = []

    def _hand_out(self) -> None:
        for line, pending in list(self._members):
            while self._waiting and len(pending) < (
                _AHEAD if len(self._chunks[self._waiting[0]]) < _SMALL else 1
            ):
                number = self._waiting.popleft()
                pending.append(number)
                try:
                    line.send_bytes(self._chunks[number])
                except OSError:
                    self._lose(line, pending)
                    break

    def _collect(self, *, wait: bool) -> None:
        busy = [member for member in self._members if member[1]]
        answering = with_messages([line for line, _ in busy], wait=wait)
        for line, pending in busy:
            if line in answering:
                try:
                    self._done[pending[0]] = observation.unsealed(line.recv_bytes())
                    pending.popleft()
                except (EOFError, OSError):
                    self._lose(line, pending)
        self._hand_out()

    def _lose(self, line: Line, pending: deque[int]) -> None:
        """A process has died: what it had waits again."""
        self._waiting.extendleft(reversed(pending))
        pending.clear()
        self._members = [member for member in self._members if member[0] is not line]
        line.close()


def _serve(lines: Sequence[Line], foreign: Sequence[Line], work: Work, ready: Ready) -> None:
    """Be one of the processes of a pool, or all of them: what is ready once is ready in each that is forked then."""
    for line in foreign:
        line.close()
    _print_nothing()
    gc.disable()
    # Who asks has gone, or is gone with this process: there is nothing left to do.
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        ready()
        mine, others = shared_out(lines)
        observation.begin()
        while (chunk := mine.recv_bytes()) != _ENOUGH:
            mine.send_bytes(observation.sealed(work(chunk)))
        mine.close()
        for process in others:
            process.join()


def _print_nothing() -> None:
    """Whoever reads what the run prints does not wait for a process that outlives it by a chunk."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)
