"""Containers of Kubernetes manifests.

Documented: `env` beats `envFrom` (kubernetes.io/docs/tasks/inject-data-application, "Define Environment Variables").
What `envFrom`, a secret, or an agent that injects secrets brings is not in the checkout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.environment.process import Given, Process, Source, outside
from lint_langsmith.source.tree import MalformedError, Node, parse_yaml

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.checkout import Checkout
    from lint_langsmith.analysis.environment.loaders.dockerfile import Images
    from lint_langsmith.analysis.project.file import File

_LISTS: Final = frozenset({"containers", "initContainers"})
# Agents that put secrets into the containers of a pod, by what they are told in its annotations.
_INJECTORS: Final = (
    "vault.hashicorp.com",
    "secrets-store.csi",
    "doppler",
    "infisical",
    "external-secrets",
    "reloader",
)


class Containers:
    """The containers of the manifests of one project."""

    def __init__(
        self, checkout: Checkout, images: Images, is_foreign: Callable[[File, str], bool]
    ) -> None:
        """`images` tells what a command starts, `is_foreign` whether a container runs a program of others."""
        self._checkout = checkout
        self._images = images
        self._is_foreign = is_foreign

    def processes(self) -> Iterator[Process]:
        """One for each container whose manifest is no template."""
        for name in self._checkout.names:
            if not name.endswith(
                (".yml", ".yaml")
            ) or b"ontainers:" not in self._checkout.content(name):
                continue
            file = self._checkout.file(name)
            if file is None or file.kind != "kubernetes" or "{{" in file.text:
                continue
            try:
                roots = parse_yaml(file.text)
            except MalformedError:
                continue
            for number, root in enumerate(roots):
                start = (str(number),) if len(roots) > 1 else ()
                for path, node in _containers(root, start):
                    yield self._process(file, path, node)

    def _process(self, file: File, path: tuple[str, ...], node: Node) -> Process:
        name = _text(node.get("name")) or "container"
        given: dict[str, Given] = {}
        env = node.get("env")
        for item in env.items if env is not None else ():
            key, value = item.get("name"), item.get("value")
            setting = (
                self._checkout.setting_at(file, key.start + key.quoted)
                if key is not None
                else None
            )
            if key is not None and key.text and setting is not None:
                given[key.text] = Given(setting, value.text if value is not None else None)
        sources = [Source(f"`env` of `{name}` in `{file.relative}`", given, file.relative)]
        if node.get("envFrom") is not None:
            sources.append(outside(f"`envFrom` of `{name}`"))
        if any(word in file.text for word in _INJECTORS):
            sources.append(outside("secrets that are injected"))
        command = " ".join(
            file.text[part.start : part.end]
            for key in ("command", "args")
            if (part := node.get(key))
        )
        entries = self._images.started_by(command)
        image = _text(node.get("image")) or ""
        is_own = bool(entries) or self._checkout.folder_name.replace("_", "-") in image.replace(
            "_", "-"
        )
        code = (
            "foreign"
            if self._is_foreign(file, ".".join(path))
            else "project"
            if is_own
            else "unknown"
        )
        # The image has variables of its own.
        sources.append(outside("the image") if not is_own else Source("the image", {}))
        return Process(
            f"container `{name}` of `{file.relative}`",
            code,  # type: ignore[arg-type]
            tuple(sources),
            entries or None,
        )


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


def _text(node: Node | None) -> str | None:
    return node.text if node is not None and node.kind == "scalar" else None
