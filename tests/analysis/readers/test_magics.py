"""The variables that magics and shell lines of a notebook set: IPython takes a value as it stands, quotes and all."""

from __future__ import annotations

import json

import pytest

from lint_langsmith.analysis.readers.notebook import read
from lint_langsmith.findings import Span
from lint_langsmith.source.notebook import Notebook, read_notebook

A, B = "LANGSMITH_A", "LANGSMITH_B"
# What stands in a cell, and the definitions: name, value, group.
CELLS: dict[str, list[tuple[str, str | None, str]]] = {
    f"%env {A}=1\n": [(A, "1", "%env")],
    f"%env {A} 1\n": [(A, "1", "%env")],
    f"%env {A} = 1 2 \n": [(A, "1 2", "%env")],
    f'%env {A}="1"\n': [(A, '"1"', "%env")],
    f"%set_env {A}=1\n": [(A, "1", "%set_env")],
    f"%env {A}={{key}}\n": [(A, None, "%env")],
    f"%env {A}=$KEY\n": [(A, None, "%env")],
    f"%env {A}\n": [],
    "%env\n": [],
    f"%time {A}=1\n": [],
    f"!export {A}=1\n": [(A, "1", "!export")],
    f"!  export {A}=1\n": [(A, "1", "!export")],
    f"!{A}=1 python x.py\n": [(A, "1", "!")],
    f"!!export {A}=1\n": [(A, "1", "!export")],
    f"%system export {A}=1\n": [(A, "1", "!export")],
    f"%sx export {A}=1\n": [(A, "1", "!export")],
    f"%%bash\nexport {A}=1\n{B}=2\n": [(A, "1", "%%bash"), (B, "2", "%%bash")],
    f"%%sh\nexport {A}=1\n": [(A, "1", "%%sh")],
    f"%%script bash\nexport {A}=1\n": [(A, "1", "%%script")],
    f"%%writefile x.sh\nexport {A}=1\n": [],
}
FILES: dict[str, list[tuple[str | None, Span]]] = {
    "%dotenv\n": [(None, Span(1, 1, 1, 8))],
    "%dotenv -o ../.env\n": [("../.env", Span(1, 1, 1, 8))],
    "x = 1\n%dotenv a.env\n": [("a.env", Span(2, 1, 2, 8))],
    "%load_ext dotenv\n": [(None, Span(1, 1, 1, 10))],
    "%reload_ext dotenv\n": [(None, Span(1, 1, 1, 12))],
    "%load_ext autoreload\n": [],
    "%time dotenv\n": [],
}


def notebook(source: str) -> Notebook:
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "source": source}
    return read_notebook(json.dumps({"cells": [cell], "nbformat": 4, "nbformat_minor": 5}))


@pytest.mark.parametrize(("source", "expected"), CELLS.items())
def test_definitions(source: str, expected: list[tuple[str, str | None, str]]) -> None:
    definitions, files = read(notebook(source))
    assert [(row.name, row.value, row.group) for row in definitions] == expected
    assert not files
    lines = source.split("\n")
    for row in definitions:
        assert row.kind == "magic"
        for span, text in ((row.name_span, row.name), (row.span, row.written)):
            assert lines[span.line - 1][span.column - 1 : span.end_column - 1] == text


@pytest.mark.parametrize(("source", "expected"), FILES.items())
def test_files(source: str, expected: list[tuple[str | None, Span]]) -> None:
    definitions, files = read(notebook(source))
    assert [(row.path, row.span) for row in files] == expected
    assert {row.group for row in files} <= {"%dotenv"}
    assert not definitions
