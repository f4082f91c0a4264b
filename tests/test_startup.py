"""What a hook pays for a file that has nothing to do with LangSmith, and that nothing is missed by paying so little."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lint_langsmith.config.options import Options
from lint_langsmith.config.targets import find_targets
from lint_langsmith.rules import registry
from lint_langsmith.run import prefilter

CLIENT = "from langsmith import Client\n\nclient = Client()\n"
PLAIN = "import os\n\n\ndef here() -> str:\n    return os.getcwd()\n"
HEAVY = (
    *(
        "libcst",
        "yaml",
        "dotenv",
        "tomli",
        "pathspec",
        "multiprocessing",
        "asyncio",
        "json",
        "tempfile",
        "hashlib",
    ),
    "platformdirs",
    *(
        "lint_langsmith.analysis.project.project",
        "lint_langsmith.sdk",
        "lint_langsmith.run.engine",
    ),
    "lint_langsmith.rules.meta",
)


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in {"pyproject.toml": "[project]\nname = 'x'\n", **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def test_nothing_is_imported_for_a_file_without_langsmith(tmp_path: Path) -> None:
    write(tmp_path, {"plain.py": PLAIN, ".gitignore": "*.log\n", "other.py": CLIENT})
    (tmp_path / ".git").mkdir()
    program = (
        "import sys\nfrom lint_langsmith.cli import main\n"
        "try:\n    main(['--force-exclude', 'plain.py'])\n"
        "except SystemExit as error:\n    print(error.code, *sys.modules)"
    )
    output = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    code, *modules = output.stdout.split()
    assert code == "0"
    assert "click" in modules
    assert not set(HEAVY) & set(modules)


# The file that is asked about is `asked.py`, or the one in the folder `asked`.
RELATED = {
    "it names LangSmith": {"asked.py": CLIENT},
    "it imports a client": {"asked.py": "from shared import client\n", "shared.py": CLIENT},
    "over several lines": {
        "asked.py": "from app import (  # ours\n    os,\n    shared,\n)\n",
        "app/shared.py": CLIENT,
    },
    "with a backslash": {
        "asked.py": "from \\\n    shared \\\n    import client\n",
        "shared.py": CLIENT,
    },
    "behind a semicolon": {
        "asked.py": "x = 1; from shared import client\n",
        "shared.py": CLIENT,
    },
    "from its package": {"asked/one.py": "from . import client\n", "asked/__init__.py": CLIENT},
    "from the package above": {
        "asked/in/one.py": "from .. import client\n",
        "asked/__init__.py": CLIENT,
    },
    "through another file": {
        "asked.py": "from middle import *\n",
        "middle.py": "import shared\n",
        "shared.py": CLIENT,
    },
    "by a name in a string": {
        "asked.py": "m = __import__('importlib').import_module('shared')\n",
        "shared.py": CLIENT,
    },
    "it is called": {
        "asked.py": "def run(c): c.read_run('x')\n",
        "main.py": f"{CLIENT}import asked\nasked.run(client)\n",
    },
    "it is called by its package": {
        "asked/one.py": PLAIN,
        "main.py": f"{CLIENT}from asked.one import here\n",
    },
    "it shares a page's state": {
        "asked/rate.py": "import streamlit as st\n\nst.session_state.tracker.read_run('1')\n",
        "home.py": f"import streamlit as st\n{CLIENT}\nst.session_state.tracker = client\n",
    },
    "it is a test with fixtures": {
        "asked/test_one.py": "def test(client): ...\n",
        "conftest.py": CLIENT,
    },
    "it is a notebook that runs it": {
        "asked.ipynb": '{"cells": [{"source": ["%run shared"]}]}',
        "shared.py": CLIENT,
    },
    "it has a suppression": {"asked.py": "x = 1  # noqa: LS101\n"},
}
UNRELATED = {
    "nothing does": {"asked.py": PLAIN, "other.py": PLAIN},
    "another file does": {"asked.py": "import other\n", "other.py": PLAIN, "shared.py": CLIENT},
    "its name is in a comment": {"asked.py": PLAIN, "shared.py": f"# not asked\n{CLIENT}"},
    "it is no code": {"asked.md": "# Import shared\n", "shared.py": CLIENT},
    "what is excluded by default": {
        "asked.py": "import shared\n",
        "node_modules/shared.py": CLIENT,
    },
}


def is_unrelated(root: Path) -> bool:
    asked = next(
        path
        for path in sorted(root.rglob("*"))
        if path.is_file() and _is_asked(path.relative_to(root))
    )
    return prefilter.are_unrelated(find_targets(Options(paths=(str(asked),)), root), root)


def _is_asked(path: Path) -> bool:
    return path.parts[0].startswith("asked") and path.name != "__init__.py"


@pytest.mark.parametrize("files", RELATED.values(), ids=RELATED.keys())
def test_what_may_have_to_do_with_langsmith_is_analysed(
    tmp_path: Path, files: dict[str, str]
) -> None:
    write(tmp_path, files)
    assert not is_unrelated(tmp_path)


@pytest.mark.parametrize("files", UNRELATED.values(), ids=UNRELATED.keys())
def test_what_cannot_is_not(tmp_path: Path, files: dict[str, str]) -> None:
    write(tmp_path, files)
    assert is_unrelated(tmp_path)


def test_large_projects_are_left_to_the_analysis(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"asked.py": PLAIN, **{f"other_{number}.py": PLAIN for number in range(5)}})
    assert is_unrelated(tmp_path)
    monkeypatch.setattr(prefilter, "_MOST_FILES", 4)
    assert not is_unrelated(tmp_path)


def test_codes_and_names_are_known_without_running_the_rules() -> None:
    rules = registry.all_rules()
    assert registry.codes() == {rule.code for rule in rules}
    assert registry.names() == {rule.code: rule.name for rule in rules}


def test_selecting_by_code_reads_no_rule(tmp_path: Path) -> None:
    write(tmp_path, {"plain.py": PLAIN})
    program = (
        "import sys\nfrom lint_langsmith.cli import main\n"
        "try:\n    main(['--select', 'LS1,hardcoded-api-key', 'plain.py'])\n"
        "except SystemExit as error:\n    print(error.code, *sys.modules)"
    )
    output = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert output.stdout.split()[0] == "0", output.stderr
    assert "lint_langsmith.rules.secrets" not in output.stdout


def test_the_main_process_does_without_libcst_where_others_parse(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"one.py": CLIENT, "two.py": "from one import client\n\nclient.read_run('1')\n"},
    )
    program = (
        "import sys\nfrom lint_langsmith.cli import main\n"
        "try:\n    main(['--no-cache', '--jobs', sys.argv[1], '-q', '-f', '{code}', '.'])\n"
        "except SystemExit as error:\n    print(error.code, *sys.modules)"
    )
    printed = {}
    for jobs in ("1", "2"):
        command = [sys.executable, "-c", program, jobs]
        printed[jobs] = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout
    found = {jobs: text.splitlines()[:-1] for jobs, text in printed.items()}
    assert found["1"] == found["2"]
    assert "LS301" in found["2"]
    assert "libcst" in printed["1"].split()
    assert "libcst" not in printed["2"].split()


MANY = {f"part_{number}.py": PLAIN for number in range(60)}


@pytest.mark.parametrize(
    ("files", "is_needed"),
    [
        ({**MANY, "first.py": CLIENT}, True),
        ({**MANY, "zlast.py": CLIENT}, False),
        ({"first.py": CLIENT}, True),
        (MANY, False),
    ],
    ids=["one of many", "too far to look", "one alone", "nothing does"],
)
def test_it_is_soon_known_that_there_is_something_to_parse(
    tmp_path: Path, files: dict[str, str], is_needed: bool
) -> None:
    write(tmp_path, files)
    assert (
        prefilter.need_parsing(find_targets(Options(paths=(str(tmp_path),)), tmp_path))
        is is_needed
    )


WHEN = """
import sys
from lint_langsmith.analysis.project.parser_pool import Parsing
started = Parsing._start
def start(self, most):
    if most and self._pool is None:
        print("before" if "lint_langsmith.run.engine" not in sys.modules else "after")
    started(self, most)
Parsing._start = start
from lint_langsmith.cli import main
main(["--jobs", "2", "--quiet", "--output-format", "json", "--output-file", "out.json", *sys.argv[1:]])
"""


def test_processes_get_ready_while_this_one_still_imports(tmp_path: Path) -> None:
    write(tmp_path, {**MANY, "first.py": CLIENT})
    for path in tmp_path.iterdir():
        os.utime(
            path, (1_700_000_000, 1_700_000_000)
        )  # what was changed just now is not relied on

    def when(*arguments: str) -> str:
        command = [sys.executable, "-c", WHEN, *arguments]
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 1, done.stderr
        return done.stdout

    assert when("--no-cache") == "before\n"
    assert when() == "before\n"
    # What was parsed before may be known: that is seen later.
    (tmp_path / "part_1.py").write_text("x = 1\n", encoding="utf-8")
    assert when() == ""
