"""Functions that set the variable whose name they are given: which calls may be of one is told from bytes."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from pace import assert_linear

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.environment.setter_functions import _functions_storing
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.config.settings import DEFAULTS
from lint_langsmith.source import discover

STORING = {
    "def put(name, value): os.environ[name] = value\n": {"put"},
    "def put(n, v):\n    def inner(): ...\n    os.environ[n]: str = v\n": {"put"},
    "class A:\n    async def put(self, n):\n        for n in x:\n            env[ n ]=1\n": {
        "put"
    },
    "def outer():\n    def put(n):\n        if n: env[n] = 1\n": {"outer", "put"},
    "env[n] = 1\n\n\ndef other(): ...\n": set(),
    "def compares(n):\n    if env[n] == 1: pass\n": set(),
    "def fixed(v):\n    env['A'] = v\n": set(),
}


@pytest.mark.parametrize("text", STORING)
def test_functions_around_what_gives_an_item_a_value(text: str) -> None:
    assert set(_functions_storing(text.encode())) == STORING[text]


def test_a_class_with_many_methods_that_store() -> None:
    """Which functions are around each is not looked for among all methods before it."""

    def seconds(count: int) -> float:
        text = "class A:\n" + "    def put(self, n):\n        env[n] = 1\n" * count
        start = time.process_time()
        assert list(_functions_storing(text.encode())) == ["put"] * count
        return time.process_time() - start

    assert_linear(seconds, 1500)


HELPER = "import os\n\n\ndef put(name, value):\n    os.environ[name] = value\n"
CALLS = {
    "by its name": "from helper import put\n\nput('LANGSMITH_PROJECT', 'x')\n",
    "of its module": "import helper\n\nhelper.put('LANGSMITH_PROJECT', 'x')\n",
    "renamed by the import": "from helper import put as go\n\ngo('LANGSMITH_PROJECT', 'x')\n",
    "renamed later": "from helper import put\n\ngo = put\ngo('LANGSMITH_PROJECT', 'x')\n",
    "in a function that is given it": "from helper import put\n\n\ndef run(go):\n    go('LANGSMITH_PROJECT', 'x')\n"
    "\n\nrun(put)\n",
    "in the same file": f"{HELPER}\n\nput('LANGSMITH_PROJECT', 'x')\n",
}


@pytest.mark.parametrize("text", CALLS.values(), ids=CALLS)
def test_calls_of_a_helper(tmp_path: Path, text: str) -> None:
    """Whatever name it goes by."""
    files = {"pyproject.toml": "[project]\nname = 'p'\n", "helper.py": HELPER, "main.py": text}
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    discover.forget()
    analysis = Analysis(Project(tmp_path, DEFAULTS, discover.walk_project(tmp_path)))
    main = analysis.project.try_load("main.py")
    assert main is not None
    assert [(row.name, row.value) for row in analysis.environment.settings(main)] == [
        ("LANGSMITH_PROJECT", "x")
    ]
