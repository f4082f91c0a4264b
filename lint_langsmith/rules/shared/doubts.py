"""What LS301 could not decide, for auditors: one finding for each cause in a file, with all of its calls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.exceptions.unresolved import DoubtCause
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.values.abstract import UNKNOWN, FunctionRef
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.findings import Persona, Related, Severity, Span, Violation
from lint_langsmith.rules.shared.handlers import root

_ReceiverCause: TypeAlias = Literal["caller", "import", "receiver"]

# Of each cause: what can't be resolved, and what to do.
_PATHS: Final[dict[DoubtCause, tuple[str, str]]] = {
    "handler": (
        "a handler or context manager on its path is unresolved",
        "import the classes that the handler names where they can be found",
    ),
    "decorator": (
        "a decorator on its path is unresolved",
        "check whether the decorator catches exceptions",
    ),
    "caller": (
        "a method on its path is called on a receiver that is unresolved",
        "annotate the type of that receiver",
    ),
    "library": (
        "it is passed to a function outside of the project, which may catch it",
        "check what that function does with exceptions",
    ),
    "framework": (
        "whatever runs the function is unresolved, and may catch it",
        "check which graph or agent runs the function",
    ),
    "limit": (
        "its path is longer, or goes through more files, than the limits of the analysis",
        "check the callers by hand; the limits are `STEPS` and `CALLING_FILES` in `analysis/limits.py`",
    ),
}
_RECEIVERS: Final[dict[_ReceiverCause, tuple[str, str]]] = {
    "caller": (
        "the receiver is a parameter of a function that has no known caller in this project",
        "annotate the parameter (`client: Client`)",
    ),
    "import": (
        "the receiver comes from a dynamic import",
        "import the module by a statement, or annotate the name",
    ),
    "receiver": ("the type of the receiver is unresolved", "annotate the type of the receiver"),
}
_DYNAMIC: Final = frozenset({"import_module", "__import__", "getattr"})


class _Call(NamedTuple):
    """A call about which nothing was decided; `place` is what can't be resolved, where that is known."""

    label: str
    span: Span
    place: Related | None = None


def undecided(file: File, analysis: Analysis) -> Iterator[Violation]:
    """The calls of a file of which it is unresolved whether they are LangSmith's, or whether their 403 is caught."""
    if file.is_test:
        return
    for cause, calls in _by_path(file, analysis).items():
        what, help_ = _PATHS[cause]
        yield _violation(
            file.relative,
            f"it is unresolved whether a 403 from {{}} is caught: {what}",
            help_,
            calls,
        )
    for reason, found in _by_receiver(file, analysis).items():
        what, help_ = _RECEIVERS[reason]
        message = (
            f"{{}} may be a call of LangSmith's client whose 403 no handler catches: {what}"
        )
        yield _violation(file.relative, message, help_, found)


def _violation(path: str, message: str, help_: str, calls: Sequence[_Call]) -> Violation:
    first, *others = calls
    more = f" (and {len(others)} more)" if others else ""
    places = dict.fromkeys(call.place for call in calls if call.place is not None)
    return Violation(
        at=first.span,
        message=message.format(f"`{first.label}`{more}"),
        help=help_,
        severity=Severity.INFO,
        persona=Persona.AUDITOR,
        related=(
            *places,
            *(Related(path, call.span, f"`{call.label}` likewise") for call in others),
        ),
    )


def _by_path(file: File, analysis: Analysis) -> dict[DoubtCause, list[_Call]]:
    table: dict[DoubtCause, list[_Call]] = defaultdict(list)
    for call in analysis.clients.api_calls(file):
        outcome = analysis.outcomes.fate(call)
        if call.method is None or not outcome.unsure:
            continue
        for doubt in outcome.doubts[:1]:
            place = Related(doubt.file.relative, doubt.span, "unresolved here")
            table[doubt.cause].append(_Call(call.label, call.span, place))
    return table


def _by_receiver(file: File, analysis: Analysis) -> dict[_ReceiverCause, list[_Call]]:
    """Calls of methods whose names are LangSmith's alone, by why their receivers are unresolved."""
    table: dict[_ReceiverCause, list[_Call]] = defaultdict(list)
    methods = analysis.sdk.methods("langsmith.client.Client")
    for call in file.model.calls:
        if not isinstance(call.func, ir.Attribute) or "_" not in call.func.name:
            continue
        method = methods.get(call.func.name)
        if method is None or method.whens != {"call"} or method.error is None:
            continue
        callees = analysis.values.of(file, call.func, file.place(call))
        mro = analysis.sdk.error_mro(method.error)
        is_unknown = all(callee == UNKNOWN for callee in callees)
        if is_unknown and analysis.outcomes.local(file, call.block, mro).verdict == "no":
            cause = _receiver_cause(file, call, call.func, analysis)
            table[cause].append(_Call(f"{call.func.name}()", call.func.name_span))
    return table


def _receiver_cause(
    file: File, call: ir.Call, func: ir.Attribute, analysis: Analysis
) -> _ReceiverCause:
    for binding in lookup(file, root(func.value), call):
        if isinstance(binding.value, ir.CallRef) and _is_dynamic(file, binding.value):
            return "import"
        function = FunctionRef(file, binding.scope)
        is_parameter = binding.kind == "parameter" and isinstance(func.value, ir.Name)
        if is_parameter and not analysis.call_graph.sites(function):
            return "caller"
    return "receiver"


def _is_dynamic(file: File, made: ir.CallRef) -> bool:
    """Whether a value comes from a dynamic import: of the call itself, or of what it is called on."""
    func = file.model.calls[made.site].func
    while isinstance(func, ir.Attribute):
        if func.name in _DYNAMIC:
            return True
        func = func.value
    if isinstance(func, ir.CallRef):
        return _is_dynamic(file, func)
    return isinstance(func, ir.Name) and func.id in _DYNAMIC
