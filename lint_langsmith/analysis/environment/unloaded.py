"""Files of variables that nothing loads, although a page tells the reader to fill one in and to start the program.

A `.env` is a file: it reaches a program where something reads it. Read in langgraph-cli 0.4.40 and langgraph-api
0.16.7: the server loads the file that `env` of `langgraph.json` names, and without `env` none.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.environment.flags import meaning
from lint_langsmith.analysis.environment.unpassed import IN_PROSE, READ_BY_COMPOSE, READERS
from lint_langsmith.analysis.project.version import declares_dependencies
from lint_langsmith.sdk.variables import KEYS, TRACING_FLAGS
from lint_langsmith.source.kinds import kind_of

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.checkout import Checkout
    from lint_langsmith.analysis.environment.programs import Programs
    from lint_langsmith.analysis.environment.writes import Setting
    from lint_langsmith.analysis.project.file import File

_NAMES: Final = (*TRACING_FLAGS, *KEYS)
# What a page tells its reader to do: to make the file, and to start a program as it is.
_MADE: Final = lazy_re.compile(
    r"(?i)\b(?:cp|copy|mv|move|rename|ren|create|fill|put|add|save|edit)\b[^\n]{0,100}\.env\b"
)
_STARTED: Final = lazy_re.compile(
    r"(?m)^[ \t$>`*\d.-]{0,12}(?:(?:uv|poetry|pdm)[ \t]+run[ \t]+)?"
    r"(?:python3?|py|langgraph[ \t]+dev|uvicorn|streamlit[ \t]+run|fastapi[ \t]+(?:run|dev))\b"
)
# How a page sets a variable in the shell itself.
_EXPORTED: Final = lazy_re.compile(
    r"(?:\bexport\b|\bsetx?\b|\$env:|\benv\b)[^\n]{0,40}\bLANG(?:SMITH|CHAIN)_"
)
# These load `.env` by themselves when they are imported or started, or may start a program with it.
_SELF_LOADING: Final = lazy_re.compile(
    rb"(?i)\b(?:litellm|crewai|dspy|chainlit|browser[_-]use|langflow|google[-_.]adk|gpt[_-]researcher|marimo|embedchain"
    rb"|letta|autogenstudio|prefect|dagster|modal|agentops|promptfoo)\b|\bautogen\b"
    rb"|\bfrom[ \t]+google[ \t]+import[ \t]+adk"
)
# Something starts programs there with variables of its own.
_DEPLOYED: Final = frozenset(
    {"Dockerfile", "Procfile", "Pipfile", "justfile", "Justfile", "package.json", ".envrc"}
)
_SILENT: Final = frozenset({".gitignore", ".dockerignore", ".gitattributes"})
_NAMES_ENV: Final = lazy_re.compile(rb"\"env\"[ \t]*:")


class Unloaded(NamedTuple):
    """A variable that reaches no program, the page that says to set it, and the `langgraph.json` that could load it."""

    setting: Setting
    page: str
    graphs: str | None


class UnloadedFiles:
    """The files of variables of one project that nothing loads."""

    def __init__(
        self,
        checkout: Checkout,
        programs: Programs,
        above: Callable[[], Iterator[tuple[str, bytes]]],
    ) -> None:
        """`above` has the files above the project, where it is a part of a larger repository, with what is in them."""
        self._checkout = checkout
        self._programs = programs
        self._above = above

    def of(self, file: File) -> Unloaded | None:
        """What a file, or a copy of a template, at the top of the project is to set, where no program gets it."""
        if READ_BY_COMPOSE.fullmatch(file.relative) is None:
            return None
        settings = [item for item in self._checkout.settings(file) if item.name in _NAMES]
        flags = [item for item in settings if meaning(item.value or "") == "on"]
        wanted = [*flags, *(item for item in settings if item.name in KEYS)]
        if not wanted or self._page is None or self._is_given_otherwise:
            return None
        return Unloaded(wanted[0], self._page, self._graphs)

    @functools.cached_property
    def _graphs(self) -> str | None:
        return "langgraph.json" if self._checkout.has("langgraph.json") else None

    @functools.cached_property
    def _page(self) -> str | None:
        """The page at the top that says to make the file, to start a program, and no other way to set a variable."""
        pages = [name for name in self._checkout.names if _is_page(name)]
        if any(self._sets(name) for name in pages):
            return None
        for name in pages:
            text = self._checkout.text(name)
            if "/" not in name and _MADE.search(text) and _STARTED.search(text):
                return name
        return None

    def _sets(self, page: str) -> bool:
        """Whether a page shows another way: it sources the file, or exports the variables."""
        is_sourced = IN_PROSE.search(self._checkout.content(page)) is not None
        return is_sourced or _EXPORTED.search(self._checkout.text(page)) is not None

    @functools.cached_property
    def _is_given_otherwise(self) -> bool:
        """Whether anything may load the file, or set the variables in another way."""
        if not self._programs.is_traced():
            return True
        code = tuple(self._checkout.python_below(""))
        others = [name for name in self._checkout.names if not _is_page(name)]
        return (
            any(map(self._may_load, (*code, *others)))
            or any(map(self._supplies, others))
            or any(map(self._sets_in_code, code))
            or any(READERS.search(content) is not None for _, content in self._above())
        )

    def _may_load(self, name: str) -> bool:
        base, content = name.rpartition("/")[2], self._checkout.content(name)
        if base in _SILENT or base.endswith(".lock") or READ_BY_COMPOSE.fullmatch(base):
            return False
        if base in _DEPLOYED or kind_of(PurePosixPath(name), content) == "compose":
            return True
        if base == "langgraph.json" and _NAMES_ENV.search(content) is not None:
            return True
        if declares_dependencies(name):
            # That it is installed does not load anything.
            content = content.replace(b"python-dotenv", b"")
        return READERS.search(content) is not None or _SELF_LOADING.search(content) is not None

    def _supplies(self, name: str) -> bool:
        """Whether a file that is no code and no file of variables names one of them."""
        if READ_BY_COMPOSE.fullmatch(name.rpartition("/")[2]):
            return False
        content = self._checkout.content(name)
        return any(variable.encode() in content for variable in _NAMES)

    def _sets_in_code(self, name: str) -> bool:
        content = self._checkout.content(name)
        if not any(variable.encode() in content for variable in _NAMES):
            return False
        file = self._checkout.file(name)
        settings: Sequence[Setting] = self._checkout.settings(file) if file is not None else ()
        return file is None or any(item.name in _NAMES for item in settings)


def _is_page(name: str) -> bool:
    return kind_of(PurePosixPath(name)) in {"markdown", "rst"}
