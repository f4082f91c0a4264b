"""YAML and JSON: compose, workflows, Kubernetes, conda, langgraph.json, task definitions, settings of editors.

In all of them a variable is an entry of a map (`NAME: value`), a pair of entries (`name: NAME`, `value: …`), or a
string of a list (`NAME=value`).
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.readers import shell
from lint_langsmith.analysis.readers.found import Found, is_name, is_variable, literal, named_in
from lint_langsmith.source.gotemplate import without_actions
from lint_langsmith.source.tree import MalformedError, Node, parse_json, parse_yaml

# Keys of maps that hold the variables of what is around them.
_CONTAINERS: Final = frozenset(
    {
        "env",
        "environment",
        "variables",
        "vars",
        "env_variables",
        "environment_variables",
        "envVars",
        "containerEnv",
    }
    | {"remoteEnv", "data", "stringData", "args", "build", "secrets", "with"},
)
_COMMANDS: Final = frozenset(
    {"run", "script", "before_script", "after_script", "command", "entrypoint"}
)
# Inputs of actions that take `A=1` on each line, or `A=1,B=2`: google-github-actions/deploy-cloudrun and -functions,
# docker/build-push-action (their READMEs, September 2026).
_LISTS: Final = frozenset({"env_vars", "environment_variables", "build-args"})
_LISTED: Final = lazy_re.compile(r",[A-Z_][A-Z0-9_]*=")
_ASSIGNED: Final = lazy_re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)=(?P<value>.*)", re.DOTALL)
_LINE: Final = lazy_re.compile(
    r"(?m)^[ \t]*(?:-[ \t]*)?[\"']?(?P<name>[A-Za-z_][A-Za-z0-9_]*)[\"']?[ \t]*[:=][ \t]*"
    r"(?P<value>\"[^\"\n]*\"|'[^'\n]*'|[^\s#,{\[](?:[^\n#]*[^\s#,])?)?(?=[ \t]*(?:,[ \t]*)?(?:#|\r?$))"
)


class _Place(NamedTuple):
    """The way to a node: its keys, and whether values below are in base64 (a Secret's `data`)."""

    path: tuple[str, ...] = ()
    encoded: bool = False

    @property
    def group(self) -> str:
        """The path without the names that every container of variables has."""
        path = list(self.path)
        while path and path[-1] in _CONTAINERS:
            path.pop()
        return ".".join(path)

    def below(self, key: str) -> _Place:
        """The place of an entry."""
        return _Place((*self.path, key), self.encoded)


def read(text: str, found: Found) -> None:
    """Collect the definitions of all documents; a text that is a template and no YAML or JSON is read by lines."""
    try:
        roots = (
            [parse_json(text)] if found.kind in {"json", "langgraph"} else _yaml(text, found)
        )
    except MalformedError:
        _read_lines(text, found)
        return
    for number, root in enumerate(roots):
        _Walk(found).node(root, _Place((str(number),) if len(roots) > 1 else ()))


def _yaml(text: str, found: Found) -> list[Node]:
    """The trees of a YAML text; of a manifest that is a template those without its actions."""
    try:
        return parse_yaml(text)
    except MalformedError:
        if found.kind != "kubernetes" or "{{" not in text:
            raise
    return parse_yaml(without_actions(text))


def _read_lines(text: str, found: Found) -> None:
    for match in _LINE.finditer(text):
        if is_variable(match["name"]):
            value = match["value"]
            known = literal(value.strip("\"'")) if value else None
            found.add(
                match["name"], known, match.span("name"), match.span("value") if value else None
            )


class _Walk:
    """Goes through a tree, top down."""

    def __init__(self, found: Found) -> None:
        self._found = found

    def node(self, node: Node, at: _Place) -> None:
        """Read what a node defines, and what is below it."""
        if node.kind == "map":
            self._map(node, at)
        for index, item in enumerate(node.items):
            if item.kind == "scalar":
                self._assigned(item, at)
            else:
                self.node(item, at.below(str(index)))

    def _map(self, node: Node, at: _Place) -> None:
        pair = self._pair(node)
        if pair is not None:
            self._define(*pair, at._replace(path=at.path[:-1]))
        kind = node.get("kind")
        if kind is not None and kind.text == "Secret" and node.get("apiVersion") is not None:
            at = at._replace(encoded=True)
        for key, value in node.entries:
            name = key.text or ""
            if self._is_file(name, value):
                self._files(value, at)
            elif value.kind != "scalar":
                encoded = at.encoded and name != "stringData"
                self.node(value, _Place((*at.path, name), encoded))
            elif pair is None or value is not pair[1]:
                self._entry(key, value, at)

    def _pair(self, node: Node) -> tuple[Node, Node] | None:
        """`name: NAME` with `value: …`, as Kubernetes, task definitions and others have it."""
        name = node.get("name") or node.get("key") or node.get("Name")
        value = node.get("value") or node.get("valueFrom") or node.get("Value")
        if name is None or value is None or name.text is None or not is_variable(name.text):
            return None
        return name, value

    def _entry(self, key: Node, value: Node, at: _Place) -> None:
        name = key.text or ""
        if name in (_COMMANDS | _LISTS) and self._found.kind != "langgraph":
            shell.read_part(
                self._found.text[value.start : value.end], value.start, self._found, at.group
            )
        elif is_variable(meant := named_in(name, ".".join(at.path[-2:]))):
            self._define(key, value, at, meant)

    def _define(self, key: Node, value: Node, at: _Place, name: str | None = None) -> None:
        text = value.text if value.kind == "scalar" else None
        if "{{" in self._found.text[value.start : value.end]:
            text = None
        known = _decoded(text) if at.encoded and at.path[-1:] == ("data",) else text
        inner = 1 if key.quoted else 0
        self._found.add(
            name or key.text or "",
            literal(known),
            (key.start + inner, key.end - inner),
            (value.start, value.end)
            if value.kind == "scalar" and value.end > value.start
            else None,
            group=at.group,
        )

    def _assigned(self, item: Node, at: _Place) -> None:
        """`- NAME=value`, or `- NAME`, which hands through what the host has."""
        match = _ASSIGNED.fullmatch(item.text or "")
        start = item.start + (1 if item.quoted else 0)
        inner = self._found.text[start : item.end - (1 if item.quoted else 0)]
        if self._found.kind != "compose" and (
            inner.startswith("--") or _LISTED.search(inner) is not None
        ):
            # An argument of a command: `--set-env-vars=A=1,B=2`.
            shell.read_part(inner, start, self._found, at.group)
        elif (
            match is not None
            and is_variable(match["name"])
            and inner.startswith(f"{match['name']}=")
        ):
            name_end = start + len(match["name"])
            value_at = (name_end + 1, start + len(inner)) if match["value"] else None
            self._found.add(
                match["name"],
                literal(match["value"]),
                (start, name_end),
                value_at,
                group=at.group,
            )
        elif match is None and at.path[-1:] == ("environment",) and is_name(item.text or ""):
            self._found.add(
                item.text or "", None, (start, start + len(inner)), None, group=at.group
            )
        elif at.path[-1:] and at.path[-1] in _COMMANDS:
            shell.read_part(inner, start, self._found, at.group)

    def _is_file(self, name: str, value: Node) -> bool:
        if name in {"env_file", "envFrom"}:
            return True
        return self._found.kind == "langgraph" and name == "env" and value.kind == "scalar"

    def _files(self, value: Node, at: _Place) -> None:
        for item in value.items or (value,):
            path = item if item.kind == "scalar" else item.get("path")
            text = path.text if path is not None else None
            end = item.start + len(self._found.text[item.start : item.end].rstrip())
            self._found.add_file(text, item.start, end, at.group)


def _decoded(text: str | None) -> str | None:
    try:
        return base64.b64decode(text or "", validate=True).decode()
    except (binascii.Error, ValueError):
        return text
