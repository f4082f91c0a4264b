"""What holds for all tests: they test the checkout in which they stand, in this process and in those they start.

`pyproject.toml` puts the checkout before the installed packages (`pythonpath`); `checkout.use()` does so for processes.
`test_checkout.py` sees to it, and to packages that work without a checkout.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import checkout
import pytest
from hypothesis import settings

checkout.use()

# How long an example takes says more of the machine than of the program.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

# Caches go to the home of whoever runs the tests: theirs is an empty one, for the programs that they start as well.
_HOME = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    home = Path(tempfile.mkdtemp(prefix="lint-langsmith-home-")).resolve()
    config.stash[_HOME] = home
    os.environ["HOME"] = os.environ["USERPROFILE"] = str(home)
    os.environ["XDG_CACHE_HOME"] = str(home / ".cache")
    os.environ["LOCALAPPDATA"] = str(home / "AppData")
    os.environ.pop("LINT_LANGSMITH_CACHE_DIR", None)


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(config.stash[_HOME], ignore_errors=True)
