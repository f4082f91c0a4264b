"""Limits of time that mean the same on every machine: each is told against a job that is measured just before.

The limits of the tests are seconds of the machine on which they were set. There libcst took 12 s of CPU for a megabyte
of `x=[0,0,…]`; a machine that takes 24 s for it is given twice the time for everything else. The job is one of
libcst's, because that is what most of the time goes into, and it needs the same of a machine: many small objects.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Final

# CPU seconds of the job on the machine of the limits: 0.85 s on one that took 24.2 s for the megabyte.
_REFERENCE_SECONDS: Final = 0.42
_JOB: Final = """
import gc, time
import libcst
gc.disable()
taken = []
for _ in range(3):
    started = time.process_time()
    libcst.parse_module("x=[" + "0," * 25_000 + "]")
    taken.append(time.process_time() - started)
print(sorted(taken)[1])
"""


def slowness() -> float:
    """How many times as long as the machine of the limits this one takes now: the median of three, in CPU time."""
    command = [sys.executable, "-c", _JOB]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout) / _REFERENCE_SECONDS


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Assert that what is done inside takes at most so many CPU seconds of the machine of the limits."""
    factor = slowness()
    started = time.process_time()
    yield
    taken = time.process_time() - started
    assert taken <= seconds * factor, (
        f"{taken:.1f} s, of {seconds * factor:.1f} s on this machine"
    )


def assert_linear(seconds: Callable[[int], float], size: int) -> None:
    """Four times as much takes at most about four times as long; in the square it would be sixteen."""
    seconds(1)  # what is imported and read once
    measured: list[tuple[float, float]] = []
    while len(measured) < _LOOKS:
        small, large = min(seconds(size), seconds(size)), seconds(size * 4)
        if large < 7 * small + 0.3:
            return
        # Once more: another process may have taken the processor's caches away.
        measured.append((small, large))
    raise AssertionError(f"seconds of the two sizes: {measured}")


_LOOKS: Final = 3
