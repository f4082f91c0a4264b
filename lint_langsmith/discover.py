"""Which files there are: what to lint of what was named, and what else belongs to a project."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith.source import files
from lint_langsmith.source.kinds import CODE, LARGEST_TEXT, kind_of, may_be_code, unlinted_by_content, unlinted_by_name
from lint_langsmith.source.text import UnreadableFileError

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

DEFAULT_EXCLUDES: Final = frozenset(
    {
        *(".git", ".hg", ".svn", ".bzr", ".venv", "venv", "node_modules", "__pycache__", "__pypackages__"),
        *(".tox", ".nox", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".eggs"),
        *("site-packages", "dist-packages", "buck-out", "build", "dist", "_build", ".ipynb_checkpoints"),
        *(".lint_langsmith_cache", ".terraform", ".next", ".yarn", ".pnpm-store"),
    },
)
ENVIRONMENT: Final = "a virtual environment"
_ENVIRONMENT_MARK: Final = "pyvenv.cfg"
# Links of Windows that do not look like links.
_HAS_JUNCTIONS: Final = os.name == "nt"
_HEAD: Final = 8192
_LONGEST: Final = 0xFFF
ROOT_MARKS: Final = ("pyproject.toml", "setup.py", "setup.cfg", "lint-langsmith.toml", ".lint-langsmith.toml", ".git")


class Skipped(NamedTuple):
    """A file or folder that is not linted, and why."""

    path: Path
    reason: str


class Walk(NamedTuple):
    """What a walk found, and the folders through which it went.

    Of very many files there is little to do: they are named by text, which is what costs least.
    """

    top: Path
    files: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    folders: tuple[str, ...]


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
_read_indexes: Final[set[Path]] = set()


def walks() -> tuple[Walk, ...]:
    """What was walked in this run."""
    return tuple(_walks.values())


def _walk(top: Path, respect_gitignore: bool) -> Walk:
    walker = _Walker(str(top), respect_gitignore)
    walker.enter(str(top), _rules_above(top) if respect_gitignore else (), linked=_HAS_JUNCTIONS)
    return Walk(top, tuple(walker.files), tuple(walker.skipped), tuple(walker.folders))


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
        size, head = files.head_of(path, _HEAD)
    except UnreadableFileError:
        return None  # that it can't be read is for the report to say
    if size > LARGEST_TEXT and not named:
        return "larger than 1 MiB"
    if pure is not None and kind_of(pure, head) in CODE:
        return None
    reason = unlinted_by_content(name, head)
    return None if reason == "minified" and named else reason


def walk_project(root: Path) -> tuple[str, ...]:
    """Every file of a project, whatever its suffix."""
    return walk(root).files


def forget() -> None:
    """Walk again where a walk has been: a run begins, and files may have come and gone since the last one."""
    _walks.clear()
    _read_indexes.clear()
    _index_around.cache_clear()
    _marked.clear()
    _marked_around.cache_clear()
    root_around.cache_clear()


def project_root(path: str | Path, cwd: Path) -> Path:
    """The root of the project that a file belongs to: a function of the file and the working directory alone."""
    return root_around(os.path.dirname(path), cwd)  # noqa: PTH120 - a hot path


@functools.cache
def root_around(name: str, cwd: Path) -> Path:
    """The root of the project that the files in a folder belong to."""
    marked = _marked_around(name)
    if marked is not None:
        return marked
    folder = Path(name)
    if folder.is_relative_to(cwd) and cwd not in {files.home(), Path(cwd.anchor)}:
        return cwd
    while files.exists(folder / "__init__.py") and folder.parent != folder:
        folder = folder.parent
    return folder


@functools.cache
def _marked_around(folder: str) -> Path | None:
    """The nearest folder with a mark: that one, or one around it."""
    if _is_marked(folder):
        return Path(folder)
    above = os.path.dirname(folder)  # noqa: PTH120 - a hot path
    return _marked_around(above) if above != folder else None


def repository(cwd: Path) -> Path:
    """The top of the git work tree around the working directory; that directory itself where there is none."""
    return next((folder for folder in (cwd, *cwd.parents) if files.exists(folder / ".git")), cwd)


def _is_marked(folder: str) -> bool:
    known = _marked.get(folder)
    if known is None:
        known = any(files.exists(os.path.join(folder, mark)) for mark in ROOT_MARKS)  # noqa: PTH118 - many folders
        _marked[folder] = known
    return known


# Whether a folder has a mark of a project's root: of those that were walked through it is known without asking again.
_marked: Final[dict[str, bool]] = {}


class _Rules(NamedTuple):
    """The patterns of one ignore file and the folder from which they count."""

    folder: str
    spec: GitIgnoreSpec


class _Walker:
    """Goes into folders, and puts down what it finds in the order of the names."""

    def __init__(self, top: str, respect_gitignore: bool) -> None:
        self._top = top
        self._respect_gitignore = respect_gitignore
        self.files: list[str] = []
        self.skipped: list[Skipped] = []
        self.folders: list[str] = []

    def enter(self, folder: str, rules: tuple[_Rules, ...], *, linked: bool) -> None:
        """Go through a folder and those below it; `linked` is whether a link led here."""
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
        _marked[folder] = not names.isdisjoint(ROOT_MARKS)
        if self._respect_gitignore and not names.isdisjoint({".git", ".gitignore"}):
            own = _rules_in(Path(folder))
            rules = (*rules, own) if own is not None else rules
        for entry in entries:
            self._take(entry, rules, linked=linked)

    def _take(self, entry: os.DirEntry[str], rules: tuple[_Rules, ...], *, linked: bool) -> None:
        is_folder = _is_folder(entry)
        reason = _reason(entry, is_folder=is_folder, rules=rules) if is_folder or rules else None
        if reason is not None:
            self._skip(entry.path, reason)
        elif not is_folder:
            if entry.is_file():
                self.files.append(entry.path)
        else:
            linked = linked or entry.is_symlink()
            if linked and self._is_inside_itself(entry.path):
                self._skip(entry.path, "a link back to a folder around it")
            else:
                self.enter(entry.path, rules, linked=linked)

    def _is_inside_itself(self, folder: str) -> bool:
        """Whether a folder is one of those around it: without a link it can't be."""
        identity = files.identity(folder)
        while folder != self._top:
            folder = os.path.dirname(folder)  # noqa: PTH120 - a hot path where there are links
            if files.identity(folder) == identity:
                return True
        return False

    def _cannot_enter(self, folder: str, error: UnreadableFileError) -> None:
        if folder != self._top and _is_environment(folder):
            self._skip(folder, ENVIRONMENT)
        else:
            self.folders.append(folder)
            self._skip(folder, error.message)

    def _skip(self, path: str, reason: str) -> None:
        self.skipped.append(Skipped(Path(path), reason))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_environment(folder: str) -> bool:
    return files.exists(os.path.join(folder, _ENVIRONMENT_MARK))  # noqa: PTH118 - a hot path


def _reason(entry: os.DirEntry[str], *, is_folder: bool, rules: tuple[_Rules, ...]) -> str | None:
    if is_folder and entry.name in DEFAULT_EXCLUDES:
        return "excluded by default"
    if not _is_ignored(entry, is_folder=is_folder, rules=rules):
        return None
    if is_folder and _is_environment(entry.path):
        return ENVIRONMENT
    return None if _is_tracked(entry.path, is_folder=is_folder) else "ignored by git"


def _is_ignored(entry: os.DirEntry[str], *, is_folder: bool, rules: tuple[_Rules, ...]) -> bool:
    ignored = False
    for rule in rules:
        relative = os.path.relpath(entry.path, rule.folder).replace(os.sep, "/")
        verdict = rule.spec.check_file(f"{relative}/" if is_folder else relative).include
        # Deeper files overrule those above them, also to take a file back in.
        ignored = ignored if verdict is None else verdict
    return ignored


def _is_tracked(path: str, *, is_folder: bool) -> bool:
    """Whether a file, or one below a folder, is in git's index: what is tracked is never ignored."""
    index = _index_around(os.path.dirname(path))  # noqa: PTH120 - a hot path
    if index is None:
        return False
    _read_indexes.add(index.path)
    name = os.fsencode(os.path.relpath(path, index.top).replace(os.sep, "/")) + (b"/" if is_folder else b"\0")
    at = index.content.find(name)
    while at >= 0:
        # In front of a path stand flags, the low twelve bits of which are its length.
        length = index.content.find(b"\0", at) - at
        if int.from_bytes(index.content[at - 2 : at], "big") & _LONGEST == min(length, _LONGEST):
            return True
        at = index.content.find(name, at + 1)
    return False


class _Index(NamedTuple):
    """The index of a git work tree: the top of the tree, the file, and what is in it."""

    top: str
    path: Path
    content: bytes


@functools.cache
def _index_around(folder: str) -> _Index | None:
    """The index of the work tree around a folder; None where there is none that can be read.

    Versions 2 and 3 have whole paths; version 4, which shortens them, is for very large repositories that ask for it.
    """
    git = Path(folder, ".git")
    if not files.exists(git):
        above = os.path.dirname(folder)  # noqa: PTH120 - a hot path
        return _index_around(above) if above != folder else None
    try:
        if files.is_file(git):  # of a linked work tree or a submodule
            link = files.read(git, files.LARGEST_CONFIGURATION)
            git = Path(folder, os.fsdecode(link.removeprefix(b"gitdir:").strip()))
        content = files.read(git / "index", files.LARGEST_INDEX)
    except UnreadableFileError:
        return None
    whole = content.startswith(b"DIRC") and content[4:8] in {b"\0\0\0\2", b"\0\0\0\3"}
    return _Index(folder, git / "index", content) if whole else None


def indexes() -> frozenset[Path]:
    """The files of git that decided which of the ignored files are tracked all the same, in this run."""
    return frozenset(_read_indexes)


def _rules_in(folder: Path) -> _Rules | None:
    lines: list[str] = []
    for name in (".git/info/exclude", ".gitignore"):
        path = folder / name
        if files.is_file(path):
            content = files.read(path, files.LARGEST_CONFIGURATION)
            lines.extend(content.decode("utf-8", "replace").splitlines())
    return _Rules(str(folder), _spec(lines)) if lines else None


def _rules_above(top: Path) -> tuple[_Rules, ...]:
    """The ignore files between a folder and the top of its git work tree."""
    found: list[_Rules] = []
    if files.exists(top / ".git"):
        return ()
    for folder in top.parents:
        rules = _rules_in(folder)
        if rules is not None:
            found.append(rules)
        if files.exists(folder / ".git"):
            return tuple(reversed(found))
    return ()


class Patterns:
    """Exclude patterns in the syntax of gitignore, relative to a directory; every spelling of a path matches alike."""

    def __init__(self, patterns: Sequence[str], directory: Path) -> None:
        """`directory` is where the patterns were written."""
        self._prefix = os.path.join(directory, "")  # noqa: PTH118 - with the separator behind it
        # What everyone has who has configured nothing: no pattern at all, or one for everything.
        self._is_trivial = {(): False, ("*",): True}.get(tuple(patterns))
        self._spec = None if self._is_trivial is not None else _spec(_normal(item, directory) for item in patterns)

    @property
    def is_empty(self) -> bool:
        """Whether there is no pattern: nothing is meant."""
        return self._is_trivial is False

    def match(self, path: str | Path) -> bool:
        """Whether an absolute path, or a folder around it, is meant."""
        text = os.fspath(path)
        if not text.startswith(self._prefix):
            return False
        if self._spec is None:
            return bool(self._is_trivial)
        return self._spec.match_file(text[len(self._prefix) :].replace(os.sep, "/"))


def _spec(lines: Iterable[str]) -> GitIgnoreSpec:
    """The patterns that are valid; as git does, one that is not (a lone backslash at its end) matches nothing."""
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - a single file often needs none

    kept = list(lines)
    try:
        return GitIgnoreSpec.from_lines(kept)
    except ValueError:
        return GitIgnoreSpec.from_lines(line for line in kept if _is_pattern(line))


def _is_pattern(line: str) -> bool:
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - as above

    try:
        GitIgnoreSpec.from_lines((line,))
    except ValueError:
        return False
    return True


def _normal(pattern: str, directory: Path) -> str:
    if pattern.startswith(str(directory)):
        pattern = "/" + os.path.relpath(pattern, directory).replace(os.sep, "/")
    return "/" + pattern[2:] if pattern.startswith("./") else pattern
