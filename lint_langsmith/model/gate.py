"""The byte gate: whether a file can have anything to do with LangSmith, told without decoding or parsing it."""

from __future__ import annotations

import re
from typing import Final

# One alternation over bytes: the package's and the variables' names, key prefixes (also cut in two, or in base64: every
# encoded `lsv2_…` holds one of three strings), and suppressions of our codes, which are judged wherever they stand.
_RELEVANT: Final = re.compile(
    rb"(?i:langsmith)|LANGCHAIN_|langchain[\w.]*[ \t]+import[^\n]*\bhub\b|langchain\w*\.hub\b|lsv2|v2_[ps][kt]_|\bls__"
    rb"|ls__[0-9a-fA-F]{32}|bHN2Ml|xzdjJf|sc3YyX|noqa:[^\n]*\bLS\d"
)
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")


def is_relevant(content: bytes) -> bool:
    """Whether the file must be parsed for its own sake (files that others lead to are parsed on demand)."""
    if content.startswith(_WIDE):
        content = content.replace(b"\0", b"")  # the words are ASCII: of UTF-16 every other byte is enough
    return _RELEVANT.search(content) is not None
