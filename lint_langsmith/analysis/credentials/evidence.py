"""Where credentials may come from: everything in a project that supplies, loads or expects a LangSmith key."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.credentials.client_alternatives import ClientAlternatives
from lint_langsmith.analysis.credentials.deployment import Deployment, hands_over
from lint_langsmith.analysis.credentials.filled_fields import FilledFields
from lint_langsmith.analysis.credentials.key_arguments import KeyArguments
from lint_langsmith.analysis.credentials.mentions import supplies
from lint_langsmith.analysis.environment.reads import constants
from lint_langsmith.analysis.environment.settings_classes import SettingsClass, settings_classes
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.contents import sought
from lint_langsmith.analysis.project.file import File, is_test
from lint_langsmith.analysis.project.words import LOADERS
from lint_langsmith.analysis.values.abstract import ClassRef, ExternalName, Literal
from lint_langsmith.findings import Span
from lint_langsmith.remembered import remembered
from lint_langsmith.source.kinds import kind_of
from lint_langsmith.source.text import LineIndex, comments

if TYPE_CHECKING:
    from lint_langsmith.analysis.credentials.configuration_files import ConfigurationFiles
    from lint_langsmith.analysis.entry_points.entry_points import EntryPoints
    from lint_langsmith.analysis.environment.variables import Environment
    from lint_langsmith.analysis.sdk_use.clients import Clients
    from lint_langsmith.analysis.sdk_use.sdk_calls import Construction
    from lint_langsmith.analysis.values.evaluator import Evaluator

# Functions and objects that fetch secrets from elsewhere, and often put them where they are looked for.
_FETCHING: Final = (
    r"\b(?:userdata\.get|UserSecretsClient\(\)|get_secret\w*|SecretClient|secretsmanager|hvac|SecretManagerServiceClient"
    r"|access_secret_version|dbutils\.secrets|(?:st|streamlit)\.secrets|Dynaconf|load_env\w*|load_environment\w*"
    r"|set_env|_set_env|_set_if_undefined)\b(?P<named>\(\s*[\"'](?P<name>[^\"']+)[\"'])?"
)
_SECRETS: Final = lazy_re.compile(_FETCHING)
_OWN_WORD: Final = lazy_re.compile(r"(?i)lang.?(?:smith|chain)|^\.?env|\.env$")
# Words without one of which a code file supplies no key: a variable's name or a part that it is put together from, what
# sets variables, what loads them, and what fetches secrets. `langchain` is in every import, and stands for nothing.
_NAMES: Final = r"LANG_?(?:SMITH|CHAIN)|(?i:lang_?(?:smith|chain)[_-]?(?:api|key|token))"
_CHANGES: Final = r"environ\b(?!\.get\()|dotenv|putenv|setenv"
_NAMED: Final = lazy_re.compile(_NAMES.encode())
_SUPPLIED: Final = lazy_re.compile("|".join((_CHANGES, *sorted(LOADERS), _FETCHING)).encode())
# In whatever case, one of these is in everything that the last of them finds; bytes are searched for them in a tenth of
# the time.
_STEMS: Final = (b"env", b"secret", b"userdata", b"hvac", b"dynaconf", b"undefined")
_ANY_KEY: Final = lazy_re.compile(
    # Bounded, as no name is so long: three runs would share out a long one between them in every way there is.
    r"(?<![A-Za-z0-9_])[A-Z0-9_]{0,50}LANG_?(?:SMITH|CHAIN)[A-Z0-9_]{0,50}(?:KEY|TOKEN)[A-Z0-9_]{0,50}(?![A-Za-z0-9_])"
)
# What takes all fields of settings at once, or all variables of a dict.
_TAKES_ALL: Final = lazy_re.compile(
    rb"\bmodel_dump|\.dict\(|\bvars\(|environ\.update|\*\*settings"
)
# Where functions come from of which is known that they bring no key in.
_KNOWN_ROOTS: Final = sys.stdlib_module_names | {
    "builtins",
    "langsmith",
    "langchain",
    "langchain_core",
}


def may_supply(content: bytes) -> bool:
    """Whether the bytes of a code file show that it may supply a key."""
    if _NAMED.search(content) is not None:
        return True
    plain = content.lower()
    return any(stem in plain for stem in _STEMS) and _SUPPLIED.search(content) is not None


class Search(NamedTuple):
    """The outcome of a search: `found` is the path of the evidence; None with what was looked at otherwise.

    `other_names` are names of keys that the project speaks of and that the client never reads.
    """

    found: str | None
    python_files: int = 0
    notebooks: int = 0
    other_files: tuple[str, ...] = ()
    other_names: tuple[str, ...] = ()


class SettingsKey(NamedTuple):
    """The field of a settings class that is filled with the key from a file; `owner` is the name of the class."""

    cls: ClassRef
    owner: str
    name: str
    span: Span


class Evidence:
    """The ladder of evidence for the clients of one project."""

    def __init__(
        self,
        values: Evaluator,
        clients: Clients,
        environment: Environment,
        entry_points: EntryPoints,
        configuration: ConfigurationFiles,
    ) -> None:
        """`entry_points` tells which files are programs of their own, `environment` what files set and load.

        `arguments` tells whether a client is passed a key, `alternatives` whether the program goes without it.
        """
        self._entry_points = entry_points
        self._project = values.project
        self._values = values
        self._clients = clients
        self.environment = environment
        self._configuration = configuration
        self.arguments = KeyArguments(values, entry_points)
        self.alternatives = ClientAlternatives(values, clients, self.arguments)
        self._filled = FilledFields(values)

    # -- the client itself -------------------------------------------------------------------------------------------

    def variables(self, client: Construction) -> tuple[str, ...]:
        """The variables from which a client gets its key, by itself or by the profile that they name."""
        return self._project.sdk.credential_variables(client.cls)

    def not_here(self, client: Construction) -> str | None:
        """The module that may bring the key in and that is not among the files: only a part of the program is there.

        A module beside the file, or one of which a function without arguments and result has run before the client is
        built (`export_settings()`).
        """
        return self._not_beside(client.file) or self._set_up_elsewhere(client)

    @remembered
    def _not_beside(self, file: File) -> str | None:
        """A module beside the file that it imports and that is not among the files."""
        project = self._project
        for row in file.model.bindings:
            # `from ._version import __version__`: what a build makes brings nothing in.
            if (
                row.kind not in {"import", "star-import"}
                or not row.level
                or (row.member or "").startswith("__")
            ):
                continue
            module = file.module_of(row)
            named = [module, ".".join(filter(None, (module, row.member)))]
            if not any(name and project.find_module(name, file) for name in named):
                return f"{'.' * row.level}{row.module or row.member}"
        return None

    def _set_up_elsewhere(self, client: Construction) -> str | None:
        set_up = self._set_up_by_functions(client.file)
        around = client.file.function_of(client.call.scope)
        found = [set_up[function] for function in {0, around} if function in set_up]
        return next((module for span, module in sorted(found) if span < client.call.span), None)

    @remembered
    def _set_up_by_functions(self, file: File) -> Mapping[int, tuple[Span, str]]:
        """By function (0 is the module) the first call that may bring a key in, and the module that it comes from."""
        found: dict[int, tuple[Span, str]] = {}
        for site, row in enumerate(file.model.calls):
            if row.args or row.use.kind != "statement" or not isinstance(row.func, ir.Name):
                continue
            function = file.function_of(row.scope)
            if function in found and found[function][0] < row.span:
                continue
            for callee in self._values.callee(file, site):
                module = (
                    callee.name.rpartition(".")[0] if isinstance(callee, ExternalName) else ""
                )
                if module and module.partition(".")[0] not in _KNOWN_ROOTS:
                    found[function] = (row.span, module)
                    break
        return found

    # -- the files ---------------------------------------------------------------------------------------------------

    @remembered
    def in_file(self, file: File, variables: tuple[str, ...]) -> bool:
        """Whether the code of a file names one of the variables, or brings variables in that it does not name."""
        return bool(self.environment.loads(file)) or self.names_key(file, variables)

    @functools.cached_property
    def supplying_names(self) -> tuple[str, ...]:
        """The code files that may supply a key, told from their bytes."""
        contents = (
            (name, self._configuration.content(name))
            for name in sorted(self._project.python_names)
        )
        return tuple(
            name for name, content in contents if content is not None and may_supply(content)
        )

    def is_exported_in_documents(self, variables: tuple[str, ...]) -> bool:
        """Whether a page of the project says to set one of the variables in the shell."""
        for name in sorted(self._project.other_names):
            content = (
                self._configuration.content(name)
                if name.endswith((".md", ".rst", ".mdx"))
                else None
            )
            if content is None or not any(
                sought(variable) in content for variable in variables
            ):
                continue
            file = self._project.try_load(name)
            settings = self.environment.settings(file) if file is not None else ()
            if any(
                setting.name in variables and setting.kind == "shell" for setting in settings
            ):
                return True
        return False

    def names_key(self, file: File, variables: tuple[str, ...]) -> bool:
        """Whether the code of a file names one of the variables, or fetches secrets."""
        if any(setting.name in variables for setting in self.environment.settings(file)):
            return True
        if file.kind == "notebook" and file.model.environment_files:
            return True
        matches = [*_word(variables).finditer(file.code)]
        matches += [
            match
            for match in _SECRETS.finditer(file.code)
            if not match["name"] or _OWN_WORD.search(match["name"])
        ]
        return any(True for _ in self._in_code(file, matches))

    def _in_code(self, file: File, matches: list[re.Match[str]]) -> Iterator[Span]:
        """The places of those matches that stand in code: comments, docstrings and imports supply nothing."""
        if not matches:
            return
        index = LineIndex(file.code)
        remarks = {line: column for line, column, _, _ in comments(file.code)}
        silent = [*file.model.docstrings]
        silent += [
            row.span for row in file.model.bindings if row.kind in {"import", "star-import"}
        ]
        silent += _removals(file)
        silent += [lost.span for lost in self.environment.lost_settings(file)]
        lines = {line for span in silent for line in range(span.line, span.end_line + 1)}
        for match in matches:
            place = index.span(match.start(), match.end())
            in_comment = place.line in remarks and place.column >= remarks[place.line]
            if not in_comment and place.line not in lines:
                yield place

    @remembered
    def in_project(self, variables: tuple[str, ...], script: str | None = None) -> Search:
        """The first evidence in the project, or what was looked at in vain. Tests supply keys to tests only.

        For a `script` that is a program of its own, what other programs load is none.
        """
        return self._search(variables, script)

    @remembered
    def loaded_by_others(self, variables: tuple[str, ...], script: str) -> tuple[str, ...]:
        """The scripts beside a script that load a `.env`, if the key can come from such a file only; else none.

        The script itself, and what it imports, loads none: nothing but a variable of the shell gives it the key.
        """
        template = self.in_project(variables, script).found
        if template is None or not _is_dotenv(template):
            return ()
        if self._search(variables, script, without_dotenv=True).found is not None:
            return ()
        names = self._project.mentioning("load_dotenv")
        beside = (name for name in sorted(names) if name != script and not is_test(name))
        return tuple(name for name in beside if self._is_loading_script(name))

    def _is_loading_script(self, name: str) -> bool:
        """Whether a file is a program of its own that loads a file of variables and uses LangSmith."""
        file = self._project.try_load(name)
        if file is None or file.kind == "notebook":
            return False
        is_run = bool(self._entry_points.main_guards(file)) or any(
            True for _ in self._clients.constructions(file)
        )
        return (
            is_run
            and bool(self.environment.loads(file))
            and bool(self._clients.api_calls(file))
        )

    def script_of(self, client: Construction) -> str | None:
        """The file of a client, if it is a program of its own: nothing imports it, and it begins there."""
        file = client.file
        if file.kind == "notebook" or any(
            not is_test(name) for name in self._project.imports.importers(file.relative)
        ):
            return None
        is_started = client.call.scope == 0 or bool(self._entry_points.main_guards(file))
        return file.relative if is_started else None

    def _may_run_in(self, script: str, name: str) -> bool:
        """Whether a script imports a file, directly or by others."""
        seen, pending = {name}, [name]
        while pending:
            current = pending.pop()
            if current == script:
                return True
            new = set(self._project.imports.importers(current)) - seen
            seen |= new
            pending.extend(new)
        return False

    def _search(
        self, variables: tuple[str, ...], script: str | None, *, without_dotenv: bool = False
    ) -> Search:
        looked: list[str] = []
        names: set[str] = set()
        field = next(self._fields(variables, from_file=False), None)
        if field is not None:
            return Search(field.cls.file.relative)
        for name in sorted(self._project.python_names):
            content = self._configuration.content(name)
            if content is None:
                continue
            looked.append(name)
            if not may_supply(content):
                continue
            file = self._project.try_load(name)
            if file is None or file.is_test:
                continue
            is_run = script is None or file.kind == "notebook" or self._may_run_in(script, name)
            if self.in_file(file, variables) if is_run else self.names_key(file, variables):
                return Search(name)
            names.update(_ANY_KEY.findall(file.code))
        return self._in_other_files(
            variables, looked, names, script, without_dotenv=without_dotenv
        )

    def _in_other_files(
        self,
        variables: tuple[str, ...],
        code: list[str],
        names: set[str],
        script: str | None,
        *,
        without_dotenv: bool,
    ) -> Search:
        others: list[str] = []
        word = _word(variables)
        for name, content in self._configuration.contents():
            if without_dotenv and _is_dotenv(name):
                continue
            text = content.decode("utf-8", "replace")
            if supplies(name, text, word, self._is_named_in_code) or (
                hands_over(content) and self._is_handed(name, content, script)
            ):
                return Search(name)
            names.update(_ANY_KEY.findall(text))
            others.append(name)
        notebooks = sum(name.endswith(".ipynb") for name in code)
        return Search(
            None,
            len(code) - notebooks,
            notebooks,
            tuple(sorted(others, key=interest)),
            tuple(sorted(name for name in names if name not in variables)),
        )

    def _is_handed(self, name: str, content: bytes, script: str | None) -> bool:
        """Whether a configuration file may hand its file of variables to a script; to any program if that is None."""
        file = self._project.try_load(script) if script is not None else None
        return file is None or self._deployment.is_handed_by(name, content, file)

    @functools.cached_property
    def _deployment(self) -> Deployment:
        return Deployment(self._project, self._configuration)

    def _is_named_in_code(self, base: str) -> bool:
        """Whether any code of the project holds the name of a file."""
        contents = (self._configuration.content(name) for name in self._project.python_names)
        return any(content is not None and sought(base) in content for content in contents)

    @functools.cached_property
    def is_handed_over(self) -> bool:
        """Whether something that starts the program gives it a whole file of variables."""
        return any(hands_over(content) for _, content in self._configuration.contents())

    # -- settings classes --------------------------------------------------------------------------------------------

    def only_in_settings(self, client: Construction) -> SettingsKey | None:
        """The settings field that has the key, where the key never gets from there into the environment."""
        variables = self.variables(client)
        field = next(self._fields(variables, from_file=True), None)
        return field if field is not None and not self._is_exported(variables) else None

    @remembered
    def is_only_filled_from(self, name: str, variables: tuple[str, ...]) -> bool:
        """Whether a field of this name in a settings class is filled from a variable, and its class only keeps it.

        So is a field of any other class, where the objects are made. A method of the class that reads the field may
        check it: a validator that turns tracing off without a key.
        """
        return any(
            field.name == name
            and field.cls.scope not in self._readers(field.cls.file, field.name)
            for field in self._fields(variables, from_file=False)
        ) or self._filled.is_only_filled_from(name, variables)

    @remembered
    def default_of(self, name: str, variables: tuple[str, ...]) -> ir.Expr | None:
        """What a field of this name gets that no variable fills, if all settings classes with the field agree."""
        found = [
            field.default
            for cls in self._settings_classes(variables)
            for field in cls.fields
            if field.name == name
            and not frozenset(variables).isdisjoint(map(str.upper, field.variables))
        ]
        return found[0] if found and all(item == found[0] for item in found) else None

    @remembered
    def variables_of(self, name: str, variables: tuple[str, ...]) -> frozenset[str]:
        """Those of some variables that fields of this name are filled from, in any settings class."""
        named = {
            variable.upper()
            for cls in self._settings_classes(variables)
            for field in cls.fields
            if field.name == name
            for variable in field.variables
        }
        return frozenset(named.intersection(variables))

    @remembered
    def _readers(self, file: File, name: str) -> frozenset[int]:
        """What the functions are defined in that read an attribute of this name: for methods their class."""
        functions = (
            file.function_of(read.scope) for read in file.attribute_reads.get(name, ())
        )
        return frozenset(file.model.scopes[function].parent for function in functions)

    def unused_in_settings(self, variables: tuple[str, ...]) -> SettingsKey | None:
        """The settings field that has the key, where no code reads it, and nothing else hands the key to a program."""
        field = next(self._fields(variables, from_file=True), None)
        if field is None or self._is_exported(variables) or self._is_read(field):
            return None
        return field

    def _is_read(self, field: SettingsKey) -> bool:
        """Whether any code may read a field: by its name, or with all others."""
        read = re.compile(
            rb"\." + field.name.encode() + rb"\b|[\"']" + field.name.encode() + rb"[\"']"
        )
        for name in self._project.python_names:
            content = None if is_test(name) else self._configuration.content(name)
            if content is not None and (read.search(content) or _TAKES_ALL.search(content)):
                return True
        return False

    def _fields(self, variables: tuple[str, ...], *, from_file: bool) -> Iterator[SettingsKey]:
        """The fields that are filled from one of the variables; `from_file` leaves out those of the environment."""
        for cls in self._settings_classes(variables):
            for field in cls.fields if cls.env_file or not from_file else ():
                if any(variable.upper() in variables for variable in field.variables):
                    yield SettingsKey(cls.cls, cls.name, field.name, field.span)

    @remembered
    def _settings_classes(self, variables: tuple[str, ...]) -> tuple[SettingsClass, ...]:
        return tuple(settings_classes(self._values, variables))

    @remembered
    def _is_exported(self, variables: tuple[str, ...]) -> bool:
        """Whether anything hands the key to the program: a load, a write, a look-up of its name, a deployment."""
        return self._exported_by_code(variables) or self._exported_by_files(variables)

    def _exported_by_code(self, variables: tuple[str, ...]) -> bool:
        environment = self.environment
        for name in sorted(self._project.python_names):
            content = self._configuration.content(name)
            file = (
                self._project.try_load(name)
                if content is not None and may_supply(content)
                else None
            )
            if file is None or file.is_test:
                continue
            if environment.loads(file) or file.model.environment_files:
                return True
            if any(setting.name in variables for setting in environment.settings(file)):
                return True
            if self._looks_up(file, variables):
                return True
        return False

    def _looks_up(self, file: File, variables: tuple[str, ...]) -> bool:
        """Whether code, other than that of settings classes, has the exact name in a string."""
        settings = [
            (field.span.line, field.end_line)
            for cls in self._settings_classes(variables)
            for field in cls.fields
            if cls.cls.file is file
        ]
        spans = (span for variable in variables for span in constants(file, variable))
        return any(not _is_within(span, settings) for span in spans)

    def _exported_by_files(self, variables: tuple[str, ...]) -> bool:
        word = _word(variables)
        for name, content in self._configuration.contents():
            kind = kind_of(PurePosixPath(name), content)
            if kind not in {"dotenv", "markdown", "rst", "text"} and word.search(
                content.decode("utf-8", "replace")
            ):
                return True
        return self.is_handed_over

    def _content(self, name: str) -> bytes | None:
        return self._configuration.content(name)

    # -- blank keys --------------------------------------------------------------------------------------------------

    def literal_keys(self, client: Construction) -> tuple[str, ...]:
        """The strings in the source that may be handed to a client as its key."""
        value = client.argument("api_key")
        if value is None:
            return ()
        values = self._values.of(client.file, value, client.file.place(client.call))
        return tuple(item.text for item in values if isinstance(item, Literal))


def _removals(file: File) -> Iterator[Span]:
    """Where variables are taken out of the environment."""
    yield from (store.target.span for store in file.model.stores if store.deleted)
    for name in ("pop", "delenv", "unsetenv"):
        calls = (file.model.calls[site] for site in file.calls_by_name.get(name, ()))
        yield from (call.span for call in calls if call.use.kind == "statement")


@functools.lru_cache(maxsize=64)
def _word(variables: tuple[str, ...]) -> re.Pattern[str]:
    """The names of variables, as variables, fields, options and keys of other files spell them."""
    plain = "|".join(re.escape(name).replace("_", "[_-]") for name in variables)
    camel = "|".join(
        re.sub("_(.)", lambda match: match[1].upper(), name.lower()) for name in variables
    )
    return re.compile(rf"(?<![A-Za-z0-9_])(?:TF_VAR_)?(?:(?i:{plain})|{camel})(?![A-Za-z0-9_])")


def interest(name: str) -> tuple[int, str]:
    """Where a reader would look first comes first."""
    path = PurePosixPath(name)
    order = (".env", "compose", "docker", "langgraph.json", ".github")
    return next(
        (rank for rank, word in enumerate(order) if word in name.lower()), len(order)
    ), str(path)


def _is_dotenv(name: str) -> bool:
    """Whether a file holds variables that a program loads, or is the template of such a file."""
    return kind_of(PurePosixPath(name), b"") == "dotenv"


def _is_within(span: Span, lines: Sequence[tuple[int, int]]) -> bool:
    """Whether a span begins on one of some lines, given as first and last ones."""
    return any(first <= span.line <= last for first, last in lines)
