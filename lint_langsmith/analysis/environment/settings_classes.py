"""Settings classes of pydantic: which environment variables their fields take their values from.

Executed on pydantic 2.14 with pydantic-settings, and read in the documentation of pydantic 1.10 for the older form:
names are compared without regard to case; an alias replaces prefix and name; `env_file` is read for the fields alone
and never reaches `os.environ`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.contents import sought
from lint_langsmith.analysis.project.file import Place, last_name
from lint_langsmith.analysis.project.name_reads import derived
from lint_langsmith.analysis.project.words import SETTINGS
from lint_langsmith.analysis.values.abstract import ClassRef, ExternalName
from lint_langsmith.findings import Span

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
_ALIASES: Final = ("validation_alias", "alias", "env")


class SettingsField(NamedTuple):
    """A field, and the variables that it is filled from, as written."""

    name: str
    span: Span
    variables: tuple[str, ...]
    end_line: int


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
    project, fields = values.project, tuple(sought(name.lower()) for name in variables)
    seen: set[tuple[str, int]] = set()
    pending = [(name, word) for word in SETTINGS for name in sorted(project.mentioning(word))]
    asked = set(pending)
    while pending:
        relative, word = pending.pop()
        content = project.files.try_content(relative) or b""
        names = _derived(content, word)
        may_be = bool(names) or word == _OPTION
        if may_be and _may_fill(content, fields, is_derived=word not in SETTINGS):
            found = [cls for cls in _in_file(values, relative) if _place(cls) not in seen]
            seen.update(map(_place, found))
            names |= {cls.file.model.scopes[cls.scope].name for cls in found}
            yield from (_read(values, cls) for cls in found)
        further = [
            (user, name) for name in sorted(names) for user in _users(project, relative, name)
        ]
        pending += [pair for pair in further if pair not in asked]
        asked.update(further)


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


def _may_fill(content: bytes, variables: Sequence[bytes], *, is_derived: bool) -> bool:
    """Whether a class of a file may have a field for one of some variables, which are in lower case.

    It has its whole name there, or takes a prefix of it for the names of its fields. Where it `is_derived`, the prefix
    may stand with its base: the first word of the name is all that must be there.
    """
    plain = content.lower()
    if is_derived:
        return any(name.partition(b"_")[0] in plain for name in variables)
    if any(name in plain for name in variables):
        return True
    prefixes = [match["prefix"] for match in _PREFIX.finditer(plain)]
    return any(
        prefix is None or name.startswith(prefix) for prefix in prefixes for name in variables
    )


# A prefix that stands in the source; none where something else is given.
_PREFIX: Final = lazy_re.compile(
    rb"env_prefix[\"']?[ \t]{0,9}[=:][ \t]{0,9}(?:[\"'](?P<prefix>\w{1,80})|[^\s\"'])"
)


def _place(cls: ClassRef) -> tuple[str, int]:
    return cls.file.relative, cls.scope


def _derived(content: bytes, base: str) -> set[str]:
    """The names of the classes in the bytes of a file that derive from one of a name, or of that by another name."""
    others = re.findall(
        rb"\b%b[ \t]{1,9}as[ \t]{1,9}([A-Za-z_]\w{0,99})" % base.encode(), content
    )
    found: set[str] = set()
    for name in (base, *(other.decode() for other in others)):
        found |= derived(content, name) or frozenset()
    return found


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


def _read(values: Evaluator, cls: ClassRef) -> SettingsClass:
    own = [base for base in values.ancestry(cls) if isinstance(base, ClassRef)]
    options: dict[str, ir.Expr] = {}
    for base in reversed(own):
        options.update(_options(base))
    prefix = ""
    if "env_prefix" in options:
        prefix = values.texts(cls.file, options["env_prefix"], _inside(cls)) or ""
    fields = tuple(
        _field(values, base, binding, prefix) for base in own for binding in _annotated(base)
    )
    env_file = options.get("env_file")
    return SettingsClass(cls, fields, env_file is not None and env_file != ir.Constant("None"))


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
        for (scope, name), inner in file.bindings.items():
            if scope == binding.target and inner[0].value is not None:
                yield name, inner[0].value
    for arg in file.model.scopes[cls.scope].keywords:
        if arg.keyword is not None:
            yield arg.keyword, arg.value


def _annotated(cls: ClassRef) -> Iterator[ir.Binding]:
    for (scope, name), bindings in cls.file.bindings.items():
        if scope == cls.scope and bindings[0].annotation is not None and name != "model_config":
            yield bindings[0]


def _field(values: Evaluator, cls: ClassRef, binding: ir.Binding, prefix: str) -> SettingsField:
    aliases: list[str] = []
    if isinstance(binding.value, ir.CallRef):
        call = cls.file.model.calls[binding.value.site]
        for keyword in _ALIASES:
            for arg in call.args:
                if arg.keyword == keyword and not aliases:
                    aliases.extend(_texts(values, cls, arg.value))
    end = binding.span
    if isinstance(binding.value, ir.CallRef):
        end = cls.file.model.calls[binding.value.site].span
    return SettingsField(
        binding.name, binding.span, tuple(aliases) or (f"{prefix}{binding.name}",), end.end_line
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
