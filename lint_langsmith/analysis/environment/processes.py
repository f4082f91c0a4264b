"""The processes of a project, by the loaders that know them; what each gets, and which files they load."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.environment.beaten import Beaten, beaten
from lint_langsmith.analysis.environment.checkout import Checkout
from lint_langsmith.analysis.environment.litellm_callback import LitellmCallback
from lint_langsmith.analysis.environment.loaders.children import Child, ChildPrograms
from lint_langsmith.analysis.environment.loaders.clouds import Clouds
from lint_langsmith.analysis.environment.loaders.commands import Commands
from lint_langsmith.analysis.environment.loaders.compose import ComposeServices
from lint_langsmith.analysis.environment.loaders.dockerfile import Images
from lint_langsmith.analysis.environment.loaders.functions import Functions
from lint_langsmith.analysis.environment.loaders.image_files import Build, ImageFiles
from lint_langsmith.analysis.environment.loaders.kubernetes import Containers
from lint_langsmith.analysis.environment.loaders.langgraph import Graphs
from lint_langsmith.analysis.environment.loaders.mise import Mise
from lint_langsmith.analysis.environment.loaders.platforms import Platforms
from lint_langsmith.analysis.environment.loaders.python_dotenv import PythonPrograms
from lint_langsmith.analysis.environment.loaders.scripts import Scripts
from lint_langsmith.analysis.environment.loaders.stacks import Stacks
from lint_langsmith.analysis.environment.loaders.taskfile import TaskfileTasks
from lint_langsmith.analysis.environment.loaders.tasks import Tasks
from lint_langsmith.analysis.environment.loaders.terraform import Resources
from lint_langsmith.analysis.environment.loaders.units import Units
from lint_langsmith.analysis.environment.loaders.workflow import WorkflowSteps
from lint_langsmith.analysis.environment.never_on import NeverOn
from lint_langsmith.analysis.environment.other_prefix import (
    OtherPrefix,
    read_under_other_prefix,
)
from lint_langsmith.analysis.environment.programs import Programs
from lint_langsmith.analysis.environment.region import Region, region
from lint_langsmith.analysis.environment.starters import Starters
from lint_langsmith.analysis.environment.streamlit_secrets import Unexported, unexported
from lint_langsmith.analysis.environment.unloaded import UnloadedFiles
from lint_langsmith.analysis.environment.unpassed import ComposeVariables, Unpassed
from lint_langsmith.sdk.variables import ENDPOINTS, GROUPS, KEYS
from lint_langsmith.source.kinds import CODE

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.foreign_services import ForeignServices
    from lint_langsmith.analysis.environment.process import Loader, Process, Source
    from lint_langsmith.analysis.environment.variables import Environment
    from lint_langsmith.analysis.environment.writes import Setting
    from lint_langsmith.analysis.project.file import File
    from lint_langsmith.analysis.project.project import Project
    from lint_langsmith.analysis.values.evaluator import Evaluator
    from lint_langsmith.findings import Span


_GROUPED: Final = frozenset(name for names in GROUPS for name in names)


class Processes:
    """The processes of one project, as far as they stand in the checkout."""

    def __init__(
        self, project: Project, environment: Environment, foreign: ForeignServices
    ) -> None:
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
    def image_files(self) -> ImageFiles:
        """What images are made from."""
        return ImageFiles(self._checkout, [Build(*build) for build in self._compose.builds()])

    @functools.cached_property
    def _compose(self) -> ComposeServices:
        return ComposeServices(self._checkout, self.images, self._foreign.is_group_foreign)

    @functools.cached_property
    def _loaders(self) -> Sequence[Callable[[], Iterator[Process]]]:
        """What knows processes besides the code itself: one for each family of loaders, the most used first."""
        is_foreign = self._foreign.is_group_foreign
        return (
            self._compose.processes,
            WorkflowSteps(self._checkout, self.images).processes,
            Containers(self._checkout, self.images, is_foreign).processes,
            self._graphs.processes,
            Commands(self._checkout, self.images).processes,
            Scripts(self._checkout, self.images).processes,
            Mise(self._checkout).processes,
            Units(self._checkout, self.images).processes,
            Functions(self._checkout, self.images).processes,
            Resources(self._checkout, self.images).processes,
            Tasks(self._checkout, self.images).processes,
            TaskfileTasks(self._checkout, self.images).processes,
            Platforms(self._checkout, self.images).processes,
            Clouds(self._checkout, self.images).processes,
            Stacks(self._checkout, self.images).processes,
        )

    @functools.cached_property
    def all(self) -> tuple[Process, ...]:
        """All processes, in the order of the loaders."""
        children = (child.process for rows in self.children.values() for child in rows)
        return (*self.python.processes(), *self._deployed, *children)

    @functools.cached_property
    def children(self) -> Mapping[str, Sequence[Child]]:
        """The programs that code starts with an environment of its own, by the file that does."""
        programs = ChildPrograms(self._checkout, self.images)
        found: dict[str, Sequence[Child]] = {}
        for name in programs.names():
            file = self._checkout.file(name)
            started = tuple(programs.of_file(file)) if file is not None else ()
            if started:
                found[name] = started
        return found

    @functools.cached_property
    def _deployed(self) -> tuple[Process, ...]:
        """The processes that something else than their own code describes."""
        found = [process for processes in self._loaders for process in processes()]
        used = {source.path for process in found for source in process.sources}
        return (*found, *self.images.alone(used))

    def starts_with_key(self, name: str) -> bool:
        """Whether a process that runs a file gets a key before any of its code runs."""
        return any(
            process.entries is not None
            and _is_given_key(process)
            and self.programs.is_run_by(name, process.entries)
            for process in self._deployed
        )

    def starters(self, above: Callable[[], Iterator[tuple[str, bytes]]]) -> Starters:
        """What starts the scripts of the project; `above` has the files above it, with what is in them."""
        return Starters(
            self.project,
            self._checkout,
            lambda: self._deployed,
            self.images.started_by,
            above,
        )

    def unloaded_files(self, above: Callable[[], Iterator[tuple[str, bytes]]]) -> UnloadedFiles:
        """The files of variables that nothing loads; `above` has the files above the project, as for the starters."""
        return UnloadedFiles(self._checkout, self.programs, above)

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

    def is_in_code(self, variable: str) -> bool:
        """Whether any code of the project names a variable."""
        return self._checkout.in_code(variable)

    @functools.cached_property
    def never_on(self) -> NeverOn:
        """Where a project's name is set for traces that are never sent."""
        return NeverOn(self._checkout, self._environment, self.programs)

    @functools.cached_property
    def _graphs(self) -> Graphs:
        return Graphs(self._checkout)

    def server_of(self, name: str) -> str | None:
        """The `langgraph.json` whose server loads a file of variables, or a copy of this template."""
        return self._graphs.loaded.get(name)

    def values_in_files(self, variable: str) -> frozenset[str]:
        """The values that files of variables and workflows give a variable; the templates, too."""
        return self._checkout.values_in_files(variable)

    @functools.cached_property
    def litellm(self) -> LitellmCallback:
        """How the programs send traces by litellm."""
        return LitellmCallback(self._checkout)

    def is_named(self, variable: str) -> bool:
        """Whether any file of the project names a variable, also one that git ignores."""
        return self._checkout.names_word(variable)

    @functools.cached_property
    def region(self) -> Region | None:
        """The only region of LangSmith that the project's variables name."""
        return region(self.project, self._environment, self.is_loaded)

    def unpassed(self, file: File) -> Unpassed | None:
        """The flag in a file that compose alone reads, and that it passes to no service."""
        return self._compose_variables.unpassed(file)

    @functools.cached_property
    def _compose_variables(self) -> ComposeVariables:
        return ComposeVariables(self._checkout)

    def unexported(self, file: File) -> Iterator[Unexported]:
        """The variables in Streamlit's secrets that do not reach the environment."""
        return unexported(file, self._checkout)

    def other_prefix(self, file: File, values: Evaluator) -> OtherPrefix | None:
        """A variable that a file reads under one prefix, where the project sets it under the other one only."""
        return read_under_other_prefix(file, values, self._checkout)

    @functools.cached_property
    def _effective(self) -> frozenset[tuple[str, Span]]:
        """Where the settings stand that any process gets."""
        found: set[tuple[str, Span]] = set()
        for process in self.all:
            names = {name for source in process.sources for name in source.given}
            given = (process.effective(name) for name in names)
            found.update(
                (item.setting.file.relative, item.setting.span)
                for item in given
                if item is not None
            )
        return frozenset(found)

    def is_effective(self, setting: Setting) -> bool:
        """Whether any process gets what a setting says."""
        return (setting.file.relative, setting.span) in self._effective

    def is_for_others(self, setting: Setting) -> bool:
        """Whether a variable is set for a service that runs a program of others."""
        return self._foreign.gets(setting)

    def is_out_of_reach(self, setting: Setting) -> bool:
        """Whether a setting of a file of variables is loaded by programs of others only, or beaten in each process."""
        users = self.users(setting.file.relative) if setting.kind == "dotenv" else ()
        if not users:
            return False
        return all(
            process.code == "foreign" for process, _ in users
        ) or not self._may_be_effective(setting, users)

    def _may_be_effective(
        self, setting: Setting, users: Sequence[tuple[Process, Source]]
    ) -> bool:
        """Whether a process gets what a setting says, or something that means the same under another name."""
        is_known = any(setting.name in source.given for _, source in users)
        return not is_known or self.is_effective(setting)

    @functools.cached_property
    def _beaten(self) -> Mapping[str, Sequence[Beaten]]:
        found: dict[str, dict[Span, Beaten]] = defaultdict(dict)
        for item in beaten(self.all, self.is_effective):
            setting = (item.winner if item.is_same else item.loser).setting
            found[setting.file.relative].setdefault(setting.span, item)
        return {name: tuple(items.values()) for name, items in found.items()}

    def beaten(self, file: File) -> Sequence[Beaten]:
        """The sources that disagree, by the file in which that is to be said."""
        # Of code only another region's address is told: what else it sets, it means.
        names = ENDPOINTS if file.kind in CODE else _GROUPED
        may_be = any(setting.name in names for setting in self._environment.settings(file))
        return self._beaten.get(file.relative, ()) if may_be else ()

    def getting(self, setting: Setting) -> Iterator[Process]:
        """The processes that get what a setting says."""
        for process in self.all:
            given = process.effective(setting.name)
            if given is not None and given.setting == setting:
                yield process


def _is_given_key(process: Process) -> bool:
    return any(key in source.given for source in process.sources for key in KEYS)
