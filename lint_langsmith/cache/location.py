"""Cache folders: where they are, whose they must be, and how anything in them is read, written and deleted.

Caches lie in the user's cache folder, one folder per project, named by a hash of the project's real path. A folder in
the tree that is linted came with the checkout, so it is used only where the command line or the environment names it
and git tracks nothing in it. Whatever is wrong with a folder or an entry, the run goes on without it.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, Literal, TypeAlias, TypeVar

import msgspec

from lint_langsmith import lazy_re, observation
from lint_langsmith.cache import open_folder
from lint_langsmith.cache.open_folder import Folder, is_link, opened
from lint_langsmith.source.git_index import git_folders, tracked_paths
from lint_langsmith.source.text import UnreadableFileError

try:
    from _blake2 import (
        blake2b,
    )  # what `hashlib` imports OpenSSL before, which takes three milliseconds of each run
except ImportError:  # a Python that has another one
    from hashlib import blake2b

VARIABLE: Final = "LINT_LANGSMITH_CACHE_DIR"
_APPLICATION: Final = "lint-langsmith"
Part: TypeAlias = Literal["index", "models", "runs", "history"]
_PARTS: Final[tuple[Part, ...]] = ("index", "models", "runs", "history")

_TAG_NAME: Final = "CACHEDIR.TAG"
_TAG: Final = b"Signature: 8a477f597d28d172789f06886806bc55\n# Made by lint-langsmith; see https://bford.info/cachedir/\n"
_IGNORE_NAME: Final = ".gitignore"
_IGNORE: Final = b"# Made by lint-langsmith.\n*\n"
_SWEPT_NAME: Final = "swept"
# Every name that is written, and so every name that may be deleted.
_PROJECT: Final = lazy_re.compile(r"[0-9a-f]{32}")
_ENTRY: Final = lazy_re.compile(r"[0-9a-f-]{1,80}")
_DRAFT: Final = lazy_re.compile(r"draft-[0-9a-f]{16}")
_MARKS: Final = frozenset({_TAG_NAME, _IGNORE_NAME, _SWEPT_NAME})

# An entry is this, the digest of its place and content, and the content.
_MAGIC: Final = b"lint-langsmith cache 2\n"
_DIGEST_BYTES: Final = 32
_HEAD_BYTES: Final = len(_MAGIC) + _DIGEST_BYTES
# A model has about as many bytes as its source: enough for thousands of files with LangSmith in two weeks of work.
_MOST_OF_A_PART: Final = 256 * 1024 * 1024
# What all projects of a user may take up; those that were not linted for longest go first.
_MOST_OF_ALL: Final = 1024 * 1024 * 1024
# Models that no one has written for so long are of contents that are gone, or will be made again.
_KEPT_SECONDS: Final = 14 * 86400
# What a run that was killed has left is nobody's draft any more.
_DRAFT_SECONDS: Final = 3600
# To measure the caches of all projects takes as long as a small run: it is done once a day per project.
_SWEEP_SECONDS: Final = 86400


# Long words of letters and digits may be credentials of any kind.
_SECRETIVE: Final = lazy_re.compile(rb"[A-Za-z0-9_+/=-]{32,}")


class UnusableCacheError(Exception):
    """A folder that is not used as a cache; the message is a sentence that says why.

    `is_named` is whether somebody named the folder, and so is to hear of it unasked.
    """

    def __init__(self, sentence: str, *, is_named: bool = False) -> None:
        super().__init__(sentence)
        self.is_named = is_named


class Caches:
    """The cache folders of the projects of a run."""

    def __init__(self, given: str | None, cwd: Path) -> None:
        """`given` is the folder of `--cache-dir`; without it the environment names one, or it is the user's own."""
        named = given or os.environ.get(VARIABLE)
        self._named = Path(os.path.normpath(cwd / named)) if named else None
        self._refusal: UnusableCacheError | None = None
        self._base: Path | None = None

    def of(self, root: Path) -> CacheFolder:
        """The cache folder of a project.

        Raises:
            UnusableCacheError: there is none that may be used.
        """
        if self._refusal is not None:
            raise self._refusal
        if self._base is None:
            try:
                with observation.paused():  # no finding depends on where the cache is
                    self._base = _own_folder() if self._named is None else _checked(self._named)
            except UnusableCacheError as error:
                self._refusal = error
                raise
        real = Path(os.path.realpath(root))
        if self._named is None and Path(os.path.realpath(self._base)).is_relative_to(
            _work_tree(real)
        ):
            raise UnusableCacheError(
                f"{self._base} is inside the tree that is linted, so it is not used (`--cache-dir` can name it)"
            )
        return CacheFolder(self._base / blake2b(os.fsencode(real), digest_size=16).hexdigest())


def _own_folder() -> Path:
    """The folder for caches of this user, by the conventions of the system."""
    from platformdirs import user_cache_dir  # noqa: PLC0415 - only for runs that open a cache

    try:
        path = user_cache_dir(_APPLICATION, appauthor=False)
    except (RuntimeError, OSError, KeyError):
        path = ""
    if not os.path.isabs(path):  # noqa: PTH117 - `~` without a home
        raise UnusableCacheError("this user has no home, so there is no cache")
    return Path(path)


def _checked(folder: Path) -> Path:
    """A folder that was named, if it can't be one that came with a checkout.

    Raises:
        UnusableCacheError: git tracks files in it, or a link in a work tree leads to it.
    """
    is_inside = False
    for path in (*reversed(folder.parents), folder):
        if is_inside and is_link(path):
            raise UnusableCacheError(
                f"the cache folder {folder} is not used: {path} is a link in a git work tree",
                is_named=True,
            )
        is_inside = is_inside or _has_git(path)
    real = Path(os.path.realpath(folder))
    for top in (real, *real.parents):
        if not _has_git(top):
            continue
        tracked = _tracks(top, real.relative_to(top).as_posix())
        if tracked is not False:
            why = (
                "git tracks files in it"
                if tracked
                else f"the index of git in {top} cannot be read"
            )
            raise UnusableCacheError(
                f"the cache folder {folder} is not used: {why}", is_named=True
            )
    return folder


def _work_tree(root: Path) -> Path:
    """The top of the git work tree that a project is in; the project itself where there is none."""
    return next((folder for folder in (root, *root.parents) if _has_git(folder)), root)


def _has_git(folder: Path) -> bool:
    return os.path.exists(folder / ".git")  # noqa: PTH110 - False also where it is not allowed to look


# -- one folder ------------------------------------------------------------------------------------------------------


class CacheFolder:
    """The cache of one project: entries of three parts, each with the digest of its place and content."""

    def __init__(self, path: Path) -> None:
        """`path` is made when there is something to keep."""
        self.path = path

    def is_there(self) -> bool:
        """Whether there is something at its place."""
        return os.path.lexists(self.path)

    def read(self, part: Part, name: str) -> bytes | None:
        """The content of an entry; None where there is none.

        Raises:
            UnusableCacheError: the folder or the entry can't be used.
        """
        try:
            with self._opened() as top, top.folder(part) as folder:
                content = folder.read(name)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UnusableCacheError(
                f"{self.path / part}: not used ({error.strerror})"
            ) from None
        head, body = content[:_HEAD_BYTES], content[_HEAD_BYTES:]
        if head != _MAGIC + _digest(part, name, body):
            raise UnusableCacheError(
                f"{self.path / part / name}: not used, it is damaged or of another version"
            )
        return body

    def write(self, part: Part, entries: Iterable[tuple[str, bytes]]) -> None:
        """Write some entries, each whole or not at all; what is too large is left out.

        Raises:
            UnusableCacheError: the folder can't be used or written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                self.path.mkdir(mode=0o700)
            with self._opened() as top:
                for mark, content in ((_IGNORE_NAME, _IGNORE), (_TAG_NAME, _TAG)):
                    if not top.holds(mark, content):
                        top.write(mark, content)
                with top.folder(part, make=True) as folder:
                    for name, body in entries:
                        if len(body) <= open_folder.LARGEST_ENTRY - _HEAD_BYTES:
                            folder.write(name, _MAGIC + _digest(part, name, body) + body)
        except OSError as error:
            raise UnusableCacheError(f"{self.path}: not written ({error.strerror})") from None

    def sweep(self, part: Part, keep: int | None = None) -> None:
        """Delete old entries of a part: all but the newest `keep`, and the oldest where the project has too many bytes.

        Raises:
            UnusableCacheError: the folder can't be used.
        """
        try:
            with self._opened() as top:
                with top.folder(part) as folder:
                    _sweep(folder, keep)
                if top.age(_SWEPT_NAME) > _SWEEP_SECONDS:
                    top.write(_SWEPT_NAME, b"")
                    _sweep_all(self.path)
        except OSError as error:
            raise UnusableCacheError(f"{self.path}: not swept ({error.strerror})") from None

    def clean(self) -> bool:
        """Delete the cache; whether there was one. What is not ours is left.

        Raises:
            UnusableCacheError: the folder is not a cache of ours, is a link, or can't be deleted.
        """
        try:
            with self._opened() as top:
                if not top.holds(_TAG_NAME, _TAG):
                    raise UnusableCacheError(
                        f"{self.path} is not deleted: it has no {_TAG_NAME} of lint-langsmith"
                    )
                for part in _PARTS:
                    _empty(top, part)
                if not _MARKS.issuperset(top.names()):
                    raise UnusableCacheError(
                        f"{self.path} is not deleted: it holds files of something else"
                    )
                for name in _MARKS:
                    top.delete(name)
            self.path.rmdir()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise UnusableCacheError(f"cannot delete {self.path}: {error.strerror}") from None
        return True

    def _opened(self) -> AbstractContextManager[Folder]:
        return opened(os.fspath(self.path))


def _digest(part: Part, name: str, body: bytes) -> bytes:
    digest = blake2b(f"{part}/{name}\n".encode(), digest_size=_DIGEST_BYTES)
    digest.update(body)
    return digest.digest()


def _empty(top: Folder, part: Part) -> None:
    """Delete the entries of a part, and its folder if nothing else is in it."""
    with contextlib.suppress(OSError):
        with top.folder(part) as folder:
            for item in folder.files():
                if _is_ours(item.name):
                    folder.delete(item.name)
        top.delete_folder(part)


def _is_ours(name: str) -> bool:
    return _ENTRY.fullmatch(name) is not None or _DRAFT.fullmatch(name) is not None


def _sweep(folder: Folder, keep: int | None) -> None:
    now = time.time()
    items = sorted(
        (item for item in folder.files() if _is_ours(item.name)), key=lambda item: -item.time
    )
    total = 0
    for number, item in enumerate(items):
        total += item.size
        is_old = now - item.time > (
            _DRAFT_SECONDS if _DRAFT.fullmatch(item.name) else _KEPT_SECONDS
        )
        if is_old or total > _MOST_OF_A_PART or (keep is not None and number >= keep):
            folder.delete(item.name)


def _sweep_all(current: Path) -> None:
    """Delete the caches of the projects that were not linted for longest, where all have too many bytes."""
    found: list[tuple[float, int, Path]] = []
    for name in os.listdir(current.parent):  # noqa: PTH208 - names alone
        if _PROJECT.fullmatch(name):
            path = current.parent / name
            with contextlib.suppress(OSError), opened(os.fspath(path)) as top:
                if top.holds(_TAG_NAME, _TAG):
                    size, newest = _measure(top)
                    found.append((newest, size, path))
    total = 0
    for _, size, path in sorted(found, key=lambda item: (item[2] != current, -item[0])):
        total += size
        if total > _MOST_OF_ALL and path != current:
            with contextlib.suppress(UnusableCacheError):
                CacheFolder(path).clean()


def _measure(top: Folder) -> tuple[int, float]:
    """The bytes of a cache, and when it was written to."""
    items = [*top.files()]
    for part in _PARTS:
        with contextlib.suppress(OSError), top.folder(part) as folder:
            items.extend(folder.files())
    return sum(item.size for item in items), max((item.time for item in items), default=0.0)


# -- what is in entries ----------------------------------------------------------------------------------------------

_T = TypeVar("_T")


def decoded(folder: CacheFolder, part: Part, name: str, shape: type[_T]) -> _T | None:
    """An entry as data; None where there is none.

    Raises:
        UnusableCacheError: the folder or the entry can't be used.
    """
    content = folder.read(part, name)
    if content is None:
        return None
    try:
        return msgspec.msgpack.decode(content, type=shape)
    except (
        msgspec.MsgspecError,
        ValueError,
        RecursionError,
        MemoryError,
        OverflowError,
    ) as error:
        raise UnusableCacheError(
            f"{folder.path / part / name}: not used ({type(error).__name__})"
        ) from None


def may_hold_secret(content: bytes) -> bool:
    """Whether something that looks like a credential of whatever kind stands in what is to be written."""
    return any(map(_looks_secret, _SECRETIVE.findall(content)))


def _looks_secret(word: bytes) -> bool:
    digits = sum(48 <= byte <= 57 for byte in word)
    return digits >= 6 and digits < len(word)


# -- what git tracks -------------------------------------------------------------------------------------------------


def _tracks(top: Path, folder: str) -> bool | None:
    """Whether git tracks a file in a folder of a work tree, the folder itself, or one around it as a link or submodule.

    None where that can't be told. Case does not matter: there are systems that see no difference.
    """
    git = git_folders(str(top))
    try:
        names = None if git is None else [name.lower() for name in tracked_paths(git.own)]
    except UnreadableFileError:
        names = None
    if names is None:
        return None
    wanted = os.fsencode("" if folder == "." else folder).lower()
    around = {wanted[:end] for end, byte in enumerate(wanted) if byte == ord("/")}
    inside = wanted + b"/" if wanted else b""
    return any(name.startswith(inside) or name == wanted or name in around for name in names)
