"""Which modules bring variables in when they are imported, who imports and uses them, and what is judged of tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.config.settings import Settings

PROJECT: Mapping[str, str] = {
    "main.py": "import app.deep.work\nfrom app import setup as s, other\nimport os\n",
    "app/__init__.py": "from dotenv import load_dotenv\n\nload_dotenv()\n",
    "app/deep/__init__.py": "",
    "app/deep/work.py": "import langsmith\n\n\ndef work():\n    pass\n",
    "app/setup.py": "import os\n\nos.environ['LANGSMITH_API_KEY'] = read()\n",
    "app/other.py": "from .deep import work\n\nwork.work()\n",
    "app/plain.py": "x = 1\n",
    "typed.py": (
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import app.setup\n"
        "def f():\n    import app.plain\n"
    ),
    "star.py": "from app.deep.work import *\n",
    "writer.py": "import os\n\nos.environ['OTHER'] = '1'\n",
    "far.py": "import json\n",
    "tests/test_app.py": "import os\nimport app.setup\nos.environ['LANGSMITH_PROJECT'] = 'x'\n",
    "tests/.env": "LANGSMITH_PROJECT=x\n",
}


@pytest.fixture(scope="module")
def analysis(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    root: Path = tmp_path_factory.mktemp("modules")
    for name, text in PROJECT.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return Analysis(Project(root, Settings(), [root / name for name in PROJECT]))


def file_of(analysis: Analysis, name: str) -> File:
    file = analysis.project.try_load(name)
    assert file is not None
    return file


@pytest.mark.parametrize(
    ("name", "modules"),
    [
        (
            "main.py",
            [
                "app/__init__.py",
                "app/deep/__init__.py",
                "app/deep/work.py",
                "app/__init__.py",
                "app/setup.py",
                "app/__init__.py",
                "app/other.py",
            ],
        ),
        ("app/other.py", ["app/__init__.py", "app/deep/__init__.py", "app/deep/work.py"]),
        ("typed.py", []),
        ("star.py", ["app/__init__.py", "app/deep/__init__.py", "app/deep/work.py"]),
        ("far.py", []),
    ],
)
def test_modules_that_an_import_runs(analysis: Analysis, name: str, modules: list[str]) -> None:
    """With the packages around them, each for its statement; not for types alone, nor inside of a function."""
    found = analysis.environment.imported(file_of(analysis, name))
    assert [module.relative for _, module in found] == modules


def test_only_what_is_asked_for_is_looked_at(analysis: Analysis) -> None:
    found = analysis.environment.imported(file_of(analysis, "main.py"), within={"app/setup.py"})
    assert [(row.span.line, module.relative) for row, module in found] == [(2, "app/setup.py")]


def test_importers(analysis: Analysis) -> None:
    """Those at the module's level, each with its statement; a test imports for itself."""
    found = {
        name: [
            (other.relative, span.line)
            for other, span in analysis.environment.importers(file_of(analysis, name))
        ]
        for name in ("app/setup.py", "app/deep/work.py", "app/plain.py")
    }
    assert {name: sorted(rows) for name, rows in found.items()} == {
        "app/setup.py": [("main.py", 2)],
        "app/deep/work.py": [("app/other.py", 1), ("main.py", 1), ("star.py", 1)],
        "app/plain.py": [],
    }


def test_users_of_a_name(analysis: Analysis) -> None:
    work = file_of(analysis, "app/deep/work.py")
    found = [file.relative for file in analysis.environment.users(work, "work")]
    assert found[0] == "app/deep/work.py"
    assert sorted(found[1:]) == ["app/other.py", "main.py", "star.py"]
    assert [file.relative for file in analysis.environment.users(work, "missing")] == [
        "app/deep/work.py"
    ]


def test_modules_that_may_set_something_when_they_are_imported(analysis: Analysis) -> None:
    active = analysis.environment.active_modules
    assert {
        "app/__init__.py",
        "app/setup.py",
        "app/deep/work.py",
        "app/other.py",
        "main.py",
        "writer.py",
    } <= active
    assert not {"app/plain.py", "far.py"} & active


def test_what_the_import_of_a_module_sets(analysis: Analysis) -> None:
    found = {
        name: analysis.environment.on_import(file_of(analysis, name))
        for name in ("app/__init__.py", "app/setup.py", "main.py", "far.py", "writer.py")
    }
    assert found == {
        "app/__init__.py": {"*"},
        "app/setup.py": {"LANGSMITH_API_KEY"},
        "main.py": {"LANGSMITH_API_KEY", "*"},
        "far.py": set(),
        "writer.py": {"OTHER"},
    }


def test_what_the_code_of_tests_sets_is_not_judged(analysis: Analysis) -> None:
    environment = analysis.environment
    code, data = (file_of(analysis, name) for name in ("tests/test_app.py", "tests/.env"))
    assert [row.name for row in environment.settings(code)] == ["LANGSMITH_PROJECT"]
    assert not environment.judged(code)
    assert [row.name for row in environment.judged(data)] == ["LANGSMITH_PROJECT"]
    setup = file_of(analysis, "app/setup.py")
    assert environment.judged(setup) == environment.settings(setup)


@pytest.mark.parametrize(
    ("text", "serves"),
    [
        ("from fastapi import FastAPI\n", True),
        ("from flask import Flask\n", True),
        ("from starlette.applications import Starlette\n", True),
        ("from quart import Quart\n", True),
        ("from sanic import Sanic\n", True),
        ("from litestar import Litestar\n", True),
        ("import flask_like\n", False),
    ],
)
def test_web_services(tmp_path: Path, text: str, serves: bool) -> None:
    (tmp_path / "a.py").write_text(text, encoding="utf-8")
    analysis = Analysis(Project(tmp_path, Settings(), [tmp_path / "a.py"]))
    assert analysis.environment.serves is serves
