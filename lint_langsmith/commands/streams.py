"""The standard streams as the commands use them: what is printed holds no key, and errors have exit codes."""

from __future__ import annotations

import errno
import os
import sys
from typing import Any, TextIO, TypeGuard

import click

from lint_langsmith.interruption import raise_if_interrupted


def prepare_streams() -> None:
    """Make a character that the terminal's encoding lacks no reason to fail."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def echo(text: str, *, err: bool = False) -> None:
    """Print a text that holds no key and no command, whatever it quotes: a path, a setting, a selector."""
    from lint_langsmith.output.printable import printable

    click.echo(printable(text), err=err)


def echo_json(content: Any) -> None:
    """Print JSON: in ASCII, which is JSON in every encoding of a terminal."""
    import json

    from lint_langsmith.output.printable import Medium, printable

    click.echo(
        printable(
            json.dumps(content, indent=2, ensure_ascii=not _is_utf8(sys.stdout)), Medium.JSON
        )
    )


def _is_utf8(stream: TextIO) -> bool:
    return (stream.encoding or "").lower().replace("-", "") == "utf8"


def read_stdin() -> bytes:
    """All of standard input.

    Raises:
        UsageError: it is closed.
    """
    from lint_langsmith.config.options import UsageError

    if sys.stdin is None:  # closed by who started us (`<&-`)
        raise UsageError(
            "standard input is closed, so there is nothing to lint by the name of `-`"
        )
    return sys.stdin.buffer.read()


def is_of_output(error: OSError) -> bool:
    """Whether it says that what is printed has no room: errors of files that are opened have a name."""
    return error.filename is None and error.errno in {
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EIO,
        errno.EBADF,
    }


def lose_output() -> None:
    """Nothing more can be printed, not even at shutdown."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def echo_crash(error: Exception) -> None:
    """Tell of an error that nothing expected, unless a signal brought it about."""
    raise_if_interrupted()
    trace = "" if _is_exhausted(error) else _trace()
    echo(f"{trace}lint-langsmith: error: {_whose_fault(error)}", err=True)


def _trace() -> str:
    """Where the error that is handled comes from; nothing where there is not even a file descriptor to tell it by."""
    try:
        import traceback

        return traceback.format_exc()
    except Exception:  # noqa: BLE001 - that an error can't be shown is no reason for another exit code
        return ""


def _whose_fault(error: Exception) -> str:
    if _is_exhausted(error):
        return f"{error.strerror}: fewer processes (`-j1`) need fewer"
    return "this is a fault of lint-langsmith, please report it"


def _is_exhausted(error: Exception) -> TypeGuard[OSError]:
    return isinstance(error, OSError) and error.errno in {errno.EMFILE, errno.ENFILE}
