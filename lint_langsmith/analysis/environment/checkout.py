"""What loaders ask of a project: its files as they stand there, also those of variables that git ignores."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.entry_points.declared import joined
from lint_langsmith.analysis.environment.process import (
    NOTHING,
    Given,
    Loader,
    Source,
    given_by,
    outside,
)
from lint_langsmith.analysis.limits import DEPLOYMENT_BYTES
from lint_langsmith.analysis.project.contents import sought
from lint_langsmith.remembered import remembered
from lint_langsmith.source.kinds import kind_of, kinds_by_name
from lint_langsmith.source.text import LineIndex, decode_text

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.variables import Environment
    from lint_langsmith.analysis.environment.writes import Setting
    from lint_langsmith.analysis.project.file import File
    from lint_langsmith.analysis.project.project import Project

# Files that say what a program gets.
_SETTING: Final = frozenset({"dotenv", "workflow"})
_IS_TEMPLATE: Final = lazy_re.compile(r"(?i)(?:example|sample|template|dist)(?:$|[._-])")
ENDINGS_OF_TEMPLATES: Final = (".example", ".sample", ".template", ".dist")
# What a name in a path stands for is not in the file: `${ENV}`, `{{ stage }}`, `%h`.
_FILLED_IN: Final = lazy_re.compile(r"[$%{}`<>*?~]")


class Checkout:
    """The files of one project, as loaders see them."""

    def __init__(self, project: Project, environment: Environment) -> None:
        """`project` lists and reads the files, `environment` says what they set."""
        self._project = project
        self._environment = environment

    @functools.cached_property
    def names(self) -> tuple[str, ...]:
        """The paths of all files that are no code, and that git does not ignore."""
        return tuple(sorted(self._project.other_names))

    @functools.cached_property
    def folder_name(self) -> str:
        """The name of the project's folder: mostly that of its image, too."""
        return self._project.root.name

    def has(self, name: str) -> bool:
        """Whether there is a file, code or not, ignored by git or not."""
        return self._project.is_file(name)

    def is_ignored(self, name: str) -> bool:
        """Whether git ignores a file."""
        return name in self._project.sources.ignored

    def file(self, name: str) -> File | None:
        """A file that can be read; None for all others."""
        return self._project.try_load(name) if self.has(name) else None

    def files(self, kind: str, words: Sequence[bytes]) -> Iterator[File]:
        """The files of a kind that hold any of some words, in the order of their names; no other is parsed."""
        for name in self._names_by_kind.get(kind, ()):
            content = self.content(name)
            if (
                any(word in content for word in words)
                and kind_of(PurePosixPath(name), content) == kind
                and (file := self.file(name)) is not None
            ):
                yield file

    @functools.cached_property
    def _names_by_kind(self) -> Mapping[str, Sequence[str]]:
        """The paths of the files that may be of a kind by their names, in order: the others need not be read."""
        found: dict[str, list[str]] = defaultdict(list)
        for name in self.names:
            for kind in kinds_by_name(PurePosixPath(name)):
                found[kind].append(name)
        return found

    def relevant_code(self, word: bytes) -> Iterator[File]:
        """The code that has to do with LangSmith and holds a word, in the order of the names."""
        for name in self._project.relevant:
            if word in self.content(name) and (file := self.file(name)) is not None:
                yield file

    def importing(self, packages: Sequence[str]) -> frozenset[str]:
        """The code that imports one of some packages, and all that has to do with LangSmith."""
        return frozenset((*self._project.imports.importing(packages), *self._relevant))

    def is_relevant(self, name: str) -> bool:
        """Whether a file of code has to do with LangSmith by itself."""
        return name in self._relevant

    @functools.cached_property
    def _relevant(self) -> frozenset[str]:
        return frozenset(self._project.relevant)

    @functools.cached_property
    def relevant_stems(self) -> frozenset[bytes]:
        """The last parts of the names of the code that has to do with LangSmith, without the suffix."""
        names = (name.rpartition("/")[2] for name in self._project.relevant)
        return frozenset(sought(name.rpartition(".")[0]) for name in names)

    def text(self, name: str) -> str:
        """The text of a file; empty where it can't be read, or where nobody wrote it by hand."""
        text = decode_text(self.content(name)) if self.has(name) else ""
        return text if len(text) <= DEPLOYMENT_BYTES else ""

    def content(self, name: str) -> bytes:
        """The bytes of a file; none where it can't be read."""
        try:
            return self._project.content(name)
        except Exception:  # noqa: BLE001 - what is wrong with it is reported where it is linted itself
            return b""

    def called(self, file: File, site: int) -> frozenset[str]:
        """The qualified names of what a call may call outside of the project."""
        return self._environment.called(file, site)

    def settings(self, file: File) -> tuple[Setting, ...]:
        """What a file sets."""
        return self._environment.settings(file)

    @functools.cached_property
    def set_in_files(self) -> Mapping[str, Setting]:
        """The variables that files of variables and workflows set, each with the first that does; of templates none."""
        found: dict[str, Setting] = {}
        for name in sorted((*self._project.relevant_others, *self._project.sources.ignored)):
            file = self.file(name)
            if file is None or file.kind not in _SETTING or _IS_TEMPLATE.search(name):
                continue
            for setting in self.settings(file):
                found.setdefault(setting.name, setting)
        return found

    @remembered
    def values_in_files(self, variable: str) -> frozenset[str]:
        """The values, not blank, that files of variables and workflows give a variable; the templates, too."""
        return frozenset(
            setting.value
            for name in (*self._project.relevant_others, *self._project.sources.ignored)
            if sought(variable) in self.content(name)
            and (file := self.file(name)) is not None
            and file.kind in _SETTING
            for setting in self.settings(file)
            if setting.name == variable and setting.value
        )

    def names_word(self, word: str, *, but: str | None = None) -> bool:
        """Whether any file, but one, holds a word, in which it may be set."""
        names = (
            *self._project.python_names,
            *self._project.other_names,
            *self._project.sources.ignored,
        )
        return any(sought(word) in self.content(name) for name in names if name != but)

    def names_whole(
        self, word: str, *, but: str | None = None, only_code: bool = False
    ) -> bool:
        """The same of a word that is no part of a longer name."""
        others = (
            () if only_code else (*self._project.other_names, *self._project.sources.ignored)
        )
        whole = re.compile(
            rb"(?<![A-Za-z0-9_])" + re.escape(sought(word)) + rb"(?![A-Za-z0-9_])"
        )
        return any(
            sought(word) in (content := self.content(name))
            and whole.search(content) is not None
            for name in (*self._project.python_names, *others)
            if name != but
        )

    def in_code(self, word: str) -> bool:
        """Whether any code of the project holds a word."""
        return any(sought(word) in self.content(name) for name in self._project.python_names)

    def setting_at(self, file: File, start: int) -> Setting | None:
        """The setting of which the name begins at a 0-based offset."""
        return self._settings_at(file).get(start)

    @remembered
    def _settings_at(self, file: File) -> Mapping[int, Setting]:
        index = LineIndex(file.text)
        return {
            index.offset(setting.at.line, setting.at.column): setting
            for setting in self.settings(file)
        }

    def variables(self, folder: str, path: str | None, loader: Loader) -> Source:
        """A file of variables that is named in a file of a folder, as a source."""
        if path is None or _FILLED_IN.search(path):
            return outside(f"`{path}`" if path else "a file of variables")
        return self.variables_of(located(folder, path), loader)

    def variables_of(self, name: str | None, loader: Loader) -> Source:
        """A file of variables by its path relative to the root; None for one that lies outside of it."""
        file = self.file(name) if name is not None else None
        if name is None or file is None or len(file.text) > DEPLOYMENT_BYTES:
            return outside(
                f"`{name}`, which is not here" if name else "a file outside of the project"
            )
        settings = [
            setting for setting in self.settings(file) if setting.kind == "dotenv"
        ] or self.settings(file)
        return Source(f"`{name}`", given_by(settings), name, loader)

    def template_of(self, name: str) -> Mapping[str, Given]:
        """What the template of a file of variables sets, if there is one: `.env.example` of `.env`."""
        folder, _, base = name.rpartition("/")
        for ending in ENDINGS_OF_TEMPLATES:
            file = self.file(joined(folder, f"{base}{ending}"))
            if file is not None and file.kind == "dotenv":
                return given_by(self.settings(file))
        return NOTHING

    def python_below(self, folder: str) -> Iterator[str]:
        """The project's Python in a folder; all of it for the root."""
        start = f"{folder}/" if folder else ""
        return (name for name in self._project.python_names if name.startswith(start))


def located(folder: str, path: str) -> str | None:
    """The path of a file, relative to the root, that a file in a folder names; None where it leads out of the root."""
    if path.startswith("/"):
        return None
    parts = [part for part in folder.split("/") if part]
    for part in path.split("/"):
        if part == ".." and not parts:
            return None
        if part == "..":
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return joined("", "/".join(parts))
