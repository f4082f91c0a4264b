"""Failures of the analysis itself, kept to the file that brought them about.

What is asked of a file is asked for many others too: who calls its functions, which 403s pass through it. If an answer
fails, those go on with what stands for "not known", and the file gets one finding that says so (LS999).
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from lint_langsmith.interruption import raise_if_interrupted
from lint_langsmith.source.files import ExhaustedError

_Result = TypeVar("_Result")
_Other = TypeVar("_Other")


class Faults:
    """The failures of one project: of each file the first, by type and place, for values may hold a secret."""

    def __init__(self) -> None:
        """Nothing has failed so far."""
        self.by_file: dict[str, str] = {}

    def add(self, relative: str, error: Exception) -> None:
        """Take note of a failure over a file, by its path from the project's root."""
        self.by_file.setdefault(relative, told(error))

    def contained(
        self, relative: str, otherwise: _Other, compute: Callable[[], _Result]
    ) -> _Result | _Other:
        """What `compute` gives; `otherwise` where it fails over a file.

        Raises:
            ExhaustedError: the system has nothing left to work with, which is no fault of a file.
        """
        try:
            return compute()
        except ExhaustedError:
            raise
        except Exception as error:  # noqa: BLE001 - see above
            raise_if_interrupted()
            self.add(relative, error)
            return otherwise


def told(error: Exception) -> str:
    """A failure by type and place."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"
