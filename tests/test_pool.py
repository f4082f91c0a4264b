"""Work for several processes is done by this one where others can't be made safely."""

from __future__ import annotations

import os
import threading

from lint_langsmith.pool import spread


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


def test_else_others_help() -> None:
    assert len(list(spread(who, [b"x"] * 40, 2))) == 40
