"""What configuration names as started: the commands of `pyproject.toml`, the graphs of `langgraph.json`."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import tomli

from lint_langsmith.analysis.values.abstract import FunctionRef
from lint_langsmith.source.text import UnreadableFileError
from lint_langsmith.source.tree import MalformedError, Node, parse_json

if TYPE_CHECKING:
    from lint_langsmith.analysis.project.file import File
    from lint_langsmith.analysis.values.evaluator import Evaluator

_MANIFEST: Final = "pyproject.toml"
_GRAPHS: Final = "langgraph.json"


class Graph(NamedTuple):
    """A graph as `langgraph.json` names it: the path of a file or the dotted name of a module, and what is in there."""

    source: str
    name: str


class Declared:
    """The functions and files of one project that its configuration names as started."""

    def __init__(self, values: Evaluator) -> None:
        """`values` tells what a name in the configuration stands for."""
        self._project = values.project
        self._values = values

    def is_command(self, function: FunctionRef) -> bool:
        """Whether a package installs a command that runs the function (`[project.scripts]`)."""
        return (function.file.relative, function.scope) in self._commands

    def makes_graph(self, function: FunctionRef) -> bool:
        """Whether LangGraph's server calls the function to get a graph."""
        file = function.file
        name = file.model.scopes[function.scope].name
        return file.model.scopes[function.scope].parent == 0 and name in self._graphs.get(
            file.relative, ()
        )

    def is_served(self, file: File) -> bool:
        """Whether LangGraph's server loads a file, by itself or because of what imports it."""
        if not self._graphs:  # what imports the file is not asked for nothing
            return False
        return any(name in self._graphs for name in self.importing(file))

    def importing(self, file: File) -> Iterator[str]:
        """A file, and all that imports it, directly or by others."""
        seen, pending = {file.relative}, [file.relative]
        while pending:
            name = pending.pop()
            yield name
            further = [
                other for other in self._project.imports.importers(name) if other not in seen
            ]
            seen.update(further)
            pending.extend(further)

    @functools.cached_property
    def command_files(self) -> frozenset[str]:
        """The files of the functions that an installed command runs."""
        return frozenset(name for name, _ in self._commands)

    @functools.cached_property
    def _commands(self) -> frozenset[tuple[str, int]]:
        return frozenset(
            (function.file.relative, function.scope)
            for folder, text in self._texts(_MANIFEST)
            for target in _scripts(text)
            for function in self._functions(folder, target)
        )

    def _functions(self, folder: str, target: str) -> Iterator[FunctionRef]:
        """What `package.module:function` stands for, seen from the folder of the manifest."""
        module, _, name = target.partition(":")
        path = module.strip().replace(".", "/")
        for base in (folder, joined(folder, "src")):
            for relative in (joined(base, f"{path}.py"), joined(base, f"{path}/__init__.py")):
                file = (
                    self._project.try_load(relative)
                    if relative in self._project.sources.code
                    else None
                )
                for value in (
                    self._values.exported(file, name.strip()) if file is not None else ()
                ):
                    if isinstance(value, FunctionRef):
                        yield value

    @functools.cached_property
    def _graphs(self) -> Mapping[str, frozenset[str]]:
        """By file, the names in it that stand in a `langgraph.json`."""
        table: dict[str, set[str]] = {}
        for folder, text in self._texts(_GRAPHS):
            for graph in graphs(text):
                if graph.source.endswith(".py"):
                    table.setdefault(joined(folder, graph.source), set()).add(graph.name)
        return {name: frozenset(names) for name, names in table.items()}

    def _texts(self, base: str) -> Iterator[tuple[str, str]]:
        """The files of a name, each by its folder."""
        for name in sorted(self._project.other_names):
            if name.rpartition("/")[2] == base:
                with contextlib.suppress(UnreadableFileError):
                    text = self._project.content(name).decode("utf-8", "replace")
                    yield name.rpartition("/")[0], text


def graphs(text: str) -> Iterator[Graph]:
    """The graphs of a `langgraph.json`; nothing where it is no JSON."""
    try:
        table = parse_json(text).get("graphs")
    except MalformedError:
        return
    for _, value in table.entries if table is not None else ():
        source, _, name = (_path(value) or "").partition(":")
        if source:
            yield Graph(source, name)


def _path(value: Node) -> str | None:
    """`"./agent.py:graph"`, or `{"path": "./agent.py:graph"}`."""
    if value.kind == "scalar":
        return value.text
    inner = value.get("path")
    return inner.text if inner is not None else None


def _scripts(text: str) -> Iterator[str]:
    """The targets of the commands that a `pyproject.toml` installs, in the standard's table and in Poetry's."""
    try:
        content = tomli.loads(text)
    except (ValueError, RecursionError):  # TOMLDecodeError among them; numbers may be too long
        return
    tables = [_table(content.get("project")), _table(_table(content.get("tool")).get("poetry"))]
    for table in tables:
        for key in ("scripts", "gui-scripts"):
            for value in _table(table.get(key)).values():
                # Poetry also takes `{reference = "app.main:run", type = "console"}`.
                target = _table(value).get("reference", value)
                if isinstance(target, str):
                    yield target


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def joined(folder: str, path: str) -> str:
    """A path below a folder, without dots."""
    parts: list[str] = []
    for part in PurePosixPath(folder, path).parts:
        if part == ".." and parts:
            parts.pop()
        elif part not in {"..", "/"}:  # `PurePosixPath` has dropped the single dots
            parts.append(part)
    return "/".join(parts)
