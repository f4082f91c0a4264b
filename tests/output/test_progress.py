"""Where the time of a run goes, and what one who waits for it gets to see."""

from __future__ import annotations

import io
import os
import re
import sys
import time
from pathlib import Path

import pytest
from terminals import run_on_terminal

from lint_langsmith.clock import Clock
from lint_langsmith.output.progress import Progress
from lint_langsmith.output.terminal import wants_progress

CLIENT = "from langsmith import Client\n\nclient = Client()\n"


class Watch:
    """A clock that goes as it is told."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def test_of_phases_in_each_other_the_innermost_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Watch()
    monkeypatch.setattr(time, "perf_counter", watch)
    clock = Clock()
    with clock.phase("outer"):
        watch.time = 1.0
        with clock.phase("inner", 2):
            watch.time = 5.0
        with pytest.raises(ValueError, match="x"), clock.phase("inner", 1):
            raise ValueError("x")
        watch.time = 7.0
    assert clock.seconds == {"outer": 1.0 + 2.0, "inner": 4.0}
    assert (clock.counts["outer"], clock.counts["inner"]) == (0, 3)
    clock.expect("inner", 4)
    assert clock.totals["inner"] == 7


def test_the_line_comes_late_seldom_and_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    watch, stream = Watch(), io.StringIO()
    progress = Progress(stream, watch)
    for watch.time in (0.0, 0.5, 0.99):
        progress({"read": 1}, {"read": 100})
    progress.clear()
    assert stream.getvalue() == "", "who waits for less than a second is told nothing"
    for watch.time in (1.0, 1.05, 1.2):
        progress({"read": 100, "parse": 7, "flow": 1, "check": 5}, {"read": 100, "check": 10})
    first, second = re.findall(r"\r([^\r]+)", stream.getvalue())
    assert (
        first
        == second
        == "[##########----------] 100/100 read, 7 parsed, 1 calls followed"[:59]
    )
    progress.clear()
    assert stream.getvalue().endswith(f"\r{' ' * 59}\r")


@pytest.mark.parametrize(
    ("variables", "terminal", "wanted"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"CI": "true"}, True, False),
        ({"TERM": "dumb"}, True, False),
    ],
)
def test_who_gets_to_see_it(variables: dict[str, str], terminal: bool, wanted: bool) -> None:
    assert wants_progress(variables, terminal=terminal) is wanted


def on_a_terminal(
    folder: Path, patience: float, *args: str, **variables: str
) -> tuple[int, str, str]:
    """A run whose standard error is a terminal: exit code, standard output, and what the terminal got.

    `patience` is for how many seconds it shows nothing: how long a run takes depends on the machine.
    """
    start = "cli.main(prog_name='lint-langsmith')"
    imports = "from lint_langsmith import cli; from lint_langsmith.output import progress"
    program = f"{imports}; progress._PATIENCE = {patience}; {start}"
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    command = [sys.executable, "-c", program, "--no-cache", "-j1", *args]
    seen = {**environment, "TERM": "xterm", **variables}
    return run_on_terminal(command, folder, seen, with_stdout=False)


@pytest.mark.skipif(os.name == "nt", reason="there are no such terminals")
def test_a_quick_run_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(CLIENT)
    code, stdout, terminal = on_a_terminal(tmp_path, 3600.0, "--select", "LS201")
    assert (code, terminal) == (1, "")
    assert stdout.startswith("a.py:3:10: LS201")


@pytest.mark.skipif(os.name == "nt", reason="there are no such terminals")
def test_a_long_run_shows_how_far_it_is_and_leaves_no_trace(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    for number in range(20):
        (tmp_path / f"m{number}.py").write_text(f"{CLIENT}print({number})\n")
    code, stdout, terminal = on_a_terminal(tmp_path, 0.0, "--select", "LS201")
    assert (code, stdout.count("LS201")) == (1, 20)
    lines = terminal.split("\r")
    assert re.search(r"^\[[#-]{20}\] .*\d+ parsed", terminal, re.MULTILINE) or any(
        "parsed" in line for line in lines
    )
    assert "\n" not in terminal
    *_, blank, after = lines
    assert (blank.strip(), after) == ("", ""), "the line is gone when the run is done"
    for hidden in (("-q",), ()):
        variables = {} if hidden else {"CI": "1"}
        assert on_a_terminal(tmp_path, 0.0, "--select", "LS201", *hidden, **variables)[2] == ""
