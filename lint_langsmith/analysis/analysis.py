"""What rules may ask: one project, as one view shows it.

`Analysis` makes what answers a question when it is first asked, and hands it what it asks itself. It stands above all
packages of the analysis; none of them knows it.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from lint_langsmith.analysis.project.contents import AnyPath, relative_name
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.analysis.project.view import View, in_scope_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lint_langsmith.analysis.credentials.credentials import Credentials
    from lint_langsmith.analysis.credentials.deployment import Deployment
    from lint_langsmith.analysis.credentials.evidence import Evidence
    from lint_langsmith.analysis.credentials.http_requests import Requests
    from lint_langsmith.analysis.credentials.key_timing import Supplies
    from lint_langsmith.analysis.credentials.secrets import Secrets
    from lint_langsmith.analysis.entry_points.entry_points import Entries
    from lint_langsmith.analysis.environment.foreign_services import ForeignServices
    from lint_langsmith.analysis.environment.reads import Readings
    from lint_langsmith.analysis.environment.sdk_reads import Freezes
    from lint_langsmith.analysis.environment.variables import Environment
    from lint_langsmith.analysis.exceptions.outcome import Flow
    from lint_langsmith.analysis.exceptions.retries import Retries
    from lint_langsmith.analysis.memo import Answers
    from lint_langsmith.analysis.project.version import ProjectVersion
    from lint_langsmith.analysis.sdk_use.clients import ApiCall, Clients
    from lint_langsmith.analysis.values.call_graph import CallGraph
    from lint_langsmith.analysis.values.evaluator import Evaluator
    from lint_langsmith.analysis.values.sdk_types import SdkTypes
    from lint_langsmith.config.settings import Settings
    from lint_langsmith.sdk.table import SdkTable


class Analysis:
    """The analyses of one project, as one view shows it."""

    def __init__(
        self,
        project: Project,
        view: View | None = None,
        shared: Answers | None = None,
        relevant_only: Analysis | None = None,
    ) -> None:
        """Without a `view`, every file may be looked into, and which of them are in scope is found out when asked.

        `shared` has the values that are the same in all views of the project; `relevant_only` is the analysis of the
        files in scope, where there is one already.
        """
        self.project = project
        self._view = view
        self._shared: Answers = {} if shared is None else shared
        self._relevant_only = relevant_only
        self._by_version: dict[ProjectVersion, Analysis] = {}

    # -- views -------------------------------------------------------------------------------------------------------

    @functools.cached_property
    def view(self) -> View:
        """Which files are in scope, and which may be looked into."""
        return View(self.relevant_only.view.in_scope) if self._view is None else self._view

    @functools.cached_property
    def relevant_only(self) -> Analysis:
        """The analysis that looks only into files in scope, for questions asked of every call."""
        if self._relevant_only is not None:
            return self._relevant_only
        if self._view is None:
            return self._found_in_rounds()
        return self if self._view.is_narrow else self._of_those_in_scope(self._view.in_scope)

    @functools.cached_property
    def whole(self) -> Analysis:
        """The analysis that may look into every file."""
        if not self.view.is_narrow:
            return self
        return Analysis(self.project, View(self.view.in_scope), self._shared, self)

    def _of_those_in_scope(self, names: frozenset[str]) -> Analysis:
        return Analysis(self.project, View(names, names), self._shared)

    def _found_in_rounds(self) -> Analysis:
        """The analysis of the files in scope, which it finds out itself.

        Which values a file carries depends on callers, and which files may call depends on what is carried. So each
        round knows of the files that the one before it found, until none is new.
        """
        self.project.load_together(self.project.relevant)
        with self.project.sources.clock.phase("link"):
            analysis = self._of_those_in_scope(frozenset(self.project.relevant))
            while further := analysis.clients.indirectly_relevant():
                analysis = self._of_those_in_scope(analysis.view.in_scope | further)
            return analysis

    def with_settings(self, settings: Settings) -> Analysis:
        """The analysis of the same files by other settings."""
        return self if settings == self.project.settings else Analysis(self.project.with_settings(settings))

    def as_in(self, file: File) -> Analysis:
        """The analysis as it is where a file runs: a notebook may install another langsmith for itself."""
        project = self.project.as_in(file)
        if project is self.project:
            return self
        return self._by_version.setdefault(project.version, Analysis(project))

    # -- files -------------------------------------------------------------------------------------------------------

    def file(self, path: AnyPath) -> File | None:
        """The file, if it has to do with LangSmith: it says so itself, or it uses a client that another file made.

        Raises:
            UnreadableFileError: it can't be decoded or parsed.
        """
        project = self.project
        if not project.takes(path):
            return None
        if not project.names_langsmith(path) and relative_name(project.root, path) not in self.indirectly_relevant:
            return None
        return project.load(path)

    def passed(self, path: AnyPath) -> File | None:
        """The file, if a 403 of the project meets a handler or a retry mechanism in it on its way out.

        Raises:
            UnreadableFileError: it can't be decoded or parsed.
        """
        return self.project.load(path) if relative_name(self.project.root, path) in self._passed else None

    @functools.cached_property
    def _passed(self) -> frozenset[str]:
        if not self.project.relevant:
            return frozenset()
        outcomes = self.outcomes
        try:
            tables = (
                outcomes.missed_by_file,
                outcomes.caught_by_file,
                outcomes.held_by_file,
                self.retries.by_file,
            )
        except Exception:  # noqa: BLE001 - the rules meet it again, and report it where something is asked of LangSmith
            return frozenset()
        return frozenset(name for table in tables for name in table)

    @functools.cached_property
    def indirectly_relevant(self) -> frozenset[str]:
        """Files that do not name LangSmith but use a client which another file of the project makes, or hands them."""
        return self.view.in_scope - frozenset(self.project.relevant)

    def in_scope_files(self) -> Iterator[File]:
        """The files that have to do with LangSmith and are no tests."""
        return in_scope_files(self.project, self.view)

    # -- what the project does with LangSmith ------------------------------------------------------------------------

    @property
    def sdk(self) -> SdkTable:
        """What is true of the project's LangSmith version."""
        return self.project.sdk

    def api_calls(self) -> Iterator[ApiCall]:
        """The API calls of all files of the project that are not tests."""
        return self.clients.api_calls_of_project()

    @property
    def call_graph(self) -> CallGraph:
        """Who calls what, and with what."""
        return self.values.call_graph

    @property
    def sdk_types(self) -> SdkTypes:
        """Which values are objects of the SDK."""
        return self.values.sdk_types

    def _values_of(self, names: frozenset[str]) -> Evaluator:
        """The evaluator that looks only into the files of those names."""
        from lint_langsmith.analysis.values.evaluator import Evaluator  # noqa: PLC0415 - loaded only for files that matter

        return Evaluator(self.project, View(self.view.in_scope, names), self._shared, self.values.relevant_only)

    @functools.cached_property
    def values(self) -> Evaluator:
        """Where values come from."""
        from lint_langsmith.analysis.values.evaluator import Evaluator  # noqa: PLC0415 - likewise

        relevant_only = None if self.view.is_narrow else self.relevant_only.values
        return Evaluator(self.project, self.view, self._shared, relevant_only)

    @functools.cached_property
    def clients(self) -> Clients:
        """Which expressions are LangSmith clients, and what is called on them."""
        from lint_langsmith.analysis.sdk_use.clients import Clients  # noqa: PLC0415 - likewise

        return Clients(self.values, self.whole.values)

    @functools.cached_property
    def entry_points(self) -> Entries:
        """Where programs of the project begin: scripts, routes, tasks, tests."""
        from lint_langsmith.analysis.entry_points.entry_points import Entries  # noqa: PLC0415 - likewise

        return Entries(self.values)

    @functools.cached_property
    def outcomes(self) -> Flow:
        """What becomes of the 403s of calls."""
        from lint_langsmith.analysis.exceptions.outcome import Flow  # noqa: PLC0415 - likewise

        return Flow(self.values, self.clients, self.entry_points)

    @functools.cached_property
    def retries(self) -> Retries:
        """What runs a call again after its 403."""
        from lint_langsmith.analysis.exceptions.retries import Retries  # noqa: PLC0415 - likewise

        return Retries(self.values, self.clients, self.outcomes)

    @functools.cached_property
    def environment(self) -> Environment:
        """Which environment variables the files set and load."""
        from lint_langsmith.analysis.environment.variables import Environment  # noqa: PLC0415 - likewise

        return Environment(self.values, self.entry_points, self._values_of)

    @functools.cached_property
    def readings(self) -> Readings:
        """Which environment variables the files read."""
        from lint_langsmith.analysis.environment.reads import Readings  # noqa: PLC0415 - likewise

        return Readings(self.values, self.environment)

    @functools.cached_property
    def foreign_services(self) -> ForeignServices:
        """Which programs that others wrote get variables of the project."""
        from lint_langsmith.analysis.environment.foreign_services import ForeignServices  # noqa: PLC0415 - likewise

        return ForeignServices(self.project, self.readings)

    @functools.cached_property
    def sdk_reads(self) -> Freezes:
        """What makes the SDK read variables, and keep their values."""
        from lint_langsmith.analysis.environment.sdk_reads import Freezes  # noqa: PLC0415 - likewise

        return Freezes(self.values.relevant_only, self.clients, self.environment)

    @functools.cached_property
    def requests(self) -> Requests:
        """What is asked of LangSmith without its SDK."""
        from lint_langsmith.analysis.credentials.http_requests import Requests  # noqa: PLC0415 - likewise

        return Requests(self.values, self.clients, self.environment)

    @functools.cached_property
    def evidence(self) -> Evidence:
        """Where credentials come from."""
        from lint_langsmith.analysis.credentials.evidence import Evidence  # noqa: PLC0415 - likewise

        return Evidence(self.values, self.clients, self.environment)

    @functools.cached_property
    def key_timing(self) -> Supplies:
        """When keys get into the environment, and when they are looked for there."""
        from lint_langsmith.analysis.credentials.key_timing import Supplies  # noqa: PLC0415 - likewise

        return Supplies(self.values, self.clients, self.environment, self.evidence, self.entry_points)

    @functools.cached_property
    def deployment(self) -> Deployment:
        """Which code gets files of variables from what starts it."""
        from lint_langsmith.analysis.credentials.deployment import Deployment  # noqa: PLC0415 - likewise

        return Deployment(self.project, self.evidence)

    @functools.cached_property
    def credentials(self) -> Credentials:
        """Where LangSmith expects keys."""
        from lint_langsmith.analysis.credentials.credentials import Credentials  # noqa: PLC0415 - likewise

        return Credentials(self.values, self.clients, self.environment, self.requests)

    @functools.cached_property
    def secrets(self) -> Secrets:
        """The keys in the project's files."""
        from lint_langsmith.analysis.credentials.secrets import Secrets  # noqa: PLC0415 - likewise

        return Secrets(lambda: self.values.relevant_only)
