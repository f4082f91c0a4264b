"""What the command line means by its sources: repositories in folders, addresses, and lists of either."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.config.options import UsageError
from lint_langsmith.config.targets import absolute
from lint_langsmith.output.printable import one_line
from lint_langsmith.source import files
from lint_langsmith.source.text import UnreadableFileError

# `https://…`, and `git@host:path` as ssh has it. A colon alone may stand in the name of a folder.
_ADDRESS: Final = lazy_re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|[\w.-]+@[\w.-]+:")
_USER: Final = lazy_re.compile(r"(?<=://)[^/@\s]*@")
_STDIN: Final = "-"
# Folders of mirrors are laid out by host, organization and name.
_DEEPEST: Final = 4


class Source(NamedTuple):
    """A repository by what reports call it, and by its path or address; the name holds no password and no key."""

    name: str
    location: str
    is_address: bool


def find_sources(
    given: Sequence[str], cwd: Path, read_stdin: Callable[[], bytes]
) -> list[Source]:
    """The repositories that are meant, each once, in the order of the command line.

    A folder that is no repository stands for those below it; if there is none, it is a source itself, of which there
    will be said what is wrong.

    Raises:
        UsageError: a list can't be read.
    """
    found: dict[str, Source] = {}
    for word in given:
        for source in _of_argument(word, cwd, read_stdin):
            found.setdefault(source.name, source)
    return [*found.values()]


def _of_argument(word: str, cwd: Path, read_stdin: Callable[[], bytes]) -> Iterable[Source]:
    if word == _STDIN:
        return _of_list(read_stdin(), "standard input", cwd)
    if not _is_address(word):
        path = absolute(word, cwd)
        if files.is_file(path):
            return _of_list(_content(path), word, path.parent)
    return _of_word(word, cwd)


def _of_list(content: bytes, name: str, folder: Path) -> Iterator[Source]:
    """The repositories of a list: one a line; `#` begins a comment, paths are relative to the folder of the list.

    Raises:
        UsageError: it is no text.
    """
    if b"\0" in content:
        raise UsageError(f"{name} is no list of repositories")
    for line in os.fsdecode(content.removeprefix(b"\xef\xbb\xbf")).splitlines():
        word = line.strip()
        if word and not word.startswith("#"):
            yield from _of_word(word, folder)


def _content(path: Path) -> bytes:
    try:
        return files.read(path, files.LARGEST_BASELINE)
    except UnreadableFileError as error:
        raise UsageError(f"the list {path} {error.message}") from None


def _of_word(word: str, cwd: Path) -> Iterator[Source]:
    if _is_address(word):
        yield Source(shown(word), word, is_address=True)
        return
    folder = absolute(word, cwd)
    for path in [*_repositories(str(folder), 0)] or [str(folder)]:
        yield Source(one_line(path), path, is_address=False)


def _is_address(word: str) -> bool:
    return _ADDRESS.match(word) is not None


def shown(text: str) -> str:
    """A text about addresses as it may be shown: without users, passwords and keys, on one line."""
    return one_line(_USER.sub("", text))


def _repositories(folder: str, depth: int) -> Iterator[str]:
    """The repositories in a folder, or the folder itself; no link is followed."""
    if is_repository(folder):
        yield folder
    elif depth < _DEEPEST:
        for entry in _folders(folder):
            yield from _repositories(entry, depth + 1)


def _folders(folder: str) -> list[str]:
    try:
        return [
            entry.path for entry in files.listing(folder) if entry.is_dir(follow_symlinks=False)
        ]
    except (UnreadableFileError, OSError):
        return []


def is_repository(folder: str) -> bool:
    """Whether a folder is the top of a work tree, or a repository without one."""
    return _mode(folder, ".git") != 0 or (
        stat.S_ISREG(_mode(folder, "HEAD"))
        and stat.S_ISDIR(_mode(folder, "objects"))
        and stat.S_ISDIR(_mode(folder, "refs"))
    )


def _mode(folder: str, name: str) -> int:
    """What a name in a folder is; 0 for nothing."""
    try:
        return os.lstat(os.path.join(folder, name)).st_mode  # noqa: PTH118 - of very many folders
    except (OSError, ValueError):
        return 0
