"""A terminal for programs under test."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


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
