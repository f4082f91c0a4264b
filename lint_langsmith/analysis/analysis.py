"""What rules may ask of one project: the facade of the analysis.

A rule is called with a file and an `Analysis`. It asks what is listed here, and what the answers offer:

    for call in analysis.clients.api_calls(file):
        outcome = analysis.outcomes.fate(call)
        if outcome.escapes and not outcome.unsure:
            yield Violation(at=call.span, message=f"nothing catches the 403 of `{call.label}`")

Of one file (a `File` of `project/file.py`, a function as `FunctionRef(file, scope)`, a call by its number, its *site*):

| question | asked as | answer |
| --- | --- | --- |
| what may an expression stand for? | `values.of(file, expr, place)` | abstract values, never none: `(UNKNOWN,)` |
| the one string it surely is | `values.texts(file, expr, place)` | `str`, or None |
| what does a call call? | `values.callee(file, site)` | abstract values |
| the same of many calls, cheaply | `values.relevant_only.callee(file, site)` | the same, less often known |
| who calls a function, and with what? | `call_graph.sites(function)` | `(file, site)` each |
| which class of the SDK is a value of? | `sdk_types.of(value)`, `.client_class(cls)` | `Instance`, name; None |
| which clients does a file make? | `clients.constructions(file)` | `Construction` each |
| which calls of the SDK does it make? | `clients.api_calls(file)` | `ApiCall` each |
| by which of its names do others get a client? | `carriers.carried_names(file)` | names |
| which of its functions are traced? | `tracing.of(file)`, `.arguments(function)` | `TracedFunction` each |
| which functions does `evaluate()` run? | `evaluated.by_file`, `.by_function` | `Evaluated` each |
| what runs a function from outside? | `entry_points.role(function)` | a role (`"route"`), or None |
| what becomes of the 403 of a call? | `outcomes.fate(call)` | `ExceptionOutcome` |
| is its key accepted by then? | `accepted_keys.is_before(call, escape)` | `bool` |
| which handlers does a 403 meet here? | `outcomes.caught_by_file`, `.missed_by_file` | by path |
| what tries again after it? | `retries.by_file` | by path |
| which variables does a file set, load? | `environment.settings(file)`, `.loads(file)` | `Setting`, `Load` each |
| which of them does a program here get? | `settings(file)` | `Setting` each |
| is a variable read by the project? | `readings.is_read(name)` | `bool` |
| what runs, and what does each process get? | `processes.all`, `.getting(setting)` | `Process` each |
| what copies a file into an image? | `processes.image_files.copying(path)` | `Copied` each |
| does anything but a person start it? | `starters.started` | paths |
| do programs of others get a variable? | `foreign_services.gets(setting)` | `bool` |
| which files of variables does nothing load? | `unloaded_files.of(file)` | `Unloaded`, or None |
| when does the SDK read variables? | `sdk_reads.of(file)` | `Freeze` each |
| when is a key needed, when is it there? | `key_timing.demands(file)`, `.of(file)` | `Demand`, `KeySupply` each |
| what speaks for credentials? | `evidence.in_project(variables)` | `Search` |
| which processes trace without a key? | `process_keys.keyless(file)` | `Keyless` each |
| does it take its key out of the environment? | `key_removals.before(client, variables)` | `Removal`; None |
| does tracing stay on that it turns off? | `flags_left_on.of(file)` | `LeftOn`; None |
| which variables does it overwrite? | `overwritten.of(file)` | `Overwritten` each |
| do only others load the file with the key? | `loaded_elsewhere.of(client, variables)` | `Elsewhere`; None |
| does what starts it hand files over? | `deployment.hands_over_to(file)` | `bool` |
| where are keys expected? | `credentials.of(file)` | `Credential` each |
| which keys stand in a file? | `secrets.of(file)` | `Occurrence` each |
| what is asked without the SDK? | `requests.of(file)` | `Request` each |
| where does OpenTelemetry send traces? | `otlp_addresses.of(file)` | `OtlpAddress` each |
| a rule's own question, answered once | `once(question, about)` | what `question` gives |

Of the whole project, whichever file the rule is asked of, tests left out:

| question | asked as | answer |
| --- | --- | --- |
| all files that have to do with LangSmith | `in_scope_files()` | `File` each |
| those of them that do not name it | `indirectly_relevant` | paths |
| all calls of the SDK | `api_calls()` | `ApiCall` each |
| all clients | `clients_of_project()` | `Construction` each |
| all traced functions | `traced_functions()` | `TracedFunction` each |
| what is true of its release of the SDK | `sdk` | `SdkTable` |
| files, modules and imports | `project` | `Project` |

`()` is "nothing at all", `UNKNOWN` among values "it may be anything". A rule is asked of the files in scope; one that
has to see others says so where it is declared (`follows`, `words`: `rules/registry.py`).

`Analysis` makes what answers a question when it is first asked, and hands it exactly what it asks itself. It stands
above all packages of the analysis; none of them knows it. Which files an answer may look into is its `view`, a value:
`relevant_only` and `whole` are the analyses of other views of the project, `as_in` and `with_settings` those of the
same files with another release of the SDK or other settings. The rest is for the engine: `get_ready` loads what is
needed soon, `file`, `passed` and `leading_into_scope` say which files are shown to which rules.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, TypeVar, cast

from lint_langsmith.analysis.project.contents import AnyPath, relative_name
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.analysis.project.view import View, in_scope_files
from lint_langsmith.remembered import remembered

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from lint_langsmith.analysis.credentials.configuration_files import ConfigurationFiles
    from lint_langsmith.analysis.credentials.credentials import Credentials
    from lint_langsmith.analysis.credentials.deployment import Deployment
    from lint_langsmith.analysis.credentials.evidence import Evidence
    from lint_langsmith.analysis.credentials.http_requests import Requests
    from lint_langsmith.analysis.credentials.key_removals import KeyRemovals
    from lint_langsmith.analysis.credentials.key_timing import KeyTiming
    from lint_langsmith.analysis.credentials.loaded_elsewhere import LoadedElsewhere
    from lint_langsmith.analysis.credentials.otlp import OtlpAddresses
    from lint_langsmith.analysis.credentials.process_keys import ProcessKeys
    from lint_langsmith.analysis.credentials.secrets import Secrets
    from lint_langsmith.analysis.entry_points.entry_points import EntryPoints
    from lint_langsmith.analysis.environment.foreign_services import ForeignServices
    from lint_langsmith.analysis.environment.left_on import FlagsLeftOn
    from lint_langsmith.analysis.environment.overwritten import OverwrittenVariables
    from lint_langsmith.analysis.environment.processes import Processes
    from lint_langsmith.analysis.environment.reads import VariableReads
    from lint_langsmith.analysis.environment.sdk_reads import SdkReads
    from lint_langsmith.analysis.environment.starters import Starters
    from lint_langsmith.analysis.environment.unloaded import UnloadedFiles
    from lint_langsmith.analysis.environment.variables import Environment
    from lint_langsmith.analysis.environment.writes import Setting
    from lint_langsmith.analysis.exceptions.accepted_keys import AcceptedKeys
    from lint_langsmith.analysis.exceptions.outcome import Outcomes
    from lint_langsmith.analysis.exceptions.retries import Retries
    from lint_langsmith.analysis.memo import Answers
    from lint_langsmith.analysis.project.version import ProjectVersion
    from lint_langsmith.analysis.sdk_use.carriers import Carriers
    from lint_langsmith.analysis.sdk_use.clients import Clients
    from lint_langsmith.analysis.sdk_use.evaluated import EvaluatedFunctions
    from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall, Construction
    from lint_langsmith.analysis.sdk_use.traceable import TracedFunction, TracedFunctions
    from lint_langsmith.analysis.values.call_graph import CallGraph
    from lint_langsmith.analysis.values.evaluator import Evaluator
    from lint_langsmith.analysis.values.sdk_types import SdkTypes
    from lint_langsmith.config.settings import Settings
    from lint_langsmith.sdk.table import SdkTable


_Subject = TypeVar("_Subject", bound="Hashable")
_Answer = TypeVar("_Answer")


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
        self._by_installed: dict[tuple[ProjectVersion, ...], Analysis] = {}

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
            while further := analysis.carriers.indirectly_relevant():
                self.project.load_together(sorted(further))
                analysis = self._of_those_in_scope(analysis.view.in_scope | further)
            return analysis

    def get_ready(self) -> None:
        """Load modules and tables that nearly every question needs; other processes parse meanwhile.

        Nothing is asked about a file, so that no answer depends on it.
        """
        from lint_langsmith.analysis.credentials import credentials, process_keys  # noqa: F401, PLC0415 - loaded for later
        from lint_langsmith.analysis.environment import processes  # noqa: F401, PLC0415 - likewise
        from lint_langsmith.analysis.exceptions import outcome, retries  # noqa: F401, PLC0415 - likewise

        self.project.sdk.read_ahead()

    def once(
        self, question: Callable[[Analysis, _Subject], _Answer], about: _Subject
    ) -> _Answer:
        """The answer to a rule's own question about something hashable, which it asks once of an analysis.

        For what many calls of a file want to know and takes a look at all of the file.
        """
        return cast("_Answer", self._once(question, about))

    @remembered
    def _once(self, question: Callable[[Analysis, Any], object], about: Hashable) -> object:
        return question(self, about)

    def with_settings(self, settings: Settings) -> Analysis:
        """The analysis of the same files by other settings."""
        return (
            self
            if settings == self.project.settings
            else Analysis(self.project.with_settings(settings))
        )

    def as_in(self, file: File) -> Analysis:
        """The analysis as it is where a file runs: a notebook may install other releases for itself."""
        project = self.project.as_in(file)
        if project is self.project:
            return self
        return self._by_installed.setdefault(project.installed, Analysis(project))

    # -- files -------------------------------------------------------------------------------------------------------

    def file(self, path: AnyPath) -> File | None:
        """The file, if it has to do with LangSmith: it says so itself, or it uses a client that another file made.

        Raises:
            UnreadableFileError: it can't be decoded or parsed.
        """
        project = self.project
        if not project.takes(path):
            return None
        if (
            not project.names_langsmith(path)
            and relative_name(project.root, path) not in self.indirectly_relevant
        ):
            return None
        return project.load(path)

    def passed(self, path: AnyPath) -> File | None:
        """The file, if a 403 of the project meets a handler or a retry mechanism in it on its way out.

        Raises:
            UnreadableFileError: it can't be decoded or parsed.
        """
        return (
            self.project.load(path)
            if relative_name(self.project.root, path) in self._passed
            else None
        )

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

    def leading_into_scope(self, path: AnyPath, words: tuple[str, ...]) -> File | None:
        """A Python file or notebook out of scope that holds one of some words, and imports what is in scope.

        It may import it through others. So a rule sees a `main.py` that ends the process and has a traced function
        from elsewhere; `words` keep all other files from being read.

        Raises:
            UnreadableFileError: it can't be decoded or parsed.
        """
        name = relative_name(self.project.root, path)
        holding = self.project.holding(words)
        is_asked = any(
            name in holding[word] and self.project.mentions(name, word) for word in words
        )
        return self.project.load(path) if is_asked and name in self._importing_scope else None

    @functools.cached_property
    def _importing_scope(self) -> frozenset[str]:
        """The files that import one in scope, directly or through others."""
        found: set[str] = set()
        pending = list(self.view.in_scope)
        while pending:
            new = set(self.project.imports.importers(pending.pop())) - found
            found |= new
            pending.extend(new)
        return frozenset(found)

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

    def clients_of_project(self) -> Iterator[Construction]:
        """The calls of all files of the project that are not tests which build a client."""
        return self.clients.of_project()

    def traced_functions(self) -> Iterator[TracedFunction]:
        """The functions under `@traceable` of all files that are not tests, whether or not they name LangSmith."""
        return self.tracing.of_project()

    @functools.cached_property
    def tracing(self) -> TracedFunctions:
        """Which functions are traced."""
        from lint_langsmith.analysis.sdk_use.traceable import TracedFunctions  # noqa: PLC0415 - see `values`

        return TracedFunctions(self.values)

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

        return Evaluator(
            self.project,
            View(self.view.in_scope, names),
            self._shared,
            self.values.relevant_only,
        )

    @functools.cached_property
    def values(self) -> Evaluator:
        """Where values come from."""
        from lint_langsmith.analysis.values.evaluator import Evaluator  # noqa: PLC0415 - likewise

        relevant_only = None if self.view.is_narrow else self.relevant_only.values
        return Evaluator(self.project, self.view, self._shared, relevant_only)

    @functools.cached_property
    def carriers(self) -> Carriers:
        """Through what other files come by the clients of those in scope."""
        from lint_langsmith.analysis.sdk_use.carriers import Carriers  # noqa: PLC0415 - likewise
        from lint_langsmith.analysis.sdk_use.evaluated import EvaluatedFunctions  # noqa: PLC0415 - likewise

        evaluated = EvaluatedFunctions(self.whole.values, self.clients)
        return Carriers(self.clients, evaluated, self.values, self.whole.values)

    @functools.cached_property
    def clients(self) -> Clients:
        """Which expressions are LangSmith clients, and what is called on them."""
        from lint_langsmith.analysis.sdk_use.clients import Clients  # noqa: PLC0415 - likewise

        return Clients(self.values)

    @functools.cached_property
    def evaluated(self) -> EvaluatedFunctions:
        """Which functions `evaluate()` runs."""
        from lint_langsmith.analysis.sdk_use.evaluated import EvaluatedFunctions  # noqa: PLC0415 - likewise

        return EvaluatedFunctions(self.values, self.clients)

    @functools.cached_property
    def entry_points(self) -> EntryPoints:
        """Where programs of the project begin: scripts, routes, tasks, tests."""
        from lint_langsmith.analysis.entry_points.entry_points import EntryPoints  # noqa: PLC0415 - likewise

        return EntryPoints(self.values)

    @functools.cached_property
    def outcomes(self) -> Outcomes:
        """What becomes of the 403s of calls."""
        from lint_langsmith.analysis.exceptions.outcome import Outcomes  # noqa: PLC0415 - likewise

        return Outcomes(self.values, self.clients, self.entry_points)

    @functools.cached_property
    def accepted_keys(self) -> AcceptedKeys:
        """Which calls come behind a request that has shown their key to be accepted."""
        from lint_langsmith.analysis.exceptions.accepted_keys import AcceptedKeys  # noqa: PLC0415 - likewise

        return AcceptedKeys(self.values, self.clients, self.outcomes)

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
    def readings(self) -> VariableReads:
        """Which environment variables the files read."""
        from lint_langsmith.analysis.environment.reads import VariableReads  # noqa: PLC0415 - likewise

        return VariableReads(self.values, self.environment)

    @functools.cached_property
    def foreign_services(self) -> ForeignServices:
        """Which programs that others wrote get variables of the project."""
        from lint_langsmith.analysis.environment.foreign_services import ForeignServices  # noqa: PLC0415 - likewise

        return ForeignServices(self.project, self.readings)

    @functools.cached_property
    def processes(self) -> Processes:
        """Which processes there are, and what each gets."""
        from lint_langsmith.analysis.environment.processes import Processes  # noqa: PLC0415 - likewise

        return Processes(self.project, self.environment, self.foreign_services)

    @functools.cached_property
    def starters(self) -> Starters:
        """What starts the scripts: something in the checkout, or a person."""
        return self.processes.starters(self._configuration_files.above)

    @functools.cached_property
    def unloaded_files(self) -> UnloadedFiles:
        """Which files of variables nothing loads."""
        return self.processes.unloaded_files(self._configuration_files.above)

    @functools.cached_property
    def sdk_reads(self) -> SdkReads:
        """What makes the SDK read variables, and keep their values."""
        from lint_langsmith.analysis.environment.sdk_reads import SdkReads  # noqa: PLC0415 - likewise

        return SdkReads(self.values.relevant_only, self.clients, self.environment)

    @functools.cached_property
    def requests(self) -> Requests:
        """What is asked of LangSmith without its SDK."""
        from lint_langsmith.analysis.credentials.http_requests import Requests  # noqa: PLC0415 - likewise

        return Requests(self.values, self.clients, self.environment)

    @functools.cached_property
    def _configuration_files(self) -> ConfigurationFiles:
        from lint_langsmith.analysis.credentials.configuration_files import ConfigurationFiles  # noqa: PLC0415 - likewise

        return ConfigurationFiles(self.project)

    @functools.cached_property
    def evidence(self) -> Evidence:
        """Where credentials come from."""
        from lint_langsmith.analysis.credentials.evidence import Evidence  # noqa: PLC0415 - likewise

        configuration = self._configuration_files
        return Evidence(
            self.values, self.clients, self.environment, self.entry_points, configuration
        )

    def settings(self, file: File) -> tuple[Setting, ...]:
        """The settings of a file that rules about values speak of: those that a program of the project can get.

        Left out is what a program of others gets, and what in a file of variables another source always beats.
        """
        foreign, processes = self.foreign_services, self.processes
        return tuple(
            setting
            for setting in self.environment.judged(file)
            if not foreign.gets(setting) and not processes.is_out_of_reach(setting)
        )

    @functools.cached_property
    def process_keys(self) -> ProcessKeys:
        """Which keys the processes get."""
        from lint_langsmith.analysis.credentials.process_keys import ProcessKeys  # noqa: PLC0415 - likewise

        return ProcessKeys(
            self.processes, self.values, self.evidence, self.clients, self.key_removals
        )

    @functools.cached_property
    def otlp_addresses(self) -> OtlpAddresses:
        """Where OpenTelemetry sends traces."""
        from lint_langsmith.analysis.credentials.otlp import OtlpAddresses  # noqa: PLC0415 - likewise

        return OtlpAddresses(self.values, self.environment, self.readings.is_named)

    @functools.cached_property
    def key_removals(self) -> KeyRemovals:
        """Which programs take their key out of the environment."""
        from lint_langsmith.analysis.credentials.key_removals import KeyRemovals  # noqa: PLC0415 - likewise

        return KeyRemovals(
            self.processes,
            self.environment,
            self.key_timing,
            self.sdk_reads,
            self.call_graph,
        )

    @functools.cached_property
    def flags_left_on(self) -> FlagsLeftOn:
        """Where code turns tracing off, and another flag leaves it on."""
        from lint_langsmith.analysis.environment.left_on import FlagsLeftOn  # noqa: PLC0415 - likewise

        return FlagsLeftOn(
            self.project, self.processes, self.environment, self.sdk.reads_variable
        )

    @functools.cached_property
    def overwritten(self) -> OverwrittenVariables:
        """Where code overwrites a variable that the project offers to whoever runs it."""
        from lint_langsmith.analysis.environment.overwritten import OverwrittenVariables  # noqa: PLC0415 - likewise

        return OverwrittenVariables(
            self.whole.values,
            self.environment,
            self.readings,
            self.processes,
            self.whole.entry_points,
        )

    @functools.cached_property
    def key_timing(self) -> KeyTiming:
        """When keys get into the environment, and when they are looked for there."""
        from lint_langsmith.analysis.credentials.key_timing import KeyTiming  # noqa: PLC0415 - likewise

        return KeyTiming(
            self.values, self.clients, self.environment, self.evidence, self.entry_points
        )

    @functools.cached_property
    def deployment(self) -> Deployment:
        """Which code gets files of variables from what starts it."""
        from lint_langsmith.analysis.credentials.deployment import Deployment  # noqa: PLC0415 - likewise

        return Deployment(self.project, self._configuration_files)

    @functools.cached_property
    def loaded_elsewhere(self) -> LoadedElsewhere:
        """Which programs load no file of variables, where others get their key from one."""
        from lint_langsmith.analysis.credentials.loaded_elsewhere import LoadedElsewhere  # noqa: PLC0415 - likewise

        return LoadedElsewhere(
            self.project,
            self.evidence,
            self._configuration_files,
            self.processes,
            self.starters,
        )

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
