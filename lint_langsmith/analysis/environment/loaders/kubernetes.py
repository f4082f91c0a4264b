"""Containers of Kubernetes manifests, also of Helm's templates.

Documented: `env` beats `envFrom`, of which the last one counts, each with its `prefix` before all names
(kubernetes.io/docs/tasks/inject-data-application, "Define Environment Variables"; `EnvFromSource` of the API). What a
secret or an agent that injects secrets brings is not in the checkout, unless the manifest of the map or secret is. Helm
fills in `.Values` from `values.yaml`, which a deployment may override (helm.sh/docs/chart_template_guide/values_files):
what it puts into a list is not known, what a list lacks is. A condition that is blank there leaves out what it holds.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.environment.loaders.command_files import loaded_by
from lint_langsmith.analysis.environment.loaders.kustomize import Kustomizations
from lint_langsmith.analysis.environment.process import Given, Process, Source, outside
from lint_langsmith.analysis.limits import LISTED_LINES
from lint_langsmith.analysis.project.contents import sought
from lint_langsmith.remembered import remembered
from lint_langsmith.sdk.variables import GROUPS
from lint_langsmith.source.gotemplate import (
    Conditional,
    actions,
    conditionals,
    without_actions,
)
from lint_langsmith.source.tree import MalformedError, Node, parse_yaml, text_of

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.checkout import Checkout
    from lint_langsmith.analysis.environment.loaders.dockerfile import Images
    from lint_langsmith.analysis.project.file import File

_VARIABLES: Final = frozenset(name for names in GROUPS for name in names)
_LISTS: Final = frozenset({"containers", "initContainers"})
_MAPS: Final = frozenset({"ConfigMap", "Secret"})
# Agents that put secrets into the containers of a pod, by what they are told in its annotations.
_INJECTORS: Final = (
    "vault.hashicorp.com",
    "secrets-store.csi",
    "doppler",
    "infisical",
    "external-secrets",
    "reloader",
)
# `{{ .Values.langsmith.tracing | quote }}`, alone.
_VALUE: Final = lazy_re.compile(
    r"\{\{-?[ \t]*\.Values\.(?P<path>[\w.]{1,200})(?:[ \t]*\|[ \t]*(?:quote|toString|squote))*[ \t]*-?\}\}"
)
# A condition of nothing but values: `.Values.a.b`, `and .Values.a .Values.b`.
_CONDITION: Final = lazy_re.compile(r"(?:and[ \t]+)?(?:\.Values\.[\w.]{1,200}[ \t]*){1,20}")
_CONDITION_VALUE: Final = lazy_re.compile(r"\.Values\.(?P<path>[\w.]{1,200})")
# What a template takes for false (Go's text/template, "Actions"), as YAML writes it.
_FALSE: Final = frozenset({"", "false", "0", "null", "~"})
# Where a deployment gives a chart other values.
_OVERRIDING: Final = (".yaml", ".yml", ".sh", "Makefile", ".tf", ".json", ".toml", "justfile")
_PAGES: Final = (".md", ".txt")
_SET: Final = b"--set"
# What puts entries into a list, in an action of a template.
_INSERTS: Final = lazy_re.compile(r"\b(?:toYaml|tpl|include|template|range)\b")
_ENV: Final = lazy_re.compile(r"[ \t]*(?:-[ \t]+)?env:[ \t\r]*")


class _Manifest(NamedTuple):
    """A document of a manifest, and the number that its groups begin with."""

    file: File
    root: Node
    start: tuple[str, ...]


class _Map(NamedTuple):
    """A map or a secret as a source, and the keys of all that it has, also of what is no variable by its name."""

    source: Source
    keys: frozenset[str]

    def under(self, prefix: str) -> Source:
        """What it gives with a prefix before each name; a name that only the prefix completes is unknown."""
        if not prefix:
            return self.source
        given = {f"{prefix}{name}": value for name, value in self.source.given.items()}
        completed = {f"{prefix}{key}" for key in self.keys} - given.keys()
        is_whole = self.source.is_whole and completed.isdisjoint(_VARIABLES)
        return self.source._replace(given=given, is_whole=is_whole)


class Containers:
    """The containers of the manifests of one project."""

    def __init__(
        self, checkout: Checkout, images: Images, is_foreign: Callable[[File, str], bool]
    ) -> None:
        """`images` tells what a command starts, `is_foreign` whether a container runs a program of others."""
        self._checkout = checkout
        self._images = images
        self._is_foreign = is_foreign
        self._kustomizations = Kustomizations(checkout)

    def processes(self) -> Iterator[Process]:
        """One for each container."""
        for manifest in self._manifests:
            for path, node in _containers(manifest.root, manifest.start):
                yield self._process(manifest.file, path, node)

    @functools.cached_property
    def _manifests(self) -> tuple[_Manifest, ...]:
        return tuple(self._find_manifests())

    def _find_manifests(self) -> Iterator[_Manifest]:
        for name in self._checkout.names:
            if not name.endswith((".yml", ".yaml")):
                continue
            content = self._checkout.content(name)
            if (
                b"ontainers:" not in content
                and b"ConfigMap" not in content
                and b"Secret" not in content
            ):
                continue
            file = self._checkout.file(name)
            if file is None or file.kind != "kubernetes":
                continue
            try:
                roots = parse_yaml(
                    without_actions(file.text) if "{{" in file.text else file.text
                )
            except MalformedError:
                continue
            for number, root in enumerate(roots):
                yield _Manifest(file, root, (str(number),) if len(roots) > 1 else ())

    def _process(self, file: File, path: tuple[str, ...], node: Node) -> Process:
        name = text_of(node.get("name")) or "container"
        sources = [self._env(file, node, name), *self._env_from(node, name)]
        if any(word in file.text for word in _INJECTORS):
            sources.append(outside("secrets that are injected"))
        if _is_inserted(file.text, node):
            sources.append(outside("values of the chart"))
        sources = [*map(outside, self._laid_over(file, name, node)), *sources]
        command = " ".join(
            file.text[part.start : part.end]
            for key in ("command", "args")
            if (part := node.get(key))
        )
        sources += loaded_by(self._checkout, command, is_elsewhere=True)
        entries = self._images.started_by(command)
        written = self._filled_in(file, node.get("image")) or ""
        image = self._images.of_name(written)
        is_named_so = self._checkout.folder_name.replace("_", "-") in written.replace("_", "-")
        is_named_so = is_named_so or self._images.is_named_like_code(written)
        is_own = bool(entries) or is_named_so or image is not None
        code = (
            "foreign"
            if self._is_foreign(file, ".".join(path))
            else "project"
            if is_own
            else "unknown"
        )
        # The image has variables of its own.
        if image is not None:
            sources += image.sources
        else:
            sources.append(outside("the image") if not is_own else Source("the image", {}))
        return Process(
            f"container `{name}` of `{file.relative}`",
            code,  # type: ignore[arg-type]
            tuple(sources),
            entries or (image.entries if image is not None else None) or None,
            is_closed=True,
        )

    def _laid_over(self, file: File, name: str, node: Node) -> Iterator[str]:
        """What may give a container of a manifest more variables than stand there."""
        supplier = self._kustomizations.supplier(file.relative)
        if supplier is not None:
            yield supplier
        yield from (
            f"`{other.relative}`"
            for other in self._partial.get(name, ())
            if other is not file and node.get("image") is not None
        )

    @functools.cached_property
    def _partial(self) -> Mapping[str, Sequence[File]]:
        """The manifests with containers that only complete others, by the names of those: they have no image."""
        found: dict[str, list[File]] = defaultdict(list)
        for manifest in self._manifests:
            for _, node in _containers(manifest.root, manifest.start):
                name = text_of(node.get("name"))
                if name and node.get("image") is None:
                    found[name].append(manifest.file)
        return found

    # -- variables ---------------------------------------------------------------------------------------------------

    def _env(self, file: File, node: Node, name: str) -> Source:
        given: dict[str, Given] = {}
        env = node.get("env")
        left_out = 0
        for item in env.items if env is not None else ():
            key, value = item.get("name"), item.get("value")
            if key is not None and any(
                body.start <= key.start < body.end for body in self._off_by_default(file)
            ):
                left_out += 1
                continue
            setting = (
                self._checkout.setting_at(file, key.start + key.quoted)
                if key is not None
                else None
            )
            if (
                key is not None
                and key.text
                and setting is not None
                and not self._is_left_out(item)
            ):
                given[key.text] = Given(setting, self._filled_in(file, value))
        by_default = " with the values of the chart" if left_out else ""
        label = f"`env` of `{name}` in `{file.relative}`{by_default}"
        return Source(label, given, file.relative)

    def _is_left_out(self, item: Node) -> bool:
        """Whether a variable is an optional key that its map or secret, of the project, does not have.

        Documented for `optional` of `secretKeyRef` and `configMapKeyRef` (kubernetes.io, API reference of `EnvVar`).
        """
        source = item.get("valueFrom")
        for _, reference in source.entries if source is not None else ():
            found = self._maps.get(text_of(reference.get("name")) or "")
            key, optional = text_of(reference.get("key")), text_of(reference.get("optional"))
            if found is not None and optional == "true" and key:
                return found.source.is_whole and key not in found.keys
        return False

    def _env_from(self, node: Node, name: str) -> Iterator[Source]:
        """What maps and secrets bring, the last first; those whose manifests are here are known."""
        listed = node.get("envFrom")
        for item in reversed(listed.items) if listed is not None else ():
            reference = next(
                (value for key, value in item.entries if key.text != "prefix"), None
            )
            named = text_of(reference.get("name")) if reference is not None else None
            found = self._maps.get(named or "")
            prefix = item.get("prefix")
            prefixed = text_of(prefix) if prefix is not None else ""
            if prefixed is not None and "{{" not in prefixed and _is_of_others(prefixed):
                continue  # every name in it begins so: none is LangSmith's
            if found is None or prefixed is None or "{{" in prefixed:
                yield outside(f"`envFrom` of `{name}`")
            else:
                yield found.under(prefixed)
        if listed is not None and not listed.items:
            yield outside(f"`envFrom` of `{name}`")

    @functools.cached_property
    def _maps(self) -> Mapping[str, _Map]:
        """The maps and secrets of the project, by their names."""
        found: dict[str, _Map] = {}
        for manifest in self._manifests:
            root, file = manifest.root, manifest.file
            metadata = root.get("metadata")
            named = metadata.get("name") if metadata is not None else None
            name = text_of(named)
            if text_of(root.get("kind")) not in _MAPS or not name or _is_filled_in(file, named):
                continue
            given: dict[str, Given] = {}
            keys: set[str] = set()
            for part in ("data", "stringData"):
                node = root.get(part)
                for key, value in node.entries if node is not None else ():
                    keys.add(key.text or "")
                    setting = self._checkout.setting_at(file, key.start + key.quoted)
                    if key.text and setting is not None:
                        given[key.text] = Given(
                            setting, None if _is_filled_in(file, value) else setting.value
                        )
            # Of two with one name, for two clusters, neither is known to be meant.
            is_whole = name not in found
            source = Source(
                f"`{name}` in `{file.relative}`", given, file.relative, is_whole=is_whole
            )
            found[name] = _Map(source, frozenset(keys))
        for name, source, names in self._kustomizations.generated():
            is_whole = source.is_whole and name not in found
            found[name] = _Map(source._replace(is_whole=is_whole), names)
        return found

    # -- Helm --------------------------------------------------------------------------------------------------------

    def _filled_in(self, file: File, node: Node | None) -> str | None:
        """A text with the chart's own values in it; None where another action fills in a part."""
        if node is None or node.kind != "scalar":
            return None
        if not _is_filled_in(file, node):
            return node.text
        written = file.text[node.start : node.end]
        chart = file.relative.rpartition("templates/")[0]
        values = self._values_of(chart)
        filled = _VALUE.sub(
            lambda match: _looked_up(values, match["path"]) or "{{", written.strip("\"'")
        )
        return None if "{{" in filled else filled

    @remembered
    def _off_by_default(self, file: File) -> Sequence[Conditional]:
        """The parts of a template that are left out with the chart's own values, which nothing here overrides."""
        if "{{" not in file.text:
            return ()
        return tuple(
            body for body in conditionals(file.text) if self._is_unmet(file, body.condition)
        )

    def _is_unmet(self, file: File, condition: str) -> bool:
        """Whether a condition of nothing but values names one that is blank or false."""
        return _CONDITION.fullmatch(condition.strip()) is not None and any(
            self._is_false(file, match["path"])
            for match in _CONDITION_VALUE.finditer(condition)
        )

    def _is_false(self, file: File, path: str) -> bool:
        """Whether a value of a chart is blank or false, and no other file names it, which may set it."""
        chart = file.relative.rpartition("templates/")[0]
        node: Node | None = self._values_of(chart)
        for key in path.split("."):
            node = node.get(key) if node is not None else None
        if node is None:
            return False  # a deployment has to set it
        is_blank = (
            (node.text or "").strip().lower() in _FALSE if node.kind == "scalar" else False
        )
        return is_blank and not self._is_set_elsewhere(chart, path.rpartition(".")[2])

    @remembered
    def _is_set_elsewhere(self, chart: str, key: str) -> bool:
        """Whether a file that may give a chart other values names one of them, or a page tells to set it."""
        word = sought(key)
        for name in self._checkout.names:
            content = self._checkout.content(name)
            is_own = name == f"{chart}values.yaml" or name.startswith(f"{chart}templates/")
            if word not in content or is_own:
                continue
            if name.endswith(_OVERRIDING) or (
                name.endswith(_PAGES)
                and any(_SET in line and word in line for line in content.splitlines())
            ):
                return True
        return False

    @remembered
    def _values_of(self, chart: str) -> Node | None:
        text = self._checkout.text(f"{chart}values.yaml")
        try:
            roots = parse_yaml(text) if text else []
        except MalformedError:
            roots = []
        return roots[0] if roots else None


def _is_filled_in(file: File, node: Node | None) -> bool:
    """Whether an action of a template stands in a value."""
    return node is not None and "{{" in file.text[node.start : node.end]


def _looked_up(values: Node | None, path: str) -> str | None:
    node = values
    for key in path.split("."):
        node = node.get(key) if node is not None else None
    return text_of(node)


def _is_inserted(text: str, container: Node) -> bool:
    """Whether a template puts variables into a container that do not stand there."""
    lines = text[container.start : container.end].split("\n")
    for number, begin in enumerate(lines, start=1):
        if _ENV.fullmatch(begin) is None:
            continue
        indent = len(begin) - len(begin.lstrip(" \t-"))
        for line in lines[number : number + LISTED_LINES]:
            stripped = line.lstrip()
            if (
                stripped
                and not stripped.startswith(("{{", "- "))
                and len(line) - len(stripped) <= indent
            ):
                break
            if any(_INSERTS.search(action) for action in actions(line)):
                return True
    return False


def _containers(root: Node, start: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Node]]:
    pending = [(root, start)]
    while pending:
        node, path = pending.pop()
        for key, value in node.entries:
            inner = (*path, key.text or "")
            if key.text in _LISTS:
                yield from (
                    ((*inner, str(number)), item) for number, item in enumerate(value.items)
                )
            else:
                pending.append((value, inner))
        pending += [(item, (*path, str(number))) for number, item in enumerate(node.items)]


def _is_of_others(prefix: str) -> bool:
    """Whether no name with a prefix is one of LangSmith's variables."""
    return not any(
        name.startswith(prefix) or prefix.startswith(name)
        for name in ("LANGSMITH_", "LANGCHAIN_")
    )
