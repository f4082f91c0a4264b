"""What is laid over manifests: patches of kustomizations, manifests that complete others, `kubectl set env`.

Documented (kubectl.docs.kubernetes.io/references/kustomize): `patches`, and formerly `patchesStrategicMerge` and
`patchesJson6902`, hold a patch or name its file; `resources`, formerly `bases`, and `components` name files, and
folders that have a kustomization of their own; `configMapGenerator` and `secretGenerator` make maps of `literals` and
of the files below `envs`. Not executed: kustomize is not on the machine.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.environment.checkout import located
from lint_langsmith.analysis.environment.process import Given, Source
from lint_langsmith.analysis.fixed_point import closure
from lint_langsmith.analysis.limits import KUSTOMIZATIONS
from lint_langsmith.sdk.variables import KEYS
from lint_langsmith.source.tree import MalformedError, Node, parse_yaml, text_of

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.checkout import Checkout
    from lint_langsmith.analysis.project.file import File

_NAMES: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_RESOURCES: Final = ("resources", "bases", "components")
_PATCHES: Final = ("patches", "patchesStrategicMerge", "patchesJson6902")
_GENERATORS: Final = ("configMapGenerator", "secretGenerator")
# What brings a key: its name, or a whole map or secret.
_SUPPLIES: Final = lazy_re.compile(rf"envFrom|{'|'.join(KEYS)}")
_SET_ENV: Final = lazy_re.compile(rb"\b(?:kubectl|oc)[ \t][^\n]{0,200}?\bset env\b")


class _Kustomization(NamedTuple):
    """A kustomization, and the folder from which its paths count."""

    name: str
    folder: str
    root: Node

    def paths(self) -> Iterator[str]:
        """What it lists as its resources, relative to the root of the project."""
        for key in _RESOURCES:
            node = self.root.get(key)
            for item in node.items if node is not None else ():
                path = located(self.folder, item.text or "")
                if path is not None:
                    yield path


class Kustomizations:
    """The kustomizations of one project, and what else changes the variables of a manifest's containers."""

    def __init__(self, checkout: Checkout) -> None:
        """`checkout` has the files."""
        self._checkout = checkout

    def supplier(self, name: str) -> str | None:
        """What may hand a key to the containers of a manifest, as a reader would name it."""
        return self._patched.get(name) or self._set_by_command

    def generated(self) -> Iterator[tuple[str, Source, frozenset[str]]]:
        """The maps and secrets that kustomizations make: the name, what it gives, all names in it."""
        for kustomization in self._by_folder.values():
            file = self._checkout.file(kustomization.name)
            for key in _GENERATORS if file is not None else ():
                node = kustomization.root.get(key)
                for item in node.items if node is not None else ():
                    name = text_of(item.get("name"))
                    if file is not None and name:
                        source = self._made(kustomization, file, name, item)
                        yield name, source, frozenset(source.given)

    def _made(self, kustomization: _Kustomization, file: File, name: str, item: Node) -> Source:
        """What the literals and the files of variables of a generator give."""
        is_whole = item.get("files") is None and item.get("behavior") is None
        given: dict[str, Given] = {}
        envs = item.get("envs") or item.get("env")
        for path in (envs.items or (envs,)) if envs is not None else ():
            read = self._checkout.variables(kustomization.folder, path.text, "docker")
            given.update(read.given)
            is_whole = is_whole and read.is_whole
        literals = item.get("literals")
        for literal in literals.items if literals is not None else ():
            setting = self._checkout.setting_at(file, literal.start + literal.quoted)
            if setting is not None:
                given[setting.name] = Given(setting, setting.value)
        return Source(f"`{name}` in `{file.relative}`", given, file.relative, is_whole=is_whole)

    @functools.cached_property
    def _by_folder(self) -> Mapping[str, _Kustomization]:
        found: dict[str, _Kustomization] = {}
        for name in self._checkout.names:
            folder, _, base = name.rpartition("/")
            if base not in _NAMES:
                continue
            try:
                roots = parse_yaml(self._checkout.text(name))
            except MalformedError:
                continue
            if roots:
                found[folder] = _Kustomization(name, folder, roots[0])
        return found

    @functools.cached_property
    def _patched(self) -> Mapping[str, str]:
        """The manifests that a kustomization patches with a key."""
        found: dict[str, str] = {}
        for kustomization in self._by_folder.values():
            if any(_SUPPLIES.search(patch) for patch in self._patches(kustomization)):
                for path in self._reached(kustomization):
                    found.setdefault(path, f"patches of `{kustomization.name}`")
        return found

    def _reached(self, kustomization: _Kustomization) -> Iterator[str]:
        """The files that it builds from, also by the kustomizations of its bases."""

        def listed(path: str) -> Iterator[str]:
            base = self._by_folder.get(path)
            return base.paths() if base is not None else iter(())

        return closure(kustomization.paths(), listed, KUSTOMIZATIONS)

    def _patches(self, kustomization: _Kustomization) -> Iterator[str]:
        """The texts of its patches; of a file that is not here, whatever may stand there."""
        for key in _PATCHES:
            node = kustomization.root.get(key)
            for item in node.items if node is not None else ():
                written = item.text if item.kind == "scalar" else text_of(item.get("patch"))
                path = written if item.kind == "scalar" else text_of(item.get("path"))
                if written is not None and "\n" in written:
                    yield written
                elif path is not None:
                    name = located(kustomization.folder, path)
                    is_here = name is not None and self._checkout.has(name)
                    yield self._checkout.text(name or "") if is_here else "envFrom"

    @functools.cached_property
    def _set_by_command(self) -> str | None:
        """The first file with a command that sets variables of what runs in a cluster."""
        return next(
            (
                f"`kubectl set env` in `{name}`"
                for name in self._checkout.names
                if b"set env" in (content := self._checkout.content(name))
                and _SET_ENV.search(content)
            ),
            None,
        )
