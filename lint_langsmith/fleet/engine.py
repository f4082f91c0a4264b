"""How the work is done, as data: nothing of Dask is imported for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Engine(NamedTuple):
    """How the work is done.

    `scheduler` is the address of a Dask scheduler (None: a cluster of `workers` processes here, with its `dashboard`
    at an address, if any). A repository may take `timeout` seconds and `memory` bytes, is tried `retries` times more
    where its worker is lost or its address can't be cloned, and asks a worker for its `resources`.
    """

    scheduler: str | None = None
    workers: int = 1
    dashboard: str | None = None
    timeout: float = 600.0
    memory: int = 2 << 30
    retries: int = 2
    resources: Mapping[str, float] = {}


class SchedulerLostError(Exception):
    """The scheduler is gone in the middle of the run."""
