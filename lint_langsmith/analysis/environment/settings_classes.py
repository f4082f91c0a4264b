"""Settings classes of pydantic: which environment variables their fields take their values from.

Executed on pydantic 2.14 with pydantic-settings, and read in the documentation of pydantic 1.10 for the older form:
names are compared without regard to case; an alias replaces prefix and name; `env_file` is read for the fields alone
and never reaches `os.environ`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.contents import sought
from lint_langsmith.analysis.project.file import File, Place, last_name
from lint_langsmith.analysis.project.words import SETTINGS
from lint_langsmith.analysis.values.abstract import ClassRef, ExternalName
from lint_langsmith.findings import Span
from lint_langsmith.remembered import remembered

if TYPE_CHECKING:
    from lint_langsmith.analysis.project.project import Project
    from lint_langsmith.analysis.values.evaluator import Evaluator

_BASES: Final = frozenset(
    {
        *(
            "pydantic_settings.BaseSettings",
            "pydantic_settings.main.BaseSettings",
            "pydantic.BaseSettings",
        ),
        *("pydantic.v1.BaseSettings", "pydantic.env_settings.BaseSettings"),
    },
)
_CONFIGS: Final = frozenset({"SettingsConfigDict", "ConfigDict", "dict"})
# The base of settings, and an option that only settings have, whatever their base.
_OPTION: Final = SETTINGS[1]
_ALIASES: Final = ("validation_alias", "alias")
# Of pydantic 1; executed with pydantic-settings 2.16: `env=` of a field has no effect there.
_ENV: Final = "env"
_SECOND: Final = "pydantic_settings."


class SettingsField(NamedTuple):
    """A field, and the variables that it is filled from, as written; `default` is what it gets without them."""

    name: str
    span: Span
    variables: tuple[str, ...]
    end_line: int
    default: ir.Expr | None = None


class IgnoredName(NamedTuple):
    """A variable that a field names by `env=`, where that has no effect, and the one that is read for it instead."""

    field: str
    name: str
    read: str
    span: Span


class SettingsClass(NamedTuple):
    """A settings class of the project; `env_file` where it reads a file of variables itself."""

    cls: ClassRef
    fields: tuple[SettingsField, ...]
    env_file: bool

    @property
    def name(self) -> str:
        """The name of the class."""
        return self.cls.file.model.scopes[self.cls.scope].name


def settings_classes(values: Evaluator, variables: Iterable[str]) -> Iterator[SettingsClass]:
    """The settings classes of a project, tests left out, that may have a field for one of some variables.

    A file whose bytes tell that its classes have none is not parsed for its own sake; classes of other files may derive
    from its classes.
    """
    project = values.project
    files = _Files(values, tuple(sought(name.lower()) for name in variables))
    read: set[str] = set()
    pending = [(name, word) for word in SETTINGS for name in sorted(project.mentioning(word))]
    asked = set(pending)
    while pending:
        relative, word = pending.pop()
        names = files.derived(relative, word)
        may_be = relative not in read and (bool(names) or word == _OPTION)
        if may_be and files.may_fill(relative, word not in SETTINGS):
            read.add(relative)
            found = [*_in_file(values, relative)]
            names |= {cls.file.model.scopes[cls.scope].name for cls in found}
            yield from (files.read(cls) for cls in found)
        further = [
            (user, name) for name in sorted(names) for user in _users(project, relative, name)
        ]
        pending += [pair for pair in further if pair not in asked]
        asked.update(further)


class _Files:
    """What the files of a project tell of its settings classes; each is gone through once."""

    def __init__(self, values: Evaluator, fields: Sequence[bytes]) -> None:
        """`fields` are the variables that a class is to have, in lower case."""
        self._values = values
        self._fields = fields

    def _content(self, relative: str) -> bytes:
        return self._values.project.files.try_content(relative) or b""

    def derived(self, relative: str, base: str) -> set[str]:
        """The names of the classes of a file that derive from one of a name, or of that by another name."""
        subclasses = self._values.project.subclasses(relative)
        found: set[str] = set()
        for name in (base, *self._other_names(relative).get(base, ())):
            found |= subclasses.of(name) or frozenset()
        return found

    @remembered
    def _other_names(self, relative: str) -> Mapping[str, Sequence[str]]:
        """The names that a file gives to what it imports, by the names that that has elsewhere."""
        found: dict[str, list[str]] = defaultdict(list)
        for match in _AS.finditer(self._content(relative)):
            found[match["name"].decode()].append(match["other"].decode())
        return found

    @remembered
    def may_fill(self, relative: str, is_derived: bool) -> bool:
        """Whether a class of a file may have a field for one of the variables.

        It has its whole name there, or takes a prefix of it for the names of its fields. Where it `is_derived`, the
        prefix may stand with its base: the first word of the name is all that must be there.
        """
        plain = self._content(relative).lower()
        if is_derived:
            return any(name.partition(b"_")[0] in plain for name in self._fields)
        if any(name in plain for name in self._fields):
            return True
        prefixes = [match["prefix"] for match in _PREFIX.finditer(plain)]
        return any(
            prefix is None or name.startswith(prefix)
            for prefix in prefixes
            for name in self._fields
        )

    def read(self, cls: ClassRef) -> SettingsClass:
        """What a settings class says."""
        values = self._values
        own = [base for base in values.ancestry(cls) if isinstance(base, ClassRef)]
        options: dict[str, ir.Expr] = {}
        for base in reversed(own):
            options.update(self._options(base))
        prefix = ""
        if "env_prefix" in options:
            prefix = values.texts(cls.file, options["env_prefix"], _inside(cls)) or ""
        fields = tuple(field for base in own for field in self._fields_of(base, prefix))
        env_file = options.get("env_file")
        return SettingsClass(
            cls, fields, env_file is not None and env_file != ir.Constant("None")
        )

    @remembered
    def _options(self, cls: ClassRef) -> Mapping[str, ir.Expr]:
        """The options of a class, which many may be derived from."""
        return dict(_options(cls))

    @remembered
    def _fields_of(self, cls: ClassRef, prefix: str) -> Sequence[SettingsField]:
        """The fields that a class itself has."""
        return tuple(_field(self._values, cls, row, prefix) for row in _annotated(cls))


def _users(project: Project, relative: str, name: str) -> Iterator[str]:
    """The files that may have a name of a file: itself, and those that import it, by others that hand it on too."""
    seen, pending = {relative}, [relative]
    while pending:
        current = pending.pop()
        yield current
        for other in project.imports.importers(current):
            if other not in seen and (
                project.imports.takes_all(other) or project.mentions(other, name)
            ):
                seen.add(other)
                pending.append(other)


# A prefix that stands in the source; none where something else is given.
_PREFIX: Final = lazy_re.compile(
    rb"env_prefix[\"']?[ \t]{0,9}[=:][ \t]{0,9}(?:[\"'](?P<prefix>\w{1,80})|[^\s\"'])"
)


# What an import gives another name.
_AS: Final = lazy_re.compile(
    rb"(?<!\w)(?P<name>[A-Za-z_]\w{0,99})[ \t]{1,9}as[ \t]{1,9}(?P<other>[A-Za-z_]\w{0,99})"
)


def _in_file(values: Evaluator, relative: str) -> Iterator[ClassRef]:
    """The settings classes of a file; none of a test's."""
    file = values.project.try_load(relative)
    if file is None or file.is_test:
        return
    for scope, row in enumerate(file.model.scopes):
        cls = ClassRef(file, scope)
        if row.kind == "class" and _is_settings(values, cls):
            yield cls


def _is_settings(values: Evaluator, cls: ClassRef) -> bool:
    """Whether pydantic makes settings of a class: by its bases, or by an option that only settings have."""
    if any(
        isinstance(base, ExternalName) and base.name in _BASES for base in values.ancestry(cls)
    ):
        return True
    return bool(cls.file.model.scopes[cls.scope].bases) and any(
        name == _OPTION for name, _ in _options(cls)
    )


def _inside(cls: ClassRef) -> Place:
    row = cls.file.model.scopes[cls.scope]
    return Place(cls.scope, row.block, row.order)


def _options(cls: ClassRef) -> Iterator[tuple[str, ir.Expr]]:
    """What `model_config`, an inner `Config` or the class statement says."""
    file = cls.file
    for binding in file.bindings.get((cls.scope, "model_config"), ()):
        if isinstance(binding.value, ir.CallRef):
            call = file.model.calls[binding.value.site]
            if last_name(call.func) in _CONFIGS:
                yield from (
                    (arg.keyword, arg.value) for arg in call.args if arg.keyword is not None
                )
        elif isinstance(binding.value, ir.Mapping):
            for key, value in zip(binding.value.keys, binding.value.values, strict=True):
                if isinstance(key, ir.Text):
                    yield key.value, value
    for binding in file.bindings.get((cls.scope, "Config"), ()):
        for name in file.names_by_scope.get(binding.target, ()):
            inner = file.bindings[binding.target, name][0]
            if inner.value is not None:
                yield name, inner.value
    for arg in file.model.scopes[cls.scope].keywords:
        if arg.keyword is not None:
            yield arg.keyword, arg.value


def _annotated(cls: ClassRef) -> Iterator[ir.Binding]:
    for name in cls.file.names_by_scope.get(cls.scope, ()):
        binding = cls.file.bindings[cls.scope, name][0]
        if binding.annotation is not None and name != "model_config":
            yield binding


def ignored_names(file: File, values: Evaluator) -> Iterator[IgnoredName]:
    """The variables that fields of pydantic-settings 2 name in the way of pydantic 1, and are not read from."""
    if not any(arg.keyword == _ENV for call in file.model.calls for arg in call.args):
        return
    classes = _Files(values, ())
    for cls in _in_file(values, file.relative):
        if _takes_env(values, cls):
            continue
        fields = {(row.name, row.span): row.variables for row in classes.read(cls).fields}
        for row in _annotated(cls):
            read = fields[row.name, row.span]
            for arg in _given(cls, row):
                names = [*_texts(values, cls, arg.value)] if arg.keyword == _ENV else []
                if names and not {name.upper() for name in read} & {*map(str.upper, names)}:
                    yield IgnoredName(row.name, names[0], read[0].upper(), row.span)


def _takes_env(values: Evaluator, cls: ClassRef) -> bool:
    """Whether a class is not of pydantic-settings 2."""
    return not any(
        isinstance(base, ExternalName) and base.name.startswith(_SECOND)
        for base in values.ancestry(cls)
    )


def _given(cls: ClassRef, binding: ir.Binding) -> Sequence[ir.Argument]:
    """What `Field(…)` of a field is given."""
    value = binding.value
    return cls.file.model.calls[value.site].args if isinstance(value, ir.CallRef) else ()


def _field(values: Evaluator, cls: ClassRef, binding: ir.Binding, prefix: str) -> SettingsField:
    aliases: list[str] = []
    for keyword in (*_ALIASES, *((_ENV,) if _takes_env(values, cls) else ())):
        for arg in _given(cls, binding):
            if arg.keyword == keyword and not aliases:
                aliases.extend(_texts(values, cls, arg.value))
    end, default = binding.span, binding.value
    if isinstance(binding.value, ir.CallRef):
        call = cls.file.model.calls[binding.value.site]
        end, default = call.span, _default(call)
    variables = tuple(aliases) or (f"{prefix}{binding.name}",)
    return SettingsField(binding.name, binding.span, variables, end.end_line, default)


def _default(call: ir.Call) -> ir.Expr | None:
    """The first argument of `Field(…)`, or what it names `default`."""
    return next(
        (
            arg.value
            for place, arg in enumerate(call.args)
            if arg.keyword == "default" or (place == 0 and arg.keyword is None)
        ),
        None,
    )


def _texts(values: Evaluator, cls: ClassRef, expr: ir.Expr) -> Iterator[str]:
    """A string, a list of them, or `AliasChoices("A", "B")`."""
    if isinstance(expr, ir.CallRef):
        for arg in cls.file.model.calls[expr.site].args:
            yield from _texts(values, cls, arg.value)
    elif isinstance(expr, ir.Sequence):
        for item in expr.items:
            yield from _texts(values, cls, item)
    else:
        text = values.texts(cls.file, expr, _inside(cls))
        if text is not None:
            yield text
