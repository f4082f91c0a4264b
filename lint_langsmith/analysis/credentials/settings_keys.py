"""Keys in fields of settings classes, which pydantic fills from a file of variables: what of them a client ever gets.

Such a field keeps the key to itself: the variable is not set in the environment of the process.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.credentials.deployment import hands_over
from lint_langsmith.analysis.credentials.filled_fields import FilledFields
from lint_langsmith.analysis.credentials.supplying_words import may_supply, word_of
from lint_langsmith.analysis.environment.reads import constants
from lint_langsmith.analysis.environment.settings_classes import SettingsClass, settings_classes
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, is_test
from lint_langsmith.analysis.values.abstract import ClassRef
from lint_langsmith.findings import Span
from lint_langsmith.remembered import remembered
from lint_langsmith.source.kinds import kind_of

if TYPE_CHECKING:
    from lint_langsmith.analysis.credentials.configuration_files import ConfigurationFiles
    from lint_langsmith.analysis.environment.variables import Environment
    from lint_langsmith.analysis.sdk_use.sdk_calls import Construction
    from lint_langsmith.analysis.values.evaluator import Evaluator

# What takes all fields of settings at once, or all variables of a dict.
_TAKES_ALL: Final = lazy_re.compile(
    rb"\bmodel_dump|\.dict\(|\bvars\(|environ\.update|\*\*settings"
)


class SettingsKey(NamedTuple):
    """The field of a settings class that is filled with the key from a file; `owner` is the name of the class."""

    cls: ClassRef
    owner: str
    name: str
    span: Span


class SettingsKeys:
    """The fields for keys, and for other variables, in the settings classes of one project."""

    def __init__(
        self, values: Evaluator, environment: Environment, configuration: ConfigurationFiles
    ) -> None:
        """`environment` tells what files set and load, `configuration` what files that are no code say."""
        self._project = values.project
        self._values = values
        self._environment = environment
        self._configuration = configuration
        self._filled = FilledFields(values)

    def only_in(self, client: Construction) -> SettingsKey | None:
        """The settings field that has the key, where the key never gets from there into the environment."""
        variables = self._project.sdk.credential_variables(client.cls)
        field = next(self.fields(variables, from_file=True), None)
        return field if field is not None and not self.is_exported(variables) else None

    @remembered
    def is_only_filled_from(self, name: str, variables: tuple[str, ...]) -> bool:
        """Whether a field of this name in a settings class is filled from a variable, and its class only keeps it.

        So is a field of any other class, where the objects are made. A method of the class that reads the field may
        check it: a validator that turns tracing off without a key.
        """
        return any(
            field.name == name
            and field.cls.scope not in self._readers(field.cls.file, field.name)
            for field in self.fields(variables, from_file=False)
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

    def unused(self, variables: tuple[str, ...]) -> SettingsKey | None:
        """The settings field that has the key, where no code reads it, and nothing else hands the key to a program."""
        field = next(self.fields(variables, from_file=True), None)
        if field is None or self.is_exported(variables) or self._is_read(field):
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

    def fields(self, variables: tuple[str, ...], *, from_file: bool) -> Iterator[SettingsKey]:
        """The fields that are filled from one of the variables; `from_file` leaves out those of the environment."""
        for cls in self._settings_classes(variables):
            for field in cls.fields if cls.env_file or not from_file else ():
                if any(variable.upper() in variables for variable in field.variables):
                    yield SettingsKey(cls.cls, cls.name, field.name, field.span)

    @remembered
    def _settings_classes(self, variables: tuple[str, ...]) -> tuple[SettingsClass, ...]:
        return tuple(settings_classes(self._values, variables))

    @remembered
    def is_exported(self, variables: tuple[str, ...]) -> bool:
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
        word = word_of(variables)
        for name, content in self._configuration.contents():
            kind = kind_of(PurePosixPath(name), content)
            if kind not in {"dotenv", "markdown", "rst", "text"} and word.search(
                content.decode("utf-8", "replace")
            ):
                return True
        return self._is_handed_over

    @functools.cached_property
    def _is_handed_over(self) -> bool:
        """Whether something that starts the program gives it a whole file of variables."""
        return any(hands_over(content) for _, content in self._configuration.contents())


def _is_within(span: Span, lines: Sequence[tuple[int, int]]) -> bool:
    """Whether a span begins on one of some lines, given as first and last ones."""
    return any(first <= span.line <= last for first, last in lines)
