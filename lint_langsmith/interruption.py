"""The signals that end the process: Ctrl-C and SIGTERM.

The exception of a signal can get lost on its way out: where a class is made, Python before 3.12 turns every exception
into a RuntimeError; libcst and Python tell a parser's failure by any exception; and what is tidied up while a further
stack still runs (`analysis/stack.py`) may fail with an error of its own. A run that goes on after that would report
what is not true. So whoever takes an exception for a failure of the analysis asks here first.
"""

from __future__ import annotations

from typing import Final

# The numbers of the signals that have come.
_came: Final[list[int]] = []


class InterruptionError(BaseException):
    """A signal has come that ends the process: what is half done is tidied up on the way out."""


def interrupt(number: int, _frame: object) -> None:
    """The handler of a signal that ends the process.

    Raises:
        InterruptionError: always.
    """
    _came.append(number)
    raise InterruptionError(number)


def first_signal() -> int | None:
    """The number of the first signal that has come; None where none has."""
    return _came[0] if _came else None


def raise_if_interrupted() -> None:
    """Go on ending where a signal has come and its exception was lost.

    Raises:
        InterruptionError: a signal has come.
    """
    if _came:
        raise InterruptionError(_came[0]) from None
