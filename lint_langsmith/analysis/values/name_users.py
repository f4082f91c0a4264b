"""Which files may use something of the project by its name: call it, read it, derive from it.

Names are all that is asked here, of the bytes of files out of scope as well; what a name stands for is the evaluator's
question, and the call graph's.
"""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from lint_langsmith.analysis import limits
from lint_langsmith.analysis.project.file import File, is_test, last_name
from lint_langsmith.analysis.project.view import in_scope_files
from lint_langsmith.analysis.values.abstract import ClassRef
from lint_langsmith.remembered import remembered

if TYPE_CHECKING:
    from lint_langsmith.analysis.project.project import Project
    from lint_langsmith.analysis.project.view import View


class NameUsers:
    """The files of one project that may use a name, as far as one view shows them."""

    def __init__(
        self, project: Project, view: View, depends_on_view: Callable[[], None]
    ) -> None:
        """`depends_on_view` tells the evaluation that asks: its answer depends on which files may be looked into."""
        self._project = project
        self._view = view
        self._depends_on_view = depends_on_view

    # -- calls and reads ---------------------------------------------------------------------------------------------

    def possible(self, file: File, name: str, derived: Sequence[str] = ()) -> Iterator[File]:
        """The file itself, and those that use the name and either import the module or have to do with LangSmith.

        `derived` are the paths of modules that stand for the file as well.

        Tests call everything, catch nothing and pass fakes: they say of the program neither who calls a function nor
        with what.
        """
        yield file
        near = self.near(name, in_tests=file.is_test)
        yield from (other for other in near if other is not file)
        yield from self.loaded_far(file, name, derived)

    def near(self, name: str, *, in_tests: bool) -> Sequence[File]:
        """The files that have to do with LangSmith and use a name; `in_tests`: tests as well."""
        self._depends_on_view()
        if not _is_asked(name):
            return ()
        near = self._near_tests_by_name if in_tests else self._near_by_name
        return near.get(name, ())

    def readers(self, file: File, name: str, derived: Sequence[str] = ()) -> Iterator[File]:
        """The files that may read an attribute of that name of an object whose class `file` defines; no tests.

        They are the file itself, those near LangSmith, and those that import it or a file of `derived`, which has a
        class that inherits the attribute.
        """
        self._depends_on_view()
        yield file
        for other in in_scope_files(self._project, self._view):
            if other is not file and name in other.attribute_reads:
                yield other
        yield from self.loaded_far(file, name, derived)

    def loaded_far(self, file: File, name: str, derived: Sequence[str] = ()) -> Iterator[File]:
        """The files of `far`; none of them where they are too many."""
        far = self.far(file, name, derived)
        if len(far) <= limits.CALLING_FILES:
            yield from self._project.try_load_together(far)

    def far(self, file: File, name: str, derived: Sequence[str] = ()) -> Sequence[str]:
        """The files out of scope that import a file or what stands for it, and use a name; they may be too many."""
        if self._view.is_narrow or not _is_asked(name):
            return ()
        return self._find_far(file, name, tuple(derived))

    @remembered
    def _find_far(self, file: File, name: str, derived: Sequence[str]) -> Sequence[str]:
        found: dict[str, None] = {}
        for home in (file.relative, *derived):
            for importer in self._reading(home, name):
                if file.is_test or not is_test(importer):
                    found[importer] = None
                if len(found) > limits.CALLING_FILES:
                    return tuple(found)  # one too many is enough to know that they are too many
        return tuple(found)

    def _reading(self, relative: str, name: str) -> Iterator[str]:
        """The files out of scope that import a file, and whose code may read a name."""
        return (
            item
            for item in self._project.imports.importers(relative)
            if item not in self._view.in_scope and self._project.may_read(item, name)
        )

    @remembered
    def _importers_that_read(self, relative: str, name: str) -> Sequence[str]:
        """The files out of scope that import a file, and whose code may read a name."""
        return tuple(self._reading(relative, name))

    @functools.cached_property
    def _near_by_name(self) -> Mapping[str, Sequence[File]]:
        """The files in scope by the names that they call or pass, without tests."""
        return self._by_name(name for name in sorted(self._view.in_scope) if not is_test(name))

    @functools.cached_property
    def _near_tests_by_name(self) -> Mapping[str, Sequence[File]]:
        """The same with tests."""
        return self._by_name(sorted(self._view.in_scope))

    def _by_name(self, names: Iterable[str]) -> Mapping[str, Sequence[File]]:
        table: dict[str, list[File]] = defaultdict(list)
        for relative in names:
            file = self._project.try_load(relative)
            if file is None:
                continue
            for name in file.named_code:
                table[name].append(file)
        return dict(table)

    def definitions(self, name: str) -> int:
        """The number of functions of a name in the files that have to do with LangSmith."""
        self._depends_on_view()
        return self._definitions[name]

    @functools.cached_property
    def _definitions(self) -> Mapping[str, int]:
        return Counter(
            scope.name
            for file in in_scope_files(self._project, self._view)
            for scope in file.model.scopes
            if scope.kind == "function"
        )

    # -- classes -----------------------------------------------------------------------------------------------------

    def derived(self, cls: ClassRef) -> Sequence[tuple[str, str]]:
        """The names and files of a class and of those that are derived from it, as far as names tell."""
        self._depends_on_view()
        return self._find_derived(cls.file.model.scopes[cls.scope].name, cls.file.relative)

    @remembered
    def _find_derived(self, name: str, relative: str) -> Sequence[tuple[str, str]]:
        generation = [(name, relative)]
        found = dict.fromkeys(generation)
        for _ in range(limits.ANCESTORS):
            further = (pair for cls in generation for pair in self._directly_derived(*cls))
            generation = sorted(pair for pair in set(further) if pair not in found)
            found.update(dict.fromkeys(generation))
        return tuple(found)

    @remembered
    def _directly_derived(self, name: str, relative: str) -> frozenset[tuple[str, str]]:
        """The classes near LangSmith, or in what imports the class, that name it among their bases."""
        found = set(self._near_subclasses.get(name, ()))
        importers = () if self._view.is_narrow else self._importers_that_read(relative, name)
        for importer in importers:
            if not is_test(importer):
                found.update(
                    (derived, importer) for derived in self._derived_there(importer, name)
                )
        return frozenset(found)

    def _derived_there(self, relative: str, name: str) -> Iterator[str]:
        """The classes of a file that name a class among their bases."""
        known = self._project.derived(relative, name)
        if known is not None:
            yield from known
            return
        file = self._project.try_load(relative)
        for scope in file.model.scopes if file is not None else ():
            if any(last_name(base) == name for base in scope.bases):
                yield scope.name

    @functools.cached_property
    def _near_subclasses(self) -> Mapping[str, frozenset[tuple[str, str]]]:
        """The classes that name a class among their bases, by its name: each with the path of its file."""
        table: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for file in in_scope_files(self._project, self._view):
            for scope in file.model.scopes:
                for base in scope.bases:
                    table[last_name(base)].add((scope.name, file.relative))
        return {name: frozenset(found) for name, found in table.items()}


def _is_asked(name: str) -> bool:
    """Whether code calls a function by its name: not one that Python itself calls."""
    return bool(name) and (not name.startswith("__") or name == "__init__")
