"""Where findings in notebooks stand: by cell for people, by the line of the file for machines."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from casebook import Keys

CELLS = [
    {"cell_type": "markdown", "metadata": {}, "source": ["# Title\n", "\n", "Use `{KEY2}`."]},
    {
        "cell_type": "code",
        "execution_count": 1,
        "metadata": {},
        "outputs": [{"output_type": "stream", "name": "stdout", "text": ["key: {KEY}\n"]}],
        "source": [
            "import os\n",
            "from langsmith import Client\n",
            'client = Client(api_key=os.environ["LANGSMITH_API_KEY"])\n',
            'name = "\\u00e9"; client.list_runs_x()',
        ],
    },
]


@pytest.fixture
def keys() -> Keys:
    return Keys("notebook places")


@pytest.fixture
def project(tmp_path: Path, keys: Keys) -> Path:
    (tmp_path / "pyproject.toml").touch()
    body = {"cells": CELLS, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    text = keys.fill(json.dumps(body, indent=1))
    (tmp_path / "eval.ipynb").write_text(text, encoding="utf-8")
    return tmp_path


def run(project: Path, *args: str) -> str:
    result = subprocess.run(
        [sys.executable, "-m", "lint_langsmith", *args],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode in {0, 1}, result.stderr
    return result.stdout


def raw_line(project: Path, part: str) -> int:
    lines = (project / "eval.ipynb").read_text().splitlines()
    return next(number for number, line in enumerate(lines, start=1) if part in line)


# The rule's code, and its place as a person finds it in the notebook.
PLACES = [("LS501", "cell 2:4:25"), ("LS101", "cell 1:3:6"), ("LS101", "cell 2 output")]


@pytest.mark.parametrize(
    "name", ["concise", "full", "markdown", "junit", "github", "html", "grouped"]
)
def test_people_read_cells(project: Path, keys: Keys, name: str) -> None:
    shown = run(project, "-f", name, "--select", "LS501,LS101")
    for _, place in PLACES:
        path = "" if name in {"grouped", "html"} else "eval.ipynb:"
        assert re.search(rf"(?<!\w){re.escape(path + place)}\b", shown), (place, shown)
    assert not any(key in shown for key in (keys["KEY"], keys["KEY2"]))


def test_the_source_is_shown_as_python(project: Path) -> None:
    shown = run(project, "-f", "full", "--select", "LS501")
    line, mark = '    4 | name = "\\u00e9"; client.list_runs_x()', "^^^^^^^^^^^"
    assert f"{line}\n      | {mark:>35}\n" in shown
    page = run(project, "-f", "html", "--select", "LS501")
    assert "<i>3</i>client = Client(api_key=os.environ[&quot;LANGSMITH_API_KEY&quot;])" in page
    assert "\\n&quot;" not in page


def test_a_key_in_a_cell_is_masked(project: Path, keys: Keys) -> None:
    shown = run(project, "-f", "full", "--select", "LS101")
    assert re.search(r"    3 \| Use `\*+`\.\n", shown)
    assert keys["KEY2"] not in shown


def test_machines_read_lines_of_the_file(project: Path) -> None:
    line = raw_line(project, "list_runs_x")
    only = ("--select", "LS501", "-f")
    (sarif,) = json.loads(run(project, *only, "sarif"))["runs"][0]["results"]
    assert sarif["locations"][0]["physicalLocation"]["region"]["startLine"] == line
    (gitlab,) = json.loads(run(project, *only, "gitlab"))
    assert gitlab["location"]["lines"]["begin"] == line
    (found,) = json.loads(run(project, *only, "json"))["findings"]
    assert (found["line"], found["cell"]) == (line, 2)
    (review,) = json.loads(run(project, *only, "rdjson"))["diagnostics"]
    assert review["location"]["range"]["start"]["line"] == line
    assert f",line={line},endLine={line}," in run(project, *only, "github")
    assert f"linenumber={line};" in run(project, *only, "azure")
    assert run(project, *only, "pylint").startswith(f"eval.ipynb:{line}: ")
    assert run(project, *only, "{path}:{line} {cell}") == f"eval.ipynb:{line} 2\n"
    assert run(project, *only, "csv").splitlines()[1].split(",")[1::9] == [str(line), "2"]


def test_why_takes_the_place_that_is_shown(project: Path) -> None:
    line = raw_line(project, "list_runs_x")
    by_cell = run(project, "why", "eval.ipynb:cell 2:4:25").splitlines()
    assert "  cell 2:4:25 rule: LS501 unknown-langsmith-api: reported as error" in by_cell
    assert run(project, "why", f"eval.ipynb:{line}").splitlines()[1:] == by_cell[1:]
