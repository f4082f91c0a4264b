"""The configuration files of a project, and of the folders around it where it is part of a larger repository."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.limits import EVIDENCE_BYTES, FOLDERS_ABOVE
from lint_langsmith.source import files
from lint_langsmith.source.kinds import kind_of
from lint_langsmith.source.root import Root
from lint_langsmith.source.text import UnreadableFileError

if TYPE_CHECKING:
    from lint_langsmith.analysis.project.project import Project

_CONFIG_SUFFIXES: Final = frozenset(
    {
        ".env",
        ".yaml",
        ".yml",
        ".toml",
        ".json",
        ".ini",
        ".cfg",
        ".sh",
        ".tf",
        ".md",
        ".rst",
        ".ipynb",
        ".envrc",
        ".j2",
    },
)
_CONFIG_NAMES: Final = lazy_re.compile(
    r"(?i)^(?:\.env.*|env\..*|.*\.env|.*dockerfile.*|makefile|justfile|procfile|\.envrc|metadata|pkg-info)$"
)
# Files of data that a tool finds by their names, or that say what a program is started with; all others are loaded by
# code that names them. In small letters, without the suffix; `*` stands for anything.
_FOUND_BY_NAME: Final[Mapping[str, tuple[str, ...]]] = {
    ".json": (
        *("langgraph*", "package", "nx", "turbo", "app"),
        *("launch", "settings", "tasks", "devcontainer"),
        *("claude*", "mcp", ".mcp", "smithery", "manifest"),
        *("vercel", "now", "taskdef*", "task-def*", "task_def*"),
        *("*container*", "*deploy*", "*values*", "*env*"),
    ),
    ".toml": (
        *("pyproject", "hatch", "pixi", "pipfile"),
        *("fly*", "netlify", "wrangler", "railway", "modal"),
        *("secrets", "mise*", ".mise*", "*env*"),
    ),
}
_PROSE: Final = (".md", ".mdx", ".rst", ".markdown", ".txt")
_CHANGES: Final = lazy_re.compile(
    r"(?i)(?:change(?:s|log)?|history|news|release(?:s|[-_ ]?notes)?|migrat\w*|upgrad\w*)\b"
)
_TEMPLATE: Final = lazy_re.compile(r"(?i)(?:example|sample|template|dist)")
_OWN_REPORT: Final = b"client-without-credentials"
_BY_HAND: Final = (".py", ".toml", ".yaml", ".yml", ".ipynb")
# What stands at the top of a repository, where the copy at hand has no `.git`.
_TOPS: Final = (
    *("docker-compose.yml", "docker-compose.yaml", "compose.yaml", "compose.yml"),
    *(".github", ".gitignore", ".env.example", ".pre-commit-config.yaml", "package.json"),
)


class ConfigurationFiles:
    """The configuration files of one project."""

    def __init__(self, project: Project) -> None:
        """`project` lists and reads the files."""
        self._project = project

    def contents(self) -> Iterator[tuple[str, bytes]]:
        """The configuration files of the project and of the folders around it, with what is in them."""
        for name in (*sorted(self._project.other_names), *self._above):
            content = self.content(name) if _is_configuration(name) else None
            if content is not None and len(content) <= EVIDENCE_BYTES:
                yield name, content

    def above(self) -> Iterator[tuple[str, bytes]]:
        """The files of the folders around the project, by their paths from it, with what is in them."""
        for name in self._above:
            content = self.content(name)
            if content is not None:
                yield name, content

    @functools.cached_property
    def _above(self) -> tuple[str, ...]:
        """The configuration files of the folders around the project, where it is part of a larger repository."""
        found: list[str] = []
        folders = repository_above(self._project.root)
        top = Root.at(str(folders[-1] if folders else self._project.root))
        for level, folder in enumerate(folders, start=1):
            paths = sorted(
                (*_files(folder, top), *_files(folder / ".github" / "workflows", top))
            )
            inner = (
                path.relative_to(folder).as_posix()
                for path in paths
                if _counts_above(path.name)
            )
            found.extend("../" * level + name for name in inner)
        return tuple(found)

    def content(self, name: str) -> bytes | None:
        """The bytes of a file by its path relative to the root (`../` for those above it); None if it is unreadable."""
        try:
            outside = name.startswith("../")
            content = (
                files.read(self._project.root / name)
                if outside
                else self._project.content(name)
            )
        except UnreadableFileError:
            return None
        # A report of this very finding names the variable, too.
        return None if _OWN_REPORT in content and not name.endswith(_BY_HAND) else content


def repository_above(root: Path) -> tuple[Path, ...]:
    """The folders above a project up to the top of its repository; without git, to the nearest that looks like one."""
    if files.exists(root / ".git"):
        return ()
    for count, folder in enumerate(root.parents, start=1):
        if files.exists(folder / ".git"):
            return tuple(root.parents[:count])
    for count, folder in enumerate(root.parents[:FOLDERS_ABOVE], start=1):
        if folder == files.home():
            break
        if any(files.exists(folder / top) for top in _TOPS):
            return tuple(root.parents[:count])
    return ()


def _files(folder: Path, top: Root) -> list[Path]:
    """The files in a folder; a link that leads out of the repository is none of it."""
    try:
        found = [
            entry.path
            for entry in files.listing(folder)
            if not entry.is_symlink() or top.holds(entry.path)
        ]
        return [Path(path) for path in found if files.is_file(path)]
    except UnreadableFileError:
        return []


def _counts_above(name: str) -> bool:
    """Whether a file above the project counts: somebody's own `.env` does not, which a clean clone would not have."""
    own = kind_of(PurePosixPath(name)) == "dotenv" and _TEMPLATE.search(name) is None
    return _is_configuration(name) and not own


def _is_configuration(name: str) -> bool:
    base = name.rpartition("/")[2]
    suffix = os.path.splitext(base)[1].lower()  # noqa: PTH122 - asked of very many names
    if suffix in _CONFIG_SUFFIXES:
        return not is_list_of_changes(base)
    return _CONFIG_NAMES.match(base) is not None


def is_prose(base: str) -> bool:
    """Whether a file is a page for people, by the last part of its path."""
    return base.lower().endswith(_PROSE)


def is_list_of_changes(base: str) -> bool:
    """Whether a page tells what was changed, which starts nothing, by the last part of its path."""
    return is_prose(base) and _CHANGES.match(base) is not None


def is_data(base: str) -> bool:
    """Whether a file is JSON or TOML, by the last part of its path."""
    return _suffix(base) in _FOUND_BY_NAME


def is_found_by_name(base: str) -> bool:
    """Whether a tool finds a file of data by its name, or is started as it says."""
    stem = base.lower().rpartition(".")[0]
    return any(fnmatchcase(stem, name) for name in _FOUND_BY_NAME.get(_suffix(base), ()))


def _suffix(base: str) -> str:
    suffix = PurePosixPath(base.lower()).suffix
    return ".json" if suffix == ".jsonc" else suffix
