"""What goes to the workers, and what comes back: data alone, so that neither side needs the analysis for it."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

from lint_langsmith import __version__
from lint_langsmith.config.options import Options
from lint_langsmith.fleet.sources import Source, shown
from lint_langsmith.fleet.states import digest
from lint_langsmith.output.printable import one_line

Status: TypeAlias = Literal[
    "done",
    "unchanged",
    "empty",
    "no repository",
    "not cloned",
    "unusable configuration",
    "incomplete",
    "too large",
    "timeout",
    "memory",
    "crashed",
    "lost",
]
# What was not examined, or not whole: the run fails closed.
_FINE: Final = frozenset({"done", "unchanged", "empty"})
_SHORT: Final = 300


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked about a repository. `known` is its state in an earlier run, `settings` stands for all options."""

    source: Source
    options: Options
    settings: str
    version: str
    known: str = ""
    with_history: bool = False


class Request(msgspec.Struct, frozen=True, array_like=True):
    """A job; the folder in which it may have one; the seconds and the bytes of memory that it may take."""

    job: Job
    scratch: str
    timeout: float
    memory: int


class RuleCount(msgspec.Struct, frozen=True):
    """How often a rule has found something at a severity."""

    code: str
    name: str
    severity: str
    count: int


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a repository after the work.

    `reason` says in one line why it was not examined. `state` is what the answer depends on, `findings` are lines of
    JSON without any key, `seconds` is what it took, `memory` what its process had at the end (MiB). `keys_at_head`
    counts keys where the history was searched, else what LS101 found.
    """

    name: str
    status: Status
    reason: str = ""
    head: str = ""
    state: str = ""
    exit_code: int = 0
    files: int = 0
    named: int = 0
    counts: tuple[RuleCount, ...] = ()
    keys_at_head: int = 0
    keys_in_history: int = 0
    missing: int = 0
    left_out: int = 0
    is_shallow: bool = False
    seconds: float = 0.0
    memory: int = 0
    findings: bytes = b""


def failure(name: str, status: Status, reason: str) -> Result:
    """The row of a repository that could not be examined."""
    return Result(name=name, status=status, reason=shown(reason)[:_SHORT], exit_code=2)


def is_fine(status: Status) -> bool:
    """Whether a repository was examined, or there is nothing in it."""
    return status in _FINE


def settings_of(options: Options, *, with_history: bool) -> str:
    """What a result depends on besides the repository, as one word."""
    return digest(__version__, msgspec.json.encode(options), str(with_history))


def first_line(error: BaseException) -> str:
    """An error as one line, by its type and the first line that it says."""
    said = str(error).strip().partition("\n")[0]
    return one_line(f"{type(error).__name__}: {said}" if said else type(error).__name__)
