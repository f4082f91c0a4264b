"""The processes of a project, by the loaders that know them; what each gets, and which files they load."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.environment.checkout import Checkout
from lint_langsmith.analysis.environment.loaders.commands import Commands
from lint_langsmith.analysis.environment.loaders.compose import ComposeServices
from lint_langsmith.analysis.environment.loaders.dockerfile import Images
from lint_langsmith.analysis.environment.loaders.kubernetes import Containers
from lint_langsmith.analysis.environment.loaders.langgraph import Graphs
from lint_langsmith.analysis.environment.loaders.python_dotenv import PythonPrograms
from lint_langsmith.analysis.environment.loaders.workflow import WorkflowSteps
from lint_langsmith.analysis.environment.programs import Programs

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.foreign_services import ForeignServices
    from lint_langsmith.analysis.environment.process import Loader, Process, Source
    from lint_langsmith.analysis.environment.variables import Environment
    from lint_langsmith.analysis.environment.writes import Setting
    from lint_langsmith.analysis.project.project import Project


class Processes:
    """The processes of one project, as far as they stand in the checkout."""

    def __init__(self, project: Project, environment: Environment, foreign: ForeignServices) -> None:
        """`environment` says what files set and load, `foreign` which services run programs of others."""
        self.project = project
        self._checkout = Checkout(project, environment)
        self._environment = environment
        self._foreign = foreign
        self.programs: Final = Programs(project)

    @functools.cached_property
    def images(self) -> Images:
        """The images that Dockerfiles describe."""
        return Images(self._checkout)

    @functools.cached_property
    def python(self) -> PythonPrograms:
        """The programs that are files of Python."""
        return PythonPrograms(self._checkout, self._environment, self.programs)

    @functools.cached_property
    def _loaders(self) -> Sequence[Callable[[], Iterator[Process]]]:
        """What knows processes: one for each family of loaders, the most used first."""
        is_foreign = self._foreign.is_group_foreign
        return (
            self.python.processes,
            ComposeServices(self._checkout, self.images, is_foreign).processes,
            WorkflowSteps(self._checkout, self.images).processes,
            Containers(self._checkout, self.images, is_foreign).processes,
            Graphs(self._checkout).processes,
            Commands(self._checkout, self.images).processes,
        )

    @functools.cached_property
    def all(self) -> tuple[Process, ...]:
        """All processes, in the order of the loaders."""
        return tuple(process for processes in self._loaders for process in processes())

    @functools.cached_property
    def _users(self) -> Mapping[str, Sequence[tuple[Process, Source]]]:
        found: dict[str, list[tuple[Process, Source]]] = defaultdict(list)
        for process in self.all:
            for source in process.sources:
                if source.path is not None and source.loader:
                    found[source.path].append((process, source))
        return dict(found)

    def users(self, name: str) -> Sequence[tuple[Process, Source]]:
        """The processes that load a file of variables, each with it as a source."""
        return self._users.get(name, ())

    def is_loaded(self, name: str) -> bool:
        """Whether any program loads a file of variables."""
        return bool(self.users(name))

    def loaders_of(self, name: str) -> frozenset[Loader]:
        """What reads a file of variables."""
        return frozenset(source.loader for _, source in self.users(name))

    def is_ignored(self, name: str) -> bool:
        """Whether git ignores a file."""
        return self._checkout.is_ignored(name)

    def getting(self, setting: Setting) -> Iterator[Process]:
        """The processes that get what a setting says."""
        for process in self.all:
            given = process.effective(setting.name)
            if given is not None and given.setting == setting:
                yield process
