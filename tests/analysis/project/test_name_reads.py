"""A file that only imports, defines, quotes or speaks of a name is not parsed to see what it does with it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from pace import assert_linear

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.project.name_reads import Subclasses, may_read, places_of
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.analysis.values.abstract import FunctionRef
from lint_langsmith.config.settings import DEFAULTS
from lint_langsmith.source import discover

READS = {
    "a call": "run(1)\n",
    "a call with a blank": "run (1)\n",
    "a method": "thing.run(1)\n",
    "passed on": "Thread(target=run)\n",
    "another name": "go = run\n",
    "another name by an import": "from a import run as go\n",
    "another name among others": "from a import (\n    one,\n    run as go,\n)\n",
    "a decorator": "@run\ndef f(): ...\n",
    "a base": "class A(run): ...\n",
    "behind an import": "from a import run; run()\n",
    "in an f-string": "x = f'{run()}'\n",
    "behind a docstring": '"""run."""\nrun()\n',
    "a definition and a call": "def run(): ...\n\nrun()\n",
    "behind a definition on its line": "def f(): run()\n",
    "behind brackets of an import": "from a import (one)\nb(run)\n",
    "in a call behind an import": "from a import one\nb(\n    two,\n    run,\n)\n",
    "in what is no Python": '"""\nrun()\n',
}
NO_READS = {
    "an import": "from a import run\n",
    "an import over several lines": "from a import (\n    one,\n    run,\n)\n",
    "an import over lines with comments": "from a import (  # noqa\n    one,\n    run,  # why\n)\n",
    "a module of an import": "from a.run import one\n",
    "a definition in a line's end": "class A:\n\tdef  run(self): ...",
    "an import from beside": "from . import run\n",
    "a definition": "class A:\n    def run(self): ...\n    async def run (self): ...\n",
    "a class": "class run: ...\n",
    "a string": "__all__ = ['run', \"run\"]\n",
    "a comment": "# run()\n",
    "a docstring": 'def f():\n    """Call run().\n\n    run()\n    """\n',
    "a part of a name": "rerun()\nrunner()\n",
    "nothing": "x = 1\n",
}


@pytest.mark.parametrize("text", READS.values(), ids=READS)
def test_code_that_may_read_a_name(text: str) -> None:
    assert may_read(text.encode(), "run")


@pytest.mark.parametrize("text", NO_READS.values(), ids=NO_READS)
def test_code_that_does_not(text: str) -> None:
    assert not may_read(text.encode(), "run")


@pytest.mark.parametrize("text", ["a = 1\n", "(a)\n", ""])
def test_what_has_no_name_stands_nowhere(text: str) -> None:
    """A function without a name (a lambda) is asked about like others."""
    assert not list(places_of(text.encode(), ""))


def test_a_name_that_stands_in_an_import_many_times() -> None:
    """The statement is gone through once, and not from each place in it."""

    def seconds(count: int) -> float:
        text = "from a import " + "run, " * count + "one\n"
        start = time.process_time()
        assert not may_read(text.encode(), "run")
        return time.process_time() - start

    assert_linear(seconds, 3000)


CLASSES: dict[str, set[str]] = {
    "class A(Base): ...\n": {"A"},
    "class A(x.Base, metaclass=M): ...\n": {"A"},
    "class A(\n    Other,\n    Base,\n):\n    class B(Base): ...\n": {"A", "B"},
    "class A(Other): ...\nx: Base\n": set(),
    "class A(Base[int]): ...\n": set(),
    "class A:\n    def f(self, x: Base): ...\n": set(),
}


@pytest.mark.parametrize("text", CLASSES)
def test_classes_by_their_bases(text: str) -> None:
    assert Subclasses(text.encode).of("Base") == frozenset(CLASSES[text])


def test_what_is_no_python_is_not_known() -> None:
    assert Subclasses(lambda: b"class A(Base): ...\nclass\n").of("Base") is None


def test_a_package_that_only_exports_is_not_parsed(tmp_path: Path) -> None:
    """Who calls `load` is asked of all that import its module; two of three say nothing of it."""
    files = {
        "pyproject.toml": "[project]\nname = 'p'\n",
        "data.py": "from langsmith import Client\n\n\ndef load(name):\n    return str(Client().url)\n",
        "exports.py": "from data import load\n\n__all__ = ['load']\n",
        "prose.py": '"""See data.load()."""\nimport data\n',
        "main.py": "import data\n\nif __name__ == '__main__':\n    data.load('cities')\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    discover.forget()
    analysis = Analysis(Project(tmp_path, DEFAULTS, discover.walk_project(tmp_path)))
    data = analysis.project.try_load("data.py")
    assert data is not None
    (scope,) = (number for number, row in enumerate(data.model.scopes) if row.name == "load")
    sites = analysis.whole.call_graph.sites(FunctionRef(data, scope))
    assert [file.relative for file, _ in sites] == ["main.py"]
    assert analysis.project.files._files.keys() & files.keys() == {"data.py", "main.py"}


def test_what_an_import_can_not_set_is_not_parsed(tmp_path: Path) -> None:
    """Whether the key is set by an import is asked of modules that may set something, not of all that is imported."""
    files = {
        "pyproject.toml": "[project]\nname = 'p'\n",
        "main.py": "import plain\nimport setup_env\nfrom langsmith import Client\n\nclient = Client()\n",
        "plain.py": "def f():\n    return 1\n",
        "setup_env.py": "import os\n\nos.environ.update(dict(open('x')))\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    discover.forget()
    analysis = Analysis(Project(tmp_path, DEFAULTS, discover.walk_project(tmp_path)))
    file = analysis.file(str(tmp_path / "main.py"))
    assert file is not None
    assert [supply.label for supply in analysis.key_timing.of(file)] == [
        "the import of setup_env.py"
    ]
    assert "plain.py" not in analysis.project.files._files
