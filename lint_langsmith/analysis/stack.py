"""Room for recursion that follows the linted program: calls of calls, classes of classes, as deep as it is written.

Python's stack is bounded, and so is the one of the machine below it; both belong to a thread. What goes deeper than a
stack allows goes on in a thread of its own, which the asking one waits for: the analysis is as sequential as before,
and a chain of 5,000 calls takes some thirty stacks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final, TypeVar

from lint_langsmith.analysis.limits import STACK_BYTES, STACKS

_Result = TypeVar("_Result")
_local: Final = threading.local()


class StackExhaustedError(Exception):
    """There is no room to go deeper."""


def on_new_stack(function: Callable[..., _Result], *arguments: Any) -> _Result:
    """What `function(*arguments)` gives or raises, computed on a stack of its own.

    Raises:
        StackExhaustedError: there are as many stacks as there may be.
    """
    number: int = getattr(_local, "number", 0) + 1
    if number > STACKS:
        raise StackExhaustedError
    results: list[_Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        _local.number = number
        try:
            results.append(function(*arguments))
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            errors.append(error)

    _start(run).join()
    if errors:
        raise errors[0]
    return results[0]


def _start(run: Callable[[], None]) -> threading.Thread:
    before = threading.stack_size(STACK_BYTES)
    try:
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
    except RuntimeError:  # the system has no more threads, or no memory for their stacks
        raise StackExhaustedError from None
    finally:
        threading.stack_size(before)
    return thread
