"""Files are parsed by other processes as they are by this one, and where these fail the reason is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lint_langsmith.analysis.ir.lower import lower
from lint_langsmith.analysis.project.import_graph import Row
from lint_langsmith.analysis.project.parser_pool import Parsed, Parsing
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.config.settings import DEFAULTS
from lint_langsmith.findings import Span
from lint_langsmith.source.kinds import Kind
from lint_langsmith.source.text import UnreadableFileError

TEXT = "from langsmith import Client\n\nclient = Client()\nprint('\N{SNOWMAN}', client)\n"


@pytest.fixture
def parsing() -> Iterator[Parsing]:
    made = Parsing(2)
    made.get_ready(2)
    yield made
    made.end()


def test_a_file_that_was_begun_is_there(parsing: Parsing, tmp_path: Path) -> None:
    path = tmp_path / "one.py"
    path.write_text(TEXT, encoding="utf-8")
    parsing.begin({str(path): 100})
    assert parsing.begun(str(path)) == Parsed(lower(TEXT))
    assert parsing.begun(str(path)) is None


def test_so_is_any_text(parsing: Parsing) -> None:
    assert parsing.parsed(TEXT) == Parsed(lower(TEXT))
    large = "value = 1\n" * 20_000
    assert parsing.parsed(large) == Parsed(lower(large))


def test_what_is_no_python_is_refused_with_its_place(parsing: Parsing, tmp_path: Path) -> None:
    path = tmp_path / "broken.py"
    path.write_text("def f(:\n", encoding="utf-8")
    parsing.begin({str(path): 100, str(tmp_path / "missing.py"): 100})
    assert parsing.begun(str(path)) is None
    assert parsing.begun(str(tmp_path / "missing.py")) is None
    with pytest.raises(UnreadableFileError, match="is not valid Python") as caught:
        parsing.parsed("def f(:\n")
    assert caught.value.span.line == 1


def test_after_the_end_nobody_else_parses(parsing: Parsing, tmp_path: Path) -> None:
    parsing.end()
    path = tmp_path / "one.py"
    path.write_text(TEXT, encoding="utf-8")
    parsing.begin({str(path): 100})
    assert parsing.begun(str(path)) is None
    assert parsing.parsed(TEXT) == Parsed(lower(TEXT))


CELL = '{"cell_type": "code", "source": ["%%env LANGSMITH_TRACING=true\\n", "print(\'\\u2603\', \\"a\\")\\n"]}'
BROKEN = '{"cell_type": "code", "source": ["!ls \\n", "print(\\n"]}'


@pytest.mark.parametrize(
    "kind", ["notebook", "dotenv", "json", "compose", "yaml", "shell", "markdown"]
)
def test_other_readers_work_there_as_well(parsing: Parsing, tmp_path: Path, kind: Kind) -> None:
    """What another process says of a file is what this one says: of a notebook also what stands where."""
    texts: dict[Kind, str] = {
        "notebook": f'{{"cells": [{CELL}, {CELL}]}}',
        "dotenv": "LANGSMITH_API_KEY=\nLANGSMITH_TRACING=true\n",
        "json": '{"env": {"LANGSMITH_TRACING": "true"}}',
        "compose": "services:\n  a:\n    environment:\n      LANGSMITH_TRACING: true\n",
    }
    text = texts.get(kind, "LANGSMITH_TRACING: 'true'\n")
    path = tmp_path / "file"
    path.write_text(text, encoding="utf-8")
    parsing.begin({str(path): 100}, {str(path): kind})
    found, expected = parsing.begun(str(path), text), Parsing().parsed(text, kind)
    assert found is not None
    assert found.model == expected.model
    assert (found.notebook is None) is (kind != "notebook")
    if found.notebook is not None and expected.notebook is not None:
        assert found.notebook._replace(places=None) == expected.notebook._replace(places=None)  # type: ignore[arg-type]
        assert found.notebook.magics
        assert vars(found.notebook.places).keys() == vars(expected.notebook.places).keys()
        line = Span(2, 1, 2, 6)
        assert found.notebook.places.span(line) == expected.notebook.places.span(line)


def test_a_notebook_that_cannot_be_read_is_told_here(parsing: Parsing, tmp_path: Path) -> None:
    path, text = tmp_path / "broken.ipynb", f'{{"cells": [{BROKEN}]}}'
    path.write_text(text, encoding="utf-8")
    parsing.begin({str(path): 100}, {str(path): "notebook"})
    here = Parsing().parsed(text, "notebook") if _is_read(text) else None
    found = parsing.begun(str(path), text)
    assert (found is None) is (here is None)


def _is_read(text: str) -> bool:
    try:
        Parsing().parsed(text, "notebook")
    except UnreadableFileError:
        return False
    return True


class _Remembering:
    """An earlier run that knows of every file that it has to do with LangSmith."""

    def row(self, _name: str, _path: str) -> Row:
        return Row(relevant=True, imports=b"")

    def model(self, _content: bytes, _kind: str) -> None:
        return None


def test_a_file_that_can_no_longer_be_read_stops_nothing(tmp_path: Path) -> None:
    there = tmp_path / "there.py"
    there.write_text(TEXT, encoding="utf-8")
    parsing, gone = Parsing(2), tmp_path / "gone.py"
    memory: Any = _Remembering()
    try:
        Project(tmp_path, DEFAULTS, [gone, there], memory, 2, parsing=parsing).look_at(
            [gone, there]
        )
        assert parsing.begun(str(there)) == Parsed(lower(TEXT))
        assert not parsing.has_begun(str(gone))
    finally:
        parsing.end()
