"""Which files there are: what to lint of what was named, and what else belongs to a project."""

from __future__ import annotations

import functools
import os
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.source import files, project_roots
from lint_langsmith.source.globs import MOST_PATTERNS, gitignore_spec
from lint_langsmith.source.key_signs import WHOLE_KEY_SIGNS
from lint_langsmith.source.kinds import (
    CODE,
    HEAD,
    LARGEST_TEXT,
    kind_of,
    largest_of,
    may_be_code,
    unlinted_by_content,
    unlinted_by_name,
)
from lint_langsmith.source.root import Root, around, is_below
from lint_langsmith.source.text import UnreadableFileError

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

    from lint_langsmith.source.git_index import GitFolders, Index

DEFAULT_EXCLUDES: Final = frozenset(
    {
        *(
            ".git",
            ".hg",
            ".svn",
            ".bzr",
            ".venv",
            "venv",
            "node_modules",
            "__pycache__",
            "__pypackages__",
        ),
        *(
            ".tox",
            ".nox",
            ".mypy_cache",
            ".ruff_cache",
            ".pytest_cache",
            ".hypothesis",
            ".eggs",
        ),
        *(
            "site-packages",
            "dist-packages",
            "buck-out",
            "build",
            "dist",
            "_build",
            ".ipynb_checkpoints",
        ),
        *(".lint_langsmith_cache", ".terraform", ".next", ".yarn", ".pnpm-store"),
    },
)
ENVIRONMENT: Final = "a virtual environment"
IGNORED: Final = "ignored by git"
_ENVIRONMENT_MARK: Final = "pyvenv.cfg"
_ENVIRONMENT_HOME: Final = lazy_re.compile(rb"(?m)^[ \t]*home[ \t]*=")
_INTERPRETERS: Final = ("bin/python", "bin/python3", "Scripts/python.exe", "Scripts/python")
_LIBRARIES: Final = ("lib", "Lib", "lib64")
# What can't be linted wherever it lies: each is told with `-v`; how many lead out, always.
LEADS_OUT: Final = "a link that leads out of the checkout"
SEEN: Final = "a link back to a folder that is looked at already"
NOWHERE: Final = "a link that leads nowhere"
IRREGULAR: Final = "not a regular file"
NOT_CHOSEN: Final = frozenset({ENVIRONMENT, LEADS_OUT, SEEN, NOWHERE, IRREGULAR})
LARGE_TEXT: Final = "larger than 1 MiB, so searched for keys alone"
LARGE_LIST: Final = "larger than 64 KiB and a JSON list, so searched for keys alone"
DATA: Final = frozenset({LARGE_TEXT, LARGE_LIST})
TOO_LARGE: Final = "larger than 1 GiB, so not searched for keys"
# Links of Windows that do not look like links.
_HAS_JUNCTIONS: Final = os.name == "nt"


class Skipped(NamedTuple):
    """A file or folder that is not linted, and why."""

    path: Path
    reason: str


class Walk(NamedTuple):
    """What a walk found, and the folders through which it went. `unreadable` are folders and ignore files.

    Of very many files there is little to do: they are named by text, which is what costs least.
    """

    top: Path
    files: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    folders: tuple[str, ...]
    unreadable: tuple[str, ...] = ()
    # Ignore files with so many patterns that none of them is applied.
    overlong: tuple[str, ...] = ()
    # Files of variables that git ignores: their normal state. They are among the skipped ones.
    ignored_variables: tuple[str, ...] = ()


def walk(top: Path, *, respect_gitignore: bool = True) -> Walk:
    """Every file below a folder, sorted; what git ignores and what no one writes by hand is left out.

    As for git, a file that is tracked is not ignored: an `.env` that was committed by force is there.

    Within a run a folder is walked once.
    """
    known = _walks.get((top, respect_gitignore))
    if known is None:
        known = _walks[top, respect_gitignore] = _walk(top, respect_gitignore)
    return known


_walks: Final[dict[tuple[Path, bool], Walk]] = {}


def _walk(top: Path, respect_gitignore: bool) -> Walk:
    walker = _Walker(str(top), respect_gitignore)
    walker.go()
    return Walk(
        top,
        tuple(walker.files),
        tuple(walker.skipped),
        tuple(walker.folders),
        tuple(walker.unreadable),
        tuple(walker.overlong),
        tuple(sorted(walker.ignored_variables, key=in_order)),
    )


def why_not_linted(path: str, *, named: bool) -> str | None:
    """Why a file is not linted whatever the settings; None for one that is.

    Of the files that are named only those are left out in which no text can be.
    """
    if path.endswith(".py"):
        return None
    name = os.path.basename(path)  # noqa: PTH119 - a hot path
    reason = unlinted_by_name(name)
    if reason is not None and (reason == "binary" or not named):
        return reason
    pure = PurePosixPath(path.replace(os.sep, "/")) if may_be_code(name) else None
    if pure is not None and kind_of(pure) in CODE:
        return None
    try:
        size, head = files.head_of(path, HEAD)
    except UnreadableFileError:
        return None  # that it can't be read is for the report to say
    if pure is not None and kind_of(pure, head) in CODE:
        return None
    if size > largest_of(name, head) and not named:
        return unlinted_by_content(name, head) or _unlinted_by_size(path, size)
    reason = unlinted_by_content(name, head)
    return None if reason == "minified" and named else reason


def _unlinted_by_size(path: str, size: int) -> str | None:
    """Why a large text is not linted; None for one in which a key may stand."""
    if size > files.LARGEST_SEARCHED:
        return TOO_LARGE
    try:
        if files.holds(path, WHOLE_KEY_SIGNS):
            return None
    except UnreadableFileError:
        return None  # as above
    return LARGE_TEXT if size > LARGEST_TEXT else LARGE_LIST


def walk_project(root: Path) -> tuple[str, ...]:
    """Every file of a project, whatever its suffix."""
    return walk(root).files


def ignored_variables(root: Path) -> tuple[str, ...]:
    """The files of variables of a project that git ignores."""
    return walk(root).ignored_variables


def forget() -> None:
    """Walk again where a walk has been: a run begins, and files may have come and gone since the last one."""
    _walks.clear()
    _index_in.cache_clear()
    project_roots.forget()


class _Rules(NamedTuple):
    """The patterns of one ignore file, and what paths begin with in the folder from which they count."""

    prefix: str
    spec: GitIgnoreSpec
    expressions: tuple[re.Pattern[str], ...]


class _Walker:
    """Goes into folders, and puts down what it finds in the order of the names."""

    def __init__(self, top: str, respect_gitignore: bool) -> None:
        self._top = top
        self._respect_gitignore = respect_gitignore
        self._links: deque[tuple[str, tuple[_Rules, ...]]] = deque()
        # The folders that were entered, as soon as there is a link that may lead to one of them.
        self._seen: set[tuple[int, int]] | None = None
        self.files: list[str] = []
        self.skipped: list[Skipped] = []
        self.folders: list[str] = []
        self.unreadable: list[str] = []
        self.overlong: list[str] = []
        self.ignored_variables: list[str] = []

    @functools.cached_property
    def _root(self) -> Root:
        """What no link may lead out of: a folder that was named is one's own, even where a link leads to it."""
        root = project_roots.root_of(self._top)
        return root if root.holds(self._top) else Root.at(self._top)

    def go(self) -> None:
        """Go through all folders, and then through those that only links lead to, each once."""
        self._go_through(self._top, self._rules_above())
        were_links = bool(self._links)
        while self._links:
            self._go_through(*self._links.popleft(), linked=True)
        if were_links:
            self.files.sort(key=in_order)

    def _go_through(
        self, folder: str, rules: tuple[_Rules, ...], *, linked: bool = False
    ) -> None:
        """Go through a folder and those below it, however deep; `linked` is whether a link led here."""
        linked = linked or _HAS_JUNCTIONS
        levels = [self._enter(folder, rules, linked=linked)]
        while levels:
            below = next(levels[-1], None)
            if below is None:
                levels.pop()
            else:
                levels.append(self._enter(*below, linked=linked))

    def _enter(
        self, folder: str, rules: tuple[_Rules, ...], *, linked: bool
    ) -> Iterator[tuple[str, tuple[_Rules, ...]]]:
        """Take in what lies in a folder; the folders below it, with the rules for them, are to be entered next."""
        if linked and self._is_seen(folder):
            self._skip(folder, SEEN)
            return
        try:
            entries = files.listing(folder)
        except UnreadableFileError as error:
            self._cannot_enter(folder, error)
            return
        names = {entry.name for entry in entries}
        # Asked of what was seen: asking the system about each folder would take as long as to read it.
        if _ENVIRONMENT_MARK in names and folder != self._top and _is_environment(folder):
            self._skip(folder, ENVIRONMENT)
            return
        self.folders.append(folder)
        project_roots.note_names(folder, names)
        if self._respect_gitignore and not names.isdisjoint({".git", ".gitignore"}):
            rules = (*rules, *self._rules_in(folder))
        for entry in entries:
            if self._take(entry, rules):
                yield entry.path, rules

    def _take(self, entry: os.DirEntry[str], rules: tuple[_Rules, ...]) -> bool:
        """Put an entry down; whether it is a folder to be entered."""
        is_folder = _is_folder(entry)
        reason = (
            _reason(entry, is_folder=is_folder, rules=rules) if is_folder or rules else None
        )
        if reason is None and entry.is_symlink():
            reason = self._why_not_followed(entry.path, is_folder=is_folder)
            if reason is None and is_folder:
                self._links.append((entry.path, rules))
                return False
        if reason is None and not is_folder and not _is_file(entry):
            reason = IRREGULAR
        if reason is not None:
            self._skip(entry.path, reason)
            if reason == IGNORED and not is_folder and _is_file_of_variables(entry):
                self.ignored_variables.append(entry.path)
        elif not is_folder:
            self.files.append(entry.path)
        return reason is None and is_folder

    def _why_not_followed(self, link: str, *, is_folder: bool) -> str | None:
        if not is_folder and not files.exists(link):
            return NOWHERE
        return None if self._root.holds(link) else LEADS_OUT

    def _is_seen(self, folder: str) -> bool:
        """Whether a folder was entered by another name; if not, it is from now on."""
        if self._seen is None:
            self._seen = {files.identity(path) for path in self.folders}
        identity = files.identity(folder)
        is_seen = identity in self._seen
        self._seen.add(identity)
        return is_seen

    def _rules_above(self) -> tuple[_Rules, ...]:
        """The ignore files between the top and that of its git work tree."""
        above = project_roots.work_tree_of(self._top) if self._respect_gitignore else None
        if above is None or above == self._top:
            return ()
        folders = list(around(os.path.dirname(self._top)))  # noqa: PTH120 - paths as text
        inside = [folder for folder in folders if is_below(folder, above)]
        return tuple(rules for folder in reversed(inside) for rules in self._rules_in(folder))

    def _rules_in(self, folder: str) -> tuple[_Rules, ...]:
        """The patterns of the ignore files of a folder."""
        lines = [line for path in _ignore_files(folder) for line in self._lines(path)]
        if not lines:
            return ()
        spec = gitignore_spec(lines)
        expressions = tuple(item.regex for item in spec.patterns if item.regex is not None)
        return (_Rules(os.path.join(folder, ""), spec, expressions),)  # noqa: PTH118 - with the separator behind it

    def _lines(self, path: str) -> list[str]:
        try:
            text = files.read(path, files.LARGEST_CONFIGURATION).decode("utf-8", "replace")
        except UnreadableFileError:
            self.unreadable.append(path)
            return []
        lines = [
            line for line in text.splitlines() if line.strip() and not line.startswith("#")
        ]
        if len(lines) > MOST_PATTERNS:
            self.overlong.append(path)
            return []
        return lines

    def _cannot_enter(self, folder: str, error: UnreadableFileError) -> None:
        if folder != self._top and _is_environment(folder):
            self._skip(folder, ENVIRONMENT)
        else:
            self.folders.append(folder)
            self.unreadable.append(folder)
            self._skip(folder, error.message)

    def _skip(self, path: str, reason: str) -> None:
        self.skipped.append(Skipped(Path(path), reason))


def in_order(name: str) -> str:
    """For the order that paths have by their parts; comparing them themselves takes a third of the search."""
    return name.replace(os.sep, "\0")


def _ignore_files(folder: str) -> Iterator[str]:
    """The ignore files of a folder that count; as for git, a `.gitignore` that is a link does not."""
    git = _git_folders(folder) if files.exists(os.path.join(folder, ".git")) else None  # noqa: PTH118 - paths as text
    if git is not None:
        exclude = os.path.join(git.shared, "info", "exclude")  # noqa: PTH118
        if files.is_file(exclude):
            yield exclude
    ignore = os.path.join(folder, ".gitignore")  # noqa: PTH118
    if files.is_file(ignore) and not files.is_link(ignore):
        yield ignore


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False


def _is_file_of_variables(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a `.env` or the like, and lies there itself: a link may lead to another checkout's."""
    return (
        "env" in entry.name
        and kind_of(PurePosixPath(entry.name)) == "dotenv"
        and not entry.is_symlink()
    )


def _is_environment(folder: str) -> bool:
    """Whether a folder is a virtual environment: it says so, is laid out like one, and nothing in it is tracked.

    A name alone would be a way to hide a folder of a checkout.
    """
    try:
        content = files.read(
            os.path.join(folder, _ENVIRONMENT_MARK),  # noqa: PTH118 - asked of very many folders
            files.LARGEST_CONFIGURATION,
        )
    except UnreadableFileError:
        return False
    if _ENVIRONMENT_HOME.search(content) is None:
        return False
    paths = [os.path.join(folder, name) for name in _INTERPRETERS]  # noqa: PTH118
    # An interpreter is a link, which leads nowhere where the folder was copied to another machine.
    return (
        any(files.exists(path) or files.is_link(path) for path in paths)
        and any(files.is_folder(os.path.join(folder, name)) for name in _LIBRARIES)  # noqa: PTH118
        and not _is_tracked(folder, is_folder=True)
    )


def _reason(
    entry: os.DirEntry[str], *, is_folder: bool, rules: tuple[_Rules, ...]
) -> str | None:
    if is_folder and entry.name in DEFAULT_EXCLUDES:
        return "excluded by default"
    if not _is_ignored(entry, is_folder=is_folder, rules=rules):
        return None
    if is_folder and _is_environment(entry.path):
        return ENVIRONMENT
    return None if _is_tracked(entry.path, is_folder=is_folder) else IGNORED


def _is_ignored(entry: os.DirEntry[str], *, is_folder: bool, rules: tuple[_Rules, ...]) -> bool:
    ignored = False
    for rule in rules:
        relative = entry.path.removeprefix(rule.prefix).replace(os.sep, "/")
        name = f"{relative}/" if is_folder else relative
        # Most names match no pattern at all: to be told so by pathspec takes a third of the walk.
        if not any(expression.search(name) for expression in rule.expressions):
            continue
        verdict = rule.spec.check_file(name).include
        # Deeper files overrule those above them, also to take a file back in.
        ignored = ignored if verdict is None else verdict
    return ignored


def _is_tracked(path: str, *, is_folder: bool) -> bool:
    """Whether a file, or one below a folder, is in git's index: what is tracked is never ignored.

    Where the index can't be read, nothing is ignored: better to look at too much than at too little.
    """
    top = project_roots.work_tree_of(os.path.dirname(path))  # noqa: PTH120 - a hot path
    if top is None:
        return False
    try:
        index = _index_in(top)
    except UnreadableFileError:
        return True
    if index is None:
        return False
    name = os.path.relpath(path, top).replace(os.sep, "/")
    return index.tracks(os.fsencode(name), is_folder=is_folder)


@functools.cache
def _index_in(top: str) -> Index | None:
    """The index of the work tree with a top; None where there is none.

    Raises:
        UnreadableFileError: it can't be read.
    """
    from lint_langsmith.source.git_index import read_index  # noqa: PLC0415 - few runs ask what git ignores

    git = _git_folders(top)
    return read_index(git.own) if git is not None else None


def _git_folders(top: str) -> GitFolders | None:
    from lint_langsmith.source.git_index import git_folders  # noqa: PLC0415 - likewise

    return git_folders(top)
