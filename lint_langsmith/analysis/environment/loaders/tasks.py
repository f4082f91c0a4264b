"""Tasks that TOML files describe: of poe, pdm and rye, the environments of hatch, and tasks of mise.

Executed on poethepoet 0.49: `env` of a task beats its `envfile`, these beat `env` and `envfile` of `[tool.poe]`, and
all of them the shell. Documented: `env` and `env_file` of a script of pdm, and of `_` for all (pdm-project.org, "PDM
scripts"); `env` and `env-file` of rye's scripts (rye.astral.sh); `env-vars` of an environment of hatch, with
`{env:NAME}` for what the shell has (hatch.pypa.io, "Environment configuration"); `env` of a task of mise, and its
`[env]` for all (mise.jdx.dev, "Task configuration"). Tests get what tests want.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import tomli

from lint_langsmith import lazy_re
from lint_langsmith.analysis.environment.loaders.command_files import loaded_by
from lint_langsmith.analysis.environment.loaders.mise import is_of_mise, variables_of_mise
from lint_langsmith.analysis.environment.process import (
    Given,
    Process,
    Source,
    given_by,
    outside,
)

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.checkout import Checkout
    from lint_langsmith.analysis.environment.loaders.dockerfile import Images
    from lint_langsmith.analysis.environment.process import Loader
    from lint_langsmith.analysis.project.file import File

_HINTS: Final = (
    b"[tool.poe",
    b"[tool.pdm.scripts",
    b"[tool.rye.scripts",
    b"[tool.hatch.envs",
    b"[tasks",
)
_TEST: Final = lazy_re.compile(
    r"(?i)(?:.*[-_.:])?(?:tests?|lint|docs?|types?|check)(?:[-_.:].*)?"
)
_FROM_SHELL: Final = lazy_re.compile(r"\{env:")


class _Tool(NamedTuple):
    """A tool: the tables of its tasks and of what all of them get, and the keys of variables and of their files."""

    tasks: str
    shared: str
    env: str
    file: str


_TOOLS: Final = (
    _Tool("tool.poe.tasks", "tool.poe", "env", "envfile"),
    _Tool("tool.pdm.scripts", "tool.pdm.scripts._", "env", "env_file"),
    _Tool("tool.rye.scripts", "", "env", "env-file"),
    _Tool("tool.hatch.envs", "", "env-vars", ""),
)
_MISE: Final = _Tool("tasks", "", "env", "")


def is_for_tests(name: str) -> bool:
    """Whether a task of that name checks the project: it gets what tests want."""
    return _TEST.fullmatch(name) is not None


class Tasks:
    """The tasks of one project."""

    def __init__(self, checkout: Checkout, images: Images) -> None:
        """`images` tells what a command starts."""
        self._checkout = checkout
        self._images = images

    def processes(self) -> Iterator[Process]:
        """One for each task that sets variables."""
        for file in self._checkout.files("toml", _HINTS):
            try:
                root = tomli.loads(self._checkout.text(file.relative))
            except (ValueError, RecursionError):
                continue
            for tool in (_MISE,) if is_of_mise(file.relative) else _TOOLS:
                for name, task in _table(root, tool.tasks).items():
                    if isinstance(task, dict) and name != "_" and not is_for_tests(name):
                        yield self._task(file, root, tool, name, task)

    def _task(
        self,
        file: File,
        root: Mapping[str, Any],
        tool: _Tool,
        name: str,
        task: Mapping[str, Any],
    ) -> Process:
        sources = list(self._sources(file, tool, f"{tool.tasks}.{name}", task))
        if tool.shared:
            sources += self._sources(file, tool, tool.shared, _table(root, tool.shared))
        if tool is _MISE:
            sources += variables_of_mise(self._checkout, file)
        sources += loaded_by(self._checkout, _commands(task), file.relative.rpartition("/")[0])
        entries = self._images.started_by(_commands(task)) or None
        label = f"`{name}` of `{file.relative}`"
        return Process(label, "project", tuple(sources), entries)

    def _sources(
        self, file: File, tool: _Tool, table: str, content: Mapping[str, Any]
    ) -> Iterator[Source]:
        """What a table sets, and the files that it names."""
        names = content.get(tool.env)
        if isinstance(names, dict):
            yield self._set_in(file, tool, table, names)
        files = content.get(tool.file) if tool.file else None
        loader: Loader = "python-dotenv"
        for path in [files] if isinstance(files, str) else files or ():
            folder = file.relative.rpartition("/")[0]
            yield (
                self._checkout.variables(folder, path, loader)
                if isinstance(path, str)
                else outside("a file of variables")
            )

    def _set_in(self, file: File, tool: _Tool, table: str, names: Mapping[str, Any]) -> Source:
        """The settings of a table; of tasks in one line each, which share theirs, those that only one of them has."""
        groups = {table, f"{table}.{tool.env}", table.rpartition(".")[0]}
        found = [
            setting
            for setting in self._checkout.settings(file)
            if setting.name in names and setting.group in groups
        ]
        counts = Counter(setting.name for setting in found)
        given = given_by([setting for setting in found if counts[setting.name] == 1])
        is_whole = not any(count > 1 for count in counts.values())
        label = f"`{tool.env}` of `{table}` in `{file.relative}`"
        return Source(label, _without_shell(given), file.relative, is_whole=is_whole)


def _without_shell(given: Mapping[str, Given]) -> Mapping[str, Given]:
    """The values, of those that the shell fills in only that there are some."""
    return {
        name: item._replace(value=None)
        if item.value is not None and _FROM_SHELL.search(item.value)
        else item
        for name, item in given.items()
    }


def _table(root: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    table: Any = root
    for key in path.split("."):
        table = table.get(key) if isinstance(table, dict) else None
    return table if isinstance(table, dict) else {}


def _commands(task: Mapping[str, Any]) -> str:
    """The strings of a task, among which its command is."""
    texts: list[str] = []
    pending: list[Any] = [task]
    while pending:
        value = pending.pop()
        if isinstance(value, str):
            texts.append(value)
        elif isinstance(value, dict):
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
    return "\n".join(texts)
