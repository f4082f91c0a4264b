"""JSON and YAML as one kind of tree in which every key and value knows where it stands."""

from __future__ import annotations

import functools
import json.decoder
import re
from collections.abc import Callable
from typing import Any, Final, Literal

import msgspec

from lint_langsmith import lazy_re

_DEEPEST: Final = 200
_BLANK: Final = lazy_re.compile(r"(?:[ \t\r\n\ufeff]+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
# A comma and the blanks behind it, where no comment follows.
_NEXT: Final = lazy_re.compile(r",[ \t\r\n]*(?![ \t\r\n/\ufeff])")
_ATOM: Final = lazy_re.compile(r"[^\s,\[\]{}\"':]+")
_ESCAPE: Final = lazy_re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)",
    re.DOTALL,
)


class MalformedError(Exception):
    """A text that is not of the syntax it should be; `offset` is where that shows, `message` says what was expected."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class Node(msgspec.Struct, frozen=True):
    """A value with its 0-based code-point offsets, end exclusive, quotes included.

    A scalar has its `text` (None for null) and whether it is `quoted`; a map its `entries`, a list its `items`.
    """

    kind: Literal["scalar", "map", "list"]
    start: int
    end: int
    text: str | None = None
    quoted: bool = False
    entries: tuple[tuple[Node, Node], ...] = ()
    items: tuple[Node, ...] = ()

    def get(self, key: str) -> Node | None:
        """The value of the first entry with a key; None where there is none."""
        return next((value for name, value in self.entries if name.text == key), None)


def text_of(node: Node | None) -> str | None:
    """The text of a scalar; None for null, for a map or a list, and where there is no node."""
    return node.text if node is not None and node.kind == "scalar" else None


def parse_json(text: str, opaque: frozenset[str] = frozenset()) -> Node:
    """The tree of a JSON text; comments and trailing commas, as editors allow them, are no fault.

    The values of the keys in `opaque` have their places, and nothing in them: whoever needs nothing of them does not
    wait for it.

    Raises:
        MalformedError: it is no JSON.
    """
    root, end = _value(text, _skip(text, 0), 0, opaque)
    end = _skip(text, end)
    if end != len(text):
        raise MalformedError("there is more behind the end of the JSON value", end)
    return root


def _skip(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _value(text: str, at: int, depth: int, opaque: frozenset[str]) -> tuple[Node, int]:
    first = text[at : at + 1]
    if depth > _DEEPEST:
        raise MalformedError("nested too deeply", at)
    if first == '"':
        node = _string(text, at)
        return node, node.end
    if first == "{":
        return _object(text, at, depth, opaque)
    if first == "[":
        return _array(text, at, depth, opaque)
    atom = _ATOM.match(text, at)
    if atom is None:
        raise MalformedError("a JSON value is missing", at)
    return Node("scalar", at, atom.end(), None if atom[0] == "null" else atom[0]), atom.end()


def _string(text: str, at: int) -> Node:
    if text[at : at + 1] != '"':
        raise MalformedError("a string in double quotes is missing", at)
    try:
        value, end = json.decoder.scanstring(text, at + 1, False)  # type: ignore[attr-defined]
    except json.JSONDecodeError as error:
        raise MalformedError(f"bad string: {error.msg}", min(error.pos, len(text))) from None
    return Node("scalar", at, end, value, quoted=True)


def _object(text: str, start: int, depth: int, opaque: frozenset[str]) -> tuple[Node, int]:
    entries: list[tuple[Node, Node]] = []
    at = _skip(text, start + 1)
    while text[at : at + 1] != "}":
        key = _string(text, at)
        at = _skip(text, key.end)
        if text[at : at + 1] != ":":
            raise MalformedError("a colon is missing", at)
        at = _skip(text, at + 1)
        whole = _whole(text, at) if key.text in opaque else None
        value, at = whole or _value(text, at, depth + 1, opaque)
        entries.append((key, value))
        at = _comma(text, at, "}")
    return Node("map", start, at + 1, entries=tuple(entries)), at + 1


def _whole(text: str, at: int) -> tuple[Node, int] | None:
    """A list or a map with nothing in it but its place; None where that is not plain JSON."""
    if text[at : at + 1] not in {"[", "{"}:
        return None
    try:
        _, end = _scanner()(text, at)
    except (StopIteration, ValueError, RecursionError):
        return None  # what is wrong with it is found where it is read entry by entry
    return Node("list" if text[at] == "[" else "map", at, end), end


@functools.cache
def _scanner() -> Callable[[str, int], tuple[object, int]]:
    """What reads the JSON value that stands at an offset, and says where it ends."""
    decoder: Any = json.JSONDecoder(strict=False)
    scan: Callable[[str, int], tuple[object, int]] = decoder.scan_once
    return scan


def _array(text: str, start: int, depth: int, opaque: frozenset[str]) -> tuple[Node, int]:
    items: list[Node] = []
    at = _skip(text, start + 1)
    while text[at : at + 1] != "]":
        value, at = _value(text, at, depth + 1, opaque)
        items.append(value)
        at = _comma(text, at, "]")
    return Node("list", start, at + 1, items=tuple(items)), at + 1


def _comma(text: str, at: int, closing: str) -> int:
    # One search instead of two: of a notebook's outputs each line is an item.
    plain = _NEXT.match(text, at)
    if plain is not None:
        return plain.end()
    at = _skip(text, at)
    if text[at : at + 1] == ",":
        return _skip(text, at + 1)
    if text[at : at + 1] != closing:
        raise MalformedError(f"a comma or `{closing}` is missing", at)
    return at


def escapes(text: str, start: int, end: int) -> list[tuple[int, int, int]]:
    """The escapes of a JSON string that stands (without its quotes) between two offsets.

    Each is its 0-based index in the string's value, its offset in the text and its length there.
    """
    found: list[tuple[int, int, int]] = []
    surplus = 0
    for match in _ESCAPE.finditer(text, start, end):
        found.append(
            (match.start() - start - surplus, match.start(), match.end() - match.start())
        )
        surplus += match.end() - match.start() - 1
    return found


def parse_yaml(text: str, *, follow_aliases: bool = False) -> list[Node]:
    """The trees of the documents of a YAML text.

    What an alias repeats is taken once, where the anchor is. With `follow_aliases` it is everywhere, as one node: a
    tree has then many more paths than nodes, and must not be walked through whole.

    Raises:
        MalformedError: it is no YAML (templates often are none).
    """
    return list(_trees_of_yaml(text, follow_aliases))


# A file that is read is asked by its reader first and by a loader right after; a few texts are kept, not a project's.
@functools.lru_cache(maxsize=4)
def _trees_of_yaml(text: str, follow: bool) -> tuple[Node, ...]:
    import yaml  # noqa: PLC0415 - imported for files that matter only

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        # Anchors are of one document, and so are the nodes known by their `id`: those of the one before are gone.
        documents = yaml.compose_all(text, Loader=loader)
        return tuple(_from_yaml(document, {}, follow) for document in documents if document)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise MalformedError(error.problem or "bad YAML", mark.index if mark else 0) from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise MalformedError("bad YAML", 0) from None


def _from_yaml(node: object, known: dict[int, Node], follow: bool) -> Node:
    """A tree of PyYAML's as ours. What is being read stands as an empty value in itself."""
    import yaml  # noqa: PLC0415 - imported for files that matter only

    start, end = node.start_mark.index, node.end_mark.index  # type: ignore[attr-defined]
    if id(node) in known:
        return known[id(node)]
    known[id(node)] = Node("scalar", start, end)
    if isinstance(node, yaml.MappingNode):
        entries = tuple(
            (_from_yaml(key, known, follow), _from_yaml(value, known, follow))
            for key, value in node.value
            if follow or id(value) not in known or isinstance(value, yaml.ScalarNode)
        )
        known[id(node)] = Node("map", start, end, entries=entries)
        return known[id(node)]
    if isinstance(node, yaml.SequenceNode):
        items = tuple(
            _from_yaml(item, known, follow)
            for item in node.value
            if follow or id(item) not in known
        )
        known[id(node)] = Node("list", start, end, items=items)
        return known[id(node)]
    null = node.tag == "tag:yaml.org,2002:null"  # type: ignore[attr-defined]
    quoted = node.style in {"'", '"', "|", ">"}  # type: ignore[attr-defined]
    scalar = Node("scalar", start, end, None if null else node.value, quoted=quoted)  # type: ignore[attr-defined]
    known[id(node)] = scalar
    return scalar
