"""A line on a terminal that says how far a long run is; it goes when something is to be read there."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final, NamedTuple, TextIO

# Who waits for less than that does not want to know.
_PATIENCE: Final = 1.0
_EVERY: Final = 0.1
# So often the line is drawn while nothing is counted: the seconds in it go on.
_TICK: Final = 0.5
_BAR: Final = 20
_HAS_TIMER: Final = sys.platform != "win32"


class _Phase(NamedTuple):
    """What is shown of a phase: its words, the part of the bar at which it begins, and how much of it is its own."""

    words: str
    start: float = 0.0
    width: float = 0.0


# The phases of a run. Those with a width count things, of which it is known how many there are.
_PHASES: Final = {
    "find": _Phase("finding files"),
    "read": _Phase("reading files", 0.0, 0.1),
    "parse": _Phase("parsing files", 0.1, 0.5),
    "link": _Phase("linking files"),
    "flow": _Phase("following 403s"),
    "load": _Phase("loading the rules"),
    "check": _Phase("checking files", 0.6, 0.4),
    "cache": _Phase("writing the cache"),
    "report": _Phase("writing the reports"),
}


class Line:
    """A line that is drawn at most ten times in a second, and never in the first one."""

    def __init__(self, stream: TextIO, now: Callable[[], float] = time.monotonic) -> None:
        """`stream` is a terminal."""
        self._stream = stream
        self._now = now
        self._began = now()
        self._next = self._began + _PATIENCE
        self._shown = 0

    def show(self, words: Callable[[], str]) -> None:
        """Draw what `words` says, if it is time to."""
        now = self._now()
        if now >= self._next:
            self._next = now + _EVERY
            import shutil  # noqa: PLC0415 - it imports three compressions

            self._draw(words()[: shutil.get_terminal_size().columns - 1])

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            self._draw("")
            self._stream.write("\r")
            self._stream.flush()

    def _draw(self, line: str) -> None:
        # Blanks over what was longer: not every terminal knows how to delete.
        self._stream.write(f"\r{line:<{self._shown}}")
        self._stream.flush()
        self._shown = len(line)


class Progress(Line):
    """Draws the line of a run over files: a bar, the phase that goes on, how far it is, and the seconds until now."""

    def __init__(self, stream: TextIO, now: Callable[[], float] = time.monotonic) -> None:
        """`stream` is a terminal."""
        super().__init__(stream, now)
        self._reached = 0.0
        self._draws = False
        # Those of the clock, which go on changing.
        self._open: Sequence[str] = ()
        self._counts: Mapping[str, int] = {}
        self._totals: Mapping[str, int] = {}

    def __call__(
        self, phases: Sequence[str], counts: Mapping[str, int], totals: Mapping[str, int]
    ) -> None:
        """Show which phases go on, and how many things each has done, of how many."""
        self._open, self._counts, self._totals = phases, counts, totals
        self._show_now()

    def clear(self) -> None:
        """Take the line away; what comes then begins at the bar's beginning."""
        super().clear()
        self._reached = 0.0

    def _show_now(self) -> None:
        if self._draws:
            return  # the system's timer goes off while the line is drawn
        self._draws = True
        try:
            self.show(self._line)
        finally:
            self._draws = False

    def _line(self) -> str:
        for name, phase in _PHASES.items():
            done, total = self._counts.get(name, 0), self._totals.get(name, 0)
            if phase.width and done and total:
                reached = phase.start + phase.width * min(1.0, done / total)
                self._reached = max(self._reached, reached)
        seconds = self._now() - self._began
        return f"{bar(self._reached)} {self._words()}, {seconds:.0f} s"

    def _words(self) -> str:
        """The innermost phase that goes on, and how far it is. The rules are phases of their own, and are not named."""
        name = next((phase for phase in reversed(self._open) if phase in _PHASES), "find")
        done, total = self._counts.get(name, 0), self._totals.get(name, 0)
        words = _PHASES[name].words
        return f"{words}: {done} of {total}" if 0 < done <= total else words

    # -- while nothing is counted ------------------------------------------------------------------------------------

    def __enter__(self) -> None:
        """From here on draw the line while nothing is counted, too: a phase may take long over a single thing."""
        if _HAS_TIMER and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGALRM, self._tick)
            signal.setitimer(signal.ITIMER_REAL, _TICK, _TICK)

    def _tick(self, *_: object) -> None:
        """Draw the line where the timer goes off: what it interrupts may be writing to the same stream."""
        with suppress(OSError, RuntimeError, ValueError):
            self._show_now()

    def __exit__(self, *_: object) -> None:
        """Take the line away."""
        if _HAS_TIMER and threading.current_thread() is threading.main_thread():
            signal.setitimer(signal.ITIMER_REAL, 0)
        self.clear()


def bar(part: float) -> str:
    """A bar that is as full as so much of the whole."""
    filled = min(_BAR, int(_BAR * part))
    return f"[{'#' * filled:-<{_BAR}}]"
