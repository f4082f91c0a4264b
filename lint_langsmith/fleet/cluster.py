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
_PROBED_AT_ONCE: Final = 100
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
        stack.callback(client.close, timeout=_SECONDS_TO_CLOSE)
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
    with dask.config.set({"temporary-directory": folder}):
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
            cluster.close(timeout=_SECONDS_TO_CLOSE)


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


def results(client: Client, engine: Engine, jobs: Iterable[Job]) -> Iterator[Result]:
    """A result for each job, as they come; no more jobs are taken than are soon to be done.

    Raises:
        SchedulerLostError: the scheduler has gone.
    """
    waiting = iter(jobs)
    done = as_completed(loop=client.loop, with_results=True, raise_errors=False)
    asked: dict[str, Job] = {}
    batch = [*itertools.islice(waiting, _WINDOW)]
    while batch or asked:
        for future, job in zip(_submitted(client, engine, batch), batch, strict=True):
            asked[future.key] = job
            done.add(future)
        future, answer = next(done)
        job = asked.pop(future.key)
        yield _result(job, future.status, answer)
        future.release()
        batch = [*itertools.islice(waiting, 1)]


def _submitted(client: Client, engine: Engine, jobs: Sequence[Job]) -> Iterator[Any]:
    for job in jobs:
        request = Request(job, "", engine.timeout, engine.memory)
        yield client.submit(
            _examined_here,
            msgspec.msgpack.encode(request),
            pure=False,
            retries=engine.retries,
            resources=dict(engine.resources) or None,
        )


def _examined_here(request: bytes) -> bytes:
    """What a worker does: the folders of its repositories are made in its own, which Dask cleans up.

    Raises:
        CloneFailedError: it is to be tried again.
        ServerLostError: likewise.
    """
    given = msgspec.msgpack.decode(request, type=Request)
    here = msgspec.structs.replace(given, scratch=get_worker().local_directory)
    answer = examined(msgspec.msgpack.encode(here))
    result = msgspec.msgpack.decode(answer, type=Result)
    if result.status == "not cloned":
        raise CloneFailedError(result.reason)
    return answer


def _result(job: Job, status: str, answer: Any) -> Result:
    """What a future says of its job.

    Raises:
        SchedulerLostError: it was cancelled, which nobody but a lost scheduler does.
    """
    name = job.source.name
    if status == "finished":
        return msgspec.msgpack.decode(answer, type=Result)
    if status == "cancelled" or isinstance(answer, CancelledError):
        raise SchedulerLostError
    error = answer[1]
    if isinstance(error, CloneFailedError):
        return failure(name, "not cloned", str(error))
    if isinstance(error, KilledWorker):
        return failure(name, "lost", "several workers were lost that examined it")
    return failure(name, "lost", first_line(error))
