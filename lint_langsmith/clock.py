"""Where the time of a run goes: phases, in each other as they come, and how far each of them is."""

from __future__ import annotations

import contextlib
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

Watcher: TypeAlias = Callable[[Mapping[str, int], Mapping[str, int]], None]
"""Is told how many things each phase has done, and of how many, where that is known."""


class Clock:
    """Adds up seconds by phase. Of phases in each other a second counts for the innermost one alone."""

    def __init__(self, watcher: Watcher | None = None) -> None:
        """`watcher` is told of every counted step."""
        self.seconds: dict[str, float] = defaultdict(float)
        self.counts: Counter[str] = Counter()
        self.totals: Counter[str] = Counter()
        self._watcher = watcher
        self._open: list[str] = []
        self._since = 0.0

    @contextlib.contextmanager
    def phase(self, name: str, count: int = 0) -> Iterator[None]:
        """Time what is done within; `count` things of the phase are done with it."""
        self._pass()
        self._open.append(name)
        try:
            yield
        finally:
            self._pass()
            self._open.pop()
            if count:
                self.counts[name] += count
                if self._watcher is not None:
                    self._watcher(self.counts, self.totals)

    def expect(self, name: str, count: int) -> None:
        """Say how many things of a phase are still to come."""
        self.totals[name] = self.counts[name] + count

    def _pass(self) -> None:
        """Give the time until now to the phase that is open."""
        now = time.perf_counter()
        if self._open:
            self.seconds[self._open[-1]] += now - self._since
        self._since = now
