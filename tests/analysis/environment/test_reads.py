"""What reads a variable in a project: the same whether a file is searched or looked up in an index of its words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from lint_langsmith.analysis import limits
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.environment import reads
from lint_langsmith.analysis.environment.reads import VariableReads
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.config.settings import Settings

NAME = "LANGSMITH_X"
READ: Mapping[str, tuple[str, str, bool]] = {
    "a program reads it": ("main.py", f'import os\nos.environ["{NAME}"]\n', True),
    "a program sets it": ("main.py", f'import os\nos.environ["{NAME}"] = "1"\n', False),
    "set and read": (
        "main.py",
        f'import os\nos.environ["{NAME}"] = "1"\nprint("{NAME}")\n',
        True,
    ),
    "a comment names it": ("main.py", f"import os\n# set '{NAME}' first\n", False),
    "a docstring names it": ("main.py", f'"""Set \'{NAME}\' first."""\n', False),
    "a longer name": ("main.py", f'import os\nos.environ["{NAME}Y"]\n', False),
    "a part of a text": ("main.py", f'print("{NAME} is missing")\n', False),
    "a field of a class": ("main.py", f"class Settings:\n    {NAME.lower()}: str\n", True),
    "an attribute": ("main.py", f"print(settings.{NAME})\n", True),
    "a shell uses it": ("run.sh", f"echo ${NAME}\n", True),
    "a shell hands it on": ("run.sh", f"export {NAME}=${NAME}\n", False),
    "behind many words": ("run.sh", "echo one two three four five " * 3 + f"${NAME}\n", True),
    "before many words": ("run.sh", f"${NAME}" + " and one two three" * 9 + "\n", True),
    "on the next line": ("run.sh", f"{NAME}=1\necho ${NAME}\n", True),
    "another program": ("main.go", f'os.Getenv("{NAME}")\n', True),
    "a longer name in one": ("main.go", f'os.Getenv("{NAME}Y")\n', False),
    "a document": ("README.md", f"${NAME}\n", False),
    "a Dockerfile sets it": ("Dockerfile", f"ENV {NAME}=1\n", False),
    "a Dockerfile uses it": ("Dockerfile", f"RUN echo ${{{NAME}}}\n", True),
    "a Makefile": ("Makefile", f"run:\n\techo $${{{NAME}}}\n", True),
    "a template": ("env.example", f"{NAME}=1\n", False),
    "a file of variables": (".env.local", f"{NAME}=1\nOTHER=${NAME}\n", True),
    "Terraform": ("main.tf", f"value = var.{NAME.lower()}\n", True),
    "nothing": ("main.py", "print(1)\n", False),
}


def of(root: Path, files: Mapping[str, str]) -> VariableReads:
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8")
    return Analysis(Project(root, Settings(), [root / name for name in files])).readings


@pytest.mark.parametrize("size", ["small", "large"])
@pytest.mark.parametrize("case", READ)
def test_what_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str, size: str
) -> None:
    name, text, is_read = READ[case]
    if size == "large":
        monkeypatch.setattr(reads, "LINE_BYTES", 0)
    assert of(tmp_path, {name: text}).is_read(NAME) is is_read


@pytest.mark.parametrize("limit", [1, 40, 10_000])
def test_a_long_line_is_read_around_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(reads, "LINE_BYTES", limit)
    monkeypatch.setattr(reads, "CONTEXT_BYTES", 12)
    found = of(tmp_path, {"run.sh": f"echo ${NAME} and $LANGSMITH_Y and LANGSMITH_Z\n"})
    assert found.is_read(NAME)
    assert found.is_read("LANGSMITH_Y")
    assert not found.is_read("LANGSMITH_Z")


def test_a_file_that_is_too_large_to_be_read_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"echo ${NAME}\n"
    monkeypatch.setattr(reads, "READER_BYTES", len(text) - 1)
    assert not of(tmp_path, {"run.sh": text}).is_read(NAME)
    assert not of(tmp_path, {"run.sh": text}).is_named(NAME)
    monkeypatch.setattr(reads, "READER_BYTES", len(text))
    assert of(tmp_path, {"run.sh": text}).is_read(NAME)
    assert of(tmp_path, {"run.sh": text}).is_named(NAME)


@pytest.mark.parametrize(
    ("text", "named", "is_set"),
    [
        (f"{NAME}=1", True, True),
        (f"{NAME}: 1", True, True),
        (f'env["{NAME}"] = 1', True, True),
        (f"if {NAME} == 1", True, False),
        (f"echo ${NAME}", True, False),
        (f"{NAME}Y=1", False, False),
        (f"X{NAME}=1", False, False),
        ("OTHER=1", False, False),
    ],
)
def test_what_names_and_sets(tmp_path: Path, text: str, named: bool, is_set: bool) -> None:
    found = of(tmp_path, {"a.txt": "", "run.sh": f"{text}\n"})
    assert (found.is_named(NAME), found.is_set(NAME)) == (named, is_set)


@pytest.mark.parametrize(
    ("name", "text", "has"),
    [
        ("package.json", '{"dependencies": {"langsmith": "1"}}', True),
        ("web/package.json", '{"dependencies": {"@langchain/core": "1"}}', True),
        ("package.json", '{"dependencies": {"react": "1"}}', False),
        ("tsconfig.json", '{"dependencies": {"langsmith": "1"}}', False),
    ],
)
def test_javascript(tmp_path: Path, name: str, text: str, has: bool) -> None:
    (tmp_path / "web").mkdir()
    assert of(tmp_path, {name: text}).has_javascript is has


@pytest.mark.parametrize(("length", "is_whole"), [(-1, True), (0, True), (1, False)])
def test_of_lines_that_are_too_long_only_what_is_near_a_word_is_looked_at(
    length: int, is_whole: bool
) -> None:
    line = f"{NAME} ".ljust(limits.LINE_BYTES + length, ".")
    (found,) = reads._lines_with(f"short\n{line}\n".encode(), NAME)
    assert found.decode() == (line if is_whole else line[: limits.CONTEXT_BYTES])
