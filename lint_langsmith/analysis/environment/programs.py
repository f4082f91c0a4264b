"""Programs: which of the project's Python files run in one process, and which of them LangChain can trace."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.project.file import is_test
from lint_langsmith.remembered import remembered

if TYPE_CHECKING:
    from lint_langsmith.analysis.project.project import Project

# What sends traces when tracing is on: imports of LangSmith's and LangChain's packages, and of what is built on them.
_TRACED: Final = lazy_re.compile(
    rb"(?m)^[ \t\"]*(?:from|import)[ \t]+(?:langsmith|langchain|langgraph|deepagents|browser_use|crewai_tools)\w*"
    rb"|importlib\.import_module\([\"']lang(?:chain|graph|smith)"
)


class Programs:
    """Which code of one project runs together."""

    def __init__(self, project: Project) -> None:
        """`project` lists the files and knows who imports whom."""
        self._project = project

    @remembered
    def starts(self, name: str) -> frozenset[str]:
        """The files that import a file, directly or by others, and the file itself: a program begins in one of them."""
        seen, pending = {name}, [name]
        while pending:
            new = set(self._project.imports.importers(pending.pop())) - seen
            new = {other for other in new if not is_test(other)}
            seen |= new
            pending.extend(new)
        return frozenset(seen)

    def together(self, name: str, others: Iterable[str]) -> list[str]:
        """Those of some files that one program runs together with a file."""
        own = self.starts(name)
        return [other for other in others if not own.isdisjoint(self.starts(other))]

    def is_run_by(self, name: str, entries: frozenset[str]) -> bool:
        """Whether a program that begins in one of some files runs a file."""
        return not entries.isdisjoint(self.starts(name))

    @remembered
    def is_traced(self, folder: str = "") -> bool:
        """Whether code in a folder uses what LangSmith traces; tests do not count."""
        return any(not folder or name.startswith(f"{folder}/") for name in self._tracing)

    @functools.cached_property
    def _tracing(self) -> tuple[str, ...]:
        return tuple(
            name
            for name in self._project.python_names
            if not is_test(name) and self.traces(name)
        )

    def traces(self, name: str) -> bool:
        """Whether a file uses what LangSmith traces by itself."""
        try:
            return _TRACED.search(self._project.content(name)) is not None
        except Exception:  # noqa: BLE001 - a file that can't be read is reported where it is linted itself
            return False
