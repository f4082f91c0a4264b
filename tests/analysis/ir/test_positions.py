"""Where rows of a file stand: the same in one tree and in pieces, and as libcst itself measures it."""

from __future__ import annotations

from pathlib import Path

import casebook
import pytest
import reveal

from lint_langsmith.analysis.ir import parser, positions
from lint_langsmith.analysis.ir.lower import lower
from lint_langsmith.analysis.ir.model import FileModel
from lint_langsmith.findings import Span
from lint_langsmith.source.text import UnreadableFileError

PAGES = [reveal.PAGES / "ir", reveal.PAGES / "values"]


def programs() -> list[str]:
    """The Python of the pages about rows and values."""
    found: list[str] = []
    for case in reveal.cases():
        if any(case.id.startswith(f"{page.name}/") for page in PAGES):
            found += [
                block.text for block in reveal.plain(case).blocks if block.name.endswith(".py")
            ]
    return [casebook.Keys("positions").fill(text) for text in found]


def test_pieces_say_what_the_whole_says(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = [lower(text) for text in programs()]
    monkeypatch.setattr(parser, "PIECEWISE_CHARACTERS", 0)
    monkeypatch.setattr(positions, "PIECE_CHARACTERS", 20)
    for text, model in zip(programs(), whole, strict=True):
        assert lower(text) == model, text


def test_calls_stand_where_libcst_measures_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """In f-strings CPython and libcst count otherwise, and what is in one has the place of the whole."""
    texts = [text for text in programs() if 'f"' not in text]
    fast = [called(lower(text)) for text in texts]

    def refuse(*_: object) -> None:
        raise positions.MismatchError

    monkeypatch.setattr(positions._Aligner, "align", refuse)
    for text, spans in zip(texts, fast, strict=True):
        assert called(lower(text)) == spans, text


def called(model: FileModel) -> list[Span]:
    return [call.callee_span for call in model.calls]


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("x = 1\nx = (\n", "is not valid Python", 2),
        ("x = 1\n  y = 2\n", "is not valid Python", 2),
        ("(" * 300 + ")" * 300, "nested too deeply|too many", 1),
        ("x" + "()" * 600 + "\n", "nested too deeply", 1),
    ],
)
def test_what_is_no_python_is_told_with_its_place(text: str, message: str, line: int) -> None:
    with pytest.raises(UnreadableFileError, match=message) as told:
        lower(text)
    assert told.value.span.line == line


def test_types_in_quotes_are_read() -> None:
    model = lower(
        'x: "list[Client | None]"\ny: "not python("\nz: "a b"\nw: "' + "a." * 2000 + 'b"\n'
    )
    known = [binding.name for binding in model.bindings if "Name" in repr(binding.annotation)]
    assert known == ["x"]


def test_the_model_of_a_file_does_not_depend_on_line_ends(tmp_path: Path) -> None:
    assert len(lower("x = 1\r\ny = f()\r\n").calls) == 1
    assert (
        lower("x = 1\r\ny = f()\r\n").calls[0].span == lower("x = 1\ny = f()\n").calls[0].span
    )
