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
    monkeypatch.setenv("COLUMNS", "50")
    watch, stream = Watch(), io.StringIO()
    progress = Progress(stream, watch)
    for watch.time in (0.0, 0.5, 0.99):
        progress(["check", "read"], {"read": 1}, {"read": 100})
    progress.clear()
    assert stream.getvalue() == "", "who waits for less than a second is told nothing"
    for watch.time in (1.0, 1.05, 1.2):
        progress(["check", "LS301"], {"check": 5}, {"check": 1000})
    first, second = re.findall(r"\r([^\r]+)", stream.getvalue())
    assert first == second == "[############--------] checking files: 5 of 1000, 1 s"[:49]
    progress.clear()
    assert stream.getvalue().endswith(f"\r{' ' * 49}\r")


@pytest.mark.parametrize(
    ("phases", "counts", "shown"),
    [
        ((), {}, "[--------------------] finding files, 7 s"),
        (
            ("check", "read"),
            {"read": 50},
            "[#-------------------] reading files: 50 of 100, 7 s",
        ),
        (
            ("check", "LS201", "parse"),
            {"read": 100, "parse": 40},
            "[#######-------------] parsing files: 40 of 80, 7 s",
        ),
        (
            ("check", "link"),
            {"read": 100, "parse": 80},
            "[############--------] linking files, 7 s",
        ),
        (
            ("check", "LS301", "flow"),
            {"parse": 90, "flow": 3, "check": 5},
            "[################----] following 403s, 7 s",
        ),
        (("check",), {"check": 5}, "[################----] checking files: 5 of 10, 7 s"),
        (("report",), {"check": 10}, "[####################] writing the reports, 7 s"),
    ],
)
def test_the_line_names_the_phase_and_moves_with_the_work(
    phases: tuple[str, ...], counts: dict[str, int], shown: str
) -> None:
    watch, stream = Watch(), io.StringIO()
    progress = Progress(stream, watch)
    watch.time = 7.0
    progress(phases, counts, {"read": 100, "parse": 80, "check": 10})
    assert stream.getvalue() == f"\r{shown}"


def test_the_bar_never_goes_back() -> None:
    watch, stream = Watch(), io.StringIO()
    progress = Progress(stream, watch)
    for watch.time, total in ((2.0, 80), (3.0, 800)):
        progress(["parse"], {"parse": 80}, {"parse": total})
    first, second = re.findall(r"\[[#-]+\]", stream.getvalue())
    assert first == second == "[############--------]"


def test_what_others_have_parsed_counts_before_it_is_used() -> None:
    told: list[int] = []
    clock = Clock(lambda _, counts, __: told.append(counts["parse"]))
    clock.count("parse", 2)
    clock.is_ahead("parse", 5)
    clock.count("parse", 1)
    assert told == [2, 7, 3]
    assert clock.counts["parse"] == 3


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
    # Each change is drawn, however quick the machine is.
    program = f"{imports}; progress._PATIENCE = {patience}; progress._EVERY = 0.0; {start}"
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
    drawn = [line for line in lines if line.strip()]
    assert all(
        re.match(r"\[[#-]{20}\] [a-z0-9 ]+(: \d+ of 2[01])?, \d+ s", line) for line in drawn
    )
    assert any("checking files: 20 of 21" in line for line in drawn)
    bars = [line.count("#") for line in drawn]
    assert bars == sorted(bars)
    assert "\n" not in terminal
    *_, blank, after = lines
    assert (blank.strip(), after) == ("", ""), "the line is gone when the run is done"
    for hidden in (("-q",), ()):
        variables = {} if hidden else {"CI": "1"}
        assert on_a_terminal(tmp_path, 0.0, "--select", "LS201", *hidden, **variables)[2] == ""


@pytest.mark.skipif(os.name == "nt", reason="there are no such timers")
def test_a_phase_that_counts_nothing_is_shown_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(CLIENT)
    slow = (
        "import time; from lint_langsmith.run import pipeline; from lint_langsmith.output import progress; "
        "find = pipeline.find_targets; progress._PATIENCE = 0.0; progress._TICK = 0.05; "
        "pipeline.find_targets = lambda *given: time.sleep(0.6) or find(*given); "
        "from lint_langsmith import cli; cli.main(prog_name='lint-langsmith')"
    )
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    code, _, terminal = run_on_terminal(
        [sys.executable, "-c", slow, "--no-cache"],
        tmp_path,
        {**environment, "TERM": "xterm"},
        with_stdout=False,
    )
    assert code == 1
    assert re.search(r"\[-{20}\] finding files, \d+ s", terminal)
    assert terminal.split("\r")[-1] == ""
