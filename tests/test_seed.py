"""The programs that started the project are judged as the README beside them says, each on its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import casebook
import pytest
from linting import lint

SEED = casebook.FIXTURES / "seed"
BROKEN = ["LS201", "LS301", "LS501", "LS501"]
REPAIRED = ["LS301", "LS501", "LS501"]


@pytest.mark.parametrize(
    ("program", "codes"), [("broken", BROKEN), ("repaired", REPAIRED), ("right", [])]
)
def test_program(program: str, codes: list[str]) -> None:
    outcome = lint(SEED / program)
    assert outcome.codes == codes
    assert outcome.exit_code == (1 if codes else 0)


def test_all_of_them_at_once() -> None:
    """What one program does about its key is no evidence for the one beside it."""
    assert lint(SEED).codes == sorted(BROKEN + REPAIRED)


def test_the_same_in_another_place(tmp_path: Path) -> None:
    shutil.copytree(
        SEED, tmp_path / "seed", ignore=shutil.ignore_patterns(".lint_langsmith_cache")
    )
    assert lint(tmp_path, "seed").codes == sorted(BROKEN + REPAIRED)


def test_made_up_names_are_answered_with_the_real_ones() -> None:
    said = {
        finding.line: finding.message
        for finding in lint(SEED / "broken").findings
        if finding.code == "LS501"
    }
    assert "LangSmithClient" in said[1]
    assert "Client" in said[1].replace("LangSmithClient", "")
    assert "get_project" in said[4]
    assert "read_project" in said[4]


def test_a_handler_for_authentication_is_not_enough(tmp_path: Path) -> None:
    program = (
        (SEED / "broken/main.py")
        .read_text(encoding="utf-8")
        .replace(
            "response = client.get_project()\nprint(response)\n",
            "try:\n    response = client.get_project()\n    print(response)\n"
            'except LangSmithAuthError:\n    print("Check your key.")\n',
        )
    )
    (tmp_path / "main.py").write_text(
        f"from langsmith.utils import LangSmithAuthError\n{program}", encoding="utf-8"
    )
    outcome = lint(tmp_path)
    assert outcome.codes == ["LS201", "LS302", "LS501", "LS501"]
    finding = next(finding for finding in outcome.findings if finding.code == "LS302")
    assert finding.line == 8
    assert "LangSmithError" in finding.message
