"""Decoding of Python source and of other text, and positions in it."""

from __future__ import annotations

import bisect
import codecs
import functools
import io
import tokenize
from collections.abc import Iterator, Sequence
from typing import Final

from lint_langsmith import lazy_re
from lint_langsmith.findings import Span

_LINE_END = lazy_re.compile(r"\r\n|\r|\n")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class UnreadableFileError(Exception):
    """A file that can't be decoded or parsed. `span` is the place, `message` one sentence without source text.

    `help` says what can be done, where the file itself is not at fault.
    """

    def __init__(self, message: str, span: Span | None = None, help: str | None = None) -> None:  # noqa: A002
        super().__init__(message)
        self.message = message
        self.help = help
        self.span = span or Span(1, 1, 1, 2)


def decode(content: bytes) -> str:
    """The text of a Python file by its byte order mark or coding line, UTF-8 otherwise; line ends as they are.

    Raises:
        UnreadableFileError: the declared encoding is unknown or none of source code, or the bytes are not of it.
    """
    encoding = _encoding_of_source(content)
    try:
        text = content.decode(encoding)
        if encoding not in _USUAL:
            text.encode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        place = Span(line, 1, line, 2)
        raise UnreadableFileError(
            f"cannot be decoded as {encoding}: byte 0x{content[error.start]:02x}", place
        ) from None
    except UnicodeEncodeError:  # escapes, in a few encodings
        raise UnreadableFileError(
            f"cannot be decoded as {encoding}: it holds half of a surrogate pair"
        ) from None
    except Exception:  # noqa: BLE001 - codecs raise what they like, and the file chooses the codec
        raise UnreadableFileError(f"cannot be decoded as {encoding}") from None
    return text


def _encoding_of_source(content: bytes) -> str:
    """The encoding of a Python file; only one in which CPython reads source code, and reads ASCII as it is written.

    Raises:
        UnreadableFileError: the declared one is unknown or another.
    """
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    except SyntaxError as error:
        raise UnreadableFileError(f"cannot be decoded: {error.msg}") from None
    if encoding not in _USUAL and not _is_of_source(encoding):
        raise UnreadableFileError(
            f"cannot be decoded: {encoding} is not an encoding of Python source"
        )
    return encoding


def _is_of_source(encoding: str) -> bool:
    """Whether a coding line says the same in its own encoding; what turns bytes into bytes (`rot13`) has no text."""
    try:
        return encoding.lower() not in _OF_NAMES and _CODING.decode(encoding) == _CODING.decode(
            "ascii"
        )
    except Exception:  # noqa: BLE001 - LookupError, UnicodeError, and what else a codec raises
        return False


_USUAL: Final = frozenset({"utf-8", "utf-8-sig", "iso-8859-1"})
_CODING: Final = b"# coding: "
# Of host names: their time grows with the square of the length.
_OF_NAMES: Final = frozenset({"punycode", "idna"})


def encode(text: str, like: bytes) -> bytes:
    """The bytes of `text` in the encoding of a file that holds `like`, with a byte order mark if that has one.

    Where that can't be decoded, they are UTF-8.

    Raises:
        UnicodeEncodeError: a character is not of that encoding, or has several spellings there (`utf-7`), so that the
            rest of the file would not stay as it is.
    """
    try:
        encoding = _encoding_of_source(like)
    except UnreadableFileError:
        return text.encode()
    if (
        encoding not in _USUAL
        and like.decode(encoding, "replace").encode(encoding, "replace") != like
    ):
        raise UnicodeEncodeError(
            encoding, text, 0, len(text), "it would not be written as it was"
        )
    return text.encode(encoding)


def decode_text(content: bytes) -> str:
    """The text of a file that is no Python: by its byte order mark, as UTF-8, or byte by byte; line ends as they are.

    It never fails: a text that is shown a little wrong is better than one in which a key is overlooked.
    """
    return content.decode(_encoding_of_text(content))


def encode_text(text: str, like: bytes) -> bytes:
    """The bytes of `text` in the encoding that `decode_text` takes `like` for.

    Raises:
        UnicodeEncodeError: a character is not of that encoding.
    """
    encoding = _encoding_of_text(like)
    if encoding == "utf-16" and like.startswith(codecs.BOM_UTF16_BE):
        return codecs.BOM_UTF16_BE + text.encode("utf-16-be")
    return text.encode(encoding)


def _encoding_of_text(content: bytes) -> str:
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return "latin-1"
    return encoding


def split_lines(text: str) -> list[str]:
    """The lines without their ends, as Python counts lines (a form feed or U+2028 ends none)."""
    # Most texts have but one kind of end, for which there is a way that takes a tenth of the time.
    return _LINE_END.split(text) if "\r" in text else text.split("\n")


class LineIndex:
    """Turns offsets into positions and back, for one text."""

    def __init__(self, text: str) -> None:
        """`text` is the whole file."""
        self._text = text

    @functools.cached_property
    def _starts(self) -> Sequence[int]:
        """Where the lines start. Most texts are searched for what is not in them."""
        return [0, *(match.end() for match in _LINE_END.finditer(self._text))]

    def span(self, start: int, end: int) -> Span:
        """The span between two 0-based code-point offsets."""
        line, column = self._position(start)
        end_line, end_column = self._position(end)
        return Span(line, column, end_line, end_column)

    def offset(self, line: int, column: int) -> int:
        """The 0-based offset of a 1-based position."""
        return self._starts[line - 1] + column - 1

    def _position(self, offset: int) -> tuple[int, int]:
        line = bisect.bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def comments(text: str) -> Iterator[tuple[int, int, str, bool]]:
    """The comments of Python source: 1-based line and column, text from the `#`, and whether it has its line alone.

    Source that can't be tokenised to its end yields the comments before the fault.
    """
    try:
        # The tokenizer knows no line that ends with a carriage return alone; Python does.
        for token in tokenize.generate_tokens(io.StringIO(_LINE_END.sub("\n", text)).readline):
            if token.type == tokenize.COMMENT:
                line, column = token.start
                yield line, column + 1, token.string, not token.line[:column].strip()
    except (tokenize.TokenError, SyntaxError, ValueError):
        return
