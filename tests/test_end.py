"""How the program ends: at once, but with all that it has to say, and in Python's own way where someone looks on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = "import atexit, sys\nfrom lint_langsmith.__main__ import run\natexit.register(print, 'tidied')\n"


def end(
    folder: Path, before: str = "", *, stdout: int = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    program = f"{PROGRAM}{before}\nsys.argv = ['lint-langsmith', '-f', 'concise', '--no-cache', 'one.py']\nrun()"
    command = [sys.executable, "-c", program]
    return subprocess.run(
        command, cwd=folder, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    text = "from langsmith import Client\n\nfor run in Client().list_runs():\n    print(run)\n"
    (tmp_path / "one.py").write_text(text, encoding="utf-8")
    return tmp_path


def test_nothing_is_tidied_up_and_nothing_is_lost(folder: Path) -> None:
    done = end(folder)
    assert done.returncode == 1
    assert "one.py:3:12: LS301" in done.stdout
    assert done.stdout.endswith("\n")
    assert "tidied" not in done.stdout


def test_a_profiler_gets_its_turn(folder: Path) -> None:
    done = end(folder, "sys.setprofile(lambda *_: None)")
    assert done.returncode == 1
    assert done.stdout.endswith("tidied\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_what_cannot_be_printed_is_an_error_as_before(folder: Path) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = end(folder, stdout=full.fileno())
    assert done.returncode == 2
    assert "cannot write to standard output" in done.stderr
