"""A small run of `tools/keys_benchmark.py`: no key is missed in any position, no placeholder is taken for one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from key_positions import POSITIONS

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))
import keys_benchmark


def test_no_key_is_missed() -> None:
    assert keys_benchmark.missed_keys(4000, seed=2).wrong == ()


def test_a_key_is_found_in_every_position(tmp_path: Path) -> None:
    result = keys_benchmark.missed_positions(tmp_path)
    assert result.tried >= 44
    assert result.wrong == ()


def test_no_placeholder_is_taken_for_a_key(tmp_path: Path) -> None:
    assert keys_benchmark.false_placeholders(tmp_path).wrong == ()


def test_the_positions_have_files_of_their_own() -> None:
    files = [relative for relative, _ in POSITIONS.values()]
    assert len(set(files)) == len(files)


@pytest.mark.slow
def test_the_standard_library_has_no_key() -> None:
    import sysconfig

    result = keys_benchmark.false_hits(Path(sysconfig.get_path("stdlib")), "stdlib")
    assert result.wrong == ()
    assert result.tried > 1000
