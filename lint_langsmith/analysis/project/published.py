"""Packages made for the programs of others: what a public function there raises is for its callers to catch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Final

from lint_langsmith import lazy_re

# What a package carries as it is published: its metadata in the form that installers unpack.
_METADATA: Final = lazy_re.compile(r"(?:^|/)[^/]+\.(?:dist-info/METADATA|egg-info/PKG-INFO)$")


def published_folders(names: Iterable[str]) -> frozenset[str]:
    """The folders, relative to the root, of packages with `py.typed` (PEP 561), or with their metadata beside them.

    `names` are the files of the project that are no code.
    """
    return frozenset(_folders(names))


def _folders(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        if f"/{name}".endswith("/py.typed"):
            yield str(PurePosixPath(name).parent)
        elif _METADATA.search(name):
            yield str(PurePosixPath(name).parent.parent)
