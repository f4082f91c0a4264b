"""Time doubles when a history doubles: whatever holds the keys, and however many there are."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

import casebook
import pytest
from click.testing import CliRunner
from pace import assert_linear

from lint_langsmith.cli import main

_KEYS: Final = [casebook.Keys(f"growth of histories {number}")["KEY"] for number in range(1800)]


def _data(text: str) -> str:
    return f"data {len(text)}\n{text}\n"


def _commit(
    number: int, message: str, files: Iterable[tuple[str, str]], ref: str = "main"
) -> str:
    changes = "".join(f"M 644 inline {name}\n{_data(content)}" for name, content in files)
    who = f"committer x <x@example.org> {number} +0000\n"
    return f"commit refs/heads/{ref}\n{who}{_data(message)}{changes}"


def _one(files: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield _commit(1, "add", files)


def _in_pieces(count: int) -> Iterator[str]:
    lines = (f"x = '{key[:8]}' '{key[8:24]}' '{key[24:]}'\n" for key in _KEYS[:count])
    return _one([("a.sh", "".join(lines))])


def _in_commits(count: int) -> Iterator[str]:
    for number, key in enumerate(_KEYS[:count]):
        yield _commit(number, "add", [("a.txt", key)])


def _in_messages(count: int) -> Iterator[str]:
    for number, key in enumerate(_KEYS[:count]):
        yield _commit(number, key, [])


def _on_branches(count: int) -> Iterator[str]:
    for number, key in enumerate(_KEYS[:count]):
        yield f"reset refs/heads/b{number}\n\n"
        yield _commit(number, "add", [("a.txt", key)], f"b{number}")


@pytest.mark.slow
@pytest.mark.parametrize(
    "stream",
    [_in_pieces, _in_commits, _in_messages, _on_branches],
    ids=lambda stream: stream.__name__,
)
def test_time_is_linear(stream: Callable[[int], Iterator[str]], tmp_path: Path) -> None:
    def seconds(count: int) -> float:
        folder = tmp_path / str(count)
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
        text = "".join(stream(count)).encode()
        subprocess.run(["git", "fast-import", "--quiet"], cwd=folder, input=text, check=True)
        start = time.process_time()
        result = CliRunner().invoke(main, ["history", "--no-cache", "-j1", str(folder)])
        assert result.exit_code == 1
        return time.process_time() - start

    assert_linear(seconds, 450)
