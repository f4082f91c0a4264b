"""A notebook as its reader sees it: every character has the cell and the line that the notebook shows."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from lint_langsmith.findings import Span
from lint_langsmith.source.cells import CellSpan, cells_of
from lint_langsmith.source.notebook import read_notebook
from lint_langsmith.source.text import LineIndex

TEXTS = st.text(alphabet='ab"\\\n\t é😀/\u2028', max_size=12)
SOURCES = st.lists(
    st.one_of(TEXTS, TEXTS.map(lambda text: text.splitlines(keepends=True))), max_size=4
)


@given(SOURCES, st.booleans())
def test_every_character_is_where_its_cell_shows_it(
    sources: list[str | list[str]], escaped: bool
) -> None:
    body = {
        "cells": [{"cell_type": "code", "source": source} for source in sources],
        "nbformat": 4,
    }
    raw = json.dumps(body, indent=1, ensure_ascii=escaped)
    read, cells = read_notebook(raw), cells_of(raw)
    assert cells is not None
    joined = LineIndex(read.text)
    texts = [source if isinstance(source, str) else "".join(source) for source in sources]
    at = 0
    for number, text in enumerate(texts, start=1):
        assert cells.text(number) == text
        index = LineIndex(text)
        for offset in range(len(text)):
            on_disk, _ = read.places.span(joined.span(at + offset, at + offset + 1))
            assert cells.place(on_disk) == CellSpan(number, index.span(offset, offset + 1))
            line = index.span(offset, offset).line
            if index.offset(line, 1) == offset:
                assert cells.raw_line(number, line) == on_disk.line
        at += len(text) + (not text.endswith(("\n", "\r")))


def test_what_stands_beside_the_source_has_a_cell_and_no_line() -> None:
    raw = '{"cells": [\n{"source": "a", "outputs": [\n"b"]}],\n"metadata": {}}'
    cells = cells_of(raw)
    assert cells is not None
    assert cells.place(Span(2, 13, 2, 14)) == CellSpan(1, Span(1, 1, 1, 2))
    assert cells.place(Span(3, 2, 3, 3)) == CellSpan(1, None)
    assert cells.place(Span(4, 2, 4, 3)) is None
    assert cells.raw_line(1, 2) is None
    assert cells.raw_line(2, 1) is None


def test_what_is_no_notebook_has_no_cells() -> None:
    assert cells_of("{") is None
