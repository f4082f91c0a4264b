"""What is named like LangSmith's key: fields, parameters, options, constants, keywords and entries of dicts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Placed, last_name
from lint_langsmith.sdk.variables import KEYS

# What hands its first argument, its default or what its factory makes through: pydantic, dataclasses, attrs, typer.
_WRAPPERS: Final = frozenset(
    {"SecretStr", "Field", "field", "attrib", "str", "strip", "Option", "Argument"}
)
_DEFAULTS: Final = frozenset({"default", "default_factory", "factory"})
_OPTIONS: Final = ("add_argument", "option", "Option", "argument", "Argument")
_ALIASES: Final = frozenset(
    {"alias", "validation_alias", "env", "envvar", "env_var", "serialization_alias"}
)


class Named(NamedTuple):
    """An expression that is the value of something named like the key; `what` names that as a reader would."""

    what: str
    expr: ir.Expr
    place: Placed


def names_key(name: str) -> bool:
    """Whether a name is the key's variable's, however it is spelled: `langsmith_api_key`, `--langsmith-api-key`."""
    return name.strip("-").replace("-", "_").upper() in KEYS


def named(file: File) -> Iterator[Named]:
    """Everything in the Python of a file that is named like the key and gets a value."""
    yield from _bound(file)
    yield from _optional(file)
    yield from _keywords(file)
    yield from _entries(file)


def _bound(file: File) -> Iterator[Named]:
    """Fields of classes, parameters, constants."""
    for binding in file.model.bindings:
        if binding.value is None or binding.kind not in {"assign", "annotation", "parameter"}:
            continue
        what = (
            f"`{binding.name}`"
            if binding.kind == "assign"
            else f"the default of `{binding.name}`"
        )
        if file.model.scopes[binding.scope].kind == "class":
            what = f"the default of `{binding.name}`"
        if names_key(binding.name) or _has_alias(file, binding.value):
            yield Named(what, _inner(file, binding.value), file.place(binding))


def _has_alias(file: File, value: ir.Expr) -> bool:
    """`Field(…, alias="LANGSMITH_API_KEY")`, `typer.Option(…, envvar="LANGSMITH_API_KEY")`."""
    if not isinstance(value, ir.CallRef):
        return False
    call = file.model.calls[value.site]
    return last_name(call.func) in _WRAPPERS and any(
        arg.keyword in _ALIASES and _is_key(file, arg.value) for arg in call.args
    )


def _is_key(file: File, expr: ir.Expr) -> bool:
    """Whether an alias is the key's: a text, one in a list, or one of `AliasChoices("A", "B")`."""
    if isinstance(expr, ir.CallRef):
        call = file.model.calls[expr.site]
        choices = last_name(call.func) == "AliasChoices"
        return choices and any(_is_key(file, arg.value) for arg in call.args)
    if isinstance(expr, ir.Sequence):
        return any(_is_key(file, item) for item in expr.items)
    return isinstance(expr, ir.Text) and names_key(expr.value)


def _optional(file: File) -> Iterator[Named]:
    """Options of argparse and click; typer's are parameters."""
    for word in _OPTIONS:
        for site in file.calls_by_name.get(word, ()):
            call = file.model.calls[site]
            names = [
                arg.value for arg in call.args if arg.keyword is None or arg.keyword in _ALIASES
            ]
            default = next((arg.value for arg in call.args if arg.keyword == "default"), None)
            key = next((name for name in names if _is_key(file, name)), None)
            if default is not None and key is not None:
                first = next((name.value for name in names if isinstance(name, ir.Text)), "")
                yield Named(
                    f"the default of `{first}`", _inner(file, default), file.place(call)
                )


def _keywords(file: File) -> Iterator[Named]:
    """`dict(langsmith_api_key=…)`, `Settings(langsmith_api_key=…)`."""
    for call in file.model.calls:
        for arg in call.args:
            if arg.keyword is not None and names_key(arg.keyword):
                yield Named(f"`{arg.keyword}`", _inner(file, arg.value), file.place(call))


def _entries(file: File) -> Iterator[Named]:
    """`{"langsmith_api_key": …}`, also in a list or another dict."""
    pending: list[tuple[ir.Expr, Placed]] = [*file.displays]
    while pending:
        expr, place = pending.pop()
        if isinstance(expr, ir.Sequence):
            pending.extend((item, place) for item in expr.items)
        elif isinstance(expr, ir.Mapping):
            for key, value in zip(expr.keys, expr.values, strict=True):
                pending.append((value, place))
                if isinstance(key, ir.Text) and names_key(key.value):
                    yield Named(f"`{key.value}`", _inner(file, value), place)


def _inner(file: File, expr: ir.Expr) -> ir.Expr:
    """A default also inside `Field(default=…)`, `field(default_factory=lambda: …)` and `SecretStr(…)`."""
    while True:
        if isinstance(expr, ir.Lambda):
            expr = expr.body
        if (
            not isinstance(expr, ir.CallRef)
            or last_name(file.model.calls[expr.site].func) not in _WRAPPERS
        ):
            return expr
        args = file.model.calls[expr.site].args
        given = [
            arg.value
            for arg in args
            if (arg.keyword is None or arg.keyword in _DEFAULTS) and not arg.stars
        ]
        if not given:
            return expr
        expr = given[0]
