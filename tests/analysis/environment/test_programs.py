"""Which code runs in one process, which of it LangChain can trace, and whether a project serves the web."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.environment.programs import Programs
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.config.settings import Settings

FILES = {
    "run.py": "import core\n",
    "other.py": "import core\n",
    "core.py": "import deep\n",
    "deep.py": "import core\n",
    "alone.py": "x = 1\n",
    "tests/test_core.py": "import core\nimport langsmith\n",
    "agents/graph.py": "from langgraph.graph import StateGraph\n",
    "web/app.py": "import flask\n",
}


def project_of(root: Path, files: Mapping[str, str]) -> Project:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return Project(root, Settings(), [root / name for name in files])


def test_where_programs_begin(tmp_path: Path) -> None:
    programs = Programs(project_of(tmp_path, FILES))
    assert programs.starts("run.py") == {"run.py"}
    assert programs.starts("deep.py") == {"deep.py", "core.py", "run.py", "other.py"}
    assert programs.is_run_by("deep.py", frozenset({"run.py", "alone.py"}))
    assert not programs.is_run_by("run.py", frozenset({"other.py", "deep.py"}))
    assert programs.together("run.py", ["other.py", "core.py", "alone.py", "run.py"]) == [
        "core.py",
        "run.py",
    ]


def test_what_is_traced(tmp_path: Path) -> None:
    programs = Programs(project_of(tmp_path, FILES))
    assert programs.is_traced()
    assert programs.is_traced("agents")
    assert programs.is_traced("agents")  # remembered
    assert not programs.is_traced("web")
    assert not programs.is_traced("agent")  # a part of a name is no folder
    assert not programs.is_traced("tests")


@pytest.mark.parametrize(
    ("text", "is_traced"),
    [
        ("import langsmith\n", True),
        ("from langchain_openai import ChatOpenAI\n", True),
        ("    import langgraph_sdk\n", True),
        ('importlib.import_module("langchain.agents")\n', True),
        ("from browser_use import Agent\n", True),
        ("# import langsmith\n", False),
        ("import mylangsmith\n", False),
        ("import openai\n", False),
    ],
)
def test_what_code_is_traced(tmp_path: Path, text: str, is_traced: bool) -> None:
    assert Programs(project_of(tmp_path, {"main.py": text})).is_traced() is is_traced


@pytest.mark.parametrize(
    "name", ["FastAPI", "Flask", "Starlette", "Quart", "Sanic", "Litestar"]
)
def test_web_services(tmp_path: Path, name: str) -> None:
    project = project_of(
        tmp_path, {"main.py": f"app = {name}()\n", "b.py": "import langsmith\n"}
    )
    assert Analysis(project).environment.serves


def test_other_projects_serve_nothing(tmp_path: Path) -> None:
    assert not Analysis(project_of(tmp_path, FILES)).environment.serves


@pytest.mark.parametrize(
    ("files", "foreign", "javascript"),
    [
        (
            {"compose.yaml": "services:\n  a:\n    image: ghcr.io/berriai/litellm:1\n"},
            True,
            False,
        ),
        ({"values.yml": "services:\n  a:\n    image: langfuse/langfuse:3\n"}, True, True),
        ({"compose.yaml": "services:\n  a:\n    image: python:3\n"}, False, False),
        ({"compose.yaml": "services:\n  a:\n    build: .\n"}, False, False),
        ({"compose.yaml": "image: [\n"}, False, False),
        ({"main.py": "x = 1\n"}, False, False),
    ],
)
def test_programs_of_others(
    tmp_path: Path, files: dict[str, str], foreign: bool, javascript: bool
) -> None:
    services = Analysis(project_of(tmp_path, files)).foreign_services
    assert (services.are_there, services.run_javascript) == (foreign, javascript)
