"""`.env` files: what python-dotenv reads in them, and where it stands."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.readers.found import Found

if TYPE_CHECKING:
    from dotenv.parser import Binding

_BEFORE_VALUE: Final = lazy_re.compile(
    r"\s*(?:export[^\S\r\n]+)?(?:'(?P<quoted>[^']+)'|(?P<plain>[^=#\s]+))[^\S\r\n]*(?P<equal>=[^\S\r\n]*)?"
)
_QUOTED: Final = lazy_re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"", re.DOTALL)
# Up to the blanks before a comment or the end of the line.
_UNQUOTED: Final = lazy_re.compile(r"(?:\S+|[^\S\r\n]+(?=[^\s#]))*")


def read(text: str, found: Found) -> None:
    """Collect the definitions. python-dotenv says what they are: it accepts blanks around `=`, `export` and quotes."""
    read_part(text, 0, found)


def read_part(text: str, base: int, found: Found, kind: str | None = None) -> None:
    """The same for a text that stands at the offset `base` of the file."""
    from dotenv.parser import parse_stream  # noqa: PLC0415 - imported for files that matter only

    at = base
    # A StringIO without newline translation: what was read must be what stands in the file.
    for binding in parse_stream(io.StringIO(text, newline="")):
        if binding.key is not None and not binding.error:
            _add(binding, at, found, kind)
        at += len(binding.original.string)


def _add(binding: Binding, at: int, found: Found, kind: str | None) -> None:
    piece = binding.original.string
    head = _BEFORE_VALUE.match(piece)
    if head is None:
        return
    group = "quoted" if head["quoted"] else "plain"
    name_at = (at + head.start(group), at + head.end(group))
    if head["equal"] is None:
        found.add(binding.key or "", None, name_at, None, kind=kind)
        return
    body = _QUOTED.match(piece, head.end()) or _UNQUOTED.match(piece, head.end())
    end = body.end() if body is not None else len(piece)
    # python-dotenv fills in `${NAME}` whatever the quotes.
    known = None if binding.value is None or "${" in binding.value else binding.value
    found.add(binding.key or "", known, name_at, (at + head.end(), at + end), kind=kind)
