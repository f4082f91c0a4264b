"""Tasks of a `Taskfile.yml`.

Documented (taskfile.dev/docs/guide, "Environment variables"): `env` of a task beats that of the file, and what `dotenv`
loads gives way to both; a value may be what a command prints (`sh:`). Tests get what tests want.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.environment.loaders.command_files import loaded_by
from lint_langsmith.analysis.environment.loaders.tasks import is_for_tests
from lint_langsmith.analysis.environment.process import Given, Process, Source, outside
from lint_langsmith.source.tree import MalformedError, Node, parse_yaml, text_of

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.checkout import Checkout
    from lint_langsmith.analysis.environment.loaders.dockerfile import Images
    from lint_langsmith.analysis.project.file import File

_NAME: Final = lazy_re.compile(r"(?i)(?:.*/)?taskfile(?:\.dist)?\.ya?ml")


class TaskfileTasks:
    """The tasks of the Taskfiles of one project."""

    def __init__(self, checkout: Checkout, images: Images) -> None:
        """`images` tells what a command starts."""
        self._checkout = checkout
        self._images = images

    def processes(self) -> Iterator[Process]:
        """One for each task with commands."""
        for name in self._checkout.names:
            if _NAME.fullmatch(name) is None:
                continue
            file = self._checkout.file(name)
            if file is not None:
                yield from self._of_file(file)

    def _of_file(self, file: File) -> Iterator[Process]:
        try:
            roots = parse_yaml(self._checkout.text(file.relative))
        except MalformedError:
            return
        for root in roots[:1]:
            tasks = root.get("tasks")
            for key, task in tasks.entries if tasks is not None else ():
                if key.text and not is_for_tests(key.text):
                    yield self._process(file, root, key.text, task)

    def _process(self, file: File, root: Node, name: str, task: Node) -> Process:
        folder = file.relative.rpartition("/")[0]
        command = "\n".join(_texts(task.get("cmds") or task.get("cmd") or task))
        sources = [self._env(file, task, f"`{name}`"), self._env(file, root, "all tasks")]
        for node in (task, root):
            listed = node.get("dotenv")
            paths = [item.text for item in listed.items] if listed is not None else []
            sources += [self._checkout.variables(folder, path, "dotenvy") for path in paths]
        if root.get("includes") is not None:
            sources.append(outside("the Taskfiles that are included"))
        sources += loaded_by(self._checkout, command, folder)
        entries = self._images.started_by(command) or None
        label = f"`{name}` of `{file.relative}`"
        return Process(label, "project", tuple(sources), entries)

    def _env(self, file: File, node: Node, owner: str) -> Source:
        env = node.get("env")
        given: dict[str, Given] = {}
        is_whole = True
        for key, value in env.entries if env is not None else ():
            setting = self._checkout.setting_at(file, key.start + key.quoted)
            if key.text and setting is not None:
                given[key.text] = Given(setting, _known(value))
            else:  # what a command prints
                is_whole = False
        label = f"`env` of {owner} in `{file.relative}`"
        return Source(label, given, file.relative, is_whole=is_whole)


def _known(value: Node) -> str | None:
    """A value as it stands there; None where a template or a variable gives it."""
    text = text_of(value)
    return None if text is None or "{{" in text or "$" in text else text


def _texts(node: Node) -> Iterator[str]:
    """The commands of a task: texts, lists of them, and `cmd: …`."""
    if node.kind == "scalar":
        yield node.text or ""
    for item in node.items:
        yield from _texts(item)
    command = node.get("cmd")
    if command is not None:
        yield from _texts(command)
