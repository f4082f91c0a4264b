"""Work for several processes: done whatever becomes of them, and by this one where others can't be made safely."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lint_langsmith.workers import pool
from lint_langsmith.workers.pool import WorkerPool, can_be_helped, spread


def who(_chunk: bytes) -> bytes:
    return str(os.getpid()).encode()


def test_nothing_is_forked_while_another_thread_runs() -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        assert set(spread(who, [b"x"] * 40, 4)) == {str(os.getpid()).encode()}
    finally:
        stop.set()
        thread.join()


def test_nor_in_a_process_of_a_pool() -> None:
    with multiprocessing.get_context("fork").Pool(1) as foreign:
        assert foreign.apply(can_be_helped) is False


def test_else_others_help() -> None:
    assert len(list(spread(who, [b"x"] * 40, 2))) == 40


def shout(chunk: bytes) -> bytes:
    return chunk.upper()


def die_of_it(chunk: bytes) -> bytes:
    if chunk == b"poison" and os.getpid() != _OURS:
        os.kill(os.getpid(), signal.SIGKILL)
    return chunk.upper()


_OURS = os.getpid()


@pytest.fixture
def crew() -> Iterator[WorkerPool]:
    made = WorkerPool(shout, 3)
    yield made
    made.shut_down()


def test_answers_come_by_number_whoever_gives_them(crew: WorkerPool) -> None:
    numbers = [crew.ask(f"chunk {number}".encode()) for number in range(50)]
    assert [crew.answer(number) for number in reversed(numbers)] == [
        f"CHUNK {number}".encode() for number in reversed(range(50))
    ]


def test_it_is_the_same_where_processes_cannot_be_forked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool, "FORKS", False)
    crew = WorkerPool(shout, 2)
    try:
        numbers = [crew.ask(f"chunk {number}".encode()) for number in range(10)]
        assert [crew.answer(number) for number in numbers] == [
            f"CHUNK {number}".encode() for number in range(10)
        ]
    finally:
        crew.shut_down()


def test_large_chunks_and_answers_do_not_wait_for_each_other(crew: WorkerPool) -> None:
    numbers = [crew.ask(b"x" * 3_000_000) for _ in range(7)]
    assert {len(crew.answer(number)) for number in numbers} == {3_000_000}


def test_the_work_of_a_process_that_dies_is_done_all_the_same() -> None:
    crew = WorkerPool(die_of_it, 2)
    try:
        numbers = [crew.ask(chunk) for chunk in (b"one", b"poison", b"two", b"three")]
        assert [crew.answer(number) for number in numbers] == [
            b"ONE",
            b"POISON",
            b"TWO",
            b"THREE",
        ]
    finally:
        crew.shut_down()


def test_no_process_is_left() -> None:
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    if not children.exists():
        pytest.skip("the system does not say which processes there are")
    before = children.read_text(encoding="ascii").split()
    crew = WorkerPool(shout, 3)
    crew.answer(crew.ask(b"x"))
    assert len(children.read_text(encoding="ascii").split()) > len(before)
    crew.shut_down()
    assert children.read_text(encoding="ascii").split() == before
    crew.shut_down()  # there is nobody left to go


def sleep(chunk: bytes) -> bytes:
    time.sleep(float(chunk))
    return chunk


def test_nobody_waits_for_what_is_no_longer_wanted() -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from lint_langsmith.workers.pool import WorkerPool\nfrom test_pool import sleep\n"
        "crew = WorkerPool(sleep, 2)\ncrew.answer(crew.ask(b'0'))\nfor _ in range(4): crew.ask(b'600')\n"
        "crew.shut_down()\nprint('done')"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    assert done.stdout == "done\n"
