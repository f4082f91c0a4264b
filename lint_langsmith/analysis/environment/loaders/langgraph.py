"""Graphs that LangGraph's server loads: `langgraph.json`.

Read in langgraph-cli 0.4.40: `env` is the path of a file, read with python-dotenv, or a map. A cloud deployment has
variables of its own, and sets the key itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lint_langsmith.analysis.entry_points.declared import graphs, joined
from lint_langsmith.analysis.environment.process import Process, Source, given_by, outside
from lint_langsmith.source.tree import MalformedError, Node, parse_json

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.checkout import Checkout
    from lint_langsmith.analysis.project.file import File


class Graphs:
    """The servers that the `langgraph.json` files of one project describe."""

    def __init__(self, checkout: Checkout) -> None:
        """`checkout` has the files."""
        self._checkout = checkout

    def processes(self) -> Iterator[Process]:
        """One for each file."""
        for name in self._checkout.names:
            file = (
                self._checkout.file(name)
                if name.endswith(".json") and "langgraph" in name
                else None
            )
            if file is None or file.kind != "langgraph":
                continue
            folder = name.rpartition("/")[0]
            try:
                env = parse_json(file.text).get("env")
            except MalformedError:
                continue
            started = (
                graph.source for graph in graphs(file.text) if graph.source.endswith(".py")
            )
            entries = frozenset(joined(folder, source) for source in started)
            sources = self._sources(file, folder, env)
            yield Process(
                f"the server of `{name}`", "project", sources, entries or None, folder
            )

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
