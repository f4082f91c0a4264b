"""The engine: Dask distributed hands the repositories to its workers, and asks again where one is lost.

Without an address a cluster of processes is started on this machine, and ended with the run.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import os
import tempfile
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any, Final

import dask
import msgspec
from distributed import (
    Client,
    KilledWorker,
    LocalCluster,
    as_completed,
    get_worker,
)

from lint_langsmith.config.options import UsageError
from lint_langsmith.fleet.engine import Engine, SchedulerLostError
from lint_langsmith.fleet.isolation import Probe, examined, unchanged
from lint_langsmith.fleet.jobs import Job, Request, Result, failure, first_line

# So many jobs are at the scheduler at once: enough that a cluster which scales by what waits sees work for a hundred
# workers, and few enough that the memory of this process does not depend on how many there are in all.
_WINDOW: Final = 1000
_FIRST: Final = 64  # before it is known how long one takes
_PROBED_AT_ONCE: Final = 100
# Dask gives a worker up that is not back 15 s after it was killed, which a busy machine takes to start one. And a run
# for which there are no workers at all would wait for ever.
_LOCAL_SETTINGS: Final = {
    "distributed.deploy.lost-worker-timeout": "10 minutes",
    "distributed.scheduler.no-workers-timeout": "15 minutes",
    # A worker only waits: there is nothing to be learned from looking at it a hundred times in a second.
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "500ms",
    "distributed.admin.tick.cycle": "10s",
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.admin.system-monitor.gil.enabled": False,
    # Its memory is that of Dask itself: the server looks at that of what examines.
    "distributed.worker.memory.monitor-interval": "1s",
}
_LOOPBACK: Final = "127.0.0.1"
_SECONDS_TO_CONNECT: Final = 30
_SECONDS_TO_CLOSE: Final = 5


class CloneFailedError(Exception):
    """An address could not be cloned: it is tried again. The message is the reason, without any password."""


@contextlib.contextmanager
def connected(engine: Engine) -> Iterator[Client]:
    """A client of the cluster, which is ended with it if it is ours.

    Raises:
        UsageError: there is no scheduler at the address.
    """
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(
            tempfile.TemporaryDirectory(
                prefix="lint-langsmith-fleet-", ignore_cleanup_errors=True
            )
        )
        # Processes that Dask starts look for modules in the working directory first: that may be a checkout.
        stack.enter_context(_working_in(folder))
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        local = (
            stack.enter_context(_local(engine, folder)) if engine.scheduler is None else None
        )
        try:
            client = Client(
                local or engine.scheduler, timeout=_SECONDS_TO_CONNECT, set_as_default=False
            )
        except (OSError, ValueError, asyncio.TimeoutError) as error:
            raise UsageError(f"--scheduler: {first_line(error)}") from None
        stack.callback(_close, client)
        yield client


@contextlib.contextmanager
def _working_in(folder: str) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextlib.contextmanager
def _local(engine: Engine, folder: str) -> Iterator[LocalCluster]:
    """A cluster of processes with a thread each, on the loopback interface alone."""
    with dask.config.set({"temporary-directory": folder, **_LOCAL_SETTINGS}):
        cluster = LocalCluster(
            n_workers=engine.workers,
            threads_per_worker=1,
            processes=True,
            host=_LOOPBACK,
            # Without an address Dask serves its metrics to the whole network.
            dashboard_address=engine.dashboard or f"{_LOOPBACK}:0",
            worker_dashboard_address=f"{_LOOPBACK}:0",
            local_directory=folder,
            memory_limit="auto",
            silence_logs=logging.CRITICAL,
        )
        try:
            yield cluster
        finally:
            _close(cluster)


def _close(one: Client | LocalCluster) -> None:
    """Close a client or a cluster: what does not end in time on a busy machine ends with this process."""
    with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
        one.close(timeout=_SECONDS_TO_CLOSE)


# -- states ----------------------------------------------------------------------------------------------------------


def find_unchanged(client: Client, probe: Probe) -> Iterator[int]:
    """The numbers of the folders in a probe whose state is what it was; many are asked for at once.

    A worker that is lost says nothing of its folders: they are examined.
    """
    parts = [
        msgspec.structs.replace(probe, known=probe.known[at : at + _PROBED_AT_ONCE])
        for at in range(0, len(probe.known), _PROBED_AT_ONCE)
    ]
    encoded = [msgspec.msgpack.encode(part) for part in parts]
    asked = client.map(unchanged, encoded, pure=False, retries=1)
    for number, answer in enumerate(client.gather(asked, errors="skip")):
        yield from (number * _PROBED_AT_ONCE + found for found in answer)


# -- work ------------------------------------------------------------------------------------------------------------

# A task costs Dask some milliseconds of work, as much as a small repository takes: such are handed out in groups, each
# of about so many seconds. What goes wrong in a group is asked again by itself: it may have been another one's fault,
# and what takes long would keep the results of the others back.
_SECONDS_OF_A_GROUP: Final = 1.0
_LARGEST_GROUP: Final = 32
_PATIENCE: Final = 15.0  # seconds, with one of a group
# A group whose repositories take longer than expected is given back when it has taken so many seconds: what is left of
# it is handed out one by one, to whichever worker is free. Else, at the end of a run, one worker has a group of large
# repositories to itself and the others have nothing.
_LONGEST_GROUP: Final = 1.5
_TO_ASK_AGAIN: Final = frozenset({"not cloned", "timeout"})
# How much the newest repository counts in the time that one is expected to take.
_NEWEST: Final = 0.05


def results(client: Client, engine: Engine, jobs: Iterable[Job]) -> Iterator[Result]:
    """A result for each job, as they come; no more jobs are taken than are soon to be done.

    Raises:
        SchedulerLostError: the scheduler has gone.
    """
    work = _Work(engine, jobs)
    done = as_completed(loop=client.loop, with_results=True, raise_errors=False)
    while True:
        for group in work.groups():
            done.add(_submitted(client, engine, work, group))
        if not work.asked:
            return
        future, answer = next(done)
        yield from work.results(future.key, future.status, answer)
        future.release()


class _Work:
    """The jobs: those that wait, those that are asked for, and those that are to be asked for again by themselves."""

    def __init__(self, engine: Engine, jobs: Iterable[Job]) -> None:
        self._engine = engine
        self._waiting = iter(jobs)
        self._alone: deque[Job] = deque()
        self._in_flight = 0
        self._expected: float | None = (
            None  # seconds for a repository; None before there is a result
        )
        self.asked: dict[str, Sequence[Job]] = {}

    def groups(self) -> Iterator[Sequence[Job]]:
        """What is to be handed out now."""
        while self._in_flight < (_FIRST if self._expected is None else _WINDOW):
            group = [self._alone.popleft()] if self._alone else self._next_group()
            if not group:
                return
            self._in_flight += len(group)
            yield group

    def _next_group(self) -> Sequence[Job]:
        size = 1
        if self._expected is not None:
            size = int(
                _SECONDS_OF_A_GROUP / max(self._expected, _SECONDS_OF_A_GROUP / _LARGEST_GROUP)
            )
        return [*itertools.islice(self._waiting, max(1, size))]

    def results(self, key: str, status: str, answer: Any) -> Iterator[Result]:
        """What a future says of its jobs.

        Raises:
            SchedulerLostError: it was cancelled, which nobody but a lost scheduler does.
        """
        group = self.asked.pop(key)
        self._in_flight -= len(group)
        if status == "cancelled" or isinstance(answer, CancelledError):
            raise SchedulerLostError
        if status == "finished":
            yield from self._of_group(group, answer)
        elif len(group) > 1:
            self._alone.extend(group)
        else:
            yield _failed(group[0].source.name, answer[1])

    def _of_group(self, group: Sequence[Job], answers: Sequence[bytes]) -> Iterator[Result]:
        self._alone.extend(group[len(answers) :])
        for job, content in zip(group, answers, strict=False):
            result = msgspec.msgpack.decode(content, type=Result)
            if len(group) > 1 and result.status in _TO_ASK_AGAIN:
                self._alone.append(job)
            else:
                self._note(result.seconds)
                yield result

    def _note(self, seconds: float) -> None:
        before = seconds if self._expected is None else self._expected
        self._expected = before + (seconds - before) * _NEWEST


def _submitted(client: Client, engine: Engine, work: _Work, group: Sequence[Job]) -> Any:
    timeout = engine.timeout if len(group) == 1 else min(engine.timeout, _PATIENCE)
    requests = [Request(job, "", timeout, engine.memory) for job in group]
    future = client.submit(
        _examined_here,
        msgspec.msgpack.encode(requests),
        pure=False,
        retries=engine.retries,
        resources=dict(engine.resources) or None,
    )
    work.asked[future.key] = group
    return future


def _examined_here(content: bytes) -> list[bytes]:
    """What a worker does with a group, as far as it comes: folders are made in its own, which Dask cleans up.

    Raises:
        CloneFailedError: the only repository is to be tried again.
        ServerLostError: all are.
    """
    requests = msgspec.msgpack.decode(content, type=list[Request])
    folder = get_worker().local_directory
    begun = time.monotonic()
    answers: list[bytes] = []
    for request in requests:
        if answers and time.monotonic() - begun > _LONGEST_GROUP:
            break
        here = msgspec.structs.replace(request, scratch=folder)
        answers.append(examined(msgspec.msgpack.encode(here)))
    if len(requests) == 1:
        result = msgspec.msgpack.decode(answers[0], type=Result)
        if result.status == "not cloned":
            raise CloneFailedError(result.reason)
    return answers


def _failed(name: str, error: BaseException) -> Result:
    """The row of a repository whose task has failed as often as it may."""
    if isinstance(error, CloneFailedError):
        return failure(name, "not cloned", str(error))
    if isinstance(error, KilledWorker):
        return failure(name, "lost", "several workers were lost that examined it")
    return failure(name, "lost", first_line(error))
