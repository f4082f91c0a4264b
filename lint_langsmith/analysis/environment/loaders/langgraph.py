"""Graphs that LangGraph's server loads: `langgraph.json`.

Read in langgraph-cli 0.4.40: `env` is the path of a file, read with python-dotenv, or a map. A cloud deployment has
variables of its own, and sets the key itself. Read in langgraph-api 0.1.23 to 0.16.7, and executed on starlette's
`Config`: the server reads the flags as truth values, and ends where one of them is blank.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from lint_langsmith.analysis.entry_points.declared import graphs, joined
from lint_langsmith.analysis.environment.checkout import ENDINGS_OF_TEMPLATES, located
from lint_langsmith.analysis.environment.process import Process, Source, given_by, outside
from lint_langsmith.source.tree import MalformedError, Node, parse_json

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.checkout import Checkout
    from lint_langsmith.analysis.project.file import File


class _Server(NamedTuple):
    """A `langgraph.json`, the folder in which it lies, and what stands below `env`."""

    file: File
    folder: str
    env: Node | None


class Graphs:
    """The servers that the `langgraph.json` files of one project describe."""

    def __init__(self, checkout: Checkout) -> None:
        """`checkout` has the files."""
        self._checkout = checkout

    def processes(self) -> Iterator[Process]:
        """One for each file."""
        for server in self._servers:
            started = (
                graph.source
                for graph in graphs(server.file.text)
                if graph.source.endswith(".py")
            )
            entries = frozenset(joined(server.folder, source) for source in started)
            sources = self._sources(server.file, server.folder, server.env)
            label = f"the server of `{server.file.relative}`"
            yield Process(label, "project", sources, entries or None, server.folder)

    @functools.cached_property
    def loaded(self) -> Mapping[str, str]:
        """The `langgraph.json` that loads a file of variables, by its path, and by those of its templates."""
        found: dict[str, str] = {}
        for server in self._servers:
            path = server.env.text if server.env is not None else None
            name = located(server.folder, path) if path else None
            for ending in ("", *ENDINGS_OF_TEMPLATES) if name is not None else ():
                found.setdefault(f"{name}{ending}", server.file.relative)
        return found

    @functools.cached_property
    def _servers(self) -> tuple[_Server, ...]:
        return tuple(self._find_servers())

    def _find_servers(self) -> Iterator[_Server]:
        for name in self._checkout.names:
            file = (
                self._checkout.file(name)
                if name.endswith(".json") and "langgraph" in name
                else None
            )
            if file is None or file.kind != "langgraph":
                continue
            try:
                env = parse_json(file.text).get("env")
            except MalformedError:
                continue
            yield _Server(file, name.rpartition("/")[0], env)

    def _sources(self, file: File, folder: str, env: Node | None) -> tuple[Source, ...]:
        if env is not None and env.kind == "scalar":
            return (self._checkout.variables(folder, env.text, "python-dotenv"),)
        starter = outside("what starts the server")
        if env is None:
            return (starter,)
        return (
            Source(
                f"`env` of `{file.relative}`",
                given_by(self._checkout.settings(file)),
                file.relative,
            ),
            starter,
        )
