"""The part of `tools/corpus.py` that compares; the part that downloads is a command of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

import corpus
from corpus import Key, Verdict

READ = Key("lefx", "lef/cli.py", 7, 1, "LS301")
BUILT = Key("lefx", "lef/a b:c.py", 12, 5, "LS201")
OTHER = Key("openevals", "openevals/x.py", 1, 1, "LS501")


def test_an_expectation_is_read_as_it_was_written_and_is_sorted() -> None:
    verdicts = {READ: Verdict("right", "ends | in a traceback"), BUILT: Verdict("unjudged", "")}
    text = corpus.write_expectation(verdicts)
    assert corpus.read_expectation(text) == verdicts
    assert list(corpus.read_expectation(text)) == sorted(verdicts)
    assert text.endswith("\n")
    assert not any(line.endswith(" ") for line in text.splitlines())


def test_the_committed_expectation_is_in_order_and_leaves_nothing_open() -> None:
    text = corpus.EXPECTED.read_text(encoding="utf-8")
    verdicts = corpus.read_expectation(text)
    assert corpus.write_expectation(verdicts) == text
    assert {key.package for key in verdicts} <= set(corpus.PACKAGES)
    assert {verdict.word for verdict in verdicts.values()} <= {"right", "arguable"}


@pytest.mark.parametrize(
    "line",
    [
        "lefx lef/cli.py:7:1 LS301",
        "lefx lef/cli.py:7:1 LS301 | good | why not",
        "lefx lef/cli.py:7:1 LS301 | right |",
        "lefx lef/cli.py:7:1 LS301 | right | one\nlefx lef/cli.py:7:1 LS301 | right | two",
    ],
)
def test_a_line_that_says_nothing_is_refused(line: str) -> None:
    with pytest.raises(corpus.BadExpectationError, match="line"):
        corpus.read_expectation(line)


def test_new_missing_unjudged_and_wrong_findings_are_told_apart() -> None:
    gone = READ._replace(line=9)
    expected = {
        READ: Verdict("wrong", "x"),
        BUILT: Verdict("unjudged", ""),
        gone: Verdict("right", "x"),
    }
    found = [READ, BUILT, BUILT._replace(line=13)]
    difference = corpus.compare(expected, found, ["lefx"])
    assert difference == corpus.Difference(
        new=(BUILT._replace(line=13),), missing=(gone,), unjudged=(BUILT,), wrong=(READ,)
    )
    assert not difference.is_empty


def test_what_is_judged_right_or_arguable_and_found_again_is_no_difference() -> None:
    expected = {READ: Verdict("right", "x"), BUILT: Verdict("arguable", "y")}
    assert corpus.compare(expected, [BUILT, READ], ["lefx"]).is_empty


def test_packages_that_were_not_run_are_not_missing() -> None:
    expected = {READ: Verdict("right", "x"), OTHER: Verdict("right", "y")}
    assert corpus.compare(expected, [READ], ["lefx"]).is_empty


def test_an_update_adds_what_is_new_as_unjudged_drops_what_is_gone_and_keeps_the_rest() -> None:
    expected = {READ: Verdict("right", "x"), OTHER: Verdict("right", "y")}
    difference = corpus.compare(expected, [READ, BUILT], ["lefx", "openevals"])
    assert corpus.updated(expected, difference) == {
        READ: Verdict("right", "x"),
        BUILT: Verdict("unjudged", ""),
    }


def test_a_crash_and_a_file_that_python_parses_are_faults(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text("x = 1\n")
    (tmp_path / "bad.py").write_text("x = = 1\n")
    findings = [
        {"code": "LS999", "path": "good.py", "message": "LS301 failed"},
        {"code": "LS900", "path": "good.py", "message": "can't be parsed"},
        {"code": "LS900", "path": "bad.py", "message": "can't be parsed"},
    ]
    assert [
        fault.split(": ")[0].split(" ")[1] for fault in corpus.faults(tmp_path, findings)
    ] == ["good.py", "good.py"]
