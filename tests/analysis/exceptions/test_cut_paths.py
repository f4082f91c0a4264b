"""Where the path of an exception is cut, that is said: nothing is told of what lies behind."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from lint_langsmith.analysis import limits
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.exceptions.outcome import ExceptionOutcome
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.config.settings import Settings

HEAD = "from langsmith import Client\n\nclient = Client()\n\n\ndef ask():\n    client.read_run('x')\n"
CHAIN = HEAD + "".join(
    f"\n\ndef step_{number}():\n    {'ask' if not number else f'step_{number - 1}'}()\n"
    for number in range(6)
)
CALLERS = {
    "main.py": HEAD,
    **{
        f"caller_{number}.py": "from main import ask\n\n\ndef main():\n    ask()\n\n\nmain()\n"
        for number in range(5)
    },
}


def analysis_of(root: Path, files: Mapping[str, str]) -> Analysis:
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8")
    return Analysis(Project(root, Settings(), [root / name for name in files]))


def outcome_of(analysis: Analysis) -> ExceptionOutcome:
    file = analysis.project.try_load("main.py")
    assert file is not None
    (call,) = analysis.clients.api_calls(file)
    return analysis.outcomes.fate(call)


def paths(outcome: ExceptionOutcome) -> list[list[str]]:
    return [[step.label for step in escape.path] for escape in outcome.escapes]


def is_cut(outcome: ExceptionOutcome) -> bool:
    return any(doubt.cause == "limit" for doubt in outcome.doubts)


def test_a_path_with_more_states_than_are_looked_at(tmp_path: Path) -> None:
    analysis = analysis_of(tmp_path, {"main.py": CHAIN})
    analysis.outcomes.most_steps = 3
    found = outcome_of(analysis)
    assert found.unsure
    assert is_cut(found)


def test_a_path_with_as_many_states_as_are_looked_at(tmp_path: Path) -> None:
    whole = outcome_of(analysis_of(tmp_path, {"main.py": CHAIN}))
    assert not is_cut(whole)
    needed = next(most for most in range(100) if not is_cut(_with(tmp_path, most)))
    assert 6 <= needed <= 20
    assert paths(_with(tmp_path, needed)) == paths(whole)


def _with(root: Path, most: int) -> ExceptionOutcome:
    analysis = analysis_of(root, {"main.py": CHAIN})
    analysis.outcomes.most_steps = most
    return outcome_of(analysis)


@pytest.mark.parametrize(("most", "expected"), [(0, True), (4, True), (5, False), (40, False)])
def test_files_that_have_nothing_to_do_with_langsmith(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, expected: bool
) -> None:
    monkeypatch.setattr(limits, "CALLING_FILES", most)
    found = outcome_of(analysis_of(tmp_path, CALLERS))
    assert is_cut(found) is expected
    assert found.unsure is expected
