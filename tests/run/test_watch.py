"""`--watch`, by a person at a terminal who edits; and what can only be shown with a file system that is made up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from terminals import Terminal

from lint_langsmith import observation
from lint_langsmith.config.options import Options, UsageError
from lint_langsmith.run import pipeline, watch

APP = """\
from langsmith import Client

client = Client()
"""
COMMAND = [sys.executable, "-m", "lint_langsmith", "check", "--watch"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text('[project]\nname = "x"\n')
    (folder / "app.py").write_text(APP)
    return folder


def variables(tmp_path: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name != "CI"}
    return {**inherited, "LINT_LANGSMITH_CACHE_DIR": str(tmp_path / "cache")}


@pytest.mark.skipif(os.name == "nt", reason="there are no such terminals")
def test_a_person_edits_and_sees_the_findings_of_now(project: Path, tmp_path: Path) -> None:
    pytest.importorskip("watchfiles")
    pytest.importorskip("pexpect")
    with Terminal(COMMAND, project, variables(tmp_path)) as terminal:

        def next_round(changed: str, *, shows: str = "", hides: str = "\0") -> None:
            """A round that `changed` began, on a screen with nothing of the one before it."""
            shown = terminal.wait_until(
                lambda seen: (
                    f"{changed} changed" in seen
                    and "watching" in seen
                    and shows in seen
                    and hides not in seen
                )
            )
            assert shown.count("watching") == 1
            assert shown.startswith("lint-langsmith: "), "the first line has the time"

        first = terminal.wait_until(lambda seen: "watching" in seen)
        assert "LS201" in first
        assert "app.py:3:10" in first
        (project / ".env").write_text("LANGSMITH_API_KEY=made-up-by-a-person\n")
        next_round(".env", hides="LS201")
        (project / "app.py").write_text(APP.replace("import Client", "import LangSmithClient"))
        next_round("app.py", shows="LS501")
        (project / "lint-langsmith.toml").write_text("ignor = []\n")
        next_round(
            "lint-langsmith.toml", shows="lint-langsmith.toml:1: unknown key", hides="LS501"
        )
        (project / "lint-langsmith.toml").write_text('ignore = ["LS5"]\n')
        next_round("lint-langsmith.toml", shows="no findings", hides="LS501")
        (project / "package").mkdir()
        (project / "package" / "more.py").write_text("from langsmith import NoClient\n")
        (project / "lint-langsmith.toml").unlink()
        shown = terminal.wait_until(lambda seen: "NoClient" in seen and "watching" in seen)
        assert shown.count("LS501") == 2
        terminal.process.sendintr()
        assert terminal.ended_by() == signal.SIGINT


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
def test_without_a_terminal_the_reports_follow_each_other(
    project: Path, tmp_path: Path
) -> None:
    pytest.importorskip("watchfiles")
    report = project / "report.json"
    command = [*COMMAND, "-f", "concise", "-f", f"json:{report}"]
    process = subprocess.Popen(
        command,
        cwd=project,
        env=variables(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        assert "LS201" in process.stdout.readline()
        for line in process.stderr:
            if "watching" in line:
                break
        (project / "app.py").write_text(f"\n{APP}")
        assert "app.py changed" in process.stderr.readline(), "its own report is no change"
        for line in process.stdout:
            if "LS201" in line:
                break
        assert line.startswith("app.py:4:10: LS201")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == -signal.SIGTERM
    finally:
        process.kill()
        process.communicate()


def test_without_the_extra_one_sentence_says_what_to_install(project: Path) -> None:
    program = (
        "import sys; sys.modules['watchfiles'] = None; "
        "from lint_langsmith.cli import main; main(['--watch'], 'lint-langsmith')"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        "lint-langsmith: error: `--watch` needs watchfiles: `pip install 'lint-langsmith[watch]'`\n"
    )


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (Options(paths=(), fix=True), "--fix"),
        (Options(paths=(), diff=True), "--diff"),
        (Options(paths=(), add_ignore=""), "--add-ignore"),
        (Options(paths=(), write_baseline="b.json"), "--write-baseline"),
        (Options(paths=(), prune_baseline=True), "--prune-baseline"),
        (Options(paths=("-",)), "standard input"),
    ],
)
def test_what_changes_files_is_refused(options: Options, named: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=named):
        watch.watch(options, tmp_path)


class _EndError(Exception):
    """The test has seen enough."""


def rounds(
    monkeypatch: pytest.MonkeyPatch, app: Path, during: Callable[[int], object] = id
) -> list[str]:
    """What each round reads of a file, until the watch waits; `during` is done in each, by its number from 1."""
    done: list[str] = []

    def run(*_: object) -> int:
        observation.note_content(app)
        done.append(app.read_text())
        during(len(done))
        assert len(done) < 5, "it lints for ever"
        return 0

    def never(*_: object, **__: object) -> Iterator[set[Any]]:
        done.append("waits")
        raise _EndError

    monkeypatch.setattr(pipeline, "run", run)
    monkeypatch.setattr(watch, "_watcher", lambda: never)
    with pytest.raises(_EndError):
        watch.watch(Options(paths=()), app.parent)
    return done


def test_what_is_written_while_a_round_goes_on_begins_the_next(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    app = tmp_path / "app.py"
    app.write_text("1")
    os.utime(app, (0, 0))
    done = rounds(monkeypatch, app, lambda number: app.write_text("2") if number == 1 else None)
    assert done == ["1", "2", "waits"]


def test_a_file_of_the_future_is_no_change_for_ever(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    app = tmp_path / "app.py"
    app.write_text("")
    tomorrow = time.time() + 86400
    os.utime(app, (tomorrow, tomorrow))
    done = rounds(monkeypatch, app)
    assert done == ["", "", "waits"]


def test_nothing_is_looked_at_while_nothing_changes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    app = tmp_path / "app.py"
    app.write_text("")
    looks: list[str] = []
    state_of = watch._file_state

    def looked_at(path: str) -> Any:
        looks.append(path)
        return state_of(path)

    def run(*_: object) -> int:
        observation.note_content(app)
        return 0

    def wakes(*_folders: object, **_options: object) -> Iterator[set[Any]]:
        before = len(looks)
        for _ in range(1000):
            yield set()
        assert len(looks) - before == 1, "only when it has begun to watch"
        yield {(1, str(tmp_path / "else.txt"))}
        assert len(looks) - before == 2
        raise _EndError

    monkeypatch.setattr(watch, "_file_state", looked_at)
    monkeypatch.setattr(pipeline, "run", run)
    monkeypatch.setattr(watch, "_watcher", lambda: wakes)
    os.utime(app, (0, 0))
    with pytest.raises(_EndError):
        watch.watch(Options(paths=()), tmp_path)
