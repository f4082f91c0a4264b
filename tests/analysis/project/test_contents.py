"""The files of a project as bytes: what is read, what is kept, and what an earlier run has told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest

from lint_langsmith.analysis.ir.model import FileModel
from lint_langsmith.analysis.project import contents
from lint_langsmith.analysis.project.contents import Sources
from lint_langsmith.analysis.project.import_graph import Row
from lint_langsmith.analysis.project.words import USUAL
from lint_langsmith.source.files import read
from lint_langsmith.source.text import UnreadableFileError

FILES = {
    "a.py": "import langsmith\nload_dotenv()\n",
    "b.py": "import os\nos.environ\nown_word\n",
    "pkg/__init__.py": "",
    "pkg/c.py": "x = 1\n",
    "pkg/d.pyi": "own_word: int\n",
    "pkg/deep/e.py": "from langsmith import Client\n",
    "data.yaml": "a: 1\n",
    "compose.yaml": "services:\n  a: {}\n",
    "deploy.yml": "apiVersion: v1\nkind: Pod\n",
    "script": "#!/usr/bin/env python3\nimport langsmith\n",
    "notes": "own_word and langsmith\n",
    ".env": "LANGSMITH_API_KEY=\n",
}


class Memory:
    """What earlier runs have kept, by name; `asked` is what was looked for."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.marks: dict[tuple[str, str], int] = {}
        self.models: dict[tuple[str, bytes], FileModel] = {}
        self.asked: list[str] = []

    def row(self, name: str, path: str) -> Row | None:
        assert path.endswith(name)
        self.asked.append(name)
        return self.rows.get(name)

    def keep_row(self, name: str, path: str, row: Row) -> None:
        assert path.endswith(name)
        self.rows[name] = row

    def mark(self, name: str, words: str) -> int | None:
        return self.marks.get((name, words))

    def keep_mark(self, name: str, words: str, bits: int) -> None:
        self.marks[name, words] = bits

    def model(self, content: bytes, kind: str) -> FileModel | None:
        return self.models.get((kind, content))

    def keep_model(self, name: str, content: bytes, kind: str, model: FileModel) -> None:
        assert name
        self.models[kind, content] = model


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def sources(root: Path, memory: Memory | None = None, jobs: int = 1) -> Sources:
    return Sources(root, [root / name for name in FILES], memory, jobs)


def never_read(path: object) -> bytes:
    raise AssertionError(f"{path} is read")


CODE = ["a.py", "b.py", "pkg/__init__.py", "pkg/c.py", "pkg/d.pyi", "pkg/deep/e.py"]


def test_names_are_relative_and_code_is_known_by_its_suffix(root: Path) -> None:
    found = sources(root)
    assert sorted(found.paths) == sorted(FILES)
    assert sorted(found.code) == CODE
    outside = contents.relative_name(root, root.parent / "other.py")
    assert outside == "../other.py"
    assert contents.relative_name(root, f"{root}/pkg/c.py") == "pkg/c.py"
    assert contents.is_utf8("ä.py")
    assert not contents.is_utf8("\udce4.py")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.py", "python"),
        ("pkg/d.pyi", "python"),
        ("data.yaml", "yaml"),
        ("compose.yaml", "compose"),
        ("deploy.yml", "kubernetes"),
        ("script", "python"),
        ("notes", "text"),
        (".env", "dotenv"),
    ],
)
def test_kinds_are_told_from_the_bytes_where_the_name_does_not(
    root: Path, name: str, kind: str
) -> None:
    assert sources(root).kind(name) == kind


@pytest.mark.parametrize("name", ["a.py", "compose.yaml", ".env"])
def test_a_kind_that_the_name_tells_needs_no_reading(
    root: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "read", never_read)
    sources(root).kind(name)


def test_a_file_is_read_once_while_it_is_kept(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []

    def counting(path: str) -> bytes:
        counted.append(Path(path).name)
        return read(path)

    monkeypatch.setattr(contents, "read", counting)
    sizes = [len(FILES[name]) for name in ("a.py", "b.py")]
    monkeypatch.setattr(contents, "KEPT_BYTES", sum(sizes))
    found = sources(root)
    for name in ("a.py", "b.py", "a.py", "b.py"):
        assert found.content(name) == FILES[name].encode()
    assert counted == ["a.py", "b.py"]
    found.content("pkg/c.py")  # the first goes
    found.content("b.py")
    found.content("a.py")
    assert counted == ["a.py", "b.py", "c.py", "a.py"]
    monkeypatch.setattr(contents, "KEPT_BYTES", 1)
    small = sources(root)
    small.content("b.py")
    small.content("b.py")  # one is kept, however large
    assert counted[4:] == ["b.py"]


def test_rows_of_several_files(root: Path) -> None:
    found = sources(root)
    (root / "b.py").unlink()
    assert found.unread(["b.py", "a.py"]) == ["a.py", "b.py"]
    rows = found.rows(["script", "b.py", "a.py", "notes"])
    assert {name: row.relevant for name, row in rows.items()} == {
        "a.py": True,
        "notes": True,
        "script": True,
    }
    assert found.unread(["b.py", "a.py", "pkg/c.py"]) == ["pkg/c.py"]
    with pytest.raises(UnreadableFileError):
        found.row("b.py")


def test_relevant_code_is_found_at_once_among_few_files(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sources(root).finds_relevant(["b.py", "a.py"])
    assert not sources(root).finds_relevant(["b.py", "pkg/c.py"])
    assert not sources(root).finds_relevant(["notes"])  # no code
    monkeypatch.setattr(contents, "_WORTH_SPREADING", 2)
    assert sources(root).finds_relevant(["a.py"])
    assert not sources(root).finds_relevant(["a.py", "b.py"])


def test_what_is_judged_by_other_content(root: Path) -> None:
    memory = Memory()
    found = sources(root, memory)
    assert found.holding(["own_word"]) == {"own_word": {"b.py", "pkg/d.pyi"}}
    assert found.rows(["pkg/c.py"])["pkg/c.py"].relevant is False
    before = dict(memory.rows), dict(memory.marks)
    assert found.add(root / "pkg/c.py", b"from langsmith import own_word\n") == "pkg/c.py"
    assert found.content("pkg/c.py").startswith(b"from")
    assert found.rows(["pkg/c.py"])["pkg/c.py"].relevant is True
    assert found.holding(["own_word"])["own_word"] == {"b.py", "pkg/c.py", "pkg/d.pyi"}
    assert not found.is_on_disk("pkg/c.py")
    assert found.is_on_disk("a.py")
    # An editor's text is nothing that a later run may take for the file's.
    assert (memory.rows, memory.marks) == before


def test_a_script_that_is_named_is_code_of_the_project(root: Path) -> None:
    found = sources(root)
    found.modules["x", "", ()] = None
    assert found.first_names("") == {"a", "b", "pkg"}
    assert found.add(root / "script") == "script"
    assert sorted(found.code) == sorted([*CODE, "script"])
    assert found.modules == {}
    assert found.first_names("") == {"a", "b", "pkg", "script"}
    for name in ("notes", "data.yaml"):
        found.add(root / name)
    assert "notes" not in found.code
    assert "data.yaml" not in found.code
    (root / "new.py").write_text("own_word\n")
    assert found.add(root / "new.py") == "new.py"
    assert "new.py" in found.holding(["own_word"])["own_word"]


def test_first_names_of_a_folder(root: Path) -> None:
    found = sources(root)
    assert found.first_names("pkg") == {"__init__", "c", "d", "deep"}
    assert found.first_names("pk") == frozenset()


def test_ignored_files_are_read_and_never_kept_for_later(root: Path) -> None:
    memory = Memory()
    found = sources(root, memory)
    (root / ".env.local").write_text("LANGSMITH_API_KEY=\n")
    found.ignore([root / ".env.local"])
    assert found.ignored == {".env.local"}
    assert next(iter(found.paths)) == ".env.local"
    assert found.row(".env.local").relevant
    assert ".env.local" not in memory.asked
    assert ".env.local" not in memory.rows


def test_what_an_earlier_run_has_told_is_not_read_again(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = Memory()
    words = ("own_word", USUAL[0])
    first = sources(root, memory)
    rows, held = first.rows(FILES), first.holding(words)
    assert set(memory.rows) == set(FILES)
    assert {name for name, _ in memory.marks} == set(CODE)
    monkeypatch.setattr(contents, "read", never_read)
    again = sources(root, memory)
    assert again.rows(FILES) == rows
    assert again.row("a.py") == rows["a.py"]
    assert again.holding(words) == held
    assert again.unread(FILES) == []


@pytest.mark.parametrize("words", [("own_word",), ("own_word", "langsmith", "nowhere"), USUAL])
def test_each_word_is_found_in_the_files_that_hold_it(root: Path, words: Sequence[str]) -> None:
    found = sources(root)
    wanted = {word: {name for name in CODE if word in FILES[name]} for word in words}
    assert found.holding(words) == wanted
    assert found.holding(words[:1]) == {words[0]: wanted[words[0]]}


def inline(
    work: Callable[[bytes], bytes], chunks: Iterable[bytes], jobs: int
) -> Iterable[bytes]:
    """The work of other processes, done in this one; there are as many of them as there are chunks, or jobs."""
    given = list(chunks)
    SPREAD.append((len(given), jobs))
    return [work(chunk) for chunk in given]


SPREAD: list[tuple[int, int]] = []


@pytest.mark.parametrize(("jobs", "spreads"), [(1, []), (2, [(3, 2)]), (8, [(3, 3)])])
def test_many_files_are_looked_at_by_several_processes(
    root: Path, monkeypatch: pytest.MonkeyPatch, jobs: int, spreads: list[tuple[int, int]]
) -> None:
    wanted = sources(root).rows(CODE), sources(root).holding(["own_word"])
    SPREAD.clear()
    monkeypatch.setattr(contents, "_WORTH_SPREADING", len(CODE))
    monkeypatch.setattr(contents, "_CHUNK", 2)
    monkeypatch.setattr(contents, "spread", inline)
    memory = Memory()
    found = sources(root, memory, jobs)
    assert found.rows(CODE) == wanted[0]
    assert spreads == SPREAD
    assert memory.rows == wanted[0]
    assert found.holding(["own_word"]) == wanted[1]
    assert spreads * 2 == SPREAD
    assert sources(root, jobs=jobs).rows(CODE[1:]) == {
        name: wanted[0][name] for name in CODE[1:]
    }
    assert spreads * 2 == SPREAD  # too few of them


def test_what_others_cannot_read_is_left_out(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "_WORTH_SPREADING", 1)
    monkeypatch.setattr(contents, "_CHUNK", 2)
    monkeypatch.setattr(contents, "spread", inline)
    (root / "b.py").unlink()
    found = sources(root, jobs=2)
    found.add(root / "pkg/c.py", b"own_word\n")
    assert set(found.rows(CODE)) == set(CODE) - {"b.py"}
    assert found.holding(["own_word"])["own_word"] == {"pkg/c.py", "pkg/d.pyi"}
