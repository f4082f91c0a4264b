"""What clouds start: functions of serverless.yml and of CloudFormation, tasks of ECS, and editors' launches.

Documented: a function's `environment` beats that of `provider` (serverless.com/framework/docs/providers/aws/guide/
functions); `Globals` of a SAM template stand below the function's own; a task of ECS gets `environment`, `secrets` and
`environmentFiles` (docs.aws.amazon.com). All of them get nothing else. `env` of a launch beats its `envFile`, by
default `.env` of the folder (code.visualstudio.com/docs/python/debugging). CloudFormation writes truth as `true`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.environment.process import Given, Process, Source, outside
from lint_langsmith.source.tree import MalformedError, Node, parse_json, parse_yaml, text_of

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.checkout import Checkout
    from lint_langsmith.analysis.environment.loaders.dockerfile import Images
    from lint_langsmith.analysis.project.file import File

_HINTS: Final = (
    b"functions:",
    b"AWS::Serverless",
    b"AWS::Lambda",
    b"ontainerDefinitions",
    b"configurations",
)
_FUNCTIONS: Final = frozenset({"AWS::Serverless::Function", "AWS::Lambda::Function"})
_SUFFIXES: Final = (".yml", ".yaml", ".json")
# A value that the deployment fills in: a reference, a secret.
_FILLED_IN: Final = lazy_re.compile(r"^[ \t]*!|\$\{|\{\{")
_WORKSPACE: Final = lazy_re.compile(r"\$\{workspace(?:Folder|Root)\}/")
_DEBUGGERS: Final = frozenset({"python", "debugpy"})


class Functions:
    """The functions, tasks and launches that files of one project describe."""

    def __init__(self, checkout: Checkout, images: Images) -> None:
        """`images` tells what a command starts."""
        self._checkout = checkout
        self._images = images

    def processes(self) -> Iterator[Process]:
        """One for each of them that runs Python."""
        for name in self._checkout.names:
            if not name.endswith(_SUFFIXES):
                continue
            content = self._checkout.content(name)
            if any(hint in content for hint in _HINTS):
                yield from self._of_file(name)

    def _of_file(self, name: str) -> Iterator[Process]:
        file, text = self._checkout.file(name), self._checkout.text(name)
        if file is None or not text:
            return
        try:
            roots = [parse_json(text)] if name.endswith(".json") else parse_yaml(text)
        except MalformedError:
            return
        for root in roots:
            if name.rpartition("/")[2] == "launch.json":
                yield from self._launches(file, root)
            elif root.get("functions") is not None and root.get("provider") is not None:
                yield from self._serverless(file, root)
            else:
                yield from self._resources(file, root)
                yield from self._tasks(file, root)

    # -- functions ---------------------------------------------------------------------------------------------------

    def _serverless(self, file: File, root: Node) -> Iterator[Process]:
        provider, functions = root.get("provider"), root.get("functions")
        runtime = text_of(_at(provider, "runtime"))
        shared = self._map(file, _at(provider, "environment"), "`environment` of `provider`")
        for key, function in functions.entries if functions is not None else ():
            handler = (text_of(function.get("handler")) or "").rpartition(".")[0]
            own = self._map(file, function.get("environment"), f"`environment` of `{key.text}`")
            if _is_python(text_of(function.get("runtime")) or runtime):
                yield self._function(file, key.text or "", handler, (own, shared))

    def _resources(self, file: File, root: Node) -> Iterator[Process]:
        shared_node = _at(root, "Globals", "Function")
        resources = root.get("Resources")
        for key, resource in resources.entries if resources is not None else ():
            properties = resource.get("Properties")
            if text_of(resource.get("Type")) not in _FUNCTIONS or properties is None:
                continue
            sources = tuple(
                self._map(
                    file, _at(node, "Environment", "Variables"), f"`Environment` of `{label}`"
                )
                for label, node in ((key.text, properties), ("Globals", shared_node))
            )
            runtime = text_of(properties.get("Runtime")) or text_of(_at(shared_node, "Runtime"))
            if _is_python(runtime):
                handler = (text_of(properties.get("Handler")) or "").rpartition(".")[0]
                code = (text_of(properties.get("CodeUri")) or "").strip("./")
                path = f"{code}/{handler}" if code else handler
                yield self._function(file, key.text or "", path, sources)

    def _function(
        self, file: File, name: str, handler: str, sources: Sequence[Source]
    ) -> Process:
        entries = (
            self._images.started_by(f"{handler.replace('.', '/')}.py") if handler else None
        )
        label = f"function `{name}` of `{file.relative}`"
        return Process(label, "project", tuple(sources), entries or None, is_closed=True)

    # -- tasks -------------------------------------------------------------------------------------------------------

    def _tasks(self, file: File, root: Node) -> Iterator[Process]:
        for container in _containers(root):
            name = text_of(_either(container, "name", "Name")) or "container"
            command = " ".join(
                file.text[node.start : node.end]
                for key in ("command", "entryPoint", "Command", "EntryPoint")
                if (node := container.get(key)) is not None
            )
            image = self._images.of_name(text_of(_either(container, "image", "Image")) or "")
            entries = self._images.started_by(command) or (image.entries if image else None)
            sources = [
                self._pairs(
                    file, _either(container, "environment", "Environment"), f"`{name}`"
                ),
                self._pairs(
                    file, _either(container, "secrets", "Secrets"), f"secrets of `{name}`"
                ),
                *(image.sources if image is not None else ()),
            ]
            if _either(container, "environmentFiles", "EnvironmentFiles") is not None:
                sources.append(outside(f"files of `{name}`"))
            is_own = bool(entries) or image is not None or self._images.runs_python(command)
            yield Process(
                f"container `{name}` of `{file.relative}`",
                "project" if is_own else "unknown",
                tuple(sources),
                entries or None,
                is_closed=True,
            )

    # -- launches ----------------------------------------------------------------------------------------------------

    def _launches(self, file: File, root: Node) -> Iterator[Process]:
        configurations = root.get("configurations")
        for item in configurations.items if configurations is not None else ():
            if text_of(item.get("type")) not in _DEBUGGERS:
                continue
            name = text_of(item.get("name")) or "launch"
            path = _WORKSPACE.sub("", text_of(item.get("envFile")) or ".env")
            module = text_of(item.get("module"))
            program = text_of(item.get("program")) or ""
            command = f"-m {module}" if module else _WORKSPACE.sub("", program)
            sources = (
                self._map(file, item.get("env"), f"`env` of `{name}`"),
                self._checkout.variables("", path, "python-dotenv"),
            )
            entries = self._images.started_by(command) or None
            yield Process(f"`{name}` of `{file.relative}`", "project", sources, entries)

    # -- variables ---------------------------------------------------------------------------------------------------

    def _map(self, file: File, node: Node | None, label: str) -> Source:
        """`NAME: value`; a node that is no map is filled in from elsewhere."""
        given: dict[str, Given] = {}
        for key, value in node.entries if node is not None else ():
            self._add(file, key, value, given)
        is_whole = node is None or node.kind == "map"
        return Source(f"{label} in `{file.relative}`", given, file.relative, is_whole=is_whole)

    def _pairs(self, file: File, node: Node | None, label: str) -> Source:
        """`name: NAME` with `value: …`, or with the place of a secret."""
        given: dict[str, Given] = {}
        for item in node.items if node is not None else ():
            key = _either(item, "name", "Name")
            if key is not None:
                self._add(file, key, _either(item, "value", "Value"), given)
        is_whole = node is None or node.kind == "list"
        return Source(f"{label} in `{file.relative}`", given, file.relative, is_whole=is_whole)

    def _add(self, file: File, key: Node, value: Node | None, given: dict[str, Given]) -> None:
        setting = self._checkout.setting_at(file, key.start + key.quoted)
        if key.text and setting is not None:
            written = file.text[value.start : value.end] if value is not None else "${}"
            text = None if value is None or _FILLED_IN.search(written) else value.text
            given[key.text] = Given(setting, text)


def _is_python(runtime: str | None) -> bool:
    return runtime is not None and runtime.startswith("python")


def _containers(root: Node) -> Iterator[Node]:
    """The containers of a task, wherever it stands in the file."""
    pending = [root]
    while pending:
        node = pending.pop()
        for key, value in node.entries:
            if key.text in {"containerDefinitions", "ContainerDefinitions"}:
                yield from value.items
            else:
                pending.append(value)
        pending.extend(node.items)


def _at(node: Node | None, *keys: str) -> Node | None:
    for key in keys:
        node = node.get(key) if node is not None else None
    return node


def _either(node: Node, *keys: str) -> Node | None:
    return next((found for key in keys if (found := node.get(key)) is not None), None)
