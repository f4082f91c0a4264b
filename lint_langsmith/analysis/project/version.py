"""Which release of an SDK a project uses: the setting, else lock files, else dependency ranges, else the newest.

The files that lie nearest to the project's root decide, and among them a lock file or a pin before a range. Where two
of the same rank disagree, both count. A file that can't be read says nothing.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final, NamedTuple

import msgspec
import tomli

from lint_langsmith import lazy_re
from lint_langsmith.analysis.project.held_back import held_back
from lint_langsmith.source import files
from lint_langsmith.source.kinds import is_requirements
from lint_langsmith.source.root import Root
from lint_langsmith.source.text import UnreadableFileError, decode_text
from lint_langsmith.versions import BadVersionError, VersionRange, either, parse_range

_TOML_LOCKS: Final = frozenset({"uv.lock", "poetry.lock", "pdm.lock", "pylock.toml"})
_LOCKS: Final = _TOML_LOCKS | {"Pipfile.lock"}
_MANIFESTS: Final = frozenset({"pyproject.toml", "setup.cfg", "Pipfile"})
# What examples, tests and documentation require is not what the project uses.
_ASIDE: Final = lazy_re.compile(
    r"(?i)(?:^|[-_.])(?:docs?|examples?|samples?|tests?|archived?|templates?|cookbooks?)$"
)
# Lock files are written by machines, name and version on lines of their own: no parser is needed for megabytes.
_LOCKED: Final = r'(?m)^name = "{name}"\r?\nversion = "([^"\r\n]+)"'
_REQUIREMENT: Final = (
    # Blanks belong to the range only before more of it, so that one way alone leads through a run of them.
    r"(?i)^\s*{name}\s*(?:\[[^\]]*\]\s*)?"
    r"(?:(?P<range>[(<>=!~^](?:(?!--hash)[^\s;#@\\]|\s+(?=[^\s;#@\\-]|-(?!-hash)))*)\s*)?(?:--hash.*|[;#\\].*)?$"
)


class _Sought(NamedTuple):
    """The distribution that is looked for. In files it may be written with other separators than on PyPI."""

    name: str
    spelled: re.Pattern[str]
    locked: re.Pattern[str]
    requirement: re.Pattern[str]


@functools.cache
def _sought(distribution: str) -> _Sought:
    name = re.escape(distribution).replace(r"\-", "[-_.]")
    return _Sought(
        distribution,
        lazy_re.compile(f"(?i){name}"),
        lazy_re.compile(_LOCKED.replace("{name}", name)),
        lazy_re.compile(_REQUIREMENT.replace("{name}", name)),
    )


_LANGSMITH: Final = "langsmith"


class ProjectVersion(msgspec.Struct, frozen=True):
    """The releases of a distribution that a project may use, and what says so. `admitted` is None for the newest.

    `is_chosen` is for a newest that something asks for: messages tell what.
    """

    admitted: VersionRange | None
    source: str
    is_chosen: bool = False
    distribution: str = _LANGSMITH

    @property
    def spoken(self) -> str:
        """For messages: `langsmith 0.4.20 (uv.lock)`, `langsmith>=0.3,<0.5 (pyproject.toml)`."""
        if self.admitted is None:
            newest = f"the newest {self.distribution}"
            return f"{newest} ({self.source})" if self.is_chosen else newest
        exact = self.admitted.exact
        text = (
            " " + ".".join(map(str, exact))
            if exact is not None
            else self.admitted.text.replace(" || ", " or ")
        )
        return f"{self.distribution}{text} ({self.source})"

    @property
    def described(self) -> str:
        """With the source in any case."""
        told = self.admitted is not None or self.is_chosen
        return self.spoken if told else f"{self.spoken} ({self.source})"


class _Mention(msgspec.Struct, frozen=True):
    """What one file says: `rank` 0 for a lock file, 1 for a pin, 2 for a range, 3 for the bare name."""

    path: str
    rank: int
    admitted: VersionRange

    @property
    def depth(self) -> int:
        """How far below the root the file lies; `requirements/dev.txt` counts as beside its folder."""
        folders = PurePosixPath(self.path).parts[:-1]
        return len(folders) - (folders[-1:] == ("requirements",))


_UNTOLD: Final = "nothing in the project says which"


def project_version(
    setting: str,
    root: Path,
    names: Iterable[str],
    read: Callable[[str], bytes | None],
    distribution: str = _LANGSMITH,
) -> ProjectVersion:
    """The version of a distribution that a project uses.

    Args:
        setting: the value of `langsmith-version`: `auto`, `newest`, a version or a range.
        root: the folder of the project; lock files of a workspace may lie above it.
        names: the files of the project, relative to the root.
        read: gives the content of one of them; None where it can't be read.
        distribution: its name on PyPI.
    """
    if setting == "newest":
        return ProjectVersion(None, "the setting langsmith-version", distribution=distribution)
    if setting != "auto":
        return ProjectVersion(
            parse_range(setting), "the setting langsmith-version", distribution=distribution
        )
    declaring = [name for name in names if _declares(name)]
    above = tuple(_locks_above(root))
    told = _found(declaring, above, read, _sought(distribution))
    if told.admitted is None or told.admitted.exact is None:
        # The requirements that stand beside are installed together with it.
        beside = [name for name in declaring if name in told.paths] or declaring
        held = held_back(
            distribution,
            told.admitted,
            lambda package: _found(beside, above, read, _sought(package)).admitted,
        )
        if held is not None:
            left, package = held
            source = told.source if told.admitted is not None else f"required by {package}"
            return ProjectVersion(left, source, distribution=distribution)
    return ProjectVersion(told.admitted, told.source, distribution=distribution)


class _Told(NamedTuple):
    """What the files of a project say: the releases, None for the newest, and which files mention them."""

    admitted: VersionRange | None
    source: str
    paths: frozenset[str] = frozenset()


class _Lock(NamedTuple):
    """A lock file above the root, by its path from there."""

    path: str
    content: bytes


def _found(
    names: Iterable[str],
    locks: Sequence[_Lock],
    read: Callable[[str], bytes | None],
    sought: _Sought,
) -> _Told:
    found = [mention for name in names for mention in _mentions(name, read, sought)]
    strong = [mention for mention in found if mention.rank < _BARE]
    if any(mention.rank == 0 and mention.depth == 0 for mention in strong):
        return _decided(strong)
    above = next(filter(None, (_locked(lock, sought) for lock in locks)), None)
    if above is not None:
        return _decided(above)
    if strong:
        return _decided(strong)
    source = f"{found[0].path} names no version" if found else _UNTOLD
    return _Told(None, source, frozenset(mention.path for mention in found))


_BARE: Final = 3
_SHOWN: Final = 2  # paths that a message names


def _decided(mentions: list[_Mention]) -> _Told:
    best = min((mention.depth, mention.rank) for mention in mentions)
    chosen = [mention for mention in mentions if (mention.depth, mention.rank) == best]
    admitted = either([mention.admitted for mention in chosen])
    paths = list(dict.fromkeys(mention.path for mention in chosen))
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return _Told(admitted, ", ".join(paths[:_SHOWN]) + more, frozenset(paths))


def _locks_above(root: Path) -> Iterator[_Lock]:
    """The lock files of a workspace, between the root and the top of the repository, the nearest first."""
    folders = [root, *root.parents]
    top = next(
        (index for index, folder in enumerate(folders) if files.exists(folder / ".git")), 0
    )
    if not top:
        return
    whole = Root.at(str(folders[top]))
    for index in range(1, top + 1):
        for name in sorted(_LOCKS):
            content = _content(folders[index] / name, whole)
            if content is not None:
                yield _Lock("../" * index + name, content)


def _locked(lock: _Lock, sought: _Sought) -> list[_Mention]:
    """What a lock file above the root says of a distribution."""
    name = lock.path.rpartition("/")[2]
    return [
        msgspec.structs.replace(mention, path=lock.path)
        for mention in _mentions(name, lambda _: lock.content, sought)
    ]


def _content(path: Path, top: Root) -> bytes | None:
    try:
        return files.read(path) if files.exists(path) and top.holds(str(path)) else None
    except UnreadableFileError:
        return None


def declares_dependencies(name: str) -> bool:
    """Whether a file is one in which a person writes what a project depends on."""
    folder, _, base = name.rpartition("/")
    in_requirements = f"/{folder}".endswith("/requirements") and base.endswith((".txt", ".in"))
    return base in _MANIFESTS or in_requirements or is_requirements(base)


def _declares(name: str) -> bool:
    return name.rpartition("/")[2] in _LOCKS or declares_dependencies(name)


def _mentions(
    name: str, read: Callable[[str], bytes | None], sought: _Sought
) -> Iterator[_Mention]:
    """What a file says of a distribution; nothing for files of other kinds."""
    base = name.rpartition("/")[2]
    if not _declares(name):
        return
    content = read(name)
    text = decode_text(content) if content is not None else ""
    if not sought.spelled.search(text) or any(
        _ASIDE.search(folder) for folder in PurePosixPath(name).parts[:-1]
    ):
        return
    for written in _written(base, text, sought):
        try:
            admitted = parse_range(written)
        except BadVersionError:
            continue
        yield _Mention(name, _rank(base, admitted), admitted)


def _rank(base: str, admitted: VersionRange) -> int:
    if admitted.is_everything:
        return _BARE
    if base in _LOCKS:
        return 0
    return 1 if admitted.exact is not None else 2


def _written(base: str, text: str, sought: _Sought) -> Iterator[str]:
    """The versions and ranges of a distribution in a file, as they are written there; empty for the bare name."""
    if base in _TOML_LOCKS:
        yield from (f"=={version}" for version in sought.locked.findall(text))
    elif base == "Pipfile.lock":
        yield from _of_pipfile_lock(text, sought)
    elif base == "setup.cfg":
        yield from _required(_setup_cfg(text), sought)
    elif base in _MANIFESTS:
        yield from _of_manifest(text, sought)
    else:
        yield from _required(text.splitlines(), sought)


def required(lines: Iterable[str], distribution: str = _LANGSMITH) -> Iterator[str]:
    """The ranges that requirements ask of a distribution, as they are written; empty for the bare name."""
    return _required(lines, _sought(distribution))


def _required(lines: Iterable[str], sought: _Sought) -> Iterator[str]:
    for line in lines:
        found = sought.requirement.match(line)
        if found is not None:
            yield found["range"] or ""


def _of_pipfile_lock(text: str, sought: _Sought) -> Iterator[str]:
    try:
        content = msgspec.json.decode(text)
    except (ValueError, RecursionError):  # DecodeError among them
        return
    for section in ("default", "develop"):
        entry = _table(_table(content).get(section)).get(sought.name)
        version = _table(entry).get("version")
        if isinstance(version, str):
            yield version


def _setup_cfg(text: str) -> Iterator[str]:
    import configparser  # noqa: PLC0415 - 8 expressions are compiled for it, and few projects have the file

    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return
    sections = {"options": "install_requires", "options.extras_require": ""}
    for section, only in sections.items():
        if parser.has_section(section):
            for key, value in parser.items(section):
                if not only or key == only:
                    yield from value.splitlines()


def _of_manifest(text: str, sought: _Sought) -> Iterator[str]:
    """pyproject.toml, in all the places where dependencies stand, and Pipfile."""
    try:
        content = tomli.loads(text)
    except (ValueError, RecursionError):  # TOMLDecodeError among them; numbers may be too long
        return
    project, tool = _table(content.get("project")), _table(content.get("tool"))
    lists = [
        project.get("dependencies"),
        *_table(project.get("optional-dependencies")).values(),
        *_table(content.get("dependency-groups")).values(),
        _table(tool.get("uv")).get("dev-dependencies"),
        *_table(_table(tool.get("pdm")).get("dev-dependencies")).values(),
    ]
    for entries in lists:
        if isinstance(entries, list):
            yield from _required((entry for entry in entries if isinstance(entry, str)), sought)
    poetry = _table(tool.get("poetry"))
    groups = [
        _table(group).get("dependencies") for group in _table(poetry.get("group")).values()
    ]
    tables = [poetry.get("dependencies"), poetry.get("dev-dependencies"), *groups]
    for table in (*tables, content.get("packages"), content.get("dev-packages")):
        yield from _of_table(_table(table), sought)


def _of_table(dependencies: Mapping[str, Any], sought: _Sought) -> Iterator[str]:
    """`langsmith = "^0.3"`, `langsmith = { version = "^0.3" }`, and Poetry's lists of such tables."""
    for name, entry in dependencies.items():
        if sought.spelled.fullmatch(name):
            for item in entry if isinstance(entry, list) else [entry]:
                version = item if isinstance(item, str) else _table(item).get("version", "")
                if isinstance(version, str):
                    yield version


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
