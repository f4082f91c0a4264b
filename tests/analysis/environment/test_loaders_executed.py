"""What scripts, makefiles and tox give to a program is what they give when they are run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.environment.process import Process
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.config.settings import Settings
from lint_langsmith.source import discover

APP = """\
import json
import os

import langsmith

print(json.dumps({name: value for name, value in os.environ.items() if name.startswith("LANG")}))
"""
FILE = "LANGSMITH_PROJECT=from-file\nLANGSMITH_ENDPOINT=https://file.example\n"
NAMES = ("LANGSMITH_TRACING", "LANGSMITH_PROJECT", "LANGSMITH_ENDPOINT")

SCRIPTS = {
    "exported": "export LANGSMITH_TRACING=true\nLANGSMITH_PROJECT=a\npython app.py\n",
    "before the command": "LANGSMITH_TRACING=true LANGSMITH_PROJECT=a python app.py\n",
    "exported later": "LANGSMITH_PROJECT=a\nexport LANGSMITH_PROJECT\npython app.py\n",
    "the last one counts": "export LANGSMITH_PROJECT=a\nexport LANGSMITH_PROJECT=b\npython app.py\n",
    "all of a file": "set -a\n. ./vars.env\nset +a\npython app.py\n",
    "a file, then by hand": "set -a\n. ./vars.env\nexport LANGSMITH_PROJECT=b\npython app.py\n",
    "by hand, then a file": "export LANGSMITH_PROJECT=b\nset -a\n. ./vars.env\npython app.py\n",
    "on continued lines": "LANGSMITH_TRACING=true \\\n  LANGSMITH_PROJECT=a \\\n  python app.py\n",
    "two at once": "export LANGSMITH_TRACING=true LANGSMITH_PROJECT=a\npython app.py\n",
}
MAKEFILES = {
    "exported by name": "export LANGSMITH_TRACING = true\nLANGSMITH_PROJECT = a\nrun:\n\t@python app.py\n",
    "at once": "export LANGSMITH_TRACING := true\nrun:\n\t@python app.py\n",
    "all": "LANGSMITH_PROJECT = a\nexport\nrun:\n\t@python app.py\n",
    "all by a target": ".EXPORT_ALL_VARIABLES:\nLANGSMITH_PROJECT = a\nrun:\n\t@python app.py\n",
    "an included file": "include vars.env\nrun:\n\t@python app.py\n",
    "an included file, exported": "include vars.env\nexport\nrun:\n\t@python app.py\n",
    "in the recipe": "run:\n\t@LANGSMITH_TRACING=true python app.py\n",
}

# The head of a program that starts `app.py`, and the ways to do so.
HEAD = "import os\nimport subprocess\nimport sys\n\nPROGRAM = [sys.executable, 'app.py']\n"
CHILDREN = {
    "a dict": "subprocess.run(PROGRAM, env={'LANGSMITH_TRACING': 'true'}, check=True)\n",
    "a name": "env = {'LANGSMITH_TRACING': 'true'}\nsubprocess.check_call(PROGRAM, env=env)\n",
    "added to": (
        "env = {'LANGSMITH_TRACING': 'true'}\nenv['LANGSMITH_PROJECT'] = 'a'\n"
        "subprocess.run(PROGRAM, env=env, check=True)\n"
    ),
    "empty": "os.environ['LANGSMITH_PROJECT'] = 'a'\nsubprocess.run(PROGRAM, env={}, check=True)\n",
    "in its place": "os.execve(sys.executable, PROGRAM, {'LANGSMITH_PROJECT': 'b'})\n",
}


def given(root: Path, name: str) -> Process:
    """The process that a file starts."""
    analysis = Analysis(Project(root, Settings(), discover.walk(root).files))
    (found,) = [
        process for process in analysis.processes.all if f"`{name}` starts" in process.label
    ]
    return found


def run(root: Path, *command: str) -> dict[str, str]:
    """The variables that the program really gets."""
    (root / "bin").mkdir()
    (root / "bin/python").symlink_to(sys.executable)
    path = f"{root / 'bin'}{os.pathsep}{os.environ['PATH']}"
    (root / "langsmith.py").touch()
    done = subprocess.run(
        command, cwd=root, env={"PATH": path}, capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def compare(process: Process, real: dict[str, str]) -> None:
    for name in NAMES:
        known = process.effective(name)
        assert (known.value if known is not None else None) == real.get(name), name


def write(root: Path, name: str, text: str) -> None:
    (root / "app.py").write_text(APP)
    (root / "vars.env").write_text(FILE)
    (root / name).write_text(text)


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS)
def test_scripts(text: str, tmp_path: Path) -> None:
    write(tmp_path, "run.sh", text)
    process = given(tmp_path, "run.sh")
    assert process.code == "project"
    compare(process, run(tmp_path, "bash", "run.sh"))


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
@pytest.mark.parametrize("text", MAKEFILES.values(), ids=MAKEFILES)
def test_makefiles(text: str, tmp_path: Path) -> None:
    write(tmp_path, "Makefile", text)
    compare(given(tmp_path, "Makefile"), run(tmp_path, "make", "run"))


@pytest.mark.skipif(sys.platform == "win32", reason="an empty environment is none there")
@pytest.mark.parametrize("text", CHILDREN.values(), ids=CHILDREN)
def test_children(text: str, tmp_path: Path) -> None:
    write(tmp_path, "run.py", HEAD + text)
    analysis = Analysis(Project(tmp_path, Settings(), discover.walk(tmp_path).files))
    (child,) = analysis.processes.children["run.py"]
    compare(child.process, run(tmp_path, "python", "run.py"))


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd")
def test_systemd_accepts_the_unit_of_the_page(tmp_path: Path) -> None:
    unit = tmp_path / "agent.service"
    unit.write_text(
        '[Service]\nEnvironment=LANGSMITH_TRACING=true\nEnvironment="LANGSMITH_PROJECT=a" A=1\n'
        "EnvironmentFile=-/nonexistent/env\nExecStart=/bin/sh -c true\n"
    )
    done = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert "Unknown" not in done.stderr
    assert "ignoring" not in done.stderr
