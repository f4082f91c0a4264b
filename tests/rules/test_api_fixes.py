"""The fixes of the rules for the SDK's API, run as a user runs them: what is written, and what is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from lint_langsmith.cli import main


def fixed(folder: Path, source: str, *options: str) -> str:
    path = folder / "main.py"
    path.write_text(source)
    CliRunner().invoke(
        main, ["check", "--isolated", "--select", "LS5", "--fix", *options, str(path)]
    )
    return path.read_text()


SAFE = {
    "a class keeps its local name": (
        "from langsmith import LangSmithClient\n\nclient = LangSmithClient()\n",
        "from langsmith import Client as LangSmithClient\n\nclient = LangSmithClient()\n",
    ),
    "a class with a name of its own": (
        "from langsmith.client import LangSmithClient as C\nC()\n",
        "from langsmith.client import Client as C\nC()\n",
    ),
    "in a list over lines": (
        "from langsmith import (\n    AsyncLangSmithClient,\n    traceable,\n)\n",
        "from langsmith import (\n    AsyncClient as AsyncLangSmithClient,\n    traceable,\n)\n",
    ),
    "as an attribute": (
        "import langsmith as ls\n\nclient = ls.LangSmithClient()\n",
        "import langsmith as ls\n\nclient = ls.Client()\n",
    ),
    "an exception in its module": (
        "from langsmith import LangSmithError\n",
        "from langsmith.utils import LangSmithError\n",
    ),
    "a module of exceptions": (
        "from langsmith.errors import LangSmithError, LangSmithAuthError  # ours\n",
        "from langsmith.utils import LangSmithError, LangSmithAuthError  # ours\n",
    ),
    "a method whose arguments fit": (
        "from langsmith import Client\n\nc = Client()\nc.get_project(project_name='x')\nc.get_run('id')\n",
        "from langsmith import Client\n\nc = Client()\nc.read_project(project_name='x')\nc.read_run('id')\n",
    ),
    "a keyword that raises TypeError": (
        "from langsmith import Client\n\nclient = Client(url='https://eu.api.smith.langchain.com')\n",
        "from langsmith import Client\n\nclient = Client(api_url='https://eu.api.smith.langchain.com')\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), SAFE.values(), ids=SAFE.keys())
def test_what_is_certain_is_fixed(before: str, after: str, tmp_path: Path) -> None:
    assert fixed(tmp_path, before) == after


@pytest.mark.parametrize(
    "source",
    [
        # `LangSmith` may mean `Client` or `Langsmith`.
        "from langsmith import LangSmith\n",
        # The other name is not in `langsmith.utils`.
        "from langsmith import Client, LangSmithError\n",
        # `read_project` takes its arguments by keyword.
        "from langsmith import Client\n\nclient = Client()\nclient.get_project('x')\n",
        "from langsmith import Client\n\nclient = Client()\nclient.list_run_feedbacks('x')\n",
        "import langsmith.errors\n",
        "from langsmith.errors import LangSmithTeapotError\n",
        # It takes effect where it was ignored: unsafe.
        "from langsmith import traceable\n\n\n@traceable('step')\ndef step():\n    return 1\n",
    ],
)
def test_what_is_not_certain_stays(source: str, tmp_path: Path) -> None:
    assert fixed(tmp_path, source) == source


def test_what_was_ignored_is_fixed_only_when_asked_for(tmp_path: Path) -> None:
    source = (
        "from langsmith import traceable\n\n\n@traceable('step')\ndef step():\n    return 1\n"
    )
    assert "@traceable(name='step')" in fixed(tmp_path, source, "--unsafe-fixes")
    source = "from langsmith import traceable\n\n\n@traceable(project='x')\ndef step():\n    return 1\n"
    assert "@traceable(project_name='x')" in fixed(tmp_path, source, "--unsafe-fixes")
