"""Which processes trace without a key, and which get a blank or a placeholder for one.

Executed on langsmith 0.1.0 to 0.15.1: with tracing on and no key, each upload is refused with 401 or 403 in the
background; a placeholder is sent as it stands. With `OTEL_ONLY` or a tracing mode of its own the client needs none.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.credentials.credentials import is_example, is_hosted
from lint_langsmith.analysis.environment.variable_lines import line_faults
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.project.version import declares_dependencies
from lint_langsmith.analysis.values.abstract import Literal
from lint_langsmith.remembered import remembered
from lint_langsmith.sdk.keys import is_placeholder
from lint_langsmith.sdk.variables import ENDPOINTS, KEYS, OTEL_SWITCHES, TRACING_FLAGS, meant

if TYPE_CHECKING:
    from lint_langsmith.analysis.credentials.evidence import Evidence
    from lint_langsmith.analysis.credentials.key_removals import KeyRemovals
    from lint_langsmith.analysis.credentials.settings_keys import SettingsKey
    from lint_langsmith.analysis.environment.process import Given, Process, Source
    from lint_langsmith.analysis.environment.processes import Processes
    from lint_langsmith.analysis.environment.removals import Removal
    from lint_langsmith.analysis.environment.writes import Setting
    from lint_langsmith.analysis.sdk_use.clients import Clients
    from lint_langsmith.analysis.sdk_use.sdk_calls import Construction
    from lint_langsmith.analysis.values.evaluator import Evaluator
    from lint_langsmith.findings import Span

# What else a client may take its key and its address from.
_ELSEWHERE: Final = (
    "LANGSMITH_RUNS_ENDPOINTS",
    "LANGCHAIN_RUNS_ENDPOINTS",
    "LANGSMITH_PROFILE",
    "LANGSMITH_CONFIG_FILE",
)
_OTEL_ONLY: Final = ("LANGSMITH_OTEL_ONLY", "LANGCHAIN_OTEL_ONLY")
_MODES: Final = ("LANGSMITH_TRACING_MODE", "LANGCHAIN_TRACING_MODE")
_OFF: Final = frozenset({"", "false", "0", "langsmith"})
_REFERENCE: Final = lazy_re.compile(r"[\"']?\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*\})[\"']?")
# `langsmith[otel]`, and Poetry's `langsmith = { extras = ["otel"] }`.
_WITH_TELEMETRY: Final = lazy_re.compile(
    rb"(?i)\blangsmith[ \t]*(?:=[ \t]*\{[^}\n]{0,200}?extras[ \t]*=[ \t]*)?\[[^\]\n]{0,200}?\botel\b"
)


class Keyless(NamedTuple):
    """A process that traces without a key: the setting that switches tracing on, and which sources were looked at.

    `removal` is what takes the key away that they may have had, `unread` a key that the project's release ignores.
    """

    process: Process
    flag: Given
    looked: tuple[str, ...]
    removal: Removal | None = None
    unread: Given | None = None


class Withheld(NamedTuple):
    """A program that the file `starter` starts at `span`, with an environment in which no key is."""

    process: Process
    starter: File
    span: Span


class Undecided(NamedTuple):
    """A process that traces, and to which sources that can't be read may give a key or not; `unread` names them."""

    process: Process
    flag: Given
    unread: tuple[str, ...]


class Unusable(NamedTuple):
    """A process that gets a blank or a placeholder for a key, and what it needs one for."""

    process: Process
    given: Given
    use: str


class ProcessKeys:
    """The keys that the processes of one project get."""

    def __init__(
        self,
        processes: Processes,
        values: Evaluator,
        evidence: Evidence,
        clients: Clients,
        removals: KeyRemovals,
    ) -> None:
        """`evidence` says what code supplies, `removals` what it takes away, `clients` which read the environment."""
        self._project = processes.project
        self._processes = processes
        self._values = values
        self._environment = evidence.environment
        self._evidence = evidence
        self._clients = clients
        self._removals = removals

    @functools.cached_property
    def _keys(self) -> tuple[str, ...]:
        """The variables from which the project's release takes a key."""
        return tuple(name for name in KEYS if name not in self._unread_keys)

    @functools.cached_property
    def _unread_keys(self) -> tuple[str, ...]:
        return tuple(filter(self._project.sdk.is_too_old_for, KEYS))

    def keyless(self, file: File) -> Sequence[Keyless]:
        """The processes for which a file switches tracing on, and which get no key; one for each setting."""
        return (
            self._keyless.get(file.relative, ()) if self._sets_any(file, TRACING_FLAGS) else ()
        )

    def undecided(self, file: File) -> Sequence[Undecided]:
        """The processes for which a file switches tracing on, and of which no source that can be read has a key."""
        return (
            self._undecided.get(file.relative, ())
            if self._sets_any(file, TRACING_FLAGS)
            else ()
        )

    @functools.cached_property
    def _undecided(self) -> Mapping[str, Sequence[Undecided]]:
        found: dict[str, list[Undecided]] = defaultdict(list)
        for process in self._processes.all:
            flag = process.tracing
            is_own = process.code == "project" and process.is_exported
            if flag is None or not is_own or is_example(flag.setting.file):
                continue
            sources = self._sources(process)
            unread = [source.label for source in sources if not source.is_whole]
            is_given = any(name in source.given for source in sources for name in self._keys)
            if unread and not is_given and not self._is_supplied_by_code(process):
                labels = tuple(dict.fromkeys(unread))
                found[flag.setting.file.relative].append(Undecided(process, flag, labels))
        return found

    def unusable(self, file: File) -> Sequence[Unusable]:
        """The processes that get a key from a file which is none; one for each setting."""
        return self._unusable.get(file.relative, ()) if self._sets_any(file, KEYS) else ()

    def _sets_any(self, file: File, names: Sequence[str]) -> bool:
        """Whether a file sets one of some variables: to find out about processes takes longer."""
        return any(setting.name in names for setting in self._environment.settings(file))

    @functools.cached_property
    def _keyless(self) -> Mapping[str, Sequence[Keyless]]:
        found: dict[str, dict[object, Keyless]] = defaultdict(dict)
        for process in self._processes.all:
            flag = process.tracing
            if flag is None or not self._project.sdk.reads_variable(flag.setting.name):
                continue
            removal = self._removal(process, flag)
            if removal is not None:
                found[flag.setting.file.relative][flag.setting.span] = Keyless(
                    process, flag, (), removal
                )
            elif self._is_keyless(process, flag):
                looked = tuple(dict.fromkeys(self._looked(process, flag)))
                found[flag.setting.file.relative].setdefault(
                    flag.setting.span,
                    Keyless(process, flag, looked, unread=process.first(self._unread_keys)),
                )
        return {name: tuple(rows.values()) for name, rows in found.items()}

    @functools.cached_property
    def _unused_field(self) -> SettingsKey | None:
        """The settings field that has the key and that no code reads."""
        return self._evidence.settings.unused(KEYS)

    def _looked(self, process: Process, flag: Given) -> Iterator[str]:
        """What was looked at for a key, as a reader would name it."""
        yield from (source.label for source in self._sources(process))
        kept = self._unused_field if flag.setting.kind == "python" else None
        if kept is not None:
            yield f"`{kept.owner}`, whose `{kept.name}` no code reads"

    @functools.cached_property
    def _unusable(self) -> Mapping[str, Sequence[Unusable]]:
        found: dict[str, dict[object, Unusable]] = defaultdict(dict)
        for process in self._processes.all:
            given = process.blank_key
            use = self._use(process, given) if given is not None else ""
            if given is not None and use:
                found[given.setting.file.relative].setdefault(
                    given.setting.span, Unusable(process, given, use)
                )
        return {name: tuple(rows.values()) for name, rows in found.items()}

    def withheld(self, client: Construction) -> Withheld | None:
        """The program in which a client finds no key, because the one that starts it hands none over."""
        name = client.file.relative
        for found in self._started_without_key:
            entries = found.process.entries or frozenset()
            # A function of a module that other programs share may never be called in this one.
            is_sure = name in entries or client.call.scope == 0
            if is_sure and self._processes.programs.is_run_by(name, entries):
                return found
        return None

    @functools.cached_property
    def _started_without_key(self) -> Sequence[Withheld]:
        found: list[Withheld] = []
        for name, children in self._processes.children.items():
            starter = self._project.try_load(name)
            if starter is not None:
                found.extend(
                    Withheld(child.process, starter, child.span)
                    for child in children
                    if self._gets_no_key(child.process)
                )
        return found

    def _gets_no_key(self, process: Process) -> bool:
        """Whether nothing that a process gets or runs supplies a key."""
        sources = self._sources(process)
        return not (
            any(
                name in source.given
                for source in sources
                for name in (*self._keys, *_ELSEWHERE)
            )
            or not all(source.is_whole for source in sources)
            or self._goes_elsewhere(sources)
            or self._is_supplied_by_code(process)
        )

    def needs_no_key(self, client: Construction) -> bool:
        """Whether a client sends nothing but to a collector: it says so, or the project sets it so.

        Executed on langsmith 0.7.0 and 0.15.1: the headers of the exporter are all that is sent then.
        """
        mode = client.argument("tracing_mode")
        if mode is not None:
            values = self._values.of(client.file, mode, client.file.place(client.call))
            return bool(values) and all(
                isinstance(value, Literal) and value.text == "otel" for value in values
            )
        return self._sends_telemetry_only

    @functools.cached_property
    def _sends_telemetry_only(self) -> bool:
        project = self._project
        loaded = [
            name for name in sorted(project.sources.ignored) if self._processes.is_loaded(name)
        ]
        # Prose and data that name LangSmith are many: those without one of the names need not be parsed.
        others = (
            name for name in (*project.relevant_others, *loaded) if self._may_set_mode(name)
        )
        for name in (*project.relevant, *others):
            file = project.try_load(name)
            if file is None or is_example(file):
                continue
            for setting in self._environment.settings(file):
                value = (setting.value or "").strip().lower()
                if (setting.name in _OTEL_ONLY and value in {"true", "1"}) or (
                    setting.name in _MODES and value == "otel"
                ):
                    return True
        return False

    def _may_set_mode(self, name: str) -> bool:
        return any(self._project.mentions(name, word) for word in (*_OTEL_ONLY, *_MODES))

    @functools.cached_property
    def may_send_telemetry_only(self) -> bool:
        """Whether the project installs what the SDK sends to a collector with: `langsmith[otel]`.

        Whether it sends nothing else is told by variables, which a clone mostly lacks.
        """
        project = self._project
        return any(
            declares_dependencies(name) and _WITH_TELEMETRY.search(content) is not None
            for name in project.other_names
            if (content := project.files.try_content(name)) is not None
        )

    # -- no key at all -----------------------------------------------------------------------------------------------

    def _is_keyless(self, process: Process, flag: Given) -> bool:
        if (
            process.code != "project"
            or not process.is_exported
            or is_example(flag.setting.file)
        ):
            return False
        sources = self._sources(process)
        if not all(source.is_whole for source in sources) or self._goes_elsewhere(sources):
            return False
        if any(name in source.given for source in sources for name in self._keys):
            return False  # also a blank one: LS202 speaks of it
        if any(self._has_misplaced_key(source) for source in sources):
            return False
        if not self._processes.programs.is_traced(process.folder):
            return False
        if flag.setting.kind == "python" and self._builds_client(process):
            return False  # LS201 speaks of the client, or of what starts it
        if flag.setting.kind == "python" and self._unused_field is not None:
            return True
        return not self._is_supplied_by_code(process) and not self._is_supplied_by_shell(
            process, flag
        )

    def _removal(self, process: Process, flag: Given) -> Removal | None:
        """What takes the key away in a program that traces, before anything has been traced."""
        if (
            process.code != "project"
            or process.entries is None
            or is_example(flag.setting.file)
        ):
            return None
        if self._goes_elsewhere(self._sources(process)) or not self._is_traced(process, flag):
            return None
        for name in sorted(process.entries):
            file = (
                self._project.try_load(name)
                if self._project.mentions(name, "environ")
                else None
            )
            removal = self._removals.at_end(file) if file is not None else None
            if removal is not None:
                return removal
        return None

    def _is_traced(self, process: Process, flag: Given) -> bool:
        """Whether something is traced, and no client is built there without a key, of which LS201 speaks."""
        return self._processes.programs.is_traced(process.folder) and not (
            flag.setting.kind == "python" and self._builds_client(process)
        )

    def _sources(self, process: Process) -> tuple[Source, ...]:
        """What a process gets when it starts, and then what its code loads."""
        python = self._processes.python
        return (*process.sources, *python.loads(self._code_of(process)))

    def _has_misplaced_key(self, source: Source) -> bool:
        """Whether a key stands there under a wrong name (LS401), or on a line that is not read (LS411)."""
        if any(right in KEYS for name in source.given for right in meant(name)):
            return True
        file = (
            self._project.try_load(source.path)
            if source.path is not None and source.loader
            else None
        )
        faults = line_faults(file.lines, source.loader) if file is not None else ()
        return any(fault.name in KEYS for fault in faults)

    def _goes_elsewhere(self, sources: Sequence[Source]) -> bool:
        """Whether traces go where no key of LangSmith's is needed, or the key is not asked of its variable."""
        given: dict[str, Given] = {}
        for source in reversed(sources):
            given.update(source.given)
        if any(name in given for name in _ELSEWHERE):
            return True
        if any(
            name in given and (given[name].value or "?").strip().lower() not in _OFF
            for name in OTEL_SWITCHES
        ):
            return True
        addresses = [given[name].value for name in ENDPOINTS if name in given]
        return any(
            address is None or (address.strip() and not is_hosted(address))
            for address in addresses
        )

    def _code_of(self, process: Process) -> list[str]:
        """The files that may run in a process, as far as they have to do with variables."""
        programs = self._processes.programs
        names = self._processes.python.suppliers
        if process.entries is not None:
            return [name for name in names if programs.is_run_by(name, process.entries)]
        start = f"{process.folder}/" if process.folder else ""
        return [name for name in names if name.startswith(start)]

    def _is_supplied_by_code(self, process: Process) -> bool:
        """Whether code that may run in the process asks for the key or fetches it, or traces in a way of its own."""
        programs = self._processes.programs
        for name in self._evidence.supplying_names:
            is_run = (
                programs.is_run_by(name, process.entries)
                if process.entries is not None
                else True
            )
            if is_run and name.startswith(process.folder) and self._supplies(name):
                return True
        return False

    @remembered
    def _supplies(self, name: str) -> bool:
        file = self._project.try_load(name)
        if file is None:
            return False
        names_key = not file.is_test and self._evidence.names_key(file, self._keys)
        return names_key or "tracing_mode" in file.code

    def _is_supplied_by_shell(self, process: Process, flag: Given) -> bool:
        """Whether the project shows that the key comes from the shell in which the program is started.

        A container and a step of CI get what is written for them alone, and what stands in the own `.env` of somebody
        is all that this person has.
        """
        setting = flag.setting
        is_closed = process.is_closed or setting.kind in {"compose", "kubernetes", "workflow"}
        if is_closed or self._processes.is_ignored(setting.file.relative):
            return False
        return (
            self._evidence.in_project(self._keys).found is not None
            if setting.kind not in {"dotenv", "langgraph", "dockerfile"}
            else (self._evidence.is_exported_in_documents(self._keys))
        )

    # -- a key that is none ------------------------------------------------------------------------------------------

    def _use(self, process: Process, given: Given) -> str:
        """What a process needs its key for; empty where it needs none."""
        setting = given.setting
        if process.code == "foreign" or setting.file.is_test or is_example_code(setting.file):
            return ""
        if not self._processes.is_ignored(setting.file.relative) and is_shaped(
            given.value or ""
        ):
            return ""  # LS101 and LS103 speak of it
        is_filled_in = "$" in setting.written or "{" in setting.written
        if (is_filled_in and not is_literal_reference(setting)) or self._goes_elsewhere(
            process.sources
        ):
            return ""
        if self._is_on(process) and self._processes.programs.is_traced(process.folder):
            return "tracing is on"
        is_blank = not (given.value or "").strip()
        if is_blank and not self._stays_blank(setting):
            return ""
        return "a client reads it" if self._builds_client(process) else ""

    def _is_on(self, process: Process) -> bool:
        """Whether tracing is on in a process: what only fills settings is not, unless something hands it on."""
        return process.tracing is not None and (
            process.is_exported or self._evidence.settings.is_exported(TRACING_FLAGS)
        )

    def _stays_blank(self, setting: Setting) -> bool:
        """Whether nothing fills in a blank: code sets it, or it is all that somebody's own file of variables has."""
        is_set = setting.kind == "python" and setting.how == "set"
        return is_set or self._processes.is_ignored(setting.file.relative)

    def _builds_client(self, process: Process) -> bool:
        """Whether code of the process builds a client that takes its key from the environment."""
        project = self._project
        for name in project.relevant:
            if process.entries is None or not self._processes.programs.is_run_by(
                name, process.entries
            ):
                continue
            file = project.try_load(name)
            if file is None or file.is_test:
                continue
            for client in self._clients.constructions(file):
                if not self._evidence.arguments.carry_key(
                    client
                ) and not self._evidence.alternatives.is_optional(client):
                    return True
        return False


def is_literal_reference(setting: Setting) -> bool:
    """Whether a value is the text `$NAME`, where only `${{ … }}` is filled in: below `env` of a GitHub workflow."""
    return (
        setting.kind == "workflow" and _REFERENCE.fullmatch(setting.written.strip()) is not None
    )


def is_shaped(text: str) -> bool:
    """Whether a value has the form of a key, if of a dead or damaged one."""
    return bool(text.strip()) and not is_placeholder(text)


def is_example_code(file: File) -> bool:
    """Whether a file only shows how it is done; a template that a program loads is none."""
    return file.kind != "dotenv" and is_example(file)
