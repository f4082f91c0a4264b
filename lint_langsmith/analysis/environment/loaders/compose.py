"""Services of compose files.

Order of precedence (docs.docker.com/compose/how-tos/environment-variables/envvars-precedence): `environment`, filled in
from the shell and the `.env` of the project's folder, then `env_file` (of several the last), then `ENV` of the image.
A `compose.override.yaml` is put on top of the file beside it; `extends`, anchors and `<<` bring in what is elsewhere.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.environment.checkout import located
from lint_langsmith.analysis.environment.interpolation import Filled, fill_in
from lint_langsmith.analysis.environment.loaders.command_files import loaded_by
from lint_langsmith.analysis.environment.process import (
    NOTHING,
    Given,
    Process,
    Source,
    outside,
)
from lint_langsmith.analysis.limits import COMPOSE_FILES
from lint_langsmith.sdk.variables import KEYS
from lint_langsmith.source.tree import MalformedError, Node, parse_yaml, text_of

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.checkout import Checkout
    from lint_langsmith.analysis.environment.loaders.dockerfile import Images
    from lint_langsmith.analysis.project.file import File

_OVERRIDE: Final = lazy_re.compile(
    r"(?P<base>(?:docker-)?compose)\.override(?P<suffix>\.ya?ml)"
)
_ENV_FILE: Final = lazy_re.compile(
    r"docker[- ]compose\b[^\n]{0,200}?--env-file[ =](?P<path>[^\s\"'\\]+)"
)
# An entry that is nothing but a reference; where it has a default, only what is not blank counts.
_WHOLE: Final = lazy_re.compile(
    r"\$(?:(?P<plain>[A-Za-z_]\w{0,99})|\{(?P<name>[A-Za-z_]\w{0,99})(?P<operator>:?[-?][^{}$\n]{0,1000})?\})"
)
_COMMAND_FILES: Final = (
    "makefile",
    "justfile",
    ".sh",
    ".md",
    ".yml",
    ".yaml",
    ".json",
    ".toml",
)

# How a program names the files of secrets: by their folder, or by a setting of pydantic-settings.
_MOUNTED: Final = ("/run/secrets", "secrets_dir")


class _Service(NamedTuple):
    """A service, where it stands, and the folder from which its paths count."""

    file: File
    name: str
    node: Node

    @property
    def folder(self) -> str:
        return self.file.relative.rpartition("/")[0]


class ComposeServices:
    """The services of the compose files of one project."""

    def __init__(
        self, checkout: Checkout, images: Images, is_foreign: Callable[[File, str], bool]
    ) -> None:
        """`images` says what Dockerfiles set and start, `is_foreign` whether a service runs a program of others."""
        self._checkout = checkout
        self._images = images
        self._is_foreign = is_foreign

    def processes(self) -> Iterator[Process]:
        """One for each service that says what it runs."""
        for service in self._services:
            layers = self._layers(service)
            if any(
                layer.node.get(key) is not None
                for layer in layers
                for key in ("image", "build")
            ):
                yield self._process(service, layers)

    def _process(self, service: _Service, layers: tuple[_Service, ...]) -> Process:
        sources = [self._environment(layer) for layer in layers]
        sources += [source for layer in layers for source in self._env_files(layer)]
        if self._is_completed_elsewhere(service):
            sources.append(outside(f"other compose files with `{service.name}`"))
        image = next(
            (found for layer in layers if (found := self._image(layer)) is not None), None
        )
        command = " ".join(self._command(layer) for layer in layers)
        code, entries, folder = "unknown", None, ""
        if image is not None:
            sources += image.sources
            code, entries, folder = image.code, image.entries, image.folder
        sources += loaded_by(self._checkout, command, folder, is_elsewhere=True)
        entries = self._images.started_by(command) or entries
        if entries or self._images.runs_python(command):
            code = "project"
        if any(self._is_foreign(layer.file, f"services.{layer.name}") for layer in layers):
            code = "foreign"
        if any(self._may_read_mounted(layer, entries) for layer in layers):
            sources.append(outside(f"secrets of `{service.name}`"))
        label = f"service `{service.name}` of `{service.file.relative}`"
        return Process(label, code, tuple(sources), entries, folder)  # type: ignore[arg-type]

    def _may_read_mounted(self, service: _Service, entries: frozenset[str] | None) -> bool:
        """Whether a service may take variables from the files of its secrets: compose sets none.

        It does not where the project's own code is started, and no file names the folder or a secret.
        """
        secrets = service.node.get("secrets")
        if service.node.get("configs") is not None:
            return True
        if secrets is None:
            return False
        names = [item.text for item in secrets.items if item.kind == "scalar" and item.text]
        is_short = len(names) == len(secrets.items)
        mine = service.file.relative
        return (
            not entries
            or not is_short
            or any(map(self._checkout.names_word, _MOUNTED))
            or any(self._checkout.names_word(name, but=mine) for name in names)
        )

    # -- which services there are ------------------------------------------------------------------------------------

    @functools.cached_property
    def _files(self) -> Mapping[str, tuple[File, Node]]:
        found: dict[str, tuple[File, Node]] = {}
        for name in self._checkout.names:
            if not name.endswith((".yml", ".yaml")):
                continue
            file = (
                self._checkout.file(name)
                if b"services:" in self._checkout.content(name)
                else None
            )
            if file is None or file.kind != "compose":
                continue
            try:
                roots = parse_yaml(file.text, follow_aliases=True)
            except MalformedError:
                continue  # a template: its processes are not known
            if roots and roots[0].get("services") is not None:
                found[name] = (file, roots[0])
        return found

    @functools.cached_property
    def _services(self) -> tuple[_Service, ...]:
        return tuple(
            _Service(
                file, key.text, Node("map", node.start, node.end, entries=tuple(_entries(node)))
            )
            for file, root in self._files.values()
            for key, node in _entries(root.get("services"))
            if key.text and node.kind == "map"
        )

    def _layers(self, service: _Service) -> tuple[_Service, ...]:
        """A service and what it is laid over, the one that beats the others first."""
        found = [*self._overrides(service), service]
        for layer in found:
            extended = self._extended(layer)
            if extended is not None and len(found) < COMPOSE_FILES:
                found.append(extended)
        return tuple(found)

    def _overrides(self, service: _Service) -> Iterator[_Service]:
        base = service.file.relative.rpartition("/")[2]
        for other in self._in_folders.get((service.folder, service.name), ()):
            match = _OVERRIDE.fullmatch(other.file.relative.rpartition("/")[2])
            if match is not None and base in {f"{match['base']}.yml", f"{match['base']}.yaml"}:
                yield other

    @functools.cached_property
    def _in_folders(self) -> Mapping[tuple[str, str], Sequence[_Service]]:
        """The services by their folders and names, in order."""
        table: dict[tuple[str, str], list[_Service]] = defaultdict(list)
        for service in self._services:
            table[service.folder, service.name].append(service)
        return table

    @functools.cached_property
    def _first_in_files(self) -> Mapping[tuple[str, str], _Service]:
        """The first service of a name in each file."""
        table: dict[tuple[str, str], _Service] = {}
        for service in self._services:
            table.setdefault((service.file.relative, service.name), service)
        return table

    @functools.cached_property
    def _completing(self) -> Mapping[str, Sequence[File]]:
        """By name, the files that lay something over the service of that name in another one."""
        table: dict[str, dict[File, None]] = defaultdict(dict)
        for service in self._services:
            if (
                service.node.get("image") is None
                and service.node.get("build") is None
                and _OVERRIDE.fullmatch(service.file.relative.rpartition("/")[2]) is None
            ):
                table[service.name][service.file] = None
        return {name: tuple(files) for name, files in table.items()}

    def _extended(self, service: _Service) -> _Service | None:
        node = service.node.get("extends")
        if node is None:
            return None
        name = node.text if node.kind == "scalar" else text_of(node.get("service"))
        path = text_of(node.get("file")) if node.kind == "map" else None
        file = located(service.folder, path) if path else service.file.relative
        return self._first_in_files.get((file, name)) if file and name else None

    def _is_completed_elsewhere(self, service: _Service) -> bool:
        """Whether another compose file lays something over the service: with `-f` it gets that, too."""
        return any(file is not service.file for file in self._completing.get(service.name, ()))

    # -- what a service gets -----------------------------------------------------------------------------------------

    def _environment(self, service: _Service) -> Source:
        given: dict[str, Given] = {}
        value_of = self._interpolation(service.folder)
        for name, at, text in _variables(service.node.get("environment")):
            setting = self._checkout.setting_at(service.file, at)
            if setting is not None:
                filled = fill_in(text, value_of) if text is not None else None
                value = filled.value if filled is not None else value_of(name)
                is_fallback = filled is not None and filled.is_fallback
                origin = self._origin(service.folder, name, text) if name in KEYS else None
                if origin is not None:
                    given[name] = origin
                    continue
                if name in KEYS:
                    # Nobody writes a key there: the shell has it, or the entry is blank.
                    hands_on = value is None and _hands_through(text, name)
                    value = None if is_fallback else value
                    is_fallback = hands_on or (
                        filled is not None and filled == Filled("", True)
                    )
                given[name] = Given(setting, value, is_fallback)
        label = f"`environment` of `{service.name}` in `{service.file.relative}`"
        return Source(label, given, service.file.relative)

    def _env_files(self, service: _Service) -> Iterator[Source]:
        """The files of variables of a service, the last one first."""
        node = service.node.get("env_file")
        items = () if node is None else node.items if node.kind == "list" else (node,)
        for item in reversed(items):
            path = item.text if item.kind == "scalar" else text_of(item.get("path"))
            is_raw = item.kind == "map" and text_of(item.get("format")) == "raw"
            source = self._checkout.variables(
                service.folder, path, "docker" if is_raw else "compose"
            )
            yield source._replace(meant=self._meant(service.folder, path, source))

    def _meant(self, folder: str, path: str | None, source: Source) -> Mapping[str, Given]:
        """What an absent file will say that does not fill in the entries of `environment` as well."""
        name = located(folder, path) if path is not None and source.path is None else None
        if name is None or name in self._filling_in(folder):
            return NOTHING
        return self._checkout.template_of(name)

    def _filling_in(self, folder: str) -> tuple[str, ...]:
        """The files that fill in the entries of the compose files of a folder."""
        own = located(folder, ".env")
        return (*([own] if own is not None else ()), *self._named_for_interpolation)

    def _origin(self, folder: str, name: str, text: str | None) -> Given | None:
        """What a file says that fills in the whole of an entry for a key: the key stands there, if one does."""
        whole = _WHOLE.fullmatch(text if text is not None else f"${name}")
        if whole is None:
            return None
        variable = whole["plain"] or whole["name"]
        for path in self._filling_in(folder) if variable in KEYS else ():
            given = self._checkout.variables_of(path, "compose").given.get(variable)
            if given is not None and given.value is not None:
                return given if given.value or whole["operator"] is None else None
        return None

    def _interpolation(self, folder: str) -> Callable[[str], str | None]:
        """What a name stands for in a compose file: what the shell has is not known."""
        sources = [
            self._checkout.variables_of(name, "compose") for name in self._filling_in(folder)
        ]

        def value_of(name: str) -> str | None:
            found = (source.given[name].value for source in sources if name in source.given)
            return next(found, None)

        return value_of

    @functools.cached_property
    def _named_for_interpolation(self) -> tuple[str, ...]:
        """The files that commands of the project name with `docker compose --env-file`."""
        found: list[str] = []
        for name in self._checkout.names:
            if name.lower().endswith(
                _COMMAND_FILES
            ) and b"--env-file" in self._checkout.content(name):
                for match in _ENV_FILE.finditer(self._checkout.text(name)):
                    path = located("", match["path"])
                    if path is not None:
                        found.append(path)
        return tuple(dict.fromkeys(found))

    # -- what it runs ------------------------------------------------------------------------------------------------

    def _image(self, service: _Service) -> Process | None:
        build = _build(service)
        return self._images.built(*build) if build is not None else None

    def builds(self) -> Iterator[tuple[str, str, str | None]]:
        """The folder, the Dockerfile and the stage of each image that a service builds."""
        for service in self._services:
            build = _build(service)
            if build is not None:
                yield build

    def _command(self, service: _Service) -> str:
        nodes = (service.node.get(key) for key in ("command", "entrypoint"))
        return " ".join(
            service.file.text[node.start : node.end] for node in nodes if node is not None
        )


def _build(service: _Service) -> tuple[str, str, str | None] | None:
    """The folder from which a service builds its image, the Dockerfile, and the stage; None where it can't be told."""
    build = service.node.get("build")
    if build is None:
        return None
    context = build.text if build.kind == "scalar" else text_of(build.get("context")) or "."
    folder = located(service.folder, context or ".")
    if folder is None or "$" in (context or ""):
        return None
    if build.kind != "map":
        dockerfile = located(folder, "Dockerfile")
        return (folder, dockerfile, None) if dockerfile is not None else None
    dockerfile = located(folder, text_of(build.get("dockerfile")) or "Dockerfile")
    if dockerfile is None or build.get("dockerfile_inline") is not None:
        return None
    return folder, dockerfile, text_of(build.get("target"))


def _hands_through(text: str | None, name: str) -> bool:
    """Whether an entry is what the shell has under its name, and blank without: `KEY=${KEY}`."""
    return text in {f"${name}", f"${{{name}}}"}


def _entries(node: Node | None) -> Iterator[tuple[Node, Node]]:
    """The entries of a map, what `<<` brings in behind its own."""
    pending, seen = [node] if node is not None else [], 0
    while pending and seen < COMPOSE_FILES:
        current = pending.pop(0)
        seen += 1
        for key, value in current.entries:
            if key.text == "<<":
                pending.extend(value.items or (value,))
            else:
                yield key, value


def _variables(node: Node | None) -> Iterator[tuple[str, int, str | None]]:
    """The variables of an `environment`: name, 0-based offset of the name, value (None where the host has it)."""
    seen: set[str] = set()
    for key, value in _entries(node):
        if key.text and key.text not in seen:
            seen.add(key.text)
            yield (
                key.text,
                key.start + key.quoted,
                text_of(value),
            )
    for item in node.items if node is not None else ():
        name, equal, text = (item.text or "").partition("=")
        if name:
            yield name, item.start + item.quoted, text if equal else None
