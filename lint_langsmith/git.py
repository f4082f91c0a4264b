"""Git is asked as a database: nothing that a repository configures is run, fetched, written or shown.

A `.git/config` may name programs for almost everything (hooks, fsmonitor, external diffs, text conversion, filters,
pagers, transports), and a checkout that was unpacked from an archive brings its own. Every program and every network is
switched off on git's command line, which goes before any file.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, cast

_OFF: Final[Mapping[str, str]] = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.pager": "cat",
    "core.askPass": "",
    "core.sshCommand": "false",
    "core.gitProxy": "",
    "core.attributesFile": os.devnull,
    "core.alternateRefsCommand": "",
    "core.quotePath": "false",
    "credential.helper": "",
    "diff.external": "",
    "log.showSignature": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "submodule.recurse": "false",
    # Objects that a partial clone lacks are not fetched, by no transport: `ext::` is a program.
    "protocol.allow": "never",
    # A folder of a checkout that looks like a repository without a work tree is none.
    "safe.bareRepository": "explicit",
}
_QUIET: Final[Mapping[str, str]] = {
    "LC_ALL": "C",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_PAGER": "cat",
    "NoDefaultCurrentDirectoryInExePath": "1",  # Windows would take a `git.exe` of the checkout
}
_NOT_PASSED_ON: Final = frozenset(
    {"GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS", "GIT_ASKPASS", "SSH_ASKPASS"}
)
# Those that never look at the work tree: there filters apply, which are programs and can't be switched off.
_SAFE: Final = frozenset(
    {
        *(
            "cat-file",
            "diff-index",
            "diff-tree",
            "for-each-ref",
            "log",
            "ls-tree",
            "merge-base",
            "rev-list",
        ),
        *("rev-parse", "show"),
    }
)
# Commands that make differences may convert texts and call programs for it.
_NO_PROGRAMS: Final = ("--no-ext-diff", "--no-textconv")
_DIFFING: Final = frozenset({"diff-index", "diff-tree", "log", "show"})


class Answer(NamedTuple):
    """What git printed, and its exit code."""

    code: int
    output: bytes
    errors: bytes


def run(
    folder: Path, command: str, *arguments: str, stdin: bytes = b"", is_bare: bool = False
) -> Answer:
    """Run a command of git in a folder, with all programs of the repository switched off.

    With `is_bare` the folder is a repository without a work tree, which git takes only where it is named.

    Raises:
        ValueError: the command may look at the work tree.
        FileNotFoundError: git is not installed.
        OSError: it can't be started.
    """
    done = subprocess.run(  # noqa: S603 - a fixed program, its arguments are data
        _words(folder, command, arguments, is_bare=is_bare),
        input=stdin,
        capture_output=True,
        check=False,
        env=_environment(),
    )
    return Answer(done.returncode, done.stdout, done.stderr)


class StreamError(Exception):
    """A command of git did not end well; the message is the first line of what it said."""


@contextmanager
def streamed(
    folder: Path, command: str, *arguments: str, stdin: bytes = b"", is_bare: bool = False
) -> Iterator[BinaryIO]:
    """The output of a command of git, while it comes; else as `run`.

    Whoever stops reading ends the command.

    Raises:
        StreamError: it did not end well.
    """
    words = _words(folder, command, arguments, is_bare=is_bare)
    # What git is to read lies in a file: two pipes to one process may wait for each other.
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as errors:
        given.write(stdin)
        given.seek(0)
        process = subprocess.Popen(  # noqa: S603 - as above
            words,
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=errors,
            bufsize=_AT_ONCE,
            env=_environment(),
        )
        output = cast("BinaryIO", process.stdout)
        try:
            yield output
            is_read = not output.read(1)
        except BaseException:
            is_read = False
            raise
        finally:
            if not is_read:
                process.terminate()
            output.close()
            code = process.wait()
        if is_read and code:
            errors.seek(0)
            said = errors.read(_LONGEST_ERROR).decode("utf-8", "replace").strip()
            raise StreamError(said.partition("\n")[0] or f"git {command} ended with {code}")


# A megabyte: read calls cost nothing beside what is done to it.
_AT_ONCE: Final = 1 << 20
_LONGEST_ERROR: Final = 4096


def _words(folder: Path, command: str, arguments: Sequence[str], *, is_bare: bool) -> list[str]:
    if command not in _SAFE or (command == "diff-index" and "--cached" not in arguments):
        raise ValueError(command)
    switches = [part for name, value in _OFF.items() for part in ("-c", f"{name}={value}")]
    where = [f"--git-dir={folder}"] if is_bare else ["-C", str(folder)]
    words = ["git", "--no-pager", "--no-replace-objects", *where, *switches, command]
    if command in _DIFFING:
        words += _NO_PROGRAMS
    return [*words, *arguments]


def _environment() -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if name not in _NOT_PASSED_ON},
        **_QUIET,
    }
