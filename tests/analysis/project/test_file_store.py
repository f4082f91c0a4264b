"""Files are read and parsed once, as what they are; what is too large or broken is told only to who asks for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lint_langsmith.analysis.project import file_store
from lint_langsmith.analysis.project.file_store import FileStore, Models
from lint_langsmith.analysis.project.import_edits import imported
from lint_langsmith.analysis.project.notebook_transfer import decoded, encoded
from lint_langsmith.analysis.project.parser_pool import Parsing, notebook_of
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.config.settings import Settings
from lint_langsmith.findings import Span
from lint_langsmith.source.kinds import LARGEST_TEXT
from lint_langsmith.source.text import UnreadableFileError

BROKEN = "def ("


def cells(*sources: str) -> str:
    """A file of cells of code, as Jupyter writes it."""
    rows: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": source.splitlines(keepends=True),
        }
        for source in sources
    ]
    return json.dumps({"cells": rows, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def store(root: Path, files: dict[str, str], models: Models | None = None) -> FileStore:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return FileStore(root, [root / name for name in files], None, 1, models, Parsing())


def test_a_file_is_read_once_as_what_it_is(tmp_path: Path) -> None:
    files = store(
        tmp_path,
        {
            "pkg/__init__.py": "x = 1\n",
            "pkg/sub/mod.py": "x = 1\n",
            "a.env": "A=1\n",
            "n.ipynb": cells("x = 1"),
            "t.txt": "text",
        },
    )
    found = {name: files.load(name) for name in sorted(files.sources.paths)}
    assert [(name, file.kind, file.module) for name, file in found.items()] == [
        ("a.env", "dotenv", ""),
        ("n.ipynb", "notebook", ""),
        ("pkg/__init__.py", "python", "pkg"),
        ("pkg/sub/mod.py", "python", "pkg.sub.mod"),
        ("t.txt", "text", ""),
    ]
    assert all(files.load(name) is file for name, file in found.items())
    assert [row.name for row in found["n.ipynb"].model.bindings] == ["x"]
    assert [row.name for row in found["a.env"].model.definitions] == ["A"]


def test_files_of_one_content_share_what_was_parsed(tmp_path: Path) -> None:
    models: Models = {}
    files = store(
        tmp_path,
        {"a.py": "x = 1\n", "b.py": "x = 1\n", "c.py": "x = 2\n", "n.ipynb": cells("y = 1")},
        models,
    )
    one, same, other = (files.load(name) for name in ("a.py", "b.py", "c.py"))
    assert one.model is same.model
    assert one.model is not other.model
    first = files.load("n.ipynb")
    again = store(tmp_path, {"n.ipynb": cells("y = 1")}, models).load("n.ipynb")
    assert again.model is first.model
    assert again.text == first.text == "y = 1\n"
    assert sorted(kind for kind, _ in models) == ["notebook", "python", "python"]


def test_a_file_that_is_broken_is_broken_for_all_who_ask(tmp_path: Path) -> None:
    files = store(tmp_path, {"a.py": BROKEN})
    with pytest.raises(UnreadableFileError) as first:
        files.load("a.py")
    with pytest.raises(UnreadableFileError) as second:
        files.load("a.py")
    assert first.value is second.value
    assert files.try_load("a.py") is None
    text = files.as_text(tmp_path / "a.py")
    assert text is not None
    assert (text.kind, text.text, text.relative) == ("text", BROKEN, "a.py")
    assert text.model.definitions == ()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    files = store(tmp_path, {"a.py": "x = 1\n"})
    (tmp_path / "a.py").unlink()
    assert files.try_content("a.py") is None
    assert files.try_load("a.py") is None
    assert files.is_too_large("a.py")
    assert files.as_text(tmp_path / "a.py") is None


@pytest.mark.parametrize(
    ("name", "start", "largest"),
    [("a.py", "x = 1\n#", 100), ("n.ipynb", cells("x = 1"), 1000)],
)
def test_what_is_too_large_is_read_for_itself_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, start: str, largest: int
) -> None:
    monkeypatch.setattr(file_store, "REPARSED_BYTES", 100)
    monkeypatch.setattr(file_store, "REPARSED_BYTES_OF_NOTEBOOK", 1000)
    fits = store(tmp_path / "fits", {name: start.ljust(largest)})
    assert not fits.is_too_large(name)
    assert fits.try_load(name) is fits.load(name)
    exceeds = store(tmp_path / "exceeds", {name: start.ljust(largest + 1)})
    assert exceeds.is_too_large(name)
    assert exceeds.try_load(name) is None
    assert exceeds.load(name).relative == name


def test_data_that_a_machine_wrote_is_mere_text(tmp_path: Path) -> None:
    start = "A=1\n# "
    files = store(
        tmp_path,
        {"a.env": start.ljust(LARGEST_TEXT), "b.env": start.ljust(LARGEST_TEXT + 1)},
    )
    assert [files.load(name).kind for name in ("a.env", "b.env")] == ["dotenv", "text"]
    assert files.load("b.env").model.definitions == ()


def test_nothing_is_parsed_ahead_by_one_process(tmp_path: Path) -> None:
    files = store(tmp_path, {"a.py": "x = 1\n", "b.py": "y = 1\n"})
    files.load("a.py")
    assert files.begin_parsing(["a.py", "b.py"]) == ["b.py"]


def test_cells_arrive_as_they_were_sent() -> None:
    raw = cells("%pip install x\nimport a\n", "%%bash\nls\n", "print(a)\n", BROKEN)
    sent = notebook_of(raw)
    got = decoded(encoded(sent), raw)
    assert (got.text, got.code, got.magics, got.faults) == (
        sent.text,
        sent.code,
        sent.magics,
        sent.faults,
    )
    assert (got.places.segments, got.places.cells) == (sent.places.segments, sent.places.cells)
    for line in range(1, got.text.count("\n") + 1):
        assert got.places.cell_start(line) == sent.places.cell_start(line)


def test_an_import_is_put_in_below_the_magics_of_its_cell(tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    path.write_text(
        cells("x = 1\n", "%%time\n%matplotlib inline\ny = 1\nz = 2\n", "w = 1"),
        encoding="utf-8",
    )
    file = Project(tmp_path, Settings(), [path]).try_load("n.ipynb")
    assert file is not None
    lines = {text: number for number, text in enumerate(file.text.split("\n"), start=1) if text}
    for asked, first in (
        ("x = 1", "x = 1"),
        ("z = 2", "y = 1"),
        ("y = 1", "y = 1"),
        ("w = 1", "w = 1"),
    ):
        line = lines[asked]
        found = imported(file, "os", Span(line, 1, line, 1))
        assert found is not None
        assert found.edit is not None
        assert (found.edit.span.line, found.edit.content) == (lines[first], "import os\n")
