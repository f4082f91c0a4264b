"""Where rows of a file stand: the same in one tree and in pieces, and as libcst itself measures it."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import casebook
import libcst as cst
import msgspec
import pytest
import reveal
from all_syntax import PROGRAM

from lint_langsmith.analysis import limits
from lint_langsmith.analysis.ir import parser, positions, tree
from lint_langsmith.analysis.ir.lower import lower
from lint_langsmith.analysis.ir.model import FileModel
from lint_langsmith.findings import Span
from lint_langsmith.source.parse_cost import cost_of
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


def refuse(*_: object) -> None:
    raise AssertionError


def test_the_places_of_all_syntax_are_those_of_cpython(monkeypatch: pytest.MonkeyPatch) -> None:
    """libcst's own measuring takes twice as long as its parsing, and is for what CPython can't parse."""
    monkeypatch.setattr(positions, "_measure", refuse)
    for text in (PROGRAM, *programs()):
        lower(text)


def test_the_rows_are_the_same_where_libcst_measures(monkeypatch: pytest.MonkeyPatch) -> None:
    fast = lower(PROGRAM)
    measure, measured = positions._measure, list[object]()

    def mismatch(*_: object) -> None:
        raise positions.MismatchError

    def counted(tree: cst.Module) -> dict[int, Span]:
        measured.append(tree)
        return measure(tree)

    monkeypatch.setattr(positions._Aligner, "align", mismatch)
    monkeypatch.setattr(positions, "_measure", counted)
    slow = lower(PROGRAM)
    assert measured
    assert on_lines(slow) == on_lines(fast)


def on_lines(value: Any) -> Any:
    """Rows with the lines of their places alone: libcst counts stars and parentheses in where CPython does not."""
    if isinstance(value, Span):
        return value.line, value.end_line
    if isinstance(value, msgspec.Struct):
        fields = [on_lines(getattr(value, name)) for name in value.__struct_fields__]
        return [type(value).__name__, *fields]
    return [on_lines(item) for item in value] if isinstance(value, tuple) else value


@pytest.mark.parametrize("size", [1, 200, 100_000])
def test_all_syntax_is_the_same_in_pieces(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    whole = lower(PROGRAM)
    monkeypatch.setattr(parser, "PIECEWISE_CHARACTERS", 0)
    monkeypatch.setattr(positions, "PIECE_CHARACTERS", size)
    monkeypatch.setattr(parser, "tree_of_python", refuse)  # the whole is not parsed as well
    assert lower(PROGRAM) == whole


def test_a_piece_ends_before_a_statement_on_a_line_of_its_own() -> None:
    text = "a = 1; b = 2\n@c\ndef d():\n    pass\ne = f(\n); g()\nh()\n"
    parts = [part for part, _ in positions._pieces(text, ast.parse(text).body)]
    assert parts == [text]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(positions, "PIECE_CHARACTERS", 3)
        found = list(positions._pieces(text, ast.parse(text).body))
    assert [part for part, _ in found] == [
        "a = 1; b = 2\n",
        "@c\ndef d():\n    pass\n",
        "e = f(\n); g()\n",
        "h()\n",
    ]
    assert [len(statements) for _, statements in found] == [2, 1, 2, 1]


@pytest.mark.parametrize(("characters", "tokens"), [(0, 10**9), (10**9, 0)])
def test_long_files_and_those_of_many_tokens_are_parsed_in_pieces(
    monkeypatch: pytest.MonkeyPatch, characters: int, tokens: int
) -> None:
    monkeypatch.setattr(parser, "PIECEWISE_CHARACTERS", characters)
    monkeypatch.setattr(parser, "PIECEWISE_TOKENS", tokens)
    monkeypatch.setattr(parser, "is_cheap", lambda _: False)
    monkeypatch.setattr(parser, "tree_of_python", refuse)
    assert len(lower("f(a)\ng(b)\n").calls) == 2


@pytest.mark.parametrize("text", ["x = 1\nx = (\n", "x = 1\n  y = 2\n", "(" * 300 + ")" * 300])
def test_what_is_no_python_is_told_as_cpython_tells_it(text: str) -> None:
    with pytest.raises(SyntaxError) as fault:
        ast.parse(text)
    line, column = fault.value.lineno or 0, fault.value.offset or 0
    with pytest.raises(UnreadableFileError) as told:
        lower(text)
    assert str(told.value) == f"is not valid Python: {fault.value.msg}"
    assert told.value.span == Span(line, column, line, column + 1)


def test_what_libcst_alone_refuses_is_told_with_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def failing(*_: object) -> None:
        raise tree.ParserError(3, 4)

    for name in ("tree_of_python", "tree_by_libcst"):
        monkeypatch.setattr(parser, name, failing)
    with pytest.raises(UnreadableFileError, match="though Python") as told:
        lower("x = 1\n")
    assert told.value.span == Span(3, 4, 3, 5)
    monkeypatch.setattr(parser, "_peer", lambda _: None)
    with pytest.raises(UnreadableFileError, match="is not valid Python") as told:
        lower("x = (\n")
    assert told.value.span.line == 1


def test_the_place_that_libcst_tells_is_kept() -> None:
    text = "x = 1\n  y = 2\n"
    with pytest.raises(cst.ParserSyntaxError) as own:
        cst.parse_module(text)
    with pytest.raises(tree.ParserError) as told:
        tree.tree_by_libcst(text)
    assert told.value.line == own.value.editor_line == 2
    assert told.value.column == own.value.editor_column

    def failing(_: str) -> None:
        raise LookupError

    with pytest.raises(tree.ParserError) as told:
        tree.parsed_by(failing, "")
    assert (told.value.line, told.value.column) == (1, 1)


@pytest.mark.parametrize(
    ("limit", "value", "text", "message"),
    [
        ("BRACKETS", 2, "f(g(h()))", "nested too deeply"),
        ("FLAT_CHAIN", 3, "a + b + c + d + e", "nested too deeply"),
        ("PATTERN_BRACKETS", 1, "match a:\n case ((b,),):\n  pass\n", "pattern of a `case`"),
        ("STATEMENT_TOKENS", 5, "a = [b, c, d, e]", "one statement has 11 tokens, of which 5"),
        ("FILE_TOKENS", 5, "a, b\n" * 3, "it has .* tokens, of which"),
    ],
)
def test_what_takes_too_long_to_parse_is_refused(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: int, text: str, message: str
) -> None:
    monkeypatch.setattr(parser, "is_cheap", lambda _: False)
    lower(text)
    monkeypatch.setattr(limits, limit, value)
    if limit == "FILE_TOKENS":
        monkeypatch.setattr(limits, "CHARACTERS_PER_TOKEN", 100)
    with pytest.raises(UnreadableFileError, match=message):
        lower(text)


@pytest.mark.parametrize(
    ("limit", "measure", "text"),
    [
        ("BRACKETS", "brackets", "f(g(h()))"),
        ("FLAT_CHAIN", "chain", "a + b + c + d + e"),
        ("PATTERN_BRACKETS", "patterns", "match a:\n case ((b,),):\n  pass\n"),
        ("STATEMENT_TOKENS", "heaviest", "a = [b, c, d, e]"),
    ],
)
def test_what_costs_as_much_as_the_limit_is_parsed(
    monkeypatch: pytest.MonkeyPatch, limit: str, measure: str, text: str
) -> None:
    monkeypatch.setattr(parser, "is_cheap", lambda _: False)
    cost = getattr(cost_of(text), measure)
    monkeypatch.setattr(limits, limit, cost)
    lower(text)
    monkeypatch.setattr(limits, limit, cost - 1)
    with pytest.raises(UnreadableFileError):
        lower(text)


def test_a_long_file_is_refused_though_each_of_its_lines_is_cheap(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = "a, b\n" * 3
    monkeypatch.setattr(limits, "FILE_TOKENS", 5)
    monkeypatch.setattr(limits, "CHARACTERS_PER_TOKEN", 100)
    with pytest.raises(UnreadableFileError, match="tokens, of which"):
        lower(text)
    monkeypatch.setattr(limits, "FILE_TOKENS", len(text) + 1)
    lower(text)


def test_expressions_as_deep_as_the_limit_are_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parser, "PARSED_DEPTH", 20)
    for text in (
        "a" + ".b" * 16,
        "for a in b" + ".c" * 16 + ": pass",
        "def f(a=b" + ".c" * 16 + "): pass",
    ):
        lower(text)
        with pytest.raises(UnreadableFileError, match="nested too deeply"):
            lower(text.replace(".c.c", ".c.c" * 4).replace(".b.b", ".b.b" * 4))


def test_only_what_takes_much_room_is_looked_into_for_its_depth(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parser, "PARSED_DEPTH", 20)
    for text in ("-" * 39 + "x", "[\n" + "-" * 30 + "x]"):
        lower(text)
    for text in ("-" * 40 + "x", "[\n\n" + "-" * 30 + "x]", "with a(" + "-" * 40 + "x): pass"):
        with pytest.raises(UnreadableFileError, match="nested too deeply"):
            lower(text)


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
