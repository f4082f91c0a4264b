"""The pages of `fixtures/analysis`: what they say of values, calls, exceptions and variables is what is told."""

from __future__ import annotations

import sys
from pathlib import Path

import casebook
import pytest
import reveal

from lint_langsmith.analysis.values.abstract import Constant, Literal, Value

CASES = reveal.cases()
RUN = [(case, block) for case in CASES for block in case.blocks if block.is_run]


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_answers(case: casebook.Case, tmp_path: Path) -> None:
    analysis = reveal.analysis_of(case, tmp_path)
    wanted = reveal.reveals(case)
    assert wanted, "the case says nothing"
    wrong = [
        f"{row.path}:{row.line}: {row.kind} {row.subject}\n    page: {row.answer}\n    told: {told}"
        for row in wanted
        if (told := reveal.answer(analysis, row)) != row.answer
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("case", "block"), RUN, ids=[case.id for case, _ in RUN])
def test_python_agrees(case: casebook.Case, block: casebook.Block, tmp_path: Path) -> None:
    """The program is run: what it reveals is among the values that the page says."""
    reveal.plain(case).write(tmp_path)
    found: list[tuple[int, object]] = []

    def note(value: object, *_: object) -> None:
        found.append((sys._getframe(1).f_lineno, value))

    code = compile((tmp_path / block.name).read_text(encoding="utf-8"), block.name, "exec", dont_inherit=True)
    exec(code, {"reveal": note, "__name__": "__main__"})
    rows = [row for row in reveal.reveals(case) if row.kind in {"value", "folded"} and row.path == block.name]
    wanted = {row.line: row.answer for row in rows}
    assert {line for line, _ in found} >= wanted.keys(), "a line of the page is never run"
    for line, value in found:
        answer = wanted.get(line, "Unknown")
        if (known := _known(value)) is not None and "nknown" not in answer:
            assert reveal.shown((known,)) in answer.split(" | "), f"line {line}: {value!r}"


def _known(value: object) -> Value | None:
    """What a value of Python is, if it is one that stands for itself."""
    if isinstance(value, str):
        return Literal(value)
    if isinstance(value, bytes):
        return Literal(value.decode("latin-1"))
    return Constant(repr(value)) if isinstance(value, (bool, int, type(None))) else None
