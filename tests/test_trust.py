"""What a checkout brings is not trusted: nothing of it is run, and nothing of it decides over more than itself."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner
from linting import concise
from pace import within
from test_reports import made_up_key

from lint_langsmith.cli import main
from lint_langsmith.findings import Span
from lint_langsmith.output.report import FORMATS
from lint_langsmith.source import comments, files
from lint_langsmith.source.suppressions import removal
from lint_langsmith.workers import pool, processes

FAULTY: Final = "from langsmith import Client\nClient().create_dataset('x')\n"
# Modules that we or Python import, by names that a checkout may have as well.
SHADOWED: Final = (
    "click",
    "difflib",
    "json",
    "msgspec",
    "multiprocessing",
    "pathspec",
    "random",
    "tempfile",
    "tomli",
)
TRAP: Final = "open({mark!r}, 'w').close()\n"


# -- nothing of it is run --------------------------------------------------------------------------------------------


@pytest.fixture
def mark(repo: Path) -> Path:
    """A file that is made when a module of the checkout is run."""
    found = repo.parent / "was-run"
    for name in SHADOWED:
        (repo / f"{name}.py").write_text(TRAP.format(mark=str(found)))
    return found


def test_python_m_imports_nothing_from_the_working_directory(repo: Path, mark: Path) -> None:
    (repo / "app.py").write_text(FAULTY)
    done = subprocess.run(
        [sys.executable, "-m", "lint_langsmith", "--no-cache", "-j1", "app.py"],
        cwd=repo, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert not mark.exists()
    assert (done.returncode, done.stderr) == (1, "")


def test_nor_does_a_new_python_that_helps(repo: Path, mark: Path) -> None:
    started = processes.start(
        2, functools.partial(pool._serve, work=bytes.upper, ready=pool._nothing)
    )
    try:
        for line in started.lines:
            line.send_bytes(b"x")
        assert [line.recv_bytes()[-1:] for line in started.lines] == [b"X", b"X"]
    finally:
        for line in started.lines:
            line.send_bytes(b"")
        for process in started.processes:
            process.join()
    assert not mark.exists()
    assert Path.cwd() == repo


# -- what is configured counts where it stands -----------------------------------------------------------------------


@pytest.mark.parametrize(("where", "code"), [("app.py", 1), (".aside/app.py", 0)])
def test_a_folder_does_not_lower_the_level_of_others(repo: Path, where: str, code: int) -> None:
    aside = repo / ".aside"
    aside.mkdir()
    (aside / "lint-langsmith.toml").write_text('fail-on = "never"\n')
    (aside / "a.py").write_text("x = 1\n")
    (repo / where).write_text(FAULTY)
    result = concise(".")
    assert "LS" in result.stdout
    assert result.exit_code == code


def test_a_baseline_from_elsewhere_is_not_quoted(repo: Path) -> None:
    known = {"path": "hush", "code": "hush", "fingerprint": "0", "count": 1}
    (repo.parent / "base.json").write_text(json.dumps({"version": 1, "findings": [known]}))
    (repo / "app.py").write_text(FAULTY)
    (repo / "lint-langsmith.toml").write_text('baseline = "../base.json"\n')
    result = concise(".")
    assert "1 finding of" in result.stderr
    assert "hush" not in result.output
    assert "hush" in concise(".", "--baseline", "../base.json").stderr  # a person has named it


# -- what is tracked is looked at ------------------------------------------------------------------------------------


def test_a_file_that_is_meant_to_be_added_is_not_ignored(repo: Path) -> None:
    (repo / ".gitignore").write_text("*.py\n")
    (repo / "app.py").write_text(FAULTY)
    subprocess.run(["git", "add", "--force", "--intent-to-add", "app.py"], check=True)
    assert concise(".").exit_code == 1


# -- keys and writing ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("form", FORMATS)
def test_a_key_in_two_items_of_a_list_is_masked(
    repo: Path, form: str, indent: int | None
) -> None:
    key = made_up_key()
    printed = {"output_type": "stream", "name": "stdout", "text": [key[:20], f"{key[20:]}\n"]}
    cell = {"cell_type": "code", "metadata": {}, "source": f"k = '{key}'", "outputs": [printed]}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (repo / "a.ipynb").write_text(json.dumps(notebook, indent=indent))
    shown = CliRunner().invoke(main, ["--no-cache", "-f", form, "."]).output
    assert "LS101" in shown
    assert key[8:20] not in shown
    assert key[21:40] not in shown


def test_a_file_with_the_longest_name_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 252 + ".py")
    path.write_text("old")
    files.write_whole(path, b"new")
    assert [file.read_text() for file in tmp_path.iterdir()] == ["new"]


# -- signals ---------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")
@pytest.mark.parametrize("handled", ["raise RuntimeError('made of it') from None", "pass"])
def test_a_signal_ends_the_process_whatever_becomes_of_its_exception(
    repo: Path, handled: str
) -> None:
    script = (
        "import os, signal\nfrom lint_langsmith import cli\nfrom lint_langsmith.run import pipeline\n"
        "def run(*_):\n    try:\n        os.kill(os.getpid(), signal.SIGTERM)\n        signal.sigtimedwait([], 1)\n"
        f"    except BaseException:\n        {handled}\n    return 0\n"
        "pipeline.run = run\ncli.main(['.'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=repo, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (-signal.SIGTERM, "")


# What a run is interrupted in, and how the exception of the signal is lost there.
LOST_IN: Final = {
    # Another thread has put the questions of a cycle in place of those that the waiting one now tidies up.
    "a question that waits for a further stack": """
        from lint_langsmith.analysis import memo
        def on_new_stack(answer, question):
            answer.__self__._running = {}
            signal.raise_signal(signal.SIGTERM)
        memo.LEVELS, memo.on_new_stack = 1, on_new_stack
    """,
    "a rule": """
        from lint_langsmith.run import engine
        def with_fix(file, violation):
            try:
                signal.raise_signal(signal.SIGTERM)
            finally:
                del {}["question"]
        engine._with_fix_as_allowed = with_fix
    """,
    "the parser": """
        from lint_langsmith.analysis.ir import tree
        tree.cst.parse_module = lambda text: signal.raise_signal(signal.SIGTERM)
        tree.cst.parse_statement = tree.cst.parse_module
    """,
}


@pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")
@pytest.mark.parametrize("lost", LOST_IN.values(), ids=[*LOST_IN])
def test_an_interrupted_run_reports_nothing(repo: Path, lost: str) -> None:
    (repo / "a.py").write_text(FAULTY)
    begin = "import signal\nfrom lint_langsmith import cli\n"
    script = f"{begin}{textwrap.dedent(lost)}\ncli.main(['--no-cache', '-j1', '.'])\n"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=repo, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGTERM, "", "")


# -- time ------------------------------------------------------------------------------------------------------------


def test_an_entry_behind_many_semicolons_is_found_at_once() -> None:
    # On a line that is longer than a person writes nothing is taken out.
    with within(2):
        for semicolons, is_found in ((1900, True), (60_000, False)):
            line = ";" * semicolons + "x # lint-langsmith: ignore[LS301]"
            at = line.index("LS301") + 1
            assert (removal([line], Span(1, at, 1, at + 5)) is not None) == is_found


def test_tags_that_nothing_closes_take_no_time() -> None:
    with within(2):
        assert not list(comments._in_html("<script" * 30_000))
