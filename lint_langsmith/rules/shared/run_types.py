"""Run types that LangSmith does not have, as arguments of calls."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.findings import Applicability, Edit, Fix, Span, Violation

_KEYWORD: Final = "run_type"
# How alike two words are, as `difflib` counts it, if one is taken for the other misspelled.
_LEAST_RATIO: Final = 0.8


class _Unknown(NamedTuple):
    """A run type that is passed to a call and is none of the `known` ones; `nearest` is the one that it resembles."""

    file: File
    call: ir.Call
    value: ir.Expr
    known: Sequence[str]
    nearest: str | None

    @property
    def span(self) -> Span:
        """Where it is written, or the callee where it is a name."""
        return self.value.span if isinstance(self.value, ir.Text) else self.call.callee_span


def unknown_run_type(
    file: File, call: ir.Call, label: str, positional: Sequence[str], analysis: Analysis
) -> Iterator[Violation]:
    """A run type that does not exist, in a call in which nothing of the SDK checks it.

    `label` names the callee, and `positional` its parameters by position.
    """
    passed = _by_keyword(call) or _by_position(call, positional)
    if passed is None or any(arg.stars for arg in call.args):
        return
    unknown = _unknown(file, call, passed, analysis.sdk.run_types(), analysis)
    if unknown is not None:
        yield _violation(unknown, label)


def unknown_run_type_of_traceable(
    file: File, call: ir.Call, known: Sequence[str], analysis: Analysis
) -> Iterator[Violation]:
    """A run type of `traceable()` that is none of the `known` ones: it is the first argument, or a keyword."""
    first = _first_positional(call)
    passed = first or _by_keyword(call)
    unknown = _unknown(file, call, passed, known, analysis) if passed is not None else None
    if unknown is None:
        return
    if passed is first and unknown.nearest is None:
        yield _name_in_its_place(unknown)
    else:
        yield _violation(unknown, "traceable")


def _by_keyword(call: ir.Call) -> ir.Argument | None:
    return next((arg for arg in call.args if arg.keyword == _KEYWORD), None)


def _by_position(call: ir.Call, positional: Sequence[str]) -> ir.Argument | None:
    args = [arg for arg in call.args if arg.keyword is None]
    return dict(zip(positional, args, strict=False)).get(_KEYWORD)


def _first_positional(call: ir.Call) -> ir.Argument | None:
    first = call.args[0] if call.args else None
    return first if first is not None and first.keyword is None and not first.stars else None


def _unknown(
    file: File, call: ir.Call, passed: ir.Argument, known: Sequence[str], analysis: Analysis
) -> _Unknown | None:
    written = analysis.values.texts(file, passed.value, file.place(call))
    if written is None or written in known:
        return None
    near = difflib.get_close_matches(written.lower(), known, n=1, cutoff=_LEAST_RATIO)
    return _Unknown(file, call, passed.value, known, near[0] if near else None)


def _violation(unknown: _Unknown, label: str) -> Violation:
    listed = f"run types are {', '.join(unknown.known)}"
    return Violation(
        at=unknown.span,
        message=f"`{label}` is passed a run type that LangSmith does not have",
        help=f"did you mean `{unknown.nearest}`? The {listed}"
        if unknown.nearest
        else f"the {listed}",
        fix=_correction(unknown),
    )


def _correction(unknown: _Unknown) -> Fix | None:
    """The nearest run type in the quotes of a literal."""
    value, nearest = unknown.value, unknown.nearest
    if nearest is None or not isinstance(value, ir.Text):
        return None
    source = unknown.file.source(value.span)
    quote = source[:1]
    if source != f"{quote}{value.value}{quote}" or quote not in {'"', "'"}:
        return None
    edit = Edit(value.span, f"{quote}{nearest}{quote}")
    return Fix(f"use `{nearest}`", Applicability.UNSAFE, (edit,))


def _name_in_its_place(unknown: _Unknown) -> Violation:
    """The finding for a first argument that is most likely the name of the function."""
    listed = ", ".join(unknown.known)
    return Violation(
        at=unknown.span,
        message="the first argument of `traceable` is the run type, not the name, and this is not a run type",
        help=f"write `name=` before it if it is the name; the run types are {listed}",
        fix=_passed_as_name(unknown),
    )


def _passed_as_name(unknown: _Unknown) -> Fix | None:
    """`name=` before a literal, unless the call has a name already."""
    has_name = any(arg.keyword == "name" for arg in unknown.call.args)
    if has_name or not isinstance(unknown.value, ir.Text):
        return None
    span = unknown.span
    edit = Edit(Span(span.line, span.column, span.line, span.column), "name=")
    return Fix("pass it as `name`", Applicability.UNSAFE, (edit,))
