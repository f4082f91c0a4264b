"""What a project tells of its files from their bytes: import lines, words, releases, and what is remembered."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import pytest

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project import notebook_transfer, parser_pool
from lint_langsmith.analysis.project.byte_gate import (
    any_in_code,
    is_relevant,
    is_relevant_text,
    look_at,
)
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.project.import_edits import imported
from lint_langsmith.analysis.project.import_graph import Imports, Row, survey
from lint_langsmith.analysis.project.name_reads import Subclasses, may_read
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.analysis.project.words import USUAL
from lint_langsmith.config.settings import Settings
from lint_langsmith.findings import Span
from lint_langsmith.source.kinds import Kind
from lint_langsmith.source.notebook import read_notebook
from lint_langsmith.source.text import UnreadableFileError

Make = Callable[..., Project]
CLIENT = "from langsmith import Client\nclient = Client()\n"


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def of(files: Mapping[str, str | bytes], **settings: object) -> Project:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return Project(tmp_path, Settings(**settings), [tmp_path / name for name in files])  # type: ignore[arg-type]

    return of


def cells(*sources: str) -> str:
    rows = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": source}
        for source in sources
    ]
    notebook = {"cells": rows, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return msgspec.json.encode(notebook).decode()


# -- import lines ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("import a\nfrom b import c\nx = 1\n", "import a\nfrom b import c"),
        ("import a", "import a"),
        ("x\nfrom b import c", "from b import c"),
        ("import a  # why\n", "import a  "),
        ("if x:\n    import a\n", "    import a"),
        ("# import a\nx = 'import a'\nimportant = 1\n", ""),
        ("important = 1; import_ = 2\n", ""),
        ("from a import import_x, b\n", "from a import import_x, b"),
        ("reimport a\n", ""),
    ],
)
def test_import_lines(text: str, lines: str) -> None:
    assert survey(text.encode(), "python", "x.py").imports.decode() == lines


def test_a_notebook_imports_by_its_lines_and_runs_files() -> None:
    text = '{"cells": [{"source": [\n "import a\\n",\n "%run tools/b.py\\n"]}]}\n'
    row = survey(text.encode(), "notebook", "n.ipynb")
    assert b'"import a' in row.imports
    assert b"import tools.b" in row.imports
    assert not survey(b"import a\n", "markdown", "a.md").imports


@pytest.mark.parametrize(
    ("content", "kind", "name", "relevant"),
    [
        (b"import langsmith\n", "python", "x.py", True),
        (b"import os\n", "python", "x.py", False),
        (b"x = 1\n", "python", "langsmith.py", True),
        (b"", "python", "a/langsmith/__init__.py", True),
        (b"", "python", "my_langsmith.py", False),
        (b"LANGSMITH_API_KEY=\n", "dotenv", ".env", True),
        (b"KEY=\n", "dotenv", ".env", False),
    ],
)
def test_files_that_matter(content: bytes, kind: Kind, name: str, relevant: bool) -> None:
    assert survey(content, kind, name).relevant is relevant


def test_usual_words_are_bits() -> None:
    words = survey(" ".join(USUAL[:3]).encode(), "python", "x.py").words
    assert [bool(words & 1 << number) for number in range(4)] == [True, True, True, False]


@pytest.mark.parametrize(
    ("importer", "line", "found"),
    [
        ("a.py", "import lib.work", True),
        ("a.py", "import lib.work as w, os", True),
        ("a.py", "import os, lib.work", True),
        ("a.py", "import lib", True),
        ("a.py", "import lib.work.more", False),
        ("a.py", "from lib import work", True),
        ("a.py", "from lib import other", True),
        ("a.py", "from lib import other, work as w", True),
        ("a.py", "from lib.work import x", True),
        ("a.py", "from lib import *", True),
        ("a.py", "from .lib import work", True),
        ("lib/a.py", "from . import work", True),
        ("lib/a.py", "from .work import x", True),
        ("lib/a.py", "from .. import work", False),
        ("lib/deep/a.py", "from .. import work", True),
        ("lib/deep/a.py", "from ..work import x", True),
        ("lib/deep/a.py", "from . import work", False),
        ("other/a.py", "from ..lib import work", True),
        ("a.py", "import work", False),
        ("lib/a.py", "import work", True),
        ("a.py", "from library import work", False),
        ("a.py", "importlib.work", False),
    ],
)
def test_importers_of_a_module(importer: str, line: str, found: bool) -> None:
    rows = {
        importer: Row(relevant=False, imports=line.encode()),
        "lib/work.py": Row(False, b""),
    }
    assert (importer in Imports(rows, ("",)).importers("lib/work.py")) is found


# -- bytes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-8"])
def test_code_in_a_wide_encoding_is_looked_at_as_text(encoding: str) -> None:
    key = "LANGSMITH_" + "API_KEY"
    assert is_relevant(look_at(f"x = os.environ['{key}']".encode(encoding))) is True
    if encoding != "utf-16":
        assert not is_relevant(look_at("x = 1".encode(encoding)))


def test_text_that_holds_what_keys_begin_with_matters() -> None:
    assert is_relevant_text(look_at(b"token ls__")) is True
    assert is_relevant_text(look_at(b"token")) is False


@pytest.mark.parametrize(
    ("text", "matters"),
    [(rb"l\u0073v2\u005f", True), (b"2;&#x5F;", True), (rb"a\u005fb", False), (b"a_b", False)],
)
def test_text_with_the_escaped_version_of_a_key_matters(text: bytes, *, matters: bool) -> None:
    assert is_relevant_text(look_at(text)) is matters


@pytest.mark.parametrize(
    ("text", "in_code"),
    [
        ("X", True),
        ("# X", False),
        ("y  # X", False),
        ("'#' X", True),
        ('"""\nX\n"""', False),
        ("'''\nX\n'''", False),
        ('"""a"""\nX', True),
        ("'''a'''\nX", True),
        ('"""a\nb"""\nX\n"""c"""', True),
        ('def f():\n    """X"""\n    return 1', False),
        ('def f():\n    """a"""\n    return X', True),
        ("class A:\n    '''X'''", False),
        ('try:\n    """X"""\nexcept A:\n    """X"""\nfinally:\n    """X"""', False),
        ("if a:\n    pass\nelse:\n    X", True),
        ("x = '''\nX\n'''", True),
        ("'''\n# X\n'''", False),
        ("# X\nX", True),
    ],
)
def test_what_stands_in_code(text: str, in_code: bool) -> None:
    content = text.encode()
    offsets = [place for place in range(len(content)) if content[place : place + 1] == b"X"]
    assert any_in_code(content, offsets) is in_code


def test_no_warning_of_the_linted_code_is_told() -> None:
    text = b"class A(Base): ...\n'''X\\d'''\nx = '\\d'\n"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Subclasses(lambda: text).of("Base") == frozenset({"A"})
        assert not may_read(b'"""\nrun\\d\n"""\nx = "\\d"\n', "run")


def test_words_are_whole(make: Make) -> None:
    project = make({"a.py": "run()\nrerun()\n", "b.py": "rerun()\n", "c.txt": "run\n"})
    assert [project.mentions(name, "run") for name in ("a.py", "b.py", "c.txt")] == [
        True,
        False,
        True,
    ]
    assert not project.mentions("a.py", "\ud800")
    assert project.may_read("a.py", "run")
    assert not project.may_read("b.py", "run")
    assert project.may_read("c.txt", "run")  # of what is no Python nothing more is known
    assert project.mentioning("run", "rerun") == ["a.py", "b.py"]


def test_classes_are_told_of_python_alone(make: Make) -> None:
    project = make({"a.py": "class A(Base): ...\n", "n.ipynb": cells("class A(Base): ...")})
    assert project.derived("a.py", "Base") == frozenset({"A"})
    assert project.derived("a.py", "Other") == frozenset()
    assert project.derived("n.ipynb", "Base") is None


# -- releases --------------------------------------------------------------------------------------------------------


def test_releases_of_packages(make: Make) -> None:
    project = make({"requirements.txt": "langsmith==0.3.1\nlanggraph-sdk>=0.1,<0.2\n"})
    assert project.version_for("langsmith.Client") is project.version
    assert project.version_for("langgraph_sdk.get_client") is project.version_of(
        "langgraph-sdk"
    )
    assert project.version_of("langgraph-sdk") is project.version_of("langgraph-sdk")
    exact = project.release_for("langsmith.Client")
    assert "0.3.1" in exact
    assert "installs" not in exact
    assert ", which installs 0.1." in project.release_for("langgraph_sdk.get_client")


# -- what is remembered ----------------------------------------------------------------------------------------------


def test_the_same_settings_are_the_same_project(make: Make) -> None:
    project = make({"a.py": CLIENT})
    assert project.with_settings(Settings()) is project
    other = project.with_settings(Settings(src=("lib",)))
    assert other is not project
    assert other.try_load("a.py") is project.try_load("a.py")


def test_a_model_is_made_once_for_the_same_bytes(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[str] = []
    plain = parser_pool.Parsing.parsed

    def counted(self: parser_pool.Parsing, text: str, kind: Kind) -> parser_pool.Parsed:
        parsed.append(text)
        return plain(self, text, kind)

    monkeypatch.setattr(parser_pool.Parsing, "parsed", counted)
    notebook = cells("x = 1")
    files = {"a.py": CLIENT, "b.py": CLIENT, "n.ipynb": notebook, "m.ipynb": notebook}
    project = make({**files, "broken.py": "x ="})
    loaded = [project.try_load(name) for name in files]
    assert [file.text if file is not None else None for file in loaded] == [
        CLIENT,
        CLIENT,
        "x = 1\n",
        "x = 1\n",
    ]
    assert loaded[0] is project.try_load("a.py")
    assert parsed == [CLIENT, notebook]
    for _ in range(2):
        with pytest.raises(UnreadableFileError):
            project.load(project.root / "broken.py")
    assert parsed == [CLIENT, notebook, "x ="]


def test_files_that_are_loaded_together_are_loaded(make: Make) -> None:
    project = make({"a.py": CLIENT, "b.py": "import os\n", "broken.py": "x ="})
    project.load_together(["a.py", "broken.py"])
    assert set(project.files._files) == {"a.py", "broken.py"}
    found = project.try_load_together(["a.py", "b.py", "broken.py"])
    assert [file.relative for file in found] == ["a.py", "b.py"]


def test_a_file_as_text(make: Make) -> None:
    project = make({"a.py": "x =", "b.bin": b"\xff\xfe\x00"})
    file = project.as_text(project.root / "a.py")
    assert file is not None
    assert (file.kind, file.text, file.relative) == ("text", "x =", "a.py")


def test_comments_of_code_and_of_other_files(make: Make) -> None:
    files = {
        "a.py": "x = 1  # noqa: LS101\n",
        "b.yaml": "a: 1  # lint-langsmith: ignore[LS101]\n",
        "c.yaml": "a: 1\n",
    }
    project = make(files)
    loaded = [project.try_load(name) for name in files]
    assert [[row.line for row in file.comments] for file in loaded if file is not None] == [
        [1],
        [1],
        [],
    ]
    assert repr(loaded[0]) == "File('a.py')"


def parsed_elsewhere(path: Path, kind: Kind) -> parser_pool.Parsed | None:
    chunk = msgspec.msgpack.encode(parser_pool._Task(kind, os.fsencode(path), b""))
    return parser_pool._decoded(parser_pool._parse(chunk), path.read_text(encoding="latin-1"))


def test_another_process_decodes_a_file_as_its_kind_wants_it(tmp_path: Path) -> None:
    code = tmp_path / "a.py"
    code.write_bytes(b"# coding: latin-1\nx = '\xe9'\n")
    found = parsed_elsewhere(code, "python")
    assert found is not None
    (row,) = found.model.bindings
    assert isinstance(row.value, ir.Text)
    assert row.value.value == "\xe9"
    data = tmp_path / ".env"
    data.write_bytes(b"LANGSMITH_PROJECT=\xe9\xff\n")
    found = parsed_elsewhere(data, "dotenv")
    assert found is not None
    assert [row.name for row in found.model.definitions] == ["LANGSMITH_PROJECT"]
    assert parsed_elsewhere(data, "python") is None


# -- notebooks -------------------------------------------------------------------------------------------------------


def test_a_notebook_is_sent_whole() -> None:
    text = cells("%env A=1\nx = 1", "é = 2\n!pip install langsmith==0.3.1", "%%bash\nls")
    notebook = read_notebook(text)
    found = notebook_transfer.decoded(notebook_transfer.encoded(notebook), text)
    assert (found.text, found.code, found.magics, found.faults) == (
        notebook.text,
        notebook.code,
        notebook.magics,
        notebook.faults,
    )
    for line in range(1, notebook.text.count("\n") + 1):
        span = Span(line, 1, line, 2)
        assert found.places.span(span) == notebook.places.span(span)
        assert found.places.cell_start(line) == notebook.places.cell_start(line)


# -- edits -----------------------------------------------------------------------------------------------------------


def edit_of(make: Make, name: str, text: str, line: int, module: str = "os") -> tuple[str, int]:
    """How code on a line comes by a module: the name, and the line of the edit, 0 without one."""
    file = Analysis(make({name: text})).project.try_load(name)
    assert isinstance(file, File)
    found = imported(file, module, Span(line, 1, line, 1))
    if found is None:
        return "", 0
    if found.edit is not None:
        assert found.edit.content == f"import {module}\n"
    return found.name, found.edit.span.line if found.edit is not None else 0


@pytest.mark.parametrize(
    ("text", "line", "found"),
    [
        ("import os\nx\n", 2, ("os", 0)),
        ("import os as system\nx\n", 2, ("system", 0)),
        ("x\nimport os\n", 1, ("", 0)),
        ("import sys\nx\n", 2, ("os", 1)),
        ("'''doc'''\nimport sys\nx\n", 3, ("os", 2)),
        ("'''doc'''\nfrom __future__ import annotations\nx\n", 3, ("os", 3)),
        ("'''doc\nmore'''\nx\n", 3, ("os", 3)),
        ("x\n'''no docstring'''\n", 1, ("os", 1)),
        ("os = 1\nx\n", 2, ("", 0)),
        ("def f():\n    import os\nx\n", 3, ("", 0)),
        ("if a:\n    import os\nx\n", 3, ("", 0)),
        ("from os import path\nx\n", 2, ("os", 1)),
        ("x = 1\nimport sys, \\\n    json\ny\n", 4, ("os", 2)),
        ("import os.path\nx\n", 2, ("", 0)),
    ],
)
def test_how_a_module_is_come_by(
    make: Make, text: str, line: int, found: tuple[str, int]
) -> None:
    assert edit_of(make, "a.py", text, line) == found


def test_in_a_notebook_an_import_stands_in_its_cell_behind_magics(make: Make) -> None:
    text = cells("import sys", "%%time\n%env A=1\nx = 1\ny = 2", "z = 3")
    assert edit_of(make, "n.ipynb", text, 1) == ("os", 1)
    lines = read_notebook(text).text.split("\n")
    line = lines.index("y = 2") + 1
    assert edit_of(make, "n.ipynb", text, line) == ("os", line - 1)
    last = lines.index("z = 3") + 1
    assert edit_of(make, "n.ipynb", text, last) == ("os", last)
