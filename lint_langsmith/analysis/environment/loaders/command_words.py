"""Words of command lines: the commands of which they are made, and which of these only prepare a program.

In a command that installs packages, builds one or checks code, nothing runs that LangSmith could trace.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from lint_langsmith import lazy_re

_BETWEEN: Final = lazy_re.compile(r"\n|;|\|\|?|&&?")
_ASSIGNMENT: Final = lazy_re.compile(r"\w+=.*")
_PYTHON: Final = lazy_re.compile(r"python[0-9.]*")
_BEFORE: Final = frozenset({"sudo", "exec", "time", "command", "env"})
# Each starts what stands behind its `run`; `uvx` by itself.
_RUNNERS: Final = frozenset({"uv", "poetry", "pdm", "hatch", "pipenv", "rye", "pixi"})
# Commands and modules.
_PREPARING: Final = frozenset(
    {
        *(
            "pip",
            "pip3",
            "pipx",
            "virtualenv",
            "venv",
            "ensurepip",
            "build",
            "twine",
            "compileall",
        ),
        *(
            "ruff",
            "black",
            "isort",
            "flake8",
            "mypy",
            "pyright",
            "pylint",
            "bandit",
            "pip-audit",
        ),
        "pre-commit",
    }
)
# Options that take no value.
_FLAGS: Final = frozenset({"--frozen", "--locked", "--no-sync", "--no-project", "--dev", "-q"})
_INSTALL: Final = frozenset(
    {
        *("install", "sync", "add", "remove", "lock", "update", "build", "publish", "config"),
        *(
            "export",
            "check",
            "self",
            "version",
            "cache",
            "env",
            "pip",
            "venv",
            "python",
            "tool",
        ),
    }
)


def simple_commands(text: str) -> Iterator[str]:
    """The commands of a line or script; what stands in quotes is taken apart as well (`sh -c "a && b"`)."""
    yield from _BETWEEN.split(re.sub(r"\\\r?\n", " ", text))


def is_preparing(command: str) -> bool:
    """Whether a simple command only installs, builds or checks: `pip install .`, `uv run ruff check`."""
    words = [word.strip("@\"'()[],") for word in command.split()]
    words = _behind(words, _is_before)
    if words[:1] and _base(words[0]) in _RUNNERS:
        if words[1:2] != ["run"]:
            return words[1:2] != [] and words[1] in _INSTALL
        words = _behind(words[2:], _is_whole_option)
    elif words[:1] == ["uvx"]:
        words = words[1:]
    if len(words) > 1 and _PYTHON.fullmatch(_base(words[0])) is not None:
        if words[1] in {"-V", "--version"}:
            return True
        words = words[2:] if words[1] == "-m" else []
    return words[:1] != [] and _base(words[0]) in _PREPARING


def _is_before(word: str) -> bool:
    return word in _BEFORE or _ASSIGNMENT.fullmatch(word) is not None


def _is_whole_option(word: str) -> bool:
    """Whether a word is an option that takes nothing from the word behind it."""
    return word in _FLAGS or (word.startswith("--") and "=" in word)


def _base(word: str) -> str:
    return word.rpartition("/")[2]


def _behind(words: Sequence[str], is_skipped: Callable[[str], bool]) -> list[str]:
    """The words behind those at the start that say nothing of what runs."""
    first = next((at for at, word in enumerate(words) if not is_skipped(word)), len(words))
    return list(words[first:])
