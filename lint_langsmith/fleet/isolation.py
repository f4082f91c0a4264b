"""What a Dask worker runs: it hands each repository to a server of its own, and waits for the result.

A task can't be ended in Dask, and a worker that is ended takes other tasks with it. So the worker examines nothing
itself: what hangs, crashes or eats memory is a process beside it (`server.py`).
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import BinaryIO, Final, cast

import msgspec

from lint_langsmith.fleet.messages import received, send
from lint_langsmith.fleet.states import state_of

_MODULE: Final = "lint_langsmith.fleet.server"


# Dask's nanny has its workers give memory back with each piece that is freed (MALLOC_TRIM_THRESHOLD_), and numeric
# libraries use one thread. A process that examines repositories ends before long, and would ask for the same pages
# again and again.
_OF_WORKERS: Final = "distributed.nanny.pre-spawn-environ"


class ServerLostError(Exception):
    """The server has gone without an answer: another worker is asked."""


class _Server:
    """A process with everything imported, and the lines to it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - this Python, a module of ours
            [sys.executable, "-m", _MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env=_environment(),
            # `-m` looks for modules in the working directory first: that of the standard library holds no others.
            cwd=Path(os.__file__).parent,
            start_new_session=True,  # Ctrl-C is for the command; we end when our input does
        )

    @property
    def is_there(self) -> bool:
        """Whether it has not ended: one that is not needed for long does."""
        return self._process.poll() is None

    def ask(self, request: bytes) -> bytes:
        """The answer to a request.

        Raises:
            ServerLostError: it has ended.
        """
        try:
            send(cast("BinaryIO", self._process.stdin).fileno(), request)
            answer = received(cast("BinaryIO", self._process.stdout).fileno())
        except OSError:
            answer = None
        if answer is None:
            raise ServerLostError(f"the server of a worker ended with {self._process.wait()}")
        return answer


def _environment() -> dict[str, str]:
    """The environment of a server: that of the worker, without what Dask has put there for it."""
    import dask  # noqa: PLC0415 - a look at what has not changed starts no cluster

    of_workers = dask.config.get(_OF_WORKERS, {})
    return {
        name: value for name, value in os.environ.items() if value != str(of_workers.get(name))
    }


_idle: Final[list[_Server]] = []
_lock: Final = threading.Lock()


def examined(request: bytes) -> bytes:
    """The result for a request, both as `server.py` encodes them: whatever the repository does, there is one.

    Raises:
        ServerLostError: the server has gone; nothing is known of the repository.
    """
    server = _taken() or _Server()
    answer = server.ask(request)
    with _lock:
        _idle.append(server)
    return answer


def _taken() -> _Server | None:
    """A server that has nothing to do."""
    with _lock:
        while _idle:
            server = _idle.pop()
            if server.is_there:
                return server
    return None


class Probe(msgspec.Struct, frozen=True):
    """Folders of repositories with their states in an earlier run, to be compared with those of now."""

    known: list[tuple[str, str]]
    settings: str
    with_history: bool


def unchanged(content: bytes) -> list[int]:
    """The numbers of the folders of a probe whose state is surely what it was."""
    probe = msgspec.msgpack.decode(content, type=Probe)
    return [
        number
        for number, (folder, known) in enumerate(probe.known)
        if known
        and known
        == state_of(folder, probe.settings, with_history=probe.with_history, may_ask=False)
    ]
