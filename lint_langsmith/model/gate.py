"""The byte gate: whether a file can have anything to do with LangSmith, told without decoding or parsing it."""

from __future__ import annotations

import re
from typing import Final

# One alternation over bytes: the package's and the variables' names, key prefixes (also cut in two, or in base64:
# `bHN2Ml` begins every encoded `lsv2_…`), and suppressions of our codes, which are judged wherever they stand.
_RELEVANT: Final = re.compile(
    rb"(?i:langsmith)|LANGCHAIN_|langchain[\w.]*[ \t]+import[^\n]*\bhub\b|lsv2|v2_[ps][kt]_|\bls__|bHN2Ml"
    rb"|noqa:[^\n]*\bLS\d"
)


def is_relevant(content: bytes) -> bool:
    """Whether the file must be parsed for its own sake (files that others lead to are parsed on demand)."""
    return _RELEVANT.search(content) is not None
