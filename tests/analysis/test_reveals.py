"""The pages of `fixtures/analysis`: what they say of values, calls, exceptions and variables is what is told."""

from __future__ import annotations

import ast
import functools
import re
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path

import casebook
import checkout
import pytest
import reveal
import whole_answers
from asked import shown

from lint_langsmith.analysis.values.abstract import Constant, Literal, Value

CASES = reveal.cases()
BORROWED = reveal.borrowed()
RUN = [(case, block) for case in CASES for block in case.blocks if block.is_run]


@pytest.mark.parametrize(
    "case", [*CASES, *BORROWED], ids=[case.id for case in [*CASES, *BORROWED]]
)
def test_answers(case: casebook.Case, tmp_path: Path) -> None:
    analysis = reveal.analysis_of(case, tmp_path)
    wanted = reveal.reveals(case)
    known = recorded(reveal.package_of(case)).get(case.id, [])
    assert wanted or known, "the case says nothing"
    wrong = [
        f"{row.path}:{row.line}: {row.kind} {row.subject}\n    page: {row.answer}\n    told: {told}"
        for row in wanted
        if (told := reveal.answer(analysis, row)) != row.answer
    ]
    assert not wrong, "\n".join(wrong)
    assert reveal.unasked(case, analysis) == known, "if that is right: python tests/reveal.py"
    assert not analysis.project.faults.by_file


@functools.cache
def recorded(package: str) -> Mapping[str, list[str]]:
    return reveal.recorded(package)


@pytest.mark.parametrize(("case", "block"), RUN, ids=[case.id for case, _ in RUN])
def test_python_agrees(case: casebook.Case, block: casebook.Block, tmp_path: Path) -> None:
    """The program is run: what it reveals is among the values that the page says."""
    reveal.plain(case).write(tmp_path)
    found: list[tuple[int, object]] = []

    def note(value: object, *_: object) -> None:
        found.append((sys._getframe(1).f_lineno, value))

    code = compile(
        (tmp_path / block.name).read_text(encoding="utf-8"),
        block.name,
        "exec",
        dont_inherit=True,
    )
    exec(code, {"reveal": note, "__name__": "__main__"})
    rows = [
        row
        for row in reveal.reveals(case)
        if row.kind in {"value", "folded"} and row.path == block.name
    ]
    wanted = {row.line: row.answer for row in rows}
    assert {line for line, _ in found} >= wanted.keys(), "a line of the page is never run"
    for line, value in found:
        answer = wanted.get(line, "Unknown")
        if (known := _known(value)) is not None and "nknown" not in answer:
            assert shown((known,)) in answer.split(" | "), f"line {line}: {value!r}"


def _known(value: object) -> Value | None:
    """What a value of Python is, if it is one that stands for itself."""
    if isinstance(value, str):
        return Literal(value)
    if isinstance(value, bytes):
        return Literal(value.decode("latin-1"))
    return Constant(repr(value)) if isinstance(value, (bool, int, type(None))) else None


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_no_question_is_misspelled(case: casebook.Case) -> None:
    """What looks like a question and is none would be part of the program, and ask nothing."""
    left = [
        f"{block.name}: {line}"
        for block in reveal.plain(case).blocks
        for line in block.text.split("\n")
        if re.search(r" # (?!noqa|lint-langsmith)[a-z-]+(?: [^\s:]+)?: ", line)
    ]
    assert not left


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_python_compiles(case: casebook.Case) -> None:
    keys = casebook.Keys(case.id)
    for block in reveal.plain(case).blocks:
        is_new = any(word in block.text for word in ("except*", "match "))
        if block.name.endswith(".py") and not (is_new and sys.version_info < (3, 11)):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what fails when it runs is there on purpose
                compile(
                    keys.fill(block.text),
                    block.name,
                    "exec",
                    ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
                    dont_inherit=True,
                )


def test_pages_hold_no_key_and_cover_each_package() -> None:
    for page in (*reveal.PAGES.rglob("*.md"), *reveal.TOLD.rglob("*.txt")):
        assert not re.search(
            "(?i)lsv2_[a-z]{2}_[0-9a-f]{20}|ls__[0-9a-f]{20}", page.read_text(encoding="utf-8")
        ), page
    packages = {
        path.parent.name for path in (checkout.PACKAGE / "analysis").glob("*/__init__.py")
    }
    assert {path.name for path in reveal.PAGES.iterdir()} == packages


def test_cases_of_rules_that_are_told_of_exist() -> None:
    named = {
        line.removeprefix("== ")
        for path in reveal.TOLD_OF_RULES.iterdir()
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("== ")
    }
    assert {case.id for case in BORROWED} == named, "python tests/reveal.py"


def test_every_kind_of_question_is_asked() -> None:
    asked = {row.kind for case in CASES for row in reveal.reveals(case)}
    asked.update(kind for kinds in whole_answers.OF_PACKAGES.values() for kind in kinds)
    assert asked == set(reveal.KINDS)


def test_questions_of_a_line() -> None:
    line = '    f(x)  # value: "a" | b # read X_Y: yes # raised: 5; 6'
    assert reveal.split(line) == (
        "    f(x)",
        (("value", "", '"a" | b'), ("read", "X_Y", "yes"), ("raised", "", "5; 6")),
    )
    assert reveal.split("f()  # noqa: LS101 # value: x") == (
        "f()  # noqa: LS101",
        (("value", "", "x"),),
    )
    assert reveal.split("f()  # a comment") == ("f()  # a comment", ())
