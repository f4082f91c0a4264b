"""Where credentials may come from: everything in a project that supplies, loads or expects a LangSmith key."""

from __future__ import annotations

import functools
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith.analysis.credentials.deployment import Deployment, hands_over
from lint_langsmith.analysis.credentials.mentions import supplies
from lint_langsmith.analysis.credentials.never_set import NeverSet
from lint_langsmith.analysis.environment.reads import constants
from lint_langsmith.analysis.environment.settings_classes import SettingsClass, settings_classes
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.walk import alternatives, descend
from lint_langsmith.analysis.project.file import File, Placed, is_test, last_name
from lint_langsmith.analysis.project.words import LOADERS
from lint_langsmith.analysis.values.abstract import FunctionRef, Table
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.analysis.values.evaluator import (
    NONE,
    Bound,
    ClassRef,
    ExternalName,
    Instance,
    Literal,
    Parameter,
    absolute,
)
from lint_langsmith.findings import Span
from lint_langsmith.remembered import remembered
from lint_langsmith.source.kinds import kind_of
from lint_langsmith.source.text import LineIndex, comments

if TYPE_CHECKING:
    from lint_langsmith.analysis.credentials.configuration_files import ConfigurationFiles
    from lint_langsmith.analysis.entry_points.entry_points import EntryPoints
    from lint_langsmith.analysis.environment.variables import Environment
    from lint_langsmith.analysis.sdk_use.clients import Clients, Construction
    from lint_langsmith.analysis.values.evaluator import Evaluator

# Functions and objects that fetch secrets from elsewhere, and often put them where they are looked for.
_SECRETS: Final = re.compile(
    r"\b(?:userdata\.get|UserSecretsClient\(\)|get_secret\w*|SecretClient|secretsmanager|hvac|SecretManagerServiceClient"
    r"|access_secret_version|dbutils\.secrets|(?:st|streamlit)\.secrets|Dynaconf|load_env\w*|load_environment\w*"
    r"|set_env|_set_env|_set_if_undefined)\b(?P<named>\(\s*[\"'](?P<name>[^\"']+)[\"'])?",
)
_OWN_WORD: Final = re.compile(r"(?i)lang.?(?:smith|chain)|^\.?env|\.env$")
# Words without one of which a code file supplies no key: a variable's name or a part that it is put together from, what
# sets variables, what loads them, and what fetches secrets. `langchain` is in every import, and stands for nothing.
_NAMES: Final = r"LANG_?(?:SMITH|CHAIN)|(?i:lang_?(?:smith|chain)[_-]?(?:api|key|token))"
_CHANGES: Final = r"environ\b(?!\.get\()|dotenv|putenv|setenv"
_NAMED: Final = re.compile(_NAMES.encode())
_SUPPLIED: Final = re.compile("|".join((_CHANGES, *sorted(LOADERS), _SECRETS.pattern)).encode())
# In whatever case, one of these is in everything that the last of them finds; bytes are searched for them in a tenth of
# the time.
_STEMS: Final = (b"env", b"secret", b"userdata", b"hvac", b"dynaconf", b"undefined")
_ANY_KEY: Final = re.compile(
    # Bounded, as no name is so long: three runs would share out a long one between them in every way there is.
    r"(?<![A-Za-z0-9_])[A-Z0-9_]{0,50}LANG_?(?:SMITH|CHAIN)[A-Z0-9_]{0,50}(?:KEY|TOKEN)[A-Z0-9_]{0,50}(?![A-Za-z0-9_])"
)
# Methods of a dict that change nothing.
_LOOKING: Final = frozenset({"copy", "get", "items", "keys", "values"})
# What takes all fields of settings at once, or all variables of a dict.
_TAKES_ALL: Final = re.compile(rb"\bmodel_dump|\.dict\(|\bvars\(|environ\.update|\*\*settings")
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
        """`entry_points` tells which files are programs of their own."""
        self._entry_points = entry_points
        self._project = values.project
        self._values = values
        self._clients = clients
        self._environment = environment
        self._configuration = configuration
        self._never_set = NeverSet(values)
        self._passed_in: dict[tuple[str, str], Sequence[ir.Store]] = {}

    # -- the client itself -------------------------------------------------------------------------------------------

    def variables(self, client: Construction) -> tuple[str, ...]:
        """The variables from which a client gets its key, by itself or by the profile that they name."""
        return self._project.sdk.credential_variables(client.cls)

    def in_arguments(self, client: Construction) -> bool:
        """Whether the construction passes something that can carry credentials."""
        passed = [(client.file, client.call, arg) for arg in client.arguments]
        passed += [
            (client.file, call, arg) for call in self._partials(client) for arg in call.args
        ]
        if any(
            arg.stars and not self._is_known_without_key(client, arg) for _, _, arg in passed
        ):
            return True
        passed += self._passed_by_constructor(client)
        keywords = self._project.sdk.credential_keywords(client.cls)
        return any(
            self._may_carry(file, part, call)
            for file, call, arg in passed
            if arg.keyword in keywords
            for part in alternatives(arg.value)
        )

    def _may_carry(self, file: File, expr: ir.Expr, call: ir.Call) -> bool:
        """Whether an argument may be anything but None; a parameter that all callers leave out is its default."""
        place = file.place(call)
        if self._values.of(file, expr, place) == (NONE,):
            return False
        if self._entry_points.runs_alone(file) and self._never_set.holds(file, expr, place):
            return False
        rows = tuple(lookup(file, expr.id, place)) if isinstance(expr, ir.Name) else ()
        return not rows or not all(self._is_left_out(file, row) for row in rows)

    def _is_left_out(self, file: File, binding: ir.Binding) -> bool:
        """Whether a name is a parameter, `key=None`, of a function whose callers are known and never pass it."""
        if binding.kind != "parameter":
            return False
        params = file.model.scopes[binding.scope].params
        function, graph = FunctionRef(file, binding.scope), self._values.call_graph
        sure, unsure = graph.of(function)
        calls = [(caller, site) for caller, site in sure if not caller.is_test]
        optional = any(
            param.name == binding.name and param.default == ir.Constant("None")
            for param in params
        )
        if not optional or not calls or unsure or graph.hand_overs(function):
            return False
        return not any(
            self._may_pass(caller, site, function, binding.name) for caller, site in calls
        )

    def _may_pass(self, caller: File, site: int, function: FunctionRef, name: str) -> bool:
        """Whether a call of a function passes a parameter, or unpacks something that may hold it."""
        unpacks = any(arg.stars for arg in caller.model.calls[site].args)
        passed = self._values.call_graph.argument(caller, site, function, name)
        return unpacks or passed is not None

    def _passed_by_constructor(
        self, client: Construction
    ) -> Iterator[tuple[File, ir.Call, ir.Argument]]:
        """What the constructor of a subclass passes on: `super().__init__(api_key=…)`."""
        for callee in self._values.callee(client.file, client.site):
            if not isinstance(callee, ClassRef):
                continue
            for method in self._values.attribute(Instance(callee), "__init__"):
                if not isinstance(method, Bound):
                    continue
                file = method.function.file
                for site in file.sites_by_function.get(method.function.scope, ()):
                    call = file.model.calls[site]
                    if isinstance(call.func, ir.Attribute) and call.func.name == "__init__":
                        yield from ((file, call, arg) for arg in call.args)

    def _is_known_without_key(self, client: Construction, arg: ir.Argument) -> bool:
        """Whether what is unpacked is a dict whose keys are all known, and none of them carries credentials."""
        place = client.file.place(client.call)
        keywords = self._project.sdk.credential_keywords(client.cls)
        if arg.stars != 2 or not self._is_as_displayed(client.file, arg.value, place):
            return False
        found = self._values.of(client.file, arg.value, place)
        tables = [value for value in found if isinstance(value, Table)]
        keys = [key for table in tables for key, _ in table.items]
        return bool(tables) and len(tables) == len(found) and not {None, *keywords} & {*keys}

    def _is_as_displayed(self, file: File, expr: ir.Expr, place: Placed) -> bool:
        """Whether a dict has the keys of its display when it is unpacked: no code between may have put in others."""
        if not isinstance(expr, ir.Name):
            return isinstance(expr, ir.Mapping)
        rows = tuple(lookup(file, expr.id, place))
        is_shared = any(row.scope == 0 for row in rows) and any(
            other != file.relative for other in self._project.mentioning(expr.id)
        )
        is_own = all(row.kind in {"assign", "annotation"} for row in rows)
        return is_own and not is_shared and _is_only_unpacked(file, expr.id)

    def _partials(self, client: Construction) -> Iterator[ir.Call]:
        """`partial(Client, api_key=…)`, where the client is built by what it gave."""
        file, func = client.file, client.call.func
        exprs = [func]
        if isinstance(func, ir.Name):
            exprs = [
                row.value
                for row in lookup(file, func.id, file.place(client.call))
                if row.value is not None
            ]
        for expr in exprs:
            if (
                isinstance(expr, ir.CallRef)
                and last_name(file.model.calls[expr.site].func) == "partial"
            ):
                yield file.model.calls[expr.site]

    def is_optional(self, client: Construction) -> bool:
        """Whether the program goes without the client, or with another: a caller brings one, or tracing is off."""
        return self.is_injectable_default(client) or self._is_under_tracing(client)

    def _is_under_tracing(self, client: Construction) -> bool:
        """`if tracing_is_enabled():`, which only an environment that is set up for LangSmith makes true."""
        file = client.file
        for block in file.block_chain(client.call.block):
            row = file.model.blocks[block]
            if row.kind == "if":
                test = file.model.branches[row.owner].test
                calls = descend(test, through=(ir.Boolean, ir.Comparison))
                if any(_is_call_of(file, part, "tracing_is_enabled") for part in calls):
                    return True
        return False

    def is_injectable_default(self, client: Construction) -> bool:
        """`client or Client()`, `Client() if client is None else client`, `if client is None: client = Client()`."""
        file, reference = client.file, ir.CallRef(client.site)
        for expr in self._defaults(file).alternatives.get(client.site, ()):
            if not isinstance(expr, ir.Conditional):
                return True
            other = expr.orelse if expr.body == reference else expr.body
            given = other != ir.Constant("None") and not isinstance(other, ir.CallRef)
            if given or self._asks_parameter(file, expr.test, file.place(client.call)):
                return True
        return self._replaces_parameter(client) or self._is_other_branch(client)

    @remembered
    def _defaults(self, file: File) -> _Defaults:
        return _Defaults.of(file)

    def _is_other_branch(self, client: Construction) -> bool:
        """`Client(api_key=key)` under an `if`, and this one under its `else`, or the other way round."""
        sides = self._sides_with_key(client.file)
        return any(
            bool(sides.get(owner, _NO_SIDES) - {kind})
            for owner, kind in dict(_branches(client.file, client.call.block)).items()
        )

    @remembered
    def _sides_with_key(self, file: File) -> Mapping[int, frozenset[str]]:
        """The sides of each `if` on which a client is built that gets a key."""
        sides: dict[int, frozenset[str]] = {}
        for client in self._clients.constructions(file):
            for owner, kind in (
                _branches(file, client.call.block) if self.in_arguments(client) else ()
            ):
                sides[owner] = sides.get(owner, _NO_SIDES) | {kind}
        return sides

    def _asks_parameter(self, file: File, test: ir.Expr, place: Placed) -> bool:
        """Whether a test is about a parameter, so that a caller decides."""
        for part in descend(test, through=(ir.Comparison, ir.Unary)):
            if isinstance(part, ir.Name):
                values = self._values.name(file, part.id, place)
                if any(isinstance(value, Parameter) for value in values):
                    return True
        return False

    def _replaces_parameter(self, client: Construction) -> bool:
        file, defaults = client.file, self._defaults(client.file)
        if client.site in defaults.of_parameters:
            return True
        return any(
            self._guarded_by_parameter(file, store) or self._also_passed_in(file, store)
            for store in defaults.stores.get(client.site, ())
        )

    def _also_passed_in(self, file: File, store: ir.Store) -> bool:
        """An attribute that the constructor sets from a parameter, and that is filled later if it was left out."""
        name = store.target.name if isinstance(store.target, ir.Attribute) else ""
        known = self._passed_in.get((file.relative, name))
        if known is None:
            stores = file.stores_by_attribute.get(name, ())
            known = self._passed_in[file.relative, name] = [
                other for other in stores if self._is_passed(file, other)
            ]
        return any(other is not store for other in known[:2])

    def _is_passed(self, file: File, store: ir.Store) -> bool:
        """Whether an attribute may be set to a parameter."""
        values = (
            self._values.of(file, store.value, file.place(store))
            if store.value is not None
            else ()
        )
        return any(isinstance(value, Parameter) for value in values)

    def _guarded_by_parameter(self, file: File, store: ir.Store) -> bool:
        """`if client is None: self.client = Client()` with `client` a parameter."""
        for block in file.block_chain(store.block):
            row = file.model.blocks[block]
            if row.kind in {"if", "else"} and self._asks_parameter(
                file, file.model.branches[row.owner].test, file.place(store)
            ):
                return True
            if row.kind == "scope":
                return False
        return False

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
            module = absolute(file, row)
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
        return bool(self._environment.loads(file)) or self.names_key(file, variables)

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
                variable.encode() in content for variable in variables
            ):
                continue
            file = self._project.try_load(name)
            settings = self._environment.settings(file) if file is not None else ()
            if any(
                setting.name in variables and setting.kind == "shell" for setting in settings
            ):
                return True
        return False

    def names_key(self, file: File, variables: tuple[str, ...]) -> bool:
        """Whether the code of a file names one of the variables, or fetches secrets."""
        if any(setting.name in variables for setting in self._environment.settings(file)):
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
        for match in matches:
            place = index.span(match.start(), match.end())
            in_comment = place.line in remarks and place.column >= remarks[place.line]
            if not in_comment and not any(
                span.line <= place.line <= span.end_line for span in silent
            ):
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
            and bool(self._environment.loads(file))
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
        return any(content is not None and base.encode() in content for content in contents)

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
        environment = self._environment
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


_NO_SIDES: Final[frozenset[str]] = frozenset()


class _Defaults(NamedTuple):
    """Where calls of a file stand in the place of something else, by their sites: told once for all of its clients.

    `alternatives` are the expressions of which a call is one side, `of_parameters` the calls that are bound to the name
    of a parameter, `stores` those that are stored in an attribute or item.
    """

    alternatives: Mapping[int, Sequence[ir.Expr]]
    of_parameters: frozenset[int]
    stores: Mapping[int, Sequence[ir.Store]]

    @classmethod
    def of(cls, file: File) -> _Defaults:
        """Those of one file."""
        alternatives: dict[int, list[ir.Expr]] = defaultdict(list)
        for expr in _valued(file):
            sides: Sequence[ir.Expr] = ()
            if isinstance(expr, ir.Boolean) and expr.op == "or":
                sides = expr.values[1:]
            elif isinstance(expr, ir.Conditional):
                sides = (expr.body, expr.orelse)
            for side in sides:
                if isinstance(side, ir.CallRef):
                    alternatives[side.site].append(expr)
        parameters = {
            (row.scope, row.name) for row in file.model.bindings if row.kind == "parameter"
        }
        of_parameters = {
            site
            for row in file.model.bindings
            if row.kind in {"assign", "walrus"} and (row.scope, row.name) in parameters
            for site in _may_be(row.value)
        }
        stores: dict[int, list[ir.Store]] = defaultdict(list)
        for store in file.model.stores:
            for site in _may_be(store.value):
                stores[site].append(store)
        return cls(alternatives, frozenset(of_parameters), stores)


def _may_be(expr: ir.Expr | None) -> Iterator[int]:
    """The calls that an expression is, or may be: `Client(api_key=key) if key else Client()`."""
    for part in alternatives(expr):
        if isinstance(part, ir.CallRef):
            yield part.site


def _is_only_unpacked(file: File, name: str) -> bool:
    """Whether nothing is done with a dict under a name but to unpack it and look into it: all else may change it."""
    stored = any(
        isinstance(store.target, ir.Subscript)
        and isinstance(store.target.value, ir.Name)
        and store.target.value.id == name
        for store in file.model.stores
    )
    rebound = any(row.name == name and row.kind == "augmented" for row in file.model.bindings)
    called = {
        last_name(file.model.calls[site].func) for site in file.sites_by_base.get(name, ())
    }
    return (
        not stored
        and not rebound
        and called <= _LOOKING
        and all(_only_looks(file, read) for read in file.reads_by_name.get(name, ()))
    )


def _only_looks(file: File, read: ir.Read) -> bool:
    """Whether a dict is unpacked where its name is read, or an item is taken of it."""
    if read.use.kind != "argument" or read.use.outer is None:
        return read.use.kind in {"subscript", "star", "iterate"}
    passed = [
        arg
        for arg in file.model.calls[read.use.outer].args
        if isinstance(arg.value, ir.Name) and arg.value.id == read.name
    ]
    return all(arg.stars for arg in passed)


def _is_call_of(file: File, expr: ir.Expr, name: str) -> bool:
    return isinstance(expr, ir.CallRef) and last_name(file.model.calls[expr.site].func) == name


def _branches(file: File, block: int) -> Iterator[tuple[int, str]]:
    """The `if` statements that a block lies under, within its function, each with the side on which it lies."""
    for current in file.block_chain(block):
        row = file.model.blocks[current]
        if row.kind == "scope":
            return
        if row.kind in {"if", "else"}:
            yield row.owner, row.kind


def _valued(file: File) -> Iterator[ir.Expr]:
    """The expressions that give a value to something: bound, stored, returned, passed."""
    yield from (row.value for row in file.model.bindings if row.value is not None)
    yield from (row.value for row in file.model.stores if row.value is not None)
    yield from (row.value for row in file.model.returns if row.value is not None)
    for call in file.model.calls:
        yield call.func
        if isinstance(call.func, ir.Attribute):
            yield call.func.value
        yield from (arg.value for arg in call.args)


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
