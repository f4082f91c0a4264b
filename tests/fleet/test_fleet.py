"""Many repositories on a cluster that is really there: what is found, what goes wrong, what is left of a run."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import casebook
import msgspec
import psutil
import pytest
from click.testing import CliRunner
from click.testing import Result as Ran
from distributed import KilledWorker
from positions import Repo
from terminals import run_on_terminal

from lint_langsmith.cli import main
from lint_langsmith.fleet import cluster as engine_module
from lint_langsmith.fleet import isolation
from lint_langsmith.fleet.checkout import check_out
from lint_langsmith.fleet.cluster import connected
from lint_langsmith.fleet.command import Progress
from lint_langsmith.fleet.engine import Engine, SchedulerLostError
from lint_langsmith.fleet.jobs import Request, Result, Status
from lint_langsmith.fleet.sources import find_sources
from lint_langsmith.fleet.states import state_of
from lint_langsmith.fleet.store import Store
from lint_langsmith.history.repository import Repository
from lint_langsmith.redaction import key_like

_KEYS: Final = casebook.Keys("fleet")
KEY: Final = _KEYS["KEY"]
OTHER: Final = _KEYS["KEY2"]
CLIENT: Final = "from langsmith import LangSmithClient\n"  # LS501
PATIENCE: Final = 60.0


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """A client of a cluster of two processes, as the command starts it."""
    with connected(Engine(workers=2)) as client:
        yield client


@pytest.fixture
def address(client: Any) -> str:
    return str(client.scheduler.address)


@pytest.fixture
def made(tmp_path: Path) -> Callable[[str], Repo]:
    """Makes a repository with a finding, below one folder."""

    def make(name: str, key: str = KEY) -> Repo:
        repo = Repo(tmp_path / "repos" / name, key)
        repo.commit("app", app__py=CLIENT)
        return repo

    return make


def fleet(address: str, tmp_path: Path, *arguments: str | Path, stdin: str = "") -> Ran:
    words = ["fleet", *map(str, arguments), "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(main, [*words, "--scheduler", address], input=stdin)
    assert not key_like(result.output)
    return result


def rows(tmp_path: Path) -> dict[str, dict[str, Any]]:
    """The rows by the last part of the repository's name; each is there once."""
    lines = (tmp_path / "out" / "repositories.jsonl").read_text().splitlines()
    found = [json.loads(line) for line in lines]
    names = Counter(row["repository"] for row in found)
    assert set(names.values()) <= {1}, names
    return {row["repository"].rpartition("/")[2]: row for row in found}


def findings(tmp_path: Path) -> list[dict[str, Any]]:
    lines = (tmp_path / "out" / "findings.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.02)


def hang(repo: Repo) -> None:
    """Make git wait for ever in a repository: it opens its configuration, which nobody writes."""
    config = repo.folder / ".git" / "config"
    config.unlink()
    os.mkfifo(config)


def release(repo: Repo) -> None:
    """Let git go on in a repository in which it waits."""
    config = repo.folder / ".git" / "config"
    pipe = config.rename(config.with_name("pipe"))
    config.write_text("")
    with contextlib.suppress(OSError):  # nobody waits
        os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))


# -- what is found ---------------------------------------------------------------------------------------------------


def test_what_check_finds_is_found(
    address: str, tmp_path: Path, made: Callable[[str], Repo]
) -> None:
    repo = made("one")
    folder = repo.folder / "sub"
    folder.mkdir()
    (folder / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    (folder / "b.py").write_text("from langsmith import Client\nClient().read_run('1')\n")
    repo.git("add", "-A")
    repo.git("commit", "-qm", "sub")
    result = fleet(address, tmp_path, tmp_path / "repos")
    assert result.exit_code == 1, result.output
    checked = CliRunner().invoke(main, ["check", str(repo.folder), "-f", "jsonl"])
    expected = [json.loads(line) for line in checked.stdout.splitlines()]
    found = findings(tmp_path)
    assert len(found) == len(expected) > 2
    for one, other in zip(found, expected, strict=True):
        place = Path(other["root"], other["path"]).relative_to(repo.folder)
        assert one["path"] == str(place)
        same = ("code", "message", "line", "column", "severity", "help", "fix")
        assert [one[name] for name in same] == [other[name] for name in same]
    assert {one["head"] for one in found} == {repo.git("rev-parse", "HEAD")}


def test_sources_of_every_kind(
    address: str, tmp_path: Path, made: Callable[[str], Repo]
) -> None:
    repo = made("one")
    listed = made("listed")
    bare = tmp_path / "bare.git"
    repo.git("clone", "-q", "--bare", str(repo.folder), str(bare))
    (tmp_path / "list.txt").write_text(
        f"# ours\n\nfile://{repo.folder}\nrepos/listed\nrepos/listed\n"
    )
    (tmp_path / "empty").mkdir()
    subprocess.run(["git", "init", "-q", str(tmp_path / "new")], check=True)
    sources = (repo.folder, bare, "list.txt", "empty", "new", "nowhere", "file:///nowhere")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        result = fleet(address, tmp_path, *sources, "--retries", "0")
    assert result.exit_code == 2
    lines = (tmp_path / "out" / "repositories.jsonl").read_text().splitlines()
    found = {row["repository"]: row for row in map(json.loads, lines)}
    of_one = {str(repo.folder), str(bare), f"file://{repo.folder}", str(listed.folder)}
    for name in of_one:
        assert (found[name]["status"], found[name]["files"]) == ("done", 2), found[name]
    status = {name: (row["status"], row["reason"]) for name, row in found.items()}
    assert status[str(tmp_path / "new")] == ("empty", "it has no commit yet")
    empty, nowhere = str(tmp_path / "empty"), str(tmp_path / "nowhere")
    assert status[empty] == ("no repository", f"{empty} is no git repository")
    assert status[nowhere] == ("no repository", f"{nowhere} does not exist")
    assert status["file:///nowhere"][0] == "not cloned"
    assert "nowhere" in status["file:///nowhere"][1]
    assert len(found) == len(of_one) + 4


def test_a_key_at_head_and_one_in_the_history_are_told_apart_and_shown_nowhere(
    address: str, tmp_path: Path, made: Callable[[str], Repo]
) -> None:
    repo = made("one")
    repo.commit("leak", a__py=f"K = '{OTHER}'\n", b__py=f"K = '{KEY}'\n")
    repo.commit("remove", a__py="K = 1\n", **{f"{KEY}__py": "x = 1\n"})
    assert fleet(address, tmp_path, repo.folder).exit_code == 1
    row = rows(tmp_path)["one"]
    assert (row["keys_at_head"], row["keys_in_history"]) == (1, 0)
    clone = tmp_path / f"mirror-{KEY}"
    repo.git("clone", "-q", "--mirror", str(repo.folder), str(clone))
    sources = (clone, f"https://u:{OTHER}@127.0.0.1:9/{KEY}.git")
    assert fleet(address, tmp_path, *sources, "--history", "--retries", "0").exit_code == 2
    done, lost = sorted(rows(tmp_path).values(), key=lambda row: str(row["status"]))
    assert (done["keys_at_head"], done["keys_in_history"]) == (1, 1)
    assert lost["status"] == "not cloned"
    assert "127.0.0.1" in lost["reason"]
    history = [found for found in findings(tmp_path) if found["in"] == "history"]
    assert sorted(bool(found["at_head"]) for found in history) == [False, True]
    for path in (tmp_path / "out").iterdir():
        text = path.read_text()
        assert not key_like(text), path
        assert KEY[:20] not in text
        assert OTHER[:20] not in text
    assert "lsv2_pt_***" in (tmp_path / "out" / "findings.jsonl").read_text()


def test_an_address_is_cloned_whole_for_its_history(
    address: str, tmp_path: Path, made: Callable[[str], Repo]
) -> None:
    repo = made("one")
    repo.commit("leak", a__py=f"K = '{KEY}'\n")
    repo.commit("remove", a__py="K = 1\n")
    source = f"file://{repo.folder}"
    assert fleet(address, tmp_path, source, "--fail-on", "never").exit_code == 0
    assert fleet(address, tmp_path, source, "--fail-on", "never", "--history").exit_code == 1
    (row,) = rows(tmp_path).values()
    assert (row["keys_at_head"], row["keys_in_history"]) == (0, 1)


def test_names_are_text_in_the_page_and_in_the_table(
    address: str, tmp_path: Path, made: Callable[[str], Repo]
) -> None:
    made("<b>x&y\x1b[31m")
    (tmp_path / "list.txt").write_text(f"{tmp_path}/repos/<b>x&y\x1b[31m\n=1+1\n")
    fleet(address, tmp_path, tmp_path / "list.txt")
    page = (tmp_path / "out" / "summary.html").read_text()
    assert "&lt;b&gt;x&amp;y\\x1b[31m" in page
    assert "<b>x" not in page
    with (tmp_path / "out" / "summary.csv").open() as file:
        table = [*csv.DictReader(file)]
    assert [line["rule"] for line in table] == ["LS501", ""]
    for path in (tmp_path / "out").iterdir():
        assert "\x1b" not in path.read_text()


# -- runs after runs -------------------------------------------------------------------------------------------------


def test_a_second_run_examines_what_has_changed(
    address: str, tmp_path: Path, made: Callable[[str], Repo], monkeypatch: pytest.MonkeyPatch
) -> None:
    repos = [made(name) for name in ("a", "b", "c")]
    repos[0].git("pack-refs", "--all")
    remote = f"file://{repos[2].folder}"
    sources: list[str | Path] = [*(repo.folder for repo in repos), remote]
    assert fleet(address, tmp_path, *sources).exit_code == 1
    first = (tmp_path / "out" / "findings.jsonl").read_text()
    asked: list[str] = []
    results = engine_module.results

    def noted(client: Any, engine: Engine, jobs: Any) -> Any:
        listed = [*jobs]
        asked.extend(job.source.name for job in listed)
        return results(client, engine, listed)

    monkeypatch.setattr(engine_module, "results", noted)
    assert fleet(address, tmp_path, *sources).exit_code == 1
    assert asked == [remote], "only what has to be asked over a network"
    assert (tmp_path / "out" / "findings.jsonl").read_text() == first
    assert {row["run"] for row in rows(tmp_path).values()} == {1}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_module, "connected", None)
        words = ["fleet", *(str(repo.folder) for repo in repos), "--out", str(tmp_path / "out")]
        assert CliRunner().invoke(main, words).exit_code == 1, (
            "no cluster is started for nothing"
        )
    asked.clear()
    repos[1].commit("worse", b__py=CLIENT)
    repos[0].commit("better", app__py="x = 1\n")
    fleet(address, tmp_path, *sources[:3])
    assert sorted(asked) == [str(repo.folder) for repo in repos[:2]]
    with (tmp_path / "out" / "summary.csv").open() as file:
        changes = {
            (line["repository"][-1], line["findings"], line["before"], line["change"])
            for line in csv.DictReader(file)
        }
    assert changes == {("b", "2", "1", "1"), ("c", "1", "1", "0"), ("a", "0", "1", "-1")}
    assert {found["repository"][-1] for found in findings(tmp_path)} == {"b", "c"}
    asked.clear()
    fleet(address, tmp_path, *sources[:3], "--select", "LS5")
    assert len(asked) == 3, "other settings"


def test_a_run_that_is_cut_off_goes_on(
    address: str, tmp_path: Path, made: Callable[[str], Repo]
) -> None:
    for number in range(6):
        made(f"r{number}")
    stuck = made("z-stuck")
    hang(stuck)
    process = started(address, tmp_path)
    until(lambda: lines_in(tmp_path) == 6)
    process.kill()
    process.wait()
    out = tmp_path / "out"
    done = (out / "repositories.jsonl").read_bytes()
    with (out / "findings.jsonl").open("ab") as file:
        file.write(b'{"repository": "half')
    with (out / "repositories.jsonl").open("ab") as file:
        file.write(done.splitlines()[0][:40])
    release(stuck)
    assert fleet(address, tmp_path, tmp_path / "repos").exit_code == 1
    assert {row["status"] for row in rows(tmp_path).values()} == {"done"}
    assert len(rows(tmp_path)) == len(findings(tmp_path)) == 7
    kept = [row for row in rows(tmp_path).values() if row["repository"][-1] != "k"]
    before = {row["repository"]: row["seconds"] for row in map(json.loads, done.splitlines())}
    assert {row["repository"]: row["seconds"] for row in kept} == before, "none was done again"


def started(address: str, tmp_path: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """The command as a process of its own."""
    words = ["fleet", str(tmp_path / "repos"), "--out", str(tmp_path / "out")]
    with (tmp_path / "said").open("wb") as said:
        return subprocess.Popen(
            [
                sys.executable,
                "-m",
                "lint_langsmith",
                *words,
                "--scheduler",
                address,
                *arguments,
            ],
            stdout=said,
            stderr=said,
        )


def lines_in(tmp_path: Path) -> int:
    path = tmp_path / "out" / "repositories.jsonl"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def servers() -> list[int]:
    """The processes beside the workers of this test's cluster, and below them."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "lint_langsmith.fleet.server" in " ".join(process.cmdline()):
                found.append(process.pid)
    return found


def test_two_runs_do_not_write_to_one_folder(
    address: str, tmp_path: Path, made: Callable[[str], Repo]
) -> None:
    made("one")
    store = Store(tmp_path / "out")
    try:
        result = fleet(address, tmp_path, tmp_path / "repos")
    finally:
        store.close()
    assert result.exit_code == 2
    assert "another run writes to" in result.output


def test_files_of_others_are_left_alone(
    address: str, tmp_path: Path, made: Callable[[str], Repo]
) -> None:
    made("one")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "findings.jsonl").write_text("mine\n")
    assert fleet(address, tmp_path, tmp_path / "repos").exit_code == 2
    assert (tmp_path / "out" / "findings.jsonl").read_text() == "mine\n"
    (tmp_path / "out" / "findings.jsonl").unlink()
    (tmp_path / "mine").write_text("mine\n")
    (tmp_path / "out" / "repositories.jsonl").symlink_to(tmp_path / "mine")
    assert fleet(address, tmp_path, tmp_path / "repos").exit_code == 2
    assert (tmp_path / "mine").read_text() == "mine\n"


# -- what goes wrong -------------------------------------------------------------------------------------------------


def test_what_hangs_and_what_dies_is_a_row_with_its_reason(
    client: Any, address: str, tmp_path: Path, made: Callable[[str], Repo]
) -> None:
    hang(made("stuck"))
    repos = tmp_path / "repos"
    assert fleet(address, tmp_path, repos, "--timeout", "1").exit_code == 2
    found = {name: (row["status"], row["reason"]) for name, row in rows(tmp_path).items()}
    assert found == {"stuck": ("timeout", "it took more than 1 s")}
    process = started(address, tmp_path)
    until(lambda: bool(examining()))
    (child,) = examining()
    os.kill(child, signal.SIGKILL)
    assert process.wait(PATIENCE) == 2, (tmp_path / "said").read_text()
    assert rows(tmp_path)["stuck"]["status"] == "crashed"
    assert rows(tmp_path)["stuck"]["reason"] == "its process was ended by SIGKILL"
    assert client.nthreads(), "the workers live"


def examining() -> list[int]:
    """The processes in which git waits for ever."""
    found = []
    for pid in servers():
        with contextlib.suppress(psutil.Error):
            names = [child.name() for child in psutil.Process(pid).children()]
            found += [pid] if "git" in names else []
    return found


def test_what_takes_too_much_memory_is_a_row_with_its_reason(
    client: Any, tmp_path: Path, made: Callable[[str], Repo]
) -> None:
    repo = made("stuck")
    hang(repo)
    job = job_of(str(repo.folder))
    engine = Engine(memory=10 << 20, timeout=600)
    (result,) = engine_module.results(client, engine, [job])
    assert (result.status, result.exit_code) == ("memory", 2)
    assert result.reason == "it took more than 10 MiB of memory"


def job_of(folder: str) -> Any:
    from lint_langsmith import __version__
    from lint_langsmith.config.options import Options
    from lint_langsmith.fleet.jobs import Job
    from lint_langsmith.fleet.sources import Source

    return Job(
        source=Source(folder, folder, is_address=False),
        options=Options(paths=(), jobs=1, cache=False),
        settings="x",
        version=__version__,
    )


def test_a_worker_that_is_killed_loses_nothing_and_doubles_nothing(
    client: Any, address: str, tmp_path: Path, made: Callable[[str], Repo]
) -> None:
    for number in range(12):
        made(f"r{number:02}")
    stuck = made("stuck")
    hang(stuck)
    process = started(address, tmp_path)
    until(lambda: lines_in(tmp_path) >= 3)
    victims = client.run(os.getpid)
    os.kill(next(iter(victims.values())), signal.SIGKILL)
    release(stuck)
    assert process.wait(PATIENCE) == 1, (tmp_path / "said").read_text()
    found = rows(tmp_path)
    assert len(found) == 13
    assert {row["status"] for row in found.values()} == {"done"}
    assert Counter(one["repository"] for one in findings(tmp_path)) == Counter(
        row["repository"] for row in found.values()
    )
    until(lambda: len(client.nthreads()) == 2)


def test_a_repository_that_takes_its_workers_with_it_is_a_row(
    client: Any, tmp_path: Path, made: Callable[[str], Repo]
) -> None:
    repo = made("stuck")
    hang(repo)
    before = client.run_on_scheduler(_allow, 0)
    workers = client.run(os.getpid).values()

    def kill() -> None:
        until(lambda: bool(examining()))
        server = psutil.Process(psutil.Process(examining()[0]).ppid())
        assert server.ppid() in workers
        os.kill(server.ppid(), signal.SIGKILL)

    try:
        found = engine_module.results(client, Engine(), [job_of(str(repo.folder))])
        with Aside(kill):
            (result,) = found
    finally:
        client.run_on_scheduler(_allow, before)
    assert (result.status, result.exit_code) == ("lost", 2)
    until(lambda: len(client.nthreads()) == 2)


def test_a_server_that_is_killed_is_replaced(
    client: Any, tmp_path: Path, made: Callable[[str], Repo]
) -> None:
    repo = made("stuck")
    hang(repo)
    found = engine_module.results(client, Engine(), [job_of(str(repo.folder))])

    def kill() -> None:
        until(lambda: bool(examining()))
        (child,) = examining()
        os.kill(psutil.Process(child).ppid(), signal.SIGKILL)
        release(repo)

    with Aside(kill):
        (result,) = found
    assert (result.status, result.exit_code) == ("done", 1)


def test_no_more_jobs_are_taken_than_are_soon_to_be_done(
    client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("_WINDOW", "_FIRST", "_LARGEST_GROUP"):
        monkeypatch.setattr(engine_module, name, 3)
    taken: list[str] = []

    def jobs() -> Iterator[Any]:
        for number in range(9):
            taken.append(str(number))
            yield job_of(str(tmp_path / str(number)))

    for done, result in enumerate(engine_module.results(client, Engine(), jobs())):
        assert result.status == "no repository"
        assert len(taken) <= done + 2 * 3
    assert len(taken) == 9


def test_of_a_group_that_is_lost_each_is_asked_again(tmp_path: Path) -> None:
    jobs = [job_of(str(tmp_path / str(number))) for number in range(20)]
    work = engine_module._Work(Engine(), jobs)
    results: list[str] = []
    futures = 0

    def hand_out() -> list[str]:
        nonlocal futures
        keys = []
        for group in work.groups():
            futures += 1
            keys.append(f"{futures}")
            work.asked[keys[-1]] = group
        return keys

    def answer(
        key: str, status: Status = "done", seconds: float = 0.1, count: int | None = None
    ) -> list[Any]:
        done = [
            msgspec.msgpack.encode(Result(name=job.source.name, status=status, seconds=seconds))
            for job in work.asked[key][:count]
        ]
        found = [*work.results(key, "finished", done)]
        results.extend(result.name for result in found)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_module, "_FIRST", 2)
        first = hand_out()
    assert [len(work.asked[key]) for key in first] == [1, 1], "nothing is known yet"
    answer(first[0])
    groups = hand_out()
    assert [len(work.asked[key]) for key in groups] == [10, 8], "about a second each"
    assert answer(groups[1], "not cloned") == []
    lost, again = work.asked[groups[0]], hand_out()
    assert [len(work.asked[key]) for key in again] == [1] * 8
    assert [
        *work.results(groups[0], "error", (KilledWorker, KilledWorker("x", None, 1), None))
    ] == []
    alone = hand_out()
    assert [work.asked[key][0] for key in alone] == lost
    (dead,) = work.results(alone[0], "error", (KilledWorker, KilledWorker("x", None, 1), None))
    assert (dead.name, dead.status) == (lost[0].source.name, "lost")
    for key in (*first[1:], *again, *alone[1:]):
        answer(key, seconds=9.0)
    assert not work.asked
    assert sorted([*results, dead.name]) == sorted(job.source.name for job in jobs)
    work.asked["x"] = jobs[:2]
    (only,) = answer("x", count=1)
    assert only.name == jobs[0].source.name
    assert [work.asked[key] for key in hand_out()] == [[jobs[1]]], (
        "what a worker did not come to"
    )
    work.asked["x"] = jobs[:1]
    with pytest.raises(SchedulerLostError):
        next(work.results("x", "cancelled", None))


@pytest.mark.parametrize(("seconds", "count"), [(0.1, 6), (0.9, 2), (40.0, 1)])
def test_a_group_that_takes_longer_than_expected_is_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float, count: int
) -> None:
    now = 0.0

    def examined(_: bytes) -> bytes:
        nonlocal now
        now += seconds
        return b""

    here = type("Worker", (), {"local_directory": str(tmp_path)})
    monkeypatch.setattr(engine_module, "get_worker", lambda: here)
    monkeypatch.setattr(engine_module, "examined", examined)
    clock = type("Clock", (), {"monotonic": lambda: now})
    monkeypatch.setattr(engine_module, "time", clock)
    requests = [Request(job_of(str(number)), "", 9.0, 1 << 30) for number in range(6)]
    answers = engine_module._examined_here(msgspec.msgpack.encode(requests))
    assert len(answers) == count


def test_what_dask_sets_for_its_workers_is_not_for_a_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "65536")
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    environment = isolation._environment()
    assert "MALLOC_TRIM_THRESHOLD_" not in environment
    assert environment["OMP_NUM_THREADS"] == "3"
    assert environment["PATH"] == os.environ["PATH"]


def _allow(failures: int, dask_scheduler: Any = None) -> Any:
    before = dask_scheduler.allowed_failures
    dask_scheduler.allowed_failures = failures
    return before


class Aside:
    """Does something while something else is done."""

    def __init__(self, do: Callable[[], None]) -> None:
        self._thread = threading.Thread(target=do)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._thread.join()


def test_ctrl_c_leaves_what_is_done(
    address: str, tmp_path: Path, made: Callable[[str], Repo]
) -> None:
    for number in range(4):
        made(f"r{number}")
    stuck = made("stuck")
    hang(stuck)
    process = started(address, tmp_path)
    until(lambda: lines_in(tmp_path) == 4)
    process.send_signal(signal.SIGINT)
    code = process.wait(PATIENCE)
    release(stuck)
    assert code == -signal.SIGINT
    assert sorted(rows(tmp_path)) == ["r0", "r1", "r2", "r3"]
    assert "1 left by an interruption" in (tmp_path / "out" / "summary.html").read_text()
    until(lambda: not examining())
    run = json.loads((tmp_path / "out" / "run.json").read_text())
    assert run == {"fleet": 1, "run": 1, "is_whole": False}


def test_there_is_no_scheduler(
    tmp_path: Path, made: Callable[[str], Repo], monkeypatch: pytest.MonkeyPatch
) -> None:
    made("one")
    monkeypatch.setattr(engine_module, "_SECONDS_TO_CONNECT", 0.2)
    result = fleet("tcp://127.0.0.1:9", tmp_path, tmp_path / "repos")
    assert result.exit_code == 2
    assert "--scheduler: " in result.output
    assert "please report it" not in result.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--select", "LS5O1"], "LS5O1"),
        (["--resource", "disk"], "`disk` is not NAME=AMOUNT"),
        (["--config", "selec = ['LS1']"], "selec"),
    ],
)
def test_what_makes_no_sense_is_said_before_anything_runs(
    tmp_path: Path, made: Callable[[str], Repo], words: Sequence[str], said: str
) -> None:
    made("one")
    result = fleet("tcp://127.0.0.1:9", tmp_path, tmp_path / "repos", *words)
    assert result.exit_code == 2
    assert said in result.output
    assert not (tmp_path / "out").exists()


def test_without_the_extra_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    result = CliRunner().invoke(main, ["fleet", str(tmp_path), "--out", str(tmp_path / "out")])
    assert result.exit_code == 2
    assert result.output == (
        "lint-langsmith: error: fleet needs `pip install 'lint-langsmith[fleet]'`\n"
    )


# -- strangers' repositories -----------------------------------------------------------------------------------------


def test_nothing_of_a_repository_is_run(
    address: str, tmp_path: Path, made: Callable[[str], Repo]
) -> None:
    repo = made("one")
    mark = tmp_path / "mark"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    repo.commit("attributes", __gitattributes="*.py filter=evil diff=evil\n")
    for name in ("post-checkout", "reference-transaction", "post-index-change"):
        (repo.folder / ".git" / "hooks").mkdir(exist_ok=True)
        (repo.folder / ".git" / "hooks" / name).symlink_to(program)
    for name in ("filter.evil.smudge", "filter.evil.clean", "diff.evil.textconv"):
        repo.git("config", name, str(program))
    for name in ("core.fsmonitor", "core.sshCommand", "uploadpack.packObjectsHook"):
        repo.git("config", name, str(program))
    mark.unlink(missing_ok=True)
    result = fleet(address, tmp_path, repo.folder, f"file://{repo.folder}", "--history")
    assert result.exit_code == 1
    assert [row["status"] for row in rows(tmp_path).values()] == ["done"]
    assert not mark.exists()


def test_a_checkout_stays_in_its_folder(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo", KEY)
    blob = repo.git("hash-object", "-w", "--stdin", stdin="evil\n")
    target = repo.git("hash-object", "-w", "--stdin", stdin=str(tmp_path / "outside"))
    (tmp_path / "outside").mkdir()

    def tree(*entries: tuple[str, str, str]) -> str:
        content = b"".join(
            f"{mode} {name}".encode() + b"\0" + bytes.fromhex(oid)
            for mode, name, oid in entries
        )
        done = subprocess.run(
            ["git", "hash-object", "-t", "tree", "-w", "--stdin", "--literally"],
            cwd=repo.folder,
            input=content,
            capture_output=True,
            check=True,
        )
        return done.stdout.decode().strip()

    file = tree(("100644", "x", blob))
    link = tree(("120000", "deep", target))
    top = tree(
        ("40000", "..", file),
        ("40000", ".GIT", file),
        ("120000", "a", target),
        ("40000", "a", link),
        ("40000", "a", file),
        ("100644", "good", blob),
        ("120000", "link", target),
        ("40000", "link", link),
    )
    commit = repo.git("commit-tree", top, "-m", "evil")
    folder = tmp_path / "checkout"
    folder.mkdir()
    done = check_out(Repository(repo.folder), commit, folder)
    assert [*(tmp_path / "outside").iterdir()] == []
    assert not (tmp_path / "x").exists()
    assert sorted(path.name for path in (folder / ".git").iterdir()) == ["HEAD", "index"]
    assert (folder / "good").read_text() == "evil\n"
    assert done.left_out >= 3
    assert done.files == 2


def test_the_index_is_one_that_git_reads(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo", KEY)
    repo.commit("ignored", __gitignore="*.env\n", a__py="x = 1\n")
    (repo.folder / "prod.env").write_text("A=1\n")
    repo.git("add", "-f", "prod.env")
    head = repo.commit("by force")
    folder = tmp_path / "checkout"
    folder.mkdir()
    check_out(Repository(repo.folder), head, folder)
    (folder / ".git" / "objects").mkdir()
    (folder / ".git" / "refs").mkdir()
    listed = subprocess.run(
        ["git", "ls-files", "-s"], cwd=folder, capture_output=True, text=True, check=True
    )
    assert listed.stdout == repo.git("ls-files", "-s") + "\n"


# -- states ----------------------------------------------------------------------------------------------------------


def test_a_state_changes_with_what_counts_alone(
    tmp_path: Path, made: Callable[[str], Repo]
) -> None:
    repo = made("one")

    def states() -> tuple[str, str]:
        folder = str(repo.folder)
        quick = state_of(folder, "s", with_history=False, may_ask=False)
        assert quick
        return quick, state_of(folder, "s", with_history=True, may_ask=False)

    head, history = states()
    assert state_of(str(repo.folder), "t", with_history=False) != head
    repo.git("tag", "v1")
    assert states()[0] == head
    assert states()[1] != history
    repo.git("pack-refs", "--all")
    assert states()[0] == head
    repo.git("checkout", "-q", "--detach")
    assert states()[0] == head
    repo.commit("more", b__py="x = 1\n")
    assert states()[0] != head
    linked = tmp_path / "linked"
    repo.git("worktree", "add", "-q", str(linked))
    assert state_of(str(linked), "s", with_history=False, may_ask=False) == ""
    assert state_of(str(linked), "s", with_history=False) == states()[0]


def test_passwords_of_addresses_are_not_in_their_names(tmp_path: Path) -> None:
    words = ["https://user:secret@example.org/a/b.git", "git@example.org:a/b.git"]
    found = find_sources(words, tmp_path, lambda: b"")
    assert [source.name for source in found] == [
        "https://example.org/a/b.git",
        "git@example.org:a/b.git",
    ]
    assert [source.location for source in found] == words
    (listed,) = find_sources(["-"], tmp_path, lambda: b"https://x@h/y\n# no\n")
    assert listed.name == "https://h/y"


def test_a_cluster_that_ends_late_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow:
        def __init__(self, **_: object) -> None:
            pass

        def close(self, **_: object) -> None:
            raise asyncio.TimeoutError

    monkeypatch.setattr(engine_module, "LocalCluster", Slow)
    with engine_module._local(Engine(), "/nowhere") as cluster:
        assert isinstance(cluster, Slow)


def test_nothing_of_a_local_cluster_is_reached_from_elsewhere(client: Any) -> None:
    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    listening = [
        connection.laddr.ip
        for process in processes
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert len(listening) > len(client.nthreads())
    assert set(listening) == {"127.0.0.1"}


def test_the_line_of_a_run_says_how_fast_and_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    progress = Progress(1000, None)
    progress.skip(100)
    now = 20.0
    for number in range(300):
        progress.step(failed=number < 2)
    assert progress.words() == (
        "[########------------] 400/1000 repositories, 2 not examined, 15.0/s, 40 s left"
    )
    now = 2000.0
    assert progress.words().endswith("0.1/s, 1.1 h left")


# -- a cluster of the command's own ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_cluster_of_its_own_runs_nothing_of_the_working_directory(
    tmp_path: Path, made: Callable[[str], Repo]
) -> None:
    made("one")
    mark = tmp_path / "mark"
    here = tmp_path / "here"
    here.mkdir()
    for name in ("random", "msgspec", "distributed", "tempfile", "lint_langsmith"):
        (here / f"{name}.py").write_text(f"open({str(mark)!r}, 'w')\n")
    program = Path(sys.executable).with_name("lint-langsmith")
    words = [str(program), "fleet", str(tmp_path / "repos"), "--out", "out", "-j1"]
    code, _, shown = run_on_terminal(words, here, os.environ, with_stdout=True)
    assert code == 1, shown
    assert "1 repository examined, 1 with findings" in shown
    assert not mark.exists()


@pytest.mark.slow
def test_ctrl_c_at_a_terminal_ends_all_processes(
    tmp_path: Path, made: Callable[[str], Repo]
) -> None:
    made("a")
    hang(made("stuck"))
    words = ["fleet", str(tmp_path / "repos"), "--out", str(tmp_path / "out"), "-j1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "lint_langsmith", *words],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    until(lambda: lines_in(tmp_path) == 1)
    started_by = psutil.Process(process.pid)
    until(lambda: len(started_by.children(recursive=True)) > 3)
    below = started_by.children(recursive=True)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all processes that it runs
    assert process.wait(PATIENCE) == -signal.SIGINT
    errors = process.communicate()[1]
    assert "Traceback" not in errors
    assert len(rows(tmp_path)) == 1
    until(lambda: not any(one.is_running() and one.status() != "zombie" for one in below))
