"""Where the time of a run goes: phases, in each other as they come, and how far each of them is."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

Watcher: TypeAlias = Callable[[Sequence[str], Mapping[str, int], Mapping[str, int]], None]
"""Is told the phases that are open, how many things each phase has done, and of how many, where that is known."""


class Phase:
    """A phase of a clock as a context. Every file has some: a generator for each would cost more than some of them."""

    __slots__ = ("_clock", "_count", "_name")

    def __init__(self, clock: Clock, name: str, count: int) -> None:
        """`count` things are done within it."""
        self._clock = clock
        self._name = name
        self._count = count

    def __enter__(self) -> None:
        """Begin."""
        self._clock.begin(self._name)

    def __exit__(self, *_: object) -> None:
        """End, whatever happened."""
        self._clock.end(self._name, self._count)


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

    def phase(self, name: str, count: int = 0) -> Phase:
        """Time what is done within; `count` things of the phase are done with it."""
        return Phase(self, name, count)

    def begin(self, name: str) -> None:
        """A phase begins, within the one that is open."""
        self._pass()
        self._open.append(name)

    def end(self, name: str, count: int) -> None:
        """The phase that began last ends, with so many things done."""
        self._pass()
        self._open.pop()
        if count:
            self.count(name, count)

    def count(self, name: str, number: int) -> None:
        """So many things of a phase are done."""
        self.counts[name] += number
        if self._watcher is not None:
            self._watcher(self._open, self.counts, self.totals)

    def is_ahead(self, name: str, number: int) -> None:
        """Tell the watcher that so many more things of a phase are done, which will be counted when they are used."""
        if self._watcher is not None:
            counts = {**self.counts, name: self.counts[name] + number}
            self._watcher(self._open, counts, self.totals)

    def expect(self, name: str, count: int) -> None:
        """Say how many things of a phase are still to come."""
        self.totals[name] = self.counts[name] + count

    def _pass(self) -> None:
        """Give the time until now to the phase that is open."""
        now = time.perf_counter()
        if self._open:
            self.seconds[self._open[-1]] += now - self._since
        self._since = now
