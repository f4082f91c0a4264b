"""How far values are followed: as far as a limit says, and no step more."""

from __future__ import annotations

from pathlib import Path

import pytest
import reveal

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.analysis.values import attributes, containers, narrowing
from lint_langsmith.config.settings import Settings


def told(root: Path, text: str) -> list[str]:
    """What each `reveal(…)` of a program gets."""
    (root / "main.py").write_text(text, encoding="utf-8")
    analysis = Analysis(Project(root, Settings(), [root / "main.py"]))
    return [
        reveal.answer(analysis, reveal.Reveal("main.py", number, "value", "", ""))
        for number, line in enumerate(text.split("\n"), start=1)
        if "reveal(" in line
    ]


def test_entries_of_a_dict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "DISPLAYED_ENTRIES", 2)
    text = 'x = {"a": "1", "b": "2"}\ny = {"a": "1", "b": "2", "c": "3"}\n'
    assert told(
        tmp_path, text + 'reveal(x["b"])\nreveal(y["b"])\nreveal(y["c"])\nreveal(y)\n'
    ) == [
        '"2"',
        '"2"',
        '"1" | "2" | Unknown',
        '{a: "1", b: "2", ?: Unknown}',
    ]


def test_parts_of_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attributes, "NAME_PARTS", 3)
    text = (
        "import a\n\nreveal(a.b.c)\nreveal(a.b.c.d)\nreveal(a.b.c.d.e)\nreveal(a.b.c.d.e.f)\n"
    )
    assert told(tmp_path, text) == ["a.b.c", "a.b.c.d", "a.b.c.e", "a.b.c.f"]


@pytest.mark.parametrize(("steps", "answer"), [(3, '"a"'), (2, '"a" | None')])
def test_functions_that_ask_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: int, answer: str
) -> None:
    monkeypatch.setattr(narrowing, "GUARD_HOPS", steps)
    text = (
        "def first(x):\n    return second(x)\n\n\ndef second(y):\n    return third(y)\n\n\n"
        "def third(z):\n    return isinstance(z, str)\n\n\n"
        'value = "a" if flag else None\nif first(value):\n    reveal(value)\n'
    )
    assert told(tmp_path, text) == [answer]
