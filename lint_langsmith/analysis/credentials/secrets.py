"""Every key in a file, whatever syntax it stands in: found by its shape, also where it only comes about by folding.

The rules about keys report them; the engine hides them in every excerpt, whichever rules run.
"""

from __future__ import annotations

import base64
import codecs
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Place
from lint_langsmith.analysis.readers.references import filled
from lint_langsmith.analysis.values.abstract import Environment, Literal, Value, Values
from lint_langsmith.analysis.values.constant_folding import fold
from lint_langsmith.analysis.values.folded import Collection, Resolver
from lint_langsmith.findings import Span
from lint_langsmith.remembered import remembered
from lint_langsmith.sdk.keys import Damaged, Key, find_all, find_whole
from lint_langsmith.source.key_signs import has_part
from lint_langsmith.source.kinds import CODE
from lint_langsmith.source.text import LineIndex

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluator import Evaluator


# Characters of a key that may not be shown together: with fewer of its 50 nobody gets any further.
_TOO_LONG_TO_SHOW: Final = 12
# What a string has in it that may be a part of a key: only for these it is asked what functions give.
_PIECE: Final = lazy_re.compile(r"lsv2|ls__|[0-9a-f]{10}")

# What may be digits of a key; how long the prefix is, which is no secret.
_RUN: Final = lazy_re.compile(rf"[0-9a-z_]{{{_TOO_LONG_TO_SHOW},}}")
_PREFIX: Final = len("lsv2_pt_")

# A key as the codes of its characters, or in base64.
_CODES: Final = lazy_re.compile(r"(?:\b[0-9]{2,3}, ?){20}|[A-Za-z0-9+/]{40}")


class Occurrence(NamedTuple):
    """A key, or a damaged one, and the span of the text that holds it; `composed` where it is put together there."""

    found: Key | Damaged
    span: Span
    composed: bool = False


class Secrets:
    """The keys in the files of one project."""

    def __init__(self, relevant_values: Callable[[], Evaluator]) -> None:
        """`relevant_values` gives the evaluator of expressions, which few files need."""
        self._relevant_values = relevant_values

    @remembered
    def of(self, file: File) -> tuple[Occurrence, ...]:
        """The keys in a file, in no special order."""
        return tuple(self._find(file))

    @remembered
    def _has_pieces(self, file: File) -> bool:
        """Whether something in a file may be a part of a key: only then it is asked what functions give."""
        return _PIECE.search(file.text) is not None

    @remembered
    def pieces(self, file: File) -> tuple[Span, ...]:
        """Where parts stand of a file's keys, by themselves: long enough that nobody may see them."""
        return tuple(self._find_pieces(file))

    def _find_pieces(self, file: File) -> Iterator[Span]:
        index = LineIndex(file.text)
        for value in dict.fromkeys(row.found.value for row in self.of(file) if row.composed):
            for form, size in _forms(value):
                yield from (index.span(*part) for part in _parts(file.text, form, size))
        plain = [
            row for row in self.of(file) if not row.composed and isinstance(row.found, Key)
        ]
        yield from _again(file.text, index, plain)

    def _find(self, file: File) -> Iterator[Occurrence]:
        index = LineIndex(file.text)
        plain = list(find_all(file.text, joints=file.kind not in CODE))
        for found in plain:
            yield Occurrence(found, index.span(found.start, found.end))
        if file.places is not None:
            # What a notebook has besides code: outputs, tracebacks, Markdown, metadata.
            inside = {found.start for found in plain}
            for found in find_all(file.raw):
                if file.places.text_offset(found.start) not in inside:
                    yield Occurrence(found, file.places.outside(found.start, found.end))
        values = {found.value for found in plain}
        yield from self._composed(file, values)
        if file.kind not in CODE:
            yield from _of_names(file, index, values)

    def _composed(self, file: File, plain: set[str]) -> Iterator[Occurrence]:
        """Keys that only come about when a string is put together."""
        reported: list[tuple[str, Span]] = []
        for row in file.model.composites:
            text, parts = self._folded(file, row)
            for found in find_all(text) if text is not None else ():
                # A part that is a whole key is reported where it stands, not where it is used.
                elsewhere = found.value in plain or any(found.value in part for part in parts)
                # Of a string put together in several steps the first that is the key is reported.
                again = any(
                    found.value == known and row.span.encloses(span) for known, span in reported
                )
                if not again and not elsewhere:
                    reported.append((found.value, row.span))
                    yield Occurrence(found, row.span, composed=True)
        yield from self._made(file, plain.union(value for value, _ in reported))

    def _made(self, file: File, known: set[str]) -> Iterator[Occurrence]:
        """Keys that only come about when statements are run one after the other, as in a loop that adds to a string."""
        if not file.code or not (self._has_pieces(file) or _CODES.search(file.text)):
            return
        found_before = set(known)
        for text, span in self._relevant_values().texts_made(file):
            for found in find_all(text):
                if found.value not in found_before:
                    found_before.add(found.value)
                    yield Occurrence(found, span, composed=True)

    def _folded(self, file: File, row: ir.Composite) -> tuple[str | None, Sequence[str]]:
        """The text that an expression folds to, if that is known, and the texts of the names and calls in it."""
        place = Place(row.scope, row.block, row.order)
        recorder = _Recorder(self._relevant_values(), file, place)
        resolver = recorder.resolver
        if self._has_pieces(file):
            resolver = resolver._replace(result=recorder.text)
        return fold(row.expr, resolver, file), recorder.parts


def _again(text: str, index: LineIndex, found: Sequence[Occurrence]) -> Iterator[Span]:
    """Where parts stand, by themselves, of keys that also stand as a whole; in one pass, as there may be thousands."""
    windows: set[str] = set()
    for row in found:
        body = row.found.value[_PREFIX:]
        windows.update(
            body[at:][:_TOO_LONG_TO_SHOW] for at in range(len(body) - _TOO_LONG_TO_SHOW + 1)
        )
    whole = {row.span for row in found}
    for run in _RUN.finditer(text) if windows else ():
        starts = range(run.start(), run.end() - _TOO_LONG_TO_SHOW + 1)
        known = [at for at in starts if text[at : at + _TOO_LONG_TO_SHOW] in windows]
        if known and index.span(*run.span()) not in whole:
            yield index.span(known[0], known[-1] + _TOO_LONG_TO_SHOW)


def _of_names(file: File, index: LineIndex, plain: set[str]) -> Iterator[Occurrence]:
    """Keys of which a file that is no code has the parts under names, as `${A}${B}` of a shell."""
    if not has_part(file.text):
        return
    known = set(plain)
    for text, start, end in filled(file.text, file.model.definitions):
        for found in find_whole(text):
            if found.value not in known:
                known.add(found.value)
                yield Occurrence(found, index.span(start, end), composed=True)


class _Recorder:
    """Resolves parts of an expression, and keeps the texts that they stand for."""

    def __init__(self, values: Evaluator, file: File, place: Place) -> None:
        self._values, self._file, self._place = values, file, place
        self._resolver = values.resolver(file, place)
        self.parts: list[str] = []

    @property
    def resolver(self) -> Resolver:
        """What folding asks of names, and notes here."""
        return self._resolver._replace(text=self.text, collection=self.collection)

    def text(self, expr: ir.Expr) -> str | None:
        """The text that a name or call stands for, or most likely stands for."""
        text = _likeliest(self._values.of(self._file, expr, self._place))
        if text:
            self.parts.append(text)
        return text

    def collection(self, expr: ir.Expr) -> Collection:
        """The collection that a name stands for."""
        found = self._resolver.collection(expr)
        self.parts.extend(found.texts)
        if isinstance(found.value, str):
            self.parts.append(found.value)
        return found


def _likeliest(values: Values) -> str | None:
    """Of the texts that an expression may be the one that is most like a part of a key."""
    texts = [text for value in values for text in _texts(value) if text]
    pieces = [text for text in texts if _PIECE.search(text) is not None]
    # Where all that it may be is known, that is the text.
    return next(iter([*pieces, *texts]), "" if Literal("") in values else None)


def _texts(value: Value) -> Iterator[str]:
    """The text that a value is, or that is taken where an environment variable is not set."""
    if isinstance(value, Environment):
        for default in value.default:
            yield from _texts(default)
    elif isinstance(value, Literal) and value.text is not None:
        yield value.text


def _forms(value: str) -> Iterator[tuple[str, int]]:
    """How the parts of a key may be written, and as many characters of each as may not be shown together."""
    yield value, _TOO_LONG_TO_SHOW
    yield value[::-1], _TOO_LONG_TO_SHOW
    yield codecs.encode(value, "rot13"), _TOO_LONG_TO_SHOW
    yield value.encode().hex(), 2 * _TOO_LONG_TO_SHOW
    for first in range(3):
        # Three characters are four of base64; those at the ends depend on what stands beside them.
        yield base64.b64encode(value[first:].encode()).decode().rstrip("=")[:-1], 16
    for separator in (",", ", "):
        codes = separator.join(str(ord(letter)) for letter in value)
        yield codes, 3 * _TOO_LONG_TO_SHOW


def _parts(text: str, value: str, size: int) -> list[tuple[int, int]]:
    """The stretches of a text that are parts of a value, as long as none may be shown, by offsets."""
    found: list[tuple[int, int]] = []
    for first in range(len(value) - size + 1):
        part = value[first : first + size]
        at = text.find(part)
        while at >= 0:
            found.append((at, at + size))
            at = text.find(part, at + 1)
    merged: list[tuple[int, int]] = []
    for start, end in sorted(found):
        joins = bool(merged) and start <= merged[-1][1]
        merged.append((merged.pop()[0] if joins else start, end))
    return merged
