"""Which code gets a file of variables handed over by what starts it: compose, `langgraph.json`, Docker, Kubernetes.

A service runs one program, and whatever that imports. Scripts and notebooks beside it start without those variables.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.entry_points.declared import graphs, joined
from lint_langsmith.source.tree import MalformedError, Node, parse_yaml

if TYPE_CHECKING:
    from lint_langsmith.analysis.credentials.configuration_files import ConfigurationFiles
    from lint_langsmith.analysis.project.file import File
    from lint_langsmith.analysis.project.project import Project

# A whole file of variables is handed to the program: which ones is not in the repository.
_HANDED_OVER: Final = lazy_re.compile(
    rb'(?m)^[ \t]*(?:-[ \t]*)?env_file\s*:|"env"\s*:\s*"(?=[^"]*env)[^"]*"|--env-file\b|envFrom\s*:'
)
# One of these stands in what the expression finds; exports of megabytes are JSON as well.
_HANDING_OVER: Final = (b"env_file", b'"env"', b"--env-file", b"envFrom")
# What a command runs: a script, `-m module`, `module:app`.
_SCRIPT: Final = lazy_re.compile(r"(?<![\w./-])(?P<path>[\w./-]+\.py)\b")
_MODULE: Final = lazy_re.compile(
    r"(?:(?<!\S)-[mA][\s\"',]+(?P<module>[A-Za-z_][\w.]*)|(?<![\w./:-])(?P<app>[A-Za-z_][\w.]*):[a-z_]\w*)"
)
_STARTED: Final = lazy_re.compile(
    r"(?mi)^[ \t]*(?:CMD|ENTRYPOINT)[ \t]+(?P<command>(?:[^\n]*\\\n)*[^\n]*)"
)
_SERVERS: Final = frozenset(
    {
        "uvicorn",
        "gunicorn",
        "hypercorn",
        "celery",
        "pytest",
        "streamlit",
        "coverage",
        "opentelemetry",
    }
)
_ENV_FILE_COMMAND: Final = lazy_re.compile(r"(?m)^[^\n]*--env-file\b(?:[^\n]*\\\n)*[^\n]*")


def hands_over(content: bytes) -> bool:
    """Whether a configuration file hands a whole file of variables to a program."""
    return (
        any(literal in content for literal in _HANDING_OVER)
        and _HANDED_OVER.search(content) is not None
    )


class _Start(NamedTuple):
    """What gets the variables: the files that are started, None where these are not known; and where the code lies."""

    entries: frozenset[str] | None
    folder: str = ""
    notebooks: bool = False


class Deployment:
    """The files of variables that are handed over in one project."""

    def __init__(self, project: Project, configuration: ConfigurationFiles) -> None:
        """`project` lists and reads the files."""
        self._project = project
        self._configuration = configuration

    def hands_over_to(self, file: File) -> bool:
        """Whether a file is, or is imported by, a program that is started with a file of variables."""
        return any(self._covers(start, file) for start in self._starts)

    def is_handed_by(self, name: str, content: bytes, file: File) -> bool:
        """Whether one configuration file, with what is in it, may hand variables to what runs a file.

        The server of `langgraph.json` runs its graphs alone; a service of compose may have any script run in it later.
        """
        if name.rpartition("/")[2] != "langgraph.json":
            return True
        starts = self._started_by(name, content.decode("utf-8", "replace"))
        return any(self._covers(start, file) for start in starts)

    def _covers(self, start: _Start, file: File) -> bool:
        if file.kind == "notebook":
            return start.notebooks
        if start.entries is None:
            return not start.folder or file.relative.startswith(f"{start.folder}/")
        seen = {file.relative}
        pending = [file.relative]
        while pending:
            name = pending.pop()
            if name in start.entries:
                return True
            importers = set(self._project.imports.importers(name)) - seen
            seen |= importers
            pending.extend(importers)
        return False

    @functools.cached_property
    def _starts(self) -> tuple[_Start, ...]:
        found: list[_Start] = []
        for name, content in self._configuration.contents():
            if hands_over(content):
                found.extend(self._started_by(name, content.decode("utf-8", "replace")))
        return tuple(found)

    def _started_by(self, name: str, text: str) -> Iterator[_Start]:
        folder, base = name.rpartition("/")[0], name.rpartition("/")[2]
        notebooks = "jupyter" in text.lower()
        try:
            if base == "langgraph.json":
                yield _Start(self._graphs(text, folder), folder)
                return
            if base.endswith((".yml", ".yaml")):
                services = [
                    node
                    for root in parse_yaml(text)
                    if (node := root.get("services")) is not None
                ]
                for services_node in services:
                    for _, service in services_node.entries:
                        if service.get("env_file") is not None:
                            yield self._service(service, folder, text)._replace(
                                notebooks=notebooks
                            )
                if services:
                    return
        except MalformedError:
            pass  # a template: what it starts is not known
        commands = [match[0] for match in _ENV_FILE_COMMAND.finditer(text)]
        entries: set[str] = set()
        for command in commands:
            entries |= self._entries(command) or self._image(folder) or {""}
        known = bool(commands) and "" not in entries
        yield _Start(frozenset(entries) if known else None, notebooks=notebooks)

    def _graphs(self, text: str, folder: str) -> frozenset[str] | None:
        """The files in which the graphs of a `langgraph.json` are made."""
        found: set[str] = set()
        for graph in graphs(text):
            if graph.source.endswith(".py"):
                found.add(joined(folder, graph.source))
            else:
                found |= self._ending(graph.source.replace(".", "/"))
        return frozenset(found) or None

    def _service(self, service: Node, folder: str, text: str) -> _Start:
        """What one service of a compose file runs, by its command or by its image's."""
        commands = [
            node for key in ("command", "entrypoint") if (node := service.get(key)) is not None
        ]
        entries = frozenset().union(
            *(self._entries(text[node.start : node.end]) for node in commands)
        )
        build = service.get("build")
        if build is None:
            return _Start(entries or None, folder)
        context_node = build if build.kind == "scalar" else build.get("context")
        context = joined(folder, context_node.text or "." if context_node is not None else ".")
        dockerfile = build.get("dockerfile") if build.kind == "map" else None
        name = dockerfile.text if dockerfile is not None else None
        return _Start(entries or self._image(context, name or "Dockerfile") or None, context)

    def _image(self, context: str, dockerfile: str = "Dockerfile") -> frozenset[str]:
        """What the image of a Dockerfile runs."""
        name = joined(context, dockerfile)
        if not self._project.is_file(name):
            return frozenset()
        text = self._project.content(name).decode("utf-8", "replace")
        return frozenset().union(
            *(self._entries(match["command"]) for match in _STARTED.finditer(text))
        )

    def _entries(self, command: str) -> frozenset[str]:
        """The project's files that a command starts."""
        paths = [match["path"].lstrip("./") for match in _SCRIPT.finditer(command)]
        for match in _MODULE.finditer(command):
            module = match["module"] or match["app"]
            if module.partition(".")[0] not in _SERVERS:
                paths.append(f"{module.replace('.', '/')}.py")
                paths.append(f"{module.replace('.', '/')}/__main__.py")
                paths.append(f"{module.replace('.', '/')}/__init__.py")
        return frozenset().union(*(self._ending(path) for path in paths))

    def _ending(self, path: str) -> frozenset[str]:
        """The project's code whose path ends like one in a container, the longest part of it that leads to any."""
        parts = PurePosixPath(path if path.endswith(".py") else f"{path}.py").parts
        for start in range(len(parts)):
            tail = "/".join(parts[start:])
            found = [
                name
                for name in self._project.python_names
                if name == tail or name.endswith(f"/{tail}")
            ]
            if found:
                return frozenset(found)
        return frozenset()
