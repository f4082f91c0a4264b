"""A git repository that is only read: its refs, its objects, and its commits with what each of them changed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from lint_langsmith import git

# Of an object that is larger, one piece of this size is in memory at a time.
PIECE: Final = 8 << 20
# So much of a piece comes again at the beginning of the next one: longer is no key, however it is spelled.
OVERLAP: Final = 4096

_NOTES: Final = "refs/notes/"
_STASH: Final = "refs/stash"
# What can hold a key. A tree holds names, which the commits give as well.
_SEARCHED: Final = frozenset({"blob", "commit", "tag"})


class NoRepositoryError(Exception):
    """A folder can't be searched; the message says why, in one line."""


class Ref(NamedTuple):
    """A name of git's, the object that it names, and the commit that this leads to (empty where it is none)."""

    name: str
    oid: str
    commit: str

    @property
    def is_branch(self) -> bool:
        """Whether it is a branch, here or on a remote."""
        return self.name.startswith(("refs/heads/", "refs/remotes/"))

    @property
    def short(self) -> str:
        """The name as people say it."""
        for start in ("refs/heads/", "refs/remotes/", "refs/tags/", "refs/"):
            if self.name.startswith(start):
                return self.name[len(start) :]
        return self.name


class Scope(NamedTuple):
    """What of a repository is searched.

    `revisions` are arguments of `git rev-list` (empty: all that the refs lead to, but the stash); `is_everything` takes
    in what no ref leads to as well.
    """

    revisions: tuple[str, ...] = ()
    is_everything: bool = False

    @property
    def commits(self) -> tuple[str, ...]:
        """The arguments that give all commits of the scope, without those of notes."""
        if self.revisions:
            return self.revisions
        if self.is_everything:
            return (f"--exclude={_NOTES}*", "--all", "--reflog")
        return (f"--exclude={_NOTES}*", f"--exclude={_STASH}", "--all")


class Listed(NamedTuple):
    """The objects to search, by their names in the order in which git reads them best, with their sizes in bytes."""

    oids: Sequence[str]
    sizes: Sequence[int]
    missing: int = 0


class Content(NamedTuple):
    """A part of an object: all of it, or a piece that begins with the end of the one before.

    `lines` counts the line feeds before the piece.
    """

    oid: str
    kind: str
    piece: bytes
    lines: int


class Change(NamedTuple):
    """A path that a commit changed: the contents before (several in a merge, none of a new file), and after."""

    path: str
    before: tuple[str, ...]
    after: str


class Commit(NamedTuple):
    """A commit, its parents, its date (of the committer, UTC, ISO 8601), and what it changed that was asked for."""

    oid: str
    parents: tuple[str, ...]
    date: str
    changes: tuple[Change, ...]


class Repository:
    """One repository, whatever its kind: with a work tree, bare, a mirror, shallow or partial."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the repository, or any folder of its work tree.

        Raises:
            NoRepositoryError: it is none, or there is no git.
        """
        self.folder = folder
        self.is_bare = _is_bare(folder)
        try:
            answer = git.run(folder, "rev-parse", "--absolute-git-dir", is_bare=self.is_bare)
        except FileNotFoundError:
            raise NoRepositoryError("git is not installed") from None
        if answer.code:
            said = answer.errors.decode("utf-8", "replace").strip().partition("\n")[0]
            raise NoRepositoryError(f"{folder}: {said.removeprefix('fatal: ')}")
        self.git_folder = Path(os.fsdecode(answer.output.rstrip(b"\n")))

    def ask(self, command: str, *arguments: str) -> bytes:
        """What git answers; nothing where it can't."""
        answer = git.run(self.folder, command, *arguments, is_bare=self.is_bare)
        return b"" if answer.code else answer.output

    def refs(self) -> tuple[Ref, ...]:
        """All refs, sorted by name."""
        output = self.ask(
            "for-each-ref",
            "--format=%(refname)%00%(objectname)%00%(objecttype)%00%(*objectname)%00%(*objecttype)",
        )
        found: list[Ref] = []
        # A name may have what Python takes for the end of a line, U+2028 for one.
        for line in os.fsdecode(output).split("\n")[:-1]:
            name, oid, kind, peeled, peeled_kind = line.split("\0")
            commit = oid if kind == "commit" else peeled if peeled_kind == "commit" else ""
            found.append(Ref(name, oid, commit))
        return tuple(found)

    def head(self) -> str:
        """The commit at HEAD; empty where there is none yet."""
        return self.ask("rev-parse", "--verify", "--quiet", "HEAD^{commit}").decode().strip()

    @property
    def is_shallow(self) -> bool:
        """Whether commits were left out when it was cloned."""
        return self.ask("rev-parse", "--is-shallow-repository").strip() == b"true"

    @property
    def is_partial(self) -> bool:
        """Whether objects may be missing that a remote promised to give."""
        packs = self._common_folder() / "objects" / "pack"
        return any(packs.glob("*.promisor"))

    def _common_folder(self) -> Path:
        """Where the objects are: of a linked work tree that is not its own folder."""
        name = os.fsdecode(self.ask("rev-parse", "--git-common-dir").rstrip(b"\n"))
        return self.git_folder if not name else self.folder / name

    def objects(self, scope: Scope, known: Sequence[str] = ()) -> Listed:
        """The objects of a scope that are not reached from the commits that are `known`.

        Of a whole repository all objects are taken, also those that nothing leads to: to list them takes a fraction of
        the time of a walk, and what leads to a key is asked only where one is found.

        Raises:
            StreamError: git can't list them; one of the known commits may be gone.
        """
        if not scope.revisions and not known:
            missing = self._missing(scope) if self.is_partial else 0
            listed = Listed(*self._checked(("--batch-all-objects", "--unordered")))
            return listed._replace(missing=listed.missing + missing)
        revisions = scope.revisions or (f"--exclude={_STASH}", "--all")
        walked = b"".join(
            self._rev_list(
                *("--objects", "--no-object-names", "--missing=allow-any", "--stdin"),
                *revisions,
                stdin="".join(f"^{oid}\n" for oid in known).encode(),
            )
        )
        return Listed(*self._checked((), walked))

    def _missing(self, scope: Scope) -> int:
        """How many objects are not there that the refs lead to."""
        walked = self._rev_list("--objects", "--missing=print", *scope.commits)
        return sum(line.startswith(b"?") for line in walked)

    def _rev_list(self, *arguments: str, stdin: bytes = b"") -> Iterator[bytes]:
        with git.streamed(
            self.folder, "rev-list", *arguments, stdin=stdin, is_bare=self.is_bare
        ) as output:
            yield from output

    def _checked(
        self, options: Sequence[str], oids: bytes = b""
    ) -> tuple[list[str], list[int], int]:
        """Those of some objects that can hold a key, and how many are missing."""
        names: list[str] = []
        sizes: list[int] = []
        missing = 0
        with git.streamed(
            self.folder,
            "cat-file",
            "--buffer",
            "--batch-check",
            *options,
            stdin=oids,
            is_bare=self.is_bare,
        ) as output:
            for line in output:
                name, kind, *size = line.decode().split()
                if kind in _SEARCHED:
                    names.append(name)
                    sizes.append(int(size[0]))
                missing += kind == "missing"
        return names, sizes, missing

    def contents(self, oids: Sequence[str]) -> Iterator[Content]:
        """The contents of objects, large ones in pieces.

        Raises:
            StreamError: git can't read one of them.
        """
        with git.streamed(
            self.folder,
            "cat-file",
            "--buffer",
            "--batch",
            stdin="".join(f"{oid}\n" for oid in oids).encode(),
            is_bare=self.is_bare,
        ) as output:
            for header in iter(output.readline, b""):
                oid, kind, *size = header.decode().split()
                if size:
                    yield from _pieces(output, oid, kind, int(size[0]))
                    output.read(1)  # the line feed behind it

    def commits(self, scope: Scope, wanted: frozenset[str]) -> Iterator[Commit]:
        """The commits of a scope with those of their changes that have to do with the contents that are wanted.

        None comes before those that come from it.
        """
        yield from self._log(scope.commits, wanted)

    def notes(self, wanted: frozenset[str]) -> Iterator[Commit]:
        """The commits of all notes, likewise."""
        yield from self._log((f"--glob={_NOTES}*",), wanted)

    def _log(self, revisions: Sequence[str], wanted: frozenset[str]) -> Iterator[Commit]:
        arguments = (
            *("--topo-order", "--raw", "-z", "-c", "--root", "--no-abbrev", "--no-renames"),
            "--format=%x01%H%x02%P%x02%ct",
        )
        with git.streamed(
            self.folder, "log", *arguments, *revisions, "--", is_bare=self.is_bare
        ) as output:
            yield from _commits(_tokens(output), wanted)

    def paths_at(self, commit: str) -> dict[str, list[str]]:
        """The paths that each content has at a commit."""
        found: dict[str, list[str]] = {}
        for line in self.ask("ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0"):
            about, _, path = line.partition(b"\t")
            if path:
                found.setdefault(about.split()[2].decode(), []).append(os.fsdecode(path))
        return found


def _is_bare(folder: Path) -> bool:
    """Whether a folder is a repository itself: git finds none without a work tree unless it is named."""
    return (
        not (folder / ".git").exists()
        and (folder / "objects").is_dir()
        and (folder / "refs").is_dir()
        and (folder / "HEAD").is_file()
    )


def _pieces(output: BinaryIO, oid: str, kind: str, size: int) -> Iterator[Content]:
    before = b""
    lines = 0
    while size > 0:
        piece = before + output.read(min(size, PIECE))
        size -= PIECE
        yield Content(oid, kind, piece, lines)
        if (
            size > 0
        ):  # most objects are one piece: to count their lines would take as long as to search them
            before = piece[-OVERLAP:]
            lines += piece.count(b"\n", 0, len(piece) - len(before))


def _tokens(output: BinaryIO) -> Iterator[bytes]:
    """What stands between the NUL bytes of an output."""
    rest = b""
    for part in iter(lambda: output.read(1 << 16), b""):
        *whole, rest = (rest + part).split(b"\0")
        yield from whole
    if rest:
        yield rest


def _commits(tokens: Iterator[bytes], wanted: frozenset[str]) -> Iterator[Commit]:
    """The commits of `git log --raw -z`: a line about each, and for each change what it is and its path."""
    oids = {oid.encode() for oid in wanted}
    head: tuple[str, tuple[str, ...], str] | None = None
    changes: list[Change] = []
    for token in tokens:
        word = token.lstrip(b"\n")
        if word.startswith(b"\x01"):
            if head is not None:
                yield Commit(*head, tuple(changes))
            oid, parents, seconds = word[1:].decode().split("\x02")
            head, changes = (oid, tuple(parents.split()), _date(seconds)), []
        elif word.startswith(b":"):
            path = next(tokens)
            if not oids.isdisjoint(word.split()):
                changes.append(_change(word, path))
    if head is not None:
        yield Commit(*head, tuple(changes))


def _date(seconds: str) -> str:
    """Seconds since 1970 as a date and time of day, UTC, ISO 8601: such dates are in order as texts, too."""
    try:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(seconds)))
    except (ValueError, OverflowError, OSError):  # whoever makes a commit writes what they like
        return ""


def _change(about: bytes, path: bytes) -> Change:
    """A change by git's raw format: `:` for each parent, then modes, contents, and a status."""
    parents = len(about) - len(about.lstrip(b":"))
    words = about.decode().split()
    oids = words[parents + 1 : -1]
    before = tuple(oid for oid in oids[:-1] if oid.strip("0"))
    return Change(os.fsdecode(path), before, oids[-1])
