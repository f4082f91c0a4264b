"""Where the parts of a key stand that a program puts together, and which spans lie in which."""

from __future__ import annotations

from pathlib import Path

import casebook
import pytest

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.config.settings import Settings
from lint_langsmith.findings import Span

KEY = casebook.Keys("test_secrets")["KEY"]


def pieces(root: Path, text: str) -> list[str]:
    """The parts of keys that are put together in a program."""
    path = root / "main.py"
    path.write_text(text, encoding="utf-8")
    project = Project(root, Settings(), [path])
    file = project.try_load("main.py")
    assert file is not None
    lines = text.split("\n")
    return [
        lines[span.line - 1][span.column - 1 : span.end_column - 1]
        for span in Analysis(project).secrets.pieces(file)
    ]


@pytest.mark.parametrize("at", [12, 20, len(KEY) - 12])
def test_two_halves(tmp_path: Path, at: int) -> None:
    found = pieces(tmp_path, f'key = "{KEY[:at]}" + "{KEY[at:]}"\n')
    assert found == [KEY[:at], KEY[at:]]


def test_parts_that_are_short_enough_to_be_shown(tmp_path: Path) -> None:
    first, second, rest = KEY[:11], KEY[11:22], KEY[22:]
    text = f'a = "{first}"\nb = "{second}"\nkey = a + b + "{rest}"\n'
    assert pieces(tmp_path, text) == [rest]


def test_a_part_that_stands_twice(tmp_path: Path) -> None:
    text = f'key = "{KEY[:30]}" + "{KEY[30:]}"\nshown = "{KEY[:30]}"\n'
    assert pieces(tmp_path, text) == [KEY[:30], KEY[30:], KEY[:30]]


def test_a_whole_key_is_no_part(tmp_path: Path) -> None:
    assert pieces(tmp_path, f'key = "{KEY}"\n') == []


@pytest.mark.parametrize(
    ("outer", "inner", "is_in"),
    [
        (Span(2, 3, 4, 5), Span(2, 3, 4, 5), True),
        (Span(2, 3, 4, 5), Span(3, 1, 3, 99), True),
        (Span(2, 3, 4, 5), Span(2, 2, 4, 5), False),
        (Span(2, 3, 4, 5), Span(2, 3, 4, 6), False),
        (Span(2, 3, 4, 5), Span(1, 9, 2, 9), False),
        (Span(2, 3, 4, 5), Span(4, 1, 5, 1), False),
    ],
)
def test_spans_in_spans(outer: Span, inner: Span, is_in: bool) -> None:
    assert outer.encloses(inner) is is_in
