"""Where credentials may come from: everything in a project that supplies, loads or expects a LangSmith key."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from lint_langsmith.analysis.credentials.client_alternatives import ClientAlternatives
from lint_langsmith.analysis.credentials.deployment import Deployment, hands_over
from lint_langsmith.analysis.credentials.key_arguments import KeyArguments
from lint_langsmith.analysis.credentials.mentions import supplies
from lint_langsmith.analysis.credentials.missing_modules import MissingModules
from lint_langsmith.analysis.credentials.settings_keys import SettingsKeys
from lint_langsmith.analysis.credentials.supplying_words import (
    ANY_KEY,
    OWN_WORD,
    SECRETS,
    may_supply,
    word_of,
)
from lint_langsmith.analysis.project.contents import sought
from lint_langsmith.analysis.project.file import File, is_test
from lint_langsmith.analysis.values.abstract import Literal
from lint_langsmith.findings import Span
from lint_langsmith.remembered import remembered
from lint_langsmith.source.text import LineIndex, comments

if TYPE_CHECKING:
    from lint_langsmith.analysis.credentials.configuration_files import ConfigurationFiles
    from lint_langsmith.analysis.entry_points.entry_points import EntryPoints
    from lint_langsmith.analysis.environment.variables import Environment
    from lint_langsmith.analysis.sdk_use.clients import Clients
    from lint_langsmith.analysis.sdk_use.sdk_calls import Construction
    from lint_langsmith.analysis.values.evaluator import Evaluator


class Search(NamedTuple):
    """The outcome of a search: `found` is the path of the evidence; None with what was looked at otherwise.

    `other_names` are names of keys that the project speaks of and that the client never reads.
    """

    found: str | None
    python_files: int = 0
    notebooks: int = 0
    other_files: tuple[str, ...] = ()
    other_names: tuple[str, ...] = ()


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

        `arguments` tells whether a client is passed a key, `alternatives` whether the program goes without it,
        `settings` which fields of settings classes have it, `missing_modules` what may bring it in from elsewhere.
        """
        self._entry_points = entry_points
        self._project = values.project
        self._values = values
        self._clients = clients
        self.environment = environment
        self._configuration = configuration
        self.arguments = KeyArguments(values, entry_points)
        self.alternatives = ClientAlternatives(values, clients, self.arguments)
        self.settings = SettingsKeys(values, environment, configuration)
        self.missing_modules = MissingModules(values)

    # -- the client itself -------------------------------------------------------------------------------------------

    def variables(self, client: Construction) -> tuple[str, ...]:
        """The variables from which a client gets its key, by itself or by the profile that they name."""
        return self._project.sdk.credential_variables(client.cls)

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
        matches = [*word_of(variables).finditer(file.code)]
        matches += [
            match
            for match in SECRETS.finditer(file.code)
            if not match["name"] or OWN_WORD.search(match["name"])
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

    def _search(self, variables: tuple[str, ...], script: str | None) -> Search:
        looked: list[str] = []
        names: set[str] = set()
        field = next(self.settings.fields(variables, from_file=False), None)
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
            names.update(ANY_KEY.findall(file.code))
        return self._in_other_files(variables, looked, names, script)

    def _in_other_files(
        self,
        variables: tuple[str, ...],
        code: list[str],
        names: set[str],
        script: str | None,
    ) -> Search:
        others: list[str] = []
        word = word_of(variables)
        for name, content in self._configuration.contents():
            text = content.decode("utf-8", "replace")
            if supplies(name, text, word, self.is_named_in_code) or (
                hands_over(content) and self._is_handed(name, content, script)
            ):
                return Search(name)
            names.update(ANY_KEY.findall(text))
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

    def is_named_in_code(self, base: str) -> bool:
        """Whether any code of the project holds the name of a file."""
        contents = (self._configuration.content(name) for name in self._project.python_names)
        return any(content is not None and sought(base) in content for content in contents)

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


def interest(name: str) -> tuple[int, str]:
    """Where a reader would look first comes first."""
    path = PurePosixPath(name)
    order = (".env", "compose", "docker", "langgraph.json", ".github")
    return next(
        (rank for rank, word in enumerate(order) if word in name.lower()), len(order)
    ), str(path)
