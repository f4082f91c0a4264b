"""Wheels of releases from PyPI, for the tools that read what is in them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def download(requirement: str, folder: Path, *options: str) -> None:
    """Put the wheel of a release (`name==version`, or `name` for the newest) into a folder, without what it depends on.

    Raises:
        CalledProcessError: it can't be downloaded.
    """
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:"]
    subprocess.run([*pip, *options, "-d", str(folder), requirement], check=True)


def wheel(distribution: str, version: str, cache: Path) -> Path:
    """The wheel of a version, downloaded once.

    Raises:
        CalledProcessError: it can't be downloaded.
    """
    pattern = f"{distribution.replace('-', '_')}-{version}-*.whl"
    if not any(cache.glob(pattern)):
        download(f"{distribution}=={version}", cache)
    return min(cache.glob(pattern))
