"""Which files belong to a test suite, by the names that pytest and unittest go by."""

from __future__ import annotations

import functools
from pathlib import PurePosixPath
from typing import Final

_TEST_FOLDERS: Final = frozenset(
    {"test", "tests", "testing", "integration_tests", "unit_tests", "e2e"}
)


@functools.lru_cache(maxsize=16_384)
def is_test(relative: str) -> bool:
    """Whether a path belongs to a test suite, by the names that pytest and unittest go by."""
    path = PurePosixPath(relative)
    stem = path.stem
    named = (
        stem.startswith("test_")
        or stem.endswith(("_test", "_tests"))
        or stem in {"conftest", "tests", "test"}
    )
    return named or is_in_test_folder(relative)


def is_in_test_folder(relative: str) -> bool:
    """Whether a path lies in a folder of tests."""
    return any(part in _TEST_FOLDERS for part in PurePosixPath(relative).parts[:-1])
