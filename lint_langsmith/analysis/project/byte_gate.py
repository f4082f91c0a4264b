"""The byte gate: whether a file can have anything to do with LangSmith, told without lowering it.

One pass finds the places of a table of literals (`words.py`); most files have none that matters, and end here. What the
text around a place says is asked there and nowhere else, by expressions of a bounded reach. Of Python that only
mentions LangSmith it is told where it does: CPython's parser says which lines are docstrings, for a tenth of what a
libcst tree costs.
"""

from __future__ import annotations

import bisect
import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.project.words import (
    CAPITAL_SMITH,
    COVERS,
    IMPORT,
    LANGCHAIN,
    LANGCHAIN_VARIABLE,
    LANGGRAPH,
    MISSPELLED,
    NOQA,
    SDK_VARIABLE,
    SMITH,
    TABLE,
    USUAL,
)
from lint_langsmith.source.key_signs import (
    BEGINNINGS,
    DISGUISED,
    ENCODED,
    KEY_SIGNS,
    MIDDLES,
)
from lint_langsmith.source.literals import Finder, Places, finder

_NUMBERS: Final = {literal: number for number, literal in enumerate(TABLE)}
_IMPORT_NUMBER: Final = _NUMBERS[IMPORT]
# Most files have nothing but these, which alone matter to no one.
_HARMLESS: Final = frozenset({*range(len(USUAL)), _IMPORT_NUMBER})

# What follows or precedes a place of a literal. Each expression is asked at a place, and reaches a bounded way from it.
_SIX_DIGITS: Final = lazy_re.compile(rb"_[ps][tk]_[0-9a-fA-F]{6}")
_LEGACY_DIGITS: Final = lazy_re.compile(rb"ls__[0-9a-fA-F]{32}")
_VERSION: Final = b"v2"
# The underscore as JSON, XML and JavaScript write it with an escape, and what is `2_` then: each begins with an escape
# of `_` that is looked for first, since they are rare.
_ESCAPES: Final = (b"\\u005", b"&#95;", b"&#x5", b"\\x5")
_ESCAPED_VERSION: Final = lazy_re.compile(
    rb"(?:2|50;|2;)(?:\\u005|\\x5|&#x5)[fF]|(?:2|50;)&#95;"
)
_OUR_CODE: Final = lazy_re.compile(rb"\bLS\d")
_LANGS: Final = b"langs"
_NAME: Final = b"langsmith"
_HOST_REST: Final = b".langchain.com"
_MISSPELLED_NAME: Final = lazy_re.compile(rb"LAN(?:G_?)?[A-Z]{4,5}_[A-Z]")
# No name is so long: without a bound a run of names would be gone through from each of them.
_KEY_VARIABLE: Final = lazy_re.compile(rb"LANGCHAIN_\w{0,100}KEY")
_SETTING: Final = lazy_re.compile(rb"langchain_(?:api_?key|tracing|endpoint|project|hide)")
# Of the modules of tracers these have a client; the others print, collect and pass on.
_LANGCHAIN_MODULE: Final = lazy_re.compile(
    rb"langchain(?:\w{0,100}\.(?:hub|smith|tracers(?!\.(?!langchain|context|evaluation)))|hub)\b"
)
# Most of what `callbacks` has is none of LangSmith's.
_CALLBACKS: Final = lazy_re.compile(rb"langchain(?:_classic)?\.callbacks\b")
_OF_TRACERS: Final = lazy_re.compile(rb"(?i:tracer|tracing)")
_LANGCHAIN_IMPORT: Final = lazy_re.compile(rb"langchain[\w.]{0,100}[ \t]+import")
_MODULE_NAME: Final = lazy_re.compile(rb"\b(?:hub|smith|callbacks|LangSmithLoader)\b")
_DEPLOYMENTS: Final = lazy_re.compile(rb"langgraph(?:_sdk|\.pregel\.remote)\b")
_SUPPRESSION: Final = lazy_re.compile(rb"(?i:lint[-_ ]?langsmith)")
_SUPPRESSION_LENGTH: Final = len(b"lint-")
_STATEMENT: Final = lazy_re.compile(rb"\b(?:from|import)\b")
_IMPORTED: Final = lazy_re.compile(rb"\blangsmith\b")
# Bounded: a name is not so long, and one that never ends is not gone through again from each place in it.
_STRING: Final = lazy_re.compile(rb"langsmith[\w.]{0,200}[\"']")
_SETTING_OF_LANGSMITH: Final = lazy_re.compile(
    rb"(?i:langsmith[-_]?(?:api[-_]?key|tracing|endpoint|project|workspace|hide))"
)
# A file that gets its client from its caller names nothing but its own `langsmith_client`, and calls SDK methods. This
# one has no literal before it, and is asked of files that name LangSmith alone.
_SDK_CALL: Final = lazy_re.compile(
    rb"\.a?(?:list|read|create|update|delete|share|unshare|has|get|pull|push|upload|upsert|clone|like|unlike|diff|add"
    rb"|remove|run|start|stop|wait|poll|evaluate|capture|batch|multipart|agent|skill|flush|generate_insights"
    rb"|generate_download)(?=\w*(?:run|project|dataset|example|feedback|prompt|queue|thread|sandbox|snapshot|skill|agent"
    rb"|insight|experiment|ingest|result|shared|exists|url|trace))\w*\(|\.a?(?:evaluate|flush)\("
    rb"|\.(?:runs|datasets|sessions|examples|feedback|commits|repos)\.\w+\("
)
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")
_WORD_BYTES: Final = frozenset(
    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
)


class Sightings(NamedTuple):
    """The bytes of a file, and where the literals of the table stand in them."""

    content: bytes
    places: Places

    def of(self, *literals: bytes) -> list[int]:
        """The places of some literals, those of one after those of another."""
        return [
            place for literal in literals for place in self.places.get(_NUMBERS[literal], ())
        ]

    @property
    def usual_words(self) -> int:
        """Which of the usual words stand in the file: a bit for each."""
        return sum(1 << number for number in self.places if number < len(USUAL))

    @property
    def imports(self) -> Sequence[int]:
        """The places of the word `import`."""
        return self.places.get(_IMPORT_NUMBER, ())

    @property
    def is_harmless(self) -> bool:
        """Whether no literal was found that can make a file matter."""
        return _HARMLESS.issuperset(self.places)


def look_at(content: bytes) -> Sightings:
    """Search the bytes of a file for the literals of the table."""
    return Sightings(content, _finder().find(content))


@functools.cache
def _finder() -> Finder:
    return finder(TABLE, COVERS)


def is_relevant(seen: Sightings) -> bool:
    """Whether Python source must be parsed for its own sake (files that others lead to are parsed on demand)."""
    if seen.content.startswith(_WIDE):
        return is_relevant_text(seen)  # no Python, and yet a text with keys
    if seen.is_harmless:
        return False
    names = _names(seen) if seen.of(SMITH) else []
    if _matters_anywhere(seen) or any(_is_suppression(seen.content, name) for name in names):
        return True
    offsets = [
        *_variables(seen),
        *_settings(seen),
        *_of_langchain(seen),
        *_hosts(seen),
        *_names_in_code(seen, names),
    ]
    offsets.extend(_importing(seen.content, _deployments(seen), _DEPLOYMENTS))
    if names and _SDK_CALL.search(seen.content) is not None:
        offsets.extend(names)
    return bool(offsets) and any_in_code(seen.content, offsets)


def is_relevant_text(seen: Sightings) -> bool:
    """Whether a file of any other kind (a notebook, `.env`, YAML, prose) has a word to do with LangSmith."""
    if seen.content.startswith(_WIDE):
        # The words are ASCII: of UTF-16 every other byte is enough.
        seen = look_at(seen.content.replace(b"\0", b""))
    if _is_escaped(seen.content):
        return True
    if seen.is_harmless:
        return False
    if _matters_anywhere(seen) or seen.of(LANGCHAIN_VARIABLE):
        return True
    told = itertools.chain(
        _hosts(seen), _misspelled(seen), _of_langchain(seen), _names(seen), _deployments(seen)
    )
    return _is_any(told)


def _is_escaped(content: bytes) -> bool:
    """Whether a text has the `2_` of a key's version with an escape, of which no literal of the table need be left."""
    return any(sign in content for sign in _ESCAPES) and (
        _ESCAPED_VERSION.search(content) is not None
    )


def may_hold_key(content: bytes) -> bool:
    """Whether a part of a LangSmith key may stand in a file."""
    return any(sign in content for sign in KEY_SIGNS)


# -- what matters wherever it stands ---------------------------------------------------------------------------------


def _matters_anywhere(seen: Sightings) -> bool:
    """A part of a key, or a suppression of one of our codes."""
    current, legacy = BEGINNINGS
    if seen.of(current, *ENCODED, *DISGUISED):
        return True
    content = seen.content
    noqa = [(place, place) for place in seen.of(NOQA)]
    return (
        any(_is_middle(content, place) for place in seen.of(*MIDDLES))
        or any(_is_legacy(content, place) for place in seen.of(legacy))
        or _is_any(_behind_on_line(content, noqa, _OUR_CODE))
    )


def _is_any(found: Iterator[object]) -> bool:
    """Whether a search finds anything at all."""
    return next(found, None) is not None


def _is_middle(content: bytes, place: int) -> bool:
    """Whether `_pt_` or `_sk_` at a place may be of a key: behind its version, or before digits."""
    return content.endswith(_VERSION, 0, place) or _SIX_DIGITS.match(content, place) is not None


def _is_legacy(content: bytes, place: int) -> bool:
    """Whether `ls__` begins a word, or stands before the digits of a key."""
    return (
        not _is_word_before(content, place) or _LEGACY_DIGITS.match(content, place) is not None
    )


def _is_word_before(content: bytes, place: int) -> bool:
    return place > 0 and content[place - 1] in _WORD_BYTES


def _behind_on_line(
    content: bytes, spans: Iterable[tuple[int, int]], behind: re.Pattern[bytes]
) -> Iterator[int]:
    """The start of the first span on each line, where an expression matches behind it on that line.

    Each line is read once.
    """
    line_end = -1
    for start, end in spans:
        if start > line_end:
            line_end = _line_end(content, start)
            if behind.search(content, end, line_end) is not None:
                yield start


def _line_end(content: bytes, place: int) -> int:
    end = content.find(b"\n", place)
    return end if end >= 0 else len(content)


# -- what matters in code: the package, its variables and the settings named after them, its hosts, its prompt hub -----


def _names(seen: Sightings) -> list[int]:
    """The places of LangSmith's name, in whatever case."""
    content = seen.content
    smiths = sorted(seen.of(SMITH, CAPITAL_SMITH))
    starts = (place - len(_LANGS) for place in smiths)
    return [
        start
        for start in starts
        if start >= 0 and content[start : start + len(_LANGS)].lower() == _LANGS
    ]


def _is_suppression(content: bytes, name: int) -> bool:
    start = max(0, name - _SUPPRESSION_LENGTH)
    return _SUPPRESSION.search(content, start, name + len(_NAME)) is not None


def _variables(seen: Sightings) -> Iterator[int]:
    """The places of LangSmith's variables, also where they are misspelled."""
    content = seen.content
    yield from seen.of(SDK_VARIABLE)
    for place in seen.of(LANGCHAIN_VARIABLE):
        if (
            not _is_word_before(content, place)
            or _KEY_VARIABLE.match(content, place) is not None
        ):
            yield place
    yield from _misspelled(seen)


def _misspelled(seen: Sightings) -> Iterator[int]:
    is_one = _MISSPELLED_NAME.match
    return (place for place in seen.of(*MISSPELLED) if is_one(seen.content, place) is not None)


def _settings(seen: Sightings) -> Iterator[int]:
    is_one = _SETTING.match
    return (place for place in seen.of(LANGCHAIN) if is_one(seen.content, place) is not None)


def _hosts(seen: Sightings) -> Iterator[int]:
    """The places of `smith.langchain.com`."""
    content = seen.content
    for place in seen.of(SMITH):
        if content.startswith(_HOST_REST, place + len(SMITH)) and content.endswith(
            b"s", 0, place
        ):
            yield place - 1


def _of_langchain(seen: Sightings) -> Iterator[int]:
    """Where what langchain's packages have of LangSmith is named or imported: hub, `smith`, tracers, loader."""
    content, places = seen.content, seen.of(LANGCHAIN)
    is_module = _LANGCHAIN_MODULE.match
    is_import = _LANGCHAIN_IMPORT.match
    yield from (place for place in places if is_module(content, place) is not None)
    callbacks = [place for place in places if _CALLBACKS.match(content, place)]
    if callbacks and _OF_TRACERS.search(content) is not None:
        yield from callbacks
    imports = (is_import(content, place) for place in places)
    yield from _behind_on_line(
        content, (found.span() for found in imports if found is not None), _MODULE_NAME
    )


def _deployments(seen: Sightings) -> list[int]:
    """The places of the modules that have clients of deployments."""
    is_one = _DEPLOYMENTS.match
    return [place for place in seen.of(LANGGRAPH) if is_one(seen.content, place) is not None]


def _names_in_code(seen: Sightings, names: Sequence[int]) -> Iterator[int]:
    """Where LangSmith is imported, stands at the beginning of a string, or has a setting named after it."""
    content = seen.content
    is_string, is_setting = _STRING.match, _SETTING_OF_LANGSMITH.match
    for name in names:
        if content.endswith((b'"', b"'"), 0, name) and is_string(content, name) is not None:
            yield name - 1
        if is_setting(content, name) is not None:
            yield name
    yield from _importing(
        content, [name for name in names if content.startswith(_NAME, name)], _IMPORTED
    )


def _importing(
    content: bytes, names: Sequence[int], imported: re.Pattern[bytes]
) -> Iterator[int]:
    """The places of `from` or `import` before a package on the same line; each line is read once."""
    end = -1
    for name in names:
        if name > end:
            start, end = content.rfind(b"\n", 0, name) + 1, _line_end(content, name)
            statement = _STATEMENT.search(content, start, end)
            if (
                statement is not None
                and imported.search(content, statement.end(), end) is not None
            ):
                yield statement.start()


def any_in_code(content: bytes, offsets: list[int]) -> bool:
    """Whether one of the offsets is neither in a comment nor in a docstring; undecided is yes."""
    code = _outside_comments(content, sorted(offsets))
    if not code:
        return False
    if _any_between_strings(content, code):
        return True
    docstrings = _docstring_lines(content)
    if docstrings is None:
        return True
    silent = {line for first, last in docstrings for line in range(first, last + 1)}
    line, before = 1, 0
    for offset in code:
        line, before = line + content.count(b"\n", before, offset), offset
        if line not in silent:
            return True
    return False


def _outside_comments(content: bytes, offsets: Sequence[int]) -> list[int]:
    """The offsets, which are in order, before which on their lines no `#` stands that no quote is before."""
    found: list[int] = []
    end, silent_from = -1, 0
    for offset in offsets:
        if offset > end:  # on a new line
            start = content.rfind(b"\n", 0, offset) + 1
            end = content.find(b"\n", offset)
            end = end if end >= 0 else len(content)
            text, sign, _ = content[start:end].partition(b"#")
            silent_from = (
                start + len(text) if sign and b'"' not in text and b"'" not in text else end + 1
            )
        if offset <= silent_from:
            found.append(offset)
    return found


def _any_between_strings(content: bytes, offsets: Sequence[int]) -> bool:
    """Whether every triple quote before one of the offsets has been closed, as far as their number tells."""
    double, single = _ends(b'"""', content), _ends(b"'''", content)
    return any(
        bisect.bisect_right(double, offset) % 2 == 0
        and bisect.bisect_right(single, offset) % 2 == 0
        for offset in offsets
    )


def _ends(quotes: bytes, content: bytes) -> list[int]:
    return [match.end() for match in re.finditer(quotes, content)]


def _docstring_lines(content: bytes) -> list[tuple[int, int]] | None:
    """The first and last lines of strings that stand alone as statements; None for what CPython can't parse."""
    import ast  # noqa: PLC0415 - few files come this far
    import warnings  # noqa: PLC0415

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            suites: list[list[ast.stmt]] = [ast.parse(content).body]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found: list[tuple[int, int]] = []
    while suites:
        for statement in suites.pop():
            if isinstance(statement, ast.Expr):
                if isinstance(statement.value, ast.Constant) and isinstance(
                    statement.value.value, str
                ):
                    found.append((statement.lineno, statement.end_lineno or statement.lineno))
                continue
            suites.extend(
                suite
                for name in ("body", "orelse", "finalbody", "handlers", "cases")
                if (suite := getattr(statement, name, None))
            )
    return found
