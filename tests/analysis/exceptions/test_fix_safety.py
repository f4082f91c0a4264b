"""What keeps a fix from being safe: prose, an example in it, and a handler around what is changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.exceptions.fix_safety import sure_unless_tried, within_text
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.config.settings import Settings
from lint_langsmith.findings import Applicability, Edit, Fix, Span

PROSE = "Set it.\n\n```shell\nexport LANGSMITH_TRACING=yes\nexport A=1\n```\n\nThat is all.\n"


def file_of(root: Path, name: str, text: str) -> File:
    path = root / name
    path.write_text(text, encoding="utf-8")
    file = Analysis(Project(root, Settings(), [path])).project.try_load(name)
    assert file is not None
    return file


def fix_of(*lines: int) -> Fix:
    return Fix(
        "a fix",
        Applicability.SAFE,
        tuple(Edit(Span(line, 1, line, 2), "x") for line in lines),
    )


@pytest.mark.parametrize(
    ("name", "lines", "applicability"),
    [
        ("a.md", (4,), Applicability.UNSAFE),
        ("a.md", (4, 5), Applicability.UNSAFE),
        ("a.md", (1,), None),
        ("a.md", (4, 8), None),
        ("a.txt", (1,), None),
        ("a.sh", (1,), Applicability.SAFE),
    ],
)
def test_prose(
    tmp_path: Path, name: str, lines: tuple[int, ...], applicability: Applicability | None
) -> None:
    found = within_text(file_of(tmp_path, name, PROSE), fix_of(*lines))
    assert (found.applicability if found is not None else None) == applicability
    if found is not None:
        assert found.edits == fix_of(*lines).edits


def test_an_edit_over_several_lines(tmp_path: Path) -> None:
    file = file_of(tmp_path, "a.md", PROSE)
    for last, is_left in ((5, True), (8, False)):
        fix = Fix("a fix", Applicability.SAFE, (Edit(Span(4, 1, last, 2), "x"),))
        assert (within_text(file, fix) is not None) == is_left
    assert within_text(file, None) is None


@pytest.mark.parametrize(
    ("text", "applicability"),
    [
        ("f()\n", Applicability.SAFE),
        ("try:\n    f()\nexcept ValueError:\n    pass\n", Applicability.UNSAFE),
        ("try:\n    pass\nexcept ValueError:\n    f()\n", Applicability.SAFE),
        ("with suppress(ValueError):\n    f()\n", Applicability.UNSAFE),
        ("with pytest.raises(ValueError):\n    f()\n", Applicability.UNSAFE),
        ("with open('x'):\n    f()\n", Applicability.SAFE),
        ("with lock:\n    f()\n", Applicability.SAFE),
    ],
)
def test_handlers(tmp_path: Path, text: str, applicability: Applicability) -> None:
    file = file_of(tmp_path, "main.py", text)
    (site,) = file.calls_by_name["f"]
    assert sure_unless_tried(file, file.model.calls[site].block) == applicability
