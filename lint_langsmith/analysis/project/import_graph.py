"""What is known of each file of a project from its bytes alone: whether it matters, and which modules it imports."""

from __future__ import annotations

import functools
import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

import msgspec

from lint_langsmith.analysis.project.byte_gate import (
    Sightings,
    is_relevant,
    is_relevant_text,
    look_at,
)
from lint_langsmith.source.kinds import CODE, Kind

_IMPORT: Final = (
    # One way alone leads through a run of blanks or dots.
    r"[ \t\"]*(?:from[ \t]+(?![ \t])(?P<dots>\.*)(?!\.)(?:[ \t]*(?P<module>\w[\w.]*))?[ \t]+import[ \t]+"
    r"(?P<members>[^#;\\\"]+)"
    r"|import[ \t]+(?P<modules>[^#;\\\"]+))"
)
_NAMESAKES: Final = ("/langsmith.py", "/langsmith/__init__.py")
# `%run folder/file.py` in a notebook, which takes in the names of the file.
_RUN: Final = rb"%run[ \t]+(?:-\w+[ \t]+)*(?:\./)?([\w/]+)(?:\.py|\.ipynb)?\b"
_NAME: Final = r"[\w.]+"
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
    runs = re.findall(_RUN, content) if kind == "notebook" else ()
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


class _Targets(NamedTuple):
    """What import lines name: by relative imports, as paths from the root, and by absolute ones, as written."""

    paths: frozenset[str]
    dotted: frozenset[str]


class _Asked(NamedTuple):
    """A module as import lines may name it: by its path, or by what is left of its name behind folders before it."""

    path: str
    dotted: tuple[tuple[_Module, str], ...]


class Imports:
    """Who imports whom in a project, as far as import statements show it by themselves."""

    def __init__(self, rows: Mapping[str, Row], roots: Iterable[str]) -> None:
        """`rows` are the project's code by path relative to the root, `roots` the folders that imports start from."""
        self._rows = rows
        self._roots = frozenset(_parts(root) for root in roots)
        self._known: dict[str, tuple[str, ...]] = {}
        self._targets: dict[str, _Targets] = {}
        self._reach: dict[_Module, frozenset[str]] = {}

    def importers(self, name: str) -> tuple[str, ...]:
        """The files with a statement that may import the file `name`, or one of the packages around it."""
        known = self._known.get(name)
        if known is None:
            known = tuple(self._importers(_module_parts(name), name))
            self._known[name] = known
        return known

    def _importers(self, parts: _Module, name: str) -> Iterator[str]:
        if not parts:
            return
        # What a line that imports the module, or the package around it, must hold: one of the names, or only dots.
        inside = "".join(f"{part}/" for part in parts[:-1])
        spelled = {
            other for part in parts[-2:] for other in self._by_word.get(os.fsencode(part), ())
        }
        spelled.update(other for other in self._relative if other.startswith(inside))
        spelled &= self._in_reach(parts)
        asked = [_asked(parts[:end]) for end in range(1, len(parts) + 1)]
        for other in sorted(spelled):
            if other != name and any(self._names(other, item) for item in asked):
                yield other

    def _in_reach(self, parts: _Module) -> frozenset[str]:
        """The files that can name a module at all: those in the same top folder, and those that name where it begins.

        Many modules are called `base` or `utils`: a large project has thousands of lines that import one.
        """
        roots = (
            root
            for root in self._roots
            if parts[: len(root)] == root and len(parts) > len(root)
        )
        begins = (parts[0], *(parts[len(root)] for root in roots))
        known = self._reach.get(begins)
        if known is None:
            named = (self._by_word.get(os.fsencode(word), ()) for word in begins)
            known = frozenset(
                name for name in self._rows if name.startswith(f"{parts[0]}/")
            ).union(*named)
            self._reach[begins] = known
        return known

    @functools.cached_property
    def _by_word(self) -> Mapping[bytes, Sequence[str]]:
        """The files by the words of their import statements."""
        table: dict[bytes, list[str]] = defaultdict(list)
        blanks = bytes(
            code if re.match(rb"\w", bytes((code,))) else ord(" ") for code in range(256)
        )
        for name, row in self._rows.items():
            for word in set(row.imports.translate(blanks).split()):
                table[word].append(name)
        return table

    @functools.cached_property
    def _relative(self) -> Sequence[str]:
        """The files with an import that begins with a dot."""
        return [name for name, row in self._rows.items() if b"from ." in row.imports]

    def direct_importers(self, name: str) -> frozenset[str]:
        """Those of them that name the file's module itself, or a member of it."""
        asked = _asked(_module_parts(name))
        return frozenset(other for other in self.importers(name) if self._names(other, asked))

    def leading_to(self, packages: Iterable[str]) -> frozenset[str]:
        """The files that import one of some packages, and those that get at such a file, through others too.

        What a name of any other file stands for has nothing of those packages in it. A file gets at another one if it
        names its module, a member of it, or the package around it: the members that a statement names may stand on
        further lines.
        """
        words = [package.encode() for package in packages]
        imports = re.compile(_OF_PACKAGES % (b"|".join(words), b"|".join(words)))
        holding = {name for word in words for name in self._by_word.get(word, ())}
        found = {
            name for name in holding if imports.search(self._rows[name].imports) is not None
        }
        pending = sorted(found)
        while pending:
            name = pending.pop()
            parts = _module_parts(name)
            asked = [_asked(parts), _asked(parts[:-1])] if len(parts) > 1 else [_asked(parts)]
            for other in sorted(frozenset(self.importers(name)) - found):
                if any(self._names(other, item) for item in asked):
                    found.add(other)
                    pending.append(other)
        return frozenset(found)

    def _names(self, other: str, asked: _Asked) -> bool:
        """Whether an import statement names exactly that module."""
        known = self._targets.get(other)
        if known is None:
            known = _targets(other, self._rows[other].imports)
            self._targets[other] = known
        if asked.path in known.paths:
            return True
        # An absolute name may begin at a root of the imports, or in a folder around the importer.
        return any(
            dotted in known.dotted
            and (before in self._roots or before == _parts(other)[:-1][: len(before)])
            for before, dotted in asked.dotted
        )


def _asked(parts: _Module) -> _Asked:
    return _Asked(
        "/".join(parts),
        tuple((parts[:start], ".".join(parts[start:])) for start in range(len(parts))),
    )


def _targets(importer: str, lines: bytes) -> _Targets:
    paths: set[str] = set()
    dotted: set[str] = set()
    package = _parts(importer)[:-1]
    for line in lines.decode("utf-8", "replace").split("\n"):
        match = re.match(_IMPORT, line)
        if match is None:
            continue
        if match["modules"] is not None:
            dotted.update(item.split(" as ")[0].strip() for item in match["modules"].split(","))
            continue
        dots = len(match["dots"])
        parts = list(filter(None, (match["module"] or "").split(".")))
        into, sign = (paths, "/") if dots else (dotted, ".")
        if dots:
            parts = [*package[: len(package) - dots + 1], *parts]
        module = sign.join(parts)
        into.add(module)
        into.update(
            f"{module}{sign}{member}" if module else member
            for member in re.findall(_NAME, match["members"])
        )
    # The files of a project name the same modules: each name is kept once.
    return _Targets(frozenset(map(sys.intern, paths)), frozenset(map(sys.intern, dotted)))


def _parts(path: str) -> _Module:
    return tuple(path.split("/")) if path else ()


def _module_parts(name: str) -> _Module:
    """The parts of the dotted name that a file would have if imports started from the root."""
    parts = _parts(name.rpartition(".")[0])
    return parts[:-1] if parts and parts[-1] == "__init__" else parts
