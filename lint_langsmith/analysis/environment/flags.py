"""Flags that LangSmith takes for set only where they are exactly `true`: which settings of them mean something else.

Executed on langsmith 0.1.147 to 0.15.0: `True`, `TRUE`, `1`, `yes`, `on`, `"true"` with its quotes, ` true` all leave
tracing off and hide nothing; a blank value counts as not set.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from lint_langsmith import lazy_re
from lint_langsmith.analysis.environment.writes import Setting
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.values.abstract import (
    Constant,
    Environment,
    ExternalName,
    Instance,
    Value,
)
from lint_langsmith.analysis.values.abstract import Literal as Text
from lint_langsmith.findings import Applicability, Edit, Fix, Span

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.foreign_services import ForeignServices
    from lint_langsmith.analysis.values.evaluator import Evaluator

Meaning: TypeAlias = Literal["on", "off", "unset", "meant on", "meant off", "unclear"]

_ON: Final = frozenset({"true", "1", "yes", "on", "y", "t", "enabled", "enable"})
_OFF: Final = frozenset(
    {"false", "0", "no", "off", "n", "f", "disabled", "disable", "none", "null"}
)
# Truth values of YAML 1.1, which Kubernetes reads.
_TRUTH: Final = {"true": "true", "yes": "true", "on": "true"} | {
    "false": "false",
    "no": "false",
    "off": "false",
}
# The list of a container, and the top of a document, where the data of a map stand.
_IN_MANIFEST: Final = lazy_re.compile(r"(?i)containers\.|^\d*$")
_QUOTED_KINDS: Final = frozenset(
    {"compose", "kubernetes", "yaml", "workflow", "json", "langgraph", "toml", "terraform"}
)


class Fault(NamedTuple):
    """A value that the SDK does not take for what it says. `shown` is the value as the program gets it.

    `refusal` is what comes of one that is not a string.
    """

    shown: str
    meaning: Meaning
    span: Span
    fix: Fix | None = None
    refusal: str = ""


def meaning(text: str) -> Meaning:
    """What the value of a flag is taken for, or what its author meant where the SDK takes it for nothing."""
    if text in {"true", "false"}:
        return "on" if text == "true" else "off"
    stripped = text.strip().strip("\"'").strip().lower()
    if not stripped:
        return "unset"
    if stripped in _ON:
        return "meant on"
    return "meant off" if stripped in _OFF else "unclear"


def faults(setting: Setting, values: Evaluator, services: ForeignServices) -> Iterator[Fault]:
    """The values that a setting of a flag may have and that the SDK does not understand."""
    truth = _plain_truth(setting)
    if truth is not None:
        safety = services.safety(setting)
        fix = _replacement(setting.span, f'"{truth}"', f'"{truth}"', safety)
        found: Meaning = "meant on" if truth == "true" else "meant off"
        yield Fault(
            setting.written, found, setting.span, fix, "Kubernetes refuses the manifest"
        )
        return
    for text in setting.texts:
        found = meaning(text)
        if found in {"meant on", "meant off"} or (
            found == "unclear"
            and setting.is_sure
            and not _is_template(text)
            and not _is_description(setting, text)
        ):
            yield Fault(text, found, setting.span, _fix(setting, text, found, services))
    if setting.expr is not None and setting.how in {"set", "default", "patch"}:
        yield from _of_expression(setting, setting.expr, values, services)


def _plain_truth(setting: Setting) -> str | None:
    """`true` or `false` for a boolean in a manifest, where Kubernetes takes nothing but strings.

    Documented: `EnvVar.value` and the entries of `ConfigMap.data` and `Secret.stringData` are strings
    (kubernetes.io/docs/reference/kubernetes-api); the API server refuses any other kind ("cannot unmarshal bool").
    """
    if setting.kind != "kubernetes" or not _IN_MANIFEST.search(setting.group):
        return None
    return _TRUTH.get(setting.written.strip().lower())


def _is_template(text: str) -> bool:
    return any(mark in text for mark in "${}<>[]|")


def _is_description(setting: Setting, text: str) -> bool:
    """Whether words for a reader stand in the place of the value: in a table of variables, in a page.

    `{"LANGSMITH_TRACING": "Turns tracing on"}`, `LANGSMITH_TRACING = true (optional)`.
    """
    told = setting.how == "mapping" or setting.file.kind in {"markdown", "rst", "text"}
    return told and len(text.split()) > 1


def _fix(setting: Setting, text: str, found: Meaning, services: ForeignServices) -> Fix | None:
    """The spelling that the SDK understands, where the value stands by itself.

    Another program, or the project itself, may take `1` for on and `true` for nothing.
    """
    if found == "unclear" or len(setting.texts) != 1:
        return None
    right = "true" if found == "meant on" else "false"
    if setting.kind == "python":
        if not isinstance(setting.expr, ir.Text) or setting.span.line != setting.span.end_line:
            return None
        source = setting.file.source(setting.span)
        quote = source[-1:]
        if source != f"{quote}{text}{quote}" or quote not in {'"', "'"}:
            return None
        return _replacement(
            setting.span, f"{quote}{right}{quote}", right, services.safety(setting)
        )
    if not setting.written or setting.span == setting.name_span:
        return None
    quoted = setting.kind in _QUOTED_KINDS and not _is_in_string(setting)
    return _replacement(
        setting.span, f'"{right}"' if quoted else right, right, services.safety(setting)
    )


def _is_in_string(setting: Setting) -> bool:
    """Whether `NAME=value` is a string by itself, an item of a list, in which quotes would be part of the value."""
    name, span = setting.name_span, setting.span
    if name is None or (name.end_line, name.end_column + 1) != (span.line, span.column):
        return False
    line = setting.file.lines[span.line - 1]
    # In TOML `NAME=1` is an assignment, unless a quote stands before it.
    return line[span.column - 2] == "=" and (
        setting.kind != "toml" or line[name.column - 2 : name.column - 1] in {'"', "'"}
    )


def _replacement(span: Span, content: str, right: str, safety: Applicability) -> Fix:
    return Fix(f"write `{right}`", safety, (Edit(span, content),))


def _of_expression(
    setting: Setting, expr: ir.Expr, values: Evaluator, services: ForeignServices
) -> Iterator[Fault]:
    """`str(flag)`, which gives `True`, and `True` itself, which `os.environ` refuses."""
    if isinstance(expr, ir.Constant) and expr.literal in {"True", "False"}:
        found: Meaning = "meant on" if expr.literal == "True" else "meant off"
        fix = None
        yield Fault(expr.literal, found, setting.span, fix, "`os.environ` raises TypeError")
    if not isinstance(expr, ir.CallRef):
        return
    call = setting.file.model.calls[expr.site]
    if (
        ExternalName("builtins.str") not in values.callee(setting.file, expr.site)
        or len(call.args) != 1
    ):
        return
    if not _may_be_bool(setting, call.args[0].value, values):
        return
    source = setting.file.source(call.span)
    safety = services.safety(setting)
    fix = (
        _replacement(call.span, f"{source}.lower()", ".lower()", safety)
        if "\n" not in source
        else None
    )
    yield Fault("True", "meant on", call.span, fix)


def _may_be_bool(setting: Setting, expr: ir.Expr, values: Evaluator) -> bool:
    """Whether `str()` of it may be `True`: anything but what is known to be text."""
    place = setting.place
    if place is None or isinstance(expr, (ir.Text, ir.Template)):
        return False
    return not any(map(_is_text, values.of(setting.file, expr, place)))


def _is_text(value: Value) -> bool:
    """Whether a value is text for certain; a variable's may have a default that is none."""
    if isinstance(value, Environment):
        return not any(
            isinstance(item, Constant) and item.literal in {"True", "False"}
            for item in value.default
        )
    return isinstance(value, Text) or (
        isinstance(value, Instance) and value.cls == ExternalName("builtins.str")
    )
