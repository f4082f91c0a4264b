"""A terminal for programs under test."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast


def run_on_terminal(
    command: Sequence[str], cwd: Path, variables: Mapping[str, str], *, with_stdout: bool
) -> tuple[int, str, str]:
    """A program whose standard error is a terminal, and `with_stdout` its standard output as well.

    The result is its exit code, its standard output where that is a pipe, and what the terminal got.
    """
    import pty  # not on Windows

    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*command],
        cwd=cwd,
        stdout=theirs if with_stdout else subprocess.PIPE,
        stderr=theirs,
        env=dict(variables),
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # Linux says so when the other side is closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    stdout = process.communicate()[0] or b""
    return process.returncode, stdout.decode(), shown.decode()


class Terminal:
    """A program on a terminal of its own, and the screen that a person sees there."""

    def __init__(
        self,
        command: Sequence[str],
        cwd: Path,
        variables: Mapping[str, str],
        *,
        lines: int = 40,
        columns: int = 200,
    ) -> None:
        """Start it; it is ended with the context."""
        import pexpect  # not on Windows
        import pyte

        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self._timeout = pexpect.TIMEOUT
        self._end = pexpect.EOF
        self.process: Any = pexpect.spawn(
            command[0],
            [*command[1:]],
            cwd=str(cwd),
            env={**variables, "TERM": "xterm"},
            dimensions=(lines, columns),
        )

    def __enter__(self) -> Terminal:  # noqa: PYI034 - Python 3.10 has no Self
        return self

    def __exit__(self, *_: object) -> None:
        self.process.close(force=True)

    @property
    def shown(self) -> str:
        """What the screen shows now."""
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    def wait_until(self, seen: Callable[[str], bool], *, at_most: float = 60.0) -> str:
        """Read on until the screen is as `seen` has it; the screen. So long it waits on a slow machine."""
        end = time.monotonic() + at_most
        while not seen(self.shown):
            assert time.monotonic() < end, f"in time; the screen shows:\n{self.shown}"
            try:
                self._stream.feed(self.process.read_nonblocking(65536, timeout=0.5))
            except self._timeout:
                continue
            except self._end:
                assert seen(self.shown), (
                    f"the program has ended; the screen shows:\n{self.shown}"
                )
        return self.shown

    def ended_by(self) -> int | None:
        """Wait for the end of the program; the number of the signal that ended it."""
        self.process.expect(self._end, timeout=60)
        self.process.close()
        return cast("int | None", self.process.signalstatus)
