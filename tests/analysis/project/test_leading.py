"""Which files can get at a package, told from import lines alone; and that those which can't are not parsed for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.project.import_graph import Imports, survey
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.analysis.values.abstract import FunctionRef
from lint_langsmith.config.settings import DEFAULTS
from lint_langsmith.source import discover

FILES = {
    "names it": ("a.py", "import click\n"),
    "names it among others": ("a.py", "import os, click\n"),
    "behind a semicolon": ("a.py", "import os; import click\n"),
    "a member of it": ("a.py", "from click import command\n"),
    "a module of it": ("a.py", "from click.core import Group\n"),
    "through another file": ("a.py", "from b import main\n"),
    "through a chain": ("a.py", "import c\n"),
    "a module of a package": ("a.py", "import app.cli\n"),
    "a member of a module": ("a.py", "from app.cli import main\n"),
    "a module over several lines": ("a.py", "from app import (\n    cli,\n)\n"),
    "from beside it": ("app/a.py", "from .cli import main\n"),
    "from its own package": ("app/a.py", "from . import cli\n"),
    "in a notebook": ("a.ipynb", '{"cells": [{"source": [\n "import click"\n]}]}'),
}
OTHERS = {
    "nothing": ("a.py", "import os\n"),
    "a name alone": ("a.py", "click = 1\n"),
    "a module of that name": ("a.py", "from .tools import click\n"),
    "a package with such a module": ("a.py", "import other\n"),
}
AROUND = {
    "b.py": "import click\n",
    "c.py": "from b import main\n",
    "app/__init__.py": "",
    "app/cli.py": "import click\n",
    "other/__init__.py": "",
    "other/in/cli.py": "import click\n",
}


def led(name: str, text: str) -> bool:
    files = {**AROUND, name: text}
    kinds = {path: "notebook" if path.endswith(".ipynb") else "python" for path in files}
    rows = {
        path: survey(content.encode(), kinds[path], path)  # type: ignore[arg-type]
        for path, content in files.items()
    }
    return name in Imports(rows, ("",)).leading_to(("click", "typer"))


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_can_get_at_a_package(case: str) -> None:
    assert led(*FILES[case])


@pytest.mark.parametrize("case", OTHERS)
def test_a_file_that_cannot(case: str) -> None:
    assert not led(*OTHERS[case])


PROGRAMS = {
    "import frames\n\ndef main():\n    frames.Frame()\n": {"frames.py": False},
    "import frames\nfrom commands import run\n\ndef main():\n    frames.Frame()\n    run()\n": {
        "commands.py": True
    },
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_a_file_calls_is_asked_only_where_it_may_be_a_command(
    tmp_path: Path, program: str
) -> None:
    """A function that calls a command starts a command line; of one that can't, no other file is parsed."""
    files = {
        "pyproject.toml": "[project]\nname = 'p'\n",
        "program.py": program,
        "user.py": "import program\n",
        "frames.py": "class Frame:\n    pass\n",
        "commands.py": "import click\n\n@click.command()\ndef run():\n    pass\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    discover.forget()
    analysis = Analysis(Project(tmp_path, DEFAULTS, discover.walk_project(tmp_path)))
    file = analysis.project.try_load("program.py")
    assert file is not None
    (scope,) = (number for number, row in enumerate(file.model.scopes) if row.name == "main")
    entry = analysis.entry_points.function(FunctionRef(file, scope))
    ((other, is_command),) = PROGRAMS[program].items()
    assert entry is not None
    assert (entry.kind == "cli") is is_command
    assert (other in analysis.project.files._files) is is_command
