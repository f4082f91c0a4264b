"""A line on a terminal that says how far a long run is; it goes when something is to be read there."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final, TextIO

# Who waits for less than that does not want to know.
_PATIENCE: Final = 1.0
_EVERY: Final = 0.1
_BAR: Final = 20
# The phases that are shown, with the words behind their numbers, in the order in which they begin.
_WORDS: Final = {
    "read": "read",
    "parse": "parsed",
    "flow": "calls followed",
    "check": "checked",
}


class Line:
    """A line that is drawn at most ten times in a second, and never in the first one."""

    def __init__(self, stream: TextIO, now: Callable[[], float] = time.monotonic) -> None:
        """`stream` is a terminal."""
        self._stream = stream
        self._now = now
        self._next = now() + _PATIENCE
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
    """Draws the line of a run over files."""

    def __call__(self, counts: Mapping[str, int], totals: Mapping[str, int]) -> None:
        """Show how many things each phase has done, of how many; the bar is that of the files that are checked."""
        self.show(lambda: _line(counts, totals))


def bar(done: int, total: int) -> str:
    """A bar that is as full as so many of so many."""
    filled = round(_BAR * done / max(1, total))
    return f"[{'#' * filled:-<{_BAR}}]"


def _line(counts: Mapping[str, int], totals: Mapping[str, int]) -> str:
    parts = []
    for phase, words in _WORDS.items():
        total = f"/{totals[phase]}" if totals.get(phase) else ""
        if counts.get(phase):
            parts.append(f"{counts[phase]}{total} {words}")
    return f"{bar(counts.get('check', 0), totals.get('check', 0))} {', '.join(parts)}"
