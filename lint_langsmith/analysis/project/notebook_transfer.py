"""A notebook on its way from the process that has read it to another one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from lint_langsmith.source.magics import Magic
from lint_langsmith.source.notebook import CellFault, Notebook
from lint_langsmith.source.places import Places, Segment


class _Joined(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """All of a notebook but its JSON, which both processes have."""

    text: str
    code: str
    segments: Sequence[Segment]
    cells: Sequence[tuple[int, int]]
    magics: tuple[Magic, ...]
    faults: tuple[CellFault, ...]


def encoded(notebook: Notebook) -> bytes:
    """A notebook as it is sent.

    Raises:
        UnicodeEncodeError: a cell holds half of a surrogate pair.
    """
    segments, cells = notebook.places.segments, notebook.places.cells
    joined = _Joined(
        notebook.text, notebook.code, segments, cells, notebook.magics, notebook.faults
    )
    return msgspec.msgpack.encode(joined)


def decoded(message: bytes, raw: str) -> Notebook:
    """The notebook that was sent; `raw` is its JSON text."""
    joined = _DECODER.decode(message)
    places = Places(joined.text, raw, joined.segments, joined.cells)
    return Notebook(joined.text, joined.code, places, joined.magics, joined.faults)


_DECODER: Final = msgspec.msgpack.Decoder(_Joined)
