"""Git is asked as a database: nothing that a repository configures is run, fetched, written or shown.

A `.git/config` may name programs for almost everything (hooks, fsmonitor, external diffs, text conversion, filters,
pagers, transports), and a checkout that was unpacked from an archive brings its own. Every program and every network is
switched off on git's command line, which goes before any file.
"""

from __future__ import annotations

import contextlib
import io
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple, cast

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

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
    # What would leave files out of a difference, have git read any other file first, or paint what we read.
    "diff.relative": "false",
    "diff.orderFile": os.devnull,
    "color.ui": "false",
    # A file beside the commits that says what their parents are; it may say what it likes.
    "core.commitGraph": "false",
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
    "GIT_GRAFT_FILE": os.devnull,  # grafts take commits out of a history that everybody else has
    "GIT_PAGER": "cat",
    "NoDefaultCurrentDirectoryInExePath": "1",  # Windows would take a `git.exe` of the checkout
}
_NOT_PASSED_ON: Final = frozenset(
    {
        *("GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS", "GIT_ASKPASS", "SSH_ASKPASS"),
        # The folder says which repository is asked. Git sets these for its hooks, where another one may be named.
        *("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_PREFIX"),
    }
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
        StreamError: it does not answer.
    """
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program, its arguments are data
            _words(folder, command, arguments, is_bare=is_bare),
            input=stdin,
            capture_output=True,
            check=False,
            env=_environment(),
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        raise StreamError(_SILENT) from None
    return Answer(done.returncode, done.stdout, done.stderr)


# Seconds. A repository may have git wait forever: its configuration may include a pipe that nobody writes to. The
# longest silence that was seen is that before the first commit of a log, 10 s for a million of commits.
PATIENCE: Final = 300.0
_SILENT: Final = "git does not answer: something in the repository may be no file"


class StreamError(Exception):
    """A command of git did not end well; the message is the first line of what it said."""


class _Patient(io.RawIOBase):
    """What a pipe gives, as long as something comes."""

    def __init__(self, pipe: io.FileIO) -> None:
        self._pipe = pipe

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        """Wait for what comes next.

        Raises:
            StreamError: nothing does.
        """
        # Windows can't wait for a pipe.
        if os.name == "posix" and not select.select([self._pipe], [], [], PATIENCE)[0]:
            raise StreamError(_SILENT)
        return self._pipe.readinto(buffer)

    def close(self) -> None:
        self._pipe.close()
        super().close()


@contextlib.contextmanager
def streamed(
    folder: Path, command: str, *arguments: str, stdin: bytes = b"", is_bare: bool = False
) -> Iterator[BinaryIO]:
    """The output of a command of git, while it comes; else as `run`.

    Whoever stops reading ends the command.

    Raises:
        StreamError: it did not end well, or does not answer.
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
            bufsize=0,
            env=_environment(),
        )
        pipe = cast("io.FileIO", process.stdout)
        _widen(pipe)
        output = io.BufferedReader(_Patient(pipe), _AT_ONCE)
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


def _widen(pipe: io.FileIO) -> None:
    """Have a pipe hold more, where the system lets it: git and who reads it wait less for each other."""
    if sys.platform == "linux":
        import fcntl  # noqa: PLC0415 - Windows has none

        with contextlib.suppress(OSError):  # more than this user may have
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


# As much as Linux lets anybody have by itself.
_PIPE_BYTES: Final = 1 << 20


# -- repositories that are somewhere else ----------------------------------------------------------------------------

# Whoever names an address has chosen the transport; `ext::` and helpers of other names would be programs.
_TRANSPORTS: Final = ("file", "git", "http", "https", "ssh")
# What the user has configured to reach a server (credentials, ssh, proxies, other names) stays: it is theirs.
_OFF_REMOTE: Final[Mapping[str, str]] = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.attributesFile": os.devnull,
    "gc.auto": "0",
    "maintenance.auto": "false",
    "submodule.recurse": "false",
    "protocol.allow": "never",
    **{f"protocol.{name}.allow": "always" for name in _TRANSPORTS},
}
_QUIET_REMOTE: Final[Mapping[str, str]] = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "SSH_ASKPASS_REQUIRE": "never",
}


def remote_refs(address: str, *patterns: str) -> Answer:
    """What the repository at an address names, by `git ls-remote`: lines of an object and a name."""
    return _remote("ls-remote", "--quiet", "--", address, *patterns)


def clone(address: str, folder: Path, *, is_whole: bool) -> Answer:
    """Clone what an address names, without a work tree: the newest commit of HEAD, or the whole with all its refs."""
    extent = (
        ("--mirror",) if is_whole else ("--bare", "--depth=1", "--single-branch", "--no-tags")
    )
    return _remote("clone", "--quiet", "--template=", *extent, "--", address, str(folder))


def _remote(*arguments: str) -> Answer:
    switches = [
        part for name, value in _OFF_REMOTE.items() for part in ("-c", f"{name}={value}")
    ]
    done = subprocess.run(  # noqa: S603 - as above
        ["git", "--no-pager", *switches, *arguments],  # noqa: S607 - the user's git
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        env={**os.environ, **_QUIET_REMOTE},
    )
    return Answer(done.returncode, done.stdout, done.stderr)


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
