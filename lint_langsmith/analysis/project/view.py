"""Which files of a project an answer may look into."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lint_langsmith.analysis.project.file import File

if TYPE_CHECKING:
    from lint_langsmith.analysis.project.project import Project


@dataclass(frozen=True)
class View:
    """What is known of which files matter, and which of them may be looked into; paths are relative to the root.

    `in_scope` are the files that have to do with LangSmith, by themselves or because of a client that they use.
    `restricted_to` are the only files that may be looked into, None where all may be.
    """

    in_scope: frozenset[str]
    restricted_to: frozenset[str] | None = None

    @property
    def is_narrow(self) -> bool:
        """Whether only some of the files may be looked into."""
        return self.restricted_to is not None

    def shows(self, name: str) -> bool:
        """Whether a file may be looked into."""
        return self.restricted_to is None or name in self.restricted_to


def in_scope_files(project: Project, view: View) -> Iterator[File]:
    """The files that have to do with LangSmith and are no tests, by their paths."""
    for name in sorted(view.in_scope):
        file = project.try_load(name)
        if file is not None and not file.is_test:
            yield file
