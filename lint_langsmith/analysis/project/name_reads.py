"""What the bytes of a Python file tell of a name before the file is parsed: whether code may read it or derive from it.

Of a function that a package only imports and exports again the package has nothing to say, and every module of tracers
names the class that all tracers inherit. A question that leads to another file asks here whether that can answer it.
"""

from __future__ import annotations

import functools
import string
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.limits import IMPORTED_BYTES
from lint_langsmith.analysis.project.byte_gate import any_in_code
from lint_langsmith.analysis.project.contents import sought

if TYPE_CHECKING:
    import ast

# An import as far as the word `import`, and what stands behind it: names on its line, or in brackets.
_IMPORT: Final = lazy_re.compile(rb"(?m)^[ \t]*from[ \t]+[\w.]+[ \t]+import\b")
_IMPORTED: Final = lazy_re.compile(rb"[ \t]*(?:\([^()]{0,%d}\)|[^\n;#\\(]*)" % IMPORTED_BYTES)
_DEFINED: Final = lazy_re.compile(rb"\b(?:def|class)[ \t]{1,20}\Z")
_LONGEST_KEYWORD: Final = len("class") + 20 + 1
_RENAMED: Final = lazy_re.compile(rb"[ \t]{1,20}as\b")
# A class statement as far as its bases; most names are in none, but in annotations alone.
_CLASS: Final = lazy_re.compile(
    rb"(?ms)^[ \t]*class\s+\w+\s*(?:(?P<types>\[)|\((?P<bases>(?:(?!\)\s{0,9}:).){0,2000}))"
)
_WORD: Final = lazy_re.compile(rb"\w+")


def places_of(content: bytes, name: str) -> Iterator[int]:
    """The offsets at which a name stands by itself, and not in a longer one; none of what has no name."""
    word = sought(name)
    start = content.find(word) if word else -1
    while start >= 0:
        end = start + len(word)
        if not (_goes_on(content, start - 1) or _goes_on(content, end)):
            yield start
        start = content.find(word, end)


def _goes_on(content: bytes, offset: int) -> bool:
    """Whether a character may be part of a name; those that are no ASCII may."""
    return 0 <= offset < len(content) and (
        content[offset] in _OF_NAMES or content[offset] >= 128
    )


_OF_NAMES: Final = frozenset(f"{string.ascii_letters}{string.digits}_".encode())


def may_read(content: bytes, name: str) -> bool:
    """Whether code of a file may call a name, pass it on, or know it by another one; undecided is yes.

    It can't where the name is only imported, defined, quoted or spoken of.
    """
    size = len(sought(name))
    offsets: list[int] = []
    import_end = 0
    for start in places_of(content, name):
        if start >= import_end:
            import_end = _import_end(content, start)
        is_imported = start < import_end and not _is_renamed(content, start + size)
        if not (
            is_imported
            or _is_quoted(content, start, start + size)
            or _is_defined(content, start)
        ):
            offsets.append(start)
    return bool(offsets) and any_in_code(content, offsets)


def _is_defined(content: bytes, start: int) -> bool:
    """Whether `def` or `class` stands before a name."""
    before = content[max(0, start - _LONGEST_KEYWORD) : start]
    return before[-1:] in {b" ", b"\t"} and _DEFINED.search(before) is not None


def _is_renamed(content: bytes, end: int) -> bool:
    return _RENAMED.match(content, end) is not None


def _import_end(content: bytes, start: int) -> int:
    """Where the statement `from … import …` around an offset ends, one in brackets over lines too; 0 without one."""
    least = max(0, start - IMPORTED_BYTES)
    bracket = content.rfind(b"(", least, start)
    for offset in (start, bracket) if bracket >= 0 else (start,):
        line = content.rfind(b"\n", least, offset) + 1
        head = _IMPORT.match(content, line) if line or not least else None
        if head is not None:
            names = _IMPORTED.match(content, head.end())
            end = head.end() if names is None else names.end()
            if start < end:
                return end
    return 0


def _is_quoted(content: bytes, start: int, end: int) -> bool:
    """Whether what was found is all of a string, as far as what stands around it tells."""
    before = content[start - 1 : start] if start else b""
    return before in {b'"', b"'"} and before == content[end : end + 1]


class Subclasses:
    """The classes of some Python source, by the names of their bases. It is parsed once, when a name may be one."""

    def __init__(self, read: Callable[[], bytes | None]) -> None:
        """`read` gives the content of a file, which is not kept; None where it can't be read."""
        self._read = read

    def of(self, name: str) -> frozenset[str] | None:
        """The classes that have a name among their bases; None for what CPython can't parse."""
        if self._words is not None and name.isascii() and name.encode() not in self._words:
            return frozenset()
        found = self._by_base
        return None if found is None else found.get(name, frozenset())

    @functools.cached_property
    def _words(self) -> frozenset[bytes] | None:
        """The words in the class statements; None where they have types in brackets before their bases."""
        found: set[bytes] = set()
        for match in _CLASS.finditer(self._read() or b""):
            if match["types"]:
                return None
            found.update(_WORD.findall(match["bases"]))
        return frozenset(found)

    @functools.cached_property
    def _by_base(self) -> Mapping[str, frozenset[str]] | None:
        import ast  # noqa: PLC0415 - few files come this far
        import warnings  # noqa: PLC0415

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(self._read() or b"")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        found: dict[str, set[str]] = defaultdict(set)
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                for base in node.bases:
                    found[_last_name(base)].add(node.name)
        return {base: frozenset(names) for base, names in found.items()}


def _last_name(base: ast.expr) -> str:
    """`c` of `a.b.c`; empty for what has no name."""
    return getattr(base, "attr", getattr(base, "id", ""))
