"""Git is asked as a database: nothing that a repository configures is run, fetched, written or shown.

A `.git/config` may name programs for almost everything (hooks, fsmonitor, external diffs, text conversion, filters,
pagers, transports), and a checkout that was unpacked from an archive brings its own. Every program and every network is
switched off on git's command line, which goes before any file.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

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


def run(folder: Path, command: str, *arguments: str, stdin: bytes = b"") -> Answer:
    """Run a command of git in a folder, with all programs of the repository switched off.

    Raises:
        ValueError: the command may look at the work tree.
        FileNotFoundError: git is not installed.
        OSError: it can't be started.
    """
    if command not in _SAFE or (command == "diff-index" and "--cached" not in arguments):
        raise ValueError(command)
    switches = [part for name, value in _OFF.items() for part in ("-c", f"{name}={value}")]
    words = ["git", "--no-pager", "-C", str(folder), *switches, command]
    if command in _DIFFING:
        words += _NO_PROGRAMS
    done = subprocess.run(  # noqa: S603 - a fixed program, its arguments are data
        [*words, *arguments], input=stdin, capture_output=True, check=False, env=_environment()
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def _environment() -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if name not in _NOT_PASSED_ON},
        **_QUIET,
    }
