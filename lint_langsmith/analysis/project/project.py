"""The project around a file: its files, its modules linked, who imports whom, and its version of LangSmith."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis import limits
from lint_langsmith.analysis.project.contents import AnyPath, Memory, relative_name
from lint_langsmith.analysis.project.file import File, is_test
from lint_langsmith.analysis.project.file_store import FileStore, Models
from lint_langsmith.analysis.project.import_graph import Imports
from lint_langsmith.analysis.project.name_reads import places_of
from lint_langsmith.analysis.project.parser_pool import Parsing
from lint_langsmith.remembered import remembered
from lint_langsmith.source.kinds import PYTHON_SUFFIXES, unlinted_by_name
from lint_langsmith.source.text import UnreadableFileError

if TYPE_CHECKING:
    from lint_langsmith.analysis.project.name_reads import Subclasses
    from lint_langsmith.analysis.project.version import ProjectVersion
    from lint_langsmith.config.settings import Settings
    from lint_langsmith.sdk.table import SdkTable

# Where nothing else is known, a name that only the installed SDK can have.
_SDK_PACKAGE: Final = "langsmith"


class Project:
    """All files under one root. What it says of a file never depends on which files were asked for."""

    def __init__(  # noqa: PLR0913 - what a run has for all of its projects
        self,
        root: Path,
        settings: Settings,
        paths: Iterable[AnyPath],
        memory: Memory | None = None,
        jobs: int = 1,
        *,
        models: Models | None = None,
        parsing: Parsing | None = None,
        files: FileStore | None = None,
        installed: tuple[ProjectVersion, ...] = (),
    ) -> None:
        """`paths` are all files of the project, whatever their suffix; they are read when they are needed.

        `memory` is what earlier runs found out, `jobs` the number of processes that may work on the files, `models`
        what other projects of the run have lowered, `parsing` the processes that parse for the run. With the `files` of
        another project it needs none of these. `installed` are the SDKs that are used in other releases than the files
        tell.
        """
        self.root = root
        self.settings = settings
        self.files = (
            FileStore(root, paths, memory, jobs, models, parsing) if files is None else files
        )
        self.sources = self.files.sources
        self.faults = self.files.faults
        self.installed = installed
        self._installed = {version.distribution: version for version in installed}
        # The project with the releases of SDKs that notebooks install for themselves.
        self._by_installed: dict[tuple[ProjectVersion, ...], Project] = {}
        # The files whose bases and decorators other processes were told of.
        self._known: set[str] = set()

    def with_settings(self, settings: Settings) -> Project:
        """The same project judged by other settings; what was read is shared where the settings allow it."""
        if settings == self.settings:
            return self
        return Project(self.root, settings, (), files=self.files)

    def as_in(self, file: File) -> Project:
        """The project as it is where a file runs: a notebook may install other releases for itself."""
        if not file.magics or self.settings.langsmith_version != "auto":
            return self
        from lint_langsmith.analysis.project.installs import versions_in  # noqa: PLC0415 - for notebooks with magics alone

        installed = versions_in(file.magics, self._version_named)
        if not installed:
            return self
        if installed not in self._by_installed:
            self._by_installed[installed] = Project(
                self.root, self.settings, (), files=self.files, installed=installed
            )
        return self._by_installed[installed]

    # -- files -------------------------------------------------------------------------------------------------------

    def look_at(self, paths: Iterable[AnyPath]) -> None:
        """Look at the bytes of files that will be asked for, and of all code, together."""
        names = [relative_name(self.root, path) for path in paths]
        wanted = {*self.python_names, *(name for name in names if name in self.sources.paths)}
        unread = self.sources.unread(wanted)
        if self.sources.finds_relevant(unread):
            self.files.get_ready(len(unread))
        rows = self.sources.rows(wanted)
        if any(
            name in self.sources.code or (name in rows and rows[name].relevant)
            for name in names
        ):
            others = (
                name
                for name in names
                if name not in self.sources.code and name in rows and rows[name].relevant
            )
            self.files.begin_parsing([*self.relevant, *others])

    def content(self, name: str) -> bytes:
        """The bytes of a file by its path relative to the root.

        Raises:
            UnreadableFileError: the file can't be read.
        """
        return self.sources.content(name)

    def takes(self, path: AnyPath) -> bool:
        """Whether a file is code or names LangSmith. One that the walk through the project has left out is added."""
        name = relative_name(self.root, path)
        if name not in self.sources.code:
            self.sources.add(path)
        return name in self.sources.code or self.sources.row(name).relevant

    def names_langsmith(self, path: AnyPath) -> bool:
        """Whether a file says itself that it has to do with LangSmith."""
        return self.sources.row(relative_name(self.root, path)).relevant

    def load(self, path: AnyPath) -> File:
        """A file of the project.

        Raises:
            UnreadableFileError: it can't be decoded or parsed.
        """
        return self._followed(self.files.load(relative_name(self.root, path)))

    def _followed(self, file: File) -> File:
        """A file; where it is new, other processes begin with the modules that its classes and functions build upon.

        What is asked of a class leads to its bases, of a function to its decorators: they need not be waited for, one
        after the other.
        """
        if self.sources.jobs > 1 and file.relative not in self._known:
            self._known.add(file.relative)
            paths = (self.module_path(module, file) for module in file.modules_built_upon)
            self.files.read_ahead(path for path in paths if path is not None)
        return file

    def add_text(self, path: Path, content: bytes) -> None:
        """Judge `content` in the place of what `path` holds (standard input under a file's name)."""
        self.sources.add(path, content)

    def load_together(self, names: Iterable[str]) -> None:
        """Load files of code that will all be asked for."""
        missing = self.files.begin_parsing(names)
        if missing:
            _ = self.sdk  # read while the others parse
        for name in missing:
            with contextlib.suppress(
                Exception
            ):  # what is wrong with it is told when it is asked for
                self._followed(self.files.load(name))

    def as_text(self, path: Path) -> File | None:
        """A file as mere text, whatever it should be; None when it can't be read at all."""
        return self.files.as_text(path)

    def try_load(self, name: str) -> File | None:
        """A file by its path relative to the root; None when it can't be read or is too large to be written by hand.

        What is wrong with it is reported where it is linted itself.
        """
        file = self.files.try_load(name)
        return None if file is None else self._followed(file)

    def try_load_together(self, names: Collection[str]) -> Iterator[File]:
        """Those of some files of code that `try_load` gives, parsed together where that is worth it."""
        self.files.begin_parsing(name for name in names if not self.files.is_too_large(name))
        return (file for name in names if (file := self.try_load(name)) is not None)

    @property
    def python_names(self) -> Collection[str]:
        """The paths, relative to the root, of the project's Python files and notebooks."""
        return self.sources.code.keys()

    @property
    def other_names(self) -> Iterable[str]:
        """The paths, relative to the root, of the project's other files."""
        code, ignored = self.sources.code, self.sources.ignored
        return (name for name in self.sources.paths if name not in code and name not in ignored)

    def is_file(self, name: str) -> bool:
        """Whether the project has a file of that path, relative to the root."""
        return name in self.sources.paths

    @functools.cached_property
    def published_folders(self) -> frozenset[str]:
        """The folders of packages that are made for other programs."""
        from lint_langsmith.analysis.project.published import published_folders  # noqa: PLC0415 - asked for where something is found

        return published_folders(self.other_names)

    def is_published(self, file: File) -> bool:
        """Whether a file is part of a package that other programs import."""
        folder = PurePosixPath(file.relative).parent
        in_package = str(folder / "__init__.py") in self.sources.paths
        return in_package and any(
            str(above) in self.published_folders for above in (folder, *folder.parents)
        )

    @functools.cached_property
    def relevant(self) -> tuple[str, ...]:
        """The Python files and notebooks that name LangSmith themselves."""
        return tuple(
            name for name, row in self.sources.rows(self.python_names).items() if row.relevant
        )

    @functools.cached_property
    def relevant_others(self) -> tuple[str, ...]:
        """The files that are no code and name LangSmith: `.env` files, YAML, Dockerfiles, READMEs."""
        names = (
            name
            for name in self.other_names
            if unlinted_by_name(name.rpartition("/")[2]) is None
        )
        return tuple(name for name, row in self.sources.rows(names).items() if row.relevant)

    @functools.cached_property
    def imports(self) -> Imports:
        """Which files import which."""
        return Imports(self.sources.rows(self.python_names), self._source_roots)

    def mentioning(self, *words: str) -> Sequence[str]:
        """The Python files and notebooks that hold all of `words`."""
        return sorted(frozenset.intersection(*self.holding(words).values()))

    def holding(self, words: Collection[str]) -> Mapping[str, frozenset[str]]:
        """For each of the words the Python files and notebooks that hold it, found in one reading of all of them."""
        return self.sources.holding(words)

    def files_naming(self, name: str) -> Iterator[File]:
        """The files of code that hold a name, whatever they import; no tests.

        There are none where more than `limits.CALLING_FILES` hold it: it is nobody's own then. Nor are there any in a
        project of more than `limits.NAMED_FILES`.
        """
        if len(self.python_names) > limits.NAMED_FILES:
            return iter(())
        paths = [path for path in self.mentioning(name) if not is_test(path)]
        return self.try_load_together(paths if len(paths) <= limits.CALLING_FILES else ())

    def mentions(self, relative: str, name: str) -> bool:
        """Whether a file holds a word."""
        try:
            return next(places_of(self.content(relative), name), None) is not None
        except (UnreadableFileError, UnicodeEncodeError):
            return False

    @remembered
    def may_read(self, relative: str, name: str) -> bool:
        """Whether code of a file may read a name, as far as its bytes tell: what only mentions it is not parsed."""
        return self._tells_of_reading(relative, name)

    def _tells_of_reading(self, relative: str, name: str) -> bool:
        content = self.files.try_content(relative)
        if content is None or not self.mentions(relative, name):
            return False
        from lint_langsmith.analysis.project.name_reads import may_read  # noqa: PLC0415 - few runs come this far

        return not relative.endswith(PYTHON_SUFFIXES) or may_read(content, name)

    def derived(self, relative: str, name: str) -> frozenset[str] | None:
        """The classes of a Python file that have a name among their bases; None where only a parse can tell."""
        is_python = relative.endswith(PYTHON_SUFFIXES)
        if not is_python or self.files.try_content(relative) is None:
            return None
        return self.subclasses(relative).of(name)

    @remembered
    def subclasses(self, relative: str) -> Subclasses:
        """What the bytes of a file tell of its classes."""
        from lint_langsmith.analysis.project.name_reads import Subclasses  # noqa: PLC0415 - likewise

        return Subclasses(functools.partial(self.files.try_content, relative))

    # -- modules -----------------------------------------------------------------------------------------------------

    def find_module(
        self, dotted: str, importer: File | None = None, within: Collection[str] | None = None
    ) -> File | None:
        """The file of a module of the project, as `importer` would get it; None for what is not of the project.

        A file that is not `within` a collection of relative paths, where there is one, is not read.
        """
        candidate = self.module_path(dotted, importer)
        if candidate is None or (within is not None and candidate not in within):
            return None
        return self.try_load(candidate)

    def module_path(self, dotted: str, importer: File | None) -> str | None:
        """The path of a module, relative to the root, as `importer` would get it."""
        key = (dotted, "" if importer is None else importer.relative, self._source_roots)
        known = self.sources.modules.get(key, ...)
        if known is ...:
            known = self.sources.modules[key] = self._find_module_path(dotted, importer)
        return known

    def _find_module_path(self, dotted: str, importer: File | None) -> str | None:
        if not dotted:
            return None
        for base in self._import_roots(dotted, importer):
            for candidate in _module_paths(base, dotted):
                if candidate in self.sources.code and (
                    importer is None or candidate != importer.relative
                ):
                    return candidate
        return None

    def _import_roots(self, dotted: str, importer: File | None) -> Iterator[str]:
        """Folders, relative to the root, from which the module may be imported: the sources, the importer's own."""
        yield from self._source_roots
        if importer is None or dotted.partition(".")[0] == _SDK_PACKAGE:
            return
        folder = importer.relative.rpartition("/")[0]
        while folder:
            if f"{folder}/__init__.py" not in self.sources.code:
                yield folder
            folder = folder.rpartition("/")[0]

    @functools.cached_property
    def _source_roots(self) -> tuple[str, ...]:
        return tuple(
            dict.fromkeys(["", *(src.strip("./") for src in self.settings.src), "src"])
        )

    @functools.cached_property
    def _own_packages(self) -> frozenset[str]:
        """The first names of everything that can be imported from the source roots."""
        return frozenset(
            name for base in self._source_roots for name in self.sources.first_names(base)
        )

    def is_own_package(self, dotted: str, importer: File | None = None) -> bool:
        """Whether a module that was not found belongs to the project all the same (generated, or not committed).

        A module does not mean itself by what it imports.
        """
        itself = importer.relative if importer is not None else ""
        first = dotted.partition(".")[0]
        if first != _SDK_PACKAGE:
            return first in self._own_packages
        paths = {path for base in self._source_roots for path in _module_paths(base, first)} - {
            itself
        }
        return any(path in self.sources.code for path in paths)

    def fixture_files(self, file: File) -> Iterator[File]:
        """The files whose pytest fixtures a test file can ask for: itself and the conftests above it."""
        yield file
        folder = PurePosixPath(file.relative).parent
        while True:
            name = "conftest.py" if str(folder) == "." else f"{folder}/conftest.py"
            if name in self.sources.code and name != file.relative:
                loaded = self.try_load(name)
                if loaded is not None:
                    yield loaded
            if str(folder) == ".":
                return
            folder = folder.parent

    # -- the version of the SDK --------------------------------------------------------------------------------------

    @functools.cached_property
    def version(self) -> ProjectVersion:
        """Which langsmith the project uses, and what says so."""
        given = self._installed.get(_SDK_PACKAGE)
        if given is not None:
            return given
        from lint_langsmith.analysis.project.version import project_version  # noqa: PLC0415 - only files that matter ask

        return project_version(
            self.settings.langsmith_version,
            self.root,
            tuple(self.other_names),
            self.files.try_content,
        )

    @remembered
    def version_of(self, distribution: str) -> ProjectVersion:
        """Which release of a package the project uses, and what says so; of langsmith itself ask `version`."""
        if distribution in self._installed:
            return self._installed[distribution]
        from lint_langsmith.analysis.project.version import project_version  # noqa: PLC0415 - likewise

        names = tuple(self.other_names)
        read = self.files.try_content
        return project_version("auto", self.root, names, read, distribution)

    def version_for(self, name: str) -> ProjectVersion:
        """The version of the package that has a name, a qualified one."""
        return self._version_named(self.sdk.distribution(name))

    def _version_named(self, distribution: str) -> ProjectVersion:
        is_langsmith = distribution == self.version.distribution
        return self.version if is_langsmith else self.version_of(distribution)

    def release_for(self, name: str) -> str:
        """For messages: the release of the package that has a name; of a range also the one that it installs."""
        version = self.version_for(name)
        is_range = version.admitted is not None and version.admitted.exact is None
        chosen = f", which installs {self.sdk.chosen(name)}" if is_range else ""
        return f"{version.spoken}{chosen}"

    @functools.cached_property
    def sdk(self) -> SdkTable:
        """What is true of the project's LangSmith version."""
        from lint_langsmith.sdk.facts import LANGGRAPH_SDK  # noqa: PLC0415 - likewise
        from lint_langsmith.sdk.table import sdk_table  # noqa: PLC0415 - only files that matter ask

        return sdk_table(
            self.version.admitted,
            self.version_of(LANGGRAPH_SDK).admitted,
            lambda distribution: self.version_of(distribution).admitted,
        )


def _module_paths(base: str, dotted: str) -> tuple[str, ...]:
    inner = dotted.replace(".", "/")
    path = f"{base}/{inner}" if base else inner
    # In the importer's order: a package hides a module of its name in the same folder.
    return (f"{path}/__init__.py", f"{path}.py", f"{path}.pyi")
