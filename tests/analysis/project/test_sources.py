"""What is found in the bytes of files, in however many readings and by however many processes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lint_langsmith.analysis.project.contents import Sources
from lint_langsmith.source import discover

MANY = 600
WORDS = ("environ", "setenv", "load_dotenv", "of_this_project")


def project(root: Path, named: str, at: int = 0) -> Path:
    """Many files, of which some hold words; the one `at` a place in their order has to do with LangSmith."""
    for number in range(MANY):
        folder = root / f"f{number // 50:02}"
        folder.mkdir(parents=True, exist_ok=True)
        word = WORDS[number % 9] if number % 9 < len(WORDS) else "x"
        text = f"import os\n{word} = 1\n" + ("import langsmith\n" if number == at else "")
        (folder / (named if number == at else f"m{number}.py")).write_text(text)
    return root


def sources(root: Path, jobs: int) -> Sources:
    discover.forget()
    return Sources(root, discover.walk_project(root), jobs=jobs)


def held(found: Sources) -> dict[str, int]:
    return {word: len(names) for word, names in found.holding(WORDS).items()}


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(
    ("named", "at"), [("langsmith_client.py", 0), ("client.py", 400), ("client.py", MANY)]
)
def test_words_are_found_whichever_files_are_read_once(
    tmp_path: Path, jobs: int, named: str, at: int
) -> None:
    found = sources(project(tmp_path / "p", named, at), jobs)
    assert held(found) == {
        "environ": 67,
        "setenv": 67,
        "load_dotenv": 67,
        "of_this_project": 67,
    }
    client = tmp_path / "p" / "f00" / "m1.py"
    found.add(client, b"environ, load_dotenv = 1, 2")
    assert held(found) == {
        "environ": 68,
        "setenv": 66,
        "load_dotenv": 68,
        "of_this_project": 67,
    }


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_large_project_that_names_langsmith_is_read_once(tmp_path: Path, jobs: int) -> None:
    found = sources(project(tmp_path / "p", "langsmith_client.py"), jobs)
    found.rows(found.code)
    shutil.rmtree(tmp_path / "p")
    assert len(found.holding(["environ"])["environ"]) == 67
