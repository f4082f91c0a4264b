"""A kept run depends on all that it asked of the file system: change any of it, and the answer is that of a new run."""

from __future__ import annotations

import ast
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from linting import Outcome, lint

from lint_langsmith import observation
from lint_langsmith.cache import file_states, location, run_cache
from lint_langsmith.cache.location import Caches
from lint_langsmith.config.options import Options
from lint_langsmith.source import discover, files
from lint_langsmith.source.text import UnreadableFileError
from lint_langsmith.workers.pool import WorkerPool

CLIENT = "from langsmith import Client\n\nclient = Client()\nclient.read_run('x')\n"
FILES = {
    "app/pyproject.toml": "[project]\nname = 'x'\ndependencies = ['langsmith>=0.3']\n"
    "[tool.lint-langsmith]\nextend = '../base.toml'\nbaseline = 'known.json'\n",
    "app/main.py": CLIENT,
    "app/user.py": "from shared.clients import client\n\n\ndef main() -> None:\n    client.list_runs()\n\n\nmain()\n",
    "app/shared/__init__.py": "",
    "app/shared/clients.py": "import langsmith\n\nclient = langsmith.Client()\n",
    "app/shared/plain.py": "import os\n",
    "app/setup.py": "from setuptools import setup\n\nsetup(name='x', install_requires=['langsmith'])\n",
    "app/.env": "LANGCHAIN_PROJECT=x\n",
    "app/build": "a file, not a folder\n",
    "app/uv.lock": '[[package]]\nname = "langsmith"\nversion = "0.4.20"\n',
    "app/known.json": '{"version": 1, "findings": []}\n',
    "app/docker-compose.yml": "services:\n  web:\n    build: .\n    environment:\n      - DEBUG=1\n",
    "app/.gitignore": "ignored/\n*.log\n",
    "app/ignored/other.py": CLIENT,
    "app/book.ipynb": '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}\n',
    "app/run.log": "x\n",
    "app/README.md": "# Uses LANGSMITH_TRACING\n",
    "base.toml": "ignore = ['LS501']\n",
    "docker-compose.yml": "services: {}\n",
    ".env.example": "DEBUG=1\n",
    ".gitignore": "*.tmp\n",
    ".git/HEAD": "ref: refs/heads/main\n",
    ".git/info/exclude": "*.bak\n",
    ".github/workflows/ci.yml": "jobs: {}\n",
}


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(run_cache, "_UNSURE_NS", -(10**18))
    for name, text in FILES.items():
        write(tmp_path / name, text)
    (tmp_path / "app/link.py").symlink_to("shared/plain.py")
    return tmp_path


def kept(root: Path) -> file_states.Around:
    """What the kept run over `app` depends on."""
    discover.forget()
    runs = run_cache.Runs(Options(paths=(".",)), root / "app")
    found = location.decoded(
        Caches(None, root / "app").of(runs._root), "runs", runs._name, run_cache._Kept
    )
    assert found is not None
    assert file_states.is_as_before(found.around)
    return found.around


def is_replayed(root: Path) -> bool:
    return "nothing has changed" in lint(root / "app", "-v", ".").output


def shown(outcome: Outcome, root: Path) -> tuple[object, ...]:
    return outcome.findings, outcome.exit_code, outcome.output


def changes_of_a_file(path: Path) -> Iterator[str]:
    """Change a file in every way, one at a time; it is as before at the end."""
    before = path.read_bytes()
    for name, content in (
        ("empty", b""),
        ("a client", CLIENT.encode()),
        ("a key and a pattern", b"LANGSMITH_API_KEY=\n*.py\n"),
        ("a configuration", b"[tool.lint-langsmith]\nignore = ['LS2']\n"),
    ):
        path.write_bytes(content)
        yield f"{path} has {name}"
    path.unlink()
    yield f"{path} is gone"
    path.mkdir()
    yield f"{path} is a folder"
    path.rmdir()
    path.write_bytes(before)


def changes_of_an_absence(path: Path) -> Iterator[str]:
    """Put something where nothing was."""
    if not path.parent.is_dir():
        return
    path.write_text("[tool.lint-langsmith]\nignore = ['LS3']\n", encoding="utf-8")
    yield f"{path} is a file"
    path.unlink()
    path.mkdir()
    yield f"{path} is a folder"
    path.rmdir()


NEW = {
    "new.py": CLIENT,
    "lint-langsmith.toml": "ignore = ['LS2']\n",
    ".env": "LANGSMITH_API_KEY=\n",
    "pyvenv.cfg": "home = /\n",
}


def changes_of_a_folder(path: Path) -> Iterator[str]:
    """Put something into a folder that was listed."""
    for name, text in NEW.items():
        if not (path / name).exists():
            (path / name).write_text(text, encoding="utf-8")
            yield f"{path / name} is new"
            (path / name).unlink()


@pytest.mark.slow
def test_every_change_of_what_was_asked_gives_the_answer_of_a_new_run(root: Path) -> None:
    lint(root / "app", ".")
    assert is_replayed(root)
    around = kept(root)
    states = {os.path.normpath(path): state for path, state in file_states.states(around)}
    inside = [path for path in states if path.startswith(str(root))]
    contents = sorted(
        {
            Path(path)
            for path in inside
            if os.path.isfile(path) and not os.path.islink(path)  # noqa: PTH113, PTH114
        }
    )
    absent = {
        Path(path)
        for answers in around.answers.values()
        for path, answer in answers.items()
        if answer is False
    }
    absent |= {Path(path) for path, state in states.items() if state is None}
    folders = [Path(folder) for folder in around.folders if folder.startswith(str(root))]
    # All that a hand-made list would name is among them.
    names = {path.relative_to(root).as_posix() for path in contents}
    assert FILES.keys() - {".git/HEAD", "app/ignored/other.py", "app/run.log"} <= names
    changes = [
        *((changes_of_a_file, path) for path in contents),
        *(
            (changes_of_an_absence, path)
            for path in sorted(absent)
            if path.is_relative_to(root) and not path.exists()
        ),
        *((changes_of_a_folder, path) for path in folders),
    ]
    keep = Caches(None, root / "app").of(root / "app").path / "runs"
    saved = root / "saved"
    shutil.copytree(keep, saved)
    for change, path in changes:
        for what in change(path):
            expected = lint(root / "app", "--no-cache", ".")
            assert shown(lint(root / "app", "."), root) == shown(expected, root), what
            shutil.rmtree(keep, ignore_errors=True)
            shutil.copytree(saved, keep)


def test_a_file_that_is_called_like_a_folder_that_is_not_entered_counts(root: Path) -> None:
    lint(root / "app", ".")
    assert is_replayed(root)
    (root / "app/build").write_text("LANGSMITH_API_KEY=x\n", encoding="utf-8")
    assert not is_replayed(root)
    (root / "app/node_modules").mkdir()
    lint(root / "app", ".")
    assert is_replayed(root)


def test_a_link_that_leads_elsewhere_counts(root: Path) -> None:
    lint(root / "app", ".")
    assert is_replayed(root)
    (root / "app/link.py").unlink()
    (root / "app/link.py").symlink_to("main.py")
    assert not is_replayed(root)


def test_what_is_taken_from_the_cache_counts_as_read(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in root.rglob("*"):
        os.utime(path, (1_700_000_000,) * 2)  # rows of young files are not kept
    lint(root / "app", ".")
    write(root / "app/new.py", "import os\n")
    lint(root / "app", ".")
    read = {path for path, _ in file_states.states(kept(root))}
    assert {
        str(root / "app" / name) for name in ("main.py", "shared/plain.py", "new.py")
    } <= read


def test_what_other_processes_ask_is_noted(tmp_path: Path) -> None:
    write(tmp_path / "one.txt", "1")
    observation.begin()
    crew = WorkerPool(_ask, 2)
    numbers = [crew.ask(os.fsencode(tmp_path / name)) for name in ("one.txt", "two.txt")]
    assert [crew.answer(number) for number in numbers] == [b"1", b"?"]
    crew.shut_down()
    observed = observation.end()
    assert observed.contents == {
        str(tmp_path / "one.txt"): True,
        str(tmp_path / "two.txt"): False,
    }
    assert observed.answers["exists"] == {
        str(tmp_path / "one.txt"): True,
        str(tmp_path / "two.txt"): False,
    }
    assert observed.listings == {str(tmp_path): True}


def _ask(chunk: bytes) -> bytes:
    path = os.fsdecode(chunk)
    files.exists(path)
    files.listing(os.path.dirname(path))  # noqa: PTH120
    try:
        return files.read(path)
    except UnreadableFileError:
        return b"?"


def test_a_name_that_is_not_utf8_is_no_secret_dependency() -> None:
    observation.begin()
    observation.note_content(os.fsdecode(b"/caf\xe9.py"))
    message = observation.sealed(b"answer")
    observation.begin()
    assert observation.unsealed(message) == b"answer"
    assert not observation.end().is_whole


def test_nothing_is_noted_where_nobody_wants_to_know(tmp_path: Path) -> None:
    observation.end()
    files.exists(tmp_path)
    assert observation.current is None
    assert not observation.end().is_whole


def test_every_question_can_be_asked_again() -> None:
    tree = ast.parse(Path(files.__file__).read_bytes())
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "observation.note"
    ]
    questions = {node.args[0].value for node in calls if isinstance(node.args[0], ast.Constant)}
    assert questions == file_states.ASK.keys()


def test_every_opener_notes_what_it_is_asked() -> None:
    tree = ast.parse(Path(files.__file__).read_bytes())
    openers = {"_opened", "scandir", "isfile", "isdir", "exists", "islink", "realpath", "stat"}
    exempt = {
        "_opened",
        "_check_regular",
        "write_whole",
        "write_to",
    }  # asked for others, or of what is written
    for function in (
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name not in exempt
    ):
        calls = {
            ast.unparse(node.func).rpartition(".")[2]
            for node in ast.walk(function)
            if isinstance(node, ast.Call)
        }
        if calls & openers:
            assert "observation" in ast.unparse(function), function.name


def test_a_file_that_changes_during_the_run_keeps_it_from_being_kept(root: Path) -> None:
    runs = run_cache.Runs(Options(paths=(".",)), root / "app")
    assert runs.recall() is None
    files.read(root / "app/main.py")
    assert not files.exists(root / "app/nothing")
    observed = msgspec.structs.replace(observation.end())
    assert runs._look_around(observed) is not None
    (root / "app/nothing").touch()
    assert runs._look_around(observed) is None
    (root / "app/nothing").unlink()
    (root / "app/main.py").unlink()
    assert runs._look_around(observed) is None
