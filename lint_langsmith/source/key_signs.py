"""The byte strings of which one stands wherever a LangSmith key does, or a part of one that was cut in two."""

from __future__ import annotations

from typing import Final

# The beginnings of keys, of today's kind and of the one before.
BEGINNINGS: Final = (b"lsv2", b"ls__")
# The middles of keys: what is before may stand elsewhere.
MIDDLES: Final = (b"_pt_", b"_sk_")
# In base64 every encoded `lsv2_…` holds one of three strings, by its place in a group of three bytes.
ENCODED: Final = (b"bHN2Ml", b"xzdjJf", b"sc3YyX")
# `lsv2` from its end, in ROT13 and in hexadecimal digits.
DISGUISED: Final = (b"2vsl", b"yfi2_", b"6c737632")
KEY_SIGNS: Final = (*BEGINNINGS, *MIDDLES, *ENCODED, *DISGUISED)
# What large data is searched for: how whole keys begin, in UTF-16 as well.
WHOLE_KEY_SIGNS: Final = (b"lsv2_", b"ls__", "lsv2_".encode("utf-16-le")[:-1], *ENCODED)


def has_part(text: str) -> bool:
    """Whether a part of a LangSmith key may stand in a text."""
    return any(sign.decode() in text for sign in KEY_SIGNS)
