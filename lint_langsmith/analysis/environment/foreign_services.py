"""Programs that are not the project's and that get variables too: services that run a foreign image, other packages.

What such a program reads is its own business: a rule about names does not judge its variables.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.limits import DEPLOYMENT_BYTES
from lint_langsmith.analysis.project.contents import sought
from lint_langsmith.findings import Applicability
from lint_langsmith.remembered import remembered
from lint_langsmith.sdk import foreign
from lint_langsmith.source.kinds import YAML
from lint_langsmith.source.text import UnreadableFileError
from lint_langsmith.source.tree import MalformedError, Node, parse_json, parse_yaml, text_of

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.reads import VariableReads
    from lint_langsmith.analysis.environment.writes import Setting
    from lint_langsmith.analysis.project.file import File
    from lint_langsmith.analysis.project.project import Project

_FROM: Final = lazy_re.compile(
    r"(?mi)^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*(?P<image>\S+)(?:[ \t]+AS[ \t]+(?P<stage>\S+))?"
)
_BUILDS: Final = lazy_re.compile(
    rb"docker[ \t]+(?:buildx[ \t]+)?build|build-push-action|kaniko|buildah|podman[ \t]+build|nerdctl"
)
# One of them is in all that builds: bytes are searched for them in a tenth of the time.
_BUILD_WORDS: Final = (b"build", b"kaniko", b"nerdctl")
# A service that is handed a command of Python's runs code that is mounted into it.
_PYTHON: Final = lazy_re.compile(
    r"\bpython[0-9.]*\b|\.py\b|\b(?:uvicorn|gunicorn|celery|streamlit|langgraph|pytest)\b"
)
# The other ways to set one are for programs that are started, or for whoever reads a file.
_FOR_THE_PROJECT: Final = frozenset({"set", "default", "define"})
_DOCUMENTS: Final = (".md", ".mdx", ".rst", ".txt", ".adoc", ".html", ".csv")
_REQUIREMENTS: Final = lazy_re.compile(r"(?i)(?:requirements|constraints)")


class ForeignServices:
    """The programs of one project that others wrote."""

    def __init__(self, project: Project, readings: VariableReads) -> None:
        """`project` lists and reads the files; `readings` knows which variables they read."""
        self._project = project
        self._readings = readings

    def gets(self, setting: Setting) -> bool:
        """Whether a variable is set for a service that runs a foreign image."""
        return self.is_group_foreign(setting.file, setting.group)

    def is_group_foreign(self, file: File, group: str) -> bool:
        """Whether the program of a group of definitions (`services.web`) is one that others wrote."""
        groups = self._foreign_groups(file)
        if not groups:
            return False
        dots = (at for at, letter in enumerate(group) if letter == ".")
        return group in groups or any(group[:at] in groups for at in dots)

    @remembered
    def read(self, variable: str) -> bool:
        """Whether the project uses a foreign package or program that is known to read a variable of that name."""
        words = foreign.readers(variable)
        contents = (content for name, content in self._contents() if not _is_document(name))
        return bool(words) and any(foreign.names_any(content, words) for content in contents)

    def safety(self, setting: Setting) -> Applicability:
        """How sure a change of a variable is: safe only where nobody but LangSmith's packages is known to read it."""
        alone = (
            setting.how in _FOR_THE_PROJECT
            and not self.gets(setting)
            and not self.read(setting.name)
        )
        is_safe = alone and not self._readings.is_read(setting.name)
        return Applicability.SAFE if is_safe else Applicability.UNSAFE

    @functools.cached_property
    def are_there(self) -> bool:
        """Whether any service of the project runs a foreign image."""
        return any(
            self._foreign_groups(file)
            for name in self._project.other_names
            if name.endswith((".yml", ".yaml"))
            and (file := self._project.try_load(name)) is not None
        )

    @functools.cached_property
    def run_javascript(self) -> bool:
        """Whether the project runs a known program that is written in JavaScript."""
        return any(
            foreign.runs_javascript(content)
            for name, content in self._contents()
            if not _is_document(name)
        )

    def _contents(self) -> Iterator[tuple[str, bytes]]:
        for name in (*self._project.python_names, *self._project.other_names):
            try:
                content = self._project.content(name)
            except UnreadableFileError:
                continue
            if len(content) <= DEPLOYMENT_BYTES or name.endswith(".lock"):
                yield name, content

    # -- services ----------------------------------------------------------------------------------------------------

    @remembered
    def _foreign_groups(self, file: File) -> frozenset[str]:
        return frozenset(self._find(file))

    def _find(self, file: File) -> Iterator[str]:
        """The groups of definitions, as `Definition.group` names them, that a foreign image gets."""
        if file.kind == "dockerfile":
            yield from _foreign_stages(file.text)
        elif file.kind in YAML or file.kind == "json":
            if "image" not in file.text or not any(word in file.text for word in _HOLDERS):
                return
            try:
                roots = parse_yaml(file.text) if file.kind in YAML else [parse_json(file.text)]
            except MalformedError:
                return
            for number, root in enumerate(roots):
                start = (str(number),) if len(roots) > 1 else ()
                for path, service, is_compose in _services(root, start):
                    if self._is_foreign(file, root, service, is_compose=is_compose):
                        yield ".".join(path)

    def _is_foreign(self, file: File, root: Node, service: Node, *, is_compose: bool) -> bool:
        image = text_of(service.get("image"))
        if image is None or service.get("build") is not None:
            return False
        if foreign.is_known_program(image):
            return True
        # A cluster runs what was built elsewhere, mostly the project itself; compose builds that where it stands.
        if not is_compose or "/" not in image or "$" in image or foreign.is_runtime(image):
            return False
        commands = (service.get("command"), service.get("entrypoint"))
        if any(
            node is not None and _PYTHON.search(file.text[node.start : node.end])
            for node in commands
        ):
            return False
        return not self._is_built_here(image, root)

    def _is_built_here(self, image: str, root: Node) -> bool:
        repository = re.sub(r"[:@][^/]*$", "", image)
        last = repository.rpartition("/")[2]
        if last in {self._project.root.name, self._project.root.name.replace("_", "-")}:
            return True
        services = root.get("services")
        for _, other in services.entries if services is not None else ():
            if other.get("build") is not None and (
                text_of(other.get("image")) or ""
            ).startswith(repository):
                return True
        return any(sought(repository) in content for content in self._building)

    @functools.cached_property
    def _building(self) -> tuple[bytes, ...]:
        """What is in the files that build images; few do."""
        return tuple(
            content
            for _, content in self._contents()
            if len(content) <= DEPLOYMENT_BYTES and _builds(content)
        )


def _builds(content: bytes) -> bool:
    """Whether a file has a command that builds an image."""
    return any(word in content for word in _BUILD_WORDS) and _BUILDS.search(content) is not None


def _services(
    root: Node, start: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Node, bool]]:
    """What runs an image: its path, itself, and whether compose (or a workflow's `services`) runs it."""
    pending = [(root, start)]
    while pending:
        node, path = pending.pop()
        for key, value in node.entries:
            name = key.text or ""
            inner = (*path, name)
            if name == "services" and value.kind == "map":
                yield from (
                    ((*inner, key.text or ""), service, True) for key, service in value.entries
                )
            elif name in _CONTAINERS and value.kind == "list":
                yield from (
                    ((*inner, str(number)), item, False)
                    for number, item in enumerate(value.items)
                )
            else:
                pending.append((value, inner))
        pending += [(item, (*path, str(number))) for number, item in enumerate(node.items)]


_CONTAINERS: Final = frozenset({"containers", "initContainers", "containerDefinitions"})
# What stands around whatever runs an image; without one of them a file need not be parsed.
_HOLDERS: Final = ("services", *sorted(_CONTAINERS))


def _foreign_stages(text: str) -> Iterator[str]:
    """The stages of a Dockerfile that are made from the image of a known program."""
    for number, match in enumerate(_FROM.finditer(text)):
        if foreign.is_known_program(match["image"]):
            yield match["stage"] or str(number)


def _is_document(name: str) -> bool:
    base = name.rpartition("/")[2]
    return base.lower().endswith(_DOCUMENTS) and _REQUIREMENTS.search(base) is None
