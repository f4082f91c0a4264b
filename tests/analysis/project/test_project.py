"""A project: which files it has, which of them matter, and which file a module is."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec
import pytest

from lint_langsmith.analysis.project import file_store, parser_pool, word_search
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.project.file_store import FileStore
from lint_langsmith.analysis.project.installs import version_in
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.analysis.project.version import project_version
from lint_langsmith.analysis.project.words import USUAL
from lint_langsmith.config.settings import Settings
from lint_langsmith.source import kinds
from lint_langsmith.source.kinds import Kind
from lint_langsmith.source.literals import IS_FAST
from lint_langsmith.source.magics import Magic
from lint_langsmith.source.text import UnreadableFileError

Make = Callable[..., Project]
CLIENT = "from langsmith import Client\nclient = Client()\n"


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def of(files: Mapping[str, str], **settings: object) -> Project:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return Project(tmp_path, Settings(**settings), [tmp_path / name for name in files])  # type: ignore[arg-type]

    return of


def loaded(project: Project, name: str) -> File:
    file = project.try_load(name)
    assert file is not None
    return file


def test_which_files_matter(make: Make) -> None:
    project = make(
        {
            "a.py": CLIENT,
            "b.py": "import os\n",
            ".env": "LANGSMITH_API_KEY=\n",
            "c.md": "nothing\n",
            "uv.lock": "langsmith\n",
            "n.ipynb": "{}",
        }
    )
    assert project.relevant == ("a.py",)
    assert project.relevant_others == (".env",)  # a lock file is written by a machine
    assert sorted(project.python_names) == ["a.py", "b.py", "n.ipynb"]
    assert sorted(project.other_names) == [".env", "c.md", "uv.lock"]
    root = project.root
    assert project.names_langsmith(root / "a.py")
    assert not project.names_langsmith(root / "b.py")
    assert project.takes(root / "b.py")
    assert project.takes(root / ".env")
    assert not project.takes(root / "c.md")
    assert project.is_file("c.md")
    assert not project.is_file("d.md")
    assert project.mentioning("import", "os") == ["b.py"]
    assert project.mentions("b.py", "os")
    assert not project.mentions("b.py", "o")
    assert not project.mentions("b.py", "\ud800")
    (root / "b.py").unlink()
    assert not Project(root, Settings(), [root / "b.py"]).mentions("b.py", "os")


def test_a_file_that_is_named_is_taken_though_no_walk_finds_it(make: Make) -> None:
    project = make({"a.py": CLIENT})
    for name, text in {"script": "#!/usr/bin/env python3\n", "plain": "langsmith\n"}.items():
        (project.root / name).write_text(text)
    assert project.takes(project.root / "script")
    assert "script" in project.python_names
    assert project.takes(project.root / "plain")
    assert "plain" not in project.python_names


def test_files_are_looked_at_and_parsed_together(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make({"a.py": CLIENT, "b.py": "x = 1\n", ".env": "LANGSMITH_API_KEY=\n"})
    begun: list[list[str]] = []
    ready: list[int] = []

    def begin(_: FileStore, names: Iterable[str]) -> list[str]:
        begun.append(list(names))
        return []

    monkeypatch.setattr(FileStore, "begin_parsing", begin)
    monkeypatch.setattr(FileStore, "get_ready", lambda _, count: ready.append(count))
    project.look_at([project.root / ".env"])
    assert begun == [["a.py", ".env"]]
    assert ready == [3]
    project.look_at([project.root / "a.py"])
    assert begun == [["a.py", ".env"], ["a.py"]]
    assert ready == [3]
    other = make({"b.py": "x = 1\n", "c.md": "nothing\n"})
    other.look_at([other.root / "c.md"])
    assert len(begun) == 2


def test_what_cannot_be_read_is_told_to_who_asks_for_it(make: Make) -> None:
    project = make({"a.py": "x = (\n", "b.py": "x = 1\n", "gone.py": ""})
    (project.root / "gone.py").unlink()
    for _ in range(2):
        with pytest.raises(UnreadableFileError):
            project.load(project.root / "a.py")
        assert project.try_load("a.py") is None
    project.load_together(["a.py", "b.py"])
    assert project.as_text(project.root / "a.py") is not None
    assert project.as_text(project.root / "gone.py") is None
    assert loaded(project, "b.py") is project.load(project.root / "b.py")


@pytest.mark.parametrize(
    ("name", "limit"),
    [("a.py", "REPARSED_BYTES"), ("n.ipynb", "REPARSED_BYTES_OF_NOTEBOOK")],
)
def test_what_a_machine_wrote_is_not_loaded_for_the_sake_of_others(
    make: Make, monkeypatch: pytest.MonkeyPatch, name: str, limit: str
) -> None:
    notebook = '{"cells": [], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}'
    text = notebook if name == "n.ipynb" else "x = 1\n"
    project = make({name: text})
    monkeypatch.setattr(file_store, limit, len(text))
    assert project.try_load(name) is not None
    monkeypatch.setattr(file_store, limit, len(text) - 1)
    assert project.try_load(name) is None
    assert project.load(project.root / name) is not None


def test_large_data_is_mere_text(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "LANGSMITH_PROJECT=a\n"
    project = make({"a.env": text, "b.env": text + "X=1\n", "c.py": CLIENT * 10})
    monkeypatch.setattr(kinds, "LARGEST_TEXT", len(text))
    assert loaded(project, "a.env").kind == "dotenv"
    assert loaded(project, "b.env").kind == "text"
    assert loaded(project, "c.py").kind == "python"


@pytest.mark.parametrize(
    ("dotted", "importer", "path"),
    [
        ("a", "main.py", "a.py"),
        ("pkg", "main.py", "pkg/__init__.py"),
        ("pkg.b", "main.py", "pkg/b.py"),
        ("stub", "main.py", "stub.pyi"),
        ("both", "main.py", "both/__init__.py"),  # which hides the module beside it
        ("c", "main.py", "src/c.py"),
        ("d", "main.py", "lib/d.py"),
        ("e", "main.py", None),  # beside a script of another folder
        ("e", "tools/run.py", "tools/e.py"),
        ("e", "tools/deep/run.py", "tools/e.py"),
        ("b", "pkg/b2.py", None),  # within a package nothing is imported from beside
        ("main", "main.py", None),  # a file is not what it imports
        ("langsmith", "tools/run.py", None),  # the SDK is not what lies beside a script
        ("gone", "main.py", None),
        ("", "main.py", None),
    ],
)
def test_modules_are_found_where_python_would_look(
    make: Make, dotted: str, importer: str, path: str | None
) -> None:
    names = ("main", "a", "pkg/__init__", "pkg/b", "pkg/b2", "src/c", "lib/d", "tools/e")
    more = ("both", "both/__init__")
    files = {f"{name}.py": "x = 1\n" for name in (*names, *more, "tools/run", "tools/deep/run")}
    project = make({**files, "stub.pyi": "", "tools/langsmith.py": ""}, src=("./lib/",))
    asking = loaded(project, importer)
    assert project.module_path(dotted, asking) == path
    found = project.find_module(dotted, asking)
    assert (found.relative if found is not None else None) == path
    assert project.find_module(dotted, asking, within=()) is None
    if path is not None:
        assert project.find_module(dotted, asking, within=[path]) is found


def test_a_package_of_the_project_may_be_generated(make: Make) -> None:
    project = make(
        {"pkg/__init__.py": "", "src/own/a.py": "", "langsmith.py": "", "main.py": ""}
    )
    assert project.is_own_package("pkg.generated_pb2")
    assert project.is_own_package("own.b")
    assert not project.is_own_package("requests")
    assert project.is_own_package("langsmith.client")
    assert project.is_own_package("langsmith", loaded(project, "main.py"))
    assert not project.is_own_package("langsmith", loaded(project, "langsmith.py"))
    assert not make({"langsmith_tools/a.py": ""}).is_own_package("langsmith")


def test_fixtures_are_those_of_the_conftests_above(make: Make) -> None:
    names = (
        "conftest.py",
        "a/conftest.py",
        "a/b/test_x.py",
        "c/conftest.py",
        "a/b/d/conftest.py",
    )
    project = make(dict.fromkeys(names, "x = 1\n"))
    found = [file.relative for file in project.fixture_files(loaded(project, "a/b/test_x.py"))]
    assert found == ["a/b/test_x.py", "a/conftest.py", "conftest.py"]
    found = [file.relative for file in project.fixture_files(loaded(project, "a/conftest.py"))]
    assert found == ["a/conftest.py", "conftest.py"]


def test_settings_share_what_was_read(make: Make) -> None:
    project = make({"a.py": CLIENT})
    assert project.with_settings(Settings()) is project
    other = project.with_settings(Settings(langsmith_version="0.1.50"))
    assert other is not project
    assert other.files is project.files
    assert other.version.spoken != project.version.spoken
    assert other.load(project.root / "a.py") is project.load(project.root / "a.py")


def test_what_installs_a_release_for_itself_runs_with_that(make: Make) -> None:
    sources = ("%pip install langsmith==0.1.50", "import langsmith")
    common = {"cell_type": "code", "outputs": [], "metadata": {}, "execution_count": 1}
    cells = [{**common, "source": source} for source in sources]
    text = json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}})
    project = make({"n.ipynb": text, "plain.py": CLIENT})
    notebook, plain = loaded(project, "n.ipynb"), loaded(project, "plain.py")
    inside = project.as_in(notebook)
    assert inside is not project
    assert inside is project.as_in(notebook)
    assert "0.1.50" in str(inside.version.admitted)
    assert inside.load(project.root / "n.ipynb") is notebook
    assert project.as_in(plain) is project
    chosen = project.with_settings(Settings(langsmith_version="0.2.0"))
    assert chosen.as_in(notebook) is chosen


INSTALLS = [
    ("%pip install langsmith==0.1.50", "0.1.50"),
    ("!pip install -q 'langsmith==0.1.50'", "0.1.50"),
    ("!pip3.11 install requests && pip install langsmith==0.1.50", "0.1.50"),
    ("%pip install requests", None),
    ("%pip uninstall langsmith==0.1.50", None),
    ("%pip install langsmith", None),
    ("%pip install -U langsmith", "newest"),
    ("!pip install --upgrade langsmith", "newest"),
    ("!echo pip install langsmith==0.1.50", "0.1.50"),
    ("!install langsmith==0.1.50", None),
    ("!pip install 'langsmith==0.1.50", None),
    ("%pip install langsmith==no.version", None),
    ("%pip install langsmith>=0.1,<0.4", None),
    ("%pip install 'langsmith>=0.1,<0.2'", "<0.2"),
    ("%uv pip install langsmith==0.1.50", "0.1.50"),
    ("%time langsmith install langsmith==0.1.50", None),
    ("%%bash\npip install \\\n langsmith==0.1.50", "0.1.50"),
]


@pytest.mark.parametrize(("source", "version"), INSTALLS)
def test_which_release_a_magic_installs(source: str, version: str | None) -> None:
    name, _, argument = source.partition(" ") if source[0] == "%" else ("!", "", source[1:])
    if source.startswith("%%"):
        name, _, argument = source.partition("\n")
    of_project = project_version("0.3.0", Path(), (), lambda _: None)
    magic = Magic(name, 1, 0, argument)
    found = version_in([magic], of_project)
    if version is None:
        assert found == of_project
    elif version == "newest":
        assert found.admitted is None
        assert found.is_chosen
    else:
        assert version in str(found.admitted)


# -- what parses -------------------------------------------------------------------------------------------------------

CELLS = {
    "cells": [
        {"cell_type": "code", "source": "%env LANGSMITH_PROJECT=a\nf(1)", "metadata": {}},
        {"cell_type": "markdown", "source": "text", "metadata": {}},
    ],
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {},
}


@pytest.mark.parametrize(
    ("kind", "text"),
    [("python", "f(1)\n"), ("notebook", json.dumps(CELLS)), ("dotenv", "A_KEY=1\n")],
)
def test_other_processes_parse_as_this_one_does(tmp_path: Path, kind: Kind, text: str) -> None:
    path = tmp_path / "file"
    path.write_text(text)
    here = parser_pool.Parsing().parsed(text, kind)
    for task in (
        parser_pool._Task(kind, os.fsencode(path)),
        parser_pool._Task(kind, b"", text.encode()),
    ):
        answer = parser_pool._parse(msgspec.msgpack.encode(task))
        there = parser_pool._decoded(answer, text)
        assert there is not None
        assert there.model == here.model
        if kind == "notebook":
            assert there.notebook is not None
            assert here.notebook is not None
            assert there.notebook.code == here.notebook.code
            assert there.notebook.text == here.notebook.text
            assert there.notebook.magics == here.notebook.magics
            assert [row.name for row in there.model.definitions] == ["LANGSMITH_PROJECT"]
            offset = here.notebook.text.index("f(1)")
            assert there.notebook.places.segments == here.notebook.places.segments
            assert here.notebook.text[offset:].startswith("f(1)")


def test_what_cannot_be_parsed_elsewhere_is_left_to_who_asks() -> None:
    task = parser_pool._Task("python", b"/nowhere/at/all.py")
    assert parser_pool._parse(msgspec.msgpack.encode(task)) == b""
    assert parser_pool._decoded(b"", "") is None


class _Pool:
    """A pool that notes what it is asked."""

    made: list[int]
    asked: list[str]

    def __init__(self, work: object, jobs: int, ready: object) -> None:
        assert work is parser_pool._parse
        assert callable(ready)
        self.made.append(jobs)

    def ask(self, chunk: bytes) -> int:
        task = msgspec.msgpack.decode(chunk, type=parser_pool._Task)
        self.asked.append(os.fsdecode(task.path) or task.text.decode())
        return len(self.asked)

    def answer(self, number: int, waiting: object = None) -> bytes:
        assert waiting is None or callable(waiting)
        return parser_pool._parse(
            msgspec.msgpack.encode(parser_pool._Task("python", b"", b"answer(%d)" % number))
        )

    def shut_down(self) -> None:
        self.asked.append("shut down")


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> type[_Pool]:
    _Pool.made, _Pool.asked = [], []
    monkeypatch.setattr(parser_pool, "WorkerPool", _Pool)
    monkeypatch.setattr(parser_pool, "can_be_helped", lambda: True)
    monkeypatch.setattr(parser_pool, "FORKS", True)
    return _Pool


def test_many_files_are_parsed_by_a_pool_the_largest_first(pool: type[_Pool]) -> None:
    parsing = parser_pool.Parsing(4)
    parsing.begin({"a.py": 10, "b.py": 60_000, "c.py": 20})
    assert pool.made == [3]
    assert pool.asked == ["b.py", "c.py", "a.py"]
    assert parsing.has_begun("a.py")
    found = parsing.begun("a.py")
    assert found is not None
    assert len(found.model.calls) == 1
    assert not parsing.has_begun("a.py")
    assert parsing.begun("a.py") is None
    assert parsing.begun("d.py") is None
    parsing.parsed("text()")
    assert pool.asked[-1] == "text()"
    parsing.parsed("A=1", "dotenv")  # of which this process has the reader
    assert pool.asked[-1] == "text()"
    parsing.end()
    assert pool.asked[-1] == "shut down"
    parsing.begin({"a.py": 100_000})
    assert len(pool.made) == 1


@pytest.mark.parametrize(
    ("jobs", "sizes", "kinds", "made"),
    [
        (1, {"a.py": 100_000}, None, []),
        (4, {}, None, []),
        (4, {"a.py": 10, "b.py": 10}, None, [1]),
        (4, {"a.env": 10}, {"a.env": "dotenv"}, []),
        (4, {"a.env": 100_000}, {"a.env": "dotenv"}, [1]),
        (2, {f"{number}.py": 60_000 for number in range(5)}, None, [2]),
    ],
)
def test_how_many_processes_parse(
    pool: type[_Pool],
    jobs: int,
    sizes: dict[str, int],
    kinds: dict[str, Kind] | None,
    made: list[int],
) -> None:
    parsing = parser_pool.Parsing(jobs)
    parsing.begin(sizes, kinds)
    assert pool.made == made
    ready = parser_pool.Parsing(jobs)
    ready.get_ready(2)
    assert len(pool.made) - len(made) == (1 if jobs > 1 else 0)


# -- words -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_fast", [True, False])
@pytest.mark.parametrize(
    "words",
    [("environ", "os.environ", "x"), USUAL, ("abcdef", "abcxyz", "abcabc", "zabc", "q")],
)
def test_words_have_their_bits(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], is_fast: bool
) -> None:
    monkeypatch.setattr(word_search, "IS_FAST", is_fast and IS_FAST)
    for content in ("", "x", "os.environ", *words, " ".join(words), "abc", "ab c"):
        bits = word_search.marks_of(content.encode(), words)
        found = {word for number, word in enumerate(words) if bits >> number & 1}
        assert found == {word for word in words if word in content}, content


def test_a_stem_stands_for_what_has_it_in_common() -> None:
    words = [b"abcdef", b"xabcde", b"abcdeg", b"habcde", b"other"]
    assert word_search._stems(words) == [b"abcde"]
    assert word_search._stems(words[1:]) == []  # too few
    assert word_search._stems([b"abc", b"abcx", b"xabc", b"xxabc"]) == []  # a word itself
    assert word_search._parts(b"abcd") == {b"abc", b"bcd", b"abcd"}
