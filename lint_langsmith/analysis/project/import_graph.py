"""What is known of each file of a project from its bytes alone: whether it matters, and which modules it imports."""

from __future__ import annotations

import functools
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

import msgspec

from lint_langsmith import lazy_re
from lint_langsmith.analysis.project.byte_gate import (
    Sightings,
    is_relevant,
    is_relevant_text,
    look_at,
)
from lint_langsmith.remembered import remembered
from lint_langsmith.source.kinds import CODE, Kind

_IMPORT: Final = lazy_re.compile(
    # One way alone leads through a run of blanks or dots.
    r"[ \t\"]*(?:from[ \t]+(?![ \t])(?P<dots>\.*)(?!\.)(?:[ \t]*(?P<module>\w[\w.]*))?[ \t]+import[ \t]+"
    r"(?P<members>[^#;\\\"]+)"
    r"|import[ \t]+(?P<modules>[^#;\\\"]+))"
)
_NAMESAKES: Final = ("/langsmith.py", "/langsmith/__init__.py")
# `%run folder/file.py` in a notebook, which takes in the names of the file.
_RUN: Final = lazy_re.compile(rb"%run[ \t]+(?:-\w+[ \t]+)*(?:\./)?([\w/]+)(?:\.py|\.ipynb)?\b")
_NAME: Final = lazy_re.compile(r"[\w.]+")
# Names may have letters that are no ASCII.
_WORD: Final = lazy_re.compile(rb"[\w\x80-\xff]+")
_DOTS: Final = lazy_re.compile(rb"[ \t\"]*from[ \t]+(\.+)")
# `from click import x`, `import os, click`, and what stands behind a semicolon; not `from .tools import click`.
_OF_PACKAGES: Final = rb"from[ \t]+(?:%s)\b|(?m:^|;)[ \t\"]*import[ \t][^\n;#]*\b(?:%s)\b"
_STATEMENTS: Final = (b"import ", b"from ")


class Row(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A file: whether it has to do with LangSmith by itself, its lines with the word `import`, and its usual words.

    `words` has a bit for each of the usual words (`words.py`) that stands in it.
    """

    relevant: bool
    imports: bytes
    words: int = 0


def survey(content: bytes, kind: Kind, name: str) -> Row:
    """Look at the bytes of a file: of Python as code, of all else as text (the strings of a notebook are its lines).

    A module that is called `langsmith` matters whatever it holds: others may get it in the place of the SDK.
    """
    seen = look_at(content)
    relevant = is_relevant(seen) if kind == "python" else is_relevant_text(seen)
    relevant = relevant or f"/{name}".endswith(_NAMESAKES)
    lines = _import_lines(seen) if kind in CODE else ()
    runs = _RUN.findall(content) if kind == "notebook" else ()
    imports = b"\n".join([*lines, *(b"import " + path.replace(b"/", b".") for path in runs)])
    return Row(relevant, imports, seen.usual_words)


def _import_lines(seen: Sightings) -> Iterator[bytes]:
    """The lines that begin like an import statement, without comments."""
    content, end = seen.content, -1
    for place in seen.imports:
        if place > end:
            start = content.rfind(b"\n", 0, place) + 1
            end = content.find(b"\n", place)
            end = end if end >= 0 else len(content)
            line = content[start:end]
            if line.startswith(_STATEMENTS) or line.lstrip(b' \t"').startswith(_STATEMENTS):
                yield line.partition(b"#")[0]


_Module: TypeAlias = tuple[str, ...]


class _Statement(NamedTuple):
    """What an import line names: modules as they are written, and behind dots a module with its members."""

    modules: tuple[str, ...]
    dots: int = 0
    members: tuple[str, ...] = ()


class Imports:
    """Who imports whom in a project, as far as import statements show it by themselves.

    A large project has a hundred thousand import lines, and few of them are asked for: they are put in order by the
    word that a module's name begins with, or by the folder that dots start from, and read when someone asks for it.
    """

    def __init__(self, rows: Mapping[str, Row], roots: Iterable[str]) -> None:
        """`rows` are the project's code by path relative to the root, `roots` the folders that imports start from."""
        self._rows = rows
        self._roots = frozenset(_parts(root) for root in roots)

    @remembered
    def importers(self, name: str) -> tuple[str, ...]:
        """The files with a statement that may import the file `name`: it names its module, or the package around it."""
        parts = _module_parts(name)
        naming = self._files_naming(parts) | self._files_naming(parts[:-1])
        return tuple(sorted(naming - {name}))

    def direct_importers(self, name: str) -> frozenset[str]:
        """Those of them that name the file's module itself, or a member of it."""
        return self._files_naming(_module_parts(name)) - {name}

    def takes_all(self, name: str) -> bool:
        """Whether a file has an import statement that may take all names of a module."""
        row = self._rows.get(name)
        return row is not None and b"*" in row.imports

    def importing(self, packages: Iterable[str]) -> set[str]:
        """The files with a line that imports one of some packages, by their first names."""
        words = [package.encode() for package in packages]
        imports = re.compile(_OF_PACKAGES % (b"|".join(words), b"|".join(words)))
        found: set[str] = set()
        for line, names in self._files_by_line.items():
            if any(word in line for word in words) and imports.search(line) is not None:
                found.update(names)
        return found

    def leading_to(self, packages: Iterable[str]) -> frozenset[str]:
        """The files that import one of some packages, and those that get at such a file, through others too.

        What a name of any other file stands for has nothing of those packages in it. A file gets at another one if it
        names its module, a member of it, or the package around it: the members that a statement names may stand on
        further lines.
        """
        found = self.importing(packages)
        pending = sorted(found)
        while pending:
            new = [other for other in self.importers(pending.pop()) if other not in found]
            found.update(new)
            pending.extend(new)
        return frozenset(found)

    @remembered
    def _files_naming(self, parts: _Module) -> frozenset[str]:
        """The files with an import statement that names exactly that module."""
        return frozenset(self._find_naming(parts))

    def _find_naming(self, parts: _Module) -> Iterator[str]:
        if not parts:
            return
        for top in (parts[0], ""):
            yield from self._named_by_path(top).get("/".join(parts), ())
        for start, first in enumerate(parts):
            # An absolute name may begin at a root of the imports, or in a folder around the importer.
            before = parts[:start]
            for other in self._named(first).get(".".join(parts[start:]), ()):
                if before in self._roots or before == _parts(other)[:-1][:start]:
                    yield other

    # -- import lines ------------------------------------------------------------------------------------------------

    @functools.cached_property
    def _files_by_line(self) -> Mapping[bytes, Sequence[str]]:
        """The files by their import lines: many have the same ones."""
        table: dict[bytes, list[str]] = defaultdict(list)
        for name, row in self._rows.items():
            for line in row.imports.split(b"\n") if row.imports else ():
                table[line].append(name)
        return table

    @functools.cached_property
    def _lines_by_word(self) -> Mapping[bytes, Sequence[bytes]]:
        """The lines by the words that the names of modules in them may begin with; by a dot where dots come first."""
        table: dict[bytes, list[bytes]] = defaultdict(list)
        for line in self._files_by_line:
            if _DOTS.match(line) is not None:
                table[b"."].append(line)
                continue
            keyword, _, rest = line.lstrip(b' \t"').partition(b" ")
            words = _WORD.findall(rest)
            for word in words[:1] if keyword == b"from" else set(words):
                table[word].append(line)
        return table

    @remembered
    def _named(self, word: str) -> Mapping[str, Sequence[str]]:
        """The modules whose names begin with a word, each with the files that name it so, and modules beside them."""
        table: dict[str, list[str]] = defaultdict(list)
        for line in self._lines_by_word.get(os.fsencode(word), ()):
            for module in _absolute(_statement(line)):
                table[module].extend(self._files_by_line[line])
        return table

    @remembered
    def _named_by_path(self, top: str) -> Mapping[str, Sequence[str]]:
        """The paths of modules that the files in a top folder name by dots, each with the files that name it so."""
        table: dict[str, list[str]] = defaultdict(list)
        for line, name in self._relative.get(top, ()):
            for path in _paths(_statement(line), name):
                table[path].append(name)
        return table

    @functools.cached_property
    def _relative(self) -> Mapping[str, Sequence[tuple[bytes, str]]]:
        """The lines that begin with dots and the files that have them, by the top folder of what the dots stand for.

        That is the file's own one, or none where the dots lead to the root.
        """
        table: dict[str, list[tuple[bytes, str]]] = defaultdict(list)
        for line in self._lines_by_word.get(b".", ()):
            leading = _DOTS.match(line)
            dots = leading[1] if leading is not None else b""
            for name in self._files_by_line[line]:
                is_inside = name.count("/") >= len(dots)
                table[name.partition("/")[0] if is_inside else ""].append((line, name))
        return table


def _statement(line: bytes) -> _Statement:
    """What an import line says: nothing, where it only looks like a statement."""
    match = _IMPORT.match(line.decode("utf-8", "replace"))
    if match is None:
        return _Statement(())
    if match["modules"] is not None:
        return _Statement(
            tuple(item.split(" as ")[0].strip() for item in match["modules"].split(","))
        )
    members = tuple(_NAME.findall(match["members"]))
    return _Statement((match["module"] or "",), len(match["dots"]), members)


def _absolute(statement: _Statement) -> Iterator[str]:
    """The modules that a statement without dots may name, as it writes them."""
    for module in statement.modules:
        yield module
        for member in statement.members:
            yield f"{module}.{member}"


def _paths(statement: _Statement, importer: str) -> Iterator[str]:
    """The modules that a statement with dots may name, as paths from the root."""
    package = _parts(importer)[:-1]
    folder = package[: max(0, len(package) - statement.dots + 1)]
    for written in statement.modules:
        module = "/".join((*folder, *filter(None, written.split("."))))
        yield module
        for member in statement.members:
            yield f"{module}/{member}" if module else member


def _parts(path: str) -> _Module:
    return tuple(path.split("/")) if path else ()


def _module_parts(name: str) -> _Module:
    """The parts of the dotted name that a file would have if imports started from the root."""
    parts = _parts(name.rpartition(".")[0])
    return parts[:-1] if parts and parts[-1] == "__init__" else parts
