"""Packages made for the programs of others: what a public function there raises is for its callers to catch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lint_langsmith.analysis.project.file import File
    from lint_langsmith.analysis.project.project import Project

# What a package carries as it is published: its metadata in the form that installers unpack.
_METADATA: Final = re.compile(r"(?:^|/)[^/]+\.(?:dist-info/METADATA|egg-info/PKG-INFO)$")


def published_folders(project: Project) -> frozenset[str]:
    """The folders, relative to the root, of packages with `py.typed` (PEP 561), or with their metadata beside them."""
    return frozenset(_folders(project))


def _folders(project: Project) -> Iterator[str]:
    for name in project.other_names:
        if f"/{name}".endswith("/py.typed"):
            yield str(PurePosixPath(name).parent)
        elif _METADATA.search(name):
            yield str(PurePosixPath(name).parent.parent)


def is_published(file: File, project: Project) -> bool:
    """Whether a file is part of a package that other programs import."""
    folder = PurePosixPath(file.relative).parent
    in_package = project.is_file(f"{folder}/__init__.py")
    return in_package and any(str(above) in project.published_folders for above in (folder, *folder.parents))
